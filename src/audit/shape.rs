//! How an assignment is written, beyond what the document says: where its blanks, its quotes and its tail stand.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::readers::Construct;
use super::rule::Meta;
use crate::dotenv::{Assignment, EnvFile, Item, ProblemKind, Quote, Span, Unclear};

/// An assignment with the places of what surrounds name and value.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) at: &'a Assignment,
    /// The value as it stands between its quotes, or without the blanks around it.
    pub(super) text: &'a [u8],
    /// Blanks before `export` or the name.
    pub(super) lead: Span,
    /// `export` and the blanks behind it; empty if there is none.
    pub(super) export: Span,
    /// Blanks between name and `=`.
    pub(super) before: Span,
    /// Blanks between `=` and a value.
    pub(super) after: Span,
    /// Whether `+` stands before the `=`.
    pub(super) append: bool,
    /// Whether the opening quote has no end.
    pub(super) open: bool,
    /// Text behind the closing quote that is no comment.
    pub(super) tail: Option<Span>,
    /// Blanks at the end of the line.
    pub(super) trailing: Span,
}

impl<'a> Shape<'a> {
    pub(super) fn quoted(&self) -> Option<Quote> {
        self.at.quote
    }

    pub(super) fn unquoted(&self) -> bool {
        self.at.quote.is_none()
    }

    pub(super) fn lines(&self) -> usize {
        self.at.last_line - self.at.line + 1
    }

    /// The value as it was meant: the characters between the quotes, or without the blanks around it.
    pub(super) fn meant(&self) -> Option<&'a str> {
        let whole = !self.open && self.tail.is_none() && self.at.quote != Some(Quote::Backtick);
        std::str::from_utf8(self.text).ok().filter(|_| whole)
    }

    /// Where the value stands with its quotes.
    pub(super) fn spelling(&self) -> Span {
        let span = self.at.value_span;
        match self.at.quote {
            None => span,
            Some(_) if self.open => Span { start: span.start - 1, end: span.end },
            Some(_) => Span { start: span.start - 1, end: span.end + 1 },
        }
    }

    /// The place of the first byte of the value for which `wanted` holds.
    pub(super) fn find(&self, wanted: impl Fn(u8) -> bool) -> Option<Span> {
        let at = self.text.iter().position(|byte| wanted(*byte))?;
        let start = self.at.value_span.start + at;
        Some(Span { start, end: start + 1 })
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.text.windows(part.len()).any(|window| window == part.as_bytes())
    }

    /// Whether an unquoted value has what may make the blank behind it a part of the value: to a shell, and to others
    /// that know quotes in the middle of a word.
    pub(super) fn opens(&self) -> bool {
        self.unquoted() && self.text.iter().any(|byte| b"'\"`\\$(<".contains(byte))
    }

    /// Whether the value is empty behind `export`. `node --env-file` takes `export` for a part of the name, once nothing
    /// follows the `=`.
    pub(super) fn exports_nothing(&self) -> bool {
        self.at.export && self.text.is_empty()
    }

    /// A finding about the variable, at a place of its assignment.
    pub(super) fn finding(&self, rule: &'static Meta, message: impl Into<String>, at: Span) -> Finding {
        Finding::new(rule, message).at(at).of(&self.at.name)
    }

    /// Whether the shells run a part of the value.
    pub(super) fn runs(&self) -> bool {
        match self.at.quote {
            Some(Quote::Single) => false,
            Some(Quote::Backtick) => true,
            Some(Quote::Double) | None => self.text.contains(&b'`') || self.has("$("),
        }
    }

    /// The construct for a character that each sort of quote treats in its own way.
    pub(super) fn by_quote(&self, unquoted: Construct, double: Construct, single: Construct) -> Construct {
        match self.at.quote {
            Some(Quote::Double) => double,
            Some(Quote::Single) => single,
            Some(Quote::Backtick) | None => unquoted,
        }
    }
}

/// Whether the file is no text that lines could be looked for in.
pub(super) fn garbled(file: &EnvFile) -> bool {
    file.problems().iter().any(|problem| matches!(problem.kind, ProblemKind::Utf16 | ProblemKind::Nul))
}

/// Every assignment, but not those that an earlier open quote may have swallowed: the quote is what is to be reported.
pub(super) fn shapes(file: &EnvFile) -> impl Iterator<Item = Shape<'_>> {
    let readable = !garbled(file);
    file.assignments()
        .filter(move |at| readable && !matches!(at.unclear, Some(Unclear::InsideQuote { .. })))
        .map(|at| shape(file, at))
}

/// Whether a comment has an assignment of one of the variables: `export $(grep -v '^#' FILE | xargs)` makes it, unless
/// the comment begins its line.
pub(super) fn assigned_in(comment: &[u8], names: &BTreeSet<&[u8]>) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let equals = comment.iter().enumerate().filter(|(_, byte)| **byte == b'=').map(|(at, _)| &comment[..at]);
    equals
        .map(|before| &before[before.iter().rposition(|byte| !name(byte)).map_or(0, |at| at + 1)..])
        .any(|word| names.contains(word))
}

/// The names of the variables of a file.
pub(super) fn names(file: &EnvFile) -> BTreeSet<&[u8]> {
    file.assignments().map(|at| at.name.as_bytes()).collect()
}

/// Every line that is no assignment, no comment and not blank, but not those an open quote may have swallowed.
pub(super) fn others(file: &EnvFile) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    let mut swallowing = garbled(file);
    for item in file.items() {
        match item {
            Item::Assignment(at) => swallowing |= matches!(shape(file, at), Shape { open: true, .. }),
            Item::Other { line, span } if !swallowing => found.push((*line, *span)),
            _ => {}
        }
        if let Item::Assignment(at) = item
            && swallowing
            && !garbled(file)
        {
            swallowing = shape(file, at).open;
        }
    }
    found
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn skip(bytes: &[u8], from: usize, end: usize) -> usize {
    bytes[from..end].iter().position(|byte| !blank(*byte)).map_or(end, |at| from + at)
}

pub(super) fn shape<'a>(file: &'a EnvFile, at: &'a Assignment) -> Shape<'a> {
    let bytes = file.bytes();
    let Span { start, end } = at.span;
    let first = skip(bytes, start, end);
    let name = at.name_span;
    let mut equals = skip(bytes, name.end, end);
    let before = Span { start: name.end, end: equals };
    let append = bytes.get(equals) == Some(&b'+');
    equals += usize::from(append);
    let value = at.value_span;
    let opening = if at.quote.is_some() { value.start - 1 } else { value.start };
    let none = Span { start: end, end };
    let open = at.quote.is_some_and(|quote| value.end >= end || bytes[value.end] != quote.byte());
    let stop = match at.quote {
        Some(_) if !open => value.end + 1,
        _ => value.end,
    };
    let rest = skip(bytes, stop, end);
    let tail = (at.quote.is_some() && !open && rest < end && at.comment.is_none()).then_some(Span { start: rest, end });
    let trailing = if rest == end { Span { start: stop, end } } else { none };
    let empty = at.quote.is_none() && value.is_empty();
    Shape {
        at,
        text: file.raw(value),
        lead: Span { start, end: first },
        export: if at.export { Span { start: first, end: name.start } } else { Span { start: first, end: first } },
        before,
        after: if empty { none } else { Span { start: (equals + 1).min(opening), end: opening } },
        append,
        open,
        tail,
        trailing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let file = EnvFile::parse(text.as_bytes());
        let shape = shapes(&file).next().unwrap();
        let of = |span: Span| format!("{:?}", String::from_utf8_lossy(file.raw(span)));
        format!(
            "{} {} {} {} {} {} {}",
            of(shape.lead),
            of(shape.export),
            of(shape.before),
            of(shape.after),
            of(shape.spelling()),
            shape.tail.map_or(if shape.open { "open".into() } else { "-".into() }, of),
            of(shape.trailing)
        )
    }

    #[test]
    fn every_part_has_its_place() {
        for (text, parts) in [
            ("A=x", r#""" "" "" "" "x" - """#),
            (" export  A = 'x' ", r#"" " "export  " " " " " "'x'" - " ""#),
            ("A= ", r#""" "" "" "" "" - " ""#),
            ("A= # c", r#""" "" "" "" "" - """#),
            ("A=x # c", r#""" "" "" "" "x" - """#),
            ("A=\"x\"y", r#""" "" "" "" "\"x\"" "y" """#),
            ("A=\"x\"# y", r##""" "" "" "" "\"x\"" "# y" """##),
            ("A=\"x # c", r#""" "" "" "" "\"x # c" open """#),
            ("A+=x\t", r#""" "" "" "" "x" - "\t""#),
            ("A=\"x\ny\" ", r#""" "" "" "" "\"x\ny\"" - " ""#),
        ] {
            assert_eq!(shown(text), parts, "{text:?}");
        }
    }

    #[test]
    fn what_an_open_quote_swallows_is_not_looked_at() {
        let file = EnvFile::parse(b"x y\nA=\"x\nfoo bar\nB=2\nC=3\nz\n");
        assert_eq!(shapes(&file).count(), 1);
        assert_eq!(others(&file).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 6]);
    }
}
