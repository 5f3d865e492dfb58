//! TW306: A quote is opened and never closed.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, Span, When, shapes, written};

pub(super) struct UnterminatedQuote;

static META: Meta = Meta {
    code: "TW306",
    name: "unterminated-quote",
    severity: Severity::Error,
    when: When::Default,
    summary: "A quote is opened and never closed.",
    why: "Readers lose the whole file, or swallow the lines that follow into the value, or keep a stray quote.",
    mend: "Close the quote, or better leave quotes out.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for UnterminatedQuote {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| shape.open)
            .map(|shape| {
                let span = Span { start: shape.at.value_span.start - 1, end: shape.at.value_span.start };
                written(shape.finding(&META, "this quote is never closed", span), &[Construct::OpenQuote])
            })
            .collect()
    }
}
