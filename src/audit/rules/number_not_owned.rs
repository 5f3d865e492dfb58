//! TW604: The account does not own the number.

use super::*;

pub(super) struct NumberNotOwned;

static META: Meta = Meta {
    code: "TW604",
    name: "number-not-owned",
    severity: Severity::Warning,
    when: When::Live,
    summary: "The account does not own the number.",
    why: "Twilio refuses to send from it.",
    mend: "Name a number of the account.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for NumberNotOwned {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(live) = facts.live.known() else { return Vec::new() };
        let names = live.probes.iter().filter_map(|probe| probe.foreign_numbers.known()).flatten();
        let names: std::collections::BTreeSet<&String> = names.collect();
        names
            .into_iter()
            .map(|name| pointed(file, name, Finding::new(&META, "the account does not own this number")))
            .collect()
    }
}
