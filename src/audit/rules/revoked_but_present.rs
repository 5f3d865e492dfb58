//! TW609: The key was revoked and is still in the file.

use super::*;

pub(super) struct RevokedButPresent;

static META: Meta = Meta {
    code: "TW609",
    name: "revoked-but-present",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The key was revoked and is still in the file.",
    why: "Whoever reads it fails.",
    mend: "Take the pair out, or replace it with `twcred keys rotate`.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for RevokedButPresent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::Revoked).then(|| ("it was revoked".to_owned(), None))
        })
    }
}
