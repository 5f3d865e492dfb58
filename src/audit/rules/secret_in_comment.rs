//! TW505: A comment holds what looks like a secret.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::{
    Assignment, Edit, EnvFile, Facts, Finding, Fix, FixKind, Item, Line, Meta, Rule, Severity, Span, When, classify,
    foreign_mark, garbled, line_with_end, lines, placeholder, shapes,
};
use crate::audit::free_words::{in_free_words, is_of_another};
use crate::audit::veil::Veil;

pub(super) struct SecretInComment;

static META: Meta = Meta {
    code: "TW505",
    name: "secret-in-comment",
    severity: Severity::Error,
    when: When::Default,
    summary: "A comment holds what looks like a secret.",
    why: "Old secrets pile up there, mostly never revoked.",
    mend: "Revoke it if it is live, and take the line out. Only a line that says nothing but a value of this file, with the name it has there or without one, goes by machine. What else stands in a comment may be held nowhere else: it is left to you.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for SecretInComment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if garbled(file) {
            return Vec::new();
        }
        let (known, held) = (OnceCell::new(), OnceCell::new());
        let mut found = Vec::new();
        for Said { at, words, line } in said(file) {
            let Ok(text) = std::str::from_utf8(file.raw(words)) else { continue };
            let copied = known.get_or_init(|| Veil::of(file)).stands_in(text.as_bytes());
            let assigned = commented(text);
            let message = match (copied, assigned) {
                (true, _) => "a secret of this file stands in a comment",
                (false, Some(_)) => "a comment assigns a secret",
                (false, None) => match in_free_words(text) {
                    Some(message) => message,
                    None => continue,
                },
            };
            // Of a value that no entry has, and of words of somebody's own, this may be the only place.
            let line = line.filter(|_| copied && held.get_or_init(|| Held::by(file)).has_all_of(text));
            let cut = |line| Fix::unsafe_("remove the line", vec![Edit::cut(line_with_end(file, line))]);
            let finding = Finding::new(&META, message).at(at).fix(line.map(cut));
            found.push(match assigned {
                Some(name) => finding.of(name),
                None => finding,
            });
        }
        found
    }
}

/// Something that is said beside the values.
struct Said {
    /// The comment.
    at: Span,
    /// What it says.
    words: Span,
    /// Its line, if that holds nothing else and may go.
    line: Option<Span>,
}

/// What the comments of a file say, and then the lines that are comments to other programs. Those become comments of this
/// file by a fix of their own first: to some shell they may assign.
fn said(file: &EnvFile) -> impl Iterator<Item = Said> {
    let own = file.items().iter().filter_map(|item| match item {
        Item::Comment { span, .. } => Some(Said { at: *span, words: *span, line: Some(*span) }),
        Item::Assignment(Assignment { comment: Some(comment), .. }) => {
            Some(Said { at: *comment, words: *comment, line: None })
        }
        _ => None,
    });
    let foreign = lines(file, Line::ForeignComment).map(|span| {
        let mark = foreign_mark(file.raw(span));
        let [start, words] = [mark.start, mark.end].map(|at| span.start + at);
        Said { at: Span { start, ..span }, words: Span { start: words, ..span }, line: None }
    });
    own.chain(foreign)
}

/// What the entries of a file hold, of which all readers see the same.
struct Held<'f> {
    values: BTreeSet<&'f str>,
    entries: BTreeSet<(&'f str, &'f str)>,
}

impl<'f> Held<'f> {
    fn by(file: &'f EnvFile) -> Self {
        let clear = |at: &Assignment| file.read(at).is_ok();
        let entries = shapes(file).filter(|shape| !shape.append && clear(shape.at));
        let entries = entries.filter_map(|shape| Some((shape.at.name.as_str(), shape.meant()?)));
        let entries: BTreeSet<_> = entries.collect();
        Self { values: entries.iter().map(|(_, value)| *value).collect(), entries }
    }

    /// Whether a comment says nothing but one of their values, alone or behind the name that it has there.
    fn has_all_of(&self, comment: &str) -> bool {
        const BLANKS: [char; 2] = [' ', '\t'];
        let said = comment.trim_start_matches(['#', ' ', '\t']).trim_end_matches(BLANKS);
        let said = said.strip_prefix("export ").map_or(said, |rest| rest.trim_start_matches(BLANKS));
        let assigned = said.split_once(['=', ':']);
        self.values.contains(unquoted(said))
            || assigned.is_some_and(|(name, value)| {
                let value = unquoted(value.trim_start_matches(BLANKS));
                self.entries.contains(&(name.trim_end_matches(BLANKS), value))
            })
    }
}

fn unquoted(text: &str) -> &str {
    let between = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    between('"').or_else(|| between('\'')).unwrap_or(text)
}

/// The name of the secret that a comment assigns, with `=` or `:` and whatever stands before it, if the value has the form
/// of one.
fn commented(text: &str) -> Option<&str> {
    const AROUND: [char; 4] = [' ', '\t', '"', '\''];
    let ends = |c: char| c.is_whitespace() || "\"',;)]}".contains(c);
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|name| {
        let Some(variable) = classify(name).filter(|variable| variable.role.is_secret()) else { return false };
        let behind = name.as_ptr() as usize - text.as_ptr() as usize + name.len();
        let value = text[behind..].trim_start_matches(AROUND).strip_prefix(['=', ':']);
        let value = value.and_then(|value| value.trim_start_matches(AROUND).split(ends).next()).unwrap_or_default();
        let digit = if variable.role.is_token() { u8::is_ascii_hexdigit } else { u8::is_ascii_alphanumeric };
        let of_one = value.len() == 32 && value.bytes().all(|byte| digit(&byte)) && placeholder(value).is_none();
        of_one && !is_of_another(text, name)
    })
}
