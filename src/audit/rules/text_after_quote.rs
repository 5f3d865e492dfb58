//! TW307: Text stands behind the closing quote.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Quote, Rule, Severity, When, each, written};

pub(super) struct TextAfterQuote;

static META: Meta = Meta {
    code: "TW307",
    name: "text-after-quote",
    severity: Severity::Error,
    when: When::Default,
    summary: "Text stands behind the closing quote.",
    why: "Some readers join it to the value, some drop it, some drop the variable and some refuse the file.",
    mend: "Write the value without quotes and without blanks.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for TextAfterQuote {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each(file, |shape| {
            // Between single quotes a shell knows no escape: for it the value ends at `\'`.
            let escaped = shape.quoted() == Some(Quote::Single) && shape.has("\\'");
            let span = shape.tail.or(escaped.then_some(shape.at.value_span))?;
            Some(written(shape.finding(&META, "the closing quote is not the end", span), &[Construct::TextAfterQuote]))
        })
    }
}
