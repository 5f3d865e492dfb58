//! Twilio as a rotation sees it: six calls on one account's keys.

use crate::api::{self, Client};
use crate::model::key::CreatedKey;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeyPair, KeySid, NewKey};

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
    /// If Twilio could not be asked.
    async fn verify(&self, pair: &KeyPair) -> Result<Liveness, api::Error>;

    /// Whether a pair that is no Restricted key is a Main key: the two look alike in a fetch.
    ///
    /// # Errors
    /// If Twilio could not be asked.
    async fn is_main(&self, pair: &KeyPair) -> Result<bool, api::Error>;

    /// The time that Twilio's last answer carried, if there was one.
    fn server_time(&self) -> Option<Timestamp>;
}

/// [`Keys`] over HTTP.
#[derive(Debug)]
pub struct AccountKeys<'a> {
    /// The client.
    pub client: &'a Client,
    /// The credential that authorises the changes.
    pub authority: &'a Credential,
    /// The account whose keys they are.
    pub account: &'a AccountSid,
}
