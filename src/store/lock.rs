//! One run at a time on one target.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};

use super::StateDir;
use super::dir::PRIVATE;
use super::process::process_alive;
use crate::model::time::Timestamp;

/// How often a lock that is held is tried, and the pause between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);

/// More bytes than an owner's line has.
const LINE: usize = 512;

/// Who holds a lock: what the run that comes too late can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// When its run started.
    pub started: Timestamp,
    /// What it does, in one word or a few: `keys rotate`. Never an argument's value.
    pub command: String,
}

/// A lock that is held: released when this is dropped or the process ends, however it ends.
///
/// The kernel keeps it (`flock(2)`), on a small file that is never removed nor renamed, for then two runs could each
/// hold a lock on a file of that name. A program started meanwhile does not inherit it.
#[derive(Debug)]
#[must_use = "a lock is released when it is dropped"]
pub struct Lock {
    _file: File,
    owner: Owner,
}

/// Why a lock was not got.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run is at work{}", shown(owner.as_ref()))]
    Held {
        /// Which one, if it could be told.
        owner: Option<Owner>,
    },
    /// The lock file cannot be opened, locked or written.
    #[error("cannot lock {path}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn shown(owner: Option<&Owner>) -> String {
    owner.map_or(String::new(), |Owner { pid, started, command }| {
        format!(": process {pid} ({command}), started {started}")
    })
}

impl Lock {
    /// Takes the lock of this name, or says who has it. Waits no longer than a child takes from its fork to its exec.
    ///
    /// # Errors
    /// [`LockError::Held`] if another run has it; [`LockError::Io`] if the lock file cannot be used.
    pub fn acquire(state: &StateDir, name: &str, owner: &Owner) -> Result<Self, LockError> {
        Self::acquire_at(&state.lock(name), owner, Duration::ZERO)
    }

    /// Takes the lock that a file is, and waits for it so long.
    ///
    /// # Errors
    /// [`LockError::Held`] if another run has it still; [`LockError::Io`] if the lock file cannot be used.
    pub fn acquire_at(path: &Path, owner: &Owner, patience: Duration) -> Result<Self, LockError> {
        let since = Instant::now();
        loop {
            match take(path, owner) {
                Ok(Some(file)) => return Ok(Self { _file: file, owner: owner.clone() }),
                Ok(None) if since.elapsed() < patience => {}
                Ok(None) => return Err(LockError::Held { owner: holder(path) }),
                Err(source) => return Err(LockError::Io { path: path.to_owned(), source }),
            }
        }
    }

    /// Who holds it.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }
}

fn take(path: &Path, owner: &Owner) -> io::Result<Option<File>> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, PRIVATE)?);
    let mut tries = 1;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            // A child that a dead holder had just forked keeps its descriptor until it execs, a moment later.
            Err(TryLockError::WouldBlock) if tries < TRIES => {
                tries += 1;
                std::thread::sleep(PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    let mut line = serde_json::to_vec(owner)?;
    line.push(b'\n');
    // Not cut first: a reader takes the first line, and so sees this owner or the last, never half of one.
    file.write_all_at(&line, 0)?;
    Ok(Some(file))
}

/// Who wrote the lock file. Between getting the lock and writing the line the file still names the run before, which is
/// over: then nobody is named.
fn holder(path: &Path) -> Option<Owner> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let mut buffer = [0; LINE];
    let size = file.read_at(&mut buffer, 0).ok()?;
    let line = buffer[..size].split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok().filter(|owner: &Owner| process_alive(owner.pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(command: &str) -> Owner {
        Owner { pid: std::process::id(), started: "2026-03-04T10:23:47Z".parse().unwrap(), command: command.to_owned() }
    }

    #[test]
    fn the_second_learns_who_is_first_and_gets_it_when_it_is_free() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let first = Lock::acquire(&state, "AC-SK", &owner("keys rotate with a long word")).unwrap();
        let other = Lock::acquire(&state, "AC-SK2", &owner("other")).unwrap();
        let error = Lock::acquire(&state, "AC-SK", &owner("late")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "another run is at work: process {} (keys rotate with a long word), started 2026-03-04T10:23:47Z",
                std::process::id()
            )
        );
        drop(first);
        let _second = Lock::acquire(&state, "AC-SK", &owner("x")).unwrap();
        assert_eq!(holder(&state.lock("AC-SK")).unwrap(), owner("x"));
        drop(other);
    }

    #[test]
    fn a_dead_owner_is_not_named() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let gone = Owner { pid: u32::MAX, ..owner("x") };
        let _lock = Lock::acquire(&state, "AC-SK", &gone).unwrap();
        let error = Lock::acquire(&state, "AC-SK", &owner("late")).unwrap_err();
        assert!(matches!(error, LockError::Held { owner: None }));
        assert_eq!(error.to_string(), "another run is at work");
    }
}
