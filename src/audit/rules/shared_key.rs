//! TW511: Several projects use one API key.

use super::*;

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
        let keys: Vec<&Entry<'_>> = entries.iter().filter(|e| e.role == Role::KeySid && e.real().is_some()).collect();
        let mut found = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            if keys[..at].iter().any(|before| before.real() == key.real()) {
                continue;
            }
            let same: Vec<&&Entry<'_>> = keys[at + 1..].iter().filter(|other| other.real() == key.real()).collect();
            let mut prefixes: Vec<&str> = same.iter().map(|e| e.prefix.as_str()).chain([key.prefix.as_str()]).collect();
            prefixes.sort_unstable();
            prefixes.dedup();
            if prefixes.len() < 2 {
                continue;
            }
            let finding = Finding::new(&META, format!("{} projects share this key", prefixes.len()));
            let finding = finding.at(key.shape.at.name_span).of(key.name());
            found.push(
                same.iter().fold(finding, |finding, other| finding.beside(other.shape.at.name_span, "the same key")),
            );
        }
        found
    }
}
