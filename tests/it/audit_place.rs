//! `twcred audit` of the way to a file: links, directories that others may change, what is no regular file.

use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode};

use crate::support::acl::{NOBODY, acl};
use crate::support::lab::{Lab, OTHER, bits, chmod, state};
use crate::support::skipped;

const TEXT: &str = "A=1\n";
/// All of the way; that the tests themselves lie in a directory all users share is left out.
const WAY: &str = "TW109,TW110,TW112,TW113,TW114";

#[test]
fn a_directory_that_others_may_write_is_told_unless_it_is_sticky() {
    for lab in Lab::each() {
        lab.dir("a", 0o700);
        lab.dir("a/b", 0o700);
        lab.file("a/b/repos.env", TEXT, 0o600);
        let mode = |dir: &str, mode: u32| {
            chmod(&lab.at(dir), mode);
            let found = lab.messages(&["a/b/repos.env", "--select", WAY]);
            chmod(&lab.at(dir), 0o700);
            found
        };
        // The one it lies in, and any above it.
        for dir in ["a/b", "a"] {
            let expected = "TW109 critical: mode 0777 of a directory on the way lets every user replace the file";
            assert_eq!(mode(dir, 0o777), [expected], "{dir}");
            // Without the right to search it nothing in it can be renamed.
            for harmless in [0o700, 0o755, 0o711, 0o500, 0o1777, 0o1770, 0o2755, 0o722, 0o766] {
                assert!(mode(dir, harmless).is_empty(), "{dir} {harmless:04o}");
            }
        }
        // By custom root's group and the group of the user's own number have one member.
        let group = if lab.uid == 0 {
            "0".to_owned()
        } else {
            std::os::unix::fs::MetadataExt::gid(&lab.at("a").metadata().unwrap()).to_string()
        };
        let found = mode("a/b", 0o770);
        assert!(found.len() == 1 && found[0].ends_with(&format!("lets group {group} replace the file")), "{found:?}");
        chmod(&lab.at("a/b"), 0o770);
        // A group that may read the file may not put another in its place, and has more members than one.
        let told = format!("TW109 critical: mode 0770 of a directory on the way lets group {group} replace the file");
        assert_eq!(lab.messages(&["a/b/repos.env", "--select", WAY, "--allow-group", &group]), [told]);
        // Nothing of a directory is ever changed.
        lab.run(&["audit", "a/b/repos.env", "--select", WAY, "--fix", "--unsafe-fixes"]);
        assert_eq!(bits(&lab.at("a/b")), 0o770);
    }
}

/// With an access control list the group bits of a mode are its mask, and say neither who may write nor that somebody may.
#[test]
fn a_directory_is_told_by_its_access_control_list_and_not_by_its_mask() {
    // The tags of the kernel's entries.
    let (user, group, mask) = (0x02, 0x08, 0x10);
    let told = |who: &str| {
        vec![format!("TW109 critical: the access control list of a directory on the way lets {who} replace the file")]
    };
    for lab in Lab::each() {
        lab.dir("a", 0o700);
        lab.dir("a/b", 0o700);
        lab.file("a/b/repos.env", TEXT, 0o600);
        lab.dir("by", 0o700);
        lab.link(lab.at("a/b/repos.env"), "by/repos.env");
        let (mine, others) = (lab.uid, OTHER);
        let cases = [
            (vec![(user, 7, others), (mask, 7, NOBODY)], told("user 61235")),
            (vec![(user, 3, others), (mask, 3, NOBODY)], told("user 61235")),
            (vec![(group, 7, others), (mask, 7, NOBODY)], told("group 61235")),
            (
                vec![(user, 7, others), (group, 3, others), (group, 7, 61_236), (mask, 7, NOBODY)],
                told("user 61235, group 61235 and group 61236"),
            ),
            // What the mask takes away, or was never given, is nobody's.
            (vec![(user, 7, others), (mask, 5, NOBODY)], vec![]),
            (vec![(user, 7, others), (mask, 0, NOBODY)], vec![]),
            (vec![(user, 0, others), (mask, 7, NOBODY)], vec![]),
            (vec![(user, 5, others), (mask, 7, NOBODY)], vec![]),
            (vec![(group, 4, others), (mask, 7, NOBODY)], vec![]),
            // Who may not search it reaches no name in it.
            (vec![(user, 6, others), (mask, 7, NOBODY)], vec![]),
            // The owner and root may anyway.
            (vec![(user, 7, mine), (mask, 7, NOBODY)], vec![]),
            (vec![(user, 7, 0), (mask, 7, NOBODY)], vec![]),
        ];
        for (entries, expected) in cases {
            for (dir, path) in [("a/b", "a/b/repos.env"), ("a", "a/b/repos.env"), ("by", "by/repos.env")] {
                if !acl(&lab.at(dir), 7, &entries) {
                    return skipped("an access control list", "this file system has none");
                }
                let select = [path, "--select", "TW109"];
                assert_eq!(lab.messages(&select), expected, "{dir} {entries:?} {:04o}", bits(&lab.at(dir)));
                assert_eq!(lab.found(&select).1, Some(if expected.is_empty() { 0 } else { 3 }));
                let listed = entries.iter().any(|(tag, rights, id)| {
                    let most = entries.iter().find(|(tag, ..)| *tag == mask).unwrap().1;
                    *tag != mask && rights & most != 0 && ![mine, 0].contains(id)
                });
                let codes = lab.found(&[path, "--select", "TW111", "--pedantic"]).0;
                assert_eq!(!codes.is_empty(), listed && dir == "a/b", "{dir} {entries:?}");
                // What the mask shows, and nobody has.
                acl(&lab.at(dir), 7, &[(mask, 0, NOBODY)]);
                chmod(&lab.at(dir), 0o700);
            }
        }
        // Everybody is told of as everybody, and the list changes nothing of a sticky directory.
        assert!(acl(&lab.at("a/b"), 7, &[(user, 7, others), (mask, 7, NOBODY)]));
        let select = ["a/b/repos.env", "--select", "TW109"];
        let out = lab.run(&[&["audit"], select.as_slice()].concat()).out;
        assert!(out.contains("`setfacl -x u:61235 ") && out.contains("a/b` takes user 61235 out of the list"), "{out}");
        chmod(&lab.at("a/b"), 0o777);
        assert!(lab.messages(&select)[0].contains("mode 0777 of a directory on the way lets every user replace"));
        chmod(&lab.at("a/b"), 0o1770);
        assert!(lab.messages(&select).is_empty());
    }
}

#[test]
fn a_directory_that_others_may_list_is_told_when_asked_for() {
    for lab in Lab::each() {
        lab.dir("a", 0o700);
        lab.file("a/repos.env", TEXT, 0o600);
        for (mode, found) in
            [(0o700, false), (0o500, false), (0o755, true), (0o711, true), (0o750, true), (0o701, true)]
        {
            chmod(&lab.at("a"), mode);
            let (codes, code) = lab.found(&["a/repos.env", "--select", "TW111", "--pedantic"]);
            assert_eq!((codes.len(), code), (usize::from(found), Some(0)), "{mode:04o}");
            let (without, _) = lab.found(&["a/repos.env", "--ignore", "TW207"]);
            assert!(without.is_empty(), "{mode:04o} {without:?}");
        }
    }
}

/// Whoever may write where a link stands decides where it leads, also in the middle of the way.
#[test]
fn links_are_told_and_the_directories_they_stand_in() {
    for lab in Lab::each() {
        for dir in ["real", "start", "middle"] {
            lab.dir(dir, 0o700);
        }
        lab.file("real/repos.env", TEXT, 0o644);
        lab.link("real/repos.env", "repos.env");
        lab.link("../middle/hop", "start/current");
        lab.link("../real", "middle/hop");
        assert_eq!(lab.messages(&["repos.env", "--select", WAY]), ["TW112 warning: it is a symbolic link"]);
        let folder = "TW112 warning: a directory on the way is a symbolic link";
        assert_eq!(lab.messages(&["start/current/repos.env", "--select", WAY]), [folder, folder]);
        chmod(&lab.at("middle"), 0o777);
        let ran = lab.run(&["audit", "start/current/repos.env", "--select", "TW109"]);
        assert!(ran.out.contains("it holds a symbolic link on the way to the file"), "{ran:?}");
        chmod(&lab.at("middle"), 0o700);
        // The target is closed, and the link is left alone.
        let link = state(&lab.at("repos.env"));
        let ran = lab.run(&["audit", "repos.env", "--select", "TW1", "--fix"]);
        assert_eq!((ran.code, bits(&lab.at("real/repos.env"))), (Some(0), 0o600), "{ran:?}");
        assert_eq!(state(&lab.at("repos.env")), link);
    }
}

#[test]
fn a_sticky_directory_of_all_users_is_told_as_that() {
    for lab in Lab::each() {
        lab.dir("drop", 0o1777);
        lab.file("drop/repos.env", TEXT, 0o600);
        assert_eq!(lab.found(&["drop/repos.env", "--select", "TW1"]), (vec![], Some(0)));
        let messages = lab.messages(&["drop/repos.env", "--select", "TW207"]);
        assert_eq!(messages, ["TW207 error: it lies in a directory that all users share"]);
        lab.file("drop/repos.env", TEXT, 0o666);
        assert_eq!(lab.found(&["drop/repos.env", "--select", "TW1", "--fix"]), (vec![], Some(0)));
        assert_eq!(bits(&lab.at("drop/repos.env")), 0o600);
    }
}

/// None of these is opened for reading, so that nothing waits; each is exit 1, with the finding all the same.
#[test]
fn what_is_no_regular_file_is_named_and_left() {
    for lab in Lab::each() {
        rustix::fs::mknodat(CWD, lab.at("pipe.env"), FileType::Fifo, Mode::from(0o666), 0).unwrap();
        let _listener = UnixListener::bind(lab.at("socket.env")).unwrap();
        for name in ["pipe.env", "socket.env"] {
            lab.give(&lab.at(name));
        }
        lab.link("pipe.env", "link.env");
        lab.link("/dev/zero", "zero.env");
        for (name, said, finding) in [
            ("pipe.env", "pipe.env is a pipe, not a regular file", "it is a named pipe"),
            ("link.env", "link.env is a pipe, not a regular file", "it is a named pipe"),
            ("socket.env", "socket.env is a socket, not a regular file", "it is a socket"),
            ("/dev/null", "/dev/null is a device, not a regular file", "it is a device"),
            ("/dev/zero", "/dev/zero is a device, not a regular file", "it is a device"),
            ("zero.env", "zero.env is a device, not a regular file", "it is a device"),
        ] {
            let before = state(&lab.at(name));
            for more in [&[][..], &["--fix"], &["--fix", "--unsafe-fixes"], &["--diff"]] {
                let ran = lab.run(&[&["audit", name, "--select", "TW114"], more].concat());
                assert_eq!(ran.code, Some(1), "{name} {more:?} {ran:?}");
                assert_eq!(ran.err.lines().next(), Some(&*format!("error: {said}")), "{more:?}");
                assert_eq!(ran.err.lines().filter(|line| line.starts_with("error:")).count(), 1, "{ran:?}");
                assert!(ran.out.contains(finding), "{ran:?}");
            }
            assert_eq!(state(&lab.at(name)), before, "{name}");
        }
    }
}

/// A directory stands for the env files in it; none of them is a directory, and what is closed is said.
#[test]
fn a_directory_stands_for_the_files_in_it() {
    for lab in Lab::each() {
        lab.dir("app", 0o700);
        lab.dir("app/nested.env", 0o700);
        lab.file("app/.env", "A='x'\n", 0o600);
        lab.file("app/repos.env", "B='x'\n", 0o600);
        lab.file("app/.env.example", "C='x'\n", 0o600);
        assert_eq!(lab.found(&["app", "--select", "TW305"]).0, ["TW305 warning"; 2]);
        lab.dir("empty", 0o700);
        let ran = lab.run(&["audit", "empty"]);
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.err, "warning: there is no env file in empty\n");
        // As the directory of a sandboxed service may be: it may be entered and not listed.
        chmod(&lab.at("app"), 0o300);
        let ran = lab.run(&["audit", "app", "app/.env", "--select", "TW305", "--format", "github"]);
        if lab.uid == 0 {
            assert_eq!(ran.code, Some(0), "{ran:?}");
        } else {
            assert_eq!(ran.code, Some(1), "{ran:?}");
            assert!(ran.out.contains("file=app/.env"), "the file that was named is audited: {ran:?}");
            let said = "error: cannot list app: Permission denied (os error 13)\nhint: name the files themselves, or run as the user whom the folder belongs to\n";
            assert_eq!(ran.err, said);
        }
        chmod(&lab.at("app"), 0o700);
    }
}
