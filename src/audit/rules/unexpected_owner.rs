//! TW104: The file belongs to somebody else than the user it is for.

use super::*;

pub(super) struct UnexpectedOwner;

static META: Meta = Meta {
    code: "TW104",
    name: "unexpected-owner",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file belongs to somebody else than the user it is for.",
    why: "The owner can undo every chmod, and read and replace the file.",
    mend: "Give it to its user with `chown`, or name the right owner with `--owner`.",
    fix: FixKind::Suggested,
    precedent: "OpenSSH and sudo check it of their own files.",
};

impl Rule for UnexpectedOwner {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        if kernel.uid == kernel.expected.uid {
            return Vec::new();
        }
        let source = match kernel.expected.source {
            OwnerSource::Flag => "named by --owner",
            OwnerSource::Sudo => "who called sudo",
            OwnerSource::Process => "who runs this check",
        };
        let message = format!("it belongs to user {}, not to user {}, {source}", kernel.uid, kernel.expected.uid);
        let severity = if kernel.uid == 0 { Severity::Warning } else { Severity::Error };
        vec![Finding::new(&META, message).severity(severity)]
    }
}
