//! TW114: It is a directory, a pipe, a socket or a device.

use super::*;

pub(super) struct NotRegular;

static META: Meta = Meta {
    code: "TW114",
    name: "not-regular",
    severity: Severity::Error,
    when: When::Default,
    summary: "It is a directory, a pipe, a socket or a device.",
    why: "What it gives cannot be checked, and reading a pipe waits for ever.",
    mend: "Name a regular file.",
    fix: FixKind::None,
    precedent: "libpq, OpenSSH and sudo refuse them.",
};

impl Rule for NotRegular {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = facts.kernel.known() else { return Vec::new() };
        if kernel.kind == FileKind::Regular {
            return Vec::new();
        }
        vec![Finding::new(&META, format!("it is {}", kernel.kind.name()))]
    }
}
