//! TW505: A comment holds what looks like a secret.

use super::{
    Assignment, Edit, Entry, EnvFile, Facts, Finding, Fix, FixKind, Item, Meta, Rule, Severity, When, classify,
    entries, garbled, line_with_end, placeholder,
};

pub(super) struct SecretInComment;

static META: Meta = Meta {
    code: "TW505",
    name: "secret-in-comment",
    severity: Severity::Error,
    when: When::Default,
    summary: "A comment holds what looks like a secret.",
    why: "Old secrets pile up there, mostly never revoked.",
    mend: "Revoke it if it is live, and take the line out.",
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
        let entries = entries(file);
        let live = Live::new(entries.iter().filter(|entry| entry.role.is_secret()).filter_map(Entry::real));
        let mut found = Vec::new();
        for item in file.items() {
            let (span, comment) = match item {
                Item::Comment { span, .. } => (*span, *span),
                Item::Assignment(Assignment { span, comment: Some(comment), .. }) => (*span, *comment),
                _ => continue,
            };
            let Ok(text) = std::str::from_utf8(file.raw(comment)) else { continue };
            let assigned = commented(text);
            let copied = live.stands_in(text);
            if assigned.is_none() && !copied {
                continue;
            }
            let message =
                if copied { "a secret of this file stands in a comment" } else { "a comment assigns a secret" };
            let whole = span == comment;
            let fix = whole.then(|| Fix::unsafe_("remove the line", vec![Edit::cut(line_with_end(file, span))]));
            let finding = Finding::new(&META, message).at(comment).fix(fix);
            found.push(match assigned {
                Some(name) => finding.of(name),
                None => finding,
            });
        }
        found
    }
}

/// The secrets of the file, sorted, without those that begin with another one.
struct Live<'a>(Vec<&'a str>);

impl<'a> Live<'a> {
    fn new(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<&str> = secrets.filter(|value| (16..=512).contains(&value.len())).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|one, before| one.starts_with(*before));
        Self(sorted)
    }

    /// Whether one of them stands anywhere in a text. The one that begins at a place, if any does, is the last in order
    /// that is not behind the rest of the text: so this takes hardly longer for many secrets than for few.
    fn stands_in(&self, text: &str) -> bool {
        let begins = |(at, _)| {
            let rest = &text[at..];
            let after = self.0.partition_point(|value| *value <= rest);
            after.checked_sub(1).is_some_and(|last| rest.starts_with(self.0[last]))
        };
        !self.0.is_empty() && text.char_indices().any(begins)
    }
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
        value.len() == 32 && value.bytes().all(|byte| digit(&byte)) && placeholder(value).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let of = |secrets: &[&'static str]| Live::new(secrets.iter().copied());
        let live = of(&["b-second-secret-of-it", "a-first-secret-of-it", "a-first-secret-of-it-and-more", "short"]);
        for (text, stands) in [
            ("# a-first-secret-of-it", true),
            ("# https://u:a-first-secret-of-it-and@x", true),
            ("# \u{e9}b-second-secret-of-it\u{e9}", true),
            ("# a-first-secret-of-i", false),
            ("# short", false),
            ("", false),
        ] {
            assert_eq!(live.stands_in(text), stands, "{text}");
        }
        assert!(!of(&[]).stands_in("# anything at all"));
    }
}
