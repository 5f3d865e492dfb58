//! The rotator against a table of keys and sinks in memory, killed at every boundary of an effect, and a second time
//! during the recovery.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::keys::{Keys, Liveness};
use super::ledger::Ledger;
use super::plan::Schedule;
use super::record::{Outcome, Why};
use super::rotator::{Rotator, World};
use super::run::{self, Report, Request};
use crate::api;
use crate::model::key::CreatedKey;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeyKind, KeyPair, KeySid, NewKey, Policy, Secret};
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
struct Stored {
    secret: Secret,
    name: Option<FriendlyName>,
    policy: Option<Policy>,
}

/// A Twilio of one account, in memory.
struct Table {
    fate: Rc<Fate>,
    keys: RefCell<BTreeMap<KeySid, Stored>>,
    made: RefCell<u32>,
    /// Makes wider keys than asked for.
    widens: bool,
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

    fn live(&self) -> Vec<KeySid> {
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

    fn probe_tokens(&self, _: &TokenTarget, _: &Secret) -> Result<(), sinks::Error> {
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

fn pair(number: u32) -> KeyPair {
    KeyPair {
        sid: KeySid::parse(&format!("SK{number:032x}")).unwrap(),
        secret: Secret::new(format!("secret{number:026}")),
    }
}

/// One world: an account, two sinks, a state directory, a clock that only the test moves.
struct Scene {
    fate: Rc<Fate>,
    table: Table,
    sinks: Vec<(String, Cell, bool)>,
    dir: tempfile::TempDir,
    now: RefCell<i64>,
    authority: RefCell<Credential>,
}

impl Scene {
    fn new() -> Self {
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

    fn request(&self, retire_now: bool) -> Request {
        Request {
            endpoint: "memory".into(),
            account: account(),
            pair: self.sinks[0].1.lock().unwrap().clone().unwrap(),
            sinks: self.sinks.iter().map(|(name, ..)| name.clone()).collect(),
            without: Vec::new(),
            schedule: Schedule::new(None, Duration::from_secs(1000)).unwrap(),
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
    fn with<T>(&self, at: Option<usize>, f: impl AsyncFnOnce(&World<'_>, &Ledger) -> T) -> Option<T> {
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
        let watch = |_: &super::Event<'_>| {
            self.fate.boundary();
            ControlFlow::Continue(())
        };
        let world = World {
            clock: &clock,
            random: &random,
            open_sink: &open_sink,
            holders: &|_| Ok(Vec::new()),
            watch: &watch,
            patience: Duration::ZERO,
        };
        let ledger = self.ledger();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        match catch_unwind(AssertUnwindSafe(|| runtime.block_on(f(&world, &ledger)))) {
            Ok(value) => Some(value),
            Err(payload) if payload.is::<Killed>() => None,
            Err(payload) => resume_unwind(payload),
        }
    }

    fn rotate(&self, at: Option<usize>, retire_now: bool) -> Option<Result<Report, super::Error>> {
        let request = self.request(retire_now);
        let authority = self.authority.borrow().clone();
        self.with(at, async |world, ledger| run::rotate(world, ledger, &self.table, &authority, &request).await)
    }

    /// What holds at every instant: each sink has a pair that the account accepts.
    fn every_sink_works(&self) {
        for (name, cell, _) in &self.sinks {
            let held = cell.lock().unwrap().clone().unwrap();
            let keys = self.table.keys.borrow();
            assert!(keys.get(&held.sid).is_some_and(|stored| stored.secret == held.secret), "{name} holds a dead pair");
        }
    }

    /// What holds at the end: one live key, in every sink, under its plain name; nothing sealed; nothing open.
    fn all_is_well(&self, old_survives: bool) {
        self.every_sink_works();
        let live = self.table.live();
        assert_eq!(live.len(), 1, "live keys: {live:?}");
        assert_eq!(live[0] == pair(1).sid, old_survives);
        assert_eq!(self.table.keys.borrow()[&live[0]].name.as_ref().unwrap().as_str(), "ci-deploy");
        let sealed = std::fs::read_dir(self.dir.path().join("state/sealed")).unwrap().count();
        assert_eq!(sealed, 0, "sealed secrets are left");
        let (rotations, unreadable) = self.ledger().all().unwrap();
        assert!(unreadable.is_empty() && rotations.iter().all(|rotation| rotation.outcome().is_some()));
    }

    fn boundaries(&self) -> usize {
        *self.fate.count.borrow()
    }
}

fn account() -> AccountSid {
    AccountSid::parse(&format!("AC{}", "0".repeat(32))).unwrap()
}

#[test]
fn a_rotation_in_two_runs_a_grace_apart() {
    let scene = Scene::new();
    let report = scene.rotate(None, false).unwrap().unwrap();
    let Report::InGrace { switched: true, retire_at, .. } = report else { panic!("{report:?}") };
    assert_eq!(scene.table.live().len(), 2);
    assert!(matches!(scene.rotate(None, false), Some(Ok(Report::InGrace { switched: false, .. }))));
    *scene.now.borrow_mut() = retire_at.as_second();
    let report = scene.rotate(None, false).unwrap().unwrap();
    assert!(matches!(report, Report::Ended { outcome: Outcome::Rotated, .. }), "{report:?}");
    scene.all_is_well(false);
}

#[test]
fn killed_at_every_boundary_and_again_during_recovery() {
    let whole = Scene::new();
    whole.rotate(None, true).unwrap().unwrap();
    let first = whole.boundaries();
    assert!(first > 30, "only {first} boundaries");
    let mut tried = 0;
    for at in 1..=first {
        let probe = Scene::new();
        assert!(probe.rotate(Some(at), true).is_none());
        probe.every_sink_works();
        probe.rotate(None, true).unwrap().unwrap();
        let second = probe.boundaries();
        finish(&probe);
        for again in 1..=second {
            let scene = Scene::new();
            assert!(scene.rotate(Some(at), true).is_none());
            assert!(scene.rotate(Some(again), true).is_none());
            scene.every_sink_works();
            scene.rotate(None, true).unwrap().unwrap();
            finish(&scene);
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} double kills");
}

/// A kill after the last record leaves nothing to do, so the run after it is a rotation of its own; one way or the
/// other exactly one key lives, everywhere.
fn finish(scene: &Scene) {
    scene.all_is_well(false);
}

#[test]
fn a_rollback_killed_at_every_boundary() {
    let in_grace = || {
        let scene = Scene::new();
        scene.rotate(None, false).unwrap().unwrap();
        scene
    };
    let roll_back = |scene: &Scene, at| {
        let authority = scene.authority.borrow().clone();
        scene.with(at, async |world, ledger| {
            let id = ledger.all().unwrap().0.pop().unwrap().begun().id.clone();
            let owner = scene.request(false).owner;
            let lock = ledger.lock(&account(), &pair(1).sid, &owner).unwrap();
            let taken = ledger.resume(&id).unwrap();
            let turned = taken.1.back().is_some() || taken.1.outcome().is_some();
            let mut rotator = Rotator::new(world, &scene.table, &authority, ledger, taken, None, lock).unwrap();
            if !turned {
                rotator.turn_back(Why::Rollback).await.unwrap();
            }
            rotator.run(false).await.unwrap()
        })
    };
    let whole = in_grace();
    roll_back(&whole, None).unwrap();
    let boundaries = whole.boundaries();
    whole.all_is_well(true);
    for at in 1..=boundaries {
        let scene = in_grace();
        assert!(roll_back(&scene, Some(at)).is_none());
        scene.every_sink_works();
        roll_back(&scene, None).unwrap();
        scene.all_is_well(true);
    }
}

#[test]
fn a_key_wider_than_asked_is_revoked_at_once() {
    let mut scene = Scene::new();
    scene.table.widens = true;
    let error = scene.rotate(None, true).unwrap().unwrap_err();
    assert!(
        matches!(&error, super::Error::Halted { cause, .. } if matches!(**cause, super::error::Cause::Different(_)))
    );
    scene.all_is_well(true);
}

#[test]
fn the_authorising_secret_changes_between_the_runs() {
    let whole = Scene::new();
    whole.rotate(None, true).unwrap().unwrap();
    for at in 1..=whole.boundaries() {
        let scene = Scene::new();
        assert!(scene.rotate(Some(at), true).is_none());
        *scene.authority.borrow_mut() =
            Credential::AuthToken { account: account(), token: Secret::new("u".repeat(32)) };
        scene.rotate(None, true).unwrap().unwrap();
        scene.all_is_well(false);
    }
}

#[test]
fn a_key_that_authorises_its_own_rotation_can_still_be_rolled_back() {
    let scene = Scene::new();
    let own = |pair| Credential::ApiKey { account: account(), pair };
    let policy = ["create", "read", "list", "update", "delete"].map(|action| format!("/twilio/iam/api-keys/{action}"));
    scene.table.keys.borrow_mut().get_mut(&pair(1).sid).unwrap().policy = Some(Policy { allow: policy.into() });
    *scene.authority.borrow_mut() = own(pair(1));
    scene.rotate(None, false).unwrap().unwrap();
    let new = scene.sinks[0].1.lock().unwrap().clone().unwrap();
    let authority = own(new);
    scene
        .with(None, async |world, ledger| {
            let id = ledger.all().unwrap().0.pop().unwrap().begun().id.clone();
            let lock = ledger.lock(&account(), &pair(1).sid, &scene.request(false).owner).unwrap();
            let taken = ledger.resume(&id).unwrap();
            let mut rotator = Rotator::new(world, &scene.table, &authority, ledger, taken, None, lock).unwrap();
            rotator.turn_back(Why::Rollback).await.unwrap();
            rotator.run(false).await.unwrap()
        })
        .unwrap();
    scene.all_is_well(true);
}

#[test]
fn a_sink_edited_by_hand_is_never_overwritten_and_never_loses_its_key() {
    let scene = Scene::new();
    scene.rotate(None, false).unwrap().unwrap();
    // Somebody puts the old pair back into one file: the old key must not be revoked.
    *scene.sinks[1].1.lock().unwrap() = Some(pair(1));
    let error = scene.rotate(None, true).unwrap().unwrap_err();
    assert!(error.to_string().contains("stopped"), "{error}");
    scene.every_sink_works();
    assert_eq!(scene.table.live().len(), 2);
}

#[test]
fn a_project_that_shares_the_key_joins_the_open_rotation() {
    let mut scene = Scene::new();
    let late = scene.sinks.pop().unwrap();
    scene.rotate(None, false).unwrap().unwrap();
    scene.sinks.insert(0, late);
    scene.rotate(None, false).unwrap().unwrap();
    let held: Vec<_> = scene.sinks.iter().map(|(_, cell, _)| cell.lock().unwrap().clone().unwrap().sid).collect();
    assert_eq!(held[0], held[1]);
    scene.rotate(None, true).unwrap().unwrap();
    scene.all_is_well(false);
}

#[test]
fn a_file_that_went_back_to_a_revoked_key_is_an_error_and_no_success() {
    let scene = Scene::new();
    scene.rotate(None, true).unwrap().unwrap();
    *scene.now.borrow_mut() += 10;
    for (_, cell, _) in &scene.sinks {
        *cell.lock().unwrap() = Some(pair(1));
    }
    let error = scene.rotate(None, true).unwrap().unwrap_err();
    assert!(matches!(&error, super::Error::Preflight(cause) if matches!(**cause, super::error::Cause::UnknownKey(_))));
}

#[test]
fn a_project_that_shared_the_key_in_an_earlier_rotation_is_taken_along() {
    let scene = Scene::new();
    scene.rotate(None, true).unwrap().unwrap();
    *scene.now.borrow_mut() += 10;
    let mut request = scene.request(true);
    request.sinks.remove(0);
    let authority = scene.authority.borrow().clone();
    scene
        .with(None, async |world, ledger| run::rotate(world, ledger, &scene.table, &authority, &request).await)
        .unwrap()
        .unwrap();
    scene.all_is_well(false);
}

#[test]
fn a_rollback_without_the_old_secret_is_refused_before_it_begins() {
    let scene = Scene::new();
    scene.rotate(None, false).unwrap().unwrap();
    *scene.authority.borrow_mut() = Credential::AuthToken { account: account(), token: Secret::new("u".repeat(32)) };
    let authority = scene.authority.borrow().clone();
    let refused = scene.with(None, async |world, ledger| {
        let id = ledger.all().unwrap().0.pop().unwrap().begun().id.clone();
        let lock = ledger.lock(&account(), &pair(1).sid, &scene.request(false).owner).unwrap();
        let taken = ledger.resume(&id).unwrap();
        let mut rotator = Rotator::new(world, &scene.table, &authority, ledger, taken, None, lock).unwrap();
        rotator.turn_back(Why::Rollback).await.unwrap_err()
    });
    assert!(
        matches!(&refused, Some(super::Error::Halted { cause, .. }) if matches!(**cause, super::error::Cause::OldSecretLost(_)))
    );
    scene.rotate(None, true).unwrap().unwrap();
    scene.all_is_well(false);
}

#[test]
fn a_key_that_another_state_directory_is_at_work_on_is_left_alone() {
    let scene = Scene::new();
    let marked = FriendlyName::from_twilio("ci-deploy [twcred 0123456789ab]");
    scene.table.keys.borrow_mut().get_mut(&pair(1).sid).unwrap().name = Some(marked);
    let error = scene.rotate(None, true).unwrap().unwrap_err();
    assert!(matches!(&error, super::Error::Preflight(cause) if matches!(**cause, super::error::Cause::Foreign { .. })));
    assert_eq!(scene.table.live().len(), 1);
}
