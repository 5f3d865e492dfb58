//! Carries out the steps of one token rotation and writes down each that is done. It decides nothing: it asks [`state`].
//!
//! [`state`]: super::state

mod back;
mod behind;
mod hand_over;
mod held;
mod look;
mod lost;
mod make;
mod overtaken;
mod place;
mod promote;
mod refused;
mod tokens;
mod weigh;
mod wishes;

pub(super) use place::reading;
pub use tokens::Pause;
pub(super) use tokens::{TWICE, still_called_secondary};

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

use super::error::{Bars, Cause, Error, Reach};
use super::record::{Begun, Record};
use super::state::{Step, TokenRotation};
use super::tokens::Tokens;
use super::waiting::TokenRoom;
use crate::api;
use crate::model::time::{self, Timestamp};
use crate::model::{RotationId, Secret};
use crate::rotation::ledger::Ledger;
use crate::rotation::record::Outcome;
use crate::rotation::signer::Signer;
use crate::sinks::{self, Place, Sink, TokenTarget};
use crate::store::journal::Journal;
use crate::store::lock::{Lock, Owner};
use crate::store::sealed::Random;

/// The longest end of a propagation that a run waits for itself.
pub const WAIT: Duration = Duration::from_mins(10);

/// Opens a sink by its name.
pub type OpenSink<'a> = dyn Fn(&str) -> Result<Box<dyn Sink>, sinks::Error> + 'a;

/// What a token rotation needs of the world around it: time, chance, sinks by name, somebody to watch, and somebody to say
/// yes.
pub struct World<'a> {
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Fills a buffer with random bytes.
    pub random: &'a dyn Fn(&mut [u8]) -> std::io::Result<()>,
    /// Opens a sink by its name.
    pub open_sink: &'a OpenSink<'a>,
    /// Other sinks, by name, that may hold a token of the account and are to be asked before one of them ends; or why they
    /// cannot be told: then none may end.
    pub beside: &'a dyn Fn() -> Result<Vec<String>, String>,
    /// Is told of each step before it and each record after it, and may say stop.
    pub watch: &'a dyn Fn(&Event<'_>) -> ControlFlow<()>,
    /// Is asked before the promote, from which there is no way back.
    pub gate: &'a dyn Fn(&AtStake<'_>) -> Answer,
    /// The user's profiles with a token of the account, as sinks: one that nobody named may hold the secondary.
    pub profiles: &'a [String],
    /// How long what may take a moment to be known everywhere is tried again.
    pub patience: Duration,
    /// Where the token in hand was found, as a later run finds it again.
    pub signer: Signer,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// What a promote puts at stake.
#[derive(Debug)]
pub struct AtStake<'a> {
    /// The rotation.
    pub rotation: &'a TokenRotation,
    /// Where the old token stands and the new one takes its place.
    pub switched: Vec<Place>,
    /// Where the old token stands too, and nothing of this rotation replaces it.
    pub left: Vec<Place>,
    /// Sinks that are not of this rotation and hold the old token as the one in force: named, they would be replaced too.
    pub could_join: Vec<String>,
    /// Sinks that do not say what they hold, and need not: they are written, or left out by the user's word.
    pub silent: Vec<String>,
    /// Places that may hold the old token and cannot be looked into, each with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// What was said to a promote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Promote.
    Yes,
    /// Leave both tokens as they are; a later run may ask again.
    No,
}

/// What the one who watches is told.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step is about to be taken.
    Before(&'a TokenRotation, &'a Step),
    /// A record was written.
    Recorded(&'a TokenRotation, &'a Record),
    /// A sink has values of the account's that are none of this rotation's; they were left alone.
    Left(&'a str, &'a [Place]),
    /// The run waits for the end of the propagation.
    Waiting(Timestamp),
    /// An open rotation keeps what it was begun with: this flag of the run at hand has no effect on it.
    Kept(&'a TokenRotation, &'static str),
}

/// How far [`Rotator::run`] came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// Every sink holds both tokens, and nothing is promoted.
    Staged,
    /// The same, since the answer was no.
    Declined,
    /// The new token is in force; the old one stays beside it until this moment.
    Propagating(Timestamp),
    /// The end.
    End(Outcome),
}

/// How far a run is to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goal {
    /// Whether it stops before the promote.
    pub stage_only: bool,
    /// Whether the old token is taken out of the sinks at once, before it has been in them for its time.
    pub clear_now: bool,
}

/// What one run has seen for itself.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that was or was not seen")]
struct Seen {
    /// It has tried both tokens since it found or made them.
    tried: bool,
    /// It has looked into every sink since both tokens wait.
    looked: bool,
    /// It put a sink right that had held what it should.
    mended: bool,
    /// It has seen that the old token is dead.
    old_is_dead: bool,
    /// It has heard for long enough that the new token is refused, while the old one works.
    new_is_refused: Cell<bool>,
    /// What else may have been the secondary, and was refused for as long.
    refused: RefCell<Vec<Secret>>,
}

/// One token rotation in the hands of one run, which holds its lock.
#[expect(clippy::struct_excessive_bools, reason = "each was or was not said of the run, or seen in it")]
pub struct Rotator<'a, T: Tokens> {
    world: &'a World<'a>,
    tokens: &'a T,
    ledger: &'a Ledger,
    journal: Journal<Record>,
    rotation: TokenRotation,
    room: TokenRoom,
    sinks: Vec<Box<dyn Sink>>,
    /// Tokens that the run was given, whichever they are.
    hand: Vec<Secret>,
    new: Option<Secret>,
    old: Option<Secret>,
    /// The token that a place was last seen to hold, and Twilio to accept.
    kept: Option<Secret>,
    creates: u32,
    promotes: u32,
    /// Whether the user said that a secondary is to go, whoever's it is.
    any: bool,
    /// Whether the run at hand asks for no mail of a deletion.
    suppress_email: bool,
    /// Sinks that the run at hand names, of this rotation or not: what is deleted is looked for there.
    named: Vec<String>,
    /// Sinks that are not looked into, by the user's word.
    without: Vec<String>,
    /// Whether this run made the new token current, and so may wait for the end of the propagation.
    switched: bool,
    /// What this run has seen for itself.
    seen: Seen,
    /// Whether the run is to take the rotation back.
    undoing: bool,
    unanswered: Option<api::Error>,
    turned: Option<Cause>,
    /// The locks of keys whose rotations have sealed something under the old token.
    key_locks: Vec<(RotationId, Lock)>,
    /// Who runs, for those locks.
    owner: Owner,
    _lock: Lock,
}

impl<T: Tokens> std::fmt::Debug for Rotator<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rotator").field("rotation", &self.rotation).finish_non_exhaustive()
    }
}

impl<'a, T: Tokens> Rotator<'a, T> {
    /// Takes a rotation in hand. `hand` is every token of the account that the caller has found.
    ///
    /// # Errors
    /// If a sink of the rotation cannot be opened.
    pub fn new(
        world: &'a World<'a>,
        tokens: &'a T,
        ledger: &'a Ledger,
        (journal, rotation): (Journal<Record>, TokenRotation),
        hand: Vec<Secret>,
        (lock, owner): (Lock, Owner),
    ) -> Result<Self, Error> {
        let mut rotator = Self {
            world,
            tokens,
            ledger,
            journal,
            room: TokenRoom::new(ledger.dir(), rotation.begun()),
            rotation,
            sinks: Vec::new(),
            hand,
            new: None,
            old: None,
            kept: None,
            creates: 0,
            promotes: 0,
            any: false,
            suppress_email: false,
            named: Vec::new(),
            without: Vec::new(),
            switched: false,
            seen: Seen::default(),
            undoing: false,
            unanswered: None,
            turned: None,
            key_locks: Vec::new(),
            owner,
            _lock: lock,
        };
        for at in 0..rotator.rotation.places().len() {
            let sink = rotator.open(&rotator.rotation.places()[at].sink).map_err(|cause| rotator.halted(cause))?;
            rotator.sinks.push(sink);
        }
        Ok(rotator)
    }

    /// The new token itself, for the one who asked to be shown it.
    ///
    /// # Errors
    /// If it is nowhere to be found.
    pub fn reveal(&mut self) -> Result<Option<Secret>, Error> {
        self.new_token().map_err(|cause| self.halted(cause))
    }

    /// Where it stands.
    #[must_use]
    pub fn rotation(&self) -> &TokenRotation {
        &self.rotation
    }

    /// Whether this run put a sink right that had held what it should.
    #[must_use]
    pub fn has_mended(&self) -> bool {
        self.seen.mended
    }

    /// Goes on until there is nothing to do now.
    ///
    /// # Errors
    /// [`Error::Halted`] with the cause; the journal knows where it stands, and running again goes on from there.
    pub async fn run(&mut self, goal: Goal) -> Result<Reached, Error> {
        self.refill().await.map_err(|cause| self.halted(cause))?;
        self.take_stock().await.map_err(|cause| self.halted(cause))?;
        loop {
            let step = self.rotation.next(self.now(), goal.clear_now);
            if self.undoing && self.rotation.promoted().is_some() && step != Step::Done {
                return Err(self.halted(self.in_force()));
            }
            match step {
                Step::Wait(until) if self.switched && !goal.stage_only && time::since(self.now(), until) <= WAIT => {
                    self.wait(until).await?;
                    continue;
                }
                Step::Wait(until) => {
                    // What this very run has switched, it has looked at.
                    if !self.switched {
                        self.look_switched().await.map_err(|cause| self.halted(cause))?;
                    }
                    return self.pause(Reached::Propagating(until));
                }
                Step::Check | Step::Gate if !self.seen.looked => {
                    self.look_staged().await.map_err(|cause| self.halted(cause))?;
                    continue;
                }
                Step::Check | Step::Gate if goal.stage_only => return self.pause(Reached::Staged),
                Step::Done => break,
                _ => {}
            }
            if (self.world.watch)(&Event::Before(&self.rotation, &step)).is_break() {
                return Err(Error::Stopped);
            }
            if step == Step::Gate {
                if self.in_use().next().is_none() {
                    return Err(self.halted(Cause::NoPlace));
                }
                self.expect_all_writable().map_err(|cause| self.halted(cause))?;
                match self.ask_gate().map_err(|cause| self.halted(cause))? {
                    Answer::Yes => self.rotation.open_gate(),
                    Answer::No => return self.pause(Reached::Declined),
                }
                continue;
            }
            self.take_or_halt(&step).await?;
        }
        match (self.turned.take(), self.rotation.outcome()) {
            (Some(cause), _) => Err(self.halted(cause)),
            (None, outcome) => Ok(Reached::End(outcome.unwrap_or(Outcome::Undone))),
        }
    }

    fn pause(&self, reached: Reached) -> Result<Reached, Error> {
        self.journal.sync().map_err(|error| self.halted(error.into()))?;
        Ok(reached)
    }

    /// Waits for the end of the propagation. What was done is durable: an end of the run costs nothing.
    async fn wait(&self, until: Timestamp) -> Result<(), Error> {
        self.journal.sync().map_err(|error| self.halted(error.into()))?;
        if (self.world.watch)(&Event::Waiting(until)).is_break() {
            return Err(Error::Stopped);
        }
        // In short pieces: the clock may be set meanwhile.
        while self.now() < until {
            tokio::time::sleep(time::since(self.now(), until).min(Duration::from_secs(1))).await;
        }
        Ok(())
    }

    async fn take(&mut self, step: &Step) -> Result<(), Cause> {
        match step {
            Step::Recover => self.recover().await,
            Step::Create => self.create().await,
            Step::Adopt => self.adopt().await,
            Step::Verify => self.verify_new().await,
            Step::Stage(at) => self.stage(*at).await,
            Step::ReadBack(at) => self.read_back(*at).await,
            Step::Check => self.hook("check").await,
            Step::Promote => self.promote().await,
            Step::Settle => self.settle().await,
            Step::HandOver => self.hand_over(),
            Step::Switch(at) => self.switch(*at).await,
            Step::SwitchRead(at) => self.switch_read(*at).await,
            Step::TryOld => self.try_old().await,
            Step::TryKeys => self.try_keys().await,
            Step::After => self.hook("after").await,
            Step::MarkCurrent => {
                let at = self.now();
                let clear_at = time::after(at, self.rotation.propagation());
                self.switched = true;
                self.write(&Record::Current { at, clear_at })
            }
            Step::Clear(at) => self.clear(*at).await,
            Step::Unstage(at) => self.unstage(*at).await,
            Step::Delete => self.delete().await,
            Step::Unseal => self.unseal().await,
            Step::Finish(outcome) => self.write(&Record::Finished { at: self.now(), outcome: *outcome }),
            Step::Gate | Step::Wait(_) | Step::Done => Ok(()),
        }
    }

    async fn unseal(&mut self) -> Result<(), Cause> {
        if self.rotation.superseded().is_some() {
            self.expect_overtaken(&[])?;
        } else {
            if self.rotation.promoted().is_some() && self.in_use().next().is_none() {
                // What is sealed is the only copy of the token in force.
                return Err(Cause::NoPlace);
            }
            if self.rotation.promoted().is_some() && !self.see_old_is_dead().await? {
                return Ok(());
            }
            if self.rotation.new_token().is_some() {
                self.make_sure_held().await?;
            }
        }
        self.see_seals_off()?;
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.write(&Record::Unsealed { at: self.now() })
    }

    /// The sinks that are not left out.
    fn in_use(&self) -> impl Iterator<Item = &dyn Sink> {
        let places = self.rotation.places().iter();
        places.zip(&self.sinks).filter(|(place, _)| !place.dropped).map(|(_, sink)| sink.as_ref())
    }

    fn open(&self, name: &str) -> Result<Box<dyn Sink>, Cause> {
        (self.world.open_sink)(name).map_err(|source| Cause::Sink { sink: name.to_owned(), doing: "opening", source })
    }

    fn target(&self) -> TokenTarget {
        TokenTarget { account: self.begun().account.clone(), names: self.begun().names.clone() }
    }

    fn halted(&self, cause: Cause) -> Error {
        let at = match &self.rotation {
            rotation if rotation.outcome().is_some() => Reach::Ended,
            rotation if rotation.superseded().is_some() => Reach::Overtaken,
            rotation if rotation.promoted().is_some() => Reach::Promoted,
            rotation if rotation.is_promoting() => Reach::Promoting,
            rotation if self.undoing || rotation.back().is_some() => Reach::Back,
            rotation if rotation.may_have_created() => Reach::Secondary,
            _ => Reach::Nothing,
        };
        let bars = if cause.may_be_overtaken() { self.bars() } else { Bars::default() };
        Error::Halted { id: self.begun().id.clone(), at, bars, cause: Box::new(cause) }
    }

    fn begun(&self) -> &Begun {
        self.rotation.begun()
    }

    fn now(&self) -> Timestamp {
        (self.world.clock)()
    }

    fn chance(&self) -> Result<Random, Cause> {
        let mut random: Random = [0; size_of::<Random>()];
        (self.world.random)(&mut random).map_err(Cause::Random)?;
        Ok(random)
    }

    fn write(&mut self, record: &Record) -> Result<(), Cause> {
        if record.must_be_durable() {
            self.journal.append(record)?;
        } else {
            self.journal.append_lazily(record)?;
        }
        self.rotation.apply(record);
        if matches!(record, Record::Sealed { .. }) {
            self.seen.new_is_refused.set(false);
            self.seen.refused.take();
        }
        // A stop asked for here is heard before the next step: the record stands either way.
        let _ = (self.world.watch)(&Event::Recorded(&self.rotation, record));
        Ok(())
    }
}

/// Why a rotation cannot be given up as if nothing had been published.
pub const IN_A_SINK: &str = "may have its new token in a sink already";

/// Why a rotation cannot be taken back.
pub const NO_WAY_BACK: &str = "has promoted its new token already; there is no way back from a promote";
