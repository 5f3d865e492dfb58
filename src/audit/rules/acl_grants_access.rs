//! TW105: An access control list lets a named user or group in.

use super::{
    AclWho, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, WRITE, When, allowed, holder, regular, rights,
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
        let granted: Vec<String> = acl
            .named()
            .filter(|(entry, rights)| if allowed(*entry, facts) { rights & WRITE != 0 } else { *rights != 0 })
            .map(|(entry, perms)| format!("{} may {}", holder(entry), rights(perms)))
            .collect();
        if granted.is_empty() {
            return Vec::new();
        }
        let finding = Finding::new(&META, format!("by its access control list {}", granted.join(", ")));
        // Without the list a group that is meant to read the file could not.
        let readers = acl.named().filter_map(|(entry, _)| match entry.who {
            AclWho::Group(gid) if allowed(entry, facts) => Some(gid),
            _ => None,
        });
        let readers: Vec<u32> = readers.collect();
        vec![match readers.as_slice() {
            [] => finding.fix(Fix::drop_acl()),
            [first, ..] => finding.note(format!("`setfacl -m g:{first}:r` leaves group {first} the right to read it")),
        }]
    }
}
