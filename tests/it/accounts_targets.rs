//! Targets of subaccounts: what the configuration says of an account is as good as `--account`.

use insta::assert_snapshot;
use twcred::model::{Credential, KeySid, Policy, Secret};
use twcred::sandbox::{KeySeed, Kind, Moment};

use crate::config_file::own;
use crate::profiles::{add_token, without_keyring};
use crate::support::family::{add_children, child, childs_key, childs_token};
use crate::support::{World, account_sid, env_text, exposed, token};

const ALL: &[&str] = &["keys", "rotate", "--all"];

/// Two subaccounts, each with its pair in a file and a target that says the account.
pub(crate) fn two(more: &str) -> World {
    let world = World::with(|state| add_children(state, 2));
    let mut config = Vec::new();
    for n in 0..2 {
        let pair = Credential::ApiKey { account: child(n), pair: world.pair(&childs_key(n)) };
        world.private(&format!("child{n}.env"), &env_text(&pair));
        config.push(format!("[targets.child{n}]\naccount = \"{}\"\nenv-file = \"~/child{n}.env\"\n{more}\n", child(n)));
    }
    own(&world, &config.concat());
    world
}

fn rewrite(world: &World, name: &str, text: &str) {
    let seen = twcred::store::file::read(&world.path(name)).unwrap();
    twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
}

pub(crate) fn keys(world: &World, n: usize) -> Vec<KeySid> {
    world.sandbox.with_state(|state| state.keys(&child(n)).map(|key| key.sid.clone()).collect())
}

/// The one live key of a subaccount is another than at first, and stands in its file.
pub(crate) fn is_rotated(world: &World, n: usize) -> bool {
    let live = keys(world, n);
    let file = world.read(&format!("child{n}.env"));
    let held = live.iter().all(|sid| file.contains(sid.as_str()) && file.contains(exposed(&world.pair(sid).secret)));
    live.len() == 1 && live != [childs_key(n)] && held
}

#[test]
fn one_line_rotates_the_keys_of_every_subaccount() {
    let world = two("");
    let by_profile = {
        let world = without_keyring(two("profile = \"main\""));
        add_token(&world, "main");
        world
    };
    for world in [by_profile, world.with_token()] {
        for args in
            [ALL, &["keys", "rotate", "child0"], &["keys", "rotate", "child1", "--now"], &[ALL, &["--now"]].concat()]
        {
            let ran = world.run(args);
            assert_eq!(ran.code, Some(0), "{args:?} {ran}");
        }
        assert!(is_rotated(&world, 0) && is_rotated(&world, 1));
    }
}

#[test]
fn a_rotation_that_the_main_accounts_token_began_goes_on_with_it() {
    // By the environment, and by a profile that a flag names.
    for profile in [false, true] {
        let mut world = without_keyring(two(""));
        add_token(&world, "main");
        if !profile {
            world = world.with_token();
        }
        let flags: &[&str] = if profile { &["--profile", "main"] } else { &[] };
        let begin = [&["keys", "rotate", "child0"], flags].concat();
        assert_eq!(world.run(&begin).code, Some(0));
        let ran = world.run(&[&["rotation", "resume"], flags].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(keys(&world, 0).len(), 2);
        let ran = world.run(&[&["rotation", "retire", "--yes"], flags].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(is_rotated(&world, 0));
    }
}

#[test]
fn killed_at_any_step_the_line_goes_on() {
    for n in 1..=12 {
        let world = two("").with_token();
        world.sandbox.hold(n, Moment::After);
        world.killed(&["keys", "rotate", "child0", "--now"]);
        world.settle();
        let ran = world.run(&["keys", "rotate", "child0", "--now"]);
        assert!(ran.code == Some(0) && is_rotated(&world, 0), "{n}: {ran}");
    }
}

/// The token need not be meant for this target: what a pair may do by itself goes on as it did.
#[test]
fn a_pair_that_may_manage_keys_goes_before_a_token_of_another_account() {
    let world = two("");
    let sid = KeySid::parse(&format!("SK{:032x}", 0xbeef)).unwrap();
    let allow = ["create", "read", "list", "update", "delete"].map(|verb| format!("/twilio/iam/api-keys/{verb}"));
    let seed = KeySeed {
        sid: sid.clone(),
        secret: Secret::new("s3cr3tOfTheOneThatMayManageKeys0".to_owned()),
        name: Some("rotator".to_owned()),
        kind: Kind::Restricted(Policy { allow: allow.into() }),
        created: twcred::cli::context::clock(),
    };
    world.sandbox.with_state(|state| state.add_key(&child(0), seed)).unwrap();
    let pair = Credential::ApiKey { account: child(0), pair: world.pair(&sid) };
    rewrite(&world, "child0.env", &env_text(&pair));
    let world = world.with_token();
    let ran = world.run(&["keys", "rotate", "child0", "--now"]);
    let kinds = world.sandbox.with_state(|state| {
        state.keys(&child(0)).map(|key| matches!(key.kind, Kind::Restricted(_))).collect::<Vec<_>>()
    });
    assert_eq!((ran.code, kinds), (Some(0), vec![false, true]), "{ran}");
}

#[test]
fn a_target_that_does_not_say_its_account_is_told_to() {
    let world = without_keyring(two("profile = \"main\""));
    add_token(&world, "main");
    own(&world, "[targets.child0]\nenv-file = \"~/child0.env\"\nprofile = \"main\"\n");
    assert_snapshot!(world.refused(ALL), @r#"
    exit: 2
    --- stderr
    error: target child0 stopped
      because: the profile `main` is not one of the account AC.2..............................
    hint: name one of that account in the target: `twcred profile list` shows them
    hint: if it is the main account's Auth Token: write account = "AC.2.............................." into the target
    "#);
    assert_eq!(keys(&world, 0), [childs_key(0)]);
}

#[test]
fn a_token_of_a_subaccount_is_not_replaced_with_the_main_accounts() {
    let world = World::with(|state| add_children(state, 1)).with_token();
    world.private("own.env", &format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", child(0), childs_token(0)));
    world.private("wrong.env", &format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", child(0), token()));
    let target = |file: &str| {
        format!("[targets.t]\nkind = \"auth-token\"\naccount = \"{}\"\nenv-file = \"~/{file}\"\n", child(0))
    };
    let rotate = ["token", "rotate", "t", "--yes", "--propagation", "1s"];
    own(&world, &target("wrong.env"));
    let ran = world.refused(&rotate);
    assert_eq!(ran.code, Some(4), "{ran}");
    own(&world, &target("own.env"));
    let ran = world.run(&rotate);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!world.read("own.env").contains(&childs_token(0)));
    assert_eq!(world.primary(), token());
}

#[test]
fn a_profile_of_another_account_than_the_targets_is_not_touched() {
    let world = without_keyring(two(""));
    crate::profiles::add_key(&world, "shop", '1');
    own(&world, &format!("[targets.shop]\naccount = \"{}\"\nprofile = \"shop\"\n", child(0)));
    let world = world.with_token();
    assert_snapshot!(world.refused(ALL), @r"
    exit: 2
    --- stderr
    error: target shop stopped
      because: keyring:shop is of AC.1.............................., and the target of AC.2..............................
    hint: put right which of the two is wrong; nothing is rotated under another account
    ");
    assert_eq!(world.live(), [crate::support::key_sid('1')]);
}

#[test]
fn a_main_accounts_token_that_is_there_is_named_with_the_flag_that_lets_it_be_used() {
    let world = two("").with_token();
    assert_snapshot!(world.refused(&["keys", "rotate", "--env-file", "child0.env"]), @r"
    exit: 4
    --- stderr
    error: SK.1.............................. authorises this rotation, and it is a Standard key, which may not manage keys
    hint: put the account's own TWILIO_AUTH_TOKEN beside the pair or into the environment, name a profile that holds it (--profile NAME beside --env-file), or authorise with a Restricted key that holds /twilio/iam/api-keys/{create,read,list,update,delete}
    hint: or, if AC.1.............................. is a subaccount of AC.2.............................., whose Auth Token is in environment TWILIO_AUTH_TOKEN: --account AC.1..............................
    hint: the request was signed by SK.1..............................; its secret is from ~/child0.env
    ");
    // Beside the pair, under the plain names.
    let world = two("");
    let pair = world.read("child0.env").replace("TWILIO_", "SHOP_TWILIO_");
    let main = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token());
    rewrite(&world, "child0.env", &(main + &pair));
    let ran = world.refused(&["keys", "rotate", "--env-file", "child0.env"]);
    assert!(ran.code == Some(4) && ran.err.contains("child0.env:2 TWILIO_AUTH_TOKEN: --account "), "{ran}");
    let account = child(0);
    let asked = ["keys", "rotate", "--env-file", "child0.env", "--account", account.as_str()];
    assert_eq!(world.run(&asked).code, Some(0));
}

#[test]
fn what_exec_refuses_is_not_its_hint() {
    let world = two("").with_token();
    let world = world.env("TWILIO_API_KEY", crate::support::key_sid('1').as_str());
    let world = world.env("TWILIO_API_SECRET", &crate::support::secret('1'));
    let account = child(0);
    assert_snapshot!(world.refused(&["exec", "--account", account.as_str(), "--", "true"]), @r"
    exit: 125
    --- stderr
    error: SK.1.............................. is an API key of AC.1.............................., and --account says AC.2..............................
    hint: a credential is good with its own account only: leave --account out, or name a source that has one of AC.2..............................: --env-file FILE
    ");
    for args in [
        &["exec", "--var", "TWILIO_API_KEY", "--account", account.as_str(), "--", "touch", "ran"][..],
        &["export", "--reveal", "--account", account.as_str()],
        &["export", "--reveal", "--var", "TWILIO_API_KEY", "--account", account.as_str()],
    ] {
        let ran = world.refused(args);
        assert!(ran.code != Some(0) && ran.err.contains("is an API key of AC."), "{args:?} {ran}");
    }
    assert!(!world.path("ran").exists());
    let ran = world.refused(&["token", "status", "--account", account.as_str()]);
    assert!(ran.code == Some(2) && !ran.err.contains("the main account"), "{ran}");
}
