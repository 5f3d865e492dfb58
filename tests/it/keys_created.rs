//! What is remembered of a key after `keys create` has ended: where it was put.

use crate::keys_cut_off::unnamed;
use crate::promise::move_file;
use crate::support::{World, remove};

fn done(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
}

fn notes(world: &World) -> usize {
    std::fs::read_dir(world.state_dir().join("finished")).map_or(0, Iterator::count)
}

#[test]
fn a_key_is_not_revoked_from_under_the_sink_that_its_create_filled() {
    for sink in ["env:app/x.env", "json:app/x.json"] {
        let world = World::new().with_token();
        twcred::store::paths::make(&world.path("app")).unwrap();
        done(&world, &["keys", "create", "x", "--to", sink]);
        let made = world.live().pop().unwrap();
        let revoke = ["keys", "revoke", made.as_str(), "--yes"];
        let refused = world.run(&revoke);
        assert!(refused.code == Some(1) && refused.err.contains("is still held by"), "{refused}");
        assert!(world.live().contains(&made));
        // A name that somebody gives it meanwhile changes nothing.
        done(&world, &["keys", "rename", made.as_str(), "y"]);
        assert_eq!(world.run(&revoke).code, Some(1));
        assert_eq!(notes(&world), 1);
        done(&world, &[&revoke[..], &["--force"]].concat());
        assert!(!world.live().contains(&made));
        assert_eq!(notes(&world), 0);
    }
}

#[test]
fn what_its_sink_has_given_up_may_end() {
    let world = World::new().with_token();
    done(&world, &["keys", "create", "x", "--to", "env:x.env"]);
    let made = world.live().pop().unwrap();
    let revoke = ["keys", "revoke", made.as_str(), "--yes"];
    // Whoever takes the file away is done with the key.
    remove(&world.path("x.env"));
    done(&world, &revoke);
    assert!(!world.live().contains(&made));
}

/// One that was cut off is finished by a later run, which notes the same.
#[test]
fn what_a_later_run_finished_is_remembered_too() {
    let (world, made) = unnamed(&["env:x.env"]);
    done(&world, &["keys", "create", "ci", "--to", "env:x.env"]);
    assert_eq!((world.creates().len(), notes(&world)), (0, 1));
    let refused = world.run(&["keys", "revoke", made.as_str(), "--yes"]);
    assert!(refused.code == Some(1) && refused.err.contains("is still held by"), "{refused}");
}

/// A key in two files: a rotation of the one of them does not end it under the other.
#[test]
fn a_rotation_looks_where_a_create_has_put_its_key() {
    let world = World::new().with_token();
    done(&world, &["keys", "create", "two", "--to", "env:api.env", "--to", "env:worker.env"]);
    let made = world.live().pop().unwrap();
    let count = world.live().len();
    let rotate = ["keys", "rotate", "--env-file", "api.env", "--now"];
    let ran = world.run(&rotate);
    assert!(ran.code == Some(3) && ran.err.contains("worker.env"), "{ran}");
    assert_eq!(world.live().len(), count, "no key was made: {ran}");
    // One that is not there any more stops nothing.
    move_file(&world, "worker.env", "kept.env");
    done(&world, &rotate);
    assert!(!world.live().contains(&made));
}

/// Whoever says that he has the secret does not say that the files have lost it.
#[test]
fn what_was_filled_is_remembered_whatever_is_said_of_the_rest() {
    let (world, made) = unnamed(&["env:x.env"]);
    done(&world, &["keys", "rename", made.as_str(), "ci", "--secret-kept"]);
    assert_eq!((world.creates().len(), notes(&world)), (0, 1));
    let refused = world.run(&["keys", "revoke", made.as_str(), "--yes"]);
    assert!(refused.code == Some(1) && refused.err.contains("is still held by"), "{refused}");
}
