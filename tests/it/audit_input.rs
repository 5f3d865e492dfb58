//! `twcred audit` of what is no good file: a clear line, exit 1, no hang, and nothing changed.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and modes it needs")]

use std::process::Command;

use insta::assert_snapshot;
use rustix::fs::{CWD, FileType, Mode};
use serde_json::Value;

use crate::support::lab::{Lab, bits, chmod, said, state};
use crate::support::{World, secret};

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

/// What is read to know what to leave alone must be a file, of which can be told who may have written it.
#[test]
fn a_configuration_or_a_baseline_that_is_no_file_is_named_as_what_it_is() {
    let world = World::new();
    world.private("repos.env", "A=1\n");
    std::fs::create_dir(world.path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().unwrap().success());
    for (flag, what) in [("--config", "configuration"), ("--baseline", "baseline")] {
        for (path, kind) in [
            ("/dev/stdin", "a pipe"),
            ("/dev/fd/0", "a pipe"),
            ("pipe", "a pipe"),
            ("folder", "a directory"),
            ("/dev/null", "a device"),
        ] {
            let ran = world.run(&["audit", "repos.env", flag, path]);
            let error = format!("error: cannot use the {what} {path}: it is {kind}, not a regular file\n");
            let hint = "hint: keep it in a regular file: of nothing else can it be told who may have written it\n";
            assert_eq!((ran.code, ran.raw_err), (Some(2), error + hint), "{flag} {path}");
        }
    }
    let ran = world.run(&["audit", "repos.env", "--write-baseline", "pipe"]);
    assert!(ran.code == Some(2) && ran.raw_err.contains("to pipe: it is a pipe"), "{ran}");
    let ran = world.run_with(&["audit", "/dev/stdin"], "A=1\n");
    assert!(
        ran.code == Some(1) && ran.raw_err.starts_with("error: /dev/stdin is a pipe, not a regular file\n"),
        "{ran}"
    );
    assert!(ran.raw_err.contains("hint: `twcred audit --stdin` audits what a program writes"), "{ran}");
}

#[test]
fn a_name_that_is_too_long_has_a_hint() {
    let world = World::new();
    let ran = world.run(&["audit", &"n".repeat(300)]);
    assert!(ran.code == Some(1) && ran.raw_err.contains("\nhint: a name has 255 bytes at most"), "{ran}");
}

#[test]
fn too_large_in_bytes_and_in_lines() {
    let world = World::new();
    let file = std::fs::File::create(world.path("large.env")).unwrap();
    file.set_len(100 << 20).unwrap();
    world.file("lines.env", &"A=1234567\n".repeat(1_000_000));
    for name in ["large.env", "lines.env"] {
        let ran = world.run(&["audit", name]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.raw_err.contains("a secrets file has 1048576 at most"), "{ran}");
    }
    let ran = world.run_with(&["audit", "--stdin"], &"A=1234567\n".repeat(200_000));
    assert_eq!(ran.code, Some(1), "{ran}");
}

/// As many lines as fit into the largest file that is read, and a hundred thousand findings. Each is told, and a program
/// that does not come to an end is killed.
#[test]
fn a_million_lines_are_audited_to_the_last() {
    let lab = Lab::user();
    lab.file("blank.env", "\n".repeat(1 << 20), 0o600);
    lab.file("stray.env", "a\n".repeat(1 << 17), 0o600);
    lab.file("same.env", "A=1\n".repeat(1 << 16), 0o600);
    lab.file("long.env", format!("A={}\n", "x".repeat((1 << 20) - 3)), 0o600);
    for (name, code, found, last) in [
        ("blank.env", 0, 0, 0),
        ("stray.env", 3, 1 << 17, 1 << 17),
        ("same.env", 0, (1 << 16) - 1, 1 << 16),
        ("long.env", 0, 0, 0),
    ] {
        let ran = lab.run(&["audit", name, "--ignore", "TW2,TW327", "--format", "github"]);
        assert_eq!((ran.code, ran.out.lines().count(), ran.err.as_str()), (Some(code), found, ""), "{name}");
        let last = format!("line={last},");
        assert!(found == 0 || ran.out.lines().last().unwrap().contains(&last), "{name}: {:?}", ran.out.lines().last());
    }
}

/// Every line opens a quote that the next one closes. Were the lines before counted anew at each, nobody would wait for the
/// end of the largest file.
#[test]
fn a_quote_in_every_line_is_followed_to_the_last() {
    let lab = Lab::user();
    for (name, line) in [("other.env", "a'\n"), ("value.env", "A=x'\n"), ("quoted.env", "A=\"\n")] {
        lab.file(name, line.repeat((1 << 20) / line.len()), 0o600);
        let ran = lab.run(&["audit", name, "--select", "TW319", "--format", "github"]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{name}");
    }
}

/// What is no UTF-8 text is a finding, whatever it is, and no fix guesses what was meant: only what is UTF-16 from its mark
/// to its end is written anew, and only with the fixes that are not safe.
#[test]
fn no_text() {
    let utf16 = |mark: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{mark}TWILIO_AUTH_TOKEN=s3cr3t\r\nB=1\r\n").encode_utf16().flat_map(bytes).collect()
    };
    let utf32 = |mark: &str, bytes: fn(u32) -> [u8; 4]| -> Vec<u8> {
        format!("{mark}TWILIO_AUTH_TOKEN=s3cr3t\r\nB=1\r\n").chars().map(u32::from).flat_map(bytes).collect()
    };
    let (utf16_file, nul, latin) = ("the file is UTF-16", "there is a NUL byte", "there are bytes that are not UTF-8");
    let unmarked = "every second byte is a NUL: the file is UTF-16, without the mark that says so";
    let inputs = [
        ("le-mark", utf16("\u{feff}", u16::to_le_bytes), utf16_file),
        ("be-mark", utf16("\u{feff}", u16::to_be_bytes), utf16_file),
        ("le", utf16("", u16::to_le_bytes), unmarked),
        ("be", utf16("", u16::to_be_bytes), unmarked),
        ("le-32-mark", utf32("\u{feff}", u32::to_le_bytes), "the file is UTF-32"),
        ("be-32-mark", utf32("\u{feff}", u32::to_be_bytes), "the file is UTF-32"),
        ("le-32", utf32("", u32::to_le_bytes), "the file is UTF-32"),
        ("half", [utf16("", u16::to_le_bytes), b"A=1\n".repeat(9)].concat(), nul),
        ("mark-alone", b"\xff\xfe".to_vec(), utf16_file),
        ("half-a-unit", b"\xff\xfeA\0=".to_vec(), utf16_file),
        ("one-nul", b"A=s3cr3t\0y\nB=1\n".to_vec(), nul),
        ("nuls", vec![0; 1 << 20], nul),
        ("nul-at-the-end", b"A=s3cr3t\n\0".to_vec(), nul),
        ("latin-1", b"# caf\xe9\nA=s3cr3t\n".to_vec(), latin),
        ("cut-off", b"A=s3cr3t\xe2\x82\n".to_vec(), latin),
    ];
    for lab in Lab::each() {
        for (name, bytes, said) in &inputs {
            let file = lab.file(name, bytes, 0o600);
            let before = state(&file);
            let messages = lab.messages(&[name, "--select", "TW320"]);
            assert_eq!(messages, [format!("TW320 error: {said}")], "{name}");
            let whole = matches!(*name, "le-mark" | "be-mark" | "mark-alone");
            let unsafe_fixes = if whole { &["--diff", "--unsafe-fixes"] } else { &["--fix", "--unsafe-fixes"] };
            for more in [&[][..], &["--fix"], unsafe_fixes, &["--diff"], &["--format", "sarif"]] {
                let ran = lab.run(&[&["audit", name, "--ignore", "TW2"], more].concat());
                assert_eq!((ran.code, ran.err.as_str()), (Some(3), ""), "{name} {more:?} {ran:?}");
                for text in ["s3cr3t", "s\u{0}3\u{0}c\u{0}r", "\u{0}s\u{0}3\u{0}c"] {
                    assert!(!ran.out.contains(text), "{name} {more:?} {ran:?}");
                }
                assert!(!ran.out.contains('\0'), "{name} {more:?}");
            }
            assert_eq!(state(&file), before, "{name}");
        }
    }
}

/// Names and messages with an escape sequence and with a bidi control, wherever they can come from.
#[test]
fn names_that_act_on_a_terminal() {
    const HOSTILE: &str = "a\u{1b}[31m\u{202e}\u{9b}2J%,:\u{2066}";
    for lab in Lab::each() {
        let named = |rest: &str| format!("{HOSTILE}{rest}");
        lab.dir(&named("d"), 0o755);
        let file = named("d/") + &named(".env");
        lab.file(&file, format!("A='x'\nB\u{1b}=1\n{HOSTILE}\n# twcred: ignore[TW305] {HOSTILE}\n"), 0o644);
        lab.file(&(file.clone() + "~"), "A='x'\n", 0o644);
        std::fs::hard_link(lab.at(&file), lab.at(&named("d/other"))).unwrap();
        lab.link(named("d"), &named("l"));
        lab.link(named("loop"), &named("loop"));
        lab.link(named("nowhere"), &named("dangling"));
        rustix::fs::mknodat(CWD, lab.at(&named("pipe")), FileType::Fifo, Mode::from(0o666), 0).unwrap();
        lab.give(&lab.at(&named("pipe")));
        std::fs::DirBuilder::new().create(lab.at(&named("d/.git"))).unwrap();
        for (name, code) in [
            (&file, 3),
            (&named("l/").replace("//", "/"), 3),
            (&named("gone"), 1),
            (&named("loop"), 1),
            (&named("dangling"), 1),
            (&named("pipe"), 1),
            (&named(&"n".repeat(250)), 1),
        ] {
            // What is mended once is told by one format only, so every format first tells of it unmended.
            let ways: [(&str, &[&str]); 8] = [
                ("human", &["--pedantic"]),
                ("json", &["--pedantic"]),
                ("sarif", &["--pedantic"]),
                ("github", &["--pedantic"]),
                ("human", &["--json"]),
                ("human", &["--diff"]),
                ("json", &["--fix"]),
                ("human", &["--fix", "--unsafe-fixes"]),
            ];
            for (format, more) in ways {
                let ran = lab.run(&[&["audit", name, "--format", format], more].concat());
                let mended = more.contains(&"--fix");
                assert!(ran.code == Some(code) || mended && ran.code == Some(1), "{format} {more:?} {ran:?}");
                for text in [&ran.out, &ran.err] {
                    let raw =
                        text.chars().find(|c| *c != '\n' && (c.is_control() || ('\u{200b}'..='\u{2069}').contains(c)));
                    assert_eq!(raw, None, "{format} {more:?} {text:?}");
                }
                assert!(ran.out.contains("31m") || ran.err.contains("31m"), "it is told all the same: {ran:?}");
            }
        }
    }
}

/// A name need not be text.
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    for lab in Lab::each() {
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9\x9b.env");
        let file = lab.file("plain.env", "A='x'\n", 0o644);
        std::fs::rename(&file, lab.at("").join(name)).unwrap();
        for format in ["human", "json", "sarif", "github"] {
            for target in [name, std::ffi::OsStr::from_bytes(b"gone\xff.env")] {
                let mut command = lab.command(&["audit", "--select", "TW101", "--format", format]);
                let ran = said(command.arg(target));
                assert_eq!(ran.code, Some(if target == name { 3 } else { 1 }), "{format} {ran:?}");
            }
        }
        let ran = said(lab.command(&["audit", "--select", "TW101", "--fix"]).arg(name));
        assert_eq!((ran.code, bits(&lab.at("").join(name))), (Some(0), 0o600), "{ran:?}");
    }
}

/// As root, who may read everything, and as a user whom modes bind.
#[test]
fn what_may_not_be_read() {
    for lab in Lab::each() {
        lab.dir("shut", 0o700);
        let (file, inside) = (lab.file("repos.env", "A=1\n", 0o000), lab.file("shut/repos.env", "A=1\n", 0o600));
        let before = (state(&file), state(&inside));
        chmod(&lab.at("shut"), 0o600);
        for name in ["repos.env", "shut/repos.env"] {
            for more in [&[][..], &["--fix"], &["--fix", "--unsafe-fixes"], &["--diff"], &["--json"]] {
                let ran = lab.run(&[&["audit", name, "--ignore", "TW2"], more].concat());
                if lab.uid == 0 {
                    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
                } else {
                    assert_eq!(ran.code, Some(1), "{ran:?}");
                    let line = format!("{name} may not be read by this user");
                    assert_eq!(ran.err.matches(&line).count(), 1, "{ran:?}");
                    assert!(ran.err.contains("run as the user whom the file belongs to"), "{ran:?}");
                }
            }
        }
        chmod(&lab.at("shut"), 0o700);
        assert_eq!((state(&file), state(&inside)), before);
    }
}

/// One line that says what is wrong, in every format the same exit code, and a report that has it too.
#[test]
fn what_cannot_be_audited_is_said_in_every_format() {
    for lab in Lab::each() {
        lab.file("good.env", "A=1\n", 0o600);
        lab.link("gone.env", "dangling.env");
        lab.link("two.env", "one.env");
        lab.link("one.env", "two.env");
        let large = lab.file("large.env", "", 0o600);
        std::fs::OpenOptions::new().write(true).open(&large).unwrap().set_len(100 << 20).unwrap();
        lab.file("lines.env", "a\n".repeat(1_000_000), 0o600);
        let there = ["good.env", "dangling.env", "one.env", "two.env", "large.env", "lines.env"];
        let all = || there.map(|name| state(&lab.at(name)));
        let before = all();
        for (name, said) in [
            ("gone.env", "gone.env does not exist"),
            ("no/such/folder/.env", "no/such/folder/.env does not exist"),
            ("good.env/x", "good.env/x does not exist"),
            ("dangling.env", "dangling.env is a symbolic link to a file that does not exist"),
            ("one.env", "one.env is a loop of symbolic links"),
            ("large.env", "large.env has 104857600 bytes; a secrets file has 1048576 at most"),
            ("lines.env", "lines.env has 2000000 bytes; a secrets file has 1048576 at most"),
        ] {
            for more in [&[][..], &["--fix"], &["--fix", "--unsafe-fixes"], &["--diff"], &["--exit-zero"]] {
                let ran = lab.run(&[&["audit", name], more].concat());
                assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{name} {more:?} {ran:?}");
                let lines: Vec<&str> = ran.err.lines().collect();
                assert_eq!(lines[0], format!("error: {said}"), "{more:?}");
                assert!(lines[1..].iter().all(|line| line.starts_with("hint: ")), "{ran:?}");
            }
            let json = |more: &[&str]| -> (Value, String) {
                let ran = lab.run(&[&["audit", name], more].concat());
                assert_eq!(ran.code, Some(1), "{ran:?}");
                (serde_json::from_str(&ran.out).unwrap(), ran.err)
            };
            let (report, err) = json(&["--json"]);
            assert_eq!((&report["exit"], &report["unread"][0]["error"]), (&1.into(), &said.into()), "{report}");
            let error: Value = serde_json::from_str(&err).unwrap();
            assert_eq!(error["schema"], "twcred.error/v1", "{err}");
            let (report, _) = json(&["--format", "sarif"]);
            let run = &report["runs"][0]["invocations"][0];
            assert_eq!((&run["executionSuccessful"], &run["exitCode"]), (&false.into(), &1.into()), "{report}");
            let ran = lab.run(&["audit", name, "--format", "github"]);
            assert_eq!(ran.out, format!("::error file={name},title=not audited::{said}\n"));
        }
        assert_eq!(all(), before);
    }
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
