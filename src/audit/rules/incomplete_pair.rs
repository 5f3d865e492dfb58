//! TW502: An API key has no secret, or a secret no key.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, entries, projects};

pub(super) struct IncompletePair;

static META: Meta = Meta {
    code: "TW502",
    name: "incomplete-pair",
    severity: Severity::Error,
    when: When::Default,
    summary: "An API key has no secret, or a secret no key.",
    why: "Half a pair cannot sign in. It is often what a rotation done by hand left behind.",
    mend: "Complete the pair, or take the half out.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for IncompletePair {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let mut found = Vec::new();
        for project in projects(&entries).values() {
            let filled =
                |role| project.iter().find(|e| e.role == role && e.meant().is_none_or(|value| !value.is_empty()));
            let (half, message) = match (filled(Role::KeySid), filled(Role::KeySecret)) {
                (Some(key), None) => (key, "the secret of this key is missing"),
                (None, Some(secret)) => (secret, "the key of this secret is missing"),
                _ => continue,
            };
            found.push(half.finding(&META, message, half.shape.at.name_span));
        }
        found
    }
}
