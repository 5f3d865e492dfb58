//! What an entry of a store holds: a whole credential, in one value.
//!
//! SID and secret stand in one value, so that no crash and no hand can leave the SID of one key beside the secret of
//! another. The value is JSON with the names that the `json:` sink uses:
//!
//! ```json
//! {"schema":"twcred.profile-entry/v1","account_sid":"AC…","api_key":"SK…","api_secret":"…"}
//! {"schema":"twcred.profile-entry/v1","account_sid":"AC…","auth_token":"…"}
//! ```
//!
//! While an Auth Token is being replaced, `auth_token_secondary` and `auth_token_previous` stand beside it.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};

/// The name and version of the form.
pub(super) const SCHEMA: &str = "twcred.profile-entry/v1";

/// Why a value of another form is not read.
pub(super) const OTHER_VERSION: &str = "another version of twcred wrote it";

/// What an entry holds: the credential, and the tokens beside it while an Auth Token is being replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What requests are signed with.
    pub credential: Credential,
    /// The Auth Token that waits to be promoted.
    pub secondary: Option<Secret>,
    /// The Auth Token that was in force before.
    pub previous: Option<Secret>,
}

impl From<Credential> for Contents {
    fn from(credential: Credential) -> Self {
        Self { credential, secondary: None, previous: None }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    account_sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token_secondary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token_previous: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    schema: String,
    account_sid: AccountSid,
    api_key: Option<KeySid>,
    api_secret: Option<Secret>,
    auth_token: Option<Secret>,
    auth_token_secondary: Option<Secret>,
    auth_token_previous: Option<Secret>,
}

/// The contents as one value.
#[expect(clippy::disallowed_methods, reason = "into the store that was chosen for this secret")]
pub(super) fn encode(contents: &Contents) -> Zeroizing<Vec<u8>> {
    let none = Written {
        schema: SCHEMA,
        account_sid: contents.credential.account().as_str(),
        api_key: None,
        api_secret: None,
        auth_token: None,
        auth_token_secondary: contents.secondary.as_ref().map(Secret::expose),
        auth_token_previous: contents.previous.as_ref().map(Secret::expose),
    };
    let written = match &contents.credential {
        Credential::ApiKey { pair, .. } => {
            Written { api_key: Some(pair.sid.as_str()), api_secret: Some(pair.secret.expose()), ..none }
        }
        Credential::AuthToken { token, .. } => Written { auth_token: Some(token.expose()), ..none },
    };
    // One allocation, so that no copy is left behind unwiped.
    let mut value = Zeroizing::new(Vec::with_capacity(1024));
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(&mut *value, &written);
    value
}

/// The contents of a value, or why it has none. The value is not repeated.
pub(super) fn decode(value: &[u8]) -> Result<Contents, &'static str> {
    let read: Read = serde_json::from_slice(value).map_err(|_| "it is not what twcred writes, or only a part of it")?;
    if read.schema != SCHEMA {
        return Err(OTHER_VERSION);
    }
    let account = read.account_sid;
    let whole = |secret: &Secret| !secret.is_empty();
    let (secondary, previous) = (read.auth_token_secondary.filter(whole), read.auth_token_previous.filter(whole));
    let beside = secondary.is_some() || previous.is_some();
    let credential = match (read.api_key, read.api_secret.filter(whole), read.auth_token.filter(whole)) {
        (Some(sid), Some(secret), None) if !beside => Credential::ApiKey { account, pair: KeyPair { sid, secret } },
        (None, None, Some(token)) => Credential::AuthToken { account, token },
        _ => return Err("half of a credential is missing"),
    };
    Ok(Contents { credential, secondary, previous })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountSid {
        AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap()
    }

    #[test]
    fn a_credential_is_read_as_it_was_written() {
        let sid = KeySid::parse(&format!("SK{}", "1".repeat(32))).unwrap();
        let pair = KeyPair { sid, secret: Secret::new("s3\"cr3t".into()) };
        for credential in [
            Credential::ApiKey { account: account(), pair },
            Credential::AuthToken { account: account(), token: Secret::new("s3cr3t".into()) },
        ] {
            let contents = Contents::from(credential);
            assert_eq!(decode(&encode(&contents)).unwrap(), contents);
        }
        let token = Credential::AuthToken { account: account(), token: Secret::new("s3cr3t".into()) };
        let (secondary, previous) = (Some(Secret::new("s3cr3t2".into())), Some(Secret::new("s3cr3t3".into())));
        let contents = Contents { secondary, previous, ..token.into() };
        assert_eq!(decode(&encode(&contents)).unwrap(), contents);
    }

    #[test]
    fn a_part_of_one_is_none() {
        let token = Credential::AuthToken { account: account(), token: Secret::new("s3cr3t".into()) };
        let value = encode(&token.into());
        for end in 0..value.len() {
            assert!(decode(&value[..end]).is_err(), "{end}");
        }
        let text = std::str::from_utf8(&value).unwrap();
        for (what, why) in [
            (text.replace("auth_token", "api_secret"), "half of a credential is missing"),
            (text.replace("s3cr3t", ""), "half of a credential is missing"),
            (text.replace("/v1", "/v2"), "another version of twcred wrote it"),
            (text.replace('}', ",\"more\":1}"), "it is not what twcred writes, or only a part of it"),
        ] {
            assert_eq!(decode(what.as_bytes()), Err(why));
        }
    }
}
