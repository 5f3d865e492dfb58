//! Twilio as a token rotation sees it: five calls on one account's tokens, each signed with the token that is named.

use crate::api::{
    self, Candidate, Client, CredentialKind, Depth, PromoteError, Promotion, SecondaryDeletion, SecondaryError,
    TokenEvent, Verdict,
};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Credential, KeyPair, Secret};
use crate::rotation::keys::{Liveness, answered, understand};

/// How many events about tokens are looked at: an account has one or two in a rotation.
const EVENTS: usize = 100;

/// What a working token is to its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one that signs webhooks, and that the account shows.
    Primary,
    /// The one that waits to be promoted.
    Secondary,
    /// The answer did not tell.
    Unknown,
}

/// The Auth Tokens of one account.
///
/// No call names the account: Twilio acts on the one whose SID and token sign. So each takes the token it is signed with,
/// and a promote that is signed with the old token can never strike once that is dead.
#[allow(async_fn_in_trait, reason = "used with static dispatch only, on a current-thread runtime")]
pub trait Tokens {
    /// Makes the secondary token. Sent once.
    ///
    /// # Errors
    /// Says whether one existed already, or may exist now.
    async fn create(&self, with: &Secret, suppress_email: bool) -> Result<Secret, SecondaryError>;

    /// Deletes the secondary token. One that is gone already counts as deleted.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn delete(&self, with: &Secret, suppress_email: bool) -> Result<SecondaryDeletion, api::Error>;

    /// Makes the secondary token the primary. Sent once.
    ///
    /// # Errors
    /// Says whether it may have been done all the same.
    async fn promote(&self, with: &Secret, suppress_email: bool) -> Result<Promotion, PromoteError>;

    /// Authenticates with a token.
    ///
    /// # Errors
    /// If Twilio could not be asked, or the account is suspended or closed and answers nobody.
    async fn verify(&self, token: &Secret) -> Result<(Liveness, Standing), api::Error>;

    /// Authenticates with a key's pair.
    ///
    /// # Errors
    /// If Twilio could not be asked.
    async fn verify_key(&self, pair: &KeyPair) -> Result<Liveness, api::Error>;

    /// What happened to the account's tokens, newest first.
    ///
    /// # Errors
    /// If Twilio could not be asked, or refused.
    async fn events(&self, with: &Secret, since: Option<Timestamp>) -> Result<Vec<TokenEvent>, api::Error>;

    /// The time that Twilio's last answer carried, if there was one.
    fn server_time(&self) -> Option<Timestamp>;
}

/// [`Tokens`] over HTTP.
#[derive(Clone, Copy)]
pub struct AccountTokens<'a> {
    /// The client.
    pub client: &'a Client,
    /// The account whose tokens they are.
    pub account: &'a AccountSid,
}

impl AccountTokens<'_> {
    fn auth(&self, token: &Secret) -> Credential {
        Credential::AuthToken { account: self.account.clone(), token: token.clone() }
    }
}

impl Tokens for AccountTokens<'_> {
    async fn create(&self, with: &Secret, suppress_email: bool) -> Result<Secret, SecondaryError> {
        self.client.create_secondary(&self.auth(with), suppress_email).await
    }

    async fn delete(&self, with: &Secret, suppress_email: bool) -> Result<SecondaryDeletion, api::Error> {
        self.client.delete_secondary(&self.auth(with), suppress_email).await
    }

    async fn promote(&self, with: &Secret, suppress_email: bool) -> Result<Promotion, PromoteError> {
        self.client.promote(&self.auth(with), suppress_email).await
    }

    async fn verify(&self, token: &Secret) -> Result<(Liveness, Standing), api::Error> {
        let verdict = self.client.probe(&Candidate::Credential(self.auth(token)), Depth::Quick).await?;
        let standing = match &verdict {
            Verdict::Valid { kind: CredentialKind::AuthTokenPrimary, .. } => Standing::Primary,
            Verdict::Valid { kind: CredentialKind::AuthTokenSecondary, .. } => Standing::Secondary,
            _ => Standing::Unknown,
        };
        answered(verdict).map(|(said, _)| (said, standing))
    }

    async fn verify_key(&self, pair: &KeyPair) -> Result<Liveness, api::Error> {
        let credential = Credential::ApiKey { account: self.account.clone(), pair: pair.clone() };
        self.client.probe(&Candidate::Credential(credential), Depth::Quick).await.map(|verdict| understand(verdict).0)
    }

    async fn events(&self, with: &Secret, since: Option<Timestamp>) -> Result<Vec<TokenEvent>, api::Error> {
        self.client.token_events(&self.auth(with), since, EVENTS).await
    }

    fn server_time(&self) -> Option<Timestamp> {
        self.client.last_server_time()
    }
}
