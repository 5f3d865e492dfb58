//! One key as lists, `keys show` and their JSON describe it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::credentials::source::Value;
use crate::model::time::{Timestamp, show_duration, since};
use crate::model::{AccountSid, ApiKey, FriendlyName, KeyKind, KeySid, RotationId};

/// Where each key stands locally.
pub type Holders = BTreeMap<KeySid, Vec<String>>;

/// Sorts values by the key they name.
#[must_use]
pub fn holders(values: &[Value]) -> Holders {
    let mut found = Holders::new();
    for value in values {
        if let Some(sid) = value.key_sid() {
            found.entry(sid).or_default().push(value.place.clone());
        }
    }
    found
}

/// A key, its age, and what is known of it here.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    account: &'a AccountSid,
    sid: &'a KeySid,
    name: Option<&'a FriendlyName>,
    /// `null`: the answer did not say.
    #[serde(rename = "type")]
    kind: Option<KeyKind>,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
    /// Whole days.
    age_days: Option<u64>,
    /// The id of the rotation or create that is at work on it.
    open: Option<RotationId>,
    held_by: &'a [String],
    #[serde(skip)]
    age: Option<std::time::Duration>,
}

impl<'a> Entry<'a> {
    /// Describes a key at a moment.
    #[must_use]
    pub fn of(account: &'a AccountSid, key: &'a ApiKey, holders: &'a Holders, now: Timestamp) -> Self {
        let age = key.created.map(|created| since(created, now));
        Self {
            account,
            sid: &key.sid,
            name: key.name.as_ref(),
            kind: key.kind,
            created: key.created,
            updated: key.updated,
            age_days: age.map(|age| age.as_secs() / 86_400),
            open: open(key),
            held_by: holders.get(&key.sid).map_or(&[], Vec::as_slice),
            age,
        }
    }

    /// Its kind in one word.
    #[must_use]
    pub fn kind(&self) -> String {
        self.kind.map_or_else(|| "unknown".to_owned(), |kind| kind.to_string())
    }

    /// Its name without a marker, which [`Entry::managed`] tells apart.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.map_or_else(String::new, |name| name.without_marker().to_string())
    }

    /// Its age in its two largest units.
    #[must_use]
    pub fn age(&self) -> String {
        self.age.map_or_else(String::new, show_duration)
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> String {
        self.created.map_or_else(String::new, |at| at.to_string())
    }

    /// What twcred has to do with it.
    #[must_use]
    pub fn managed(&self) -> String {
        self.open.as_ref().map_or_else(String::new, |id| format!("open {id}"))
    }

    /// The entries that hold it.
    #[must_use]
    pub fn held_by(&self) -> String {
        self.held_by.join(", ")
    }
}

/// The id of the rotation or create that has not taken its marker off the key's name yet.
#[must_use]
pub fn open(key: &ApiKey) -> Option<RotationId> {
    key.name.as_ref().and_then(FriendlyName::marker).map(|marker| marker.0)
}
