//! What killed runs left beside a file.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;
use super::create::{locked, refused, taken};
use super::read::{look, resolve};
use crate::model::RotationId;
use crate::store::dir::{Dir, Of, content_tag};

/// Removes the temporary files that killed runs left beside a file, and says how many. The file itself need not exist.
/// Those of a create stay, which may be all that holds a secret: they are for [`forget`].
///
/// # Errors
/// [`Error::Directory`] if the directory cannot be read, or a leftover of ours cannot be removed.
pub fn sweep(path: &Path) -> Result<usize, Error> {
    remove(path, Of::Nobody)
}

/// Removes what killed runs of one create left beside a file, and says how much. For one that has ended: whatever it made
/// has its place, or is revoked. The file itself need not exist, nor its directory.
///
/// # Errors
/// As [`sweep`].
pub fn forget(path: &Path, create: &RotationId) -> Result<usize, Error> {
    remove(path, Of::Create(create))
}

fn remove(path: &Path, of: Of<'_>) -> Result<usize, Error> {
    let target = target(path)?;
    let Some(name) = target.file_name() else { return Ok(0) };
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Ok(0);
    }
    let refused = |source| Error::Directory { path: parent.to_owned(), source };
    // Looked for without the lock first: most runs find nothing, and need not wait for anybody.
    let found = Dir::open(parent).and_then(|dir| dir.leftovers(Some(name))).map_err(refused)?;
    if !found.iter().any(|left| left.is_of(of)) {
        return Ok(0);
    }
    let dir = locked(parent)?;
    Ok(dir.sweep(Some(name), of).map_err(refused)? + sweep_swaps(&dir, name, of).map_err(refused)?)
}

/// The file itself, or the name that it would have.
fn target(path: &Path) -> Result<PathBuf, Error> {
    match resolve(path) {
        Err(Error::Missing { .. } | Error::Dangling { .. }) => Ok(path.to_owned()),
        resolved => resolved,
    }
}

/// Removes the same of a directory that is taken.
pub(super) fn swept(dir: &Dir, name: &OsStr) -> Result<(), Error> {
    dir.sweep(Some(name), Of::Nobody).map_err(|source| refused(dir, source))?;
    sweep_swaps(dir, name, Of::Nobody).map_err(|source| refused(dir, source))?;
    Ok(())
}

/// Removes what a run that was killed around a swap left: the old content or the new one. What is neither is another
/// program's version, which came in between; it stays under the name it has.
fn sweep_swaps(dir: &Dir, name: &OsStr, of: Of<'_>) -> io::Result<usize> {
    let mut count = 0;
    for left in dir.leftovers(Some(name))?.iter().filter(|left| left.is_of(of)) {
        let Some(tags) = &left.tags else { continue };
        let ours = look(dir.file(), Path::new(&left.name), Path::new(&left.name))
            .is_ok_and(|(_, found)| tags.contains(&content_tag(&found.identity.sha256)));
        if ours && dir.remove(&left.name).is_ok_and(|removed| removed) {
            count += 1;
        }
    }
    Ok(count)
}

/// A temporary file that a killed run left.
#[derive(Debug)]
pub struct Left {
    /// Its content: complete, or cut short.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The create that it is of, if of one.
    pub of: Option<RotationId>,
}

/// The temporary files that killed runs left beside a file, whether it is there or not. None of a living run's; and none but those that belong to this user, or to whom the file belongs, and let nobody
/// in whom the file does not let in.
///
/// # Errors
/// [`Error::Missing`] if the directory is not there; if it cannot be read or locked; as [`super::read`] of one of them.
pub fn left(path: &Path) -> Result<Vec<Left>, Error> {
    let own = rustix::process::geteuid().as_raw();
    let target = target(path)?;
    let stands = std::fs::metadata(&target).ok();
    let (dir, name) = taken(&target)?;
    let mut found = Vec::new();
    for left in dir.leftovers(Some(name)).map_err(Error::io("read", dir.path()))? {
        let (_, seen) = look(dir.file(), Path::new(&left.name), path)?;
        let is_ours = seen.uid == own || stands.as_ref().is_some_and(|stands| stands.uid() == seen.uid);
        let is_open = seen.mode & 0o077 & !stands.as_ref().map_or(0, MetadataExt::mode) != 0;
        let is_another = left.tags.is_some_and(|tags| !tags.contains(&content_tag(&seen.identity.sha256)));
        if is_ours && !is_open && !is_another {
            found.push(Left { bytes: seen.bytes, of: left.of });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::create;

    #[test]
    fn what_a_create_left_is_found_and_goes_with_that_create_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new.env");
        let (one, two) = (RotationId::of_create([1; 6]), RotationId::of_create([2; 6]));
        for id in [&one, &two] {
            create(&home.path().join(format!(".new.env.twcred-{}-abc123.tmp", id.as_str())), b"A=1\n").unwrap();
        }
        create(&path, b"B=2\n").unwrap();
        assert_eq!((sweep(&path).unwrap(), left(&path).unwrap().len()), (0, 2));
        assert_eq!((forget(&path, &one).unwrap(), left(&path).unwrap().len()), (1, 1));
        assert_eq!((forget(&path, &one).unwrap(), forget(&path, &two).unwrap()), (0, 1));
        assert!(left(&path).unwrap().is_empty());
        assert!(matches!(left(&home.path().join("away/new.env")), Err(Error::Missing { .. })));
        assert_eq!(forget(&home.path().join("away/new.env"), &one).unwrap(), 0);
    }
}
