//! TW301: A line is neither blank, nor a comment, nor an assignment.

use super::*;

pub(super) struct NotAnAssignment;

static META: Meta = Meta {
    code: "TW301",
    name: "not-an-assignment",
    severity: Severity::Error,
    when: When::Default,
    summary: "A line is neither blank, nor a comment, nor an assignment.",
    why: "A shell tries to run it, dotenvy and godotenv refuse the whole file, and docker takes a bare name for an order to import that variable from its own environment.",
    mend: "Write `NAME=value`, or make it a comment.",
    fix: FixKind::None,
    precedent: "dotenv-linter KeyWithoutValue, IncorrectDelimiter.",
};

impl Rule for NotAnAssignment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        lines(file, Line::Stray)
            .map(|span| written(Finding::new(&META, "this line assigns nothing").at(span), &[Construct::BareWord]))
            .collect()
    }
}
