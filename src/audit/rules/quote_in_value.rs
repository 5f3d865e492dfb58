//! TW315: A quote stands inside a value without quotes.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, each_bare, written};

pub(super) struct QuoteInValue;

static META: Meta = Meta {
    code: "TW315",
    name: "quote-in-value",
    severity: Severity::Error,
    when: When::Default,
    summary: "A quote stands inside a value without quotes.",
    why: "A shell and dotenvy drop it, or fail; an odd one swallows the lines that follow.",
    mend: "Choose a value without it.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for QuoteInValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each_bare(file, |shape| {
            let span = shape.find(|byte| matches!(byte, b'"' | b'\''))?;
            Some(written(shape.finding(&META, "a quote stands inside the value", span), &[Construct::QuoteInValue]))
        })
    }
}
