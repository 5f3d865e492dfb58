//! TW111: The directory of the file can be listed by others.

use super::{EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, regular};

pub(super) struct ParentListable;

static META: Meta = Meta {
    code: "TW111",
    name: "parent-listable",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "The directory of the file can be listed by others.",
    why: "They see the names of backups and swap files, and any of those that is open.",
    mend: "Close it with `chmod 700` on the directory.",
    fix: FixKind::Suggested,
    precedent: "lynis checks it for `/root/.ssh`.",
};

impl Rule for ParentListable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let open = kernel.ancestors.iter().filter(|dir| dir.holds && !dir.others().is_empty());
        open.map(|dir| {
            Finding::new(&META, format!("mode {:04o} lets others into the directory", dir.mode)).elsewhere(
                dir.path.clone(),
                0,
                0,
            )
        })
        .collect()
    }
}
