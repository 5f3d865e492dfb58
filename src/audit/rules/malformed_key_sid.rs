//! TW405: The SID of an API key has not the form of one.

use super::{EnvFile, Facts, Finding, FixKind, KeySid, Meta, Role, Rule, Severity, When, hinted, malformed};

pub(super) struct MalformedKeySid;

static META: Meta = Meta {
    code: "TW405",
    name: "malformed-key-sid",
    severity: Severity::Error,
    when: When::Default,
    summary: "The SID of an API key has not the form of one.",
    why: "Twilio does not know such a key.",
    mend: "Copy it anew from the console: `SK` and 32 hexadecimal digits.",
    fix: FixKind::None,
    precedent: "gitleaks.",
};

impl Rule for MalformedKeySid {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        malformed(file, |role| role == Role::KeySid)
            .into_iter()
            .filter_map(|(shape, value)| {
                let why = KeySid::parse(value).err().map(|error| hinted(value, &error.to_string()))?;
                Some(shape.finding(&META, why, shape.spelling()))
            })
            .collect()
    }
}
