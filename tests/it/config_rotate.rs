//! Rotations through the configuration: one line for everything.

use insta::assert_snapshot;
use twcred::model::KeySid;
use twcred::sandbox::Kind;

use crate::config_file::{configured, own};
use crate::support::{World, account_sid, add_key, env_text, exposed, key, key_sid, repos, secret};

/// Three keys in two files and a JSON file, and a target for each.
fn three() -> World {
    let world = World::with(|state| {
        add_key(state, 'a', '2', "shop", Kind::Standard, 40);
        add_key(state, 'a', '3', "json", Kind::Standard, 100);
    })
    .with_token();
    let shop = env_text(&key('2')).split_once('\n').unwrap().1.replace("TWILIO_", "SHOP_TWILIO_");
    world.file("repos.env", &(repos() + &shop));
    world.file(
        "app.json",
        &format!(
            "{{\"twilio\": {{\"account_sid\": \"{}\", \"api_key\": \"{}\", \"api_secret\": \"{}\"}}}}\n",
            account_sid('a'),
            key_sid('3'),
            secret('3')
        ),
    );
    own(
        &world,
        "[defaults]\nmax-age = \"90d\"\n\n[targets.ci]\nenv-file = \"~/repos.env\"\nvariables = [\"TWILIO_API_KEY\"]\nmax-age = \"12d\"\n\n\
         [targets.shop]\nenv-file = \"~/repos.env\"\nvariables = [\"SHOP_TWILIO_API_KEY\"]\nsinks = [\"json:~/shop.json\"]\n\n\
         [targets.app]\nsinks = [\"json:~/app.json#/twilio\"]\ngrace = \"48h\"\n",
    );
    world
}

fn newest(world: &World) -> KeySid {
    world.live().pop().unwrap()
}

/// A child of the crontab: the same line every day.
const CRON: &[&str] = &["keys", "rotate", "--all", "-q"];

#[test]
fn one_line_of_a_crontab_is_the_whole_job() {
    let world = three();
    let mut told = Vec::new();
    for day in 0..=100 {
        for again in [1, 2] {
            let ran = world.run(CRON);
            assert_eq!(ran.code, Some(0), "day {day}: {ran}");
            assert!(world.live().len() <= 6, "day {day}");
            if !ran.out.is_empty() {
                assert_eq!(again, 1, "day {day}: {ran}");
                told.push(format!("day {day}: {}", ran.out));
            }
            assert!(ran.err.is_empty(), "day {day}: {ran}");
        }
        world.days_pass(1);
    }
    assert_snapshot!(told.concat(), @r"
    day 0: app: SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 1: ci: SK.3.............................. was replaced by SK.4..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 2: ci: SK.3.............................. was replaced by SK.4.............................. and is revoked
    app: SK.1.............................. was replaced by SK.2.............................. and is revoked
    day 12: ci: SK.4.............................. was replaced by SK.5..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 13: ci: SK.4.............................. was replaced by SK.5.............................. and is revoked
    day 23: ci: SK.5.............................. was replaced by SK.6..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 24: ci: SK.5.............................. was replaced by SK.6.............................. and is revoked
    day 34: ci: SK.6.............................. was replaced by SK.7..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 35: ci: SK.6.............................. was replaced by SK.7.............................. and is revoked
    day 45: ci: SK.7.............................. was replaced by SK.8..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 46: ci: SK.7.............................. was replaced by SK.8.............................. and is revoked
    day 49: shop: SK.9.............................. was replaced by SK.10..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 50: shop: SK.9.............................. was replaced by SK.10.............................. and is revoked
    day 56: ci: SK.8.............................. was replaced by SK.11..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 57: ci: SK.8.............................. was replaced by SK.11.............................. and is revoked
    day 67: ci: SK.11.............................. was replaced by SK.12..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 68: ci: SK.11.............................. was replaced by SK.12.............................. and is revoked
    day 78: ci: SK.12.............................. was replaced by SK.13..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 79: ci: SK.12.............................. was replaced by SK.13.............................. and is revoked
    day 88: app: SK.2.............................. was replaced by SK.14..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 89: ci: SK.13.............................. was replaced by SK.15..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    day 90: ci: SK.13.............................. was replaced by SK.15.............................. and is revoked
    app: SK.2.............................. was replaced by SK.14.............................. and is revoked
    day 100: ci: SK.15.............................. was replaced by SK.16..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    ");
    let pair = world.pair(&newest(&world));
    assert!(["repos.env", "shop.json", "app.json"].iter().any(|file| world.read(file).contains(exposed(&pair.secret))));
    for file in ["repos.env", "app.json"] {
        assert!(!world.read(file).contains(&secret('1')) && !world.read(file).contains(&secret('3')), "{file}");
    }
}

#[test]
fn a_target_by_its_name() {
    let world = three();
    assert_snapshot!(world.run(&["keys", "rotate", "app"]), @r"
    exit: 0
    --- stdout
    app: SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote json:~/app.json#/twilio
    read json:~/app.json#/twilio back: it works
    ");
    assert_snapshot!(world.run(&["keys", "rotate", "app", "--now", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.keys-rotate/v1",
      "rotations": [
        {
          "target": "app",
          "result": "ended",
          "rotation": "rotation.id1",
          "old": "SK.1..............................",
          "new": "SK.2..............................",
          "outcome": "rotated"
        }
      ]
    }
    --- stderr
    revoked SK.1..............................
    "#);
    assert!(world.read("app.json").contains(newest(&world).as_str()));
    assert_snapshot!(world.run(&["keys", "rotate", "--all", "-n", "--json"]).raw_out.matches("\"target\":").count(), @"3");
    assert_snapshot!(world.run(&["keys", "rotate", "shop", "ci", "-n"]), @r"
    exit: 0
    --- stdout
    target    shop
    key       SK.4..............................
    name      shop
    type      standard
    account   AC.1..............................
    made      YYYY-MM-DDThh:mm:ssZ
    grace     1d
    decision  nothing: not due before YYYY-MM-DDThh:mm:ssZ

    target    ci
    key       SK.3..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    made      YYYY-MM-DDThh:mm:ssZ
    grace     1d
    decision  nothing: not due before YYYY-MM-DDThh:mm:ssZ
    ");
}

#[test]
fn flags_go_before_what_the_target_says() {
    let world = three();
    let ran = world.run(&[
        "keys",
        "rotate",
        "ci",
        "--max-age",
        "5d",
        "--grace",
        "1h",
        "--check",
        "touch checked",
        "--to",
        "json:more.json",
        "-v",
    ]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.path("checked").exists() && world.path("more.json").exists());
    assert_snapshot!(world.run(&["keys", "rotate", "ci", "shop", "--to", "json:more.json"]), @r"
    exit: 2
    --- stderr
    error: --to names a sink for one pair, and several targets are to be rotated
    hint: write it into the configuration, as a sink of its target
    ");
    assert_snapshot!(world.run(&["keys", "rotate", "ci", "--max-age", "2h", "-n"]), @r"
    exit: 2
    --- stderr
    error: target ci stopped
      because: max-age 2h is not longer than grace 1d: the old key would outlive it
    hint: give a longer --max-age or a shorter --grace
    ");
    assert_snapshot!(world.run(&["keys", "rotate", "ci", "--all"]), @r"
    exit: 2
    --- stderr
    error: the argument '[TARGET]...' cannot be used with '--all'

    Usage: twcred keys rotate <TARGET>...

    For more information, try '--help'.
    ");
}

/// Each is told, each that can be rotated is, and the worst exit code stays.
#[test]
fn one_that_is_broken_does_not_stop_the_others() {
    let world = three();
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    own(
        &world,
        &(std::fs::read_to_string(world.path(".config/twcred/twcred.toml")).unwrap()
            + "[targets.gone]\nenv-file = \"/nowhere/gone.env\"\n\n[targets.other]\nenv-file = \"~/other.env\"\naccount = \"AC00000000000000000000000000000000\"\n\
               [targets.drift]\nsinks = [\"json:~/drift.json\"]\nmax-age = \"30d\"\n"),
    );
    world.file("other.env", &env_text(&key('4')));
    let ran = world.run(&["keys", "rotate", "--all", "--max-age", "30d"]);
    assert_snapshot!(ran, @r"
    exit: 1
    --- stdout
    shop: SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    app: SK.3.............................. was replaced by SK.4..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    warning: env:/nowhere/gone.env is not there, and may hold SK.1.............................., which is not revoked while that is so
    warning: json:~/drift.json is not there, and may hold SK.1.............................., which is not revoked while that is so
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    wrote json:~/shop.json
    read json:~/shop.json back: it works
    warning: env:/nowhere/gone.env is not there, and may hold SK.3.............................., which is not revoked while that is so
    warning: json:~/drift.json is not there, and may hold SK.3.............................., which is not revoked while that is so
    SK.4.............................. is made, its secret sealed
    SK.4.............................. works
    wrote json:~/app.json#/twilio
    read json:~/app.json#/twilio back: it works
    error: target gone stopped
      because: cannot rotate /nowhere/gone.env
      because: /nowhere/gone.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    error: target other stopped
      because: ~/other.env: TWILIO_API_KEY is of AC.1.............................., and the target of AC.2..............................
    hint: put right which of the two is wrong; nothing is rotated under another account
    error: target drift stopped
      because: json:~/drift.json holds no pair
    hint: make one: twcred keys create NAME --to json:~/drift.json
    error: target ci stopped
      because: SK.5.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
    assert_eq!(world.live().len(), 4, "two were rotated");
    let json = world.run(&["keys", "rotate", "--all", "--json"]);
    let lines: Vec<serde_json::Value> = json
        .raw_err
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4, "{json}");
    assert!(lines.iter().all(|line| line["error"].as_str().unwrap().starts_with("target ")), "{json}");
}

/// A project with half a pair does not keep the others of the file from their rotation.
#[test]
fn every_pair_of_a_file_but_the_broken_one() {
    let world = three();
    let text = world.read("repos.env") + "LOST_TWILIO_API_KEY=SK1\nHALF_TWILIO_API_SECRET=x\n";
    world.file("repos.env", &text);
    own(&world, "[targets.repos]\nenv-file = \"~/repos.env\"\nvariables = [\"*\"]\n");
    for args in [&["keys", "rotate", "--all", "-n", "--env-file", "repos.env"][..], &["keys", "rotate", "repos", "-n"]]
    {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert_eq!(ran.out.matches("decision  rotate").count(), 2, "{ran}");
        assert_eq!(ran.err.matches("error: ").count(), 2, "{ran}");
        assert!(ran.err.contains("LOST_TWILIO_API_KEY") && ran.err.contains("HALF_TWILIO_API_SECRET"), "{ran}");
    }
}

/// The same of those that a target names: what is said of one that is broken is said once.
#[test]
fn every_named_pair_but_the_broken_ones() {
    let world = three();
    let text = world.read("repos.env") + "LOST_TWILIO_API_KEY=SK1\n";
    world.file("repos.env", &text);
    let names = "\"LOST_TWILIO_API_KEY\", \"TWILIO_API_KEY\", \"NONE_TWILIO_API_KEY\"";
    own(&world, &format!("[targets.repos]\nenv-file = \"~/repos.env\"\nvariables = [{names}]\n"));
    let ran = world.run(&["keys", "rotate", "--all", "-n"]);
    assert!(ran.code == Some(2) && ran.out.matches("decision  rotate").count() == 1, "{ran}");
    assert_eq!(ran.err.matches("error: ").count(), 2, "{ran}");
    assert!(ran.err.contains("line ") && ran.err.contains("whose SID stands in NONE_TWILIO_API_KEY"), "{ran}");
    own(&world, "[targets.repos]\nenv-file = \"~/repos.env\"\nvariables = [\"LOST_TWILIO_API_KEY\"]\n");
    assert_eq!(world.refused(&["keys", "rotate", "--all"]).code, Some(2));
}

#[test]
fn a_target_whose_source_cannot_tell_its_pair() {
    let program = |world: &World, answer: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path =
            world.file("put", &format!("#!/bin/sh\nread -r line\ncase $line in *'\"load\"'*) {answer} ;; esac\n"));
        std::fs::File::open(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let world = configured("[targets.put]\nsinks = [\"exec:~/put\"]\n");
    program(&world, "exit 3");
    assert_snapshot!(world.run(&["keys", "rotate", "put"]), @r"
    exit: 2
    --- stderr
    error: target put stopped
      because: exec:~/put gives nothing back, so the pair cannot be found there
    hint: name a place first that does: env-file, or another sink in front
    ");
    program(&world, "echo {}");
    assert_snapshot!(world.run(&["keys", "rotate", "put"]), @r"
    exit: 2
    --- stderr
    error: target put stopped
      because: exec:~/put holds no pair
    hint: make one: twcred keys create NAME --to exec:~/put
    ");
    own(&world, "[targets.repos]\nenv-file = \"~/repos.env\"\nvariables = [\"NO_TWILIO_API_KEY\"]\n");
    assert_snapshot!(world.run(&["keys", "rotate", "repos"]), @r#"
    exit: 2
    --- stderr
    error: target repos stopped
      because: ~/repos.env has no pair whose SID stands in NO_TWILIO_API_KEY
    hint: choose: variables = ["TWILIO_API_KEY"]
    "#);
    own(&world, &format!("[targets.repos]\nenv-file = \"~/repos.env\"\naccount = \"{}\"\n", account_sid('a')));
    let other = account_sid('b');
    assert_snapshot!(world.run(&["keys", "rotate", "repos", "--account", other.as_str()]), @r"
    exit: 2
    --- stderr
    error: --account is not the account of the target repos
    hint: leave --account out: the target says which account it is of
    ");
}

/// Two projects with a file each, and one key: what is known to use it gets the new one before the old one ends.
#[test]
fn targets_that_share_a_key_go_on_sharing_it() {
    for args in [
        &["keys", "rotate", "--all", "--now"][..],
        &["keys", "rotate", "one", "--now"],
        &["keys", "rotate", "two", "--now"],
    ] {
        let world = configured(
            "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\nmax-age = \"5d\"\n",
        );
        world.file("one.env", &repos());
        world.file("two.env", &repos());
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.live().len(), 1, "{ran}");
        for file in ["one.env", "two.env"] {
            assert!(world.read(file).contains(newest(&world).as_str()), "{args:?}: {file}: {ran}");
        }
        if args.contains(&"--all") {
            assert_snapshot!(ran.out, @r"
            one: SK.1.............................. was replaced by SK.2.............................. and is revoked
            two: SK.1.............................. was replaced by SK.2.............................. and is revoked
            ");
        }
    }
}

/// What the configuration leaves out is not silently left out where a flag asks for it.
#[test]
fn a_sink_that_the_target_leaves_out_is_not_taken_in() {
    let world = configured("[targets.shop]\nenv-file = \"~/repos.env\"\nwithout = [\"env:~/c.env\"]\n");
    assert_snapshot!(world.refused(&["keys", "rotate", "shop", "--to", "env:c.env"]), @r"
    exit: 2
    --- stderr
    error: target shop stopped
      because: env:~/c.env is to get the new pair, and the target leaves it out
    hint: take --to away, or the sink out of the target's `without`; nothing was made
    ");
}

#[test]
fn a_sink_that_is_left_out_stops_no_new_rotation_by_what_it_holds() {
    let world = World::new().with_token();
    world.private("a.env", &env_text(&key('1')));
    for name in ["ONE", "TWO"] {
        let sink = format!("env:b.env#{name}_TWILIO_API_KEY");
        assert_eq!(world.run(&["keys", "create", name, "--to", &sink]).code, Some(0));
    }
    own(&world, "[targets.a]\nenv-file = \"~/a.env\"\nsinks = [\"env:~/b.env\"]\n");
    let before = std::fs::read(world.path("b.env")).unwrap();
    assert_eq!(world.run(&["keys", "rotate", "a"]).code, Some(2));
    let left_out = format!("env:{}", world.path("b.env").display());
    let ran = world.run(&["keys", "rotate", "a", "--without", &left_out, "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!world.live().contains(&key_sid('1')), "{ran}");
    assert_eq!(std::fs::read(world.path("b.env")).unwrap(), before);
}

/// The open rotation keeps its own, and whoever edited the file looks for the reason there.
#[test]
fn a_grace_that_is_edited_meanwhile_is_named_by_its_target() {
    let world = World::new().with_token();
    world.file("repos.env", &repos());
    let target = |grace, check| {
        format!(
            "[targets.ci]\nenv-file = \"~/repos.env\"\nvariables = [\"TWILIO_API_KEY\"]\ngrace = \"{grace}\"\ncheck = \"{check}\"\n"
        )
    };
    own(&world, &target("2h", "false"));
    assert_eq!(world.run(CRON).code, Some(7));
    own(&world, &target("1h", "true"));
    let ran = world.run(&["keys", "rotate", "ci"]);
    let said =
        "warning: the grace that the configuration gives the target ci has no effect: rotation rotation.id1 is open";
    assert!(ran.code == Some(0) && ran.err.contains(said) && !ran.err.contains("--grace"), "{ran}");
    let again = world.run(CRON);
    assert!(again.code == Some(0) && again.err.is_empty(), "{again}");
}
