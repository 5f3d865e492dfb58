//! A listing of many accounts that was cut off goes on where it was.

use std::collections::BTreeSet;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;
use twcred::sandbox::{Fault, Moment};

use crate::support::family::{child, childs_key, family, keys_of};
use crate::support::{Ran, World, key_sid, mode};

const LIST: &[&str] = &["keys", "list", "--all-accounts", "--json", "--concurrency", "8"];
const RESUME: &[&str] = &["keys", "list", "--all-accounts", "--json", "--resume"];

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.raw_out).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

fn last(world: &World) -> u64 {
    world.sandbox.exchanges().last().map_or(0, |exchange| exchange.n)
}

fn everything(children: usize) -> Vec<String> {
    let mut all = vec![key_sid('1').to_string()];
    all.extend((0..children).map(|n| childs_key(n).to_string()));
    all
}

fn notes(world: &World) -> Vec<std::path::PathBuf> {
    let Ok(found) = std::fs::read_dir(world.state_dir().join("listings")) else { return Vec::new() };
    found.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn killed_in_the_middle_it_asks_only_for_what_is_missing() {
    let world = family(100);
    world.sandbox.hold(60, Moment::Before);
    world.killed(LIST);
    let [path] = notes(&world).try_into().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let had = text.lines().count();
    assert!((20..60).contains(&had), "{had} accounts were noted");
    assert!(!world.leaks(&text) && mode(&path) == 0o600);

    let before = last(&world);
    let ran = world.run(RESUME);
    let json = parsed(&ran);
    assert_eq!((ran.code, World::keys(&json)), (Some(0), everything(100)), "{ran}");
    assert_eq!(json["from_earlier_run"]["accounts"].as_u64(), Some(had as u64));
    let listed = |exchange: &&twcred::sandbox::ExchangeLog| exchange.n > before && exchange.path.ends_with("Keys.json");
    assert_eq!(world.sandbox.exchanges().iter().filter(listed).count(), 101 - had);
    assert!(notes(&world).is_empty(), "a listing that came to its end leaves nothing");
}

#[test]
fn killed_again_and_again_it_comes_to_its_end() {
    let world = family(60);
    for _ in 0..4 {
        let next = last(&world) + 15;
        world.sandbox.hold(next, Moment::After);
        world.killed(&[RESUME, &["--concurrency", "3"]].concat());
    }
    let before = world.asked_since(0);
    let ran = world.run(RESUME);
    assert_eq!((ran.code, World::keys(&parsed(&ran))), (Some(0), everything(60)));
    assert!(world.asked_since(0) - before < 40, "{before} then {}", world.asked_since(0));
}

#[test]
fn interrupted_it_says_what_it_had_and_how_to_go_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let world = family(50);
        world.sandbox.hold(30, Moment::Before);
        let running = world.held(LIST);
        let sent = Command::new("/bin/kill").args([signal, &running.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let ran = world.ended(running);
        world.settle();
        let json = parsed(&ran);
        let had = World::keys(&json);
        assert_eq!((ran.code, json["complete"].as_bool()), (Some(code), Some(false)));
        assert!(!had.is_empty() && everything(50).starts_with(&had), "{ran}");
        assert!(ran.raw_err.contains("--resume"), "{ran}");
        let before = last(&world);
        let ran = world.run(RESUME);
        assert_eq!((ran.code, World::keys(&parsed(&ran))), (Some(0), everything(50)));
        assert!(world.asked_since(before) <= 51 - had.len());
    }
}

#[test]
fn after_failures_it_asks_for_the_failed_ones_only() {
    let world = family(20);
    for n in [4, 11] {
        world.sandbox.add_fault(format!("refuse:503={}", keys_of(n)).parse::<Fault>().unwrap());
    }
    assert_eq!(world.run(LIST).code, Some(75));
    world.sandbox.clear_faults();
    let before = last(&world);
    let ran = world.run(RESUME);
    assert_eq!((ran.code, World::keys(&parsed(&ran))), (Some(0), everything(20)));
    let asked = world.sandbox.exchanges().into_iter().filter(|x| x.n > before).map(|x| x.path);
    let keys = |n| format!("/2010-04-01/Accounts/{}/Keys.json", child(n));
    // The two are asked for at once.
    let asked: BTreeSet<String> = asked.collect();
    assert_eq!(asked, ["/2010-04-01/Accounts.json".to_owned(), keys(4), keys(11)].into());
    assert_eq!(last(&world) - before, 3);
}

#[test]
fn what_is_an_hour_old_is_asked_for_again() {
    let world = family(10);
    world.sandbox.add_fault(format!("refuse:503={}", keys_of(9)).parse::<Fault>().unwrap());
    assert_eq!(world.run(LIST).code, Some(75));
    world.sandbox.clear_faults();
    let [path] = notes(&world).try_into().unwrap();
    let hour = jiff::SignedDuration::from_mins(-61);
    let aged: String = std::fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| {
            let mut note: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
            let at: twcred::model::time::Timestamp = note["at"].as_str().unwrap().parse().unwrap();
            note["at"] = at.checked_add(hour).unwrap().to_string().into();
            serde_json::to_string(&note).unwrap() + "\n"
        })
        .collect();
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), aged.as_bytes()).unwrap();
    let before = last(&world);
    let ran = world.run(&["keys", "list", "--all-accounts", "--resume"]);
    assert_snapshot!(ran.err, @"nothing was listed within the last 1h; every account is asked for");
    assert_eq!((ran.code, world.asked_since(before)), (Some(0), 10));
}

#[test]
fn without_anything_to_resume_it_is_a_listing_like_any_other() {
    let world = family(2);
    let ran = world.run(RESUME);
    let json = parsed(&ran);
    assert_eq!((ran.code, World::keys(&json), &json["from_earlier_run"]), (Some(0), everything(2), &Value::Null));
    assert_snapshot!(ran.err, @"no listing is unfinished; every account is asked for");
}

#[test]
fn another_account_and_another_twilio_have_notes_of_their_own() {
    let world = family(10);
    world.sandbox.add_fault(format!("refuse:503={}", keys_of(9)).parse::<Fault>().unwrap());
    assert_eq!(world.run(LIST).code, Some(75));
    world.sandbox.clear_faults();
    let token = crate::support::family::childs_token(3);
    let world = world.env("TWILIO_ACCOUNT_SID", child(3).as_str()).env("TWILIO_AUTH_TOKEN", &token);
    let ran = world.run(RESUME);
    assert_eq!((ran.code, World::keys(&parsed(&ran))), (Some(0), vec![childs_key(3).to_string()]));
    assert_eq!(notes(&world).len(), 1, "those of the main account stay");
}

#[test]
fn two_at_once_do_not_share_their_notes() {
    let world = family(10);
    world.sandbox.hold(5, Moment::Before);
    let first = world.held(LIST);
    let beside = world.run(&["keys", "list", "--all-accounts", "--json"]);
    let said = "warning: should this run be cut off, it cannot be resumed: the notes of a listing of AC.1";
    assert!(beside.code == Some(0) && beside.err.starts_with(said) && beside.err.contains("another run"), "{beside}");
    let late = world.run(RESUME);
    assert_eq!(late.code, Some(6), "{late}");
    world.settle();
    let ran = world.ended(first);
    assert_eq!((ran.code, World::keys(&parsed(&ran))), (Some(0), everything(10)));
}

#[test]
fn a_place_for_notes_is_not_needed_to_list() {
    let world = family(2);
    let file = world.file("taken", "");
    let state = ["--state-dir", file.to_str().unwrap()];
    assert_snapshot!(world.run(&[LIST, &state[..]].concat()).err, @"warning: should this run be cut off, it cannot be resumed: ~/taken is not a directory");
    assert_eq!(world.run(&[RESUME, &state[..]].concat()).code, Some(2));
}
