//! What a report of `twcred audit` is worth to a script and to a pipeline: its exit code and its places.

#![expect(clippy::disallowed_methods, reason = "a test makes the trees it needs")]

use std::fs::{OpenOptions, create_dir_all};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, World, key_sid, secret};

fn world() -> World {
    let world = World::new();
    world.private("repos.env", &format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1')));
    world
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
    world.git("app", &["init", "-q"]);
    world.git("app", &["add", "."]);
    world.git("app", &["commit", "-qm", "one"]);
    world.git("app", &["rm", "-qr", "."]);
    world.git("app", &["commit", "-qm", "two"]);
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
    world.git("app", &["init", "-q"]);
    world.git("app", &["add", "."]);
    world.git("app", &["commit", "-qm", "one"]);
    for format in ["human", "json", "sarif", "github"] {
        let ran =
            world.run(&["audit", "repos.env", "--select", "TW504", "--copies", "app", "--history", "--format", format]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{format}");
        assert!(!ran.raw_out.contains(&secret('1')), "{format}");
        assert!(ran.raw_out.contains(".txt") && ran.raw_out.contains("dir-"), "{ran}");
    }
}

/// So can the audited file itself, and its folder. The rest of the path is told, and how the file is found.
#[test]
fn a_secret_in_the_path_of_the_audited_file_is_not_shown() {
    // Not of the length of Twilio's secrets, which no error repeats.
    let value = ["q7Vr", "2mXk9", "LpZ4t", "Ws8Yb"].join("-");
    let world = World::new();
    create_dir_all(world.path("app").join(&value)).unwrap();
    create_dir_all(world.path("etc")).unwrap();
    let name = format!("app/{value}/{value}.env");
    let text = format!("# x\nDB_PASSWORD='{value}'\n");
    let remake = || {
        for name in [name.clone(), format!("{name}.bak"), format!("{name}.other"), "link.env".to_owned()] {
            let _ = std::fs::remove_file(world.path(&name));
        }
        world.private(&name, &text);
        world.file(&format!("{name}.bak"), &format!("{text}A=1\n"));
        world.file(&format!("app/{value}/Dockerfile"), "FROM scratch\nCOPY . .\n");
        std::os::unix::fs::symlink(world.path(&name), world.path("link.env")).unwrap();
    };
    let (folder, linked) = (format!("app/{value}"), format!("{name}.other"));
    for format in ["human", "json", "sarif", "github"] {
        for more in [
            &[][..],
            &["--fix"],
            &["--fix", "--unsafe-fixes"],
            &["--diff", "--unsafe-fixes"],
            &["--pedantic", "--copies", "app"],
            &["--write-baseline", "known.txt"],
        ] {
            for (path, hard) in [(&name, false), (&folder, false), (&name, true), (&"link.env".to_owned(), false)] {
                if more.contains(&"--diff") && format != "human" {
                    continue;
                }
                remake();
                if hard {
                    std::fs::hard_link(world.path(&name), world.path(&linked)).unwrap();
                }
                let ran = world.run(&[&["audit", path, "--format", format], more].concat());
                assert!(!ran.raw_out.contains(&value) && !ran.raw_err.contains(&value), "{format} {more:?} {ran}");
                let shown = if format == "sarif" { "/%2A%2A%2A/%2A%2A%2A.env" } else { "/***/***.env" };
                let written = more.contains(&"--write-baseline");
                let told = ran.raw_out.contains(shown) || written && world.read("known.txt").contains("/***/***.env");
                assert!(told, "what can be told of the path is: {format} {more:?} {path} {ran}");
                let inode = std::os::unix::fs::MetadataExt::ino(&world.path(&name).metadata().unwrap());
                let finds = format!("/app -xdev -inum {inode}` finds the file");
                assert!(ran.raw_err.contains("holds the value of DB_PASSWORD, shown as ***"), "{ran}");
                assert!(more.contains(&"--fix") || ran.raw_err.contains(&finds), "{ran}");
                if written {
                    assert!(!world.read("known.txt").contains(&value));
                    let ran = world.run(&["audit", path, "--baseline", "known.txt", "--fail-on", "info"]);
                    assert_eq!(ran.code, Some(0), "what is known is known by the path as it is shown: {ran}");
                    let _ = std::fs::remove_file(world.path("known.txt"));
                }
            }
        }
    }
    // Two files that look the same then are two.
    let other = ["k3Hd", "8sQw2", "ZnV6c", "Tr1Ub"].join("-");
    world.private(&format!("app/{value}/{other}.env"), &format!("API_TOKEN={other}\n"));
    let ran = world.run(&["audit", &name, &format!("app/{value}/{other}.env"), "--select", "TW305", "--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let alike: Vec<&Value> = json["files"].as_array().unwrap().iter().map(|file| &file["same_as"]).collect();
    assert_eq!(alike, [&Value::Null, &Value::Null], "{ran}");
}

/// A link, a hard link and the name again are one file: each form says so, and says once what is in it.
#[test]
fn a_file_of_several_names_is_one_file_in_every_form() {
    let world = World::new();
    world.private("a.env", "A='x'\n");
    std::os::unix::fs::symlink("a.env", world.path("link.env")).unwrap();
    std::fs::hard_link(world.path("a.env"), world.path("hard.env")).unwrap();
    let run =
        |names: &[&str], more: &[&str]| world.run(&[&["audit"], names, &["--select", "TW305,TW113"], more].concat());
    for (names, known) in [
        (&["a.env", "a.env", "./a.env"][..], &["a.env"][..]),
        (&["a.env", "link.env"], &["a.env", "link.env"]),
        (&["link.env", "a.env"], &["link.env", "a.env"]),
        (&["a.env", "hard.env"], &["a.env", "hard.env"]),
        (&["hard.env", "link.env", "a.env"], &["hard.env", "link.env", "a.env"]),
    ] {
        let json: Value = serde_json::from_str(&run(names, &["--json"]).raw_out).unwrap();
        let files = json["files"].as_array().unwrap();
        let seen: Vec<_> =
            files.iter().map(|file| (file["path"].as_str().unwrap(), file["same_as"].as_str())).collect();
        let expected: Vec<_> =
            known.iter().enumerate().map(|(at, name)| (*name, (at > 0).then_some(known[0]))).collect();
        assert_eq!(seen, expected);
        let found: usize = files.iter().map(|file| file["findings"].as_array().unwrap().len()).sum();
        assert_eq!((found, &json["summary"]["warning"]), (2, &2.into()), "{names:?}");
        let human = run(names, &[]);
        let under = if known.len() > 1 { format!(" under {} names", known.len()) } else { String::new() };
        // Its content is not mended, for the other name would keep the old.
        let last = format!("1 file audited{under}: found 2 warnings");
        assert_eq!(human.raw_out.lines().last(), Some(last.as_str()), "{human}");
        assert_eq!(run(names, &["--format", "github"]).raw_out.lines().count(), 2, "{names:?}");
        let sarif: Value = serde_json::from_str(&run(names, &["--format", "sarif"]).raw_out).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2, "{names:?}");
        // What is said under one name is known under all of them.
        assert_eq!(run(names, &["--write-baseline", "known.txt"]).code, Some(0));
        for name in names {
            let ran = run(&[name], &["--baseline", "known.txt", "--fail-on", "info"]);
            assert_eq!(ran.code, Some(0), "{names:?} {name} {ran}");
        }
        std::fs::remove_file(world.path("known.txt")).unwrap();
    }
    // Where it stands is another thing for each name.
    create_dir_all(world.path("app")).unwrap();
    std::fs::hard_link(world.path("a.env"), world.path("app/b.env")).unwrap();
    std::fs::hard_link(world.path("a.env"), world.path("app/c.env")).unwrap();
    world.git("app", &["init", "-q"]);
    let ran = world.run(&["audit", "app/b.env", "app/c.env", "--select", "TW202,TW305", "--format", "github"]);
    assert_eq!((ran.raw_out.matches("TW202").count(), ran.raw_out.matches("TW305").count()), (2, 1), "{ran}");
}
