//! Where else the values of the file stand.

use std::path::PathBuf;

/// Where else the values of the file stand.
#[derive(Debug, Clone, Default)]
pub struct CopyFacts {
    /// Each place, sorted by path, line, variable.
    pub found: Vec<Copied>,
    /// What could not be searched, each with its reason, sorted.
    pub unsearched: Vec<(PathBuf, String)>,
    /// What of the file was not looked for, each as a sentence.
    pub unsought: Vec<String>,
}

/// One value of the file, found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The variable of the audited file whose exact value it is.
    pub variable: String,
    /// Whether the value is a secret; a SID is not.
    pub secret: bool,
    /// The file it stands in.
    pub path: PathBuf,
    /// 1-based line number, if the file has lines.
    pub line: Option<usize>,
    /// 1-based column in code points.
    pub column: Option<usize>,
    /// What sort of file that is.
    pub kind: CopyKind,
    /// Of a repository's history: the file's path in the commit that the note names, if one has it.
    pub within: Option<PathBuf>,
    /// What else is needed to find it there: how it is encoded, or which commit has it.
    pub note: Option<String>,
}

/// What sort of file holds a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyKind {
    /// A file of a project.
    File,
    /// The history of a shell or of an interpreter.
    ShellHistory,
    /// A commit of a git repository.
    GitHistory,
}
