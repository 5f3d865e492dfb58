//! TW411: A variable has no value.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, classify, sender, shapes};

pub(super) struct EmptyValue;

static META: Meta = Meta {
    code: "TW411",
    name: "empty-value",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A variable has no value.",
    why: "To some readers it is set all the same, and keeps a value from elsewhere out.",
    mend: "Give it a value, or take the line out.",
    fix: FixKind::None,
    precedent: "dotenv-linter KeyWithoutValue.",
};

impl Rule for EmptyValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| shape.text.is_empty() && !shape.open && shape.tail.is_none() && !shape.append)
            .map(|shape| {
                let ours = classify(&shape.at.name).is_some() || sender(&shape.at.name);
                let severity = if ours { META.severity } else { Severity::Info };
                shape.finding(&META, "it is set to nothing", shape.at.name_span).severity(severity)
            })
            .collect()
    }
}
