//! `twcred keys list`.

use insta::assert_snapshot;
use twcred::model::{Policy, Secret};
use twcred::sandbox::{AccountSeed, Fault, Kind, State};

use crate::support::{World, account_sid, add_key, env_text, key};

#[test]
fn every_key_with_kind_age_and_holder() {
    let world = World::with(|state| {
        let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
        add_key(state, 'a', '2', "sms \u{1b}[31msender\u{202e}", Kind::Restricted(policy), 40);
        add_key(state, 'a', '3', "orphan [twcred 0123456789ab]", Kind::Standard, 1);
    })
    .with_token();
    assert_snapshot!(world.run(&["keys", "list"]), @r#"
    exit: 0
    --- stdout
    SID                                 NAME                          TYPE        AGE  CREATED               MANAGED                  HELD BY
    SK.1..............................  ci-deploy                     standard    10d  YYYY-MM-DDThh:mm:ssZ
    SK.2..............................  sms \u{1b}[31msender\u{202e}  restricted  40d  YYYY-MM-DDThh:mm:ssZ
    SK.3..............................  orphan                        standard    1d   YYYY-MM-DDThh:mm:ssZ  unfinished 0123456789ab
    "#);
    world.file("repos.env", &format!("# all projects\n{}SHOP_{}", env_text(&key('1')), "TWILIO_API_KEY=x\n"));
    let token = format!("TWILIO_AUTH_TOKEN={}\n", crate::support::token());
    let text = world.read("repos.env") + &token;
    world.file("repos.env", &text);
    let ran = world.run(&["keys", "list", "--env-file", "repos.env", "--json"]);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err));
    assert_snapshot!(ran, @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.keys/v1",
      "keys": [
        {
          "account": "AC.1..............................",
          "sid": "SK.1..............................",
          "name": "ci-deploy",
          "type": "standard",
          "created": "YYYY-MM-DDThh:mm:ssZ",
          "updated": "YYYY-MM-DDThh:mm:ssZ",
          "age_days": 10,
          "managed": null,
          "held_by": [
            "repos.env:3 TWILIO_API_KEY"
          ]
        },
        {
          "account": "AC.1..............................",
          "sid": "SK.2..............................",
          "name": "sms \u001b[31msender\u202e",
          "type": "restricted",
          "created": "YYYY-MM-DDThh:mm:ssZ",
          "updated": "YYYY-MM-DDThh:mm:ssZ",
          "age_days": 40,
          "managed": null,
          "held_by": []
        },
        {
          "account": "AC.1..............................",
          "sid": "SK.3..............................",
          "name": "orphan [twcred 0123456789ab]",
          "type": "standard",
          "created": "YYYY-MM-DDThh:mm:ssZ",
          "updated": "YYYY-MM-DDThh:mm:ssZ",
          "age_days": 1,
          "managed": {
            "by": "unfinished",
            "id": "0123456789ab"
          },
          "held_by": []
        }
      ],
      "accounts": [
        "AC.1.............................."
      ],
      "not_listed": [],
      "failed": [],
      "not_reached": [],
      "complete": true,
      "from_earlier_run": null
    }
    "#);
}

#[test]
fn all_accounts_and_those_that_are_not_open() {
    let world = World::with(|state| {
        for (digit, name) in [('b', "Child"), ('c', "Closed child")] {
            let seed = AccountSeed {
                sid: account_sid(digit),
                owner: Some(account_sid('a')),
                name: name.to_owned(),
                token: Secret::new("f".repeat(32)),
                created: twcred::cli::context::clock(),
            };
            state.add_account(seed).unwrap();
        }
        state.account_mut(&account_sid('c')).unwrap().status = twcred::sandbox::AccountStatus::Closed;
        add_key(state, 'b', '4', "child key", Kind::Standard, 3);
    })
    .with_token();
    assert_snapshot!(world.run(&["keys", "list", "--all-accounts"]), @r"
    exit: 0
    --- stdout
    ACCOUNT                             SID                                 TYPE        AGE        CREATED               MANAGED                  HELD BY  NAME
    AC.1..............................  SK.1..............................  standard    10d        YYYY-MM-DDThh:mm:ssZ                                    ci-deploy
    AC.2..............................  SK.2..............................  unknown     3d         YYYY-MM-DDThh:mm:ssZ                                    child key
    --- stderr
    warning: the keys of AC.3.............................. are not listed: the account is closed
    ");
}

/// Two pages of keys, most of them a day old.
fn more_than_a_page(state: &mut State) {
    for index in 0..1_200_u32 {
        let seed = twcred::sandbox::KeySeed {
            sid: twcred::model::KeySid::parse(&format!("SK{index:032x}")).unwrap(),
            secret: Secret::new(format!("{index:032}")),
            name: None,
            kind: Kind::Standard,
            created: twcred::cli::context::clock() - jiff::SignedDuration::from_hours(24),
        };
        state.add_key(&account_sid('a'), seed).unwrap();
    }
}

#[test]
fn pages_are_followed_to_the_end() {
    let world = World::with(more_than_a_page).with_token();
    let ran = world.run(&["keys", "list", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!((ran.code, json["keys"].as_array().unwrap().len()), (Some(0), 1_201));
}

#[test]
fn a_list_that_breaks_off_is_an_error() {
    let world = World::new().with_token();
    world.sandbox.add_fault("foreign-page=GET /v1/Keys".parse::<Fault>().unwrap());
    assert_snapshot!(world.run(&["keys", "list"]), @r#"
    exit: 1
    --- stderr
    error: cannot list the keys of AC.1..............................
      because: TWILIO named a next page of /v1/Keys on elsewhere.example.test, where the credential was not sent (HTTP 200, request RQ…)
    hint: Twilio does not do this: look at what stands between, and at --api-url
    "#);
}

#[test]
fn of_a_list_that_breaks_off_after_a_page_nothing_is_shown() {
    let world = World::with(more_than_a_page).with_token();
    for form in [&[][..], &["--json"], &["--max-age", "1s"], &["--max-age", "1s", "--format", "sarif"]] {
        world.sandbox.add_fault("garble=GET /v1/Keys@2".parse::<Fault>().unwrap());
        let ran = world.run(&[&["keys", "list"][..], form].concat());
        assert_eq!((ran.code, ran.raw_out.as_str()), (Some(1), ""), "{form:?} {ran}");
        assert!(
            ran.raw_err.contains("cannot list the keys of") && !ran.raw_err.contains("older than"),
            "{form:?} {ran}"
        );
        world.sandbox.clear_faults();
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let world = World::new().with_token();
    let mut command = world.command(&["keys", "list"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Whoever reads the output may have seen enough; what was found is found all the same.
#[test]
fn a_finding_outlives_a_reader_that_goes_away() {
    let world = World::new().with_token();
    for form in [&[][..], &["--json"], &["--format", "sarif"]] {
        for (age, code) in [("9d", 3), ("90d", 0)] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = world.command(&[&["keys", "list", "--max-age", age], form].concat());
            let ran = command.stdout(writer).output().unwrap();
            assert_eq!(ran.status.code(), Some(code), "{form:?} {age}");
        }
    }
}
