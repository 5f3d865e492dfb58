//! Mending: bytes in memory first, rights through the descriptor, then one atomic replacement; never a backup.

use std::path::Path;

use super::look::Looked;
use super::report::Audited;
use super::settings::Settings;
use crate::audit::fix::Mended;
use crate::audit::{Action, Finding, Safety, Selection, audit, mend as mend_bytes};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::dotenv::EnvFile;
use crate::store::file::{self, Snapshot};

/// Mends what may be mended, and audits what came out.
///
/// Rights go first, so that nobody can read along while the rest is done. A right that cannot be taken away is left as a
/// finding with a warning; a file that cannot be replaced is an error, and stands as it was.
pub(super) fn mend(
    snapshot: &Snapshot,
    file: &EnvFile,
    looked: Looked,
    selection: &Selection,
    settings: &Settings,
    context: &Context,
) -> Result<Audited, Failure> {
    let safety = settings.safety();
    let before = audit(file, &looked.facts, selection);
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for finding in &before.findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety) else { continue };
        let outcome = match &fix.action {
            Action::Edits(_) => continue,
            Action::Chmod { path: None, keep } => file::restrict(snapshot, *keep, false).map(drop),
            Action::DropAcl => file::restrict(snapshot, 0o600, true).map(drop),
            Action::Chmod { path: Some(path), keep } => {
                file::read(path).and_then(|other| file::restrict(&other, *keep, false)).map(drop)
            }
            Action::Append { path, line } => append(path, line),
            Action::Remove { path } => file::read(path).and_then(|other| file::remove(&other)),
        };
        match outcome {
            Ok(()) => done.push(mended(finding)),
            Err(error) => {
                context.ui.warn(format!("{}: cannot {}: {error}", finding.rule.code, fix.title));
                left.push(mended(finding));
            }
        }
    }
    let fixed = mend_bytes(file, &looked.facts, selection, safety);
    let changed = *fixed.bytes != *snapshot.bytes();
    if changed {
        let replaced = file::replace(snapshot, &fixed.bytes);
        replaced.doing(format!("cannot mend {}", snapshot.path().display()))?;
    }
    done.extend(fixed.done);
    left.extend(fixed.left);
    let snapshot = file::read(snapshot.path())?;
    let file = EnvFile::parse(snapshot.bytes());
    let looked = looked.again(&snapshot, &file, settings);
    let report = audit(&file, &looked.facts, selection);
    let relative = selection.relative.clone();
    Ok(Audited { done, left, ..Audited::new(looked, relative, Some(snapshot.resolved()), file, report) })
}

fn mended(finding: &Finding) -> Mended {
    Mended {
        code: finding.rule.code,
        title: finding.fix.as_ref().map(|fix| fix.title.clone()).unwrap_or_default(),
        variable: finding.variable.clone(),
    }
}

/// Adds a line to a file of git's or docker's that holds no secret, once.
fn append(path: &Path, line: &str) -> Result<(), file::Error> {
    let mut text = match file::read(path) {
        Ok(found) => found.bytes().to_vec(),
        Err(file::Error::Missing { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    if text.split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
    file::write_public(path, &text)
}

/// What a fix that edits no bytes would do, in words.
pub(super) fn shown(action: &Action, safety: Safety, shown: &str, mode: u32) -> Option<String> {
    let how = if safety == Safety::Safe { "" } else { " (unsafe)" };
    Some(match action {
        Action::Edits(_) => return None,
        Action::Chmod { path: None, keep } => format!("mode of {shown}: {mode:04o} becomes {:04o}{how}", mode & keep),
        Action::Chmod { path: Some(path), keep } => format!("mode of {}: no more than {keep:04o}{how}", path.display()),
        Action::DropAcl => format!("access control list of {shown}: removed{how}"),
        Action::Append { path, line } => format!("{}: the line `{line}` is added{how}", path.display()),
        Action::Remove { path } => format!("{}: removed{how}", path.display()),
    })
}
