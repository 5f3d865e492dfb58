//! TW116: New files of this user come out readable by others.

use super::*;

pub(super) struct UmaskOpen;

static META: Meta = Meta {
    code: "TW116",
    name: "umask-open",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "New files of this user come out readable by others.",
    why: "The next `cp`, the editor's backup and `>` make an open copy.",
    mend: "Set `umask 077`.",
    fix: FixKind::Suggested,
    precedent: "sudo and sshd set their own.",
};

impl Rule for UmaskOpen {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(umask) = facts.kernel.known().and_then(|kernel| kernel.umask.known()) else { return Vec::new() };
        if umask & 0o077 == 0o077 {
            return Vec::new();
        }
        vec![Finding::new(&META, format!("the umask is {umask:04o}"))]
    }
}
