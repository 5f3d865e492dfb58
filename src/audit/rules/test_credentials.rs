//! TW608: They are test credentials.

use super::*;

pub(super) struct TestCredentials;

static META: Meta = Meta {
    code: "TW608",
    name: "test-credentials",
    severity: Severity::Info,
    when: When::Live,
    summary: "They are test credentials.",
    why: "They reach nothing but Twilio's test numbers.",
    mend: "Use live credentials where messages are to be sent.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for TestCredentials {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| {
            (probe.verdict == Verdict::Test).then(|| ("these are test credentials".to_owned(), None))
        })
    }
}
