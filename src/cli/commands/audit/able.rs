//! Whether this user could do what a fix does, judged without trying it: a look must not write.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};
use rustix::io::Errno;

use crate::audit::{Action, Veil};
use crate::store::file::Snapshot;

/// Why the kernel would refuse it. Nothing is known of what it may refuse besides, such as to an immutable file.
pub(super) fn why_not(action: &Action, snapshot: &Snapshot, veil: &Veil) -> Option<String> {
    let shown = |path: &Path| veil.path(path).display().to_string();
    let own = rustix::process::geteuid();
    let theirs = |uid: u32| !own.is_root() && uid != own.as_raw();
    let file = snapshot.resolved();
    match action {
        Action::Edits(_) | Action::Transcode => {
            let strange = theirs(snapshot.uid());
            let stays = || format!("it belongs to user {}, and one of yours would take its place", snapshot.uid());
            strange.then(stays).or_else(|| closed(file.parent()?, &shown))
        }
        Action::Chmod { path: None, .. } | Action::DropAcl => {
            rights("it", snapshot.uid(), &theirs).or_else(|| read_only(file, &shown))
        }
        Action::Chmod { path: Some(path), .. } => {
            let uid = path.symlink_metadata().ok()?.uid();
            rights(&shown(path), uid, &theirs).or_else(|| read_only(path, &shown))
        }
        Action::Append { path, .. } => match path.symlink_metadata() {
            // Root's list of a repository is not written for its user either.
            Ok(found) if found.uid() != own.as_raw() => {
                Some(format!("{} belongs to user {}", shown(path), found.uid()))
            }
            _ => closed(path.parent()?, &shown),
        },
        Action::Remove { path } => closed(path.parent()?, &shown),
    }
}

fn rights(what: &str, uid: u32, theirs: &dyn Fn(u32) -> bool) -> Option<String> {
    theirs(uid).then(|| format!("{what} belongs to user {uid}, who alone may change who reads it"))
}

/// Whether nothing may be made or removed in a directory.
fn closed(dir: &Path, shown: &dyn Fn(&Path) -> String) -> Option<String> {
    match accessat(CWD, dir, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS) {
        Err(Errno::ROFS) => Some(is_read_only(dir, shown)),
        Err(Errno::NOENT | Errno::NOTDIR) => Some(format!("there is no folder {}", shown(dir))),
        Err(Errno::ACCESS | Errno::PERM) => Some(format!("you may not write its folder {}", shown(dir))),
        _ => None,
    }
}

fn read_only(path: &Path, shown: &dyn Fn(&Path) -> String) -> Option<String> {
    let flags = statvfs(path).ok()?.f_flag;
    flags.contains(StatVfsMountFlags::RDONLY).then(|| is_read_only(path, shown))
}

fn is_read_only(path: &Path, shown: &dyn Fn(&Path) -> String) -> String {
    format!("the file system of {} is mounted read-only", shown(path))
}
