//! A signal that comes while a sink's program runs.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{World, repos};

/// A program that keeps what it is given unless there is a file `forgetful`, takes its time for one kind of action while
/// there is a file `slow`, and tells when it begins.
fn slow(world: &World, action: &str) -> String {
    let text = format!(
        r#"#!/bin/sh
umask 077
input=$(cat)
case "$input" in *'"action":"{action}"'*)
    if [ -f slow ]; then echo "$$" >begun; sleep 2; fi ;;
esac
echo . >>started
case "$input" in
*'"action":"store"'*) if [ ! -f forgetful ]; then printf '%s\n' "$input" | sed -n 's/.*"credential":\({{[^}}]*}}\).*/\1/p' >held; fi ;;
*'"action":"load"'*) cat held 2>/dev/null || echo '{{}}' ;;
esac
"#
    );
    let path = world.path("put");
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o700).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    world.file("slow", "");
    format!("exec:{}", path.display())
}

fn wait_for(world: &World, name: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while !world.path(name).exists() {
        assert!(Instant::now() < until, "{name} never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("/bin/kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// How many of the sink's programs came to their end.
fn ended(world: &World) -> usize {
    if world.path("started").exists() { world.read("started").lines().count() } else { 0 }
}

#[test]
fn the_run_ends_when_the_program_has_ended() {
    for (action, signal, code, forgetful) in [
        ("store", "-TERM", 143, false),
        ("store", "-INT", 130, false),
        ("probe", "-TERM", 143, false),
        // `store` says yes and keeps nothing: a run that does not hear the signal calls that drift, exit 3.
        ("store", "-TERM", 143, true),
    ] {
        let world = World::new();
        if forgetful {
            world.file("forgetful", "");
        }
        world.file("repos.env", &repos());
        let sink = slow(&world, action);
        let args = ["keys", "rotate", "--env-file", "repos.env", "--to", &sink];
        let mut command = world.command(&args);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(&world, "begun");
        let before = ended(&world);
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{action} {signal}: {said}");
        assert_eq!(ended(&world), before + 1, "another program was started: {said}");
        assert!(said.contains("state is safe") && said.contains("run the same command again"), "{said}");
        if forgetful {
            continue;
        }
        crate::support::remove(&world.path("slow"));
        let next = world.run(&args);
        assert_eq!(next.code, Some(0), "{next}");
        assert_eq!(world.live().len(), 2, "{next}");
        let new = world.live().pop().unwrap();
        assert!(world.read("held").contains(new.as_str()) && world.read("repos.env").contains(new.as_str()));
    }
}

#[test]
fn the_keys_that_are_left_are_left_alone() {
    let world = World::with(|state| {
        crate::support::add_key(state, 'a', '2', "second", twcred::sandbox::Kind::Standard, 10);
    });
    let second = crate::support::env_text(&crate::support::key('2'));
    let second = second.split_once('\n').unwrap().1.replace("TWILIO_", "SHOP_TWILIO_");
    world.file("repos.env", &(repos() + &second));
    world.sandbox.hold(1, twcred::sandbox::Moment::Before);
    let child = world.held(&["keys", "rotate", "--env-file", "repos.env", "--all"]);
    send("-TERM", &child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    world.settle();
    assert_eq!(world.live().len(), 2, "the second key was rotated after the signal");
}
