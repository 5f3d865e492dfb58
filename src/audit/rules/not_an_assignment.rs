//! TW301: A line is neither blank, nor a comment, nor an assignment.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Line, Meta, Rule, Severity, Span, When, lines, written};
use crate::model::bare::{Bare, What};

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

/// What a line is that is a credential without names, and what `whoami` has to be told beside it.
fn credential(file: &EnvFile, span: Span) -> Option<(&'static str, &'static str)> {
    let bare = Bare::parse(std::str::from_utf8(file.raw(span)).ok()?)?;
    let what = match bare.what {
        What::Token(_) => "an Auth Token",
        What::Pair(_) => "an API key with its secret",
    };
    Some((what, if bare.account.is_some() { "" } else { " --account AC…" }))
}

impl Rule for NotAnAssignment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        lines(file, Line::Stray)
            .map(|span| {
                let finding = written(Finding::new(&META, "this line assigns nothing").at(span), &[Construct::BareWord]);
                match credential(file, span) {
                    Some((what, flags)) => finding.note(format!(
                        "by its form it is {what}; pasted alone to `twcred whoami --env-file -{flags}` it tells what it reaches"
                    )),
                    None => finding,
                }
            })
            .collect()
    }
}
