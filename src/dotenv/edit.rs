//! Changes to an env file: a value and nothing beside it, proved after the fact.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::dialect::{Disagreement, agree, portable_name, portable_value};
use super::document::{Assignment, EnvFile, Item, Lookup, ProblemKind, Span, Unclear};
use crate::model::Secret;

/// Why a file was not edited. Nothing is written by this module, so nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The variable is not in the file.
    #[error("{name} is not in the file")]
    Missing {
        /// The variable.
        name: String,
    },
    /// The variable is in the file already.
    #[error("line {line}: {name} is in the file already")]
    Present {
        /// The variable.
        name: String,
        /// 1-based line number.
        line: usize,
    },
    /// The variable is set more than once, to different values.
    #[error("{name} has different values in lines {}", lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))]
    Differ {
        /// The variable.
        name: String,
        /// 1-based line numbers.
        lines: Vec<usize>,
    },
    /// What stands there now is read differently by different readers.
    #[error("line {line}: the value of {name} is unclear: {why}")]
    Unclear {
        /// The variable.
        name: String,
        /// 1-based line number.
        line: usize,
        /// What splits the readers.
        why: Unclear,
    },
    /// The new value is empty or has a character that not every reader takes literally.
    #[error("the new value of {name} is empty or has a character that readers take differently")]
    NotPortable {
        /// The variable.
        name: String,
    },
    /// The name is none that every reader takes.
    #[error("{name:?} is not a name of letters, digits and underscores")]
    BadName {
        /// The name.
        name: String,
    },
    /// One variable was given twice.
    #[error("{name} was given twice")]
    Twice {
        /// The variable.
        name: String,
    },
    /// The file is not text.
    #[error("line {line}: {kind}")]
    Doubtful {
        /// 1-based line number.
        line: usize,
        /// What is wrong.
        kind: ProblemKind,
    },
    /// The result was read again and something else than the named values had changed, or not all readers see it.
    #[error("the edit could not be proved{}", .why.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
    Unproven {
        /// What the second reader said, if it was the one to disagree.
        why: Option<Disagreement>,
    },
}

impl EnvFile {
    /// The file's bytes with the values of some variables replaced.
    ///
    /// Every assignment of each variable gets the new value. Quotes, comments, blanks and line ends stay as they are.
    /// The result has been read again: exactly the named values differ, and a second reader sees the same.
    ///
    /// # Errors
    /// Says what stands against it; see [`EditError`].
    pub fn set(&self, values: &[(&str, &Secret)]) -> Result<Zeroizing<Vec<u8>>, EditError> {
        self.check_edit(values)?;
        for (name, _) in values {
            let name = (*name).to_owned();
            match self.lookup(&name) {
                Lookup::Missing => return Err(EditError::Missing { name }),
                Lookup::Differ { lines } => return Err(EditError::Differ { name, lines }),
                Lookup::Unclear { line, why } => return Err(EditError::Unclear { name, line, why }),
                Lookup::One { .. } | Lookup::Same { .. } => {}
            }
        }
        let growth: usize = values.iter().map(|(name, value)| value.len() * self.named(name).count()).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(self.bytes().len() + growth));
        let by_name: BTreeMap<&str, &Secret> = values.iter().copied().collect();
        let mut done = 0;
        for assignment in self.assignments() {
            if let Some(value) = by_name.get(assignment.name.as_str()) {
                out.extend_from_slice(self.raw(Span { start: done, end: assignment.value_span.start }));
                out.extend_from_slice(characters(value).as_bytes());
                done = assignment.value_span.end;
            }
        }
        out.extend_from_slice(self.raw(Span { start: done, end: self.bytes().len() }));
        self.prove_set(&out, values)?;
        Ok(out)
    }

    /// The file's bytes with variables added at its end, each on a line of its own that ends as the file's lines do.
    ///
    /// A last line without an end gets one first, so that two values are never joined. The result has been read again:
    /// what was there is unchanged, and a second reader sees the new variables.
    ///
    /// # Errors
    /// Says what stands against it; see [`EditError`].
    pub fn append(&self, values: &[(&str, &Secret)]) -> Result<Zeroizing<Vec<u8>>, EditError> {
        self.check_edit(values)?;
        for (name, _) in values {
            if let Some(found) = self.named(name).next() {
                return Err(EditError::Present { name: (*name).to_owned(), line: found.line });
            }
        }
        let ending = self.ending().bytes();
        let growth: usize = values.iter().map(|(name, value)| name.len() + value.len() + 2 * ending.len() + 1).sum();
        let mut out = Zeroizing::new(Vec::with_capacity(self.bytes().len() + growth));
        out.extend_from_slice(self.bytes());
        if self.items().last().is_some_and(|last| last.span().end == self.bytes().len()) {
            out.extend_from_slice(ending);
        }
        for (name, value) in values {
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(characters(value).as_bytes());
            out.extend_from_slice(ending);
        }
        self.prove_append(&out, values)?;
        Ok(out)
    }

    pub(super) fn check_edit(&self, values: &[(&str, &Secret)]) -> Result<(), EditError> {
        if let Some(problem) = self.problems().first() {
            return Err(EditError::Doubtful { line: problem.line, kind: problem.kind });
        }
        let mut seen = BTreeSet::new();
        for (name, value) in values {
            let first = seen.insert(*name);
            let name = (*name).to_owned();
            if !portable_name(&name) {
                return Err(EditError::BadName { name });
            }
            if !first {
                return Err(EditError::Twice { name });
            }
            if value.is_empty() || !portable_value(characters(value)) {
                return Err(EditError::NotPortable { name });
            }
        }
        Ok(())
    }

    /// Reads the result again and compares what is between the named values, byte for byte, with what was there.
    fn prove_set(&self, bytes: &[u8], values: &[(&str, &Secret)]) -> Result<(), EditError> {
        let after = Self::parse(bytes);
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let edited: BTreeSet<&str> = names.iter().copied().collect();
        let same_shape = self.items().len() == after.items().len() && self.rest(&edited) == after.rest(&edited);
        if !same_shape || !after.holds(values) {
            return Err(EditError::Unproven { why: None });
        }
        agree(&after, &names).map_err(|why| EditError::Unproven { why: Some(why) })
    }

    /// Reads the result again: what was there comes first, unchanged and understood as before, then the new lines.
    fn prove_append(&self, bytes: &[u8], values: &[(&str, &Secret)]) -> Result<(), EditError> {
        let after = Self::parse(bytes);
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let (before, count) = (self.items(), self.items().len());
        let kept = bytes.starts_with(self.bytes())
            && after.items().get(..count) == Some(before)
            && after.items().len() == count + values.len();
        if !kept || !after.holds(values) {
            return Err(EditError::Unproven { why: None });
        }
        agree(&after, &names).map_err(|why| EditError::Unproven { why: Some(why) })
    }

    pub(super) fn holds(&self, values: &[(&str, &Secret)]) -> bool {
        values.iter().all(|(name, wanted)| match self.lookup(name) {
            Lookup::One { value, .. } | Lookup::Same { value, .. } => value == **wanted,
            _ => false,
        })
    }

    /// Everything but the values of some variables, cut at each of them, with how many lines each item is on.
    fn rest(&self, names: &BTreeSet<&str>) -> Vec<&[u8]> {
        let mut pieces = Vec::new();
        let mut done = 0;
        for item in self.items() {
            if let Item::Assignment(Assignment { name, value_span, .. }) = item
                && names.contains(name.as_str())
            {
                pieces.push(self.raw(Span { start: done, end: value_span.start }));
                done = value_span.end;
            }
        }
        pieces.push(self.raw(Span { start: done, end: self.bytes().len() }));
        pieces
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "into the env file's new bytes, and to check that every reader takes them"
)]
pub(super) fn characters(value: &Secret) -> &str {
    value.expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    fn set(text: &str, values: &[(&str, &str)]) -> Result<String, EditError> {
        let owned: Vec<_> = values.iter().map(|(name, value)| (*name, secret(value))).collect();
        let values: Vec<_> = owned.iter().map(|(name, value)| (*name, value)).collect();
        EnvFile::parse(text.as_bytes()).set(&values).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn append(text: &str, values: &[(&str, &str)]) -> Result<String, EditError> {
        let owned: Vec<_> = values.iter().map(|(name, value)| (*name, secret(value))).collect();
        let values: Vec<_> = owned.iter().map(|(name, value)| (*name, value)).collect();
        EnvFile::parse(text.as_bytes()).append(&values).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn only_the_value_changes() {
        for (text, after) in [
            ("A=1\nB=2\n", "A=new\nB=2\n"),
            ("A=1", "A=new"),
            ("# c\r\nexport A=\"1\" # c\r\nB=2\r\n", "# c\r\nexport A=\"new\" # c\r\nB=2\r\n"),
            ("\u{feff}  A='1'  \nA=1 # x\n#A=1\n", "\u{feff}  A='new'  \nA=new # x\n#A=1\n"),
            ("A=\nB=2\n", "A=new\nB=2\n"),
            ("A=\"l1\nl2\"\nB=2\n", "A=\"new\"\nB=2\n"),
            ("A=1\nthis is not one\n", "A=new\nthis is not one\n"),
        ] {
            assert_eq!(set(text, &[("A", "new")]).unwrap(), after, "{text}");
        }
        assert_eq!(set("A=1\nB=2\n", &[("B", "y"), ("A", "x")]).unwrap(), "A=x\nB=y\n");
    }

    #[test]
    fn what_is_doubtful_is_refused() {
        let name = || "A".to_owned();
        for (text, error) in [
            ("B=1\n", EditError::Missing { name: name() }),
            ("A=1\nA=2\n", EditError::Differ { name: name(), lines: vec![1, 2] }),
            ("\nA=\"1\n", EditError::Unclear { name: name(), line: 2, why: Unclear::OpenQuote }),
            ("A=1\nexport A\n", EditError::Unclear { name: name(), line: 2, why: Unclear::NoValue }),
            ("A=1\n\0", EditError::Doubtful { line: 2, kind: ProblemKind::Nul }),
        ] {
            assert_eq!(set(text, &[("A", "new")]).unwrap_err(), error, "{text}");
        }
        for value in ["", "x y", "$x", "x\ny", "\"", "x#"] {
            assert_eq!(set("A=1\n", &[("A", value)]).unwrap_err(), EditError::NotPortable { name: name() });
        }
        assert_eq!(set("A=1\n", &[("A", "x"), ("A", "y")]).unwrap_err(), EditError::Twice { name: name() });
        assert!(matches!(
            set("bad line\nA=1\n", &[("A", "x")]).unwrap_err(),
            EditError::Unproven { why: Some(Disagreement { line: 1, .. }) }
        ));
    }

    #[test]
    fn lines_are_added_at_the_end_and_never_joined() {
        for (text, after) in [
            ("", "A=1\nB=2\n"),
            ("C=3", "C=3\nA=1\nB=2\n"),
            ("C=3\n", "C=3\nA=1\nB=2\n"),
            ("C=3\r\n# c", "C=3\r\n# c\r\nA=1\r\nB=2\r\n"),
            ("C=3\n\n", "C=3\n\nA=1\nB=2\n"),
            ("\u{feff}", "\u{feff}A=1\nB=2\n"),
        ] {
            assert_eq!(append(text, &[("A", "1"), ("B", "2")]).unwrap(), after, "{text:?}");
        }
        assert!(matches!(append("A=1\n", &[("A", "2")]), Err(EditError::Present { line: 1, .. })));
        assert!(matches!(append("C=x\\", &[("A", "2")]), Err(EditError::Unproven { .. })));
        assert!(matches!(append("C='x\n", &[("A", "2")]), Err(EditError::Unproven { .. })));
        assert!(matches!(append("", &[("A B", "2")]), Err(EditError::BadName { .. })));
    }
}
