//! TW406: An Auth Token is not 32 hexadecimal digits.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, malformed, off_form};

pub(super) struct MalformedAuthToken;

static META: Meta = Meta {
    code: "TW406",
    name: "malformed-auth-token",
    severity: Severity::Error,
    when: When::Default,
    summary: "An Auth Token is not 32 hexadecimal digits.",
    why: "It was cut short or copied with something else; Twilio answers 20003.",
    mend: "Copy it anew from the console.",
    fix: FixKind::None,
    precedent: "TruffleHog.",
};

impl Rule for MalformedAuthToken {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        malformed(file, Role::is_token)
            .into_iter()
            .filter_map(|(shape, value)| {
                let why = off_form(value, "an Auth Token", |c| c.is_ascii_hexdigit(), "a hexadecimal digit")?;
                Some(shape.finding(&META, why, shape.spelling()))
            })
            .collect()
    }
}
