//! Mending: bytes in memory first, rights through the descriptor, then one atomic replacement; never a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::look::Looked;
use super::report::Audited;
use super::settings::Settings;
use super::{Trouble, able};
use crate::audit::facts::{AclWho, Fact, Facts};
use crate::audit::fix::{Mended, Waits};
use crate::audit::{Action, Finding, Fix, Report, Safety, Selection, Veil, audit, foresee, kernel, mend as mend_bytes};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::text::word;
use crate::dotenv::EnvFile;
use crate::store::file::{self, Snapshot};

/// Mends what may be mended, and audits what came out.
///
/// A file whose content is to be mended and cannot be replaced is closed to others and else left as it is: it is tried
/// before anything is done. Of one with several names (hard links) the rights stay too, for they are those of all. Rights go
/// first, so that nobody can read along while the rest is done. A right that cannot be taken away is left as a finding with
/// a warning.
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
    let mut before = audit(file, &looked.facts, selection);
    let fixed = mend_bytes(file, &looked.facts, selection, safety);
    let changed = *fixed.bytes != *snapshot.bytes();
    let audited = |looked, file, report, snapshot: &Snapshot| {
        Audited::new(&looked, selection.relative.clone(), Some(snapshot), file, report)
    };
    let wanted = before.findings.iter().filter_map(|finding| finding.fix.as_ref()).any(|fix| fix.safety <= safety);
    if (changed || wanted)
        && let Some(failure) = turned(snapshot, &looked).or_else(|| linked(snapshot, &looked))
    {
        hold(&mut before, snapshot, &looked.facts, safety, &looked.veil);
        let audited = audited(looked, file.clone(), before, snapshot);
        return Err(Trouble::new(failure, Some(audited)));
    }
    let asked = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= safety);
    let mut refusal = None;
    if changed && let Err(error) = file::probe_replace(snapshot) {
        let linked = matches!(error, file::Error::HardLinked { .. });
        let held = hold(&mut before.clone(), snapshot, &looked.facts, safety, &looked.veil);
        let closing = |finding: &Finding| asked(finding) && finding.fix.as_ref().is_some_and(closes);
        if linked || matches!(held, Hold::All(_)) || !before.findings.iter().any(closing) {
            let failure = refused(snapshot, error, &looked.veil);
            if !matches!(hold(&mut before, snapshot, &looked.facts, safety, &looked.veil), Hold::All(_)) {
                let why = looked.veil.text(&format!("--fix changes nothing: {}", failure.chain().join(": ")));
                without_fixes(&mut before, asked, &why);
            }
            let audited = audited(looked, file.clone(), before, snapshot);
            return Err(Trouble::new(failure, Some(audited)));
        }
        refusal = Some(error);
    }
    let all = refusal.is_none();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let mut modeless = false;
    for finding in &before.findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety && (all || closes(fix))) else {
            continue;
        };
        let outcome = match &fix.action {
            Action::Edits(_) | Action::Transcode => continue,
            Action::Chmod { path: None, keep } => {
                file::restrict(snapshot, *keep, false).map(drop).map_err(Held::Failed)
            }
            Action::DropAcl => file::restrict(snapshot, 0o600, true).map(drop).map_err(Held::Failed),
            Action::Chmod { path: Some(path), keep } => copy(path, snapshot)
                .and_then(|other| file::restrict(&other, *keep, false))
                .map(drop)
                .map_err(Held::Failed),
            Action::Append { path, line } => append(path, line).map_err(Held::Failed),
            Action::Remove { path } => remove(path, snapshot, file, &fixed.bytes),
        };
        match outcome {
            Ok(()) => done.push(Mended::of(finding)),
            Err(held) => {
                let own = matches!(fix.action, Action::Chmod { path: None, .. } | Action::DropAcl);
                modeless |= own && matches!(held, Held::Failed(file::Error::Unenforced { .. }));
                let why = held.why();
                let said = format!("{}: cannot {}: {why}", finding.rule.code, fix.title);
                context.ui.warn(looked.veil.text(&said));
                failed.push((Mended::of(finding), looked.veil.text(&why)));
            }
        }
    }
    let replaced = match refusal {
        Some(error) => Err(error),
        None if changed => file::replace(snapshot, &fixed.bytes).map(drop),
        None => Ok(()),
    };
    let mut left: Vec<Mended> = failed.iter().map(|(one, _)| one.clone()).collect();
    if replaced.is_ok() {
        unproved(&fixed.left, snapshot, &looked.veil, context);
        done.extend(fixed.done);
        left.extend(fixed.left.into_iter().map(|(left, _)| left));
    }
    let snapshot = file::read(snapshot.path()).map_err(|error| Failure::from(error).with_exit(Exit::Failed))?;
    let file = EnvFile::parse(snapshot.bytes());
    looked = looked.again(&snapshot, &file, selection, settings)?;
    if modeless {
        looked.no_modes();
    }
    let mut report = audit(&file, &looked.facts, selection);
    hold(&mut report, &snapshot, &looked.facts, safety, &looked.veil);
    without_failed(&mut report, &failed);
    let replaced = replaced.doing(format!("cannot mend the content of {}", snapshot.path().display()));
    if let (false, Err(failure)) = (all, &replaced) {
        let why = looked
            .veil
            .text(&format!("--fix cannot mend it: {}", failure.chain().get(1..).unwrap_or_default().join(": ")));
        without_fixes(&mut report, |finding| asked(finding) && !finding.fix.as_ref().is_some_and(closes), &why);
    }
    foresee(&mut report, &file, &looked.facts, selection);
    let veil = Arc::clone(&looked.veil);
    let veiled = |mended: Mended| Mended { path: mended.path.map(|path| veil.path(&path)), ..mended };
    let [done, left] = [done, left].map(|some| some.into_iter().map(veiled).collect());
    let audited = Audited { done, left, ..audited(looked, file, report, &snapshot) };
    match replaced {
        Ok(()) => Ok(audited),
        Err(failure) => Err(Trouble::new(failure.with_exit(Exit::Failed), Some(audited))),
    }
}

/// Says why the content was not mended in some places.
fn unproved(left: &[(Mended, Waits)], snapshot: &Snapshot, veil: &Veil, context: &Context) {
    let mut reasons: BTreeMap<Waits, BTreeSet<&str>> = BTreeMap::new();
    for (left, why) in left {
        reasons.entry(*why).or_default().insert(left.code);
    }
    let path = veil.path(snapshot.path());
    for (why, codes) in reasons {
        let codes: Vec<&str> = codes.into_iter().collect();
        context.ui.warn(format!("{}: {} was not mended: {why}", path.display(), codes.join(", ")));
    }
}

/// Whether a fix does no more than take rights away.
fn closes(fix: &Fix) -> bool {
    matches!(fix.action, Action::Chmod { .. } | Action::DropAcl)
}

/// What of the mending that was asked for would be refused as a whole, and why.
pub(super) enum Hold {
    /// Nothing.
    None,
    /// Everything but what takes rights away.
    Content(String),
    /// Everything.
    All(String),
}

/// Takes from the findings the fixes that would be refused, before anybody is told that `--fix` does them, and says why
/// instead. The answer is about mending as far as `safety` goes.
pub(super) fn hold(report: &mut Report, snapshot: &Snapshot, facts: &Facts, safety: Safety, veil: &Veil) -> Hold {
    let said = |why: String| veil.text(&format!("--fix changes nothing: {why}"));
    if let Some(why) = turned_why(snapshot, facts).or_else(|| linked_why(snapshot, facts)).map(said) {
        let any = report.findings.iter().any(|finding| finding.fix.is_some());
        without_fixes(report, |finding| finding.fix.is_some(), &why);
        return if any { Hold::All(why) } else { Hold::None };
    }
    let is_edit = |fix: &&Fix| matches!(fix.action, Action::Edits(_) | Action::Transcode);
    let edits: Vec<&Fix> = report.findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(is_edit).collect();
    // Where the content is to be mended and cannot be, nothing else is: what asks for no more goes on being promised.
    let Some(least) = edits.iter().map(|fix| fix.safety).min() else { return unable(report, snapshot, safety, veil) };
    let links = snapshot.nlink();
    if links > 1 {
        let why = said(format!("it has {links} names (hard links), and the others would keep the old content"));
        without_fixes(report, |finding| finding.fix.as_ref().is_some_and(|fix| fix.safety >= least), &why);
        return if least <= safety { Hold::All(why) } else { unable(report, snapshot, safety, veil) };
    }
    let Some(why) = edits.first().and_then(|edit| able::why_not(&edit.action, snapshot, veil)) else {
        return unable(report, snapshot, safety, veil);
    };
    // Nor does an open file stay open for it.
    let note = veil.text(&format!("--fix cannot mend it: {why}"));
    let more = |fix: &Fix| fix.safety >= least && !closes(fix);
    without_fixes(report, |finding| finding.fix.as_ref().is_some_and(more), &note);
    let asked = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= safety);
    match unable(report, snapshot, safety, veil) {
        held if least > safety => held,
        Hold::None if report.findings.iter().any(asked) => Hold::Content(note),
        _ => Hold::All(said(why)),
    }
}

/// Takes from the findings each fix that this user has not the right to make. Everything is held, if none is left of those
/// that were asked for.
fn unable(report: &mut Report, snapshot: &Snapshot, safety: Safety, veil: &Veil) -> Hold {
    let mut why_not = None;
    for finding in &mut report.findings {
        let Some(fix) = &finding.fix else { continue };
        let Some(why) = able::why_not(&fix.action, snapshot, veil) else { continue };
        let why = veil.text(&format!("--fix cannot mend it: {why}"));
        why_not = why_not.or((fix.safety <= safety).then(|| why.clone()));
        finding.fix = None;
        finding.notes.push(why);
    }
    let left = report.findings.iter().any(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= safety));
    why_not.filter(|_| !left).map_or(Hold::None, Hold::All)
}

/// Takes the fixes from the findings of which one was tried and failed: it would fail again.
fn without_failed(report: &mut Report, failed: &[(Mended, String)]) {
    for finding in &mut report.findings {
        let tried = Mended::of(finding);
        if let Some((_, why)) = failed.iter().find(|(one, _)| finding.fix.is_some() && *one == tried) {
            finding.fix = None;
            finding.notes.push(format!("--fix could not mend it: {why}"));
        }
    }
}

fn without_fixes(report: &mut Report, held: impl Fn(&Finding) -> bool, why: &str) {
    for finding in report.findings.iter_mut().filter(|finding| held(finding)) {
        finding.fix = None;
        finding.notes.push(why.to_owned());
    }
}

/// Why nothing is mended where somebody else says which file the path means: it may be any file of this user's. Nor where a
/// descriptor says it, which goes on to mean the file that was replaced.
fn turned_why(snapshot: &Snapshot, facts: &Facts) -> Option<String> {
    match &facts.kernel {
        Fact::Known(kernel) => {
            let of_a_process =
                |path: &Path| path.starts_with("/proc") && path.parent().is_some_and(|dir| dir.ends_with("fd"));
            if kernel.links.iter().any(|link| of_a_process(&link.path)) {
                return Some("it is named by a descriptor, which would go on to mean the old file".to_owned());
            }
            let (turn, uid) = kernel::turned_by_others(kernel, &kernel::trusted(env::sudo_uid()))?;
            let shown = turn.display();
            let what = if turn.is_symlink() {
                format!("the symbolic link {shown}")
            } else {
                format!("the way to it leads over a link in {shown}, which")
            };
            Some(format!("{what} belongs to user {uid}, who may turn it to any file"))
        }
        Fact::Unknown(_) | Fact::NotAsked if !snapshot.is_link() => None,
        Fact::Unknown(_) | Fact::NotAsked => Some("it cannot be told whose symbolic link it is".to_owned()),
    }
}

fn turned(snapshot: &Snapshot, looked: &Looked) -> Option<Failure> {
    let why = turned_why(snapshot, &looked.facts)?;
    let path = snapshot.path().display();
    let meant = looked.veil.path(snapshot.resolved());
    let (shown, word) = (meant.display(), word(&meant));
    Some(
        Failure::failed(format!("cannot mend {path}, and nothing of it was changed: {why}"))
            .with_exit(Exit::Failed)
            .hint(format!("if {shown} is meant, name it: `twcred audit --fix {word}`")),
    )
}

/// Why nothing is mended where somebody else may have given the file this name: where the kernel lets users link what is not
/// theirs (`fs.protected_hardlinks=0`), it may be any file of this user's. A file with one name is where its owner put it.
fn linked_why(snapshot: &Snapshot, facts: &Facts) -> Option<String> {
    if snapshot.nlink() <= 1 {
        return None;
    }
    let why = match &facts.kernel {
        Fact::Known(kernel) => {
            let dir = kernel.ancestors.iter().find(|dir| dir.holds)?;
            let trusted = kernel::trusted(env::sudo_uid());
            // Also a sticky one: others can make names there.
            let foreign = |who: &AclWho| !trusted.iter().any(|user| dir.private_to(*who, *user));
            if !trusted.contains(&dir.uid) {
                format!("its folder {} belongs to user {}", dir.path.display(), dir.uid)
            } else if dir.replacers().iter().any(foreign) {
                format!("others may write its folder {} (mode {:04o})", dir.path.display(), dir.mode)
            } else {
                return None;
            }
        }
        Fact::Unknown(_) | Fact::NotAsked => "it cannot be told who may write its folder".to_owned(),
    };
    let links = snapshot.nlink();
    Some(format!("it has {links} names (hard links), and {why}, so that somebody else may have given it this one"))
}

fn linked(snapshot: &Snapshot, looked: &Looked) -> Option<Failure> {
    let why = linked_why(snapshot, &looked.facts)?;
    let word = word(looked.veil.path(snapshot.path()));
    Some(
        Failure::failed(format!("cannot mend {}, and nothing of it was changed: {why}", snapshot.path().display()))
            .with_exit(Exit::Failed)
            .hint(format!("`find / -samefile {word}` tells its names: mend it by one that only you can have given"))
            .hint("remove this name, if it is not yours"),
    )
}

/// Why something was not mended.
enum Held {
    /// It could not be done.
    Failed(file::Error),
    /// A copy is the only place of something.
    Needed(PathBuf, String),
}

impl Held {
    fn why(self) -> String {
        match self {
            Self::Failed(error) => Failure::from(error).chain().join(": "),
            Self::Needed(path, why) => format!("{} stays: {why}", path.display()),
        }
    }
}

/// Removes a copy if nothing is lost with it: what the file will hold counts too, for a fix may take something out of it.
fn remove(path: &Path, snapshot: &Snapshot, file: &EnvFile, mended: &[u8]) -> Result<(), Held> {
    let other = copy(path, snapshot).map_err(Held::Failed)?;
    let needed = |why: String| Held::Needed(path.to_owned(), why);
    kernel::spare(&other, snapshot, file).map_err(|why| needed(why.to_owned()))?;
    kernel::spare(&other, snapshot, &EnvFile::parse(mended))
        .map_err(|_| needed("it holds what this file does not hold any more once it is mended".to_owned()))?;
    file::remove(&other).map_err(Held::Failed)
}

/// A copy that stands where it stood: not behind a link that has taken its place, or that of a directory, and no other file
/// that was given its name since.
fn copy(path: &Path, audited: &Snapshot) -> Result<Snapshot, file::Error> {
    let other = file::read(path)?;
    let same = !other.is_link() && other.resolved() == path;
    if same && other.nlink() == 1 && other.uid() == audited.uid() {
        return Ok(other);
    }
    Err(file::Error::Changed { path: path.to_owned() })
}

/// Why nothing of a file was mended, and what can be done about it.
fn refused(snapshot: &Snapshot, error: file::Error, veil: &Veil) -> Failure {
    let linked = matches!(error, file::Error::HardLinked { .. });
    let path = snapshot.path().display().to_string();
    let failure = Failure::from(error).doing(format!("cannot mend {path}, and nothing of it was changed"));
    let failure = failure.with_exit(Exit::Failed);
    if !linked {
        return failure;
    }
    let word = word(veil.path(snapshot.path()));
    let other = match other_name(snapshot) {
        Some(other) => format!("its other name is {}", other.display()),
        None => format!("`find / -samefile {word}` tells its other names"),
    };
    failure
        .hint(other)
        .hint(format!("`twcred audit --fix --select TW1 {word}` closes it to others under all its names"))
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

/// Adds a line to a file of git's or docker's that holds no secret, once; never over a link, whose ever it is.
fn append(path: &Path, line: &str) -> Result<(), file::Error> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    let own = kernel::expected_owner(None, None);
    let Ok(found) = kernel::examine(dir, None, own, None) else {
        return Err(file::Error::Missing { path: dir.to_owned() });
    };
    match (kernel::turned_by_others(&found, &kernel::trusted(None)), found.links.first()) {
        (Some((turn, uid)), _) => Err(file::Error::Foreign { path: turn.to_owned(), uid }),
        (None, Some(first)) => Err(file::Error::Linked { path: first.path.clone() }),
        (None, None) => file::append_public(path, line),
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
