//! TW502: An API key has no secret, or a secret no key.

use super::*;

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
        let mut told: Vec<(&str, Role)> = Vec::new();
        for entry in entries.iter().filter(|entry| matches!(entry.role, Role::KeySid | Role::KeySecret)) {
            let filled = |e: &&Entry<'_>| e.meant().is_none_or(|value| !value.is_empty());
            if !filled(&entry) || told.contains(&(entry.prefix.as_str(), entry.role)) {
                continue;
            }
            let (other, message) = match entry.role {
                Role::KeySid => (Role::KeySecret, "the secret of this key is missing"),
                _ => (Role::KeySid, "the key of this secret is missing"),
            };
            let paired = entries.iter().filter(|e| e.role == other && e.prefix == entry.prefix).any(|e| filled(&e));
            if !paired {
                told.push((entry.prefix.as_str(), entry.role));
                found.push(Finding::new(&META, message).at(entry.shape.at.name_span).of(entry.name()));
            }
        }
        found
    }
}
