//! What one call did.

use serde::Serialize;

use crate::model::time::Timestamp;
use crate::model::{Fingerprint, KeySid, RotationId, Secret};
use crate::rotation::record::Outcome;
use crate::rotation::token::rotator::Reached;
use crate::rotation::token::state::TokenRotation;

/// What one call did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Report {
    /// Nothing was due.
    NotDue {
        /// The token.
        token: Fingerprint,
        /// When it will be due.
        due: Timestamp,
    },
    /// Both tokens work, and every sink holds both.
    Staged {
        /// The rotation.
        rotation: RotationId,
        /// The token in force.
        old: Fingerprint,
        /// The token that waits to be promoted.
        new: Option<Fingerprint>,
        /// The sinks.
        sinks: Vec<String>,
        /// Whether somebody was asked for the promote and said no.
        declined: bool,
    },
    /// The new token is in force; the old one is still beside it in the sinks.
    Propagating {
        /// The rotation.
        rotation: RotationId,
        /// The old token, which is dead.
        old: Fingerprint,
        /// The token in force.
        new: Option<Fingerprint>,
        /// When the old token may be taken out.
        clear_at: Timestamp,
        /// Whether this run promoted or switched; otherwise it only looked.
        switched: bool,
        /// Keys that worked before the promote and not after it.
        keys_refused: Vec<KeySid>,
        /// Whether the old token was still accepted after the promote.
        old_lives_on: bool,
    },
    /// A rotation came to its end.
    Ended {
        /// The rotation.
        rotation: RotationId,
        /// The old token.
        old: Fingerprint,
        /// The new token.
        new: Option<Fingerprint>,
        /// How.
        outcome: Outcome,
        /// Keys that worked before the promote and not after it.
        keys_refused: Vec<KeySid>,
        /// Whether the old token was still accepted after the promote.
        old_lives_on: bool,
    },
    /// Another run did it in the meantime.
    AlreadyDone {
        /// That rotation.
        rotation: RotationId,
        /// The token it replaced.
        old: Fingerprint,
        /// The token in force.
        new: Option<Fingerprint>,
    },
    /// A rotation came to its end because another token than its two is in force, by Twilio's word and in every sink.
    Superseded {
        /// The rotation.
        rotation: RotationId,
        /// The old token, which is dead.
        old: Fingerprint,
        /// The new token, which is dead.
        new: Option<Fingerprint>,
        /// The token in force.
        by: Fingerprint,
    },
    /// The secondary token, which no rotation of this machine knew, was deleted.
    Deleted {
        /// The token in force.
        token: Fingerprint,
    },
}

/// What one call did, and the new token where it was made and not promoted.
#[derive(Debug)]
pub struct Done {
    /// What it did.
    pub report: Report,
    /// The token that waits to be promoted.
    pub token: Option<Secret>,
}

impl From<Report> for Done {
    fn from(report: Report) -> Self {
        Self { report, token: None }
    }
}

impl Report {
    /// Whether this run changed anything.
    #[must_use]
    pub fn changed(&self) -> bool {
        !matches!(self, Self::NotDue { .. } | Self::Propagating { switched: false, .. } | Self::AlreadyDone { .. })
    }

    /// Whether a rotation goes on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Staged { .. } | Self::Propagating { .. })
    }

    /// The keys that a promote left broken.
    #[must_use]
    pub fn keys_refused(&self) -> &[KeySid] {
        match self {
            Self::Propagating { keys_refused, .. } | Self::Ended { keys_refused, .. } => keys_refused,
            _ => &[],
        }
    }

    /// The report on a rotation that was taken as far as it goes now.
    #[must_use]
    pub fn of(rotation: &TokenRotation, reached: &Reached, switched: bool) -> Self {
        let begun = rotation.begun();
        let (id, old, new) = (begun.id.clone(), begun.old.clone(), rotation.new_token().cloned());
        let (keys_refused, old_lives_on) = (rotation.keys_refused().to_vec(), rotation.old_lives_on());
        match reached {
            Reached::Staged | Reached::Declined => {
                let used = rotation.places().iter().filter(|place| !place.dropped);
                let sinks = used.map(|place| place.sink.clone()).collect();
                Self::Staged { rotation: id, old, new, sinks, declined: *reached == Reached::Declined }
            }
            Reached::Propagating(clear_at) => {
                Self::Propagating { rotation: id, old, new, clear_at: *clear_at, switched, keys_refused, old_lives_on }
            }
            Reached::End(outcome) => {
                if let Some(by) = rotation.superseded().cloned() {
                    return Self::Superseded { rotation: id, old, new, by };
                }
                Self::Ended { rotation: id, old, new, outcome: *outcome, keys_refused, old_lives_on }
            }
        }
    }
}
