//! `twcred audit --live`: a run that is ended, and ways to Twilio that lead nowhere.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use twcred::sandbox::Moment;

use crate::support::{Ran, World, env_text, key};

/// A pair, and a line that `--fix` mends.
fn faulty() -> String {
    env_text(&key('1')) + "A='x'\n"
}

#[test]
fn a_signal_ends_the_run_and_nothing_more_is_mended() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let world = World::new();
        for name in ["a.env", "b.env", "c.env"] {
            world.private(name, &faulty());
        }
        // The first file takes a few exchanges; the second is asked for when the signal comes.
        let quiet = world.run(&["audit", "a.env", "--live", "--json"]);
        let asked = world.sandbox.exchanges().len() as u64;
        assert!(asked > 0, "{quiet}");
        world.sandbox.hold(2 * asked + 1, Moment::Before);
        let args = ["audit", "a.env", "b.env", "c.env", "--live", "--fix", "--json"];
        let mut command = world.command(&args);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(world.sandbox.wait_held(Duration::from_mins(1)).is_some(), "{signal}");
        let sent = Command::new("/bin/kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        world.sandbox.release();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        let mended = ["a.env", "b.env", "c.env"].map(|name| world.read(name) != faulty());
        assert_eq!(mended, [true, false, false], "{said}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let unread = json["unread"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap());
        assert_eq!(unread.collect::<Vec<_>>(), ["b.env", "c.env"], "{json}");
        assert_eq!(json["files"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn flags_that_make_no_sense_are_told_before_anything_is_done() {
    let world = World::new();
    world.private("a.env", &faulty());
    // Nothing is sent: the addresses are no addresses, and no file has a credential once it comes to that.
    world.private("none.env", "A='x'\n");
    let twilio = World::new().env("TWCRED_API_URL", "");
    twilio.private("none.env", "A='x'\n");
    let all: [(&World, &[&str], &str); 5] = [
        (&world, &["a.env", "--live", "--fix", "--api-url", "nonsense"], "--api-url"),
        (&world, &["a.env", "--require-live", "--fix", "--api-url", "http://example.com"], "--api-url"),
        (&world, &["a.env", "--live", "--fix", "--ca-file", "gone.pem"], "gone.pem"),
        (&twilio, &["none.env", "--live", "--fix", "--region", "x y"], "a region"),
        (&twilio, &["none.env", "--live", "--fix", "--edge", "x y"], "an edge"),
    ];
    for (world, args, what) in all {
        let ran = world.run(&[&["audit"], args].concat());
        assert!(ran.code == Some(2) && ran.raw_err.contains(what), "{ran}");
        assert!(!world.path("a.env").exists() || world.read("a.env") == faulty(), "{ran}");
        assert_eq!(world.read("none.env"), "A='x'\n", "{ran}");
    }
    let ran = world.run_with(&["audit", "a.env", "-", "--fix"], "A=1\n");
    assert!(ran.code == Some(2) && world.read("a.env") == faulty(), "{ran}");
}

/// The findings, each as code, line and variable.
fn found(ran: &Ran) -> Vec<String> {
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap_or_else(|_| panic!("{ran}"));
    let found = json["files"][0]["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    found.map(|f| format!("{}:{} {}", text(&f["code"]), f["locations"][0]["line"], text(&f["variable"]))).collect()
}

/// At the real address: whatever were asked would be a failure of the network, and of the test.
#[test]
fn a_region_that_leads_nowhere_is_told_of_its_variable_and_the_rest_is_done() {
    let world = World::new().env("TWCRED_API_URL", "").env("HTTPS_PROXY", "http://127.0.0.1:9");
    for (text, variable) in [
        ("TWILIO_REGION=x_y\n", "TWILIO_REGION"),
        ("TWILIO_REGION=zz9\n", "TWILIO_REGION"),
        ("TWILIO_REGION=ie1\nTWILIO_EDGE=x_y\n", "TWILIO_EDGE"),
        ("TWILIO_REGION=x_y\nTWILIO_EDGE=Dub_lin\n", "TWILIO_REGION"),
        ("TWILIO_REGION='ie1'$x\n", "TWILIO_REGION"),
        ("TWILIO_REGION=ie1\nTWILIO_REGION=au1\n", "TWILIO_REGION"),
    ] {
        let text = faulty() + text;
        if world.path("repos.env").exists() {
            crate::support::remove(&world.path("repos.env"));
        }
        world.private("repos.env", &text);
        let select = ["--select", "TW305,TW6", "--json"];
        let ran = world.run(&[&["audit", "repos.env", "--require-live"], &select[..]].concat());
        let line = text.lines().position(|line| line.starts_with(&format!("{variable}="))).unwrap() + 1;
        let line = if text.contains("au1") { line + 1 } else { line };
        assert_eq!(found(&ran), ["TW305:4 A".to_owned(), format!("TW610:{line} {variable}")], "{ran}");
        assert_eq!(ran.code, Some(75), "{ran}");
        let ran = world.run(&[&["audit", "repos.env", "--require-live", "--fix"], &select[..]].concat());
        assert_eq!(ran.code, Some(75), "{ran}");
        assert!(world.read("repos.env").contains("\nA=x\n"), "{ran}");
        let piped = world.run_with(&[&["audit", "-", "--require-live"], &select[..]].concat(), &text);
        assert_eq!((piped.code, found(&piped).len()), (Some(75), 2), "{piped}");
    }
}
