//! What a run wants of a rotation before it goes on: which sinks, which commands, how long, and whether back.

use std::time::Duration;

use super::{NO_WAY_BACK, Rotator};
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::tokens::Tokens;
use crate::sinks::{Sink, is_among};

impl<T: Tokens> Rotator<'_, T> {
    /// Says that the rotation is to be taken back, and that nothing goes on without being asked for.
    pub fn undo(&mut self) {
        self.undoing = true;
    }

    /// Takes the user's word that the secondary token is to be deleted, whoever made it.
    pub fn delete_any(&mut self) {
        self.any = true;
    }

    /// Asks Twilio not to tell of a deletion by mail, whatever the rotation was begun with.
    pub fn suppress_email(&mut self, suppress: bool) {
        self.suppress_email = suppress;
    }

    /// Says where else a token is looked for before it is deleted, and where it is not.
    pub fn look_into(&mut self, named: &[String], without: &[String]) {
        self.named = named.to_vec();
        self.without = without.to_vec();
    }

    /// Leaves sinks out from here on.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn leave_out(&mut self, names: &[String]) -> Result<(), Error> {
        for at in 0..self.rotation.places().len() {
            let place = &self.rotation.places()[at];
            if is_among(&place.sink, names) && !place.dropped {
                self.write(&Record::SinkDropped { at: self.now(), sink: at }).map_err(|cause| self.halted(cause))?;
            }
        }
        Ok(())
    }

    /// Lets the commands of the run at hand take the place of those the rotation was begun with.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn take_hooks(&mut self, check: Option<&String>, after: Option<&String>) -> Result<(), Error> {
        let begun = self.begun();
        let check = check.or(begun.check.as_ref()).cloned();
        let after = after.or(begun.after.as_ref()).cloned();
        if check == begun.check && after == begun.after {
            return Ok(());
        }
        self.write(&Record::Hooks { at: self.now(), check, after }).map_err(|cause| self.halted(cause))
    }

    /// Takes another sink in, because it holds the old token as well; or one again that was left out.
    ///
    /// # Errors
    /// If it cannot be opened, does not hold the token, cannot be written to, or this cannot be written down.
    pub fn add_sink(&mut self, name: &str) -> Result<(), Error> {
        self.join(name).map_err(|cause| self.halted(cause))
    }

    pub(super) fn join(&mut self, name: &str) -> Result<(), Cause> {
        let sink = self.open(name)?;
        let old = self.old_token()?;
        // After the promote there is nothing to be held back any more: what holds the new token beside the old one gets it.
        if self.rotation.promoted().is_none() || !self.holds_new(sink.as_ref())? {
            self.expect_writable(sink.as_ref(), &old)?;
        }
        self.take_in(name, sink)
    }

    /// Makes a sink one of the rotation's, under this name; one that was left out takes its place again.
    pub(super) fn take_in(&mut self, name: &str, sink: Box<dyn Sink>) -> Result<(), Cause> {
        let again = self.rotation.places().iter().position(|place| place.sink == name);
        self.write(&Record::SinkAdded { at: self.now(), sink: name.to_owned() })?;
        match again {
            Some(at) => self.sinks[at] = sink,
            None => self.sinks.push(sink),
        }
        Ok(())
    }

    /// Lets the old token stay beside the new one for another time than the rotation was begun with, up to the moment at
    /// which that begins.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn propagate(&mut self, propagation: Option<Duration>) -> Result<(), Error> {
        let Some(wanted) = propagation.filter(|wanted| *wanted != self.rotation.propagation()) else { return Ok(()) };
        if !self.rotation.takes_propagation() {
            return Ok(());
        }
        let seconds = wanted.as_secs();
        self.write(&Record::Propagation { at: self.now(), seconds }).map_err(|cause| self.halted(cause))
    }

    /// Turns the rotation back, for this reason.
    ///
    /// # Errors
    /// If there is no way back any more, if another place uses the new token, or if this cannot be written down.
    pub async fn turn_back(&mut self, why: Why) -> Result<(), Error> {
        self.refill().await.map_err(|cause| self.halted(cause))?;
        if self.rotation.is_promoting() {
            self.settle().await.map_err(|cause| self.halted(cause))?;
        }
        if self.rotation.promoted().is_some() {
            return Err(Error::NotNow { id: self.begun().id.clone(), why: NO_WAY_BACK });
        }
        if self.rotation.new_token().is_none() && self.rotation.may_have_created() && !self.any {
            self.recover_back().await.map_err(|cause| self.halted(cause))?;
        }
        self.see_it_is_not_in_force().await.map_err(|cause| self.halted(cause))?;
        self.clear_the_way().map_err(|cause| self.halted(cause))?;
        self.write(&Record::Back { at: self.now(), why }).map_err(|cause| self.halted(cause))
    }
}
