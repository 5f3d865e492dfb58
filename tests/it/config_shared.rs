//! Targets that share a key, and one that has left the rotation of it.

use std::fmt::Write as _;

use crate::config_file::own;
use crate::promise::move_file;
use crate::support::{Ran, World, account_sid, env_text, key, key_sid, remove, token};

/// A target for each of these files.
fn targets(world: &World, files: &[&str]) {
    let mut text = String::new();
    for (at, file) in files.iter().enumerate() {
        writeln!(text, "[targets.t{at}]\nenv-file = \"~/{file}\"\n").unwrap();
    }
    own(world, &text);
}

/// Two targets that share a key.
fn shared() -> World {
    let world = World::new().with_token();
    for file in ["a.env", "b.env"] {
        world.file(file, &env_text(&key('1')));
    }
    targets(&world, &["a.env", "b.env"]);
    world
}

fn done(world: &World, args: &[&str]) -> Ran {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
    ran
}

/// A rollback that is done in the first file, and cut off before the second.
fn half_way_back(world: &World) {
    done(world, &["keys", "rotate", "--all"]);
    move_file(world, "b.env", "b.away");
    assert_ne!(world.run(&["rotation", "rollback", "--yes"]).code, Some(0));
    move_file(world, "b.away", "b.env");
    let (one, two) = (world.read("a.env"), world.read("b.env"));
    assert_ne!(one, two, "the rollback was to stop between the two");
}

#[test]
fn the_end_of_a_rollback_is_that_of_every_target_that_shares_the_key() {
    let world = shared();
    half_way_back(&world);
    let ran = done(&world, &["keys", "rotate", "--all"]);
    assert_eq!(ran.out.matches("rolled back").count(), 2, "{ran}");
    assert_eq!((world.live(), world.open()), (vec![key_sid('1')], 0));
    assert_eq!(world.read("a.env"), world.read("b.env"));
}

const POLICY: &str = r#"{"allow": ["/twilio/iam/api-keys/create", "/twilio/iam/api-keys/read", "/twilio/iam/api-keys/list",
"/twilio/iam/api-keys/update", "/twilio/iam/api-keys/delete"]}"#;

/// The key that ends is what the second target would sign its requests with.
#[test]
fn also_where_the_key_authorises_its_own_replacement() {
    let world = World::new();
    world.file("policy.json", POLICY);
    let mut create = world.command(&["keys", "create", "own", "--policy", "policy.json", "--to", "env:a.env"]);
    create.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN", token());
    let ran = world.finish(create);
    assert_eq!(ran.code, Some(0), "{ran}");
    world.file("b.env", &world.read("a.env"));
    targets(&world, &["a.env", "b.env"]);
    half_way_back(&world);
    let live = world.live().len();
    done(&world, &["keys", "rotate", "--all"]);
    assert_eq!((world.live().len(), world.open()), (live - 1, 0));
    assert_eq!(world.read("a.env"), world.read("b.env"));
}

#[test]
fn a_file_that_was_left_out_is_free_for_a_rotation_of_its_own() {
    let world = shared();
    done(&world, &["keys", "rotate", "--all"]);
    let second = format!("env:{}#TWILIO_API_KEY", world.path("b.env").display());
    done(&world, &["keys", "rotate", "t0", "--without", &second]);
    let first = world.read("a.env");
    remove(&world.path("b.env"));
    done(&world, &["keys", "create", "own", "--to", "env:b.env"]);
    let own = world.read("b.env");
    done(&world, &["keys", "rotate", "t1"]);
    assert_ne!(world.read("b.env"), own);
    assert_eq!((world.read("a.env"), world.open()), (first, 2));
    world.days_pass(2);
    done(&world, &["keys", "rotate", "--all"]);
    assert_eq!((world.live().len(), world.open()), (2, 0));
    for file in ["a.env", "b.env"] {
        done(&world, &["keys", "verify", "--env-file", file]);
    }
}
