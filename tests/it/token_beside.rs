//! A configuration that cannot be used may name what uses the secondary: nothing is made, promoted or deleted without it.

use crate::config_file::{configured, own, set_mode};
use crate::support::evidence::Evidence;
use crate::support::{Ran, World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const TARGET: &str = "[targets.other]\nkind = \"auth-token\"\nenv-file = \"~/c.env\"\n";
const RENAMED: &str =
    "[targets.own]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsecondary-suffix = \"_NEXT\"\n";
const OWN: &str = ".config/twcred/twcred.toml";

fn run(world: &World, verb: &str, more: &[&str]) -> Ran {
    world.run(&[&["token", verb], FILE, more].concat())
}
fn holder(token: &str) -> String {
    format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={token}\n", account_sid('a'))
}

/// Stopped right before the secondary is deleted; then a file that only the configuration names begins to use it.
fn turning_back() -> (World, String) {
    let world = configured(TARGET);
    world.file("c.env", &holder(&token()));
    assert_eq!(run(&world, "create", &["--without", "env:c.env"]).code, Some(0));
    world.fault("drop-before=DELETE /v1/AuthTokens/Secondary@1x*");
    let stopped = world.run(DELETE);
    assert_eq!(stopped.code, Some(5), "{stopped}");
    world.sandbox.clear_faults();
    let made = world.secondary().unwrap();
    world.file("c.env", &holder(&made));
    (world, made)
}

#[test]
fn the_way_back_looks_where_the_configuration_leads() {
    let resume: &[&str] = &["rotation", "resume"];
    let check: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--check", "true"];
    let promote: &[&str] = &["token", "promote", "--env-file", "repos.env", "--yes"];
    let create: &[&str] = &["token", "create", "--env-file", "repos.env"];
    let rollback: &[&str] = &["rotation", "rollback", "--yes"];
    let (world, made) = turning_back();
    for broken in ["typo", "mode"] {
        own(&world, TARGET);
        if broken == "typo" {
            own(&world, "[targets");
        } else {
            set_mode(&world.path(OWN), 0o666);
        }
        for args in [resume, check, promote, create, rollback, DELETE] {
            let ran = world.run(args);
            assert_eq!(world.secondary().as_deref(), Some(made.as_str()), "{broken} {args:?}: {ran}");
            assert_eq!((ran.code, world.sealed()), (Some(2), 2), "{broken} {args:?}: {ran}");
            assert!(ran.err.contains("hint: or, if nothing that it names does, go on without it: --config"), "{ran}");
        }
    }
    own(&world, TARGET);
    set_mode(&world.path(OWN), 0o600);
    for args in [resume, check, promote, create] {
        let held = world.run(args);
        assert!(held.code == Some(3) && held.err.contains("is still held: c.env:2"), "{args:?}: {held}");
    }
    world.file("c.env", &holder(&token()));
    let ran = world.run(resume);
    assert_eq!((ran.code, world.secondary(), world.read("repos.env")), (Some(0), None, repos()), "{ran}");
}

/// A create without an answer is settled by deleting what nobody holds: who that is, the configuration tells.
#[test]
fn a_lost_create_is_not_deleted_without_the_configuration() {
    let world = configured(TARGET);
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@2x*");
    assert_eq!(run(&world, "create", &[]).code, Some(5));
    world.sandbox.clear_faults();
    let made = world.secondary().unwrap();
    world.file("c.env", &holder(&made));
    own(&world, "[targets");
    for args in [&["token", "create", "--env-file", "repos.env"][..], &["rotation", "resume", "--yes"], DELETE] {
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary().as_deref()), (Some(2), Some(made.as_str())), "{args:?}: {ran}");
    }
}

/// Once the token is promoted there is nothing to be looked for: the rotation comes to its end.
#[test]
fn after_the_promote_the_configuration_is_in_nobodys_way() {
    let world = configured(TARGET);
    assert_eq!(run(&world, "rotate", &["--yes", "--propagation", "1h"]).code, Some(0));
    let spread = world.read("repos.env");
    own(&world, "[targets");
    for verb in ["create", "rotate", "promote"] {
        world.file("repos.env", &repos());
        let ran = run(&world, verb, if verb == "create" { &[] } else { &["--yes"] });
        // It has to leave a secondary, and there is none.
        let code = i32::from(verb == "create");
        assert_eq!((ran.code, world.read("repos.env")), (Some(code), spread.clone()), "{verb}: {ran}");
    }
    assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
}

/// By which names the tokens stand, the configuration tells as well.
#[test]
fn nothing_is_made_without_a_configuration_that_can_be_read() {
    let world = configured(RENAMED);
    own(&world, &format!("{RENAMED}typo\n"));
    let before = Evidence::of(&world);
    for args in [&["create"][..], &["create", "--reveal"], &["promote", "--yes"], &["rotate", "--yes"]] {
        let ran = run(&world, args[0], &args[1..]);
        assert!(ran.code == Some(2) && ran.out.is_empty(), "{args:?}: {ran}");
        assert_eq!(Evidence::of(&world), before, "{args:?}: {ran}");
    }
    own(&world, RENAMED);
    let ran = run(&world, "create", &[]);
    assert!(ran.code == Some(0) && world.read("repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="), "{ran}");
}
