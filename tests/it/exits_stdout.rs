//! A standard output that cannot be written, once something is done: what is done stays done, and the exit code says so.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{Ran, World, account_sid, key_sid, repos, token};

/// Runs a command whose output a full disk takes.
fn full(world: &World, args: &[&str], stdin: &str) -> Ran {
    world.file("typed", stdin);
    let typed = std::fs::File::open(world.path("typed")).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    world.ran(world.command(args).stdin(typed).stdout(full).stderr(Stdio::piped()).output().unwrap())
}

/// The same, of which exit 0 and a warning is expected.
#[track_caller]
fn done(world: &World, args: &[&str], stdin: &str) {
    let ran = full(world, args, stdin);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
    assert!(ran.err.contains("warning: cannot write to standard output: No space left on device"), "{args:?}: {ran}");
    assert!(!ran.err.contains("error:"), "{args:?}: {ran}");
}

#[test]
fn what_was_done_and_could_not_be_said_is_a_warning() {
    let world = World::new().with_token();
    let (account, one) = (account_sid('a'), key_sid('1'));
    let ran = full(&world, &["keys", "rename", one.as_str(), "ci"], "");
    assert_snapshot!(ran, @r"
    exit: 0
    --- stderr
    warning: cannot write to standard output: No space left on device (os error 28); what was done stays done
    ");
    assert!(world.names().contains(&"ci".to_owned()));
    done(&world, &["profile", "add", "ci", "--store", "file", "--account", account.as_str()], &token());
    done(&world, &["profile", "remove", "ci", "--yes"], "");
    done(&world, &["init", "--json"], "");
    done(&world, &["keys", "revoke", one.as_str(), "--yes"], "");
    assert!(!world.live().contains(&one));
    // What is there to say something has failed.
    for args in [&["keys", "list"][..], &["profile", "list"], &["whoami"]] {
        assert_eq!(full(&world, args, "").code, Some(1), "{args:?}");
    }
}

#[test]
fn a_rotation_that_goes_on_is_to_be_run_again() {
    let world = World::new();
    world.file("repos.env", &repos());
    let file = ["--env-file", "repos.env"];
    let ran = full(&world, &[&["token", "create"][..], &file].concat(), "");
    assert_snapshot!(ran, @r"
    exit: 5
    --- stderr
    the secondary token 65177d58 is made, both tokens sealed
    the token 65177d58 works
    wrote env:~/repos.env: the new token as …_SECONDARY, beside the one in force
    read env:~/repos.env back: both tokens work
    error: cannot write to standard output: No space left on device (os error 28)
    hint: what was done stays done: run the same command again, and it goes on from there
    ");
    assert!(world.secondary().is_some());
    done(&world, &[&["token", "delete", "--yes"][..], &file].concat(), "");
    assert_eq!(world.secondary(), None);
    let promote = [&["token", "promote", "--yes", "--propagation", "1d"][..], &file].concat();
    assert_eq!(full(&world, &[&["token", "create"][..], &file].concat(), "").code, Some(5));
    let ran = full(&world, &promote, "");
    assert!(ran.code == Some(5) && ran.err.contains("hint: what was done stays done"), "{ran}");
    assert_eq!(world.run(&promote).code, Some(0));
}

/// A key whose pair is stored stays, although nobody could be told of it; one that was only to be printed is ended.
#[test]
fn a_key_that_a_sink_holds_stays_whoever_reads() {
    let create = ["keys", "create", "ci", "--to", "env:new.env"];
    let reveal = [&create[..], &["--reveal"]].concat();
    let world = World::new().with_token();
    assert_snapshot!(full(&world, &create, ""), @r"
    exit: 0
    --- stderr
    warning: cannot write to standard output: No space left on device (os error 28); the key SK.1.............................. is made, and its secret stored in env:new.env
    ");
    for args in [&create[..], &reveal] {
        let world = World::new().with_token();
        let before = world.live();
        let ran = full(&world, args, "");
        let made = world.live().into_iter().find(|sid| !before.contains(sid)).unwrap();
        assert!(ran.code == Some(0) && ran.raw_err.contains(&format!("the key {made} is made")), "{ran}");
        assert!(world.read("new.env").contains(made.as_str()) && world.names().contains(&"ci".to_owned()), "{ran}");
    }
    for (args, code, is_said) in
        [(&create[..], 0, false), (&reveal, 0, true), (&["keys", "create", "ci", "--reveal"], 1, true)]
    {
        let world = World::new().with_token();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = world.ran(world.command(args).stdout(writer).stderr(Stdio::piped()).output().unwrap());
        assert_eq!((ran.code, ran.err.contains("Broken pipe")), (Some(code), is_said), "{args:?}: {ran}");
        assert_eq!(world.names().contains(&"ci".to_owned()), code == 0, "{args:?}: {ran}");
        assert_eq!(world.creates(), [""; 0], "{args:?}: {ran}");
    }
}

/// A token that was printed into nothing is there still, and is shown again.
#[test]
fn a_token_that_nobody_saw_is_shown_again() {
    let world = World::new().with_token();
    let reveal = ["token", "create", "--reveal"];
    let ran = full(&world, &reveal, "");
    assert_snapshot!(ran, @r"
    exit: 5
    --- stderr
    the secondary token 65177d58 is made, both tokens sealed
    the token 65177d58 works
    error: cannot write to standard output: No space left on device (os error 28)
    hint: the secret is kept: run the same command again, and it is shown and no other one made
    ");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(world.command(&reveal).stdout(writer).output().unwrap().status.code(), Some(5));
    let ran = world.run(&reveal);
    assert!(ran.code == Some(0) && ran.raw_out.contains(&world.secondary().unwrap()), "{ran}");
}
