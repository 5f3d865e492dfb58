//! What a file has besides its content, carried over to the file that takes its place.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use rustix::fs::XattrFlags;
use rustix::io::Errno;

use super::read::{metadata, open};
use super::{Error, Snapshot};

const ACL: &[u8] = b"system.posix_acl_access";
const LABEL: &[u8] = b"security.selinux";
/// The most bytes Linux lets one attribute, or the list of their names, have (`xattr(7)`).
const MOST: usize = 1 << 16;

/// Gives `to` the owner, group, access control list, security label, `user.*` attributes and mode of `from`.
///
/// A group that this user cannot give is let go where no right hangs on it ([`group_counts`]): `to` keeps the group it was
/// made with.
///
/// The order matters: a change of owner clears the set-id bits, and the list must stand before the mode, whose group
/// bits are its mask. Until the last step `to` has the mode it was made with, 0600. `security.capability` is never
/// copied, for a file with new content has not earned it.
pub(super) fn copy(from: &File, to: &File, shown: &Path) -> Result<(), Error> {
    let (old, new) = (metadata(from, shown)?, metadata(to, shown)?);
    let (uid, gid) = (old.uid(), old.gid());
    if (uid, gid) != (new.uid(), new.gid()) {
        let user = (uid != new.uid()).then_some(uid);
        let group = (gid != new.gid()).then_some(gid);
        match fchown(to, user, group) {
            Err(error) if user.is_none() && is_denied(&error) && !group_counts(from, old.mode()) => {}
            given => given.map_err(|source| Error::Owner {
                path: shown.to_owned(),
                uid,
                gid,
                listed: is_listed(from),
                source,
            })?,
        }
    }
    extended(from, to).map_err(|source| Error::Acl { path: shown.to_owned(), source })?;
    to.set_permissions(Permissions::from_mode(old.mode() & 0o7777)).map_err(Error::io("set the mode of", shown))
}

fn is_denied(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::PERM)
}

/// Whether it matters which group a file with this mode belongs to. It does not where neither the group nor the others have
/// a right: with rights for others alone, those of the group are the ones who have none. Nor may there be an access control
/// list, which may have rights for the group that its mask keeps asleep.
fn group_counts(file: &File, mode: u32) -> bool {
    rights_hang(mode) || is_listed(file)
}

fn rights_hang(mode: u32) -> bool {
    const SET_GROUP_ID: u32 = 0o2000;
    mode & (SET_GROUP_ID | 0o077) != 0
}

/// Whether a file has an access control list; also where nobody can tell.
fn is_listed(file: &File) -> bool {
    names(file).map_or(true, |names| names.iter().any(|name| name == ACL))
}

/// Whether it would matter, with this mode and maybe without its access control list, which group the file belongs to that
/// takes the place of this one. If not, [`super::replace`] does without a group that it cannot give. Where nobody can tell,
/// it matters.
#[must_use]
pub fn group_matters(snapshot: &Snapshot, mode: u32, unlisted: bool) -> bool {
    let listed =
        || open(rustix::fs::CWD, snapshot.resolved(), snapshot.path()).map_or(true, |(file, _)| is_listed(&file));
    rights_hang(mode) || !unlisted && listed()
}

/// Copies the extended attributes. Only the access control list can make it fail: the rest is a label or a note, and a
/// file system may refuse it for reasons of its own.
fn extended(from: &File, to: &File) -> io::Result<()> {
    let mut listed = false;
    for name in names(from)? {
        if name == ACL {
            rustix::fs::fsetxattr(to, &name[..], &value(from, &name)?, XattrFlags::empty())?;
            listed = true;
        } else if name.starts_with(b"user.") || name == LABEL {
            let _ = value(from, &name)
                .and_then(|value| Ok(rustix::fs::fsetxattr(to, &name[..], &value, XattrFlags::empty())?));
        }
    }
    if !listed {
        // The directory's default list was given to the new file at birth. Masked by 0600 it lets nobody in, but the
        // old file's group bits would bring it to life.
        match rustix::fs::fremovexattr(to, ACL) {
            Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn names(file: &File) -> io::Result<Vec<Vec<u8>>> {
    let list = match grow(|buffer| rustix::fs::flistxattr(file, buffer)) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::OPNOTSUPP) => Vec::new(),
        other => other?,
    };
    Ok(list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

fn value(file: &File, name: &[u8]) -> io::Result<Vec<u8>> {
    grow(|buffer| rustix::fs::fgetxattr(file, name, buffer))
}

/// Asks with a small buffer, which is enough nearly always, then with the largest there can be.
fn grow(ask: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; 1024];
    let size = match ask(&mut buffer) {
        Err(Errno::RANGE) => {
            buffer.resize(MOST, 0);
            ask(&mut buffer)?
        }
        other => other?,
    };
    buffer.truncate(size);
    Ok(buffer)
}
