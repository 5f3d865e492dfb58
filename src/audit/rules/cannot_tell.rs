//! TW610: Twilio gave no answer that settles it.

use super::*;

pub(super) struct CannotTell;

static META: Meta = Meta {
    code: "TW610",
    name: "cannot-tell",
    severity: Severity::Info,
    when: When::Live,
    summary: "Twilio gave no answer that settles it.",
    why: "It is neither live nor dead as far as anybody knows.",
    mend: "Ask again later.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for CannotTell {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        probes(file, facts, &META, |probe| match &probe.verdict {
            Verdict::CannotTell(reason) => {
                Some((format!("cannot tell whether it works: {}", escaped(reason)), Some(Severity::Info)))
            }
            _ => None,
        })
    }
}
