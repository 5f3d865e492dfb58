//! Ways to mend a finding.

use std::path::PathBuf;

use crate::dotenv::Span;

/// How far a way of mending may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// With `--fix`: every value stays what it is, to every reader that saw it, and no right is given to anybody.
    Safe,
    /// With `--unsafe-fixes` too: it changes what somebody may rely upon.
    Unsafe,
}

/// A way of mending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// How far it may be trusted.
    pub safety: Safety,
    /// What it does, in a few words: `remove the quotes`.
    pub title: String,
    /// The doing.
    pub action: Action,
}

/// What is to be done. None of it holds a value: edits copy bytes of the file by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Change bytes of the audited file, all or none.
    Edits(Vec<Edit>),
    /// Take permission bits away through the descriptor; `keep` is the mask of those that may stay. `None` is the
    /// audited file.
    Chmod {
        /// Another file than the audited one.
        path: Option<PathBuf>,
        /// The bits that may stay.
        keep: u32,
    },
    /// Remove the extended entries of the ACL, after taking the bits outside `0o600` away.
    DropAcl,
    /// Add a line to another file, making it if there is none.
    Append {
        /// That file.
        path: PathBuf,
        /// The line, without its end.
        line: String,
    },
    /// Remove another file.
    Remove {
        /// That file.
        path: PathBuf,
    },
}

/// A change of some bytes of the audited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; empty to insert.
    pub span: Span,
    /// What comes in their place.
    pub with: Vec<Piece>,
}

/// A piece of what comes in the place of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text of the rule's own.
    Text(&'static str),
    /// Bytes of the file, copied from where they stand now.
    Copy(Span),
}
