//! Lost answers, foreign secondaries, suspended accounts: what is settled, what is not guessed, and what is said.

use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::{AccountStatus, Moment, SecondaryToken, Stored};

use crate::support::{World, account_sid, key_sid, repos, token};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

/// A secondary that nobody here knows, and of which no event tells.
fn foreign(world: &World) {
    world.sandbox.with_state(|state| {
        let token = Stored::new(Secret::new("f0e1d2c3".repeat(4)));
        let created = twcred::cli::context::clock();
        state.account_mut(&account_sid('a')).unwrap().secondary = Some(SecondaryToken { token, created });
    });
}

fn has_secondary(world: &World) -> bool {
    world.sandbox.with_state(|state| state.account(&account_sid('a')).unwrap().secondary.is_some())
}

fn rotated(world: &World) {
    let ran = world.run(ROTATE);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!has_secondary(world));
    assert!(!world.read("repos.env").contains("_SECONDARY") && !world.read("repos.env").contains("_PREVIOUS"));
}

#[test]
fn a_secondary_that_is_there_already() {
    let world = world();
    // Made by another machine; Twilio's events tell since when.
    world.file("other.env", &repos());
    world.run(&["token", "create", "--env-file", "other.env", "--state-dir", "elsewhere"]);
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 1
    --- stderr
    error: rotation rotation.id1 stopped
      because: the account has a secondary Auth Token already, made YYYY-MM-DDThh:mm:ssZ
      because: TWILIO did not accept POST /v1/AuthTokens/Secondary: secondaryAuthToken already exists on account (code 70002, HTTP 400, request RQ…)
    hint: nothing was changed; if nobody needs it: twcred token delete --env-file repos.env
    hint: if a sink holds it as …_SECONDARY and it works: twcred token promote --env-file repos.env
    ");
    assert!(has_secondary(&world));
    assert_eq!(world.read("repos.env"), repos());
    assert_snapshot!(world.run(&["token", "status", "--env-file", "repos.env"]), @r"
    exit: 0
    --- stdout
    token                          held as  fingerprint  Twilio says
    repos.env:3 TWILIO_AUTH_TOKEN  current  3eb1bd43     works, the primary

    account                AC.1..............................
    secondary outstanding  yes since YYYY-MM-DDThh:mm:ssZ: Monitor's events tell, and no place that was looked into holds it
    last promoted          unknown
    open rotation          none
    ");
    assert_snapshot!(world.run(DELETE), @r"
    exit: 0
    --- stdout
    the secondary token is deleted; the token 3eb1bd43 stays
    ");
    rotated(&world);
}

#[test]
fn a_lost_create_is_settled_by_the_events() {
    let world = world();
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 5f364a25
    --- stderr
    deleted a secondary token, which an unfinished run had left and nobody held
    the secondary token 5f364a25 is made, both tokens sealed
    the token 5f364a25 works
    wrote env:~/repos.env: the new token as …_SECONDARY, beside the one in force
    read env:~/repos.env back: both tokens work
    repos.env:3 TWILIO_AUTH_TOKEN holds the old token and gets the new one
    from the promote on Twilio signs webhooks with the new token: a validator that knows only the old one rejects them (docs/token-rotation.md; `twcred webhook verify` tries a signature)
    until now `twcred token delete` undoes everything; from the promote on there is no rollback and no way back
    before the promote: the known API key works
    promoted the token 5f364a25: the one before it is dead, and there is no way back
    wrote env:~/repos.env: the new token in force, the old one as …_PREVIOUS
    read env:~/repos.env back: it works
    the old token is refused
    after the promote: the known API key still works
    took the old token out of env:~/repos.env
    ");
    assert!(!has_secondary(&world));
}

#[test]
fn without_events_nothing_is_guessed() {
    let world = world();
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    world.fault("refuse:401/70051=GET /v1/Events@1x*");
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: a create was never answered, a secondary Auth Token exists, and whose it is cannot be told: Twilio's events cannot be read (TWILIO refused GET /v1/Events: The sandbox refused this request because it was told to (code 70051, HTTP 401, request RQ…))
    hint: nothing was deleted on a guess; Monitor's events name who made it and when (account-auth-token.secondary-created)
    hint: make sure that nobody else is replacing the token, then: twcred token delete --env-file repos.env
    ");
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: a create was never answered, a secondary Auth Token exists, and whose it is cannot be told: Twilio's events cannot be read (TWILIO refused GET /v1/Events: The sandbox refused this request because it was told to (code 70051, HTTP 401, request RQ…))
    hint: nothing was deleted on a guess; Monitor's events name who made it and when (account-auth-token.secondary-created)
    hint: make sure that nobody else is replacing the token, then: twcred token delete --env-file repos.env
    ");
    assert!(has_secondary(&world));
    assert_eq!(world.read("repos.env"), repos());
    assert_snapshot!(world.run(&["token", "status", "--env-file", "repos.env"]), @r"
    exit: 0
    --- stdout
    token                          held as  fingerprint  Twilio says
    repos.env:3 TWILIO_AUTH_TOKEN  current  3eb1bd43     works, the primary

    account                AC.1..............................
    secondary outstanding  unknown: Monitor's events cannot be read: TWILIO refused GET /v1/Events: The sandbox refused this request because it was told to (code 70051, HTTP 401, request RQ…)
    last promoted          unknown
    open rotation          rotation.id1 (creating)
    next step              find out what a create without an answer left behind
    sinks                  env:~/repos.env
    ");
    // The user may say what nothing else can.
    assert_snapshot!(world.run(DELETE), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 stays: the rotation was rolled back
    --- stderr
    the secondary token is deleted
    ");
    rotated(&world);
}

/// Somebody made a secondary of his own while ours was in doubt: it is not ours to delete.
#[test]
fn a_foreign_secondary_is_never_deleted_on_a_guess() {
    let world = world();
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@1x*");
    assert_eq!(world.run(ROTATE).code, Some(5));
    world.sandbox.clear_faults();
    foreign(&world);
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: a create was never answered, and Twilio's events do not tell yet what became of it
    hint: run the same command again in some minutes; the token in force works
    hint: if nobody else is replacing the token, you may settle it yourself: twcred token delete --env-file repos.env
    ");
    assert!(has_secondary(&world));
    world.run(DELETE);
    rotated(&world);
}

#[test]
fn a_lost_promote_is_settled_by_trying_both() {
    for fault in ["commit-then-drop", "drop-before", "garble:truncated"] {
        let world = world();
        world.fault(&format!("{fault}=POST /v1/AuthTokens/Promote@1"));
        rotated(&world);
    }
}

/// The account is suspended between the promote and its answer: both tokens are refused, and nothing is switched.
#[test]
fn a_suspended_account_switches_nothing() {
    let world = world();
    let set = |status| world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().status = status);
    let routes = |world: &World| world.sandbox.exchanges().len() as u64;
    let probe = self::world();
    probe.run(ROTATE);
    let promote = probe
        .sandbox
        .exchanges()
        .iter()
        .position(|asked| asked.route.as_deref() == Some("POST /v1/AuthTokens/Promote"));
    world.sandbox.hold(routes(&world) + promote.unwrap() as u64 + 1, Moment::After);
    let mut child = world.command(ROTATE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(world.sandbox.wait_held(Duration::from_secs(30)).is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    world.sandbox.release();
    let before = world.read("repos.env");
    set(AccountStatus::Suspended);
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: verifying a token failed
      because: TWILIO refused GET /2010-04-01/Accounts/AC.1...............................json: Account is not active (code 20005, HTTP 403, request RQ…)
    hint: no token works while the account is not active, and nothing is lost; once it is active again run the same command, or `twcred rotation resume rotation.id1 --env-file repos.env`
    hint: the Console says why: https://console.twilio.com
    ");
    assert_eq!(world.read("repos.env"), before);
    set(AccountStatus::Active);
    rotated(&world);
}

/// Lets a run come as far as Twilio has promoted, and holds its answer back.
fn held_at_the_promote(world: &World, rotate: &[&str]) -> std::process::Child {
    let probe = self::world();
    probe.run(ROTATE);
    let asked = probe.sandbox.exchanges();
    let promote = asked.iter().position(|asked| asked.route.as_deref() == Some("POST /v1/AuthTokens/Promote"));
    world.sandbox.hold(promote.unwrap() as u64 + 1, Moment::After);
    let child = world.command(rotate).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(world.sandbox.wait_held(Duration::from_secs(30)).is_some());
    child
}

/// To ask again in a while is no help, so it is no code that says so.
#[test]
fn an_account_that_is_suspended_before_anything_was_made_is_refused() {
    let world = world().with_token();
    let target = "kind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsinks = [\"json:~/app.json\"]\n";
    world.private("twcred.toml", &format!("[targets.shop]\n{target}"));
    let dead = "9".repeat(32);
    world.file("app.json", &crate::support::json_app(&dead));
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended);
    for args in [
        &["token", "rotate", "--env-file", "repos.env", "--yes"][..],
        &["token", "rotate", "--all", "--yes", "--config", "twcred.toml"],
        &["token", "rotate", "--env-file", "repos.env", "--dry-run"],
        &["token", "create", "--env-file", "repos.env"],
        &["token", "create", "--to", "env:repos.env"],
        &["token", "delete", "--env-file", "repos.env", "--yes"],
        &["sink", "push", "shop", "--yes", "--config", "twcred.toml"],
    ] {
        let ran = world.run(args);
        assert!(ran.code == Some(4) && ran.err.contains("code 20005"), "{args:?}: {ran}");
        assert!(ran.err.contains("hint: the Console says why"), "{args:?}: {ran}");
        assert!(!ran.err.contains("run the same command again"), "{args:?}: {ran}");
    }
    assert_eq!((world.rotations().len(), world.sealed()), (0, 0));
    let status = world.run(&["token", "status", "--env-file", "repos.env"]);
    assert!(status.code == Some(0) && status.out.contains("unknown: TWILIO refused"), "{status}");
}

/// A key that worked before the promote and does not after it is told of while the old token still stands beside the new.
#[test]
fn a_key_that_breaks_at_the_promote() {
    let world = world();
    let child =
        held_at_the_promote(&world, &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "1h"]);
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    world.sandbox.release();
    let ran = world.ran(child.wait_with_output().unwrap());
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: the new token is in force, and these API keys do not work any more: SK.1..............................
    hint: `twcred keys list` shows whether they still exist; make others: twcred keys create NAME --to SINK
    hint: a promote cannot be taken back
    ");
    assert!(ran.out.contains("it is taken out of the sinks after"), "{ran}");
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_PREVIOUS="));
    let journal = std::fs::read_to_string(world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0])));
    assert!(!journal.unwrap().contains("\"cleared\""));
    // It is said until the end, and again there.
    assert_eq!(world.run(ROTATE).code, Some(3));
    let end = world.run(&["rotation", "retire", "--yes"]);
    assert!(end.code == Some(3) && end.raw_err.contains(key_sid('1').as_str()), "{end}");
    assert!(!world.read("repos.env").contains("_PREVIOUS"));
}

/// What stops after the promote says what is in force, and offers no way back, since there is none.
#[test]
fn what_is_said_after_the_promote_is_true() {
    let world = world();
    let child = held_at_the_promote(&world, ROTATE);
    // Somebody writes a token of his own into the file.
    let text = world.read("repos.env");
    world.file("repos.env", &text.replace(&token(), &"9".repeat(32)));
    world.sandbox.release();
    let drifted = world.ran(child.wait_with_output().unwrap());
    assert_snapshot!(drifted.briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: env:~/repos.env does not hold the new token as the one in force
    hint: put the token before it (3eb1bd43; …_PREVIOUS or a backup has it) into TWILIO_AUTH_TOKEN there, and run again: the token in force takes its place
    hint: or leave it out: --without env:~/repos.env, a flag of `twcred token`; nothing was overwritten
    hint: if another token was put in force meanwhile, write that into TWILIO_AUTH_TOKEN of every sink and run again: with the account active, the rotation ends then (the Console shows it: Account > API keys & tokens)
    ");
    world.file("repos.env", &text);
    world.fault("drop-before=*@1x*");
    let away = world.run(ROTATE);
    assert_snapshot!(away.briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: verifying a token failed
      because: TWILIO ended the connection during GET /2010-04-01/Accounts/AC.1...............................json: connection closed before message completed
    hint: the new token is in force and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1 --env-file repos.env`
    hint: check the network, HTTPS_PROXY, and --region and --edge; then run the same command again
    ");
    world.sandbox.clear_faults();
    let kept = world.read("repos.env");
    world.file("away.env", &kept);
    crate::support::remove(&world.path("repos.env"));
    let id = world.rotations()[0].clone();
    let gone = world.run(&["rotation", "resume", &id, "--env-file", "away.env"]);
    assert_snapshot!(gone.briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: env:~/repos.env is not there, and may hold the token
    hint: the new token is in force and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1 --env-file away.env`
    hint: bring it back, or, if it is gone for good, leave it out: --without env:~/repos.env, a flag of `twcred token`
    ");
    for said in [&drifted.err, &away.err, &gone.err] {
        let advice: String = said.lines().skip_while(|line| !line.starts_with("error: ")).collect();
        let offers = ["rollback", "token delete", "old one still", "to go back"];
        assert!(!offers.iter().any(|offer| advice.contains(offer)), "{said}");
    }
    assert!(!drifted.err.contains("wrote env:~/repos.env: the new token in force"), "{}", drifted.err);
    world.file("repos.env", &kept);
    let back = world.run(&["rotation", "rollback", "--yes", &id]);
    assert!(back.code == Some(2) && back.err.contains("there is no way back from a promote"), "{back}");
    rotated(&world);
}

/// The secondary is deleted in the Console while it waits: the old token stays in force everywhere.
#[test]
fn a_secondary_that_goes_away_meanwhile() {
    let world = world();
    world.run(&["token", "create", "--env-file", "repos.env"]);
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().secondary = None);
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 7
    error: rotation rotation.id1 stopped
      because: the new token does not work any more: its secondary was deleted, or another was promoted, by somebody else
    hint: the token in force stands everywhere, unchanged; begin again: twcred token rotate --env-file repos.env
    ");
    assert_eq!(world.read("repos.env"), repos());
    rotated(&world);
}

/// It was promoted in the Console: the file follows.
#[test]
fn a_secondary_that_was_promoted_by_hand() {
    let world = world();
    world.run(&["token", "create", "--env-file", "repos.env"]);
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        account.token = account.secondary.take().unwrap().token;
    });
    rotated(&world);
}

/// Ctrl-C while the new token spreads: the next run says when the old one goes, and a later one takes it out.
#[test]
fn interrupted_while_it_spreads() {
    let world = world();
    let slow = ["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "5m"];
    let child = world.command(&slow).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let switched = || world.read("repos.env").contains("_PREVIOUS");
    let journal = || {
        let id = world.rotations().pop();
        id.is_some_and(|id| {
            let path = world.state_dir().join(format!("rotations/{id}.jsonl"));
            std::fs::read_to_string(path).unwrap().contains("\"current\"")
        })
    };
    let since = std::time::Instant::now();
    while !(switched() && journal()) && since.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_snapshot!(world.ran(child.wait_with_output().unwrap()).briefly(), @r"
    exit 130
    error: interrupted; state is safe
    hint: run the same command again to continue
    ");
    assert_snapshot!(world.run(ROTATE), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58, and is taken out of the sinks by a run after YYYY-MM-DDThh:mm:ssZ
    --- stderr
    warning: --propagation has no effect: rotation rotation.id1 is open and keeps what it was begun with; to take the old token out now: twcred rotation retire rotation.id1
    ");
    assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
    assert!(!switched());
}

/// Another run of the same account's token: exit 6, and which.
#[test]
fn one_run_at_a_time() {
    let world = world();
    world.sandbox.hold(1, Moment::Before);
    let mut child = world.command(ROTATE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(world.sandbox.wait_held(Duration::from_secs(30)).is_some());
    let ran = world.run(ROTATE);
    assert_eq!(ran.code, Some(6), "{ran}");
    assert!(ran.err.contains("another run holds the lock on the Auth Token of"), "{ran}");
    world.sandbox.release();
    assert!(child.wait().unwrap().success());
}
