//! TW509: A comment tells to ignore a finding that there is not.

use super::*;

pub(super) struct UnusedSuppression;

static META: Meta = Meta {
    code: "TW509",
    name: "unused-suppression",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A comment tells to ignore a finding that there is not.",
    why: "It would hide the next one.",
    mend: "Remove it.",
    fix: FixKind::Safe,
    precedent: "ruff RUF100; biome.",
};

impl Rule for UnusedSuppression {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        // What went unused is known only after every rule has spoken: the engine reports it under this rule.
        Vec::new()
    }
}
