//! What a hostile reading of the promise once found: each broke it before it was mended.

use std::process::Stdio;

use twcred::model::KeySid;

use crate::support::{World, key_sid, repos};

fn world() -> World {
    let world = World::new();
    world.file("one.env", &repos());
    world.file("two.env", &repos());
    world
}

fn rotate<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["keys", "rotate", "--env-file", file], more].concat()
}

/// Whether Twilio accepts the pair that a file holds.
fn works(world: &World, file: &str) -> bool {
    world.run(&["keys", "verify", "--env-file", file]).code == Some(0)
}

pub(crate) fn move_file(world: &World, from: &str, to: &str) {
    let text = world.read(from);
    crate::support::remove(&world.path(from));
    world.file(to, &text);
}

pub(crate) fn move_folder(world: &World, from: &str, to: &str) {
    let moved = std::process::Command::new("/bin/mv").args([world.path(from), world.path(to)]).status();
    assert!(moved.unwrap().success());
}

fn newest(world: &World) -> KeySid {
    world.live().pop().unwrap()
}

#[test]
fn a_rollback_waits_for_a_file_that_is_away() {
    let world = world();
    let authority = repos().lines().filter(|line| !line.contains("API")).collect::<Vec<_>>().join("\n") + "\n";
    world.file("auth.env", &authority);
    assert_eq!(world.run(&rotate("one.env", &[])).code, Some(0));
    move_file(&world, "one.env", "away");
    let away = world.run(&["rotation", "rollback", "--yes", "--env-file", "auth.env"]);
    assert_eq!(away.code, Some(3), "{away}");
    assert_eq!(world.live().len(), 2, "nothing is revoked");
    move_file(&world, "away", "one.env");
    assert!(works(&world, "one.env"));
    let back = world.run(&["rotation", "rollback", "--yes", "--env-file", "auth.env"]);
    assert_eq!(back.code, Some(0), "{back}");
    assert_eq!((world.read("one.env"), world.live().len()), (repos(), 1));
}

#[test]
fn a_rollback_to_a_revoked_key_is_refused_and_the_rotation_goes_on() {
    let world = world();
    assert_eq!(world.run(&rotate("one.env", &[])).code, Some(0));
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')));
    let refused = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(refused.code, Some(7), "{refused}");
    assert_eq!(world.run(&rotate("one.env", &["--now"])).code, Some(0));
    assert!(works(&world, "one.env"));
}

#[test]
fn a_shared_key_is_not_revoked_from_under_renamed_variables() {
    let world = world();
    let one = format!("env:{}", world.path("one.env").display());
    assert_eq!(world.run(&rotate("two.env", &["--to", &one, "--now"])).code, Some(0));
    let renamed = world.read("two.env").replace("TWILIO_API", "WEB_TWILIO_API");
    world.file("two.env", &renamed);
    let stopped = world.run(&rotate("one.env", &["--now"]));
    assert_eq!(stopped.code, Some(3), "{stopped}");
    assert!(works(&world, "one.env"));
    assert!(world.read("two.env").contains(newest(&world).as_str()));
}

#[test]
fn a_shared_key_is_not_revoked_while_the_other_file_is_away() {
    let world = world();
    let two = format!("env:{}", world.path("two.env").display());
    assert_eq!(world.run(&rotate("one.env", &["--to", &two, "--now"])).code, Some(0));
    move_file(&world, "two.env", "away");
    let stopped = world.run(&rotate("one.env", &["--now"]));
    assert_eq!(stopped.code, Some(3), "{stopped}");
    let sid = newest(&world);
    let revoke = world.run(&["keys", "revoke", "--yes", "--env-file", "auth.env", sid.as_str()]);
    assert_ne!(revoke.code, Some(0), "{revoke}");
    move_file(&world, "away", "two.env");
    assert_eq!(world.run(&rotate("one.env", &["--now"])).code, Some(0));
    assert!(works(&world, "one.env") && works(&world, "two.env"));
}

#[test]
fn a_project_taken_out_of_the_file_holds_nothing_up() {
    let world = World::new();
    let shared =
        repos().lines().filter(|line| line.contains("API")).fold(repos(), |text, line| text + "B_" + line + "\n");
    world.file("one.env", &shared);
    assert_eq!(world.run(&rotate("one.env", &[])).code, Some(0));
    let gone: String = world
        .read("one.env")
        .lines()
        .filter(|line| !line.starts_with("B_"))
        .fold(String::new(), |text, line| text + line + "\n");
    world.file("one.env", &gone);
    let done = world.run(&rotate("one.env", &["--now"]));
    assert_eq!(done.code, Some(0), "{done}");
    assert!(works(&world, "one.env"));
    assert_eq!(world.live().len(), 1);
}

#[test]
fn a_secret_is_not_revealed_into_nothing() {
    let world = World::new().with_token();
    let mut command = world.command(&["keys", "create", "lost", "--reveal"]);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(2));
    assert!(!world.names().contains(&"lost".to_owned()));
}

#[test]
fn a_create_that_broke_off_after_the_store_does_not_stop_the_rotation() {
    let world = World::new().with_token();
    world.sandbox.add_fault("drop-before=POST /v1/Keys/{Sid}@1x*".parse().unwrap());
    let sink = format!("env:{}", world.path("new.env").display());
    let broke = world.run(&["keys", "create", "fresh", "--to", &sink]);
    assert_ne!(broke.code, Some(0), "{broke}");
    world.sandbox.clear_faults();
    let rotated = world.run(&rotate("new.env", &["--now"]));
    assert_eq!(rotated.code, Some(0), "{rotated}");
}
