//! TW508: By a note in the file, or by the journals of twcred, the last rotation is long ago.

use std::collections::BTreeSet;

use super::{
    Entry, EnvFile, Facts, Finding, FixKind, Item, Line, MAX_AGE, Made, Meta, Role, Rotated, Rule, Secret, Severity,
    Span, Timestamp, When, entries, foreign_mark, lines, show_duration, since,
};

pub(super) struct RotationOverdue;

static META: Meta = Meta {
    code: "TW508",
    name: "rotation-overdue",
    severity: Severity::Info,
    when: When::Default,
    summary: "By a note in the file, or by the journals of twcred, the last rotation is long ago.",
    why: "The longer a credential lives, the more places have seen it. A note is a comment such as `# twcred: rotated=2026-05-01` or `# rotated: 2026-05-01`; of several on lines that follow each other the latest counts.",
    mend: "Rotate with `twcred keys rotate` or `twcred token rotate`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for RotationOverdue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(now) = facts.options.now else { return Vec::new() };
        let limit = facts.options.max_age.unwrap_or(MAX_AGE);
        let overdue = |rotated: Timestamp, by: &str| {
            let age = since(rotated, now);
            let message =
                || format!("rotated {} ago, by {by}; at most {} is wished", show_duration(age), show_duration(limit));
            (age > limit).then(|| Finding::new(&META, message()))
        };
        let mut found = Vec::new();
        found.extend(
            notes(file).into_iter().filter_map(|(span, at)| overdue(at, "this note").map(|told| told.at(span))),
        );
        let Some(rotated) = facts.rotated.known().filter(|rotated| !rotated.is_empty()) else { return found };
        for entry in entries(file).iter().filter(|entry| !told(entry, facts)) {
            let last = rotated.iter().filter(|rotated| made(entry, rotated)).map(|rotated| rotated.at).max();
            let finding = last.and_then(|at| overdue(at, "the journal of twcred"));
            found.extend(finding.map(|finding| finding.at(entry.shape.at.name_span).of(entry.name())));
        }
        found
    }
}

/// When something was rotated, by the notes in a file: of each block of comments the latest, for the others are its past. A
/// comment behind a value belongs to the block above, and what other programs take for a comment is one: a fix writes both so.
fn notes(file: &EnvFile) -> Vec<(Span, Timestamp)> {
    let foreign: BTreeSet<usize> = lines(file, Line::ForeignComment).map(|span| span.start).collect();
    let (mut notes, mut block) = (Vec::new(), None::<(Span, Timestamp)>);
    for item in file.items() {
        let (comment, ends) = match item {
            Item::Comment { span, .. } => (Some(*span), false),
            Item::Other { span, .. } if foreign.contains(&span.start) => {
                (Some(Span { start: span.start + foreign_mark(file.raw(*span)).end, ..*span }), false)
            }
            Item::Assignment(at) => (at.comment, true),
            _ => (None, true),
        };
        let dated = |span: Span| Some((span, std::str::from_utf8(file.raw(span)).ok().and_then(noted)?));
        if let Some(later) = comment.and_then(dated).filter(|(_, at)| block.is_none_or(|(_, latest)| *at > latest)) {
            block = Some(later);
        }
        if ends {
            notes.extend(block.take());
        }
    }
    notes.extend(block);
    notes
}

/// The day that a comment notes: `# twcred: rotated=2026-05-01`, `# rotated 2026-05-01`, `# Last rotated on: 2026-05-01`.
fn noted(comment: &str) -> Option<Timestamp> {
    const MARKS: [char; 4] = [' ', '\t', '=', ':'];
    fn behind<'t>(text: &'t str, word: &str) -> Option<&'t str> {
        let (head, rest) = text.split_at_checked(word.len())?;
        (head.eq_ignore_ascii_case(word) && rest.starts_with(MARKS)).then(|| rest.trim_start_matches(MARKS))
    }
    let text = comment.trim_start_matches(['#', ' ', '\t']);
    let text = behind(text, "twcred").unwrap_or(text);
    let text = behind(behind(text, "last").unwrap_or(text), "rotated")?;
    let (date, rest) = behind(text, "on").unwrap_or(text).split_at_checked(10)?;
    let whole = !rest.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    format!("{date}T00:00:00Z").parse().ok().filter(|_| whole)
}

/// Whether a rotation has made what a variable holds.
fn made(entry: &Entry<'_>, rotated: &Rotated) -> bool {
    let Some(value) = entry.real() else { return false };
    match (&rotated.what, entry.role) {
        (Made::Key(sid), Role::KeySid) => sid.as_str() == value,
        (Made::Token(token), Role::AuthToken) => Secret::new(value.to_owned()).fingerprint() == *token,
        _ => false,
    }
}

/// Whether Twilio has told the age: then another rule judges it.
fn told(entry: &Entry<'_>, facts: &Facts) -> bool {
    let probes = facts.live.known().map_or(&[][..], |live| &live.probes);
    probes.iter().any(|probe| {
        probe.created.known().is_some() && probe.variables.first().is_some_and(|variable| variable == entry.name())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_noted_in_words() {
        for note in [
            "# twcred: rotated=2025-01-01",
            "#twcred:rotated=2025-01-01 by hand",
            "# twcred: rotated 2025-01-01",
            "# rotated 2025-01-01",
            "## Rotated: 2025-01-01, the key of the shop",
            "# last rotated on 2025-01-01.",
            "# Last rotated: 2025-01-01T10:00:00Z",
        ] {
            assert_eq!(noted(note), "2025-01-01T00:00:00Z".parse().ok(), "{note}");
        }
        for note in [
            "# rotated",
            "# rotated 2025-13-01",
            "# rotated 2025-01-011",
            "# rotatedé2025-01-01",
            "# rotated é025-01-01",
            "# to be rotated 2025-01-01",
            "# rotated logs 2025-01-01",
            "# twcred: rotate=2025-01-01",
        ] {
            assert_eq!(noted(note), None, "{note}");
        }
    }

    #[test]
    fn of_a_block_the_latest_counts() {
        let text = "# rotated 2024-01-01\n# rotated 2026-01-01\n# rotated 2025-01-01\nA=1\n# rotated 2023-01-01\n";
        let years = notes(&EnvFile::parse(text.as_bytes())).into_iter().map(|(_, at)| at.to_string()[..4].to_owned());
        assert_eq!(years.collect::<Vec<_>>(), ["2026", "2023"]);
        let text =
            "# rotated 2024-01-01\n// rotated 2025-01-01\nA=1 # rotated 2026-01-01\n; rotated 2023-01-01\nB=1 # x\n";
        let years = notes(&EnvFile::parse(text.as_bytes())).into_iter().map(|(_, at)| at.to_string()[..4].to_owned());
        assert_eq!(years.collect::<Vec<_>>(), ["2026", "2023"]);
    }
}
