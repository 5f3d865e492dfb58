//! A file's text with nothing secret in it, column for column, for showing where a finding is.

use super::finding::speakable;
use crate::dotenv::{EnvFile, Item, Span};

/// The lines of a file as they may be shown: the names of assignments, and every other letter and digit as `*`. Marks,
/// blanks and quotes stand where they stand, so that columns in code points are the file's own; what acts on a terminal
/// is `?`.
pub struct Lines<'a> {
    file: &'a EnvFile,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The names that may be said, in order.
    names: Vec<Span>,
}

impl<'a> Lines<'a> {
    /// Looks once for where the lines begin.
    #[must_use]
    pub fn new(file: &'a EnvFile) -> Self {
        let bytes = file.bytes();
        let mut starts = vec![if file.has_bom() { 3 } else { 0 }];
        starts.extend(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
        let names = file.items().iter().filter_map(|item| match item {
            Item::Assignment(at) if speakable(&at.name) => Some(Span { start: at.span.start, end: at.name_span.end }),
            _ => None,
        });
        Self { file, names: names.collect(), starts }
    }

    /// One line; `line` is 1-based. `None` beyond the end of the file.
    #[must_use]
    pub fn get(&self, line: usize) -> Option<String> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.file.bytes().len(), |next| next - 1).max(start);
        let after = self.names.partition_point(|name| name.start < start);
        let open = self.names.get(after).filter(|name| name.end <= end).map_or(start, |name| name.end);
        let name = self.file.raw(Span { start, end: open }).utf8_chunks().flat_map(|chunk| chunk.valid().chars());
        let rest = self.file.raw(Span { start: open, end }).utf8_chunks().flat_map(|chunk| {
            // What is no character is shown as one.
            chunk.valid().chars().chain((!chunk.invalid().is_empty()).then_some('\u{fffd}'))
        });
        Some(name.chain(rest.map(hidden)).collect())
    }
}

/// One line of a file of which no other is wanted; see [`Lines`].
#[must_use]
pub fn line(file: &EnvFile, line: usize) -> Option<String> {
    Lines::new(file).get(line)
}

fn hidden(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() || (!c.is_ascii() && !c.is_alphanumeric()) => '?',
        c if c.is_alphanumeric() => '*',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_columns_and_nothing_else() {
        let file = EnvFile::parse(
            "\u{feff}A='s3 \u{e9}\u{202e}'\n# A=s3cr3t\n export B=x#\x1b\nc2VjcmV0dG9rZW4x=y\n".as_bytes(),
        );
        let lines: Vec<_> = (1..=6).map_while(|at| line(&file, at)).collect();
        assert_eq!(lines, ["A='** *?'", "# *=******", " export B=*#?", "****************=*", ""]);
        assert_eq!(line(&file, 9), None);
    }
}
