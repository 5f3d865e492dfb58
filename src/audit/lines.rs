//! Lines that are no assignment to us, sorted by what they were meant to be.

use std::ops::Range;

use super::shape::others;
use crate::dotenv::{EnvFile, Span};

/// What a line was meant to be, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// `; x` or `// x`
    ForeignComment,
    /// `A: x`
    Colon,
    /// `1A=x`
    BadName,
    /// `export A`
    Export,
    /// A command.
    Command,
    /// A bare word, a section, a merge marker, a value without a name.
    Stray,
}

/// The spans of the lines of one sort; a line may be of two.
pub(super) fn lines(file: &EnvFile, wanted: Line) -> impl Iterator<Item = Span> {
    let found = others(file).into_iter().map(|(_, span)| span);
    found.filter(move |span| {
        let line = sort(file.raw(*span));
        // `export A` without a value also assigns nothing.
        line == wanted || (line == Line::Export && wanted == Line::Stray)
    })
}

/// Where the mark of a foreign comment stands in its line: the `;` or `//`.
pub(super) fn foreign_mark(line: &[u8]) -> Range<usize> {
    let start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(0);
    let length = if line[start..].starts_with(b"//") { 2 } else { 1 };
    start..(start + length).min(line.len())
}

fn sort(line: &[u8]) -> Line {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    if text.starts_with(';') || text.starts_with("//") {
        return Line::ForeignComment;
    }
    let name = |text: &str| {
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let (bare, exported) = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => (rest.trim_start(), true),
        _ => (text, false),
    };
    if let Some((head, rest)) = bare.split_once(':')
        && name(head)
        && (rest.is_empty() || rest.starts_with([' ', '\t']))
    {
        return Line::Colon;
    }
    if exported && bare.split_whitespace().all(name) {
        return Line::Export;
    }
    if let Some((head, _)) = bare.split_once('=')
        && !head.trim().is_empty()
        && !head.trim().contains([' ', '\t', '(', '[', ';', '&', '|'])
        && !head.contains("==")
    {
        return Line::BadName;
    }
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let more = words.next().is_some();
    let command = first.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '/' | '_' | '~' | '$'))
        || matches!(first, "[" | "[[" | "!" | ":" | "{" | "(");
    let acts = text.contains("$(") || text.contains('`') || text.contains([';', '|', '&']) || text.contains("()");
    let word = matches!(first, "fi" | "done" | "esac" | "then" | "else" | "do" | "}" | "{");
    if (more && command) || word || (command && acts) { Line::Command } else { Line::Stray }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted() {
        for (text, line) in [
            ("; x", Line::ForeignComment),
            ("  // x", Line::ForeignComment),
            ("A: x", Line::Colon),
            ("export A: x", Line::Colon),
            ("https://example.com", Line::Stray),
            ("1A=x", Line::BadName),
            ("\"A\"=x", Line::BadName),
            ("é=x", Line::BadName),
            ("export 1A=x", Line::BadName),
            ("export A", Line::Export),
            ("export A B", Line::Export),
            ("=x", Line::Stray),
            ("A", Line::Stray),
            ("[twilio]", Line::Stray),
            ("<<<<<<< HEAD", Line::Stray),
            ("=======", Line::Stray),
            (">>>>>>> x", Line::Stray),
            ("touch x", Line::Command),
            ("[ -n \"$A\" ] || A=1", Line::Command),
            ("set -a", Line::Command),
            ("fi", Line::Command),
            ("f() {", Line::Command),
            ("source other.env", Line::Command),
        ] {
            assert_eq!(sort(text.as_bytes()), line, "{text}");
        }
    }
}
