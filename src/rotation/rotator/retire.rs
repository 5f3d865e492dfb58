//! The end of a key: the old one's at the end of its grace, or the new one's when a rotation turned back.

use std::time::Duration;

use super::Rotator;
use super::place::load;
use crate::model::{FriendlyName, KeyPair};
use crate::rotation::error::Cause;
use crate::rotation::keys::{Keys, Liveness};
use crate::rotation::preflight;
use crate::rotation::record::Record;
use crate::sinks::Loaded;

impl<K: Keys> Rotator<'_, K> {
    /// The end of the old key. What the sinks hold *now* is what counts: they may have been edited during the grace.
    /// Unless somebody said so, it is the clock that ended the grace, and a clock that leapt ahead would take a key away
    /// that is in use: then Twilio's must agree.
    pub(super) async fn retire(&mut self, retire_now: bool) -> Result<(), Cause> {
        let Some(new) = self.rotation.new_key().cloned() else { return Ok(()) };
        let old = self.begun().old.clone();
        self.make_sure_unheld(&old)?;
        let mut proven: Vec<KeyPair> = Vec::new();
        for at in 0..self.sinks.len() {
            if self.rotation.places()[at].dropped {
                continue;
            }
            let sink = self.sinks[at].as_ref();
            if sink.is_away() {
                return Err(Cause::Away { sink: sink.spec().to_string(), key: old });
            }
            let held = match load(sink)? {
                Loaded::Held(pairs) => pairs,
                Loaded::WriteOnly => continue,
                Loaded::Absent => return Err(self.drift(sink, "nothing".to_owned())),
            };
            for held in held {
                if held.pair.sid != new {
                    return Err(self.drift(sink, held.pair.sid.to_string()));
                }
                if !proven.contains(&held.pair) {
                    self.prove(&held.pair, &held.place.to_string()).await?;
                    proven.push(held.pair);
                }
            }
        }
        if proven.is_empty() && !self.some_cannot_be_read() {
            return Err(self.no_place(&new));
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
        self.kept = true;
        if !retire_now {
            preflight::clock(self.now(), self.keys.server_time())?;
        }
        let revoked = self.keys.revoke(&old).await;
        revoked.map_err(|source| Cause::Twilio { doing: "revoking the old key", source })?;
        self.write(&Record::Revoked { at: self.now() })
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
            if !self.sees_both_gone().await {
                self.make_sure_unheld(&new)?;
                if self.rotation.is_published() {
                    self.make_sure_kept().await?;
                }
            }
            let revoked = self.keys.revoke(&new).await;
            revoked.map_err(|source| Cause::Twilio { doing: "revoking the new key", source })?;
        }
        self.write(&Record::NewRevoked { at: self.now() })
    }
}
