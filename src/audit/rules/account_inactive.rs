//! TW602: The account is suspended or closed.

use super::*;

pub(super) struct AccountInactive;

static META: Meta = Meta {
    code: "TW602",
    name: "account-inactive",
    severity: Severity::Error,
    when: When::Live,
    summary: "The account is suspended or closed.",
    why: "The credential is not at fault, and a rotation changes nothing.",
    mend: "Ask Twilio about the account.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for AccountInactive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::AccountInactive).then(|| ("its account is suspended or closed".to_owned(), None))
        })
    }
}
