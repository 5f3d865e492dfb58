//! The secrets files of the user: read once, replaced whole, never written in place.
//!
//! A file is read into a [`Snapshot`], which remembers what was read and from where. [`replace`] writes the new content
//! beside it and swaps the two names, so that the name leads to the complete old or the complete new file at every
//! instant, and refuses if the file is no longer the one that was read. Owner, group, mode, access control list and
//! `user.*` attributes are kept; `chattr` flags and project quotas are not. A group that this user is not in is kept where
//! a right hangs on it, or the file is refused.
//!
//! While a file is being replaced a second file, `.NAME.twcred-XXXXXX.tmp`, stands beside it. After an error it is
//! removed; left by a signal, SIGKILL or power loss, it is removed by the next [`replace`], [`create`] or [`sweep`]
//! of the same name. Where it may be all that holds a secret, as of a key that is just being made, it bears the id of the
//! create as well, `.NAME.twcred-ID-XXXXXX.tmp`, and stays until [`forget`], whoever writes the file meanwhile.

mod append;
mod attributes;
mod create;
mod left;
mod read;
mod remove;
mod replace;
mod restrict;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use append::append_public;
pub use attributes::group_matters;
pub use create::{create, create_of, write_public};
pub use left::{Left, forget, left, sweep};
pub use read::read;
pub use remove::remove;
pub use replace::{probe_replace, replace, replace_of};
pub use restrict::{Restricted, restrict};

/// The most bytes a file may have that is read or written here: 1 MiB.
pub const MAX: usize = 1 << 20;

/// What a file was when it was looked at: enough to notice that it is another one now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The device it is on.
    pub dev: u64,
    /// Its inode there.
    pub ino: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written: seconds and nanoseconds since 1970.
    pub mtime: (i64, i64),
    /// The SHA-256 of its content: file systems count time in steps of milliseconds, and editors are fast.
    pub sha256: [u8; 32],
}

/// A file as it was read: its content, which is wiped when dropped, and what it takes to replace just this file.
#[derive(Clone)]
pub struct Snapshot {
    path: PathBuf,
    resolved: PathBuf,
    link: bool,
    seen: Seen,
}

/// What an open descriptor told of a file.
#[derive(Clone)]
struct Seen {
    bytes: Zeroizing<Vec<u8>>,
    identity: Identity,
    mode: u32,
    uid: u32,
    gid: u32,
    nlink: u64,
}

impl Snapshot {
    /// The content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.seen.bytes
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path after every symbolic link: the file that is replaced.
    #[must_use]
    pub fn resolved(&self) -> &Path {
        &self.resolved
    }

    /// Whether the last part of the path is a symbolic link.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.link
    }

    /// What the file was.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.seen.identity
    }

    /// How many names (hard links) the file has.
    #[must_use]
    pub fn nlink(&self) -> u64 {
        self.seen.nlink
    }

    /// The permission bits, set-id and sticky bits included (`0o7777`).
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.seen.mode
    }

    /// The user it belongs to.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.seen.uid
    }

    /// The group it belongs to.
    #[must_use]
    pub fn gid(&self) -> u32 {
        self.seen.gid
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("path", &self.path)
            .field("resolved", &self.resolved)
            .field("size", &self.seen.identity.size)
            .field("ino", &self.seen.identity.ino)
            .finish_non_exhaustive()
    }
}

/// What stands under a name where a regular file was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A named pipe, as a shell's process substitution makes one.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// None of these.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Directory => "a directory",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "something else",
        })
    }
}

/// Why a file could not be read or replaced. Never holds anything of its content.
///
/// After any of them the file stands as it was, except where a variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing of that name.
    #[error("{path} does not exist")]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A symbolic link that leads nowhere.
    #[error("{path} is a symbolic link to a file that does not exist")]
    Dangling {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Symbolic links that lead to each other.
    #[error("{path} is a loop of symbolic links")]
    Loop {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The file, or a directory on the way to it, may not be read.
    #[error("{path} may not be read by this user")]
    Denied {
        /// The path as it was given.
        path: PathBuf,
    },
    /// It is not a regular file.
    #[error("{path} is {kind}, not a regular file")]
    Kind {
        /// The path as it was given.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// It has more than [`MAX`] bytes, or would have.
    #[error("{path} has {size} bytes; a secrets file has {MAX} at most")]
    Large {
        /// The path as it was given.
        path: PathBuf,
        /// Its size.
        size: u64,
    },
    /// There is something of that name already.
    #[error("{path} exists already")]
    Exists {
        /// The path as it was given.
        path: PathBuf,
    },
    /// It is a symbolic link, and what is to be done is not done through one.
    #[error("{path} is a symbolic link, and nothing is written through it")]
    Linked {
        /// The path as it was given.
        path: PathBuf,
    },
    /// It belongs to somebody else, who decides what stands in it.
    #[error("{path} belongs to user {uid}")]
    Foreign {
        /// The file or the directory.
        path: PathBuf,
        /// The user it belongs to.
        uid: u32,
    },
    /// It has other names, under which the old secret would stay.
    #[error("{path} has {links} names (hard links); the old secret would stay under the others")]
    HardLinked {
        /// The path as it was given.
        path: PathBuf,
        /// How many names it has.
        links: u64,
    },
    /// It, or its directory, is marked immutable or append-only (`chattr +i`, `+a`).
    #[error("{path} is marked immutable or append-only")]
    Immutable {
        /// The file or the directory.
        path: PathBuf,
    },
    /// It is a mount point of its own, as containers mount single files: no other file can take its name.
    #[error("{path} is mounted as a single file, so no other file can take its place")]
    Mounted {
        /// The path as it was given.
        path: PathBuf,
    },
    /// No file can be made, filled or synced in its directory.
    #[error("no new file can be made in {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The new file could not be given to the user and group of the old one.
    #[error("{path} belongs to user {uid} and group {gid}, and a new file cannot be given to them")]
    Owner {
        /// The path as it was given.
        path: PathBuf,
        /// The user it belongs to.
        uid: u32,
        /// The group it belongs to.
        gid: u32,
        /// Whether it has an access control list, or nobody can tell.
        listed: bool,
        /// What the system said.
        source: io::Error,
    },
    /// The access control list could not be carried over; without it somebody would lose access, or gain it.
    #[error("the access control list of {path} cannot be kept")]
    Acl {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was told to let fewer users in, and its file system does not keep modes.
    #[error("the mode of {path} stays {mode:04o}: its file system does not keep modes")]
    Unenforced {
        /// The path as it was given.
        path: PathBuf,
        /// The permission bits it has still.
        mode: u32,
    },
    /// Another program changed it since it was read; what that program wrote stands.
    #[error("{path} was changed by another program since it was read")]
    Changed {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Another program replaced it in the instant of the swap, and its file could not be put back. `path` has the new
    /// content, `kept` what the other program wrote.
    #[error("{path} was changed by another program while it was replaced; what that program wrote is in {kept}")]
    Stranded {
        /// The path as it was given.
        path: PathBuf,
        /// Where the other program's file is.
        kept: PathBuf,
    },
    /// Something else failed. If it failed after the swap (removing the old file, syncing the directory), the new
    /// content stands; repeating the call finishes the work.
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
    /// For `map_err`: what was being done to which file.
    fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source: source.into() }
    }

    fn changed(path: &Path) -> Self {
        Self::Changed { path: path.to_owned() }
    }
}
