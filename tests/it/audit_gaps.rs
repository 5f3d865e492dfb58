//! `twcred audit --copies`: what was not searched is said in every form, and what was named and could not be searched at
//! all is a failure.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fs::create_dir_all;
use std::process::Command;

use serde_json::Value;

use crate::support::lab::{Lab, Said, chmod, is_root, said};
use crate::support::{Ran, World, key_sid, secret, skipped};

const RULES: &[&str] = &["--select", "TW504,TW506"];
const FORMATS: [&str; 4] = ["human", "json", "sarif", "github"];

fn pair() -> String {
    format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'))
}

fn world() -> World {
    let world = World::new();
    world.private("repos.env", &pair());
    world
}

fn put(world: &World, name: &str, bytes: impl AsRef<[u8]>) {
    create_dir_all(world.path(name).parent().unwrap()).unwrap();
    std::fs::write(world.path(name), bytes).unwrap();
}

fn run(world: &World, more: &[&str]) -> Ran {
    let ran = world.run(&[&["audit", "repos.env"], RULES, more].concat());
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    ran
}

/// Where copies were found, and the exit code.
fn found(ran: &Ran) -> (Vec<String>, Option<i32>) {
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let findings = json["files"][0]["findings"].as_array().unwrap();
    let path = |finding: &Value| finding["locations"][0]["path"].as_str().unwrap().to_owned();
    (findings.iter().map(path).collect(), ran.code)
}

/// What each form says was not searched, with the exit code: the reason must be in all of them.
struct Told {
    json: Value,
    invocation: Value,
    github: String,
    codes: Vec<Option<i32>>,
}

fn told(why: &str, run: impl Fn(&str) -> Said) -> Told {
    let all = FORMATS.map(run);
    let [human, json, sarif, github] = &all;
    assert!(human.err.contains(why), "{human:?}");
    for form in [json, sarif, github] {
        assert!(form.out.contains(why), "{form:?}");
    }
    let sarif: Value = serde_json::from_str(&sarif.out).unwrap();
    Told {
        json: serde_json::from_str(&json.out).unwrap(),
        invocation: sarif["runs"][0]["invocations"][0].clone(),
        github: github.out.clone(),
        codes: all.iter().map(|said| said.code).collect(),
    }
}

/// A file of an ordinary user, for root may read everything.
fn lab() -> Lab {
    let lab = Lab::user();
    lab.file("repos.env", pair(), 0o600);
    lab.dir("app", 0o700);
    lab
}

fn audited(lab: &Lab, more: &[&str], format: &str) -> Said {
    lab.run(&[&["audit", "repos.env", "--format", format], RULES, more].concat())
}

#[test]
fn a_root_that_may_not_be_read_is_a_failure_and_the_others_are_searched() {
    let lab = lab();
    lab.file("app/x", secret('1'), 0o600);
    lab.dir("shut", 0o000);
    lab.file("closed", "", 0o000);
    for (name, alone) in [("shut", false), ("closed", false), ("shut", true)] {
        let more = ["--copies", name, "--copies", if alone { name } else { "app" }];
        let told = told("it may not be read", |format| audited(&lab, &more, format));
        assert_eq!(told.codes, [Some(1); 4], "{name}");
        assert_eq!(told.json["unread"][0]["path"], name);
        assert_eq!(told.json["files"][0]["findings"].as_array().unwrap().len(), usize::from(!alone));
        assert_eq!(told.invocation["executionSuccessful"], false);
        assert_eq!(told.invocation["toolExecutionNotifications"][0]["level"], "error");
        assert!(told.github.contains(&format!("::error file={name},title=not searched::")), "{}", told.github);
    }
    // Also where another root holds it.
    assert_eq!(audited(&lab, &["--copies", ".", "--copies", "shut"], "human").code, Some(1));
}

#[test]
fn what_may_not_be_read_below_a_root_is_said_in_every_form_and_no_failure() {
    let lab = lab();
    lab.file("app/closed", secret('1'), 0o000);
    lab.dir("app/shut", 0o000);
    let told =
        told("app/closed was not searched: it may not be read", |format| audited(&lab, &["--copies", "app"], format));
    assert_eq!(told.codes, [Some(0); 4]);
    let said = |path: &str| serde_json::json!({ "what": "copies", "why": format!("{path} was not searched: it may not be read") });
    assert_eq!(told.json["files"][0]["cannot_tell"], serde_json::json!([said("app/closed"), said("app/shut")]));
    assert_eq!(told.json["unread"], serde_json::json!([]));
    assert_eq!(told.invocation["executionSuccessful"], true);
    assert_eq!(told.invocation["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    assert_eq!(told.invocation["toolExecutionNotifications"][0]["level"], "warning");
    assert!(told.github.contains("::warning title=cannot tell::"), "{}", told.github);
}

#[test]
fn a_history_that_could_not_be_searched_is_a_failure() {
    let lab = lab();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        lab.as_he(command.args(["-C", "app"]).args(arguments));
        assert_eq!(said(&mut command).code, Some(0), "{arguments:?}");
    };
    git(&["init", "-q"]);
    let more = ["--copies", "app", "--history"];
    assert_eq!(audited(&lab, &more, "human").code, Some(0));
    let bare = |format: &str| {
        let mut command = lab.command(&[&["audit", "repos.env", "--format", format], RULES, &more].concat());
        said(command.env("PATH", "/nowhere"))
    };
    let no_git = told("there is no git program", bare);
    assert_eq!((no_git.codes, no_git.json["unread"][0]["path"].as_str()), (vec![Some(1); 4], Some("app")));
    assert_eq!(no_git.invocation["executionSuccessful"], false);
    // A mark with nothing behind it is no repository.
    lab.dir("marked", 0o700);
    lab.dir("marked/.git", 0o700);
    assert_eq!(audited(&lab, &["--copies", "marked", "--history"], "human").code, Some(0));
    lab.file("marked/.git/x", "", 0o600);
    assert_eq!(audited(&lab, &["--copies", "marked", "--history"], "human").code, Some(1));
    if !is_root() {
        return skipped("a repository of another user", "needs root");
    }
    for dir in ["app/.git", "app"] {
        crate::support::lab::give(&lab.at(dir), 0, 0);
        chmod(&lab.at(dir), 0o755);
    }
    let strange = told("belongs to another user", |format| audited(&lab, &more, format));
    assert_eq!(strange.codes, [Some(1); 4]);
}

#[test]
fn a_root_that_is_no_file_and_no_folder_is_a_failure() {
    let world = world();
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().unwrap().success());
    for (root, what) in [("pipe", "a named pipe"), ("/dev/null", "a device")] {
        let ran = run(&world, &["--copies", root, "--json"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.raw_out.contains(what) && ran.raw_err.contains(what), "{ran}");
    }
}

/// What is left out for being ignored, or on another file system, is searched where it is named as well.
#[test]
fn a_root_within_another_one_is_searched_whatever_the_outer_one_leaves_out() {
    let world = world();
    put(&world, "app/.gitignore", "build/\n");
    put(&world, "app/build/deep/x", secret('1'));
    put(&world, "app/y", secret('1'));
    world.git("app", &["init", "-q"]);
    for inner in ["app/build", "app/build/deep"] {
        let (paths, _) = found(&run(&world, &["--copies", "app", "--copies", inner, "--json"]));
        assert_eq!(paths, ["app/build/deep/x", "app/y"], "{inner}");
    }
}

/// Git does not ignore what it tracks.
#[test]
fn a_tracked_file_of_an_ignored_folder_is_searched() {
    let world = world();
    put(&world, "app/.gitignore", "build/\nother/\n");
    put(&world, "app/build/deep/conf.js", secret('1'));
    put(&world, "app/build/rest.js", secret('1'));
    put(&world, "app/other/rest.js", secret('1'));
    world.git("app", &["init", "-q"]);
    world.git("app", &["add", "-f", ".gitignore", "build/deep/conf.js"]);
    world.git("app", &["commit", "-qm", "one"]);
    let expected = (vec!["app/build/deep/conf.js".to_owned()], Some(3));
    for how in [
        &["update-index", "--index-version", "2"][..],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
    ] {
        world.git("app", how);
        let ran = run(&world, &["--copies", "app", "--json"]);
        assert_eq!(found(&ran), expected, "{how:?} {ran}");
        assert_eq!(ran.raw_err, "2 folders that git ignores left out; --include-ignored searches them too\n");
    }
    world.git("app", &["worktree", "add", "-q", "../linked"]);
    assert_eq!(found(&run(&world, &["--copies", "linked", "--json"])).0, ["linked/build/deep/conf.js"]);
    // Below the root of the repository.
    assert_eq!(found(&run(&world, &["--copies", "app/build", "--json"])).0.len(), 2);
    let blind =
        world.command(&[&["audit", "repos.env", "--copies", "app"], RULES].concat()).env("PATH", "/nowhere").output();
    let blind = world.ran(blind.unwrap());
    assert!(
        blind.raw_err.contains("app/build was not searched: git may track files in it, but there is no git program"),
        "{blind}"
    );
}

#[test]
fn a_name_that_holds_a_value_is_a_copy() {
    let world = world();
    put(&world, &format!("app/{}.txt", secret('1')), "");
    create_dir_all(world.path("app").join(format!("dir-{}", secret('1')))).unwrap();
    std::os::unix::fs::symlink("nowhere", world.path("app").join(format!("link-{}", secret('1')))).unwrap();
    let ran = run(&world, &["--copies", "app", "--format", "human"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for name in ["app/***.txt", "app/dir-***", "app/link-***"] {
        assert!(ran.raw_out.contains(name), "{ran}");
    }
    // What it says finds the file.
    let hint =
        ran.raw_out.lines().find_map(|line| line.split_once("its name holds it; `")?.1.strip_suffix("` finds it"));
    let found = Command::new("bash").args(["-c", hint.unwrap()]).current_dir(world.home.path()).output().unwrap();
    assert!(String::from_utf8(found.stdout).unwrap().contains(&secret('1')));
}

#[test]
fn a_folder_of_objects_that_is_no_repositorys_is_searched() {
    let world = world();
    for name in ["app/objects/x", "app/objects/ab/y", "repo.git/objects/z", "repo.git/objects/ab/0"] {
        put(&world, name, secret('1'));
    }
    for (name, bytes) in [("app/HEAD", "head of the list\n"), ("repo.git/HEAD", "ref: refs/heads/main\n")] {
        put(&world, name, bytes);
    }
    create_dir_all(world.path("app/refs")).unwrap();
    create_dir_all(world.path("repo.git/refs")).unwrap();
    let (paths, _) = found(&run(&world, &["--copies", ".", "--json"]));
    let paths: Vec<_> = paths.iter().map(|path| path.trim_start_matches("./")).collect();
    assert_eq!(paths, ["app/objects/ab/y", "app/objects/x", "repo.git/objects/z"]);
}

/// In either order a text of plain letters looks like the other one, a byte further on.
#[test]
fn a_value_in_utf16_is_told_where_it_begins() {
    let world = world();
    let text = format!("x={}\r\n", secret('1'));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    put(&world, "app/big", &big);
    put(&world, "app/big-marked", [b"\xfe\xff", big.as_slice()].concat());
    put(&world, "app/little", &little);
    put(&world, "app/little-marked", [b"\xff\xfe", little.as_slice()].concat());
    let json: Value = serde_json::from_str(&run(&world, &["--copies", "app", "--json"]).raw_out).unwrap();
    let findings = json["files"][0]["findings"].as_array().unwrap();
    let notes: Vec<_> = findings.iter().map(|finding| finding["notes"][0].as_str().unwrap()).collect();
    let at = |byte: u64| format!("it stands there in UTF-16, from byte {byte} on");
    assert_eq!(notes, [at(4), at(6), at(4), at(6)]);
}

#[test]
fn another_name_of_the_file_that_the_search_met_is_told() {
    let world = world();
    create_dir_all(world.path("app")).unwrap();
    std::fs::hard_link(world.path("repos.env"), world.path("app/other.env")).unwrap();
    let ran = world.run(&["audit", "repos.env", "--select", "TW113", "--copies", "app"]);
    assert!(ran.raw_out.contains("another name of it is app/other.env"), "{ran}");
}

#[test]
fn what_the_kernel_makes_up_is_no_file_that_was_changed() {
    let ran = world().run(&["audit", "/proc/self/environ"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(!ran.raw_err.contains("changed by another program"), "{ran}");
    assert!(ran.raw_err.contains("twcred audit --stdin"), "{ran}");
}
