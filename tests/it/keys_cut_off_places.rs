//! A key whose create was cut off, and places that hold it, or may.

use twcred::model::Credential;

use crate::config_file::own;
use crate::keys_cut_off::{CREATE, after, cut_off, holds, keys, typed, unnamed};
use crate::promise::move_file;
use crate::support::{World, account_sid, env_text};

#[test]
fn a_key_that_a_rotation_replaces_meanwhile_keeps_its_grace() {
    let world = World::new().with_token();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    assert_eq!(world.run(CREATE).code, Some(5));
    let old = keys(&world, &account_sid('a')).remove(0).1;
    let rotated = world.run(&["keys", "rotate", "--env-file", "new.env"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    assert!(!holds(&world, "new.env", &old), "{rotated}");
    let other = world.run(&["keys", "create", "other", "--to", "env:other.env"]);
    assert_eq!(other.code, Some(0), "{other}");
    assert!(world.live().contains(&old), "in its grace the old key may be in use: {other}");
    let ran = world.run(&["keys", "rotate", "--env-file", "new.env", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!world.live().contains(&old));
    assert_eq!(world.run(&["keys", "create", "third", "--to", "env:third.env"]).code, Some(0));
    assert_eq!(world.creates(), [""; 0]);
    let mut names: Vec<String> = keys(&world, &account_sid('a')).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["ci", "other", "third"]);
}

#[test]
fn a_key_that_stands_where_the_configuration_names_a_place_is_not_revoked() {
    let world = cut_off();
    let sid = keys(&world, &account_sid('a')).remove(0).1;
    world.file("kept.env", &env_text(&Credential::ApiKey { account: account_sid('a'), pair: world.pair(&sid) }));
    own(&world, "[targets.kept]\nenv-file = \"~/kept.env\"\n");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.err.contains("is live and may be held by kept.env:"), "{ran}");
    assert_eq!(keys(&world, &account_sid('a')).len(), 1);
}

#[test]
fn a_key_whose_file_was_moved_is_not_revoked_when_another_pair_stands_in_its_place() {
    let (world, sid) = unnamed(&["env:one.env"]);
    move_file(&world, "one.env", "app.env");
    // It is told of, and the same line makes another key for the same file.
    let ran = world.run(&["keys", "create", "ci", "--to", "env:one.env"]);
    assert!(ran.code == Some(0) && ran.err.contains("is live and may be held by env:"), "{ran}");
    let ran = world.run(&["rotation", "resume"]);
    assert!(ran.code == Some(3) && ran.out.contains("is live, and may be held by env:"), "{ran}");
    assert!(keys(&world, &account_sid('a')).iter().any(|(_, live)| *live == sid));
}

#[test]
fn a_create_is_not_done_while_one_of_its_sinks_holds_another_pair() {
    let (world, sid) = unnamed(&["env:one.env", "env:two.env"]);
    world.file("two.env", &crate::support::env_text(&crate::support::key('1')));
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(typed(&world, after(&ran.raw_err, "to keep it: ")).status.success());
    let ran = world.run(&["keys", "create", "ci", "--to", "env:one.env", "--to", "env:two.env"]);
    assert!(ran.code != Some(0) && !ran.out.contains("stored in"), "{ran}");
    assert_eq!(keys(&world, &account_sid('a')), [("ci".to_owned(), sid)]);
}

#[test]
fn a_key_that_a_broken_journal_may_speak_of_is_not_revoked() {
    let world = cut_off();
    world.file(".local/state/twcred/rotations/070707070707.jsonl", "not a journal\n");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(keys(&world, &account_sid('a')).len(), 1, "{ran}");
}

#[test]
fn a_rotation_leaves_no_sink_of_a_cut_off_create_with_a_dead_pair() {
    let (world, _) = unnamed(&["env:one.env", "env:two.env"]);
    let ran = world.run(&["keys", "rotate", "--env-file", "one.env", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let live = keys(&world, &account_sid('a'));
    assert_eq!(live.len(), 1);
    assert!(holds(&world, "one.env", &live[0].1) && holds(&world, "two.env", &live[0].1), "{ran}");
}
