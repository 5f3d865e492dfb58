//! `--account`: what a main account's credential can do for the keys of its subaccount, and what is refused before
//! anything is made.

use insta::assert_snapshot;
use twcred::model::{KeySid, Policy, Secret};
use twcred::sandbox::{KeySeed, Kind};

use crate::profiles::{add_key, add_token, without_keyring};
use crate::support::family::{add_children, child, childs_key, childs_token, family};
use crate::support::{Ran, World, account_sid, env_text, exposed, key, key_sid, token};

fn under(world: &World, args: &[&str]) -> Ran {
    let ran = world.run(&[args, &["--account", child(0).as_str()]].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    ran
}

fn childs_keys(world: &World) -> Vec<KeySid> {
    world.sandbox.with_state(|state| state.keys(&child(0)).map(|key| key.sid.clone()).collect())
}

/// What was asked of Twilio, each method and path once.
fn asked(world: &World) -> Vec<String> {
    let mut all: Vec<String> = world.sandbox.exchanges().iter().map(|x| format!("{} {}", x.method, x.path)).collect();
    all.sort();
    all.dedup();
    all
}

/// An env file of the subaccount with its key, as its own project keeps it.
fn childs_pair(world: &World, sid: &KeySid) -> String {
    let pair = world.pair(sid);
    let credential = twcred::model::Credential::ApiKey { account: child(0), pair };
    env_text(&credential)
}

#[test]
fn the_parents_token_lists_shows_renames_and_revokes_where_the_path_names_the_subaccount() {
    let world = family(1);
    let sid = childs_key(0);
    assert_snapshot!(under(&world, &["keys", "list"]), @r"
    exit: 0
    --- stdout
    SID                                 NAME   TYPE     AGE  CREATED               MANAGED  HELD BY
    SK.1..............................  key 0  unknown  1d   YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(under(&world, &["keys", "show", sid.as_str(), "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.key/v1",
      "account": "AC.1..............................",
      "sid": "SK.1..............................",
      "name": "key 0",
      "type": null,
      "created": "YYYY-MM-DDThh:mm:ssZ",
      "updated": "YYYY-MM-DDThh:mm:ssZ",
      "age_days": 1,
      "managed": null,
      "held_by": [],
      "policy": null
    }
    "#);
    assert_eq!(under(&world, &["keys", "rename", sid.as_str(), "other"]).code, Some(0));
    assert_eq!(under(&world, &["keys", "revoke", sid.as_str(), "--yes"]).code, Some(0));
    assert!(childs_keys(&world).is_empty());
    let path = format!("/2010-04-01/Accounts/{}/Keys", child(0));
    assert!(asked(&world).iter().all(|line| line.split(' ').nth(1).unwrap().starts_with(&path)), "{:?}", asked(&world));
}

#[test]
fn a_key_of_the_main_account_is_not_touched_in_the_name_of_a_subaccount() {
    let world = family(1);
    let sid = key_sid('1');
    assert_snapshot!(under(&world, &["keys", "show", sid.as_str()]), @r"
    exit: 1
    --- stderr
    error: the account AC.1.............................. has no key SK.1..............................
    hint: `twcred keys list` shows the keys of the account; keys belong to one account and one region
    ");
    assert_eq!(under(&world, &["keys", "rename", sid.as_str(), "other"]).code, Some(1));
    assert_snapshot!(under(&world, &["keys", "revoke", sid.as_str(), "--yes"]), @r"
    exit: 1
    --- stderr
    error: the account AC.1.............................. has no key SK.1.............................., and may never have had it; nothing was revoked
    hint: it may live on in a subaccount: --account AC… names that; `twcred keys list --all-accounts` shows every key with its account
    hint: keys belong to one account and one region
    ");
    assert_eq!((world.live(), world.names()), (vec![sid], vec!["ci-deploy".to_owned()]));
}

#[test]
fn a_standard_key_is_made_for_a_subaccount_and_asked_what_it_is() {
    let world = family(1);
    let ran = under(&world, &["keys", "create", "new one", "--to", "env:child.env"]);
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    SID        SK.1..............................
    name       new one
    account    AC.1..............................
    type       standard
    stored in  env:child.env
    secret     fingerprint c2eb0ac8
    ");
    assert_eq!(childs_keys(&world).len(), 2);
    assert!(world.read("child.env").contains(&format!("TWILIO_ACCOUNT_SID={}", child(0))));
    let made = childs_keys(&world).pop().unwrap();
    let signed = world.sandbox.exchanges().into_iter().filter(|x| x.user.as_deref() == Some(made.as_str()));
    assert_eq!(signed.count(), 2, "the new key answers for its account and for its type");
}

#[test]
fn a_new_key_that_cannot_be_told_is_revoked_again() {
    for fault in ["refuse:500", "refuse:401/20003", "garble"] {
        let world = family(1);
        let path = format!("GET /2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", child(0));
        world.fault(&format!("{fault}={path}"));
        let ran = under(&world, &["keys", "create", "new one", "--to", "env:child.env"]);
        assert_eq!(ran.code, Some(1), "{fault}: {ran}");
        assert!(ran.raw_err.contains("was revoked again"), "{ran}");
        assert_eq!((childs_keys(&world), world.path("child.env").exists()), (vec![childs_key(0)], false));
    }
}

#[test]
fn a_restricted_key_is_refused_before_anything_is_made() {
    let world = family(1);
    let allow = ["--restricted", "--allow", "/twilio/messaging/messages/create"];
    let account = child(0);
    let args =
        [&["keys", "create", "sms", "--to", "env:child.env", "--account", account.as_str()][..], &allow].concat();
    assert_snapshot!(world.refused(&args), @r"
    exit: 2
    --- stderr
    error: a Restricted key of AC.1.............................. cannot be made with the credential of AC.2..............................
    hint: make it with its own Auth Token: twcred keys create 'sms' --restricted … --env-file FILE, where FILE has TWILIO_ACCOUNT_SID=AC.1.............................. and its TWILIO_AUTH_TOKEN
    ");
    assert!(world.sandbox.exchanges().is_empty());
    // With the subaccount's own token it is made.
    let world = world.env("TWILIO_ACCOUNT_SID", child(0).as_str()).env("TWILIO_AUTH_TOKEN", &childs_token(0));
    assert_eq!(world.run(&[&["keys", "create", "sms", "--to", "env:child.env"][..], &allow].concat()).code, Some(0));
    assert_eq!(childs_keys(&world).len(), 2);
}

#[test]
fn a_standard_key_of_a_subaccount_is_rotated_with_the_parents_token() {
    let world = family(1);
    let text = childs_pair(&world, &childs_key(0));
    world.private("child.env", &text);
    let rotate = ["keys", "rotate", "--env-file", "child.env"];
    // The token in the environment is another account's, and nobody said that the two belong together.
    assert_snapshot!(world.refused(&rotate), @r"
    exit: 4
    --- stderr
    error: SK.1.............................. authorises this rotation, and it is a Standard key, which may not manage keys
    hint: put the account's own TWILIO_AUTH_TOKEN beside the pair or into the environment, name a profile that holds it (--profile NAME beside --env-file), or authorise with a Restricted key that holds /twilio/iam/api-keys/{create,read,list,update,delete}
    hint: or, if AC.1.............................. is a subaccount of AC.2.............................., whose Auth Token is in environment TWILIO_AUTH_TOKEN: --account AC.1..............................
    hint: the request was signed by SK.1..............................; its secret is from ~/child.env
    ");
    let before = world.sandbox.exchanges().len();
    let ran = under(&world, &[&rotate[..], &["--now"]].concat());
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/child.env#TWILIO_API_KEY
    read env:~/child.env#TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    let [new] = childs_keys(&world).try_into().unwrap();
    let pair = world.pair(&new);
    let file = world.read("child.env");
    assert!(new != childs_key(0) && file.contains(new.as_str()) && file.contains(exposed(&pair.secret)));
    assert_eq!(world.live(), [key_sid('1')]);
    let signed_by_the_parent: Vec<String> = world.sandbox.exchanges()[before..]
        .iter()
        .filter(|exchange| exchange.user.as_deref() == Some(account_sid('a').as_str()))
        .map(|exchange| exchange.path.clone())
        .collect();
    let path = format!("/2010-04-01/Accounts/{}/Keys", child(0));
    assert!(signed_by_the_parent.iter().all(|asked| asked.starts_with(&path)), "{signed_by_the_parent:?}");
}

#[test]
fn the_parents_token_may_stand_in_the_same_file() {
    let world = World::with(|state| add_children(state, 1));
    let pair = childs_pair(&world, &childs_key(0)).replace("TWILIO_", "SHOP_TWILIO_");
    world.private(
        "repos.env",
        &format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n{pair}", account_sid('a'), token()),
    );
    let ran = under(&world, &["keys", "rotate", "--env-file", "repos.env", "--now"]);
    assert_eq!((ran.code, childs_keys(&world).len()), (Some(0), 1), "{ran}");
    assert_ne!(childs_keys(&world), [childs_key(0)]);
}

#[test]
fn the_parents_token_may_be_a_profile() {
    let world = without_keyring(World::with(|state| add_children(state, 1)));
    add_token(&world, "main");
    let text = childs_pair(&world, &childs_key(0));
    world.private("child.env", &text);
    let rotate = ["keys", "rotate", "--env-file", "child.env", "--profile", "main", "--now"];
    assert_snapshot!(world.refused(&rotate), @r"
    exit: 2
    --- stderr
    error: the profile `main` is not one of the account AC.2..............................
    hint: leave --profile out, or name one of that account: `twcred profile list` shows them
    hint: if it is the main account's Auth Token: --account AC.2..............................
    ");
    let ran = under(&world, &rotate);
    assert_eq!((ran.code, childs_keys(&world).len()), (Some(0), 1), "{ran}");
    assert!(
        world.read("child.env").contains(childs_keys(&world)[0].as_str()) && childs_keys(&world) != [childs_key(0)]
    );
    let listed = world.run(&["keys", "list", "--all-accounts", "--profile", "main", "--json"]);
    assert!(listed.code == Some(0) && listed.raw_out.contains(childs_keys(&world)[0].as_str()), "{listed}");
    // An API key under that name reaches no other account.
    add_key(&world, "key", '1');
    let ran = under(&world, &["keys", "rotate", "--env-file", "child.env", "--profile", "key", "--now"]);
    assert!(ran.code == Some(2) && ran.err.contains("is not one of the account"), "{ran}");
}

#[test]
fn a_rotation_for_a_subaccount_that_was_killed_goes_on() {
    for n in 1..=12 {
        let world = family(1);
        let text = childs_pair(&world, &childs_key(0));
        world.private("child.env", &text);
        let account = child(0);
        let args = ["keys", "rotate", "--env-file", "child.env", "--account", account.as_str(), "--now"];
        world.sandbox.hold(n, twcred::sandbox::Moment::After);
        let mut command = world.command(&args);
        let mut run = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let held = world.sandbox.wait_held(std::time::Duration::from_secs(5));
        run.kill().unwrap();
        run.wait().unwrap();
        world.settle();
        let ran = world.run(&args);
        assert_eq!(ran.code, Some(0), "{n} {held:?}: {ran}");
        let [live] = childs_keys(&world).try_into().unwrap();
        assert!(world.read("child.env").contains(live.as_str()), "{n}");
        if held.is_none() {
            return;
        }
    }
}

#[test]
fn a_restricted_key_of_a_subaccount_is_not_replaced_by_a_wider_one() {
    let sid = KeySid::parse(&format!("SK{:032x}", 0xdead)).unwrap();
    let restricted = sid.clone();
    let world = World::with(move |state| {
        add_children(state, 1);
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        let seed = KeySeed {
            sid: restricted,
            secret: Secret::new("s3cr3tOfTheRestrictedOne00000000".to_owned()),
            name: Some("sms".to_owned()),
            kind: Kind::Restricted(policy),
            created: twcred::cli::context::clock(),
        };
        state.add_key(&child(0), seed).unwrap();
    })
    .with_token();
    let text = childs_pair(&world, &sid);
    world.private("child.env", &text);
    let account = child(0);
    let args = ["keys", "rotate", "--env-file", "child.env", "--account", account.as_str()];
    assert_snapshot!(world.refused(&args), @r"
    exit: 4
    --- stderr
    error: SK.1.............................. is a Restricted key, and this credential is not shown its policy, so another like it cannot be made
    hint: authorise with the Auth Token of the key's own account: put its TWILIO_AUTH_TOKEN beside the pair, and leave --account out
    hint: the request was signed by AC.1..............................; its secret is from environment TWILIO_AUTH_TOKEN
    hint: it was about AC.2..............................: that is right if AC.2.............................. is a subaccount of AC.1..............................; otherwise sign with its own Auth Token: --env-file FILE with its TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN
    ");
    assert_eq!(childs_keys(&world).len(), 2);
    // The subaccount's own token sees the policy.
    world.private("own.env", &format!("{text}TWILIO_AUTH_TOKEN={}\n", childs_token(0)));
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "own.env", "--now"]).code, Some(0));
    let kinds = world.sandbox.with_state(|state| {
        state.keys(&child(0)).map(|key| matches!(key.kind, Kind::Restricted(_))).collect::<Vec<_>>()
    });
    assert_eq!(kinds, [false, true]);
}

#[test]
fn an_api_key_is_not_sent_to_another_account() {
    let world = World::with(|state| add_children(state, 1));
    world.file("key.env", &env_text(&key('1')));
    let account = child(0);
    let other = ["--env-file", "key.env", "--account", account.as_str()];
    assert_snapshot!(world.refused(&[&["keys", "list"][..], &other].concat()), @r"
    exit: 2
    --- stderr
    error: SK.1.............................. in key.env is an API key of AC.1.............................., and --account names AC.2..............................
    hint: leave --account out to act on AC.1..............................
    hint: or sign with an Auth Token: that of AC.2.............................., or that of the main account it belongs to
    ");
    let sid = childs_key(0);
    for args in [
        &["keys", "show", sid.as_str()][..],
        &["keys", "rename", sid.as_str(), "x"],
        &["keys", "revoke", sid.as_str(), "--yes"],
        &["keys", "create", "x", "--reveal"],
        &["keys", "verify"],
        &["whoami"],
    ] {
        let ran = world.refused(&[args, &other].concat());
        assert!(ran.code == Some(2) && ran.err.contains("--account names"), "{args:?} {ran}");
    }
    assert_snapshot!(world.refused(&[&["keys", "rotate"][..], &other].concat()), @r"
    exit: 2
    --- stderr
    error: ~/key.env: TWILIO_API_KEY is a key of AC.1.............................., and --account names AC.2..............................
    hint: leave --account out
    hint: or, if the key belongs to AC.2.............................., put that SID where AC.1.............................. stands beside it
    ");
    assert!(world.sandbox.exchanges().is_empty());
    // The same account in other letters is the same account.
    let upper = format!("AC{}", "A".repeat(32));
    assert_eq!(world.run(&["keys", "verify", "--env-file", "key.env", "--account", &upper]).code, Some(0));
}

#[test]
fn an_account_that_is_none_of_the_tokens_business() {
    let world = family(1);
    let stranger = format!("AC{}", "9".repeat(32));
    assert_snapshot!(world.refused(&["keys", "list", "--account", &stranger]), @r"
    exit: 4
    --- stderr
    error: cannot list the keys of AC.1..............................
      because: TWILIO refused GET /2010-04-01/Accounts/AC.1............................../Keys.json: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
    hint: keys and tokens are good in one region only: this one was sent to TWILIO
    hint: the request was signed by AC.2..............................; its secret is from environment TWILIO_AUTH_TOKEN
    hint: it was about AC.1..............................: that is right if AC.1.............................. is a subaccount of AC.2..............................; otherwise sign with its own Auth Token: --env-file FILE with its TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN
    ");
    let world = world.env("TWILIO_ACCOUNT_SID", child(0).as_str()).env("TWILIO_AUTH_TOKEN", &childs_token(0));
    let ran = world.refused(&["keys", "list", "--account", account_sid('a').as_str()]);
    assert!(ran.code == Some(4) && ran.err.contains(".. is a subaccount of AC."), "{ran}");
}

#[test]
fn the_subaccounts_own_token_does_everything() {
    let world = World::with(|state| add_children(state, 1));
    world
        .private("own.env", &format!("{}TWILIO_AUTH_TOKEN={}\n", childs_pair(&world, &childs_key(0)), childs_token(0)));
    let sid = childs_key(0);
    let own = ["--env-file", "own.env"];
    for args in [
        &["keys", "list"][..],
        &["keys", "show", sid.as_str()],
        &["keys", "rename", sid.as_str(), "other"],
        &["keys", "verify"],
        &["keys", "rotate", "--now"],
        &["keys", "create", "second", "--to", "env:second.env"],
    ] {
        let ran = world.run(&[args, &own].concat());
        assert_eq!(ran.code, Some(0), "{args:?} {ran}");
    }
    let listed = world.run(&["keys", "list", "--env-file", "own.env"]);
    assert_eq!(listed.out.matches(" standard ").count(), 2, "{listed}");
    // The token of the right account is chosen among several.
    world.private(
        "both.env",
        &format!(
            "MAIN_ACCOUNT_SID={}\nMAIN_AUTH_TOKEN={}\nCHILD_ACCOUNT_SID={}\nCHILD_AUTH_TOKEN={}\n",
            account_sid('a'),
            token(),
            child(0),
            childs_token(0)
        ),
    );
    let ran = under(&world, &["keys", "list", "--env-file", "both.env"]);
    assert_eq!(ran.out.matches(" standard ").count(), 2, "{ran}");
}
