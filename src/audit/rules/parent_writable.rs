//! TW109: A directory on the way to the file can be written by others.

use super::{Chain, EnvFile, Facts, Finding, FixKind, Meta, Rule, Severity, When, regular};

pub(super) struct ParentWritable;

static META: Meta = Meta {
    code: "TW109",
    name: "parent-writable",
    severity: Severity::Critical,
    when: When::Default,
    summary: "A directory on the way to the file can be written by others.",
    why: "Whoever may write a directory may rename the file away and put his own in its place, whatever the mode of the file.",
    mend: "Take the right away with `chmod go-w` on the directory, if it was not meant. `--allow-group` is about reading the file and excuses nobody here.",
    fix: FixKind::Suggested,
    precedent: "OpenSSH checks the path of a key.",
};

impl Rule for ParentWritable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(kernel) = regular(facts) else { return Vec::new() };
        let mut found = Vec::new();
        for dir in kernel.ancestors.iter().filter(|dir| dir.mode & 0o1000 == 0) {
            let others = dir.mode & 0o002 != 0;
            if !others && dir.mode & 0o020 == 0 {
                continue;
            }
            // A group that may read the file may not put another in its place; and it has more members than one.
            let allowed = !others && facts.options.allow_groups.contains(&dir.gid);
            let private = !others && !allowed && dir.private_group(kernel.expected.uid);
            let who = if others { "every user".to_owned() } else { format!("group {}", dir.gid) };
            let finding = Finding::new(
                &META,
                format!("mode {:04o} of a directory on the way lets {who} replace the file", dir.mode),
            )
            .elsewhere(dir.path.clone(), 0, 0)
            .severity(if private { Severity::Warning } else { Severity::Critical });
            let finding =
                if allowed { finding.note("the group is allowed to read the file, and no more") } else { finding };
            found.push(match dir.chain {
                Chain::Lexical => finding.note("it holds a symbolic link on the way to the file"),
                Chain::Resolved | Chain::Both => finding,
            });
        }
        found
    }
}
