//! Whether a credential works, of what kind it is and whose, asked with the least it may do. Nothing is guessed.
//!
//! A 401 from an endpoint closed to Standard keys proves nothing, so a key is tried where every kind may ask; a refusal
//! that names the missing permission proves the secret right.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Client;
use super::accounts::AccountStatus;
use super::endpoint::Product;
use super::error::{Error, Kind, Why};
use super::key_answers::{kind_of_flags, read_key};
use super::transport::{Call, Login};
use super::wire::Text;
use crate::model::{AccountSid, Credential, KeyKind, KeyPair, Policy};

/// What is to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// A whole credential.
    Credential(Credential),
    /// A key and its secret, of an unknown account.
    Pair(KeyPair),
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Whether it works, in one request: for a key with an account, whether it works there.
    Quick,
    /// Its kind too, and whether a key that is refused for its account would work for another: up to four requests.
    Full,
}

/// What a working credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// The Auth Token in force.
    AuthTokenPrimary,
    /// The Auth Token that waits to be promoted.
    AuthTokenSecondary,
    /// An Auth Token; the answer did not tell which.
    AuthToken,
    /// An API key of this kind.
    Key(KeyKind),
    /// An API key; the answers did not tell its kind.
    KeyOfUnknownKind,
}

/// What the answers prove.
#[derive(Debug)]
pub enum Verdict {
    /// It works.
    Valid {
        /// What it is.
        kind: CredentialKind,
        /// The account it was seen to work for.
        account: Option<AccountSid>,
        /// That account's status, where the answer told it.
        status: Option<AccountStatus>,
    },
    /// The secret is right, but the key does not belong to the account it was given with.
    WrongAccount {
        /// What it is.
        kind: CredentialKind,
        /// How the account refused it.
        refusal: Error,
    },
    /// Twilio refused it where any working one is let in: wrong, deleted, or of another region. After a quick probe of
    /// a key with an account also: of another account.
    Rejected(Error),
    /// The account is suspended or closed. Whether the secret is right is not known: Twilio does not say which of the two
    /// it looks at first.
    AccountInactive(Error),
    /// Twilio's answer fits a good credential and a bad one alike.
    Unclear(Error),
}

/// What one request says about the secret.
enum Sign {
    Works { restricted: bool },
    Refused(Error),
    Unclear(Error),
}

/// The verdict on an answer that proves nothing of the secret.
fn open(error: Error) -> Verdict {
    match error.kind() {
        Kind::Refused(Why::AccountInactive) => Verdict::AccountInactive(error),
        _ => Verdict::Unclear(error),
    }
}

impl Client {
    /// Tries a credential. Reads only; nothing of an answer but its shape is looked at.
    ///
    /// # Errors
    /// If no answer of Twilio's came: unreachable, throttled, failing, or something in between that is not Twilio.
    pub async fn probe(&self, candidate: &Candidate, depth: Depth) -> Result<Verdict, Error> {
        let found = match candidate {
            Candidate::Credential(auth @ Credential::AuthToken { account, .. }) => {
                self.probe_token(auth, account).await
            }
            Candidate::Credential(Credential::ApiKey { account, pair }) => self.probe_key(pair, account, depth).await,
            Candidate::Pair(pair) => self.probe_pair(pair, depth).await,
        };
        match found {
            // Suspended between the question whether it works and the question of what kind it is.
            Err(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => Ok(Verdict::AccountInactive(error)),
            found => found,
        }
    }

    async fn probe_token(&self, auth: &Credential, account: &AccountSid) -> Result<Verdict, Error> {
        match self.account(auth, account).await {
            Ok(found) => Ok(Verdict::Valid {
                kind: match found.token_matches {
                    Some(true) => CredentialKind::AuthTokenPrimary,
                    Some(false) => CredentialKind::AuthTokenSecondary,
                    None => CredentialKind::AuthToken,
                },
                account: Some(found.sid),
                status: found.status,
            }),
            Err(error) => match judge(error)? {
                Sign::Refused(error) => Ok(Verdict::Rejected(error)),
                Sign::Unclear(error) => Ok(open(error)),
                Sign::Works { .. } => {
                    Ok(Verdict::Valid { kind: CredentialKind::AuthToken, account: Some(account.clone()), status: None })
                }
            },
        }
    }

    async fn probe_key(&self, pair: &KeyPair, account: &AccountSid, depth: Depth) -> Result<Verdict, Error> {
        let refusal = match self.sign_of_account(pair, account).await? {
            Sign::Works { restricted } => {
                let kind = self.kind(pair, restricted, depth).await?;
                return Ok(Verdict::Valid { kind, account: Some(account.clone()), status: None });
            }
            Sign::Unclear(error) => return Ok(open(error)),
            Sign::Refused(error) => error,
        };
        if depth == Depth::Quick {
            return Ok(Verdict::Rejected(refusal));
        }
        match self.sign_of_secret(pair).await? {
            Sign::Works { restricted } => {
                Ok(Verdict::WrongAccount { kind: self.kind(pair, restricted, depth).await?, refusal })
            }
            Sign::Refused(error) => Ok(Verdict::Rejected(error)),
            Sign::Unclear(error) => Ok(open(error)),
        }
    }

    async fn probe_pair(&self, pair: &KeyPair, depth: Depth) -> Result<Verdict, Error> {
        let valid = |kind| Verdict::Valid { kind, account: None, status: None };
        match self.sign_of_secret(pair).await? {
            Sign::Works { restricted } => Ok(valid(self.kind(pair, restricted, depth).await?)),
            Sign::Refused(error) => Ok(Verdict::Rejected(error)),
            Sign::Unclear(error) if depth == Depth::Quick => Ok(open(error)),
            // Verify may answer otherwise for an account that never used it. Another door can still prove the secret
            // right; it cannot prove it wrong.
            Sign::Unclear(error) => match self.sign_of_privilege(pair).await? {
                Sign::Works { restricted: true } => Ok(valid(CredentialKind::Key(KeyKind::Restricted))),
                Sign::Works { restricted: false } => Ok(valid(self.kind_by_policy(pair).await?)),
                Sign::Refused(_) | Sign::Unclear(_) => Ok(open(error)),
            },
        }
    }

    async fn kind(&self, pair: &KeyPair, restricted: bool, depth: Depth) -> Result<CredentialKind, Error> {
        if restricted {
            return Ok(CredentialKind::Key(KeyKind::Restricted));
        }
        if depth == Depth::Quick {
            return Ok(CredentialKind::KeyOfUnknownKind);
        }
        // The secret is known to be right here, so the bare 20003 of /Accounts means a Standard key.
        match self.sign_of_privilege(pair).await? {
            Sign::Works { restricted: true } => Ok(CredentialKind::Key(KeyKind::Restricted)),
            Sign::Works { restricted: false } => self.kind_by_policy(pair).await,
            Sign::Refused(_) => Ok(CredentialKind::Key(KeyKind::Standard)),
            Sign::Unclear(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => Err(error),
            Sign::Unclear(_) => Ok(CredentialKind::KeyOfUnknownKind),
        }
    }

    /// The policy of the very key that asks; nothing if it has none. A Restricted key needs `/twilio/iam/api-keys/read` in
    /// it.
    ///
    /// # Errors
    /// As any request; one that names the missing permission if the key may not read itself.
    pub async fn own_policy(&self, pair: &KeyPair) -> Result<Option<Policy>, Error> {
        let url = self.endpoint().url(Product::Iam, &format!("/v1/Keys/{}", pair.sid));
        let call = Call { closed: true, ..Call::get(url, Login::from(pair)) };
        let answer = self.transport.send(&call).await?;
        Ok(read_key(&answer, &call, &pair.sid)?.policy)
    }

    /// Tells a Main key from a Restricted one that may list accounts, by the key's own entry: a Main key has no policy.
    async fn kind_by_policy(&self, pair: &KeyPair) -> Result<CredentialKind, Error> {
        #[derive(Deserialize)]
        struct Own<'a> {
            #[serde(default)]
            policy: Shown,
            #[serde(borrow)]
            flags: Option<Vec<Text<'a>>>,
        }
        let url = self.endpoint().url(Product::Iam, &format!("/v1/Keys/{}", pair.sid));
        let call = Call { closed: true, ..Call::get(url, Login::from(pair)) };
        let kind = match self.transport.send(&call).await {
            Ok(answer) => {
                let own: Own<'_> = answer.read(&call, &[200])?;
                let flagged = own.flags.as_deref().and_then(kind_of_flags);
                match own.policy {
                    Shown::Policy => Some(KeyKind::Restricted),
                    Shown::Null => flagged.or(Some(KeyKind::Main)),
                    Shown::Nothing => flagged,
                }
            }
            Err(error) => match judge(error)? {
                Sign::Works { .. } => Some(KeyKind::Restricted),
                Sign::Unclear(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => return Err(error),
                Sign::Refused(_) | Sign::Unclear(_) => None,
            },
        };
        Ok(kind.map_or(CredentialKind::KeyOfUnknownKind, CredentialKind::Key))
    }

    /// Verify lets every working key ask, of whatever account: the same question as trufflehog's.
    async fn sign_of_secret(&self, pair: &KeyPair) -> Result<Sign, Error> {
        #[derive(Deserialize)]
        struct Services {
            #[serde(rename = "services")]
            _list: Vec<IgnoredAny>,
        }
        let mut url = self.endpoint().url(Product::Verify, "/v2/Services");
        url.set_query(Some("PageSize=1"));
        self.sign::<Services>(Call::get(url, Login::from(pair))).await
    }

    /// A Standard key may list phone numbers, and only its own account's.
    async fn sign_of_account(&self, pair: &KeyPair, account: &AccountSid) -> Result<Sign, Error> {
        #[derive(Deserialize)]
        struct Numbers {
            #[serde(rename = "incoming_phone_numbers")]
            _list: Vec<IgnoredAny>,
        }
        let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json");
        let mut url = self.endpoint().url(Product::Api, &path);
        url.set_query(Some("PageSize=1"));
        self.sign::<Numbers>(Call::get(url, Login::from(pair))).await
    }

    /// Standard keys may not list accounts.
    async fn sign_of_privilege(&self, pair: &KeyPair) -> Result<Sign, Error> {
        #[derive(Deserialize)]
        struct Accounts {
            #[serde(rename = "accounts")]
            _list: Vec<IgnoredAny>,
        }
        let call = Call { closed: true, ..Call::get(self.accounts_url(1), Login::from(pair)) };
        self.sign::<Accounts>(call).await
    }

    async fn sign<T: for<'a> Deserialize<'a>>(&self, call: Call<'_>) -> Result<Sign, Error> {
        match self.transport.send(&call).await {
            Ok(answer) => answer.read::<T>(&call, &[200]).map(|_| Sign::Works { restricted: false }),
            Err(error) => judge(error),
        }
    }
}

/// What an answer shows of a policy: null is said of a key without one, nothing is not.
#[derive(Default)]
enum Shown {
    Policy,
    Null,
    #[default]
    Nothing,
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if Option::<IgnoredAny>::deserialize(deserializer)?.is_some() { Self::Policy } else { Self::Null })
    }
}

/// Sorts Twilio's refusals; hands on what is not one.
fn judge(error: Error) -> Result<Sign, Error> {
    match error.kind() {
        Kind::Refused(Why::MissingPermission { .. }) => Ok(Sign::Works { restricted: true }),
        Kind::Refused(Why::BadCredential | Why::StandardKeyOrBadCredential) => Ok(Sign::Refused(error)),
        Kind::Refused(_) | Kind::NotFound | Kind::Invalid => Ok(Sign::Unclear(error)),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::script::{Reply, Script, account, json, key, pair, token};

    const BAD: &str = r#"{"code":20003,"message":"Authenticate"}"#;
    const RESTRICTED: &str = r#"{"code":70051,"message":"required permission twilio/x/y/list is missing"}"#;
    const AMBIGUOUS: &str = r#"{"code":70051,"message":"Authorization failed"}"#;
    const NUMBERS: &str = r#"{"incoming_phone_numbers":[],"next_page_uri":null}"#;
    const SERVICES: &str = r#"{"services":[],"meta":{"key":"services"}}"#;
    const ACCOUNTS: &str = r#"{"accounts":[{"auth_token":"x"}]}"#;

    async fn probe(candidate: Candidate, depth: Depth, replies: &[(u16, &str)]) -> String {
        let script =
            Script::play(replies.iter().map(|(status, body)| json(*status, body)).collect::<Vec<Reply>>()).await;
        let verdict = script.client().probe(&candidate, depth).await;
        assert_eq!(script.seen().len(), replies.len(), "{:?}", script.seen());
        match verdict {
            Ok(Verdict::Valid { kind, account, status }) => format!("valid {kind:?} {} {status:?}", account.is_some()),
            Ok(Verdict::WrongAccount { kind, .. }) => format!("wrong account {kind:?}"),
            Ok(Verdict::Rejected(_)) => "rejected".into(),
            Ok(Verdict::AccountInactive(_)) => "account inactive".into(),
            Ok(Verdict::Unclear(_)) => "unclear".into(),
            Err(error) => format!("error {:?}", error.kind()),
        }
    }

    #[tokio::test]
    async fn a_key_with_its_account_in_one_request() {
        let quick = async |status, body| probe(Candidate::Credential(key()), Depth::Quick, &[(status, body)]).await;
        assert_eq!(quick(200, NUMBERS).await, "valid KeyOfUnknownKind true None");
        assert_eq!(quick(401, RESTRICTED).await, "valid Key(Restricted) true None");
        assert_eq!(quick(401, BAD).await, "rejected");
        assert_eq!(quick(401, AMBIGUOUS).await, "unclear");
        assert_eq!(quick(403, r#"{"code":20005,"message":"not active"}"#).await, "account inactive");
        assert_eq!(quick(404, r#"{"code":20404,"message":"not found"}"#).await, "unclear");
        for (status, body) in [(200, "<html>sign in</html>"), (401, "<html>"), (200, "{}"), (200, SERVICES)] {
            assert!(quick(status, body).await.starts_with("error Malformed"), "{status} {body}");
        }
    }

    #[tokio::test]
    async fn the_kind_of_a_key_with_its_account() {
        let full = async |replies: &[(u16, &str)]| probe(Candidate::Credential(key()), Depth::Full, replies).await;
        assert_eq!(full(&[(200, NUMBERS), (401, BAD)]).await, "valid Key(Standard) true None");
        assert_eq!(full(&[(200, NUMBERS), (401, RESTRICTED)]).await, "valid Key(Restricted) true None");
        assert_eq!(full(&[(401, RESTRICTED)]).await, "valid Key(Restricted) true None");
        assert_eq!(full(&[(200, NUMBERS), (401, AMBIGUOUS)]).await, "valid KeyOfUnknownKind true None");
        for (own, kind) in [
            ((200, r#"{"policy":null}"#), "Key(Main)"),
            ((200, r#"{"policy":{"allow":["/x"]}}"#), "Key(Restricted)"),
            ((200, r#"{"flags":["rest_api"]}"#), "Key(Standard)"),
            ((200, "{}"), "KeyOfUnknownKind"),
            ((401, RESTRICTED), "Key(Restricted)"),
            ((401, BAD), "KeyOfUnknownKind"),
        ] {
            assert_eq!(full(&[(200, NUMBERS), (200, ACCOUNTS), own]).await, format!("valid {kind} true None"));
        }
        assert_eq!(full(&[(401, BAD), (401, BAD)]).await, "rejected");
        assert_eq!(full(&[(401, BAD), (200, SERVICES), (401, BAD)]).await, "wrong account Key(Standard)");
        assert_eq!(full(&[(401, BAD), (401, AMBIGUOUS)]).await, "unclear");
    }

    #[tokio::test]
    async fn a_pair_without_an_account() {
        let pair = async |depth, replies: &[(u16, &str)]| probe(Candidate::Pair(pair()), depth, replies).await;
        let absent = (404, r#"{"code":20404,"message":"not found"}"#);
        assert_eq!(pair(Depth::Quick, &[(200, SERVICES)]).await, "valid KeyOfUnknownKind false None");
        assert_eq!(pair(Depth::Quick, &[(401, BAD)]).await, "rejected");
        assert_eq!(pair(Depth::Quick, &[absent]).await, "unclear");
        assert_eq!(pair(Depth::Full, &[(200, SERVICES), (401, BAD)]).await, "valid Key(Standard) false None");
        assert_eq!(pair(Depth::Full, &[absent, (401, RESTRICTED)]).await, "valid Key(Restricted) false None");
        assert_eq!(pair(Depth::Full, &[absent, (401, BAD)]).await, "unclear");
    }

    #[tokio::test]
    async fn an_auth_token() {
        let probe =
            async |status, body: &str| probe(Candidate::Credential(token()), Depth::Full, &[(status, body)]).await;
        let shown = |token: &str, status: &str| {
            format!(r#"{{"sid":"{}","auth_token":"{token}","status":"{status}"}}"#, account())
        };
        assert_eq!(probe(200, &shown(&"ab".repeat(16), "active")).await, "valid AuthTokenPrimary true Some(Active)");
        assert_eq!(probe(200, &shown("other", "suspended")).await, "valid AuthTokenSecondary true Some(Suspended)");
        assert_eq!(probe(200, &shown("", "active")).await, "valid AuthToken true Some(Active)");
        assert_eq!(probe(401, BAD).await, "rejected");
        assert_eq!(probe(403, r#"{"code":20403,"message":"x"}"#).await, "account inactive");
    }
}
