//! Where a search starts.

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::facts::Missed;

/// Where a walk starts: as it was given, for the report, and free of links, for the walk.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) given: PathBuf,
    pub(super) real: PathBuf,
}

impl Root {
    /// Each once, in the order of their paths. One inside another stays: the outer one may leave it out, for git ignores it
    /// or it is on another file system, and that it is named says that it is to be searched all the same.
    /// Those that cannot be found come beside them: the others are searched all the same.
    pub(super) fn of(given: &[PathBuf]) -> (Vec<Self>, Vec<Missed>) {
        let (mut all, mut missed) = (Vec::new(), Vec::new());
        for given in given {
            let given = given.clone();
            match given.canonicalize() {
                Ok(real) => all.push(Self { given, real }),
                Err(error) => missed.push(Missed { path: given, history: false, why: why(&error) }),
            }
        }
        missed.dedup();
        all.sort_by(|one, other| one.real.cmp(&other.real));
        all.dedup_by(|one, other| one.real == other.real);
        (all, missed)
    }
}

/// Why what was named cannot be searched.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => format!("it cannot be read: {error}"),
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
