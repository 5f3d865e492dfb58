//! The line scanner: classifies every line of any file and never fails.

use super::document::{Assignment, BOM, Item, Problem, ProblemKind, Quote, Span, Unclear};

/// A physical line without its end.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
}

/// Lines that some readers take for the inside of a quoted value opened before them.
#[derive(Clone, Copy)]
struct Region {
    opened: usize,
    last_line: usize,
}

pub(super) fn scan(bytes: &[u8]) -> (Vec<Item>, Vec<Problem>, Vec<Span>) {
    let lines = lines(bytes);
    let mut joined = Vec::new();
    let mut items = Vec::with_capacity(lines.len());
    let mut region: Option<Region> = None;
    let mut continued = false;
    let mut at = 0;
    while at < lines.len() {
        let (mut item, used, opened) = statement(bytes, &lines, at);
        if let Item::Assignment(assignment) = &mut item {
            match &region {
                Some(open) if assignment.line <= open.last_line => {
                    assignment.unclear = Some(Unclear::InsideQuote { line: open.opened });
                }
                _ if continued => assignment.unclear = Some(Unclear::Continued),
                _ => {}
            }
        }
        let loose = match &item {
            Item::Assignment(assignment) => assignment.unclear.is_some(),
            Item::Other { .. } => true,
            Item::Blank { .. } | Item::Comment { .. } => false,
        };
        let opened = opened.or_else(|| if loose { left_open(bytes, &lines, at + used - 1) } else { None });
        if let Some(Region { opened, last_line }) = opened {
            join(&mut joined, Span { start: lines[opened - 1].start, end: lines[last_line - 1].end });
        }
        if let Some(opened) = opened
            && region.as_ref().is_none_or(|open| open.last_line < opened.last_line)
        {
            region = Some(opened);
        }
        let last = lines[at + used - 1];
        continued = !matches!(item, Item::Comment { .. }) && ends_in_backslash(slice(bytes, last));
        if loose && goes_on(&bytes[item.span().start..last.end]) {
            join(&mut joined, Span { start: item.span().start, end: bytes.len() });
        }
        if continued {
            join(&mut joined, Span { start: item.span().start, end: lines.get(at + used).unwrap_or(&last).end });
        }
        items.push(item);
        at += used;
    }
    (items, problems(bytes), joined)
}

/// Adds lines that are joined; they start where or after the last ones do.
fn join(joined: &mut Vec<Span>, lines: Span) {
    match joined.last_mut() {
        Some(last) if lines.start <= last.end => last.end = last.end.max(lines.end),
        _ => joined.push(lines),
    }
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    while start < bytes.len() {
        let newline = bytes[start..].iter().position(|byte| *byte == b'\n').map(|at| start + at);
        let mut end = newline.unwrap_or(bytes.len());
        let next = newline.map_or(bytes.len(), |at| at + 1);
        if newline.is_some() && end > start && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        lines.push(Line { start, end });
        start = next;
    }
    lines
}

fn slice(bytes: &[u8], line: Line) -> &[u8] {
    &bytes[line.start..line.end]
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn skip_blanks(bytes: &[u8], from: usize, end: usize) -> usize {
    bytes[from..end].iter().position(|byte| !is_blank(*byte)).map_or(end, |at| from + at)
}

fn trim_blanks(bytes: &[u8], start: usize, end: usize) -> usize {
    bytes[start..end].iter().rposition(|byte| !is_blank(*byte)).map_or(start, |at| start + at + 1)
}

fn ends_in_backslash(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Classifies what starts in line `at`; also says how many lines it took and which lines an open quote makes doubtful.
fn statement(bytes: &[u8], lines: &[Line], at: usize) -> (Item, usize, Option<Region>) {
    let Line { start, end } = lines[at];
    let (line, span) = (at + 1, Span { start, end });
    let first = skip_blanks(bytes, start, end);
    if first == end {
        return (Item::Blank { line, span }, 1, None);
    }
    if bytes[first] == b'#' {
        return (Item::Comment { line, span }, 1, None);
    }
    let Some(head) = head(bytes, first, end) else {
        return (Item::Other { line, span }, 1, None);
    };
    let value = value(bytes, lines, at, head.value);
    let name = Span { start: head.name_start, end: head.name_end };
    let name_bytes = &bytes[name.start..name.end];
    let unclear = if name_bytes.iter().any(|byte| matches!(byte, b'.' | b'-')) {
        Some(Unclear::Name)
    } else if head.append {
        Some(Unclear::Append)
    } else if head.blank
        || (value.blank_before && !(value.span.is_empty() && value.comment.is_none() && value.quote.is_none()))
    {
        Some(Unclear::BlankBesideEquals)
    } else {
        // Behind `export` a value is an argument, in which a shell expands braces.
        let braces = head.export && value.quote.is_none() && bytes[value.span.start..value.span.end].contains(&b'{');
        value.unclear.or(braces.then_some(Unclear::Shell))
    };
    let item = Item::Assignment(Assignment {
        name: String::from_utf8_lossy(name_bytes).into_owned(),
        name_span: name,
        value_span: value.span,
        span: Span { start, end: lines[value.last].end },
        line,
        last_line: value.last + 1,
        export: head.export,
        quote: value.quote,
        comment: value.comment,
        unclear,
    });
    (item, value.last - at + 1, value.region)
}

struct Head {
    export: bool,
    name_start: usize,
    name_end: usize,
    blank: bool,
    append: bool,
    value: usize,
}

fn head(bytes: &[u8], first: usize, end: usize) -> Option<Head> {
    let mut export = false;
    let mut name_start = first;
    let word = b"export";
    if bytes[first..end].starts_with(word) {
        let after = first + word.len();
        let next = skip_blanks(bytes, after, end);
        if next > after && next < end && bytes[next] != b'=' {
            export = true;
            name_start = next;
        }
    }
    if !(bytes[name_start].is_ascii_alphabetic() || bytes[name_start] == b'_') {
        return None;
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let name_end = bytes[name_start..end].iter().position(|byte| !is_name(byte)).map_or(end, |at| name_start + at);
    let equals = skip_blanks(bytes, name_end, end);
    let head = |append, value| Head { export, name_start, name_end, blank: equals != name_end, append, value };
    match &bytes[equals..end] {
        [b'=', ..] => Some(head(false, equals + 1)),
        [b'+', b'=', ..] => Some(head(true, equals + 2)),
        _ => None,
    }
}

struct Value {
    span: Span,
    quote: Option<Quote>,
    comment: Option<Span>,
    unclear: Option<Unclear>,
    blank_before: bool,
    last: usize,
    region: Option<Region>,
}

fn value(bytes: &[u8], lines: &[Line], at: usize, from: usize) -> Value {
    let end = lines[at].end;
    let start = skip_blanks(bytes, from, end);
    let blank_before = start != from;
    let mut value = Value {
        span: Span { start: from, end: from },
        quote: None,
        comment: None,
        unclear: None,
        blank_before,
        last: at,
        region: None,
    };
    if start == end {
        return value;
    }
    if bytes[start] == b'#' && blank_before {
        value.comment = Some(Span { start, end });
        return value;
    }
    match Quote::of(bytes[start]) {
        Some(quote) => quoted(bytes, lines, value, start, quote),
        None => unquoted(bytes, value, start, end),
    }
}

fn unquoted(bytes: &[u8], mut value: Value, start: usize, end: usize) -> Value {
    let comment = (start + 1..end).find(|at| bytes[*at] == b'#' && is_blank(bytes[at - 1]));
    value.comment = comment.map(|start| Span { start, end });
    value.span = Span { start, end: trim_blanks(bytes, start, comment.unwrap_or(end)) };
    let text = &bytes[start..value.span.end];
    value.unclear = unclear_unquoted(text);
    value
}

fn quoted(bytes: &[u8], lines: &[Line], mut value: Value, open: usize, quote: Quote) -> Value {
    let at = value.last;
    let end = lines[at].end;
    value.quote = Some(quote);
    let Some(close) = closing(bytes, open + 1, quote) else {
        value.span = Span { start: open + 1, end: trim_blanks(bytes, open + 1, end) };
        value.unclear = Some(Unclear::OpenQuote);
        value.region = Some(Region { opened: at + 1, last_line: lines.len() });
        return value;
    };
    let last = at + lines[at..].partition_point(|line| line.end < close);
    let last_end = lines[last].end;
    let after = skip_blanks(bytes, close + 1, last_end);
    let comment =
        (after < last_end && bytes[after] == b'#' && after > close + 1).then_some(Span { start: after, end: last_end });
    let text_after = after < last_end && comment.is_none();
    if last > at && (text_after || quote == Quote::Backtick) {
        value.span = Span { start: open + 1, end: trim_blanks(bytes, open + 1, end) };
        value.unclear = Some(Unclear::OpenQuote);
        value.region = Some(Region { opened: at + 1, last_line: last + 1 });
        return value;
    }
    value.span = Span { start: open + 1, end: close };
    value.comment = comment;
    value.last = last;
    value.unclear = if text_after {
        Some(Unclear::TextAfterQuote)
    } else if quote == Quote::Backtick {
        Some(Unclear::Backtick)
    } else if comment.is_some_and(|span| bytes[span.start..span.end].iter().any(|byte| Quote::of(*byte).is_some())) {
        Some(Unclear::InnerQuote)
    } else {
        unclear_quoted(&bytes[open + 1..close])
    };
    value
}

/// The closing quote. A backslash hides the next character, as in most readers; where it does, the value is unclear.
fn closing(bytes: &[u8], from: usize, quote: Quote) -> Option<usize> {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            byte if byte == quote.byte() => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The lines that a shell takes for the inside of a quote which this line opens somewhere in its middle.
fn left_open(bytes: &[u8], lines: &[Line], at: usize) -> Option<Region> {
    let Line { start, end } = lines[at];
    let mut open: Option<Quote> = None;
    let (mut between_words, mut escaped) = (true, false);
    for byte in &bytes[start..end] {
        match open {
            _ if escaped => escaped = false,
            _ if *byte == b'\\' && open != Some(Quote::Single) => escaped = true,
            Some(quote) if *byte == quote.byte() => open = None,
            Some(_) => {}
            None if *byte == b'#' && between_words => break,
            None if is_blank(*byte) => {
                between_words = true;
                continue;
            }
            None => open = Quote::of(*byte),
        }
        between_words = false;
    }
    let close = closing(bytes, end, open?);
    let last_line = close.map_or(lines.len(), |close| lines.partition_point(|line| line.start <= close));
    Some(Region { opened: at + 1, last_line })
}

/// Whether a shell looks for the end of something in the lines that follow.
fn goes_on(text: &[u8]) -> bool {
    if !text.iter().any(|byte| b"($<".contains(byte)) {
        return false;
    }
    let count = |part: &[u8]| text.windows(part.len()).filter(|window| *window == part).count();
    count(b"(") > count(b")") || count(b"${") > count(b"}") || count(b"<<") > 0
}

fn unclear_unquoted(text: &[u8]) -> Option<Unclear> {
    text.iter().enumerate().find_map(|(at, byte)| match byte {
        byte if byte.is_ascii_alphanumeric() || b"!%*+,-./:?@[]^_{}".contains(byte) => None,
        b'=' if at > 0 => None,
        b' ' | b'\t' => Some(Unclear::Blank),
        b'#' => Some(Unclear::Hash),
        b'\'' | b'"' => Some(Unclear::InnerQuote),
        b'`' => Some(Unclear::Backtick),
        b'\\' => Some(Unclear::Backslash),
        b'$' => Some(Unclear::Dollar),
        0x80.. if std::str::from_utf8(text).is_err() => Some(Unclear::NotUtf8),
        0x80.. => Some(Unclear::NonAscii),
        0..0x20 | 0x7f => Some(Unclear::Control),
        _ => Some(Unclear::Shell),
    })
}

fn unclear_quoted(text: &[u8]) -> Option<Unclear> {
    let Ok(text) = std::str::from_utf8(text) else { return Some(Unclear::NotUtf8) };
    text.chars().find_map(|c| match c {
        '\\' => Some(Unclear::Backslash),
        '$' => Some(Unclear::Dollar),
        '`' => Some(Unclear::Backtick),
        '\n' | '\t' => None,
        c if c.is_control() => Some(Unclear::Control),
        _ => None,
    })
}

fn problems(bytes: &[u8]) -> Vec<Problem> {
    let line_of = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    let mut problems = Vec::new();
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        problems.push(Problem { line: 1, kind: ProblemKind::Utf16 });
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        problems.push(Problem { line: line_of(at), kind: ProblemKind::Nul });
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        problems.push(Problem { line: line_of(error.valid_up_to()), kind: ProblemKind::NotUtf8 });
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::document::{EnvFile, Lookup};
    use super::*;

    fn only(text: &str) -> (String, Option<Unclear>, bool) {
        let file = EnvFile::parse(text.as_bytes());
        let found = file.assignments().next().unwrap().clone();
        (String::from_utf8_lossy(file.raw(found.value_span)).into_owned(), found.unclear, found.comment.is_some())
    }

    #[test]
    fn values_and_what_splits_readers() {
        use Unclear as U;
        for (text, value, unclear, comment) in [
            ("A=x", "x", None, false),
            ("A=", "", None, false),
            ("A= ", "", None, false),
            ("  A=x  ", "x", None, false),
            ("export A=x", "x", None, false),
            ("A='x y'", "x y", None, false),
            ("A=\"x # y\"", "x # y", None, false),
            ("A=x # y", "x", None, true),
            ("A=\"x\" # y", "x", None, true),
            ("A=\"l1\nl2\"", "l1\nl2", None, false),
            ("A=x#y", "x#y", Some(U::Hash), false),
            ("A=\"x\"# y", "x", Some(U::TextAfterQuote), false),
            ("A=\"x\" # it's", "x", Some(U::InnerQuote), true),
            ("A= x", "x", Some(U::BlankBesideEquals), false),
            ("A =x", "x", Some(U::BlankBesideEquals), false),
            ("A= ''", "", Some(U::BlankBesideEquals), false),
            ("A= # x", "", Some(U::BlankBesideEquals), true),
            ("A+=x", "x", Some(U::Append), false),
            ("A.B=x", "x", Some(U::Name), false),
            ("A=x y", "x y", Some(U::Blank), false),
            ("A=pa$s", "pa$s", Some(U::Dollar), false),
            ("A='pa$s'", "pa$s", Some(U::Dollar), false),
            ("A=\"x", "x", Some(U::OpenQuote), false),
            ("A=x;y", "x;y", Some(U::Shell), false),
            ("A=`x`", "x", Some(U::Backtick), false),
            ("A=x\\", "x\\", Some(U::Backslash), false),
            ("A=é", "é", Some(U::NonAscii), false),
            ("A=1\r", "1\r", Some(U::Control), false),
            ("A={a,b}", "{a,b}", None, false),
            ("export A={a,b}", "{a,b}", Some(U::Shell), false),
        ] {
            assert_eq!(only(text), (value.to_owned(), unclear, comment), "{text}");
        }
    }

    #[test]
    fn an_open_quote_makes_doubtful_what_it_may_swallow_and_no_more() {
        let file = EnvFile::parse(b"A=\"x\nB=\"2\"\nC=3\n");
        let unclear: Vec<_> = file.assignments().map(|a| a.unclear).collect();
        assert_eq!(unclear, [Some(Unclear::OpenQuote), Some(Unclear::InsideQuote { line: 1 }), None]);
        let file = EnvFile::parse(b"A=it's\nB=2\n# '\nC=3\n");
        let unclear: Vec<_> = file.assignments().map(|a| a.unclear).collect();
        assert_eq!(unclear, [Some(Unclear::InnerQuote), Some(Unclear::InsideQuote { line: 1 }), None]);
        let file = EnvFile::parse(b"A=x\\\nB=2\nC=3\n");
        let unclear: Vec<_> = file.assignments().map(|a| a.unclear).collect();
        assert_eq!(unclear, [Some(Unclear::Backslash), Some(Unclear::Continued), None]);
    }

    #[test]
    fn lines_are_counted_through_crlf_bom_and_values_that_span_them() {
        let file = EnvFile::parse(b"\xef\xbb\xbfA=1\r\n# c\r\nB='x\ny'\r\n\r\nC=3");
        let lines: Vec<_> = file.assignments().map(|a| (a.name.as_str(), a.line, a.last_line)).collect();
        assert_eq!(lines, [("A", 1, 1), ("B", 3, 4), ("C", 6, 6)]);
        assert!(file.has_bom());
        assert!(matches!(file.lookup("C"), Lookup::One { at, .. } if at.line == 6));
    }

    #[test]
    fn files_that_are_not_text_are_named() {
        let kinds = |bytes: &[u8]| EnvFile::parse(bytes).problems().to_vec();
        assert_eq!(kinds(b"A=1\nB=\0\n"), [Problem { line: 2, kind: ProblemKind::Nul }]);
        assert_eq!(kinds(b"A=1\n\n# \xe9\n"), [Problem { line: 3, kind: ProblemKind::NotUtf8 }]);
        let utf16: Vec<_> = kinds(b"\xff\xfeA\0=\0").into_iter().map(|p| p.kind).collect();
        assert_eq!(utf16, [ProblemKind::Utf16, ProblemKind::Nul, ProblemKind::NotUtf8]);
    }
}
