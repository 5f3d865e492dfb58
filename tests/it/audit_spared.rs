//! What `twcred audit --fix` leaves alone: files that are no copies, and whatever somebody else's link leads to.

#![expect(clippy::disallowed_methods, reason = "a test makes the files, links and owners it needs")]

use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::Path;

use crate::support::acl::{NOBODY, acl};
use crate::support::{Ran, World, key_sid, mode, secret, skipped};

const UNSAFE: &[&str] = &["--fix", "--unsafe-fixes", "--ignore", "TW207,TW410,TW405,TW503"];
const SAFE: &[&str] = &["--fix", "--ignore", "TW207,TW410,TW405,TW503"];

fn audit(world: &World, paths: &[&str], more: &[&str]) -> Ran {
    world.run(&[&["audit"], paths, more].concat())
}

fn pair() -> String {
    format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1'))
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_file_whose_name_is_merely_alike_is_no_copy() {
    let world = World::new();
    world.private(".env", &pair());
    let others = [".env.production", ".env.local", "environment.py", "prod-repos.env", "a.env.prod"];
    for name in others {
        world.private(name, &format!("{}OTHER_TWILIO_API_SECRET={}\n", pair(), secret('2')));
        chmod(&world.path(name), 0o644);
    }
    for more in [UNSAFE, SAFE, &UNSAFE[2..]] {
        let ran = audit(&world, &[".env"], more);
        assert!(!ran.raw_out.contains("TW205"), "{ran}");
        for name in others {
            assert_eq!(mode(&world.path(name)), 0o644, "{name}");
        }
    }
}

/// What a program wrote and did not rename is told if a secret of the file stands in it, and is left where it is.
#[test]
fn a_temporary_file_is_told_by_what_it_holds() {
    let world = World::new();
    world.private("repos.env", &pair());
    let names = ["repos.env.tmp123", "repos.env.tmpAbC", ".tmp_repos.env", ".repos.env.tmp-1", "repos.env.tmp.7"];
    for name in names {
        world.private(name, &pair());
        let ran = audit(&world, &["repos.env"], &["--select", "TW205"]);
        assert!(ran.code == Some(3) && ran.raw_out.contains(name), "{ran}");
        world.file(name, "OTHER=1\n");
        let ran = audit(&world, &["repos.env"], &["--select", "TW205"]);
        assert_eq!(ran.raw_out, "1 file audited: nothing found\n", "{name}");
    }
}

/// The only place of a secret is not taken away, whatever its name.
#[test]
fn a_backup_goes_only_if_nothing_would_be_lost_with_it() {
    let world = World::new();
    world.private("repos.env", &format!("# shop\n{}A=b\n", pair()));
    let spared = [
        ("repos.env.bak", format!("{}OLD_TWILIO_API_SECRET={}\n", pair(), secret('2'))),
        ("repos.env.old", format!("{}# {}\n", pair(), secret('2'))),
        ("repos.env.orig", format!("{}DATABASE_URL=postgres://u:{}@h\n", pair(), secret('2'))),
        (".repos.env.swp", format!("b0VIM\0\0{}", pair())),
    ];
    for (name, text) in &spared {
        world.private(name, text);
    }
    world.private("linked", &pair());
    std::fs::hard_link(world.path("linked"), world.path("repos.env.save")).unwrap();
    world.private("repos.env~", &format!("export TWILIO_API_SECRET='{}'\n# shop\n", secret('1')));
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert!(ran.raw_out.contains("it holds what this file does not") && ran.code == Some(3), "{ran}");
    assert!(ran.raw_out.contains("--fix leaves it as it is: it has other names (hard links)"), "{ran}");
    assert!(!world.path("repos.env~").exists(), "{ran}");
    for (name, text) in &spared {
        assert_eq!(world.read(name), *text, "{name}");
    }
    assert!(world.path("repos.env.save").exists(), "{ran}");
    // What is audited itself is a file of its own.
    world.private("repos.env~", &pair());
    let ran = audit(&world, &["repos.env", "repos.env~"], UNSAFE);
    assert!(world.path("repos.env~").exists() && !ran.raw_err.contains("does not exist"), "{ran}");
    world.git(".", &["init", "-q"]);
    world.git(".", &["add", "-f", "repos.env~"]);
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert!(world.path("repos.env~").exists() && ran.raw_out.contains("git tracks it"), "{ran}");
    world.git(".", &["rm", "-q", "--cached", "repos.env~"]);
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert!(!world.path("repos.env~").exists(), "{ran}");
}

/// There is nothing in it to be lost or read.
#[test]
fn an_empty_neighbour_is_no_copy() {
    let world = World::new();
    world.private("repos.env", &pair());
    for name in ["repos.env.bak", "repos.env~", ".repos.env.swp"] {
        world.private(name, "");
        chmod(&world.path(name), 0o644);
    }
    let ran = audit(&world, &["repos.env"], &["--select", "TW205"]);
    assert_eq!(ran.raw_out, "1 file audited: nothing found\n");
}

/// Whoever reads that a copy is open is told why no fix is offered for it.
#[test]
fn a_copy_that_is_left_alone_is_told_why() {
    let world = World::new();
    world.private("repos.env", &pair());
    let told = |name: &str, why: &str| {
        chmod(&world.path(name), 0o644);
        for more in [&[][..], &["--fix", "--unsafe-fixes"]] {
            let ran = audit(&world, &["repos.env"], &[&["--select", "TW205"], more].concat());
            assert!(ran.raw_out.contains(&format!("--fix leaves it as it is: {why}")), "{ran}");
            assert_eq!((ran.code, mode(&world.path(name))), (Some(3), 0o644), "{ran}");
        }
        std::fs::remove_file(world.path(name)).unwrap();
    };
    world.private("linked", &pair());
    std::fs::hard_link(world.path("linked"), world.path("repos.env.bak")).unwrap();
    told("repos.env.bak", "it has other names (hard links)");
    world.private("repos.env.tmp123", &pair());
    told("repos.env.tmp123", "by its name it may be a file of its own");
    if is_root() {
        world.private("repos.env~", &pair());
        chown(world.path("repos.env~"), Some(1000), Some(1000)).unwrap();
        told("repos.env~", "it belongs to another user");
    }
}

/// A fix that changes a value makes the copy the only place of what it was: then the copy stays, and the reason is that and
/// nobody's doing.
#[test]
fn a_copy_that_holds_what_is_taken_out_stays() {
    let world = World::new();
    let with = |number: &str| format!("TWILIO_PHONE_NUMBER={number}\n{}", pair());
    let text = with("+1 (415) 555-0123");
    world.private("repos.env", &text);
    world.private("repos.env.bak", &text);
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert_eq!((world.read("repos.env"), world.read("repos.env.bak")), (with("+14155550123"), text), "{ran}");
    assert_eq!(ran.code, Some(1), "{ran}");
    let why = "repos.env.bak stays: it holds what this file does not hold any more once it is mended";
    assert!(ran.raw_err.contains("warning: TW205: cannot remove the copy: ") && ran.raw_err.contains(why), "{ran}");
    assert!(!ran.raw_err.contains("another program"), "{ran}");
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert!(ran.raw_out.contains("it is not removed by --fix: it holds what this file does not"), "{ran}");
}

/// An open copy is not closed first, to be removed by the next run.
#[test]
fn one_run_does_what_a_second_would_do() {
    let world = World::new();
    world.private("repos.env", &pair());
    world.private("repos.env.bak", &pair());
    chmod(&world.path("repos.env.bak"), 0o644);
    let ran = audit(&world, &["repos.env"], &[&["--diff"], &UNSAFE[1..]].concat());
    assert!(ran.raw_out.contains("repos.env.bak: removed (unsafe)") && !ran.raw_out.contains("mode of"), "{ran}");
    let ran = audit(&world, &["repos.env"], UNSAFE);
    assert!(ran.code == Some(0) && !world.path("repos.env.bak").exists(), "{ran}");
}

#[test]
fn a_group_that_may_read_the_file_may_read_its_copy() {
    let world = World::new();
    world.private("repos.env", &pair());
    world.private("repos.env.bak", &pair());
    chmod(&world.path("repos.env.bak"), 0o644);
    let group = rustix::process::getegid().as_raw().to_string();
    audit(&world, &["repos.env"], &[SAFE, &["--allow-group", &group]].concat());
    assert_eq!(mode(&world.path("repos.env.bak")), 0o640);
    let ran = audit(&world, &["repos.env"], SAFE);
    assert_eq!(mode(&world.path("repos.env.bak")), 0o600, "{ran}");
}

#[test]
fn nothing_is_mended_through_a_link_of_somebody_else() {
    if !is_root() {
        return;
    }
    let world = World::new();
    for dir in ["etc", "bob", "bob/in"] {
        std::fs::create_dir(world.path(dir)).unwrap();
    }
    let text = format!("A='x'\n{}", pair());
    world.private("etc/conf", &text);
    chmod(&world.path("etc/conf"), 0o644);
    symlink(world.path("etc/conf"), world.path("bob/.env")).unwrap();
    symlink(world.path("etc"), world.path("bob/in/etc")).unwrap();
    for name in ["bob/.env", "bob/in/etc", "bob/in", "bob"] {
        lchown(world.path(name), Some(1000), Some(1000)).unwrap();
    }
    let untouched = |ran: &Ran, path: &str| {
        assert_eq!((mode(&world.path("etc/conf")), world.read("etc/conf")), (0o644, text.clone()), "{path}: {ran}");
        assert!(ran.raw_out.contains("TW112") && ran.raw_out.contains("TW101"), "{path}: {ran}");
        assert!(ran.raw_err.contains("belongs to user 1000") && ran.raw_err.contains("hint: "), "{path}: {ran}");
        assert_eq!(ran.code, Some(1), "{path}: {ran}");
    };
    for path in ["bob", "bob/.env", "bob/in/etc/conf"] {
        for how in [SAFE, UNSAFE] {
            untouched(&audit(&world, &[path], how), path);
        }
    }
    // His directory, with a link of root's in it: he may put another in its place.
    lchown(world.path("bob/.env"), Some(0), Some(0)).unwrap();
    let ran = audit(&world, &["bob/.env"], SAFE);
    assert!(ran.raw_err.contains("/bob, which belongs to user 1000, who may turn it to any file"), "{ran}");
    untouched(&ran, "a link of root's");
    // Named itself, it is mended; and so it is for the one who called sudo.
    let sudo = World::new().env("SUDO_UID", "1000");
    std::fs::create_dir(sudo.path("bob")).unwrap();
    sudo.private("conf", "A='x'\n");
    symlink(sudo.path("conf"), sudo.path("bob/.env")).unwrap();
    lchown(sudo.path("bob/.env"), Some(1000), Some(1000)).unwrap();
    audit(&sudo, &["bob/.env"], SAFE);
    assert_eq!(sudo.read("conf"), "A=x\n");
    audit(&world, &["etc/conf"], SAFE);
    assert_eq!(mode(&world.path("etc/conf")), 0o600);
}

#[test]
fn no_line_is_added_through_a_link_or_to_a_file_of_somebody_else() {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/.env", &pair());
    world.file("app/Dockerfile", "FROM scratch\nCOPY . .\n");
    world.file("victim", "mine\n");
    symlink(world.path("victim"), world.path("app/.dockerignore")).unwrap();
    let only = ["--fix", "--unsafe-fixes", "--select", "TW202,TW210"];
    let ran = audit(&world, &["app/.env"], &only);
    assert!(ran.raw_out.contains("TW210") && ran.raw_err.contains("is a symbolic link"), "{ran}");
    assert_eq!(world.read("victim"), "mine\n", "{ran}");
    std::fs::remove_file(world.path("app/.dockerignore")).unwrap();
    if is_root() {
        world.file("app/.dockerignore", "his\n");
        chown(world.path("app/.dockerignore"), Some(1000), Some(1000)).unwrap();
        let ran = audit(&world, &["app/.env"], &only);
        assert!(ran.raw_err.contains("belongs to user 1000"), "{ran}");
        assert_eq!(world.read("app/.dockerignore"), "his\n", "{ran}");
        // A directory on the way that somebody else has made a link of.
        std::fs::remove_file(world.path("app/.dockerignore")).unwrap();
        world.git("app", &["init", "-q"]);
        std::fs::remove_dir_all(world.path("app/.git/info")).unwrap();
        std::fs::create_dir(world.path("etc")).unwrap();
        world.file("etc/exclude", "mine\n");
        symlink(world.path("etc"), world.path("app/.git/info")).unwrap();
        lchown(world.path("app/.git/info"), Some(1000), Some(1000)).unwrap();
        let ran = audit(&world, &["app/.env"], &only);
        assert_eq!(world.read("etc/exclude"), "mine\n", "{ran}");
        assert!(ran.raw_err.contains("belongs to user 1000"), "{ran}");
    }
    let _ = std::fs::remove_file(world.path("app/.dockerignore"));
    let ran = audit(&world, &["app/.env"], &only);
    assert_eq!(world.read("app/.dockerignore"), ".env\n", "{ran}");
}

/// Not through one's own either, be it the last part of the path or a folder on the way.
#[test]
fn no_line_is_added_through_a_link_of_ones_own() {
    let world = World::new();
    std::fs::create_dir(world.path("app")).unwrap();
    world.private("app/.env", &pair());
    world.git("app", &["init", "-q"]);
    std::fs::remove_dir_all(world.path("app/.git/info")).unwrap();
    std::fs::create_dir(world.path("shared")).unwrap();
    world.file("shared/exclude", "mine\n");
    symlink(world.path("shared"), world.path("app/.git/info")).unwrap();
    let ran = audit(&world, &["app/.env"], &["--fix", "--unsafe-fixes", "--select", "TW202"]);
    assert_eq!(world.read("shared/exclude"), "mine\n", "{ran}");
    let why = "app/.git/info is a symbolic link, and nothing is written through it";
    assert!(ran.code == Some(1) && ran.raw_err.contains(why), "{ran}");
}

/// Where the kernel lets users link what is not theirs (`fs.protected_hardlinks=0`), whoever can make files in a folder can
/// give any file a name there.
#[test]
fn nothing_is_taken_from_a_file_that_somebody_else_may_have_linked() {
    if !is_root() {
        return;
    }
    for (owner, group, bits) in [(1000, 1000, 0o755), (0, 0, 0o777), (0, 0, 0o1777), (0, 1000, 0o775), (1000, 0, 0o700)]
    {
        let world = World::new();
        for dir in ["etc", "bob"] {
            std::fs::create_dir(world.path(dir)).unwrap();
        }
        world.private("etc/conf", "A=1\n");
        chmod(&world.path("etc/conf"), 0o644);
        std::fs::hard_link(world.path("etc/conf"), world.path("bob/.env")).unwrap();
        chown(world.path("bob"), Some(owner), Some(group)).unwrap();
        chmod(&world.path("bob"), bits);
        for path in ["bob", "bob/.env"] {
            for how in [SAFE, UNSAFE] {
                let ran = audit(&world, &[path], how);
                assert_eq!(mode(&world.path("etc/conf")), 0o644, "{owner} {bits:o} {path}: {ran}");
                assert!(ran.raw_out.contains("TW101") && ran.raw_out.contains("TW113"), "{ran}");
                let said = &ran.raw_err;
                assert!(said.contains("it has 2 names") && said.contains("nothing of it was changed"), "{ran}");
                assert!(ran.code == Some(1) && said.contains("\nhint: "), "{ran}");
            }
        }
        // Named where nobody else can have put it, it is closed, and so it is under its other name.
        let ran = audit(&world, &["etc/conf"], SAFE);
        assert_eq!((ran.code, mode(&world.path("bob/.env"))), (Some(0), 0o600), "{ran}");
        // In the folder of the one who called sudo it is his file that is mended.
        if (owner, group) == (1000, 1000) {
            chmod(&world.path("etc/conf"), 0o644);
            let world = world.env("SUDO_UID", "1000");
            let ran = audit(&world, &["bob/.env"], &[SAFE, &["--owner", "0"]].concat());
            assert_eq!(mode(&world.path("etc/conf")), 0o600, "{ran}");
        }
    }
}

/// Also by an access control list, of which the mode shows the mask alone.
#[test]
fn nothing_is_taken_from_a_file_that_a_list_may_have_let_somebody_link() {
    if !is_root() {
        return;
    }
    let world = World::new();
    for dir in ["etc", "bob"] {
        std::fs::create_dir(world.path(dir)).unwrap();
    }
    world.private("etc/conf", "A=1\n");
    chmod(&world.path("etc/conf"), 0o644);
    std::fs::hard_link(world.path("etc/conf"), world.path("bob/.env")).unwrap();
    for (rights, mask, closed) in [(7, 7, false), (7, 5, true), (0, 7, true)] {
        chmod(&world.path("etc/conf"), 0o644);
        if !acl(&world.path("bob"), 7, &[(0x02, rights, 1234), (0x10, mask, NOBODY)]) {
            return skipped("an access control list", "this file system has none");
        }
        let ran = audit(&world, &["bob/.env"], SAFE);
        assert_eq!(mode(&world.path("etc/conf")), if closed { 0o600 } else { 0o644 }, "{rights} {mask}: {ran}");
        assert_eq!(ran.raw_err.contains("others may write its folder"), !closed, "{ran}");
    }
}

/// Between the look at a copy and its closing, another file may be linked into its place.
#[test]
fn a_copy_that_has_become_a_second_name_is_not_closed() {
    let world = World::new();
    world.private("repos.env", &pair());
    world.private("repos.env.bak", &pair());
    chmod(&world.path("repos.env.bak"), 0o644);
    world.private("other", "mine\n");
    chmod(&world.path("other"), 0o644);
    std::fs::create_dir(world.path(".git")).unwrap();
    std::fs::create_dir(world.path("bin")).unwrap();
    // It is asked about the copy once that has been looked at.
    let swap = "case \"$*\" in *repos.env.bak) ln -f other repos.env.bak;; esac";
    world.file("bin/git", &format!("#!/bin/sh\ncd {}\n{swap}\nexit 1\n", world.home.path().display()));
    chmod(&world.path("bin/git"), 0o755);
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    let world = world.env("PATH", &path);
    let ran = audit(&world, &["repos.env"], SAFE);
    assert_eq!(mode(&world.path("other")), 0o644, "{ran}");
    assert!(ran.raw_err.contains("repos.env.bak was changed by another program"), "{ran}");
}

#[test]
fn a_link_is_told_wherever_its_target_is_named() {
    let world = World::new();
    world.private("b.env", "A='x'\n");
    symlink("b.env", world.path("sl.env")).unwrap();
    symlink("b.env", world.path("zl.env")).unwrap();
    for paths in [["b.env", "sl.env", "zl.env"], ["zl.env", "sl.env", "b.env"], [".", "./b.env", "sl.env"]] {
        let ran = audit(&world, &paths, &["--select", "TW112,TW305"]);
        let count = |code: &str| ran.raw_out.matches(code).count();
        assert_eq!((count("[TW112]"), count("[TW305]")), (2, 1), "what is in the file is said once\n{ran}");
    }
}

/// Which of several backups went, and which line was added where, is said.
#[test]
fn what_was_done_to_another_file_names_it() {
    let world = World::new();
    world.private("repos.env", &pair());
    world.private("repos.env.bak", &pair());
    world.private("repos.env~", &pair());
    chmod(&world.path("repos.env~"), 0o644);
    let ran = audit(&world, &["repos.env"], &["--fix", "--select", "TW205", "--exit-zero"]);
    assert!(ran.raw_out.contains("TW205 mended") && ran.raw_out.contains("repos.env~\n"), "{ran}");
    let ran = audit(&world, &["repos.env"], &["--fix", "--unsafe-fixes", "--select", "TW205", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    let fixed = json["files"][0]["fixed"].as_array().unwrap();
    let paths: Vec<&str> = fixed.iter().map(|one| one["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(paths, ["repos.env.bak", "repos.env~"], "{ran}");
    // What is done to the file itself has no other path; a secret is in none.
    let secret = secret('1');
    std::fs::create_dir(world.path(&secret)).unwrap();
    world.private(&format!("{secret}/repos.env"), &format!("{}A='x'\n", pair()));
    world.private(&format!("{secret}/repos.env.bak"), &pair());
    let ran = audit(&world, &[format!("{secret}/repos.env").as_str()], &[UNSAFE, &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&ran.raw_out).unwrap();
    let fixed = json["files"][0]["fixed"].as_array().unwrap();
    let of = |code: &str| &fixed.iter().find(|one| one["code"] == code).unwrap()["path"];
    assert!(of("TW305").is_null() && of("TW205").as_str().unwrap().ends_with("/***/repos.env.bak"), "{ran}");
    assert!(!ran.raw_out.contains(&secret) && !ran.raw_err.contains(&secret), "{ran}");
}
