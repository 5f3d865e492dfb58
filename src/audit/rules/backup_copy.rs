//! TW205: A copy of the file stands beside it: a backup, a swap file, a leftover of an editor.

use super::{Action, EnvFile, Facts, Finding, Fix, FixKind, Meta, Rule, Safety, Severity, When};
use crate::audit::facts::{Options, Sibling};

pub(super) struct BackupCopy;

static META: Meta = Meta {
    code: "TW205",
    name: "backup-copy",
    severity: Severity::Error,
    when: When::Default,
    summary: "A copy of the file stands beside it: a backup, a swap file, a leftover of an editor.",
    why: "It holds the same or older secrets, often with another mode, and ignore rules for `*.env` do not cover it.",
    mend: "Take over what is still needed, remove the copy, and rotate if it was open. `--fix` closes a copy that is open to others; `--unsafe-fixes` removes one that holds nothing but what this file holds too, and that git does not track, or closes it where it cannot be removed.",
    fix: FixKind::Unsafe,
    precedent: "The backup of dotenv-linter itself escapes `*.env`.",
};

impl Rule for BackupCopy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _file: &EnvFile, facts: &Facts) -> Vec<Finding> {
        let Some(siblings) = facts.place.known().and_then(|place| place.siblings.known()) else { return Vec::new() };
        siblings.iter().map(|sibling| judged(sibling, &facts.options)).collect()
    }
}

fn judged(sibling: &Sibling, options: &Options) -> Finding {
    let keep = if options.allow_groups.contains(&sibling.gid) { 0o640 } else { 0o600 };
    let open = sibling.mode & 0o077 & !keep != 0;
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
    let spare = sibling.sure && holds == Some(&true) && sibling.spare.known().is_some();
    let finding = match sibling.spare.unknown() {
        Some(reason) if !sibling.sure => finding.note(format!("--fix leaves it as it is: {reason}")),
        Some(reason) if holds == Some(&true) => finding.note(format!("it is not removed by --fix: {reason}")),
        _ => finding,
    };
    if spare && (options.unsafe_fixes || !open) {
        let action = Action::Remove { path, keep: open.then_some(keep) };
        finding.fix(Fix { safety: Safety::Unsafe, title: "remove the copy".to_owned(), action })
    } else if open && sibling.sure {
        finding.fix(Fix::close_copy(path, keep))
    } else {
        finding
    }
}
