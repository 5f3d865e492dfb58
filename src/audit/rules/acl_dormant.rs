//! TW106: An access control list has entries for others that only the mask holds back.

use super::*;

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
        let hidden: Vec<String> = acl
            .named()
            .filter(|(entry, rights)| entry.perms != 0 && *rights == 0 && !allowed(*entry, facts))
            .map(|(entry, _)| holder(entry))
            .collect();
        if hidden.is_empty() {
            return Vec::new();
        }
        let message = format!("its access control list names {}, held back by the mask alone", hidden.join(", "));
        vec![Finding::new(&META, message).fix(Fix::drop_acl())]
    }
}
