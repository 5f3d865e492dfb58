//! Mending: bytes in memory first, rights through the descriptor, then one atomic replacement; never a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Trouble;
use super::able::{self, Closed};
use super::doing::{Doing, Done};
use super::look::Looked;
use super::report::Audited;
use super::settings::Settings;
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
        let closing = |finding: &Finding| asked(finding) && finding.fix.as_ref().and_then(Fix::closing).is_some();
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
    let mut doing = Doing::new(snapshot, file, &fixed.bytes, &looked.veil, context);
    let (rights, others): (Vec<&Finding>, Vec<&Finding>) =
        before.findings.iter().filter(|finding| asked(finding)).partition(|finding| is_closing(finding));
    for finding in rights {
        doing.one(finding);
    }
    // Once nobody but its owner may read it, its group is nobody's loss.
    refusal.take_if(|error| matches!(error, file::Error::Owner { .. }) && file::probe_replace(snapshot).is_ok());
    let all = refusal.is_none();
    let is_edit = |finding: &Finding| finding.fix.as_ref().is_some_and(edits);
    for finding in others.iter().filter(|finding| !is_edit(finding)) {
        if all {
            doing.one(finding);
        } else {
            doing.close(finding);
        }
    }
    let replaced = match refusal {
        Some(error) => Err(error),
        None if changed => file::replace(snapshot, &fixed.bytes).map(drop),
        None => Ok(()),
    };
    let Done { made: mut done, failed, modeless } = doing.done;
    let mut left: Vec<Mended> = failed.iter().map(|(one, _)| one.clone()).collect();
    if replaced.is_err() {
        left.extend(others.iter().filter(|finding| !all || is_edit(finding)).map(|finding| Mended::of(finding)));
    } else {
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
        without_fixes(&mut report, |finding| asked(finding) && !is_closing(finding), &why);
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
    matches!(fix.action, Action::Chmod { .. } | Action::DropAcl { .. })
}

fn is_closing(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(closes)
}

/// Whether a fix changes the content.
fn edits(fix: &Fix) -> bool {
    matches!(fix.action, Action::Edits(_) | Action::Transcode)
}

/// The rights that a file with this mode has once it is closed as far as `safety` goes.
pub(super) fn closed(report: &Report, mode: u32, safety: Safety) -> Closed {
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.safety <= safety);
    fixes.fold(Closed { mode, unlisted: false }, |closed, fix| match fix.action {
        Action::Chmod { path: None, keep } => Closed { mode: closed.mode & keep, ..closed },
        Action::DropAcl { keep } => Closed { mode: closed.mode & keep, unlisted: true },
        _ => closed,
    })
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
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let edits: Vec<&Fix> = fixes.filter(|fix| edits(fix)).collect();
    // Where the content is to be mended and cannot be, nothing else is: what asks for no more goes on being promised.
    let Some(least) = edits.iter().map(|fix| fix.safety).min() else { return unable(report, snapshot, safety, veil) };
    let links = snapshot.nlink();
    if links > 1 {
        let why = said(format!("it has {links} names (hard links), and the others would keep the old content"));
        without_fixes(report, |finding| finding.fix.as_ref().is_some_and(|fix| fix.safety >= least), &why);
        return if least <= safety { Hold::All(why) } else { unable(report, snapshot, safety, veil) };
    }
    let closed = closed(report, snapshot.mode(), safety);
    let Some(why) = edits.first().and_then(|edit| able::why_not(&edit.action, snapshot, closed, veil)) else {
        return unable(report, snapshot, safety, veil);
    };
    // Nor does an open file stay open for it.
    let note = veil.text(&format!("--fix cannot mend it: {why}"));
    let beyond = |finding: &&mut Finding| finding.fix.as_ref().is_some_and(|fix| fix.safety >= least && !closes(fix));
    report.findings.iter_mut().filter(beyond).for_each(|finding| bar(finding, &note));
    let asked = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= safety);
    match unable(report, snapshot, safety, veil) {
        held if least > safety => held,
        Hold::None if report.findings.iter().any(asked) => Hold::Content(note),
        _ => Hold::All(said(why)),
    }
}

/// Takes from a finding its fix, or leaves of it what takes rights away.
fn bar(finding: &mut Finding, why: &str) {
    finding.fix = finding.fix.as_ref().and_then(Fix::closing);
    finding.notes.push(why.to_owned());
}

/// Takes from the findings each fix that this user has not the right to make. Everything is held, if none is left of those
/// that were asked for.
fn unable(report: &mut Report, snapshot: &Snapshot, safety: Safety, veil: &Veil) -> Hold {
    let mut why_not = None;
    let closed = closed(report, snapshot.mode(), safety);
    let not_able = |fix: &Fix| able::why_not(&fix.action, snapshot, closed, veil);
    for finding in &mut report.findings {
        let Some(fix) = &finding.fix else { continue };
        let Some(why) = not_able(fix) else { continue };
        let why = veil.text(&format!("--fix cannot mend it: {why}"));
        why_not = why_not.or((fix.safety <= safety).then(|| why.clone()));
        let less = fix.closing().filter(|less| less != fix && not_able(less).is_none());
        finding.fix = less;
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

/// What a fix that edits no bytes would do, in words, to a file that has this mode and once all is done another.
pub(super) fn shown(action: &Action, safety: Safety, shown: &str, (mode, then): (u32, u32)) -> Vec<String> {
    let how = if safety == Safety::Safe { "" } else { " (unsafe)" };
    let modes = || format!("mode of {shown}: {mode:04o} becomes {then:04o}{how}");
    match action {
        Action::Edits(_) => Vec::new(),
        Action::Transcode => vec![format!("encoding of {shown}: UTF-16 becomes UTF-8{how}")],
        Action::Chmod { path: None, .. } => vec![modes()],
        Action::Chmod { path: Some(path), keep } => {
            vec![format!("mode of {}: no more than {keep:04o}{how}", path.display())]
        }
        Action::DropAcl { .. } => {
            let removed = format!("access control list of {shown}: removed{how}");
            (mode != then).then(modes).into_iter().chain([removed]).collect()
        }
        Action::Append { path, line } => vec![format!("{}: the line `{line}` is added{how}", path.display())],
        Action::Remove { path, .. } => vec![format!("{}: removed{how}", path.display())],
    }
}
