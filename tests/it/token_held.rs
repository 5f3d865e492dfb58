//! The token in force is in a place that somebody reads before what is sealed of it goes, and a sink that is named again
//! after it was left out gets the new one.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use insta::assert_snapshot;

use crate::config_file::configured;
use crate::sinks_contract::fixture;
use crate::support::{World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn with<'a>(verb: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [verb, FILE, more].concat()
}
fn wrong() -> String {
    "9".repeat(32)
}

fn replace(world: &World, from: &str, to: &str) {
    let text = world.read("repos.env");
    assert!(text.contains(from));
    world.file("repos.env", &text.replace(from, to));
}

/// The new token is in force, and the old one beside it.
fn spreading() -> World {
    let world = world();
    let ran = world.run(&with(&["token", "rotate"], &["--yes", "--propagation", "1h"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    world
}

#[test]
fn what_is_sealed_stays_until_a_sink_holds_it() {
    let world = spreading();
    let new = world.primary();
    replace(&world, &new, &wrong());
    let retire = with(&["rotation", "retire"], &["--yes"]);
    assert_snapshot!(world.run(&retire).briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: no sink holds the token in force any more: what is sealed may be its only copy (65177d58)
    hint: nothing was taken out: the token in force stays sealed, and the one before it, …_PREVIOUS, opens it
    hint: put the one before it into TWILIO_AUTH_TOKEN there, and run the same command again: the token in force takes its place
    hint: or name a file that holds the one before it: twcred token rotate --env-file FILE
    ");
    assert_eq!(world.sealed(), 2);
    assert!(world.read("repos.env").contains(&format!("TWILIO_AUTH_TOKEN_PREVIOUS={}\n", token())));
    // What the hint says.
    replace(&world, &wrong(), &token());
    let ran = world.run(&retire);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &new));
    assert_eq!(world.sealed(), 0);
}

/// The lines are gone from the sink, and the run has its token from an old copy.
#[test]
fn an_old_copy_is_no_sink() {
    let world = spreading();
    world.file("old.env", &repos());
    let kept: Vec<String> =
        world.read("repos.env").lines().filter(|line| !line.contains("AUTH_TOKEN")).map(str::to_owned).collect();
    world.file("repos.env", &kept.join("\n"));
    let ran = world.run(&["rotation", "retire", "--yes", "--env-file", "old.env"]);
    assert!(ran.code == Some(3) && ran.err.contains("what is sealed may be its only copy"), "{ran}");
    assert_eq!(world.sealed(), 2);
    let ran = world.run(&["token", "rotate", "--env-file", "old.env", "--yes", "--propagation", "0"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("old.env"), repos().replace(&token(), &world.primary()));
}

/// Somebody has promoted another since: what is sealed is dead, and the file holds the one in force.
#[test]
fn another_that_is_in_force_will_do() {
    let world = spreading();
    let new = world.primary();
    world.sandbox.with_state(|state| {
        let token = twcred::sandbox::Stored::new(twcred::model::Secret::new("f0e1d2c3".repeat(4)));
        state.account_mut(&account_sid('a')).unwrap().token = token;
    });
    let retire = with(&["rotation", "retire"], &["--yes"]);
    let stopped = world.run(&retire);
    assert!(stopped.code == Some(3) && world.sealed() == 2, "{stopped}");
    replace(&world, &new, &world.primary());
    let ran = world.run(&retire);
    assert!(ran.code == Some(0) && world.sealed() == 0, "{ran}");
}

#[test]
fn on_the_way_back_the_old_one_is_held() {
    let world = world();
    assert_eq!(world.run(&with(&["token", "create"], &[])).code, Some(0));
    let new = world.secondary().unwrap();
    replace(&world, &token(), &wrong());
    let delete = with(&["token", "delete"], &["--yes"]);
    assert_snapshot!(world.run(&delete).briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: no sink holds the token in force any more: what is sealed may be its only copy (3eb1bd43)
    hint: nothing was taken out: the token in force stays sealed, and the secondary, …_SECONDARY, opens it
    hint: put the secondary into TWILIO_AUTH_TOKEN there, and run the same command again: the token in force takes its place
    ");
    assert_eq!((world.sealed(), world.secondary()), (2, Some(new.clone())));
    assert!(world.read("repos.env").contains(&format!("TWILIO_AUTH_TOKEN_SECONDARY={new}\n")));
    // What the hint says.
    replace(&world, &wrong(), &new);
    let ran = world.run(&delete);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), repos());
    assert_eq!((world.sealed(), world.secondary(), world.primary()), (0, None, token()));
}

/// What is promoted by hand while it is to be taken back stays in force, and the next promote has the file follow.
#[test]
fn on_the_way_back_one_that_was_promoted_by_hand_stays() {
    let world = world();
    let staged = world.run(&with(&["token", "rotate"], &["--check", "false", "--propagation", "0"]));
    assert_eq!(staged.code, Some(7), "{staged}");
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        account.token = account.secondary.take().unwrap().token;
    });
    let ran = world.run(&with(&["token", "delete"], &["--yes"]));
    assert!(ran.code == Some(2) && ran.err.contains("there is nothing to delete"), "{ran}");
    let ran = world.run(&with(&["token", "promote"], &["--yes"]));
    assert!(ran.code == Some(0) && ran.out.contains("was replaced by"), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
    assert_eq!(world.sealed(), 0);
}

#[test]
fn a_program_that_is_named_again_gets_the_new_token() {
    let world = world();
    symlink(fixture("sink.sh"), world.path("kept")).unwrap();
    world.file("kept.tokens", &format!("{{\"auth_token\":\"{}\"}}", token()));
    let script = "#!/bin/sh\ninput=$(cat)\ncase $input in *'\"store-tokens\"'*) [ ! -e \"$0.down\" ] || exit 1 ;; esac\n\
                  printf '%s\\n' \"$input\" | \"${0%/*}/kept\"\n";
    let put = world.file("put", script);
    File::open(&put).unwrap().set_permissions(Permissions::from_mode(0o755)).unwrap();
    let down = world.file("put.down", "");
    let to = ["--to", "exec:./put"];
    let create = world.run(&with(&["token", "create"], &to));
    assert_eq!(create.code, Some(5), "{create}");
    let name = format!("exec:{}", put.display());
    let create = world.run(&with(&["token", "create"], &["--without", &name]));
    assert_eq!(create.code, Some(0), "{create}");
    crate::support::remove(&down);
    let more = [&to[..], &["--yes", "--propagation", "0"]].concat();
    let ran = world.run(&with(&["token", "promote"], &more));
    assert_eq!(ran.code, Some(0), "{ran}");
    let held = world.read("kept.tokens");
    assert!(held.contains(&world.primary()) && !held.contains(&token()), "{ran}");
}

/// A file that was left out and holds the old token is seen by the gate; named again, it gets the new one.
#[test]
fn a_file_that_was_left_out_is_seen_and_may_come_back() {
    let world = world();
    world.private("app.json", &format!("{{\"account_sid\":\"{}\",\"auth_token\":\"{}\"}}", account_sid('a'), token()));
    let name = format!("json:{}", world.path("app.json").display());
    assert_eq!(world.run(&with(&["token", "create"], &["--to", &name])).code, Some(0));
    assert_eq!(world.run(&with(&["token", "create"], &["--without", &name])).code, Some(0));
    let checked = ["--check", "true", "--propagation", "0"];
    let stopped = world.run(&with(&["token", "rotate"], &checked));
    assert!(stopped.code == Some(3) && stopped.err.contains("where nothing replaces it: app.json"), "{stopped}");
    assert_eq!(world.primary(), token());
    let ran = world.run(&with(&["token", "rotate"], &[&checked[..], &["--to", &name]].concat()));
    assert_eq!(ran.code, Some(0), "{ran}");
    let held = world.read("app.json");
    assert!(held.contains(&world.primary()) && !held.contains("secondary"), "{ran}");
}

/// That of an earlier rotation, which was taken back, is seen too.
#[test]
fn a_file_that_was_left_out_earlier_is_seen() {
    let world = world();
    world.private("app.json", &format!("{{\"account_sid\":\"{}\",\"auth_token\":\"{}\"}}", account_sid('a'), token()));
    let name = format!("json:{}", world.path("app.json").display());
    assert_eq!(world.run(&with(&["token", "create"], &["--to", &name])).code, Some(0));
    assert_eq!(world.run(&with(&["token", "create"], &["--without", &name])).code, Some(0));
    assert_eq!(world.run(&with(&["token", "delete"], &["--yes"])).code, Some(0));
    let stopped = world.run(&with(&["token", "rotate"], &["--check", "true", "--propagation", "0"]));
    assert!(stopped.code == Some(3) && stopped.err.contains("where nothing replaces it: app.json"), "{stopped}");
    assert_eq!(world.primary(), token());
}

/// Without the only sink nothing is unsealed; named again, it is the sink.
#[test]
fn the_only_sink_left_out_after_the_promote_comes_back() {
    let world = spreading();
    let name = format!("env:{}", world.path("repos.env").display());
    let rotate = with(&["token", "rotate"], &["--yes", "--propagation", "0"]);
    let without = world.run(&[&rotate[..], &["--without", &name]].concat());
    assert!(without.code == Some(2) && world.sealed() == 2, "{without}");
    let ran = world.run(&rotate);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
    assert_eq!(world.sealed(), 0);
}

/// The same for a key: what is named again has the new pair before the old key is revoked.
#[test]
fn a_file_that_is_named_again_gets_the_new_key() {
    let world = world();
    let rotate = |more: &[&str]| {
        let ran = world.run(&with(&["keys", "rotate", "--var", "TWILIO_API_KEY", "--yes"], more));
        assert_eq!(ran.code, Some(0), "{ran}");
    };
    let name = format!("json:{}", world.path("keys.json").display());
    rotate(&["--now", "--to", &name]);
    let old = world.read("keys.json");
    rotate(&["--grace", "1h"]);
    let new = world.read("keys.json");
    assert_ne!(old, new);
    rotate(&["--without", &name]);
    world.file("keys.json", &old);
    rotate(&["--to", &name, "--now"]);
    assert_eq!(world.read("keys.json"), new);
}

/// An age that is not known is over any age of nothing, by the flag and by the configuration.
#[test]
fn an_unknown_age_is_over_no_age_at_all() {
    const TOKEN: &str = "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\ncheck = \"true\"\n\
                         propagation = \"0\"\nmax-age = \"90d\"\n";
    let world = configured(TOKEN);
    assert_snapshot!(world.run(&["token", "rotate", "token"]).briefly(), @r"
    exit 1
    error: target token stopped
      because: nothing tells how old the Auth Token is: no rotation of it is in the journal, and Twilio's events tell of no promotion
    hint: rotate it once whatever its age, with --max-age 0s, also where the configuration says max-age: then the journal tells
    ");
    assert_eq!(world.primary(), token());
    let ran = world.run(&["token", "rotate", "token", "--max-age", "0s"]);
    assert!(ran.code == Some(0) && world.primary() != token(), "{ran}");
    let ran = world.run(&["token", "rotate", "token"]);
    assert!(ran.code == Some(0) && ran.out.contains("is not due before"), "{ran}");
    let fresh = configured(&TOKEN.replace("90d", "0s"));
    let ran = fresh.run(&["token", "rotate", "--all"]);
    assert!(ran.code == Some(0) && fresh.primary() != token(), "{ran}");
}
