//! TW305: A value is in quotes.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Quote, Rule, Severity, Span, When, portable_value,
    shapes, written,
};

pub(super) struct QuotedValue;

static META: Meta = Meta {
    code: "TW305",
    name: "quoted-value",
    severity: Severity::Warning,
    when: When::Default,
    summary: "A value is in quotes.",
    why: "docker takes the quotes for a part of the value and hands them to Twilio, which answers 20003. No way of quoting means the same to every reader.",
    mend: "Remove the quotes where the value does without them, as every value of Twilio's does.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter QuoteCharacter, and the quarrel about it: name the readers.",
};

impl Rule for QuotedValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| matches!(shape.quoted(), Some(Quote::Single | Quote::Double)))
            .filter(|shape| !shape.open && shape.tail.is_none() && shape.lines() == 1)
            .map(|shape| {
                let plain = shape.meant().is_some_and(portable_value);
                // Where a blank and nothing else stands behind the `=`, `node --env-file` reads on in the next line.
                let alone = shape.after.is_empty() && shape.spelling().end == shape.at.span.end;
                let bare = plain && (!shape.text.is_empty() || (alone && !shape.at.export));
                let spelling = shape.spelling();
                let cut = vec![
                    Edit::cut(Span { start: spelling.start, end: spelling.start + 1 }),
                    Edit::cut(Span { start: spelling.end - 1, end: spelling.end }),
                ];
                let message = if plain {
                    "the quotes are not needed"
                } else {
                    "no way of quoting means the same to every reader"
                };
                let blank = shape.text.iter().any(|byte| matches!(byte, b' ' | b'\t'));
                let quote = shape.by_quote(Construct::DoubleQuoted, Construct::DoubleQuoted, Construct::SingleQuoted);
                let constructs = [quote, if blank { Construct::QuotedBlank } else { quote }];
                let finding = shape.finding(&META, message, spelling);
                written(finding, &constructs).fix(bare.then(|| Fix::safe("remove the quotes", cut)))
            })
            .collect()
    }
}
