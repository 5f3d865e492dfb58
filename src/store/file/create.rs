//! Files that appear complete.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::Mode;
use zeroize::Zeroizing;

use super::left::swept;
use super::read::{kind, metadata, resolve};
use super::{Error, Kind, MAX, Seen, Snapshot};
use crate::model::RotationId;
use crate::store::dir::{Dir, Of, PRIVATE};

/// Makes a new secrets file, 0600, which appears under its name with all its bytes, durably.
///
/// # Errors
/// [`Error::Exists`] if anything stands under the name, a symbolic link that leads nowhere included;
/// [`Error::Missing`] if its directory does not exist; [`Error::Directory`] if nothing can be made there;
/// [`Error::Large`] above [`MAX`] bytes.
pub fn create(path: &Path, bytes: &[u8]) -> Result<Snapshot, Error> {
    create_of(path, bytes, None)
}

/// The same for a create of a key, in whose file may be all that holds the new secret: what is left of it when this is
/// killed bears its id, and stays until [`super::forget`].
///
/// # Errors
/// As [`create`].
pub fn create_of(path: &Path, bytes: &[u8], id: Option<&RotationId>) -> Result<Snapshot, Error> {
    within_limit(path, bytes)?;
    let (dir, name) = taken(path)?;
    let refuse = |source| refused(&dir, source);
    let temp = dir.temp(name, id.map_or(Of::Nobody, Of::Create), PRIVATE).map_err(refuse)?;
    write(temp.file(), bytes).map_err(refuse)?;
    let seen = Seen::new(&metadata(temp.file(), path)?, Zeroizing::new(bytes.to_vec()));
    temp.place_free(name).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists { path: path.to_owned() },
        _ => Error::Io { doing: "create", path: path.to_owned(), source },
    })?;
    dir.sync().map_err(Error::io("sync", dir.path()))?;
    // Not before: what a killed run left may be the only copy of what is made here.
    swept(&dir, name)?;
    Ok(Snapshot { path: path.to_owned(), resolved: dir.path().join(name), link: false, seen })
}

/// Writes a file that holds no secret, such as a configuration or a generated page: whole or not at all, durably. A new
/// one can be read by whom the user's umask lets and written by nobody else, one that is replaced keeps its mode; a symbolic
/// link is followed.
///
/// # Errors
/// [`Error::Kind`] if something else than a regular file stands there; [`Error::Missing`] if its directory does not
/// exist; [`Error::Directory`] if nothing can be made there.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let target = if path.is_symlink() { resolve(path)? } else { path.to_owned() };
    let (dir, name) = ready(&target)?;
    let refuse = |source| refused(&dir, source);
    let mode = match std::fs::metadata(&target) {
        Ok(old) => match kind(&old) {
            None => Some(old.permissions().mode() & 0o7777),
            Some(kind) => return Err(Error::Kind { path: path.to_owned(), kind }),
        },
        Err(_) => None,
    };
    let temp = dir.temp(name, Of::Nobody, Mode::from_raw_mode(0o644)).map_err(refuse)?;
    if let Some(mode) = mode {
        temp.file().set_permissions(std::fs::Permissions::from_mode(mode)).map_err(refuse)?;
    }
    write(temp.file(), bytes).map_err(refuse)?;
    temp.place(name).map_err(Error::io("replace", path))?;
    dir.sync().map_err(Error::io("sync", dir.path()))
}

/// Fills a new file and makes its content durable.
pub(super) fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

pub(super) fn refused(dir: &Dir, source: io::Error) -> Error {
    Error::Directory { path: dir.path().to_owned(), source }
}

/// What could not be read again must not be written.
pub(super) fn within_limit(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > MAX {
        return Err(Error::Large { path: path.to_owned(), size: bytes.len() as u64 });
    }
    Ok(())
}

/// The directory that holds `path`, resolved, locked and swept of what killed runs left of this file; and the file's
/// name there.
pub(super) fn ready(path: &Path) -> Result<(Dir, &OsStr), Error> {
    let (dir, name) = taken(path)?;
    swept(&dir, name)?;
    Ok((dir, name))
}

/// The directory that holds `path`, resolved and locked; and the file's name there.
pub(super) fn taken(path: &Path) -> Result<(Dir, &OsStr), Error> {
    let Some(name) = path.file_name() else {
        return Err(Error::Kind { path: path.to_owned(), kind: Kind::Directory });
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((locked(&resolve(parent)?)?, name))
}

/// Opens a directory and takes it for this run.
pub(super) fn locked(path: &Path) -> Result<Dir, Error> {
    let mut dir = Dir::open(path).map_err(|source| Error::Directory { path: path.to_owned(), source })?;
    dir.lock().map_err(Error::io("lock", path))?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::read;

    #[test]
    fn a_new_file_is_private_complete_and_never_an_overwrite() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new.env");
        let made = create(&path, b"A=1\n").unwrap();
        let found = read(&path).unwrap();
        assert_eq!((found.bytes(), found.mode(), found.identity()), (&b"A=1\n"[..], 0o600, made.identity()));
        assert!(matches!(create(&path, b"B=2\n"), Err(Error::Exists { .. })));
        std::os::unix::fs::symlink("nowhere", home.path().join("link")).unwrap();
        assert!(matches!(create(&home.path().join("link"), b""), Err(Error::Exists { .. })));
        assert!(matches!(create(&home.path().join("no/new.env"), b""), Err(Error::Missing { .. })));
        assert!(matches!(create(Path::new("/"), b""), Err(Error::Kind { .. })));
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn a_public_file_keeps_its_mode_and_its_link() {
        let home = tempfile::tempdir().unwrap();
        let (path, link) = (home.path().join("config.toml"), home.path().join("link.toml"));
        write_public(&path, b"a = 1\n").unwrap();
        std::fs::File::open(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_public(&link, b"a = 2\n").unwrap();
        assert!(link.is_symlink());
        let found = read(&path).unwrap();
        assert_eq!((found.bytes(), found.mode()), (&b"a = 2\n"[..], 0o640));
        assert!(matches!(write_public(Path::new("/dev/null"), b""), Err(Error::Kind { .. })));
    }
}
