//! TW107: The directory gives every new file in it an access control list that lets others in.

use super::{AclWho, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, regular};

pub(super) struct AclDefaultOnParent;

static META: Meta = Meta {
    code: "TW107",
    name: "acl-default-on-parent",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The directory gives every new file in it an access control list that lets others in.",
    why: "Such a list overrules the umask: backups and temporary files of editors come out open.",
    mend: "Remove it with `setfacl -k` on the directory.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for AclDefaultOnParent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let Some(acl) = kernel.parent_default_acl.known() else { return Vec::new() };
        let others = acl.entries.iter().any(|entry| entry.who == AclWho::Other && entry.perms != 0);
        let group = acl.owning_group().is_some_and(|rights| rights != 0);
        // What is made beside the file belongs, as the file does, to the one who makes it.
        let named = acl.others(kernel.uid).any(|(_, rights)| rights != 0);
        if acl.entries.is_empty() || !(others || group || named) {
            return Vec::new();
        }
        vec![Finding::new(&META, "the directory's default access control list lets others into every new file")]
    }
}
