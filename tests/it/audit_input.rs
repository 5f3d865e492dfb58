//! `twcred audit` of what is no good file: a clear line, exit 1, no hang, and nothing changed.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{World, mode, secret};

fn codes(out: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(out).unwrap();
    let files = json["files"].as_array().unwrap();
    files
        .iter()
        .flat_map(|file| file["findings"].as_array().unwrap())
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn missing_dangling_and_looping() {
    let world = World::new();
    std::os::unix::fs::symlink("gone.env", world.path("dangling.env")).unwrap();
    std::os::unix::fs::symlink("loop.env", world.path("loop.env")).unwrap();
    assert_snapshot!(world.run(&["audit", "gone.env"]), @r"
    exit: 1
    --- stderr
    error: gone.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    assert_snapshot!(world.run(&["audit", "dangling.env"]), @r"
    exit: 1
    --- stderr
    error: dangling.env is a symbolic link to a file that does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    assert_snapshot!(world.run(&["audit", "loop.env"]), @r"
    exit: 1
    --- stderr
    error: loop.env is a loop of symbolic links
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
}

#[test]
fn the_good_ones_are_audited_all_the_same() {
    let world = World::new();
    world.private("good.env", "A='x'\n");
    let ran = world.run(&["audit", "gone.env", "good.env", "lost.env", "--select", "TW305", "--json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(codes(&ran.raw_out), ["TW305"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!(json["unread"].as_array().unwrap().len(), 2);
    assert_eq!(ran.raw_err.lines().count(), 2, "{ran}");
}

/// Opened, it would wait for a writer for ever.
#[test]
fn a_pipe_is_not_opened() {
    let world = World::new();
    assert!(Command::new("mkfifo").arg(world.path("repos.env")).status().unwrap().success());
    let ran = world.run(&["audit", "repos.env", "--select", "TW114"]);
    assert_snapshot!(ran, @r"
    exit: 1
    --- stdout
    error[TW114]: it is a named pipe
    --> repos.env
     = why: What it gives cannot be checked, and reading a pipe waits for ever.
     = help: Name a regular file.

    1 file audited: found 1 error
    --- stderr
    error: repos.env is a pipe, not a regular file
    hint: name a regular file: a secrets file is read whole and replaced whole
    hint: `twcred audit --stdin` audits what a program writes
    ");
}

#[test]
fn a_device_is_not_read() {
    let world = World::new();
    let ran = world.run(&["audit", "/dev/zero", "--select", "TW114"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.raw_err.contains("/dev/zero is a device, not a regular file"), "{ran}");
}

#[test]
fn too_large_in_bytes_and_in_lines() {
    let world = World::new();
    let file = std::fs::File::create(world.path("large.env")).unwrap();
    file.set_len(100 << 20).unwrap();
    world.file("lines.env", &"A=1234567\n".repeat(1_000_000));
    for name in ["large.env", "lines.env"] {
        let started = Instant::now();
        let ran = world.run(&["audit", name]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.raw_err.contains("a secrets file has 1048576 at most"), "{ran}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
    let ran = world.run_with(&["audit", "--stdin"], &"A=1234567\n".repeat(200_000));
    assert_eq!(ran.code, Some(1), "{ran}");
}

/// As many lines, and findings, as fit into the largest file that is read.
#[test]
fn a_million_lines_end_in_time() {
    let world = World::new();
    world.private("blank.env", &"\n".repeat(1 << 20));
    world.private("stray.env", &"a\n".repeat(1 << 19));
    world.private("same.env", &"A=1\n".repeat(1 << 18));
    world.private("long.env", &format!("A={}\n", "x".repeat((1 << 20) - 3)));
    for (name, code) in [("blank.env", 0), ("stray.env", 3), ("same.env", 0), ("long.env", 0)] {
        let started = Instant::now();
        let ran = world.run(&["audit", name, "--ignore", "TW207", "--format", "github"]);
        assert_eq!(ran.code, Some(code), "{name}");
        assert!(started.elapsed() < Duration::from_mins(1), "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn no_text() {
    let world = World::new();
    let utf16: Vec<u8> = "\u{feff}A=s3cr3t\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.private_bytes("utf16.env", &utf16);
    world.private_bytes("nul.env", b"A=x\0y\nB=1\n");
    world.private_bytes("latin1.env", b"# caf\xe9\nA=1\n");
    for name in ["utf16.env", "nul.env", "latin1.env"] {
        let before = std::fs::read(world.path(name)).unwrap();
        let ran = world.run(&["audit", name, "--ignore", "TW207", "--json"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(codes(&ran.raw_out).contains(&"TW320".to_owned()), "{ran}");
        let ran = world.run(&["audit", name, "--ignore", "TW207"]);
        assert!(!ran.raw_out.contains("s3cr3t") && !ran.raw_out.contains('\0'), "{ran}");
        world.run(&["audit", name, "--fix"]);
        assert_eq!(std::fs::read(world.path(name)).unwrap(), before, "{name}");
    }
}

#[test]
fn names_that_act_on_a_terminal() {
    let world = World::new();
    let name = "a\u{1b}[31m\u{202e}%,:.env";
    world.private(name, "A='x'\nB\u{1b}=1\n");
    for format in ["human", "json", "sarif", "github"] {
        let ran = world.run(&["audit", name, "--ignore", "TW207", "--format", format]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(!ran.raw_out.contains(['\u{1b}', '\u{202e}']), "{format}: {:?}", ran.raw_out);
    }
    let ran = world.run(&["audit", "gone\u{1b}[2J.env"]);
    assert!(ran.code == Some(1) && !ran.raw_err.contains('\u{1b}'), "{ran}");
}

/// As a user whom modes bind, root's or not.
#[test]
fn what_may_not_be_read() {
    let world = World::new();
    let file = world.private("repos.env", "A=1\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = world.command(&["audit", "repos.env"]);
    if rustix::process::geteuid().is_root() {
        for path in [world.home.path(), &file] {
            std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
        }
        command.uid(65_534).gid(65_534);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("may not be read by this user"), "{said}");
    assert_eq!(mode(&file), 0);
}

/// A file that another program replaces all the time is audited as it was at some moment, or said to have changed.
#[test]
fn a_file_that_comes_and_goes() {
    let world = World::new();
    let (one, other) = (world.private("repos.env", "A='x'\n"), world.path("other"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = std::fs::rename(&one, &other);
                let _ = std::fs::rename(&other, &one);
            }
        });
        for _ in 0..30 {
            let ran = world.run(&["audit", "repos.env", "--select", "TW305"]);
            assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn flags_that_make_no_sense() {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_API_SECRET={}\n", secret('1')));
    for args in [
        &["--fix", "--diff"][..],
        &["--unsafe-fixes"],
        &["--diff", "--format", "sarif"],
        &["--history"],
        &["--baseline", "gone.txt"],
        &["--baseline", "repos.env"],
        &["--config", "gone.toml"],
        &["--config", "repos.env"],
        &["--owner", "no such user"],
        &["--allow-group", "no such group"],
        &["--fail-on", "none"],
        &["--max-age", "long"],
        &["--select", "TW999"],
        &["--explain", "TW999"],
    ] {
        let file: &[&str] = if args[0] == "--explain" { &[] } else { &["repos.env"] };
        let ran = world.run(&[&["audit"], file, args].concat());
        assert_eq!(ran.code, Some(2), "{args:?}\n{ran}");
        assert!(!world.leaks(&ran.raw_err) && !ran.raw_err.is_empty() && ran.raw_out.is_empty(), "{ran}");
    }
    let ran = world.run(&["audit", "repos.env", "--copies", "gone"]);
    assert_eq!(ran.code, Some(1), "{ran}");
}
