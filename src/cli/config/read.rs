//! From text to fields: TOML, held against the table of fields. Every error of a file is found, not only the first.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fields::{FIELDS, Field};
use super::problem::Problem;
use super::secrets;
use super::settings::{Settings, Span};
use super::value::Reader;
use crate::audit::finding::speakable;

/// The longest name of a target.
const LONGEST: usize = 64;

/// A file as it is written.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) defaults: Settings,
    pub(super) targets: Vec<Written>,
    pub(super) problems: Vec<Problem>,
    /// The places of names that may be shown.
    pub(super) open: Vec<Span>,
}

/// A target as it is written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) name: String,
    /// Where its name stands.
    pub(super) span: Span,
    pub(super) settings: Settings,
}

/// A table's entries in the order of the file.
type Entry<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

impl Document {
    /// Reads a text. `home` is what `~` stands for.
    pub(super) fn parse(text: &str, home: Option<&Path>) -> Self {
        let mut document = Self::default();
        for span in secrets::find(text) {
            let problem =
                Problem::new(span, "", "what stands here looks like a secret, which has no place in this file");
            document.problems.push(problem.hint("take it out; a command finds its secrets in a file of its own"));
        }
        document.open.extend(headers(text));
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            document.root(root.get_ref(), home);
        } else {
            // What can be made of a broken file is guesswork, and so would be errors about it.
            let mut twice = 0..0;
            for error in &errors {
                let span = error.span().unwrap_or_default();
                if error.message() == "duplicate key" {
                    // What stands in a table that stands twice is no mistake of its own.
                    if twice.contains(&span.start) {
                        continue;
                    }
                    if let Some(table) = table_of_header(text, &span) {
                        twice = table;
                        document
                            .open
                            .extend(text.get(span.clone()).filter(|name| is_target_name(name)).map(|_| span.clone()));
                    }
                }
                document.problems.push(Problem::new(span, "", format!("this is no TOML: {}", error.message())));
            }
        }
        document
    }

    fn root(&mut self, root: &DeTable<'_>, home: Option<&Path>) {
        for (key, value) in sorted(root) {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(table)) => {
                    self.open.push(key.span());
                    self.defaults = self.table(table, "defaults", home);
                }
                ("targets", DeValue::Table(table)) => {
                    self.open.push(key.span());
                    self.targets(table, home);
                }
                (name @ ("defaults" | "targets"), _) => {
                    self.open.push(key.span());
                    let header = if name == "targets" { "[targets.NAME]" } else { "[defaults]" };
                    self.problems.push(Problem::new(key.span(), name, format!("this is a table: {header}")));
                }
                (name, _) => self.unknown(key, name, "", "at the top of the file", &["defaults", "targets"]),
            }
        }
    }

    fn targets(&mut self, table: &DeTable<'_>, home: Option<&Path>) {
        for (key, value) in sorted(table) {
            let name = key.get_ref().as_ref();
            if !is_target_name(name) {
                let what = "the name of a target is of letters, digits, `-`, `_` and `.`, 64 at most, and looks like no \
                            secret";
                self.problems.push(Problem::new(key.span(), "targets", what));
                continue;
            }
            self.open.push(key.span());
            let DeValue::Table(fields) = value.get_ref() else {
                let known = Field::named(name).is_some();
                let problem =
                    Problem::new(key.span(), format!("targets.{name}"), "a target is a table: [targets.NAME]");
                self.problems.push(if known {
                    problem.hint("a field stands under the target it belongs to, or under [defaults]")
                } else {
                    problem
                });
                continue;
            };
            let settings = self.table(fields, &format!("targets.{name}"), home);
            self.targets.push(Written { name: name.to_owned(), span: key.span(), settings });
        }
    }

    fn table(&mut self, table: &DeTable<'_>, path: &str, home: Option<&Path>) -> Settings {
        let in_defaults = path == "defaults";
        let mut settings = Settings::default();
        for (key, value) in sorted(table) {
            let name = key.get_ref().as_ref();
            let Some(field) = Field::named(name) else {
                let fields = FIELDS.iter().filter(|field| field.in_defaults || !in_defaults);
                let known: Vec<&str> = fields.map(|field| field.name).collect();
                self.unknown(key, name, path, "here", &known);
                continue;
            };
            self.open.push(key.span());
            let key_path = format!("{path}.{name}");
            settings.written.push((field.name, key.span()));
            if in_defaults && !field.in_defaults {
                let what = "this belongs to one target and not into [defaults]";
                self.problems.push(Problem::new(key.span(), key_path, what));
                continue;
            }
            let mut reader = Reader { field, key: &key_path, home, problems: &mut self.problems };
            reader.read(value, &mut settings);
        }
        settings
    }

    fn unknown(&mut self, key: &Spanned<DeString<'_>>, name: &str, path: &str, place: &str, known: &[&str]) {
        let said = speakable(name);
        if said {
            self.open.push(key.span());
        }
        let key_path = match (path, said) {
            ("", true) => name.to_owned(),
            (path, true) => format!("{path}.{name}"),
            (path, false) => path.to_owned(),
        };
        let problem = Problem::new(key.span(), key_path, format!("there is no such field {place}"));
        self.problems.push(match nearest(name, known) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem.hint(format!("known are {}", known.join(", "))),
        });
    }
}

/// The places of `defaults` and `targets` in the headers of tables: the parser tells of the first of each only.
fn headers(text: &str) -> Vec<Span> {
    let words = ["[defaults", "[targets"].into_iter().flat_map(|word| text.match_indices(word));
    let begins_line = |at: usize| text[..at].rsplit('\n').next().is_some_and(|before| before.trim().is_empty());
    words.filter(|(at, _)| begins_line(*at)).map(|(at, word)| at + 1..at + word.len()).collect()
}

/// The table whose header has something at this place, from there to the next header; nothing if that is no header.
fn table_of_header(text: &str, at: &Span) -> Option<Span> {
    let begins =
        |from: usize| text.get(from..).is_some_and(|line| line.trim_start_matches([' ', '\t']).starts_with('['));
    let start = text.get(..at.start)?.rfind('\n').map_or(0, |found| found + 1);
    let mut lines = text.get(at.end..)?.match_indices('\n').map(|(found, _)| at.end + found + 1);
    begins(start).then(|| at.start..lines.find(|line| begins(*line)).unwrap_or(text.len()))
}

/// Whether a text may name a target: a word of a command line, that no one takes for a sink or a secret.
#[must_use]
pub fn is_target_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    plain && begins && name.len() <= LONGEST && speakable(name)
}

fn sorted<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<Entry<'a, 'i>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The known name that was probably meant.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let of = |text: &str| text.replace('_', "-").to_ascii_lowercase().into_bytes();
    let written = of(name);
    let alike = |known: &&str| {
        let known = of(known);
        let operations = similar::capture_diff_slices(similar::Algorithm::Myers, &written, &known);
        similar::diff_ratio(&operations, written.len(), known.len())
    };
    let best = known.iter().max_by(|one, other| alike(one).total_cmp(&alike(other)))?;
    (alike(best) >= 0.6).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant() {
        let known: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        for (written, meant) in [
            ("max_age", Some("max-age")),
            ("maxage", Some("max-age")),
            ("envfile", Some("env-file")),
            ("sink", Some("sinks")),
            ("Variable", Some("variables")),
            ("frequency", None),
            ("é", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn names_of_targets() {
        for name in ["shop", "shop-2", "SHOP_eu.1"] {
            assert!(is_target_name(name), "{name}");
        }
        for name in ["", "-x", "a b", "env:x", "é", "a/b", &"x".repeat(65), "c2VjcmV0dG9rZW4x"] {
            assert!(!is_target_name(name), "{name}");
        }
    }
}
