//! What a request is signed with: never half of it.

use super::{AccountSid, KeySid, Secret};

/// An API key with its secret: the unit that sinks hold and that is replaced as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The key's SID, the user name of a request.
    pub sid: KeySid,
    /// The key's secret, the password of a request.
    pub secret: Secret,
}

/// A whole credential. Taken from one source, never half from one and half from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key. The account is not part of the login, but v2010 paths and IAM calls need it.
    ApiKey {
        /// The account the key belongs to.
        account: AccountSid,
        /// The key and its secret.
        pair: KeyPair,
    },
    /// The account's own Auth Token, primary or secondary.
    AuthToken {
        /// The account whose token it is; also the user name of a request.
        account: AccountSid,
        /// The token, the password of a request.
        token: Secret,
    },
}

impl Credential {
    /// The account this credential belongs to.
    #[must_use]
    pub fn account(&self) -> &AccountSid {
        match self {
            Self::ApiKey { account, .. } | Self::AuthToken { account, .. } => account,
        }
    }

    /// The user name of HTTP Basic: the key's SID, or the account's.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::ApiKey { pair, .. } => pair.sid.as_str(),
            Self::AuthToken { account, .. } => account.as_str(),
        }
    }

    /// The password of HTTP Basic.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        match self {
            Self::ApiKey { pair, .. } => &pair.secret,
            Self::AuthToken { token, .. } => token,
        }
    }

    /// The key's SID, if this is an API key.
    #[must_use]
    pub fn key(&self) -> Option<&KeySid> {
        match self {
            Self::ApiKey { pair, .. } => Some(&pair.sid),
            Self::AuthToken { .. } => None,
        }
    }
}
