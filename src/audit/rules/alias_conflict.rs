//! TW403: Two names for one thing have different values.

use super::*;

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
        for (at, entry) in entries.iter().enumerate() {
            let other = entries[..at].iter().find(|other| {
                other.role == entry.role
                    && other.prefix == entry.prefix
                    && other.name() != entry.name()
                    && matches!((other.real(), entry.real()), (Some(one), Some(two)) if one != two)
            });
            if let Some(other) = other {
                let message = format!("{} says something else of the same thing", other.name());
                found.push(
                    Finding::new(&META, message)
                        .at(entry.shape.at.name_span)
                        .beside(other.shape.at.name_span, "the other name")
                        .of(entry.name()),
                );
            }
        }
        found
    }
}
