//! One world in memory: an account, two sinks, a state directory, and a fate that kills at a boundary.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api;
use crate::model::key::CreatedKey;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeyKind, KeyPair, KeySid, NewKey, Policy, Secret};
use crate::rotation::keys::{Keys, Liveness};
use crate::rotation::ledger::Ledger;
use crate::rotation::plan::Schedule;
use crate::rotation::rotator::World;
use crate::rotation::run::{self, Report, Request};
use crate::rotation::{Error, Event, Signer};
use crate::sinks::{self, Held, Loaded, LoadedTokens, Place, Sink, Spec, TokenChange, TokenTarget, TokensStored};
use crate::store::lock::Owner;
use crate::store::paths::StateDir;

/// Where the process dies. Thrown by a boundary; what ran before it has happened, what comes after it has not.
struct Killed;

/// Counts the boundaries of effects, and dies at one of them.
#[derive(Default)]
struct Fate {
    count: RefCell<usize>,
    at: RefCell<Option<usize>>,
}

impl Fate {
    fn boundary(&self) {
        *self.count.borrow_mut() += 1;
        if Some(*self.count.borrow()) == *self.at.borrow() {
            resume_unwind(Box::new(Killed));
        }
    }
}

#[derive(Clone)]
pub(super) struct Stored {
    secret: Secret,
    pub(super) name: Option<FriendlyName>,
    pub(super) policy: Option<Policy>,
}

/// A Twilio of one account, in memory.
pub(super) struct Table {
    fate: Rc<Fate>,
    pub(super) keys: RefCell<BTreeMap<KeySid, Stored>>,
    made: RefCell<u32>,
    /// Makes wider keys than asked for.
    pub(super) widens: bool,
}

impl Table {
    fn key(sid: &KeySid, stored: &Stored) -> ApiKey {
        ApiKey {
            sid: sid.clone(),
            name: stored.name.clone(),
            created: Some(Timestamp::UNIX_EPOCH),
            updated: None,
            kind: stored.policy.as_ref().map(|_| KeyKind::Restricted),
            policy: stored.policy.clone(),
        }
    }

    pub(super) fn live(&self) -> Vec<KeySid> {
        self.keys.borrow().keys().cloned().collect()
    }
}

impl Keys for Table {
    async fn fetch(&self, sid: &KeySid) -> Result<Option<ApiKey>, api::Error> {
        self.fate.boundary();
        Ok(self.keys.borrow().get(sid).map(|stored| Self::key(sid, stored)))
    }

    async fn list(&self) -> Result<Vec<ApiKey>, api::Error> {
        self.fate.boundary();
        Ok(self.keys.borrow().iter().map(|(sid, stored)| Self::key(sid, stored)).collect())
    }

    async fn create(&self, new: &NewKey) -> Result<CreatedKey, api::CreateError> {
        self.fate.boundary();
        *self.made.borrow_mut() += 1;
        let number = *self.made.borrow();
        let pair = pair(0x100 + number);
        let policy = if self.widens { None } else { new.policy.clone() };
        let stored = Stored { secret: pair.secret.clone(), name: Some(new.name.clone()), policy };
        let key = Self::key(&pair.sid, &stored);
        self.keys.borrow_mut().insert(pair.sid.clone(), stored);
        self.fate.boundary();
        Ok(CreatedKey { key, pair })
    }

    async fn revoke(&self, sid: &KeySid) -> Result<(), api::Error> {
        self.fate.boundary();
        self.keys.borrow_mut().remove(sid);
        self.fate.boundary();
        Ok(())
    }

    async fn rename(&self, sid: &KeySid, name: &FriendlyName) -> Result<bool, api::Error> {
        self.fate.boundary();
        let renamed = self.keys.borrow_mut().get_mut(sid).map(|stored| stored.name = Some(name.clone())).is_some();
        self.fate.boundary();
        Ok(renamed)
    }

    async fn verify(&self, pair: &KeyPair) -> Result<Liveness, api::Error> {
        self.fate.boundary();
        let known = self.keys.borrow().get(&pair.sid).is_some_and(|stored| stored.secret == pair.secret);
        Ok(if known { Liveness::Live } else { Liveness::Rejected("Authenticate".into()) })
    }

    async fn identify(&self, pair: &KeyPair) -> Result<(Liveness, Option<KeyKind>), api::Error> {
        Ok((self.verify(pair).await?, Some(KeyKind::Standard)))
    }

    fn server_time(&self) -> Option<Timestamp> {
        None
    }
}

type Cell = Arc<Mutex<Option<KeyPair>>>;

#[derive(Debug)]
struct Memory {
    spec: Spec,
    cell: Cell,
    readable: bool,
}

impl Sink for Memory {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn probe(&self) -> Result<(), sinks::Error> {
        Ok(())
    }

    fn store(&self, _: &AccountSid, pair: &KeyPair) -> Result<(), sinks::Error> {
        *self.cell.lock().unwrap() = Some(pair.clone());
        Ok(())
    }

    fn load(&self) -> Result<Loaded, sinks::Error> {
        if !self.readable {
            return Ok(Loaded::WriteOnly);
        }
        Ok(match self.cell.lock().unwrap().clone() {
            Some(pair) => {
                Loaded::Held(vec![Held { place: Place { what: self.spec.to_string() }, pair, account: None }])
            }
            None => Loaded::Absent,
        })
    }

    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, sinks::Error> {
        let held = self.readable && self.cell.lock().unwrap().as_ref().is_some_and(|pair| pair.sid == *sid);
        Ok(if held { vec![Place { what: self.spec.to_string() }] } else { Vec::new() })
    }

    fn probe_tokens(&self, _: &TokenTarget, _: &Secret, _: Option<&Secret>) -> Result<(), sinks::Error> {
        panic!("a rotation of keys does not ask for tokens")
    }

    fn load_tokens(&self, _: &TokenTarget) -> Result<LoadedTokens, sinks::Error> {
        panic!("a rotation of keys does not ask for tokens")
    }

    fn store_tokens(&self, _: &TokenTarget, _: &TokenChange) -> Result<TokensStored, sinks::Error> {
        panic!("a rotation of keys does not ask for tokens")
    }

    fn mentions_token(&self, _: &Secret) -> Result<Vec<Place>, sinks::Error> {
        panic!("a rotation of keys does not ask for tokens")
    }
}

pub(super) fn pair(number: u32) -> KeyPair {
    KeyPair {
        sid: KeySid::parse(&format!("SK{number:032x}")).unwrap(),
        secret: Secret::new(format!("secret{number:026}")),
    }
}

/// One world: an account, two sinks, a state directory, a clock that only the test moves.
pub(super) struct Scene {
    fate: Rc<Fate>,
    pub(super) table: Table,
    pub(super) sinks: Vec<(String, Cell, bool)>,
    dir: tempfile::TempDir,
    pub(super) now: RefCell<i64>,
    pub(super) authority: RefCell<Credential>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let fate = Rc::new(Fate::default());
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        let old = pair(1);
        let name = Some(FriendlyName::from_twilio("ci-deploy"));
        let stored = Stored { secret: old.secret.clone(), name, policy: Some(policy) };
        let keys = RefCell::new(BTreeMap::from([(old.sid.clone(), stored)]));
        let sinks =
            ["exec:one", "exec:two"].map(|name| (name.to_owned(), Cell::new(Mutex::new(Some(old.clone()))), true));
        Self {
            table: Table { fate: fate.clone(), keys, made: RefCell::new(0), widens: false },
            fate,
            sinks: sinks.into(),
            dir: tempfile::tempdir().unwrap(),
            now: RefCell::new(1_000_000),
            authority: RefCell::new(Credential::AuthToken { account: account(), token: Secret::new("t".repeat(32)) }),
        }
    }

    fn ledger(&self) -> Ledger {
        Ledger::new(StateDir::open(&self.dir.path().join("state")).unwrap())
    }

    pub(super) fn request(&self, retire_now: bool) -> Request {
        Request {
            endpoint: "memory".into(),
            account: account(),
            pair: self.sinks[0].1.lock().unwrap().clone().unwrap(),
            sinks: self.sinks.iter().map(|(name, ..)| name.clone()).collect(),
            without: Vec::new(),
            schedule: Schedule::new(None, Duration::from_secs(1000)).unwrap(),
            grace_by: None,
            retire_now,
            check: None,
            after: None,
            allow_downgrade: false,
            owner: Owner {
                pid: 1,
                started: Timestamp::from_second(*self.now.borrow()).unwrap(),
                command: "test".into(),
            },
        }
    }

    /// Runs something in this world; `None` if it died at boundary `at`.
    pub(super) fn with<T>(&self, at: Option<usize>, f: impl AsyncFnOnce(&World<'_>, &Ledger) -> T) -> Option<T> {
        *self.fate.count.borrow_mut() = 0;
        *self.fate.at.borrow_mut() = at;
        let clock = || Timestamp::from_second(*self.now.borrow()).unwrap();
        let random = |buffer: &mut [u8]| {
            buffer.fill(u8::try_from(*self.table.made.borrow()).unwrap());
            Ok(())
        };
        let open_sink = |name: &str, _: &KeySid| {
            let (_, cell, readable) = self.sinks.iter().find(|(known, ..)| known == name).unwrap();
            let spec = Spec::parse(name).unwrap();
            Ok(Box::new(Memory { spec, cell: cell.clone(), readable: *readable }) as Box<dyn Sink>)
        };
        let watch = |_: &Event<'_>| {
            self.fate.boundary();
            ControlFlow::Continue(())
        };
        let said = crate::rotation::watched::Said::default();
        let world = World {
            clock: &clock,
            random: &random,
            open_sink: &open_sink,
            holders: &|_| Ok(Vec::new()),
            watched: &|| Ok(Vec::new()),
            noted: &|_| Ok(Vec::new()),
            said: &said,
            without: &[],
            watch: &watch,
            patience: Duration::ZERO,
            signer: Signer { account: account(), place: None, key: None },
        };
        let ledger = self.ledger();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        match catch_unwind(AssertUnwindSafe(|| runtime.block_on(f(&world, &ledger)))) {
            Ok(value) => Some(value),
            Err(payload) if payload.is::<Killed>() => None,
            Err(payload) => resume_unwind(payload),
        }
    }

    pub(super) fn rotate(&self, at: Option<usize>, retire_now: bool) -> Option<Result<Report, Error>> {
        let request = self.request(retire_now);
        let authority = self.authority.borrow().clone();
        self.with(at, async |world, ledger| run::rotate(world, ledger, &self.table, &authority, &request).await)
    }

    /// What holds at every instant: each sink has a pair that the account accepts.
    pub(super) fn every_sink_works(&self) {
        for (name, cell, _) in &self.sinks {
            let held = cell.lock().unwrap().clone().unwrap();
            let keys = self.table.keys.borrow();
            assert!(keys.get(&held.sid).is_some_and(|stored| stored.secret == held.secret), "{name} holds a dead pair");
        }
    }

    /// What holds at the end: one live key, in every sink, under its plain name; nothing sealed; nothing open.
    pub(super) fn all_is_well(&self, old_survives: bool) {
        self.every_sink_works();
        let live = self.table.live();
        assert_eq!(live.len(), 1, "live keys: {live:?}");
        assert_eq!(live[0] == pair(1).sid, old_survives);
        assert_eq!(self.table.keys.borrow()[&live[0]].name.as_ref().unwrap().as_str(), "ci-deploy");
        assert_eq!(self.sealed(), 0, "sealed secrets are left");
        let (rotations, unreadable) = self.ledger().all().unwrap();
        assert!(unreadable.is_empty() && rotations.iter().all(|rotation| rotation.outcome().is_some()));
    }

    /// How many files are sealed.
    pub(super) fn sealed(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("state/sealed")).map_or(0, Iterator::count)
    }

    /// Puts a pair that is none of the rotation's into every sink; its key lives.
    pub(super) fn put_everywhere(&self, number: u32) {
        let other = pair(number);
        let stored = Stored { secret: other.secret.clone(), name: None, policy: None };
        self.table.keys.borrow_mut().insert(other.sid.clone(), stored);
        for (_, cell, _) in &self.sinks {
            *cell.lock().unwrap() = Some(other.clone());
        }
    }

    pub(super) fn boundaries(&self) -> usize {
        *self.fate.count.borrow()
    }
}

pub(super) fn account() -> AccountSid {
    AccountSid::parse(&format!("AC{}", "0".repeat(32))).unwrap()
}
