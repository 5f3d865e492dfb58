//! Sinks that join an open rotation, and sinks that are left out of it.

use super::Rotator;
use super::place::load;
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::Keys;
use crate::rotation::record::Record;
use crate::sinks::{Loaded, Sink};

impl<K: Keys> Rotator<'_, K> {
    /// Takes sinks in that hold the old key as well, or that were left out and are named again, and leaves others out. All
    /// is tried before the first of it is written down: where one cannot join, none is left out either.
    ///
    /// A sink that joins once the old key is revoked gets the new pair, and one on the way back the old pair, in this run or
    /// the next; either is shown to work before.
    ///
    /// # Errors
    /// If a sink cannot be opened or written to; [`Cause::NewSecretLost`] and [`Cause::OldSecretLost`] if nobody holds the
    /// pair that it is to get, [`Cause::Rejected`] if that key is gone; or if this cannot be written down.
    pub async fn change_sinks(&mut self, joining: &[&String], without: &[String]) -> Result<(), Error> {
        let tried = self.try_to_join(joining).await.map_err(|cause| self.halted(cause))?;
        self.leave_out(without)?;
        for (name, sink) in joining.iter().zip(tried) {
            let again = self.rotation.places().iter().position(|place| place.sink == **name);
            let record = Record::SinkAdded { at: self.now(), sink: (*name).clone() };
            self.write(&record).map_err(|cause| self.halted(cause))?;
            match again {
                Some(at) => self.sinks[at] = sink,
                None => self.sinks.push(sink),
            }
        }
        Ok(())
    }

    /// Leaves sinks out from here on: those of this rotation, and those that other rotations left the old key in.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn leave_out(&mut self, names: &[String]) -> Result<(), Error> {
        self.others.retain(|other| !names.contains(other));
        for at in 0..self.rotation.places().len() {
            let place = &self.rotation.places()[at];
            if names.contains(&place.sink) && !place.dropped {
                self.write(&Record::SinkDropped { at: self.now(), sink: at }).map_err(|cause| self.halted(cause))?;
            }
        }
        Ok(())
    }

    async fn try_to_join(&mut self, names: &[&String]) -> Result<Vec<Box<dyn Sink>>, Cause> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        if self.rotation.back().is_some() {
            let pair = self.old_pair()?;
            self.prove(&pair, "before the rotation").await?;
        } else if self.rotation.is_revoked() {
            let pair = self.new_pair()?.ok_or_else(|| self.new_is_lost())?;
            self.prove(&pair, "the rotation").await?;
        }
        let old = self.begun().old.clone();
        let mut tried = Vec::new();
        for name in names {
            let sink = self.open(name, &old)?;
            self.try_out(sink.as_ref())?;
            tried.push(sink);
        }
        Ok(tried)
    }

    /// Whether a sink that is to join can be written. One that holds the new pair already was written before.
    fn try_out(&self, sink: &dyn Sink) -> Result<(), Cause> {
        let new = self.rotation.new_key();
        if let Loaded::Held(pairs) = load(sink)?
            && pairs.iter().any(|held| Some(&held.pair.sid) == new)
        {
            return Ok(());
        }
        sink.probe().map_err(|source| Cause::Sink { sink: sink.spec().to_string(), doing: "probing", source })
    }
}
