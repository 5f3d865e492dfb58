//! TW511: Several projects use one API key.

use std::collections::BTreeSet;

use super::{BTreeMap, Entry, EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, entries};

pub(super) struct SharedKey;

static META: Meta = Meta {
    code: "TW511",
    name: "shared-key",
    severity: Severity::Info,
    when: When::Default,
    summary: "Several projects use one API key.",
    why: "The key of one project cannot be revoked without the others, and nobody can tell who used it.",
    mend: "Give each project a key of its own.",
    fix: FixKind::Suggested,
    precedent: "Twilio: separate keys for each system.",
};

impl Rule for SharedKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let mut keys: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
        for entry in entries.iter().filter(|e| e.role == Role::KeySid) {
            if let Some(sid) = entry.real() {
                keys.entry(sid).or_default().push(entry);
            }
        }
        let mut found = Vec::new();
        for same in keys.values() {
            let projects: BTreeSet<&str> = same.iter().map(|entry| entry.prefix).collect();
            let Some((first, rest)) = same.split_first().filter(|_| projects.len() > 1) else { continue };
            let finding = Finding::new(&META, format!("{} projects share this key", projects.len()));
            let finding = finding.at(first.shape.at.name_span).of(first.name());
            found.push(
                rest.iter().fold(finding, |finding, other| finding.beside(other.shape.at.name_span, "the same key")),
            );
        }
        found
    }
}
