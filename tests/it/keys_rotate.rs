//! `twcred keys rotate` as its users run it.

use insta::assert_snapshot;
use twcred::model::{KeyKind, KeySid, Policy};
use twcred::sandbox::Kind;

use crate::support::front::{Front, Role};
use crate::support::{World, add_key, env_text, exposed, key, key_sid, repos, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [ROTATE, more].concat()
}

/// The file as it must be once this key has taken the place of key 1.
fn replaced(world: &World, text: &str, old: char, new: &KeySid) -> String {
    let pair = world.pair(new);
    text.replace(key_sid(old).as_str(), new.as_str()).replace(&secret(old), exposed(&pair.secret))
}

fn newest(world: &World) -> KeySid {
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

/// Three projects: two that share a key, and one of its own.
fn three() -> (World, String) {
    let world = World::with(|state| add_key(state, 'a', '2', "shop", Kind::Standard, 5));
    let shared = env_text(&key('1')).replace("TWILIO_", "BAR_TWILIO_");
    let own =
        env_text(&key('2')).replace("TWILIO_API_SECRET", "TWILIO_API_KEY_SECRET").replace("TWILIO_", "SHOP_TWILIO_");
    let text = repos() + &shared + &own;
    world.file("repos.env", &text);
    (world, text)
}

#[test]
fn one_of_several() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--var", "SHOP_TWILIO_API_KEY", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '2', &newest(&world)));
}

/// A key that two projects share is one rotation, whichever of them is named.
#[test]
fn a_shared_key_goes_as_one() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--var", "BAR_TWILIO_API_KEY", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '1', &newest(&world)));
    assert_eq!(world.rotations().len(), 1);
}

#[test]
fn all_of_them() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--all", "--dry-run", "--json"])).to_string().matches("\"decision\": \"rotate\"").count(), @"2");
    assert_snapshot!(world.run(&with(&["--all", "-q"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.3..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    SK.2.............................. was replaced by SK.4..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    ");
    assert_eq!((world.live().len(), world.open()), (4, 2));
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.3.............................. and is revoked
    SK.2.............................. was replaced by SK.4.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    revoked SK.2..............................
    ");
    let [first, second] = world.live().try_into().unwrap();
    let expected = replaced(&world, &replaced(&world, &text, '1', &first), '2', &second);
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!((world.open(), world.sealed()), (0, 0));
}

/// One pair that cannot be rotated does not keep the others from it; the exit code tells.
#[test]
fn all_but_one() {
    let (world, text) = three();
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 1
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    error: SK.3.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '2', &newest(&world)));
}

/// A project whose lines make no pair is told, and keeps no other from its turn. The exit code is the worst.
#[test]
fn all_but_a_broken_project() {
    let (world, text) = three();
    let broken =
        format!("\nBAD_TWILIO_API_KEY={}\n\nWORSE_TWILIO_API_KEY=x\nWORSE_TWILIO_API_SECRET=y\n", key_sid('9'));
    let text = text + &broken;
    world.file("repos.env", &text);
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 2
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    SK.3.............................. was replaced by SK.4.............................. and is revoked
    --- stderr
    error: cannot rotate all of ~/repos.env
      because: line 18, WORSE_TWILIO_API_KEY: does not start with SK (an API key SID)
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    SK.4.............................. is made, its secret sealed
    SK.4.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.3..............................
    error: cannot rotate all of ~/repos.env
      because: line 16, BAD_TWILIO_API_KEY: the secret that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    let [first, second] = world.live().try_into().unwrap();
    let expected = replaced(&world, &replaced(&world, &text, '1', &first), '2', &second);
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!((world.open(), world.sealed()), (0, 0));
    // With nothing but broken ones, nothing is done.
    world.file("repos.env", &broken);
    assert_snapshot!(world.run(&with(&["--all", "--json"])), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot rotate all of ~/repos.env","because":["line 4, WORSE_TWILIO_API_KEY: does not start with SK (an API key SID)"],"hints":["AC… names an account and SK… a key, each 34 characters long; the Console shows both"]}
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot rotate all of ~/repos.env","because":["line 2, BAD_TWILIO_API_KEY: the secret that belongs to it is missing"],"hints":["put the missing half beside it, or take this line out: a credential is whole or not there"]}
    "#);
}

/// Two ways in which a run of several fails: a person must look, and a later run may help.
#[test]
fn of_several_failures_the_worst_is_the_exit_code() {
    let (world, text) = three();
    world.file("repos.env", &(text + &format!("BAD_TWILIO_API_KEY={}\n", key_sid('9'))));
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    let ran = world.run(&with(&["--all", "--now"]));
    assert_eq!((ran.code, ran.err.matches("error: ").count()), (Some(1), 2), "{ran}");
}

/// A project whose lines cannot be read may still use the key that another project shares with it.
#[test]
fn a_key_that_a_broken_project_uses_is_left_alone() {
    let (world, text) = three();
    let shared = env_text(&key('2')).replace("TWILIO_", "BAD_TWILIO_").replace("SECRET=", "SECRET=\"$X");
    let text = text + &shared.replace('\n', "\"\n").replace("=AC", "=\"AC").replace("KEY=SK", "KEY=\"SK");
    world.file("repos.env", &text);
    for args in [["--all", "--now"], ["--var=SHOP_TWILIO_API_KEY", "--now"]] {
        let ran = world.run(&with(&args));
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("is still held: repos.env:16 BAD_TWILIO_API_KEY"), "{ran}");
        assert!(world.live().contains(&key_sid('2')), "{ran}");
    }
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

#[test]
fn a_check_that_fails_and_passes() {
    let world = world();
    let rotate = with(&["--now", "--check", "test -e ready && echo \"$TWCRED_OLD_KEY_SID to $TWCRED_NEW_KEY_SID\""]);
    assert_snapshot!(world.run(&rotate), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    SK.1.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    error: rotation rotation.id1 stopped
      because: the check command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: every sink holds the new pair, and the old one still works; run again once the check passes
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (2, 1, 1));
    assert_snapshot!(world.run(&rotate), @r"
    exit: 7
    --- stderr
    error: rotation rotation.id1 stopped
      because: the check command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: every sink holds the new pair, and the old one still works; run again once the check passes
    ");
    world.file("ready", "");
    // What was asked at the beginning still counts, whatever this run says.
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.1.............................. and is revoked
    --- stderr
    SK.2.............................. to SK.1..............................
    the check command succeeded
    revoked SK.2..............................
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
}

#[test]
fn an_after_that_fails_and_passes() {
    let world = world();
    let rotate = with(&["--now", "--after", "test -e ready"]);
    assert_snapshot!(world.run(&rotate), @r"
    exit: 5
    --- stderr
    SK.1.............................. is made, its secret sealed
    SK.1.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    error: rotation rotation.id1 stopped
      because: the after command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: the new pair is current, and the old one still works; run again to repeat the command
    ");
    assert_eq!((world.live().len(), world.open()), (2, 1));
    world.file("ready", "");
    assert_snapshot!(world.run(&rotate), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.1.............................. and is revoked
    --- stderr
    the after command succeeded
    revoked SK.2..............................
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
}

fn policy(names: &[&str]) -> Policy {
    Policy { allow: names.iter().map(|name| format!("/twilio/{name}")).collect() }
}

/// A world with a Restricted key, behind something that changes what is asked and answered at a create.
fn restricted(request: fn(String) -> String, answer: fn(String) -> String) -> (World, Front) {
    let allow = policy(&["messaging/messages/create", "messaging/messages/read"]);
    let world = World::with(|state| add_key(state, 'a', '2', "sms", Kind::Restricted(allow), 40)).with_token();
    world.file("repos.env", &env_text(&key('2')));
    let create = |what: &str| what == "POST /v1/Keys";
    let role = Role::Rewrite(
        Box::new(move |what, body| if create(what) { request(body) } else { body }),
        Box::new(move |what, body| if create(what) { answer(body) } else { body }),
    );
    let front = Front::start(role, world.sandbox.addr());
    let url = format!("http://{}", front.addr);
    (world.env("TWCRED_API_URL", &url), front)
}

#[test]
fn a_restricted_key_keeps_its_policy() {
    let (world, _front) = restricted(|body| body, |body| body);
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
    let kind = world.sandbox.with_state(|state| state.key(&newest_of(state)).unwrap().1.kind.clone());
    assert_eq!(kind, Kind::Restricted(policy(&["messaging/messages/create", "messaging/messages/read"])));
    assert_eq!(KeyKind::Restricted.to_string(), "restricted");
}

fn newest_of(state: &twcred::sandbox::State) -> KeySid {
    state.keys(&crate::support::account_sid('a')).last().unwrap().sid.clone()
}

/// Wider, narrower, or none at all: the new key is revoked at once, and the old pair stays.
#[test]
fn a_key_that_is_not_what_was_asked() {
    // Twilio passes the policy over and makes a Standard key.
    let plain = |body: String| {
        let kept = body.split('&').filter(|field| !field.starts_with("Policy=") && !field.starts_with("KeyType="));
        kept.collect::<Vec<_>>().join("&")
    };
    let (world, _front) = restricted(plain, |body| body);
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    error: rotation rotation.id1 stopped
      because: the key that Twilio made is not what was asked for: it has no policy, so it may do anything a Standard key may
    hint: the new key is revoked and the old pair stands everywhere, unchanged
    ");
    let (world, _front) = restricted(
        |body| body,
        |body| {
            body.replace(
                "\"/twilio/messaging/messages/read\"",
                "\"/twilio/messaging/messages/read\",\"/twilio/voice/calls/create\"",
            )
        },
    );
    assert_snapshot!(world.undone(ROTATE), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    error: rotation rotation.id1 stopped
      because: the key that Twilio made is not what was asked for: its policy allows /twilio/voice/calls/create beyond what was asked, and lacks nothing
    hint: the new key is revoked and the old pair stands everywhere, unchanged
    ");
    let (world, _front) = restricted(
        |body| body,
        |body| body.replace("\"/twilio/messaging/messages/read\"", "\"/twilio/messaging/messages/list\""),
    );
    assert_snapshot!(world.undone(&with(&["--json"])), @r#"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    revoked SK.1..............................
    {"schema":"twcred.error/v1","exit":7,"kind":"unverified","error":"rotation rotation.id1 stopped","because":["the key that Twilio made is not what was asked for: its policy allows /twilio/messaging/messages/list beyond what was asked, and lacks /twilio/messaging/messages/read"],"hints":["the new key is revoked and the old pair stands everywhere, unchanged"]}
    "#);
    // It is said once; the next run begins anew.
    assert_eq!(world.rotations().len(), 1);
}

#[test]
fn a_main_key_is_not_replaced_by_less_unasked() {
    let world = World::with(|state| add_key(state, 'a', '2', "main", Kind::Main, 40)).with_token();
    world.file("repos.env", &env_text(&key('2')));
    assert_eq!(world.refused(ROTATE).code, Some(2));
    assert_snapshot!(world.run(&with(&["--now", "--allow-downgrade"])), @r"
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
    let kind = world.sandbox.with_state(|state| state.key(&newest_of(state)).unwrap().1.kind.clone());
    assert_eq!(kind, Kind::Standard);
}

/// A Restricted key that may manage keys replaces itself, and its successor finishes.
#[test]
fn a_key_that_replaces_itself() {
    let allow = ["create", "read", "list", "update", "delete"].map(|action| format!("iam/api-keys/{action}"));
    let allow = policy(&allow.each_ref().map(String::as_str));
    let world = World::with(|state| add_key(state, 'a', '2', "deployer", Kind::Restricted(allow), 40));
    world.file("repos.env", &env_text(&key('2')));
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    ");
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &env_text(&key('2')), '2', &newest(&world)));
    assert_eq!((world.live().len(), world.open(), world.sealed()), (2, 0, 0));
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

/// The commands of the newest run count, or a slip in one would hold the rotation for good; the grace stays, and that is
/// said.
#[test]
fn flags_that_come_later() {
    let world = world();
    assert_eq!(world.run(&with(&["--check", "false", "--grace", "2h"])).code, Some(7));
    let later = world.run(&with(&["--check", "true", "--grace", "1h", "--after", "true"]));
    assert_eq!(later.code, Some(0), "{later}");
    assert!(later.err.contains("warning: --grace has no effect"), "{later}");
    assert!(later.err.contains("the check command succeeded\nthe after command succeeded"), "{later}");
    assert!(!later.err.contains("--check has no effect"), "{later}");
    let again = world.run(&with(&["--grace", "1h"]));
    assert!(
        again.code == Some(0) && again.err.contains("and keeps what it was begun with, 2h"),
        "in the grace: {again}"
    );
}

/// Whoever did not type it does not find its name in a warning.
#[test]
fn a_grace_that_nobody_says_is_no_flag_that_has_no_effect() {
    let world = world();
    assert_eq!(world.run(&with(&["--check", "false", "--grace", "2h"])).code, Some(7));
    let later = world.run(&with(&["--check", "true"]));
    assert!(later.code == Some(0) && !later.err.contains("has no effect"), "{later}");
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
