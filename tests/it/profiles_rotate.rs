//! Rotations of the keys that profiles hold.

use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use twcred::model::Policy;
use twcred::sandbox::{Kind, Moment};

use crate::config_file::own as configure;
use crate::profiles::{add_key, add_token, without_keyring};
use crate::support::{World, account_sid, env_text, key, key_sid, repos, secret, token};

const ROTATE: &[&str] = &["keys", "rotate", "-p", "acme"];
const NOW: &[&str] = &["keys", "rotate", "-p", "acme", "--now"];

/// A key that may manage keys, in a profile.
fn own() -> World {
    let actions = ["create", "read", "list", "update", "delete"];
    let allow = actions.map(|action| format!("/twilio/iam/api-keys/{action}")).into();
    let world = World::with(|state| {
        state.remove_key(&key_sid('1')).unwrap();
        crate::support::add_key(state, 'a', '1', "ci-deploy", Kind::Restricted(Policy { allow }), 10);
    });
    let world = without_keyring(world);
    add_key(&world, "acme", '1');
    world
}

/// A Standard key in a profile, and the account's token in the environment.
fn standard() -> World {
    let world = without_keyring(World::new());
    add_key(&world, "acme", '1');
    world.with_token()
}

/// The key that a profile leads to, which must work.
fn holds(world: &World, name: &str) -> String {
    let ran = world.run(&["whoami", "-p", name, "--json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    json["sid"].as_str().unwrap().to_owned()
}

fn secrets(world: &World) -> usize {
    std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap().count()
}

#[test]
fn a_profiles_own_key_is_rotated_retired_and_rolled_back() {
    let world = own();
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote keyring:acme
    read keyring:acme back: it works
    ");
    assert_ne!(holds(&world, "acme"), key_sid('1').as_str());
    assert_eq!((secrets(&world), world.live().len()), (1, 2));
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and ends YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 0
    --- stdout
    SK.1.............................. stays: the rotation was rolled back
    --- stderr
    keyring:acme does not hold the new pair any more
    revoked SK.2..............................
    ");
    assert_eq!((holds(&world, "acme").as_str(), world.live()), (key_sid('1').as_str(), vec![key_sid('1')]));
    assert_eq!(world.run(ROTATE).code, Some(0));
    assert_snapshot!(world.run(NOW), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.3.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    ");
    assert_eq!((secrets(&world), world.live().len()), (1, 1));
    assert_eq!(world.live()[0].as_str(), holds(&world, "acme"));
    assert!(world.run(&["profile", "list"]).err.is_empty(), "nothing is left in the store");
}

#[test]
fn the_environment_or_the_active_profile_authorises_a_key_that_may_not() {
    let world = standard();
    assert_snapshot!(world.run(NOW), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    authorised by the environment
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote keyring:acme
    read keyring:acme back: it works
    revoked SK.1..............................
    ");
    let new = holds(&world, "acme");
    let world = world.env("TWILIO_ACCOUNT_SID", "").env("TWILIO_AUTH_TOKEN", "");
    let ran = world.refused(ROTATE);
    assert_eq!(ran.code, Some(4), "a Standard key may not: {ran}");
    add_token(&world, "admin");
    assert_eq!(world.run(&["profile", "use", "admin"]).code, Some(0));
    let ran = world.run(NOW);
    assert!(ran.code == Some(0) && ran.err.starts_with("authorised by profile admin"), "{ran}");
    assert_ne!(holds(&world, "acme"), new);
}

#[test]
fn a_profile_authorises_the_rotation_of_an_env_file() {
    let world = without_keyring(World::new());
    add_token(&world, "admin");
    let text: String = repos().split_inclusive('\n').filter(|line| !line.contains("AUTH_TOKEN")).collect();
    world.file("repos.env", &text);
    let ran = world.refused(&["keys", "rotate", "--env-file", "repos.env"]);
    assert_eq!(ran.code, Some(4), "a profile that is not named does not authorise: {ran}");
    let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "-p", "admin", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world.file("other.env", &text.replace(account_sid('a').as_str(), account_sid('b').as_str()));
    assert_snapshot!(world.refused(&["keys", "rotate", "--env-file", "other.env", "-p", "admin"]), @r"
    exit: 2
    --- stderr
    error: the profile `admin` is not one of the account AC.2..............................
    hint: leave --profile out, or name one of that account: `twcred profile list` shows them
    hint: if it is the main account's Auth Token: --account AC.2..............................
    ");
}

#[test]
fn every_profile_that_holds_the_key_gets_the_new_one() {
    let world = standard();
    add_key(&world, "same", '1');
    world.file("repos.env", &repos());
    let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let new = world.live()[0].to_string();
    assert_eq!((holds(&world, "acme"), holds(&world, "same")), (new.clone(), new.clone()));
    assert!(world.read("repos.env").contains(&new));
    // Left out on purpose it is left with the old key.
    let ran = world.run(&["keys", "rotate", "-p", "acme", "--without", "keyring:same", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_ne!(holds(&world, "acme"), new);
    assert_eq!(world.run(&["whoami", "-p", "same"]).code, Some(4));
}

#[test]
fn a_profile_that_gets_the_old_key_in_the_grace_is_not_left_with_it() {
    let world = without_keyring(World::new()).with_token();
    world.file("repos.env", &repos());
    let rotate = ["keys", "rotate", "--env-file", "repos.env"];
    assert_eq!(world.run(&rotate).code, Some(0));
    add_key(&world, "late", '1');
    let ran = world.run(&["rotation", "retire", "--yes"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.err.contains("profile late"), "{ran}");
    assert!(world.live().contains(&key_sid('1')), "revoked under the profile");
    // The rotation of the file takes the profile in.
    let ran = world.run(&[&rotate[..], &["--now"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.live().iter().map(ToString::to_string).collect::<Vec<_>>(), [holds(&world, "late")]);
    // Left out on purpose it is left with the old key.
    let ran = world.run(&[&rotate[..], &["--now", "--without", "keyring:late"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.run(&["whoami", "-p", "late"]).code, Some(4));
}

#[test]
fn a_key_that_a_profile_holds_is_not_revoked() {
    let world = standard();
    assert_snapshot!(world.refused(&["keys", "revoke", key_sid('1').as_str(), "--yes"]), @r"
    exit: 1
    --- stderr
    warning: the credential is taken from the environment; the profile `acme` is not used
    error: SK.1.............................. is still held by profile acme (~/.config/twcred/secrets/acme.entry.json); nothing was revoked
    hint: `twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open
    hint: --force revokes it all the same
    ");
    let ran = world.run(&["keys", "list"]);
    assert!(ran.out.contains("profile acme"), "{ran}");
}

#[test]
fn a_profile_that_a_rotation_writes_is_not_removed() {
    let world = own();
    assert_eq!(world.run(ROTATE).code, Some(0));
    let ran = world.refused(&["profile", "remove", "acme", "--yes"]);
    assert!(ran.err.contains("writes the profile `acme`; nothing was changed"), "{ran}");
    assert_eq!(world.run(NOW).code, Some(0));
    assert_eq!(world.run(&["profile", "remove", "acme", "--yes"]).code, Some(0));
}

/// Nor is it replaced; and a rotation of its Auth Token is one too, from its secondary on.
#[test]
fn a_profile_whose_token_is_rotated_is_neither_removed_nor_replaced() {
    let world = without_keyring(World::new());
    add_token(&world, "admin");
    assert_eq!(world.run(&["token", "create", "-p", "admin", "--to", "keyring:admin"]).code, Some(0));
    let account = account_sid('a');
    for args in [
        &["profile", "remove", "admin", "--yes"][..],
        &["profile", "add", "admin", "--replace"],
        &["profile", "add", "admin", "--replace", "--account", account.as_str(), "--sid", key_sid('1').as_str()],
    ] {
        let ran = world.run_with(args, &secret('1'));
        assert_eq!(ran.code, Some(1), "{args:?}: {ran}");
        assert!(ran.err.contains("writes the profile `admin`; nothing was changed"), "{ran}");
    }
    assert_eq!(world.run(&["token", "rotate", "-p", "admin", "--yes", "--propagation", "0"]).code, Some(0));
    assert_eq!(world.run(&["profile", "remove", "admin", "--yes"]).code, Some(0));
}

/// What a profile holds goes, or only a part of it is left.
pub(crate) fn spoil(world: &World, part: Option<&str>) {
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        let path = entry.unwrap().path();
        match part {
            Some(part) => std::fs::OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, part.as_bytes()))
                .unwrap(),
            None => crate::support::remove(&path),
        }
    }
}

/// The entry is gone, or half written, while the old key has its grace: what is sealed is the only copy of either pair, and
/// goes back into the profile, the new one forward and the old one back.
#[test]
fn what_is_sealed_goes_back_into_a_profile_whose_secret_is_gone() {
    for part in [None, Some("{\"account\":\"AC")] {
        for wish in ["resume", "retire", "rollback"] {
            let world = standard();
            assert_eq!(world.run(ROTATE).code, Some(0));
            let new = holds(&world, "acme");
            spoil(&world, part);
            // Without what is sealed there would be no place for it.
            let ran = world.run(&["profile", "remove", "acme", "--yes"]);
            assert_eq!(ran.code, Some(1), "{ran}");
            let ran = world.run(&["rotation", wish, "--yes"]);
            assert_eq!(ran.code, Some(0), "{wish}: {ran}");
            let expected = if wish == "rollback" { key_sid('1').to_string() } else { new };
            let live = if wish == "resume" { 2 } else { 1 };
            assert_eq!((holds(&world, "acme"), world.live().len()), (expected, live), "{wish}");
            assert!(world.live().iter().any(|sid| sid.as_str() == holds(&world, "acme")), "{wish}");
            assert_eq!(secrets(&world), 1, "{wish}");
        }
    }
}

/// What is whole there, and none of the rotation's, is somebody's secret: nothing is written over it.
#[test]
fn another_secret_in_a_profiles_place_is_not_written_over() {
    let world = standard();
    assert_eq!(world.run(ROTATE).code, Some(0));
    let whole = format!(
        "{{\"schema\":\"twcred.profile-entry/v1\",\"account_sid\":\"{}\",\"auth_token\":\"0ther\"}}",
        account_sid('a')
    );
    for part in [whole.clone(), whole.replace("/v1", "/v2")] {
        spoil(&world, Some(&part));
        for wish in ["resume", "retire", "rollback"] {
            let ran = world.run(&["rotation", wish, "--yes"]);
            assert_eq!(world.live().len(), 2, "{wish}: {ran}");
        }
        let folder = world.path(".config/twcred/secrets");
        let mut kept = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()));
        assert_eq!(kept.next().unwrap().unwrap(), part);
        assert!(kept.next().is_none());
    }
}

/// The same where the rotation is that of a file, and a profile holds the key as well.
#[test]
fn a_dry_run_of_targets_that_share_a_key_ends_as_the_run_does() {
    let world = without_keyring(World::new());
    add_key(&world, "shop", '1');
    let token = format!("TWILIO_AUTH_TOKEN={}\n", token());
    world.private("repos.env", &(env_text(&key('1')) + &token));
    configure(&world, "[targets.e]\nenv-file = \"~/repos.env\"\n\n[targets.p]\nprofile = \"shop\"\n");
    let all = ["keys", "rotate", "--all", "--json"];
    let planned = world.run(&[&all[..], &["--dry-run"]].concat());
    assert_eq!(planned.code, Some(0), "{planned}");
    let plans: serde_json::Value = serde_json::from_str(&planned.raw_out).unwrap();
    let of: Vec<_> =
        plans["plans"].as_array().unwrap().iter().map(|plan| [&plan["target"], &plan["decision"]]).collect();
    assert_eq!(of, [["e", "rotate"], ["p", "rotate"]]);
    assert_eq!(plans["plans"][0]["sinks"], plans["plans"][1]["sinks"]);
    let ran = world.run(&all);
    assert_eq!((ran.code, world.live().len()), (Some(0), 2), "{ran}");
}

#[test]
fn a_shared_key_goes_back_into_a_profile_whose_secret_is_gone() {
    let world = standard();
    world.file("repos.env", &repos());
    let rotate = ["keys", "rotate", "--env-file", "repos.env"];
    assert_eq!(world.run(&rotate).code, Some(0));
    let new = holds(&world, "acme");
    spoil(&world, None);
    let ran = world.run(&[&rotate[..], &["--now"]].concat());
    assert_eq!((ran.code, holds(&world, "acme")), (Some(0), new), "{ran}");
}

#[test]
fn the_command_that_needs_the_secret_says_what_brings_it_back() {
    let world = standard();
    assert_eq!(world.run(ROTATE).code, Some(0));
    spoil(&world, None);
    assert_snapshot!(world.refused(ROTATE), @r"
    exit: 2
    --- stderr
    error: the secret of the profile `acme` is gone: there is no ~/.config/twcred/secrets/acme.entry.json
    hint: rotation rotation.id1 has sealed both pairs; the credential that began it opens them
    hint: `twcred rotation resume rotation.id1` puts the new pair back, `twcred rotation rollback rotation.id1` the old one
    ");
    // The credential that began it is needed; another does not open it, and what to do is said.
    let world = own();
    assert_eq!(world.run(ROTATE).code, Some(0));
    spoil(&world, None);
    let world = world.with_token();
    for wish in ["resume", "rollback"] {
        let ran = world.run(&["rotation", wish, "--yes"]);
        assert_eq!((ran.code, world.live().len()), (Some(5), 2), "{wish}: {ran}");
        assert!(ran.err.contains("hint: run with the credential that began the rotation"), "{wish}: {ran}");
    }
    // The old pair is had from somewhere else: it goes in, and the rotation back.
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let again = ["profile", "add", "acme", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&again, &secret('1'));
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!((ran.code, world.live()), (Some(0), vec![sid.clone()]), "{ran}");
    assert_eq!(holds(&world, "acme"), sid.as_str());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let world = standard();
    add_token(&world, "admin");
    for args in [
        &["keys", "rotate", "-p", "admin"][..],
        &["keys", "rotate", "-p", "acme", "--all"],
        &["keys", "rotate", "-p", "acme", "--account", account_sid('b').as_str()],
        &["keys", "rotate", "-p", "none"],
        &["keys", "rotate"],
        &["keys", "create", "x", "--to", "keyring:acme"],
        &["keys", "create", "x", "--to", "keyring:admin"],
        &["keys", "create", "x", "--to", "keyring:a b"],
        &["keys", "create", "x", "--to", "keyring:new#x"],
    ] {
        let ran = world.refused(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran}");
    }
}

#[test]
fn killed_at_every_exchange_the_profile_leads_to_a_live_pair() {
    for (n, moment) in (1..).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]) {
        let world = own();
        let before = world.sandbox.exchanges().last().map_or(0, |exchange| exchange.n);
        world.sandbox.hold(before + n, moment);
        let mut child =
            world.command(NOW).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let held = loop {
            if world.sandbox.wait_held(Duration::from_millis(50)).is_some() {
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
        };
        if !held {
            assert!(n > 8, "only {n} exchanges");
            return;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        world.settle();
        let now = holds(&world, "acme");
        assert!(world.live().iter().any(|sid| sid.as_str() == now), "{n} {moment:?}");
        // The key that is replaced authorises; once the profile holds the new one, that does.
        let ran = world.run(NOW);
        assert_eq!(ran.code, Some(0), "{n} {moment:?}: {ran}");
        let live: Vec<String> = world.live().iter().map(ToString::to_string).collect();
        assert_eq!(live, [holds(&world, "acme")], "{n} {moment:?}");
        assert!(!live.contains(&key_sid('1').to_string()), "{n} {moment:?}");
        assert_eq!(secrets(&world), 1, "{n} {moment:?}");
    }
}
