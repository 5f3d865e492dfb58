//! What Twilio says of the two tokens is out of date for seconds: after a promote the new one is still called the
//! secondary, and before it the new one is not known yet. Nothing that Twilio has done is undone for it.

use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use twcred::model::Secret;
use twcred::sandbox::{Moment, SecondaryToken, Stored};

use crate::support::front::{Front, Role};
use crate::support::{World, account_sid, repos, token};
use crate::token_refused::world;

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--to", "env:b.env", "--yes", "--propagation"];
const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const PROMOTE: &[&str] = &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const STATUS: &[&str] = &["token", "status", "--env-file", "repos.env"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];
const RETIRE: &[&str] = &["rotation", "retire", "--yes", "--env-file", "repos.env"];

fn set(world: &World, primary: &str, secondary: Option<&str>) {
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        let stored = |token: &str| Stored::new(Secret::new(token.to_owned()));
        account.token = stored(primary);
        let created = account.created;
        account.secondary = secondary.map(|token| SecondaryToken { token: stored(token), created });
    });
}

/// Runs this. From the answer to the promote to the end of the run the new token is called the secondary, beside this one,
/// which is accepted; the new one is returned.
fn stale(world: &World, args: &[&str], primary: &str) -> (Output, String) {
    world.sandbox.add_fault("hold-after=POST /v1/AuthTokens/Promote@1".parse().unwrap());
    let child = world.held(args);
    let new = world.primary();
    set(world, primary, Some(&new));
    world.sandbox.release();
    (child.wait_with_output().unwrap(), new)
}

fn said(output: &Output) -> String {
    format!("{:?} {}", output.status, String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_promote_that_was_answered_is_not_undone() {
    let world = world();
    let (ran, new) = stale(&world, &[ROTATE, &["1h"]].concat(), &token());
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let current = format!("TWILIO_AUTH_TOKEN={new}");
    for file in ["repos.env", "b.env"] {
        assert!(world.read(file).lines().any(|line| line == current), "{file}: {}", said(&ran));
    }
    // The old one lives on: it is taken out of nothing.
    let ran = world.run(RETIRE);
    assert_eq!((ran.code, world.sealed()), (Some(5), 2), "{ran}");
    assert!(ran.err.contains("Twilio still accepts the old token"), "{ran}");
    assert!(world.read("b.env").lines().any(|line| line == current), "{ran}");
    set(&world, &new, None);
    let ran = world.run(RETIRE);
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert_eq!(world.read("b.env"), repos().replace(&token(), &new), "{ran}");
}

/// The old one is refused: nothing is in the way, of a program that gives nothing back, of the sinks after it, and of the
/// end.
#[test]
fn a_standing_that_is_stale_stops_nothing_after_the_promote() {
    let world = world();
    let args = ["token", "rotate", "--env-file", "repos.env", "--to", "exec:./put", "--to", "env:b.env"];
    let (ran, new) = stale(&world, &[&args[..], &["--yes", "--propagation", "0"]].concat(), &"0".repeat(32));
    assert_eq!((ran.status.code(), world.sealed()), (Some(0), 0), "{}", said(&ran));
    for file in ["repos.env", "b.env"] {
        assert_eq!(world.read(file), repos().replace(&token(), &new), "{file}: {}", said(&ran));
    }
    let vault = world.read("put.vault");
    assert!(vault.contains(&new) && !vault.contains(&token()), "{}", said(&ran));
}

/// For some seconds, from each question for the account on, no token is known; the one that was made is not given up.
fn unknown(start: impl Fn() -> (World, String) + Sync, args: &[&str]) {
    let strike = |n| {
        let (world, new) = start();
        world
            .sandbox
            .add_fault(format!("refuse:401/20003=GET /2010-04-01/Accounts/{{Sid}}.json@{n}x8").parse().unwrap());
        let mut runs = vec![world.run(args)];
        world.sandbox.clear_faults();
        while runs.len() < 3 && runs.last().unwrap().code != Some(0) {
            runs.push(world.run(args));
        }
        let said = runs.iter().map(ToString::to_string).collect::<String>();
        assert_eq!((world.primary(), world.sealed()), (new.clone(), 0), "{n}: {said}");
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &new), "{n}: {said}");
    };
    // Most of it is waiting.
    std::thread::scope(|scope| {
        for n in 1..=6 {
            let strike = &strike;
            scope.spawn(move || strike(n));
        }
    });
}

#[test]
fn a_staged_token_that_is_not_known_for_seconds_is_not_given_up() {
    let start = || {
        let world = world();
        assert_eq!(world.run(CREATE).code, Some(0));
        let new = world.secondary().unwrap();
        (world, new)
    };
    unknown(start, PROMOTE);
}

#[test]
fn a_sealed_token_that_is_not_known_for_seconds_is_not_given_up() {
    let clean = world();
    assert_eq!(clean.run(CREATE).code, Some(0));
    let routes = clean.sandbox.exchanges().into_iter().map(|asked| asked.route.unwrap_or_default());
    let made = routes.into_iter().position(|route| route == "POST /v1/AuthTokens/Secondary").unwrap();
    let start = || {
        let world = world();
        // The exchange after the create: the new token is tried.
        world.sandbox.hold(u64::try_from(made).unwrap() + 2, Moment::Before);
        world.killed(CREATE);
        let new = world.secondary().unwrap();
        (world, new)
    };
    unknown(start, &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"]);
}

/// The rotation is over, and the token that it promoted is called the secondary still: for some seconds, or for good.
#[test]
fn a_standing_that_is_stale_after_the_end_is_waited_for() {
    for (args, is_stale_for_good) in [(CREATE, false), (STATUS, false), (CREATE, true), (STATUS, true)] {
        let world = world();
        let ran = world.run(&[ROTATE, &["0"]].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        let new = world.primary();
        set(&world, &"0".repeat(32), Some(&new));
        let before = world.sandbox.exchanges().len();
        let mut command = world.command(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if !is_stale_for_good {
            while world.sandbox.exchanges().len() < before + 2 && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            set(&world, &new, None);
        }
        let ran = world.ended(child);
        assert!(!ran.err.contains("put the token in force"), "{ran}");
        if is_stale_for_good && args == STATUS {
            let known = "is still called the secondary, though a rotation of this machine has promoted it";
            assert!(ran.code == Some(0) && ran.out.contains(known), "{ran}");
            assert!(
                ran.out.contains("secondary outstanding  no since") && !ran.out.contains("is not the primary"),
                "{ran}"
            );
        } else if is_stale_for_good {
            assert_eq!((ran.code, world.sealed()), (Some(75), 0), "{ran}");
            assert!(ran.err.contains("hint: nothing was changed; run the same command again"), "{ran}");
        } else {
            assert_eq!(ran.code, Some(0), "{ran}");
            assert!(args == CREATE || ran.out.contains("works, the primary"), "{ran}");
        }
    }
}

/// The same where it is called the primary once, and then the secondary again, right before the create.
#[test]
fn a_standing_that_flaps_is_waited_for() {
    let start = || {
        let world = world();
        let ran = world.run(&[ROTATE, &["0"]].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        let count = world.sandbox.exchanges().len();
        (world, count)
    };
    let create = Some("POST /v1/AuthTokens/Secondary");
    let (clean, count) = start();
    assert_eq!(clean.run(CREATE).code, Some(0));
    let at = clean.sandbox.exchanges().iter().rposition(|asked| asked.route.as_deref() == create).unwrap();
    assert!(at > count + 1, "{at} {count}");
    let (world, _) = start();
    let new = world.primary();
    // The last question before the create.
    world.sandbox.hold(u64::try_from(at).unwrap(), Moment::Before);
    let mut child = world.held(CREATE);
    set(&world, &"0".repeat(32), Some(&new));
    world.sandbox.release();
    while world.sandbox.exchanges().len() < at + 1 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    set(&world, &new, None);
    let ran = world.ended(child);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The token that the rotation before put in force is called the secondary again while the way back makes sure that a sink
/// holds it: for some answers, or for good.
#[test]
fn a_standing_that_is_stale_on_the_way_back_is_waited_for() {
    for (args, answers) in [(DELETE, 7), (ROLLBACK, 7), (DELETE, usize::MAX)] {
        let world = world();
        let stale = Arc::new(AtomicUsize::new(0));
        let left = stale.clone();
        let answer = move |what: &str, body: String| {
            let is_asked = what.starts_with("GET ") && what.contains("/Accounts/");
            let take = |left: usize| left.checked_sub(1);
            match serde_json::from_str::<serde_json::Value>(&body) {
                Ok(mut account) if is_asked && left.fetch_update(Relaxed, Relaxed, take).is_ok() => {
                    account["auth_token"] = "0".repeat(32).into();
                    account.to_string()
                }
                _ => body,
            }
        };
        let front = Front::start(Role::Rewrite(Box::new(|_, body| body), Box::new(answer)), world.sandbox.addr());
        let world = world.env("TWCRED_API_URL", &format!("http://{}", front.addr));
        for args in [&[ROTATE, &["0"]].concat()[..], CREATE] {
            let ran = world.run(args);
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        let (primary, made, before) = (world.primary(), world.secondary(), world.read("repos.env"));
        stale.store(answers, Relaxed);
        let ran = world.run(args);
        stale.store(0, Relaxed);
        assert!(!ran.err.contains("put the secondary into"), "{ran}");
        if answers == usize::MAX {
            assert_eq!((ran.code, world.secondary(), world.read("repos.env")), (Some(5), made, before), "{ran}");
            assert!(ran.err.contains("run the same command again"), "{ran}");
            let ran = world.run(args);
            assert_eq!(ran.code, Some(0), "{ran}");
        } else {
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        assert_eq!((world.secondary(), world.sealed()), (None, 0), "{ran}");
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary), "{ran}");
    }
}
