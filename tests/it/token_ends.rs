//! What ends a rotation that another token has overtaken, as the hints say: each is obeyed here, and comes to its end.

use std::os::unix::fs::PermissionsExt;

use twcred::model::Secret;
use twcred::sandbox::{AccountStatus, Stored, Suspended};

use crate::support::{Ran, World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes"];
const BACK: &[&[&str]] = &[
    &["token", "delete", "--env-file", "repos.env", "--yes"],
    &["rotation", "rollback", "--yes"],
    &["rotation", "resume", "--yes"],
];

fn done(world: &World, args: &[&str]) -> Ran {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
    ran
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

fn staged_one(world: &World) -> String {
    let held = world.read("repos.env");
    held.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN_SECONDARY=")).unwrap().to_owned()
}

fn ended(world: &World, ran: &Ran) {
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert!(ran.out.contains("another token is in force"), "{ran}");
}

/// What a rotation of a key has sealed may open with one of the two alone, so it is ended first.
#[test]
fn an_open_rotation_of_a_key_is_ended_first() {
    let world = World::new();
    world.file("repos.env", &repos());
    done(&world, &["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY", "--yes"]);
    let key = world.rotations().remove(0);
    done(&world, &[&["token", "create"], FILE].concat());
    let before = world.read("repos.env");
    let other = replace(&world);
    // Not written yet, and then written: nothing else is said while the key's is open.
    for text in [before.clone(), before.replace(&token(), &other)] {
        world.file("repos.env", &text);
        let ran = world.run(ROTATE);
        assert!(ran.code != Some(0) && ran.err.contains("put in force meanwhile"), "{ran}");
        assert!(ran.raw_err.contains(&format!("twcred rotation retire {key}")), "{ran}");
    }
    done(&world, &["rotation", "resume", &key]);
    done(&world, &["rotation", "retire", &key, "--yes"]);
    let ran = world.run(ROTATE);
    assert!(!ran.err.contains("rotation retire"), "{ran}");
    ended(&world, &ran);
}

/// Whatever token is written: while the account answers nobody, nothing ends.
#[test]
fn a_suspended_account_is_made_active_first() {
    suspended(Suspended { status: 401, code: 20003 }, BOTH_REFUSED);
    suspended(Suspended { status: 403, code: 20005 }, "no token works while the account is not active");
}

const BOTH_REFUSED: &str = "with the account active, the rotation ends then";

/// What is said once the token in force is written; a dead one is refused as such.
fn suspended(answer: Suspended, said: &str) {
    let world = World::served(|_| {}, |options| options.rules.suspended = answer);
    world.file("repos.env", &repos());
    done(&world, &[&["token", "create"], FILE].concat());
    let set = |status| world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().status = status);
    let other = replace(&world);
    set(AccountStatus::Suspended);
    let before = world.read("repos.env");
    for (text, said) in [(before.clone(), BOTH_REFUSED), (before.replace(&token(), &other), said)] {
        world.file("repos.env", &text);
        let ran = world.run(ROTATE);
        assert!(ran.code == Some(5) && world.sealed() == 2, "{ran}");
        assert!(ran.err.contains(said) && !ran.err.contains("the token in force works"), "{ran}");
    }
    set(AccountStatus::Active);
    ended(&world, &world.run(ROTATE));
}

/// The way back is not entered with two dead tokens, nor gone on with: what stands in the file is the proof of their death,
/// and with it the program, which may hold anything, can be left out.
#[test]
fn the_way_back_leaves_the_proof_where_it_is() {
    let script = "#!/bin/sh\ninput=$(cat)\ncase $input in *'\"load'*) exit 3 ;; *'\"store-tokens\"'*) printf '%s' \"$input\" \
                  >\"$0.vault\" ;; esac\n";
    for turning in [false, true] {
        let world = World::new();
        world.file("repos.env", &repos());
        let put = world.file("put", script);
        std::fs::File::open(&put).unwrap().set_permissions(PermissionsExt::from_mode(0o755)).unwrap();
        let name = format!("exec:{}", put.display());
        done(&world, &[&["token", "create"], FILE, &["--to", &name]].concat());
        let ours = staged_one(&world);
        if turning {
            // Turned back, and stopped before the first sink.
            let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
            let text = std::fs::read_to_string(&journal).unwrap();
            let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            let at = last["at"].as_str().unwrap();
            let path = format!(".local/state/twcred/rotations/{}.jsonl", world.rotations()[0]);
            world.file(&path, &format!("{text}{{\"v\":1,\"record\":\"back\",\"at\":\"{at}\",\"why\":\"rollback\"}}\n"));
        }
        let other = replace(&world);
        let text = repos().replace(&token(), &format!("{other}\nTWILIO_AUTH_TOKEN_SECONDARY={ours}"));
        world.file("repos.env", &text);
        world.file("put.vault", &other);
        for args in BACK {
            let ran = world.run(args);
            assert!(ran.code != Some(0), "{args:?}: {ran}");
            assert_eq!(
                (world.read("repos.env"), world.read("put.vault"), world.sealed()),
                (text.clone(), other.clone(), 2)
            );
            assert!(ran.raw_err.contains(&format!("--without {name}, a flag of `twcred token`")), "{args:?}: {ran}");
        }
        ended(&world, &world.run(&[ROTATE, &["--without", &name]].concat()));
        assert_eq!(
            (world.read("put.vault"), world.read("repos.env")),
            (other.clone(), repos().replace(&token(), &other))
        );
    }
}
