//! Where a token rotation stands, and what comes next. Pure: no I/O, no clock.
//!
//! [`TokenRotation::apply`] is the only way the state changes and [`TokenRotation::next`] the only place where order is
//! decided. Every step may be repeated. One step is unlike all others: after the promote there is no way back, so
//! [`TokenRotation::next`] never names it before every sink holds both tokens and somebody said yes.

mod facts;

use std::time::Duration;

use serde::Serialize;

use super::record::{Begun, Record, Why};
use crate::model::time::{self, Timestamp};
use crate::model::{Fingerprint, KeySid};
use crate::rotation::record::Outcome;

/// One sink of a token rotation and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a record that was or was not written")]
pub struct Place {
    /// The sink, as `scheme:target`.
    pub sink: String,
    /// It was told the new token beside the old one (and may hold it even if this record was lost).
    pub staged: bool,
    /// It gave both back, and both authenticate.
    pub read_back: bool,
    /// It was told the new token as the one in force.
    pub switched: bool,
    /// It gave the new token back as the one in force, and it authenticates.
    pub switch_read: bool,
    /// It does not hold the old token any more.
    pub cleared: bool,
    /// It does not hold the new token any more.
    pub unstaged: bool,
    /// It is left out: gone for good, the user says.
    pub dropped: bool,
}

/// The new token's standing as the one in force everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Current {
    /// Since when.
    pub at: Timestamp,
    /// When the old token may be taken out of the sinks.
    pub clear_at: Timestamp,
}

/// The state of one token rotation: the fold of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a record that was or was not written")]
pub struct TokenRotation {
    begun: Begun,
    creating: bool,
    asked: Vec<(Timestamp, Option<Timestamp>)>,
    settled: Vec<Timestamp>,
    doubtful: Vec<Timestamp>,
    new: Option<Fingerprint>,
    sealed_at: Option<Timestamp>,
    verified: bool,
    places: Vec<Place>,
    checked: bool,
    keys: Vec<KeySid>,
    promoting: bool,
    promoted: Option<Timestamp>,
    answered: bool,
    handed_over: bool,
    old_tried: Option<bool>,
    keys_refused: Option<Vec<KeySid>>,
    after_ran: bool,
    current: Option<Current>,
    propagation: Duration,
    back: Option<Why>,
    deleting: bool,
    deleted: bool,
    superseded: Option<Fingerprint>,
    unsealed: bool,
    finished: Option<Outcome>,
    last: Timestamp,
    /// Whether somebody said yes to the promote. Of the run at hand, not of the journal: each run asks anew.
    gate_open: bool,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A create may have been sent: find out what it left.
    Recover,
    /// Make the secondary token, once, and seal it.
    Create,
    /// Take up the secondary token that a sink holds, and seal it.
    Adopt,
    /// Authenticate with the new token.
    Verify,
    /// Tell a sink the new token, beside the one in force.
    Stage(usize),
    /// Read a sink back and authenticate with both tokens.
    ReadBack(usize),
    /// Run the check command.
    Check,
    /// Have somebody say yes to the promote, from which there is no way back.
    Gate,
    /// Prove both tokens and every known key once more, then promote.
    Promote,
    /// A promote may have been sent: find out with both tokens what became of it.
    Settle,
    /// Seal under the new token what rotations of keys have sealed under the old one.
    HandOver,
    /// Tell a sink the new token as the one in force.
    Switch(usize),
    /// Read a sink back and authenticate with the token in force.
    SwitchRead(usize),
    /// See that the old token is refused.
    TryOld,
    /// See that every key that worked before still works.
    TryKeys,
    /// Run the after command.
    After,
    /// Mark the new token current and set the end of the propagation.
    MarkCurrent,
    /// In propagation: nothing to do before this moment.
    Wait(Timestamp),
    /// Take the old token out of a sink.
    Clear(usize),
    /// Take the new token out of a sink.
    Unstage(usize),
    /// Make sure that nothing uses the secondary token, then delete it.
    Delete,
    /// Delete the sealed tokens.
    Unseal,
    /// Write the last record.
    Finish(Outcome),
    /// Nothing.
    Done,
}

impl TokenRotation {
    /// A rotation that has just begun.
    #[must_use]
    pub fn new(begun: Begun) -> Self {
        Self {
            places: begun.sinks.iter().cloned().map(place).collect(),
            last: begun.at,
            keys: begun.keys.clone(),
            propagation: Duration::from_secs(begun.propagation),
            begun,
            creating: false,
            asked: Vec::new(),
            settled: Vec::new(),
            doubtful: Vec::new(),
            new: None,
            sealed_at: None,
            verified: false,
            checked: false,
            promoting: false,
            promoted: None,
            answered: false,
            handed_over: false,
            old_tried: None,
            keys_refused: None,
            after_ran: false,
            current: None,
            back: None,
            deleting: false,
            deleted: false,
            superseded: None,
            unsealed: false,
            finished: None,
            gate_open: false,
        }
    }

    /// The rotation that some records tell of; `None` if they do not start with its beginning.
    #[must_use]
    pub fn replay(records: &[Record]) -> Option<Self> {
        let (Record::Begun(begun), rest) = records.split_first()? else { return None };
        let mut rotation = Self::new(begun.clone());
        for record in rest {
            rotation.apply(record);
        }
        Some(rotation)
    }

    /// Says that somebody said yes to the promote in the run at hand.
    pub fn open_gate(&mut self) {
        self.gate_open = true;
    }

    /// Takes a record in. Applying one twice is the same as once.
    pub fn apply(&mut self, record: &Record) {
        self.last = record.at();
        match record {
            Record::Begun(_) | Record::Orphan { .. } => {}
            Record::Creating { at, server } => {
                self.creating = true;
                if !self.asked.contains(&(*at, *server)) {
                    self.asked.push((*at, *server));
                }
            }
            Record::CreateRefused { asked, .. } => self.asked.retain(|(at, _)| at != asked),
            Record::Settled { at } => {
                if !self.settled.contains(at) {
                    self.settled.push(*at);
                }
                (self.creating, self.deleting) = (false, false);
                self.forget_new();
            }
            Record::Lost { at } => {
                if self.new.is_some() {
                    self.doubtful.push(*at);
                }
                (self.creating, self.deleting) = (true, false);
                self.forget_new();
            }
            Record::Sealed { at, new, .. } => {
                // What was deleted was another, which nobody held; and so was what was to be.
                self.deleted = false;
                if self.deleting && self.new.is_none() {
                    self.doubtful.push(*at);
                    self.deleting = false;
                }
                self.new = Some(new.clone());
                self.sealed_at = Some(*at);
                self.creating = false;
            }
            Record::Verified { .. } => self.verified = true,
            Record::Staged { sink, .. } => self.place(*sink, |place| place.staged = true),
            Record::ReadBack { sink, .. } => self.place(*sink, |place| place.read_back = true),
            Record::SinkAdded { sink, .. } => {
                match self.places.iter().position(|place| place.sink == *sink) {
                    // It was left out, and is named again: what it holds now is not known.
                    Some(at) if self.places[at].dropped => self.places[at] = place(sink.clone()),
                    Some(_) => return,
                    None => self.places.push(place(sink.clone())),
                }
                self.checked = false;
                self.current = None;
                self.after_ran = false;
            }
            Record::SinkDropped { sink, .. } => self.place(*sink, |place| place.dropped = true),
            Record::Hooks { check, after, .. } => {
                self.begun.check.clone_from(check);
                self.begun.after.clone_from(after);
            }
            Record::Checked { .. } => self.checked = true,
            Record::KeysBefore { live, .. } => self.keys.clone_from(live),
            Record::Promoting { .. } => self.promoting = true,
            Record::NotPromoted { .. } => self.promoting = self.promoted.is_some(),
            // Nothing turns back from here, whatever was wished for before.
            Record::Promoted { at, answered } => {
                self.promoting = true;
                self.answered |= answered;
                self.promoted = self.promoted.or(Some(*at));
                self.back = None;
            }
            Record::StillSecondary { .. } => self.forget_promote(),
            Record::HandedOver { .. } => self.handed_over = true,
            Record::Switched { sink, .. } => self.place(*sink, |place| place.switched = true),
            Record::SwitchRead { sink, .. } => self.place(*sink, |place| place.switch_read = true),
            Record::OldTried { refused, .. } => self.old_tried = Some(*refused),
            Record::KeysAfter { refused, .. } => self.keys_refused = Some(refused.clone()),
            Record::AfterRan { .. } => self.after_ran = true,
            Record::Propagation { seconds, .. } => {
                if self.takes_propagation() {
                    self.propagation = Duration::from_secs(*seconds);
                }
            }
            Record::Current { at, clear_at } => {
                self.current = Some(Current { at: *at, clear_at: *clear_at });
                // Older journals say it here alone.
                self.propagation = time::since(*at, *clear_at);
            }
            Record::Cleared { sink, .. } => self.place(*sink, |place| place.cleared = true),
            Record::Back { why, .. } => {
                if self.promoted.is_none() {
                    self.back = self.back.take().or_else(|| Some(why.clone()));
                }
            }
            Record::Unstaged { sink, .. } => self.place(*sink, |place| place.unstaged = true),
            Record::Deleting { .. } => self.deleting = true,
            Record::Deleted { at } => {
                // Without a token in hand it was what a lost create had left: that create is settled.
                if self.new.is_none() && self.creating {
                    self.settled.push(*at);
                    (self.creating, self.deleting) = (false, false);
                }
                self.deleted = true;
            }
            // Every sink is looked into from here on, also one that was cleared before.
            Record::Superseded { by, .. } => {
                self.superseded = Some(by.clone());
                self.places.iter_mut().for_each(|place| place.cleared = false);
            }
            Record::Unsealed { .. } => self.unsealed = true,
            Record::Finished { outcome, .. } => self.finished = Some(*outcome),
        }
    }

    fn forget_new(&mut self) {
        self.new = None;
        self.verified = false;
        for place in &mut self.places {
            place.staged = false;
            place.read_back = false;
        }
    }

    /// What was done for the new token as the one in force is to be done again once it is.
    fn forget_promote(&mut self) {
        (self.checked, self.promoting, self.promoted, self.handed_over) = (false, false, None, false);
        (self.answered, self.old_tried, self.keys_refused) = (false, None, None);
        (self.after_ran, self.current) = (false, None);
        for at in &mut self.places {
            *at = Place { dropped: at.dropped, ..place(at.sink.clone()) };
        }
    }

    fn place(&mut self, at: usize, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.places.get_mut(at) {
            change(place);
        }
    }

    /// The first sink in use of which this is true.
    fn first(&self, wanted: impl Fn(&Place) -> bool) -> Option<usize> {
        self.places.iter().position(|place| !place.dropped && wanted(place))
    }

    /// What comes next at this moment. `clear_now` ends the propagation early.
    #[must_use]
    pub fn next(&self, now: Timestamp, clear_now: bool) -> Step {
        if self.finished.is_some() {
            return Step::Done;
        }
        // Whatever was under way: both tokens are dead.
        if self.superseded.is_some() {
            let held = self.first(|place| !place.cleared);
            let outcome = if self.promoted.is_some() { Outcome::Rotated } else { Outcome::Undone };
            return held.map_or_else(|| self.next_cleaning(outcome), Step::Clear);
        }
        if self.promoted.is_some() {
            return self.next_after_promote(now, clear_now);
        }
        // Before anything else, in either direction: the old token may be dead.
        if self.promoting {
            return Step::Settle;
        }
        if self.new.is_none() && self.creating {
            return Step::Recover;
        }
        match &self.back {
            Some(why) => self.next_back(why),
            None => self.next_before_promote(),
        }
    }

    fn next_before_promote(&self) -> Step {
        if self.new.is_none() {
            return if self.begun.adopted { Step::Adopt } else { Step::Create };
        }
        if !self.verified {
            return Step::Verify;
        }
        for (at, place) in self.places.iter().enumerate().filter(|(_, place)| !place.dropped) {
            if !place.staged {
                return Step::Stage(at);
            }
            if !place.read_back {
                return Step::ReadBack(at);
            }
        }
        if self.begun.check.is_some() && !self.checked {
            return Step::Check;
        }
        if self.gate_open { Step::Promote } else { Step::Gate }
    }

    fn next_after_promote(&self, now: Timestamp, clear_now: bool) -> Step {
        if !self.handed_over {
            return Step::HandOver;
        }
        // The sinks first, whatever else is to be looked at: those who read only the token in force wait for it.
        for (at, place) in self.places.iter().enumerate().filter(|(_, place)| !place.dropped) {
            if !place.switched {
                return Step::Switch(at);
            }
            if !place.switch_read {
                return Step::SwitchRead(at);
            }
        }
        if self.old_tried.is_none() {
            return Step::TryOld;
        }
        if self.keys_refused.is_none() {
            return Step::TryKeys;
        }
        if self.begun.after.is_some() && !self.after_ran {
            return Step::After;
        }
        let Some(current) = self.current else { return Step::MarkCurrent };
        if now < current.clear_at && !clear_now && self.first(|place| !place.cleared).is_some() {
            return Step::Wait(current.clear_at);
        }
        if let Some(at) = self.first(|place| !place.cleared) {
            return Step::Clear(at);
        }
        self.next_cleaning(Outcome::Rotated)
    }

    fn next_back(&self, why: &Why) -> Step {
        if let Some(at) = self.first(|place| !place.unstaged && (place.staged || self.verified)) {
            return Step::Unstage(at);
        }
        if self.new.is_some() && !self.deleted {
            return Step::Delete;
        }
        self.next_cleaning(match why {
            Why::Rollback => Outcome::RolledBack,
            Why::Abort => Outcome::Aborted,
            Why::Refused(_) | Why::Exists | Why::Rejected | Why::Gone => Outcome::Undone,
        })
    }

    fn next_cleaning(&self, outcome: Outcome) -> Step {
        if self.unsealed { Step::Finish(outcome) } else { Step::Unseal }
    }
}

fn place(sink: String) -> Place {
    Place {
        sink,
        staged: false,
        read_back: false,
        switched: false,
        switch_read: false,
        cleared: false,
        unstaged: false,
        dropped: false,
    }
}

#[cfg(test)]
mod tests;
