//! TW103: The file is marked as a program, or has a set-id or sticky bit.

use super::{EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Severity, When, kept, regular};

pub(super) struct OddModeBits;

static META: Meta = Meta {
    code: "TW103",
    name: "odd-mode-bits",
    severity: Severity::Warning,
    when: When::Default,
    summary: "The file is marked as a program, or has a set-id or sticky bit.",
    why: "It is no program. Some tools run a password file that has the x bit, instead of reading it.",
    mend: "Take the bits away with `chmod 600`.",
    fix: FixKind::Safe,
    precedent: "ansible-core executes a vault password file with an x bit.",
};

impl Rule for OddModeBits {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        // A right to execute that is the group's or everybody's is reported with their other rights, if any is.
        let group = if facts.options.allow_groups.contains(&kernel.gid) { 0o010 } else { 0 };
        if kernel.mode & (0o7100 | group) == 0 {
            return Vec::new();
        }
        vec![
            Finding::new(&META, format!("mode {:04o} has bits that mean nothing for a file of settings", kernel.mode))
                .fix(Fix::chmod(kept(kernel, facts))),
        ]
    }
}
