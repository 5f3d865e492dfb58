//! Where else the values of the file stand.

use std::path::PathBuf;

/// Where else the values of the file stand.
#[derive(Debug, Clone, Default)]
pub struct CopyFacts {
    /// Each place, sorted by path, line, variable.
    pub found: Vec<Copied>,
    /// Other names of the file itself that the search met, sorted.
    pub names: Vec<PathBuf>,
    /// What the user named and could not be searched at all, sorted.
    pub missed: Vec<Missed>,
    /// What else was not searched, or not looked for.
    pub gaps: Vec<Gap>,
}

/// Something that was named to be searched, and was not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// As it was named; of a history its repository.
    pub path: PathBuf,
    /// The history there is meant, not the files.
    pub history: bool,
    /// Why.
    pub why: String,
}

/// Something that the search did not look at, or not for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What and why, without a full stop.
    pub text: String,
    /// The search is made so: nothing went wrong.
    pub usual: bool,
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
    /// What else is needed to find it there, such as how it is encoded.
    pub note: Option<String>,
    /// Of a repository's history: the objects that have it, what helps most to find it first.
    pub kept: Vec<Kept>,
}

/// One object of a repository that has the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The path of the file in the commit that is named, if it is a file of one.
    pub within: Option<PathBuf>,
    /// Which object it is, in words.
    pub said: String,
    /// The same without the commit: what versions of one file have in common.
    pub place: String,
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
