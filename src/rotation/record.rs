//! What a rotation's journal says: one record a line, and never a secret in any of them.

use serde::{Deserialize, Serialize};

use super::signer::Signer;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, FriendlyName, KeyKind, KeySid, Policy, RotationId};

/// The first record: what is to be done, all of it, so that a later run needs nothing but the journal and a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The rotation's id, also in the new key's friendly name while it is open.
    pub id: RotationId,
    /// When it began.
    pub at: Timestamp,
    /// Where Twilio was: a rotation is never continued against another endpoint.
    pub endpoint: String,
    /// The account whose key it is.
    pub account: AccountSid,
    /// The key that is to be replaced.
    pub old: KeySid,
    /// Its friendly name, marker taken off; the new key has it in the end.
    pub name: Option<FriendlyName>,
    /// The kind of the old key.
    pub kind: KeyKind,
    /// The kind the new key must have: the old one's, or Standard where a Main key is knowingly downgraded.
    pub new_kind: KeyKind,
    /// The policy of a Restricted key, which the new key must have to the letter.
    pub policy: Option<Policy>,
    /// Every sink that is to hold the new pair, in the order of writing, as `scheme:target`.
    pub sinks: Vec<String>,
    /// How long the old key goes on working, in seconds.
    pub grace: u64,
    /// A shell command that must succeed before the new pair counts as current.
    pub check: Option<String>,
    /// A shell command that is run once the new pair is current; the old key stays until it has succeeded.
    pub after: Option<String>,
    /// Which credential it was begun under; `None` in the journals of versions that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<Box<Signer>>,
}

/// How a rotation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The new key is in every sink and the old one is revoked.
    Rotated,
    /// The old pair is back in every sink and the new key is revoked, because somebody asked.
    RolledBack,
    /// The rotation was given up before any sink held the new pair; the new key, if there was one, is revoked.
    Aborted,
    /// The new key was not what was asked for, or did not work; it is revoked, the old pair stands everywhere.
    Undone,
}

/// Why a rotation turned back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The operator asked for the old pair back.
    Rollback,
    /// The operator gave the rotation up.
    Abort,
    /// Twilio refused to make the key; the text says why.
    Refused(String),
    /// The key that was made is wider than or different from the old one; the text says how.
    Different(String),
    /// The new pair was rejected.
    Rejected,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The rotation exists. Nothing has been sent.
    Begun(Begun),
    /// A create is about to be sent: from here on a key may exist whose secret nobody holds.
    Creating {
        /// When.
        at: Timestamp,
    },
    /// A key with our marker that nobody holds was revoked.
    Orphan {
        /// When.
        at: Timestamp,
        /// The key.
        sid: KeySid,
    },
    /// No key of ours exists that nobody holds; a create may be sent again.
    Settled {
        /// When.
        at: Timestamp,
    },
    /// The new pair waits, sealed and durable.
    Sealed {
        /// When.
        at: Timestamp,
        /// The new key.
        sid: KeySid,
        /// The key under whose secret. None where it was an Auth Token; older journals do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<KeySid>,
    },
    /// The new key is of the kind and policy that were asked for.
    Inspected {
        /// When.
        at: Timestamp,
    },
    /// The new pair authenticates.
    Verified {
        /// When.
        at: Timestamp,
    },
    /// A sink was told the new pair.
    Published {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// A sink gave the new pair back, and what it gave authenticates; or it is one that gives nothing back.
    ReadBack {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
        /// Whether it gave anything back.
        readable: bool,
    },
    /// Another sink was found to hold the old key, and joins.
    SinkAdded {
        /// When.
        at: Timestamp,
        /// The sink.
        sink: String,
    },
    /// A sink is gone for good, the user says, and is left out from here on.
    SinkDropped {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// A later run brought other commands, which take the place of those the rotation was begun with.
    Hooks {
        /// When.
        at: Timestamp,
        /// The check command.
        check: Option<String>,
        /// The after command.
        after: Option<String>,
    },
    /// The check command succeeded.
    Checked {
        /// When.
        at: Timestamp,
    },
    /// The new pair is current everywhere; the old key ends at `retire_at`.
    Current {
        /// When.
        at: Timestamp,
        /// The end of the grace.
        retire_at: Timestamp,
    },
    /// In the grace a sink was found without the new pair: it gets that again, and the grace starts anew.
    Strayed {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// The after command succeeded.
    AfterRan {
        /// When.
        at: Timestamp,
    },
    /// The old key is revoked.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// The marker is out of the new key's name.
    Renamed {
        /// When.
        at: Timestamp,
    },
    /// The rotation turns back.
    Back {
        /// When.
        at: Timestamp,
        /// Why.
        why: Why,
    },
    /// The rotation goes forward again: the old secret, without which there is no way back, is lost.
    Forward {
        /// When.
        at: Timestamp,
    },
    /// A sink holds the old pair again, or never held the new one.
    Restored {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// A sink that held nothing was given the old pair, which no other sink had.
    GivenBack {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// The new key is revoked.
    NewRevoked {
        /// When.
        at: Timestamp,
    },
    /// No stray key with our marker is left.
    Swept {
        /// When.
        at: Timestamp,
    },
    /// The sealed secrets are deleted.
    Unsealed {
        /// When.
        at: Timestamp,
    },
    /// Nothing is left to do.
    Finished {
        /// When.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
    },
}

impl Record {
    /// Whether the record must have reached the disk before the next step. The others tell of steps that may be
    /// repeated: after a loss of power the next run finds them out again, or does them again.
    #[must_use]
    pub fn must_be_durable(&self) -> bool {
        match self {
            // Behind these stands something that cannot be found out again: that a key may exist, and the
            // will to turn back.
            Self::Begun(_)
            | Self::Creating { .. }
            | Self::SinkAdded { .. }
            | Self::SinkDropped { .. }
            | Self::Back { .. }
            | Self::Forward { .. } => true,
            Self::Orphan { .. }
            | Self::Settled { .. }
            | Self::Sealed { .. }
            | Self::Inspected { .. }
            | Self::Verified { .. }
            | Self::Published { .. }
            | Self::ReadBack { .. }
            | Self::Hooks { .. }
            | Self::Checked { .. }
            | Self::Current { .. }
            | Self::Strayed { .. }
            | Self::AfterRan { .. }
            | Self::Revoked { .. }
            | Self::Renamed { .. }
            | Self::Restored { .. }
            | Self::GivenBack { .. }
            | Self::NewRevoked { .. }
            | Self::Swept { .. }
            | Self::Unsealed { .. }
            | Self::Finished { .. } => false,
        }
    }

    /// When the record was written.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Begun(begun) => begun.at,
            Self::Creating { at }
            | Self::Orphan { at, .. }
            | Self::Settled { at }
            | Self::Sealed { at, .. }
            | Self::Inspected { at }
            | Self::Verified { at }
            | Self::Published { at, .. }
            | Self::ReadBack { at, .. }
            | Self::SinkAdded { at, .. }
            | Self::SinkDropped { at, .. }
            | Self::Hooks { at, .. }
            | Self::Checked { at }
            | Self::Current { at, .. }
            | Self::Strayed { at, .. }
            | Self::AfterRan { at }
            | Self::Revoked { at }
            | Self::Renamed { at }
            | Self::Back { at, .. }
            | Self::Forward { at }
            | Self::Restored { at, .. }
            | Self::GivenBack { at, .. }
            | Self::NewRevoked { at }
            | Self::Swept { at }
            | Self::Unsealed { at }
            | Self::Finished { at, .. } => *at,
        }
    }
}
