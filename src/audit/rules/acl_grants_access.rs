//! TW105: An access control list lets a named user or group in.

use super::{
    AclEntry, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, WRITE, When, allowed, holder, regular, rights,
    without_list,
};

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
        let granted: Vec<(AclEntry, u32)> = acl
            .others(kernel.uid)
            .filter(|(entry, rights)| if allowed(*entry, facts) { rights & WRITE != 0 } else { *rights != 0 })
            .collect();
        if granted.is_empty() {
            return Vec::new();
        }
        let said: Vec<String> =
            granted.iter().map(|(entry, perms)| format!("{} may {}", holder(entry.who), rights(*perms))).collect();
        let finding = Finding::new(&META, format!("by its access control list {}", said.join(", ")));
        let granted: Vec<AclEntry> = granted.into_iter().map(|(entry, _)| entry).collect();
        vec![without_list(finding, acl, &granted, facts)]
    }
}
