//! `twcred audit` trusts no file that others can write, and overwrites none that is not its own.

use std::os::unix::fs::{MetadataExt as _, chown, symlink};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::acl::{NOBODY, acl, acl_of_new};
use crate::support::lab::{Lab, OTHER, bits, chmod, is_root, said, state};
use crate::support::{World, skipped};

/// The file that is written over could be the only one that holds the secrets.
#[test]
fn a_baseline_is_written_over_nothing_but_a_baseline() {
    let world = World::new();
    world.private("a.env", "A='x'\n");
    world.private("b.env", "B='y'\n");
    world.file("notes.toml", "x = 1\n");
    symlink("b.env", world.path("link.txt")).unwrap();
    symlink("gone.txt", world.path("nowhere.txt")).unwrap();
    for name in ["a.env", "./a.env", "b.env", "notes.toml", "link.txt", "nowhere.txt", "."] {
        let ran = world.run(&["audit", "a.env", "--select", "TW305", "--write-baseline", name]);
        assert_eq!((ran.code, ran.raw_out.as_str()), (Some(2), ""), "{name} {ran}");
    }
    assert_snapshot!(world.run(&["audit", "a.env", "--write-baseline", "b.env"]), @r"
    exit: 2
    --- stderr
    error: cannot write the baseline to b.env: something else stands there, which would be lost
    hint: name a new file, or a baseline that is to be written anew
    ");
    assert_snapshot!(world.run(&["audit", "a.env", "--write-baseline", "link.txt"]), @r"
    exit: 2
    --- stderr
    error: cannot write the baseline to link.txt: it is a symbolic link
    hint: name a new file, or a baseline that is to be written anew
    ");
    // Nothing is mended by a run that is refused.
    let ran = world.run(&["audit", "a.env", "--select", "TW305", "--fix", "--write-baseline", "b.env"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_eq!((world.read("a.env").as_str(), world.read("b.env").as_str()), ("A='x'\n", "B='y'\n"));
    assert_eq!(world.read("notes.toml"), "x = 1\n");
    assert!(!world.path("gone.txt").exists());
    for _ in 0..2 {
        let ran = world.run(&["audit", "a.env", "--select", "TW305", "--write-baseline", "known.txt"]);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    // A target that is not there yet, and one that is a baseline already, are targets all the same.
    for name in ["new.env", "known.txt"] {
        let ran = world.run(&["audit", "a.env", name, "--select", "TW305", "--write-baseline", name]);
        assert_eq!(ran.code, Some(2), "{name} {ran}");
    }
    assert!(!world.path("new.env").exists());
}

/// Whoever can write the baseline could have it know what gives him away.
#[test]
fn a_baseline_that_others_can_change_is_refused() {
    const AUDIT: &[&str] = &["audit", "repos.env", "--select", "TW305", "--fail-on", "warning"];
    for lab in Lab::each() {
        lab.file("repos.env", "A='x'\n", 0o600);
        lab.dir("known", 0o755);
        let baseline = lab.at("known/list.txt");
        let left = |name: &str| {
            let ran = lab.run(&[AUDIT, &["--baseline", name]].concat());
            (ran.code, ran.err)
        };
        let refused = |name: &str, why: &str| {
            let (code, said) = left(name);
            assert!(code == Some(2) && said.contains(why), "{name} {why}: {code:?} {said}");
            assert!(said.contains("the baseline known/") && said.contains("hint: "), "{said}");
        };
        // Where a group is everybody's own, files come out open to it: a baseline does not.
        let program = lab.command(&[]).get_program().to_owned();
        let mut write = std::process::Command::new("sh");
        write.args(["-c", "umask 002; exec \"$0\" \"$@\""]).arg(program).args(AUDIT);
        lab.as_he(write.args(["--write-baseline", "known/list.txt"]));
        assert_eq!(said(&mut write).code, Some(0));
        assert_eq!(left("known/list.txt"), (Some(0), String::new()));
        for mode in [0o660, 0o620, 0o602, 0o666] {
            chmod(&baseline, mode);
            refused("known/list.txt", "may be written by others");
        }
        chmod(&baseline, 0o644);
        for mode in [0o777, 0o770] {
            chmod(&lab.at("known"), mode);
            refused("known/list.txt", "others may put another file into the folder");
        }
        // In a sticky folder nobody can take the place of another's file.
        chmod(&lab.at("known"), 0o1777);
        assert_eq!(left("known/list.txt").0, Some(0));
        chmod(&lab.at("known"), 0o755);
        if acl(&baseline, 6, &[(0x08, 6, OTHER), (0x10, 6, NOBODY)]) {
            refused("known/list.txt", "may be written by others");
            rustix::fs::removexattr(&baseline, "system.posix_acl_access").unwrap();
            chmod(&baseline, 0o644);
        }
        if is_root() {
            chown(&baseline, Some(OTHER), None).unwrap();
            refused("known/list.txt", &format!("belongs to user {OTHER}"));
            chown(&baseline, Some(lab.uid), None).unwrap();
            symlink("list.txt", lab.at("known/link.txt")).unwrap();
            std::os::unix::fs::lchown(lab.at("known/link.txt"), Some(OTHER), None).unwrap();
            refused("known/link.txt", &format!("is a link of user {OTHER}"));
            chown(lab.at("known"), Some(OTHER), None).unwrap();
            refused("known/list.txt", &format!("belongs to user {OTHER}"));
        }
    }
}

#[test]
fn a_configuration_that_others_can_change_is_refused() {
    let left = |lab: &Lab| {
        let ran = lab.run(&["audit", "repos.env", "--select", "TW305"]);
        (ran.code, ran.out.contains("TW305"), ran.err)
    };
    for lab in Lab::each() {
        lab.file("repos.env", "A='x'\n", 0o600);
        lab.dir(".config", 0o755);
        lab.dir(".config/twcred", 0o755);
        let text = "fail-on = \"warning\"\n[[exception]]\nrule = \"TW305\"\nreason = \"r\"\n";
        let config = lab.file(".config/twcred/audit.toml", text, 0o644);
        assert_eq!(left(&lab), (Some(0), false, String::new()));
        for mode in [0o660, 0o620, 0o602, 0o666] {
            chmod(&config, mode);
            let (code, _, said) = left(&lab);
            assert!(code == Some(2) && said.contains("chmod go-w"), "{mode:04o} {said}");
        }
        chmod(&config, 0o600);
        for (folder, mode) in [(".config/twcred", 0o777), (".config/twcred", 0o770), (".config", 0o777)] {
            let before = bits(&lab.at(folder));
            chmod(&lab.at(folder), mode);
            let (code, _, said) = left(&lab);
            assert!(code == Some(2) && said.contains("the folder"), "{folder} {mode:04o} {said}");
            chmod(&lab.at(folder), before);
        }
        assert_eq!(left(&lab).0, Some(0));
        if is_root() {
            chmod(&config, 0o644);
            chown(&config, Some(OTHER), None).unwrap();
            let (code, _, said) = left(&lab);
            assert!(code == Some(2) && said.contains(&format!("belongs to user {OTHER}")), "{said}");
        }
    }
}

/// Whoever may write the file may write the comment too.
#[test]
fn what_a_file_says_of_its_own_rights_counts_for_nothing() {
    for lab in Lab::each() {
        lab.file("repos.env", "# twcred: ignore-file[TW101,group-accessible,TW305] x\nA='x'\n", 0o666);
        let select = ["repos.env", "--select", "TW101,TW102,TW305,TW509,TW510"];
        let (found, code) = lab.found(&select);
        assert_eq!(
            (found, code),
            (["TW101 critical", "TW102 error", "TW509 warning"].map(str::to_owned).to_vec(), Some(3))
        );
        let ran = lab.run(&[&["audit"], select.as_slice()].concat());
        assert!(ran.out.contains("a comment in the file cannot excuse"), "{ran:?}");
        lab.dir(".config", 0o700);
        lab.dir(".config/twcred", 0o700);
        let exceptions =
            ["TW101", "TW102", "TW509"].map(|rule| format!("[[exception]]\nrule = \"{rule}\"\nreason = \"r\"\n"));
        lab.file(".config/twcred/audit.toml", exceptions.concat(), 0o600);
        assert_eq!(lab.found(&select), (vec![], Some(0)), "the user's own configuration does");
    }
}

#[test]
fn a_group_that_may_read_may_not_write() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", "A=1\n", 0o640);
        let group = file.metadata().unwrap().gid().to_string();
        let select = ["repos.env", "--select", "TW101,TW102,TW103", "--allow-group", &group];
        for (mode, expected) in [
            (0o600, vec![]),
            (0o640, vec![]),
            (0o660, vec!["TW102 error"]),
            (0o620, vec!["TW102 error"]),
            (0o670, vec!["TW102 error"]),
            (0o650, vec!["TW103 warning"]),
        ] {
            chmod(&file, mode);
            let (found, _) = lab.found(&select);
            assert!(expected.iter().all(|code| found.contains(&(*code).to_owned())), "{mode:04o} {found:?}");
            assert_eq!(found.is_empty(), expected.is_empty(), "{mode:04o} {found:?}");
            assert!(lab.found(&[select.as_slice(), &["--fix"]].concat()).0.is_empty(), "{mode:04o}");
            assert_eq!(bits(&file), mode & 0o640, "{mode:04o}");
        }
    }
}

/// What the mask of a list holds back comes back with the next `chmod`. That a group may read is no reason to keep quiet
/// about its writing, nor to take its reading away.
#[test]
fn a_group_that_may_read_may_not_write_by_a_list_either() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", "A=1\n", 0o600);
        let group = OTHER.to_string();
        let select = ["repos.env", "--select", "TW102,TW105,TW106", "--allow-group", &group];
        let hidden = format!(
            "TW106 warning: its access control list names group {OTHER} to write it, held back by the mask alone"
        );
        let writes = format!("TW105 critical: by its access control list group {OTHER} may read and write it");
        let stranger =
            "TW106 warning: its access control list names user 61236, held back by the mask alone".to_owned();
        for (entries, expected) in [
            (&[(0x08, 4, OTHER), (0x10, 4, NOBODY)][..], &[][..]),
            (&[(0x08, 4, OTHER), (0x10, 0, NOBODY)], &[]),
            (&[(0x08, 4, OTHER), (0x10, 6, NOBODY)], &[]),
            (&[(0x08, 6, OTHER), (0x10, 4, NOBODY)], std::slice::from_ref(&hidden)),
            (&[(0x08, 6, OTHER), (0x10, 0, NOBODY)], std::slice::from_ref(&hidden)),
            (&[(0x08, 6, OTHER), (0x10, 6, NOBODY)], std::slice::from_ref(&writes)),
            (&[(0x02, 2, 61_236), (0x08, 4, OTHER), (0x10, 4, NOBODY)], std::slice::from_ref(&stranger)),
        ] {
            if !acl(&file, 6, entries) {
                return skipped("an access control list", "this file system has none");
            }
            assert_eq!(lab.messages(&select), expected, "{entries:?}");
            let before = state(&file);
            let ran = lab.run(&[&["audit", "--fix"], select.as_slice()].concat());
            assert_eq!(state(&file), before, "the group reads on: {ran:?}");
            assert_eq!(ran.out.contains("setfacl -"), !expected.is_empty(), "{ran:?}");
        }
    }
}

/// The kernel never asks an entry for its owner by name, nor one for root (`acl(5)`): nobody is let in by them.
#[test]
fn an_entry_for_the_owner_or_for_root_lets_nobody_in() {
    for lab in Lab::each() {
        let dir = lab.dir("d", 0o700);
        let file = lab.file("d/repos.env", "A=1\n", 0o600);
        let select = ["d/repos.env", "--select", "TW102,TW105,TW106,TW107"];
        let (none, stranger): (&[u32], &[u32]) = (&[lab.uid, 0], &[lab.uid, 0, OTHER]);
        for (users, mask, expected) in [
            (none, 6, &[][..]),
            (none, 0, &[]),
            (stranger, 6, &["TW105 critical", "TW107 warning"]),
            (stranger, 0, &["TW106 warning"]),
        ] {
            let mut users = users.to_vec();
            users.dedup();
            let entries: Vec<_> = users.into_iter().map(|uid| (0x02, 6, uid)).chain([(0x10, mask, NOBODY)]).collect();
            if !acl(&file, 6, &entries) || !acl_of_new(&dir, 7, &entries) {
                return skipped("an access control list", "this file system has none");
            }
            let (found, _) = lab.found(&select);
            assert_eq!(found, expected, "{entries:?}");
            let said = lab.messages(&select).join("\n");
            assert!(!said.contains("user 0 ") && !said.contains(&format!("user {} ", lab.uid)), "{said}");
        }
    }
}

/// The names that shells keep for themselves, asked of those that are here.
#[test]
fn a_name_that_a_shell_owns() {
    let world = World::new();
    world.private("u.env", "UID=1000\nstatus=ok\nzsh_eval_context=1\nPPID=1\nRANDOM=4\nTWILIO_REGION=ie1\n");
    let ran = world.run(&["audit", "u.env", "--select", "shell-owned-name", "--json"]);
    let json: Value = serde_json::from_str(&ran.raw_out).unwrap();
    let found: Vec<_> = json["files"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let text = |name: &str| found[name].as_str().unwrap().to_owned();
            let readers =
                found["readers"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
            format!("{} {} {}: {}", text("variable"), text("severity"), readers.join(","), found["fix"].is_null())
        })
        .collect();
    assert_eq!(
        found,
        [
            "UID error bash,zsh: true",
            "status error zsh: true",
            "zsh_eval_context error zsh: true",
            "PPID error bash,zsh: true",
            "RANDOM warning bash,zsh: true"
        ]
    );
    assert_eq!(ran.code, Some(3));
}
