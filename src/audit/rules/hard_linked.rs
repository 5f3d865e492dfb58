//! TW113: The file has more than one name.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, regular};

pub(super) struct HardLinked;

static META: Meta = Meta {
    code: "TW113",
    name: "hard-linked",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The file has more than one name.",
    why: "When the file is replaced, the old secrets stay under the other name, perhaps in an open directory.",
    mend: "Find the other name with `find / -samefile FILE` and remove it.",
    fix: FixKind::Suggested,
    precedent: "Linux has `fs.protected_hardlinks` for it.",
};

/// How many of the other names are told.
const MET: usize = 5;

impl Rule for HardLinked {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        if kernel.nlink <= 1 {
            return Vec::new();
        }
        let finding = Finding::new(&META, format!("it has {} names", kernel.nlink));
        // Those that a search for copies has met.
        let met = facts.copies.known().into_iter().flat_map(|copies| &copies.names).take(MET);
        vec![met.fold(finding, |finding, name| finding.note(format!("another name of it is {}", name.display())))]
    }
}
