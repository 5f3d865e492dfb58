//! A look at the sinks in the grace, before the rotation is said to rest.
//!
//! Files come back from backups, and other hands edit them. What holds the old pair again, or none, is put right; what
//! holds another's is left alone, and said: at the end of the grace it would stop the retirement.

use super::Rotator;
use super::place::load;
use crate::model::KeySid;
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::Keys;
use crate::rotation::record::Record;
use crate::rotation::rotator::Event;
use crate::rotation::state::Step;
use crate::sinks::{Loaded, Sink};

impl<K: Keys> Rotator<'_, K> {
    /// Gives every sink that has strayed the new pair again, and lets the grace start anew: who has read the old pair there
    /// may use it still. Says whether anything was written. May be repeated. A sink that cannot be asked now is left to the
    /// step that needs it.
    ///
    /// # Errors
    /// [`Cause::Drift`] if a sink holds a third key, or none and cannot be given one, before anything is written;
    /// [`Cause::NewSecretLost`] if nobody holds the new secret; else as the steps of a rotation.
    pub(super) async fn look(&mut self) -> Result<bool, Error> {
        let Some(new) = self.rotation.new_key().cloned() else { return Ok(false) };
        let strayed = self.strayed(&new).map_err(|cause| self.halted(cause))?;
        if strayed.is_empty() {
            return Ok(false);
        }
        let pair = self.new_pair().and_then(|pair| pair.ok_or(Cause::NewSecretLost(new)));
        let pair = pair.map_err(|cause| self.halted(cause))?;
        self.prove(&pair, "the rotation").await.map_err(|cause| self.halted(cause))?;
        for at in strayed {
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

    /// The sinks that are to have the new pair again.
    fn strayed(&self, new: &KeySid) -> Result<Vec<usize>, Cause> {
        let old = &self.begun().old;
        let mut strayed = Vec::new();
        let places = self.rotation.places().iter().zip(&self.sinks).enumerate();
        for (at, (_, sink)) in places.filter(|(_, (place, _))| !place.dropped) {
            let sink = sink.as_ref();
            let loaded = if sink.is_away() { continue } else { load(sink) };
            match loaded {
                Ok(Loaded::Held(pairs)) => {
                    let mut sids = pairs.into_iter().map(|held| held.pair.sid);
                    if let Some(other) = sids.clone().find(|sid| sid != old && sid != new) {
                        return Err(self.drift(sink, other.to_string()));
                    }
                    if sids.any(|sid| sid == *old) {
                        strayed.push(at);
                    }
                }
                Ok(Loaded::Absent) if has_room(sink, new) => strayed.push(at),
                Ok(Loaded::Absent) => return Err(self.drift(sink, "nothing".to_owned())),
                Ok(Loaded::WriteOnly) | Err(_) => {}
            }
        }
        Ok(strayed)
    }
}

/// Whether a sink that holds nothing takes the new pair, and does not have it under another name already.
fn has_room(sink: &dyn Sink, new: &KeySid) -> bool {
    sink.mentions(new).is_ok_and(|places| places.is_empty()) && sink.probe().is_ok()
}
