//! The end of a key: the old one's at the end of its grace, or the new one's when a rotation turned back.

use std::time::Duration;

use super::Rotator;
use super::handed::Dying;
use super::holding::Holding;
use super::place::load;
use super::unheld;
use crate::model::{FriendlyName, KeyPair, KeySid};
use crate::rotation::error::Cause;
use crate::rotation::keys::{Keys, Liveness};
use crate::rotation::preflight;
use crate::rotation::record::Record;
use crate::sinks::{Held, Loaded};

impl<K: Keys> Rotator<'_, K> {
    /// The end of the old key. What the sinks hold *now* is what counts: they may have been edited during the grace.
    /// Unless somebody said so, it is the clock that ended the grace, and a clock that leapt ahead would take a key away
    /// that is in use: then Twilio's must agree.
    pub(super) async fn retire(&mut self, retire_now: bool) -> Result<(), Cause> {
        let Some(new) = self.rotation.new_key().cloned() else { return Ok(()) };
        let old = self.begun().old.clone();
        if let Err(cause) = self.may_retire(&old, &new).await {
            // A run may have been killed between the revoke and its record, or other hands have revoked it. No dead pair in
            // a sink holds anything up then: it is given the new one.
            if !matches!(self.is_gone(&old).await, Ok(true)) {
                return Err(cause);
            }
            if !self.sees_both_gone().await {
                self.make_sure_none_is_behind().await?;
            }
            return self.write(&Record::Revoked { at: self.now() });
        }
        self.kept = true;
        if !retire_now {
            preflight::clock(self.now(), self.keys.server_time())?;
        }
        self.hand_over_seals(Dying::Old)?;
        let revoked = self.keys.revoke(&old).await;
        revoked.map_err(|source| Cause::Twilio { doing: "revoking the old key", source })?;
        self.write(&Record::Revoked { at: self.now() })
    }

    /// Makes sure that the old key may end: nothing holds it, and what the sinks hold works.
    async fn may_retire(&mut self, old: &KeySid, new: &KeySid) -> Result<(), Cause> {
        self.make_sure_unheld(old)?;
        let mut proven: Vec<KeyPair> = Vec::new();
        for at in 0..self.sinks.len() {
            if self.rotation.places()[at].dropped {
                continue;
            }
            let sink = self.sinks[at].as_ref();
            if sink.is_away() {
                return Err(Cause::Away { sink: sink.spec().to_string(), key: old.clone() });
            }
            let held = match load(sink)? {
                Loaded::Held(pairs) => pairs,
                Loaded::WriteOnly => continue,
                Loaded::Absent => return Err(self.drift(sink, "nothing".to_owned())),
            };
            if let Some(other) = held.iter().find(|held| held.pair.sid != *new) {
                return Err(self.drift(sink, other.pair.sid.to_string()));
            }
            self.prove_all(held, &mut proven).await?;
        }
        if proven.is_empty() && !self.some_cannot_be_read() {
            return Err(self.no_place(new));
        }
        if proven.is_empty() {
            // Only sinks that cannot be read: the sealed pair is all there is to ask with.
            match self.new_pair()? {
                Some(pair) => self.prove(&pair, "the sealed file").await?,
                None => {
                    return Err(Cause::Unclear {
                        what: format!("the new key {new}"),
                        said: "no sink can be read back".into(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The old key is gone: makes sure that each sink either works with the new one or is about to get it. One that is away
    /// may come back with the dead pair when nobody looks any more, and one with another key's was never switched. Where no
    /// sink has the new pair that is told at the end, with all that they hold instead.
    async fn make_sure_none_is_behind(&self) -> Result<(), Cause> {
        let mut proven = Vec::new();
        for sink in self.in_use() {
            if matches!(self.holding(sink), Ok(Holding::New))
                && let Loaded::Held(held) = load(sink)?
            {
                self.prove_all(held, &mut proven).await?;
            }
        }
        unheld::behind(&self.rotation, &self.sinks, self.now()).map_or(Ok(()), Err)
    }

    /// Proves the pairs that a sink holds; not what is among `proven`, to which they are added.
    async fn prove_all(&self, held: Vec<Held>, proven: &mut Vec<KeyPair>) -> Result<(), Cause> {
        for held in held {
            if !proven.contains(&held.pair) {
                self.prove(&held.pair, &held.place.to_string()).await?;
                proven.push(held.pair);
            }
        }
        Ok(())
    }

    pub(super) async fn prove(&self, pair: &KeyPair, place: &str) -> Result<(), Cause> {
        let what = || format!("the pair {} of {place}", pair.sid);
        match self.ask(pair, Duration::ZERO).await? {
            Liveness::Live => Ok(()),
            Liveness::Rejected(said) => Err(Cause::Rejected { what: what(), said }),
            Liveness::Unclear(said) => Err(Cause::Unclear { what: what(), said }),
        }
    }

    pub(super) async fn rename(&mut self) -> Result<(), Cause> {
        if let Some(new) = self.rotation.new_key() {
            let name = self.begun().name.clone().unwrap_or_else(|| FriendlyName::from_twilio("twcred"));
            let renamed = self.keys.rename(new, &name).await;
            renamed.map_err(|source| Cause::Twilio { doing: "taking the marker out of the new key's name", source })?;
        }
        self.write(&Record::Renamed { at: self.now() })
    }

    pub(super) async fn revoke_new(&mut self) -> Result<(), Cause> {
        if let Some(new) = self.rotation.new_key().cloned() {
            // Nothing works with either of two keys that are gone, wherever they are named still.
            if let Err(cause) = self.may_revoke_new(&new).await
                && !self.sees_both_gone().await
            {
                return Err(self.turn_forward(cause).await);
            }
            self.hand_over_seals(Dying::New)?;
            let revoked = self.keys.revoke(&new).await;
            revoked.map_err(|source| Cause::Twilio { doing: "revoking the new key", source })?;
        }
        self.write(&Record::NewRevoked { at: self.now() })
    }

    /// Makes sure that the new key may end: the old one works, a sink gives its pair back, and nothing holds the new one.
    /// What an earlier run saw of the old key does not count: it may be long ago.
    async fn may_revoke_new(&mut self, new: &KeySid) -> Result<(), Cause> {
        if self.both_gone {
            return Ok(());
        }
        if self.rotation.is_published() {
            match self.old_pair() {
                Ok(pair) => self.prove(&pair, "before the rotation").await?,
                Err(lost) if self.is_gone(&self.begun().old).await? => return Err(lost),
                // A sink that cannot be read may hold it.
                Err(Cause::OldSecretLost(_)) => {}
                Err(cause) => return Err(cause),
            }
        }
        self.make_sure_let_go(new).await?;
        if self.rotation.is_published() {
            self.make_sure_kept().await?;
        }
        Ok(())
    }

    /// Makes sure that nothing holds the new key, unless it is gone already.
    pub(super) async fn make_sure_let_go(&self, new: &KeySid) -> Result<(), Cause> {
        match self.make_sure_unheld(new) {
            Err(_) if matches!(self.is_gone(new).await, Ok(true)) => Ok(()),
            result => result,
        }
    }

    /// Before the first step back: makes sure that no sink which is left out lives on the new key. None of them would be
    /// given the old pair.
    pub(super) async fn make_sure_none_is_left_with_it(&self) -> Result<(), Cause> {
        let Some(new) = self.rotation.new_key() else { return Ok(()) };
        let cause = match unheld::left_out(&self.rotation, &self.sinks, new) {
            Ok(places) if places.is_empty() => return Ok(()),
            Ok(places) => {
                let after_grace = self.rotation.is_after_grace(self.now());
                Cause::StillHeld { key: new.clone(), places, after_grace }
            }
            // What cannot be asked stops the way back where the new key would end: the others have the old pair then, and
            // lose nothing if it is ended by force.
            Err(Cause::Away { .. } | Cause::LeftOut { .. }) => return Ok(()),
            Err(cause) => cause,
        };
        if matches!(self.is_gone(new).await, Ok(true)) { Ok(()) } else { Err(cause) }
    }
}
