//! `twcred audit` in repositories whose history has merges, was rewritten, or is not here as a whole.

#![expect(clippy::disallowed_methods, reason = "a test makes the repositories it needs")]

use std::fs::{create_dir_all, remove_dir_all};

use serde_json::Value;

use crate::support::{World, key_sid, secret};

fn pair() -> String {
    format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'))
}

/// A repository `app` with one commit that has nothing to tell.
fn repository() -> World {
    let world = World::new();
    create_dir_all(world.path("app")).unwrap();
    world.git("app", &["init", "-qb", "main"]);
    world.git("app", &["commit", "-q", "--allow-empty", "-m", "one"]);
    world
}

/// Commits the file, and the commit that takes it out again.
fn in_and_out(world: &World) {
    world.private("app/.env", &pair());
    world.git("app", &["add", "-f", ".env"]);
    world.git("app", &["commit", "-qm", "in"]);
    world.git("app", &["rm", "-q", "--cached", ".env"]);
    world.file("app/.gitignore", ".env\n");
    world.git("app", &["add", ".gitignore"]);
    world.git("app", &["commit", "-qm", "out"]);
}

/// What the rules about git find of a file, as code, severity and message.
fn told(world: &World, file: &str) -> Vec<String> {
    let ran = world.run(&["audit", file, "--select", "TW201,TW202,TW203", "--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap_or_else(|_| panic!("{ran}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = json["files"][0]["findings"].as_array().unwrap().iter();
    found.map(|f| format!("{} {}: {}", text(&f["code"]), text(&f["severity"]), text(&f["message"]))).collect()
}

const IN_HISTORY: &str = "TW203 critical: a commit of this repository has it";

#[test]
fn a_file_that_came_in_with_a_merged_branch_is_in_the_history() {
    let world = repository();
    world.git("app", &["switch", "-qc", "side"]);
    in_and_out(&world);
    world.git("app", &["switch", "-q", "main"]);
    world.git("app", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    world.git("app", &["branch", "-D", "side"]);
    world.git("app", &["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(told(&world, "app/.env"), [IN_HISTORY]);
}

#[test]
fn a_file_of_a_commit_that_was_replaced_is_in_the_history() {
    let world = repository();
    world.private("app/.env", &pair());
    world.git("app", &["add", ".env"]);
    world.git("app", &["commit", "-qm", "in"]);
    world.git("app", &["rm", "-q", "--cached", ".env"]);
    world.file("app/.gitignore", ".env\n");
    world.git("app", &["add", ".gitignore"]);
    world.git("app", &["commit", "-q", "--amend", "-m", "nothing"]);
    assert_eq!(told(&world, "app/.env"), [IN_HISTORY], "it may have been pushed before");
    world.git("app", &["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(told(&world, "app/.env"), [""; 0]);
}

#[test]
fn a_file_of_a_stash_is_in_the_history() {
    let world = repository();
    for _ in 0..2 {
        world.private("app/.env", &pair());
        world.git("app", &["stash", "-qu"]);
        // Not the last one either.
        world.file("app/other", "");
        world.git("app", &["stash", "-qu"]);
    }
    world.file("app/.gitignore", ".env\n");
    world.private("app/.env", &pair());
    assert_eq!(told(&world, "app/.env"), [IN_HISTORY]);
}

/// A clone of `app`, made as the options say.
fn clone(world: &World, name: &str, options: &[&str]) {
    world.git("app", &["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", world.path("app").display());
    let to = world.path(name);
    world.git(".", &[&["clone", "-q"], options, &[&from, to.to_str().unwrap()]].concat());
}

#[test]
fn what_a_clone_has_not_is_not_told_to_be_nothing() {
    let world = repository();
    in_and_out(&world);
    clone(&world, "shallow", &["--depth=1"]);
    clone(&world, "bare", &["--filter=tree:0", "--no-checkout"]);
    clone(&world, "whole", &[]);
    world.private("keys.env", &pair());
    for name in ["shallow", "bare", "whole"] {
        world.private(&format!("{name}/.env"), &pair());
        world.private(&format!("{name}/other.env"), "A=1\n");
        world.file(&format!("{name}/.gitignore"), ".env\nother.env\n");
    }
    assert_eq!(told(&world, "whole/.env"), [IN_HISTORY]);
    assert_eq!(told(&world, "whole/other.env"), [""; 0]);
    let shallow = "TW203 info: cannot tell whether a commit has it: the clone is shallow, and older commits are not here; \
                   `git fetch --unshallow` gets them";
    assert_eq!(told(&world, "shallow/.env"), [shallow]);
    assert_eq!(told(&world, "bare/.env"), ["TW203 info: cannot tell whether a commit has it: git failed"]);
    // To search the history was asked for.
    for (name, why) in [
        ("shallow", "the clone is shallow, and older commits are not here; `git fetch --unshallow` gets them"),
        ("bare", "the clone is partial, and not all of its objects are here; search a whole clone"),
    ] {
        let searched = ["audit", "keys.env", "--select", "TW504", "--copies", name, "--history", "--include-ignored"];
        let ran = world.run(&searched);
        assert_eq!(ran.code, Some(1), "{name} {ran}");
        assert!(ran.err.contains(&format!("cannot search the history of {name}")) && ran.err.contains(why), "{ran}");
    }
    let ran = world.run(&["audit", "keys.env", "--select", "TW504", "--copies", "whole", "--history"]);
    assert!(ran.code == Some(3) && ran.raw_err.is_empty(), "{ran}");
    // A partial clone that has fetched everything lacks nothing.
    clone(&world, "fetched", &["--filter=blob:none", "--no-checkout"]);
    world.git("fetched", &["config", "protocol.file.allow", "always"]);
    world.git("fetched", &["checkout", "-q", "HEAD~1"]);
    world.git("fetched", &["checkout", "-q", "HEAD~1"]);
    world.git("fetched", &["checkout", "-q", "main"]);
    let ran = world.run(&["audit", "keys.env", "--select", "TW504", "--copies", "fetched", "--history"]);
    assert!(ran.code == Some(3) && ran.raw_err.is_empty(), "{ran}");
}

#[test]
fn a_git_folder_that_is_no_repository_hides_no_repository_around_it() {
    let world = repository();
    create_dir_all(world.path("app/sub/.git/refs")).unwrap();
    world.private("app/sub/.env", &pair());
    let open = "TW202 error: git does not track it and does not ignore it";
    let dead =
        "TW201 info: cannot tell whether git tracks it: there is a .git, and git sees no repository there".to_owned();
    assert_eq!(told(&world, "app/sub/.env"), [dead, open.to_owned()]);
    remove_dir_all(world.path("app/sub/.git")).unwrap();
    world.git("app/sub", &["init", "-q"]);
    assert_eq!(told(&world, "app/sub/.env"), [open], "of the inner one, which keeps `git add` away from the outer");
}

/// Git adds nothing whose path has its own folder in it, ignored or not.
#[test]
fn a_file_in_the_folder_of_git_cannot_be_added() {
    let world = repository();
    create_dir_all(world.path("app/.git/hooks/env")).unwrap();
    create_dir_all(world.path("app/.gitx")).unwrap();
    for name in ["app/.git/.env", "app/.git/hooks/env/repos.env"] {
        world.private(name, &pair());
        assert_eq!(told(&world, name), [""; 0], "{name}");
    }
    world.private("app/.gitx/.env", &pair());
    assert_eq!(told(&world, "app/.gitx/.env"), ["TW202 error: git does not track it and does not ignore it"]);
}

/// A pattern of the repository counts more than the list of this clone: a line there would change nothing.
#[test]
fn a_file_that_a_pattern_excepts_is_not_said_to_be_mended() {
    for (patterns, of_the_clone, mended) in
        [("!.env\n", "", false), ("*\n!*.env\n", "", false), ("*.log\n", "", true), ("*.log\n", "*\n!.env\n", true)]
    {
        let world = repository();
        world.private("app/.env", &pair());
        world.file("app/.gitignore", patterns);
        world.file("app/.git/info/exclude", of_the_clone);
        let args = ["audit", "app/.env", "--select", "TW202"];
        let plain = world.run(&args);
        assert_eq!(plain.raw_out.contains("--fix --unsafe-fixes does it"), mended, "{plain}");
        let ran = world.run(&[&args[..], &["--fix", "--unsafe-fixes"]].concat());
        assert_eq!(ran.raw_out.contains("TW202 mended"), mended, "{ran}");
        assert_eq!(ran.code, Some(if mended { 0 } else { 3 }), "{ran}");
        if !mended {
            let why = "app/.gitignore has a pattern with `!` for it, which counts more than `.git/info/exclude`";
            assert!(plain.raw_out.contains(why) && ran.raw_out.contains(why), "{plain}{ran}");
            assert_eq!(world.read("app/.git/info/exclude"), of_the_clone);
        }
    }
}
