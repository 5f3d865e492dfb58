//! A sink that is an env file without a variable's name, and what becomes of it once the file has a second pair.

use std::io::Write as _;

use twcred::model::KeySid;

use crate::config_file::own;
use crate::rotation_kept::edit_file;
use crate::support::{Ran, World, env_text, exposed, key, key_sid};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "a.env"];

/// A key in a file and in a second one, which has then been given another pair as well.
fn shared(more: &[&str]) -> World {
    let world = World::new().with_token();
    world.file("a.env", &env_text(&key('1')));
    done(&world, &[ROTATE, &["--to", "env:b.env"], more].concat());
    done(&world, &["keys", "create", "ship", "--to", "env:b.env#SHIP_TWILIO_API_KEY"]);
    world
}

fn done(world: &World, args: &[&str]) -> Ran {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
    ran
}

/// The key whose pair stands whole under these names, and lives.
fn stands(world: &World, file: &str, prefix: &str) -> KeySid {
    let text = world.read(file);
    let sid = text.lines().find_map(|line| line.strip_prefix(&format!("{prefix}TWILIO_API_KEY=")));
    let sid = KeySid::parse(sid.unwrap_or_else(|| panic!("no pair in {file}"))).unwrap();
    let secret = format!("{prefix}TWILIO_API_SECRET={}\n", exposed(&world.pair(&sid).secret));
    assert!(text.contains(&secret) && world.live().contains(&sid), "{file}: {sid}");
    sid
}

/// Both files have the pair of one key, and the second one its other pair still.
fn agree(world: &World, ship: &KeySid) -> KeySid {
    let sid = stands(world, "a.env", "");
    assert_eq!((&stands(world, "b.env", ""), &stands(world, "b.env", "SHIP_")), (&sid, ship));
    sid
}

#[test]
fn a_second_pair_holds_no_later_rotation_up() {
    let world = shared(&["--now"]);
    let ship = stands(&world, "b.env", "SHIP_");
    let first = agree(&world, &ship);
    done(&world, &[ROTATE, &["--dry-run"]].concat());
    done(&world, ROTATE);
    assert_ne!(agree(&world, &ship), first);
    world.days_pass(2);
    done(&world, ROTATE);
    assert_eq!(world.live().len(), 2);
    agree(&world, &ship);
}

#[test]
fn nor_the_end_of_the_grace() {
    for (args, revoked) in [
        (&[ROTATE, &["--now"]].concat()[..], true),
        (&[ROTATE, &["--now", "--to", "env:b.env"]].concat(), true),
        (&[ROTATE, &["--now", "--to", "env:b.env#TWILIO_API_KEY"]].concat(), true),
        (&["rotation", "retire", "--yes"], true),
        (&["rotation", "rollback", "--yes"], false),
    ] {
        let world = shared(&[]);
        let ship = stands(&world, "b.env", "SHIP_");
        done(&world, &[ROTATE, &["--dry-run", "--now"]].concat());
        let looked = done(&world, ROTATE);
        assert!(!looked.err.contains("warning") && looked.out.contains(" and ends "), "{looked}");
        done(&world, args);
        let stays = agree(&world, &ship);
        assert_eq!((stays == key_sid('1'), world.live().len(), world.open()), (!revoked, 2, 0), "{args:?}");
    }
}

#[test]
fn the_old_pair_out_of_a_backup_gives_way_beside_another() {
    let world = shared(&[]);
    let ship = stands(&world, "b.env", "SHIP_");
    let new = agree(&world, &ship);
    let text = world.read("b.env");
    let (sid, secret) = (new.as_str(), exposed(&world.pair(&new).secret).to_owned());
    let old = world.pair(&key_sid('1'));
    edit_file(&world, "b.env", &text.replace(sid, old.sid.as_str()).replace(&secret, exposed(&old.secret)));
    done(&world, ROTATE);
    assert_eq!(world.read("b.env"), text);
}

/// A create that was cut off tells its file without a variable.
fn cut_off() -> World {
    let world = World::new().with_token();
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&["keys", "create", "ci", "--to", "env:repos.env"]);
    stands(&world, "repos.env", "");
    world
}

#[test]
fn one_file_does_not_become_two_sinks() {
    let world = cut_off();
    let rotate = ["keys", "rotate", "--env-file", "repos.env", "--var", "TWILIO_API_KEY"];
    let ran = done(&world, &rotate);
    assert_eq!(ran.err.matches("wrote ").count(), 1, "{ran}");
    done(&world, &["keys", "create", "ship", "--to", "env:repos.env#SHIP_TWILIO_API_KEY"]);
    let ship = stands(&world, "repos.env", "SHIP_");
    done(&world, &[&rotate[..], &["--now"]].concat());
    assert_eq!((stands(&world, "repos.env", "SHIP_"), world.open()), (ship, 0));
    stands(&world, "repos.env", "");
}

#[test]
fn a_journal_with_both_names_goes_on() {
    for args in [&["rotation", "retire", "--yes"][..], &["rotation", "rollback", "--yes"], &["rotation", "resume"]] {
        let world = World::new().with_token();
        world.file("a.env", &env_text(&key('1')));
        done(&world, ROTATE);
        let sink = format!("env:{}", world.path("a.env").display());
        let record = serde_json::json!({"v": 1, "record": "sink-added", "at": "2026-01-01T00:00:00Z", "sink": sink});
        let journal = world.state_dir().join(format!("rotations/{}.jsonl", world.rotations()[0]));
        writeln!(std::fs::OpenOptions::new().append(true).open(journal).unwrap(), "{record}").unwrap();
        done(&world, &["keys", "create", "ship", "--to", "env:a.env#SHIP_TWILIO_API_KEY"]);
        let ship = stands(&world, "a.env", "SHIP_");
        if args[1] == "retire" {
            done(&world, &["rotation", "resume"]);
        }
        done(&world, args);
        stands(&world, "a.env", "");
        assert_eq!(stands(&world, "a.env", "SHIP_"), ship);
    }
}

/// The file was given to others since: what an earlier rotation left there is gone.
#[test]
fn a_file_without_the_key_any_more_is_none_of_the_next_rotation() {
    let world = shared(&["--now"]);
    let first = stands(&world, "a.env", "");
    let text = world.read("b.env").replace(first.as_str(), key_sid('9').as_str());
    edit_file(&world, "b.env", &text);
    done(&world, &[ROTATE, &["--now"]].concat());
    assert_eq!(world.read("b.env"), text);
}

/// In the grace nothing says which of two foreign pairs stands where the rotation's was.
#[test]
fn what_is_said_of_a_file_that_lost_the_pair_works_when_typed() {
    let world = shared(&[]);
    let first = stands(&world, "a.env", "");
    edit_file(&world, "b.env", &world.read("b.env").replace(first.as_str(), key_sid('9').as_str()));
    let ran = world.run(&[ROTATE, &["--now"]].concat());
    assert_eq!(ran.code, Some(5), "{ran}");
    let sink = format!("env:{}", world.path("b.env").display());
    assert!(ran.raw_err.contains(&format!("--without {sink}")), "{ran}");
    done(&world, &[ROTATE, &["--now", "--without", &sink]].concat());
    assert_eq!((stands(&world, "a.env", ""), world.open()), (first, 0));
}

#[test]
fn the_sinks_of_a_target_are_compared_and_filled_beside_another_pair() {
    let world = World::new().with_token();
    world.file("a.env", &env_text(&key('1')));
    own(&world, "[targets.a]\nenv-file = \"~/a.env\"\nsinks = [\"env:~/b.env\"]\n");
    done(&world, &["keys", "rotate", "a"]);
    done(&world, &["keys", "create", "ship", "--to", "env:b.env#SHIP_TWILIO_API_KEY"]);
    let ship = stands(&world, "b.env", "SHIP_");
    done(&world, &["sink", "diff", "a"]);
    done(&world, &["sink", "push", "a", "--yes"]);
    done(&world, &["keys", "rotate", "a", "--now"]);
    done(&world, &["sink", "diff", "a"]);
    done(&world, &["sink", "push", "a", "--yes"]);
    agree(&world, &ship);
}
