//! `twcred audit` of access control lists, as `setfacl` makes them, and what another user may really read.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::lab::{Lab, OTHER, bits, chmod, is_root, state};
use crate::support::{Tools, run, skipped};

const RULES: &str = "TW101,TW102,TW103,TW105,TW106,TW107,TW108";

fn tools() -> Option<Tools> {
    let tools = Tools::with_programs(&["setfacl", "getfacl"]);
    if tools.is_some() && !is_root() {
        skipped("that another user can read", "needs root, who becomes that user");
    }
    tools
}

fn setfacl(tools: &Tools, args: &[&str], path: &Path) {
    run(tools.on_path("setfacl").args(args).arg(path), "").succeeded("setfacl");
}

/// The entries of a file's list, as `getfacl` tells them, without the effective rights it adds.
fn listed(tools: &Tools, path: &Path) -> Vec<String> {
    let ran = run(tools.on_path("getfacl").args(["-cnp"]).arg(path), "");
    let lines = ran.stdout.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split(['\t', '#']).next().unwrap().trim_end().to_owned()).collect()
}

/// Whether the other user reads a file; not asked unless this is root.
fn other_reads(path: &Path) -> Option<bool> {
    is_root().then(|| {
        let mut cat = Command::new("cat");
        std::os::unix::process::CommandExt::uid(&mut cat, OTHER);
        std::os::unix::process::CommandExt::gid(&mut cat, OTHER);
        cat.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    })
}

fn lab_each() -> Vec<Lab> {
    let labs = Lab::each();
    // The other user must get as far as the file.
    for lab in &labs {
        chmod(&lab.at(""), 0o711);
    }
    labs
}

const OWN: [&str; 3] = ["user::rw-", "group::---", "other::---"];

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_list_that_lets_somebody_in_is_told_and_removed() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        for (entry, message) in [
            ("u:61235:r", "TW105 critical: by its access control list user 61235 may read it"),
            ("g:61235:r", "TW105 critical: by its access control list group 61235 may read it"),
            ("u:61235:rw", "TW105 critical: by its access control list user 61235 may read and write it"),
        ] {
            let file = lab.file("repos.env", "A=1\n", 0o600);
            setfacl(&tools, &["-m", entry], &file);
            assert_ne!(other_reads(&file), Some(false), "the list works");
            let before = state(&file);
            assert_eq!(lab.messages(&["repos.env", "--select", RULES]), [message], "{entry}");
            assert_eq!(state(&file), before);
            let ran = lab.run(&["audit", "repos.env", "--select", RULES, "--fix"]);
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
            assert!(ran.out.contains("TW105 mended: remove the access control list"), "{ran:?}");
            assert_eq!((listed(&tools, &file), bits(&file)), (OWN.map(str::to_owned).to_vec(), 0o600));
            assert_ne!(other_reads(&file), Some(true), "it is shut");
        }
    }
}

/// Mode 0600 looks right; the next `chmod 640` lets the user of the list in again.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_list_that_the_mask_holds_back_is_told_and_removed() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        let file = lab.file("repos.env", "A=1\n", 0o600);
        setfacl(&tools, &["-m", "u:61235:r"], &file);
        chmod(&file, 0o600);
        assert_ne!(other_reads(&file), Some(true));
        let message = "TW106 warning: its access control list names user 61235, held back by the mask alone";
        assert_eq!(lab.messages(&["repos.env", "--select", RULES]), [message]);
        chmod(&file, 0o640);
        assert_ne!(other_reads(&file), Some(false), "it is dormant and not dead");
        chmod(&file, 0o600);
        let ran = lab.run(&["audit", "repos.env", "--select", RULES, "--fix"]);
        assert!(ran.code == Some(0) && ran.out.contains("TW106 mended"), "{ran:?}");
        chmod(&file, 0o640);
        assert_ne!(other_reads(&file), Some(true), "nothing is left to wake");
        chmod(&file, 0o600);
        assert_eq!(listed(&tools, &file), OWN);
        assert!(lab.found(&["repos.env", "--select", RULES]).0.is_empty());
    }
}

/// The group bits of a mode are the mask of a list: what the group itself may do, its own entry says.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_mask_is_no_right_of_the_group() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        for (entries, expected) in [
            ("u:61235:---", &[][..]),
            ("u:61235:rwx,m::---", &["TW106 warning"]),
            ("u:61235:rw,m::r", &["TW105 critical"]),
            ("u:61235:w,m::r", &["TW106 warning"]),
            ("g::r,u:61235:---,m::r", &["TW102 error"]),
            ("g::r,u:61235:---,m::---", &[]),
            ("g::r,u:61235:r,m::r", &["TW102 error", "TW105 critical"]),
            ("o::r,u:61235:r", &["TW101 critical", "TW105 critical"]),
        ] {
            let file = lab.file("repos.env", "A=1\n", 0o600);
            setfacl(&tools, &["-b"], &file);
            chmod(&file, 0o600);
            setfacl(&tools, &["-m", entries], &file);
            let (mut found, _) = lab.found(&["repos.env", "--select", RULES]);
            found.sort();
            assert_eq!(found, expected, "{entries}");
            let before = bits(&file);
            let ran = lab.run(&["audit", "repos.env", "--select", RULES, "--fix"]);
            assert_eq!(ran.code, Some(0), "{entries} {ran:?}");
            assert_eq!(bits(&file) & !before, 0, "{entries}: bits only go");
            let (left, _) = lab.found(&["repos.env", "--select", RULES]);
            // A list that was masked off and not removed says what it holds back.
            assert!(left.iter().all(|found| found.starts_with("TW106")), "{entries} {left:?}");
            assert_ne!(other_reads(&file), Some(true), "{entries}");
            if !left.is_empty() {
                lab.run(&["audit", "repos.env", "--select", RULES, "--fix"]);
                assert!(lab.found(&["repos.env", "--select", RULES]).0.is_empty(), "{entries}");
            }
        }
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_group_that_is_meant_to_read_may_stand_in_the_list() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        let file = lab.file("repos.env", "A=1\n", 0o600);
        setfacl(&tools, &["-m", "g:61235:r"], &file);
        assert!(lab.found(&["repos.env", "--select", RULES, "--allow-group", "61235"]).0.is_empty());
        assert_eq!(lab.found(&["repos.env", "--select", RULES, "--allow-group", "61236"]).0, ["TW105 critical"]);
        for entries in ["g:61235:rw,m::r", "g:61235:rw,m::-"] {
            setfacl(&tools, &["-m", entries], &file);
            let found = lab.found(&["repos.env", "--select", RULES, "--allow-group", "61235"]).0;
            assert_eq!(found, ["TW106 warning"], "{entries}: the right to write is held back, and is there");
        }
        setfacl(&tools, &["-m", "g:61235:r"], &file);
        let before = (state(&file), listed(&tools, &file));
        lab.run(&["audit", "repos.env", "--select", RULES, "--allow-group", "61235", "--fix"]);
        assert_eq!((state(&file), listed(&tools, &file)), before);
    }
}

/// A directory's default list goes before the umask: what is made there is open. What `--fix` makes there is not.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_default_list_is_told_and_a_mended_file_takes_nothing_of_it() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        for (entries, told) in [
            ("u:61235:rx", true),
            ("g:61235:r", true),
            ("g::r", true),
            ("o::r", true),
            ("u::rwx,g::---,o::---", false),
            ("u:61235:rwx,m::---", false),
        ] {
            lab.dir("app", 0o711);
            setfacl(&tools, &["-k"], &lab.at("app"));
            let file = lab.file("app/repos.env", "A='x'\n", 0o600);
            setfacl(&tools, &["-d", "-m", &format!("u::rwx,g::-,o::-,{entries}")], &lab.at("app"));
            let message = "TW107 warning: the directory's default access control list lets others into every new file";
            let found = lab.messages(&["app/repos.env", "--select", RULES]);
            assert_eq!(found, if told { vec![message] } else { vec![] }, "{entries}");
            let ran = lab.run(&["audit", "app/repos.env", "--select", "TW1,TW305", "--fix"]);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "A=x\n");
            assert_eq!((listed(&tools, &file), bits(&file)), (OWN.map(str::to_owned).to_vec(), 0o600), "{entries}");
            assert_ne!(other_reads(&file), Some(true), "{entries}");
        }
    }
}

/// A list that nobody asked to be removed is carried over when the content is replaced.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_list_that_is_to_stay_stays_when_the_content_is_mended() {
    let Some(tools) = tools() else { return };
    for lab in lab_each() {
        let file = lab.file("repos.env", "A='x'\n", 0o600);
        setfacl(&tools, &["-m", "u:61235:r"], &file);
        let before = (listed(&tools, &file), bits(&file));
        let ran = lab.run(&["audit", "repos.env", "--select", "TW305", "--fix"]);
        assert_eq!((ran.code, std::fs::read_to_string(&file).unwrap().as_str()), (Some(0), "A=x\n"), "{ran:?}");
        assert_eq!((listed(&tools, &file), bits(&file)), before);
        assert_ne!(other_reads(&file), Some(false));
    }
}
