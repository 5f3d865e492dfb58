//! The lines of the documentation for a pipeline and for a hook, run as they stand there.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fmt::Write as _;
use std::fs::create_dir_all;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{World, key_sid, secret};

/// The lines of the documentation that begin so, without that.
fn documented(beginning: &str) -> Vec<&'static str> {
    let docs = include_str!("../../docs/audit.md");
    docs.lines().filter_map(|line| line.trim().strip_prefix(beginning)).collect()
}

/// The two commands for GitHub Actions: one for the alerts, one for the annotations.
fn recipes() -> [&'static str; 2] {
    documented("- run: ").into_iter().filter(|line| line.contains("twcred")).collect::<Vec<_>>().try_into().unwrap()
}

/// What the hook takes of the files that are to be committed, handed over behind its entry as pre-commit does it: entry,
/// arguments, files.
fn hook(then: &str) -> String {
    let one = |key: &str| <[&str; 1]>::try_from(documented(key)).unwrap()[0];
    let (entry, files, exclude) = (one("entry: "), one("files: "), one("exclude: "));
    let then = if then.is_empty() { format!("xargs -0 -r {entry}") } else { then.to_owned() };
    format!("git ls-files -z | {{ grep -zE {files} || :; }} | {{ grep -zvE {exclude} || :; }} | {then}")
}

/// A repository, and the program in the search path.
fn repository(files: &[(&str, &str)]) -> World {
    let world = World::new();
    create_dir_all(world.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_twcred"), world.path("bin/twcred")).unwrap();
    for (name, text) in files {
        let name = format!("app/{name}");
        create_dir_all(world.path(&name).parent().unwrap()).unwrap();
        world.file(&name, text);
    }
    world.git("app", &["init", "-q"]);
    world.git("app", &["add", "--", "."]);
    world
}

fn bash(world: &World, line: &str) -> Output {
    let mut command = Command::new("bash");
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    command.env_clear().env("HOME", world.home.path()).env("PATH", path).current_dir(world.path("app"));
    command.args(["-eo", "pipefail", "-c", line]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_recipe_for_a_pipeline_sees_what_is_tracked_anywhere() {
    let world = repository(&[("apps/web/.env", "A=1\n"), ("x y.env", "A=1\n"), ("none.txt", "A=1\n")]);
    let [alerts, annotations] = recipes();
    let sarif = bash(&world, alerts);
    assert!(sarif.status.success(), "{sarif:?}");
    let sarif = world.read("app/twcred.sarif");
    assert!(sarif.contains("apps/web/.env") && sarif.contains("x%20y.env") && !sarif.contains("none.txt"), "{sarif}");
    let github = bash(&world, annotations);
    assert!(!github.status.success(), "{github:?}");
    assert!(said(&github).contains("file=apps/web/.env,title=TW201 git-tracked"), "{github:?}");
    let hook = bash(&world, &hook(""));
    assert!(!hook.status.success() && said(&hook).contains("TW201"), "{hook:?}");
    // Where nothing of the sort is tracked there is nothing to say.
    world.git("app", &["rm", "-qf", "apps/web/.env", "x y.env"]);
    assert!(recipes().iter().all(|line| bash(&world, line).status.success()));
}

/// Who commits a file may name it as he likes, and it may be a configuration that silences everything.
#[test]
fn a_file_that_is_named_like_an_option_is_a_file() {
    let pair = format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'));
    let world = repository(&[("prod.env", &pair), ("--config=c.env", ""), ("--exit-zero.env", "")]);
    let plain = world.run(&["audit", "app/prod.env", "--json"]);
    let plain: Value = serde_json::from_str(&plain.raw_out).unwrap();
    let mut silent = String::new();
    for finding in plain["files"][0]["findings"].as_array().unwrap() {
        writeln!(silent, "[[exception]]\nrule = {}\nreason = \"x\"", finding["code"]).unwrap();
    }
    assert!(silent.contains("TW201"), "{silent}");
    world.private("app/c.env", &silent);
    world.git("app", &["add", "--", "."]);
    let [alerts, annotations] = recipes();
    bash(&world, alerts);
    let sarif = world.read("app/twcred.sarif");
    let github = bash(&world, annotations);
    let hook = bash(&world, &hook(""));
    assert!(said(&hook).contains("TW201"), "{hook:?}");
    for (name, seen) in [("alerts", sarif), ("annotations", said(&github))] {
        assert!(seen.contains("TW201") && seen.contains("prod.env"), "{name} {seen}");
    }
    assert!(!github.status.success() && !hook.status.success(), "{github:?} {hook:?}");
}

#[test]
fn the_hook_and_the_pipeline_take_the_same_files() {
    let taken = [
        ".env",
        ".env.local",
        "apps/sample/.env.production",
        "dist/prod.env",
        "prod.env",
        "prod.env.local",
        "services/template-api/.env",
        "x y.env",
        "examples/.env",
    ];
    let left = [
        ".env.defaults",
        ".env.example",
        ".env.sample.local",
        ".env.schema",
        ".env.tmpl",
        "a.envx",
        "app.env.sample",
        "deep/er/.env.template",
        "deep/sample.env",
        "environment",
        ".envrc",
        "example.env",
        "prod.env.dist",
        "sample.env",
        "shop.template.env",
    ];
    let files: Vec<_> = taken.iter().chain(&left).map(|name| (*name, "A=1\n")).collect();
    let world = repository(&files);
    let mut expected = taken;
    expected.sort_unstable();
    let [alerts, annotations] = recipes().map(|line| format!("{} | cat", line.split_once(" | xargs").unwrap().0));
    for line in [alerts, annotations, hook("cat")] {
        let names = said(&bash(&world, &line));
        let mut names: Vec<_> = names.split_terminator('\0').collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{line}");
    }
    // What an audit of a folder passes over, they do.
    let ran = world.run(&["audit", "app", "--json", "--exit-zero"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let files = json["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap());
    let files: Vec<_> = files.filter_map(|path| path.strip_prefix("app/")).collect();
    assert_eq!(files, [".env", ".env.local", "prod.env", "x y.env"]);
}
