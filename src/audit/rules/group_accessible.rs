//! TW102: The file can be read or written by its group.

use super::{Acl, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, WRITE, When, kept, regular, rights};

pub(super) struct GroupAccessible;

static META: Meta = Meta {
    code: "TW102",
    name: "group-accessible",
    severity: Severity::Error,
    when: When::Default,
    summary: "The file can be read or written by its group.",
    why: "Every member of the group, now or later, reads the credentials.",
    mend: "Take the rights away with `chmod 600`; if the group is meant to read the file, allow it with `--allow-group`.",
    fix: FixKind::Safe,
    precedent: "sudo accepts rights of a group only for a group it expects; OpenSSH accepts none.",
};

impl Rule for GroupAccessible {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        // With an ACL the group bits of the mode are its mask; the group has what its own entry leaves it.
        let group = kernel.acl.known().and_then(Acl::owning_group).unwrap_or(kernel.mode >> 3 & 0o7);
        let allowed = facts.options.allow_groups.contains(&kernel.gid);
        if group == 0 || allowed && group & WRITE == 0 {
            return Vec::new();
        }
        let message = format!("mode {:04o} lets group {} {}", kernel.mode, kernel.gid, rights(group));
        let finding = Finding::new(&META, message).fix(Fix::chmod(kept(kernel, facts)));
        vec![if allowed { finding.note("the group is allowed to read it, and no more") } else { finding }]
    }
}
