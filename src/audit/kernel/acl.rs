//! Access control lists, from the attributes the kernel keeps them in.

use std::os::fd::{AsFd, AsRawFd as _};

use rustix::io::Errno;

use crate::audit::facts::{Acl, AclEntry, AclWho, Fact, FileSystem};

/// The most bytes Linux lets an attribute have (`xattr(7)`).
const MOST: usize = 1 << 16;

/// The access control list of a file; empty if it has none.
pub(super) fn access(file: impl AsFd) -> Result<Acl, String> {
    posix(file, "system.posix_acl_access")
}

/// The list a directory gives to what is made in it; empty if it has none.
pub(super) fn default(dir: impl AsFd) -> Result<Acl, String> {
    posix(dir, "system.posix_acl_default")
}

fn posix(file: impl AsFd, name: &str) -> Result<Acl, String> {
    match attribute(file, name)? {
        None => Ok(Acl::default()),
        Some(bytes) => decode(&bytes).ok_or_else(|| "its access control list is of a form that is not known".into()),
    }
}

/// Whether an access list of another system lets somebody else in. Only file systems that have such lists are asked.
pub(super) fn foreign(file: impl AsFd, filesystem: &Fact<FileSystem>) -> Fact<Option<bool>> {
    if !cfg!(target_os = "linux") {
        return Fact::Unknown("access lists of this system cannot be read".into());
    }
    let name = match filesystem {
        Fact::Known(filesystem) => filesystem.name.as_str(),
        Fact::Unknown(reason) => return Fact::Unknown(reason.clone()),
        Fact::NotAsked => return Fact::NotAsked,
    };
    let found = match name {
        "nfs" | "nfs4" => attribute(file, "system.nfs4_acl").and_then(|found| match found {
            None => Ok(None),
            Some(bytes) => nfs(&bytes).map(Some).ok_or_else(|| "its NFSv4 access list has an unknown form".into()),
        }),
        "cifs" | "smb3" => match attribute(file, "system.cifs_acl") {
            Ok(None) => Ok(None),
            Ok(Some(_)) => Err("its Windows access list is kept by the server".into()),
            Err(reason) => Err(reason),
        },
        "drvfs" | "ntfs" | "ntfs3" | "vboxsf" | "vmhgfs" => Err("its Windows access list cannot be read here".into()),
        _ => Ok(None),
    };
    match found {
        Ok(found) => Fact::Known(found),
        Err(reason) => Fact::Unknown(reason),
    }
}

/// An attribute of what a descriptor stands for. The descriptor was opened without the right to read, which attributes
/// are only given away for under the name it has in `/proc`.
fn attribute(file: impl AsFd, name: &str) -> Result<Option<Vec<u8>>, String> {
    let path = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    let mut buffer = vec![0; 1024];
    let size = match rustix::fs::getxattr(&path, name, &mut buffer[..]) {
        Err(Errno::RANGE) => {
            buffer.resize(MOST, 0);
            rustix::fs::getxattr(&path, name, &mut buffer[..])
        }
        other => other,
    };
    match size {
        Ok(size) => {
            buffer.truncate(size);
            Ok(Some(buffer))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(Errno::NOENT) => Err("/proc is not there to read attributes through".into()),
        Err(error) => Err(format!("its access control list cannot be read: {error}")),
    }
}

/// `linux/posix_acl_xattr.h`: version 2, then for each entry a tag, rights and an id, little-endian.
fn decode(bytes: &[u8]) -> Option<Acl> {
    let (version, rest) = bytes.split_first_chunk()?;
    let (entries, tail) = rest.as_chunks::<8>();
    if u32::from_le_bytes(*version) != 2 || !tail.is_empty() {
        return None;
    }
    let decoded = entries.iter().map(|[tag, tag1, perms, perms1, id @ ..]| {
        let id = u32::from_le_bytes(*id);
        let who = match u16::from_le_bytes([*tag, *tag1]) {
            0x01 => AclWho::Owner,
            0x02 => AclWho::User(id),
            0x04 => AclWho::OwningGroup,
            0x08 => AclWho::Group(id),
            0x10 => AclWho::Mask,
            0x20 => AclWho::Other,
            _ => return None,
        };
        Some(AclEntry { who, perms: u16::from_le_bytes([*perms, *perms1]).into() })
    });
    Some(Acl { entries: decoded.collect::<Option<_>>()? })
}

/// RFC 7530, as the Linux client hands it on: a count, then for each entry type, flags, mask and a name, in XDR. Says
/// whether one allows others than the owner to read, write or append.
fn nfs(bytes: &[u8]) -> Option<bool> {
    fn word<'b>(rest: &mut &'b [u8]) -> Option<u32> {
        let (word, tail): (&'b [u8; 4], _) = rest.split_first_chunk()?;
        *rest = tail;
        Some(u32::from_be_bytes(*word))
    }
    const READ_WRITE_APPEND: u32 = 0b111;
    let mut rest = bytes;
    let mut open = false;
    for _ in 0..word(&mut rest)? {
        let (kind, _flags, mask) = (word(&mut rest)?, word(&mut rest)?, word(&mut rest)?);
        let length = usize::try_from(word(&mut rest)?).ok()?;
        let who = rest.get(..length)?;
        rest = rest.get(length.next_multiple_of(4)..)?;
        open |= kind == 0 && mask & READ_WRITE_APPEND != 0 && who != b"OWNER@";
    }
    Some(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_not_guessed_at() {
        assert_eq!(decode(&[2, 0, 0, 0]), Some(Acl::default()));
        assert_eq!(decode(&[1, 0, 0, 0]), None);
        assert_eq!(decode(&[2, 0, 0, 0, 1]), None);
        assert_eq!(decode(&[2, 0, 0, 0, 0x40, 0, 4, 0, 0, 0, 0, 0]), None);
        assert_eq!(decode(&[]), None);
    }

    #[test]
    fn an_nfs_list_is_read_for_who_else_gets_in() {
        let list = |entries: &[(u32, u32, &str)]| {
            let mut bytes = u32::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
            for (kind, mask, who) in entries {
                for word in [*kind, 0, *mask, u32::try_from(who.len()).unwrap()] {
                    bytes.extend_from_slice(&word.to_be_bytes());
                }
                bytes.extend_from_slice(who.as_bytes());
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            bytes
        };
        let attributes_only = 0x0012_0080;
        assert_eq!(nfs(&list(&[(0, 7, "OWNER@"), (0, attributes_only, "EVERYONE@")])), Some(false));
        assert_eq!(nfs(&list(&[(0, 7, "OWNER@"), (0, 1, "bob@example.org")])), Some(true));
        assert_eq!(nfs(&list(&[(1, 7, "EVERYONE@")])), Some(false));
        assert_eq!(nfs(&[0, 0, 0, 9]), None);
    }
}
