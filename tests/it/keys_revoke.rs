//! `twcred keys revoke` of a key that Twilio does not know in the account: gone for certain, or never there.

use insta::assert_snapshot;

use crate::support::family::{child, childs_key, family};
use crate::support::{World, add_key, env_text, key, key_sid};
use twcred::sandbox::Kind;

/// The key of a subaccount lives on, and a responder who forgot `--account` must not hear that it is gone.
#[test]
fn a_live_key_of_a_subaccount_is_not_called_gone() {
    let world = family(1);
    let sid = childs_key(0);
    let asked = ["keys", "revoke", sid.as_str(), "--yes"];
    assert_snapshot!(world.run(&asked), @r"
    exit: 1
    --- stderr
    error: the account AC.1.............................. has no key SK.1.............................., and may never have had it; nothing was revoked
    hint: it may live on in a subaccount: --account AC… names that; `twcred keys list --all-accounts` shows every key with its account
    hint: keys belong to one account and one region
    ");
    let ran = world.run(&[&asked[..], &["--json"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran}");
    let account = child(0);
    let revoke = [&asked[..], &["--account", account.as_str()]].concat();
    assert!(world.run(&revoke).out.contains("revoked"));
    // It was seen there and revoked, which is known here from now on: there, and nowhere else.
    let ran = world.run(&revoke);
    assert!(ran.code == Some(0) && ran.out.contains("already-gone"), "{ran}");
    let ran = world.run(&asked);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.err.contains("hint: it is known here as a key of AC."), "{ran}");
}

/// Nothing is revoked where one of several is not there.
#[test]
fn one_that_is_not_there_stops_the_others() {
    let world = family(1);
    let ran = world.run(&["keys", "revoke", key_sid('1').as_str(), childs_key(0).as_str(), "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.err.contains("nothing was revoked"), "{ran}");
    assert_eq!(world.live(), [key_sid('1')]);
}

/// A rotation that ended knows its old key as one of this account.
#[test]
fn a_key_that_a_rotation_revoked_is_gone() {
    let world = World::with(|state| add_key(state, 'a', '2', "sms", Kind::Standard, 10)).with_token();
    world.file("app.env", &env_text(&key('1')));
    let rotated = world.run(&["keys", "rotate", "--env-file", "app.env", "--now"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    let ran = world.run(&["keys", "revoke", key_sid('1').as_str(), "--yes"]);
    assert!(ran.code == Some(0) && ran.out.contains("already-gone"), "{ran}");
    // One that somebody else revoked before twcred ever saw it: whether it ever was there is not known.
    world.sandbox.with_state(|state| state.remove_key(&key_sid('2')).unwrap());
    let ran = world.run(&["keys", "revoke", key_sid('2').as_str(), "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran}");
}
