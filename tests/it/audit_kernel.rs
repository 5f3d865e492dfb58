//! `twcred audit` of modes as they really are, and `--fix` of them, as root and as an ordinary user.

use std::os::unix::fs::MetadataExt as _;

use crate::support::lab::{Lab, bits, chmod, state};

const TEXT: &str = "A=1\n";
const MODES: &str = "TW101,TW102,TW103,TW104,TW105,TW106,TW107,TW108,TW109,TW110,TW112,TW113,TW114,TW115";

/// A mode and what is found of it. The second half says whether the owner may read such a file at all.
const TABLE: &[(u32, &[&str], bool)] = &[
    (0o600, &[], true),
    (0o400, &[], true),
    (0o200, &[], false),
    (0o000, &[], false),
    (0o640, &["TW102 error"], true),
    (0o660, &["TW102 error"], true),
    (0o620, &["TW102 error"], true),
    (0o610, &["TW102 error"], true),
    (0o604, &["TW101 critical"], true),
    (0o602, &["TW101 critical"], true),
    (0o601, &["TW101 critical"], true),
    (0o644, &["TW101 critical", "TW102 error"], true),
    (0o444, &["TW101 critical", "TW102 error"], true),
    (0o666, &["TW101 critical", "TW102 error"], true),
    (0o700, &["TW103 warning"], true),
    (0o500, &["TW103 warning"], true),
    (0o755, &["TW101 critical", "TW102 error", "TW103 warning"], true),
    (0o777, &["TW101 critical", "TW102 error", "TW103 warning"], true),
    (0o1600, &["TW103 warning"], true),
    (0o2600, &["TW103 warning"], true),
    (0o4600, &["TW103 warning"], true),
    (0o6755, &["TW101 critical", "TW102 error", "TW103 warning"], true),
    (0o7777, &["TW101 critical", "TW102 error", "TW103 warning"], true),
];

fn sorted(mut found: Vec<String>) -> Vec<String> {
    found.sort();
    found
}

#[test]
fn every_mode_is_judged_as_it_is() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", TEXT, 0o600);
        for (mode, expected, readable) in TABLE {
            chmod(&file, *mode);
            let before = state(&file);
            let ran = lab.run(&["audit", "repos.env", "--select", MODES, "--json"]);
            assert_eq!(state(&file), before, "{mode:04o}");
            if lab.uid != 0 && !readable {
                assert_eq!(ran.code, Some(1), "{mode:04o} {ran:?}");
                assert!(ran.err.contains("may not be read by this user"), "{mode:04o} {ran:?}");
                continue;
            }
            let (found, code) = lab.found(&["repos.env", "--select", MODES]);
            assert_eq!(sorted(found), *expected, "{mode:04o} as {}", lab.uid);
            let bad = expected.iter().any(|found| !found.ends_with("warning"));
            assert_eq!(code, Some(if bad { 3 } else { 0 }), "{mode:04o}");
        }
    }
}

/// Bits go and none comes; the inode, its bytes and its time stay.
#[test]
fn mending_a_mode_takes_bits_away_and_nothing_else() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", TEXT, 0o600);
        for (mode, found, readable) in TABLE {
            if lab.uid != 0 && !readable {
                continue;
            }
            chmod(&file, *mode);
            let before = state(&file);
            let ran = lab.run(&["audit", "repos.env", "--select", MODES, "--fix"]);
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{mode:04o} {ran:?}");
            let expected = if found.is_empty() { *mode } else { mode & 0o600 };
            assert_eq!(bits(&file), expected, "{mode:04o} as {}", lab.uid);
            for code in *found {
                let code = code.split(' ').next().unwrap();
                assert!(ran.out.contains(&format!("repos.env: {code} mended")), "{mode:04o} {ran:?}");
            }
            chmod(&file, *mode);
            assert_eq!(state(&file), before, "only the mode was changed");
            chmod(&file, expected);
            let again = lab.run(&["audit", "repos.env", "--select", MODES, "--fix"]);
            assert!(again.code == Some(0) && !again.out.contains("mended"), "{mode:04o} {again:?}");
        }
    }
}

#[test]
fn a_group_that_is_meant_to_read_keeps_its_rights() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", TEXT, 0o640);
        let gid = file.metadata().unwrap().gid();
        let (group, other) = (gid.to_string(), (gid + 1).to_string());
        let run = |group: &str, more: &[&str]| {
            lab.found(&[&["repos.env", "--select", MODES, "--allow-group", group], more].concat())
        };
        assert_eq!(run(&group, &[]), (vec![], Some(0)));
        assert_eq!(run(&other, &[]), (vec!["TW102 error".to_owned()], Some(3)));
        chmod(&file, 0o664);
        assert_eq!(run(&group, &[]), (vec!["TW101 critical".to_owned(), "TW102 error".to_owned()], Some(3)));
        assert_eq!(run(&group, &["--fix"]), (vec![], Some(0)));
        assert_eq!(bits(&file), 0o640);
    }
}

/// What is shown before is what is done after.
#[test]
fn a_preview_of_a_mode_is_true_and_changes_nothing() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", TEXT, 0o644);
        let before = state(&file);
        let ran = lab.run(&["audit", "repos.env", "--select", MODES, "--diff"]);
        assert!(ran.out.contains("mode of repos.env: 0644 becomes 0600"), "{ran:?}");
        assert_eq!((ran.code, state(&file)), (Some(3), before));
    }
}

/// Of a hard link the modes are one, and both names are told of.
#[test]
fn a_second_name_is_told_and_closed_with_the_first() {
    for lab in Lab::each() {
        let file = lab.file("repos.env", TEXT, 0o644);
        lab.dir("open", 0o755);
        std::fs::hard_link(&file, lab.at("open/other")).unwrap();
        let messages = lab.messages(&["repos.env", "--select", "TW113"]);
        assert_eq!(messages, ["TW113 warning: it has 2 names"]);
        assert_eq!(lab.found(&["open/other", "--select", "TW113"]).0, ["TW113 warning"]);
        assert_eq!(lab.found(&["repos.env", "--select", "TW1", "--fix"]), (vec!["TW113 warning".to_owned()], Some(0)));
        assert_eq!((bits(&file), bits(&lab.at("open/other"))), (0o600, 0o600));
    }
}

/// The umask is this process's own, and is told as it is.
#[test]
fn the_umask_is_told_when_asked_for() {
    for lab in Lab::each() {
        lab.file("repos.env", TEXT, 0o600);
        for (umask, found) in [("0022", true), ("0027", true), ("0077", false), ("0177", false)] {
            let audit = lab.command(&["audit", "repos.env", "--select", "TW116", "--pedantic", "--format", "github"]);
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"])
                .arg(audit.get_program())
                .args(audit.get_args());
            lab.as_he(&mut shell);
            let ran = crate::support::lab::said(&mut shell);
            assert_eq!(ran.out.contains(&format!("the umask is {umask}")), found, "{umask} {ran:?}");
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
    }
}
