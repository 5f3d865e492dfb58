//! TW106: An access control list has entries for others that only the mask holds back.

use super::{
    AclEntry, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, WRITE, When, allowed, holder, regular,
    without_list,
};

pub(super) struct AclDormant;

static META: Meta = Meta {
    code: "TW106",
    name: "acl-dormant",
    severity: Severity::Warning,
    when: When::Default,
    summary: "An access control list has entries for others that only the mask holds back.",
    why: "The mode looks right. The next `chmod 640` arms the hidden entries again.",
    mend: "Remove the entries with `setfacl -b`.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for AclDormant {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let Some(acl) = kernel.acl.known() else { return Vec::new() };
        let hidden: Vec<AclEntry> = acl
            .others(kernel.uid)
            .filter(|(entry, rights)| {
                // A group that may read may not write; of the others those that may do something are another rule's.
                if allowed(*entry, facts) {
                    entry.perms & !rights & WRITE != 0
                } else {
                    entry.perms != 0 && *rights == 0
                }
            })
            .map(|(entry, _)| entry)
            .collect();
        if hidden.is_empty() {
            return Vec::new();
        }
        let named = |entry: &AclEntry| {
            let to = if allowed(*entry, facts) { " to write it" } else { "" };
            format!("{}{to}", holder(entry.who))
        };
        let named: Vec<String> = hidden.iter().map(named).collect();
        let message = format!("its access control list names {}, held back by the mask alone", named.join(", "));
        vec![without_list(Finding::new(&META, message), acl, &hidden, facts)]
    }
}
