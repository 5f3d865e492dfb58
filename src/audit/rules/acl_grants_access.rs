//! TW105: An access control list lets a named user or group in.

use super::*;

pub(super) struct AclGrantsAccess;

static META: Meta = Meta {
    code: "TW105",
    name: "acl-grants-access",
    severity: Severity::Critical,
    when: When::Default,
    summary: "An access control list lets a named user or group in.",
    why: "`ls` shows such rights as if they were the group's, and after a chmod they may look gone and are not.",
    mend: "Remove the entries with `setfacl -b`, and close the file with `chmod 600`.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for AclGrantsAccess {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let Some(acl) = kernel.acl.known() else { return Vec::new() };
        let granted: Vec<String> = acl
            .named()
            .filter(|(entry, rights)| *rights != 0 && !allowed(*entry, facts))
            .map(|(entry, perms)| format!("{} may {}", holder(entry), rights(perms)))
            .collect();
        if granted.is_empty() {
            return Vec::new();
        }
        vec![Finding::new(&META, format!("by its access control list {}", granted.join(", "))).fix(Fix::drop_acl())]
    }
}
