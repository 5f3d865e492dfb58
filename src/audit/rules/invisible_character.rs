//! TW321: A character that cannot be seen, or that looks like another, stands in a line.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Item, Meta, Rule, Severity, Span, When, garbled, written};

pub(super) struct InvisibleCharacter;

static META: Meta = Meta {
    code: "TW321",
    name: "invisible-character",
    severity: Severity::Error,
    when: When::Default,
    summary: "A character that cannot be seen, or that looks like another, stands in a line.",
    why: "Readers differ on blanks outside ASCII; an escape reaches the terminal of whoever prints the file; a curly quote quotes nothing.",
    mend: "Type the value anew.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for InvisibleCharacter {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if garbled(file) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for item in file.items() {
            let span = item.span();
            let Ok(text) = std::str::from_utf8(file.raw(span)) else { continue };
            let comment = matches!(item, Item::Comment { .. });
            let Some((at, c)) = text.char_indices().find(|(_, c)| deceives(*c, comment)) else { continue };
            let place = Span { start: span.start + at, end: span.start + at + c.len_utf8() };
            let finding = Finding::new(&META, format!("U+{:04X} stands here, {}", u32::from(c), kind(c))).at(place);

            found.push(match item {
                Item::Assignment(at) => match splits(file.raw(at.value_span), c) {
                    Some(construct) => written(finding.of(&at.name), &[construct]),
                    None => finding.of(&at.name),
                },
                _ => finding,
            });
        }
        found
    }
}

/// What splits the readers of a value: a blank at its edge, which some trim, or a control character. An escape is
/// literal to all.
fn splits(value: &[u8], c: char) -> Option<Construct> {
    let value = std::str::from_utf8(value).ok()?;
    let blank = |c: char| !c.is_ascii() && (c.is_whitespace() || c == '\u{feff}');
    if value.starts_with(blank) || value.ends_with(blank) {
        return Some(Construct::UnicodeBlank);
    }
    (c.is_ascii_control() && c != '\u{1b}').then_some(Construct::Control)
}

/// Whether a character is not what it seems. In a comment only what acts on a terminal or on the reader's eye counts.
fn deceives(c: char, comment: bool) -> bool {
    let acts =
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || kind(c) == "which turns the direction of the text";
    acts || matches!(c, '\u{2028}' | '\u{2029}')
        || (!comment && matches!(kind(c), "a blank outside ASCII" | "which has no width" | "a curly quote"))
}

fn kind(c: char) -> &'static str {
    match c {
        c if c.is_control() => "a control character",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            "which turns the direction of the text"
        }
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "which has no width",
        '\u{2018}'..='\u{201f}' => "a curly quote",
        '\u{2028}' | '\u{2029}' => "at which some readers begin a new line",
        c if !c.is_ascii() && c.is_whitespace() => "a blank outside ASCII",
        _ => "which is as it seems",
    }
}
