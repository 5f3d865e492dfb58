//! A profile whose secret is gone while a rotation is open: what is said, and what typing it does.

use insta::assert_snapshot;

use crate::profiles::{add_key, add_token, without_keyring};
use crate::support::{World, account_sid, key_sid, remove, secret};

/// A profile with a Standard key in its grace, and one with the account's token, which is active.
fn in_grace() -> World {
    let world = without_keyring(World::new());
    add_token(&world, "admin");
    add_key(&world, "shop", '1');
    assert_eq!(world.run(&["keys", "rotate", "-p", "shop"]).code, Some(0));
    world
}

fn lose(world: &World) {
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("shop.") {
            remove(&path);
        }
    }
}

#[test]
fn every_command_that_needs_it_names_the_rotation_that_has_it_sealed() {
    let world = in_grace();
    lose(&world);
    assert_snapshot!(world.run(&["keys", "list", "-p", "shop"]), @r"
    exit: 2
    --- stderr
    error: the secret of the profile `shop` is gone: there is no ~/.config/twcred/secrets/shop.entry.json
    hint: rotation rotation.id1 has sealed both pairs; the credential that began it opens them
    hint: `twcred rotation resume rotation.id1` puts the new pair back, `twcred rotation rollback rotation.id1` the old one
    ");
    for args in [&["profile", "show", "shop"][..], &["whoami", "-p", "shop"], &["keys", "list", "-p", "shop"]] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.err.contains("twcred rotation resume rotation.id1"), "{ran}");
        assert!(ran.err.contains("twcred rotation rollback rotation.id1"), "{ran}");
        assert!(!ran.err.contains("profile add"), "the new secret is nowhere else: {ran}");
    }
    let id = world.rotations().remove(0);
    assert_eq!(world.run(&["rotation", "resume", &id, "-p", "admin"]).code, Some(0));
    assert_eq!(world.run(&["whoami", "-p", "shop"]).code, Some(0));
}

/// The new key is the rotation's: nobody is to be told to revoke it by hand.
#[test]
fn whoever_puts_the_old_pair_back_is_not_told_to_revoke_the_new_key() {
    let world = in_grace();
    lose(&world);
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let again = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&again, &secret('1'));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!ran.err.contains("keys revoke"), "{ran}");
    assert_snapshot!(ran.err, @r"
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/shop.entry.json
    the key SK.2.............................. belongs to the open rotation rotation.id1, which has its secret sealed: `twcred rotation resume rotation.id1` or `twcred rotation rollback rotation.id1` settles which key stays
    ");
    assert_eq!(world.run(&["rotation", "rollback", "--yes"]).code, Some(0));
    assert_eq!(world.live(), [sid]);
}

/// With its secret in place the profile is the rotation's.
#[test]
fn a_profile_that_is_whole_is_not_replaced_while_a_rotation_writes_it() {
    let world = in_grace();
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let again = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&again, &secret('1'));
    assert!(ran.code == Some(1) && ran.err.contains("nothing was changed"), "{ran}");
}

/// A Standard key may not replace itself, and the profile that may is named.
#[test]
fn the_profile_that_could_authorise_is_named() {
    let world = without_keyring(World::new());
    add_key(&world, "shop", '1');
    add_token(&world, "admin");
    let ran = world.run(&["keys", "rotate", "-p", "shop"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.err.contains("hint: the profile `admin` may: twcred profile use admin"), "{ran}");
    assert_eq!(world.run(&["profile", "use", "admin"]).code, Some(0));
    assert_eq!(world.run(&["keys", "rotate", "-p", "shop"]).code, Some(0));
}

/// What is behind a journal that cannot be read may be the rotation that needs the profile.
#[test]
fn a_profile_stays_while_a_journal_cannot_be_read() {
    let world = in_grace();
    let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
    let whole = std::fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let broken = [&["garbage"], &lines[1..]].concat().join("\n") + "\n";
    let replace = |text: &str| {
        let seen = twcred::store::file::read(&journal).unwrap();
        twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
    };
    replace(&broken);
    for name in ["shop", "admin"] {
        let ran = world.refused(&["profile", "remove", name, "--yes"]);
        assert_eq!(ran.code, Some(1), "{ran}");
    }
    assert_snapshot!(world.refused(&["profile", "remove", "shop", "--yes"]), @r"
    exit: 1
    --- stderr
    error: the journal of rotation rotation.id1 cannot be read, and may need the profile `shop`; nothing was changed
      because: line 1 of the journal ~/.local/state/twcred/rotations/rotation.id1.jsonl is not a record: expected value at line 1 column 1
    hint: restore the journal from a backup; or settle the keys of that rotation by hand (`twcred keys list` shows its new one, whose name ends in [twcred rotation.id1]), and move the journal away
    ");
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let again = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&again, &secret('1'));
    assert_eq!(ran.code, Some(1), "{ran}");
    replace(&whole);
    assert_eq!(world.run(&["rotation", "rollback", "--yes"]).code, Some(0));
    assert_eq!(world.run(&["profile", "remove", "shop", "--yes"]).code, Some(0));
}
