//! `twcred keys list --all-accounts`: every key of every subaccount, and its age against a policy.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use twcred::model::time::after;
use twcred::sandbox::AccountStatus;

use crate::support::family::{add_children, child, childs_key, family, keys_of, served};
use crate::support::{World, env_text, key, key_sid};

const LIST: &[&str] = &["keys", "list", "--all-accounts"];

fn json(world: &World, more: &[&str]) -> (Option<i32>, Value) {
    let ran = world.run(&[LIST, &["--json"], more].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    (ran.code, serde_json::from_str(&ran.raw_out).unwrap())
}

#[test]
fn rows_as_they_come_and_the_name_last() {
    let world = World::with(|state| {
        add_children(state, 3);
        state.account_mut(&child(1)).unwrap().status = AccountStatus::Suspended;
    });
    world.file("repos.env", &(env_text(&key('1')) + &format!("TWILIO_AUTH_TOKEN={}\n", crate::support::token())));
    assert_snapshot!(world.run(&[LIST, &["--env-file", "repos.env"]].concat()), @r"
    exit: 0
    --- stdout
    ACCOUNT                             SID                                 TYPE        AGE        CREATED               MANAGED                  HELD BY                     NAME
    AC.1..............................  SK.1..............................  standard    10d        YYYY-MM-DDThh:mm:ssZ                           repos.env:2 TWILIO_API_KEY  ci-deploy
    AC.2..............................  SK.2..............................  unknown     1d         YYYY-MM-DDThh:mm:ssZ                                                       key 0
    AC.3..............................  SK.3..............................  unknown     1d         YYYY-MM-DDThh:mm:ssZ                                                       key 2
    --- stderr
    warning: the keys of AC.4.............................. are not listed: the account is suspended
    ");
}

#[test]
fn the_order_is_that_of_the_list_whoever_answers_first() {
    let world = family(60);
    for n in [0, 7, 30] {
        world.sandbox.add_fault(format!("slow:400ms={}", keys_of(n)).parse().unwrap());
    }
    let (code, list) = json(&world, &[]);
    let mut expected = vec![key_sid('1').to_string()];
    expected.extend((0..60).map(|n| childs_key(n).to_string()));
    assert_eq!((code, World::keys(&list)), (Some(0), expected));
    assert_eq!((list["complete"].as_bool(), list["accounts"].as_array().unwrap().len()), (Some(true), 61));
    assert!(list["failed"].as_array().unwrap().is_empty() && list["not_reached"].as_array().unwrap().is_empty());
}

#[test]
fn more_accounts_than_a_page_and_a_window_and_no_call_too_many() {
    let world = family(500);
    let (code, list) = json(&world, &["--concurrency", "50"]);
    assert_eq!((code, World::keys(&list).len()), (Some(0), 501));
    let routes = |end: &str| {
        let exchanges = world.sandbox.exchanges();
        exchanges.iter().filter(|exchange| exchange.route.as_deref().is_some_and(|route| route.ends_with(end))).count()
    };
    assert_eq!((routes("/Accounts.json"), routes("/v1/Keys"), routes("{AC}/Keys.json")), (6, 1, 500));
}

#[test]
fn a_limit_that_nobody_told_is_found_and_kept() {
    let world = served(200, |options| {
        options.limit.concurrent = Some(5);
        options.latency = Duration::from_millis(10);
    });
    let (code, list) = json(&world, &["--concurrency", "50"]);
    assert_eq!((code, World::keys(&list).len()), (Some(0), 201));
    let exchanges = world.sandbox.exchanges();
    let refused: Vec<u64> =
        exchanges.iter().filter(|exchange| exchange.status == Some(429)).map(|exchange| exchange.n).collect();
    // The first 20 come at once; after them one more is tried now and then.
    assert!((1..=30).contains(&refused.len()), "{refused:?}");
    assert!(refused.iter().filter(|n| **n > 40).count() <= 10, "{refused:?}");
}

#[test]
fn no_more_at_once_than_was_asked_for() {
    let world = served(40, |options| {
        options.limit.concurrent = Some(4);
        options.latency = Duration::from_millis(5);
    });
    // The list of the accounts is asked for beside them, before the first is known.
    let (code, _) = json(&world, &["--concurrency", "4"]);
    assert_eq!(code, Some(0));
    assert!(world.sandbox.exchanges().iter().all(|exchange| exchange.status == Some(200)));
}

#[test]
fn age_against_a_policy() {
    let world = family(2);
    let old = |state: &mut twcred::sandbox::State| {
        let key = state.key_mut(&childs_key(1)).unwrap();
        key.created =
            after(key.created.checked_add(-jiff::SignedDuration::from_hours(24 * 100)).unwrap(), Duration::ZERO);
    };
    world.sandbox.with_state(old);
    assert_snapshot!(world.run(&[LIST, &["--max-age", "90d"]].concat()), @r"
    exit: 3
    --- stdout
    ACCOUNT                             SID                                 TYPE        AGE        MAX AGE            CREATED               MANAGED                  HELD BY  NAME
    AC.1..............................  SK.1..............................  standard    10d        79d 23h left       YYYY-MM-DDThh:mm:ssZ                                    ci-deploy
    AC.2..............................  SK.2..............................  unknown     1d         88d 23h left       YYYY-MM-DDThh:mm:ssZ                                    key 0
    AC.3..............................  SK.3..............................  unknown     101d       over by 11d        YYYY-MM-DDThh:mm:ssZ                                    key 1
    --- stderr
    warning: 1 of 3 keys are older than 90d
    ");
    let (code, list) = json(&world, &["--max-age", "90d"]);
    assert_eq!((code, list["max_age_seconds"].as_u64(), list["overdue"].as_u64()), (Some(3), Some(7_776_000), Some(1)));
    let overdue: Vec<_> =
        list["keys"].as_array().unwrap().iter().map(|key| key["overdue"].as_bool().unwrap()).collect();
    assert_eq!(overdue, [false, false, true]);
    assert_eq!(json(&world, &["--max-age", "102d"]).0, Some(0));
    // Of one account, too.
    assert_snapshot!(world.run(&["keys", "list", "--max-age", "9d"]), @r"
    exit: 3
    --- stdout
    SID                                 NAME       TYPE      AGE  MAX AGE     CREATED               MANAGED  HELD BY
    SK.1..............................  ci-deploy  standard  10d  over by 1d  YYYY-MM-DDThh:mm:ssZ
    --- stderr
    warning: 1 of 1 keys are older than 9d
    ");
    assert_eq!(world.run(&["keys", "list", "--max-age", "11d"]).code, Some(0));
}

#[test]
fn what_breaks_the_policy_as_sarif() {
    let world = family(1);
    world.file("repos.env", &(env_text(&key('1')) + &format!("TWILIO_AUTH_TOKEN={}\n", crate::support::token())));
    let ran = world.run(&[LIST, &["--env-file", "repos.env", "--max-age", "0", "--format", "sarif"]].concat());
    let log: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let run = &log["runs"][0];
    assert_eq!((ran.code, run["invocations"][0]["exitCode"].as_u64()), (Some(3), Some(3)));
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "TW606");
    let places = |at: usize| &run["results"][at]["locations"][0];
    assert_eq!(places(0)["physicalLocation"]["artifactLocation"]["uri"], "repos.env");
    assert_eq!(places(0)["physicalLocation"]["region"]["startLine"], 2);
    assert_eq!(places(1)["physicalLocation"], Value::Null);
    let name = format!("{}/{}", child(0), childs_key(0));
    assert_eq!(places(1)["logicalLocations"][0]["fullyQualifiedName"], *name);
    assert_snapshot!(world.run(&["keys", "list", "--format", "sarif"]), @r"
    exit: 2
    --- stderr
    error: SARIF tells which rules are broken, and none was given
    hint: such as --max-age 90d
    ");
}

#[test]
fn an_api_key_reaches_no_subaccount() {
    let world = World::with(|state| add_children(state, 1));
    world.file("key.env", &env_text(&key('1')));
    assert_snapshot!(world.refused(&[LIST, &["--env-file", "key.env"]].concat()), @r"
    exit: 2
    --- stderr
    error: SK.1.............................. is an API key, which reaches the keys of no subaccount
    hint: --all-accounts takes the main account's Auth Token: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN
    ");
    let world = world.with_token();
    assert_snapshot!(world.refused(&[LIST, &["--account", child(0).as_str()]].concat()), @r"
    exit: 2
    --- stderr
    error: --account names one account, and --all-accounts means AC.1.............................. and all its subaccounts
    hint: leave one of the two out
    ");
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

#[test]
fn a_subaccounts_token_finds_itself() {
    let world = family(2);
    let token = crate::support::family::childs_token(1);
    let world = world.env("TWILIO_ACCOUNT_SID", child(1).as_str()).env("TWILIO_AUTH_TOKEN", &token);
    let (code, list) = json(&world, &[]);
    assert_eq!((code, World::keys(&list)), (Some(0), vec![childs_key(1).to_string()]));
    assert_eq!(list["keys"][0]["type"], "standard");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let world = served(300, |options| options.latency = Duration::from_millis(20));
    let mut command = world.command(LIST);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(world.sandbox.exchanges().len() < 200, "{}", world.sandbox.exchanges().len());
}
