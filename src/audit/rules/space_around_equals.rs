//! TW303: A blank stands before or after the `=`.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, When, portable_value, shapes, written,
};

pub(super) struct SpaceAroundEquals;

static META: Meta = Meta {
    code: "TW303",
    name: "space-around-equals",
    severity: Severity::Error,
    when: When::Default,
    summary: "A blank stands before or after the `=`.",
    why: "A shell runs the value as a command and prints it; docker refuses the file or keeps the blank.",
    mend: "Remove the blank.",
    fix: FixKind::Safe,
    precedent: "dotenv-linter SpaceCharacter.",
};

impl Rule for SpaceAroundEquals {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| !shape.before.is_empty() || !shape.after.is_empty())
            .map(|shape| {
                let span = if shape.before.is_empty() { shape.after } else { shape.before };
                // Behind an empty value every blank counts: `node --env-file` reads on in the next line.
                let empty = shape.text.is_empty();
                let plain = shape.unquoted() && !empty && shape.meant().is_some_and(portable_value);
                let cut =
                    [shape.before, shape.after].into_iter().filter(|span| !span.is_empty()).map(Edit::cut).collect();
                let finding = shape.finding(&META, "a blank stands beside the `=`", span);
                written(finding, &[Construct::BlankBesideEquals])
                    .fix(plain.then(|| Fix::safe("remove the blanks", cut)))
            })
            .collect()
    }
}
