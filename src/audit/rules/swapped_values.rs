//! TW409: A value belongs to another variable.

use super::{BTreeMap, Entry, EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, belongs, entries};

pub(super) struct SwappedValues;

static META: Meta = Meta {
    code: "TW409",
    name: "swapped-values",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value belongs to another variable.",
    why: "It is the most frequent cause of 20003 next to stray blanks.",
    mend: "Put each value under its own name.",
    fix: FixKind::Unsafe,
    precedent: "",
};

impl Rule for SwappedValues {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let entries = entries(file);
        let mut found = Vec::new();
        for entry in &entries {
            let Some(value) = entry.real() else { continue };
            let Some(other) = belongs(value, entry.role) else { continue };
            found.push(Finding::new(&META, other).at(entry.shape.spelling()).of(entry.name()));
        }
        let tokens = entries.iter().filter(|entry| entry.role.is_token());
        let tokens: BTreeMap<&str, &Entry<'_>> = tokens.filter_map(|token| Some((token.real()?, token))).collect();
        for secret in entries.iter().filter(|entry| entry.role == Role::KeySecret) {
            let token = secret.real().and_then(|value| tokens.get(value));
            if let Some(token) = token {
                let message = format!("it is the same as {}, which is another thing", token.name());
                found.push(
                    Finding::new(&META, message)
                        .at(secret.shape.spelling())
                        .beside(token.shape.at.name_span, "the other")
                        .of(secret.name()),
                );
            }
        }
        found
    }
}
