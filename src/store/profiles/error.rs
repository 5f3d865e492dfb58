//! Why a profile could not be read or kept.

use std::io;
use std::path::PathBuf;

use super::{Store, VaultError};
use crate::model::ProfileName;
use crate::store::lock::LockError;
use crate::store::{file, paths};

/// Why a profile could not be read or kept. It never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `profiles.toml` is not what it should be.
    #[error("{path}, line {line}, column {column}: {why}")]
    Book {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// Others may write `profiles.toml`, and choose which credential is used.
    #[error("{path} can be written by others (mode {mode:04o})")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no such profile.
    #[error("there is no profile `{name}` in {path}")]
    NoSuch {
        /// The name.
        name: ProfileName,
        /// The file.
        path: PathBuf,
    },
    /// The secret is in a store of another platform.
    #[error("the secret of the profile `{name}` is in the {store}, which this machine does not have")]
    Elsewhere {
        /// The profile.
        name: ProfileName,
        /// The store.
        store: Store,
    },
    /// The store does not have the profile's entry.
    #[error("the secret of the profile `{name}` is gone: there is no {place}")]
    Gone {
        /// The profile.
        name: ProfileName,
        /// The entry or file.
        place: String,
    },
    /// The entry does not hold the profile's credential.
    #[error("the secret of the profile `{name}` cannot be used ({place}): {why}")]
    Entry {
        /// The profile.
        name: ProfileName,
        /// The entry or file.
        place: String,
        /// What is wrong with it.
        why: &'static str,
        /// Whether it may be a whole secret all the same: nothing is written in its place without the user's word.
        whole: bool,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// `profiles.toml` cannot be read or written.
    #[error(transparent)]
    File(#[from] file::Error),
    /// Its folder cannot be used.
    #[error(transparent)]
    Folder(#[from] paths::Error),
    /// Another run has the profiles in its hands.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system has no random bytes.
    #[error("no random bytes")]
    Random(#[source] io::Error),
}
