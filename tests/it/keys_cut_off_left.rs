//! What a `keys create` that was killed has left beside a file, and nothing else holds, whatever happens to the file and the
//! key before it is settled.

use twcred::model::KeySid;

use crate::config_file::set_mode;
use crate::keys_cut_off::{after, holds, keys, typed, unnamed};
use crate::promise::{move_file, move_folder};
use crate::support::family::{child, family};
use crate::support::{Ran, World, account_sid, env_text, key, remove};

const RESUME: &[&str] = &["rotation", "resume"];

/// A create that was killed over a new file: the pair is in the temporary one alone, of which the name is told.
fn halfway(sinks: &[&str], file: &str) -> (World, KeySid, String) {
    halfway_in(unnamed(sinks), file)
}

fn halfway_in((world, sid): (World, KeySid), file: &str) -> (World, KeySid, String) {
    let (folder, name) = file.rsplit_once('/').map_or(("", file), |(folder, name)| (&file[..=folder.len()], name));
    let left = format!("{folder}.{name}.twcred-{}-abc123.tmp", world.creates()[0]);
    move_file(&world, file, &left);
    set_mode(&world.path(&left), 0o600);
    (world, sid, left)
}

/// The same once the key was named by hand.
fn named(sinks: &[&str], file: &str) -> (World, KeySid, String) {
    let (world, sid, left) = halfway(sinks, file);
    let ran = rename(&world, &sid);
    assert!(ran.err.contains("is only halfway where it was to be; to bring it there: twcred rotation resume"), "{ran}");
    (world, sid, left)
}

fn rename(world: &World, sid: &KeySid) -> Ran {
    let ran = world.run(&["keys", "rename", sid.as_str(), "mine"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    ran
}

/// It comes to its end now, and the file holds the pair.
fn finishes(world: &World, (file, sid, left): (&str, &KeySid, &str)) {
    let id = world.creates().remove(0);
    let ran = world.run(&["rotation", "resume", &id]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.out.contains("is finished"), "{ran}");
    assert!(holds(world, file, sid) && !world.path(left).exists(), "{ran}");
    assert_eq!(world.creates(), [""; 0]);
}

#[test]
fn a_file_that_somebody_else_makes_meanwhile_takes_nothing_away() {
    for (sink, file, text) in [
        ("env:new.env", "new.env", "PORT=80\n"),
        ("env:new.env", "new.env", ""),
        ("env:new.env#CI_TWILIO_API_KEY", "new.env", &env_text(&key('1'))),
        ("json:new.json#/ci", "new.json", "{\"port\": 80}\n"),
    ] {
        let (world, sid, left) = named(&[sink], file);
        world.private(file, text);
        // Whoever writes the file meanwhile.
        assert_ne!(world.run(&["audit", "--fix", "--yes", file]).code, Some(2));
        if text.contains("TWILIO") {
            let ran = world.run(&["keys", "rotate", "--env-file", file, "--now"]);
            assert_eq!(ran.code, Some(0), "{ran}");
        }
        let ran = world.run(&["keys", "create", "other", "--to", "env:other.env"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        // That create has settled this one on its way.
        assert!(holds(&world, file, &sid) && !world.path(&left).exists(), "{sink}: {ran}");
        assert_eq!(world.creates(), [""; 0]);
    }
}

#[test]
fn another_pair_in_its_place_is_left_and_what_waits_beside_it_too() {
    let (world, sid, left) = named(&["env:new.env"], "new.env");
    world.private("new.env", &env_text(&key('1')));
    for _ in 0..2 {
        let ran = world.run(RESUME);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("held by what was left halfway of env:"), "{ran}");
        assert!(ran.err.contains("new.env takes it: twcred rotation resume"), "{ran}");
        let ran = world.run(&["keys", "rotate", "--env-file", "new.env", "--now"]);
        assert!(ran.code == Some(0) && world.path(&left).exists(), "{ran}");
        rename(&world, &sid);
    }
    remove(&world.path("new.env"));
    finishes(&world, ("new.env", &sid, &left));
}

/// A pair that was to come into a file that is there: the temporary file has all of it, as the swap has.
#[test]
fn a_file_that_was_there_loses_nothing_either() {
    let sum = |text: &str| twcred::model::digest::hex(&twcred::model::digest::sha256(text.as_bytes())[..8]);
    for (swap, mode) in [(false, 0o600), (true, 0o600), (true, 0o640)] {
        let world = World::new().with_token();
        let before = env_text(&key('1'));
        world.private("repos.env", &before);
        set_mode(&world.path("repos.env"), mode);
        world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
        let ran = world.run(&["keys", "create", "ci", "--to", "env:repos.env#CI_TWILIO_API_KEY"]);
        assert_eq!(ran.code, Some(5), "{ran}");
        let sid = keys(&world, &account_sid('a')).remove(0).1;
        let (made, id) = (world.read("repos.env"), world.creates().remove(0));
        let end = if swap { format!("{}{}.swap", sum(&before), sum(&made)) } else { "abc123.tmp".to_owned() };
        let left = format!(".repos.env.twcred-{id}-{end}");
        world.private(&left, &made);
        set_mode(&world.path(&left), mode);
        world.file("repos.env", &before);
        set_mode(&world.path("repos.env"), mode);
        rename(&world, &sid);
        assert_eq!(world.creates().len(), 1);
        let ran = world.run(&["keys", "rotate", "--env-file", "repos.env", "--now"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        finishes(&world, ("repos.env", &sid, &left));
    }
}

#[test]
fn a_file_that_is_still_to_be_made_is_given_to_nobody_else() {
    let (world, sid, left) = halfway_in(
        {
            let world = family(1);
            world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
            assert_eq!(world.run(&["keys", "create", "ci", "--to", "env:new.env"]).code, Some(5));
            let sid = keys(&world, &account_sid('a')).remove(0).1;
            (world, sid)
        },
        "new.env",
    );
    rename(&world, &sid);
    world.private("other.env", &env_text(&key('1')));
    std::os::unix::fs::symlink(".", world.path("here")).unwrap();
    let (live, account) = (world.live(), child(0));
    for args in [
        &["keys", "create", "s", "--account", account.as_str(), "--to", "env:new.env#B_TWILIO_API_KEY"][..],
        &["keys", "rotate", "--env-file", "other.env", "--to", "env:new.env", "--now"],
        &["keys", "rotate", "--env-file", "other.env", "--to", "env:here/new.env", "--now"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.err.contains("an unfinished `keys create 'ci'` is to make "), "{ran}");
        assert!(ran.err.contains("hint: settle it first: twcred rotation resume"), "{ran}");
    }
    assert_eq!(world.live(), live);
    finishes(&world, ("new.env", &sid, &left));
    let ran = world.run(&["keys", "rotate", "--env-file", "other.env", "--to", "env:here/third.env", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_folder_that_was_moved_away_is_waited_for() {
    let world = World::new().with_token();
    std::fs::create_dir(world.path("sub")).unwrap();
    world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
    assert_eq!(world.run(&["keys", "create", "ci", "--to", "env:sub/new.env"]).code, Some(5));
    let sid = keys(&world, &account_sid('a')).remove(0).1;
    let (world, sid, left) = halfway_in((world, sid), "sub/new.env");
    move_folder(&world, "sub", "moved");
    let ran = rename(&world, &sid);
    assert!(ran.err.contains("cannot be asked now, and the secret of"), "{ran}");
    let ran = world.run(RESUME);
    assert!(ran.code == Some(3) && ran.err.contains("may be held by env:"), "{ran}");
    // Where it is now nobody knows it, and nobody takes it away.
    world.private("other.env", &env_text(&key('1')));
    let ran = world.run(&["keys", "rotate", "--env-file", "other.env", "--to", "env:moved/new.env", "--now"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    remove(&world.path("moved/new.env"));
    move_folder(&world, "moved", "sub");
    finishes(&world, ("sub/new.env", &sid, &left));

    // Gone for good: what was said of it ends it.
    let (world, sid) = unnamed(&["env:new.env"]);
    std::fs::create_dir(world.path("sub")).unwrap();
    move_folder(&world, "sub", "gone");
    let journal = world.state_dir().join("creates");
    let file = std::fs::read_dir(&journal).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap().replace("new.env", "sub/new.env");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes()).unwrap();
    let ran = rename(&world, &sid);
    let kept = format!("if you have its secret: twcred keys rename {sid} 'mine' --secret-kept");
    assert!(ran.raw_err.contains(&kept), "{ran}");
    let ran = world.run(&["keys", "rename", sid.as_str(), "mine", "--secret-kept"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.creates(), [""; 0]);
}

#[test]
fn a_secret_that_is_nowhere_is_not_called_finished() {
    for (words, left) in [("to keep it: ", 1), ("if nothing uses it: ", 0)] {
        let (world, sid, beside) = named(&["env:new.env"], "new.env");
        remove(&world.path(&beside));
        world.private("new.env", "PORT=80\n");
        let ran = world.run(RESUME);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.out.contains("is live, and nothing holds its secret"), "{ran}");
        assert!(ran.err.contains("unless somebody took it from there, it is lost"), "{ran}");
        let done = typed(&world, after(&ran.raw_err, words));
        assert!(done.status.success(), "{done:?}");
        assert_eq!((keys(&world, &account_sid('a')).len(), world.creates().len()), (left, 0));
        let heard = String::from_utf8(done.stderr).unwrap();
        assert_eq!(heard.contains("it is lost, and nothing can use the key; to end it: "), left == 1, "{heard}");
        assert!(left == 0 || heard.contains(sid.as_str()), "{heard}");
    }
}

/// Killed before the pair was together: nobody can have it, and the same line begins anew. Not where another write to this
/// file was done before, and what was made moved away since.
#[test]
fn a_write_that_was_cut_short_holds_nothing_up() {
    for text in ["", "TWILIO_ACCOUNT_SID=AC", "TWILIO_API_SECRET=half"] {
        for resume in [false, true] {
            let (world, sid) = unnamed(&["env:new.env"]);
            remove(&world.path("new.env"));
            let left = format!(".new.env.twcred-{}-abc123.tmp", world.creates()[0]);
            world.private(&left, text);
            let args: &[&str] = if resume { RESUME } else { crate::keys_cut_off::CREATE };
            let ran = world.run(args);
            assert_eq!(ran.code, Some(0), "{ran}");
            assert!(!world.live().contains(&sid) && !world.path(&left).exists(), "{ran}");
            assert_eq!((world.creates().len(), world.path("new.env").exists()), (0, !resume), "{ran}");
        }
    }
    let (world, sid) = unnamed(&["env:new.env#A_TWILIO_API_KEY", "env:new.env#B_TWILIO_API_KEY"]);
    move_file(&world, "new.env", "app.env");
    world.private(&format!(".new.env.twcred-{}-abc123.tmp", world.creates()[0]), "");
    assert_eq!(world.run(RESUME).code, Some(3));
    assert!(world.live().contains(&sid));
}

#[test]
fn a_named_key_comes_to_every_sink_that_was_to_have_it() {
    let (world, sid, left) = named(&["env:one.env", "json:two.json#/ci", "env:three.env"], "one.env");
    for file in ["two.json", "three.env"] {
        remove(&world.path(file));
    }
    finishes(&world, ("one.env", &sid, &left));
    assert!(holds(&world, "two.json", &sid) && holds(&world, "three.env", &sid));
}

#[test]
fn what_a_key_that_is_ended_left_goes_with_it() {
    let (world, sid, left) = named(&["env:new.env"], "new.env");
    let ran = world.run(&["keys", "revoke", sid.as_str(), "--yes", "--force"]);
    assert_eq!((ran.code, world.creates().len()), (Some(0), 0), "{ran}");
    assert!(!world.path(&left).exists(), "{ran}");
}

/// A program that takes a pair and never gives one back.
#[test]
fn a_program_that_gives_nothing_back_is_decided_by_hand_for_good() {
    for (words, left) in [("to keep it: ", 1), ("if nothing uses it: ", 0)] {
        let world = World::new().with_token();
        set_mode(&world.file("put", "#!/bin/sh\ncase \"$(cat)\" in *load*) exit 3;; esac\n"), 0o700);
        world.sandbox.add_fault("refuse:400/70001=POST /v1/Keys/*@1".parse().unwrap());
        assert_eq!(world.run(&["keys", "create", "ci", "--to", "exec:./put"]).code, Some(5));
        assert_eq!(world.run(RESUME).code, Some(3));
        let ran = world.run(RESUME);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("until then every run says so"), "{ran}");
        let done = typed(&world, after(&ran.raw_err, words));
        assert!(done.status.success(), "{done:?}");
        assert_eq!((keys(&world, &account_sid('a')).len(), world.creates().len()), (left, 0));
        let ran = world.run(RESUME);
        assert!(ran.err.contains("no rotation is open"), "{ran}");
    }
}
