//! `twcred audit --copies DIR --history`: what is said of the objects that hold a value, and in which order.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fs::create_dir_all;

use serde_json::Value;

use crate::support::{World, key_sid, secret};

/// A repository with one commit that has nothing to tell.
fn repository() -> World {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1')));
    create_dir_all(world.path("app/src")).unwrap();
    world.file("app/src/main.py", "x = 1\n");
    world.git("app", &["init", "-q", "-b", "main"]);
    commit(&world, "one");
    world
}

fn commit(world: &World, message: &str) {
    world.git("app", &["add", "."]);
    world.git("app", &["commit", "-qm", message]);
}

fn ran(world: &World, format: &str) -> String {
    let arguments = ["audit", "repos.env", "--select", "TW504", "--copies", "app", "--history", "--format", format];
    let ran = world.run(&arguments);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    assert!(ran.raw_err.is_empty(), "{ran}");
    ran.raw_out
}

/// What the one finding about the history says: its notes, and the labels of all its places.
fn told(world: &World) -> (Vec<String>, Vec<String>) {
    let json: Value = serde_json::from_str(&ran(world, "json")).unwrap();
    let findings = json["files"][0]["findings"].as_array().unwrap();
    let history: Vec<&Value> =
        findings.iter().filter(|finding| finding["message"].as_str().unwrap().contains("history")).collect();
    assert_eq!(history.len(), 1, "{findings:?}");
    let text = |value: &Value| value.as_str().map(without_names).unwrap_or_default();
    let all = |list: &Value, of: &dyn Fn(&Value) -> String| list.as_array().unwrap().iter().map(of).collect();
    (all(&history[0]["notes"], &text), all(&history[0]["locations"], &|place| text(&place["label"])))
}

/// The names of objects are others in each run.
fn without_names(text: &str) -> String {
    let hex = |word: &str| word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_inclusive([' ', ','])
        .map(|word| {
            let bare = word.trim_end_matches([' ', ',']);
            if hex(bare) { word.replace(bare, "…") } else { word.to_owned() }
        })
        .collect()
}

#[test]
fn the_message_of_a_tag_is_told_by_its_tag() {
    let world = repository();
    world.git("app", &["tag", "-a", "v1", "-m", &secret('1')]);
    assert_eq!(told(&world).0, ["the message of tag v1"]);
    // A tag that is gone leads nowhere.
    world.git("app", &["tag", "-d", "v1"]);
    assert_eq!(told(&world).0, ["object …, to which no branch or tag was seen to lead"]);
}

#[test]
fn the_name_of_a_branch_is_told() {
    let world = repository();
    world.git("app", &["branch", &format!("fix-{}", secret('1'))]);
    world.git("app", &["pack-refs", "--all"]);
    assert_eq!(told(&world).0, ["the name of refs/heads/fix-***"]);
}

#[test]
fn a_name_in_a_tree_is_told_with_a_commit_that_has_it() {
    for folder in ["", "deep/er/"] {
        let world = repository();
        create_dir_all(world.path(&format!("app/{folder}"))).unwrap();
        world.file(&format!("app/{folder}{}.txt", secret('1')), "x\n");
        commit(&world, "two");
        let name = if folder.is_empty() {
            "a name at the top".to_owned()
        } else {
            format!("a name in {}", folder.trim_end_matches('/'))
        };
        assert_eq!(told(&world).0, [format!("{name} of commit …")]);
    }
}

#[test]
fn a_file_of_a_branch_comes_before_stashes_and_notes_and_all_are_listed() {
    let world = repository();
    world.file("app/src/main.py", &format!("x = '{}'\n", secret('1')));
    commit(&world, "two");
    world.git("app", &["notes", "add", "-m", &secret('1')]);
    world.file("app/src/main.py", &format!("y = '{}'\n", secret('1')));
    world.git("app", &["stash", "-q"]);
    world.git("app", &["tag", "-a", "v1", "-m", &secret('1')]);
    world.file("app/src/main.py", "x = 1\n");
    commit(&world, "three");
    let (notes, places) = told(&world);
    assert_eq!(
        notes,
        [
            "src/main.py of commit …",
            "also the message of tag v1",
            "also src/main.py of commit … (a stash)",
            "also a note on object …",
        ]
    );
    assert_eq!(
        places,
        ["src/main.py of commit …", "the message of tag v1", "src/main.py of commit … (a stash)", "a note on object …",]
    );
    for format in ["human", "sarif", "github"] {
        assert!(ran(&world, format).contains("(a stash)"), "{format}");
    }
}

#[test]
fn of_many_places_people_are_told_a_few_and_programs_all() {
    let world = repository();
    for n in 0..9 {
        world.file(&format!("app/src/{n}.py"), &format!("{n} {}", secret('1')));
    }
    commit(&world, "two");
    let (notes, places) = told(&world);
    assert_eq!(places.len(), 9);
    assert_eq!((notes.len(), notes[5].as_str()), (6, "and in 4 more objects, which --format json lists"));
    let human = ran(&world, "human");
    assert!(human.contains("src/4.py of commit") && !human.contains("src/5.py of commit"), "{human}");
    assert!(human.contains("and in 4 more objects"), "{human}");
}
