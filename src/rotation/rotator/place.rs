//! Putting a pair into its sinks, and proving that it is there.

use super::Rotator;
use super::holding::Holding;
use crate::model::time::Timestamp;
use crate::model::{KeyPair, KeySid};
use crate::rotation::error::Cause;
use crate::rotation::hook;
use crate::rotation::keys::{Keys, Liveness};
use crate::rotation::record::{Record, Why};
use crate::rotation::state::Rotation;
use crate::sinks::{self, Loaded, Sink, Target};

/// Whether a sink gives back what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readable {
    Yes,
    No,
}

impl<K: Keys> Rotator<'_, K> {
    pub(super) async fn publish(&mut self, at: usize) -> Result<(), Cause> {
        if self.both_gone {
            return self.write(&Record::SinkDropped { at: self.now(), sink: at });
        }
        let pair = match self.new_pair()? {
            Some(pair) => pair,
            // The old key is gone: the new one is all there is, and is not given up for another.
            None if self.rotation.is_revoked() => return Err(self.new_is_lost()),
            None => return self.start_anew().await,
        };
        let sink = self.sinks[at].as_ref();
        if self.expect_ours(sink, &pair.sid)? == Readable::No {
            // What it holds can never be found out again: that it may be the new pair must outlive a loss of power.
            self.journal.sync()?;
        }
        sink.store(&self.begun().account, &pair).map_err(|source| Cause::Sink {
            sink: sink.spec().to_string(),
            doing: "writing",
            source,
        })?;
        self.write(&Record::Published { at: self.now(), sink: at })
    }

    /// Somebody's own work is never overwritten: a sink must hold the old pair, the new one, or nothing.
    pub(super) fn expect_ours(&self, sink: &dyn Sink, new: &KeySid) -> Result<Readable, Cause> {
        let old = &self.begun().old;
        let pairs = match load(sink)? {
            Loaded::Held(pairs) => pairs,
            Loaded::Absent => return Ok(Readable::Yes),
            Loaded::WriteOnly => return Ok(Readable::No),
        };
        if let Some(other) = pairs.iter().find(|held| held.pair.sid != *old && held.pair.sid != *new) {
            return Err(self.drift(sink, other.pair.sid.to_string()));
        }
        Ok(Readable::Yes)
    }

    pub(super) async fn read_back(&mut self, at: usize) -> Result<(), Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(()) };
        if self.both_gone {
            return self.write(&Record::SinkDropped { at: self.now(), sink: at });
        }
        // An earlier run wrote it, and other hands have emptied it since. One that loses it at once is another matter.
        if self.unseen && self.is_emptied_and_takes(at)? && self.new_pair()?.is_some() {
            self.publish(at).await?;
        }
        let sink = self.sinks[at].as_ref();
        let mut readable = true;
        match load(sink)? {
            Loaded::WriteOnly => readable = false,
            Loaded::Absent => return Err(self.drift(sink, "nothing".to_owned())),
            Loaded::Held(pairs) => {
                if let Some(other) = pairs.iter().find(|held| held.pair.sid != sid) {
                    return Err(self.drift(sink, other.pair.sid.to_string()));
                }
                let mut asked: Vec<KeyPair> = Vec::new();
                for held in pairs {
                    if asked.contains(&held.pair) {
                        continue;
                    }
                    match self.ask(&held.pair, self.world.patience).await? {
                        Liveness::Live => {}
                        // Without the old key there is no way back.
                        Liveness::Rejected(words) if self.rotation.is_revoked() => {
                            return Err(Cause::Rejected {
                                what: format!("what {} gave back", held.place),
                                said: words,
                            });
                        }
                        Liveness::Rejected(words) => {
                            self.write(&Record::Back { at: self.now(), why: Why::Rejected })?;
                            self.turned =
                                Some(Cause::Rejected { what: format!("what {} gave back", held.place), said: words });
                            return Ok(());
                        }
                        Liveness::Unclear(words) => {
                            return Err(Cause::Unclear { what: format!("what {} gave back", held.place), said: words });
                        }
                    }
                    asked.push(held.pair);
                }
            }
        }
        self.write(&Record::ReadBack { at: self.now(), sink: at, readable })
    }

    fn is_emptied_and_takes(&self, at: usize) -> Result<bool, Cause> {
        let sink = self.sinks[at].as_ref();
        let was_told = self.rotation.places()[at].published;
        Ok(was_told && !sink.is_away() && matches!(load(sink)?, Loaded::Absent) && sink.probe().is_ok())
    }

    pub(super) fn new_is_lost(&self) -> Cause {
        Cause::NewSecretLost(self.rotation.new_key().unwrap_or(&self.begun().old).clone())
    }

    pub(super) fn drift(&self, sink: &dyn Sink, holds: String) -> Cause {
        drift(&self.rotation, sink, holds, self.now())
    }

    pub(super) async fn check(&mut self) -> Result<(), Cause> {
        let (Some(new), Some(check)) = (self.rotation.new_key(), &self.begun().check) else { return Ok(()) };
        self.hook("check", check, new).await?;
        self.write(&Record::Checked { at: self.now() })
    }

    pub(super) async fn after(&mut self) -> Result<(), Cause> {
        let (Some(new), Some(after)) = (self.rotation.new_key(), &self.begun().after) else { return Ok(()) };
        self.hook("after", after, new).await?;
        self.write(&Record::AfterRan { at: self.now() })
    }

    async fn hook(&self, which: &'static str, command: &str, new: &KeySid) -> Result<(), Cause> {
        let begun = self.begun();
        let facts = [
            ("TWCRED_ROTATION", begun.id.as_str()),
            ("TWCRED_ACCOUNT_SID", begun.account.as_str()),
            ("TWCRED_OLD_KEY_SID", begun.old.as_str()),
            ("TWCRED_NEW_KEY_SID", new.as_str()),
        ];
        hook::run(command, &facts).await.map_err(|said| Cause::Hook { which, said })
    }

    pub(super) async fn restore(&mut self, at: usize) -> Result<(), Cause> {
        let new = self.rotation.new_key().cloned();
        let sink = self.sinks[at].as_ref();
        if self.rotation.places()[at].owed {
            return self.give_what_is_owed(at).await;
        }
        if sink.is_away() {
            // It may hold the new pair, and the only copy of the old one is sealed: nothing is given up before it is back.
            let key = new.unwrap_or_else(|| self.begun().old.clone());
            return Err(Cause::Away { sink: sink.spec().to_string(), key });
        }
        let held_new = match load(self.sinks[at].as_ref())? {
            Loaded::Held(pairs) => pairs.iter().any(|held| Some(&held.pair.sid) == new.as_ref()),
            // It may have been written, with or without a record of it; it cannot be asked.
            Loaded::WriteOnly => true,
            // A profile that is one of the new key, and whose secret is gone: the old pair is what it had.
            Loaded::Absent => match &new {
                Some(new) => {
                    is_emptied(sink)? && !sink.mentions(new).map_err(|source| reading(sink, source))?.is_empty()
                }
                None => false,
            },
        };
        // A pair whose key is gone is of no use to anybody: where the new one's is gone as well, what stands there stays.
        if held_new
            && !self.both_gone
            && let Err(cause) = self.put_old_back(at).await
            && !self.sees_both_gone().await
        {
            return Err(self.turn_forward(cause).await);
        }
        self.write(&Record::Restored { at: self.now(), sink: at })
    }

    /// A sink that joined on the way back gets the old pair, unless somebody else's stands there.
    async fn give_what_is_owed(&mut self, at: usize) -> Result<(), Cause> {
        let sink = self.sinks[at].as_ref();
        match self.holding(sink).map_err(|source| reading(sink, source))? {
            Holding::Old => return self.write(&Record::Restored { at: self.now(), sink: at }),
            Holding::Other(other) => return Err(self.drift(sink, other.to_string())),
            Holding::New | Holding::Nothing | Holding::Untold | Holding::Away => {}
        }
        if self.both_gone {
            return self.write(&Record::SinkDropped { at: self.now(), sink: at });
        }
        if let Err(cause) = self.put_old_back(at).await
            && !self.sees_both_gone().await
        {
            return Err(self.turn_forward(cause).await);
        }
        self.write(&Record::GivenBack { at: self.now(), sink: at })
    }

    async fn put_old_back(&mut self, at: usize) -> Result<(), Cause> {
        let pair = self.old_pair()?;
        self.prove(&pair, "before the rotation").await?;
        self.give_back(&self.rotation.places()[at].sink, &pair)
    }

    /// Writes the old pair into a sink, where it is the new one that gives way.
    pub(super) fn give_back(&self, name: &str, old: &KeyPair) -> Result<(), Cause> {
        let sink = self.open(name, self.rotation.new_key().unwrap_or(&self.begun().old))?;
        sink.store(&self.begun().account, old).map_err(|source| Cause::Sink {
            sink: sink.spec().to_string(),
            doing: "writing the old pair back to",
            source,
        })
    }
}

/// That a sink holds something else than a pair of the rotation.
pub(super) fn drift(rotation: &Rotation, sink: &dyn Sink, holds: String, now: Timestamp) -> Cause {
    let after_grace = rotation.is_after_grace(now);
    Cause::Drift { sink: sink.spec().to_string(), holds, old: rotation.begun().old.clone(), after_grace }
}

/// Whether a sink is a profile that is there, and gives no pair back: its entry is gone, or half written.
pub(super) fn is_emptied(sink: &dyn Sink) -> Result<bool, Cause> {
    let is_profile = sink.spec().kind().target == Target::Profile && !sink.is_away();
    Ok(is_profile && matches!(load(sink)?, Loaded::Absent))
}

pub(super) fn load(sink: &dyn Sink) -> Result<Loaded, Cause> {
    sink.load().map_err(|source| reading(sink, source))
}

pub(super) fn reading(sink: &dyn Sink, source: sinks::Error) -> Cause {
    Cause::Sink { sink: sink.spec().to_string(), doing: "reading", source }
}
