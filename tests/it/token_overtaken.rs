//! Another token was put in force while a rotation was open, so that both of its own are dead: it ends once that is proved,
//! wherever it stood, and what is sealed stays where it is not.

use std::process::Stdio;
use std::time::Duration;

use twcred::model::Secret;
use twcred::sandbox::{SecondaryToken, Stored};

use crate::support::{Ran, World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes"];
const END: &[&[&str]] = &[
    ROTATE,
    &["token", "create", "--env-file", "repos.env"],
    &["token", "promote", "--env-file", "repos.env", "--yes"],
    &["token", "delete", "--env-file", "repos.env", "--yes"],
    &["rotation", "resume", "--yes"],
    &["rotation", "rollback", "--yes"],
];

pub(crate) fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

pub(crate) fn staged() -> World {
    let world = world();
    let ran = world.run(&["token", "create", "--env-file", "repos.env"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    world
}

/// Killed right after Twilio has promoted.
fn promoting() -> World {
    let world = world();
    world.fault("hold-after=POST /v1/AuthTokens/Promote@1");
    let mut child = world.command(ROTATE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(world.sandbox.wait_held(Duration::from_secs(30)).is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    world.sandbox.release();
    world
}
/// Another token is in force, and Twilio's events tell nothing of it.
fn replace(world: &World) -> String {
    let other = "f0e1d2c3".repeat(4);
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        (account.token, account.secondary) = (Stored::new(Secret::new(other.clone())), None);
    });
    other
}

fn with(current: &str, beside: &[(&str, &str)]) -> String {
    let lines = beside.iter().map(|(name, value)| format!("TWILIO_AUTH_TOKEN{name}={value}\n"));
    let current = format!("TWILIO_AUTH_TOKEN={current}\n");
    repos().replace(&format!("TWILIO_AUTH_TOKEN={}\n", token()), &(current + &lines.collect::<String>()))
}

fn staged_one(world: &World) -> String {
    let held = world.read("repos.env");
    let line = held.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN_SECONDARY="));
    line.unwrap().to_owned()
}

/// It has ended, with nothing of ours left, and the next one goes well.
fn ended(world: &World, ran: &Ran, other: &str, what: &str) {
    // It left no secondary behind.
    let code = i32::from(what.contains("\"create\""));
    assert_eq!(ran.code, Some(code), "{what}: {ran}");
    assert!(ran.out.contains("another token is in force"), "{what}: {ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (with(other, &[]), 0), "{what}: {ran}");
    assert_eq!(world.primary(), other);
    let list = world.run(&["rotation", "list"]);
    assert!(list.out.contains("superseded") && !list.out.contains("rotated"), "{list}");
    let next = world.run(&[ROTATE, &["--propagation", "0"]].concat());
    assert_eq!(next.code, Some(0), "{what}: {next}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
}

/// The secondary was replaced and that promoted; ours stands beside the token in force, and opens what is sealed.
#[test]
fn while_both_tokens_wait() {
    for args in END {
        let world = staged();
        let ours = staged_one(&world);
        let other = replace(&world);
        world.file("repos.env", &with(&other, &[("_SECONDARY", &ours)]));
        ended(&world, &world.run(args), &other, &format!("{args:?}"));
    }
}

/// Both were tried and refused: what was true of the promote that was never answered does not matter any more.
#[test]
fn while_the_promote_was_on_its_way() {
    for args in END {
        let world = promoting();
        let ours = staged_one(&world);
        let other = replace(&world);
        world.file("repos.env", &with(&other, &[("_SECONDARY", &ours)]));
        ended(&world, &world.run(args), &other, &format!("{args:?}"));
    }
}

/// The way back took the secondary out of the file, and with it what opens the seal.
#[test]
fn on_the_way_back() {
    let world = staged();
    world.fault("drop-before=DELETE /v1/AuthTokens/Secondary@1x*");
    let stopped = world.run(END[3]);
    assert_eq!(stopped.code, Some(5), "{stopped}");
    world.sandbox.clear_faults();
    std::thread::sleep(Duration::from_millis(2100));
    let other = elsewhere(&world);
    world.file("repos.env", &with(&other, &[]));
    ended(&world, &world.run(&["rotation", "resume"]), &other, "resume");
}

/// Another state directory makes a secondary of its own in the place of ours, if it is gone, and puts that in force.
fn elsewhere(world: &World) -> String {
    world.file("other.env", &repos());
    let apart = ["--env-file", "other.env", "--state-dir", "elsewhere", "--yes"];
    assert_eq!(world.run(&[&["token", "delete"][..], &apart].concat()).code, Some(0));
    let rotated = world.run(&[&["token", "rotate", "--propagation", "0"][..], &apart].concat());
    assert_eq!(rotated.code, Some(0), "{rotated}");
    world.primary()
}

/// Neither token is in hand, so neither can be tried: Monitor tells of a promotion since ours was made.
#[test]
fn with_nothing_in_hand_the_events_tell() {
    for args in END {
        let world = staged();
        let both = world.read("repos.env");
        std::thread::sleep(Duration::from_millis(2100));
        world.file("other.env", &both);
        let apart = ["--env-file", "other.env", "--state-dir", "elsewhere", "--yes", "--propagation", "0"];
        assert_eq!(world.run(&[&["token", "promote"][..], &apart].concat()).code, Some(0));
        assert_eq!(world.run(&[&["token", "rotate"][..], &apart].concat()).code, Some(0));
        let other = world.primary();
        world.file("repos.env", &world.read("other.env"));
        // Where they do not, nothing ends and nothing is unsealed.
        world.fault("refuse:401/70051=GET /v1/Events@1x*");
        let untold = world.run(args);
        assert!(untold.code != Some(0) && world.sealed() == 2, "{args:?}: {untold}");
        assert_eq!(world.read("repos.env"), with(&other, &[]), "{untold}");
        world.sandbox.clear_faults();
        ended(&world, &world.run(args), &other, &format!("{args:?}"));
    }
}

/// What the hint says where the events do not tell: either token, from a backup, opens what is sealed, and both are tried.
#[test]
fn a_backup_brings_the_proof() {
    for name in ["_SECONDARY", "_PREVIOUS"] {
        let world = staged();
        let other = replace(&world);
        world.file("repos.env", &with(&other, &[]));
        let ran = world.run(ROTATE);
        assert!(ran.code == Some(5) && world.sealed() == 2, "{ran}");
        assert!(ran.err.contains("…_SECONDARY, and run again"), "{ran}");
        world.file("repos.env", &with(&other, &[(name, &token())]));
        let ran = world.run(ROTATE);
        assert!(!ran.err.contains("is made"), "{ran}");
        ended(&world, &ran, &other, name);
    }
}

/// What may live is not given up: our secondary lives on beside another primary, in the file or nowhere.
#[test]
fn a_secondary_that_may_live_keeps_its_seal() {
    for held in [true, false] {
        let world = staged();
        let ours = staged_one(&world);
        let other = "f0e1d2c3".repeat(4);
        world.sandbox.with_state(|state| {
            state.account_mut(&account_sid('a')).unwrap().token = Stored::new(Secret::new(other.clone()));
        });
        let beside = [("_SECONDARY", ours.as_str())];
        world.file("repos.env", &with(&other, if held { &beside } else { &[] }));
        for args in END {
            let ran = world.run(args);
            assert!(ran.code != Some(0) && !ran.out.contains("another token"), "{args:?}: {ran}");
            assert_eq!((world.secondary(), world.sealed()), (Some(ours.clone()), 2), "{args:?}: {ran}");
        }
    }
}

/// A place that holds one of ours as the token in force, a foreign secondary as such, or nothing that Twilio calls the
/// primary: nothing ends.
#[test]
fn short_of_proof_nothing_ends() {
    let world = staged();
    let ours = staged_one(&world);
    let other = replace(&world);
    let ran = world.run(ROTATE);
    assert!(ran.code == Some(5) && world.sealed() == 2, "{ran}");
    assert!(ran.err.contains("if another token was put in force meanwhile, write that into"), "{ran}");
    world.sandbox.with_state(|state| {
        let (token, created) = (Stored::new(Secret::new("a1b2".repeat(8))), twcred::cli::context::clock());
        state.account_mut(&account_sid('a')).unwrap().secondary = Some(SecondaryToken { token, created });
    });
    world.file("repos.env", &with(&"a1b2".repeat(8), &[("_SECONDARY", &ours)]));
    let ran = world.run(ROTATE);
    assert!(ran.code != Some(0) && world.sealed() == 2, "{ran}");
    world.file("repos.env", &with(&other, &[("_SECONDARY", &ours)]));
    world.file("app.json", &crate::support::json_app(&token()));
    let to = [ROTATE, &["--to", "json:app.json"]].concat();
    let ran = world.run(&to);
    assert!(ran.code != Some(0) && world.sealed() == 2, "{ran}");
    world.file("app.json", &crate::support::json_app(&other));
    let ran = world.run(&to);
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert_eq!(world.read("repos.env"), with(&other, &[]));
}

/// A rotation that came to nothing: begun, and nothing was ever made.
#[test]
fn before_anything_was_made() {
    let world = world();
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@1x*");
    assert_eq!(world.run(ROTATE).code, Some(5));
    world.sandbox.clear_faults();
    std::thread::sleep(Duration::from_millis(2100));
    world.file("other.env", &repos());
    let apart =
        ["token", "rotate", "--env-file", "other.env", "--state-dir", "elsewhere", "--yes", "--propagation", "0"];
    assert_eq!(world.run(&apart).code, Some(0));
    let other = world.primary();
    world.file("repos.env", &with(&other, &[]));
    ended(&world, &world.run(ROTATE), &other, "begun");
}

/// With no sink at all, what was revealed and the token in hand are all there is.
#[test]
fn without_any_sink() {
    let world = World::new().with_token();
    assert_eq!(world.run(&["token", "create", "--reveal"]).code, Some(0));
    std::thread::sleep(Duration::from_millis(2100));
    let other = elsewhere(&world);
    let world = world.env("TWILIO_AUTH_TOKEN", &other);
    let ran = world.run(&["token", "create", "--reveal"]);
    assert!(ran.code == Some(1) && ran.out.contains("another token is in force"), "{ran}");
    assert!(ran.err.contains("there is no secondary token"), "{ran}");
    assert_eq!(world.sealed(), 0);
}

/// Two sinks, of which both hold another token that is in force; killed right after that was written down.
fn superseded() -> (World, String, String) {
    let world = world();
    world.file("b.env", &repos());
    let ran = world.run(&[ROTATE, &["--to", "env:b.env", "--propagation", "1h"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let spread = world.read("repos.env");
    let state = files(&world.state_dir());
    let other = replace(&world);
    for name in ["repos.env", "b.env"] {
        world.file(name, &with(&other, &[]));
    }
    let ran = world.run(ROTATE);
    assert!(ran.code == Some(0) && ran.out.contains("another token is in force"), "{ran}");
    let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
    let text = std::fs::read_to_string(&journal).unwrap();
    let end = text.find("\"superseded\"").unwrap();
    let whole = &text[..=end + text[end..].find('\n').unwrap()];
    for (path, bytes) in state {
        if path.parent().unwrap().ends_with("sealed") {
            twcred::store::file::create(&path, &bytes).unwrap();
        }
    }
    world.file(&format!(".local/state/twcred/rotations/{}.jsonl", world.rotations()[0]), whole);
    assert_eq!(world.sealed(), 2);
    (world, other, spread)
}

fn files(dir: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let sealed = std::fs::read_dir(dir.join("sealed")).unwrap();
    sealed.map(|entry| entry.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// That every sink holds it is seen again by each run until the end: files come back from backups.
#[test]
fn a_backup_that_comes_back_before_the_end() {
    let (world, other, spread) = superseded();
    world.file("repos.env", &spread);
    world.file("b.env", &repos());
    for args in [ROTATE, &["rotation", "resume"], &["rotation", "retire", "--yes"]] {
        let ran = world.run(args);
        assert!(ran.code == Some(3) && ran.out.is_empty() && world.sealed() == 2, "{ran}");
        assert!(!ran.err.contains("only copy") && !ran.err.contains("opens it"), "{ran}");
        assert!(ran.err.contains("write that into TWILIO_AUTH_TOKEN of every sink"), "{ran}");
        assert_eq!((world.read("repos.env"), world.read("b.env")), (spread.clone(), repos()));
    }
    // Only one of them has it again.
    world.file("repos.env", &spread.replace(&new_of(&spread), &other));
    let ran = world.run(ROTATE);
    assert!(ran.code == Some(3) && ran.out.is_empty() && world.sealed() == 2, "{ran}");
    assert!(ran.err.contains("b.env"), "{ran}");
    world.file("b.env", &with(&other, &[]));
    let ran = world.run(ROTATE);
    assert!(ran.code == Some(0) && ran.out.contains("another token is in force"), "{ran}");
    for name in ["repos.env", "b.env"] {
        assert_eq!(world.read(name), with(&other, &[]), "{name}: {ran}");
    }
    assert_eq!(world.sealed(), 0);
}

fn new_of(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN=")).unwrap().to_owned()
}

/// Yet another one was put in force before the end.
#[test]
fn one_after_the_other() {
    let (world, _, _) = superseded();
    let last = "b2c3d4e5".repeat(4);
    world.sandbox.with_state(|state| {
        state.account_mut(&account_sid('a')).unwrap().token = Stored::new(Secret::new(last.clone()));
    });
    for name in ["repos.env", "b.env"] {
        world.file(name, &with(&last, &[]));
    }
    let ran = world.run(&[&["token", "rotate"], FILE, &["--yes"]].concat());
    assert!(ran.code == Some(0) && world.sealed() == 0, "{ran}");
    assert!(ran.out.contains(&Secret::new(last).fingerprint().to_string()), "{ran}");
}

/// A program that gives nothing back is told whole states: never a token that Twilio refuses, in whatever state the rotation
/// is. It may hold the live one.
#[test]
fn a_program_that_gives_nothing_back_is_never_told_a_dead_token() {
    let script = "#!/bin/sh\ninput=$(cat)\ncase $input in *'\"load'*) exit 3 ;; *'\"store-tokens\"'*) printf '%s' \"$input\" \
                  >\"$0.vault\" ;; esac\n";
    for (spreading, tried) in [(false, false), (false, true), (true, false), (true, true)] {
        let world = world();
        let put = world.file("put", script);
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::File::open(&put).unwrap().set_permissions(rights).unwrap();
        let name = format!("exec:{}", put.display());
        let (verb, more): (_, &[&str]) =
            if spreading { ("rotate", &["--yes", "--propagation", "60m"]) } else { ("create", &[]) };
        let ran = world.run(&[&["token", verb], FILE, &["--to", &name], more].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(world.read("put.vault").contains(&world.primary()), "{ran}");
        let (stage, left) = if spreading { ("_PREVIOUS", token()) } else { ("_SECONDARY", staged_one(&world)) };
        let other = replace(&world);
        // Whoever put it in force gave it to the program too.
        world.file("repos.env", &with(&other, &[(stage, &left)]));
        world.file("put.vault", &other);
        if tried {
            for args in END.iter().chain(&[&["rotation", "retire", "--env-file", "repos.env", "--yes"][..]]) {
                let ran = world.run(args);
                assert_eq!((world.read("put.vault"), world.sealed() > 0), (other.clone(), true), "{args:?}: {ran}");
            }
            continue;
        }
        let ran = world.run(&[ROTATE, &["--without", &name]].concat());
        assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
        assert_eq!((world.read("put.vault"), world.read("repos.env")), (other.clone(), with(&other, &[])), "{ran}");
    }
}
