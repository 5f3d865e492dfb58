//! `twcred audit --live`: what Twilio says of a file's credentials, with three answers and no guess.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use serde_json::Value;
use twcred::cli::context::clock;
use twcred::model::{KeySid, Policy, Secret};
use twcred::sandbox::{AccountSeed, AccountStatus, Fault, KeySeed, Kind, Number, State};

use crate::support::{Ran, World, account_sid, add_key, env_text, key, key_sid, secret, token};

/// Every finding that Twilio's answers led to, as `CODE VARIABLE`, and the exit code.
fn live(world: &World, text: &str, more: &[&str]) -> (Vec<String>, Ran) {
    let _ = std::fs::remove_file(world.path("repos.env"));
    world.private("repos.env", text);
    let ran = world.run(&[&["audit", "repos.env", "--live", "--select", "TW6", "--json"], more].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap_or_else(|_| panic!("{ran}"));
    let found = json["files"][0]["findings"].as_array().unwrap();
    let shown = |f: &Value| format!("{} {}", f["code"].as_str().unwrap(), f["variable"].as_str().unwrap_or("-"));
    (found.iter().map(shown).collect(), ran)
}

fn found(world: &World, text: &str) -> Vec<String> {
    live(world, text, &[]).0
}

fn token_text() -> String {
    format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token())
}

/// The pair without its account, for a file that names it elsewhere.
fn pair(digit: char, prefix: &str) -> String {
    format!("{prefix}TWILIO_API_KEY={}\n{prefix}TWILIO_API_SECRET={}\n", key_sid(digit), secret(digit))
}

fn asked(world: &World) -> Vec<String> {
    world.sandbox.exchanges().iter().map(|exchange| exchange.method.clone()).collect()
}

#[test]
fn a_key_that_works_is_no_finding_and_nothing_but_get_is_sent() {
    let world = World::new();
    let (codes, ran) = live(&world, &env_text(&key('1')), &["--require-live"]);
    assert!(codes.is_empty() && ran.code == Some(0), "{ran}");
    let methods = asked(&world);
    assert!(!methods.is_empty() && methods.iter().all(|method| method == "GET"), "{methods:?}");
}

#[test]
fn without_the_flag_nothing_is_sent() {
    let world = World::new();
    world.private("repos.env", &env_text(&key('1')));
    world.run(&["audit", "repos.env"]);
    assert!(asked(&world).is_empty());
}

#[test]
fn a_wrong_secret_and_a_deleted_key() {
    let world = World::new();
    let wrong = env_text(&key('1')).replace(&secret('1'), &secret('9'));
    let (codes, ran) = live(&world, &wrong, &[]);
    assert_eq!((codes, ran.code), (vec!["TW601 TWILIO_API_KEY".into()], Some(3)));
    // The Auth Token beside it can tell that there is no such key any more.
    let gone = token_text() + &pair('9', "");
    assert_eq!(found(&world, &gone), ["TW609 TWILIO_API_KEY"]);
    let wrong = token_text() + &pair('1', "").replace(&secret('1'), &secret('9'));
    assert_eq!(found(&world, &wrong), ["TW601 TWILIO_API_KEY"]);
    assert_eq!(found(&world, &token_text().replace(&token(), &"f".repeat(32))), ["TW601 TWILIO_AUTH_TOKEN"]);
}

#[test]
fn a_key_that_may_do_too_much_or_is_too_old() {
    let world = World::with(|state| {
        add_key(state, 'a', '2', "main", Kind::Main, 100);
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        add_key(state, 'a', '3', "narrow", Kind::Restricted(policy), 1);
    });
    assert_eq!(found(&world, &env_text(&key('2'))), ["TW605 TWILIO_API_KEY"]);
    assert_eq!(
        live(&world, &env_text(&key('2')), &["--max-age", "90d"]).0,
        ["TW605 TWILIO_API_KEY", "TW606 TWILIO_API_KEY"]
    );
    assert!(found(&world, &env_text(&key('3'))).is_empty());
    // A Standard key may not ask for its own age, but the Auth Token of the file may.
    let both = token_text() + &pair('1', "");
    assert_eq!(live(&world, &both, &["--max-age", "5d"]).0, ["TW606 TWILIO_API_KEY"]);
    assert!(live(&world, &env_text(&key('1')), &["--max-age", "5d"]).0.is_empty());
}

#[test]
fn an_auth_token_that_works_beside_a_key() {
    let sid = format!("SK{}", "0a1b2c3d4e5f6789".repeat(2));
    let world = World::with(|state| {
        let key = KeySeed {
            sid: KeySid::parse(&sid).unwrap(),
            secret: Secret::new(secret('7')),
            name: None,
            kind: Kind::Standard,
            created: clock(),
        };
        state.add_key(&account_sid('a'), key).unwrap();
    });
    let text = format!("{}TWILIO_API_KEY={sid}\nTWILIO_API_SECRET={}\n", token_text(), secret('7'));
    assert_eq!(found(&world, &text), ["TW607 TWILIO_AUTH_TOKEN"]);
    assert!(found(&world, &token_text()).is_empty(), "alone, it is what the file is for");
}

fn child(state: &mut State) {
    let seed = AccountSeed {
        sid: account_sid('b'),
        owner: Some(account_sid('a')),
        name: "Child".to_owned(),
        token: Secret::new("f0".repeat(16)),
        created: clock(),
    };
    state.add_account(seed).unwrap();
    add_key(state, 'b', '4', "child key", Kind::Standard, 3);
}

#[test]
fn a_key_of_another_account() {
    let world = World::with(child);
    assert_eq!(found(&world, &env_text(&key('4'))), ["TW603 TWILIO_API_KEY"]);
}

#[test]
fn an_account_that_is_suspended() {
    let world = World::with(|state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended);
    assert_eq!(found(&world, &env_text(&key('1'))), ["TW602 TWILIO_API_KEY"]);
    assert_eq!(found(&world, &token_text()), ["TW602 TWILIO_AUTH_TOKEN"]);
}

#[test]
fn numbers_of_the_account_and_of_others() {
    let world = World::with(|state| {
        let number = Number { sid: format!("PN{}", "0".repeat(32)), number: "+15550100000".into(), created: clock() };
        state.add_number(&account_sid('a'), number);
    });
    let text = |number: &str| format!("{}TWILIO_PHONE_NUMBER={number}\n", env_text(&key('1')));
    assert!(found(&world, &text("+15550100000")).is_empty());
    assert_eq!(found(&world, &text("+15550100009")), ["TW604 TWILIO_PHONE_NUMBER"]);
    assert!(found(&world, &text("12345")).is_empty(), "a short code is not looked for among the numbers");
}

#[test]
fn only_what_belongs_together_is_tried_and_each_once() {
    let world = World::with(child);
    let text = format!(
        "TWILIO_ACCOUNT_SID={}\n{}{}B_TWILIO_ACCOUNT_SID={}\n{}HALF_TWILIO_API_KEY={}\n",
        account_sid('a'),
        pair('1', "A_"),
        pair('1', "SAME_"),
        account_sid('b'),
        pair('4', "B_"),
        key_sid('1'),
    );
    assert!(found(&world, &text).is_empty());
    let once = asked(&world).len();
    let again = World::with(child);
    found(&again, &text.replace(&pair('1', "SAME_"), ""));
    assert_eq!(asked(&again).len(), once, "the same pair under two names is one question");
}

#[test]
fn no_answer_is_no_verdict() {
    let refuse = |fault: &str| {
        let fault: Fault = fault.parse().unwrap();
        World::served(|_| {}, |options| options.faults = vec![fault])
    };
    for fault in ["garble:html=*@1x*", "refuse:401/70051=*@1x*", "refuse:403/20403=*@1x*"] {
        let world = refuse(fault);
        let (codes, ran) = live(&world, &env_text(&key('1')), &[]);
        let verdict = if fault.contains("20403") { "TW602" } else { "TW610" };
        assert_eq!(codes, [format!("{verdict} TWILIO_API_KEY")], "{fault}\n{ran}");
        if verdict == "TW610" {
            assert_eq!(ran.code, Some(0));
            assert_eq!(live(&world, &env_text(&key('1')), &["--require-live"]).1.code, Some(75), "{fault}");
        }
    }
    let unreachable = World::new().env("TWCRED_API_URL", "http://127.0.0.1:9");
    let (codes, ran) = live(&unreachable, &env_text(&key('1')), &["--require-live", "--timeout", "1s"]);
    assert_eq!((codes, ran.code), (vec!["TW610 TWILIO_API_KEY".into()], Some(75)));
}

#[test]
fn a_value_that_programs_read_differently_is_not_tried() {
    let world = World::new();
    let text = env_text(&key('1')).replace(&secret('1'), &format!("{}$x", secret('1')));
    let (codes, ran) = live(&world, &text, &["--require-live"]);
    assert_eq!((codes, ran.code), (vec!["TW610 TWILIO_API_SECRET".into()], Some(75)));
    assert!(asked(&world).is_empty());
}

#[test]
fn a_file_without_credentials_settles_itself() {
    let world = World::new();
    let (codes, ran) = live(&world, "A=1\n", &["--require-live"]);
    assert!(codes.is_empty() && ran.code == Some(0), "{ran}");
}
