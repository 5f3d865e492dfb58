//! TW603: The key works, but for another account than the file names.

use super::*;

pub(super) struct AccountMismatch;

static META: Meta = Meta {
    code: "TW603",
    name: "account-mismatch",
    severity: Severity::Error,
    when: When::Live,
    summary: "The key works, but for another account than the file names.",
    why: "Programs put the account into every address and are refused.",
    mend: "Put the account of the key beside it.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for AccountMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::OtherAccount)
                .then(|| ("it belongs to another account than the file names".to_owned(), None))
        })
    }
}
