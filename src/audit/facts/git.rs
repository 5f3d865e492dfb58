//! What git says of the file.

use std::path::PathBuf;

use super::Fact;

/// What git says, of every repository that encloses the file, innermost first.
#[derive(Debug, Clone, Default)]
pub struct GitFacts {
    /// The repositories; none if the file is in no work tree.
    pub repositories: Vec<Repository>,
}

/// One enclosing repository.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// The root of its work tree.
    pub root: PathBuf,
    /// Whether its index names the file.
    pub tracked: Fact<bool>,
    /// What ignores the file; `None` inside if nothing does.
    pub ignored: Fact<Option<IgnoreSource>>,
    /// Whether a commit has the file to which a branch, a tag or a stash leads, or led as far as git remembers.
    pub in_history: Fact<bool>,
    /// Where this clone alone is told what to ignore: `.git/info/exclude`, or that of the repository a work tree is of.
    pub exclude: Option<PathBuf>,
    /// The `.gitignore` that excepts the file from being ignored (`!…`), whatever `exclude` says.
    pub excepted: Option<PathBuf>,
}

/// Where the deciding ignore rule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IgnoreSource {
    /// A `.gitignore`, which other clones have too.
    Shared(PathBuf),
    /// `.git/info/exclude` or `core.excludesFile`, which only this clone has.
    Local(PathBuf),
}
