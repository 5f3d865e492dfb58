//! TW115: The file system does not keep or not enforce modes.

use super::*;

pub(super) struct ModeNotEnforced;

static META: Meta = Meta {
    code: "TW115",
    name: "mode-not-enforced",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The file system does not keep or not enforce modes.",
    why: "chmod reports success and changes nothing; every user of the machine may read the file.",
    mend: "Move the file to a native file system.",
    fix: FixKind::None,
    precedent: "microsoft/WSL#5956.",
};

impl Rule for ModeNotEnforced {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(system) = facts.kernel.known().and_then(|kernel| kernel.filesystem.known()) else { return Vec::new() };
        if system.enforces_modes != Some(false) {
            return Vec::new();
        }
        vec![Finding::new(&META, format!("{} does not enforce modes, so that they say nothing here", system.name))]
    }
}
