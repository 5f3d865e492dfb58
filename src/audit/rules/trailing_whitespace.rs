//! TW322: Blanks stand at the end of an assignment.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Safety, Severity, Shape, When, classify,
    sender, shapes, written,
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
        let blanks = |shape: &Shape<'_>| !shape.trailing.is_empty() && !shape.open;
        let mut found = Vec::new();
        // From the end: whether the next assignment stays one that takes the line behind it for its value.
        let mut greedy = false;
        for shape in shapes(file).collect::<Vec<_>>().into_iter().rev() {
            let mut fixed = false;
            if blanks(&shape) {
                let finding = of(file, shape, greedy);
                fixed = finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
                found.push(finding);
            }
            greedy = shape.unquoted() && shape.text.is_empty() && blanks(&shape) && !fixed;
        }
        found.reverse();
        found
    }
}

/// `greedy` if the next assignment is one of blanks and stays so. A reader that takes it for the value of this one would
/// see it once this is mended, and take the line behind it instead, which it saw until then.
fn of(file: &EnvFile, shape: Shape<'_>, greedy: bool) -> Finding {
    let empty = shape.unquoted() && shape.text.is_empty();
    let last = shape.at.span.end == file.bytes().len();
    let construct = match shape.quoted() {
        Some(_) => Construct::TrailingBlankAfterQuote,
        None if empty => Construct::EmptyTrailingBlank,
        None if last => Construct::TrailingBlankAtEnd,
        None => Construct::TrailingBlank,
    };
    let message = if empty { "a blank stands where the value would be" } else { "blanks stand behind the value" };
    let cut = vec![Edit::cut(shape.trailing)];
    let known = classify(&shape.at.name).is_some() || sender(&shape.at.name);
    let fix = if known { Fix::safe("remove the blanks", cut) } else { Fix::unsafe_("remove the blanks", cut) };
    let severity = if empty { Severity::Error } else { META.severity };
    let finding = shape.finding(&META, message, shape.trailing).severity(severity);
    let keeps = shape.opens() || shape.exports_nothing() || empty && greedy;
    written(finding, &[construct]).fix((!keeps).then_some(fix))
}
