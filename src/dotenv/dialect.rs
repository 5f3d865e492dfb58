//! Which spellings every reader agrees upon, and the second opinion of one that is in wide use.
//!
//! The portable spelling is measured over 19 readers: `tests/it/fixtures/env-corpus`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::document::{Assignment, BOM, EnvFile, Span, Unclear};
use crate::model::Secret;

fn portable_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b',' | b'-')
}

/// Whether every reader takes this value literally, unquoted: `([A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+,=-]*)?`.
#[must_use]
pub fn portable_value(value: &str) -> bool {
    value.bytes().enumerate().all(|(at, byte)| portable_byte(byte) || (byte == b'=' && at > 0))
}

/// Whether every reader takes this for a variable's name: a letter or underscore, then also digits.
#[must_use]
pub fn portable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether every reader takes this line, given without its end, the same way: blank, a comment that does not end in a
/// backslash, or a portable name, `=`, and a portable value with nothing around them.
#[must_use]
pub fn portable_line(line: &str) -> bool {
    if line.is_empty() {
        return true;
    }
    if line.starts_with('#') {
        return !line.ends_with('\\');
    }
    line.split_once('=').is_some_and(|(name, value)| portable_name(name) && portable_value(value))
}

/// Why our reading of a variable is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Readers are known to differ on the spelling.
    #[error("{0}")]
    Unclear(#[from] Unclear),
    /// The second reader stops at this line, so that it never sees the variable.
    #[error("another reader cannot read this line and stops there")]
    Unreadable,
    /// The second reader does not see this assignment.
    #[error("another reader does not see this assignment")]
    Unseen,
    /// The second reader sees an assignment that is none to us.
    #[error("another reader sees an assignment here")]
    Phantom,
    /// The second reader sees another value.
    #[error("another reader sees another value")]
    Value,
}

/// Two readers of one file disagree about a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {name}: {why}")]
pub struct Disagreement {
    /// The variable.
    pub name: String,
    /// 1-based number of the line that splits them; with [`Why::Unreadable`] it may stand before the variable's.
    pub line: usize,
    /// How they differ.
    pub why: Why,
}

/// Asks a second reader, `dotenvy`, for the same variables, and compares every assignment of each.
///
/// A line that the second reader cannot read ends what it sees. It is a disagreement if any of the variables stands in
/// that line or after it, and none if all stand before. A byte order mark is left out, as `dotenvy` itself does
/// when it loads a file.
///
/// # Errors
/// The first disagreement in the order of the file.
pub fn agree(file: &EnvFile, names: &[&str]) -> Result<(), Disagreement> {
    SecondReading::of(file, names).agrees(names)
}

/// What a second reader, `dotenvy`, sees of some variables of a file: read once, for questions about one after another.
pub struct SecondReading<'f> {
    file: &'f EnvFile,
    /// Each assignment that it sees, in the order of the file.
    seen: Vec<Seen>,
    /// Where in `seen` each variable is.
    places: BTreeMap<String, Vec<usize>>,
    /// The line at which it gave up.
    stopped: Option<usize>,
}

/// An assignment as the second reader sees it.
struct Seen {
    name: String,
    value: Secret,
    /// The line in which it ends.
    line: usize,
}

impl<'f> SecondReading<'f> {
    /// Reads a file, and keeps what is said of these variables.
    #[must_use]
    pub fn of(file: &'f EnvFile, names: &[&str]) -> Self {
        let (seen, stopped) = second_reading(file, &names.iter().copied().collect());
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, assignment) in seen.iter().enumerate() {
            places.entry(assignment.name.clone()).or_default().push(at);
        }
        Self { file, seen, places, stopped }
    }

    /// Compares every assignment of some of the variables; see [`agree`]. It takes no longer for a large file.
    ///
    /// # Errors
    /// The first disagreement in the order of the file.
    pub fn agrees(&self, names: &[&str]) -> Result<(), Disagreement> {
        let names: BTreeSet<&str> = names.iter().copied().collect();
        let mut ours: Vec<&Assignment> = names.iter().flat_map(|name| self.file.named(name)).collect();
        ours.sort_unstable_by_key(|assignment| assignment.span.start);
        let mut theirs: Vec<usize> =
            names.iter().filter_map(|name| self.places.get(*name)).flatten().copied().collect();
        theirs.sort_unstable();
        let mut theirs = theirs.into_iter().map(|at| &self.seen[at]).peekable();
        for ours in ours {
            let differ = |line, why| Err(Disagreement { name: ours.name.clone(), line, why });
            if let Some(line) = self.stopped.filter(|line| *line <= ours.last_line) {
                return differ(line, Why::Unreadable);
            }
            let value = match self.file.read(ours) {
                Ok(value) => value,
                Err(why) => return differ(ours.line, Why::Unclear(why)),
            };
            match theirs.next_if(|seen| seen.line <= ours.last_line) {
                Some(seen) if seen.line < ours.line || seen.name != ours.name => {
                    return Err(Disagreement { name: seen.name.clone(), line: seen.line, why: Why::Phantom });
                }
                Some(seen) if seen.value != value => return differ(ours.line, Why::Value),
                Some(_) => {}
                None => return differ(ours.line, Why::Unseen),
            }
        }
        match theirs.next() {
            Some(seen) => Err(Disagreement { name: seen.name.clone(), line: seen.line, why: Why::Phantom }),
            None => Ok(()),
        }
    }
}

/// Reads with `dotenvy`. Its error is dropped unread, because it carries the text of the line; the line's number comes
/// from counting what it was given. Of the strings it returns, those of variables not asked for are overwritten here;
/// what it keeps for its own substitutions is out of reach.
fn second_reading(file: &EnvFile, names: &BTreeSet<&str>) -> (Vec<Seen>, Option<usize>) {
    let bytes = file.bytes();
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let taken = Rc::new(Cell::new(0));
    let (mut seen, mut stopped) = (Vec::new(), None);
    let mut before = 0;
    for pair in dotenvy::from_read_iter(ByLine { rest: bytes, taken: Rc::clone(&taken) }) {
        let Ok((name, value)) = pair else {
            stopped = Some(first_statement(bytes, before, taken.get()));
            break;
        };
        let value = Zeroizing::new(value);
        if names.contains(name.as_str()) {
            seen.push(Seen { name, value: Secret::new(value.as_str().to_owned()), line: taken.get() });
        }
        before = taken.get();
    }
    (seen, stopped)
}

/// The first line after `before` that is neither blank nor a comment to the second reader: the start of the one that it
/// failed on, which ends at `last`.
fn first_statement(bytes: &[u8], before: usize, last: usize) -> usize {
    let starts = |line: &[u8]| {
        let text = String::from_utf8_lossy(line).into_owned();
        let text = Zeroizing::new(text);
        !text.trim().is_empty() && !text.trim_start().starts_with('#')
    };
    let found = bytes.split(|byte| *byte == b'\n').enumerate().skip(before).find(|(_, line)| starts(line));
    found.map_or(last, |(at, _)| at + 1).min(last.max(1))
}

/// Hands out one line at a time, so that the count of lines handed out is the line the reader stands in.
struct ByLine<'a> {
    rest: &'a [u8],
    taken: Rc<Cell<usize>>,
}

impl Read for ByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let newline = self.rest.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let span = Span { start: 0, end: newline.unwrap_or(self.rest.len()).min(buffer.len()) };
        let (now, rest) = self.rest.split_at(span.end);
        buffer[..span.end].copy_from_slice(now);
        self.rest = rest;
        if now.ends_with(b"\n") || (!now.is_empty() && rest.is_empty()) {
            self.taken.set(self.taken.get() + 1);
        }
        Ok(span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, names: &[&str]) -> Result<(), (String, usize, Why)> {
        agree(&EnvFile::parse(text.as_bytes()), names).map_err(|d| (d.name, d.line, d.why))
    }

    #[test]
    fn the_portable_spelling() {
        for value in ["", "x", "x=", "SK0", "+15550100000", "a/b:c@d%e,f-g.h_i"] {
            assert!(portable_value(value) && portable_line(&format!("A={value}")), "{value}");
        }
        for value in ["=x", "x y", "x#", "$x", "\"x\"", "x\\", "é", "x\n", "~", "x\r"] {
            assert!(!portable_value(value) && !portable_line(&format!("A={value}")), "{value}");
        }
        assert!(portable_line("") && portable_line("# x y") && !portable_line("# x \\"));
        assert!(
            !portable_line("A") && !portable_line("1A=x") && !portable_line(" A=x") && !portable_line("export A=x")
        );
    }

    #[test]
    fn a_bad_line_counts_where_a_variable_stands_in_it_or_after_it() {
        assert_eq!(asked("A=1\nnot one\n", &["A"]), Ok(()));
        assert_eq!(asked("# c\n\nnot one\nA=1\n", &["A"]), Err(("A".into(), 3, Why::Unreadable)));
        assert_eq!(asked("B=it's\n\nA=1\n", &["A"]), Err(("A".into(), 1, Why::Unreadable)));
        assert_eq!(asked("B=x#it's\nA=1\nC='2'\n", &["A"]), Err(("A".into(), 1, Why::Unreadable)));
        assert_eq!(asked("A=1\nB=x#it's\nC=2\n", &["A", "C"]), Err(("C".into(), 2, Why::Unreadable)));
        assert_eq!(asked("A=abc ", &["A"]), Err(("A".into(), 1, Why::Unreadable)));
        assert_eq!(asked("B=1\n", &["A"]), Ok(()));
    }

    #[test]
    fn every_assignment_is_compared() {
        assert_eq!(asked("\u{feff}A=1\r\nB='x\ny'\r\nA=\"1\" # c\r\n", &["A", "B"]), Ok(()));
        assert_eq!(
            asked("A=1\nB=x#'\nA=1\nC='\n", &["A"]),
            Err(("A".into(), 3, Why::Unclear(Unclear::InsideQuote { line: 2 })))
        );
        assert_eq!(asked("A=1\nA=$B\n", &["A"]), Err(("A".into(), 2, Why::Unclear(Unclear::Dollar))));
        let long = format!("A={}\nB=1\nbad line\nC=1", "x".repeat(70_000));
        assert_eq!(asked(&long, &["A", "B"]), Ok(()));
        assert_eq!(asked(&long, &["C"]), Err(("C".into(), 3, Why::Unreadable)));
        let split = asked("export=1\nA.B=\"\nA=1\n\"\n", &["A"]);
        assert_eq!(split, Ok(()), "both take the line for the inside of another value");
    }

    #[test]
    fn no_text_of_the_file_is_in_a_disagreement() {
        let file = EnvFile::parse(b"X=1 s3cr3t\nA=s3cr3t2\n");
        let error = agree(&file, &["A"]).unwrap_err();
        assert!(!format!("{error} {error:?} {file:?}").contains("s3cr3t"));
    }
}
