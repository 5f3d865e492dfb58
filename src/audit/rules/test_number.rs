//! TW413: A sender is one of Twilio's magic test numbers.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, sender, shapes};

pub(super) struct TestNumber;

static META: Meta = Meta {
    code: "TW413",
    name: "test-number",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A sender is one of Twilio's magic test numbers.",
    why: "Calls and messages fail with credentials that are no test credentials.",
    mend: "Use a number of the account.",
    fix: FixKind::None,
    precedent: "Twilio's documentation of test credentials.",
};

impl Rule for TestNumber {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| sender(&shape.at.name) && !shape.at.name.contains("TEST"))
            .filter(|shape| shape.meant().is_some_and(|value| value.contains("+1500555")))
            .map(|shape| shape.finding(&META, "it is a magic test number", shape.spelling()))
            .collect()
    }
}
