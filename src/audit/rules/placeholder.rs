//! TW410: A value stands in for one that was never filled in.

use super::*;

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
        let known = entries(file);
        shapes(file)
            .filter_map(|shape| {
                let value = shape.meant().filter(|value| !value.is_empty())?;
                let ours = sender(&shape.at.name) || known.iter().any(|entry| entry.shape.at == shape.at);
                // Of other variables only what says of itself that it is to be filled in: their values are not ours to judge.
                let says = value.to_ascii_lowercase().starts_with("<your") && value.ends_with('>');
                let why = placeholder(value).filter(|_| ours || says)?;
                Some(
                    Finding::new(&META, format!("the value was never filled in: {why}"))
                        .at(shape.spelling())
                        .of(&shape.at.name),
                )
            })
            .collect()
    }
}
