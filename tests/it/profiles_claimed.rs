//! The names of profiles that a `keys create` which was cut off has in its hands.

use std::process::Command;

use twcred::sandbox::Moment;

use crate::keys_cut_off::{CREATE, kill};
use crate::support::{Ran, World, account_sid, repos, token};

/// A create that was killed at an exchange, as if it had been one into a profile.
fn cut_off(n: u64) -> World {
    let world = World::new().with_token();
    kill(&world, CREATE, n, Moment::After);
    change(&world, &format!("env:{}", world.path("new.env").display()), "keyring:ci");
    world
}

/// Changes the journal of the create.
fn change(world: &World, what: &str, into: &str) {
    for entry in std::fs::read_dir(world.state_dir().join("creates")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(what), "{what} in {text}");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.replace(what, into).as_bytes())
            .unwrap();
    }
}

fn add(world: &World, name: &str) -> Ran {
    let account = account_sid('a');
    world.run_with(&["profile", "add", name, "--store", "file", "--account", account.as_str()], &token())
}

/// Before Twilio has answered no store was told anything.
#[test]
fn a_create_that_was_never_answered_takes_no_name() {
    let world = cut_off(1);
    assert_eq!(world.creates().len(), 1);
    let ran = add(&world, "ci");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&["profile", "remove", "ci", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_name_is_not_given_away_before_its_create_is_settled() {
    let world = cut_off(2);
    world.file("repos.env", &repos());
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--to", "keyring:ci"];
    let live = world.live();
    for ran in [add(&world, "ci"), world.run(&rotate)] {
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.err.contains("an unfinished `keys create 'ci'` writes the profile `ci`"), "{ran}");
        assert!(ran.err.contains("hint: settle it first: twcred rotation resume"), "{ran}");
    }
    assert_eq!(world.live(), live);
    let ran = add(&world, "other");
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Nothing can be settled there any more, and what is typed instead helps.
#[test]
fn a_create_of_a_twilio_that_is_no_more_can_be_given_up() {
    let world = cut_off(2);
    let here = world.sandbox.url().trim_start_matches("http://").to_owned();
    change(&world, &here, "127.0.0.1:1");
    let ran = add(&world, "ci");
    assert_eq!(ran.code, Some(1), "{ran}");
    let hint = ran.raw_err.lines().find(|line| line.contains("settle it at 127.0.0.1:1: twcred rotation resume"));
    let (_, line) = hint.and_then(|hint| hint.split_once("if that is no more: ")).unwrap_or_else(|| panic!("{ran}"));
    assert!(Command::new("/bin/sh").args(["-c", line]).status().unwrap().success(), "{line}");
    let ran = add(&world, "ci");
    assert_eq!(ran.code, Some(0), "{ran}");
}
