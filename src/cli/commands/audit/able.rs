//! Whether this user could do what a fix does, judged without trying it: a look must not write.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};
use rustix::io::Errno;

use crate::audit::{Action, Veil};
use crate::store::file::{self, Snapshot};

/// The rights of a file once it is closed as far as its fixes go.
#[derive(Clone, Copy)]
pub(super) struct Closed {
    pub(super) mode: u32,
    /// Whether its access control list is gone by then, if it has one.
    pub(super) unlisted: bool,
}

/// Why the kernel would refuse it, for a file with these rights. Nothing is known of what it may refuse besides, such as to
/// an immutable file.
pub(super) fn why_not(action: &Action, snapshot: &Snapshot, closed: Closed, veil: &Veil) -> Option<String> {
    let shown = |path: &Path| veil.path(path).display().to_string();
    let own = rustix::process::geteuid();
    let theirs = |uid: u32| !own.is_root() && uid != own.as_raw();
    let resolved = snapshot.resolved();
    match action {
        Action::Edits(_) | Action::Transcode => {
            let strange = theirs(snapshot.uid());
            let stays = || format!("it belongs to user {}, and one of yours would take its place", snapshot.uid());
            let shut = || shut(resolved.parent()?, &shown);
            strange.then(stays).or_else(shut).or_else(|| strange_group(snapshot, closed))
        }
        Action::Chmod { path: None, .. } | Action::DropAcl { .. } => {
            rights("it", snapshot.uid(), &theirs).or_else(|| read_only(resolved, &shown))
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
            _ => shut(path.parent()?, &shown),
        },
        Action::Remove { path, .. } => shut(path.parent()?, &shown),
    }
}

/// Whether the file that takes the place of this one could not be given its group, on which rights hang. In a folder that
/// hands its group down, a new file has that from the start.
fn strange_group(snapshot: &Snapshot, closed: Closed) -> Option<String> {
    const SET_GROUP_ID: u32 = 0o2000;
    let gid = snapshot.gid();
    let own = |group: rustix::process::Gid| group.as_raw() == gid;
    let is_in =
        own(rustix::process::getegid()) || rustix::process::getgroups().is_ok_and(|all| all.into_iter().any(own));
    let parent = snapshot.resolved().parent()?.metadata().ok()?;
    let handed_down = parent.gid() == gid && (parent.mode() & SET_GROUP_ID != 0 || !cfg!(target_os = "linux"));
    let strange = !rustix::process::geteuid().is_root() && !is_in && !handed_down;
    let why = || format!("it belongs to group {gid}, which you are not in, and no new file can be given to that");
    (strange && file::group_matters(snapshot, closed.mode, closed.unlisted)).then(why)
}

fn rights(what: &str, uid: u32, theirs: &dyn Fn(u32) -> bool) -> Option<String> {
    theirs(uid).then(|| format!("{what} belongs to user {uid}, who alone may change who reads it"))
}

/// Whether nothing may be made or removed in a directory.
fn shut(dir: &Path, shown: &dyn Fn(&Path) -> String) -> Option<String> {
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
