//! A look at the sinks in the grace, before the rotation is said to rest.
//!
//! Files come back from backups, and other hands edit them. What holds the old pair again, or none, is put right; what
//! holds another's is left alone, and said: at the end of the grace it would stop the retirement. So would a sink that
//! cannot be asked now, which is said as well.

use super::Rotator;
use super::holding::Holding;
use super::place::drift;
use super::unheld::in_use;
use crate::model::KeySid;
use crate::model::time::Timestamp;
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::Keys;
use crate::rotation::record::Record;
use crate::rotation::rotator::Event;
use crate::rotation::state::{Rotation, Step};
use crate::sinks::{self, Sink};

/// What a look at the sinks of a rotation in its grace finds.
#[derive(Debug, Default)]
pub(in crate::rotation) struct Seen {
    /// The places that are to have the new pair again.
    pub(in crate::rotation) strayed: Vec<usize>,
    /// The places that cannot be asked now, and why, where they are there at all.
    pub(in crate::rotation) unasked: Vec<(usize, Option<sinks::Error>)>,
    /// Whether the old key is gone at Twilio already. That is asked only where it says what is left to do.
    pub(in crate::rotation) is_gone: bool,
}

impl Seen {
    /// Looks into every sink that is not left out. `sinks` are those of the rotation's places, in their order.
    ///
    /// # Errors
    /// [`Cause::Drift`] if a sink holds a third key, or none and cannot be given one.
    pub(in crate::rotation) fn of(rotation: &Rotation, sinks: &[Box<dyn Sink>], now: Timestamp) -> Result<Self, Cause> {
        let mut seen = Self::default();
        let Some(new) = rotation.new_key() else { return Ok(seen) };
        for (at, sink) in in_use(rotation, sinks) {
            match Holding::of(sink, &rotation.begun().old, Some(new)) {
                Ok(Holding::New | Holding::Untold) => {}
                Ok(Holding::Old) => seen.strayed.push(at),
                Ok(Holding::Nothing) if has_room(sink, new) => seen.strayed.push(at),
                Ok(Holding::Nothing) => return Err(drift(rotation, sink, "nothing".to_owned(), now)),
                Ok(Holding::Other(other)) => return Err(drift(rotation, sink, other.to_string(), now)),
                Ok(Holding::Away) => seen.unasked.push((at, None)),
                Err(source) => seen.unasked.push((at, Some(source))),
            }
        }
        Ok(seen)
    }

    /// Asks Twilio whether the old key is gone already, where a place does not hold the new pair, or cannot be asked: then
    /// that place is all that is left. What Twilio does not say now is no.
    pub(in crate::rotation) async fn ask<K: Keys>(&mut self, rotation: &Rotation, keys: &K) {
        if !self.strayed.is_empty() || !self.unasked.is_empty() {
            self.is_gone = matches!(keys.fetch(&rotation.begun().old).await, Ok(None));
        }
    }

    /// Tells of each place that could not be asked.
    pub(in crate::rotation) fn tell(&self, rotation: &Rotation, watch: &super::Watch<'_>) {
        for (at, why) in &self.unasked {
            let sink = &rotation.places()[*at].sink;
            // Nothing is stopped by it before the end of the grace.
            let _ = watch(&Event::Unasked { rotation, sink, why: why.as_ref(), is_gone: self.is_gone });
        }
    }
}

impl<K: Keys> Rotator<'_, K> {
    /// Gives every sink that has strayed the new pair again, and lets the grace start anew: who has read the old pair there
    /// may use it still. Says whether anything was written. May be repeated. A sink that cannot be asked now is named, and
    /// left to the step that needs it.
    ///
    /// # Errors
    /// [`Cause::Drift`] if a sink holds a third key, or none and cannot be given one, before anything is written;
    /// [`Cause::NewSecretLost`] if nobody holds the new secret; else as the steps of a rotation.
    pub(super) async fn look(&mut self) -> Result<bool, Error> {
        let Some(new) = self.rotation.new_key().cloned() else { return Ok(false) };
        let seen = Seen::of(&self.rotation, &self.sinks, self.now());
        let mut seen = seen.map_err(|cause| self.halted(cause))?;
        seen.ask(&self.rotation, self.keys).await;
        self.old_gone = seen.is_gone;
        seen.tell(&self.rotation, self.world.watch);
        if seen.strayed.is_empty() {
            return Ok(false);
        }
        let pair = self.new_pair().and_then(|pair| pair.ok_or(Cause::NewSecretLost(new)));
        let pair = pair.map_err(|cause| self.halted(cause))?;
        self.prove(&pair, "the rotation").await.map_err(|cause| self.halted(cause))?;
        for at in seen.strayed {
            if (self.world.watch)(&Event::Before(&self.rotation, &Step::Publish(at))).is_break() {
                return Err(Error::Stopped);
            }
            self.put_right(at).await.map_err(|cause| self.halted(cause))?;
        }
        Ok(true)
    }

    /// That the grace starts anew comes first: after a kill between the two the next look finds the sink as it was.
    async fn put_right(&mut self, at: usize) -> Result<(), Cause> {
        self.write(&Record::Strayed { at: self.now(), sink: at })?;
        self.publish(at).await?;
        self.read_back(at).await
    }
}

/// Whether a sink that holds nothing takes the new pair, and does not have it under another name already.
fn has_room(sink: &dyn Sink, new: &KeySid) -> bool {
    sink.mentions(new).is_ok_and(|places| places.is_empty()) && sink.probe().is_ok()
}
