//! Reading a file once, from one descriptor.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{Error, Identity, Kind, MAX, Seen, Snapshot};
use crate::model::digest::sha256;

/// How often a file that moves under the reader is read anew.
const TRIES: usize = 3;

/// Reads a file. A symbolic link is followed on purpose: its target is what [`super::replace`] will replace, and the
/// link stays. Never blocks on a pipe and never takes a terminal.
///
/// # Errors
/// [`Error::Missing`], [`Error::Dangling`], [`Error::Loop`], [`Error::Denied`], [`Error::Kind`], [`Error::Large`];
/// [`Error::Changed`] if it was written to during each of three readings.
pub fn read(path: &Path) -> Result<Snapshot, Error> {
    let resolved = resolve(path)?;
    let (_, seen) = look(rustix::fs::CWD, &resolved, path)?;
    Ok(Snapshot { path: path.to_owned(), resolved, link: path.is_symlink(), seen })
}

/// The path after every symbolic link.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path).map_err(|source| {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT) if path.is_symlink() => match path.metadata().ok().as_ref().and_then(kind) {
                // What the kernel keeps for an open descriptor is followed and has no name: `/dev/stdin` of a pipe.
                Some(kind) => Error::Kind { path, kind },
                None => Error::Dangling { path },
            },
            // A file on the way where a directory should be: there is nothing of that name either.
            Some(Errno::NOENT | Errno::NOTDIR) => Error::Missing { path },
            Some(Errno::LOOP) => Error::Loop { path },
            Some(Errno::ACCESS) => Error::Denied { path },
            _ => Error::Io { doing: "find", path, source },
        }
    })
}

/// Opens a name that is no link and must be a regular file, and reads it from that descriptor: what is checked is what
/// is read. `shown` is the path for errors.
pub(super) fn look(at: impl AsFd, name: &Path, shown: &Path) -> Result<(File, Seen), Error> {
    let (file, mut before) = open(at, name, shown)?;
    for _ in 0..TRIES {
        let bytes = fill(&file, before.size(), shown)?;
        let after = metadata(&file, shown)?;
        if let Some(bytes) = bytes
            && stamp(&before) == stamp(&after)
        {
            return Ok((file, Seen::new(&after, bytes)));
        }
        before = after;
    }
    Err(Error::changed(shown))
}

/// Opens a name that is no link and must be a regular file.
pub(super) fn open(at: impl AsFd, name: &Path, shown: &Path) -> Result<(File, Metadata), Error> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let path = shown.to_owned();
    let file = match rustix::fs::openat(&at, name, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Err(Error::Missing { path }),
        Err(Errno::ACCESS | Errno::PERM) => return Err(Error::Denied { path }),
        // It was no link when the path was resolved.
        Err(Errno::LOOP) => return Err(Error::Changed { path }),
        // What a socket answers, and a device without a driver.
        Err(Errno::NXIO | Errno::NODEV) => {
            let mode = rustix::fs::statat(&at, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| stat.st_mode);
            let socket = mode.is_ok_and(|mode| rustix::fs::FileType::from_raw_mode(mode).is_socket());
            return Err(Error::Kind { path, kind: if socket { Kind::Socket } else { Kind::Device } });
        }
        Err(error) => return Err(Error::io("open", shown)(error)),
    };
    let found = metadata(&file, shown)?;
    match kind(&found) {
        None => Ok((file, found)),
        Some(kind) => Err(Error::Kind { path, kind }),
    }
}

/// What a file is, if it is not a regular one.
pub(super) fn kind(metadata: &Metadata) -> Option<Kind> {
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some(Kind::Directory),
        () if kind.is_fifo() => Some(Kind::Pipe),
        () if kind.is_socket() => Some(Kind::Socket),
        () if kind.is_block_device() || kind.is_char_device() => Some(Kind::Device),
        () => Some(Kind::Other),
    }
}

pub(super) fn metadata(file: &File, shown: &Path) -> Result<Metadata, Error> {
    file.metadata().map_err(Error::io("examine", shown))
}

/// What changes when somebody writes to an open file.
fn stamp(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

/// The content, if it has just `size` bytes. One allocation, so that no copy is left behind unwiped.
fn fill(file: &File, size: u64, shown: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let expected = usize::try_from(size)
        .ok()
        .filter(|size| *size <= MAX)
        .ok_or_else(|| Error::Large { path: shown.to_owned(), size })?;
    let mut bytes = Zeroizing::new(vec![0; expected + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io("read", shown)(error)),
        }
    }
    bytes.truncate(filled);
    Ok((filled == expected).then_some(bytes))
}

impl Seen {
    pub(super) fn new(metadata: &Metadata, bytes: Zeroizing<Vec<u8>>) -> Self {
        let identity = Identity {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            sha256: sha256(&bytes),
        };
        Self {
            bytes,
            identity,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            nlink: metadata.nlink(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::store::file::create;

    #[test]
    fn what_is_no_regular_file_is_named_and_nothing_hangs() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        let kinds = [
            (home.path().to_owned(), Kind::Directory),
            (at("pipe"), Kind::Pipe),
            (at("socket"), Kind::Socket),
            (PathBuf::from("/dev/null"), Kind::Device),
        ];
        for (path, expected) in kinds {
            assert!(matches!(read(&path), Err(Error::Kind { kind, .. }) if kind == expected), "{expected}");
        }
    }

    #[test]
    fn missing_dangling_and_looping_names_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("one"), at("two")).unwrap();
        symlink(at("two"), at("one")).unwrap();
        assert!(matches!(read(&at("nowhere")), Err(Error::Missing { .. })));
        assert!(matches!(read(&at("dangling")), Err(Error::Dangling { .. })));
        assert!(matches!(read(&at("one")), Err(Error::Loop { .. })));
        assert!(matches!(read(Path::new("")), Err(Error::Missing { .. })));
    }

    #[test]
    fn a_link_is_read_through_and_the_size_is_capped() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        create(&at("real.env"), b"A=1\r\n").unwrap();
        symlink(at("real.env"), at("link.env")).unwrap();
        let snapshot = read(&at("link.env")).unwrap();
        assert_eq!(snapshot.bytes(), b"A=1\r\n");
        assert!(snapshot.is_link());
        assert_eq!(snapshot.resolved(), at("real.env").canonicalize().unwrap());
        assert_eq!(snapshot.mode(), 0o600);
        assert!(!format!("{snapshot:?}").contains("A=1"));
        create(&at("full.env"), &vec![b'#'; MAX]).unwrap();
        assert_eq!(read(&at("full.env")).unwrap().bytes().len(), MAX);
        File::options().append(true).open(at("full.env")).unwrap().set_len(MAX as u64 + 1).unwrap();
        assert!(matches!(read(&at("full.env")), Err(Error::Large { .. })));
    }
}
