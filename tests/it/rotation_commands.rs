//! `twcred rotation list`, `show`, `resume`, `rollback`, `retire` and `abort`.

use insta::assert_snapshot;

use crate::support::{World, key_sid, repos};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

/// A rotation in its grace.
fn in_grace() -> World {
    let world = world();
    assert_eq!(world.run(ROTATE).code, Some(0));
    world
}

/// A rotation whose key was made and sealed, and no sink knows it.
pub(crate) fn sealed() -> World {
    let world = world();
    world.fault("hold-after=POST /v1/Keys");
    let child = world.held(ROTATE);
    world.fault("hold-before=GET /2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json");
    world.sandbox.release();
    let held = world.sandbox.wait_held(std::time::Duration::from_secs(20)).unwrap();
    assert_eq!(held.method, "GET", "{held:?}");
    let mut child = child;
    child.kill().unwrap();
    child.wait().unwrap();
    world.settle();
    world
}

#[test]
fn nothing_yet() {
    let world = world();
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation  phase  old key  new key  begun  old key ends
    ");
    assert_snapshot!(world.run(&["rotation", "list", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotations/v1",
      "rotations": []
    }
    "#);
    for wish in ["show", "resume", "rollback", "retire", "abort"] {
        let ran = world.refused(&["rotation", wish, "--yes"]);
        assert_eq!((ran.code, ran.err.lines().next()), (Some(1), Some("error: no rotation is open")), "{wish}: {ran}");
    }
    assert_snapshot!(world.refused(&["rotation", "show", "0123456789ab"]), @r"
    exit: 1
    --- stderr
    error: there is no rotation 0123456789ab
    hint: `twcred rotation list` shows the ones there are
    ");
    assert_snapshot!(world.refused(&["rotation", "show", "nonsense"]), @r"
    exit: 2
    --- stderr
    error: invalid value 'nonsense' for '[ID]': not a rotation id: 12 lower-case hexadecimal digits, as `twcred rotation list` shows them

    For more information, try '--help'.
    ");
}

#[test]
fn list() {
    let world = in_grace();
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation      phase     old key                             new key                             begun                 old key ends
    rotation.id1  in-grace  SK.1..............................  SK.2..............................  YYYY-MM-DDThh:mm:ssZ  YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "list", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotations/v1",
      "rotations": [
        {
          "id": "rotation.id1",
          "subject": "key",
          "phase": "in-grace",
          "open": true,
          "account": "AC.1..............................",
          "old": "SK.1..............................",
          "new": "SK.2..............................",
          "begun": "YYYY-MM-DDThh:mm:ssZ",
          "last": "YYYY-MM-DDThh:mm:ssZ",
          "retire_at": "YYYY-MM-DDThh:mm:ssZ",
          "sinks": [
            "env:~/repos.env#TWILIO_API_KEY"
          ],
          "endpoint": "TWILIO"
        }
      ]
    }
    "#);
    assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation      phase    old key                             new key                             begun                 old key ends
    rotation.id1  rotated  SK.1..............................  SK.2..............................  YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "list", "--open"]), @r"
    exit: 0
    --- stdout
    rotation  phase  old key  new key  begun  old key ends
    ");
    assert_snapshot!(world.refused(&["rotation", "show"]), @r"
    exit: 1
    --- stderr
    error: no rotation is open
    hint: `twcred rotation list` shows the ones that ended
    ");
    assert_eq!(world.run(&["rotation", "show", &world.rotations()[0]]).code, Some(0));
}

#[test]
fn show() {
    let world = in_grace();
    assert_snapshot!(world.run(&["rotation", "show"]), @r"
    exit: 0
    --- stdout
    rotation      rotation.id1
    phase         in-grace
    account       AC.1..............................
    old key       SK.1..............................
    new key       SK.2..............................
    begun         YYYY-MM-DDThh:mm:ssZ
    old key ends  YYYY-MM-DDThh:mm:ssZ
    sinks         env:~/repos.env#TWILIO_API_KEY
    endpoint      TWILIO
    next step     wait until YYYY-MM-DDThh:mm:ssZ

    YYYY-MM-DDThh:mm:ssZ  begun
    YYYY-MM-DDThh:mm:ssZ  creating
    YYYY-MM-DDThh:mm:ssZ  SK.2.............................. is made, its secret sealed
    YYYY-MM-DDThh:mm:ssZ  inspected
    YYYY-MM-DDThh:mm:ssZ  SK.2.............................. works
    YYYY-MM-DDThh:mm:ssZ  wrote env:~/repos.env#TWILIO_API_KEY
    YYYY-MM-DDThh:mm:ssZ  read env:~/repos.env#TWILIO_API_KEY back: it works
    YYYY-MM-DDThh:mm:ssZ  current
    ");
}

#[test]
fn show_as_json() {
    let world = in_grace();
    assert_snapshot!(world.run(&["rotation", "show", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotation/v1",
      "id": "rotation.id1",
      "subject": "key",
      "phase": "in-grace",
      "open": true,
      "account": "AC.1..............................",
      "old": "SK.1..............................",
      "new": "SK.2..............................",
      "begun": "YYYY-MM-DDThh:mm:ssZ",
      "last": "YYYY-MM-DDThh:mm:ssZ",
      "retire_at": "YYYY-MM-DDThh:mm:ssZ",
      "sinks": [
        "env:~/repos.env#TWILIO_API_KEY"
      ],
      "endpoint": "TWILIO",
      "next": "wait until YYYY-MM-DDThh:mm:ssZ",
      "records": [
        {
          "record": "begun",
          "id": "rotation.id1",
          "at": "YYYY-MM-DDThh:mm:ssZ",
          "endpoint": "TWILIO",
          "account": "AC.1..............................",
          "old": "SK.1..............................",
          "name": "ci-deploy",
          "kind": "standard",
          "new_kind": "standard",
          "policy": null,
          "sinks": [
            "env:~/repos.env#TWILIO_API_KEY"
          ],
          "grace": 86400,
          "check": null,
          "after": null,
          "signer": {
            "account": "AC.1..............................",
            "place": "env:~/repos.env"
          }
        },
        {
          "record": "creating",
          "at": "YYYY-MM-DDThh:mm:ssZ"
        },
        {
          "record": "sealed",
          "at": "YYYY-MM-DDThh:mm:ssZ",
          "sid": "SK.2.............................."
        },
        {
          "record": "inspected",
          "at": "YYYY-MM-DDThh:mm:ssZ"
        },
        {
          "record": "verified",
          "at": "YYYY-MM-DDThh:mm:ssZ"
        },
        {
          "record": "published",
          "at": "YYYY-MM-DDThh:mm:ssZ",
          "sink": 0
        },
        {
          "record": "read-back",
          "at": "YYYY-MM-DDThh:mm:ssZ",
          "sink": 0,
          "readable": true
        },
        {
          "record": "current",
          "at": "YYYY-MM-DDThh:mm:ssZ",
          "retire_at": "YYYY-MM-DDThh:mm:ssZ"
        }
      ]
    }
    "#);
}

#[test]
fn resume() {
    let world = sealed();
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation      phase      old key                             new key                             begun                 old key ends
    rotation.id1  verifying  SK.1..............................  SK.2..............................  YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    ");
    assert_snapshot!(world.run(&["rotation", "resume", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotation-moved/v1",
      "rotation": {
        "result": "in-grace",
        "rotation": "rotation.id1",
        "old": "SK.1..............................",
        "new": "SK.2..............................",
        "retire_at": "YYYY-MM-DDThh:mm:ssZ",
        "switched": false
      }
    }
    "#);
    assert_eq!(world.live().len(), 2);
    world.days_pass(1);
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!((world.live().len(), world.sealed()), (1, 0));
}

#[test]
fn retire() {
    let world = in_grace();
    assert_snapshot!(world.refused(&["rotation", "retire"]), @r"
    exit: 2
    --- stderr
    error: `Revoke the old key SK.1.............................. for good, before its grace is over?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    ");
    assert_snapshot!(world.run(&["rotation", "retire", "--yes", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotation-moved/v1",
      "rotation": {
        "result": "ended",
        "rotation": "rotation.id1",
        "old": "SK.1..............................",
        "new": "SK.2..............................",
        "outcome": "rotated"
      }
    }
    --- stderr
    revoked SK.1..............................
    "#);
    assert_eq!((world.live().len(), world.sealed()), (1, 0));
    let id = world.rotations().pop().unwrap();
    assert_snapshot!(world.refused(&["rotation", "retire", &id, "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 has ended
    hint: `twcred keys rotate` begins another; `twcred rotation list --open` shows the open ones
    ");
    let world = sealed();
    assert_snapshot!(world.refused(&["rotation", "retire", "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 has not got its new pair to every sink yet
    hint: `twcred rotation resume rotation.id1` goes on from where it stands
    ");
}

/// Once the grace is over there is nothing to ask: every run retires then.
#[test]
fn retire_after_the_grace() {
    let world = in_grace();
    world.days_pass(2);
    assert_snapshot!(world.run(&["rotation", "retire"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!((world.live().len(), world.sealed()), (1, 0));
}

#[test]
fn rollback() {
    let world = in_grace();
    assert_ne!(world.read("repos.env"), repos());
    assert_snapshot!(world.refused(&["rotation", "rollback", "--no-input"]), @r"
    exit: 2
    --- stderr
    error: `Put SK.1.............................. back everywhere and revoke the new key SK.2.............................. for good?` needs an answer, and --no-input was given
    hint: answer with --yes
    ");
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. stays: the rotation was rolled back
    --- stderr
    env:~/repos.env#TWILIO_API_KEY does not hold the new pair any more
    revoked SK.2..............................
    ");
    assert_eq!(world.read("repos.env"), repos());
    assert_eq!((world.live(), world.sealed(), world.open()), (vec![key_sid('1')], 0, 0));
    assert_snapshot!(world.run(&["rotation", "list", "--json"]).out.matches("rolled-back").count(), @"1");
    // The way is free for another.
    assert_eq!(world.run(&[ROTATE, &["--now"]].concat()).code, Some(0));
    let id = world.rotations().pop().unwrap();
    assert_snapshot!(world.refused(&["rotation", "rollback", &id, "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id2 has ended
    hint: `twcred keys rotate` begins another; `twcred rotation list --open` shows the open ones
    ");
}

#[test]
fn rollback_of_a_pair_that_was_edited() {
    let world = in_grace();
    let edited = world.read("repos.env").replace("OTHER='a value'", "OTHER='another value'");
    world.file("repos.env", &edited);
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotation-moved/v1",
      "rotation": {
        "result": "ended",
        "rotation": "rotation.id1",
        "old": "SK.1..............................",
        "new": "SK.2..............................",
        "outcome": "rolled-back"
      }
    }
    --- stderr
    env:~/repos.env#TWILIO_API_KEY does not hold the new pair any more
    revoked SK.2..............................
    "#);
    assert_eq!(world.read("repos.env"), repos().replace("OTHER='a value'", "OTHER='another value'"));
}

#[test]
fn abort() {
    let world = sealed();
    assert_eq!(world.live().len(), 2);
    assert_snapshot!(world.run(&["rotation", "abort", "--yes"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. stays: the rotation was aborted
    --- stderr
    revoked SK.2..............................
    ");
    assert_eq!(world.read("repos.env"), repos());
    assert_eq!((world.live(), world.sealed(), world.open()), (vec![key_sid('1')], 0, 0));
    let world = in_grace();
    assert_snapshot!(world.refused(&["rotation", "abort", "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 may have its new pair in a sink already
    hint: `twcred rotation rollback rotation.id1` puts the old pair back everywhere
    ");
}

/// A pair exchanged by hand in the grace is nobody's to overwrite.
#[test]
fn a_stranger_in_the_file() {
    let world = in_grace();
    let new = world.live().pop().unwrap();
    let strange = world.read("repos.env").replace(new.as_str(), key_sid('7').as_str());
    world.file("repos.env", &strange);
    world.days_pass(1);
    for args in [ROTATE, &["rotation", "resume"], &["rotation", "retire", "--yes"]] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert_eq!(world.live().len(), 2);
    }
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: env:~/repos.env#TWILIO_API_KEY holds SK.3.............................., which is neither the old key SK.1.............................. nor the rotation's new one
    hint: the grace is over: take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation rollback rotation.id1` puts the old pair there, and `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY` begins anew; or name another place for the new one: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK --without SINK`
    hint: nothing was overwritten or revoked; `twcred rotation show rotation.id1` tells which key is which
    ");
    assert_eq!(world.read("repos.env"), strange);
}

/// The old key named anywhere in a sink is in use there.
#[test]
fn an_old_key_that_is_still_held() {
    let world = in_grace();
    let held = world.read("repos.env") + "COPY_OF_KEY=" + key_sid('1').as_str() + "\n";
    world.file("repos.env", &held);
    assert_snapshot!(world.run(&["rotation", "retire", "--yes"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: SK.1.............................. is still held: repos.env:9 COPY_OF_KEY
    hint: if a sink of the rotation holds the old pair again, `twcred rotation resume rotation.id1` puts the new one there, and the grace starts anew
    hint: nothing was revoked; where it is no pair of a rotation's, take it out there, and run again
    ");
    assert_eq!(world.live().len(), 2);
    world.file("repos.env", held.split("COPY_OF_KEY").next().unwrap());
    assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
}

#[test]
fn another_endpoint() {
    let world = in_grace();
    let elsewhere = World::new();
    let url = elsewhere.sandbox.url();
    let port = elsewhere.sandbox.addr().port().to_string();
    let ran = world.refused(&["rotation", "retire", "--yes", "--api-url", &url]);
    assert_snapshot!(ran.to_string().replace(&port, "PORT"), @r"
    exit: 2
    --- stderr
    warning: asking 127.0.0.1:PORT, which is not Twilio
    error: rotation rotation.id1 was begun at TWILIO, and this run talks to 127.0.0.1:PORT
    hint: continue it there: --region, --edge or --api-url for TWILIO
    ");
}
