//! `twcred audit` among several users: whose the file is, whose the directories and links on the way are, and devices.

use std::os::unix::fs::{DirBuilderExt as _, lchown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode};

use crate::lab::{Lab, OTHER, USER, bits, chmod, give, is_root, state};
use crate::support::{Tools, run, skipped};

const TEXT: &str = "A=1\n";

/// Whether this is root, without whom there are no files of others.
fn root(what: &str) -> bool {
    if !is_root() {
        skipped(what, "needs root, who makes files of other users");
    }
    is_root()
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn the_owner_is_who_runs_it_who_called_sudo_or_who_was_named() {
    if !root("a file of another owner") {
        return;
    }
    let said = |lab: &Lab, args: &[&str]| {
        let mut found = lab.messages(&[&["repos.env", "--select", "TW104"], args].concat());
        found.pop().unwrap_or_default()
    };
    let lab = Lab::root();
    let file = lab.file("repos.env", TEXT, 0o600);
    assert_eq!(said(&lab, &[]), "");
    give(&file, USER, USER);
    let other = "TW104 error: it belongs to user 61234, not to user";
    assert_eq!(said(&lab, &[]), format!("{other} 0, who runs this check"));
    assert_eq!(lab.found(&["repos.env", "--select", "TW104"]).1, Some(3));
    assert_eq!(said(&lab, &["--owner", "61234"]), "");
    assert_eq!(said(&lab, &["--owner", "61235"]), format!("{other} 61235, named by --owner"));
    let lab = lab.env("SUDO_UID", "61234");
    assert_eq!(said(&lab, &[]), "");
    assert_eq!(said(&lab, &["--owner", "0"]), format!("{other} 0, named by --owner"));
    give(&file, 0, 0);
    let roots = "TW104 warning: it belongs to user 0, not to user 61234, who called sudo";
    assert_eq!(said(&lab, &[]), roots);
    assert_eq!(lab.found(&["repos.env", "--select", "TW104"]).1, Some(0));
    // An ordinary user may set the variable as he likes: it is not believed.
    let lab = Lab::user().env("SUDO_UID", "0");
    let file = lab.file("repos.env", TEXT, 0o644);
    assert_eq!(said(&lab, &[]), "");
    give(&file, 0, 0);
    assert_eq!(said(&lab, &[]), "TW104 warning: it belongs to user 0, not to user 61234, who runs this check");
    give(&file, OTHER, OTHER);
    assert_eq!(said(&lab, &[]), "TW104 error: it belongs to user 61235, not to user 61234, who runs this check");
}

/// Root mends a user's file, and it stays the user's; a user cannot mend a file of root's, and is told so.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn mending_hands_no_file_over_and_does_not_say_what_it_could_not_do() {
    if !root("the mending of a file of another owner") {
        return;
    }
    let lab = Lab::root().env("SUDO_UID", "61234");
    let file = lab.file("repos.env", "A='x'\n", 0o664);
    give(&file, USER, OTHER);
    let ran = lab.run(&["audit", "repos.env", "--select", "TW101,TW102,TW104,TW305", "--fix"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "A=x\n");
    assert_eq!((owner(&file), bits(&file)), ((USER, OTHER), 0o600));
    let lab = Lab::user();
    for text in [TEXT, "A='x'\n"] {
        let file = lab.file("repos.env", text, 0o644);
        give(&file, 0, 0);
        let before = state(&file);
        let ran = lab.run(&["audit", "repos.env", "--select", "TW101,TW305", "--fix"]);
        assert!(ran.out.contains("critical[TW101]"), "{ran:?}");
        assert!(!ran.out.contains("TW101 mended"), "{ran:?}");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        if text == TEXT {
            let why = "cannot set the mode of repos.env: Operation not permitted (os error 1)";
            assert_eq!(ran.err, format!("warning: TW101: cannot close the file to others: {why}\n"));
        } else {
            assert!(ran.err.contains("nothing of it was changed"), "{ran:?}");
        }
        assert_eq!(state(&file), before);
        assert_eq!(std::fs::read_dir(lab.at("")).unwrap().count(), 1, "nothing is left behind");
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_directory_of_another_user_is_told() {
    if !root("a directory of another owner") {
        return;
    }
    for lab in Lab::each() {
        lab.dir("a", 0o755);
        lab.dir("a/b", 0o755);
        lab.file("a/b/repos.env", TEXT, 0o600);
        let found = || lab.messages(&["a/b/repos.env", "--select", "TW109,TW110"]);
        assert!(found().is_empty());
        for dir in ["a", "a/b"] {
            give(&lab.at(dir), OTHER, OTHER);
            assert_eq!(found(), ["TW110 error: a directory on the way belongs to user 61235"], "{dir}");
            // Users of a container that are not mapped look like this one.
            give(&lab.at(dir), 65_534, 65_534);
            assert!(found()[0].starts_with("TW110 info: cannot tell who owns a directory on the way"), "{:?}", found());
            give(&lab.at(dir), lab.uid, lab.uid);
        }
        // Root may do everything anyway; and a sticky directory keeps its own owner from nothing.
        give(&lab.at("a"), 0, 0);
        assert!(found().is_empty());
        give(&lab.at("a"), OTHER, OTHER);
        chmod(&lab.at("a"), 0o1777);
        assert_eq!(found(), ["TW110 error: a directory on the way belongs to user 61235"]);
        give(&lab.at("a"), lab.uid, OTHER);
        chmod(&lab.at("a"), 0o775);
        let message = "TW109 critical: mode 0775 of a directory on the way lets group 61235 replace the file";
        assert_eq!(found(), [message]);
    }
}

/// What the rule for writable directories is about, done: with such a directory the file is another one at once, with a
/// sticky one it is not.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn whoever_may_write_the_directory_replaces_the_file() {
    if !root("another user's rename") {
        return;
    }
    for lab in Lab::each() {
        chmod(&lab.at(""), 0o711);
        for (mode, told) in [(0o777, true), (0o1777, false)] {
            lab.dir("drop", mode);
            let file = lab.file("drop/repos.env", TEXT, 0o600);
            let found = lab.found(&["drop/repos.env", "--select", "TW109"]).0;
            assert_eq!(!found.is_empty(), told, "{mode:04o}");
            let mut mv = std::process::Command::new("mv");
            std::os::unix::process::CommandExt::uid(&mut mv, OTHER);
            let moved = mv.arg("-f").arg(&file).arg(lab.at("drop/away")).stderr(std::process::Stdio::null());
            assert_eq!(moved.status().unwrap().success(), told, "{mode:04o}");
        }
    }
}

/// The same by an access control list: who is told may do it, and who is not told may not, whatever the mode shows.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn whoever_the_list_of_the_directory_lets_in_replaces_the_file() {
    let Some(tools) = Tools::with_programs(&["setfacl"]) else { return };
    if !root("another user's rename") {
        return;
    }
    for lab in Lab::each() {
        chmod(&lab.at(""), 0o711);
        for (entries, told) in [
            ("u:61235:rwx", true),
            ("u:61235:-wx", true),
            ("g:61235:rwx", true),
            ("g::---,u:61235:rwx,m::rwx", true),
            ("u:61235:rwx,m::r-x", false),
            ("u:61235:rwx,m::---", false),
            ("u:61235:r-x,m::rwx", false),
            ("u:61235:rw-", false),
            ("u:61235:---,m::rwx", false),
            ("u:61236:---,g:61236:---,m::rwx", false),
        ] {
            lab.dir("drop", 0o700);
            let file = lab.file("drop/repos.env", TEXT, 0o600);
            run(tools.on_path("setfacl").args(["-b", "-m", entries]).arg(lab.at("drop")), "").succeeded("setfacl");
            let (found, code) = lab.found(&["drop/repos.env", "--select", "TW109"]);
            let expected = if told { vec!["TW109 critical".to_owned()] } else { vec![] };
            assert_eq!((found, code), (expected, Some(if told { 3 } else { 0 })), "{entries}");
            let mut mv = std::process::Command::new("mv");
            std::os::unix::process::CommandExt::uid(&mut mv, OTHER);
            std::os::unix::process::CommandExt::gid(&mut mv, OTHER);
            let moved = mv.arg("-f").arg(&file).arg(lab.at("drop/away")).stderr(std::process::Stdio::null());
            assert_eq!(moved.status().unwrap().success(), told, "{entries}");
        }
    }
}

/// The configuration holds commands: it is not taken from where such a list lets somebody else put another one. What a list
/// gives is never more than its mask, and the mask is what the mode shows for the group.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_configuration_where_a_list_lets_others_write_is_refused() {
    let Some(tools) = Tools::with_programs(&["setfacl"]) else { return };
    for lab in Lab::each() {
        let setfacl = |entries: &str, path: &Path| {
            run(tools.on_path("setfacl").args(["-b", "-m", entries]).arg(path), "").succeeded("setfacl");
        };
        let refused = || {
            let ran = lab.run(&["keys", "rotate", "--all", "-n"]);
            let refused = ran.err.contains("is not used, since it holds commands");
            assert!(!refused || ran.code == Some(2), "{ran:?}");
            refused
        };
        for dir in [".config", ".config/twcred"] {
            lab.dir(dir, 0o700);
        }
        let env = lab.file("repos.env", "", 0o600);
        let text = format!("[targets.shop]\nenv-file = \"{}\"\n", env.display());
        let file = lab.file(".config/twcred/twcred.toml", text, 0o600);
        for (entries, told) in [
            ("u:61235:rwx", true),
            ("u:61235:-wx", true),
            ("g:61235:rwx", true),
            ("g::---,u:61235:rwx,m::rwx", true),
            ("u:61235:r-x", false),
            ("u:61235:rwx,m::r-x", false),
            ("u:61235:rwx,m::---", false),
        ] {
            for at in [".config", ".config/twcred"] {
                setfacl(entries, &lab.at(at));
                assert_eq!(refused(), told, "{entries} {at}");
                // What is said to be done helps.
                run(std::process::Command::new("chmod").arg("go-w").arg(lab.at(at)), "").succeeded("chmod");
                assert!(!refused(), "{entries} {at}");
                lab.dir(at, 0o700);
                run(tools.on_path("setfacl").arg("-b").arg(lab.at(at)), "").succeeded("setfacl");
            }
        }
        setfacl("u:61235:rw-", &file);
        assert!(refused());
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_link_of_another_user_is_worse_than_ones_own() {
    if !root("a link of another owner") {
        return;
    }
    let guarded = std::fs::read_to_string("/proc/sys/fs/protected_symlinks").unwrap_or_default().trim() == "1";
    for lab in Lab::each() {
        lab.file("real.env", TEXT, 0o600);
        let drop = lab.beside("drop");
        std::fs::DirBuilder::new().mode(0o700).create(&drop).unwrap();
        chmod(&drop, 0o1777);
        for (dir, sticky) in [(lab.at(""), false), (drop, true)] {
            for (uid, severity) in [(lab.uid, "warning"), (0, "warning"), (OTHER, "error")] {
                let link = dir.join(format!("{uid}.env"));
                if !link.is_symlink() {
                    symlink(lab.at("real.env"), &link).unwrap();
                }
                lchown(&link, Some(uid), Some(uid)).unwrap();
                let before = state(&link);
                let ran = lab.run(&["audit", link.to_str().unwrap(), "--select", "TW112", "--json", "--fix"]);
                assert_eq!(state(&link), before);
                // The kernel itself may refuse to follow a stranger's link there.
                if sticky && guarded && uid != lab.uid && uid != 0 {
                    assert_eq!(ran.code, Some(1), "{ran:?}");
                    assert!(ran.err.contains("may not be read by this user"), "{ran:?}");
                    continue;
                }
                let found = crate::lab::findings(&ran);
                assert_eq!(found.len(), 1, "{ran:?}");
                assert_eq!(found[0].0, format!("TW112 {severity}"), "{uid} {sticky} {ran:?}");
                let (codes, code) = lab.found(&[link.to_str().unwrap(), "--select", "TW112"]);
                assert_eq!((codes.len(), code), (1, Some(if severity == "error" { 3 } else { 0 })));
            }
        }
    }
}

/// A stranger's file in a directory of all users, as it lies under `/tmp`.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_strangers_file_in_a_sticky_directory() {
    if !root("a file of another owner") {
        return;
    }
    for lab in Lab::each() {
        lab.dir("drop", 0o1777);
        let file = lab.file("drop/repos.env", TEXT, 0o666);
        give(&file, OTHER, OTHER);
        let before = state(&file);
        let codes = ["TW101 critical", "TW102 error", "TW104 error", "TW207 error"];
        let (mut found, code) = lab.found(&["drop/repos.env", "--select", "TW1,TW207"]);
        found.sort();
        assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>(), code), (codes.to_vec(), Some(3)));
        assert_eq!(state(&file), before);
        let ran = lab.run(&["audit", "drop/repos.env", "--select", "TW101", "--fix"]);
        // Root may close it, a user may not: what was asked for was not done.
        assert_eq!((ran.code, bits(&file)), if lab.uid == 0 { (Some(0), 0o600) } else { (Some(1), 0o666) }, "{ran:?}");
    }
}

/// Device files of the test's own, by root; nobody drives the second.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_device_file_is_not_opened() {
    if !root("a device file") {
        return;
    }
    for lab in Lab::each() {
        for (name, kind, device) in [
            ("zero.env", FileType::CharacterDevice, rustix::fs::makedev(1, 5)),
            ("nobody.env", FileType::CharacterDevice, rustix::fs::makedev(250, 250)),
            ("block.env", FileType::BlockDevice, rustix::fs::makedev(250, 250)),
        ] {
            let path = lab.at(name);
            if let Err(error) = rustix::fs::mknodat(CWD, &path, kind, Mode::from(0o666), device) {
                return skipped("a device file", &format!("cannot be made here: {error}"));
            }
            lab.give(&path);
            chmod(&path, 0o666);
            let before = state(&path);
            for more in [&[][..], &["--fix", "--unsafe-fixes"]] {
                let ran = lab.run(&[&["audit", name, "--select", "TW1"], more].concat());
                assert_eq!(ran.code, Some(1), "{ran:?}");
                assert!(ran.err.starts_with(&format!("error: {name} is a device, not a regular file\n")), "{ran:?}");
                assert!(ran.out.contains("error[TW114]: it is a device"), "{ran:?}");
            }
            assert_eq!(state(&path), before);
        }
    }
}

fn owner(path: &Path) -> (u32, u32) {
    use std::os::unix::fs::MetadataExt as _;
    let found = path.metadata().unwrap();
    (found.uid(), found.gid())
}
