//! Runs that are killed: at Twilio's exchanges, and while the keyring is asked.

use std::process::{Child, Stdio};
use std::time::Duration;

use twcred::sandbox::Moment;

use super::session::{Home, Kind, Session};
use crate::support::{Sample, Tools};

const ROTATE: &[&str] = &["keys", "rotate", "-p", "ci", "--now"];

fn start(session: &Session<'_>, sample: &Sample, args: &[&str]) -> Child {
    let mut command = session.command(sample, args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Whatever was killed: the profile leads to a live pair, the next run finishes, and nothing is left behind.
#[track_caller]
fn heals(session: &Session<'_>, sample: &Sample, old: &str, what: &str) {
    let now = session.holds(sample, "ci");
    assert!(sample.keys().contains(&now), "{what}: the profile leads to a dead key");
    session.done(sample, ROTATE, "");
    let new = session.holds(sample, "ci");
    let live = sample.keys();
    assert!(new != old && live.contains(&new) && !live.contains(&old.to_owned()), "{what}: {live:?}");
    assert_eq!(live.len(), 3, "{what}: an unknown key lives: {live:?}");
    assert_eq!(session.entries(), [session.entry("ci")], "{what}: the keyring holds more than the profile");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn at_every_exchange_of_a_rotation() {
    let Some(home) = Home::new() else { return };
    let session = home.session(Kind::Unlocked);
    for (n, moment) in (1..).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]) {
        let sample = Sample::start(0);
        let old = session.add(&sample, "ci", "rotator");
        let before = sample.sandbox.exchanges().last().map_or(0, |exchange| exchange.n);
        sample.sandbox.hold(before + n, moment);
        let mut child = start(&session, &sample, ROTATE);
        while sample.sandbox.wait_held(Duration::from_millis(50)).is_none() {
            if child.try_wait().unwrap().is_some() {
                assert!(n > 8, "only {n} exchanges");
                return;
            }
        }
        kill(child);
        sample.settle();
        heals(&session, &sample, &old, &format!("killed at exchange {n} {moment:?}"));
        session.done(&sample, &["profile", "remove", "ci", "--yes"], "");
    }
}

/// A create that is killed at each file that it puts in place, until one comes through: wherever the pair is in the keyring
/// already it is finished, whatever changes another profile meanwhile, and everywhere else its key is ended.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn at_every_file_of_a_create() {
    const CALLS: &str = "rename,renameat,renameat2";
    let Some(home) = Home::new().filter(|_| Tools::with_programs(&["strace"]).is_some()) else { return };
    let session = home.session(Kind::Unlocked);
    let sample = Sample::start(0);
    let (account, token) = (sample.account().to_string(), sample.token());
    session.done(&sample, &["profile", "add", "admin", "--account", &account], &token);
    let create = ["keys", "create", "ci", "--to", "keyring:ci", "-p", "admin"];
    let (before, entries) = (sample.keys(), session.entries().len());
    let (mut finished, mut ended) = (0, 0);
    for n in 1.. {
        let ran = session.killed_at(&sample, CALLS, n, &create);
        if ran.status.success() {
            assert!(finished > 0 && ended > 0 && n > 2, "finished {finished}, ended {ended}, {n} calls");
            break;
        }
        let what = format!("killed at call {n}: {}", ran.stderr);
        let made = sample.keys().into_iter().find(|sid| !before.contains(sid));
        let is_held = session.entries().len() > entries;
        // Another profile comes and goes, and takes nothing along.
        session.add(&sample, "other", "standard");
        session.done(&sample, &["profile", "remove", "other", "--yes"], "");
        if let Some(made) = made.filter(|_| is_held) {
            // Its name is not given away meanwhile.
            let (remove, add) = (["profile", "remove", "ci", "--yes"], ["profile", "add", "ci", "--replace"]);
            for args in [&remove[..], &[&add[..], &["--account", &account]].concat()] {
                session.refused(&sample, args, &token, 1, "unfinished `keys create 'ci'`");
            }
            session.done(&sample, &create, "");
            assert_eq!(session.holds(&sample, "ci"), made, "{what}");
            finished += 1;
        } else {
            session.done(&sample, &["rotation", "resume", "-p", "admin"], "");
            assert_eq!(sample.keys(), before, "{what}");
            session.done(&sample, &create, "");
            ended += 1;
        }
        let list = session.twcred(&sample, &["profile", "list"], "");
        assert!(!list.stderr.contains("may hold"), "{what}: {}", list.stderr);
        let made = session.holds(&sample, "ci");
        let left: Vec<String> = sample.keys().into_iter().filter(|sid| !before.contains(sid)).collect();
        assert_eq!(left, std::slice::from_ref(&made), "{what}");
        session.done(&sample, &["profile", "remove", "ci", "--yes"], "");
        session.done(&sample, &["keys", "revoke", &made, "--yes", "-p", "admin"], "");
        assert_eq!(session.entries().len(), entries, "{what}: a secret is left");
    }
}

/// To name the key by hand is to keep it: its pair, which is in the keyring and no profile's, comes to be the profile's.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn and_named_by_hand_while_its_pair_is_halfway() {
    const CALLS: &str = "rename,renameat,renameat2";
    let Some(home) = Home::new().filter(|_| Tools::with_programs(&["strace"]).is_some()) else { return };
    let session = home.session(Kind::Unlocked);
    let sample = Sample::start(0);
    let (account, token) = (sample.account().to_string(), sample.token());
    session.done(&sample, &["profile", "add", "admin", "--account", &account], &token);
    let create = ["keys", "create", "ci", "--to", "keyring:ci", "-p", "admin"];
    let (before, entries) = (sample.keys(), session.entries().len());
    for n in 1.. {
        assert!(!session.killed_at(&sample, CALLS, n, &create).status.success(), "the pair was never halfway");
        if session.entries().len() > entries {
            break;
        }
        session.done(&sample, &["rotation", "resume", "-p", "admin"], "");
    }
    let made = sample.keys().into_iter().find(|sid| !before.contains(sid)).unwrap();
    let named = session.twcred(&sample, &["keys", "rename", &made, "ci", "-p", "admin"], "");
    assert!(named.status.success() && named.stderr.contains("twcred rotation resume"), "{}", named.stderr);
    session.add(&sample, "other", "standard");
    session.done(&sample, &["profile", "remove", "other", "--yes"], "");
    session.done(&sample, &["rotation", "resume", "-p", "admin"], "");
    assert_eq!(session.holds(&sample, "ci"), made);
    assert_eq!(session.entries().len(), entries + 1);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn while_the_keyring_is_being_asked() {
    let Some(home) = Home::new() else { return };
    let session = home.session(Kind::Unlocked);
    for n in 1.. {
        let sample = Sample::start(0);
        let old = session.add(&sample, "ci", "rotator");
        let before = sample.sandbox.exchanges().last().map_or(0, |exchange| exchange.n);
        sample.sandbox.hold(before + n, Moment::After);
        let mut child = start(&session, &sample, ROTATE);
        let held = loop {
            if sample.sandbox.wait_held(Duration::from_millis(50)).is_some() {
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
        // The run goes on until it asks the keyring for something, and waits there: as long as nothing is asked of Twilio
        // and it does not end, that is where it is. Then it is killed, and the keyring does what it was asked.
        session.stop();
        let asked = sample.sandbox.exchanges().len();
        sample.sandbox.clear_faults();
        sample.sandbox.release();
        std::thread::sleep(Duration::from_secs(1));
        let what = format!("killed after exchange {n}, {} exchanges later", sample.sandbox.exchanges().len() - asked);
        kill(child);
        session.go_on();
        sample.settle();
        heals(&session, &sample, &old, &what);
        session.done(&sample, &["profile", "remove", "ci", "--yes"], "");
    }
}
