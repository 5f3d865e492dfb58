//! A file's text with nothing secret in it, column for column, for showing where a finding is.

use super::finding::speakable;
use crate::dotenv::{EnvFile, Item, Span};

/// One line as it may be shown: the names of assignments, and every other letter and digit as `*`. Marks, blanks and
/// quotes stand where they stand, so that columns in code points are the file's own; what acts on a terminal is `?`.
///
/// `line` is 1-based. `None` beyond the end of the file.
#[must_use]
pub fn line(file: &EnvFile, line: usize) -> Option<String> {
    let bytes = file.bytes();
    let mark = if file.has_bom() { 3 } else { 0 };
    let mut start = mark;
    for _ in 1..line {
        start += bytes[start..].iter().position(|byte| *byte == b'\n')? + 1;
    }
    let end = bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| start + at);
    let shown = file.items().iter().filter_map(|item| match item {
        Item::Assignment(at) if speakable(&at.name) => Some((at.span.start, at.name_span.end)),
        _ => None,
    });
    let open = shown.into_iter().find(|(from, to)| *from >= start && *to <= end).map_or(start, |(_, to)| to);
    let name = String::from_utf8_lossy(file.raw(Span { start, end: open })).into_owned();
    let rest = String::from_utf8_lossy(file.raw(Span { start: open, end })).into_owned();
    Some(name + &rest.chars().map(hidden).collect::<String>())
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
