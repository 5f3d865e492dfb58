//! TW605: The key may do more than a project needs.

use super::{EnvFile, Fact, Facts, Finding, FixKind, KeyKind, Meta, Rule, Severity, When, probes};

pub(super) struct KeyOverPrivileged;

static META: Meta = Meta {
    code: "TW605",
    name: "key-over-privileged",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The key may do more than a project needs.",
    why: "A Main key makes and revokes keys; whoever gets hold of it does too.",
    mend: "Use a Standard or Restricted key.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for KeyOverPrivileged {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.kind == Fact::Known(KeyKind::Main))
                .then(|| ("it is a Main key, which may manage accounts and keys".to_owned(), None))
        })
    }
}
