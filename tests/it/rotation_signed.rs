//! A rotation that goes on by its id finds the credential that began it, wherever it is typed and whatever is at hand: by
//! its target, else by what the journal notes.

use insta::assert_snapshot;
use twcred::model::{Credential, KeySid, Secret};
use twcred::sandbox::{AccountSeed, Kind, Moment, Sandbox};

use crate::accounts_targets::{is_rotated, keys, two};
use crate::config_file::own;
use crate::profiles::{add_token, without_keyring};
use crate::rotation_unheld::token_changed;
use crate::support::family::{child, childs_key, childs_token};
use crate::support::{Ran, World, account_sid, add_key, env_text, json_app, key, key_sid, remove, token};

const ROTATE: &[&str] = &["keys", "rotate", "child0"];

/// A subaccount's pair in a file, and a target that has the main account's token of a profile authorise its rotation.
fn one() -> World {
    let world = without_keyring(two("profile = \"main\""));
    add_token(&world, "main");
    world
}

fn without_configuration(world: &World) {
    remove(&world.path(".config/twcred/twcred.toml"));
}

/// From a folder in which nothing is.
fn elsewhere(world: &World, args: &[&str]) -> Ran {
    let folder = world.path("elsewhere");
    twcred::store::paths::make(&folder).unwrap();
    let mut command = world.command(args);
    command.current_dir(folder);
    world.finish(command)
}

/// Who has signed since an exchange, and at what: the user and the route.
fn signed(sandbox: &Sandbox, since: u64) -> Vec<String> {
    let exchanges = sandbox.exchanges();
    exchanges.iter().filter(|exchange| exchange.n > since).filter_map(|exchange| exchange.route.clone()).collect()
}

fn seen(world: &World) -> u64 {
    world.sandbox.exchanges().iter().map(|exchange| exchange.n).max().unwrap_or(0)
}

#[test]
fn killed_at_any_step_it_goes_on_by_its_id() {
    for with_configuration in [true, false] {
        let mut begun = 0;
        for n in 1..=8 {
            let world = one();
            world.sandbox.hold(seen(&world) + n, Moment::After);
            world.killed(ROTATE);
            let Some(id) = world.rotations().pop() else { continue };
            begun += 1;
            if !with_configuration {
                without_configuration(&world);
            }
            let since = seen(&world);
            let ran = elsewhere(&world, &["rotation", "resume", &id]);
            assert_eq!(ran.code, Some(0), "{n} {with_configuration}: {ran}");
            let strange: Vec<_> = signed(&world.sandbox, since)
                .into_iter()
                .filter(|route| route.contains("/v1/Keys") || route.contains(account_sid('a').as_str()))
                .collect();
            assert!(strange.is_empty(), "{n}: {strange:?}");
            assert_eq!(keys(&world, 0).len(), 2, "{n}: {ran}");
            let ran = elsewhere(&world, &["rotation", "retire", "--yes"]);
            assert!(ran.code == Some(0) && is_rotated(&world, 0), "{n}: {ran}");
        }
        assert!(begun > 3, "{begun}");
    }
}

#[test]
fn each_way_to_end_it_finds_the_same_credential() {
    for with_configuration in [true, false] {
        let ends = |ran: &Ran, world: &World, live: &[KeySid]| {
            assert_eq!(ran.code, Some(0), "{ran}");
            assert_eq!(keys(world, 0), live, "{ran}");
            assert_eq!((world.open(), world.sealed()), (0, 0));
        };
        let begun = |n: Option<u64>| {
            let world = one();
            match n {
                Some(n) => {
                    world.sandbox.hold(seen(&world) + n, Moment::After);
                    world.killed(ROTATE);
                }
                None => assert_eq!(world.run(ROTATE).code, Some(0)),
            }
            if !with_configuration {
                without_configuration(&world);
            }
            let id = world.rotations().pop().unwrap();
            (world, id)
        };
        let (world, id) = begun(None);
        let ran = elsewhere(&world, &["rotation", "rollback", &id, "--yes"]);
        ends(&ran, &world, &[childs_key(0)]);
        let (world, id) = begun(None);
        let ran = elsewhere(&world, &["rotation", "retire", &id, "--yes"]);
        assert!(ran.code == Some(0) && is_rotated(&world, 0), "{ran}");
        // The create was asked for, and was answered or not.
        let created = {
            let world = one();
            let before = seen(&world);
            assert_eq!(world.run(ROTATE).code, Some(0));
            let exchanges = world.sandbox.exchanges();
            let create = exchanges.iter().find(|exchange| {
                exchange.route.as_deref().is_some_and(|route| route.starts_with("POST") && route.ends_with("Keys.json"))
            });
            create.unwrap().n - before
        };
        for n in [created, created + 1] {
            let (world, id) = begun(Some(n));
            let ran = elsewhere(&world, &["rotation", "abort", &id, "--yes"]);
            ends(&ran, &world, &[childs_key(0)]);
        }
    }
}

/// Killed when the new key was sealed and nothing else was done.
fn sealed(configuration: bool) -> (World, String) {
    let mut n = 1;
    loop {
        let world = one();
        world.sandbox.hold(seen(&world) + n, Moment::Before);
        world.killed(ROTATE);
        if world.sealed() > 0 {
            if !configuration {
                without_configuration(&world);
            }
            let id = world.rotations().pop().unwrap();
            return (world, id);
        }
        n += 1;
    }
}

fn add_childs_token(world: &World) {
    let account = child(0);
    let args = ["profile", "add", "child", "--store", "file", "--account", account.as_str()];
    assert_eq!(world.run_with(&args, &childs_token(0)).code, Some(0));
}

/// A run that changes no key and gives up nothing that is sealed.
fn stays(world: &World, args: &[&str]) -> Ran {
    let before = (keys(world, 0), world.sealed(), world.read("child0.env"));
    let ran = elsewhere(world, args);
    assert_ne!(ran.code, Some(0), "{ran}");
    assert_eq!((keys(world, 0), world.sealed(), world.read("child0.env")), before, "{ran}");
    ran
}

/// What is sealed under a credential that stands elsewhere is not taken for something that nobody opens.
#[test]
fn another_credential_gives_up_nothing_that_is_sealed() {
    let (world, id) = sealed(false);
    add_childs_token(&world);
    for verb in ["resume", "retire"] {
        let ran = stays(&world, &["rotation", verb, &id, "--profile", "child", "--yes"]);
        assert!(verb == "retire" || ran.code == Some(5), "{ran}");
    }
    assert_snapshot!(stays(&world, &["rotation", "resume", &id, "--profile", "child"]).briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: what is sealed of it was sealed under the Auth Token of AC.1.............................. from the profile `main`, and does not open with the credential of this run
    hint: nothing was revoked; run with that credential: `twcred rotation resume rotation.id1 --profile main`
    hint: if it is gone for good, give the rotation up: `twcred rotation abort rotation.id1 --profile child`; `twcred keys rotate --env-file ~/child0.env --var TWILIO_API_KEY --profile child` begins another then
    ");
    let ran = elsewhere(&world, &["rotation", "resume", &id, "--profile", "main"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let (world, id) = sealed(false);
    add_childs_token(&world);
    let ran = elsewhere(&world, &["rotation", "abort", &id, "--profile", "child", "--yes"]);
    assert_eq!((ran.code, keys(&world, 0)), (Some(0), vec![childs_key(0)]), "{ran}");
}

/// What was noted is said where it is gone, and the pair that cannot do it is not tried in its stead.
#[test]
fn a_credential_that_is_gone_is_named() {
    let (world, id) = sealed(false);
    assert_eq!(world.run(&["profile", "remove", "main", "--yes"]).code, Some(0));
    for verb in ["resume", "rollback", "abort"] {
        let since = seen(&world);
        let ran = stays(&world, &["rotation", verb, &id, "--yes"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        let changing = |route: &String| !route.starts_with("GET");
        assert!(!signed(&world.sandbox, since).iter().any(changing), "{ran}");
    }
    assert_snapshot!(stays(&world, &["rotation", "resume", &id]), @r"
    exit: 2
    --- stderr
    warning: rotation rotation.id1 was begun under the Auth Token of AC.1.............................. from the profile `main`, which cannot be had: there is no profile `main` in ~/.config/twcred/profiles.toml
    error: there is no credential for the account AC.2..............................; the rotation was begun under the Auth Token of AC.1.............................. from the profile `main`
    hint: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or name a file that holds them with --env-file
    hint: or name a profile: --profile NAME
    hint: with the Auth Token of its main account: --account AC.2..............................
    ");
    add_token(&world, "again");
    let ran = elsewhere(&world, &["rotation", "resume", &id, "--profile", "again"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    // The target still names it.
    let (world, id) = sealed(true);
    assert_eq!(world.run(&["profile", "remove", "main", "--yes"]).code, Some(0));
    assert_snapshot!(stays(&world, &["rotation", "resume", &id]).briefly(), @r"
    exit 2
    error: there is no profile `main` in ~/.config/twcred/profiles.toml
    hint: `twcred profile list` shows them; make it: twcred profile add main
    hint: rotation rotation.id1 was begun under the Auth Token of AC.1.............................. from the profile `main`; to go on with another credential: twcred rotation resume rotation.id1 --profile NAME
    ");
}

/// The token of the profile was replaced by hand; the environment has the one in force.
#[test]
fn a_noted_token_that_is_dead_gives_way_to_that_of_the_environment() {
    for args in [["rotation", "retire", "--yes"], ["rotation", "resume", "--yes"]] {
        let world = without_keyring(World::new().with_token());
        world.private("repos.env", &env_text(&key('1')));
        add_token(&world, "main");
        let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "--profile", "main"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let world = token_changed(world);
        let ran = world.run(&args);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

/// Of a key that another account does not have Twilio says that there is none: that ends nothing.
#[test]
fn a_key_of_another_account_is_not_believed() {
    let main = |state: &mut twcred::sandbox::State| add_key(state, 'a', '7', "main", Kind::Main, 3);
    for at_rest in [true, false] {
        let (world, id) = if at_rest {
            let world = one();
            assert_eq!(world.run(ROTATE).code, Some(0));
            let id = world.rotations().pop().unwrap();
            (world, id)
        } else {
            sealed(true)
        };
        without_configuration_if_there(&world);
        assert_eq!(world.run(&["profile", "remove", "main", "--yes"]).code, Some(0));
        world.sandbox.with_state(main);
        let Credential::ApiKey { pair, .. } = key('7') else { unreachable!() };
        let text = env_text(&Credential::ApiKey { account: child(0), pair });
        let world = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .fold(world, |world, (name, value)| world.env(name, value));
        for verb in ["resume", "retire", "rollback"] {
            let ran = stays(&world, &["rotation", verb, &id, "--yes"]);
            assert!(ran.err.contains(&"signs the requests, and is no key of".to_owned()) || verb != "resume", "{ran}");
        }
        assert!(world.live().contains(&key_sid('7')));
        assert_eq!(world.open(), 1);
    }
}

fn without_configuration_if_there(world: &World) {
    if world.path(".config/twcred/twcred.toml").exists() {
        without_configuration(world);
    }
}

/// A journal of an older version, which notes nothing.
fn of_an_older_version(world: &World, id: &str) {
    let path = world.state_dir().join(format!("rotations/{id}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut begun: serde_json::Map<String, serde_json::Value> = serde_json::from_str(first).unwrap();
    assert!(begun.remove("signer").is_some());
    let text = serde_json::to_string(&begun).unwrap() + "\n" + rest;
    let seen = twcred::store::file::read(&path).unwrap();
    twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
}

#[test]
fn a_journal_that_notes_nothing_is_still_read() {
    for configuration in [true, false] {
        let (world, id) = sealed(configuration);
        of_an_older_version(&world, &id);
        if !configuration {
            stays(&world, &["rotation", "resume", &id]);
        }
        let account = child(0);
        let flags: &[&str] = if configuration { &[] } else { &["--profile", "main", "--account", account.as_str()] };
        let ran = elsewhere(&world, &[&["rotation", "resume", &id], flags].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

#[test]
fn an_account_that_is_another_is_refused() {
    let (world, id) = sealed(true);
    let other = account_sid('a');
    let ran = stays(&world, &["rotation", "resume", &id, "--account", other.as_str()]);
    assert_snapshot!(ran.briefly(), @r"
    exit 2
    error: rotation rotation.id1 is one of AC.2.............................., and --account names AC.1..............................
    hint: leave --account out: the journal says which account it is of
    ");
}

/// The program as somebody types it into a shell, in a folder of his own.
fn type_in(world: &World, line: &str) -> Ran {
    let folder = world.path("elsewhere");
    twcred::store::paths::make(&folder).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_twcred")).parent().unwrap();
    let known = world.command(&[]);
    let mut command = std::process::Command::new("/bin/sh");
    command.env_clear().envs(known.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
    command.current_dir(folder).arg("-c").arg(format!("{line} --yes"));
    world.finish(command)
}

/// The commands that the hints of a run name, as far as they can be typed as they stand.
fn hinted(ran: &Ran) -> Vec<String> {
    let mut found = Vec::new();
    for hint in ran.raw_err.lines().filter(|line| line.starts_with("hint: ")) {
        let mut pieces: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
        if pieces.is_empty() {
            pieces.extend(hint.find("twcred ").map(|at| &hint[at..]));
        }
        let is_whole = |piece: &&str| {
            piece.starts_with("twcred ")
                && !piece.contains('…')
                && !["SINK", "FILE", "NAME", "TARGET"].iter().any(|name| piece.split(' ').any(|word| word == *name))
        };
        found.extend(pieces.into_iter().filter(is_whole).map(ToOwned::to_owned));
    }
    found
}

/// Every command that the hints of a failed run name does what it says, typed as it stands: each in a world of its own.
fn each_hint_works(failed: impl Fn(u64) -> Option<(World, Ran)>, steps: u64, codes: &[i32]) -> usize {
    let mut typed = 0;
    for n in 1..=steps {
        let Some((_, ran)) = failed(n) else { continue };
        for at in 0..hinted(&ran).len() {
            let (world, ran) = failed(n).unwrap();
            let line = hinted(&ran).swap_remove(at);
            let did = type_in(&world, &line);
            assert!(codes.contains(&did.code.unwrap()), "{n}: {line}\n{ran}\n{did}");
            typed += 1;
        }
    }
    typed
}

#[test]
fn what_a_failed_rotation_of_a_target_hints_at_works_as_it_stands() {
    for line in [ROTATE, &["keys", "rotate", "--all"]] {
        let failed = |n: u64| {
            let world = one();
            world.fault(&format!("throttle:0=*@{n}x*"));
            let ran = world.run(line);
            world.settle();
            (ran.code != Some(0) && world.rotations().len() == 1).then_some((world, ran))
        };
        assert!(each_hint_works(failed, 9, &[0]) > 2, "{line:?}");
    }
    // Held by its check, which the one who is told of it puts right.
    let checked = |_| {
        let world = without_keyring(two("profile = \"main\"\ncheck = \"test -e checked\""));
        add_token(&world, "main");
        let ran = world.run(ROTATE);
        assert_eq!(ran.code, Some(7), "{ran}");
        world.file("child0.env", &format!("TWILIO_ACCOUNT_SID={}\n", child(0)));
        twcred::store::paths::make(&world.path("elsewhere")).unwrap();
        world.file("elsewhere/checked", "");
        world.file("checked", "");
        // Emptied meanwhile: the run says what puts a pair there again.
        let ran = world.run(ROTATE);
        (ran.code != Some(0)).then_some((world, ran))
    };
    each_hint_works(checked, 1, &[0]);
}

/// A file that was emptied before the new pair was current gets it again by the id.
#[test]
fn a_file_that_was_emptied_while_the_check_failed_gets_its_pair_again() {
    let world = without_keyring(two("profile = \"main\"\ncheck = \"test -e checked\""));
    add_token(&world, "main");
    assert_eq!(world.run(ROTATE).code, Some(7));
    world.file("child0.env", &format!("TWILIO_ACCOUNT_SID={}\n", child(0)));
    world.file("checked", "");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&[ROTATE, &["--now"]].concat());
    assert!(ran.code == Some(0) && is_rotated(&world, 0), "{ran}");
}

/// A token in a JSON file, and one in a file with that of another account: neither is found without being told.
fn tokens(json: bool) -> World {
    let world = World::with(|state| {
        let created = twcred::cli::context::clock();
        let token = Secret::new("fedcba9876543210".repeat(2));
        let seed = AccountSeed { sid: account_sid('b'), owner: None, name: "Other".to_owned(), token, created };
        state.add_account(seed).unwrap();
    });
    let mine = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token());
    let other = format!("OTHER_ACCOUNT_SID={}\nOTHER_AUTH_TOKEN={}\n", account_sid('b'), "fedcba9876543210".repeat(2));
    world.file("both.env", &(other + &mine));
    world.file("app.json", &json_app(&token()));
    let place = if json { "sinks = [\"json:~/app.json\"]" } else { "env-file = \"~/both.env\"" };
    let account = account_sid('a');
    own(
        &world,
        &format!(
            "[targets.t]\nkind = \"auth-token\"\naccount = \"{account}\"\n{place}\npropagation = \"0\"\ncheck = \"true\"\n"
        ),
    );
    world
}

#[test]
fn a_tokens_rotation_finds_its_token_by_its_id() {
    for (json, with_configuration) in [(true, true), (true, false), (false, true), (false, false)] {
        for n in 1..=9 {
            let world = tokens(json);
            world.fault(&format!("throttle:0=*@{n}x*"));
            let failed = world.run(&["token", "rotate", "t"]);
            world.settle();
            // One that has made no secondary ends at once.
            if failed.code == Some(0) || world.open() == 0 {
                continue;
            }
            let id = world.rotations().pop().unwrap();
            if !with_configuration {
                without_configuration(&world);
            }
            let ran = elsewhere(&world, &["rotation", "resume", &id, "--yes"]);
            assert_eq!(ran.code, Some(0), "{json} {with_configuration} {n}: {failed} {ran}");
            assert_ne!(world.primary(), token(), "{ran}");
            let file = world.read(if json { "app.json" } else { "both.env" });
            assert!(file.contains(&world.primary()) && !file.contains(&token()), "{ran}");
        }
    }
}

#[test]
fn what_a_failed_rotation_of_a_token_hints_at_works_as_it_stands() {
    for json in [true, false] {
        for line in [&["token", "rotate", "t"][..], &["token", "rotate", "--all"]] {
            let failed = |n: u64| {
                let world = tokens(json);
                world.fault(&format!("throttle:0=*@{n}x*"));
                let ran = world.run(line);
                world.settle();
                (ran.code != Some(0) && world.rotations().len() == 1).then_some((world, ran))
            };
            assert!(each_hint_works(failed, 9, &[0]) > 2, "{json} {line:?}");
        }
    }
}

/// The token of another account, in the environment of the one who types, is not taken for the rotation's.
#[test]
fn the_token_of_another_account_is_not_taken() {
    let world = tokens(true);
    world.fault("throttle:0=*@4x*");
    let failed = world.run(&["token", "rotate", "t"]);
    world.settle();
    assert_ne!(failed.code, Some(0), "{failed}");
    let id = world.rotations().pop().unwrap();
    without_configuration(&world);
    remove(&world.path("app.json"));
    let world = world
        .env("TWILIO_ACCOUNT_SID", account_sid('b').as_str())
        .env("TWILIO_AUTH_TOKEN", &"fedcba9876543210".repeat(2));
    let before = (world.secondary(), world.sealed());
    let ran = elsewhere(&world, &["rotation", "rollback", &id, "--yes"]);
    assert_eq!((world.secondary(), world.sealed()), before, "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 2
    error: rotation rotation.id1 is about the token of AC.1.............................., and the token in hand is that of AC.2..............................
    hint: rotation rotation.id1 was begun under the Auth Token of AC.1.............................. from json:~/app.json; name a file that holds that token or its successor: --env-file FILE
    ");
}
