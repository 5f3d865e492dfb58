//! Mending: bytes in memory first, rights through the descriptor, then one atomic replacement; never a backup.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Trouble;
use super::look::Looked;
use super::report::Audited;
use super::settings::Settings;
use crate::audit::fix::Mended;
use crate::audit::{Action, Safety, Selection, audit, mend as mend_bytes};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::dotenv::EnvFile;
use crate::store::file::{self, Snapshot};

/// Mends what may be mended, and audits what came out.
///
/// A file whose content is to be mended and cannot be replaced is left as it is, rights and all: it is tried before
/// anything is done. Then rights go first, so that nobody can read along while the rest is done. A right that cannot be
/// taken away is left as a finding with a warning.
///
/// # Errors
/// With what was found and done all the same, if the content could not be mended.
pub(super) fn mend(
    snapshot: &Snapshot,
    file: &EnvFile,
    mut looked: Looked,
    selection: &Selection,
    settings: &Settings,
    context: &Context,
) -> Result<Audited, Trouble> {
    let safety = settings.safety();
    let before = audit(file, &looked.facts, selection);
    let fixed = mend_bytes(file, &looked.facts, selection, safety);
    let changed = *fixed.bytes != *snapshot.bytes();
    let audited = |looked, file, report, snapshot: &Snapshot| {
        Audited::new(looked, selection.relative.clone(), Some(snapshot.resolved()), file, report)
    };
    if changed && let Err(error) = file::probe_replace(snapshot) {
        let audited = audited(looked, file.clone(), before, snapshot);
        return Err(Trouble { failure: refused(snapshot, error), audited: Some(Box::new(audited)) });
    }
    let (mut done, mut left) = (Vec::new(), Vec::new());
    let mut modeless = false;
    for finding in &before.findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety) else { continue };
        let outcome = match &fix.action {
            Action::Edits(_) | Action::Transcode => continue,
            Action::Chmod { path: None, keep } => file::restrict(snapshot, *keep, false).map(drop),
            Action::DropAcl => file::restrict(snapshot, 0o600, true).map(drop),
            Action::Chmod { path: Some(path), keep } => {
                file::read(path).and_then(|other| file::restrict(&other, *keep, false)).map(drop)
            }
            Action::Append { path, line } => append(path, line),
            Action::Remove { path } => file::read(path).and_then(|other| file::remove(&other)),
        };
        match outcome {
            Ok(()) => done.push(Mended::of(finding)),
            Err(error) => {
                let own = matches!(fix.action, Action::Chmod { path: None, .. } | Action::DropAcl);
                modeless |= own && matches!(error, file::Error::Unenforced { .. });
                context.ui.warn(format!("{}: cannot {}: {error}", finding.rule.code, fix.title));
                left.push(Mended::of(finding));
            }
        }
    }
    let replaced = if changed { file::replace(snapshot, &fixed.bytes).map(drop) } else { Ok(()) };
    if replaced.is_ok() {
        done.extend(fixed.done);
        left.extend(fixed.left);
    }
    let snapshot = file::read(snapshot.path())?;
    let file = EnvFile::parse(snapshot.bytes());
    looked = looked.again(&snapshot, &file, selection, settings);
    if modeless {
        looked.no_modes();
    }
    let report = audit(&file, &looked.facts, selection);
    let audited = Audited { done, left, ..audited(looked, file, report, &snapshot) };
    match replaced.doing(format!("cannot mend the content of {}", snapshot.path().display())) {
        Ok(()) => Ok(audited),
        Err(failure) => Err(Trouble { failure: failure.with_exit(Exit::Failed), audited: Some(Box::new(audited)) }),
    }
}

/// Why nothing of a file was mended, and what can be done about it.
fn refused(snapshot: &Snapshot, error: file::Error) -> Failure {
    let linked = matches!(error, file::Error::HardLinked { .. });
    let path = snapshot.path().display().to_string();
    let failure = Failure::from(error).doing(format!("cannot mend {path}, and nothing of it was changed"));
    let failure = failure.with_exit(Exit::Failed);
    if !linked {
        return failure;
    }
    let other = match other_name(snapshot) {
        Some(other) => format!("its other name is {}", other.display()),
        None => format!("`find / -samefile {path}` tells its other names"),
    };
    failure
        .hint(other)
        .hint(format!("`twcred audit --fix --select TW1 {path}` closes it to others under all its names"))
}

/// Another name of a file in the folder it lies in, where most are.
fn other_name(snapshot: &Snapshot) -> Option<PathBuf> {
    let found = std::fs::read_dir(snapshot.resolved().parent()?).ok()?.flatten();
    let same = |path: &PathBuf| {
        let inode = |found: std::fs::Metadata| (found.dev(), found.ino());
        path != snapshot.resolved()
            && path
                .symlink_metadata()
                .is_ok_and(|found| inode(found) == (snapshot.identity().dev, snapshot.identity().ino))
    };
    found.map(|entry| entry.path()).find(same)
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
        Action::Transcode => format!("encoding of {shown}: UTF-16 becomes UTF-8{how}"),
        Action::Chmod { path: None, keep } => format!("mode of {shown}: {mode:04o} becomes {:04o}{how}", mode & keep),
        Action::Chmod { path: Some(path), keep } => format!("mode of {}: no more than {keep:04o}{how}", path.display()),
        Action::DropAcl => format!("access control list of {shown}: removed{how}"),
        Action::Append { path, line } => format!("{}: the line `{line}` is added{how}", path.display()),
        Action::Remove { path } => format!("{}: removed{how}", path.display()),
    })
}
