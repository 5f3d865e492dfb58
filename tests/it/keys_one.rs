//! `twcred keys show`, `rename`, `verify` and `revoke`.

use insta::assert_snapshot;
use twcred::model::Policy;
use twcred::sandbox::{Fault, Kind};

use crate::support::{World, account_sid, add_key, env_text, key, key_sid, secret, token};

fn world() -> World {
    let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
    World::with(|state| add_key(state, 'a', '2', "sms", Kind::Restricted(policy), 40)).with_token()
}

#[test]
fn show() {
    let world = world();
    assert_snapshot!(world.run(&["keys", "show", key_sid('2').as_str()]), @r#"
    exit: 0
    --- stdout
    SID      SK.1..............................
    name     sms
    account  AC.1..............................
    type     restricted
    created  YYYY-MM-DDThh:mm:ssZ
    updated  YYYY-MM-DDThh:mm:ssZ
    age      40d
    allows
      /twilio/messaging/messages/create
    "#);
    assert_snapshot!(world.run(&["keys", "show", key_sid('1').as_str(), "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.key/v1",
      "account": "AC.1..............................",
      "sid": "SK.2..............................",
      "name": "ci-deploy",
      "type": "standard",
      "created": "YYYY-MM-DDThh:mm:ssZ",
      "updated": "YYYY-MM-DDThh:mm:ssZ",
      "age_days": 10,
      "managed": null,
      "held_by": [],
      "policy": null
    }
    "#);
    assert_snapshot!(world.run(&["keys", "show", key_sid('9').as_str()]), @r#"
    exit: 1
    --- stderr
    error: the account AC.1.............................. has no key SK.3..............................
    hint: `twcred keys list` shows the keys of the account; keys belong to one account and one region
    "#);
    assert_snapshot!(world.run(&["keys", "show", "s3cr3t"]), @r#"
    exit: 2
    --- stderr
    error: invalid value 's3cr3t' for '<SK…>': does not start with SK (an API key SID)

    For more information, try '--help'.
    "#);
}

#[test]
fn rename() {
    let world = world();
    assert_snapshot!(world.run(&["keys", "rename", key_sid('2').as_str(), "texts"]), @r#"
    exit: 0
    --- stdout
    SID      SK.1..............................
    name     texts
    account  AC.1..............................
    type     restricted
    created  YYYY-MM-DDThh:mm:ssZ
    updated  YYYY-MM-DDThh:mm:ssZ
    age      40d
    allows
      /twilio/messaging/messages/create
    "#);
    assert_eq!(world.names(), ["ci-deploy", "texts"]);
    assert_eq!(world.run(&["keys", "rename", key_sid('2').as_str(), "x [twcred 0123456789ab]"]).code, Some(2));
    assert_eq!(world.run(&["keys", "rename", key_sid('2').as_str(), &"x".repeat(65)]).code, Some(2));
}

#[test]
fn verify() {
    let world = world();
    world.file("repos.env", &env_text(&key('1')));
    assert_snapshot!(world.run(&["keys", "verify", "--env-file", "repos.env"]), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 1131f01e
    verdict     valid: the secret is right
    type        standard
    account     AC.1..............................
    can         use the API; not manage keys or accounts
    asked       TWILIO
    source      account SID from repos.env:1 TWILIO_ACCOUNT_SID
                key SID from repos.env:2 TWILIO_API_KEY
                key secret from repos.env:3 TWILIO_API_SECRET
    ");
    let sid = key_sid('2');
    assert_snapshot!(world.run_with(&["keys", "verify", "--sid", sid.as_str(), "--json"], &secret('2')), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.credential/v1",
      "sid": "SK.2..............................",
      "secret_fingerprint": "9dcdd6c4",
      "verdict": "valid",
      "type": "restricted",
      "account": null,
      "account_status": null,
      "reason": null,
      "can": "what its policy allows; keys only with /twilio/iam/api-keys/…",
      "policy": null,
      "policy_not_readable": "TWILIO refused GET /v1/Keys/SK.2..............................: the key lacks the permission /twilio/iam/api-keys/read (code 70051, HTTP 401, request RQ…)",
      "host": "TWILIO",
      "origins": [
        {
          "value": "key SID",
          "from": "--sid"
        },
        {
          "value": "key secret",
          "from": "standard input"
        }
      ]
    }
    "#);
    assert_snapshot!(world.run_with(&["keys", "verify", "--sid", sid.as_str()], "wrong"), @r"
    exit: 4
    --- stdout
    credential   SK.2..............................
    secret       fingerprint 8810ad58
    verdict      rejected: wrong or revoked, or of another account or region
    asked        TWILIO
    Twilio said  TWILIO refused GET /v2/Services: Authenticate (code 20003, HTTP 401, request RQ…)
    source       key SID from --sid
                 key secret from standard input
    ");
    assert_snapshot!(world.run_with(&["keys", "verify", "--sid", sid.as_str()], "\n"), @r#"
    exit: 2
    --- stderr
    error: there is no secret on standard input
    "#);
    let from_stdin = world.run_with(&["keys", "verify", "--env-file", "-"], &env_text(&key('1')));
    assert_eq!(from_stdin.code, Some(0), "{from_stdin}");
    assert!(from_stdin.out.contains("standard input:2 TWILIO_API_KEY"));
    world.sandbox.add_fault("throttle=*".parse::<Fault>().unwrap());
}

/// A token under the plain names, and pairs under prefixes only.
#[test]
fn verify_one_pair_of_several() {
    let world = world();
    let prefixed = |prefix: &str, digit| env_text(&key(digit)).replace("TWILIO_", &format!("{prefix}_TWILIO_"));
    let token = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token());
    let text = token + &prefixed("SHOP", '1') + &prefixed("BLOG", '2') + "BLOG_TWILIO_REGION=xx9\n";
    world.file("repos.env", &text);
    let verify = ["keys", "verify", "--env-file", "repos.env"];
    assert_snapshot!(world.run(&verify), @r"
    exit: 2
    --- stderr
    error: nothing says which key of repos.env is meant
    hint: choose: --var SHOP_TWILIO_API_KEY, or --var BLOG_TWILIO_API_KEY
    ");
    let one = |var: &str| world.run(&[&verify[..], &["--var", var]].concat());
    assert_snapshot!(one("SHOP_TWILIO_API_KEY"), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 1131f01e
    verdict     valid: the secret is right
    type        standard
    account     AC.1..............................
    can         use the API; not manage keys or accounts
    asked       TWILIO
    source      account SID from repos.env:3 SHOP_TWILIO_ACCOUNT_SID
                key SID from repos.env:4 SHOP_TWILIO_API_KEY
                key secret from repos.env:5 SHOP_TWILIO_API_SECRET
    ");
    for var in ["NO_TWILIO_API_KEY", "SHOP_TWILIO_API_SECRET", "TWILIO_AUTH_TOKEN"] {
        let ran = one(var);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.err.contains(&format!("repos.env has no pair whose SID stands in {var}")), "{ran}");
        assert!(ran.err.contains("choose: --var SHOP_TWILIO_API_KEY, or --var BLOG_TWILIO_API_KEY"), "{ran}");
    }
    let piped = world.run_with(&["keys", "verify", "--env-file", "-", "--var", "SHOP_TWILIO_API_KEY"], &text);
    assert_eq!(piped.code, Some(0), "{piped}");
    assert_eq!(world.run(&["keys", "verify", "--sid", key_sid('1').as_str(), "--var", "X"]).code, Some(2));
    // A broken pair of another project is none of this one's.
    world.file("repos.env", &(text.clone() + "BAD_TWILIO_API_KEY=x\n"));
    assert_eq!(one("SHOP_TWILIO_API_KEY").code, Some(0));
    // The project's own region goes with it, which an address of one's own makes no use of.
    let outside = World::new().env("TWCRED_API_URL", "");
    outside.file("repos.env", &text);
    let ran = outside.run(&[&verify[..], &["--var", "BLOG_TWILIO_API_KEY"]].concat());
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.err.contains("region `xx9` needs an edge"), "{ran}");
}

#[test]
fn revoke_asks_first_and_twice_is_once() {
    let world = world();
    let sid = key_sid('2');
    assert_snapshot!(world.run(&["keys", "revoke", sid.as_str()]), @r#"
    exit: 2
    --- stderr
    error: `Revoke SK.1.............................. (sms) for good?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    "#);
    assert_snapshot!(world.run(&["keys", "revoke", sid.as_str(), "--yes"]), @r#"
    exit: 0
    --- stdout
    SID                                 RESULT   NAME
    SK.1..............................  revoked  sms
    "#);
    assert_snapshot!(world.run(&["keys", "revoke", sid.as_str()]), @r#"
    exit: 0
    --- stdout
    SID                                 RESULT        NAME
    SK.1..............................  already-gone
    --- stderr
    the account AC.1.............................. has no key SK.1..............................: already gone
    "#);
    assert_eq!(world.live(), [key_sid('1')]);
}

#[test]
fn a_key_in_use_is_not_revoked() {
    let world = World::with(|state| add_key(state, 'a', '3', "main", Kind::Main, 5));
    world.file("main.env", &env_text(&key('3')));
    let env = ["--env-file", "main.env", "--yes"];
    let revoke = |args: &[&str]| world.run(&[&["keys", "revoke"], args, &env].concat());
    assert_snapshot!(revoke(&[key_sid('3').as_str()]), @r#"
    exit: 1
    --- stderr
    error: SK.1.............................. signs this very request and is still held by main.env:2 TWILIO_API_KEY; nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: --force revokes it all the same
    "#);
    world.file("app.env", &env_text(&key('1')));
    assert_snapshot!(revoke(&[key_sid('1').as_str(), "--sink", "env:app.env"]), @r#"
    exit: 1
    --- stderr
    error: SK.2.............................. is still held by app.env:2 TWILIO_API_KEY; nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: --force revokes it all the same
    "#);
    assert_eq!(world.live().len(), 2);
    assert_snapshot!(revoke(&[key_sid('1').as_str(), "--sink", "env:app.env", "--force"]), @r#"
    exit: 0
    --- stdout
    SID                                 RESULT   NAME
    SK.2..............................  revoked  ci-deploy
    --- stderr
    warning: SK.2.............................. is still held by app.env:2 TWILIO_API_KEY; it is revoked all the same
    "#);
}

#[test]
fn a_key_of_an_open_rotation_is_not_revoked() {
    let world = World::new().with_token();
    world.file("app.env", &env_text(&key('1')));
    let rotated = world.run(&["keys", "rotate", "--env-file", "app.env"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    let refused = world.run(&["keys", "revoke", "--yes", key_sid('1').as_str()]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.err.contains("belongs to the open rotation"), "{refused}");
    let new = world.live()[1].clone();
    assert_eq!(world.run(&["keys", "rename", new.as_str(), "other"]).code, Some(0));
    assert!(world.names()[1].starts_with("other [twcred "), "the rotation finds its key by the marker");
}
