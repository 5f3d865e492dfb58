//! Access control lists, made without the tools that make them.

use std::path::Path;

/// The id of an entry of an access control list that is for nobody by name.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Gives a file or a directory an access control list as the kernel keeps one (`linux/posix_acl_xattr.h`): the owner has the
/// rights `own`, his group and others have none but what is said; of each further entry the tag, the rights and the id. False if the file
/// system has no such lists.
pub(crate) fn acl(path: &Path, own: u8, further: &[(u8, u8, u32)]) -> bool {
    list("system.posix_acl_access", path, own, further)
}

/// Gives a directory the list that whatever is made in it begins with.
pub(crate) fn acl_of_new(dir: &Path, own: u8, further: &[(u8, u8, u32)]) -> bool {
    list("system.posix_acl_default", dir, own, further)
}

fn list(attribute: &str, path: &Path, own: u8, further: &[(u8, u8, u32)]) -> bool {
    let mut entries = vec![(0x01, own, NOBODY), (0x04, 0, NOBODY), (0x20, 0, NOBODY)];
    entries.retain(|(tag, ..)| !further.iter().any(|(other, ..)| other == tag));
    entries.extend_from_slice(further);
    entries.sort_unstable();
    let bytes = entries.into_iter().fold(2_u32.to_le_bytes().to_vec(), |mut bytes, (tag, rights, id)| {
        bytes.extend([&[tag, 0, rights, 0], &id.to_le_bytes()[..]].concat());
        bytes
    });
    rustix::fs::setxattr(path, attribute, &bytes, rustix::fs::XattrFlags::empty()).is_ok()
}
