//! TW403: Two names for one thing have different values.

use super::{BTreeMap, Entry, EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, entries, projects};

pub(super) struct AliasConflict;

static META: Meta = Meta {
    code: "TW403",
    name: "alias-conflict",
    severity: Severity::Error,
    when: When::Default,
    summary: "Two names for one thing have different values.",
    why: "Projects that read the one use another credential than projects that read the other.",
    mend: "Keep one name, or give both the same value.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for AliasConflict {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let mut found = Vec::new();
        for project in projects(&entries).values() {
            let mut before = Before::default();
            for entry in project.iter().filter(|entry| entry.real().is_some()) {
                if let Some(other) = before.contradicts(entry) {
                    let message = format!("{} says something else of the same thing", other.name());
                    found.push(
                        Finding::new(&META, message)
                            .at(entry.shape.at.name_span)
                            .beside(other.shape.at.name_span, "the other name")
                            .of(entry.name()),
                    );
                }
                before.add(entry);
            }
        }
        found
    }
}

/// What a project said before of each thing under each name: the first entry, and the first with another value. More
/// are not needed to contradict any value, however often a name is assigned.
#[derive(Default)]
struct Before<'e, 'a>(BTreeMap<(Role, &'a str), Vec<&'e Entry<'a>>>);

impl<'e, 'a> Before<'e, 'a> {
    /// The first entry that says something else of the same thing under another name.
    fn contradicts(&self, entry: &Entry<'a>) -> Option<&'e Entry<'a>> {
        let others = self.0.range((entry.role, "")..).take_while(|((role, _), _)| *role == entry.role);
        let others = others.filter(|((_, name), _)| *name != entry.name()).flat_map(|(_, said)| said);
        let differ = others.filter(|other| other.real() != entry.real());
        differ.min_by_key(|other| other.shape.at.span.start).copied()
    }

    fn add(&mut self, entry: &'e Entry<'a>) {
        let said = self.0.entry((entry.role, entry.name())).or_default();
        if said.len() < 2 && said.iter().all(|known| known.real() != entry.real()) {
            said.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_going_through_all_before_finds(
            lines in prop::collection::vec((0..5_usize, 0..4_usize), 0..24)
        ) {
            let names = ["TWILIO_API_KEY", "TWILIO_API_KEY_SID", "TWILIO_API_SID", "A_TWILIO_API_KEY", "A_TWILIO_API_SID"];
            let values = ["one", "two", "three", ""];
            let text: Vec<String> = lines.iter().map(|(name, value)| format!("{}={}\n", names[*name], values[*value])).collect();
            let text = text.concat();
            let file = EnvFile::parse(text.as_bytes());
            let found = AliasConflict.check(&file, &Facts::default());
            let found: Vec<Vec<usize>> = found.iter().map(|f| f.locations.iter().map(|at| at.span.unwrap().start).collect()).collect();
            let entries = entries(&file);
            let place = |entry: &Entry<'_>| entry.shape.at.name_span.start;
            let plain = |(at, entry): (usize, &Entry<'_>)| {
                let contradicts = |other: &&Entry<'_>| {
                    other.prefix == entry.prefix && other.name() != entry.name()
                        && matches!((other.real(), entry.real()), (Some(one), Some(two)) if one != two)
                };
                entries[..at].iter().find(contradicts).map(|other| vec![place(entry), place(other)])
            };
            let mut expected: Vec<Vec<usize>> = entries.iter().enumerate().filter_map(plain).collect();
            expected.sort_by_key(|places| (entries.iter().find(|e| place(e) == places[0]).unwrap().prefix, places[0]));
            prop_assert_eq!(found, expected);
        }
    }
}
