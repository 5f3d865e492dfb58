//! TW101: The file can be read or written by every user of the machine.

use super::*;

pub(super) struct WorldAccessible;

static META: Meta = Meta {
    code: "TW101",
    name: "world-accessible",
    severity: Severity::Critical,
    when: When::Default,
    summary: "The file can be read or written by every user of the machine.",
    why: "Any local account, also that of a broken-in web server, reads the credentials or puts its own in their place.",
    mend: "Take the rights away with `chmod 600`. Whoever could read the file has had the chance: rotate what is in it.",
    fix: FixKind::Safe,
    precedent: "OpenSSH refuses such a private key; libpq ignores such a password file.",
};

impl Rule for WorldAccessible {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let open = kernel.mode & 0o007;
        if open == 0 {
            return Vec::new();
        }
        vec![
            Finding::new(&META, format!("mode {:04o} lets every user {}", kernel.mode, rights(open)))
                .note("closing it does not call back what was read while it was open: rotate the credentials too")
                .fix(Fix::chmod(kept(kernel, facts))),
        ]
    }
}
