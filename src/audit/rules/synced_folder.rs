//! TW209: The file lies in a folder that is synced to other machines.

use super::*;

pub(super) struct SyncedFolder;

static META: Meta = Meta {
    code: "TW209",
    name: "synced-folder",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The file lies in a folder that is synced to other machines.",
    why: "Copies and old versions of it lie on machines and servers that no rotation reaches.",
    mend: "Move it out of the synced folder.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for SyncedFolder {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(synced) = facts.place.known().and_then(|place| place.synced.as_ref()) else { return Vec::new() };
        let message = format!("it lies in a folder that {} syncs", escaped(&synced.by));
        vec![Finding::new(&META, message).elsewhere(synced.path.clone(), 0, 0)]
    }
}
