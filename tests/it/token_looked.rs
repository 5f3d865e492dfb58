//! What an open rotation says of its sinks and its tokens is looked at first: files come back from backups, and other
//! hands delete, promote and replace.

use std::process::Stdio;
use std::time::Duration;

use twcred::model::Secret;
use twcred::sandbox::Stored;

use crate::profiles::{add_token, without_keyring};
use crate::support::{Ran, World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn run(world: &World, verb: &str, more: &[&str]) -> Ran {
    world.run(&[&["token", verb], FILE, more].concat())
}
/// Somebody promotes the secondary at Twilio.
fn promote(world: &World) {
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        account.token = account.secondary.take().unwrap().token;
    });
}

/// Somebody puts another token in force at Twilio.
fn replace(world: &World) -> String {
    let other = "f0e1d2c3".repeat(4);
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        (account.token, account.secondary) = (Stored::new(Secret::new(other.clone())), None);
    });
    other
}

fn staged() -> World {
    let world = world();
    let ran = run(&world, "create", &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world
}

fn spreading() -> World {
    let world = world();
    let ran = run(&world, "rotate", &["--yes", "--propagation", "1h"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world
}

fn with(name: &str, value: &str) -> String {
    format!("TWILIO_AUTH_TOKEN{name}={value}\n")
}

/// What is dead in the file is replaced at once, and not at the end of the propagation.
#[test]
fn a_backup_put_back_while_the_new_token_spreads() {
    let resume = ["rotation", "resume", "--yes", "--env-file", "repos.env"];
    let rotate = ["token", "rotate", "--env-file", "repos.env", "--yes"];
    let promote = ["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0s"];
    for args in [&resume[..], &rotate, &promote] {
        let world = spreading();
        let spread = world.read("repos.env");
        world.file("repos.env", &repos());
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.read("repos.env"), spread, "{ran}");
        assert!(ran.err.contains("wrote env:~/repos.env: the new token in force"), "{ran}");
        if args.contains(&"promote") {
            assert!(ran.err.contains("--propagation has no effect") && ran.err.contains("rotation retire"), "{ran}");
        }
        // From cron that is worth a line, and then there is nothing to say any more.
        world.file("repos.env", &repos());
        let told = run(&world, "rotate", &["--yes", "-q"]);
        assert!(told.code == Some(0) && !told.out.is_empty(), "{told}");
        let quiet = run(&world, "rotate", &["--yes", "-q"]);
        assert!(quiet.code == Some(0) && quiet.out.is_empty(), "{quiet}");
    }
}

/// An unknown value is left alone, nothing is said to be well, and what is said to type next helps.
#[test]
fn a_value_typed_over_while_the_new_token_spreads() {
    let world = spreading();
    let spread = world.read("repos.env");
    let (new, wrong) = (world.primary(), "9".repeat(32));
    let typed = spread.replace(&new, &wrong);
    world.file("repos.env", &typed);
    let ran = run(&world, "rotate", &["--yes"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.err.contains("hint: put the token before it (3eb1bd43; …_PREVIOUS or a backup has it)"), "{ran}");
    assert!(!ran.err.contains("nothing is lost; run the same command again"), "{ran}");
    assert_eq!(world.read("repos.env"), typed);
    world.file("repos.env", &typed.replace(&wrong, &token()));
    let ran = run(&world, "rotate", &["--yes"]);
    assert_eq!((ran.code, world.read("repos.env")), (Some(0), spread), "{ran}");
}

#[test]
fn a_time_that_an_open_rotation_keeps_is_told_from_the_one_it_keeps() {
    let world = staged();
    assert_eq!(run(&world, "promote", &["--yes", "--propagation", "1h"]).code, Some(0));
    let same = run(&world, "rotate", &["--yes", "--propagation", "1h"]);
    assert!(same.code == Some(0) && !same.err.contains("no effect"), "{same}");
    // What the create was begun with, and the promote did not keep.
    let other = run(&world, "rotate", &["--yes", "--propagation", "60s"]);
    assert!(other.code == Some(0) && other.err.contains("--propagation has no effect"), "{other}");
}

/// A second create puts the secondary back beside the token in force, before it says that it is there.
#[test]
fn create_looks_before_it_says_that_both_tokens_wait() {
    let world = staged();
    let both = world.read("repos.env");
    world.file("repos.env", &repos());
    let ran = run(&world, "create", &[]);
    assert!(ran.code == Some(0) && ran.out.contains("both work"), "{ran}");
    assert_eq!(world.read("repos.env"), both, "{ran}");
    // And so does a run that a check stops.
    world.file("repos.env", &repos());
    let ran = run(&world, "rotate", &["--check", "false"]);
    assert!(ran.code == Some(7) && ran.err.contains("every sink holds both tokens, and both work"), "{ran}");
    assert_eq!(world.read("repos.env"), both, "{ran}");
}

#[test]
fn a_value_typed_over_while_both_tokens_wait() {
    let world = staged();
    let both = world.read("repos.env");
    let typed = both.replace(&token(), &"9".repeat(32));
    world.file("repos.env", &typed);
    let ran = run(&world, "create", &[]);
    assert!(ran.code == Some(3) && ran.out.is_empty(), "{ran}");
    assert!(ran.err.contains("hint: put the token in force (3eb1bd43) back into TWILIO_AUTH_TOKEN there"), "{ran}");
    assert_eq!(world.read("repos.env"), typed);
    world.file("repos.env", &typed.replace(&"9".repeat(32), &token()));
    let ran = run(&world, "create", &[]);
    assert_eq!((ran.code, world.read("repos.env")), (Some(0), both), "{ran}");
}

#[test]
fn create_does_not_say_that_a_deleted_secondary_works() {
    let world = staged();
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().secondary = None);
    let ran = run(&world, "create", &[]);
    assert!(ran.code == Some(7) && ran.out.is_empty(), "{ran}");
    assert!(ran.err.contains("the new token does not work any more"), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (repos(), 0));
    // With the backup in its place it is not written again either.
    let world = staged();
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().secondary = None);
    world.file("repos.env", &repos());
    let ran = run(&world, "create", &[]);
    assert_eq!((ran.code, world.read("repos.env")), (Some(7), repos()), "{ran}");
}

/// What was promoted elsewhere is in force: the file's token is dead, and gets its successor.
#[test]
fn create_puts_in_force_what_was_promoted_elsewhere() {
    let world = staged();
    promote(&world);
    let ran = run(&world, "create", &[]);
    assert!(ran.code == Some(1) && ran.out.starts_with("the token 3eb1bd43 was replaced by"), "{ran}");
    let held = world.read("repos.env");
    assert!(held.contains(&with("", &world.primary())) && held.contains(&with("_PREVIOUS", &token())), "{held}");
}

/// After a promote there is nothing to delete, whoever promoted: nothing goes on without being asked.
#[test]
fn delete_stops_where_another_has_promoted() {
    for args in [
        &["token", "delete", "--env-file", "repos.env", "--yes"][..],
        &["rotation", "rollback", "--env-file", "repos.env", "--yes"],
    ] {
        let world = staged();
        let both = world.read("repos.env");
        promote(&world);
        for _ in 0..2 {
            let ran = world.run(args);
            assert!(ran.code == Some(2) && ran.out.is_empty(), "{ran}");
            assert!(ran.err.contains("twcred token promote --env-file repos.env"), "{ran}");
            assert_eq!(world.read("repos.env"), both, "{ran}");
        }
        let ran = run(&world, "promote", &["--yes", "--propagation", "0"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
        assert_eq!(world.sealed(), 0);
    }
}

#[test]
fn create_ends_before_the_check() {
    let world = world();
    let stopped = run(&world, "rotate", &["--check", "touch checked; false"]);
    assert_eq!(stopped.code, Some(7), "{stopped}");
    let hint = "hint: to go back instead: twcred token delete --env-file repos.env\n";
    assert!(stopped.err.contains(hint), "{stopped}");
    crate::support::remove(&world.path("checked"));
    let ran = run(&world, "create", &["--reveal"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.raw_out.contains(&world.secondary().unwrap()) && !world.path("checked").exists());
}

/// All that is sealed is dead, and every sink holds another token that is in force: the rotation has found its end.
#[test]
fn a_rotation_ends_where_another_token_is_in_force() {
    for beside in ["none", "previous", "both"] {
        for verb in ["rotate", "create", "promote"] {
            let world = spreading();
            let new = world.primary();
            let other = replace(&world);
            let own = repos().replace(&token(), &other);
            let held = match beside {
                "none" => own.clone(),
                "previous" => own.replace(&with("", &other), &(with("", &other) + &with("_PREVIOUS", &token()))),
                _ => own.replace(
                    &with("", &other),
                    &(with("", &other) + &with("_SECONDARY", &new) + &with("_PREVIOUS", &token())),
                ),
            };
            world.file("repos.env", &held);
            let ran = run(&world, verb, if verb == "create" { &[] } else { &["--yes"] });
            // What comes behind a create must not go on without a secondary.
            let exit = i32::from(verb == "create");
            assert_eq!(ran.code, Some(exit), "{beside}: {ran}");
            assert!(ran.out.contains("another token is in force"), "{ran}");
            assert_eq!((world.read("repos.env"), world.sealed()), (own, 0), "{beside}: {ran}");
            assert_eq!((world.primary(), world.secondary()), (other, None));
            let next = run(&world, "rotate", &["--yes", "--propagation", "0"]);
            assert_eq!(next.code, Some(0), "{next}");
            assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
        }
    }
}

/// Also for `rotation retire`; and where it is not proved, nothing ends and nothing is unsealed.
#[test]
fn another_token_is_in_force_only_if_twilio_says_so() {
    let retire = ["rotation", "retire", "--yes", "--env-file", "repos.env"];
    let world = spreading();
    world.file("repos.env", &repos().replace(&token(), &"9".repeat(32)));
    let ran = world.run(&retire);
    assert!(ran.code != Some(0) && world.sealed() == 2, "{ran}");
    assert!(!ran.err.contains("nothing is lost; run the same command again"), "{ran}");
    // A secondary in the place of the one in force is not in force.
    let other = "f0e1d2c3".repeat(4);
    world.sandbox.with_state(|state| {
        let created = twcred::cli::context::clock();
        let token = Stored::new(Secret::new(other.clone()));
        state.account_mut(&account_sid('a')).unwrap().secondary =
            Some(twcred::sandbox::SecondaryToken { token, created });
    });
    world.file("repos.env", &repos().replace(&token(), &other));
    let ran = world.run(&retire);
    assert!(ran.code != Some(0) && world.sealed() == 2, "{ran}");
    promote(&world);
    let ran = world.run(&retire);
    assert!(ran.code == Some(0) && ran.out.contains("another token is in force"), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (repos().replace(&token(), &other), 0));
}

/// The secret of the only sink is gone: an old copy of the file opens what is sealed, and everything ends well.
#[test]
fn a_profile_whose_token_is_gone_while_it_spreads() {
    let world = without_keyring(World::new());
    world.file("old.env", &repos());
    add_token(&world, "acme");
    let rotate = ["token", "rotate", "-p", "acme", "--yes"];
    let ran = world.run(&[&rotate[..], &["--propagation", "1h"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        crate::support::remove(&entry.unwrap().path());
    }
    let gone = world.run(&rotate);
    assert!(gone.code == Some(2) && gone.err.contains("hint: rotation rotation.id1 is open"), "{gone}");
    let words = "twcred token rotate --env-file FILE --without keyring:acme";
    assert!(gone.err.contains(words), "{gone}");
    let told = ["token", "rotate", "--env-file", "old.env", "--without", "keyring:acme", "--yes"];
    let ran = world.run(&told);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("old.env").contains(&with("", &world.primary())));
    assert_eq!(world.run(&["rotation", "retire", "--yes", "--env-file", "old.env"]).code, Some(0));
    let again = ["profile", "add", "acme", "--replace", "--env-file", "old.env", "--kind", "token", "--store", "file"];
    let ran = world.run(&again);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// What is said to type next is not the command that says it, and has what it needs.
#[test]
fn hints_name_another_command_than_the_one_that_gives_them() {
    let world = world();
    world.file("b.env", &repos());
    assert_eq!(run(&world, "create", &["--to", "env:b.env"]).code, Some(0));
    let aborted = world.run(&["rotation", "abort", "--yes", "--env-file", "repos.env"]);
    assert!(
        aborted.code == Some(2) && aborted.err.contains("hint: take it back all the same: twcred rotation rollback"),
        "{aborted}"
    );
    crate::support::remove(&world.path("b.env"));
    let away = run(&world, "rotate", &["--yes"]);
    assert!(away.code == Some(3), "{away}");
    assert!(away.err.contains("to go back instead: twcred token delete --env-file repos.env\n"), "{away}");
    let away = run(&world, "delete", &["--yes"]);
    assert!(away.code == Some(3) && !away.err.contains("to go back instead"), "{away}");
}

/// How long the old token stays is said once, and by whoever goes on it is kept: a sink that joins does not shorten it.
#[test]
fn a_time_that_was_given_stays_when_a_sink_joins() {
    let world = staged();
    world.file("b.env", &repos());
    assert_eq!(run(&world, "promote", &["--yes", "--propagation", "1h"]).code, Some(0));
    let ran = run(&world, "rotate", &["--yes", "--to", "env:b.env"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.out.contains("it is taken out of the sinks after"), "{ran}");
    assert!(["repos.env", "b.env"].iter().all(|name| world.read(name).contains("_PREVIOUS=")), "{ran}");
    assert_eq!(propagation(&world), 3600);
}

/// It counts from the moment it is given, also where the run that was given it is killed.
#[test]
fn a_time_that_a_killed_promote_was_given() {
    let world = staged();
    world.fault("hold-after=POST /v1/AuthTokens/Promote@1");
    let args = ["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "1h"];
    let mut child = world.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(world.sandbox.wait_held(Duration::from_secs(30)).is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    world.sandbox.release();
    let ran = world.run(&["rotation", "resume", "--yes"]);
    assert_eq!((ran.code, propagation(&world)), (Some(0), 3600), "{ran}");
    assert!(world.read("repos.env").contains("_PREVIOUS="), "{ran}");
}

/// The seconds between the switch and the clearing, as the journal has them.
fn propagation(world: &World) -> i64 {
    let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
    let text = std::fs::read_to_string(journal).unwrap();
    let line = text.lines().rfind(|line| line.contains("\"clear_at\"")).unwrap();
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    let at = |name: &str| record[name].as_str().unwrap().parse::<twcred::model::time::Timestamp>().unwrap().as_second();
    at("clear_at") - at("at")
}

/// Before the way back is entered, which has no turning, every sink is looked into.
#[test]
fn delete_changes_nothing_while_a_sink_is_gone() {
    let world = world();
    world.file("b.env", &repos());
    assert_eq!(run(&world, "create", &["--to", "env:b.env"]).code, Some(0));
    let (both, made) = (world.read("repos.env"), world.secondary());
    for gone in ["missing", "a folder"] {
        crate::support::remove(&world.path("b.env"));
        if gone != "missing" {
            std::fs::DirBuilder::new().create(world.path("b.env")).unwrap();
        }
        for args in [&["token", "delete", "--env-file", "repos.env", "--yes"][..], &["rotation", "rollback", "--yes"]] {
            let ran = world.run(args);
            assert!(ran.code != Some(0) && ran.out.is_empty(), "{gone}: {ran}");
            assert!(gone != "missing" || ran.code == Some(3) && ran.err.contains("b.env is not there"), "{ran}");
            assert_eq!((world.read("repos.env"), world.secondary()), (both.clone(), made.clone()), "{gone}: {ran}");
        }
        if gone != "missing" {
            std::fs::remove_dir(world.path("b.env")).unwrap();
        }
        world.file("b.env", &both);
    }
    // So it may still be promoted.
    let ran = run(&world, "promote", &["--yes", "--propagation", "0"]);
    assert_eq!((ran.code, world.read("b.env")), (Some(0), repos().replace(&token(), &world.primary())), "{ran}");
}

/// A secondary lives, and none of the tokens in hand is it.
#[test]
fn promote_says_of_a_foreign_secondary_what_is_known() {
    for known in [true, false] {
        let world = world();
        if known {
            world.file("other.env", &repos());
            let made = world.run(&["token", "create", "--env-file", "other.env", "--state-dir", "elsewhere"]);
            assert_eq!(made.code, Some(0), "{made}");
        }
        let held = repos() + &with("_SECONDARY", &"1".repeat(32));
        world.file("repos.env", &held);
        let ran = run(&world, "promote", &["--yes"]);
        assert_eq!((ran.code, world.read("repos.env")), (Some(1), held), "{ran}");
        assert!(!ran.err.contains("the account has no secondary"), "{ran}");
        assert!(ran.err.contains("none of the tokens in hand is the account's secondary Auth Token"), "{ran}");
        assert_eq!(ran.err.contains("which was made"), known, "{ran}");
        assert_eq!(ran.err.contains("hint: make one: twcred token create"), !known, "{ran}");
    }
}
