//! Twilio as a rotation sees it: six calls on one account's keys.

use crate::api::{self, Candidate, Client, CredentialKind, Depth, Verdict};
use crate::model::key::CreatedKey;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeyKind, KeyPair, KeySid, NewKey};

/// What a live call said of a credential. Three answers, not two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Liveness {
    /// It authenticates, on the account in question.
    Live,
    /// Twilio does not know it; the text is Twilio's.
    Rejected(String),
    /// The answer proves neither; the text says why.
    Unclear(String),
}

/// The keys of one account, under one authorising credential.
///
/// A rotation drives this and nothing else of Twilio, so that its own tests can put a table of keys in its place.
#[allow(async_fn_in_trait, reason = "used with static dispatch only, on a current-thread runtime")]
pub trait Keys {
    /// Fetches a key; `None` if the account has no such key.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn fetch(&self, sid: &KeySid) -> Result<Option<ApiKey>, api::Error>;

    /// Every key of the account.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn list(&self) -> Result<Vec<ApiKey>, api::Error>;

    /// Makes a key. Sent once.
    ///
    /// # Errors
    /// Says whether the key may exist all the same.
    async fn create(&self, new: &NewKey) -> Result<CreatedKey, api::CreateError>;

    /// Revokes a key for good. A key that is gone already counts as revoked.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn revoke(&self, sid: &KeySid) -> Result<(), api::Error>;

    /// Gives a key another name. `false` if there is no such key.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn rename(&self, sid: &KeySid, name: &FriendlyName) -> Result<bool, api::Error>;

    /// Authenticates with a pair on the account.
    ///
    /// # Errors
    /// If Twilio could not be asked, or the account is suspended or closed and answers nobody.
    async fn verify(&self, pair: &KeyPair) -> Result<Liveness, api::Error>;

    /// Authenticates with a pair and finds out its kind: a fetch does not tell a Main key from a Standard one. `None`
    /// if the answers do not tell either.
    ///
    /// # Errors
    /// If Twilio could not be asked, or the account is suspended or closed and answers nobody.
    async fn identify(&self, pair: &KeyPair) -> Result<(Liveness, Option<KeyKind>), api::Error>;

    /// The time that Twilio's last answer carried, if there was one.
    fn server_time(&self) -> Option<Timestamp>;
}

/// [`Keys`] over HTTP.
#[derive(Clone, Copy)]
pub struct AccountKeys<'a> {
    /// The client.
    pub client: &'a Client,
    /// The credential that authorises the changes.
    pub authority: &'a Credential,
    /// The account whose keys they are.
    pub account: &'a AccountSid,
}

impl AccountKeys<'_> {
    async fn probe(&self, pair: &KeyPair, depth: Depth) -> Result<Verdict, api::Error> {
        let credential = Credential::ApiKey { account: self.account.clone(), pair: pair.clone() };
        self.client.probe(&Candidate::Credential(credential), depth).await
    }
}

impl Keys for AccountKeys<'_> {
    async fn fetch(&self, sid: &KeySid) -> Result<Option<ApiKey>, api::Error> {
        self.client.key(self.authority, self.account, sid).await
    }

    async fn list(&self) -> Result<Vec<ApiKey>, api::Error> {
        self.client.all_keys(self.authority, self.account).await.map(|(keys, _)| keys)
    }

    async fn create(&self, new: &NewKey) -> Result<CreatedKey, api::CreateError> {
        self.client.create_key(self.authority, self.account, new).await
    }

    async fn revoke(&self, sid: &KeySid) -> Result<(), api::Error> {
        self.client.revoke_key(self.authority, self.account, sid).await.map(drop)
    }

    async fn rename(&self, sid: &KeySid, name: &FriendlyName) -> Result<bool, api::Error> {
        match self.client.rename_key(self.authority, self.account, sid, name).await {
            Ok(_) => Ok(true),
            Err(error) if *error.kind() == api::Kind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn verify(&self, pair: &KeyPair) -> Result<Liveness, api::Error> {
        self.probe(pair, Depth::Quick).await.and_then(answered).map(|(said, _)| said)
    }

    async fn identify(&self, pair: &KeyPair) -> Result<(Liveness, Option<KeyKind>), api::Error> {
        self.probe(pair, Depth::Full).await.and_then(answered)
    }

    fn server_time(&self) -> Option<Timestamp> {
        self.client.last_server_time()
    }
}

/// What a verdict says of a credential, unless it is about the account alone: nothing is known of the credential then, and
/// to ask again in a while is no help.
pub(super) fn answered(verdict: Verdict) -> Result<(Liveness, Option<KeyKind>), api::Error> {
    match verdict {
        Verdict::AccountInactive(error) => Err(error),
        verdict => Ok(understand(verdict)),
    }
}

pub(super) fn understand(verdict: Verdict) -> (Liveness, Option<KeyKind>) {
    match verdict {
        Verdict::Valid { kind: CredentialKind::Key(kind), .. } => (Liveness::Live, Some(kind)),
        Verdict::Valid { .. } => (Liveness::Live, None),
        Verdict::Rejected(error) => (Liveness::Rejected(error.to_string()), None),
        Verdict::WrongAccount { refusal, .. } => {
            (Liveness::Rejected(format!("it belongs to another account: {refusal}")), None)
        }
        Verdict::AccountInactive(error) | Verdict::Unclear(error) => (Liveness::Unclear(error.to_string()), None),
    }
}
