//! Mending: bytes in memory first, rights through the descriptor, then one atomic replacement; never a backup.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Trouble;
use super::look::Looked;
use super::report::Audited;
use super::settings::Settings;
use crate::audit::facts::{Fact, Facts};
use crate::audit::fix::Mended;
use crate::audit::{Action, Safety, Selection, audit, kernel, mend as mend_bytes};
use crate::cli::context::Context;
use crate::cli::env;
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
    let wanted = before.findings.iter().filter_map(|finding| finding.fix.as_ref()).any(|fix| fix.safety <= safety);
    if (changed || wanted)
        && let Some(failure) = turned(snapshot, &looked.facts)
    {
        let audited = audited(looked, file.clone(), before, snapshot);
        return Err(Trouble { failure, audited: Some(Box::new(audited)) });
    }
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
                copy(path).and_then(|other| file::restrict(&other, *keep, false)).map(drop)
            }
            Action::Append { path, line } => append(path, line),
            // What the file will hold counts too: a fix may take a value away.
            Action::Remove { path } => copy(path).and_then(|other| {
                let gone = kernel::spare(&other, snapshot, file)
                    .and_then(|()| kernel::spare(&other, snapshot, &EnvFile::parse(&fixed.bytes)));
                gone.map_err(|_| file::Error::Changed { path: path.clone() }).and_then(|()| file::remove(&other))
            }),
        };
        match outcome {
            Ok(()) => done.push(Mended::of(finding)),
            Err(error) => {
                let own = matches!(fix.action, Action::Chmod { path: None, .. } | Action::DropAcl);
                modeless |= own && matches!(error, file::Error::Unenforced { .. });
                let why = Failure::from(error).chain().join(": ");
                context.ui.warn(format!("{}: cannot {}: {why}", finding.rule.code, fix.title));
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
    looked = looked.again(&snapshot, &file, selection, settings)?;
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

/// Why nothing is mended where somebody else says which file the path means: it may be any file of this user's.
fn turned(snapshot: &Snapshot, facts: &Facts) -> Option<Failure> {
    let path = snapshot.path().display();
    let why = match &facts.kernel {
        Fact::Known(kernel) => {
            let (turn, uid) = kernel::turned_by_others(kernel, &kernel::trusted(env::sudo_uid()))?;
            let what = if turn.is_symlink() { "the symbolic link" } else { "the way to it leads over a link in" };
            format!("{what} {} belongs to user {uid}, who may turn it to any file", turn.display())
        }
        Fact::Unknown(_) | Fact::NotAsked if !snapshot.is_link() => return None,
        Fact::Unknown(_) | Fact::NotAsked => "it cannot be told whose symbolic link it is".to_owned(),
    };
    let meant = snapshot.resolved().display();
    Some(
        Failure::failed(format!("cannot mend {path}, and nothing of it was changed: {why}"))
            .with_exit(Exit::Failed)
            .hint(format!("if {meant} is meant, name it: `twcred audit --fix {meant}`; else remove the link")),
    )
}

/// A copy that stands where it stood: not behind a link that has taken its place, or that of a directory.
fn copy(path: &Path) -> Result<Snapshot, file::Error> {
    let other = file::read(path)?;
    if other.is_link() || other.resolved() != path {
        return Err(file::Error::Changed { path: path.to_owned() });
    }
    Ok(other)
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

/// Adds a line to a file of git's or docker's that holds no secret, once; never over a link of somebody else's.
fn append(path: &Path, line: &str) -> Result<(), file::Error> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    let own = kernel::expected_owner(None, None);
    let way = kernel::examine(dir, None, own, None).ok();
    match way.as_ref().map(|way| kernel::turned_by_others(way, &kernel::trusted(None))) {
        Some(None) => file::append_public(path, line),
        Some(Some((turn, uid))) => Err(file::Error::Foreign { path: turn.to_owned(), uid }),
        None => Err(file::Error::Missing { path: dir.to_owned() }),
    }
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
