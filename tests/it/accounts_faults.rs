//! Many accounts while something goes wrong: what was had is told, what was not is named, and Twilio is not hammered.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use twcred::sandbox::AccountStatus;

use crate::support::family::{child, family, keys_of, served};
use crate::support::{Ran, World, account_sid};

const LIST: &[&str] = &["keys", "list", "--all-accounts"];

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.raw_out).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

fn run(world: &World, more: &[&str]) -> (Ran, Value) {
    let ran = world.run(&[LIST, &["--json"], more].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    let json = parsed(&ran);
    assert_eq!(json["complete"].as_bool(), Some(ran.code == Some(0)), "{ran}");
    (ran, json)
}

fn count(json: &Value, field: &str) -> usize {
    json[field].as_array().unwrap().len()
}

#[test]
fn a_subaccount_that_always_fails_is_named_and_the_others_are_listed() {
    let world = family(4);
    world.fault(&format!("refuse:500={}", keys_of(1)));
    assert_snapshot!(world.run(LIST), @r"
    exit: 75
    --- stdout
    ACCOUNT                             SID                                 TYPE        AGE        CREATED               MANAGED                  HELD BY  NAME
    AC.1..............................  SK.1..............................  standard    10d        YYYY-MM-DDThh:mm:ssZ                                    ci-deploy
    AC.2..............................  SK.2..............................  unknown     1d         YYYY-MM-DDThh:mm:ssZ                                    key 0
    AC.3..............................  SK.3..............................  unknown     1d         YYYY-MM-DDThh:mm:ssZ                                    key 2
    AC.4..............................  SK.4..............................  unknown     1d         YYYY-MM-DDThh:mm:ssZ                                    key 3
    --- stderr
    warning: the keys of AC.5.............................. are not listed: TWILIO failed at GET /2010-04-01/Accounts/AC.5............................../Keys.json (code 20500, HTTP 500, request RQ…)
    error: 1 of 5 accounts could not be listed
    hint: run the same command again; https://status.twilio.com tells of outages
    hint: --resume lists again and asks only for the accounts that are missing here
    ");
    let asked = world.sandbox.exchanges().iter().filter(|exchange| exchange.status == Some(500)).count();
    assert_eq!(asked, 4);
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len()), (Some(75), 4));
    assert_snapshot!(ran.out.split_once("\"failed\"").unwrap().1, @r#"
    : [
        {
          "account": "AC.5..............................",
          "kind": "temporary",
          "error": "TWILIO failed at GET /2010-04-01/Accounts/AC.5............................../Keys.json (code 20500, HTTP 500, request RQ…)",
          "code": 20500,
          "status": 500,
          "request_id": "RQ…"
        }
      ],
      "not_reached": [],
      "complete": false,
      "from_earlier_run": null
    }
    "#);
}

#[test]
fn the_worst_reason_is_the_exit_code() {
    for (faults, code) in [
        (&["refuse:500"][..], 75),
        (&["refuse:404/20404"], 1),
        (&["refuse:401/20003"], 4),
        (&["refuse:500", "refuse:401/20003"], 4),
        (&["refuse:401/20003", "garble", "refuse:503"], 1),
    ] {
        let world = family(12);
        for (n, effect) in faults.iter().enumerate() {
            world.fault(&format!("{effect}={}", keys_of(n * 2)));
        }
        let (ran, json) = run(&world, &[]);
        assert_eq!((ran.code, count(&json, "failed")), (Some(code), faults.len()), "{faults:?} {ran}");
        assert_eq!(World::keys(&json).len(), 13 - faults.len());
    }
}

#[test]
fn findings_do_not_hide_that_something_is_missing() {
    let world = family(3);
    world.fault(&format!("refuse:500={}", keys_of(0)));
    let (ran, json) = run(&world, &["--max-age", "0"]);
    assert_eq!((ran.code, json["overdue"].as_u64()), (Some(75), Some(3)));
}

#[test]
fn a_subaccount_that_refuses_costs_one_question_about_the_credential() {
    let world = family(30);
    world.fault(&format!("refuse:401/20003={}", keys_of(3)));
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len(), json["failed"][0]["code"].as_u64()), (Some(4), 30, Some(20003)));
    let own = format!("/2010-04-01/Accounts/{}.json", account_sid('a'));
    assert_eq!(world.sandbox.exchanges().iter().filter(|exchange| exchange.path == own).count(), 1);
}

#[test]
fn a_main_account_that_is_suspended_on_the_way_ends_it() {
    let world = family(200);
    world.fault("hold-before=*@60x*");
    let running = world.held(&[LIST, &["--json", "--concurrency", "8"]].concat());
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended);
    let before = world.sandbox.exchanges().len();
    world.settle();
    let ran = world.ended(running);
    let json = parsed(&ran);
    let listed = count(&json, "accounts");
    assert_eq!((ran.code, listed, World::keys(&json).len()), (Some(4), listed, listed));
    assert!((40..=60).contains(&listed), "{ran}");
    assert_eq!(listed + count(&json, "failed") + count(&json, "not_reached"), 201);
    // Those under way, and one about the credential itself.
    assert!(world.sandbox.exchanges().len() <= before + 20, "{}", world.sandbox.exchanges().len());
    assert!(ran.raw_err.contains("stopped; ") && ran.raw_err.contains("20005"), "{ran}");
}

#[test]
fn a_storm_of_429_ends_after_a_few_requests() {
    for (from, throttle) in [(1, "throttle:0"), (30, "throttle:0"), (30, "throttle")] {
        let world = family(100);
        world.fault(&format!("{throttle}=*@{from}x*"));
        let ran = world.run(&[LIST, &["--json"]].concat());
        assert_eq!(ran.code, Some(75), "{ran}");
        let refused = world.sandbox.exchanges().iter().filter(|exchange| exchange.status == Some(429)).count();
        assert!((6..=60).contains(&refused), "{refused} were refused");
        if from == 1 {
            assert_eq!((ran.raw_out.as_str(), refused), ("", 6));
            continue;
        }
        let json = parsed(&ran);
        let listed = count(&json, "accounts");
        assert!((1..30).contains(&listed), "{ran}");
        assert_eq!(listed + count(&json, "failed") + count(&json, "not_reached"), 101);
    }
}

#[test]
fn throttling_that_passes_costs_no_account() {
    let world = family(100);
    world.fault("throttle:1=*@20x15");
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len()), (Some(0), 101));
}

#[test]
fn one_subaccount_that_is_throttled_for_ever_does_not_stop_the_others() {
    let world = served(150, |options| options.latency = Duration::from_millis(5));
    world.fault(&format!("throttle:0={}", keys_of(2)));
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len(), count(&json, "failed")), (Some(75), 150, 1), "{ran}");
    assert_eq!(json["failed"][0]["account"], child(2).as_str());
    let refused = world.sandbox.exchanges().iter().filter(|exchange| exchange.status == Some(429)).count();
    assert!((6..=8).contains(&refused), "{refused} were refused");
}

#[test]
fn the_last_account_that_is_throttled_for_ever_is_one_that_failed() {
    let world = family(1);
    world.fault(&format!("throttle:0={}", keys_of(0)));
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len()), (Some(75), 1), "{ran}");
    assert_eq!(
        (json["failed"][0]["account"].as_str(), count(&json, "not_reached")),
        (Some(child(0).as_str()), 0),
        "{ran}"
    );
    assert!(ran.raw_err.contains("1 of 2 accounts could not be listed"), "{ran}");
}

#[test]
fn connections_that_drop_are_made_anew() {
    let world = family(80);
    world.fault("drop-before=*@10x3");
    world.fault("commit-then-drop=*@40x3");
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len()), (Some(0), 81));
}

#[test]
fn a_network_that_is_gone_is_not_asked_a_thousand_times() {
    let world = family(400);
    world.fault("drop-before=*@50x*");
    let (ran, json) = run(&world, &[]);
    assert_eq!(ran.code, Some(75), "{ran}");
    let known = ["accounts", "failed", "not_reached"].map(|field| count(&json, field)).iter().sum::<usize>();
    assert!(count(&json, "not_reached") > 0 && known <= 401, "{ran}");
    assert!(world.sandbox.exchanges().len() <= 50 + 200, "{}", world.sandbox.exchanges().len());
}

#[test]
fn a_list_of_accounts_that_breaks_off_is_said_to() {
    let world = family(450);
    world.fault("garble=GET /2010-04-01/Accounts.json@2");
    let (ran, json) = run(&world, &[]);
    assert_eq!((ran.code, World::keys(&json).len()), (Some(1), 100), "{ran}");
    assert!(ran.raw_err.contains("100 of 100 accounts and perhaps more were listed"), "{ran}");
}

#[test]
fn a_first_page_that_does_not_come_is_all_there_is_to_say() {
    let world = family(3);
    world.fault("refuse:503=GET /2010-04-01/Accounts.json");
    assert_snapshot!(world.run(LIST), @r"
    exit: 75
    --- stderr
    error: cannot list the subaccounts
      because: TWILIO failed at GET /2010-04-01/Accounts.json (code 20503, HTTP 503, request RQ…)
    hint: run the same command again; https://status.twilio.com tells of outages
    ");
    assert_eq!(world.sandbox.exchanges().len(), 4);
}
