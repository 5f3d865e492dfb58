//! `twcred sink`: the places of targets seen, tried, compared and filled.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::{AccountSeed, AccountStatus, Kind};

use crate::config_file::{configured, own};
use crate::support::evidence::Evidence;
use crate::support::{Ran, World, account_sid, add_key, env_text, exposed, key, key_sid, repos, secret};

const SHOP: &str = "[targets.shop]\nenv-file = \"~/repos.env\"\nsinks = [\"json:~/app.json\", \"env:~/other.env#APP_TWILIO_API_KEY\", \"exec:~/put\"]\n";

/// A target whose further sinks hold nothing yet; `put` answers `load` in this way.
fn shop(answer: &str) -> World {
    let world = World::with(|state| add_key(state, 'a', '2', "other", Kind::Standard, 40));
    world.file("repos.env", &repos());
    own(&world, SHOP);
    program(&world, answer);
    world
}

/// A program that notes what it is told, and answers `load` in this way.
fn program(world: &World, answer: &str) {
    let text = format!(
        "#!/bin/sh\numask 077\nread -r line\ncase $line in\n*'\"store\"'*) printf '%s' \"$line\" | sed 's/.*\"credential\"://; s/}}}}$/}}/' > held ;;\n\
         *'\"load\"'*) {answer} ;;\nesac\n"
    );
    let path = world.file("put", &text);
    std::fs::File::open(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A run with its tables set as narrow as can be: how wide they are depends on where the home is.
pub(crate) fn narrow(ran: &Ran) -> String {
    let text = ran.to_string();
    let lines = text.lines().map(|line| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        if line.starts_with(' ') { line.to_owned() } else { cells.join("  ") }
    });
    lines.collect::<Vec<_>>().join("\n")
}

const REMEMBERS: &str = "cat held 2>/dev/null || echo '{}'";

fn json(digit: char, secret: &str) -> String {
    format!(
        "{{\"account_sid\":\"{}\",\"api_key\":\"{}\",\"api_secret\":\"{secret}\"}}\n",
        account_sid('a'),
        key_sid(digit)
    )
}

#[test]
fn list() {
    let world = World::new();
    assert_snapshot!(world.run(&["sink", "list"]), @r"
    exit: 0
    --- stdout
    WRITTEN                IS
    env:FILE[#VARIABLE,…]  An env file; the fragment names the variables of key SIDs, or of Auth Tokens, that belong together
    json:FILE[#/POINTER]   A JSON file; account_sid, api_key and api_secret, or auth_token, in the object at the pointer
    keyring:NAME           A profile; its secret is in the keyring, or in the file that `profile add --store file` chose
    exec:PROGRAM           A program of yours, which gets the credential as JSON on its standard input
    ");
    assert_eq!(world.run(&["sink", "list", "--config", "none.toml"]).code, Some(2));
    own(
        &world,
        &format!(
            "{SHOP}[targets.token]\nkind = \"auth-token\"\nenv-file = \"/srv/repos.env\"\nvariables = [\"TWILIO_AUTH_TOKEN\"]\n"
        ),
    );
    let listed = world.run(&["sink", "ls"]);
    let listed = narrow(&listed);
    let places = listed.split_once("TARGET").unwrap().1;
    assert_snapshot!(places, @r"
      KIND  SINK  IS
    shop  api-key  env:~/repos.env  source
    shop  api-key  json:~/app.json
    shop  api-key  env:~/other.env#APP_TWILIO_API_KEY
    shop  api-key  exec:~/put
    token  auth-token  env:/srv/repos.env#TWILIO_AUTH_TOKEN  source
    ");
    let json: serde_json::Value = serde_json::from_str(&world.run(&["sink", "list", "--json"]).raw_out).unwrap();
    assert_eq!((&json["schema"], json["places"].as_array().unwrap().len()), (&"twcred.sinks/v1".into(), 5));
    assert_eq!(json["places"][0]["source"], true);
}

#[test]
fn test_writes_nothing() {
    let world = shop(REMEMBERS);
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "test"])), @r"
    exit: 0
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    shop  env:~/repos.env#TWILIO_API_KEY  yes  SK.1..............................
    shop  json:~/app.json  yes  nothing
    shop  env:~/other.env#APP_TWILIO_API_KEY  yes  nothing
    shop  exec:~/put  yes  nothing
    ");
    std::fs::create_dir(world.path("app.json")).unwrap();
    assert_snapshot!(narrow(&world.run(&["sink", "test", "shop"])), @r"
    exit: 2
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    shop  env:~/repos.env#TWILIO_API_KEY  yes  SK.1..............................
    shop  json:~/app.json  no
    shop  env:~/other.env#APP_TWILIO_API_KEY  yes  nothing
    shop  exec:~/put  yes  nothing
    --- stderr
    error: json:~/app.json could not be written
      because: cannot read json:~/app.json
      because: ~/app.json is a directory, not a regular file
    hint: name a regular file: a secrets file is read whole and replaced whole
    ");
    std::fs::remove_dir(world.path("app.json")).unwrap();
    assert_snapshot!(narrow(&world.run(&["sink", "test", "--sink", "json:new.json", "--sink", "env:repos.env", "--json"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.sink-test/v1",
      "sinks": [
        {
          "sink": "json:~/new.json",
          "writable": true,
          "holds": null
        },
        {
          "sink": "env:~/repos.env",
          "writable": true,
          "holds": "SK.1.............................."
        }
      ]
    }
    "#);
    assert_snapshot!(narrow(&world.run(&["sink", "test", "none"])), @r"
    exit: 2
    --- stderr
    error: the configuration ~/.config/twcred/twcred.toml has no target called none
    hint: known are shop
    ");
    assert_eq!(Evidence::of(&world), before);
    assert!(!world.path("held").exists());
}

#[test]
fn diff_tells_every_difference_and_no_value() {
    let world = shop(REMEMBERS);
    assert_snapshot!(narrow(&world.run(&["sink", "diff"])), @r"
    exit: 3
    --- stdout
    TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
    shop  env:~/repos.env#TWILIO_API_KEY  SK.1..............................  1131f01e  source
    shop  json:~/app.json  nothing
    shop  env:~/other.env#APP_TWILIO_API_KEY  nothing
    shop  exec:~/put  nothing
    --- stderr
    error: the sinks of shop do not hold the same
    hint: `twcred sink push shop` puts what the first one holds into the others
    ");
    // Another secret, another key, and one that cannot be read.
    world.private("app.json", &json('1', &secret('9')));
    let other = env_text(&key('2')).replace("TWILIO_API", "APP_TWILIO_API");
    world.private("other.env", &other);
    program(&world, "exit 3");
    let drifted = world.run(&["sink", "diff", "shop"]);
    assert_snapshot!(narrow(&drifted), @r"
    exit: 3
    --- stdout
    TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
    shop  env:~/repos.env#TWILIO_API_KEY  SK.1..............................  1131f01e  source
    shop  json:~/app.json  SK.1..............................  ca1d2c0a  other secret
    shop  env:~/other.env#APP_TWILIO_API_KEY  SK.2..............................  9dcdd6c4  other key
    shop  exec:~/put  not readable
    --- stderr
    error: the sinks of shop do not hold the same
    hint: `twcred sink push shop` puts what the first one holds into the others
    ");
    assert_snapshot!(narrow(&world.run(&["sink", "diff", "-q"])), @r"
    exit: 3
    --- stdout
    TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
    shop  json:~/app.json  SK.1..............................  ca1d2c0a  other secret
    shop  env:~/other.env#APP_TWILIO_API_KEY  SK.2..............................  9dcdd6c4  other key
    --- stderr
    error: the sinks of shop do not hold the same
    hint: `twcred sink push shop` puts what the first one holds into the others
    ");
    let as_json = world.run(&["sink", "diff", "--json"]);
    for ran in [&drifted, &as_json] {
        assert!(!world.leaks(&ran.raw_out) && !ran.raw_out.contains(&secret('9')), "{ran}");
    }
    let rows: serde_json::Value = serde_json::from_str(&as_json.raw_out).unwrap();
    let states: Vec<&str> =
        rows["sinks"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["source", "other-secret", "other-key", "not-readable"]);
    // All the same: nothing to be said from cron.
    world.file("app.json", &json('1', &secret('1')));
    world.file("other.env", &env_text(&key('1')).replace("TWILIO_API", "APP_TWILIO_API"));
    assert_snapshot!(narrow(&world.run(&["sink", "diff", "-q"])), @"exit: 0");
}

#[test]
fn push_fills_what_holds_nothing_or_a_dead_pair() {
    let world = shop(REMEMBERS);
    world.sandbox.with_state(|state| state.remove_key(&key_sid('2')).unwrap());
    world.private("app.json", &json('2', &secret('2')));
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop"])), @r"
    exit: 2
    --- stderr
    error: target shop stopped
      because: `Put SK.1.............................. into json:~/app.json (holds SK.2.............................., which Twilio rejects), env:~/other.env#APP_TWILIO_API_KEY (holds nothing), exec:~/put (holds nothing)?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    ");
    assert_eq!(Evidence::of(&world), before, "nobody said yes");
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 0
    --- stdout
    TARGET  SINK  RESULT
    shop  env:~/repos.env#TWILIO_API_KEY  unchanged
    shop  json:~/app.json  written
    shop  env:~/other.env#APP_TWILIO_API_KEY  written
    shop  exec:~/put  written
    --- stderr
    wrote json:~/app.json
    wrote env:~/other.env#APP_TWILIO_API_KEY
    wrote exec:~/put
    ");
    for file in ["app.json", "other.env", "held"] {
        assert!(world.read(file).contains(key_sid('1').as_str()) && world.read(file).contains(&secret('1')), "{file}");
    }
    assert_eq!(world.run(&["sink", "diff"]).code, Some(0));
    // Again there is nothing to ask.
    assert_snapshot!(narrow(&world.run(&["sink", "push", "--all"])), @r"
    exit: 0
    --- stdout
    TARGET  SINK  RESULT
    shop  env:~/repos.env#TWILIO_API_KEY  unchanged
    shop  json:~/app.json  unchanged
    shop  env:~/other.env#APP_TWILIO_API_KEY  unchanged
    shop  exec:~/put  unchanged
    ");
    assert_eq!(world.live().len(), 1);
    assert_snapshot!(narrow(&world.run(&["sink", "push"])), @r"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      <TARGET>...

    Usage: twcred sink push <TARGET>...

    For more information, try '--help'.
    ");
}

/// What works is somebody's, and the sink may be the only place that has its secret.
#[test]
fn push_takes_no_pair_that_works() {
    let world = shop(REMEMBERS);
    world.private("app.json", &json('2', &secret('2')));
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 3
    --- stderr
    error: target shop stopped
      because: json:~/app.json holds SK.1.............................., which works: its secret would be lost
    hint: nothing was written; keep that pair elsewhere first, or, if nobody uses it: twcred keys revoke SK.1..............................
    ");
    // The same key with a wrong secret is nobody's.
    assert_eq!(Evidence::of(&world), before);
    world.file("app.json", &json('1', &secret('9')));
    assert_eq!(world.run(&["sink", "push", "shop", "--yes"]).code, Some(0));
    assert!(world.read("app.json").contains(&secret('1')));
}

/// To ask again in a while is no help.
#[test]
fn push_leaves_a_pair_of_a_suspended_account_alone() {
    let world = shop(REMEMBERS);
    world.sandbox.with_state(|state| {
        let (name, token) = ("Other".to_owned(), Secret::new("f0e1d2c3".repeat(4)));
        let seed =
            AccountSeed { sid: account_sid('b'), owner: None, name, token, created: twcred::cli::context::clock() };
        state.add_account(seed).unwrap();
        add_key(state, 'b', '3', "theirs", Kind::Standard, 40);
        state.account_mut(&account_sid('b')).unwrap().status = AccountStatus::Suspended;
    });
    world.private("app.json", &json('3', &secret('3')));
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 4
    --- stderr
    error: target shop stopped
      because: json:~/app.json holds SK.1.............................., and whether that works cannot be told
      because: TWILIO refused GET /v2/Services: Account is not active (code 20005, HTTP 403, request RQ…)
    hint: the Console says why: https://console.twilio.com
    hint: nothing was written
    ");
    assert_eq!(Evidence::of(&world), before);
}

#[test]
fn push_never_spreads_a_pair_that_is_rejected() {
    let world = shop(REMEMBERS);
    world.private("app.json", &json('2', &secret('2')));
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 4
    --- stderr
    error: target shop stopped
      because: Twilio rejects the pair that env:~/repos.env#TWILIO_API_KEY holds: TWILIO refused GET /2010-04-01/Accounts/AC.1............................../IncomingPhoneNumbers.json: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: nothing was written; --from SINK takes the pair from another sink of the target
    ");
    assert_eq!(Evidence::of(&world), before);
    let from = format!("json:{}", world.path("app.json").display());
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes", "--from", &from])), @r"
    exit: 0
    --- stdout
    TARGET  SINK  RESULT
    shop  env:~/repos.env#TWILIO_API_KEY  written
    shop  json:~/app.json  unchanged
    shop  env:~/other.env#APP_TWILIO_API_KEY  written
    shop  exec:~/put  written
    --- stderr
    wrote env:~/repos.env#TWILIO_API_KEY
    wrote env:~/other.env#APP_TWILIO_API_KEY
    wrote exec:~/put
    ");
    assert!(world.read("repos.env").contains(key_sid('2').as_str()));
    assert_eq!(world.run(&["keys", "verify", "--env-file", "repos.env"]).code, Some(0));
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes", "--from", "json:/none.json"])), @r"
    exit: 2
    --- stderr
    error: target shop stopped
      because: json:/none.json is no sink of the target
    hint: its sinks are env:~/repos.env#TWILIO_API_KEY, json:~/app.json, env:~/other.env#APP_TWILIO_API_KEY, exec:~/put
    ");
}

#[test]
fn push_leaves_a_rotation_under_way_alone() {
    let world = configured(&format!("{SHOP}check = \"test -e ready\"\n"));
    program(&world, REMEMBERS);
    assert_eq!(world.run(&["keys", "rotate", "shop"]).code, Some(7));
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 5
    --- stderr
    error: target shop stopped
      because: rotation rotation.id1 is under way
    hint: run again to continue it: twcred keys rotate shop, or `twcred rotation resume rotation.id1`
    ");
    assert_eq!(Evidence::of(&world), before);
    world.file("ready", "");
    assert_eq!(world.run(&["keys", "rotate", "shop"]).code, Some(0));
    assert_eq!(world.run(&["sink", "push", "shop"]).code, Some(0), "all sinks hold the new pair");
}

/// A backup is put back in the grace. The old key cannot be retired while the file holds it; push mends the file, also
/// where nothing but the sealed file has the new secret.
#[test]
fn push_gives_back_the_new_pair_in_a_grace() {
    for sinks in ["", "sinks = [\"json:~/app.json\"]\n"] {
        let world = configured(&format!("[targets.shop]\nenv-file = \"~/repos.env\"\n{sinks}"));
        assert_eq!(world.run(&["keys", "rotate", "shop"]).code, Some(0));
        let new = world.live().pop().unwrap();
        world.file("repos.env", &(repos() + "ADDED=1\n"));
        assert_eq!(world.run(&["keys", "rotate", "shop", "--now"]).code, Some(3), "it is still held");
        assert_eq!(world.run(&["sink", "push", "shop"]).code, Some(2), "it asks");
        let pushed = world.run(&["sink", "push", "shop", "--yes"]);
        if sinks.is_empty() {
            assert_snapshot!(narrow(&pushed), @r"
            exit: 0
            --- stdout
            TARGET  SINK  RESULT
            shop  env:~/repos.env#TWILIO_API_KEY  written
            --- stderr
            wrote env:~/repos.env#TWILIO_API_KEY
            read env:~/repos.env#TWILIO_API_KEY back: it works
            ");
        }
        assert_eq!(pushed.code, Some(0), "{pushed}");
        let text = world.read("repos.env");
        assert!(text.contains(exposed(&world.pair(&new).secret)) && text.ends_with("ADDED=1\n"), "{text}");
        assert_eq!(world.live().len(), 2);
        let ended = world.run(&["keys", "rotate", "shop", "--now"]);
        assert_eq!(ended.code, Some(0), "{ended}");
        assert_eq!((world.live(), world.open(), world.sealed()), (vec![new], 0, 0));
    }
}

/// A sink that holds a third key in the grace is somebody's own work.
#[test]
fn push_in_a_grace_stops_at_a_stranger() {
    let world = World::with(|state| add_key(state, 'a', '2', "other", Kind::Standard, 40));
    world.file("repos.env", &repos());
    own(&world, "[targets.shop]\nenv-file = \"~/repos.env\"\nsinks = [\"json:~/app.json\"]\n");
    assert_eq!(world.run(&["keys", "rotate", "shop"]).code, Some(0));
    world.file("app.json", &json('2', &secret('2')));
    world.file("repos.env", &repos());
    let before = Evidence::of(&world);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 3
    --- stderr
    error: target shop stopped
      because: rotation rotation.id1 stopped
      because: json:~/app.json holds SK.3.............................., which is neither the old key SK.1.............................. nor the rotation's new one
    hint: take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation resume rotation.id1` puts the new pair there, or `twcred rotation rollback rotation.id1` the old one; or name another place: `twcred keys rotate … --to SINK --without SINK`
    hint: nothing was overwritten or revoked; `twcred rotation show rotation.id1` tells which key is which
    ");
    assert_eq!(Evidence::of(&world), before);
}
