//! What happens to a profile while a question about it is open at a terminal.

use twcred::sandbox::Kind;

use crate::profiles::{add_key, add_token, without_keyring};
use crate::support::{World, account_sid, add_key as seed, key_sid, secret};

const QUESTION: &str = "[y/N]";

/// A profile with a Standard key, and one with the account's token, which is active.
fn world() -> World {
    let world = without_keyring(World::with(|state| seed(state, 'a', '2', "other", Kind::Standard, 10)));
    add_token(&world, "admin");
    add_key(&world, "shop", '1');
    world
}

fn done(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Whether the secret that a profile leads to is there and works.
fn works(world: &World, name: &str) -> bool {
    world.run(&["whoami", "-p", name]).code == Some(0)
}

/// A rotation that begins and ends while the question is open leaves the profile with the only copy of the new secret.
#[test]
fn a_key_that_was_rotated_during_the_question_is_not_removed() {
    let world = world();
    let rotate = || done(&world, &["keys", "rotate", "-p", "shop", "--now"]);
    let Some((code, said)) = world.asked(&["profile", "remove", "shop"], QUESTION, rotate, "y") else { return };
    assert!(works(&world, "shop"), "{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    assert!(said.contains("hint: look at it, then run again: twcred profile show shop"), "{said}");
}

#[test]
fn a_rotation_that_was_begun_during_the_question_stops_the_removal() {
    let world = world();
    let rotate = || done(&world, &["keys", "rotate", "-p", "shop"]);
    let Some((code, said)) = world.asked(&["profile", "remove", "shop"], QUESTION, rotate, "y") else { return };
    assert!(works(&world, "shop"), "{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
}

#[test]
fn a_token_that_was_rotated_during_the_question_is_not_removed() {
    let world = world();
    let rotate = || done(&world, &["token", "rotate", "-p", "admin", "--yes", "--propagation", "0s"]);
    let Some((code, said)) = world.asked(&["profile", "remove", "admin"], QUESTION, rotate, "y") else { return };
    assert!(works(&world, "admin"), "{said}");
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn a_profile_that_nothing_happened_to_is_removed() {
    let world = world();
    let Some((code, said)) = world.asked(&["profile", "remove", "shop"], QUESTION, || {}, "y") else { return };
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(world.run(&["profile", "show", "shop"]).code, Some(2));
}

/// The replacement would be put over the only copy of the secret that the rotation made.
#[test]
fn a_key_that_was_rotated_while_another_secret_was_typed_is_not_replaced() {
    let world = world();
    let (account, other) = (account_sid('a'), key_sid('2'));
    let add = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", other.as_str()];
    let rotate = || done(&world, &["keys", "rotate", "-p", "shop", "--now"]);
    let Some((code, said)) = world.asked(&add, "Secret of ", rotate, &secret('2')) else { return };
    assert!(works(&world, "shop"), "{said}");
    let shown = world.run(&["profile", "show", "shop"]);
    assert!(!shown.raw_out.contains(other.as_str()), "{shown}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the profile was not kept"), "{said}");
}

/// A key that a profile took while the question was open would be dead in it.
#[test]
fn a_key_that_a_profile_took_during_the_question_is_not_revoked() {
    let world = world();
    let doomed = key_sid('2');
    let take = || add_key(&world, "late", '2');
    let revoke = ["keys", "revoke", doomed.as_str(), "-p", "admin"];
    let Some((code, said)) = world.asked(&revoke, QUESTION, take, "y") else { return };
    assert!(world.live().contains(&doomed), "{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("profile late") && said.contains("nothing was revoked"), "{said}");
}

/// With --force too: what the answer was about is not what would be done.
#[test]
fn a_key_that_a_profile_took_during_the_question_is_not_revoked_by_force() {
    let world = world();
    let doomed = key_sid('2');
    let take = || add_key(&world, "late", '2');
    let revoke = ["keys", "revoke", doomed.as_str(), "--force", "-p", "admin"];
    let Some((code, said)) = world.asked(&revoke, QUESTION, take, "y") else { return };
    assert!(world.live().contains(&doomed), "{said}");
    assert_eq!(code, Some(1), "{said}");
    // Nothing has changed since this one was asked.
    let Some((code, said)) = world.asked(&revoke, QUESTION, || {}, "y") else { return };
    assert!(code == Some(0) && !world.live().contains(&doomed), "{said}");
}
