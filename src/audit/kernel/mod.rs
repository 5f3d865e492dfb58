//! The file as the kernel sees it, and what stands around it.
//!
//! [`examine`] judges the descriptor and not the name: what is told is told of one inode, the one that was read. The
//! way to it is told apart, for whoever owns a directory on the way can put another file in its place.

mod acl;
mod docker;
mod editors;
pub mod filesystem;
mod loaders;
mod marks;
mod package;
mod siblings;
mod spare;
mod values;
mod way;

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

pub use self::spare::spare;
use self::values::Values;
use super::copies::Needle;
use super::facts::{ExpectedOwner, Fact, FileKind, KernelFacts, OwnerSource, PlaceFacts};
use crate::store::file::Identity;

/// Why nothing can be told of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing of that name, or a link that leads nowhere.
    #[error("{path} does not exist")]
    Missing {
        /// As it was given, or the link's target.
        path: PathBuf,
    },
    /// Symbolic links that lead to each other.
    #[error("{path} is a loop of symbolic links")]
    Loop {
        /// As it was given.
        path: PathBuf,
    },
    /// It is not the file that was read.
    #[error("{path} was changed by another program since it was read")]
    Changed {
        /// As it was given.
        path: PathBuf,
    },
    /// The way to it cannot be examined.
    #[error("cannot examine {path}")]
    Io {
        /// The file or the directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Who the file should belong to: the user that was named; under sudo the one who called it; else this process's.
///
/// `sudo` is `SUDO_UID`. It counts only for root: a user may set the variable as he likes.
#[must_use]
pub fn expected_owner(named: Option<u32>, sudo: Option<u32>) -> ExpectedOwner {
    let own = rustix::process::geteuid().as_raw();
    match (named, sudo) {
        (Some(uid), _) => ExpectedOwner { uid, source: OwnerSource::Flag },
        (None, Some(uid)) if own == 0 && uid != 0 => ExpectedOwner { uid, source: OwnerSource::Sudo },
        (None, _) => ExpectedOwner { uid: own, source: OwnerSource::Process },
    }
}

/// The first link on the way, or directory on the way to a link, of a user who is not among the trusted: he decides which
/// file the path means. With it, his number.
#[must_use]
pub fn turned_by_others<'k>(kernel: &'k KernelFacts, trusted: &[u32]) -> Option<(&'k Path, u32)> {
    let strange = |uid: u32| !trusted.contains(&uid);
    let link = kernel.links.iter().find(|link| strange(link.uid)).map(|link| (link.path.as_path(), link.uid));
    let on_the_way = |dir: &Path| kernel.links.iter().any(|link| link.path.starts_with(dir));
    let dirs = || kernel.ancestors.iter().filter(|dir| on_the_way(&dir.path));
    link.or_else(|| dirs().find(|dir| strange(dir.uid)).map(|dir| (dir.path.as_path(), dir.uid)))
}

/// The users who may turn a link that is followed: root, this process's, and under sudo the one who called it.
#[must_use]
pub fn trusted(sudo: Option<u32>) -> Vec<u32> {
    let own = rustix::process::geteuid().as_raw();
    [0, own].into_iter().chain(sudo.filter(|_| own == 0)).collect()
}

/// What the kernel says of a file and of the way to it. Nothing is read of its content and nothing is run, so that a
/// pipe or a device is told as safely as a file.
///
/// # Errors
/// [`Error::Missing`], [`Error::Loop`]; [`Error::Changed`] if it is another file than `seen`; [`Error::Io`] if the way
/// may not be searched.
pub fn examine(
    path: &Path,
    seen: Option<&Identity>,
    expected: ExpectedOwner,
    umask: Option<u32>,
) -> Result<KernelFacts, Error> {
    let way = way::walk(path)?;
    let file = look(&way.resolved).map_err(|error| match error {
        Errno::NOENT => Error::Missing { path: path.to_owned() },
        // It was no link a moment ago.
        Errno::LOOP => Error::Changed { path: path.to_owned() },
        error => Error::Io { path: path.to_owned(), source: error.into() },
    })?;
    let file = File::from(file);
    let found = file.metadata().map_err(|source| Error::Io { path: path.to_owned(), source })?;
    if seen.is_some_and(|seen| (seen.dev, seen.ino) != (found.dev(), found.ino())) {
        return Err(Error::Changed { path: path.to_owned() });
    }
    let filesystem = fact(filesystem::of(&file));
    let parent = way.resolved.parent().map(look);
    let parent_default_acl = match parent {
        Some(Ok(dir)) => fact(acl::default(&dir)),
        Some(Err(error)) => Fact::Unknown(format!("its directory cannot be opened: {error}")),
        None => Fact::NotAsked,
    };
    Ok(KernelFacts {
        kind: kind(found.file_type()),
        mode: found.mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        nlink: found.nlink(),
        expected,
        acl: fact(acl::access(&file)),
        foreign_acl: acl::foreign(&file, &filesystem),
        parent_default_acl,
        ancestors: way.ancestors,
        links: way.links,
        filesystem,
        umask: umask.map_or(Fact::NotAsked, Fact::Known),
        resolved: Some(way.resolved),
    })
}

/// What stands around a file: copies beside it and in editors' folders, and what marks the directories it lies in.
///
/// `path` is free of links. `needles` are the file's values, so that a copy can be told from a file that only looks
/// like one; `home` is where editors keep theirs.
#[must_use]
pub fn surroundings(path: &Path, needles: &[Needle], home: Option<&Path>) -> PlaceFacts {
    let values = Values::new(needles);
    let (editor_copies, editor_more) = match home.map(|home| editors::of(path, home, &values)) {
        Some((copies, more)) => (Fact::Known(copies), more),
        None => (Fact::NotAsked, None),
    };
    PlaceFacts {
        packages: Fact::NotAsked,
        loaders: Fact::NotAsked,
        siblings: siblings::of(path, &values),
        editor_copies,
        editor_more,
        docker: docker::of(path),
        web_root: marks::web_root(path),
        synced: marks::synced(path),
        shared_tmp: marks::shared_tmp(path),
    }
}

/// What scripts beside a file do with it, and what packages take it along; asked for apart, since few rules care.
/// `path` is free of links.
pub fn projects(path: &Path, facts: &mut PlaceFacts, packages: bool, loaders: bool) {
    if packages {
        facts.packages = Fact::Known(package::around(path));
    }
    if loaders {
        facts.loaders = loaders::of(path);
    }
}

fn fact<T>(found: Result<T, impl Display>) -> Fact<T> {
    match found {
        Ok(found) => Fact::Known(found),
        Err(reason) => Fact::Unknown(reason.to_string()),
    }
}

/// Opens a name, which must be no link, to be looked at: a pipe is not waited for, a device not started, and nothing
/// need be readable.
#[cfg(target_os = "linux")]
fn look(path: &Path) -> rustix::io::Result<OwnedFd> {
    let fd = rustix::fs::open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    // `O_PATH` opens the link itself.
    let mode = rustix::fs::fstat(&fd)?.st_mode;
    if rustix::fs::FileType::from_raw_mode(mode).is_symlink() { Err(Errno::LOOP) } else { Ok(fd) }
}

#[cfg(not(target_os = "linux"))]
fn look(path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty())
}

/// What sort of file a name stands for.
pub(crate) fn kind(kind: std::fs::FileType) -> FileKind {
    match () {
        () if kind.is_file() => FileKind::Regular,
        () if kind.is_dir() => FileKind::Directory,
        () if kind.is_fifo() => FileKind::Fifo,
        () if kind.is_socket() => FileKind::Socket,
        () if kind.is_block_device() || kind.is_char_device() => FileKind::Device,
        () => FileKind::Other,
    }
}

#[cfg(test)]
mod tests;
