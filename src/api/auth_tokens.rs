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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::Unreachable;
    use crate::api::script::{Reply, Script, account, child, json, key, raw, token};
    use crate::api::{Endpoint, Settings, Why};

    const ABSENT: &str = r#"{"code":20404,"message":"The requested resource /AuthTokens/Promote was not found"}"#;
    const THERE: &str = r#"{"code":70002,"message":"secondaryAuthToken already exists on account","status":400}"#;

    fn value() -> String {
        "cd".repeat(16)
    }

    fn body(field: &str, account: &AccountSid, token: &str) -> String {
        format!(
            r#"{{"account_sid":"{account}","{field}":"{token}","date_created":"2026-11-22T02:00:00Z","date_updated":7}}"#
        )
    }

    fn made() -> String {
        body("secondary_auth_token", &account(), &value())
    }

    fn promoted() -> String {
        body("auth_token", &account(), &value())
    }

    async fn create(replies: Vec<Reply>) -> (Result<Secret, SecondaryError>, Vec<String>) {
        let script = Script::play(replies).await;
        let result = script.client().create_secondary(&token(), false).await;
        (result, script.seen())
    }

    async fn promote(replies: Vec<Reply>) -> (Result<Promotion, PromoteError>, Vec<String>) {
        let script = Script::play(replies).await;
        let result = script.client().promote(&token(), false).await;
        (result, script.seen())
    }

    #[tokio::test]
    async fn the_secret_comes_whole_and_the_mail_is_stopped_where_asked() {
        let script = Script::play([json(201, &made()), json(200, &promoted()), Reply::BytesThenClose(gone())]).await;
        let client = script.client();
        let made = client.create_secondary(&token(), true).await.unwrap();
        assert_eq!(made, Secret::new(value()));
        let done = client.promote(&token(), true).await.unwrap();
        assert_eq!(done, Promotion::Promoted { token: Secret::new(value()) });
        assert_eq!(client.delete_secondary(&token(), true).await.unwrap(), SecondaryDeletion::Deleted);
        assert!(!format!("{made:?} {done:?}").contains("cdcd"));
        assert_eq!(
            script.seen(),
            [
                "POST /v1/AuthTokens/Secondary SuppressEmailNotification=true",
                "POST /v1/AuthTokens/Promote SuppressEmailNotification=true",
                "DELETE /v1/AuthTokens/Secondary?SuppressEmailNotification=true",
            ]
        );
        let (_, seen) = create(vec![json(201, &super::tests::made())]).await;
        assert_eq!(seen, ["POST /v1/AuthTokens/Secondary"]);
    }

    fn gone() -> String {
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
    }

    /// What leaves it open whether a write was carried out.
    fn doubtful(good: &str) -> Vec<(&'static str, Reply)> {
        vec![
            ("dropped", Reply::Close),
            ("500", json(500, r#"{"code":20500,"message":"trouble"}"#)),
            ("503", json(503, "<html>")),
            ("garbage", json(200, "<html>welcome</html>")),
            ("nothing", json(200, "{}")),
            ("no token", json(200, &good.replace(&value(), ""))),
            ("another account", json(200, &good.replace(account().as_str(), child().as_str()))),
            ("a portal's refusal", json(403, "<html>sign in</html>")),
            ("redirect", json(307, "")),
            ("silence", Reply::Silence),
            ("torn", Reply::BytesThenClose(raw(200, "", good).replace("cdcd", ""))),
        ]
    }

    #[tokio::test]
    async fn a_write_whose_fate_is_unknown_is_sent_once() {
        for (what, reply) in doubtful(&made()) {
            let (result, seen) = create(vec![reply, json(201, &made())]).await;
            assert!(matches!(result, Err(SecondaryError::Unknown(_))), "{what}: {result:?}");
            assert_eq!(seen.len(), 1, "{what}");
            assert!(!format!("{result:?}").contains("cdcd"), "{what}");
        }
        for (what, reply) in doubtful(&promoted()) {
            let (result, seen) = promote(vec![reply, json(200, &promoted())]).await;
            assert!(matches!(result, Err(PromoteError::Unknown(_))), "{what}: {result:?}");
            assert_eq!(seen.len(), 1, "{what}");
            assert!(!format!("{result:?}").contains("cdcd"), "{what}");
        }
        let (result, _) = create(vec![json(201, &body("secondary_auth_token", &child(), &value()))]).await;
        let error = result.unwrap_err();
        assert_eq!(*error.error().kind(), Kind::Malformed(Malformed::OtherAccount));
        assert!(error.to_string().contains(" speaks of another account than the one that asked (HTTP 201"), "{error}");
    }

    #[tokio::test]
    async fn a_write_goes_over_a_connection_of_its_own() {
        let script = Script::play([
            Reply::BytesThenClose(gone()),
            Reply::BytesThenClose(raw(201, "", &made())),
            Reply::Close,
            json(200, &promoted()),
        ])
        .await;
        let client = script.client();
        client.delete_secondary(&token(), false).await.unwrap();
        client.create_secondary(&token(), false).await.unwrap();
        assert!(matches!(client.promote(&token(), false).await, Err(PromoteError::Unknown(_))));
        assert_eq!(script.seen().len(), 3);
    }

    #[tokio::test]
    async fn only_what_was_certainly_not_done_is_sent_again() {
        let busy = || json(429, r#"{"code":20429,"message":"Too many requests"}"#);
        let (result, seen) = create(vec![busy(), json(201, &made())]).await;
        assert_eq!((result.unwrap(), seen.len()), (Secret::new(value()), 2));
        let (result, seen) = promote(vec![busy(), json(200, &promoted())]).await;
        assert!(result.is_ok() && seen.len() == 2);
        let (result, seen) = promote(vec![busy(), Reply::Close, json(200, &promoted())]).await;
        assert!(matches!(result, Err(PromoteError::Unknown(_))) && seen.len() == 2);
        let (result, seen) = create(vec![busy(), busy(), busy(), json(201, &made())]).await;
        let error = result.unwrap_err();
        assert!(matches!(error, SecondaryError::NotSent(_)));
        assert_eq!((error.error().kind(), seen.len()), (&Kind::Throttled, 3));

        let script = Script::play([]).await;
        let nowhere = Settings { endpoint: Endpoint::custom("http://127.0.0.1:1").unwrap(), ..script.settings() };
        let client = Client::new(nowhere);
        let error = client.promote(&token(), false).await.unwrap_err();
        assert!(matches!(error, PromoteError::NotSent(_)));
        assert_eq!((error.error().kind(), error.error().attempts()), (&Kind::Unreachable(Unreachable::Connect), 3));
        let error = client.create_secondary(&token(), false).await.unwrap_err();
        assert!(error.to_string().starts_with("no secondary Auth Token was created: could not connect"), "{error}");
    }

    #[tokio::test]
    async fn what_twilio_says_no_to() {
        let (result, _) = create(vec![json(400, THERE)]).await;
        let error = result.unwrap_err();
        assert!(matches!(error, SecondaryError::Exists(_)), "{error:?}");
        assert!(error.to_string().contains("secondaryAuthToken already exists on account"), "{error}");
        let (result, _) = create(vec![json(400, r#"{"code":20001,"message":"Invalid parameter"}"#)]).await;
        assert!(matches!(result, Err(SecondaryError::NotSent(_))));
        let (result, _) = promote(vec![json(404, ABSENT)]).await;
        assert_eq!(result.unwrap(), Promotion::Absent);
        let (result, _) = promote(vec![json(404, "<html>")]).await;
        assert!(matches!(result, Err(PromoteError::Unknown(_))), "a portal's 404 says nothing");
        let refused = r#"{"code":20003,"message":"Authenticate"}"#;
        let (result, _) = promote(vec![json(401, refused)]).await;
        assert!(
            matches!(&result, Err(PromoteError::NotSent(error)) if *error.kind() == Kind::Refused(Why::BadCredential))
        );
        let script = Script::play([json(401, refused)]).await;
        let error = script.client().promote(&key(), false).await.unwrap_err();
        assert_eq!(*error.error().kind(), Kind::Refused(Why::StandardKeyOrBadCredential));
    }

    #[tokio::test]
    async fn a_delete_may_be_repeated() {
        let delete = async |replies: Vec<Reply>| {
            let script = Script::play(replies).await;
            let result = script.client().delete_secondary(&token(), false).await;
            (result.map_err(|error| error.kind().clone()), script.seen().len())
        };
        let (deleted, absent) = (Ok(SecondaryDeletion::Deleted), Ok(SecondaryDeletion::Absent));
        assert_eq!(delete(vec![Reply::Close, Reply::BytesThenClose(gone())]).await, (deleted, 2));
        assert_eq!(delete(vec![json(503, ""), json(404, ABSENT)]).await, (absent, 2));
        let garbage = Err(Kind::Malformed(Malformed::NotTwilios { at: None }));
        assert_eq!(delete(vec![json(200, "<html>")]).await, (garbage.clone(), 1));
        assert_eq!(delete(vec![json(404, "<html>")]).await, (garbage, 1));
    }
}
