//! An API key.

use serde::{Deserialize, Serialize};

use super::Stored;
use crate::model::time::Timestamp;
use crate::model::{KeyPair, KeySid, Policy, Secret};

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Everything in its own account. Made in the Console only, so here by [`super::State::add_key`] only.
    Main,
    /// Everything but accounts, keys and tokens.
    Standard,
    /// What its policy allows.
    Restricted(Policy),
}

/// A key to be put into a [`super::State`].
#[derive(Debug, Clone)]
pub struct KeySeed {
    /// Its SID.
    pub sid: KeySid,
    /// Its secret.
    pub secret: Secret,
    /// Its friendly name.
    pub name: Option<String>,
    /// What it may do.
    pub kind: Kind,
    /// When it was made.
    pub created: Timestamp,
}

/// A key as the fake Twilio knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its SID.
    pub sid: KeySid,
    /// Its secret.
    pub secret: Stored,
    /// Its friendly name; Twilio allows none.
    pub name: Option<String>,
    /// What it may do.
    pub kind: Kind,
    /// When it was made.
    pub created: Timestamp,
    /// When its name or policy was last changed.
    pub updated: Timestamp,
}

impl Key {
    pub(super) fn new(seed: KeySeed) -> Self {
        Self {
            sid: seed.sid,
            secret: Stored::new(seed.secret),
            name: seed.name,
            kind: seed.kind,
            created: seed.created,
            updated: seed.created,
        }
    }

    /// Its SID and secret, to sign requests with.
    #[must_use]
    pub fn pair(&self) -> KeyPair {
        KeyPair { sid: self.sid.clone(), secret: self.secret.secret() }
    }
}
