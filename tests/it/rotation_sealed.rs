//! What an open rotation has sealed opens with the credential that began it, also once twcred itself has put another in the
//! place of that: the token of a main account, or a key that is rotated itself.

use insta::assert_snapshot;
use twcred::model::{Credential, Policy, Secret};
use twcred::sandbox::{Kind, Stored};

use crate::profiles::{add_key, add_token, without_keyring};
use crate::support::family::{add_children, child, childs_key};
use crate::support::{World, account_sid, env_text, key, key_sid, remove, secret, token};

/// A subaccount's key in the grace of its rotation, begun with the token of the main account, which is in a profile.
fn child_in_grace() -> (World, String) {
    let world = without_keyring(World::with(|state| add_children(state, 1)));
    add_token(&world, "main");
    let pair = Credential::ApiKey { account: child(0), pair: world.pair(&childs_key(0)) };
    let text = env_text(&pair);
    world.private("child.env", &text);
    let ran = world.run(&of_child(&["keys", "rotate", "--env-file", "child.env"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    (world, text)
}

fn of_child<'a>(args: &[&'a str]) -> Vec<&'a str> {
    // The account is the same for every test.
    static CHILD: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let child = CHILD.get_or_init(|| child(0).to_string());
    [args, &["--profile", "main", "--account", child.as_str()]].concat()
}

fn rotate_token(world: &World) {
    let ran = world.run(&["token", "rotate", "-p", "main", "--yes", "--propagation", "0"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Every secret goes out of the file, as an editor's slip takes it.
fn blank(world: &World, file: &str) {
    let text = world.read(file);
    let lines = text.lines().map(|line| match line.split_once('=') {
        Some((name, _)) if name != "TWILIO_ACCOUNT_SID" => format!("{name}=\n"),
        _ => format!("{line}\n"),
    });
    let text: String = lines.collect();
    let seen = twcred::store::file::read(&world.path(file)).unwrap();
    twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
}

#[test]
fn a_subaccounts_rotation_is_rolled_back_after_the_token_that_began_it_was_rotated() {
    let (world, text) = child_in_grace();
    rotate_token(&world);
    let ran = world.run(&of_child(&["rotation", "rollback", "--yes"]));
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert_eq!(world.read("child.env"), text);
}

#[test]
fn a_subaccounts_new_pair_is_written_back_after_the_token_that_began_it_was_rotated() {
    let (world, _) = child_in_grace();
    let rotated = world.read("child.env");
    rotate_token(&world);
    blank(&world, "child.env");
    let ran = world.run(&of_child(&["rotation", "resume"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("child.env"), rotated);
}

#[test]
fn a_subaccounts_rotation_is_rolled_back_after_a_secondary_was_made_and_deleted() {
    let (world, text) = child_in_grace();
    for args in [["token", "create", "-p", "main"].as_slice(), &["token", "delete", "-p", "main", "--yes"]] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    let ran = world.run(&of_child(&["rotation", "rollback", "--yes"]));
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert_eq!(world.read("child.env"), text);
}

/// Signed with the secondary, which is deleted then.
#[test]
fn what_was_sealed_under_a_secondary_opens_with_the_token_that_stays() {
    let world = without_keyring(World::with(|state| add_children(state, 1)));
    add_token(&world, "main");
    let pair = Credential::ApiKey { account: child(0), pair: world.pair(&childs_key(0)) };
    world.private("child.env", &env_text(&pair));
    assert_eq!(world.run(&["token", "create", "-p", "main"]).code, Some(0));
    let secondary = world.secondary().unwrap();
    let world = world.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN", &secondary);
    let account = child(0);
    let ran = world.run(&["keys", "rotate", "--env-file", "child.env", "--account", account.as_str()]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let world = world.env("TWILIO_ACCOUNT_SID", "").env("TWILIO_AUTH_TOKEN", "");
    let ran = world.run(&["token", "delete", "-p", "main", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&of_child(&["rotation", "rollback", "--yes"]));
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
}

/// A run of the subaccount's key is at work: no token ends meanwhile.
#[test]
fn a_token_waits_for_the_run_of_a_subaccounts_key() {
    let (world, text) = child_in_grace();
    let before = world.primary();
    let id = world.rotations().remove(0);
    let account = child(0).to_string();
    let lock = world.state_dir().join(format!("locks/{account}-{}.lock", childs_key(0)));
    let file = std::fs::File::open(lock).unwrap();
    file.try_lock().unwrap();
    let ran = world.run(&["token", "rotate", "-p", "main", "--yes", "--propagation", "0"]);
    assert_eq!((ran.code, world.primary()), (Some(6), before), "{ran}");
    assert!(ran.raw_err.contains(&id), "{ran}");
    drop(file);
    rotate_token(&world);
    let ran = world.run(&of_child(&["rotation", "rollback", "--yes"]));
    assert_eq!((ran.code, world.read("child.env")), (Some(0), text), "{ran}");
}

/// Another token was put in force by other hands, so that both of the rotation's are dead. Its own seal holds the one that
/// opens the subaccount's, and is not given up for nothing.
#[test]
fn a_token_rotation_that_was_overtaken_keeps_what_opens_a_subaccounts_seal() {
    let (world, _) = child_in_grace();
    world.private("main.env", &format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token()));
    assert_eq!(world.run(&["token", "create", "--env-file", "main.env"]).code, Some(0));
    let id = world.rotations().pop().unwrap();
    let (before, other) = (world.read("main.env"), "f0e1d2c3".repeat(4));
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        (account.token, account.secondary) = (Stored::new(Secret::new(other.clone())), None);
    });
    let now = before.replace(&format!("AUTH_TOKEN={}\n", token()), &format!("AUTH_TOKEN={other}\n"));
    let seen = twcred::store::file::read(&world.path("main.env")).unwrap();
    twcred::store::file::replace(&seen, now.as_bytes()).unwrap();
    let sealed = world.sealed();
    let ran = world.run(&["rotation", "resume", &id, "--yes"]);
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(ran.raw_err.contains(&world.rotations()[0]), "{ran}");
    assert_eq!(world.sealed(), sealed, "{ran}");
}

/// A key that may manage keys, in a profile, and the key of a file in its grace, whose rotation it authorised.
fn rotator() -> (World, String) {
    let actions = ["create", "read", "list", "update", "delete"];
    let allow = actions.map(|action| format!("/twilio/iam/api-keys/{action}")).into();
    let world = without_keyring(World::with(|state| {
        crate::support::add_key(state, 'a', '2', "rotator", Kind::Restricted(Policy { allow }), 10);
    }));
    add_key(&world, "rotator", '2');
    world.private("shop.env", &env_text(&key('1')));
    let id = rotate_shop(&world);
    (world, id)
}

fn rotate_shop(world: &World) -> String {
    let ran = world.run(&["keys", "rotate", "--env-file", "shop.env", "-p", "rotator"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world.rotations().pop().unwrap()
}

fn rotate(world: &World, more: &[&str]) -> String {
    let ran = world.run(&[&["keys", "rotate", "-p", "rotator"], more].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    world.rotations().pop().unwrap()
}

/// The shop's rotation is taken back by whatever key the profile has now.
fn takes_back(world: &World, id: &str) {
    let ran = world.run(&["rotation", "rollback", id, "--yes", "-p", "rotator"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("shop.env").contains(&secret('1')), "{ran}");
    assert!(!ran.raw_err.contains(&secret('1')));
}

#[test]
fn a_rotation_is_rolled_back_while_the_key_that_began_it_is_in_its_grace() {
    let (world, id) = rotator();
    rotate(&world, &[]);
    takes_back(&world, &id);
}

#[test]
fn a_rotation_is_rolled_back_after_the_key_that_began_it_was_retired() {
    let (world, id) = rotator();
    rotate(&world, &[]);
    rotate(&world, &["--now"]);
    assert_eq!(world.sealed(), 1);
    takes_back(&world, &id);
    assert_eq!(world.sealed(), 0);
}

#[test]
fn a_new_pair_is_written_back_after_the_key_that_began_its_rotation_was_retired() {
    let (world, id) = rotator();
    let rotated = world.read("shop.env");
    rotate(&world, &["--now"]);
    blank(&world, "shop.env");
    let ran = world.run(&["rotation", "resume", &id, "-p", "rotator"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("shop.env"), rotated);
}

/// The token rotates the rotator, so that neither of its own pairs is what signs.
#[test]
fn it_opens_whoever_rotated_the_key_that_began_it() {
    let (world, id) = rotator();
    let world = world.with_token();
    let args = ["keys", "rotate", "-p", "rotator", "--now"];
    let ran = world.run(&args);
    assert_eq!(ran.code, Some(0), "{ran}");
    let world = world.env("TWILIO_ACCOUNT_SID", "").env("TWILIO_AUTH_TOKEN", "");
    takes_back(&world, &id);
}

#[test]
fn a_rotation_begun_in_the_grace_of_its_key_is_rolled_back_whichever_key_stays() {
    for stays in ["new", "old"] {
        let (world, first) = rotator();
        takes_back(&world, &first);
        let outer = rotate(&world, &[]);
        let id = rotate_shop(&world);
        if stays == "new" {
            rotate(&world, &["--now"]);
        } else {
            let ran = world.run(&["rotation", "rollback", &outer, "--yes", "-p", "rotator"]);
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        takes_back(&world, &id);
        assert_eq!(world.sealed(), 0, "{stays}");
    }
}

#[test]
fn a_rotation_begun_before_is_rolled_back_after_its_keys_rotation_was() {
    let (world, id) = rotator();
    let outer = rotate(&world, &[]);
    let ran = world.run(&["rotation", "rollback", &outer, "--yes", "-p", "rotator"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    takes_back(&world, &id);
    assert_eq!(world.sealed(), 0);
}

/// A journal that does not say under what was sealed, as older ones do not.
#[test]
fn a_rotation_of_an_older_version_is_passed_on_as_well() {
    let (world, id) = rotator();
    let path = world.state_dir().join(format!("rotations/{id}.jsonl"));
    let journal = std::fs::read_to_string(&path).unwrap();
    let said = format!(",\"under\":\"{}\"", key_sid('2'));
    assert!(journal.contains(&said), "{journal}");
    let seen = twcred::store::file::read(&path).unwrap();
    twcred::store::file::replace(&seen, journal.replace(&said, "").as_bytes()).unwrap();
    rotate(&world, &["--now"]);
    takes_back(&world, &id);
}

/// Other hands have revoked both keys of the rotator: what they sealed opens with what signs now.
#[test]
fn what_two_dead_keys_have_sealed_opens_with_the_token() {
    let (world, id) = rotator();
    rotate(&world, &[]);
    let pairs: Vec<_> = world.live().into_iter().filter(|sid| world.read("shop.env").contains(sid.as_str())).collect();
    let mut ours = vec![key_sid('1')];
    ours.extend(pairs);
    for sid in world.live().into_iter().filter(|sid| !ours.contains(sid)) {
        world.sandbox.with_state(|state| state.remove_key(&sid).unwrap());
    }
    let world = world.with_token();
    let ran = world.run(&["rotation", "retire", &world.rotations()[1], "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&["rotation", "rollback", &id, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("shop.env").contains(&secret('1')), "{ran}");
}

#[test]
fn a_key_that_opens_what_is_sealed_is_not_revoked_by_hand() {
    let (world, id) = rotator();
    assert_eq!(world.run(&["profile", "remove", "rotator", "--yes"]).code, Some(0));
    let world = world.with_token();
    let sid = key_sid('2');
    let live = world.live();
    assert_snapshot!(world.run(&["keys", "revoke", sid.as_str(), "--yes"]), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. opens what the open rotation rotation.id1 has sealed; nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: what is sealed may open with this key alone: bring that rotation to its end first, signed by this key: `twcred rotation resume ID` or `twcred rotation rollback ID`
    hint: --force revokes it all the same
    ");
    assert_eq!(world.live(), live);
    // It is brought to its end by that key, and no longer needs it.
    let signed = world.env("TWILIO_AUTH_TOKEN", "").env("TWILIO_API_KEY", sid.as_str());
    let signed = signed.env("TWILIO_API_SECRET", &secret('2'));
    let ran = signed.run(&["rotation", "rollback", &id, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let world = signed.env("TWILIO_API_KEY", "").env("TWILIO_API_SECRET", "").with_token();
    let ran = world.run(&["keys", "revoke", sid.as_str(), "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The successor of the key that sealed it opens it now.
#[test]
fn nor_is_the_key_that_took_its_place() {
    let (world, id) = rotator();
    rotate(&world, &["--now"]);
    let book: Vec<_> = world.live();
    assert_eq!(world.run(&["profile", "remove", "rotator", "--yes"]).code, Some(0));
    let world = world.with_token();
    let shop = world.read("shop.env");
    let sid = book.into_iter().find(|sid| *sid != key_sid('1') && !shop.contains(sid.as_str())).unwrap();
    let ran = world.run(&["keys", "revoke", sid.as_str(), "--yes"]);
    assert!(ran.code == Some(1) && ran.raw_err.contains(&id), "{ran}");
    assert!(world.live().contains(&sid));
}

/// Nobody here has the secret of the key that is to end: what opens with it alone stands against that.
#[test]
fn a_key_whose_secret_is_lost_is_not_retired_over_what_it_sealed() {
    let (world, id) = rotator();
    let world = world.with_token();
    let ran = world.run(&["keys", "rotate", "-p", "rotator"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let outer = world.rotations().pop().unwrap();
    // Its copy, and both pairs of the rotator, were sealed by another machine's token, say.
    for name in [format!("{id}.successor"), format!("{outer}.sealed")] {
        remove(&world.state_dir().join("sealed").join(name));
    }
    let live = world.live();
    assert_snapshot!(world.run(&["rotation", "retire", &outer, "--yes"]), @r"
    exit: 5
    --- stderr
    error: rotation rotation.id2 stopped
      because: SK.1.............................. opens what the open rotation rotation.id1 has sealed, and its secret is not at hand to seal that anew
    hint: run with the credential that began this rotation: it opens what is sealed
    hint: or bring rotation rotation.id1 to its end first: `twcred rotation resume rotation.id1` or `rollback rotation.id1`, signed by that key
    ");
    assert_eq!(world.live(), live);
}

/// A run of the shop's key is at work: the rotator is neither switched nor retired meanwhile.
#[test]
fn a_key_waits_for_the_run_whose_secrets_it_opens() {
    let (world, id) = rotator();
    let lock = world.state_dir().join(format!("locks/{}-{}.lock", account_sid('a'), key_sid('1')));
    let lock = std::fs::File::open(lock).unwrap();
    lock.try_lock().unwrap();
    assert_snapshot!(world.run(&["keys", "rotate", "-p", "rotator"]), @r"
    exit: 6
    --- stderr
    SK.4.............................. is made, its secret sealed
    SK.4.............................. works
    error: rotation rotation.id2 stopped
      because: another run is at work on SK.2.............................., and what its rotation rotation.id1 has sealed may open with a key of this one alone
    hint: nothing was revoked or switched; let rotation rotation.id1 come to a rest, and run again
    ");
    drop(lock);
    rotate(&world, &[]);
    rotate(&world, &["--now"]);
    takes_back(&world, &id);
}
