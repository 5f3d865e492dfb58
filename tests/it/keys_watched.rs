//! What the configuration names is looked into before a key ends, by whatever command.

use insta::assert_snapshot;
use twcred::sandbox::Kind;

use crate::config_file::own;
use crate::promise::{move_file, move_folder};
use crate::support::{Ran, World, add_key, env_text, exposed, key, key_sid, remove};

/// Two files that share a key, the second of them a target's, and another key beside.
pub(crate) fn shared() -> World {
    let world = World::with(|state| add_key(state, 'a', '3', "other", Kind::Standard, 10)).with_token();
    world.file("one.env", &env_text(&key('1')));
    world.file("two.env", &env_text(&key('1')));
    own(&world, "[targets.two]\nenv-file = \"~/two.env\"\n");
    world
}

const BROKEN: &str = "[targets.two]\nenv-fil = \"~/two.env\"\n";

fn absolute(world: &World, file: &str) -> String {
    format!("env:{}", world.path(file).display())
}

pub(crate) fn lives(world: &World) -> bool {
    world.live().contains(&key_sid('1'))
}

/// Whether the pair of this file works.
fn works(world: &World, file: &str) -> bool {
    world.run(&["keys", "verify", "--env-file", file]).code == Some(0)
}

/// What a hint says to type behind this flag, as a shell takes it.
pub(crate) fn told(ran: &Ran, flag: &str) -> String {
    let (_, behind) = ran.raw_err.split_once(&format!(" {flag} ")).unwrap_or_else(|| panic!("{ran}"));
    match behind.strip_prefix('\'').and_then(|quoted| quoted.split_once('\'')) {
        Some((quoted, _)) => quoted.to_owned(),
        None => behind.split_whitespace().next().unwrap().to_owned(),
    }
}

#[test]
fn a_key_that_a_target_holds_is_not_revoked() {
    let world = shared();
    let sid = key_sid('1');
    let revoke = ["keys", "revoke", sid.as_str(), "--yes"];
    assert_snapshot!(world.run(&revoke), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. is still held by two.env:2 TWILIO_API_KEY; nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: --force revokes it all the same
    ");
    move_file(&world, "two.env", "two.away");
    assert_snapshot!(world.run(&revoke), @r"
    exit: 1
    --- stderr
    error: SK.1.............................. is still held by env:~/two.env (perhaps: it is not there to be looked into); nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: --force revokes it all the same
    ");
    assert_eq!(world.run(&["keys", "revoke", key_sid('3').as_str(), "--yes"]).code, Some(1));
    // What is only to get a pair is made then, and holds none before.
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\nsinks = [\"json:~/one.json\"]\n");
    assert_eq!(world.run(&["keys", "revoke", key_sid('3').as_str(), "--yes"]).code, Some(0));
    own(&world, BROKEN);
    assert_snapshot!(world.run(&revoke), @r#"
    exit: 2
    --- stderr
    error: targets.two: nothing says where the credential stands
     --> ~/.config/twcred/twcred.toml:1:10
      |
    1 | [targets.two]
      |          ^^^
      |
      = help: add env-file, sinks, or profile
    error: targets.two.env-fil: there is no such field here
     --> ~/.config/twcred/twcred.toml:2:1
      |
    2 | env-fil = "~/***.***"
      | ^^^^^^^
      |
      = help: did you mean env-file?
    error: the configuration ~/.config/twcred/twcred.toml has 2 errors
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    hint: what it names may hold the credential that would be dead: mend it, and run the same command again
    hint: or, if nothing that it names does, go on without it: --config /dev/null
    hint: --force revokes it all the same; nothing was revoked
    "#);
    assert!(lives(&world));
    let ran = world.run(&[&revoke[..], &["--force"]].concat());
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(
        ran.err.contains(
            "warning: SK.1.............................. is still held by what the configuration names (perhaps"
        ),
        "{ran}"
    );
}

#[test]
fn a_responder_ends_a_key_whatever_holds_it() {
    let world = shared();
    move_file(&world, "two.env", "two.away");
    let ran = world.run(&["keys", "revoke", key_sid('1').as_str(), "--yes", "--force"]);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(
        ran.err.contains("two.env (perhaps: it is not there to be looked into); it is revoked all the same"),
        "{ran}"
    );
}

#[test]
fn a_target_that_shares_the_key_stops_the_rotation_before_a_key_is_made() {
    for more in [&["--now"][..], &["--dry-run"], &["--grace", "1s"]] {
        let world = shared();
        let ran = world.run(&[&["keys", "rotate", "--env-file", "one.env"], more].concat());
        assert_eq!((ran.code, world.live().len(), world.open()), (Some(3), 2, 0), "{more:?}: {ran}");
        if more == ["--now"] {
            assert_snapshot!(ran, @r"
            exit: 3
            --- stderr
            error: SK.1.............................. is held where its rotation replaces nothing: two.env:2 TWILIO_API_KEY
            hint: nothing was revoked; take the key out there, and run again
            hint: or have it replaced there, too: twcred keys rotate --env-file ~/one.env --var TWILIO_API_KEY --to env:~/two.env#TWILIO_API_KEY
            hint: or leave it there, where it will not work any more, in each run until the key has ended: twcred keys rotate --env-file ~/one.env --var TWILIO_API_KEY --without env:~/two.env#TWILIO_API_KEY
            ");
        }
    }
}

#[test]
fn what_is_said_of_a_target_works_when_typed() {
    let now = ["keys", "rotate", "--env-file", "one.env", "--now"];
    let world = shared();
    let ran = world.run(&now);
    let taken = world.run(&[&now[..], &["--to", &told(&ran, "--to")]].concat());
    assert_eq!((taken.code, lives(&world)), (Some(0), false), "{taken}");
    assert!(works(&world, "one.env") && works(&world, "two.env"));

    let world = shared();
    let ran = world.run(&now);
    let left = world.run(&[&now[..], &["--without", &told(&ran, "--without")]].concat());
    assert_eq!((left.code, lives(&world)), (Some(0), false), "{left}");
    assert!(works(&world, "one.env") && world.read("two.env").contains(key_sid('1').as_str()));
}

#[test]
fn so_it_does_of_a_path_with_a_blank() {
    let world = shared();
    world.file("two of us.env", &env_text(&key('1')));
    own(&world, "[targets.two]\nenv-file = \"~/two of us.env\"\n");
    let now = ["keys", "rotate", "--env-file", "one.env", "--now"];
    let ran = world.run(&now);
    let taken = world.run(&[&now[..], &["--to", &told(&ran, "--to")]].concat());
    assert_eq!((taken.code, lives(&world)), (Some(0), false), "{taken}");
    assert!(works(&world, "one.env") && works(&world, "two of us.env"));
}

/// Copied while the rotation was in its grace, and then named by the configuration.
fn added_in_the_grace() -> World {
    let world = shared();
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\n");
    let ran = world.run(&["keys", "rotate", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\n");
    world
}

#[test]
fn a_target_that_came_in_the_grace_stops_the_retirement() {
    for args in [
        &["rotation", "retire", "--yes"][..],
        &["rotation", "retire"],
        &["rotation", "resume"],
        &["keys", "rotate", "--env-file", "one.env"],
    ] {
        let world = added_in_the_grace();
        world.days_pass(2);
        let ran = world.run(args);
        assert_eq!((ran.code, lives(&world)), (Some(3), true), "{args:?}: {ran}");
        let to = told(&ran, "--to");
        let taken = world.run(&["keys", "rotate", "--env-file", "one.env", "--to", &to]);
        assert_eq!(taken.code, Some(0), "{taken}");
        assert!(works(&world, "two.env") && !world.read("two.env").contains(key_sid('1').as_str()));
    }
    let world = added_in_the_grace();
    let left = ["--now", "--without", &absolute(&world, "two.env")];
    let ran = world.run(&[&["keys", "rotate", "--env-file", "one.env"][..], &left].concat());
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
}

#[test]
fn the_targets_by_name_take_in_what_shares_their_key() {
    for args in [&["keys", "rotate", "--all"][..], &["keys", "rotate", "one"]] {
        let world = added_in_the_grace();
        world.days_pass(2);
        let ran = world.run(args);
        assert_eq!((ran.code, lives(&world)), (Some(0), true), "{args:?}: {ran}");
        world.days_pass(2);
        assert_eq!(world.run(args).code, Some(0));
        assert!(!lives(&world) && works(&world, "one.env") && works(&world, "two.env"));
    }
}

#[test]
fn a_target_that_is_away_holds_up_the_revoke_alone() {
    let world = shared();
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\n");
    move_file(&world, "two.env", "two.away");
    let now = ["keys", "rotate", "one", "--now"];
    let ran = world.run(&now);
    assert_snapshot!(ran, @r"
    exit: 3
    --- stderr
    warning: env:~/two.env is not there, and may hold SK.1.............................., which is not revoked while that is so
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/one.env#TWILIO_API_KEY
    read env:~/one.env#TWILIO_API_KEY back: it works
    error: target one stopped
      because: rotation rotation.id1 stopped
      because: env:~/two.env is not there, and may hold SK.1..............................
    hint: nothing was revoked; bring it back, or, if it is gone for good, leave it out (in each run, if only the configuration names it): twcred keys rotate one --without env:~/two.env
    ");
    assert!(lives(&world) && works(&world, "one.env"));
    assert!(!world.read("one.env").contains(key_sid('1').as_str()));
    // Back, it is taken in; gone for good, it is left out.
    let left = world.run(&[&now[..], &["--without", &told(&ran, "--without")]].concat());
    assert_eq!((left.code, lives(&world)), (Some(0), false), "{left}");

    let world = shared();
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\n");
    move_file(&world, "two.env", "two.away");
    assert_eq!(world.run(&now).code, Some(3));
    move_file(&world, "two.away", "two.env");
    let ran = world.run(&now);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(works(&world, "one.env") && works(&world, "two.env"));
}

#[test]
fn a_target_that_cannot_be_read_holds_up_the_revoke_alone() {
    let world = shared();
    remove(&world.path("two.env"));
    std::fs::create_dir(world.path("two.env")).unwrap();
    let ran = world.run(&["keys", "rotate", "--env-file", "one.env", "--now"]);
    assert_snapshot!(ran, @r"
    exit: 3
    --- stderr
    warning: env:~/two.env cannot be read now: ~/two.env is a directory, not a regular file, and may hold SK.1.............................., which is not revoked while that is so
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/one.env#TWILIO_API_KEY
    read env:~/one.env#TWILIO_API_KEY back: it works
    error: rotation rotation.id1 stopped
      because: env:~/two.env cannot be looked into, and may hold SK.1..............................
      because: ~/two.env is a directory, not a regular file
    hint: nothing was revoked; make it readable, or, if it needs no key of this account, leave it out (in each run, if only the configuration names it): twcred keys rotate --env-file ~/one.env --var TWILIO_API_KEY --without env:~/two.env
    hint: name a regular file: a secrets file is read whole and replaced whole
    ");
    assert!(lives(&world) && works(&world, "one.env"));
}

#[test]
fn a_target_of_another_account_is_asked_without_its_credential() {
    let world = shared();
    let other = twcred::model::Credential::ApiKey {
        account: crate::support::account_sid('b'),
        pair: match key('3') {
            twcred::model::Credential::ApiKey { pair, .. } => pair,
            twcred::model::Credential::AuthToken { .. } => panic!("a pair"),
        },
    };
    world.file("two.env", &env_text(&other));
    let account = crate::support::account_sid('a');
    let ran = world.run(&["keys", "rotate", "--env-file", "one.env", "--now", "--account", account.as_str()]);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(!ran.err.contains("warning"), "{ran}");
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\n");
    let ran = world.run(&["keys", "rotate", "one", "--now", "--account", account.as_str()]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!ran.err.contains("warning"), "{ran}");
}

#[test]
fn a_configuration_that_cannot_be_used_stops_what_ends_a_key() {
    let world = shared();
    own(&world, BROKEN);
    let rotate = ["keys", "rotate", "--env-file", "one.env"];
    assert_snapshot!(world.run(&rotate), @r#"
    exit: 2
    --- stderr
    error: targets.two: nothing says where the credential stands
     --> ~/.config/twcred/twcred.toml:1:10
      |
    1 | [targets.two]
      |          ^^^
      |
      = help: add env-file, sinks, or profile
    error: targets.two.env-fil: there is no such field here
     --> ~/.config/twcred/twcred.toml:2:1
      |
    2 | env-fil = "~/***.***"
      | ^^^^^^^
      |
      = help: did you mean env-file?
    error: what else may hold the key cannot be told: the configuration ~/.config/twcred/twcred.toml has 2 errors
    hint: what it names may hold the credential that would be dead: mend it, and run the same command again
    hint: or, if nothing that it names does, go on without it: --config /dev/null
    "#);
    assert_eq!((world.live().len(), world.open()), (2, 0));
    own(&world, "");
    assert_eq!(world.run(&rotate).code, Some(0));
    own(&world, BROKEN);
    let ran = world.run(&rotate);
    assert_eq!(ran.code, Some(0), "nothing ends in the grace: {ran}");
    world.days_pass(2);
    for args in [&rotate[..], &["rotation", "resume"], &["rotation", "retire", "--yes"]] {
        let ran = world.run(args);
        assert_eq!((ran.code, lives(&world)), (Some(2), true), "{ran}");
        assert!(ran.err.contains("hint: what it names may hold the credential that would be dead"), "{ran}");
    }
    // An empty file, as the hint says.
    let empty = world.file("empty.toml", "");
    crate::config_file::set_mode(&empty, 0o600);
    let ran = world.run(&[&rotate[..], &["--config", "empty.toml"]].concat());
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
}

#[test]
fn a_rollback_does_not_end_a_key_that_a_target_holds() {
    let world = shared();
    own(&world, "");
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "one.env"]).code, Some(0));
    world.file("two.env", &world.read("one.env"));
    own(&world, "[targets.two]\nenv-file = \"~/two.env\"\n");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!((ran.code, world.live().len()), (Some(3), 3), "{ran}");
    assert!(works(&world, "two.env"));
    let taken = world.run(&["keys", "rotate", "--env-file", "one.env", "--to", &told(&ran, "--to")]);
    assert_eq!((taken.code, world.live().len(), world.open()), (Some(0), 2, 0), "{taken}");
    assert!(works(&world, "one.env") && works(&world, "two.env"));
}

/// Two pairs in two parts of one JSON file.
#[test]
fn the_other_part_of_a_file_is_looked_into() {
    let world = shared();
    let pair = match key('1') {
        twcred::model::Credential::ApiKey { pair, .. } => pair,
        twcred::model::Credential::AuthToken { .. } => panic!("a pair"),
    };
    let account = crate::support::account_sid('a');
    let one = format!(
        "{{\"account_sid\": \"{account}\", \"api_key\": \"{}\", \"api_secret\": \"{}\"}}",
        pair.sid,
        exposed(&pair.secret)
    );
    world.file("both.json", &format!("{{\"one\": {one}, \"two\": {one}}}\n"));
    own(&world, "[targets.two]\nsinks = [\"json:~/both.json#/two\"]\n");
    let to = format!("json:{}#/one", world.path("both.json").display());
    let now = ["keys", "rotate", "--env-file", "one.env", "--now", "--to", &to];
    let ran = world.run(&now);
    assert_eq!((ran.code, world.live().len()), (Some(3), 2), "{ran}");
    let taken = world.run(&[&now[..], &["--to", &told(&ran, "--to")]].concat());
    assert_eq!((taken.code, lives(&world)), (Some(0), false), "{taken}");
    assert_eq!(world.read("both.json").matches(world.live()[1].as_str()).count(), 2);
}

#[test]
fn what_is_left_out_is_not_missed_after_the_revoke() {
    let both = "[targets.one]\nenv-file = \"~/one.env\"\n[targets.two]\nenv-file = \"~/two.env\"\n";
    let world = shared();
    own(&world, both);
    let left = format!("{}#TWILIO_API_KEY", absolute(&world, "two.env"));
    let ran = world.run(&["keys", "rotate", "one", "--now", "--without", &left]);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");

    let world = shared();
    own(&world, &both.replacen("one.env\"\n", "one.env\"\nwithout = [\"env:~/two.env#TWILIO_API_KEY\"]\n", 1));
    assert_eq!(world.run(&["keys", "rotate", "one"]).code, Some(0));
    let ran = world.run(&["keys", "rotate", "one", "--now"]);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(works(&world, "one.env") && world.read("two.env").contains(key_sid('1').as_str()));
}

/// The hint names the sink, and the configuration the file.
#[test]
fn a_sink_that_is_gone_for_good_is_left_out_by_its_name() {
    let world = shared();
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\nsinks = [\"env:~/two.env#TWILIO_API_KEY\"]\n");
    assert_eq!(world.run(&["keys", "rotate", "one"]).code, Some(0));
    move_file(&world, "two.env", "two.away");
    let now = ["keys", "rotate", "one", "--now"];
    let ran = world.run(&now);
    assert_eq!((ran.code, lives(&world)), (Some(3), true), "{ran}");
    let left = told(&ran, "--without");
    assert!(left.ends_with("#TWILIO_API_KEY"), "{ran}");
    let ran = world.run(&[&now[..], &["--without", &left]].concat());
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
}

/// The other pair in it may be the one that is used.
#[test]
fn a_part_that_is_left_out_does_not_take_along_what_a_target_names_of_the_file() {
    let world = shared();
    twcred::store::paths::make(&world.path("mnt")).unwrap();
    let pair = env_text(&key('1'));
    world.file("mnt/two.env", &format!("{pair}{}", pair.replace("TWILIO_API", "SHIP_TWILIO_API")));
    own(
        &world,
        "[targets.one]\nenv-file = \"~/one.env\"\n\
         [targets.two]\nenv-file = \"~/mnt/two.env\"\nvariables = [\"SHIP_TWILIO_API_KEY\"]\n",
    );
    move_folder(&world, "mnt", "away");
    let now = ["keys", "rotate", "one", "--now"];
    let file = absolute(&world, "mnt/two.env");
    let ran = world.run(&[&now[..], &["--without", &format!("{file}#TWILIO_API_KEY")]].concat());
    assert_eq!((ran.code, lives(&world)), (Some(3), true), "{ran}");
    // The part that a target names, and the whole, is what may be left out.
    let left = told(&ran, "--without");
    assert_eq!(left, file, "{ran}");
    let both = format!("{file}#TWILIO_API_KEY,SHIP_TWILIO_API_KEY");
    let ran = world.run(&[&now[..], &["--without", &both]].concat());
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
}

/// What is only to get a pair may have got it, if its whole folder is not there.
#[test]
fn a_folder_that_is_away_may_hold_the_key() {
    let world = shared();
    twcred::store::paths::make(&world.path("mnt")).unwrap();
    own(&world, "[targets.one]\nenv-file = \"~/one.env\"\nsinks = [\"json:~/mnt/x.json\"]\n");
    let ran = world.run(&["sink", "push", "one", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    move_folder(&world, "mnt", "away");
    for args in
        [&["keys", "revoke", key_sid('1').as_str(), "--yes"][..], &["keys", "rotate", "--env-file", "one.env", "--now"]]
    {
        let ran = world.run(args);
        assert!(ran.code != Some(0) && lives(&world), "{ran}");
    }
}

#[test]
fn every_place_that_holds_up_the_revoke_is_named() {
    let world = shared();
    own(&world, "[targets.two]\nenv-file = \"~/two.env\"\n[targets.zed]\nenv-file = \"~/zed.env\"\n");
    move_file(&world, "two.env", "two.away");
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "one.env"]).code, Some(0));
    world.days_pass(2);
    let ran = world.run(&["keys", "rotate", "--env-file", "one.env"]);
    assert_eq!((ran.code, lives(&world)), (Some(3), true), "{ran}");
    assert!(ran.err.contains("two.env is not there") && ran.err.contains("zed.env is not there"), "{ran}");
}
