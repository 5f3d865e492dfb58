//! The rotator against a table of keys and sinks in memory, killed at every boundary of an effect, and a second time
//! during the recovery.

mod scene;

use self::scene::{Scene, account, pair};
use super::record::{Outcome, Why};
use super::rotator::Rotator;
use super::run::{self, Report};
use crate::model::{Credential, FriendlyName, Policy, Secret};

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

/// A file that comes back from a backup in the grace, and a run that is killed while it puts that right.
#[test]
fn what_strays_in_the_grace_is_put_right_wherever_a_run_was_killed() {
    let strayed = || {
        let scene = Scene::new();
        scene.rotate(None, false).unwrap().unwrap();
        *scene.sinks[1].1.lock().unwrap() = Some(pair(1));
        *scene.now.borrow_mut() += 600;
        scene
    };
    let whole = strayed();
    let report = whole.rotate(None, false).unwrap().unwrap();
    let Report::InGrace { switched: true, retire_at, .. } = report else { panic!("{report:?}") };
    assert_eq!(retire_at.as_second(), 1_000_000 + 600 + 1000, "the grace starts anew");
    for at in 1..=whole.boundaries() {
        let scene = strayed();
        assert!(scene.rotate(Some(at), false).is_none());
        scene.every_sink_works();
        scene.rotate(None, false).unwrap().unwrap();
        assert_eq!(scene.table.live().len(), 2);
        let held = scene.sinks[1].1.lock().unwrap().clone().unwrap();
        assert_ne!(held.sid, pair(1).sid, "killed at {at}");
        scene.rotate(None, true).unwrap().unwrap();
        scene.all_is_well(false);
    }
}

/// Whatever a run was killed at, and whoever puts another pair into every sink then: what is sealed is not deleted while
/// it is the only copy of a secret that lives.
#[test]
fn what_no_sink_holds_any_more_stays_sealed() {
    let whole = Scene::new();
    whole.rotate(None, true).unwrap().unwrap();
    let mut tried = 0;
    for (at, other_token) in (1..=whole.boundaries()).flat_map(|at| [(at, false), (at, true)]) {
        let scene = Scene::new();
        assert!(scene.rotate(Some(at), true).is_none());
        if scene.sealed() == 0 {
            continue;
        }
        scene.put_everywhere(9);
        if other_token {
            let token = Secret::new("u".repeat(32));
            *scene.authority.borrow_mut() = Credential::AuthToken { account: account(), token };
        }
        let _ = scene.rotate(None, true).unwrap();
        let live = scene.table.live();
        assert!(scene.sealed() > 0 || live == [pair(9).sid], "killed at {at}: {live:?} and nothing sealed");
        tried += 1;
    }
    assert!(tried > 30, "only {tried} kills");
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
