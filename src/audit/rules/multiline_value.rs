//! TW316: A value spans lines.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, shapes, written};

pub(super) struct MultilineValue;

static META: Meta = Meta {
    code: "TW316",
    name: "multiline-value",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value spans lines.",
    why: "docker and direnv cannot have such a value, and a quote lost swallows its neighbours.",
    mend: "Keep it in a file of its own.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for MultilineValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| shape.lines() > 1)
            .map(|shape| {
                let message = format!("the value spans {} lines", shape.lines());
                written(shape.finding(&META, message, shape.spelling()), &[Construct::Multiline])
            })
            .collect()
    }
}
