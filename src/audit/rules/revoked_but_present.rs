//! TW609: The account does not have the key: it was revoked, or is another account's.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, Verdict, When, probes};

pub(super) struct RevokedButPresent;

static META: Meta = Meta {
    code: "TW609",
    name: "revoked-but-present",
    severity: Severity::Error,
    when: When::Live,
    summary: "The account does not have the key: it was revoked, or is another account's.",
    why: "Whoever reads the pair with this account fails.",
    mend: "Where the key is another account's, name that account beside it. Else take the pair out, and make a new one with `twcred keys create`.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for RevokedButPresent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::Revoked).then(|| {
                (
                    "Twilio refuses it, and the account has no such key: it was revoked, or is another account's"
                        .to_owned(),
                    None,
                )
            })
        })
    }
}
