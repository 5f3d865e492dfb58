//! Taking access away.

use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::io::Errno;

use super::read::{metadata, open};
use super::replace::movable;
use super::{Error, Snapshot};

const ACL: &str = "system.posix_acl_access";
const GROUP: u32 = 0o070;

/// What [`restrict`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restricted {
    /// The permission bits before, set-id and sticky bits included.
    pub before: u32,
    /// The permission bits now, as the kernel tells them.
    pub after: u32,
    /// An access control list was removed.
    pub acl_dropped: bool,
}

/// Takes permission bits away from a file that was read: of those it has, the ones in `keep` stay. With `drop_acl` its
/// access control list goes too, and the owning group keeps no more than the list gave it.
///
/// The work is done on a descriptor of the very inode that was read, bits are only ever removed, and what came out is
/// asked of the kernel again. At no instant has anybody more access than before: the list is masked off before it is
/// removed, for without it the mask would become the group's rights. Killed in between, less access is left than was
/// meant, never more; repeating the call finishes the work.
///
/// # Errors
/// [`Error::Changed`] if another file stands there now; [`Error::Unenforced`] if the file system says it did it and did
/// not; [`Error::Immutable`]; [`Error::Acl`] if the list cannot be removed.
pub fn restrict(snapshot: &Snapshot, keep: u32, drop_acl: bool) -> Result<Restricted, Error> {
    let path = snapshot.path();
    let (file, found) = open(rustix::fs::CWD, snapshot.resolved(), path)?;
    let identity = snapshot.identity();
    if (identity.dev, identity.ino) != (found.dev(), found.ino()) {
        return Err(Error::changed(path));
    }
    let before = found.mode() & 0o7777;
    let mut wanted = before & keep;
    let listed = if drop_acl { group_of_list(&file, path)? } else { None };
    let acl_dropped = if let Some(group) = listed {
        set(&file, wanted & !GROUP, path)?;
        rustix::fs::fremovexattr(&file, ACL)
            .map_err(|source| Error::Acl { path: path.to_owned(), source: source.into() })?;
        wanted &= !GROUP | group;
        true
    } else {
        false
    };
    if wanted != before || acl_dropped {
        set(&file, wanted, path)?;
    }
    let after = metadata(&file, path)?.mode() & 0o7777;
    if after != wanted || drop_acl && group_of_list(&file, path)?.is_some() {
        return Err(Error::Unenforced { path: path.to_owned(), mode: after });
    }
    Ok(Restricted { before, after, acl_dropped })
}

fn set(file: &File, mode: u32, path: &Path) -> Result<(), Error> {
    file.set_permissions(Permissions::from_mode(mode)).map_err(|source| match movable(file, path) {
        Err(immutable @ Error::Immutable { .. }) => immutable,
        _ => Error::Io { doing: "set the mode of", path: path.to_owned(), source },
    })
}

/// The rights the file's list leaves the owning group, at the place they have in a mode; none without a list. One that
/// cannot be understood leaves it nothing.
fn group_of_list(file: &File, path: &Path) -> Result<Option<u32>, Error> {
    let mut buffer = vec![0; 1 << 16];
    let size = match rustix::fs::fgetxattr(file, ACL, &mut buffer[..]) {
        Ok(size) => size,
        Err(Errno::NODATA | Errno::OPNOTSUPP) => return Ok(None),
        Err(source) => return Err(Error::Acl { path: path.to_owned(), source: source.into() }),
    };
    // `linux/posix_acl_xattr.h`: a version, then entries of tag, rights and id. The owning group is 4, the mask 16.
    let entries = buffer[..size].get(4..).unwrap_or_default().as_chunks::<8>().0;
    let rights = |tag: u16| {
        let of = |entry: &&[u8; 8]| u16::from_le_bytes([entry[0], entry[1]]) == tag;
        entries.iter().find(of).map(|entry| u32::from(u16::from_le_bytes([entry[2], entry[3]])) & 0o7)
    };
    Ok(Some((rights(0x04).unwrap_or(0) & rights(0x10).unwrap_or(0o7)) << 3))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rustix::fs::XattrFlags;
    use tempfile::TempDir;

    use super::*;
    use crate::store::file::{create, read};

    fn sample(mode: u32) -> (TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().canonicalize().unwrap().join("repos.env");
        create(&path, b"A=1\n").unwrap();
        chmod(&path, mode);
        (home, path)
    }

    fn chmod(path: &Path, mode: u32) {
        File::open(path).unwrap().set_permissions(Permissions::from_mode(mode)).unwrap();
    }

    /// The owner reads and writes, the group `group`, user 1234 reads and writes, the mask is read and write.
    fn list(path: &Path, group: u8) {
        let entry = |tag: u8, rights: u8, id: u32| [&[tag, 0, rights, 0], &id.to_le_bytes()[..]].concat();
        let nobody = u32::MAX;
        let entries = [(0x01, 6, nobody), (0x02, 6, 1234), (0x04, group, nobody), (0x10, 6, nobody), (0x20, 0, nobody)];
        let bytes = entries.into_iter().fold(2_u32.to_le_bytes().to_vec(), |mut bytes, (tag, rights, id)| {
            bytes.extend(entry(tag, rights, id));
            bytes
        });
        rustix::fs::setxattr(path, ACL, &bytes, XattrFlags::empty()).unwrap();
    }

    #[test]
    fn bits_are_removed_and_none_is_added() {
        for (mode, keep, expected) in [
            (0o644, 0o600, 0o600),
            (0o400, 0o600, 0o400),
            (0o7777, 0o600, 0o600),
            (0o664, 0o640, 0o640),
            (0o600, 0o640, 0o600),
        ] {
            let (_home, path) = sample(mode);
            let done = restrict(&read(&path).unwrap(), keep, true).unwrap();
            assert_eq!(done, Restricted { before: mode, after: expected, acl_dropped: false });
            assert_eq!(read(&path).unwrap().mode(), expected);
        }
    }

    #[test]
    fn a_list_goes_and_its_mask_does_not_become_the_groups() {
        for (group, keep, expected) in [(0, 0o640, 0o600), (4, 0o640, 0o640), (6, 0o640, 0o640), (6, 0o600, 0o600)] {
            let (_home, path) = sample(0o600);
            list(&path, group);
            let done = restrict(&read(&path).unwrap(), keep, true).unwrap();
            assert_eq!(done, Restricted { before: 0o660, after: expected, acl_dropped: true });
            assert_eq!(rustix::fs::getxattr(&path, ACL, &mut [0; 64]), Err(Errno::NODATA));
        }
    }

    #[test]
    fn a_list_that_is_to_stay_is_masked() {
        let (_home, path) = sample(0o600);
        list(&path, 0);
        let done = restrict(&read(&path).unwrap(), 0o600, false).unwrap();
        assert_eq!((done.after, done.acl_dropped), (0o600, false));
        assert!(rustix::fs::getxattr(&path, ACL, &mut [0; 64]).is_ok());
    }

    #[test]
    fn another_file_or_a_link_in_its_place_is_left_alone() {
        let (home, path) = sample(0o644);
        let snapshot = read(&path).unwrap();
        let victim = home.path().join("victim");
        create(&victim, b"").unwrap();
        chmod(&victim, 0o644);
        crate::store::file::write_public(&path, b"B=2\n").unwrap();
        assert!(matches!(restrict(&snapshot, 0o600, true), Err(Error::Changed { .. })));
        rustix::fs::unlink(&path).unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(matches!(restrict(&snapshot, 0o600, true), Err(Error::Changed { .. })));
        assert_eq!(read(&victim).unwrap().mode(), 0o644);
    }
}
