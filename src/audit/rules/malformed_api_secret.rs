//! TW407: The secret of an API key is not 32 letters and digits.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, malformed, off_form};

pub(super) struct MalformedApiSecret;

static META: Meta = Meta {
    code: "TW407",
    name: "malformed-api-secret",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The secret of an API key is not 32 letters and digits.",
    why: "It was cut short or copied with something else. Twilio does not promise the form, so this is no more than a warning.",
    mend: "If it does not work, make a new key: a secret is shown once.",
    fix: FixKind::None,
    precedent: "TruffleHog.",
};

impl Rule for MalformedApiSecret {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        malformed(file, |role| role == Role::KeySecret)
            .into_iter()
            .filter_map(|(shape, value)| {
                let why =
                    off_form(value, "the secret of an API key", |c| c.is_ascii_alphanumeric(), "a letter or digit")?;
                Some(shape.finding(&META, why, shape.spelling()))
            })
            .collect()
    }
}
