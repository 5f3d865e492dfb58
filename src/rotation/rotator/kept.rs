//! What is sealed may be the only copy of a secret. Before it is deleted, and before the other key of the rotation is
//! revoked, a sink must give back the pair that stays.

use super::Rotator;
use super::holding::Holding;
use super::place::{load, reading};
use super::unheld::in_use;
use crate::model::{KeyPair, KeySid};
use crate::rotation::error::Cause;
use crate::rotation::keys::Keys;
use crate::rotation::record::{Record, Why};
use crate::rotation::waiting::Opened;
use crate::sinks::{self, Loaded, Sink};

impl<K: Keys> Rotator<'_, K> {
    /// Makes sure that the pair which stays is somewhere beside the sealed file: the old one on the way back, else the new
    /// one. A sink that cannot be read counts, since it was told that pair. On the way back a sink that holds nothing gets
    /// the old one; once the old key is revoked, every sink that holds nothing or that dead pair gets the new one, whatever
    /// the others hold: a run may have been killed between two of them. A key that is gone at Twilio needs no place. May be
    /// repeated.
    ///
    /// # Errors
    /// [`Cause::NoPlace`] if no sink gives it back; [`Cause::OldSecretLost`] and [`Cause::NewSecretLost`] if what is sealed
    /// may be the only copy and does not open; else if a sink or Twilio could not be asked.
    pub(super) async fn make_sure_kept(&mut self) -> Result<(), Cause> {
        if self.kept || self.both_gone || self.room.is_empty() {
            return Ok(());
        }
        // After the revoke one sink that holds the new pair is not enough: who reads another would have a dead key.
        let in_need = if self.rotation.is_revoked() { self.with_use_for_it()? } else { Vec::new() };
        if in_need.is_empty() && self.some_cannot_be_read() {
            return Ok(());
        }
        let Some(pair) = self.that_stays()? else { return Ok(()) };
        let is_kept = in_need.is_empty() && self.is_given_back(&pair)?;
        if !is_kept && !self.is_gone(&pair.sid).await? {
            self.fill(&pair).await?;
        }
        self.kept = true;
        Ok(())
    }

    /// Before a new key is given up for another, and what is sealed with it: makes sure that the old pair, which is sealed
    /// beside it and perhaps under a credential that this run does not have, is somewhere else.
    ///
    /// # Errors
    /// [`Cause::OldSecretLost`] and [`Cause::NoPlace`] if no sink gives the old pair back.
    pub(super) async fn make_sure_old_is_kept(&mut self) -> Result<(), Cause> {
        let old = self.begun().old.clone();
        let held = self.room.is_empty() || self.some_cannot_be_read() || self.find_in_sinks(&old)?.is_some();
        if !held && !self.is_gone(&old).await? {
            return Err(match self.open_room()? {
                Opened::Locked => Cause::OldSecretLost(old),
                Opened::Missing | Opened::Both(_) => self.no_place(&old),
            });
        }
        Ok(())
    }

    /// Before the way back is entered: makes sure that the old pair will have a place at its end. Nothing has changed
    /// after an error. A sink that is away is no place: what it holds is not known, and it may never come back.
    pub(super) async fn make_sure_of_a_place(&self) -> Result<(), Cause> {
        if self.room.is_empty() || self.some_cannot_be_read() {
            return Ok(());
        }
        let (old, new) = (&self.begun().old, self.rotation.new_key());
        for sink in self.in_use() {
            let will_hold = match load(sink)? {
                Loaded::Held(pairs) => pairs.iter().any(|held| held.pair.sid == *old || Some(&held.pair.sid) == new),
                Loaded::Absent => self.may_be_filled(sink),
                Loaded::WriteOnly => true,
            };
            if will_hold {
                return Ok(());
            }
        }
        if self.is_gone(old).await? {
            return Ok(());
        }
        Err(match self.in_use().find(|sink| sink.is_away()) {
            Some(sink) => Cause::Away { sink: sink.spec().to_string(), key: new.unwrap_or(old).clone() },
            None => self.no_place(old),
        })
    }

    /// Whether both keys of the rotation are gone at Twilio: then it may be closed whatever has become of their secrets. What
    /// cannot be told now is no.
    pub(super) async fn sees_both_gone(&mut self) -> bool {
        if let Some(new) = self.rotation.new_key() {
            let old = &self.begun().old;
            let gone = self.both_gone
                || matches!(self.is_gone(old).await, Ok(true)) && matches!(self.is_gone(new).await, Ok(true));
            self.both_gone = gone;
        }
        self.both_gone
    }

    /// Once one of the two keys is revoked: looks whether the other is gone as well, by other hands. That is said at the end,
    /// and nothing has to be kept of it then.
    pub(super) async fn see_what_is_gone(&mut self) {
        let rotation = &self.rotation;
        let other = if rotation.is_revoked() { rotation.new_key() } else { Some(&rotation.begun().old) };
        if let Some(other) = other.filter(|_| rotation.is_over() && rotation.outcome().is_none()) {
            self.both_gone = matches!(self.is_gone(other).await, Ok(true));
        }
    }

    /// On the way back of a rollback, where the old pair is lost or its key gone: turns forward again, since the new key is
    /// the last one. Says what stopped the way back.
    pub(super) async fn turn_forward(&mut self, cause: Cause) -> Cause {
        if self.rotation.back() != Some(&Why::Rollback) || self.rotation.is_over() {
            return cause;
        }
        let cause = self.is_the_last(cause).await;
        if !matches!(cause, Cause::OldSecretLost(_) | Cause::LastKey { .. }) {
            return cause;
        }
        let written = self.write(&Record::Forward { at: self.now() });
        written.err().unwrap_or(cause)
    }

    /// Why there is no way back: that the old key is gone at Twilio, if it is; else as it was found.
    pub(super) async fn is_the_last(&self, cause: Cause) -> Cause {
        let (old, new) = (&self.begun().old, self.rotation.new_key().filter(|_| self.rotation.is_published()));
        match new {
            Some(new) if !matches!(cause, Cause::OldSecretLost(_)) && matches!(self.is_gone(old).await, Ok(true)) => {
                Cause::LastKey { old: old.clone(), new: new.clone() }
            }
            _ => cause,
        }
    }

    /// The pair that stays; nothing if nobody has it, for certain.
    fn that_stays(&mut self) -> Result<Option<KeyPair>, Cause> {
        let found = if self.rotation.back().is_some() {
            self.old_pair()
        } else {
            self.new_pair().and_then(|pair| pair.ok_or_else(|| self.new_is_lost()))
        };
        match found {
            Ok(pair) => Ok(Some(pair)),
            Err(lost @ (Cause::OldSecretLost(_) | Cause::NewSecretLost(_))) => match self.open_room()? {
                Opened::Locked => Err(lost),
                Opened::Missing | Opened::Both(_) => Ok(None),
            },
            Err(cause) => Err(cause),
        }
    }

    /// Gives the pair that stays to sinks that can be written: on the way back to the first that holds nothing, and once the
    /// old key is revoked to each that holds nothing or that dead key.
    async fn fill(&mut self, pair: &KeyPair) -> Result<(), Cause> {
        let back = self.rotation.back().is_some();
        let mut found = self.with_use_for_it()?;
        if found.is_empty() || !back && !self.rotation.is_revoked() {
            return Err(self.no_place(&pair.sid));
        }
        if back {
            found.truncate(1);
        }
        self.prove(pair, if back { "before the rotation" } else { "the rotation" }).await?;
        for at in found {
            if back {
                self.give_back(&self.rotation.places()[at].sink, pair)?;
                self.write(&Record::GivenBack { at: self.now(), sink: at })?;
            } else {
                self.publish(at).await?;
                self.read_back(at).await?;
            }
        }
        if self.is_given_back(pair)? { Ok(()) } else { Err(self.no_place(&pair.sid)) }
    }

    /// The places that have a use for the pair that stays: those that hold nothing and take it, and, once the old key is
    /// revoked, those that hold that dead pair.
    ///
    /// # Errors
    /// If a sink cannot be read that may hold the dead pair.
    fn with_use_for_it(&self) -> Result<Vec<usize>, Cause> {
        let is_revoked = self.rotation.is_revoked();
        let mut found = Vec::new();
        for (at, sink) in in_use(&self.rotation, &self.sinks) {
            let has_use = match self.holding(sink) {
                Ok(Holding::Nothing) => self.may_be_filled(sink),
                Ok(Holding::Old) => is_revoked,
                Err(source) if is_revoked => return Err(reading(sink, source)),
                Ok(Holding::New | Holding::Other(_) | Holding::Untold | Holding::Away) | Err(_) => false,
            };
            if has_use {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// What a sink of the rotation holds; or why it cannot be read now.
    pub(super) fn holding(&self, sink: &dyn Sink) -> Result<Holding, sinks::Error> {
        Holding::of(sink, &self.begun().old, self.rotation.new_key())
    }

    /// Whether a sink that holds nothing takes a pair of the rotation: it may be a profile of either key, whose secret is
    /// gone.
    fn may_be_filled(&self, sink: &dyn Sink) -> bool {
        let takes = |gives_way: &KeySid| {
            let again = self.open(&sink.spec().to_string(), gives_way);
            again.is_ok_and(|sink| sink.probe().is_ok())
        };
        !sink.is_away() && (takes(&self.begun().old) || self.rotation.new_key().is_some_and(takes))
    }

    pub(super) fn some_cannot_be_read(&self) -> bool {
        self.in_use().any(|sink| matches!(sink.load(), Ok(Loaded::WriteOnly)))
    }

    fn is_given_back(&self, pair: &KeyPair) -> Result<bool, Cause> {
        let mut failed = None;
        for sink in self.in_use() {
            match load(sink) {
                Ok(Loaded::Held(pairs)) if pairs.iter().any(|held| held.pair == *pair) => return Ok(true),
                Ok(_) => {}
                Err(cause) => failed = Some(cause),
            }
        }
        failed.map_or(Ok(false), Err)
    }

    pub(super) async fn is_gone(&self, sid: &KeySid) -> Result<bool, Cause> {
        let found = self.keys.fetch(sid).await;
        found.map(|key| key.is_none()).map_err(|source| Cause::Twilio { doing: "looking for a key", source })
    }

    /// That no sink gives a key's pair back, and what each holds instead.
    pub(super) fn no_place(&self, key: &KeySid) -> Cause {
        let said = |sink: &dyn Sink| match sink.load() {
            _ if sink.is_away() => format!("{} is not there", sink.spec()),
            Ok(Loaded::Held(pairs)) => {
                let mut sids: Vec<String> = pairs.iter().map(|held| held.pair.sid.to_string()).collect();
                sids.dedup();
                format!("{} holds {}", sink.spec(), sids.join(" and "))
            }
            _ => format!("{} holds nothing", sink.spec()),
        };
        Cause::NoPlace { key: key.clone(), sinks: self.in_use().map(said).collect() }
    }
}
