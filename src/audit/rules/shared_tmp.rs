//! TW207: The file lies in a directory for temporary files of all users.

use super::*;

pub(super) struct SharedTmp;

static META: Meta = Meta {
    code: "TW207",
    name: "shared-tmp",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file lies in a directory for temporary files of all users.",
    why: "Others can take the name before you do, and the file is cleared away at some reboot.",
    mend: "Keep it in your home directory.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for SharedTmp {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(tmp) = facts.place.known().and_then(|place| place.shared_tmp.as_ref()) else { return Vec::new() };
        vec![Finding::new(&META, "it lies in a directory that all users share").elsewhere(tmp.clone(), 0, 0)]
    }
}
