use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use rustix::fs::XattrFlags;
use tempfile::TempDir;

use super::*;
use crate::store::file::{create, forget, left, read, sweep};

const ACL: &str = "system.posix_acl_access";

fn sample(content: &[u8]) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().canonicalize().unwrap().join("repos.env");
    create(&path, content).unwrap();
    (home, path)
}

fn chmod(path: &Path, mode: u32) {
    File::open(path).unwrap().set_permissions(Permissions::from_mode(mode)).unwrap();
}

fn names(home: &TempDir) -> Vec<OsString> {
    let mut names: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// Writes as editors do: a new file, renamed over the old one.
fn edit(path: &Path, content: &[u8]) {
    crate::store::file::write_public(path, content).unwrap();
}

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A POSIX access control list as the kernel keeps it (`linux/posix_acl_xattr.h`): version 2, then tag, rights, id.
fn acl(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&rights.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    bytes
}

/// The owner reads and writes, user 1234 reads, the group nothing.
fn named_reader() -> Vec<u8> {
    let nobody = u32::MAX;
    acl(&[(0x01, 6, nobody), (0x02, 4, 1234), (0x04, 0, nobody), (0x10, 4, nobody), (0x20, 0, nobody)])
}

fn xattr(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut buffer = [0; 256];
    rustix::fs::getxattr(path, name, &mut buffer[..]).ok().map(|size| buffer[..size].to_vec())
}

#[test]
fn the_content_changes_and_nothing_else_is_left() {
    let (home, path) = sample(b"A=1\n");
    chmod(&path, 0o640);
    let before = read(&path).unwrap();
    let after = replace(&before, b"A=2\n").unwrap();
    let found = read(&path).unwrap();
    assert_eq!((found.bytes(), found.mode()), (&b"A=2\n"[..], 0o640));
    assert_eq!(found.identity(), after.identity());
    assert_ne!(found.identity().ino, before.identity().ino);
    assert_eq!(names(&home), ["repos.env"]);
    replace(&after, b"A=3\n").unwrap();
    assert_eq!(read(&path).unwrap().bytes(), b"A=3\n");
}

#[test]
fn the_same_content_touches_nothing() {
    let (_home, path) = sample(b"A=1\n");
    let before = read(&path).unwrap();
    assert_eq!(replace(&before, b"A=1\n").unwrap().identity(), before.identity());
    assert_eq!(read(&path).unwrap().identity(), before.identity());
}

#[test]
fn a_link_stays_and_its_target_changes() {
    let (home, path) = sample(b"A=1\n");
    let link = home.path().join("link.env");
    symlink("repos.env", &link).unwrap();
    replace(&read(&link).unwrap(), b"A=2\n").unwrap();
    assert!(link.is_symlink());
    assert_eq!(read(&path).unwrap().bytes(), b"A=2\n");
}

#[test]
fn a_link_that_leads_elsewhere_by_now_is_a_change() {
    let (home, path) = sample(b"A=1\n");
    let (link, other) = (home.path().join("current.env"), home.path().join("other.env"));
    create(&other, b"A=1\n").unwrap();
    symlink(&path, &link).unwrap();
    let before = read(&link).unwrap();
    symlink(&other, home.path().join("next")).unwrap();
    Dir::open(home.path()).unwrap().rename(OsStr::new("next"), OsStr::new("current.env")).unwrap();
    assert!(matches!(replace(&before, b"A=2\n"), Err(Error::Changed { .. })));
    assert_eq!(read(&path).unwrap().bytes(), b"A=1\n");
    assert_eq!(read(&other).unwrap().bytes(), b"A=1\n");
}

#[test]
fn an_edit_since_the_reading_is_kept() {
    let (home, path) = sample(b"A=1\n");
    let before = read(&path).unwrap();
    edit(&path, b"A=9\n");
    assert!(matches!(replace(&before, b"A=2\n"), Err(Error::Changed { .. })));
    let before = read(&path).unwrap();
    std::io::Write::write_all(&mut File::options().write(true).open(&path).unwrap(), b"A=8\n").unwrap();
    assert!(matches!(replace(&before, b"A=2\n"), Err(Error::Changed { .. })), "same inode and size");
    assert_eq!(read(&path).unwrap().bytes(), b"A=8\n");
    assert_eq!(names(&home), ["repos.env"]);
}

#[test]
fn what_an_editor_saves_while_files_are_swapped_is_kept() {
    let (home, path) = sample(b"0");
    let editor = std::thread::spawn({
        let (path, home) = (path.clone(), Dir::open(home.path()).unwrap());
        move || {
            for turn in 1..=400 {
                // Not under the directory's lock: editors know nothing of it.
                let temp = home.temp(OsStr::new("editor"), Of::Nobody, PRIVATE).unwrap();
                temp.file().write_all(turn.to_string().as_bytes()).unwrap();
                temp.place(path.file_name().unwrap()).unwrap();
            }
        }
    });
    let (mut done, mut changed) = (0, 0);
    while !editor.is_finished() {
        let Ok(before) = read(&path) else { continue };
        let mut new = before.bytes().to_vec();
        new.extend_from_slice(b"+");
        match replace(&before, &new) {
            Ok(_) => done += 1,
            Err(Error::Changed { .. }) => changed += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    editor.join().unwrap();
    let last = read(&path).unwrap();
    assert!(last.bytes().starts_with(b"400"), "{:?} after {done} and {changed}", String::from_utf8_lossy(last.bytes()));
    assert_eq!(names(&home), ["repos.env"]);
}

#[test]
fn a_file_that_slipped_in_is_put_back_and_the_newest_wins() {
    let (home, path) = sample(b"theirs");
    let dir = Dir::open(&home.path().canonicalize().unwrap()).unwrap();
    let (name, spare) = (path.file_name().unwrap(), OsStr::new(".repos.env.twcred-aaaaaa.tmp"));
    let ours = create(&home.path().join(spare), b"ours").unwrap();
    // As in a replacement: while it is open, no other file gets its inode number.
    let _held = File::open(home.path().join(spare)).unwrap();
    let ours = (ours.identity().dev, ours.identity().ino);
    dir.exchange(spare, name).unwrap();
    assert!(matches!(put_back(&dir, spare, name, ours, &path), Error::Changed { .. }));
    assert_eq!(read(&path).unwrap().bytes(), b"theirs");
    assert_eq!(names(&home), ["repos.env"]);

    // Theirs stands in the spare, and where ours was put a newer one of theirs stands by now.
    edit(&path, b"newest");
    create(&home.path().join(spare), b"older").unwrap();
    assert!(matches!(put_back(&dir, spare, name, ours, &path), Error::Changed { .. }));
    assert_eq!(read(&path).unwrap().bytes(), b"newest");
    assert_eq!(names(&home), ["repos.env"]);

    // Theirs stands in the spare, and the name is gone.
    dir.rename(name, spare).unwrap();
    assert!(matches!(put_back(&dir, spare, name, ours, &path), Error::Changed { .. }));
    assert_eq!(read(&path).unwrap().bytes(), b"newest");
}

#[test]
fn leftovers_of_this_file_are_swept_and_others_stay() {
    let (home, path) = sample(b"A=1\n");
    for name in [".repos.env.twcred-abc123.tmp", ".repos.env.twcred-zzzzzz.tmp", ".other.env.twcred-abc123.tmp"] {
        create(&home.path().join(name), b"SECRET").unwrap();
    }
    assert_eq!(sweep(&path).unwrap(), 2);
    assert_eq!(sweep(&path).unwrap(), 0);
    create(&home.path().join(".repos.env.twcred-abc123.tmp"), b"SECRET").unwrap();
    replace(&read(&path).unwrap(), b"A=2\n").unwrap();
    assert_eq!(names(&home), [".other.env.twcred-abc123.tmp", "repos.env"]);
    assert_eq!(sweep(&home.path().join("no/such.env")).unwrap(), 0);
    assert_eq!(sweep(&home.path().join("other.env")).unwrap(), 1);
}

#[test]
fn a_file_with_two_names_is_refused_before_and_at_the_swap() {
    let (home, path) = sample(b"A=1\n");
    let before = read(&path).unwrap();
    std::fs::hard_link(&path, home.path().join("second.env")).unwrap();
    assert!(matches!(probe_replace(&before), Err(Error::HardLinked { links: 2, .. })));
    assert!(matches!(replace(&before, b"A=2\n"), Err(Error::HardLinked { links: 2, .. })));
    assert_eq!(read(&path).unwrap().bytes(), b"A=1\n");
    assert_eq!(names(&home), ["repos.env", "second.env"]);
}

#[test]
fn a_trial_leaves_nothing() {
    let (home, path) = sample(b"A=1\n");
    let before = read(&path).unwrap();
    probe_replace(&before).unwrap();
    assert_eq!(read(&path).unwrap().identity(), before.identity());
    assert_eq!(names(&home), ["repos.env"]);
    let large = vec![b'#'; crate::store::file::MAX + 1];
    assert!(matches!(replace(&before, &large), Err(Error::Large { .. })));
}

#[test]
fn owner_group_and_odd_modes_are_kept() {
    if !root() {
        return;
    }
    let (_home, path) = sample(b"A=1\n");
    chown(&path, Some(1234), Some(2345)).unwrap();
    for mode in [0o400, 0o600, 0o640, 0o664, 0o2750, 0o000] {
        chmod(&path, mode);
        let before = read(&path).unwrap();
        probe_replace(&before).unwrap();
        replace(&before, format!("MODE={mode:o}\n").as_bytes()).unwrap();
        let found = path.metadata().unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (1234, 2345, mode));
    }
}

#[test]
fn lists_and_attributes_are_kept_but_a_capability_is_not() {
    let (_home, path) = sample(b"A=1\n");
    let set = |name: &str, value: &[u8]| rustix::fs::setxattr(&path, name, value, XattrFlags::empty());
    if set("user.note", b"mine").is_err() || set(ACL, &named_reader()).is_err() {
        return;
    }
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let capable = set("security.capability", &capability).is_ok();
    assert_eq!(capable, xattr(&path, "security.capability").is_some());
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o640);
    replace(&read(&path).unwrap(), b"A=2\n").unwrap();
    assert_eq!(xattr(&path, "user.note").unwrap(), b"mine");
    assert_eq!(xattr(&path, ACL).unwrap(), named_reader());
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o640);
    assert_eq!(xattr(&path, "security.capability"), None);
}

#[test]
fn a_default_list_of_the_directory_lets_nobody_in() {
    let (home, path) = sample(b"A=1\n");
    chmod(&path, 0o640);
    if rustix::fs::setxattr(home.path(), "system.posix_acl_default", &named_reader(), XattrFlags::empty()).is_err() {
        return;
    }
    replace(&read(&path).unwrap(), b"A=2\n").unwrap();
    assert_eq!(xattr(&path, ACL), None);
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o640);
}

#[test]
fn a_swap_that_a_kill_left_is_swept_if_it_is_ours_and_an_editors_version_is_kept() {
    let sum = |content: &[u8]| crate::model::digest::sha256(content);
    let id = RotationId::of_create([7; 6]);
    for (content, swept) in [(&b"A=1\n"[..], true), (b"A=2\n", true), (b"A=1\nTHEIRS=1\n", false)] {
        let (home, path) = sample(b"A=2\n");
        let at = |of| {
            let name = swap_name(path.file_name().unwrap(), of, &sum(b"A=1\n"), &sum(b"A=2\n"));
            home.path().canonicalize().unwrap().join(name)
        };
        let (swap, of_a_create) = (at(Of::Nobody), at(Of::Create(&id)));
        create(&swap, content).unwrap();
        create(&of_a_create, content).unwrap();
        assert_eq!(left(&path).unwrap().len(), if swept { 2 } else { 0 });
        assert_eq!(sweep(&path).unwrap(), usize::from(swept));
        let snapshot = read(&path).unwrap();
        replace(&snapshot, b"A=3\n").unwrap();
        assert_eq!((swap.exists(), of_a_create.exists()), (!swept, true));
        assert_eq!(forget(&path, &id).unwrap(), usize::from(swept));
        assert_eq!(of_a_create.exists(), !swept);
        assert_eq!(read(&path).unwrap().bytes(), b"A=3\n");
    }
}
