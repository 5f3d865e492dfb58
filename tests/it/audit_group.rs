//! A file of one's own whose group one is not in, as `sudo cp` and `sudo chown USER` leave it: no new file can be given to
//! that group.

use std::os::unix::fs::{MetadataExt as _, chown};

use serde_json::Value;

use crate::support::acl::{NOBODY, acl};
use crate::support::lab::{Lab, OTHER, Said, bits, chmod, give, is_root};
use crate::support::{World, repos, skipped};

/// The user's `repos.env` with root's group, if the tests run as root.
fn lab(mode: u32) -> Option<Lab> {
    if !is_root() {
        skipped("a group of others", "needs root");
        return None;
    }
    let lab = Lab::user();
    lab.file("repos.env", "A='x'\n", mode);
    give(&lab.at("repos.env"), lab.uid, 0);
    chmod(&lab.at("repos.env"), mode);
    Some(lab)
}

fn promised(ran: &Said) -> bool {
    ran.out.contains("--fix does it") || ran.out.contains("can be mended") || ran.out.contains("+A=")
}

/// No right hangs on the group: it is let go.
#[test]
fn a_closed_file_is_mended_without_a_group_that_cannot_be_given() {
    let Some(lab) = lab(0o600) else { return };
    let args = ["audit", "repos.env", "--select", "TW1,TW305"];
    assert!(promised(&lab.run(&args)));
    let ran = lab.run(&[&args[..], &["--fix"]].concat());
    let found = lab.at("repos.env").metadata().unwrap();
    assert_eq!((ran.code, std::fs::read(lab.at("repos.env")).unwrap().as_slice()), (Some(0), &b"A=x\n"[..]), "{ran:?}");
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (lab.uid, lab.uid, 0o600));
}

/// An open one is closed first.
#[test]
fn an_open_file_is_closed_and_then_mended() {
    let Some(lab) = lab(0o644) else { return };
    let args = ["audit", "repos.env", "--select", "TW101,TW102,TW305"];
    assert_eq!(lab.run(&args).out.matches("--fix does it").count(), 3);
    let ran = lab.run(&[&args[..], &["--fix"]].concat());
    assert_eq!((ran.code, bits(&lab.at("repos.env"))), (Some(0), 0o600), "{ran:?}");
    assert_eq!(std::fs::read(lab.at("repos.env")).unwrap(), b"A=x\n");
}

/// The same of one that a list opens: the list goes first, and what is shown beforehand is what is done.
#[test]
fn a_file_with_a_list_is_closed_and_then_mended() {
    for mode in [0o640, 0o644] {
        let Some(lab) = lab(0o600) else { return };
        let path = lab.at("repos.env");
        if !acl(&path, 6, &[(0x02, 4, OTHER), (0x10, 4, NOBODY)]) {
            return skipped("access control lists", "the file system has none");
        }
        chmod(&path, mode);
        let args = ["audit", "repos.env", "--select", "TW1,TW305"];
        let ran = lab.run(&args);
        assert!(!ran.out.contains("cannot mend"), "{ran:?}");
        assert_eq!(ran.out.matches("--fix does it").count(), ran.out.matches("[TW").count(), "{ran:?}");
        let ran = lab.run(&[&args[..], &["--diff"]].concat());
        let modes = format!("mode of repos.env: {mode:04o} becomes 0600\n");
        let removed = "access control list of repos.env: removed\n";
        let all = [&modes, removed, "-A='*'\n", "+A=*\n"].iter().all(|said| ran.out.contains(said));
        assert!(all && !ran.out.contains("cannot mend"), "{ran:?}");
        assert_eq!(bits(&path), mode);
        let ran = lab.run(&[&args[..], &["--fix"]].concat());
        assert_eq!((ran.code, bits(&path)), (Some(0), 0o600), "{ran:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"A=x\n");
    }
}

/// A group that may read the file goes on reading it once the list is gone, by as much as the list left it.
#[test]
fn a_group_that_is_allowed_keeps_what_a_list_left_it() {
    for (own, then) in [(4, 0o640), (6, 0o640), (0, 0o600)] {
        let lab = Lab::user();
        let path = lab.file("repos.env", "A=x\n", 0o600);
        if !acl(&path, 6, &[(0x02, 4, OTHER), (0x04, own, NOBODY), (0x10, 6, NOBODY)]) {
            return skipped("access control lists", "the file system has none");
        }
        chmod(&path, 0o664);
        let group = lab.uid.to_string();
        let args = ["audit", "repos.env", "--select", "TW1", "--allow-group", &group];
        let ran = lab.run(&[&args[..], &["--diff"]].concat());
        assert!(ran.out.contains(&format!("mode of repos.env: 0664 becomes {then:04o}\n")), "{own} {ran:?}");
        assert_eq!(ran.out.matches("mode of").count(), 1, "{ran:?}");
        let ran = lab.run(&[&args[..], &["--fix"]].concat());
        assert_eq!((ran.code, bits(&path)), (Some(0), then), "{own} {ran:?}");
    }
}

/// Its members, or those who are none, would lose or gain a right.
#[test]
fn what_hangs_on_a_group_is_neither_promised_nor_lost() {
    for mode in [0o640, 0o604, 0o644, 0o660] {
        let Some(lab) = lab(mode) else { return };
        let args = ["audit", "repos.env", "--select", "TW305"];
        for more in [&[][..], &["--fix"], &["--diff"]] {
            let ran = lab.run(&[&args[..], more].concat());
            assert!(!promised(&ran) && ran.out.contains("it belongs to group 0, which you are not in"), "{ran:?}");
            assert_eq!(ran.code, Some(i32::from(more == ["--fix"])), "{mode:o} {ran:?}");
            let close = "hint: `chmod 600 repos.env` closes it to all but you, and then its group does not matter";
            let give = format!("hint: if a group is to read it: `chgrp {} repos.env` gives it to your group", lab.uid);
            for hint in [close, &give] {
                assert_eq!(ran.err.contains(hint), more == ["--fix"], "{ran:?}");
            }
        }
        assert_eq!(std::fs::read(lab.at("repos.env")).unwrap(), b"A='x'\n");
        assert_eq!((bits(&lab.at("repos.env")), lab.at("repos.env").metadata().unwrap().gid()), (mode, 0));
    }
}

/// A folder that hands its group down gives it to the new file at birth.
#[test]
fn a_folder_that_hands_the_group_down_keeps_it() {
    let Some(lab) = lab(0o640) else { return };
    let dir = lab.dir("team", 0o2750);
    let file = lab.file("team/repos.env", "A='x'\n", 0o640);
    chown(&file, Some(lab.uid), Some(0)).unwrap();
    chown(&dir, Some(lab.uid), Some(0)).unwrap();
    chmod(&dir, 0o2750);
    let args = ["audit", "team/repos.env", "--select", "TW305"];
    assert!(promised(&lab.run(&args)));
    let ran = lab.run(&[&args[..], &["--fix"]].concat());
    let found = file.metadata().unwrap();
    assert_eq!((ran.code, found.gid(), found.mode() & 0o7777), (Some(0), 0, 0o640), "{ran:?}");
}

#[test]
fn a_key_is_rotated_in_a_closed_file_and_in_an_open_one_it_is_said_what_to_do() {
    let Some(lab) = lab(0o640) else { return };
    let world = World::new();
    let lab = lab.env("TWCRED_API_URL", &world.sandbox.url());
    let path = lab.file("my repos.env", repos(), 0o640);
    give(&path, lab.uid, 0);
    chmod(&path, 0o640);
    let rotate = ["keys", "rotate", "--env-file", "my repos.env"];
    let ran = lab.run(&rotate);
    let hint = format!("`chgrp {} ", lab.uid);
    assert!(ran.code == Some(1) && ran.err.contains(&hint) && ran.err.contains("my repos.env'`"), "{ran:?}");
    assert!(ran.err.contains("hint: `chmod 600 '") && !ran.err.contains("setfacl"), "{ran:?}");
    if acl(&path, 6, &[(0x02, 4, OTHER), (0x10, 4, NOBODY)]) {
        let ran = lab.run(&rotate);
        assert!(ran.err.contains("hint: `setfacl -b '") && ran.err.contains("; chmod 600 '"), "{ran:?}");
        rustix::fs::removexattr(&path, "system.posix_acl_access").unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), repos());
    chmod(&path, 0o600);
    let ran = lab.run(&rotate);
    assert_ne!(std::fs::read_to_string(&path).unwrap(), repos(), "{ran:?}");
    let json: Value =
        serde_json::from_str(&lab.run(&["audit", "my repos.env", "--select", "TW1", "--json"]).out).unwrap();
    assert_eq!(json["files"][0]["findings"].as_array().unwrap().len(), 0, "{json}");
}
