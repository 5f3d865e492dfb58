//! TW607: The Auth Token stands beside a key and still works.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Role, Rule, Severity, Verdict, When, beside_key, probes, stage};

pub(super) struct AuthTokenLive;

static META: Meta = Meta {
    code: "TW607",
    name: "auth-token-live",
    severity: Severity::Warning,
    when: When::Live,
    summary: "An Auth Token stands beside a key, or as the previous one, and still works.",
    why: "It opens the whole account.",
    mend: "If nothing checks webhook signatures, take it out of the file. `twcred rotation resume` ends a rotation of tokens that was left open.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for AuthTokenLive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            let works = probe.token && probe.verdict == Verdict::Live;
            match stage(probe).filter(|_| works)? {
                // It waits to be promoted.
                Role::AuthTokenSecondary => None,
                Role::AuthTokenPrevious => {
                    Some(("it still works: no promotion has ended it".to_owned(), Some(Severity::Info)))
                }
                _ => beside_key(file, probe).then(|| ("the Auth Token works".to_owned(), None)),
            }
        })
    }
}
