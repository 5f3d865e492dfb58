//! An account and what it owns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Event, Key, Stored};
use crate::model::time::{Timestamp, since};
use crate::model::{AccountSid, Secret};
use crate::sandbox::Propagation;

/// The status of an account, in Twilio's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// Works.
    Active,
    /// Refused until it is made active again.
    Suspended,
    /// Refused for good.
    Closed,
}

impl AccountStatus {
    /// Twilio's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    /// The status a word stands for.
    pub(in crate::sandbox) fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Closed].into_iter().find(|status| status.as_str() == word)
    }
}

/// An account to be put into a [`super::State`].
#[derive(Debug, Clone)]
pub struct AccountSeed {
    /// Its SID.
    pub sid: AccountSid,
    /// The parent of a subaccount; `None` for a main account.
    pub owner: Option<AccountSid>,
    /// Its friendly name.
    pub name: String,
    /// Its primary Auth Token.
    pub token: Secret,
    /// When it was made.
    pub created: Timestamp,
}

/// The second Auth Token of an account, between its creation and its promotion or deletion.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondaryToken {
    /// The token.
    pub token: Stored,
    /// When it was made.
    pub created: Timestamp,
}

/// The last promotion of an account: what it takes to know how far word of it has got.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// The primary until then.
    pub old: Stored,
    /// When the primary of today was made.
    pub created: Timestamp,
    /// When it was promoted.
    pub at: Timestamp,
}

/// An account as the fake Twilio knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its SID.
    pub sid: AccountSid,
    /// The parent of a subaccount; `None` for a main account.
    pub owner: Option<AccountSid>,
    /// Its friendly name.
    pub name: String,
    /// Its own status; [`super::State::standing`] also looks at the owner's.
    pub status: AccountStatus,
    /// The primary Auth Token.
    pub token: Stored,
    /// The secondary Auth Token, if there is one.
    pub secondary: Option<SecondaryToken>,
    /// The last promotion, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
    /// When it was made.
    pub created: Timestamp,
    /// When its name or status was last changed.
    pub updated: Timestamp,
    /// How many mails its owners got about changed tokens: one for each change without `SuppressEmailNotification`.
    pub mails: u64,
    pub(in crate::sandbox) keys: BTreeMap<u64, Key>,
    pub(in crate::sandbox) numbers: BTreeMap<u64, Number>,
    pub(in crate::sandbox) messages: BTreeMap<u64, Message>,
    pub(in crate::sandbox) services: BTreeMap<u64, Service>,
    pub(in crate::sandbox) events: BTreeMap<u64, Event>,
}

impl Account {
    pub(super) fn new(seed: AccountSeed) -> Self {
        Self {
            sid: seed.sid,
            owner: seed.owner,
            name: seed.name,
            status: AccountStatus::Active,
            token: Stored::new(seed.token),
            secondary: None,
            promotion: None,
            created: seed.created,
            updated: seed.created,
            mails: 0,
            keys: BTreeMap::new(),
            numbers: BTreeMap::new(),
            messages: BTreeMap::new(),
            services: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    /// Whether a password is one of its Auth Tokens, as far as word of that has got.
    pub(in crate::sandbox) fn lets_in(&self, password: &Secret, now: Timestamp, propagation: Propagation) -> bool {
        let known = |created| since(created, now) >= propagation.new_unknown;
        let primary = self.token.matches(password) && self.promotion.as_ref().is_none_or(|last| known(last.created));
        let second =
            self.secondary.as_ref().is_some_and(|second| second.token.matches(password) && known(second.created));
        let old = self
            .promotion
            .as_ref()
            .is_some_and(|last| last.old.matches(password) && since(last.at, now) < propagation.old_lives);
        primary || second || old
    }

    /// The messages it sent, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Its phone numbers, in the order in which they came.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.values()
    }

    /// Its Monitor events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    /// The highest sequence number in it, so that a loaded state never gives one a second time.
    pub(super) fn last_seq(&self) -> u64 {
        [
            self.keys.keys().next_back(),
            self.numbers.keys().next_back(),
            self.messages.keys().next_back(),
            self.services.keys().next_back(),
            self.events.keys().next_back(),
        ]
        .into_iter()
        .flatten()
        .copied()
        .max()
        .unwrap_or(0)
    }
}

/// A phone number an account may send from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// `PN` and 32 hexadecimal digits.
    pub sid: String,
    /// The number in E.164 form.
    pub number: String,
    /// When it was bought.
    pub created: Timestamp,
}

/// A message that was taken for sending; the sandbox never sends one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// `SM` and 32 hexadecimal digits.
    pub sid: String,
    /// The sender's number, unless a Messaging Service was named.
    pub from: Option<String>,
    /// The Messaging Service, if one was named.
    pub service: Option<String>,
    /// The receiver's number.
    pub to: String,
    /// The text.
    pub body: String,
    /// When it was taken.
    pub created: Timestamp,
}

/// A Verify service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// `VA` and 32 hexadecimal digits.
    pub sid: String,
    /// Its friendly name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}
