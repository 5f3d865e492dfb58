//! TW205: A copy of the file stands beside it: a backup, a swap file, a leftover of an editor.

use super::{Action, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Safety, Severity, When};

pub(super) struct BackupCopy;

static META: Meta = Meta {
    code: "TW205",
    name: "backup-copy",
    severity: Severity::Error,
    when: When::Default,
    summary: "A copy of the file stands beside it: a backup, a swap file, a leftover of an editor.",
    why: "It holds the same or older secrets, often with another mode, and ignore rules for `*.env` do not cover it.",
    mend: "Remove the copy, and rotate if it was open. `--fix` alone closes a copy that is open to others.",
    fix: FixKind::Unsafe,
    precedent: "The backup of dotenv-linter itself escapes `*.env`.",
};

impl Rule for BackupCopy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(siblings) = facts.place.known().and_then(|place| place.siblings.known()) else { return Vec::new() };
        siblings
            .iter()
            .map(|sibling| {
                let open = sibling.mode & 0o077 != 0;
                let holds = sibling.holds_value.known();
                let what = match holds {
                    Some(true) => "holds a secret of this file",
                    Some(false) => "holds other values, perhaps older secrets",
                    None => "may hold the secrets of this file",
                };
                let finding = Finding::new(&META, format!("a copy, mode {:04o}, {what}", sibling.mode))
                    .elsewhere(sibling.path.clone(), 0, 0)
                    .severity(match (open, holds) {
                        (true, Some(true) | None) => Severity::Critical,
                        (false, Some(false)) => Severity::Warning,
                        _ => Severity::Error,
                    });
                let path = sibling.path.clone();
                if open {
                    let action = Action::Chmod { path: Some(path), keep: 0o600 };
                    finding.fix(Fix { safety: Safety::Safe, title: "close the copy".to_owned(), action })
                } else if holds == Some(&true) {
                    let action = Action::Remove { path };
                    finding.fix(Fix { safety: Safety::Unsafe, title: "remove the copy".to_owned(), action })
                } else {
                    finding
                }
            })
            .collect()
    }
}
