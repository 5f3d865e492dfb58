//! What a report of `twcred audit` is worth to a script and to a pipeline: its exit code, its places, and the recipe.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fs::{OpenOptions, create_dir_all};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, World, key_sid, secret};

fn world() -> World {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1')));
    world
}

fn git(world: &World, args: &[&str]) {
    let mut command = Command::new("git");
    command.env_clear().env("HOME", world.home.path()).env("PATH", "/usr/bin:/bin:/usr/local/bin");
    command.current_dir(world.path("app")).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
    assert!(command.output().unwrap().status.success(), "{args:?}");
}

fn lost(world: &World, args: &[&str]) -> Ran {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world.command(args).stdin(Stdio::null()).stdout(full).output().unwrap();
    world.ran(output)
}

/// A script that takes 3 for "here are the findings" would find none in the file that it wrote.
#[test]
fn a_report_that_is_lost_is_a_failure() {
    let world = World::new();
    world.private("f.env", "A='x'\n");
    assert_snapshot!(lost(&world, &["audit", "f.env", "--select", "TW305", "--fail-on", "warning"]), @r"
    exit: 1
    --- stderr
    error: cannot write to standard output: No space left on device (os error 28)
    ");
    for format in ["json", "sarif", "github"] {
        let ran = lost(&world, &["audit", "f.env", "--fail-on", "warning", "--format", format]);
        assert_eq!(ran.code, Some(1), "{ran}");
    }
}

/// What stands in the history has a place only in the commit: the path that the file has there.
#[test]
fn a_copy_in_the_history_has_a_file_for_its_place() {
    let world = world();
    create_dir_all(world.path("app/src")).unwrap();
    world.file("app/src/old.py", &format!("S = '{}'\n", secret('1')));
    git(&world, &["init", "-q"]);
    git(&world, &["add", "."]);
    git(&world, &["commit", "-qm", "one"]);
    git(&world, &["rm", "-qr", "."]);
    git(&world, &["commit", "-qm", "two"]);
    create_dir_all(world.path("app")).unwrap();
    let ran = |format: &str| {
        let mut command = world.command(&[
            "audit",
            "../repos.env",
            "--select",
            "TW504",
            "--copies",
            ".",
            "--history",
            "--format",
            format,
        ]);
        let output = command.current_dir(world.path("app")).output().unwrap();
        world.ran(output)
    };
    let github = ran("github");
    assert!(github.raw_out.starts_with("::error file=src/old.py,title=TW504 "), "{github}");
    assert!(github.raw_out.contains(" of commit "), "{github}");
    let sarif: Value = serde_json::from_str(&ran("sarif").raw_out).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "src/old.py", "{place}");
    let json: Value = serde_json::from_str(&ran("json").raw_out).unwrap();
    let path = json["files"][0]["findings"][0]["locations"][0]["path"].as_str().unwrap();
    assert!(path.ends_with("app"), "the repository is where to look: {path}");
}

/// A file can be named by what it holds.
#[test]
fn a_path_that_is_a_secret_is_not_shown() {
    let world = world();
    create_dir_all(world.path("app").join(format!("dir-{}", secret('1')))).unwrap();
    world.file(&format!("app/{}.txt", secret('1')), &secret('1'));
    world.file(&format!("app/dir-{}/x", secret('1')), &secret('1'));
    git(&world, &["init", "-q"]);
    git(&world, &["add", "."]);
    git(&world, &["commit", "-qm", "one"]);
    for format in ["human", "json", "sarif", "github"] {
        let ran =
            world.run(&["audit", "repos.env", "--select", "TW504", "--copies", "app", "--history", "--format", format]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{format}");
        assert!(!ran.raw_out.contains(&secret('1')), "{format}");
        assert!(ran.raw_out.contains(".txt") && ran.raw_out.contains("dir-"), "{ran}");
    }
}

/// The recipe of the documentation, as it stands there.
#[test]
fn the_recipe_for_a_pipeline_sees_what_is_tracked_anywhere() {
    let world = World::new();
    create_dir_all(world.path("app/apps/web")).unwrap();
    create_dir_all(world.path("bin")).unwrap();
    world.file("app/apps/web/.env", "A=1\n");
    world.file("app/x y.env", "A=1\n");
    world.file("app/none.txt", "A=1\n");
    git(&world, &["init", "-q"]);
    git(&world, &["add", "."]);
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let recipes: Vec<&str> =
        docs.lines().filter_map(|line| line.trim().split_once("run: git ls-files")).map(|(_, r)| r).collect();
    assert_eq!(recipes.len(), 2, "one for the alerts, one for the annotations");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_twcred"), world.path("bin/twcred")).unwrap();
    let ran = |recipe: &str| {
        let mut command = Command::new("bash");
        let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
        command.env_clear().env("HOME", world.home.path()).env("PATH", path).current_dir(world.path("app"));
        command.args(["-eo", "pipefail", "-c", &format!("git ls-files{recipe}")]).output().unwrap()
    };
    let sarif = ran(recipes[0]);
    assert!(sarif.status.success(), "{sarif:?}");
    let sarif = world.read("app/twcred.sarif");
    assert!(sarif.contains("apps/web/.env") && sarif.contains("x%20y.env") && !sarif.contains("none.txt"), "{sarif}");
    let github = ran(recipes[1]);
    let said = String::from_utf8(github.stdout).unwrap();
    assert!(!github.status.success() && said.contains("file=apps/web/.env,title=TW201 git-tracked"), "{said}");
    // Where nothing of the sort is tracked there is nothing to say.
    git(&world, &["rm", "-qf", "apps/web/.env", "x y.env"]);
    assert!(ran(recipes[0]).status.success() && ran(recipes[1]).status.success());
}
