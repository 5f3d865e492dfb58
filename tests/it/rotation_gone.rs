//! Keys of an open rotation that other hands revoked at Twilio, or that a killed run revoked without saying so.

use insta::assert_snapshot;
use twcred::model::{KeySid, Policy};
use twcred::sandbox::Kind;

use crate::rotation_kept::{account_alone, edit, in_grace};
use crate::rotation_unheld::token_changed;
use crate::support::{World, add_key, env_text, key, key_sid, token};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];
const RETIRE: &[&str] = &["rotation", "retire", "--yes"];
const RESUME: &[&str] = &["rotation", "resume"];

fn new_key(world: &World) -> KeySid {
    world.live().into_iter().find(|sid| ![key_sid('1'), key_sid('2'), key_sid('3')].contains(sid)).unwrap()
}

/// Revoked in the Console.
fn gone(world: &World, sid: &KeySid) {
    world.sandbox.with_state(|state| state.remove_key(sid)).unwrap();
}

/// Killed once the old key was revoked.
fn revoked() -> World {
    let world = in_grace();
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&[ROTATE, &["--now"]].concat());
    world
}

fn is_settled(world: &World) {
    let verified = world.run(&["keys", "verify", "--env-file", "repos.env"]);
    assert_eq!((verified.code, world.sealed(), world.open()), (Some(0), 0, 0), "{verified}");
}

#[test]
fn a_rotation_ends_whose_keys_are_both_gone_and_whose_sealed_file_is_locked() {
    let world = token_changed(revoked());
    let new = new_key(&world);
    edit(&world, &env_text(&key('1')));
    assert_snapshot!(world.run(RESUME), @r"
    exit: 5
    --- stderr
    error: rotation rotation.id1 stopped
      because: the secret of the new key SK.2.............................. cannot be recovered: no sink holds it
    hint: run with the credential that began the rotation: it opens what is sealed
    hint: or put the new pair back into a sink of the rotation, and run again
    hint: if the new key is not used any more: end it with `twcred keys revoke --force SK.2..............................`, then `twcred rotation resume rotation.id1`
    ");
    // What the hint says to type.
    assert_eq!(world.run(&["keys", "revoke", "--force", "--yes", new.as_str()]).code, Some(0));
    assert_snapshot!(world.run(RESUME), @r"
    exit: 0
    --- stdout
    SK.1.............................. and SK.2.............................. are both revoked: the rotation was completed
    ");
    assert_eq!((world.sealed(), world.open()), (0, 0));
}

#[test]
fn a_rotation_that_ends_says_that_its_new_key_is_gone_as_well() {
    let world = revoked();
    gone(&world, &new_key(&world));
    assert_snapshot!(world.run(RESUME), @r"
    exit: 0
    --- stdout
    SK.1.............................. and SK.2.............................. are both revoked: the rotation was completed
    ");
    assert_eq!((world.sealed(), world.open()), (0, 0));
}

/// The new key is the last one that lives.
#[test]
fn the_way_back_stops_where_the_old_key_went_meanwhile() {
    let world = in_grace();
    let new = new_key(&world);
    world.fault("refuse:503=DELETE /v1/Keys/{Sid}");
    assert_eq!(world.run(&["rotation", "rollback", "--yes"]).code, Some(5));
    world.sandbox.clear_faults();
    gone(&world, &key_sid('1'));
    assert_snapshot!(world.run(RESUME), @r"
    exit: 7
    --- stderr
    going forward again
    error: rotation rotation.id1 stopped
      because: SK.1.............................. is revoked, so SK.2.............................. is the last key of the rotation that works, and is not revoked
    hint: the rotation goes forward again: `twcred rotation resume rotation.id1` puts the new pair into every sink
    ");
    assert!(world.live().contains(&new));
    // What the hint says to type.
    let ran = world.run(RESUME);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
    assert!(world.live().contains(&new));
    is_settled(&world);
}

#[test]
fn the_way_back_ends_that_was_interrupted_with_both_keys_gone() {
    let world = token_changed(in_grace());
    let new = new_key(&world);
    gone(&world, &new);
    gone(&world, &key_sid('1'));
    world.fault("hold-before=GET /v1/Keys@1");
    world.killed(&["rotation", "rollback", "--yes"]);
    let ran = world.run(RESUME);
    assert!(ran.code == Some(0) && ran.out.contains("are both revoked"), "{ran}");
    assert_eq!((world.sealed(), world.open()), (0, 0));
}

/// A Restricted key that has replaced itself; killed once it was revoked. Its file comes back from a backup.
fn itself_revoked() -> World {
    let allow = ["create", "read", "list", "update", "delete"];
    let allow = Policy { allow: allow.iter().map(|action| format!("/twilio/iam/api-keys/{action}")).collect() };
    let world = World::with(|state| add_key(state, 'a', '2', "deployer", Kind::Restricted(allow), 40));
    world.file("repos.env", &env_text(&key('2')));
    assert_eq!(world.run(ROTATE).code, Some(0));
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&[ROTATE, &["--now"]].concat());
    assert!(!world.live().contains(&key_sid('2')));
    edit(&world, &env_text(&key('2')));
    world
}

#[test]
fn the_dead_pair_of_a_key_that_replaced_itself_gets_the_new_one_out_of_the_sealed_file() {
    for args in [RESUME, ROTATE] {
        let world = itself_revoked();
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        is_settled(&world);
    }
}

#[test]
fn so_it_does_beside_the_auth_token() {
    for args in [RESUME, ROTATE] {
        let world = itself_revoked().env("TWILIO_AUTH_TOKEN", &token()).with_token();
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        is_settled(&world);
    }
}

/// The run was killed between the revoke and its record, and the file comes back from a backup, or has lost its pair.
#[test]
fn a_revoke_that_was_not_written_down_is_found_out() {
    for left in [env_text(&key('1')), account_alone()] {
        let world = in_grace();
        let new = world.read("repos.env");
        world.days_pass(2);
        world.fault("hold-after=DELETE /v1/Keys/{Sid}@1");
        world.killed(ROTATE);
        assert!(!world.live().contains(&key_sid('1')));
        edit(&world, &left);
        let ran = world.run(RESUME);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.read("repos.env"), new);
        is_settled(&world);
    }
}

/// The old key is revoked in the Console while one of two sinks does not have the new pair.
#[test]
fn an_old_key_that_is_gone_does_not_settle_what_a_sink_holds() {
    let third = env_text(&key('3'));
    let kinds = [(Some(third.as_str()), "SK.3", 3), (None, "is not there", 3), (Some("wrong"), "was rejected", 7)];
    for (left, says, exit) in kinds {
        let world = crate::rotation_kept::in_grace();
        let to = format!("env:{}#TWILIO_API_KEY", world.path("b.env").display());
        let join = world.run(&[ROTATE, &["--to", &to]].concat());
        assert_eq!(join.code, Some(0), "{join}");
        let new = world.read("b.env");
        gone(&world, &key_sid('1'));
        crate::support::remove(&world.path("b.env"));
        match left {
            Some("wrong") => {
                let pair = new.lines().map(|line| match line.strip_prefix("TWILIO_API_SECRET=") {
                    Some(_) => format!("TWILIO_API_SECRET={}\n", "wrong".repeat(6)),
                    None => format!("{line}\n"),
                });
                world.file("b.env", &pair.collect::<String>());
            }
            Some(text) => {
                world.file("b.env", text);
            }
            None => {}
        }
        for _ in 0..2 {
            let ran = world.run(RETIRE);
            assert_eq!((ran.code, world.open(), world.sealed()), (Some(exit), 1, 1), "{says}: {ran}");
            assert!(ran.err.contains(says), "{says}: {ran}");
        }
        // Left out, it holds nothing up.
        let ran = world.run(&[ROTATE, &["--without", &to]].concat());
        assert_eq!(ran.code, Some(0), "{says}: {ran}");
        let ran = world.run(RETIRE);
        assert_eq!(ran.code, Some(0), "{says}: {ran}");
        is_settled(&world);
    }
}
