//! Files that tell the audit what to leave alone: whoever can write one could silence what gives him away.

use std::path::Path;

use crate::cli::config::guarded;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::store::file::{self, Snapshot};

/// Reads one, `what` it may be called, if nobody but this user and root can have written it.
///
/// # Errors
/// Exit 2, if it cannot be read, is no regular file, or others may write it or put another in its place.
pub(super) fn read(what: &str, path: &Path) -> Result<Snapshot, Failure> {
    let cannot = format!("cannot use the {what} {}", path.display());
    let snapshot = match file::read(path) {
        Err(file::Error::Kind { kind, .. }) => {
            return Err(Failure::usage(format!("{cannot}: it is {kind}, not a regular file"))
                .hint("keep it in a regular file: of nothing else can it be told who may have written it"));
        }
        read => read.doing(cannot).map_err(|failure| failure.with_exit(Exit::Usage))?,
    };
    guarded(what, path, &snapshot, "who can change it could silence what gives him away")?;
    Ok(snapshot)
}
