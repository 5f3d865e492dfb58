//! A keyring that hangs: every call ends in its time, and what the keyring does later does no harm.
//!
//! That these tests end at all is the proof: nobody lets the keyring go on before the program has given up.

use std::process::Stdio;
use std::time::Duration;

use twcred::sandbox::Moment;

use super::session::{Home, Kind};
use super::{INCOMPLETE, TEMPORARY};
use crate::support::Sample;

const PATIENCE: Duration = Duration::from_mins(1);
const SILENT: &str = "the Secret Service did not answer within 5 s";

#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_waits_longer_than_its_time_and_nothing_is_made() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    let sid = session.add(&sample, "ci", "rotator");
    let live = sample.keys();
    let asked = sample.sandbox.exchanges().len();
    let account = sample.account().to_string();
    session.stop();
    for args in [
        &["whoami"][..],
        &["profile", "show", "ci"],
        &["profile", "add", "new", "--account", &account],
        &["keys", "rotate", "-p", "ci"],
    ] {
        session.refused(&sample, args, "", TEMPORARY, SILENT);
    }
    assert_eq!((sample.keys(), sample.sandbox.exchanges().len()), (live, asked));
    assert!(session.done(&sample, &["profile", "list"], "")["leftovers"].as_array().unwrap().is_empty());
    session.go_on();
    assert_eq!(session.holds(&sample, "ci"), sid);
}

/// The keyring hangs from the middle of a run on: while the run waits for Twilio, which answers then.
fn hang_at(
    session: &super::session::Session<'_>,
    sample: &Sample,
    args: &[&str],
    n: u64,
    input: &str,
) -> (i32, String) {
    use std::io::Write as _;
    let before = sample.sandbox.exchanges().last().map_or(0, |exchange| exchange.n);
    sample.sandbox.hold(before + n, Moment::After);
    let mut command = session.command(sample, args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(sample.sandbox.wait_held(PATIENCE).is_some(), "exchange {n} never came");
    session.stop();
    sample.sandbox.clear_faults();
    sample.sandbox.release();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_write_that_is_carried_out_late_is_noted_and_taken_out() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    let (key, secret) = sample.key("standard");
    let account = sample.account().to_string();
    let add = ["profile", "add", "shop", "--account", &account, "--sid", &key];
    let (exit, said) = hang_at(&session, &sample, &add, 1, &secret);
    assert_eq!(exit, TEMPORARY, "{said}");
    assert!(
        said.contains("the profile was not kept") && said.contains("when it was asked to store an entry"),
        "{said}"
    );
    let listed = session.done(&sample, &["profile", "list"], "");
    let left = listed["leftovers"][0]["entry"].as_str().unwrap().to_owned();
    assert!(listed["profiles"].as_array().unwrap().is_empty(), "{listed}");
    session.go_on();
    // What the keyring was asked last may come late or never. Here it comes.
    let late = ["store", "--label=late", "service", "twcred", "username", &left];
    assert!(session.secret_tool(&late, "what was to be stored").status.success());
    assert_eq!(session.entries(), std::slice::from_ref(&left));
    session.done(&sample, &add, &secret);
    assert_eq!(session.holds(&sample, "shop"), key);
    assert_eq!(session.entries(), [session.entry("shop")]);
    assert_ne!(session.entry("shop"), left);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_rotation_whose_keyring_hangs_is_incomplete_and_goes_on_later() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    let old = session.add(&sample, "ci", "rotator");
    let rotate = ["keys", "rotate", "-p", "ci", "--now"];
    let created = |sample: &Sample| sample.keys().len() == 4;
    let mut n = 1;
    // The first exchange after which the new key is there: what follows is written into the keyring.
    let said = loop {
        let (exit, said) = hang_at(&session, &sample, &rotate, n, "");
        if created(&sample) {
            assert_eq!(exit, INCOMPLETE, "{said}");
            break said;
        }
        session.go_on();
        assert_eq!(exit, TEMPORARY, "before the key is made: {said}");
        n += 1;
    };
    assert!(said.contains(SILENT) && said.contains("both keys work and nothing is lost"), "{said}");
    session.go_on();
    assert_eq!(session.holds(&sample, "ci"), old, "a write that came late put nothing in force");
    session.done(&sample, &rotate, "");
    let new = session.holds(&sample, "ci");
    assert!(new != old && !sample.keys().contains(&old), "{:?}", sample.keys());
    assert_eq!(session.entries(), [session.entry("ci")], "and what it wrote is taken out");
}
