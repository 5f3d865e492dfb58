//! The state directory: where journals, waiting secrets and lock files are.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::model::digest::sha256_hex;
use crate::model::{AccountSid, KeySid, RotationId};

const ROTATIONS: &str = "rotations";
const SEALED: &str = "sealed";
const LOCKS: &str = "locks";
const LISTINGS: &str = "listings";
const REVOKED: &str = "revoked";
const CREATES: &str = "creates";
const FINISHED: &str = "finished";

/// The state directory and its parts, each 0700, ours and no symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    root: PathBuf,
}

/// Why a directory cannot hold the state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is a symbolic link, so somebody else may decide where it leads.
    #[error("{path} is a symbolic link; the state directory must be a directory itself")]
    Link {
        /// The directory.
        path: PathBuf,
    },
    /// Something else stands there.
    #[error("{path} is not a directory")]
    NotADirectory {
        /// The name.
        path: PathBuf,
    },
    /// It belongs to another user, who could read and change what is in it.
    #[error("{path} belongs to user {uid}, and this process runs as user {ours}")]
    Owner {
        /// The directory.
        path: PathBuf,
        /// The user it belongs to.
        uid: u32,
        /// The user this process runs as.
        ours: u32,
    },
    /// Others may enter it, and the file system does not let that be changed.
    #[error("{path} is open to other users (mode {mode:04o}) and could not be closed to them")]
    Wide {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others may write it: what it says may be theirs.
    #[error("{path} may be written by other users (mode {mode:04o})")]
    Open {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something else failed.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source: source.into() }
    }
}

impl StateDir {
    /// Opens the state directory; makes it and its missing parents, 0700 and synced, the first time. A directory of
    /// ours that others may enter is closed to them.
    ///
    /// # Errors
    /// [`Error::Link`], [`Error::NotADirectory`], [`Error::Owner`] and [`Error::Wide`] for the directory or one of its
    /// parts; [`Error::Io`] if one cannot be made or opened.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let root = std::path::absolute(root).map_err(Error::io("find", root))?;
        for part in [root.clone(), root.join(ROTATIONS), root.join(SEALED), root.join(LOCKS)] {
            private(&part)?;
        }
        Ok(Self { root })
    }

    /// The state directory as it stands, to be read only: nothing is made, and no right is changed. `None` if there is none,
    /// or nothing in it.
    ///
    /// # Errors
    /// [`Error::Link`], [`Error::NotADirectory`], [`Error::Owner`]; [`Error::Open`] if others may write it or the directory
    /// of the journals; [`Error::Io`] if it cannot be opened.
    pub fn look(root: &Path) -> Result<Option<Self>, Error> {
        let root = std::path::absolute(root).map_err(Error::io("find", root))?;
        for part in [root.clone(), root.join(ROTATIONS)] {
            let Some((_, mode)) = owned(&part)? else { return Ok(None) };
            if mode & 0o022 != 0 {
                return Err(Error::Open { path: part, mode });
            }
        }
        Ok(Some(Self { root }))
    }

    /// The directory itself, as an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the journal of a rotation is.
    #[must_use]
    pub fn journal(&self, id: &RotationId) -> PathBuf {
        self.root.join(ROTATIONS).join(format!("{id}.jsonl"))
    }

    /// Where the secret of a rotation waits.
    #[must_use]
    pub fn sealed(&self, id: &RotationId) -> PathBuf {
        self.root.join(SEALED).join(format!("{id}.sealed"))
    }

    /// The directory of the waiting secrets.
    #[must_use]
    pub fn sealed_dir(&self) -> PathBuf {
        self.root.join(SEALED)
    }

    /// Where the lock file of a name is. A name that would not do as a file name, such as a path, is hashed.
    #[must_use]
    pub fn lock(&self, name: &str) -> PathBuf {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        let fits = plain && !name.is_empty() && !name.starts_with('.') && name.len() <= 128;
        let file = if fits { format!("{name}.lock") } else { format!("{}.lock", sha256_hex(name.as_bytes())) };
        self.root.join(LOCKS).join(file)
    }

    /// Where the notes of an unfinished listing are; their directory is made the first time.
    ///
    /// # Errors
    /// As [`StateDir::open`], for that directory.
    pub fn listing(&self, name: &str) -> Result<PathBuf, Error> {
        let dir = self.root.join(LISTINGS);
        private(&dir)?;
        Ok(dir.join(format!("{}.jsonl", sha256_hex(name.as_bytes()))))
    }

    /// Where it is noted of which account a key is that was to be revoked; the directory is made the first time.
    ///
    /// # Errors
    /// As [`StateDir::open`], for that directory.
    pub fn revoked(&self, sid: &KeySid) -> Result<PathBuf, Error> {
        let dir = self.root.join(REVOKED);
        private(&dir)?;
        Ok(dir.join(format!("{sid}.jsonl")))
    }

    /// Where it is noted into which sinks a create put a key.
    #[must_use]
    pub fn finished(&self, sid: &KeySid) -> PathBuf {
        self.root.join(FINISHED).join(format!("{sid}.jsonl"))
    }

    /// Makes the directory of those notes, the first time.
    ///
    /// # Errors
    /// As [`StateDir::open`], for that directory.
    pub fn make_finished(&self) -> Result<(), Error> {
        private(&self.root.join(FINISHED))
    }

    /// Where the journal of a create is.
    #[must_use]
    pub fn create(&self, account: &AccountSid, id: &RotationId) -> PathBuf {
        self.root.join(CREATES).join(format!("{account}-{id}.jsonl"))
    }

    /// Makes the directory of the creates' journals, the first time.
    ///
    /// # Errors
    /// As [`StateDir::open`], for that directory.
    pub fn make_creates(&self) -> Result<(), Error> {
        private(&self.root.join(CREATES))
    }

    /// The creates that have a journal, sorted by account and id. Other files there are passed over.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn creates(&self) -> Result<Vec<(AccountSid, RotationId)>, Error> {
        let path = self.root.join(CREATES);
        if owned(&path)?.is_none() {
            return Ok(Vec::new());
        }
        journals(&path, |name| {
            let (account, id) = name.split_once('-')?;
            Some((AccountSid::parse(account).ok()?, id.parse().ok()?))
        })
    }

    /// The rotations that have a journal, sorted by id. Other files there are passed over.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn rotations(&self) -> Result<Vec<RotationId>, Error> {
        journals(&self.root.join(ROTATIONS), |name| name.parse().ok())
    }
}

/// What the names of a directory's journals say, in order.
fn journals<T: Ord>(path: &Path, said: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    // Not the standard library's listing: that panics where closing the directory fails, as it may over a network.
    let dir = enter(path).map_err(Error::io("list", path))?;
    for entry in rustix::fs::Dir::new(dir).map_err(Error::io("list", path))? {
        let entry = entry.map_err(Error::io("list", path))?;
        let name = entry.file_name();
        found.extend(name.to_str().ok().and_then(|name| name.strip_suffix(".jsonl")).and_then(&said));
    }
    found.sort();
    Ok(found)
}

/// Makes sure that a directory is there. One that exists is left as it is, and may be a symbolic link: a configuration
/// often is.
pub(super) fn ensure(path: &Path) -> Result<(), Error> {
    if path.is_dir() { Ok(()) } else { make(path) }
}

/// Makes sure that a directory is there, ours and closed to others.
pub(super) fn private(path: &Path) -> Result<(), Error> {
    let mut found = owned(path)?;
    if found.is_none() {
        make(path)?;
        found = owned(path)?;
    }
    let (dir, mode) = found.ok_or(Errno::NOENT).map_err(Error::io("open", path))?;
    if mode & 0o077 != 0 {
        dir.set_permissions(Permissions::from_mode(0o700)).map_err(Error::io("close to others", path))?;
        let mode = dir.metadata().map_err(Error::io("examine", path))?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(Error::Wide { path: path.to_owned(), mode });
        }
    }
    Ok(())
}

/// Opens a directory, which must be ours and no link, and tells its permission bits; `None` if nothing is there.
fn owned(path: &Path) -> Result<Option<(File, u32)>, Error> {
    let dir = match enter(path) {
        Err(Errno::NOENT) => return Ok(None),
        other => other,
    };
    let dir = dir.map_err(|error| match error {
        // What O_NOFOLLOW and O_DIRECTORY say of a link depends on the kernel; the link itself tells.
        Errno::LOOP | Errno::NOTDIR if path.is_symlink() => Error::Link { path: path.to_owned() },
        Errno::NOTDIR => Error::NotADirectory { path: path.to_owned() },
        error => Error::io("open", path)(error),
    })?;
    let found = dir.metadata().map_err(Error::io("examine", path))?;
    let ours = rustix::process::geteuid().as_raw();
    if found.uid() != ours {
        return Err(Error::Owner { path: path.to_owned(), uid: found.uid(), ours });
    }
    Ok(Some((dir, found.mode() & 0o7777)))
}

fn enter(path: &Path) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map(File::from)
}

/// Makes a directory and its missing parents, 0700; one that is there already stays as it is. Each is synced into the one
/// that holds it, lest a journal that was synced stand in a directory that was not.
///
/// # Errors
/// [`Error::Io`] if one of them cannot be made.
pub fn make(path: &Path) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Err(Errno::NOENT) if parent != path => {
            make(parent)?;
            rustix::fs::mkdir(path, Mode::RWXU)
        }
        other => other,
    }
    .or_else(|error| if error == Errno::EXIST { Ok(()) } else { Err(error) })
    .map_err(Error::io("make", path))?;
    super::dir::Dir::open(parent).and_then(|dir| dir.sync()).map_err(Error::io("sync", parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        File::open(path).unwrap().set_permissions(Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn it_is_made_private_with_its_parents_and_closed_again() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("state/deep/twcred");
        let state = StateDir::open(&root).unwrap();
        for part in ["state", "state/deep", "state/deep/twcred/rotations", "state/deep/twcred/locks"] {
            assert_eq!(mode(&home.path().join(part)), 0o700, "{part}");
        }
        set_mode(&root, 0o755);
        set_mode(&root.join("sealed"), 0o770);
        assert_eq!(StateDir::open(&root).unwrap(), state);
        assert_eq!((mode(&root), mode(&root.join("sealed"))), (0o700, 0o700));
    }

    #[test]
    fn links_files_and_other_owners_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        StateDir::open(&at("real")).unwrap();
        std::os::unix::fs::symlink(at("real"), at("link")).unwrap();
        assert!(matches!(StateDir::open(&at("link")), Err(Error::Link { .. })));
        File::create(at("file")).unwrap();
        assert!(matches!(StateDir::open(&at("file")), Err(Error::NotADirectory { .. })));
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(at("real"), Some(1234), None).unwrap();
            assert!(matches!(StateDir::open(&at("real")), Err(Error::Owner { uid: 1234, ours: 0, .. })));
        }
    }

    #[test]
    fn names_stay_inside_and_rotations_are_listed() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let locks = state.root().join("locks");
        assert_eq!(state.lock("AC1-SK2"), locks.join("AC1-SK2.lock"));
        for name in ["../../etc/passwd", "", ".hidden", "/srv/repos.env", &"x".repeat(300)] {
            let path = state.lock(name);
            assert_eq!(path.parent().unwrap(), locks);
            assert_eq!(path.file_name().unwrap().len(), 64 + 5, "{name}");
        }
        let ids = [RotationId::new([9; 6]), RotationId::new([1; 6])];
        for id in &ids {
            File::create(state.journal(id)).unwrap();
        }
        File::create(state.root().join("rotations/notes.txt")).unwrap();
        assert_eq!(state.rotations().unwrap(), [ids[1].clone(), ids[0].clone()]);
    }
}
