//! What the journal of a create says: one record a line, and never a secret in any of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;
use crate::model::{AccountSid, FriendlyName, KeySid, Marker, Policy, RotationId};
use crate::sinks::Spec;

/// The first record: what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The id of the create, which the key's friendly name carries until it is finished.
    pub id: RotationId,
    /// When it began.
    pub at: Timestamp,
    /// Where Twilio was.
    pub endpoint: String,
    /// The account whose key it is to be.
    pub account: AccountSid,
    /// The name that the key is to have in the end.
    pub name: FriendlyName,
    /// The policy of a Restricted key; `None` asks for a Standard key.
    pub policy: Option<Policy>,
    /// Every sink that is to hold the pair, in the order of writing, as `scheme:target`, named absolutely.
    pub sinks: Vec<String>,
    /// Whether the secret is to be printed.
    pub reveal: bool,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// A create is about to be sent: from here on a key may exist whose secret nobody holds. Durable.
    Begun(Begun),
    /// The create was answered. The list of keys would tell it as well, so this may be lost with the machine.
    Made {
        /// When.
        at: Timestamp,
        /// The key.
        sid: KeySid,
    },
    /// A sink is about to be told the pair: from here on it may hold it. Durable.
    Storing {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// The secret is about to be printed: from here on anybody may hold it. Durable.
    Showing {
        /// When.
        at: Timestamp,
    },
}

impl Record {
    /// When it was written.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Begun(begun) => begun.at,
            Self::Made { at, .. } | Self::Storing { at, .. } | Self::Showing { at } => *at,
        }
    }
}

/// A create as far as its journal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    begun: Begun,
    made: Option<KeySid>,
    told: BTreeSet<usize>,
    shown: bool,
    last: Timestamp,
}

impl Create {
    /// Folds the records of a journal. `None` if they do not begin as they should.
    #[must_use]
    pub fn replay(records: &[Record]) -> Option<Self> {
        let (Record::Begun(begun), rest) = records.split_first()? else { return None };
        let mut create = Self { last: begun.at, begun: begun.clone(), made: None, told: BTreeSet::new(), shown: false };
        for record in rest {
            create.last = record.at();
            match record {
                Record::Begun(_) => return None,
                Record::Made { sid, .. } => create.made = Some(sid.clone()),
                Record::Storing { sink, .. } => drop(create.told.insert(*sink)),
                Record::Showing { .. } => create.shown = true,
            }
        }
        Some(create)
    }

    /// What was asked for.
    #[must_use]
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// The key, if the answer to the create was read.
    #[must_use]
    pub fn made(&self) -> Option<&KeySid> {
        self.made.as_ref()
    }

    /// Whether a sink may hold the pair, by its place in the list.
    #[must_use]
    pub fn has_told(&self, sink: usize) -> bool {
        self.told.contains(&sink)
    }

    /// The sinks that may hold the pair.
    pub fn told(&self) -> impl Iterator<Item = &str> {
        self.begun.sinks.iter().enumerate().filter(|(at, _)| self.told.contains(at)).map(|(_, sink)| sink.as_str())
    }

    /// Whether a sink may hold the pair, and no other one in the same place may: what is known of its last write is known of
    /// the place.
    #[must_use]
    pub fn has_told_only(&self, spec: &Spec) -> bool {
        let told: Vec<Spec> = self.told().filter_map(|name| Spec::parse(name).ok()).collect();
        told.contains(spec) && told.iter().filter(|other| other.is_beside(spec)).count() == 1
    }

    /// The sinks that may hold something of the pair by now, or are just about to: none as long as the create is not answered.
    #[must_use]
    pub fn claimed(&self) -> &[String] {
        if self.made.is_none() && self.told.is_empty() { &[] } else { &self.begun.sinks }
    }

    /// Whether the secret may have been printed.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// When the last record was written.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// The marker in the key's name.
    #[must_use]
    pub fn marker(&self) -> Marker {
        Marker(self.begun.id.clone())
    }

    /// How far it came, in a word.
    #[must_use]
    pub fn phase(&self) -> &'static str {
        match self {
            Self { shown: true, .. } => "create-showing",
            Self { told, .. } if !told.is_empty() => "create-storing",
            Self { made: Some(_), .. } => "create-answered",
            _ => "create-sent",
        }
    }
}
