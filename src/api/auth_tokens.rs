//! Auth Tokens: the secondary, and its promotion.
//!
//! No call names an account: each acts on the one whose SID and token sign it, so the credential must be that account's
//! own, and its answer is held against it. Nothing tells whether a secondary exists, short of making one
//! (`twilio.com/docs/iam/api/authtoken`).

use serde::Deserialize;

use super::Client;
use super::endpoint::Product;
use super::error::{CreateError, Error, Kind, Malformed};
use super::transport::{Answer, Call, Login, Verb};
use super::wire::Text;
use crate::model::{AccountSid, Credential, Secret};

const SECONDARY: &str = "/v1/AuthTokens/Secondary";
const PROMOTE: &str = "/v1/AuthTokens/Promote";

/// The parameter that keeps Twilio from mailing the account's owners and administrators (since September 2026). It is sent
/// only where it is asked for.
const SUPPRESS: (&str, &str) = ("SuppressEmailNotification", "true");

/// How a secondary Auth Token came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondaryDeletion {
    /// Twilio deleted it now.
    Deleted,
    /// There is none: it was deleted or promoted before, perhaps by an attempt whose answer was lost.
    Absent,
}

/// What a promotion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promotion {
    /// The secondary is the primary now, and the old primary is refused.
    Promoted {
        /// The primary, as the answer shows it.
        token: Secret,
    },
    /// There is no secondary: it was promoted or deleted before.
    Absent,
}

/// Why there is no new secondary Auth Token in hand.
#[derive(Debug, thiserror::Error)]
pub enum SecondaryError {
    /// 70002: the account has a secondary already, whose value nobody is told.
    #[error("the account has a secondary Auth Token already: {0}")]
    Exists(#[source] Error),
    /// Certainly nothing was created.
    #[error("no secondary Auth Token was created: {0}")]
    NotSent(#[source] Error),
    /// One may exist whose value nobody has: delete it, and create anew.
    #[error("a secondary Auth Token may have been created: {0}")]
    Unknown(#[source] Error),
}

/// Why it is not known that a secondary Auth Token was promoted.
#[derive(Debug, thiserror::Error)]
pub enum PromoteError {
    /// Certainly nothing was promoted.
    #[error("no Auth Token was promoted: {0}")]
    NotSent(#[source] Error),
    /// The answer was lost: try both tokens, to see which of them works.
    #[error("the secondary Auth Token may have been promoted: {0}")]
    Unknown(#[source] Error),
}

impl SecondaryError {
    /// The error underneath.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::Exists(error) | Self::NotSent(error) | Self::Unknown(error) => error,
        }
    }
}

impl PromoteError {
    /// The error underneath.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::NotSent(error) | Self::Unknown(error) => error,
        }
    }
}

impl From<CreateError> for SecondaryError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::NotSent(error) if *error.kind() == Kind::Invalid && error.code() == Some(70002) => {
                Self::Exists(error)
            }
            CreateError::NotSent(error) => Self::NotSent(error),
            CreateError::Unknown(error) => Self::Unknown(error),
        }
    }
}

impl From<CreateError> for PromoteError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::NotSent(error) => Self::NotSent(error),
            CreateError::Unknown(error) => Self::Unknown(error),
        }
    }
}

impl Client {
    /// Makes a secondary Auth Token for the credential's account, and returns the only showing of its value. The request
    /// is sent once, over a connection of its own; only a 429 or a connection that never came to be is met by another.
    ///
    /// Both tokens work for requests then; webhooks are signed with the primary alone.
    ///
    /// # Errors
    /// Whether there was one already, nothing was created, or one may exist whose value nobody has.
    pub async fn create_secondary(&self, auth: &Credential, suppress_email: bool) -> Result<Secret, SecondaryError> {
        #[derive(Deserialize)]
        struct Created<'a> {
            #[serde(borrow)]
            account_sid: Text<'a>,
            secondary_auth_token: Secret,
        }
        let form = suppressed(suppress_email);
        let call = self.token_call(Verb::Post, SECONDARY, auth, form);
        let answer = self.transport.send_create(&call).await?;
        let read = || -> Result<Secret, Error> {
            let Created { account_sid, secondary_auth_token } = answer.read(&call, &[200, 201])?;
            whole(&answer, &call, auth.account(), account_sid.as_str(), secondary_auth_token)
        };
        read().map_err(SecondaryError::Unknown)
    }

    /// Deletes the secondary Auth Token of the credential's account.
    ///
    /// # Errors
    /// As any request. After an error it may be there or gone; to ask again is harmless.
    pub async fn delete_secondary(&self, auth: &Credential, suppress_email: bool) -> Result<SecondaryDeletion, Error> {
        let mut call = self.token_call(Verb::Delete, SECONDARY, auth, &[]);
        for (name, value) in suppressed(suppress_email) {
            call.url.query_pairs_mut().append_pair(name, value);
        }
        match self.transport.send(&call).await {
            Ok(answer) => answer.expect_empty(&call).map(|()| SecondaryDeletion::Deleted),
            Err(error) if *error.kind() == Kind::NotFound => Ok(SecondaryDeletion::Absent),
            Err(error) => Err(error),
        }
    }

    /// Makes the secondary Auth Token of the credential's account its primary. The old primary is refused from then on,
    /// and there is no way back. Sent as a create is.
    ///
    /// # Errors
    /// Whether nothing was promoted, or the answer was lost.
    pub async fn promote(&self, auth: &Credential, suppress_email: bool) -> Result<Promotion, PromoteError> {
        #[derive(Deserialize)]
        struct Promoted<'a> {
            #[serde(borrow)]
            account_sid: Text<'a>,
            auth_token: Secret,
        }
        let call = self.token_call(Verb::Post, PROMOTE, auth, suppressed(suppress_email));
        let answer = match self.transport.send_create(&call).await {
            Ok(answer) => answer,
            Err(CreateError::NotSent(error)) if *error.kind() == Kind::NotFound => return Ok(Promotion::Absent),
            Err(error) => return Err(error.into()),
        };
        let read = || -> Result<Promotion, Error> {
            let Promoted { account_sid, auth_token } = answer.read(&call, &[200])?;
            let token = whole(&answer, &call, auth.account(), account_sid.as_str(), auth_token)?;
            Ok(Promotion::Promoted { token })
        };
        read().map_err(PromoteError::Unknown)
    }

    fn token_call<'a>(&self, verb: Verb, path: &str, auth: &'a Credential, form: &'a [(&'a str, &'a str)]) -> Call<'a> {
        let url = self.endpoint().url(Product::Accounts, path);
        Call { verb, form, closed: true, ..Call::get(url, Login::from(auth)) }
    }
}

fn suppressed(suppress_email: bool) -> &'static [(&'static str, &'static str)] {
    if suppress_email { &[SUPPRESS] } else { &[] }
}

/// A token from an answer, if there is one in it and it is the right account's.
fn whole(answer: &Answer, call: &Call<'_>, asked: &AccountSid, told: &str, token: Secret) -> Result<Secret, Error> {
    if !told.eq_ignore_ascii_case(asked.as_str()) {
        return Err(Error::unusable(Kind::Malformed(Malformed::OtherAccount), call.asked(), &answer.head));
    }
    if token.is_empty() { Err(answer.unusable(call, None)) } else { Ok(token) }
}
