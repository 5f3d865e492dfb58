//! The commands of `twcred keys rotate`, and flags that a later run brings.

use insta::assert_snapshot;

use crate::keys_rotate::{with, world};

#[test]
fn a_check_that_fails_and_passes() {
    let world = world();
    let rotate = with(&["--now", "--check", "test -e ready && echo \"$TWCRED_OLD_KEY_SID to $TWCRED_NEW_KEY_SID\""]);
    assert_snapshot!(world.run(&rotate), @r"
    exit: 7
    --- stderr
    SK.1.............................. is made, its secret sealed
    SK.1.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    error: rotation rotation.id1 stopped
      because: the check command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: every sink holds the new pair, and the old one still works; run again once the check passes
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (2, 1, 1));
    assert_snapshot!(world.run(&rotate), @r"
    exit: 7
    --- stderr
    error: rotation rotation.id1 stopped
      because: the check command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: every sink holds the new pair, and the old one still works; run again once the check passes
    ");
    world.file("ready", "");
    // What was asked at the beginning still counts, whatever this run says.
    assert_snapshot!(world.run(&with(&["--now"])), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.1.............................. and is revoked
    --- stderr
    SK.2.............................. to SK.1..............................
    the check command succeeded
    revoked SK.2..............................
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
}

#[test]
fn an_after_that_fails_and_passes() {
    let world = world();
    let rotate = with(&["--now", "--after", "test -e ready"]);
    assert_snapshot!(world.run(&rotate), @r"
    exit: 5
    --- stderr
    SK.1.............................. is made, its secret sealed
    SK.1.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    error: rotation rotation.id1 stopped
      because: the after command failed: exit status: 1
    hint: both keys work and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: the new pair is current, and the old one still works; run again to repeat the command
    ");
    assert_eq!((world.live().len(), world.open()), (2, 1));
    world.file("ready", "");
    assert_snapshot!(world.run(&rotate), @r"
    exit: 0
    --- stdout
    SK.2.............................. was replaced by SK.1.............................. and is revoked
    --- stderr
    the after command succeeded
    revoked SK.2..............................
    ");
    assert_eq!((world.live().len(), world.open(), world.sealed()), (1, 0, 0));
}

/// The commands of the newest run count, or a slip in one would hold the rotation for good; the grace stays, and that is
/// said.
#[test]
fn flags_that_come_later() {
    let world = world();
    assert_eq!(world.run(&with(&["--check", "false", "--grace", "2h"])).code, Some(7));
    let later = world.run(&with(&["--check", "true", "--grace", "1h", "--after", "true"]));
    assert_eq!(later.code, Some(0), "{later}");
    assert!(later.err.contains("warning: --grace has no effect"), "{later}");
    assert!(later.err.contains("the check command succeeded\nthe after command succeeded"), "{later}");
    assert!(!later.err.contains("--check has no effect"), "{later}");
    let again = world.run(&with(&["--grace", "1h"]));
    assert!(
        again.code == Some(0) && again.err.contains("and keeps what it was begun with, 2h"),
        "in the grace: {again}"
    );
}

/// Whoever did not type it does not find its name in a warning.
#[test]
fn a_grace_that_nobody_says_is_no_flag_that_has_no_effect() {
    let world = world();
    assert_eq!(world.run(&with(&["--check", "false", "--grace", "2h"])).code, Some(7));
    let later = world.run(&with(&["--check", "true"]));
    assert!(later.code == Some(0) && !later.err.contains("has no effect"), "{later}");
}
