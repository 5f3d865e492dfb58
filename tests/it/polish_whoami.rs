//! What `whoami` and `keys verify` say of an account that is not active, of a region, of a policy and of a secret.

use insta::assert_snapshot;
use twcred::model::{Policy, Secret};
use twcred::sandbox::{AccountStatus, Kind, Suspended};

use crate::support::{World, account_sid, add_key, env_text, key, key_sid, secret, token};

fn allowing(permissions: &[&str]) -> Kind {
    Kind::Restricted(Policy { allow: permissions.iter().map(|name| (*name).to_owned()).collect() })
}

#[test]
fn an_account_that_is_not_active_is_no_wrong_secret() {
    for code in [20_005, 20_403] {
        let world = World::served(
            |state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended,
            |options| options.rules.suspended = Suspended { status: 403, code },
        );
        world.file("key.env", &env_text(&key('1')));
        let world = world.with_token();
        let sid = key_sid('1');
        for ran in [
            world.run(&["whoami"]),
            world.run(&["whoami", "--env-file", "key.env"]),
            world.run(&["keys", "verify", "--env-file", "key.env"]),
            world.run_with(&["keys", "verify", "--sid", sid.as_str()], &secret('1')),
        ] {
            assert_eq!(ran.code, Some(4), "{ran}");
            assert!(ran.out.contains("the account is suspended or closed"), "{ran}");
            assert!(!ran.out.contains("wrong") && !ran.out.contains("cannot tell: a good"), "{ran}");
        }
        let ran = world.run(&["whoami", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
        assert_eq!((ran.code, json["verdict"].as_str()), (Some(4), Some("account-inactive")));
    }
}

#[test]
fn region_and_edge_have_an_origin_too() {
    let world = World::new();
    world.file("key.env", &format!("{}TWILIO_REGION=ie1\n", env_text(&key('1'))));
    assert_snapshot!(world.run(&["whoami", "--env-file", "key.env", "--edge", "dublin"]), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 1131f01e
    verdict     valid: the secret is right
    type        standard
    account     AC.1..............................
    can         use the API; not manage keys or accounts
    asked       TWILIO
    source      account SID from key.env:1 TWILIO_ACCOUNT_SID
                key SID from key.env:2 TWILIO_API_KEY
                key secret from key.env:3 TWILIO_API_SECRET
                region from key.env:4 TWILIO_REGION
                edge from --edge
    ");
    let world = world.env("TWILIO_REGION", "au1").env("TWILIO_EDGE", "sydney");
    let ran = world.run(&["whoami", "--env-file", "key.env"]);
    assert!(ran.out.contains("region from key.env:4 TWILIO_REGION"), "{ran}");
    assert!(ran.out.contains("edge from environment TWILIO_EDGE"), "{ran}");
    let (sid, account) = (key_sid('1'), account_sid('a'));
    let given = ["keys", "verify", "--sid", sid.as_str(), "--account", account.as_str(), "--json"];
    assert_snapshot!(world.run_with(&given, &secret('1')), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.credential/v1",
      "sid": "SK.1..............................",
      "secret_fingerprint": "1131f01e",
      "verdict": "valid",
      "type": "standard",
      "account": "AC.1..............................",
      "account_status": null,
      "reason": null,
      "can": "use the API; not manage keys or accounts",
      "policy": null,
      "policy_not_readable": null,
      "host": "TWILIO",
      "origins": [
        {
          "value": "account SID",
          "from": "--account"
        },
        {
          "value": "key SID",
          "from": "--sid"
        },
        {
          "value": "key secret",
          "from": "standard input"
        },
        {
          "value": "region",
          "from": "environment TWILIO_REGION"
        },
        {
          "value": "edge",
          "from": "environment TWILIO_EDGE"
        }
      ]
    }
    "#);
}

#[test]
fn a_policy_is_shown_where_the_key_may_read_it() {
    let (send, read) = ("/twilio/messaging/messages/create", "/twilio/iam/api-keys/read");
    let world = World::with(|state| {
        add_key(state, 'a', '2', "sender", allowing(&[send]), 1);
        add_key(state, 'a', '3', "reader", allowing(&[send, read]), 1);
    });
    world.file("sender.env", &env_text(&key('2')));
    world.file("reader.env", &env_text(&key('3')));
    assert_snapshot!(world.run(&["whoami", "--env-file", "sender.env"]), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 9dcdd6c4
    verdict     valid: the secret is right
    type        restricted
    account     AC.1..............................
    can         what its policy allows; keys only with /twilio/iam/api-keys/…
    policy      not readable: TWILIO refused GET /v1/Keys/SK.1..............................: the key lacks the permission /twilio/iam/api-keys/read (code 70051, HTTP 401, request RQ…)
    asked       TWILIO
    source      account SID from sender.env:1 TWILIO_ACCOUNT_SID
                key SID from sender.env:2 TWILIO_API_KEY
                key secret from sender.env:3 TWILIO_API_SECRET
    ");
    assert_snapshot!(world.run(&["whoami", "--env-file", "reader.env"]), @r"
    exit: 0
    --- stdout
    credential  SK.2..............................
    secret      fingerprint 1bb452d2
    verdict     valid: the secret is right
    type        restricted
    account     AC.1..............................
    can         what its policy allows; keys only with /twilio/iam/api-keys/…
    asked       TWILIO
    source      account SID from reader.env:1 TWILIO_ACCOUNT_SID
                key SID from reader.env:2 TWILIO_API_KEY
                key secret from reader.env:3 TWILIO_API_SECRET
    allows
      /twilio/iam/api-keys/read
      /twilio/messaging/messages/create
    ");
    let json = |file| -> serde_json::Value {
        let ran = world.run(&["keys", "verify", "--env-file", file, "--json"]);
        serde_json::from_str(&ran.raw_out).unwrap()
    };
    assert_eq!(json("reader.env")["policy"]["allow"], serde_json::json!([read, send]));
    let unread = json("sender.env");
    assert!(unread["policy"].is_null());
    assert!(unread["policy_not_readable"].as_str().unwrap().contains(read), "{unread}");
}

#[test]
fn a_secret_has_a_fingerprint() {
    let world = World::new().with_token();
    let shown = Secret::new(token()).fingerprint().to_string();
    assert!(world.run(&["whoami"]).out.contains(&format!("fingerprint {shown}")));
    let ran = world.run(&["whoami", "--json"]);
    assert!(ran.out.contains(&format!("\"secret_fingerprint\": \"{shown}\"")), "{ran}");
    let sid = key_sid('1');
    let ran = world.run_with(&["keys", "verify", "--sid", sid.as_str()], &secret('1'));
    assert!(ran.out.contains(&format!("fingerprint {}", Secret::new(secret('1')).fingerprint())), "{ran}");
    let made = |args: &[&str]| {
        let ran = world.run(&[&["keys", "create", "x"], args].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        let new = world.live().pop().unwrap();
        (ran.raw_out, world.pair(&new).secret)
    };
    let (out, secret) = made(&["--to", "env:x.env"]);
    assert!(out.contains(&format!("fingerprint {}", secret.fingerprint())), "{out}");
    let (out, secret) = made(&["--to", "env:y.env", "--json"]);
    assert!(out.contains(&format!("\"secret_fingerprint\": \"{}\"", secret.fingerprint())), "{out}");
}

#[test]
fn a_renamed_key_has_its_type() {
    let world = World::new().with_token();
    let ran = world.run(&["keys", "rename", key_sid('1').as_str(), "other"]);
    assert!(ran.out.contains("type     standard"), "{ran}");
}
