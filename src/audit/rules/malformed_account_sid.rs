//! TW404: An Account SID has not the form of one.

use super::{AccountSid, EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, When, hinted, malformed};

pub(super) struct MalformedAccountSid;

static META: Meta = Meta {
    code: "TW404",
    name: "malformed-account-sid",
    severity: Severity::Error,
    when: When::Default,
    summary: "An Account SID has not the form of one.",
    why: "Twilio does not know such an account.",
    mend: "Copy it anew from the console: `AC` and 32 hexadecimal digits.",
    fix: FixKind::None,
    precedent: "The pattern is documented by Twilio.",
};

impl Rule for MalformedAccountSid {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        malformed(file, |role| role == Role::AccountSid)
            .into_iter()
            .filter_map(|(shape, value)| {
                let why = AccountSid::parse(value).err().map(|error| hinted(value, &error.to_string()))?;
                Some(shape.finding(&META, why, shape.spelling()))
            })
            .collect()
    }
}
