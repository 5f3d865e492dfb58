//! `twcred audit` where `--fix` changes nothing: what it says of that, and what it says to type instead.

#![expect(clippy::disallowed_methods, reason = "a test makes the files and links it needs")]

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::lab::{Lab, Said, bits, chmod, give, is_root};
use crate::support::{Ran, World, secret, skipped};

/// A file with two names in a folder that others may write.
fn world() -> World {
    let world = World::new();
    let dir = world.path("sp ace");
    std::fs::create_dir(&dir).unwrap();
    world.private("sp ace/my env.env", "A='x'\nB=y");
    std::fs::hard_link(world.path("sp ace/my env.env"), world.path("other")).unwrap();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::set_permissions(world.path("other"), std::fs::Permissions::from_mode(0o644)).unwrap();
    world
}

fn audit(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["audit", "sp ace/my env.env", "--select", "TW1,TW305,TW325"], more].concat())
}

#[test]
fn what_is_not_mended_is_not_called_mendable() {
    let world = world();
    let why = "--fix changes nothing: it has 2 names (hard links), and others may write its folder";
    for more in [&[][..], &["--fix"], &["--diff"]] {
        let ran = audit(&world, more);
        assert!(!ran.raw_out.contains("--fix does it") && !ran.raw_out.contains("can be mended"), "{ran}");
        assert!(ran.raw_out.contains(why), "{ran}");
        assert_eq!(ran.code, Some(if more == ["--fix"] { 1 } else { 3 }), "{ran}");
        assert_eq!(world.read("other"), "A='x'\nB=y", "{ran}");
    }
    let json: Value = serde_json::from_str(&audit(&world, &["--json"]).raw_out).unwrap();
    assert_eq!((&json["summary"]["fixable"], &json["summary"]["fixable_unsafely"]), (&0.into(), &0.into()));
    for finding in json["files"][0]["findings"].as_array().unwrap() {
        assert!(finding["fix"].is_null(), "{finding}");
    }
}

/// Its content cannot be replaced without leaving the other name behind; its rights are those of both.
#[test]
fn of_a_file_with_two_names_the_rights_can_be_mended_alone() {
    let world = world();
    std::fs::set_permissions(world.path("sp ace"), std::fs::Permissions::from_mode(0o700)).unwrap();
    for more in [&[][..], &["--fix"]] {
        let ran = audit(&world, more);
        assert!(!ran.raw_out.contains("--fix does it") && !ran.raw_out.contains("can be mended"), "{ran}");
        assert!(ran.raw_out.contains("--fix changes nothing: it has 2 names (hard links)"), "{ran}");
    }
    let only = ["audit", "sp ace/my env.env", "--select", "TW101,TW102"];
    let ran = world.run(&only);
    assert!(ran.raw_out.contains("--fix does it"), "{ran}");
    let ran = world.run(&[&only[..], &["--fix"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn hints_can_be_pasted_whatever_the_path_has_in_it() {
    let world = world();
    let ran = audit(&world, &["--fix"]);
    assert!(ran.raw_err.contains("`find / -samefile 'sp ace/my env.env'`"), "{ran}");
    std::fs::set_permissions(world.path("sp ace"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let ran = audit(&world, &["--fix"]);
    assert!(ran.raw_err.contains("`find / -samefile 'sp ace/my env.env'`"), "{ran}");
    assert!(ran.raw_err.contains("`twcred audit --fix --select TW1 'sp ace/my env.env'`"), "{ran}");
    // A file that is named by what it holds is found below a folder with a blank.
    let token = "5e3d07ab1c9f4826".repeat(2);
    world.private(&format!("sp ace/{token}.env"), &format!("TWILIO_AUTH_TOKEN={token}\n"));
    let ran = world.run(&["audit", &format!("sp ace/{token}.env")]);
    assert!(ran.raw_err.contains("sp ace' -xdev -inum "), "{ran}");
    // A quote in the path.
    std::fs::create_dir(world.path("it's")).unwrap();
    world.private("it's/.env", "A='x'\n");
    std::fs::hard_link(world.path("it's/.env"), world.path("third")).unwrap();
    let ran = world.run(&["audit", "it's/.env", "--select", "TW305", "--fix"]);
    assert!(ran.raw_err.contains(r"`twcred audit --fix --select TW1 'it'\''s/.env'`"), "{ran}");
}

/// Some of several that are alike are done, and others are left.
#[test]
fn of_several_alike_those_that_will_be_left_are_not_promised() {
    let world = World::new();
    world.private("repos.env", "A=  \n   \nB=1\n   \nC=2\n");
    let args = ["audit", "repos.env", "--select", "TW322,TW324", "--json"];
    let ran = world.run(&args);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found = json["files"][0]["findings"].as_array().unwrap();
    let promised: Vec<_> = found
        .iter()
        .filter(|found| found["code"] == "TW324")
        .map(|found| (found["locations"][0]["line"].as_u64().unwrap(), !found["fix"].is_null()))
        .collect();
    assert_eq!(promised, [(2, false), (4, true)], "{ran}");
}

/// What only its owner, or root, could mend is not promised to anybody else, and not again once it has failed.
#[test]
fn what_another_user_owns_is_not_called_mendable() {
    if !is_root() {
        return skipped("a file of another user", "needs root");
    }
    let lab = Lab::user();
    for dir in ["own", "shut"] {
        lab.dir(dir, 0o755);
        lab.file(&format!("{dir}/.env"), "A='x'\n", 0o644);
    }
    give(&lab.at("own/.env"), 0, 0);
    give(&lab.at("shut"), 0, 0);
    let promised =
        |ran: &Said| ran.out.contains("--fix does it") || ran.out.contains("can be mended") || ran.out.contains("+A=");
    for (name, rules, why) in [
        ("own/.env", "TW101", "it belongs to user 0, who alone may change who reads it"),
        ("own/.env", "TW101,TW305", "it belongs to user 0, and one of yours would take its place"),
    ] {
        for more in [&[][..], &["--fix"], &["--diff"]] {
            let ran = lab.run(&[&["audit", name, "--select", rules], more].concat());
            assert!(ran.out.contains(why) && !promised(&ran), "{ran:?}");
            assert_eq!(ran.code, Some(if more == ["--fix"] { 1 } else { 3 }), "{ran:?}");
        }
        let ran = lab.run(&["audit", name, "--select", rules, "--json"]);
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(json["summary"]["fixable"], 0, "{json}");
    }
    // Whose file it is may close it, wherever it lies.
    let rights = ["audit", "shut/.env", "--select", "TW101"];
    assert!(promised(&lab.run(&rights)));
    assert_eq!(lab.run(&[&rights[..], &["--fix"]].concat()).code, Some(0));
}

/// Who may not write the folder may still close his file: that its content stays as it is keeps nobody from it.
#[test]
fn an_open_file_is_closed_though_its_content_cannot_be_mended() {
    if !is_root() {
        return skipped("a folder of another user", "needs root");
    }
    let lab = Lab::user();
    lab.dir("shut", 0o755);
    let file = lab.file("shut/.env", "A='x'\n", 0o644);
    give(&lab.at("shut"), 0, 0);
    let args = ["audit", "shut/.env", "--select", "TW101,TW102,TW305"];
    let why = "--fix cannot mend it: you may not write its folder";
    let ran = lab.run(&args);
    assert_eq!((ran.out.matches("--fix does it").count(), ran.out.matches(why).count()), (2, 1), "{ran:?}");
    let ran = lab.run(&[&args[..], &["--diff"]].concat());
    let shown = "mode of shut/.env: 0644 becomes 0600";
    assert!(ran.out.contains(shown) && ran.out.contains("folder") && !ran.out.contains("+A="), "{ran:?}");
    assert_eq!(bits(&file), 0o644);
    let ran = lab.run(&[&args[..], &["--fix"]].concat());
    assert_eq!((bits(&file), std::fs::read(&file).unwrap().as_slice()), (0o600, &b"A='x'\n"[..]), "{ran:?}");
    assert!(ran.out.contains(why) && !ran.out.contains("[TW101]") && !promising(&ran.out), "{ran:?}");
    assert!(ran.err.contains("cannot mend the content of shut/.env"), "{ran:?}");
    assert!(ran.out.contains("shut/.env: TW305 not mended: "), "{ran:?}");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    chmod(&file, 0o644);
    let json: Value = serde_json::from_str(&lab.run(&[&args[..], &["--fix", "--json"]].concat()).out).unwrap();
    let codes = |list: &str| {
        let all = json["files"][0][list].as_array().unwrap().iter();
        all.map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (codes("fixed"), codes("not_fixed")),
        (vec!["TW101".to_owned(), "TW102".to_owned()], vec!["TW305".to_owned()])
    );
    // Nothing more is to be done, and the same is said.
    let ran = lab.run(&[&args[..], &["--fix"]].concat());
    assert!(ran.code == Some(1) && ran.err.contains("nothing of it was changed"), "{ran:?}");
}

fn promising(out: &str) -> bool {
    out.contains("--fix does it") || out.contains("can be mended")
}

/// A copy that nobody may remove is closed, as plain `--fix` would close it.
#[test]
fn an_open_copy_that_cannot_be_removed_is_closed() {
    if !is_root() {
        return skipped("a folder of another user", "needs root");
    }
    for content in ["A=1\n", "A='x'\n"] {
        let lab = Lab::user();
        lab.dir("shut", 0o755);
        let text = format!("{content}TWILIO_API_SECRET={}\n", secret('1'));
        lab.file("shut/repos.env", &text, 0o600);
        let copy = lab.file("shut/repos.env.bak", &text, 0o644);
        give(&lab.at("shut"), 0, 0);
        let args = ["audit", "shut/repos.env", "--select", "TW205,TW305", "--unsafe-fixes"];
        let ran = lab.run(&[&args[..], &["--diff"]].concat());
        let shown = ran.out.contains("repos.env.bak: no more than 0600") && !ran.out.contains("bak: removed");
        assert!(shown, "{ran:?}");
        assert_eq!(bits(&copy), 0o644);
        let ran = lab.run(&[&args[..], &["--fix"]].concat());
        assert_eq!((ran.code, bits(&copy)), (Some(1), 0o600), "{ran:?}");
        assert!(ran.out.contains("TW205 mended: close the copy"), "{ran:?}");
        assert!(ran.out.contains("TW205 not mended: remove the copy"), "{ran:?}");
        assert!(!promising(&ran.out), "{ran:?}");
    }
}
