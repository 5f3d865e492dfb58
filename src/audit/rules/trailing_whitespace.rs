//! TW322: Blanks stand at the end of an assignment.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, When, classify, sender, shapes,
    written,
};

pub(super) struct TrailingWhitespace;

static META: Meta = Meta {
    code: "TW322",
    name: "trailing-whitespace",
    severity: Severity::Warning,
    when: When::Default,
    summary: "Blanks stand at the end of an assignment.",
    why: "docker keeps them in the value, and Twilio answers 20003. Behind an empty value, node 24 and deno take the next line for the value and lose its variable.",
    mend: "Remove them.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter TrailingWhitespace.",
};

impl Rule for TrailingWhitespace {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| !shape.trailing.is_empty() && !shape.open)
            .map(|shape| {
                let empty = shape.unquoted() && shape.text.is_empty();
                let last = shape.at.span.end == file.bytes().len();
                let construct = match shape.quoted() {
                    Some(_) => Construct::TrailingBlankAfterQuote,
                    None if empty => Construct::EmptyTrailingBlank,
                    None if last => Construct::TrailingBlankAtEnd,
                    None => Construct::TrailingBlank,
                };
                let message =
                    if empty { "a blank stands where the value would be" } else { "blanks stand behind the value" };
                let cut = vec![Edit::cut(shape.trailing)];
                let known = classify(&shape.at.name).is_some() || sender(&shape.at.name);
                let fix =
                    if known { Fix::safe("remove the blanks", cut) } else { Fix::unsafe_("remove the blanks", cut) };
                let severity = if empty { Severity::Error } else { META.severity };
                let finding = shape.finding(&META, message, shape.trailing).severity(severity);
                written(finding, &[construct]).fix((!shape.opens() && !shape.exports_nothing()).then_some(fix))
            })
            .collect()
    }
}
