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
                let spelling = shape.spelling();
                // Blanks behind the quotes would be of the value to some: to `node --env-file` a tab is, also before a
                // comment.
                let behind = shape.at.comment.filter(|comment| comment.start >= spelling.end);
                let spaced = |comment: Span| {
                    let blanks = Span { start: spelling.end, end: comment.start };
                    file.raw(blanks).iter().all(|byte| *byte == b' ')
                };
                let ends = shape.trailing.is_empty() && behind.is_none_or(spaced);
                // Where a blank and nothing else stands behind the `=`, `node --env-file` reads on in the next line.
                let alone = shape.after.is_empty() && spelling.end == shape.at.span.end;
                let bare = plain && ends && (!shape.text.is_empty() || (alone && !shape.at.export));
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
