//! Carries out the steps of one rotation and writes down each that is done. It decides nothing: it asks [`state`].
//!
//! [`state`]: super::state

mod handed;
mod holding;
mod join;
mod kept;
pub(super) mod look;
mod make;
mod pairs;
mod place;
mod republish;
mod retire;
pub(super) mod unheld;

use std::ops::ControlFlow;
use std::time::Duration;

use self::handed::Dying;
use super::error::{Cause, Error};
use super::handover::Busy;
use super::keys::Keys;
use super::ledger::Ledger;
use super::record::{Begun, Outcome, Record, Why};
use super::run::GraceBy;
use super::signer::Signer;
use super::state::{Rotation, Step};
use super::waiting::WaitingRoom;
use super::watched::{Said, Watched};
use crate::api;
use crate::model::time::{self, Timestamp};
use crate::model::{ApiKey, Credential, KeyPair, KeySid};
use crate::sinks::{self, Sink};
use crate::store::journal::Journal;
use crate::store::lock::Lock;

/// Opens a sink by its name, to replace a key in it.
pub type OpenSink<'a> = dyn Fn(&str, &KeySid) -> Result<Box<dyn Sink>, sinks::Error> + 'a;

/// Says which places are known to hold a key.
pub type Holders<'a> = dyn Fn(&KeySid) -> Result<Vec<String>, sinks::Error> + 'a;

/// Says which places beside every sink of a rotation are looked into before a key ends; or why that is not known.
pub type Places<'a> = dyn Fn() -> Result<Vec<Watched>, String> + 'a;

/// Says into which sinks a create that has come to its end has put a key.
pub type Noted<'a> = dyn Fn(&KeySid) -> Result<Vec<String>, Error> + 'a;

/// Is told what happens, and may say stop.
pub type Watch<'a> = dyn Fn(&Event<'_>) -> ControlFlow<()> + 'a;

/// What a rotation needs of the world around it: time, chance, sinks by name, and somebody to watch.
pub struct World<'a> {
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Fills a buffer with random bytes.
    pub random: &'a dyn Fn(&mut [u8]) -> std::io::Result<()>,
    /// Opens a sink by its name, to replace this key in it.
    pub open_sink: &'a OpenSink<'a>,
    /// The places beside every sink of this rotation that are known to hold a key.
    pub holders: &'a Holders<'a>,
    /// The places that are looked into as well before a key ends.
    pub watched: &'a Places<'a>,
    /// Where a create has put a key: looked into as well, and of no weight where it is not there any more.
    pub noted: &'a Noted<'a>,
    /// What programs among these have said in this run.
    pub said: &'a Said,
    /// Which of these are left out, by the user's word.
    pub without: &'a [String],
    /// Is told of each step before it and each record after it, and may say stop.
    pub watch: &'a Watch<'a>,
    /// How long a new pair that is rejected is tried again: a key may take a moment to be known everywhere.
    pub patience: Duration,
    /// Which credential signs, as a later run finds it again.
    pub signer: Signer,
}

impl World<'_> {
    /// Opens a sink of a rotation, which may hold the pair of either of its keys.
    ///
    /// # Errors
    /// As [`World::open_sink`].
    pub(super) fn open_for(
        &self,
        rotation: &Rotation,
        name: &str,
        replace: &KeySid,
    ) -> Result<Box<dyn Sink>, sinks::Error> {
        let mut sink = (self.open_sink)(name, replace)?;
        sink.expect(&rotation.begun().old);
        rotation.new_key().into_iter().for_each(|new| sink.expect(new));
        Ok(sink)
    }
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// What the one who watches is told.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step is about to be taken.
    Before(&'a Rotation, &'a Step),
    /// A record was written.
    Recorded(&'a Rotation, &'a Record),
    /// An open rotation keeps the grace it was begun with: what this one says has no effect on it.
    Kept(&'a Rotation, &'a GraceBy),
    /// A sink is to be left out, and none has that name; this one of the same file stays in.
    StaysIn {
        /// The name that was given.
        named: &'a str,
        /// The sink.
        sink: &'a str,
    },
    /// A place beside the rotation cannot be looked into, and may hold the key that is to end.
    Unseen {
        /// The place, as a sink.
        sink: &'a str,
        /// The key.
        key: &'a KeySid,
        /// Why not; `None` if it is not there.
        why: Option<&'a sinks::Error>,
    },
    /// A sink that was written cannot be asked in the grace: the old key is not revoked while that is so.
    Unasked {
        /// The rotation.
        rotation: &'a Rotation,
        /// The sink.
        sink: &'a str,
        /// Why it cannot be read; `None` if it is not there.
        why: Option<&'a sinks::Error>,
        /// Whether the old key is gone at Twilio already: then the sink is all that is left to do.
        is_gone: bool,
    },
}

/// How far [`Rotator::run`] came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// In grace until this moment.
    Grace(Timestamp),
    /// The end.
    End(Outcome),
}

/// One rotation in the hands of one run, which holds its lock.
#[expect(clippy::struct_excessive_bools, reason = "each is something that this run has seen, or not")]
pub struct Rotator<'a, K: Keys> {
    world: &'a World<'a>,
    keys: &'a K,
    authority: &'a Credential,
    ledger: Ledger,
    journal: Journal<Record>,
    rotation: Rotation,
    room: WaitingRoom,
    sinks: Vec<Box<dyn Sink>>,
    new: Option<KeyPair>,
    old: Option<KeyPair>,
    made: Option<ApiKey>,
    creates: u32,
    /// Sinks of other rotations that may hold the old key.
    others: Vec<String>,
    unanswered: Option<api::Error>,
    turned: Option<Cause>,
    /// Whether this run has seen that the pair which stays is somewhere beside the sealed file.
    kept: bool,
    /// Whether this run has seen that both keys of the rotation are gone at Twilio.
    both_gone: bool,
    /// Whether this run has seen, in the grace, that the old key is gone at Twilio.
    old_gone: bool,
    /// Whether an earlier run may have written sinks, and this one has not looked at them yet.
    unseen: bool,
    /// For the end of which key this run has seen to it that the other opens what was sealed under it.
    copied: Option<Dying>,
    lock: Lock,
}

impl<K: Keys> std::fmt::Debug for Rotator<'_, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rotator").field("rotation", &self.rotation).finish_non_exhaustive()
    }
}

impl<'a, K: Keys> Rotator<'a, K> {
    /// Takes a rotation in hand. `old` is the old pair where the caller has it.
    ///
    /// # Errors
    /// If a sink of the rotation cannot be opened.
    pub fn new(
        world: &'a World<'a>,
        keys: &'a K,
        authority: &'a Credential,
        ledger: &Ledger,
        (journal, mut rotation): (Journal<Record>, Rotation),
        old: Option<KeyPair>,
        lock: Lock,
    ) -> Result<Self, Error> {
        rotation.signed_by(authority.key());
        let room = WaitingRoom::new(ledger.dir(), rotation.begun());
        let mut rotator = Self {
            world,
            keys,
            authority,
            ledger: ledger.clone(),
            journal,
            room,
            sinks: Vec::new(),
            new: None,
            old: old.filter(|pair| pair.sid == rotation.begun().old),
            made: None,
            creates: 0,
            others: Vec::new(),
            unanswered: None,
            turned: None,
            kept: false,
            both_gone: false,
            old_gone: false,
            unseen: rotation.is_published(),
            copied: None,
            lock,
            rotation,
        };
        let names: Vec<String> = rotator.rotation.places().iter().map(|place| place.sink.clone()).collect();
        for name in names {
            let sink = rotator.open(&name, &rotator.begun().old).map_err(|cause| rotator.halted(cause))?;
            rotator.sinks.push(sink);
        }
        rotator.others = ledger.others(&rotator.rotation)?;
        Ok(rotator)
    }

    /// The sinks that are not left out.
    fn in_use(&self) -> impl Iterator<Item = &dyn Sink> {
        unheld::in_use(&self.rotation, &self.sinks).map(|(_, sink)| sink)
    }

    fn open(&self, name: &str, replace: &KeySid) -> Result<Box<dyn Sink>, Cause> {
        self.world.open_for(&self.rotation, name, replace).map_err(|source| Cause::Sink {
            sink: name.to_owned(),
            doing: "opening",
            source,
        })
    }

    /// Where it stands.
    #[must_use]
    pub fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// Whether this run has seen that both keys of the rotation are gone at Twilio.
    #[must_use]
    pub fn both_gone(&self) -> bool {
        self.both_gone
    }

    /// Whether this run has seen, in the grace, that the old key is gone at Twilio.
    #[must_use]
    pub fn old_gone(&self) -> bool {
        self.old_gone
    }

    pub(super) fn keys(&self) -> &K {
        self.keys
    }

    /// Goes on until there is nothing to do now. `retire_now` ends the grace.
    ///
    /// # Errors
    /// [`Error::Halted`] with the cause; the journal knows where it stands, and running again goes on from there.
    pub async fn run(&mut self, retire_now: bool) -> Result<Reached, Error> {
        self.see_what_is_gone().await;
        self.refill().await?;
        loop {
            let step = self.rotation.next((self.world.clock)(), retire_now);
            match step {
                Step::Wait(until) => {
                    // A rotation may have been begun under the old key meanwhile.
                    self.copy_seals(Dying::Old, Busy::Leave).map_err(|cause| self.halted(cause))?;
                    if std::mem::take(&mut self.unseen) && self.look().await? {
                        continue;
                    }
                    self.journal.sync().map_err(|error| self.halted(error.into()))?;
                    return Ok(Reached::Grace(until));
                }
                Step::Done => break,
                _ => {}
            }
            if (self.world.watch)(&Event::Before(&self.rotation, &step)).is_break() {
                return Err(Error::Stopped);
            }
            self.take(&step, retire_now).await.map_err(|cause| self.halted(cause))?;
        }
        match (self.turned.take(), self.rotation.outcome()) {
            (Some(cause), _) => Err(self.halted(cause)),
            (None, outcome) => Ok(Reached::End(outcome.unwrap_or(Outcome::Undone))),
        }
    }

    /// Turns the rotation back, for this reason.
    ///
    /// # Errors
    /// If the old pair, which a sink may need back, is lost, if no sink would hold it then, or this cannot be written down.
    pub async fn turn_back(&mut self, why: Why) -> Result<(), Error> {
        // Without the old secret, or with one that is revoked, there is no way back: that must be known before the first
        // step on it.
        if let Err(cause) = self.see_the_way_back().await {
            // Of two keys that are gone nothing can be lost any more, and nothing else would close the journal.
            if !self.sees_both_gone().await {
                let cause = self.is_the_last(cause).await;
                return Err(self.halted(cause));
            }
        }
        self.write(&Record::Back { at: self.now(), why }).map_err(|cause| self.halted(cause))
    }

    /// Makes sure, before the first step back, that there is an old pair, and a place for it.
    async fn see_the_way_back(&mut self) -> Result<(), Cause> {
        if self.rotation.is_published() {
            let old = self.old_pair()?;
            self.prove(&old, "before the rotation").await?;
            self.make_sure_none_is_left_with_it().await?;
        }
        self.make_sure_of_a_place().await
    }

    /// Lets the commands of the run at hand take the place of those the rotation was begun with: one with a slip in it
    /// would otherwise hold the rotation for good.
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

    fn halted(&self, cause: Cause) -> Error {
        Error::halted(&self.rotation, cause)
    }

    fn begun(&self) -> &Begun {
        self.rotation.begun()
    }

    fn now(&self) -> Timestamp {
        (self.world.clock)()
    }

    fn write(&mut self, record: &Record) -> Result<(), Cause> {
        if record.must_be_durable() {
            self.journal.append(record)?;
        } else {
            self.journal.append_lazily(record)?;
        }
        self.rotation.apply(record);
        if let Record::Sealed { sid, .. } = record {
            self.sinks.iter_mut().for_each(|sink| sink.expect(sid));
        }
        // A stop asked for here is heard before the next step: the record stands either way.
        let _ = (self.world.watch)(&Event::Recorded(&self.rotation, record));
        Ok(())
    }

    async fn take(&mut self, step: &Step, retire_now: bool) -> Result<(), Cause> {
        match step {
            Step::Recover => self.recover().await,
            Step::Create => self.create().await,
            Step::Inspect => self.inspect().await,
            Step::Verify => self.verify_new().await,
            Step::Publish(at) => {
                self.copy_seals(Dying::Old, Busy::Refuse)?;
                self.publish(*at).await
            }
            Step::ReadBack(at) => self.read_back(*at).await,
            Step::Check => self.check().await,
            Step::MarkCurrent => {
                let at = self.now();
                let retire_at = time::after(at, Duration::from_secs(self.begun().grace));
                self.write(&Record::Current { at, retire_at })
            }
            Step::After => self.after().await,
            Step::Retire => self.retire(retire_now).await,
            Step::Rename => self.rename().await,
            Step::Restore(at) => {
                self.copy_seals(Dying::New, Busy::Refuse)?;
                self.restore(*at).await
            }
            Step::RevokeNew => self.revoke_new().await,
            Step::Sweep => {
                self.revoke_strays().await?;
                self.write(&Record::Swept { at: self.now() })
            }
            Step::Unseal => {
                self.make_sure_kept().await?;
                let dying = if self.rotation.back().is_some() { Dying::New } else { Dying::Old };
                self.hand_over_seals(dying)?;
                self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
                self.write(&Record::Unsealed { at: self.now() })
            }
            Step::Finish(outcome) => self.write(&Record::Finished { at: self.now(), outcome: *outcome }),
            Step::Wait(_) | Step::Done => Ok(()),
        }
    }
}
