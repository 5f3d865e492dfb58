//! TW314: A value without quotes has a `#` in it.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, each_bare, written};

pub(super) struct HashInValue;

static META: Meta = Meta {
    code: "TW314",
    name: "hash-in-value",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value without quotes has a `#` in it.",
    why: "node, bun, deno and direnv cut the value there; the others keep it.",
    mend: "Choose a value without it.",
    fix: FixKind::Suggested,
    precedent: "dotenv-linter #559 emptied such a value.",
};

impl Rule for HashInValue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        each_bare(file, |shape| {
            let span = shape.find(|byte| byte == b'#')?;
            Some(written(shape.finding(&META, "for some readers the value ends here", span), &[Construct::HashInValue]))
        })
    }
}
