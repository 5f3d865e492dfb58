//! TW212: The file lies on another machine.

use super::*;

pub(super) struct NetworkFilesystem;

static META: Meta = Meta {
    code: "TW212",
    name: "network-filesystem",
    severity: Severity::Info,
    when: When::Default,
    summary: "The file lies on another machine.",
    why: "Rights are decided on the server, root may be nobody there, and renaming is less certain.",
    mend: "Keep it on a local file system.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for NetworkFilesystem {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(system) = facts.kernel.known().and_then(|kernel| kernel.filesystem.known()) else { return Vec::new() };
        if !system.network {
            return Vec::new();
        }
        vec![Finding::new(&META, format!("it lies on {}, a file system of another machine", system.name))]
    }
}
