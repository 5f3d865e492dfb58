use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use rustix::fs::{CWD, FileType};
use tempfile::TempDir;

use super::*;
use crate::audit::facts::{AclWho, Chain, Sibling};
use crate::store::file::create;

const SECRET: &str = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";

fn own() -> ExpectedOwner {
    expected_owner(None, None)
}

fn told(path: &Path) -> KernelFacts {
    examine(path, None, own(), None).unwrap()
}

fn home() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().canonicalize().unwrap();
    (home, path)
}

fn chmod(path: &Path, mode: u32) {
    File::open(path).unwrap().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
}

fn setfacl(arguments: &[&str], path: &Path) {
    let done = Command::new("setfacl").args(arguments).arg(path).status();
    // The package `acl` may be missing; the encoding is tested in `acl.rs` all the same.
    assert!(done.is_ok_and(|status| status.success()), "setfacl {arguments:?} (apt-get install acl)");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn the_inode_is_told_and_a_swap_noticed() {
    let (_home, dir) = home();
    let path = dir.join("repos.env");
    let snapshot = create(&path, b"A=1\n").unwrap();
    std::fs::hard_link(&path, dir.join("other")).unwrap();
    chmod(&path, 0o4640);
    let facts = examine(&path, Some(snapshot.identity()), own(), Some(0o027)).unwrap();
    assert_eq!((facts.kind, facts.mode, facts.nlink), (FileKind::Regular, 0o4640, 2));
    assert_eq!((facts.uid, facts.umask), (rustix::process::geteuid().as_raw(), Fact::Known(0o027)));
    assert_eq!(facts.acl, Fact::Known(super::super::facts::Acl::default()));
    assert_eq!(facts.foreign_acl, Fact::Known(None));
    assert_eq!(facts.resolved.as_deref(), Some(&*path));
    assert!(facts.filesystem.known().is_some_and(|fs| fs.enforces_modes == Some(true) && !fs.network));
    let other = create(&dir.join("new"), b"A=1\n").unwrap();
    assert!(matches!(examine(&path, Some(other.identity()), own(), None), Err(Error::Changed { .. })));
}

#[test]
fn what_is_no_file_is_named_and_nothing_hangs() {
    let (_home, dir) = home();
    rustix::fs::mknodat(CWD, dir.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _listener = UnixListener::bind(dir.join("socket")).unwrap();
    assert_eq!(told(&dir.join("pipe")).kind, FileKind::Fifo);
    assert_eq!(told(&dir.join("socket")).kind, FileKind::Socket);
    assert_eq!(told(Path::new("/dev/null")).kind, FileKind::Device);
    assert_eq!(told(&dir).kind, FileKind::Directory);
    assert!(matches!(examine(&dir.join("none"), None, own(), None), Err(Error::Missing { .. })));
    symlink("b", dir.join("a")).unwrap();
    symlink("a", dir.join("b")).unwrap();
    assert!(matches!(examine(&dir.join("a"), None, own(), None), Err(Error::Loop { .. })));
}

#[test]
fn every_directory_on_the_way_is_told_once_those_between_links_too() {
    let (_home, dir) = home();
    for name in ["start", "middle", "end/deep"] {
        std::fs::DirBuilder::new().recursive(true).create(dir.join(name)).unwrap();
    }
    create(&dir.join("end/deep/repos.env"), b"").unwrap();
    symlink("../middle/hop", dir.join("start/current")).unwrap();
    symlink(dir.join("end/deep"), dir.join("middle/hop")).unwrap();
    symlink("repos.env", dir.join("end/deep/last")).unwrap();
    chmod(&dir.join("middle"), 0o1777);
    let facts = told(&dir.join("start/current/last"));
    let links: Vec<_> = facts.links.iter().map(|link| (link.path.clone(), link.last)).collect();
    let at = |name: &str| dir.join(name);
    assert_eq!(links, [(at("start/current"), false), (at("middle/hop"), false), (at("end/deep/last"), true)]);
    let chain = |name: &str| {
        let all: Vec<_> = facts.ancestors.iter().filter(|ancestor| ancestor.path == at(name)).collect();
        assert_eq!(all.len(), 1, "{name}");
        (all[0].chain, all[0].holds, all[0].mode & 0o1777)
    };
    assert_eq!(chain("start").0, Chain::Lexical);
    assert_eq!((chain("middle").0, chain("middle").2), (Chain::Lexical, 0o1777));
    assert_eq!((chain("end").0, chain("end").1), (Chain::Resolved, false));
    assert_eq!((chain("end/deep").0, chain("end/deep").1), (Chain::Resolved, true));
    assert_eq!(facts.ancestors[0].path, Path::new("/"));
    assert_eq!(facts.ancestors[0].chain, Chain::Both);
    assert_eq!(facts.resolved, Some(at("end/deep/repos.env")));
    assert_eq!(facts.ancestors.last().map(|last| last.path.clone()), Some(at("start")));
}

#[test]
fn lists_are_read_with_their_mask_and_the_dormant_are_seen() {
    let (_home, dir) = home();
    let path = dir.join("repos.env");
    create(&path, b"").unwrap();
    setfacl(&["-m", "u:1234:rw,g:4321:r"], &path);
    let facts = told(&path);
    assert_eq!(facts.mode, 0o660, "the group bits are the mask");
    let acl = facts.acl.known().unwrap().clone();
    let named: Vec<_> = acl.named().map(|(entry, effective)| (entry.who, effective)).collect();
    assert_eq!(named, [(AclWho::User(1234), 6), (AclWho::Group(4321), 4)]);
    assert_eq!((acl.mask(), acl.owning_group()), (6, Some(0)));
    chmod(&path, 0o600);
    let acl = told(&path).acl.known().unwrap().clone();
    assert!(acl.named().all(|(entry, effective)| entry.perms != 0 && effective == 0));
    setfacl(&["-d", "-m", "o::r"], &dir);
    let default = told(&path).parent_default_acl.known().unwrap().clone();
    assert!(default.entries.iter().any(|entry| entry.who == AclWho::Other && entry.perms == 4));
}

#[test]
fn another_user_sees_the_same_without_being_able_to_read() {
    if !is_root() {
        return;
    }
    let home = tempfile::tempdir_in("/var/tmp").unwrap();
    chmod(home.path(), 0o755);
    let path = home.path().join("repos.env");
    create(&path, b"A=1\n").unwrap();
    setfacl(&["-m", "u:1234:r"], &path);
    chown(&path, Some(1000), Some(1000)).unwrap();
    let program = tempfile::NamedTempFile::new_in("/var/tmp").unwrap();
    io::copy(&mut File::open(std::env::current_exe().unwrap()).unwrap(), &mut program.as_file()).unwrap();
    program.as_file().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.into_temp_path();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&program);
    command.args(["--exact", "audit::kernel::tests::examines_for_a_parent", "--ignored", "--nocapture"]);
    command.current_dir(home.path());
    // A program that another test starts just then may hold the copy open for writing until it is itself: so long it
    // is busy, and is not run.
    let busy = |out: &std::process::Output| String::from_utf8_lossy(&out.stderr).contains("Text file busy");
    let mut tries = std::iter::repeat_with(|| command.output().unwrap()).take(1_000);
    let out = tries.find(|out| !busy(out)).unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("Regular 640 uid 1000 expected 65534 Process named 1"), "{said}");
}

#[test]
#[ignore = "is started by another test, as another user"]
fn examines_for_a_parent() {
    // Run with all the others it has no parent and nothing to examine; its parent misses what it says then.
    let Ok(facts) = examine(Path::new("repos.env"), None, expected_owner(None, Some(7)), None) else { return };
    let (uid, expected) = (facts.uid, facts.expected);
    let named = facts.acl.known().map(|acl| acl.named().count());
    println!(
        "{:?} {:o} uid {uid} expected {} {:?} named {}",
        facts.kind,
        facts.mode,
        expected.uid,
        expected.source,
        named.unwrap()
    );
}

#[test]
fn the_owner_is_who_was_named_or_who_called_sudo() {
    assert_eq!(expected_owner(Some(5), Some(6)), ExpectedOwner { uid: 5, source: OwnerSource::Flag });
    let under_sudo = expected_owner(None, Some(6));
    if is_root() {
        assert_eq!(under_sudo, ExpectedOwner { uid: 6, source: OwnerSource::Sudo });
        assert_eq!(expected_owner(None, Some(0)).source, OwnerSource::Process);
    } else {
        assert_eq!(under_sudo.source, OwnerSource::Process);
    }
}

fn needles() -> Vec<Needle> {
    vec![Needle { label: "TWILIO_API_SECRET".into(), value: SECRET.to_owned().into(), identifier: false }]
}

fn around(path: &Path, home: Option<&Path>) -> PlaceFacts {
    surroundings(path, &needles(), home)
}

fn brief(found: &Fact<Vec<Sibling>>, below: &Path) -> Vec<(String, Fact<bool>)> {
    let name = |sibling: &Sibling| sibling.path.strip_prefix(below).unwrap().display().to_string();
    found.known().unwrap().iter().map(|sibling| (name(sibling), sibling.holds_value.clone())).collect()
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::DirBuilder::new().recursive(true).create(path.parent().unwrap()).unwrap();
    create(path, bytes).unwrap();
}

#[test]
fn copies_beside_it_are_told_and_whether_they_hold_a_value() {
    let (_home, dir) = home();
    let path = dir.join("repos.env");
    put(&path, SECRET.as_bytes());
    put(&dir.join("repos.env~"), SECRET.as_bytes());
    put(&dir.join("repos.env.bak"), b"TWILIO_API_SECRET=another\n");
    put(&dir.join("sedAb12Cd"), SECRET.as_bytes());
    put(&dir.join("sedAc34Ef"), b"");
    put(&dir.join("unrelated"), SECRET.as_bytes());
    symlink(&path, dir.join("repos.env.orig")).unwrap();
    rustix::fs::mknodat(CWD, dir.join("repos.env.old"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let facts = around(&path, None);
    let expected = [
        ("repos.env.bak".to_owned(), Fact::Known(false)),
        ("repos.env~".to_owned(), Fact::Known(true)),
        ("sedAb12Cd".to_owned(), Fact::Known(true)),
    ];
    assert_eq!(brief(&facts.siblings, &dir), expected);
    assert_eq!(facts.editor_copies, Fact::NotAsked);
}

#[test]
fn copies_in_editors_folders_are_told() {
    let (_home, dir) = home();
    let path = dir.join("my app/repos.env");
    put(&path, SECRET.as_bytes());
    let escaped = path.display().to_string().replace(' ', "%20");
    let entries =
        format!(r#"{{"version":1,"resource":"file://{escaped}","entries":[{{"id":"Ab.env"}},{{"id":"../../x"}}]}}"#);
    let history = super::editors::history_folder(&path);
    // A folder that is named as no version of the program names them may be anybody's; one named after another file is
    // not opened, whatever lies there.
    for folder in [history.as_str(), "imported", "7f"] {
        let folder = dir.join(".config/Code/User/History").join(folder);
        put(&folder.join("entries.json"), entries.as_bytes());
        put(&folder.join("Ab.env"), b"old");
    }
    let vim = path.display().to_string().replace('/', "%");
    put(&dir.join(".local/state/nvim/swap").join(format!("{vim}.swp")), SECRET.as_bytes());
    put(
        &dir.join(".local/share/Trash/info/repos.2.env.trashinfo"),
        format!("[Trash Info]\nPath={escaped}\n").as_bytes(),
    );
    put(&dir.join(".local/share/Trash/files/repos.2.env"), b"gone");
    put(&dir.join(".emacs.d/backups/repos.env"), b"another file of that name");
    let found = brief(&around(&path, Some(&dir)).editor_copies, &dir);
    let expected = [
        (format!(".config/Code/User/History/{history}/Ab.env"), Fact::Known(false)),
        (".config/Code/User/History/imported/Ab.env".to_owned(), Fact::Known(false)),
        (".local/share/Trash/files/repos.2.env".to_owned(), Fact::Known(false)),
        (format!(".local/state/nvim/swap/{vim}.swp"), Fact::Known(true)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn marks_of_its_directories_are_told() {
    let (_home, dir) = home();
    let path = dir.join("Dropbox (Work)/site/public/conf/repos.env");
    put(&path, b"");
    put(&dir.join("Dropbox (Work)/site/public/index.html"), b"");
    put(&dir.join("Dropbox (Work)/site/Dockerfile"), b"FROM scratch\n");
    put(&dir.join("Dropbox (Work)/site/.dockerignore"), b"*.env\n");
    let facts = around(&path, None);
    assert_eq!(
        facts.web_root.map(|mark| (mark.path, mark.by)),
        Some((dir.join("Dropbox (Work)/site/public"), "index.html".into()))
    );
    assert_eq!(facts.synced.map(|mark| (mark.path, mark.by)), Some((dir.join("Dropbox (Work)"), "Dropbox".into())));
    let docker = facts.docker.known().unwrap().clone().unwrap();
    assert_eq!((docker.ignored, docker.file), (false, dir.join("Dropbox (Work)/site/Dockerfile")));
    let open = dir.join("open");
    put(&open.join("x/repos.env"), b"");
    chmod(&open, 0o1777);
    if !dir.starts_with("/tmp") {
        assert_eq!(around(&open.join("x/repos.env"), None).shared_tmp, Some(open));
    }
    let plain = around(Path::new("/etc/hostname"), None);
    assert_eq!((plain.web_root, plain.synced, plain.shared_tmp), (None, None, None));
    assert_eq!(plain.docker, Fact::Known(None));
}
