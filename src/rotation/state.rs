//! Where a rotation stands, and what comes next. Pure: no I/O, no clock.
//!
//! [`Rotation::apply`] is the only way the state changes and [`Rotation::next`] the only place where order is decided.
//! Every step may be repeated, so a record that was lost with the machine costs a repetition and nothing else.

use serde::Serialize;

use super::record::{Begun, Outcome, Record, Why};
use crate::model::KeySid;
use crate::model::time::Timestamp;

/// One sink of a rotation and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a record that was or was not written")]
pub struct Place {
    /// The sink, as `scheme:target`.
    pub sink: String,
    /// It was told the new pair (and may hold it even if this record was lost).
    pub published: bool,
    /// It gave the new pair back, and that pair authenticates.
    pub read_back: bool,
    /// It holds the old pair again.
    pub restored: bool,
    /// It is left out: gone for good, the user says.
    pub dropped: bool,
    /// It was left out before it can have been told the new pair.
    #[serde(skip)]
    pub untold: bool,
    /// It joined on the way back, and is to be given the old pair, whatever it holds.
    #[serde(skip)]
    pub owed: bool,
}

/// The new pair's standing as the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Current {
    /// Since when.
    pub at: Timestamp,
    /// When the old key may be revoked.
    pub retire_at: Timestamp,
}

/// The state of one rotation: the fold of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a record that was or was not written")]
pub struct Rotation {
    begun: Begun,
    creating: bool,
    sent: bool,
    new: Option<KeySid>,
    under: Option<KeySid>,
    inspected: bool,
    verified: bool,
    places: Vec<Place>,
    checked: bool,
    current: Option<Current>,
    after_ran: bool,
    revoked: bool,
    renamed: bool,
    back: Option<Why>,
    new_revoked: bool,
    swept: bool,
    unsealed: bool,
    finished: Option<Outcome>,
    last: Timestamp,
    /// The key that authorises the run at hand. Of the run, not of the journal: the next may have another.
    signer: Option<KeySid>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A create may have been sent: find out what it left.
    Recover,
    /// Make the new key, once, and seal its secret.
    Create,
    /// Compare kind and policy of the new key with what was asked.
    Inspect,
    /// Authenticate with the new pair.
    Verify,
    /// Tell a sink the new pair.
    Publish(usize),
    /// Read a sink back and authenticate with what it gave.
    ReadBack(usize),
    /// Run the check command.
    Check,
    /// Mark the new pair current and set the end of the old key.
    MarkCurrent,
    /// Run the after command.
    After,
    /// In grace: nothing to do before this moment.
    Wait(Timestamp),
    /// Make sure that nothing holds the old key, then revoke it.
    Retire,
    /// Take the marker out of the new key's name.
    Rename,
    /// Put the old pair back into a sink.
    Restore(usize),
    /// Make sure that nothing holds the new key, then revoke it.
    RevokeNew,
    /// Revoke keys with our marker that arrived late and that nobody holds.
    Sweep,
    /// Delete the sealed secrets.
    Unseal,
    /// Write the last record.
    Finish(Outcome),
    /// Nothing.
    Done,
}

impl Rotation {
    /// A rotation that has just begun.
    #[must_use]
    pub fn new(begun: Begun) -> Self {
        let places = begun.sinks.iter().cloned().map(place).collect();
        let last = begun.at;
        Self {
            begun,
            creating: false,
            sent: false,
            new: None,
            under: None,
            inspected: false,
            verified: false,
            places,
            checked: false,
            current: None,
            after_ran: false,
            revoked: false,
            renamed: false,
            back: None,
            new_revoked: false,
            swept: false,
            unsealed: false,
            finished: None,
            last,
            signer: None,
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

    /// Says which key, if any, authorises the run at hand. Should the rotation revoke that very key, it is the last thing
    /// it asks of Twilio: every request after it would be refused.
    pub fn signed_by(&mut self, key: Option<&KeySid>) {
        self.signer = key.cloned();
    }

    /// Takes a record in. Applying one twice is the same as once.
    pub fn apply(&mut self, record: &Record) {
        self.last = record.at();
        match record {
            Record::Begun(_) | Record::Orphan { .. } => {}
            Record::Creating { .. } => {
                self.creating = true;
                self.sent = true;
            }
            Record::Settled { .. } => {
                self.creating = false;
                self.new = None;
                self.under = None;
                self.inspected = false;
                self.verified = false;
                for place in &mut self.places {
                    place.published = false;
                    place.read_back = false;
                }
            }
            Record::Sealed { sid, under, .. } => {
                self.new = Some(sid.clone());
                self.under.clone_from(under);
            }
            Record::Inspected { .. } => self.inspected = true,
            Record::Verified { .. } => self.verified = true,
            Record::Published { sink, .. } => self.place(*sink, |place| place.published = true),
            Record::ReadBack { sink, .. } => self.place(*sink, |place| place.read_back = true),
            Record::SinkAdded { sink, .. } => {
                match self.places.iter().position(|place| place.sink == *sink) {
                    // It was left out, and is named again: what it holds now is not known.
                    Some(at) if self.places[at].dropped => self.places[at] = place(sink.clone()),
                    Some(_) => return,
                    None => self.places.push(place(sink.clone())),
                }
                let owed = self.back.is_some();
                for place in self.places.iter_mut().filter(|place| place.sink == *sink) {
                    place.owed = owed;
                }
                if self.revoked {
                    // There is no old key any more that a command or a grace would hold back.
                    return;
                }
                self.checked = false;
                self.current = None;
                self.after_ran = false;
            }
            Record::SinkDropped { sink, .. } => {
                let untold = !self.may_have_been_told(*sink);
                self.place(*sink, |place| {
                    place.dropped = true;
                    place.untold = untold;
                });
            }
            Record::Hooks { check, after, .. } => {
                self.begun.check.clone_from(check);
                self.begun.after.clone_from(after);
            }
            Record::Checked { .. } => self.checked = true,
            Record::Current { at, retire_at } => self.current = Some(Current { at: *at, retire_at: *retire_at }),
            Record::Strayed { .. } => {
                self.checked = false;
                self.current = None;
                self.after_ran = false;
            }
            Record::AfterRan { .. } => self.after_ran = true,
            Record::Revoked { .. } => self.revoked = true,
            Record::Renamed { .. } => self.renamed = true,
            Record::Back { why, .. } => self.back = self.back.take().or_else(|| Some(why.clone())),
            Record::Forward { .. } => {
                self.back = None;
                self.current = None;
                self.checked = false;
                self.swept = false;
                for place in &mut self.places {
                    place.owed = false;
                    if place.restored && !place.dropped {
                        *place = self::place(place.sink.clone());
                    }
                }
            }
            Record::Restored { sink, .. } | Record::GivenBack { sink, .. } => {
                self.place(*sink, |place| place.restored = true);
            }
            Record::NewRevoked { .. } => self.new_revoked = true,
            Record::Swept { .. } => self.swept = true,
            Record::Unsealed { .. } => self.unsealed = true,
            Record::Finished { outcome, .. } => self.finished = Some(*outcome),
        }
    }

    fn place(&mut self, at: usize, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.places.get_mut(at) {
            change(place);
        }
    }

    /// What comes next at this moment. `retire_now` ends the grace early.
    #[must_use]
    pub fn next(&self, now: Timestamp, retire_now: bool) -> Step {
        if self.finished.is_some() {
            return Step::Done;
        }
        match &self.back {
            Some(why) => self.next_back(why),
            None => self.next_forward(now, retire_now),
        }
    }

    fn next_forward(&self, now: Timestamp, retire_now: bool) -> Step {
        if self.new.is_none() {
            return if self.creating { Step::Recover } else { Step::Create };
        }
        if !self.inspected {
            return Step::Inspect;
        }
        if !self.verified {
            return Step::Verify;
        }
        for (at, place) in self.places.iter().enumerate().filter(|(_, place)| !place.dropped) {
            if !place.published {
                return Step::Publish(at);
            }
            if !place.read_back {
                return Step::ReadBack(at);
            }
        }
        if self.begun.check.is_some() && !self.checked {
            return Step::Check;
        }
        let Some(current) = self.current else { return Step::MarkCurrent };
        if self.begun.after.is_some() && !self.after_ran {
            return Step::After;
        }
        if !self.revoked && now < current.retire_at && !retire_now {
            return Step::Wait(current.retire_at);
        }
        let revokes_signer = self.signer.as_ref() == Some(&self.begun.old);
        if !self.revoked && !revokes_signer {
            return Step::Retire;
        }
        if !self.renamed {
            return Step::Rename;
        }
        if !self.revoked {
            return if self.must_sweep() { Step::Sweep } else { Step::Retire };
        }
        self.next_cleaning(Outcome::Rotated)
    }

    fn next_back(&self, why: &Why) -> Step {
        if self.new.is_none() && self.creating {
            return Step::Recover;
        }
        if let Some(at) = self
            .places
            .iter()
            .position(|place| !place.restored && !place.dropped && (place.owed || self.may_hold_new(place)))
        {
            return Step::Restore(at);
        }
        if self.new.is_some() && !self.new_revoked {
            let revokes_signer = self.signer == self.new;
            return if revokes_signer && self.must_sweep() { Step::Sweep } else { Step::RevokeNew };
        }
        self.next_cleaning(match why {
            Why::Rollback => Outcome::RolledBack,
            Why::Abort => Outcome::Aborted,
            Why::Refused(_) | Why::Different(_) | Why::Rejected => Outcome::Undone,
        })
    }

    /// A create that was refused left nothing; one that may have been carried out can have strays, even late ones.
    fn must_sweep(&self) -> bool {
        let refused = matches!(self.back, Some(Why::Refused(_)));
        self.sent && !refused && !self.swept
    }

    fn next_cleaning(&self, outcome: Outcome) -> Step {
        if self.must_sweep() {
            Step::Sweep
        } else if !self.unsealed {
            Step::Unseal
        } else {
            Step::Finish(outcome)
        }
    }

    /// Whether a sink may hold the new pair: once the new pair was verified a sink may have been written without a
    /// record of it, if the run died between the two.
    fn may_hold_new(&self, place: &Place) -> bool {
        place.published || self.verified
    }

    /// Whether a sink may have been told the new pair: there is a record of it, or it was its turn when a run died.
    #[must_use]
    pub fn may_have_been_told(&self, at: usize) -> bool {
        let Some(place) = self.places.get(at) else { return false };
        let its_turn = || self.places[..at].iter().all(|before| before.dropped || before.read_back);
        self.is_published() && !place.untold && (place.published || its_turn())
    }

    /// What was to be done.
    #[must_use]
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// The new key, once its secret is sealed.
    #[must_use]
    pub fn new_key(&self) -> Option<&KeySid> {
        self.new.as_ref()
    }

    /// The key under whose secret the pairs were sealed. `None` if it was an Auth Token, or if the journal does not say.
    #[must_use]
    pub fn sealed_under(&self) -> Option<&KeySid> {
        self.under.as_ref()
    }

    /// The sinks and how far each has come.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Since when the new pair is current, and when the old key ends.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        self.current
    }

    /// Whether the new pair is current and the grace of the old key over.
    #[must_use]
    pub fn is_after_grace(&self, now: Timestamp) -> bool {
        self.current.is_some_and(|current| current.retire_at <= now)
    }

    /// Whether the old key has been revoked: from here there is no way back.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// Whether one of its two keys has been revoked, so that only the other works.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.revoked || self.new_revoked
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

    /// Whether a sink may already hold the new pair.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.verified && self.new.is_some()
    }

    /// Whether a create may have been sent.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        self.creating || self.new.is_some()
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
            (Some(Outcome::Rotated), _) => "rotated",
            (Some(Outcome::RolledBack), _) => "rolled-back",
            (Some(Outcome::Aborted), _) => "aborted",
            (Some(Outcome::Undone), _) => "undone",
            (None, Some(_)) => "turning-back",
            (None, None) if self.revoked => "cleaning-up",
            (None, None) if self.current.is_some() => "in-grace",
            (None, None) if self.verified => "publishing",
            (None, None) if self.new.is_some() => "verifying",
            (None, None) if self.creating => "creating",
            (None, None) => "begun",
        }
    }
}

fn place(sink: String) -> Place {
    Place { sink, published: false, read_back: false, restored: false, dropped: false, untold: false, owed: false }
}

#[cfg(test)]
mod tests;
