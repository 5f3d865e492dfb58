//! TW509: A comment tells to ignore a finding that there is not, or in a form that has no effect.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, suppress};

pub(super) struct UnusedSuppression;

static META: Meta = Meta {
    code: "TW509",
    name: "unused-suppression",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A comment tells to ignore a finding that there is not, or in a form that has no effect.",
    why: "It would hide the next one; and whoever wrote one that has no effect believes that it has.",
    mend: "Remove it, or write `# twcred: ignore[RULE] reason` on the line above. Only a comment in the right form goes by machine, if nothing that it names is found anywhere in the file; what is found of that is not mended until the comment is moved or removed.",
    fix: FixKind::Unsafe,
    precedent: "ruff RUF100; biome.",
};

impl Rule for UnusedSuppression {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        // What went unused is known only after every rule has spoken: the engine reports it under this rule.
        suppress::faulty(file).into_iter().map(|(span, why)| Finding::new(&META, why).at(span)).collect()
    }
}
