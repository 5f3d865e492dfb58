//! TW309: A blank stands inside a value without quotes.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, each_bare, written};

pub(super) struct UnquotedSpace;

static META: Meta = Meta {
    code: "TW309",
    name: "unquoted-space",
    severity: Severity::Error,
    when: When::Default,
    summary: "A blank stands inside a value without quotes.",
    why: "A shell runs the second word as a command and prints it; dotenvy refuses the file.",
    mend: "Write the value without blanks.",
    fix: FixKind::Suggested,
    precedent: "dotenv-linter ValueWithoutQuotes, which a comment misleads (#808).",
};

impl Rule for UnquotedSpace {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each_bare(file, |shape| {
            let span = shape.find(|byte| matches!(byte, b' ' | b'\t'))?;
            // Where a shell's own character ends the word before, that one is to be reported.
            let before = &shape.text[..span.start - shape.at.value_span.start];
            if before.iter().any(|byte| b";&|<>()".contains(byte)) {
                return None;
            }
            Some(written(shape.finding(&META, "a blank stands inside the value", span), &[Construct::UnquotedBlank]))
        })
    }
}
