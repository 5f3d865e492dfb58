//! A key that something may hold is not revoked as one that nobody holds: in a file that is away, or one that is left out.

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::Stored;

use crate::promise::move_file;
use crate::support::{World, account_sid, env_text, key, key_sid, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];
const OTHER: &[&str] = &["keys", "rotate", "--env-file", "c.env"];

/// The Auth Token is another one by now, so that nothing that was sealed under it opens.
pub(crate) fn token_changed(world: World) -> World {
    let other = "fedcba9876543210".repeat(2);
    world.sandbox.with_state(|state| {
        state.account_mut(&account_sid('a')).unwrap().token = Stored::new(Secret::new(other.clone()));
    });
    world.env("TWILIO_AUTH_TOKEN", &other)
}

/// Two files that share a key: one in the grace of its rotation, the other not a part of it.
fn grace() -> World {
    let world = World::new().with_token();
    for name in ["repos.env", "c.env"] {
        world.file(name, &env_text(&key('1')));
    }
    assert_eq!(world.run(ROTATE).code, Some(0));
    world
}

fn sink(world: &World, name: &str) -> String {
    format!("env:{}#TWILIO_API_KEY", world.path(name).display())
}

fn works(world: &World, file: &str) {
    let ran = world.run(&["keys", "verify", "--env-file", file]);
    assert_eq!(ran.code, Some(0), "{file}: {ran}");
}

fn journal(world: &World) -> String {
    world.read(&format!(".local/state/twcred/rotations/{}.jsonl", world.rotations()[0]))
}

#[test]
fn a_key_in_a_file_that_is_away_is_not_taken_for_an_orphan() {
    let world = token_changed(grace());
    move_file(&world, "repos.env", "away.env");
    let live = world.live();
    assert_snapshot!(world.run(OTHER), @r"
    exit: 3
    --- stderr
    env:~/c.env#TWILIO_API_KEY joins the rotation
    error: rotation rotation.id1 stopped
      because: env:~/repos.env#TWILIO_API_KEY is not there, and may hold SK.2..............................
    hint: nothing was revoked; bring it back, or, if it is gone for good, leave it out (in each run, if only the configuration names it): twcred keys rotate --env-file ~/c.env --var TWILIO_API_KEY --without env:~/repos.env#TWILIO_API_KEY
    ");
    assert_eq!((world.live(), world.sealed()), (live, 1));
    move_file(&world, "away.env", "repos.env");
    let ran = world.run(OTHER);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("c.env"), world.read("repos.env"));
    works(&world, "c.env");
}

#[test]
fn a_file_that_is_left_out_gives_the_new_pair_to_another() {
    let world = token_changed(grace());
    let left = sink(&world, "repos.env");
    let new = world.read("repos.env");
    let ran = world.run(&[ROTATE, &["--to", "env:c.env#TWILIO_API_KEY", "--without", &left]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((world.read("repos.env"), world.read("c.env")), (new.clone(), new));
    works(&world, "repos.env");
}

/// What it holds is not known, and whoever left it out may have no other reason than that it is not theirs.
#[test]
fn a_key_that_a_file_may_hold_that_is_left_out_and_away_is_not_taken_for_an_orphan() {
    let world = token_changed(grace());
    move_file(&world, "repos.env", "away.env");
    let (live, left) = (world.live(), sink(&world, "repos.env"));
    assert_snapshot!(world.run(&[OTHER, &["--without", &left]].concat()), @r"
    exit: 3
    --- stderr
    env:~/c.env#TWILIO_API_KEY joins the rotation
    error: rotation rotation.id1 stopped
      because: env:~/repos.env#TWILIO_API_KEY was left out, is not there, and may hold SK.2..............................
    hint: nothing was revoked; bring it back, and take it in again: `twcred keys rotate --env-file ~/c.env --var TWILIO_API_KEY --to env:~/repos.env#TWILIO_API_KEY`
    hint: if nothing uses SK.2.............................. there: end it with `twcred keys revoke --force SK.2..............................`, and run the same command again
    ");
    assert_eq!((world.live(), world.sealed()), (live.clone(), 1));
    // What the hint says to type.
    let new = live.into_iter().find(|sid| *sid != key_sid('1')).unwrap();
    assert_eq!(world.run(&["keys", "revoke", "--force", "--yes", new.as_str()]).code, Some(0));
    let ran = world.run(&["rotation", "resume", "--env-file", "c.env"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    works(&world, "c.env");
}

#[test]
fn a_rollback_does_not_revoke_what_a_file_holds_that_is_left_out() {
    let world = grace();
    let left = sink(&world, "repos.env");
    let ran = world.run(&[ROTATE, &["--to", "env:b.env", "--without", &left]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let live = world.live();
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: SK.2.............................. is still held: repos.env:2 TWILIO_API_KEY
    hint: if it is a sink of the rotation that was left out, take it in again, and it gets the pair that stays: `twcred keys rotate --env-file ~/b.env --var TWILIO_API_KEY --to SINK`, by its whole name, as `twcred rotation show rotation.id1` has it
    hint: nothing was revoked; where it is no pair of a rotation's, take it out there, and run again
    ");
    assert_eq!(world.live(), live);
    assert!(world.run(&["rotation", "list"]).out.contains("in-grace"));
    works(&world, "repos.env");
    works(&world, "b.env");
    // What the hint says to type.
    assert_eq!(world.run(&[ROTATE, &["--to", &left]].concat()).code, Some(0));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!((ran.code, world.live()), (Some(0), vec![key_sid('1')]), "{ran}");
    assert!(world.read("repos.env").contains(&secret('1')) && world.read("b.env").contains(&secret('1')));
}

/// The others have the old pair by then: to end the new key by force takes nothing from them.
#[test]
fn a_rollback_does_not_revoke_what_a_file_may_hold_that_is_left_out_and_away() {
    let world = grace();
    assert_eq!(world.run(&[ROTATE, &["--to", "env:b.env"]].concat()).code, Some(0));
    move_file(&world, "b.env", "away.env");
    let left = format!("env:{}", world.path("b.env").display());
    assert_eq!(world.run(&[ROTATE, &["--without", &left]].concat()).code, Some(0));
    let live = world.live();
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert!(ran.code == Some(3) && ran.err.contains("was left out, is not there, and may hold SK.2"), "{ran}");
    assert_eq!(world.live(), live);
    assert!(world.read("repos.env").contains(&secret('1')), "{ran}");
    // What the hint says to type.
    let new = live.into_iter().find(|sid| *sid != key_sid('1')).unwrap();
    assert_eq!(world.run(&["keys", "revoke", "--force", "--yes", new.as_str()]).code, Some(0));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!((ran.code, world.live(), world.open()), (Some(0), vec![key_sid('1')], 0), "{ran}");
}

/// The old key is revoked, and what is sealed does not open.
fn locked() -> World {
    let world = grace();
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&[ROTATE, &["--now"]].concat());
    token_changed(world)
}

#[test]
fn a_sink_that_joins_after_the_revoke_gets_the_pair_of_the_one_that_is_left_out() {
    let world = locked();
    let left = sink(&world, "repos.env");
    let ran = world.run(&[ROTATE, &["--to", "env:b.env", "--without", &left]].concat());
    assert_eq!((ran.code, world.open()), (Some(0), 0), "{ran}");
    works(&world, "repos.env");
    works(&world, "b.env");
}

#[test]
fn a_line_that_cannot_be_obeyed_leaves_no_sink_out() {
    let world = locked();
    let (left, new, before) = (sink(&world, "repos.env"), world.read("repos.env"), journal(&world));
    world.file("repos.env", &env_text(&key('1')));
    let ran = world.run(&[ROTATE, &["--to", "env:b.env", "--without", &left]].concat());
    assert_eq!(ran.code, Some(5), "{ran}");
    assert_eq!(journal(&world), before);
    world.file("repos.env", &new);
    assert_eq!(world.run(&["rotation", "resume"]).code, Some(0));
    works(&world, "repos.env");
}
