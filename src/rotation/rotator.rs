//! Carries out the steps of one rotation and writes down each that is done. It decides nothing: it asks [`state`].
//!
//! [`state`]: super::state

use std::ops::ControlFlow;
use std::time::Duration;

use super::error::{Cause, Error};
use super::hook;
use super::keys::{Keys, Liveness};
use super::ledger::Ledger;
use super::record::{Begun, Outcome, Record, Why};
use super::state::{Rotation, Step};
use super::waiting::{Opened, Waiting, WaitingRoom};
use crate::api::CreateError;
use crate::model::time::{self, Timestamp};
use crate::model::{ApiKey, Credential, FriendlyName, KeyPair, KeySid, Marker, NewKey};
use crate::sinks::{self, Loaded, Sink};
use crate::store::journal::Journal;
use crate::store::lock::Lock;
use crate::store::sealed::Random;

/// How often a create that was never answered is settled and sent again within one run.
const CREATES: u32 = 3;

/// What a rotation needs of the world around it: time, chance, sinks by name, and somebody to watch.
pub struct World<'a> {
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Fills a buffer with random bytes.
    pub random: &'a dyn Fn(&mut [u8]) -> std::io::Result<()>,
    /// Opens a sink by its name, to replace this key in it.
    pub open_sink: &'a dyn Fn(&str, &KeySid) -> Result<Box<dyn Sink>, sinks::Error>,
    /// Is told of each step before it and each record after it, and may say stop.
    pub watch: &'a dyn Fn(&Event<'_>) -> ControlFlow<()>,
    /// How long a new pair that is rejected is tried again: a key may take a moment to be known everywhere.
    pub patience: Duration,
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
pub struct Rotator<'a, K: Keys> {
    world: &'a World<'a>,
    keys: &'a K,
    authority: &'a Credential,
    journal: Journal<Record>,
    rotation: Rotation,
    room: WaitingRoom,
    sinks: Vec<Box<dyn Sink>>,
    new: Option<KeyPair>,
    old: Option<KeyPair>,
    made: Option<ApiKey>,
    creates: u32,
    turned: Option<Cause>,
    _lock: Lock,
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
        (journal, rotation): (Journal<Record>, Rotation),
        old: Option<KeyPair>,
        lock: Lock,
    ) -> Result<Self, Error> {
        let room = WaitingRoom::new(ledger.dir(), rotation.begun());
        let mut rotator = Self {
            world,
            keys,
            authority,
            journal,
            room,
            sinks: Vec::new(),
            new: None,
            old: old.filter(|pair| pair.sid == rotation.begun().old),
            made: None,
            creates: 0,
            turned: None,
            _lock: lock,
            rotation,
        };
        let names: Vec<String> = rotator.rotation.places().iter().map(|place| place.sink.clone()).collect();
        for name in names {
            let sink = rotator.open(&name, &rotator.begun().old).map_err(|cause| rotator.halted(cause))?;
            rotator.sinks.push(sink);
        }
        Ok(rotator)
    }

    fn open(&self, name: &str, replace: &KeySid) -> Result<Box<dyn Sink>, Cause> {
        (self.world.open_sink)(name, replace).map_err(|source| Cause::Sink {
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

    pub(super) fn keys(&self) -> &K {
        self.keys
    }

    /// Goes on until there is nothing to do now. `retire_now` ends the grace.
    ///
    /// # Errors
    /// [`Error::Halted`] with the cause; the journal knows where it stands, and running again goes on from there.
    pub async fn run(&mut self, retire_now: bool) -> Result<Reached, Error> {
        loop {
            let step = self.rotation.next((self.world.clock)(), retire_now);
            match step {
                Step::Wait(until) => {
                    self.journal.sync().map_err(|error| self.halted(error.into()))?;
                    return Ok(Reached::Grace(until));
                }
                Step::Done => break,
                _ => {}
            }
            if (self.world.watch)(&Event::Before(&self.rotation, &step)).is_break() {
                return Err(Error::Stopped);
            }
            self.take(&step).await.map_err(|cause| self.halted(cause))?;
        }
        match (self.turned.take(), self.rotation.outcome()) {
            (Some(cause), _) => Err(self.halted(cause)),
            (None, outcome) => Ok(Reached::End(outcome.unwrap_or(Outcome::Undone))),
        }
    }

    /// Turns the rotation back, for this reason.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn turn_back(&mut self, why: Why) -> Result<(), Error> {
        self.write(Record::Back { at: self.now(), why }).map_err(|cause| self.halted(cause))
    }

    /// Takes another sink in, because it holds the old key as well.
    ///
    /// # Errors
    /// If it cannot be opened or written to, or this cannot be written down.
    pub fn add_sink(&mut self, name: &str) -> Result<(), Error> {
        let sink = self.open(name, &self.begun().old).map_err(|cause| self.halted(cause))?;
        self.write(Record::SinkAdded { at: self.now(), sink: name.to_owned() }).map_err(|cause| self.halted(cause))?;
        self.sinks.push(sink);
        Ok(())
    }

    fn halted(&self, cause: Cause) -> Error {
        Error::Halted {
            id: self.begun().id.clone(),
            new: self.rotation.new_key().cloned(),
            may_exist: self.rotation.may_have_created() && self.rotation.outcome().is_none(),
            cause: Box::new(cause),
        }
    }

    fn begun(&self) -> &Begun {
        self.rotation.begun()
    }

    fn now(&self) -> Timestamp {
        (self.world.clock)()
    }

    fn write(&mut self, record: Record) -> Result<(), Cause> {
        if record.must_be_durable() {
            self.journal.append(&record)?;
        } else {
            self.journal.append_lazily(&record)?;
        }
        self.rotation.apply(&record);
        // A stop asked for here is heard before the next step: the record stands either way.
        let _ = (self.world.watch)(&Event::Recorded(&self.rotation, &record));
        Ok(())
    }

    async fn take(&mut self, step: &Step) -> Result<(), Cause> {
        match step {
            Step::Recover => self.recover().await,
            Step::Create => self.create().await,
            Step::Inspect => self.inspect().await,
            Step::Verify => self.verify_new().await,
            Step::Publish(at) => self.publish(*at).await,
            Step::ReadBack(at) => self.read_back(*at).await,
            Step::Check => self.check().await,
            Step::MarkCurrent => {
                let at = self.now();
                let retire_at = time::after(at, Duration::from_secs(self.begun().grace));
                self.write(Record::Current { at, retire_at })
            }
            Step::After => self.after().await,
            Step::Retire => self.retire().await,
            Step::Rename => self.rename().await,
            Step::Restore(at) => self.restore(*at).await,
            Step::RevokeNew => self.revoke_new().await,
            Step::Sweep => {
                self.revoke_strays().await?;
                self.write(Record::Swept { at: self.now() })
            }
            Step::Unseal => {
                self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
                self.write(Record::Unsealed { at: self.now() })
            }
            Step::Finish(outcome) => self.write(Record::Finished { at: self.now(), outcome: *outcome }),
            Step::Wait(_) | Step::Done => Ok(()),
        }
    }

    /// The one place where a key is made. The create is sent once; whatever becomes of the answer, the key is either
    /// sealed, or revoked, or will be found by its marker.
    async fn create(&mut self) -> Result<(), Cause> {
        if self.creates == CREATES {
            return Err(Cause::NeverAnswered(self.creates));
        }
        let old = self.old_pair().await?;
        let begun = self.begun();
        let base = begun.name.clone().unwrap_or_else(|| FriendlyName::from_twilio("twcred"));
        let new = NewKey { name: base.with_marker(&Marker(begun.id.clone())), policy: begun.policy.clone() };
        self.write(Record::Creating { at: self.now() })?;
        self.creates += 1;
        match self.keys.create(&new).await {
            Ok(created) => {
                let waiting = Waiting { new: created.pair, old };
                if let Err(cause) = self.seal(&waiting) {
                    return self.drop_new(&waiting.new.sid, cause).await;
                }
                let sid = waiting.new.sid.clone();
                self.new = Some(waiting.new);
                self.made = Some(created.key);
                self.write(Record::Sealed { at: self.now(), sid })
            }
            // The journal says Creating: the next step is to settle what became of it.
            Err(CreateError::Unknown(_)) => Ok(()),
            Err(CreateError::NotSent(source)) => {
                self.write(Record::Back { at: self.now(), why: Why::Refused(source.to_string()) })?;
                self.write(Record::Settled { at: self.now() })?;
                self.turned = Some(Cause::Twilio { doing: "creating the new key", source });
                Ok(())
            }
        }
    }

    /// The secret could not be kept, so the key must not live.
    async fn drop_new(&mut self, sid: &KeySid, cause: Cause) -> Result<(), Cause> {
        match self.keys.revoke(sid).await {
            Ok(()) => Err(cause),
            Err(source) => Err(Cause::Stray { sid: sid.clone(), why: cause.to_string(), source }),
        }
    }

    fn seal(&self, waiting: &Waiting) -> Result<(), Cause> {
        let sealing = |source| Cause::Sealed { doing: "written", source };
        // Where the old key authorises its own replacement, a later run holds the new secret in its stead.
        if self.authority.key() == Some(&waiting.old.sid) {
            self.room.seal_rollback(waiting, &self.chance()?).map_err(sealing)?;
        }
        self.room.seal(self.authority.secret(), waiting, &self.chance()?).map_err(sealing)
    }

    fn chance(&self) -> Result<Random, Cause> {
        let mut random: Random = [0; size_of::<Random>()];
        (self.world.random)(&mut random).map_err(Cause::Random)?;
        Ok(random)
    }

    /// A create was sent and its outcome is not in the journal.
    async fn recover(&mut self) -> Result<(), Cause> {
        if let Opened::Both(waiting) = self.open_room()? {
            let sid = waiting.new.sid.clone();
            self.new = Some(waiting.new);
            self.old = Some(waiting.old);
            return self.write(Record::Sealed { at: self.now(), sid });
        }
        self.revoke_strays().await?;
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.write(Record::Settled { at: self.now() })
    }

    pub(super) async fn revoke_stray(&mut self, sid: &KeySid) -> Result<(), Cause> {
        let revoked = self.keys.revoke(sid).await;
        revoked.map_err(|source| Cause::Twilio { doing: "revoking a key that nobody holds", source })?;
        self.write(Record::Orphan { at: self.now(), sid: sid.clone() })
    }

    async fn inspect(&mut self) -> Result<(), Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(()) };
        let made = match self.made.take() {
            Some(made) => Some(made),
            None => self.keys.fetch(&sid).await.map_err(|source| Cause::Twilio { doing: "fetching the new key", source })?,
        };
        match made.map(|made| difference(self.begun(), &made)) {
            Some(None) => self.write(Record::Inspected { at: self.now() }),
            Some(Some(how)) => {
                self.write(Record::Back { at: self.now(), why: Why::Different(how.clone()) })?;
                self.turned = Some(Cause::Different(how));
                Ok(())
            }
            // Somebody revoked it already.
            None => self.reject(&sid, "Twilio does not know it any more".to_owned()),
        }
    }

    fn reject(&mut self, sid: &KeySid, said: String) -> Result<(), Cause> {
        self.write(Record::Back { at: self.now(), why: Why::Rejected })?;
        self.turned = Some(Cause::Rejected { what: format!("the new key {sid}"), said });
        Ok(())
    }

    async fn verify_new(&mut self) -> Result<(), Cause> {
        let Some(pair) = self.new_pair()? else { return self.start_anew().await };
        match self.ask(&pair, self.world.patience).await? {
            Liveness::Live => self.write(Record::Verified { at: self.now() }),
            Liveness::Rejected(said) => self.reject(&pair.sid, said),
            Liveness::Unclear(said) => Err(Cause::Unclear { what: format!("the new key {}", pair.sid), said }),
        }
    }

    /// Authenticates with a pair; a rejection is asked again for as long as there is patience.
    async fn ask(&self, pair: &KeyPair, patience: Duration) -> Result<Liveness, Cause> {
        let mut pause = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        loop {
            let said = self.keys.verify(pair).await;
            let said = said.map_err(|source| Cause::Twilio { doing: "verifying a pair", source })?;
            if !matches!(said, Liveness::Rejected(_)) || waited >= patience {
                return Ok(said);
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    /// The new pair: from this run, from the sealed file, or from a sink that was written already. `None` if nobody
    /// holds it, for certain.
    fn new_pair(&mut self) -> Result<Option<KeyPair>, Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(None) };
        if self.new.is_none()
            && let Opened::Both(waiting) = self.open_room()?
            && waiting.new.sid == sid
        {
            self.new = Some(waiting.new);
            self.old = Some(waiting.old);
        }
        if self.new.is_none() {
            self.new = self.find_in_sinks(&sid)?;
        }
        if self.new.is_none() && self.rotation.is_published() {
            // A sink that cannot be read may hold it: then it is not nobody's.
            if let Some(sink) = self.sinks.iter().find(|sink| matches!(sink.load(), Ok(Loaded::WriteOnly))) {
                return Err(Cause::SealLocked { key: sid, sink: sink.spec().to_string() });
            }
        }
        Ok(self.new.clone())
    }

    /// The old pair, for a rollback and for sealing beside the new one.
    async fn old_pair(&mut self) -> Result<KeyPair, Cause> {
        let sid = self.begun().old.clone();
        if self.old.is_none() {
            self.old = self.find_in_sinks(&sid)?;
        }
        if self.old.is_none()
            && let Some(new) = self.new_pair()?
            && self.old.is_none()
        {
            self.old = self
                .room
                .open_rollback(&new.secret)
                .map_err(|source| Cause::Sealed { doing: "opened", source })?
                .filter(|pair| pair.sid == sid);
        }
        self.old.clone().ok_or(Cause::OldSecretLost(sid))
    }

    fn open_room(&self) -> Result<Opened, Cause> {
        self.room.open(self.authority.secret()).map_err(|source| Cause::Sealed { doing: "opened", source })
    }

    fn find_in_sinks(&self, sid: &KeySid) -> Result<Option<KeyPair>, Cause> {
        for sink in &self.sinks {
            if let Loaded::Held(pairs) = load(sink.as_ref())?
                && let Some(held) = pairs.into_iter().find(|held| held.pair.sid == *sid)
            {
                return Ok(Some(held.pair));
            }
        }
        Ok(None)
    }

    /// Nobody holds the new secret any more (the authorising secret was changed, say): the key is an orphan.
    async fn start_anew(&mut self) -> Result<(), Cause> {
        if let Some(sid) = self.rotation.new_key().cloned() {
            self.make_sure_unheld(&sid)?;
            self.revoke_stray(&sid).await?;
        }
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.made = None;
        self.write(Record::Settled { at: self.now() })
    }

    /// Fails if any sink holds the key, in any variable.
    pub(super) fn make_sure_unheld(&self, sid: &KeySid) -> Result<(), Cause> {
        let mut places = Vec::new();
        for sink in &self.sinks {
            let found = sink.mentions(sid).map_err(|source| reading(sink.as_ref(), source))?;
            places.extend(found.into_iter().map(|place| place.to_string()));
        }
        if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { key: sid.clone(), places }) }
    }

    async fn publish(&mut self, at: usize) -> Result<(), Cause> {
        let Some(pair) = self.new_pair()? else { return self.start_anew().await };
        let sink = self.sinks[at].as_ref();
        self.expect_ours(sink, &pair.sid)?;
        let credential = Credential::ApiKey { account: self.begun().account.clone(), pair };
        sink.store(&credential).map_err(|source| Cause::Sink {
            sink: sink.spec().to_string(),
            doing: "writing",
            source,
        })?;
        self.write(Record::Published { at: self.now(), sink: at })
    }

    /// Somebody's own work is never overwritten: a sink must hold the old pair, the new one, or nothing.
    fn expect_ours(&self, sink: &dyn Sink, new: &KeySid) -> Result<(), Cause> {
        let old = &self.begun().old;
        if let Loaded::Held(pairs) = load(sink)?
            && let Some(other) = pairs.iter().find(|held| held.pair.sid != *old && held.pair.sid != *new)
        {
            return Err(Cause::Drift {
                sink: sink.spec().to_string(),
                holds: other.pair.sid.to_string(),
                old: old.clone(),
            });
        }
        Ok(())
    }

    async fn read_back(&mut self, at: usize) -> Result<(), Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(()) };
        let sink = self.sinks[at].as_ref();
        match load(sink)? {
            Loaded::WriteOnly => {}
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
                        Liveness::Rejected(said) => {
                            self.write(Record::Back { at: self.now(), why: Why::Rejected })?;
                            self.turned = Some(Cause::Rejected { what: format!("what {} gave back", held.place), said });
                            return Ok(());
                        }
                        Liveness::Unclear(said) => {
                            return Err(Cause::Unclear { what: format!("what {} gave back", held.place), said });
                        }
                    }
                    asked.push(held.pair);
                }
            }
        }
        self.write(Record::ReadBack { at: self.now(), sink: at })
    }

    fn drift(&self, sink: &dyn Sink, holds: String) -> Cause {
        Cause::Drift { sink: sink.spec().to_string(), holds, old: self.begun().old.clone() }
    }

    async fn check(&mut self) -> Result<(), Cause> {
        let (Some(new), Some(check)) = (self.rotation.new_key(), &self.begun().check) else { return Ok(()) };
        hook::run("check", check, self.begun(), new).await?;
        self.write(Record::Checked { at: self.now() })
    }

    async fn after(&mut self) -> Result<(), Cause> {
        let (Some(new), Some(after)) = (self.rotation.new_key(), &self.begun().after) else { return Ok(()) };
        hook::run("after", after, self.begun(), new).await?;
        self.write(Record::AfterRan { at: self.now() })
    }

    /// The end of the old key. What the sinks hold *now* is what counts: they may have been edited during the grace.
    async fn retire(&mut self) -> Result<(), Cause> {
        let Some(new) = self.rotation.new_key().cloned() else { return Ok(()) };
        let old = self.begun().old.clone();
        self.make_sure_unheld(&old)?;
        let mut proven: Vec<KeyPair> = Vec::new();
        for at in 0..self.sinks.len() {
            let sink = self.sinks[at].as_ref();
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
        if proven.is_empty() {
            // Only sinks that cannot be read: the sealed pair is all there is to ask with.
            match self.new_pair()? {
                Some(pair) => self.prove(&pair, "the sealed file").await?,
                None => return Err(Cause::Unclear { what: format!("the new key {new}"), said: "no sink can be read back".into() }),
            }
        }
        let revoked = self.keys.revoke(&old).await;
        revoked.map_err(|source| Cause::Twilio { doing: "revoking the old key", source })?;
        self.write(Record::Revoked { at: self.now() })
    }

    async fn prove(&self, pair: &KeyPair, place: &str) -> Result<(), Cause> {
        let what = || format!("the pair {} of {place}", pair.sid);
        match self.ask(pair, Duration::ZERO).await? {
            Liveness::Live => Ok(()),
            Liveness::Rejected(said) => Err(Cause::Rejected { what: what(), said }),
            Liveness::Unclear(said) => Err(Cause::Unclear { what: what(), said }),
        }
    }

    async fn rename(&mut self) -> Result<(), Cause> {
        if let Some(new) = self.rotation.new_key() {
            let name = self.begun().name.clone().unwrap_or_else(|| FriendlyName::from_twilio("twcred"));
            let renamed = self.keys.rename(new, &name).await;
            renamed.map_err(|source| Cause::Twilio { doing: "taking the marker out of the new key's name", source })?;
        }
        self.write(Record::Renamed { at: self.now() })
    }

    async fn restore(&mut self, at: usize) -> Result<(), Cause> {
        let new = self.rotation.new_key().cloned();
        let held_new = match load(self.sinks[at].as_ref())? {
            Loaded::Held(pairs) => pairs.iter().any(|held| Some(&held.pair.sid) == new.as_ref()),
            // It may have been written; it cannot be asked.
            Loaded::WriteOnly => self.rotation.places()[at].published,
            Loaded::Absent => false,
        };
        if held_new {
            let pair = self.old_pair().await?;
            self.prove(&pair, "before the rotation").await?;
            // This time it is the new pair that gives way.
            let name = &self.rotation.places()[at].sink;
            let sink = self.open(name, new.as_ref().unwrap_or(&self.begun().old))?;
            let credential = Credential::ApiKey { account: self.begun().account.clone(), pair };
            sink.store(&credential).map_err(|source| Cause::Sink {
                sink: sink.spec().to_string(),
                doing: "writing the old pair back to",
                source,
            })?;
        }
        self.write(Record::Restored { at: self.now(), sink: at })
    }

    async fn revoke_new(&mut self) -> Result<(), Cause> {
        if let Some(new) = self.rotation.new_key().cloned() {
            self.make_sure_unheld(&new)?;
            let revoked = self.keys.revoke(&new).await;
            revoked.map_err(|source| Cause::Twilio { doing: "revoking the new key", source })?;
        }
        self.write(Record::NewRevoked { at: self.now() })
    }
}


fn load(sink: &dyn Sink) -> Result<Loaded, Cause> {
    sink.load().map_err(|source| reading(sink, source))
}

fn reading(sink: &dyn Sink, source: sinks::Error) -> Cause {
    Cause::Sink { sink: sink.spec().to_string(), doing: "reading", source }
}

/// How a key differs from what was asked for; `None` if it does not.
fn difference(begun: &Begun, made: &ApiKey) -> Option<String> {
    use crate::model::KeyKind::{Main, Restricted, Standard};
    match (&begun.policy, &made.policy) {
        (Some(asked), Some(given)) if asked == given => {}
        (Some(asked), Some(given)) => {
            let more: Vec<&str> = given.allow.difference(&asked.allow).map(String::as_str).collect();
            let less: Vec<&str> = asked.allow.difference(&given.allow).map(String::as_str).collect();
            let list = |names: Vec<&str>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            return Some(format!("its policy allows {} beyond what was asked, and lacks {}", list(more), list(less)));
        }
        (Some(_), None) => return Some("it has no policy, so it may do anything a Standard key may".to_owned()),
        (None, Some(_)) => return Some("it has a policy, and a key without one was asked for".to_owned()),
        (None, None) => {}
    }
    match (begun.new_kind, made.kind) {
        (Standard | Main, Some(Main)) => Some("it is a Main key".to_owned()),
        (Standard | Main, Some(Restricted)) if begun.policy.is_none() => Some("it is a Restricted key".to_owned()),
        _ => None,
    }
}
