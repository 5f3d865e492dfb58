//! TW313: A value has a command in it.

use super::{Construct, EnvFile, Facts, Finding, FixKind, Meta, Quote, Rule, Severity, Shape, When, shapes, written};

pub(super) struct CommandSubstitution;

static META: Meta = Meta {
    code: "TW313",
    name: "command-substitution",
    severity: Severity::Critical,
    when: When::Default,
    summary: "A value has a command in it.",
    why: "Every shell that reads the file runs it.",
    mend: "Write the value itself.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for CommandSubstitution {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(Shape::runs)
            .map(|shape| {
                let backtick = shape.quoted() == Some(Quote::Backtick) || shape.text.contains(&b'`');
                let construct = match (backtick, shape.quoted()) {
                    (true, Some(Quote::Double)) => Construct::BacktickInDouble,
                    (true, _) => Construct::Backtick,
                    (false, Some(Quote::Double)) => Construct::SubstitutionInDouble,
                    (false, _) => Construct::Substitution,
                };
                written(shape.finding(&META, "a shell runs this as a command", shape.spelling()), &[construct])
            })
            .collect()
    }
}
