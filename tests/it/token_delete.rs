//! What takes a secondary token away looks wherever this machine knows of: what something uses is not deleted.

use insta::assert_snapshot;
use twcred::sandbox::Moment;

use crate::profiles::without_keyring;
use crate::support::{World, account_sid, json_app, repos, token};

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];

fn world() -> World {
    let world = without_keyring(World::new());
    world.file("repos.env", &repos());
    world
}
fn created(world: &World) -> String {
    let ran = world.run(CREATE);
    assert_eq!(ran.code, Some(0), "{ran}");
    world.secondary().unwrap()
}

/// It is no sink of the open rotation, and goes on with the token that would be gone. Nothing is begun that has no turning:
/// the token may still be put in force.
#[test]
fn a_place_that_is_named_is_looked_into_while_a_rotation_is_open() {
    let world = world();
    let made = created(&world);
    let before = world.read("repos.env");
    world.file("app.json", &json_app(&made));
    let ran = world.run(&[DELETE, &["--to", "json:app.json"]].concat());
    assert_eq!(world.secondary().as_ref(), Some(&made), "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: the secondary token is still held: app.json#/auth_token
    hint: nothing was deleted; take it out there, and run again
    ");
    assert_eq!((world.read("repos.env"), world.read("app.json")), (before, json_app(&made)));
    let ran = world.run(&["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &made));
}

/// Nobody names it: a target of the configuration, an earlier rotation or the file of profiles does.
#[test]
fn a_place_that_is_known_is_looked_into_while_a_rotation_is_open() {
    for way in [DELETE, ROLLBACK] {
        let world = world();
        let made = created(&world);
        world.file("app.json", &json_app(&made));
        let target = "[targets.app]\nkind = \"auth-token\"\nsinks = [\"json:~/app.json\"]\n";
        let account = format!("account = \"{}\"\n", account_sid('a'));
        let config = world.private("twcred.toml", &format!("{target}{account}"));
        let ran = world.run(&[way, &["--config", "twcred.toml"]].concat());
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: app.json#/auth_token"), "{ran}");
        crate::support::remove(&config);

        let ran = world
            .run_with(&["profile", "add", "other", "--store", "file", "--account", account_sid('a').as_str()], &made);
        assert_eq!(ran.code, Some(0), "{ran}");
        let ran = world.run(way);
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: profile other ("), "{ran}");
        assert_eq!(world.run(&["profile", "remove", "other", "--yes"]).code, Some(0));

        let ran = world.run(way);
        assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
        assert_eq!(world.read("repos.env"), repos());
    }
}

#[test]
fn a_place_of_an_earlier_rotation_is_looked_into_while_one_is_open() {
    for way in [DELETE, ROLLBACK] {
        let world = world();
        world.file("app.json", &json_app(&token()));
        assert_eq!(world.run(&[CREATE, &["--to", "json:app.json"]].concat()).code, Some(0));
        assert_eq!(world.run(DELETE).code, Some(0));
        // It is out of the next one, and is put back into use behind its back.
        world.file("app.json", &json_app(&"9".repeat(32)));
        let made = created(&world);
        world.file("app.json", &json_app(&made));
        let ran = world.run(way);
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: app.json#/auth_token"), "{ran}");
    }
}

/// Left out by the user's word, it may be left with a dead secondary, and not with a dead token in force.
#[test]
fn a_place_that_was_left_out_and_uses_it_is_seen() {
    let world = world();
    world.file("app.json", &json_app(&token()));
    let name = format!("json:{}", world.path("app.json").display());
    assert_eq!(world.run(&[CREATE, &["--to", &name]].concat()).code, Some(0));
    assert_eq!(world.run(&[CREATE, &["--without", &name]].concat()).code, Some(0));
    let made = world.secondary().unwrap();
    let staged = world.read("app.json");
    world.file("app.json", &json_app(&made));
    let ran = world.run(DELETE);
    assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
    assert!(ran.err.contains("is still held: app.json#/auth_token"), "{ran}");
    world.file("app.json", &staged);
    let ran = world.run(DELETE);
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
}

/// Where it only waits, it is taken out, as it is without a journal.
#[test]
fn a_named_place_where_it_waits_is_cleared() {
    let world = world();
    created(&world);
    world.file("copy.env", &world.read("repos.env"));
    let ran = world.run(&[DELETE, &["--to", "env:copy.env"]].concat());
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
    assert_eq!((world.read("repos.env"), world.read("copy.env")), (repos(), repos()));
}

/// Sealed, and not verified yet: no sink has it, and somebody took it all the same.
#[test]
fn a_rotation_that_is_given_up_looks_too() {
    let world = (1..20).find_map(|n| {
        let world = world();
        world.sandbox.hold(n, Moment::Before);
        world.killed(CREATE);
        let shown = world.run(&["rotation", "show"]);
        shown.out.contains("verifying").then_some(world)
    });
    let world = world.expect("no run was killed between the sealing and the first try");
    let made = world.secondary().unwrap();
    world.file("app.json", &json_app(&made));
    let target = "[targets.app]\nkind = \"auth-token\"\nsinks = [\"json:~/app.json\"]\n";
    world.private("twcred.toml", &format!("{target}account = \"{}\"\n", account_sid('a')));
    let abort = ["rotation", "abort", "--yes", "--config", "twcred.toml"];
    let ran = world.run(&abort);
    assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
    crate::support::remove(&world.path("app.json"));
    let ran = world.run(&abort);
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
}

/// A create without an answer, and by the user's word whatever there is is to go: a named place is looked into.
#[test]
fn a_lost_create_is_not_deleted_from_under_a_named_place() {
    let world = world();
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    world.fault("refuse:401/70051=GET /v1/Events@1x*");
    assert_eq!(world.run(CREATE).code, Some(3));
    world.sandbox.clear_faults();
    let made = world.secondary().unwrap();
    world.file("app.json", &json_app(&made));
    let ran = world.run(&[DELETE, &["--to", "json:app.json"]].concat());
    assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
    assert!(ran.err.contains("app.json#/auth_token"), "{ran}");
}
