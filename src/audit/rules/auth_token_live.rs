//! TW607: The Auth Token stands beside a key and still works.

use super::*;

pub(super) struct AuthTokenLive;

static META: Meta = Meta {
    code: "TW607",
    name: "auth-token-live",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The Auth Token stands beside a key and still works.",
    why: "It opens the whole account.",
    mend: "If nothing checks webhook signatures, take it out of the file.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for AuthTokenLive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.token && probe.verdict == Verdict::Live && beside_key(file, probe))
                .then(|| ("the Auth Token works".to_owned(), None))
        })
    }
}
