//! Subaccounts where it cannot work: refused before anything is asked or made, and with the way that works.

use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use twcred::model::KeySid;
use twcred::sandbox::{AccountStatus, Moment};

use crate::support::family::{child, childs_key, family};
use crate::support::{World, account_sid, env_text, exposed};

fn childs_keys(world: &World) -> Vec<KeySid> {
    world.sandbox.with_state(|state| state.keys(&child(0)).map(|key| key.sid.clone()).collect())
}

fn set_status(world: &World, account: &twcred::model::AccountSid, status: AccountStatus) {
    world.sandbox.with_state(|state| state.account_mut(account).unwrap().status = status);
}

/// A subaccount's key in an env file, and the main account's token in the environment.
fn with_a_childs_file() -> World {
    let world = family(1);
    let credential = twcred::model::Credential::ApiKey { account: child(0), pair: world.pair(&childs_key(0)) };
    world.private("child.env", &env_text(&credential));
    world
}

/// The one key of the subaccount is in its file, and works.
fn is_whole(world: &World) -> bool {
    let keys = childs_keys(world);
    let file = world.read("child.env");
    keys.iter().any(|sid| file.contains(sid.as_str()) && file.contains(exposed(&world.pair(sid).secret)))
}

#[test]
fn no_token_of_a_subaccount_is_replaced_with_the_parents() {
    let world = family(1);
    let account = child(0);
    for verb in [
        &["status"][..],
        &["create", "--to", "env:x.env"],
        &["promote", "--yes"],
        &["delete", "--yes"],
        &["rotate", "--to", "env:x.env", "--yes"],
    ] {
        let ran = world.refused(&[&["token"][..], verb, &["--account", account.as_str()]].concat());
        assert!(ran.code == Some(2) && ran.err.contains("its own Auth Token"), "{verb:?} {ran}");
    }
    assert_snapshot!(world.refused(&["token", "rotate", "--to", "env:x.env", "--account", account.as_str()]), @r"
    exit: 2
    --- stderr
    error: the token in hand is that of AC.1.............................., and Twilio would replace that, not the one of AC.2..............................
    hint: these calls act on the account that signs them: run with the SID of AC.2.............................. and its own Auth Token, also where AC.1.............................. is its parent
    ");
    assert!(world.sandbox.exchanges().is_empty() && !world.path("x.env").exists());
}

#[test]
fn a_parents_token_is_not_handed_on_under_a_subaccounts_name() {
    let world = family(1);
    let account = child(0);
    assert_snapshot!(world.refused(&["export", "--reveal", "--account", account.as_str()]), @r"
    exit: 2
    --- stderr
    error: the Auth Token is that of AC.1.............................., and --account says AC.2..............................
    hint: a credential is good with its own account only: leave --account out, or name a source that has one of AC.2..............................: --env-file FILE
    ");
    let ran = world.refused(&["exec", "--account", account.as_str(), "--", "touch", "ran"]);
    assert_eq!((ran.code, world.path("ran").exists()), (Some(125), false), "{ran}");
}

#[test]
fn what_is_no_sid_of_an_account_is_refused_by_its_form() {
    let world = with_a_childs_file();
    assert_snapshot!(world.refused(&["keys", "list", "--account", "AC123"]), @r"
    exit: 2
    --- stderr
    error: invalid value 'AC123' for '--account <AC…>': has 5 characters; a SID has 34

    For more information, try '--help'.
    ");
    let key = childs_key(0).to_string();
    let letters = format!("AC{}", "g".repeat(32));
    for sid in ["", "AC", "AC123", key.as_str(), letters.as_str()] {
        for args in [
            &["keys", "list"][..],
            &["keys", "create", "x", "--reveal"],
            &["keys", "revoke", key.as_str(), "--yes"],
            &["keys", "rotate", "--env-file", "child.env"],
            &["token", "status"],
            &["whoami"],
        ] {
            let ran = world.refused(&[args, &["--account", sid]].concat());
            assert!(ran.code == Some(2) && ran.err.contains("--account"), "{args:?} {sid} {ran}");
        }
    }
    assert!(world.sandbox.exchanges().is_empty());
}

#[test]
fn whoami_tells_whether_the_token_reaches_the_account() {
    let world = family(1);
    assert_snapshot!(world.run(&["whoami", "--account", child(0).as_str()]), @r"
    exit: 0
    --- stdout
    credential  AC.1..............................
    secret      fingerprint 3eb1bd43
    verdict     valid: the secret is right
    type        primary Auth Token
    account     AC.1..............................
    status      active
    can         everything: use the API, manage keys, tokens and subaccounts
    asked       TWILIO
    acts on     AC.2..............................: a subaccount of AC.1.............................., active
    source      account SID from environment TWILIO_ACCOUNT_SID
                Auth Token from environment TWILIO_AUTH_TOKEN
    ");
    set_status(&world, &child(0), AccountStatus::Suspended);
    let ran = world.run(&["whoami", "--account", child(0).as_str(), "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!((ran.code, json["acts_on"]["reached"].as_bool()), (Some(0), Some(true)), "{ran}");
    assert_eq!(
        (json["acts_on"]["status"].as_str(), json["acts_on"]["owner"].as_str()),
        (Some("suspended"), Some(account_sid('a').as_str()))
    );
    let stranger = format!("AC{}", "9".repeat(32));
    assert_snapshot!(world.run(&["whoami", "--account", &stranger]), @r"
        exit: 4
        --- stdout
        credential  AC.1..............................
        secret      fingerprint 3eb1bd43
        verdict     valid: the secret is right
        type        primary Auth Token
        account     AC.1..............................
        status      active
        can         everything: use the API, manage keys, tokens and subaccounts
        asked       TWILIO
        acts on     AC.3..............................: not reached: TWILIO refused GET /2010-04-01/Accounts/AC.3...............................json: Authenticate (code 20003, HTTP 401, request RQ…)
        source      account SID from environment TWILIO_ACCOUNT_SID
                    Auth Token from environment TWILIO_AUTH_TOKEN
        ");
    let own = world.run(&["whoami", "--account", account_sid('a').as_str()]);
    assert!(own.code == Some(0) && !own.out.contains("acts on"), "{own}");
}

#[test]
fn nothing_is_made_for_an_account_that_is_unknown() {
    let world = family(1);
    let stranger = format!("AC{}", "9".repeat(32));
    let ran = world.run(&["keys", "create", "x", "--to", "env:x.env", "--account", &stranger]);
    assert!(ran.code == Some(4) && ran.err.contains("otherwise sign with its own Auth Token"), "{ran}");
    assert!(!world.path("x.env").exists());
    assert_eq!((world.live().len(), childs_keys(&world).len()), (1, 1));
}

#[test]
fn nothing_is_left_in_a_subaccount_that_is_suspended_or_closed() {
    for status in [AccountStatus::Suspended, AccountStatus::Closed] {
        let world = with_a_childs_file();
        set_status(&world, &child(0), status);
        let before = world.read("child.env");
        let (account, asked) = (child(0), world.sandbox.exchanges().len());
        for (args, why) in [
            (&["keys", "create", "x", "--to", "env:x.env"][..], "suspended; no key was made|closed; no key was made"),
            (&["keys", "rotate", "--env-file", "child.env", "--now"], "20005"),
        ] {
            let ran = world.run(&[args, &["--account", account.as_str()]].concat());
            let said = why.split('|').any(|why| ran.err.contains(why));
            assert!(ran.code == Some(4) && said, "{args:?} {status:?} {ran}");
        }
        // Not made and revoked again.
        let exchanges = world.sandbox.exchanges();
        let routes = exchanges.iter().skip(asked).filter_map(|exchange| exchange.route.as_deref());
        assert_eq!(routes.filter(|route| !route.starts_with("GET ")).count(), 0);
        assert_eq!((childs_keys(&world), world.read("child.env")), (vec![childs_key(0)], before));
        assert!(!world.path("x.env").exists());
    }
}

/// Runs a rotation for a subaccount, does something when it has come to each exchange in turn, undoes that, and lets the
/// same line be run again. At every instant the file holds a pair that is live.
fn cut_off_at_every_exchange(strike: impl Fn(&World), mend: impl Fn(&World), codes: &[i32]) {
    let account = child(0);
    let args = ["keys", "rotate", "--env-file", "child.env", "--account", account.as_str(), "--now", "--timeout", "5s"];
    for n in 1.. {
        let world = with_a_childs_file();
        world.sandbox.hold(n, Moment::Before);
        let mut command = world.command(&args);
        let mut running = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let ended = loop {
            if world.sandbox.wait_held(Duration::from_millis(50)).is_some() {
                break false;
            }
            if running.try_wait().unwrap().is_some() {
                break true;
            }
        };
        if ended {
            let ran = world.ended(running);
            assert!(ran.code == Some(0) && n > 8, "{n} {ran}");
            return;
        }
        strike(&world);
        world.sandbox.release();
        let ran = world.ended(running);
        let refused = world.sandbox.exchanges().iter().any(|exchange| matches!(exchange.status, Some(403 | 429)));
        let code = ran.code.unwrap();
        assert!(if refused { codes.contains(&code) } else { code == 0 }, "{n} {ran}");
        assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{n} {ran}");
        assert!(is_whole(&world), "{n} {ran}");
        mend(&world);
        let again = world.run(&args);
        assert_eq!(again.code, Some(0), "{n} {ran} then {again}");
        assert!(is_whole(&world) && world.sealed() == 0 && world.open() == 0, "{n} {ran} then {again}");
        assert_eq!(childs_keys(&world).len(), 1, "{n} {ran} then {again}");
    }
}

#[test]
fn a_main_account_that_is_suspended_in_the_middle_of_a_rotation() {
    cut_off_at_every_exchange(
        |world| {
            for account in [account_sid('a'), child(0)] {
                set_status(world, &account, AccountStatus::Suspended);
            }
        },
        |world| {
            for account in [account_sid('a'), child(0)] {
                set_status(world, &account, AccountStatus::Active);
            }
        },
        &[4, 5, 75],
    );
}

#[test]
fn a_storm_of_429_in_the_middle_of_a_rotation() {
    cut_off_at_every_exchange(|world| world.fault("throttle:0=*@1x*"), |world| world.sandbox.clear_faults(), &[5, 75]);
}

/// Whichever answer before the create is the first that says so.
#[test]
fn an_account_that_is_suspended_before_anything_is_made_is_refused() {
    for n in 1..=4 {
        let world = World::new();
        world.file("repos.env", &crate::support::repos());
        world.sandbox.add_fault(format!("refuse:403/20005=*@{n}x12").parse().unwrap());
        let ran = world.run(&["keys", "rotate", "--env-file", "repos.env"]);
        assert_eq!(ran.code, Some(4), "{n}: {ran}");
        assert!(ran.err.contains("code 20005"), "{n}: {ran}");
        assert_eq!(world.live().len(), 1);
    }
}
