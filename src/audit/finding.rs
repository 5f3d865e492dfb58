//! What a rule reports: where, what, for whom it matters, and how it could be mended. Never a value.

use std::path::PathBuf;

use serde::Serialize;

use super::fix::Fix;
use super::readers::Readers;
use super::rule::Meta;
use crate::dotenv::Span;
use crate::model::KeySid;
use crate::model::digest::sha256_hex;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Some day this will hurt.
    Warning,
    /// Something does not work, or a secret is open to somebody.
    Error,
    /// A secret is, or is about to be, in the wrong hands.
    Critical,
}

impl Severity {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// A place in the audited file or in another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file, if it is not the audited one.
    pub path: Option<PathBuf>,
    /// The path is that of a repository, whose history is meant.
    pub history: bool,
    /// The file's path in a commit of that repository, if one has it.
    pub within: Option<PathBuf>,
    /// The bytes of the audited file; `None` for the file as a whole.
    pub span: Option<Span>,
    /// 1-based line; the engine fills it in from the span.
    pub line: usize,
    /// 1-based column in code points; the engine fills it in from the span.
    pub column: usize,
    /// The line after which it ends, inclusive.
    pub end_line: usize,
    /// The column before which it ends.
    pub end_column: usize,
    /// What is to be said of this place beside the message.
    pub label: Option<String>,
}

impl Location {
    /// The other file that it is in. Of a history: where that file would be, or nothing if no commit has it.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        if self.history { self.within.as_ref().map(|within| path.join(within)) } else { Some(path.clone()) }
    }
}

/// One thing that is wrong. Nothing in it is a value of the file; a name is in it only where [`speakable`] holds.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Meta,
    /// The rule's severity, or what the circumstances make of it.
    pub severity: Severity,
    /// Where; the first is the place itself, further ones belong to it.
    pub locations: Vec<Location>,
    /// The variable it is about.
    pub variable: Option<String>,
    /// The key of the account it is about, if no entry of the file holds it. A SID is no secret.
    pub key: Option<KeySid>,
    /// The fact, in one sentence without a full stop.
    pub message: String,
    /// What else helps to judge this very case.
    pub notes: Vec<String>,
    /// The readers that do not see what was meant; `None` if it is not a matter of readers.
    pub readers: Option<Readers>,
    /// How to mend it, if that can be done by machine.
    pub fix: Option<Fix>,
    /// Which of several findings of this rule about this variable it is, from 0; the engine fills it in.
    pub ordinal: usize,
}

impl Finding {
    /// A finding about the file as a whole.
    #[must_use]
    pub fn new(rule: &'static Meta, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            locations: Vec::new(),
            variable: None,
            key: None,
            message: message.into(),
            notes: Vec::new(),
            readers: None,
            fix: None,
            ordinal: 0,
        }
    }

    /// Adds a place in the audited file.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.locations.push(Location { span: Some(span), ..Location::default() });
        self
    }

    /// Adds a place in the audited file with something to say about it.
    #[must_use]
    pub fn beside(mut self, span: Span, label: impl Into<String>) -> Self {
        self.locations.push(Location { span: Some(span), label: Some(label.into()), ..Location::default() });
        self
    }

    /// Adds another file; `line` and `column` are 1-based, 0 if unknown.
    #[must_use]
    pub fn elsewhere(mut self, path: PathBuf, line: usize, column: usize) -> Self {
        let (end_line, end_column) = (line, column);
        self.locations.push(Location { path: Some(path), line, column, end_line, end_column, ..Location::default() });
        self
    }

    /// Adds an object of the history of a repository, in words, and the path that the file has in a commit.
    #[must_use]
    pub fn in_history(mut self, repository: PathBuf, within: Option<PathBuf>, said: &str) -> Self {
        let (path, label) = (Some(repository), Some(said.to_owned()));
        self.locations.push(Location { path, history: true, within, label, ..Location::default() });
        self
    }

    /// Says which variable it is about, if its name may be said.
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        self.variable = speakable(name).then(|| name.to_owned());
        self
    }

    /// Says which key of the account it is about.
    #[must_use]
    pub fn of_key(mut self, key: &KeySid) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// Overrides the rule's severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says which readers do not see what was meant.
    #[must_use]
    pub fn readers(mut self, readers: Readers) -> Self {
        self.readers = Some(readers);
        self
    }

    /// Adds a way to mend it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Where the finding is, first of all.
    #[must_use]
    pub fn place(&self) -> Option<&Location> {
        self.locations.first()
    }

    /// The line it is about; 0 for the file as a whole.
    #[must_use]
    pub fn line(&self) -> usize {
        self.place().filter(|place| place.path.is_none()).map_or(0, |place| place.line)
    }

    /// What stays the same from run to run while the file is edited elsewhere: the first 16 hexadecimal digits of the
    /// SHA-256 of rule, path, variable or key, and ordinal. `path` is relative to a root that the caller chooses. No line
    /// number and no value goes in.
    #[must_use]
    pub fn identity(&self, path: &str) -> String {
        let elsewhere = self.place().and_then(|place| place.path.as_deref()).map(|path| path.to_string_lossy());
        let parts = [
            self.rule.code,
            path,
            elsewhere.as_deref().unwrap_or_default(),
            self.key.as_ref().map(KeySid::as_str).or(self.variable.as_deref()).unwrap_or_default(),
            &self.ordinal.to_string(),
        ];
        sha256_hex(parts.join("\u{1f}").as_bytes())[..16].to_owned()
    }
}

/// Whether a name may be said: it is one, and not a secret that got into a name's place (a line of base64 that ends
/// in `=` reads as an assignment).
#[must_use]
pub fn speakable(name: &str) -> bool {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    let random = name.len() >= 16
        && !name.contains('_')
        && name.bytes().any(|b| b.is_ascii_digit())
        && name.bytes().any(|b| b.is_ascii_alphabetic());
    plain && !random && name.len() <= 80
}

/// A value as it may be shown: its kind by its first letters if it is a SID, and its length. Nothing else of it.
#[must_use]
pub fn masked(value: &str) -> String {
    let count = value.chars().count();
    match value.get(..2) {
        Some(prefix @ ("AC" | "SK" | "MG" | "PN" | "VA" | "CR" | "CA" | "SM" | "PK")) if count == 34 => {
            format!("{prefix}…(34)")
        }
        _ => format!("…({count})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_names_place_is_not_said() {
        assert!(speakable("TWILIO_API_KEY") && speakable("A.B") && speakable("SHIPCREW2_TWILIO_API_KEY"));
        assert!(!speakable("c2VjcmV0dG9rZW4x") && !speakable("") && !speakable("a b") && !speakable("é"));
        assert_eq!(masked("swordfish"), "…(9)");
        assert_eq!(masked(&format!("SK{}", "0".repeat(32))), "SK…(34)");
    }
}
