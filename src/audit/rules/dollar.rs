//! TW311: A value has a dollar sign.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Quote, Rule, Severity, When, shapes, written};

pub(super) struct Dollar;

static META: Meta = Meta {
    code: "TW311",
    name: "dollar",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value has a dollar sign.",
    why: "Half of the readers put something else in its place, in every kind of quotes at least one of them: there is no spelling that all read alike.",
    mend: "Choose a value without it.",
    fix: FixKind::None,
    precedent: "dotenvx/dotenv-expand#42; allan2/dotenvy#100.",
};

impl Rule for Dollar {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| !shape.open && !shape.runs() && shape.quoted() != Some(Quote::Backtick))
            .filter_map(|shape| {
                let span = shape.find(|byte| byte == b'$')?;
                let construct = shape.by_quote(Construct::Dollar, Construct::DollarInDouble, Construct::DollarInSingle);
                Some(written(
                    shape.finding(&META, "readers put something else in the place of `$`", span),
                    &[construct],
                ))
            })
            .collect()
    }
}
