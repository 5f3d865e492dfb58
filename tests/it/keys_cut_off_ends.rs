//! How a `keys create` that was cut off comes to its end: by a signal's own run, by hand, and under whose authority.

use std::io::Write as _;
use std::process::{Child, Output};

use rustix::process::Signal;
use twcred::model::KeySid;
use twcred::sandbox::Moment;

use crate::config_file::{own, set_mode};
use crate::keys_cut_off::{CREATE, PATIENCE, after, cut_off, holds, keys, kill, start, typed, unnamed};
use crate::promise::move_file;
use crate::support::{World, account_sid, env_text, exposed, key, remove, token};

/// A program that stores what it is told in `held`, once `go` is there.
const SLOW: &str = r#"#!/bin/sh
cd "${0%/*}"
read -r asked
case $asked in
*'"load"'*) if [ -e held ]; then cat held; else echo '{}'; fi ;;
*'"store"'*)
    : >begun
    for _ in $(seq 600); do [ -e go ] && break; sleep 0.05; done
    echo "$asked" | sed 's/.*\("api_key".*}\)}/{\1/' >held ;;
esac
"#;

fn signal(child: &Child, signal: Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Ends a create by a signal while the program has its pair.
fn stopped(args: &[&str], with: Signal) -> (World, Output) {
    stopped_in(World::new().with_token(), SLOW, args, with)
}

fn stopped_in(world: World, program: &str, args: &[&str], with: Signal) -> (World, Output) {
    let put = world.file("put", program);
    set_mode(&put, 0o700);
    let child = start(&world, args);
    let since = std::time::Instant::now();
    while !world.path("begun").exists() && since.elapsed() < PATIENCE {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    signal(&child, with);
    world.file("go", "");
    let output = child.wait_with_output().unwrap();
    (world, output)
}

#[test]
fn a_create_that_is_stopped_while_a_sink_has_its_pair_is_finished_by_the_next_run() {
    let both = ["keys", "create", "ci", "--to", "env:c.env", "--to", "exec:./put"];
    let alone = ["keys", "create", "ci", "--to", "exec:./put"];
    for (args, with, code) in [(&both[..], Signal::INT, 130), (&both, Signal::TERM, 143), (&alone, Signal::TERM, 143)] {
        for resume in [false, true] {
            let (world, output) = stopped(args, with);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{said}");
            assert!(said.contains("state is safe") && said.contains("the same command"), "{said}");
            let made = keys(&world, &account_sid('a')).remove(0).1;
            assert_eq!(world.creates().len(), 1, "{said}");
            if resume {
                let resumed = typed(&world, after(&said, "by itself: "));
                assert!(resumed.status.success(), "{resumed:?}");
            } else {
                let ran = world.run(args);
                assert!(ran.code == Some(0) && ran.raw_out.contains(made.as_str()), "{ran}");
            }
            assert_eq!(keys(&world, &account_sid('a')), [("ci".to_owned(), made.clone())]);
            assert!(holds(&world, "held", &made));
            assert!(args.len() == alone.len() || holds(&world, "c.env", &made));
            assert_eq!(world.creates(), [""; 0]);
        }
    }
}

/// A program that Ctrl-C reaches, too: it holds nothing. The file that was to come after it was told nothing.
#[test]
fn a_configured_file_that_the_create_never_came_to_holds_no_revoke_up() {
    let held = "echo \"$asked\" | sed 's/.*\\(\"api_key\".*}\\)}/{\\1/' >held";
    let program = SLOW.replace(held, "exit 130");
    assert_ne!(program, SLOW);
    let args = ["keys", "create", "ci", "--to", "exec:./put", "--to", "env:sub/app.env"];
    for resume in [true, false] {
        let world = World::new().with_token();
        std::fs::create_dir(world.path("sub")).unwrap();
        own(&world, "[targets.app]\nenv-file = \"~/sub/app.env\"\n");
        let (world, output) = stopped_in(world, &program, &args, Signal::INT);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(130) && !said.contains("again to continue"), "{said}");
        let made = keys(&world, &account_sid('a')).remove(0).1;
        let ran = world.run(if resume { &["rotation", "resume"] } else { &args });
        assert!(!ran.err.contains("may be held by"), "{ran}");
        assert!(keys(&world, &account_sid('a')).iter().all(|(_, live)| *live != made), "{ran}");
        assert!(!resume || ran.code == Some(0), "{ran}");
    }
}

/// Killed before the new file got its name: the pair is in the temporary file alone.
#[test]
fn a_pair_in_a_file_that_has_not_got_its_name_is_finished() {
    let cases =
        [("env:new.env", "new.env"), ("env:new.env#CI_TWILIO_API_KEY", "new.env"), ("json:new.json#/ci", "new.json")];
    for ((sink, file), resume) in cases.iter().flat_map(|case| [(case, true), (case, false)]) {
        let (world, sid) = unnamed(&[sink]);
        let left = format!(".{file}.twcred-{}-abc123.tmp", world.creates()[0]);
        move_file(&world, file, &left);
        let args: &[&str] = if resume { &["rotation", "resume"] } else { &["keys", "create", "ci", "--to", sink] };
        // What others may read or have put there is none of ours.
        set_mode(&world.path(&left), 0o644);
        if resume {
            assert_eq!(world.run(args).code, Some(3), "{sink}");
            // Nor does a run take it away that has another key in hand.
            own(&world, &format!("[targets.ci]\nenv-file = \"~/{file}\"\n"));
            world.private("other.env", &env_text(&key('1')));
            let ran = world.run(&["keys", "rotate", "--env-file", "other.env"]);
            assert_eq!(ran.code, Some(0), "{ran}");
            assert_ne!(world.run(&["keys", "rotate", "--env-file", file]).code, Some(0));
        }
        set_mode(&world.path(&left), 0o600);
        let id = world.creates().remove(0);
        let id: &[&str] = if resume { &[id.as_str()] } else { &[] };
        let ran = world.run(&[args, id].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(keys(&world, &account_sid('a')).contains(&("ci".to_owned(), sid.clone())), "{ran}");
        assert!(holds(&world, file, &sid) && !world.path(&left).exists(), "{ran}");
        assert_eq!(world.creates(), [""; 0]);
    }
}

/// What takes long may also be asked by the run that settles.
#[test]
fn a_settling_that_is_stopped_says_so_and_makes_nothing() {
    let args = ["keys", "create", "ci", "--to", "env:c.env", "--to", "exec:./put"];
    let (world, _) = stopped(&args, Signal::TERM);
    for file in ["held", "begun", "go"] {
        remove(&world.path(file));
    }
    for args in [&args[..], &["rotation", "resume"]] {
        let child = start(&world, args);
        let since = std::time::Instant::now();
        while !world.path("begun").exists() && since.elapsed() < PATIENCE {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        signal(&child, Signal::INT);
        world.file("go", "");
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), keys(&world, &account_sid('a')).len()), (Some(130), 1), "{said}");
        assert!(!said.contains("does not take it"), "{said}");
        for file in ["held", "begun", "go"] {
            remove(&world.path(file));
        }
    }
}

#[test]
fn a_pair_that_was_moved_to_a_place_that_is_away_is_not_revoked() {
    let (world, sid) = unnamed(&["env:one.env#CI_TWILIO_API_KEY"]);
    move_file(&world, "one.env", "app.env");
    world.file("one.env", "# moved\n");
    own(&world, "[targets.app]\nenv-file = \"~/app.env\"\nvariables = [\"CI_TWILIO_API_KEY\"]\n");
    move_file(&world, "app.env", "app.away");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.err.contains("is live and may be held by env:~/app.env"), "{ran}");
    assert_eq!(keys(&world, &account_sid('a')).remove(0).1, sid);
    // Nothing can be moved of a pair that nothing was told.
    let world = cut_off();
    own(&world, "[targets.app]\nenv-file = \"~/app.env\"\n");
    assert_eq!(world.run(&["rotation", "resume"]).code, Some(0));
    assert_eq!(keys(&world, &account_sid('a')), []);
}

/// A create whose file was moved, and of which what it said was typed.
fn decided(words: &str) -> (World, KeySid) {
    let (world, sid) = unnamed(&["env:new.env"]);
    move_file(&world, "new.env", "app.env");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let done = typed(&world, after(&ran.raw_err, words));
    assert!(done.status.success(), "{done:?}");
    (world, sid)
}

#[test]
fn a_create_has_ended_once_its_key_is_named_by_hand() {
    let (world, old) = decided("to keep it: ");
    assert_eq!(world.creates(), [""; 0]);
    let ran = world.run(&["keys", "rotate", "--env-file", "app.env", "--now"]);
    assert!(ran.code == Some(0) && !ran.err.contains("cut off"), "{ran}");
    assert!(!world.live().contains(&old), "{ran}");
}

#[test]
fn and_once_its_key_is_revoked_by_hand() {
    let (world, sid) = unnamed(&["env:new.env"]);
    remove(&world.path("new.env"));
    let revoke = ["keys", "revoke", sid.as_str(), "--yes"];
    assert_eq!(world.run(&revoke).code, Some(1), "the file may be away");
    let ran = world.run(&[&revoke[..], &["--force"]].concat());
    assert_eq!((ran.code, world.creates().len()), (Some(0), 0), "{ran}");
}

/// A create that is under way is not ended by a name that somebody gives its key.
#[test]
fn a_create_under_way_keeps_its_journal() {
    let world = World::new().with_token();
    world.sandbox.hold(2, Moment::Before);
    let run = start(&world, CREATE);
    assert!(world.sandbox.wait_held(PATIENCE).is_some());
    let sid = keys(&world, &account_sid('a')).remove(0).1;
    let other = world.command(&["keys", "rename", sid.as_str(), "other"]).output().unwrap();
    assert!(other.status.success(), "{other:?}");
    assert_eq!(world.creates().len(), 1);
    world.settle();
    assert!(run.wait_with_output().unwrap().status.success());
    assert_eq!(keys(&world, &account_sid('a')), [("ci".to_owned(), sid)]);
}

/// The file has a pair alone, which cannot list keys, and the token stands elsewhere.
#[test]
fn what_a_rotation_says_of_a_create_works_when_typed() {
    let pair = env_text(&key('1'));
    for place in ["environment", "profile"] {
        let world = World::new().with_token();
        world.file("r.env", &pair);
        if place == "profile" {
            let twcred::model::Credential::ApiKey { account, pair } = key('1') else { panic!("a pair") };
            let add = [
                "profile",
                "add",
                "desk",
                "--account",
                account.as_str(),
                "--sid",
                pair.sid.as_str(),
                "--store",
                "file",
            ];
            let ran = world.run_with(&add, exposed(&pair.secret));
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        kill(&world, CREATE, 1, Moment::After);
        let of = if place == "profile" { ["--profile", "desk"] } else { ["--env-file", "r.env"] };
        let ran = world.run(&[&["keys", "rotate", "-n"], &of[..]].concat());
        let settled = typed(&world, after(&ran.raw_err.replace(" finishes it", "\n"), "Z: "));
        assert!(settled.status.success(), "{place}: {ran} {settled:?}");
        assert_eq!(keys(&world, &account_sid('a')), [], "{place}");
    }
}

/// A file that does not authorise the settling authorises nothing that its hints say either.
#[test]
fn what_settling_says_works_when_typed_beside_a_file_that_gave_no_authority() {
    for (words, forced) in [("to keep it: ", ""), ("if nothing uses it: ", " --force")] {
        let (world, _) = unnamed(&["env:new.env"]);
        move_file(&world, "new.env", "app.env");
        world.private("one.env", &env_text(&key('1')));
        let ran = world.run(&["rotation", "resume", "--env-file", "one.env"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        let done = typed(&world, &(after(&ran.raw_err, words).to_owned() + forced));
        assert!(done.status.success() && world.creates().is_empty(), "{done:?}");
    }
}

#[test]
fn a_resume_that_takes_a_rotation_says_what_create_was_cut_off() {
    let (world, _) = unnamed(&["env:new.env"]);
    world.private("one.env", &env_text(&key('1')));
    assert_eq!(world.run(&["keys", "rotate", "--env-file", "one.env"]).code, Some(0));
    let ran = world.run(&["rotation", "resume"]);
    assert!(ran.code == Some(0) && ran.err.contains("`keys create 'ci'` was cut off at"), "{ran}");
    let (_, line) = ran.raw_err.split_once("Z: ").unwrap();
    let resumed = typed(&world, line.split(" finishes").next().unwrap());
    assert!(resumed.status.success() && world.creates().is_empty(), "{resumed:?}");
}

/// A create that stopped after its sink had the pair, as if that had been a profile in a keyring that is gone for good.
fn without_its_keyring() -> (World, KeySid) {
    let (world, sid) = unnamed(&["env:new.env"]);
    let account = account_sid('a');
    let other = ["profile", "add", "other", "--store", "file", "--account", account.as_str()];
    assert_eq!(world.run_with(&other, &token()).code, Some(0));
    let book = world.path(".config/twcred/profiles.toml");
    let noted = "\n[[leftover]]\nprofile = \"ci\"\nstore = \"macos-keychain\"\nentry = \"ci.0123456789ab\"\n\
                 since = \"2026-03-04T10:23:47Z\"\n";
    std::fs::OpenOptions::new().append(true).open(&book).unwrap().write_all(noted.as_bytes()).unwrap();
    let path = std::fs::read_dir(world.state_dir().join("creates")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&path).unwrap();
    let sink = format!("env:{}", world.path("new.env").display());
    assert!(text.contains(&sink), "{text}");
    std::fs::File::create(&path).unwrap().write_all(text.replace(&sink, "keyring:ci").as_bytes()).unwrap();
    remove(&world.path("new.env"));
    (world, sid)
}

/// What may be halfway in there cannot be told any more: whoever has the secret says so, or ends the key.
#[test]
fn a_key_whose_keyring_is_gone_for_good_is_kept_or_ended_by_what_is_typed() {
    for (words, left) in [("if you have its secret: ", 1), ("if nothing uses it: ", 0)] {
        let (world, sid) = without_its_keyring();
        let resumed = world.run(&["rotation", "resume"]);
        assert!(
            resumed.code == Some(3) && resumed.err.contains("make it so that keyring:ci can be asked"),
            "{resumed}"
        );
        // A name is no word for a secret.
        let named = world.run(&["keys", "rename", sid.as_str(), "ci"]);
        assert!(named.code == Some(0) && named.err.contains("keyring:ci cannot be asked now"), "{named}");
        assert!(left == 0 || after(&named.raw_err, words) == after(&resumed.raw_err, words), "{named}");
        assert_eq!(world.creates().len(), 1, "{named}");
        let again = world.run(&["rotation", "resume"]);
        assert_eq!(again.code, Some(3), "{again}");
        let decided = typed(&world, after(&again.raw_err, words));
        assert!(decided.status.success(), "{decided:?}");
        assert_eq!((world.creates().len(), keys(&world, &account_sid('a')).len()), (0, left));
        let ran = world.run(&["keys", "create", "third", "--to", "env:third.env"]);
        assert!(ran.code == Some(0) && !ran.err.contains("unfinished"), "{ran}");
    }
}
