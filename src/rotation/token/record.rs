//! What the journal of a token rotation says: one record a line, and never a token in any of them.
//!
//! A token has no SID. Where one must be named, it is by its fingerprint, which tells two tokens apart and is neither.

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;
use crate::model::{AccountSid, Fingerprint, KeySid, RotationId, TokenNames};
use crate::rotation::record::Outcome;
use crate::rotation::signer::Signer;

/// How the journal's first record is called, by which it is told from the journal of a key's rotation.
pub const FIRST: &str = "token-begun";

/// The first record: what is to be done, all of it, so that a later run needs nothing but the journal and a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The rotation's id.
    pub id: RotationId,
    /// When it began.
    pub at: Timestamp,
    /// Where Twilio was: a rotation is never continued against another endpoint.
    pub endpoint: String,
    /// The account whose token it is.
    pub account: AccountSid,
    /// The token in force when it began.
    pub old: Fingerprint,
    /// Whether it takes up a secondary token that somebody else had made.
    pub adopted: bool,
    /// Every sink that is to hold the new token, in the order of writing, as `scheme:target`.
    pub sinks: Vec<String>,
    /// How the variables beside a token's are named.
    pub names: TokenNames,
    /// How long the token that was in force before stays beside the new one, in seconds.
    pub propagation: u64,
    /// A shell command that must succeed before the promote.
    pub check: Option<String>,
    /// A shell command that is run once the new token is current in every sink.
    pub after: Option<String>,
    /// Whether Twilio is asked not to tell the account's owners by mail.
    pub suppress_email: bool,
    /// The keys of the account whose pairs are known here, and that worked.
    pub keys: Vec<KeySid>,
    /// Where the token was found; `None` in the journals of versions that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<Box<Signer>>,
}

/// Why a token rotation turned back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The operator wants the secondary token deleted.
    Rollback,
    /// The operator gave the rotation up before any sink had seen the secondary token.
    Abort,
    /// Twilio refused to make the token; the text says why.
    Refused(String),
    /// The account had a secondary token already, which is not this rotation's.
    Exists,
    /// The new token was rejected.
    Rejected,
    /// There is no secondary token any more that could be taken up.
    Gone,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The rotation exists. Nothing has been sent.
    #[serde(rename = "token-begun")]
    Begun(Begun),
    /// A create is about to be sent: from here on a secondary token may exist that nobody holds.
    Creating {
        /// When.
        at: Timestamp,
        /// When, by Twilio's clock: what it says of a secondary made just then is about this one.
        server: Option<Timestamp>,
    },
    /// A create was refused, since there was a secondary token: it made none.
    CreateRefused {
        /// When.
        at: Timestamp,
        /// When the create was noted.
        asked: Timestamp,
    },
    /// A secondary token that a create without an answer had left, and that nobody held, was deleted.
    Orphan {
        /// When.
        at: Timestamp,
    },
    /// No secondary token of ours exists that nobody holds; a create may be sent again.
    Settled {
        /// When.
        at: Timestamp,
    },
    /// The new token waits, sealed and durable.
    Sealed {
        /// When.
        at: Timestamp,
        /// The new token.
        new: Fingerprint,
        /// Whether it was sealed before, and was found again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// The new token is nowhere to be found: what became of the secondary must be found out.
    Lost {
        /// When.
        at: Timestamp,
    },
    /// The new token authenticates.
    Verified {
        /// When.
        at: Timestamp,
    },
    /// A sink was told the new token, beside the one in force.
    Staged {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// A sink gave both tokens back, and both authenticate; or it is one that gives nothing back.
    ReadBack {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
        /// Whether it gave anything back.
        readable: bool,
    },
    /// Another sink was found to hold the old token, and joins.
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
    /// A later run brought another propagation, which takes the place of that the rotation was begun with.
    Propagation {
        /// When.
        at: Timestamp,
        /// How long the token that was in force before stays beside the new one, in seconds.
        seconds: u64,
    },
    /// The check command succeeded.
    Checked {
        /// When.
        at: Timestamp,
    },
    /// Right before the promote these keys worked.
    KeysBefore {
        /// When.
        at: Timestamp,
        /// Which.
        live: Vec<KeySid>,
    },
    /// A promote is about to be sent: from here on the old token may be dead.
    Promoting {
        /// When.
        at: Timestamp,
    },
    /// The promote was not carried out: both tokens still work.
    NotPromoted {
        /// When.
        at: Timestamp,
    },
    /// The new token is the account's primary. There is no way back from here.
    Promoted {
        /// When.
        at: Timestamp,
        /// Whether Twilio's answer to the promote named the new token. Else it was taken from what Twilio says of the two
        /// tokens, and may turn out to be wrong. Older journals do not say: `false`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        answered: bool,
    },
    /// That it is the primary was wrong: the old token works, and the new one is the secondary, or none. Every sink that
    /// can be read holds the old one as the token in force again.
    StillSecondary {
        /// When.
        at: Timestamp,
    },
    /// What is sealed under the old token, for these rotations of keys, is sealed under the new one.
    HandedOver {
        /// When.
        at: Timestamp,
        /// Which.
        rotations: Vec<RotationId>,
    },
    /// A sink was told the new token as the one in force, and the old one as the one before.
    Switched {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// A sink gave the new token back as the one in force, and it authenticates; or it is one that gives nothing back.
    SwitchRead {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
        /// Whether it gave anything back.
        readable: bool,
    },
    /// What Twilio says of the old token after the promote.
    OldTried {
        /// When.
        at: Timestamp,
        /// Whether it is refused, as it should be.
        refused: bool,
    },
    /// The keys that worked before were tried again.
    KeysAfter {
        /// When.
        at: Timestamp,
        /// Those that did not work any more.
        refused: Vec<KeySid>,
    },
    /// The after command succeeded.
    AfterRan {
        /// When.
        at: Timestamp,
    },
    /// The new token is current everywhere; the old one may be taken out at `clear_at`.
    Current {
        /// When.
        at: Timestamp,
        /// The end of the propagation.
        clear_at: Timestamp,
    },
    /// A sink does not hold the old token any more.
    Cleared {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// The rotation turns back.
    Back {
        /// When.
        at: Timestamp,
        /// Why.
        why: Why,
    },
    /// A sink does not hold the new token any more, or never held it.
    Unstaged {
        /// When.
        at: Timestamp,
        /// Which, by its place in the list.
        sink: usize,
    },
    /// The secondary token is about to be deleted: from here on it may be gone. Older journals do not say so.
    Deleting {
        /// When.
        at: Timestamp,
    },
    /// The secondary token is deleted.
    Deleted {
        /// When.
        at: Timestamp,
    },
    /// The sealed tokens are deleted.
    Unsealed {
        /// When.
        at: Timestamp,
    },
    /// Another token than the two of this rotation is in force, by Twilio's word, and every sink holds that.
    Superseded {
        /// When.
        at: Timestamp,
        /// The token in force.
        by: Fingerprint,
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
            // Behind these stands something that cannot be found out again: that a token may exist or be dead, when it
            // was asked for, that it is sealed and no stray, the user's own word, and the will to turn back.
            Self::Begun(_)
            | Self::Creating { .. }
            | Self::Sealed { .. }
            | Self::Settled { .. }
            | Self::CreateRefused { .. }
            | Self::Lost { .. }
            | Self::SinkAdded { .. }
            | Self::SinkDropped { .. }
            | Self::Propagation { .. }
            | Self::Promoting { .. }
            | Self::Promoted { .. }
            | Self::StillSecondary { .. }
            | Self::Current { .. }
            | Self::Back { .. }
            | Self::Superseded { .. }
            | Self::Deleting { .. }
            | Self::Deleted { .. } => true,
            Self::Orphan { .. }
            | Self::Verified { .. }
            | Self::Staged { .. }
            | Self::ReadBack { .. }
            | Self::Hooks { .. }
            | Self::Checked { .. }
            | Self::KeysBefore { .. }
            | Self::NotPromoted { .. }
            | Self::HandedOver { .. }
            | Self::Switched { .. }
            | Self::SwitchRead { .. }
            | Self::OldTried { .. }
            | Self::KeysAfter { .. }
            | Self::AfterRan { .. }
            | Self::Cleared { .. }
            | Self::Unstaged { .. }
            | Self::Unsealed { .. }
            | Self::Finished { .. } => false,
        }
    }

    /// When the record was written.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Begun(begun) => begun.at,
            Self::Creating { at, .. }
            | Self::Orphan { at }
            | Self::Settled { at }
            | Self::CreateRefused { at, .. }
            | Self::Sealed { at, .. }
            | Self::Lost { at }
            | Self::Verified { at }
            | Self::Staged { at, .. }
            | Self::ReadBack { at, .. }
            | Self::SinkAdded { at, .. }
            | Self::SinkDropped { at, .. }
            | Self::Hooks { at, .. }
            | Self::Propagation { at, .. }
            | Self::Checked { at }
            | Self::KeysBefore { at, .. }
            | Self::Promoting { at }
            | Self::NotPromoted { at }
            | Self::Promoted { at, .. }
            | Self::StillSecondary { at }
            | Self::HandedOver { at, .. }
            | Self::Switched { at, .. }
            | Self::SwitchRead { at, .. }
            | Self::OldTried { at, .. }
            | Self::KeysAfter { at, .. }
            | Self::AfterRan { at }
            | Self::Current { at, .. }
            | Self::Cleared { at, .. }
            | Self::Back { at, .. }
            | Self::Unstaged { at, .. }
            | Self::Deleting { at }
            | Self::Deleted { at }
            | Self::Unsealed { at }
            | Self::Superseded { at, .. }
            | Self::Finished { at, .. } => *at,
        }
    }
}
