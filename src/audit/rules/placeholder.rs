//! TW410: A value stands in for one that was never filled in.

use std::collections::BTreeSet;

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, each, entries, placeholder, sender};

pub(super) struct Placeholder;

static META: Meta = Meta {
    code: "TW410",
    name: "placeholder",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value stands in for one that was never filled in.",
    why: "A program is deployed with it and fails; one in angle brackets stops a shell.",
    mend: "Fill in the value, or take the line out.",
    fix: FixKind::None,
    precedent: "detect-secrets, gitleaks.",
};

impl Rule for Placeholder {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let known: BTreeSet<usize> = entries(file).iter().map(|entry| entry.shape.at.span.start).collect();
        each(file, |shape| {
            let value = shape.meant().filter(|value| !value.is_empty())?;
            let ours = sender(&shape.at.name) || known.contains(&shape.at.span.start);
            // Of other variables only what says of itself that it is to be filled in: their values are not ours to judge.
            let says = value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<your")) && value.ends_with('>');
            let why = placeholder(value).filter(|_| ours || says)?;
            Some(shape.finding(&META, format!("the value was never filled in: {why}"), shape.spelling()))
        })
    }
}
