//! Durable local files. The only layer that writes, renames or removes one.
//!
//! | module | what it keeps | what a crash leaves |
//! |---|---|---|
//! | [`mod@file`] | the user's secrets files | the complete old or new file, perhaps a leftover for [`file::sweep`] |
//! | [`paths`] | the state directory, 0700 | some of its parts, which the next run completes |
//! | [`lock`] | who is at work on a target | nothing: the kernel releases the lock |
//! | [`journal`] | what a rotation has done | every record whose append returned |
//! | [`sealed`] | the secret that waits, encrypted | the same, for [`sealed::sweep`] |
//! | [`profiles`] | credentials by name, each secret in a keyring or a file | a profile that leads to its old or its new credential |
//! | [`keyring`] | the operating system's keyring, each call in its time | what was asked of it last may yet be carried out |
//! | [`process`] | no core dump; is a process alive | |
//!
//! "Durable" means: when a function returns, its bytes and the name they stand under have been synced. A step that
//! must come before another (a record before the call it announces) is therefore ordered by returning.

mod dir;
pub mod file;
pub mod journal;
pub mod keyring;
pub mod lock;
pub mod paths;
pub mod process;
pub mod profiles;
pub mod sealed;

pub use file::Snapshot;
pub use journal::Journal;
pub use lock::{Lock, LockError, Owner};
pub use paths::StateDir;
pub use profiles::Profiles;
pub use sealed::SealError;

/// The file whose stale temporary file bears this name, if the name is of that form: `.NAME.twcred-XXXXXX.tmp`, or
/// `.NAME.twcred-OLDNEW.swap` with the first digits of two contents' SHA-256.
///
/// Such a file is left by a run that was killed while it replaced `NAME` in the same directory; it holds a secret, old
/// or new. [`file::sweep`] removes it; a swap only if it holds one of the two. One of a create has the create's id and a
/// hyphen behind `twcred-`, may be all that holds the new secret, and is removed by [`file::forget`] alone.
#[must_use]
pub fn leftover_of(name: &std::ffi::OsStr) -> Option<&std::ffi::OsStr> {
    dir::leftover_of(name).map(|(stem, _)| stem).or_else(|| dir::swap_of(name).map(|(stem, ..)| stem))
}
