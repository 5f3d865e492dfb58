//! `twcred audit --live`: what Twilio says of a file's credentials, with three answers and no guess.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use insta::assert_snapshot;
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

/// What nobody may ask with a Standard key, alone in its file: how old it is, and which keys there are.
const NOT_TOLD: [&str; 2] = ["TW610 TWILIO_ACCOUNT_SID", "TW610 TWILIO_API_KEY"];

/// The seeded key, which is in no file but those that have it: whoever may list the keys sees it.
const UNHELD: &str = "TW611 TWILIO_ACCOUNT_SID";

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
    let (codes, ran) = live(&world, &env_text(&key('1')), &["--require-live", "--fail-on", "warning"]);
    assert_eq!(
        (codes, ran.code),
        (NOT_TOLD.map(str::to_owned).to_vec(), Some(0)),
        "a right that lacks is no missing answer"
    );
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
    assert_eq!(found(&world, &gone), [UNHELD, "TW609 TWILIO_API_KEY"]);
    let wrong = token_text() + &pair('1', "").replace(&secret('1'), &secret('9'));
    let (codes, ran) = live(&world, &wrong, &[]);
    assert_eq!(codes, ["TW601 TWILIO_API_KEY"]);
    assert!(ran.raw_out.contains("the account has the key: its secret is wrong"), "{ran}");
    assert_eq!(found(&world, &token_text().replace(&token(), &"f".repeat(32))), ["TW601 TWILIO_AUTH_TOKEN"]);
}

#[test]
fn a_key_that_may_do_too_much_or_is_too_old() {
    let world = World::with(|state| {
        add_key(state, 'a', '2', "main", Kind::Main, 100);
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        add_key(state, 'a', '3', "narrow", Kind::Restricted(policy), 1);
    });
    let all = env_text(&key('2')) + &pair('1', "A_") + &pair('3', "B_");
    let only = ["--ignore", "TW610"];
    assert_eq!(live(&world, &all, &only).0, ["TW605 TWILIO_API_KEY"]);
    assert_eq!(
        live(&world, &all, &["--max-age", "90d", "--ignore", "TW610"]).0,
        ["TW605 TWILIO_API_KEY", "TW606 TWILIO_API_KEY"]
    );
    assert_eq!(found(&world, &env_text(&key('3'))), NOT_TOLD);
    // A Standard key may not ask for its own age, but the Auth Token of the file may.
    let both = token_text() + &pair('1', "");
    assert_eq!(live(&world, &both, &["--max-age", "5d"]).0, [UNHELD, UNHELD, "TW606 TWILIO_API_KEY"]);
    assert_eq!(live(&world, &env_text(&key('1')), &["--max-age", "5d"]).0, NOT_TOLD);
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
    let text =
        format!("{}TWILIO_API_KEY={sid}\nTWILIO_API_SECRET={}\nSEEDED={}\n", token_text(), secret('7'), key_sid('1'));
    assert_eq!(found(&world, &text), ["TW607 TWILIO_AUTH_TOKEN"]);
    assert_eq!(found(&world, &token_text()), [UNHELD, UNHELD], "alone, it is what the file is for");
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
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        add_key(state, 'a', '3', "narrow", Kind::Restricted(policy), 1);
        let number = Number { sid: format!("PN{}", "0".repeat(32)), number: "+15550100000".into(), created: clock() };
        state.add_number(&account_sid('a'), number);
    });
    let with = |number: &str, digit: char| format!("{}TWILIO_PHONE_NUMBER={number}\n", env_text(&key(digit)));
    let text = |number: &str| with(number, '1');
    let only = ["--ignore", "TW610"];
    assert!(live(&world, &text("+15550100000"), &only).0.is_empty());
    assert_eq!(live(&world, &text("+15550100009"), &only).0, ["TW604 TWILIO_PHONE_NUMBER"]);
    let admin = text("+15550100000") + "TWILIO_ADMIN_PHONE_NUMBER=+15550100009\n";
    assert!(live(&world, &admin, &only).0.is_empty(), "nobody sends from it");
    for other in ["12345", "whatsapp:+15550100009", "Acme"] {
        assert!(live(&world, &text(other), &only).0.is_empty(), "{other} is not looked for among the numbers");
    }
    // A key that may not list numbers says so, and the Auth Token beside it is asked instead.
    let (codes, ran) = live(&world, &with("+15550100009", '3'), &[]);
    assert_eq!(codes, NOT_TOLD, "{ran}");
    assert!(ran.raw_out.contains("cannot tell whether the account owns the numbers beside it"), "{ran}");
    let both = format!("{}{}TWILIO_PHONE_NUMBER=+15550100009\n", token_text(), pair('3', ""));
    assert_eq!(live(&world, &both, &["--ignore", "TW611"]).0, ["TW604 TWILIO_PHONE_NUMBER"]);
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
    assert!(live(&world, &text, &["--ignore", "TW610"]).0.is_empty());
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

/// Of everything that is a credential, nothing but its SID is said.
#[test]
fn a_key_that_no_entry_holds_is_named() {
    let world = World::with(|state| add_key(state, 'a', '5', "by hand \u{1b}[31m", Kind::Main, 400));
    world.private("repos.env", &token_text());
    let ran = world.run(&["audit", "repos.env", "--live", "--select", "TW611"]);
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    warning[TW611]: TWILIO_ACCOUNT_SID: no entry holds the key SK.1.............................. (`ci-deploy`, standard, 10d old)
     --> repos.env:1:1
      |
    1 | TWILIO_ACCOUNT_SID=**********************************
      | ^^^^^^^^^^^^^^^^^^
      |
      = why: It works, and nobody here can say who has its secret: a key that was made by hand and forgotten, or leaked.
      = help: Find out who uses it, and name that file too, or except the key by its SID with the reason. If nobody does, `twcred keys revoke`.

    warning[TW611]: TWILIO_ACCOUNT_SID: no entry holds the key SK.2.............................. (`by hand \u{1b}[31m`, main, 400d old)
     --> repos.env:1:1
      |
    1 | TWILIO_ACCOUNT_SID=**********************************
      | ^^^^^^^^^^^^^^^^^^

    1 file audited: found 2 warnings
    ");
    let (_, ran) = live(&world, &token_text(), &[]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let keys: Vec<&str> =
        json["files"][0]["findings"].as_array().unwrap().iter().map(|f| f["key"].as_str().unwrap()).collect();
    assert_eq!(keys, [key_sid('1').as_str(), key_sid('5').as_str()]);
}

#[test]
fn a_key_of_another_file_or_of_an_open_rotation_is_held() {
    let world = World::new();
    world.private("token.env", &token_text());
    world.private("key.env", &env_text(&key('1')));
    let codes = |args: &[&str]| {
        let ran = world.run(&[&["audit", "--live", "--select", "TW611,TW610", "--json"], args].concat());
        let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
        let found = json["files"].as_array().unwrap().iter().flat_map(|file| file["findings"].as_array().unwrap());
        found.map(|f| f["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&["token.env"]), ["TW611"]);
    assert_eq!(codes(&["token.env", "key.env"]), ["TW610"], "the Standard key cannot tell its age");
    let ran =
        world.run_with(&["audit", "token.env", "-", "--live", "--select", "TW611", "--json"], &env_text(&key('1')));
    assert!(!ran.raw_out.contains("TW611"), "standard input is a file too\n{ran}");
    // The old key is no entry's any more, and lives until its grace ends: the rotation knows it.
    let world = World::new();
    world.private("repos.env", &(token_text() + &pair('1', "")));
    let ran = world.run(&["keys", "rotate", "--env-file", "repos.env"]);
    assert_eq!((ran.code, world.live().len()), (Some(0), 2), "{ran}");
    let ran = world.run(&["audit", "repos.env", "--live", "--select", "TW611", "--fail-on", "info"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The key that a rotation made may be in a journal that nobody can read: nobody can tell that no entry holds it.
#[test]
fn a_journal_that_cannot_be_read_may_hold_any_key() {
    let world = World::new();
    world.private("repos.env", &(token_text() + &pair('1', "")));
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "repos.env"]).code, Some(0));
    let id = &world.rotations()[0];
    let journal = world.state_dir().join(format!("rotations/{id}.jsonl"));
    let lines = std::fs::read_to_string(&journal).unwrap().lines().count();
    let mut file = std::fs::File::create(journal).unwrap();
    std::io::Write::write_all(&mut file, "garbage\n".repeat(lines).as_bytes()).unwrap();
    let ran = world.run(&["audit", "repos.env", "--live", "--select", "TW611,TW610"]);
    assert!(!ran.raw_out.contains("TW611"), "{ran}");
    let why = format!("which keys of the account no entry holds: the journal of rotation {id} cannot be read, and may");
    assert!(ran.code == Some(0) && ran.raw_out.contains(&why), "{ran}");
    assert_eq!(world.run(&["audit", "repos.env", "--require-live", "--select", "TW611,TW610"]).code, Some(75));
}

#[test]
fn a_known_key_is_excepted_by_its_sid() {
    let world = World::with(|state| add_key(state, 'a', '5', "ci", Kind::Standard, 1));
    world.private("repos.env", &token_text());
    let exception = |sid: &str| {
        world.file(
            "audit.toml",
            &format!("[[exception]]\nrule = \"TW611\"\nkey = \"{sid}\"\nreason = \"in the vault\"\n"),
        );
        let ran = world.run(&[
            "audit",
            "repos.env",
            "--live",
            "--select",
            "TW611",
            "--config",
            "audit.toml",
            "--format",
            "github",
        ]);
        (ran.raw_out.matches("unheld-key").count(), ran.raw_out.contains(key_sid('5').as_str()))
    };
    assert_eq!(exception(key_sid('5').as_str()), (1, false));
    assert_eq!(exception(key_sid('6').as_str()), (2, true));
    // A baseline knows each key by its SID: another one that comes later is no known finding.
    world.run(&["audit", "repos.env", "--live", "--select", "TW611", "--write-baseline", "known.txt"]);
    world.sandbox.with_state(|state| add_key(state, 'a', '0', "new", Kind::Standard, 0));
    let ran = world.run(&[
        "audit",
        "repos.env",
        "--live",
        "--select",
        "TW611",
        "--baseline",
        "known.txt",
        "--format",
        "github",
    ]);
    assert!(ran.raw_out.contains(key_sid('0').as_str()) && !ran.raw_out.contains(key_sid('5').as_str()), "{ran}");
}

#[test]
fn an_answer_that_does_not_come_is_said_of_what_was_asked_besides() {
    for (fault, what) in [
        ("garble:html=GET /v1/Keys@1x*", "which keys of the account no entry holds"),
        (
            "garble:html=GET /2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json@1x*",
            "whether the account owns the numbers beside it",
        ),
    ] {
        let fault: Fault = fault.parse().unwrap();
        let world = World::served(|_| {}, |options| options.faults = vec![fault]);
        let text = token_text() + "TWILIO_PHONE_NUMBER=+15550100000\n";
        let (codes, ran) = live(&world, &text, &["--require-live", "--ignore", "TW604,TW611"]);
        assert!(codes.len() == 1 && codes[0].starts_with("TW610") && ran.raw_out.contains(what), "{ran}");
        assert_eq!(ran.code, Some(75), "another run may settle it: {ran}");
    }
}

#[test]
fn test_credentials_are_told_from_live_ones() {
    let fault: Fault = "refuse:403/20008=*@1x*".parse().unwrap();
    let world = World::served(|_| {}, |options| options.faults = vec![fault]);
    let (codes, ran) = live(&world, &env_text(&key('1')), &["--require-live"]);
    assert_eq!((codes, ran.code), (vec!["TW608 TWILIO_API_KEY".into()], Some(0)), "{ran}");
}
