//! Where a search starts.

use std::path::{Path, PathBuf};

use super::Error;

/// Where a walk starts: as it was given, for the report, and free of links, for the walk.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) given: PathBuf,
    pub(super) real: PathBuf,
}

impl Root {
    /// Each once, in the order of their paths. One inside another stays: the outer one may leave it out, for git ignores it
    /// or it is on another file system, and that it is named says that it is to be searched all the same.
    pub(super) fn of(given: &[PathBuf]) -> Result<Vec<Self>, Error> {
        let mut all = Vec::new();
        for given in given {
            let real = given.canonicalize().map_err(|source| Error::Root { path: given.clone(), source })?;
            all.push(Self { given: given.clone(), real });
        }
        all.sort_by(|one, other| one.real.cmp(&other.real));
        all.dedup_by(|one, other| one.real == other.real);
        Ok(all)
    }
}

/// A path as the user would write it: below the root he gave.
pub(super) fn shown(roots: &[Root], path: &Path) -> PathBuf {
    for root in roots {
        if let Ok(rest) = path.strip_prefix(&root.real) {
            return if rest.as_os_str().is_empty() { root.given.clone() } else { root.given.join(rest) };
        }
    }
    path.to_owned()
}
