//! `twcred keys rotate` as its users run it.

use insta::assert_snapshot;
use twcred::model::KeySid;

use crate::support::{World, exposed, key_sid, repos, secret};

pub(crate) const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

pub(crate) fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

pub(crate) fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [ROTATE, more].concat()
}

/// The file as it must be once this key has taken the place of key 1.
pub(crate) fn replaced(world: &World, text: &str, old: char, new: &KeySid) -> String {
    let pair = world.pair(new);
    text.replace(key_sid(old).as_str(), new.as_str()).replace(&secret(old), exposed(&pair.secret))
}

pub(crate) fn newest(world: &World) -> KeySid {
    world.live().pop().unwrap()
}

#[test]
fn dry_run() {
    let world = world();
    let before = crate::support::evidence::Evidence::of(&world);
    assert_snapshot!(world.run(&with(&["-n"])), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    made      YYYY-MM-DDThh:mm:ssZ
    grace     1d
    decision  rotate
      1. create a standard key, once, under a name that carries the rotation's id
      2. seal its secret in the state directory
      3. compare its type and policy with the old key's; revoke it and stop if they differ
      4. verify the new pair with a live call
      5. write env:~/repos.env#TWILIO_API_KEY
      6. read env:~/repos.env#TWILIO_API_KEY back and authenticate with what it gave
      7. mark the new pair current; the old key ends 1d later
      8. a later run, after 1d: make sure that no sink holds SK.1.............................., then revoke it
      9. take the id out of the new key's name and delete the sealed secret
    ");
    assert_snapshot!(world.run(&with(&["-n", "--json", "--max-age", "5d", "--check", "true", "--after", "true"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.plan/v1",
      "plans": [
        {
          "account": "AC.1..............................",
          "key": "SK.1..............................",
          "name": "ci-deploy",
          "kind": "standard",
          "policy": null,
          "created": "YYYY-MM-DDThh:mm:ssZ",
          "sinks": [
            "env:~/repos.env#TWILIO_API_KEY"
          ],
          "grace_seconds": 86400,
          "max_age_seconds": 432000,
          "decision": "rotate",
          "steps": [
            "create a standard key, once, under a name that carries the rotation's id",
            "seal its secret in the state directory",
            "compare its type and policy with the old key's; revoke it and stop if they differ",
            "verify the new pair with a live call",
            "write env:~/repos.env#TWILIO_API_KEY",
            "read env:~/repos.env#TWILIO_API_KEY back and authenticate with what it gave",
            "run the check command; hold while it fails",
            "mark the new pair current; the old key ends 1d later",
            "run the after command",
            "a later run, after 1d: make sure that no sink holds SK.1.............................., then revoke it",
            "take the id out of the new key's name and delete the sealed secret"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(world.run(&with(&["-n", "--max-age", "90d"])), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    made      YYYY-MM-DDThh:mm:ssZ
    grace     1d
    decision  nothing: not due before YYYY-MM-DDThh:mm:ssZ
    ");
    assert_eq!(crate::support::evidence::Evidence::of(&world), before);
}

/// Not due, due, in grace, over: what the same line does on each day.
#[test]
fn by_age() {
    let world = world();
    let daily = |more: &[&str]| world.run(&[&with(&["--max-age", "12d", "--grace", "1d"])[..], more].concat());
    assert_snapshot!(daily(&[]), @r"
    exit: 0
    --- stdout
    SK.1.............................. is not due before YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(daily(&["--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.keys-rotate/v1",
      "rotations": [
        {
          "result": "not-due",
          "key": "SK.1..............................",
          "due": "YYYY-MM-DDThh:mm:ssZ"
        }
      ]
    }
    "#);
    assert_snapshot!(daily(&["-q"]), @"exit: 0");
    world.days_pass(1);
    assert_snapshot!(daily(&["--dry-run"]), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    made      YYYY-MM-DDThh:mm:ssZ
    grace     1d
    decision  rotate
      1. create a standard key, once, under a name that carries the rotation's id
      2. seal its secret in the state directory
      3. compare its type and policy with the old key's; revoke it and stop if they differ
      4. verify the new pair with a live call
      5. write env:~/repos.env#TWILIO_API_KEY
      6. read env:~/repos.env#TWILIO_API_KEY back and authenticate with what it gave
      7. mark the new pair current; the old key ends 1d later
      8. a later run, after 1d: make sure that no sink holds SK.1.............................., then revoke it
      9. take the id out of the new key's name and delete the sealed secret
    ");
    assert_snapshot!(daily(&[]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &repos(), '1', &newest(&world)));
    assert_snapshot!(daily(&[]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and ends YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(daily(&["--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.keys-rotate/v1",
      "rotations": [
        {
          "result": "in-grace",
          "rotation": "rotation.id1",
          "old": "SK.1..............................",
          "new": "SK.2..............................",
          "retire_at": "YYYY-MM-DDThh:mm:ssZ",
          "switched": false
        }
      ]
    }
    "#);
    assert_snapshot!(daily(&["--dry-run"]), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    grace     1d
    decision  nothing: rotation rotation.id1 is in grace until YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(daily(&["-q"]), @"exit: 0");
    assert_eq!(world.live().len(), 2);
}

/// The day on which the grace of such a rotation is over.
#[test]
fn by_age_at_the_end_of_the_grace() {
    let world = world();
    let daily = |more: &[&str]| world.run(&[&with(&["--max-age", "12d", "--grace", "1d"])[..], more].concat());
    world.days_pass(1);
    assert_eq!(daily(&[]).code, Some(0));
    world.days_pass(1);
    assert_snapshot!(daily(&["--dry-run"]), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    grace     1d
    decision  revoke the old key of rotation rotation.id1
    ");
    assert_snapshot!(daily(&[]), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
    assert_eq!(world.names(), ["ci-deploy"]);
    assert_snapshot!(daily(&[]), @r"
    exit: 0
    --- stdout
    SK.2.............................. is not due before YYYY-MM-DDThh:mm:ssZ
    ");
}

#[test]
fn now() {
    let world = world();
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &repos(), '1', &newest(&world)));
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
    // Each run does one thing: what was begun without --now is only ended by it.
    assert_eq!(world.run(ROTATE).code, Some(0));
    assert_snapshot!(world.run(&with(&["--now", "--json"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.keys-rotate/v1",
      "rotations": [
        {
          "result": "ended",
          "rotation": "rotation.id2",
          "old": "SK.2..............................",
          "new": "SK.3..............................",
          "outcome": "rotated"
        }
      ]
    }
    --- stderr
    revoked SK.2..............................
    "#);
    assert_snapshot!(world.run(&with(&["--now", "-q"])), @r"
    exit: 0
    --- stdout
    SK.3.............................. was replaced by SK.4.............................. and is revoked
    ");
    assert_eq!((world.live().len(), world.open()), (1, 0));
}

#[test]
fn to_json_and_a_program_as_well() {
    let world = world();
    let program = world.file(
        "program",
        "#!/bin/sh\nread -r line\ncase $line in\n*'\"store\"'*) printf '%s' \"$line\" > stored ;;\n\
         *'\"load\"'*) test -e stored && sed 's/.*\"credential\"://; s/}}$/}/' stored || echo '{}' ;;\nesac\n",
    );
    std::process::Command::new("chmod").arg("755").arg(&program).status().unwrap();
    let exec = format!("exec:{}", program.display());
    assert_snapshot!(world.run(&with(&["--now", "--to", "json:keys.json", "--to", &exec])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    wrote json:~/keys.json
    read json:~/keys.json back: it works
    wrote exec:~/program
    read exec:~/program back: it works
    revoked SK.1..............................
    ");
    let pair = world.pair(&newest(&world));
    for name in ["keys.json", "stored", "repos.env"] {
        let text = world.read(name);
        assert!(text.contains(pair.sid.as_str()) && text.contains(exposed(&pair.secret)), "{name}");
    }
    // The next time the others are not named, and hold the old key: it must not be revoked under them.
    assert_eq!(world.run(ROTATE).code, Some(0));
    assert_snapshot!(world.run(&with(&["--now", "--to", "json:keys.json", "--to", &exec])), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.3.............................. and is revoked
    --- stderr
    revoked SK.2..............................
    ");
    let pair = world.pair(&newest(&world));
    for name in ["keys.json", "stored", "repos.env"] {
        assert!(world.read(name).contains(exposed(&pair.secret)), "{name}");
    }
    assert_eq!(world.live().len(), 1);
}

/// The line of a crontab, run daily for a quarter and more.
#[test]
fn from_cron() {
    let world = World::new();
    world.file("repos.env", &repos());
    let mut told = Vec::new();
    for day in 11..=200 {
        world.days_pass(1);
        let ran = world.run(&with(&["--max-age", "90d", "-q"]));
        assert_eq!(ran.code, Some(0), "day {day}: {ran}");
        let live = world.live();
        assert!(live.len() <= 2, "day {day}: {live:?}");
        let pair = world.pair(live.last().unwrap());
        let text = world.read("repos.env");
        assert!(text.contains(pair.sid.as_str()) && text.contains(exposed(&pair.secret)), "day {day}");
        if ran.to_string() != "exit: 0\n" {
            told.push(format!("day {day}, {} live: {}{}", live.len(), ran.out, ran.err));
        }
    }
    assert_snapshot!(told.join("\n"), @r"
    day 89, 2 live: SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ

    day 90, 1 live: SK.1.............................. was replaced by SK.2.............................. and is revoked

    day 178, 2 live: SK.2.............................. was replaced by SK.3..............................; the old key ends YYYY-MM-DDThh:mm:ssZ

    day 179, 1 live: SK.2.............................. was replaced by SK.3.............................. and is revoked
    ");
    assert_eq!(world.rotations().len(), 2);
    assert_eq!(world.sealed(), 0);
}

/// What an earlier rotation filled is filled again, though nobody names it: the key would be revoked under it.
#[test]
fn a_sink_that_is_not_named_again() {
    let world = world();
    assert_eq!(world.run(&with(&["--now", "--to", "json:keys.json"])).code, Some(0));
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.3.............................. and is revoked
    --- stderr
    SK.3.............................. is made, its secret sealed
    SK.3.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    wrote json:~/keys.json
    read json:~/keys.json back: it works
    revoked SK.2..............................
    ");
    let pair = world.pair(&newest(&world));
    assert!(world.read("keys.json").contains(exposed(&pair.secret)));
    assert!(world.read("repos.env").contains(exposed(&pair.secret)));
    // Away, it may hold the key: nothing is begun before it is back, or the user says that it is gone for good.
    crate::support::remove(&world.path("keys.json"));
    let away = world.run(&with(&["--now"]));
    assert_eq!(away.code, Some(3), "{away}");
    assert!(away.err.contains("json:~/keys.json is not there, and may hold SK.3"), "{away}");
    assert!(away.err.contains("--without json:~/keys.json"), "{away}");
    let without = format!("json:{}", world.path("keys.json").display());
    assert_eq!(world.run(&with(&["--now", "--without", &without])).code, Some(0));
    assert!(!world.path("keys.json").exists());
}

/// Somebody edits the file while the rotation is under way: his line stays, and so does the new pair.
#[test]
fn a_file_that_is_edited_meanwhile() {
    let world = world();
    world.fault("hold-before=POST /v1/Keys");
    let child = world.held(&with(&["--now"]));
    let edited = repos() + "ADDED=1\n";
    world.file("repos.env", &edited);
    world.settle();
    let ran = world.ran(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), replaced(&world, &edited, '1', &newest(&world)));
}
