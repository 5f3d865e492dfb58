//! TW506: The exact value stands in the history of a shell or an interpreter.

use super::{CopyKind, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When};

pub(super) struct SecretInShellHistory;

static META: Meta = Meta {
    code: "TW506",
    name: "secret-in-shell-history",
    severity: Severity::Error,
    when: When::Copies,
    summary: "The exact value stands in the history of a shell or an interpreter.",
    why: "It was typed once and is kept for ever, in a file that backups take along.",
    mend: "Delete the line from the history, and rotate.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for SecretInShellHistory {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(copies) = facts.copies.known() else { return Vec::new() };
        copies
            .found
            .iter()
            .filter(|copy| copy.kind == CopyKind::ShellHistory && copy.secret)
            .map(|copy| {
                let finding =
                    Finding::new(&META, "the secret stands in a history of typed commands").of(&copy.variable);
                finding.elsewhere(copy.path.clone(), copy.line.unwrap_or(0), copy.column.unwrap_or(0))
            })
            .collect()
    }
}
