//! What is true of a token rotation, as its records tell.

use std::time::Duration;

use super::{Current, Place, TokenRotation};
use crate::model::time::Timestamp;
use crate::model::{Fingerprint, KeySid};
use crate::rotation::record::Outcome;
use crate::rotation::token::record::{Begun, Why};

impl TokenRotation {
    /// What was to be done.
    #[must_use]
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// The new token, once it is sealed.
    #[must_use]
    pub fn new_token(&self) -> Option<&Fingerprint> {
        self.new.as_ref()
    }

    /// Every moment at which a create was about to be sent, by this clock and by Twilio's.
    #[must_use]
    pub fn asked(&self) -> &[(Timestamp, Option<Timestamp>)] {
        &self.asked
    }

    /// How many secondary tokens of ours were made and deleted again before any sink saw them.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.settled.len()
    }

    /// How many more of ours may have been deleted: those that are lost, and one whose deletion was never answered.
    #[must_use]
    pub fn doubtful(&self) -> usize {
        self.doubtful.len() + usize::from(self.deleting && self.new.is_none())
    }

    /// The sinks and how far each has come.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The keys that worked when they were last tried before the promote.
    #[must_use]
    pub fn keys(&self) -> &[KeySid] {
        &self.keys
    }

    /// The keys that worked before the promote and not after it.
    #[must_use]
    pub fn keys_refused(&self) -> &[KeySid] {
        self.keys_refused.as_deref().unwrap_or_default()
    }

    /// Whether the old token was still accepted when it was last tried after the promote.
    #[must_use]
    pub fn old_lives_on(&self) -> bool {
        self.old_tried == Some(false)
    }

    /// Whether every sink in use was seen to hold both tokens.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        self.verified && self.new.is_some() && self.first(|place| !place.staged || !place.read_back).is_none()
    }

    /// Whether a sink may already hold the new token.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.verified && self.new.is_some()
    }

    /// Whether a secondary token may have been made, or found.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        self.creating || self.new.is_some()
    }

    /// Whether a promote may have been sent and its outcome is not known.
    #[must_use]
    pub fn is_promoting(&self) -> bool {
        self.promoting && self.promoted.is_none()
    }

    /// Since when the new token is the account's primary: from there on there is no way back.
    #[must_use]
    pub fn promoted(&self) -> Option<Timestamp> {
        self.promoted
    }

    /// Whether Twilio itself answered the promote with the new token: whatever it says of the two afterwards is stale.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.promoted.is_some() && self.answered
    }

    /// Since when the new token is current in every sink, and when the old one may be taken out.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        self.current
    }

    /// How long the old token stays beside the new one. A sink that joins waits as long as the others did.
    #[must_use]
    pub fn propagation(&self) -> Duration {
        self.propagation
    }

    /// Whether a run may still say how long that is: it has not begun yet, or begins anew for a sink that joined.
    #[must_use]
    pub fn takes_propagation(&self) -> bool {
        self.current.is_none() && self.back.is_none()
    }

    /// When the new token was sealed last: it is no younger than that.
    #[must_use]
    pub fn sealed_at(&self) -> Option<Timestamp> {
        self.sealed_at
    }

    /// Whether the deletion of the new token may have been sent, which nothing used.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.deleting && self.new.is_some()
    }

    /// Whether the secondary token was deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The token in force, if that is another than the two of this rotation.
    #[must_use]
    pub fn superseded(&self) -> Option<&Fingerprint> {
        self.superseded.as_ref()
    }

    /// Why it turned back, if it did.
    #[must_use]
    pub fn back(&self) -> Option<&Why> {
        self.back.as_ref()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.finished
    }

    /// When its last record was written.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// The phase in one word, for tables.
    #[must_use]
    pub fn phase(&self) -> &'static str {
        match (&self.finished, &self.back) {
            (Some(_), _) if self.superseded.is_some() => "superseded",
            (None, _) if self.superseded.is_some() => "superseding",
            (Some(Outcome::Rotated), _) => "rotated",
            (Some(Outcome::RolledBack), _) => "rolled-back",
            (Some(Outcome::Aborted), _) => "aborted",
            (Some(Outcome::Undone), _) => "undone",
            (None, _) if self.is_promoting() => "promoting",
            (None, Some(_)) => "turning-back",
            (None, None) if self.current.is_some() => "propagating",
            (None, None) if self.promoted.is_some() => "switching",
            (None, None) if self.is_staged() => "staged",
            (None, None) if self.verified => "staging",
            (None, None) if self.new.is_some() => "verifying",
            (None, None) if self.creating => "creating",
            (None, None) => "begun",
        }
    }
}
