//! `keys create` killed or failed anywhere, and what the runs after it make of that.

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use insta::assert_snapshot;
use twcred::model::{AccountSid, KeySid};
use twcred::sandbox::Moment;

use crate::support::family::{child, family};
use crate::support::{World, account_sid, exposed};

pub(crate) const CREATE: &[&str] = &["keys", "create", "ci", "--to", "env:new.env"];
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn start(world: &World, args: &[&str]) -> Child {
    let mut command = world.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn asked(world: &World) -> u64 {
    world.sandbox.exchanges().last().map_or(0, |exchange| exchange.n)
}

/// Kills a run at its `n`th exchange; what it had asked for is done all the same.
pub(crate) fn kill(world: &World, args: &[&str], n: u64, moment: Moment) {
    let n = asked(world) + n;
    world.sandbox.hold(n, moment);
    let mut run = start(world, args);
    let held = world.sandbox.wait_held(PATIENCE);
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(held.is_some_and(|held| held.n == n), "the run did not come to exchange {n}");
    world.settle();
}

/// The names and SIDs of an account's live keys, but for those it had before.
pub(crate) fn keys(world: &World, account: &AccountSid) -> Vec<(String, KeySid)> {
    let before = |name: &str| name == "ci-deploy" || name.starts_with("key ");
    world.sandbox.with_state(|state| {
        let keys = state.keys(account).map(|key| (key.name.clone().unwrap_or_default(), key.sid.clone()));
        keys.filter(|(name, _)| !before(name)).collect()
    })
}

/// Whether the file holds the pair of this key.
pub(crate) fn holds(world: &World, file: &str, sid: &KeySid) -> bool {
    let Ok(text) = std::fs::read_to_string(world.path(file)) else { return false };
    text.contains(sid.as_str()) && text.contains(exposed(&world.pair(sid).secret))
}

/// Runs a command as it is written in a hint.
pub(crate) fn typed(world: &World, line: &str) -> Output {
    let line = line.replacen("twcred", env!("CARGO_BIN_EXE_twcred"), 1);
    let program = world.command(&[]);
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(world.home.path()).args(["-c", &format!("{line} --yes")]).output().unwrap()
}

/// The command that stands after these words on stderr.
pub(crate) fn after<'a>(said: &'a str, words: &str) -> &'a str {
    let (_, rest) = said.split_once(words).unwrap_or_else(|| panic!("no `{words}` in {said}"));
    rest.split(['\n', ';']).next().unwrap()
}

/// Kills a create at each of its exchanges, and types it again.
fn killed_everywhere(new: impl Fn() -> World, account: &AccountSid, args: &[&str]) {
    let count = {
        let world = new();
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.creates(), [""; 0], "a create that is done leaves no journal");
        asked(&world)
    };
    assert!(count >= 2, "{count}");
    for n in 1..=count {
        for moment in [Moment::Before, Moment::After] {
            let world = new();
            kill(&world, args, n, moment);
            let marked = keys(&world, account).iter().filter(|(name, _)| name.contains("[twcred ")).count();
            assert!(marked <= world.creates().len(), "{n} {moment:?}: a key that no journal knows");
            let again = world.run(args);
            assert_eq!(again.code, Some(0), "{n} {moment:?}: {again}");
            let live = keys(&world, account);
            assert_eq!(live.len(), 1, "{n} {moment:?}: {live:?} {again}");
            assert_eq!(live[0].0, "ci", "{n} {moment:?}: {again}");
            assert!(holds(&world, "new.env", &live[0].1), "{n} {moment:?}: {again}");
            assert!(again.raw_out.contains(live[0].1.as_str()), "{n} {moment:?}: {again}");
            assert_eq!(world.creates(), [""; 0], "{n} {moment:?}: {again}");
        }
    }
}

#[test]
fn a_create_killed_at_any_exchange_is_finished_or_undone_by_the_same_line() {
    killed_everywhere(|| World::new().with_token(), &account_sid('a'), CREATE);
}

#[test]
fn the_same_in_a_subaccount() {
    let account = child(0);
    let args = [CREATE, &["--account", account.as_str()]].concat();
    killed_everywhere(|| family(1), &account, &args);
}

/// A create that was killed while its answer was on the way: a key that nobody holds.
pub(crate) fn cut_off() -> World {
    let world = World::new().with_token();
    kill(&world, CREATE, 1, Moment::After);
    assert_eq!(keys(&world, &account_sid('a')).len(), 1);
    world
}

#[test]
fn what_nobody_holds_is_revoked_before_the_next_key_is_made() {
    let world = cut_off();
    assert_snapshot!(world.run(&["keys", "create", "other", "--to", "env:other.env"]), @r"
    exit: 0
    --- stdout
    SID        SK.1..............................
    name       other
    account    AC.1..............................
    type       standard
    stored in  env:other.env
    secret     fingerprint 3e1bf12a
    --- stderr
    revoked SK.2.............................., which an unfinished `keys create 'ci'` had left and nobody held
    ");
    let names: Vec<String> = keys(&world, &account_sid('a')).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["other"]);
}

#[test]
fn it_is_listed_shown_and_settled_by_the_rotation_commands() {
    let world = cut_off();
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation      phase        old key  new key  begun                 old key ends
    create.id  1  create-sent                    YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "show"]), @r"
    exit: 0
    --- stdout
    create     create.id  1
    phase      create-sent
    account    AC.1..............................
    begun      YYYY-MM-DDThh:mm:ssZ
    sinks      env:~/new.env
    endpoint   TWILIO
    next step  find its key by its marker; finish it where a sink holds its pair, revoke it where nothing can hold it

    YYYY-MM-DDThh:mm:ssZ  asked for a key for 'ci'
    ");
    assert_snapshot!(world.run(&["keys", "list"]).err, @r"SK.2.............................. is of a `keys create` that was cut off or is still at work: twcred rotation resume create.id  1");
    for wish in ["rollback", "retire", "abort"] {
        let ran = world.run(&["rotation", wish, "--yes"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.err.contains("is no rotation but a `keys create` that was cut off"), "{ran}");
    }
    let id = world.creates().remove(0);
    let ran = world.run(&["rotation", "resume", "--json"]);
    assert_snapshot!(ran.to_string().replace(&id, "ID"), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.create-settled/v1",
      "create": "ID",
      "account": "AC.1..............................",
      "name": "ci",
      "result": "revoked",
      "sid": "SK.2.............................."
    }
    "#);
    assert_eq!(keys(&world, &account_sid('a')), []);
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 1
    --- stderr
    error: no rotation is open
    hint: `twcred rotation list` shows the ones that ended
    ");
}

#[test]
fn keys_rotate_says_that_a_create_was_cut_off() {
    let world = cut_off();
    world.file("repos.env", &crate::support::repos());
    let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "-n"]);
    assert_snapshot!(ran.err, @r"warning: `keys create 'ci'` was cut off at YYYY-MM-DDThh:mm:ssZ: twcred rotation resume create.id  1 --env-file repos.env finishes it or ends its key");
    let settled = typed(&world, after(&ran.raw_err.replace(" finishes it", "\n"), "Z: "));
    assert!(settled.status.success(), "{settled:?}");
    assert_eq!(keys(&world, &account_sid('a')), []);
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "repos.env", "-n"]).err, "");
}

#[test]
fn a_running_create_is_left_alone_and_the_next_one_waits() {
    let world = World::new().with_token();
    world.sandbox.hold(1, Moment::After);
    let first = start(&world, CREATE);
    assert!(world.sandbox.wait_held(PATIENCE).is_some());
    world.file("repos.env", &crate::support::repos());
    let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "-n"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran}");
    let second = start(&world, &["keys", "create", "other", "--to", "env:other.env"]);
    world.settle();
    for run in [first, second] {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let live = keys(&world, &account_sid('a'));
    assert_eq!(live.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ci", "other"]);
}

#[test]
fn a_key_that_could_not_be_revoked_is_by_the_next_run_or_by_what_is_typed() {
    let account = child(0);
    let to = |file: &str| format!("env:{file}");
    let new = || {
        let world = family(1);
        // The key is made, and neither looked at nor revoked.
        for route in ["GET /2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", "DELETE /2010-04-01/Accounts/*/Keys/*"]
        {
            world.sandbox.add_fault(format!("refuse:403/20005={route}").parse().unwrap());
        }
        let ran = world.run(&["keys", "create", "it's", "--account", account.as_str(), "--to", &to("new.env")]);
        assert_eq!(ran.code, Some(5), "{ran}");
        assert_eq!(keys(&world, &account).len(), 1, "{ran}");
        world.sandbox.clear_faults();
        (world, ran)
    };
    let (world, _) = new();
    let again = world.run(&["keys", "create", "it's", "--account", account.as_str(), "--to", &to("new.env")]);
    assert_snapshot!(again, @r"
    exit: 0
    --- stdout
    SID        SK.2..............................
    name       it's
    account    AC.1..............................
    type       standard
    stored in  env:new.env
    secret     fingerprint 5a0c0c61
    --- stderr
    revoked SK.1.............................., which an unfinished `keys create 'it'\''s'` had left and nobody held
    ");
    assert_eq!(keys(&world, &account).len(), 1);
    for words in ["same command again, or: ", "by hand: "] {
        let (world, ran) = new();
        let settled = typed(&world, after(&ran.raw_err, words));
        assert!(settled.status.success(), "{words}: {settled:?}");
        assert_eq!(keys(&world, &account), [], "{words}");
        assert_eq!(world.creates(), [""; 0]);
        let resumed = world.run(&["rotation", "resume", "--account", account.as_str()]);
        assert_eq!(resumed.code, Some(1), "{resumed}");
    }
}

#[test]
fn a_revoke_that_fails_again_stops_the_next_create() {
    let world = cut_off();
    for route in ["DELETE /v1/Keys/*", "DELETE /2010-04-01/Accounts/*/Keys/*"] {
        world.sandbox.add_fault(format!("refuse:500/20500={route}").parse().unwrap());
    }
    assert_snapshot!(world.run(CREATE), @r"
    exit: 5
    --- stderr
    error: `keys create 'ci'` was cut off at YYYY-MM-DDThh:mm:ssZ, and is not settled
      because: SK.1.............................. is live, and revoking it failed
      because: TWILIO failed at DELETE /v1/Keys/SK.1.............................. (code 20500, HTTP 500, request RQ…)
    hint: run the same command again; https://status.twilio.com tells of outages
    hint: its journal stays; to try again: twcred rotation resume create.id  1
    hint: or by hand, if nothing uses it: twcred keys revoke SK.1..............................
    ");
    assert_eq!(keys(&world, &account_sid('a')).len(), 1, "no other key is made");
}

#[test]
fn a_key_that_a_sink_holds_is_finished_and_not_made_twice() {
    let marked = || {
        let world = World::new().with_token();
        kill(&world, CREATE, 2, Moment::Before);
        world
    };
    // Killed before the rename, and the rename is never carried out.
    let world = World::new().with_token();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    let ran = world.run(CREATE);
    assert_eq!(ran.code, Some(5), "{ran}");
    let held = keys(&world, &account_sid('a')).remove(0).1;
    assert_snapshot!(world.run(CREATE), @r"
    exit: 0
    --- stdout
    SID        SK.1..............................
    name       ci
    account    AC.1..............................
    type       standard
    stored in  env:new.env
    secret     fingerprint 691b875b
    --- stderr
    finished SK.1.............................., which an unfinished `keys create 'ci'` had left
    ");
    assert_eq!(keys(&world, &account_sid('a')), [("ci".to_owned(), held.clone())]);
    assert!(holds(&world, "new.env", &held));
    // The rename was carried out, and nobody heard of it.
    let world = marked();
    let held = keys(&world, &account_sid('a')).remove(0).1;
    let ran = world.run(&["keys", "create", "other", "--to", "env:other.env"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(holds(&world, "new.env", &held));
    assert_eq!(keys(&world, &account_sid('a')).len(), 2);
    assert_eq!(world.creates(), [""; 0]);
}

#[test]
fn what_is_typed_after_a_rename_that_failed_finishes_the_key() {
    for words in ["same command again, or: ", "or finish it: "] {
        let world = World::new().with_token();
        world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
        let ran = world.run(&["keys", "create", "it's", "--to", "env:new.env"]);
        let done = typed(&world, after(&ran.raw_err, words));
        assert!(done.status.success(), "{done:?}");
        assert_eq!(keys(&world, &account_sid('a')).remove(0).0, "it's");
        let other = world.run(&["keys", "create", "other", "--reveal"]);
        assert_eq!((other.code, other.err.as_str()), (Some(0), ""), "{other}");
        assert_eq!(world.creates(), [""; 0]);
    }
}

#[test]
fn the_other_sinks_get_the_pair_that_one_of_them_holds() {
    let world = World::new().with_token();
    let args = ["keys", "create", "ci", "--to", "env:one.env", "--to", "json:two.json"];
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    assert_eq!(world.run(&args).code, Some(5));
    crate::support::remove(&world.path("two.json"));
    assert_eq!(world.run(&args).code, Some(0));
    let live = keys(&world, &account_sid('a'));
    assert_eq!(live.len(), 1);
    assert!(holds(&world, "one.env", &live[0].1) && holds(&world, "two.json", &live[0].1));
}

/// Killed when the first sink had the pair. The run that gave it to the second was killed after the rename.
#[test]
fn a_key_that_was_finished_by_a_run_that_was_killed_is_not_made_twice() {
    let world = World::new().with_token();
    let args = ["keys", "create", "ci", "--to", "env:one.env", "--to", "json:two.json"];
    world.fault("refuse:400/70001=POST /v1/Keys/*@1");
    assert_eq!(world.run(&args).code, Some(5));
    crate::support::remove(&world.path("two.json"));
    let path = world.state_dir().join(format!("creates/{}-{}.jsonl", account_sid('a'), world.creates()[0]));
    let journal = std::fs::read_to_string(&path).unwrap();
    let second = |line: &&str| line.contains(r#""sink":1"#);
    assert_eq!(journal.lines().filter(second).count(), 1);
    let before: String = journal.split_inclusive('\n').filter(|line| !second(line)).collect();
    world.file(path.strip_prefix(world.home.path()).unwrap().to_str().unwrap(), &before);
    world.fault("hold-after=POST /v1/Keys/*@1");
    world.killed(&args);
    let made = keys(&world, &account_sid('a'));
    assert_eq!((made[0].0.as_str(), world.creates().len()), ("ci", 1));
    let ran = world.run(&args);
    assert_eq!((ran.code, world.creates().len()), (Some(0), 0), "{ran}");
    assert_eq!(keys(&world, &account_sid('a')), made);
}

/// A create that was killed when it had shown the secret.
fn shown() -> (World, KeySid) {
    let world = World::new().with_token();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    assert_eq!(world.run(&["keys", "create", "ci", "--reveal"]).code, Some(5));
    let sid = keys(&world, &account_sid('a')).remove(0).1;
    (world, sid)
}

#[test]
fn a_key_whose_secret_was_shown_is_not_revoked_but_told_of_until_somebody_decides() {
    let (world, _) = shown();
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
        exit: 3
        --- stdout
        create.id  1: SK.1.............................. is live, and may be held by whoever saw what --reveal printed
        --- stderr
        warning: SK.1.............................., which an unfinished `keys create 'ci'` had left, is live and may be held by whoever saw what --reveal printed
        warning: to keep it: twcred keys rename SK.1.............................. 'ci'; to end it, if nothing uses it: twcred keys revoke SK.1..............................; with --force, if one of these places stands against it; until then every run says so
        ");
    let ran = world.run(&["keys", "create", "other", "--to", "env:other.env"]);
    assert_snapshot!(ran.err, @r"
        warning: SK.1.............................., which an unfinished `keys create 'ci'` had left, is live and may be held by whoever saw what --reveal printed
        warning: to keep it: twcred keys rename SK.1.............................. 'ci'; to end it, if nothing uses it: twcred keys revoke SK.1..............................; with --force, if one of these places stands against it; until then every run says so
        ");
    for (words, left) in [("to keep it: ", 1), ("if nothing uses it: ", 0)] {
        let (world, sid) = shown();
        let ran = world.run(&["keys", "create", "other", "--to", "env:other.env"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(keys(&world, &account_sid('a')).iter().any(|(_, live)| *live == sid));
        let decided = typed(&world, after(&ran.raw_err, words));
        assert!(decided.status.success(), "{decided:?}");
        let ran = world.run(&["keys", "create", "third", "--to", "env:third.env"]);
        assert!(ran.code == Some(0) && !ran.err.contains("warning"), "{ran}");
        assert_eq!(keys(&world, &account_sid('a')).len(), 2 + left);
        assert_eq!(world.creates(), [""; 0]);
    }
}

#[test]
fn a_sink_that_gives_nothing_back_may_hold_what_it_was_told() {
    let world = World::new().with_token();
    let script = world.file("put", "#!/bin/sh\ncase \"$(cat)\" in *load*) exit 3;; esac\n");
    assert!(Command::new("/bin/chmod").arg("700").arg(&script).status().unwrap().success());
    let sink = format!("exec:{}", script.display());
    kill(&world, &["keys", "create", "ci", "--to", &sink], 1, Moment::After);
    assert_eq!(world.run(&["rotation", "resume"]).code, Some(0), "it was told nothing");
    assert_eq!(keys(&world, &account_sid('a')), []);
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    assert_eq!(world.run(&["keys", "create", "ci", "--to", &sink]).code, Some(5));
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.err.contains("is live and may be held by exec:"), "{ran}");
    assert_eq!(keys(&world, &account_sid('a')).len(), 1);
}

#[test]
fn without_a_state_directory_a_secret_may_be_shown_and_not_stored() {
    let world = World::new().with_token();
    world.file("state", "no folder");
    assert_snapshot!(world.run(&["keys", "create", "ci", "--to", "env:new.env", "--state-dir", "state"]), @r"
    exit: 2
    --- stderr
    error: ~/state is not a directory
    hint: name another folder with --state-dir or TWCRED_STATE_DIR
    ");
    assert_eq!(keys(&world, &account_sid('a')), []);
    let ran = world.run(&["keys", "create", "ci", "--reveal", "--state-dir", "state"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_snapshot!(ran.err, @r"warning: no journal is kept: ~/state is not a directory; if this run is killed, `twcred keys list --state-dir state` shows its key as unfinished");
    assert_eq!(keys(&world, &account_sid('a')).remove(0).0, "ci");
}

#[test]
fn the_journal_holds_no_secret() {
    let (world, sid) = shown();
    let path = world.state_dir().join(format!("creates/{}-{}.jsonl", account_sid('a'), world.creates()[0]));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(sid.as_str()) && !world.leaks(&text), "{text}");
    assert_eq!(crate::support::mode(&path), 0o600);
    assert_eq!(crate::support::mode(path.parent().unwrap()), 0o700);
}

/// A create that is killed before its key got its name, and whose sinks hold its pair.
pub(crate) fn unnamed(sinks: &[&str]) -> (World, KeySid) {
    let world = World::new().with_token();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    let to: Vec<&str> = sinks.iter().flat_map(|sink| ["--to", sink]).collect();
    let ran = world.run(&[&["keys", "create", "ci"], to.as_slice()].concat());
    assert_eq!(ran.code, Some(5), "{ran}");
    let sid = keys(&world, &account_sid('a')).remove(0).1;
    (world, sid)
}

#[test]
fn a_secret_that_was_only_shown_is_not_made_twice_by_what_is_hinted() {
    let world = World::new().with_token();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    let ran = world.run(&["keys", "create", "ci", "--reveal"]);
    assert!(ran.code == Some(5) && ran.err.contains("works and was shown"), "{ran}");
    assert!(!ran.err.contains("run the same command again"), "{ran}");
}
