//! TW601: Twilio refuses the credential.

use super::*;

pub(super) struct CredentialRejected;

static META: Meta = Meta {
    code: "TW601",
    name: "credential-rejected",
    severity: Severity::Error,
    when: When::Live,
    summary: "Twilio refuses the credential.",
    why: "One answer, many causes: deleted, wrong secret, wrong region, stray characters. It was asked where every credential of its kind may ask.",
    mend: "Mend what the other findings say of its characters first; then compare region and account; then make a new one.",
    fix: FixKind::None,
    precedent: "TruffleHog called throttled Twilio credentials rotated (#5267).",
};

impl Rule for CredentialRejected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::Rejected).then(|| ("Twilio refuses it".to_owned(), None))
        })
    }
}
