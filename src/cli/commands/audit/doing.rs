//! Doing what a fix says, one by one, where it is no edit of bytes.

use std::path::{Path, PathBuf};

use crate::audit::fix::Mended;
use crate::audit::{Action, Finding, Fix, Veil, kernel};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::dotenv::EnvFile;
use crate::store::file::{self, Snapshot};

/// What it takes to do it.
pub(super) struct Doing<'a> {
    snapshot: &'a Snapshot,
    file: &'a EnvFile,
    /// What the file will hold.
    mended: &'a [u8],
    veil: &'a Veil,
    context: &'a Context,
    pub(super) done: Done,
}

/// What was done.
#[derive(Default)]
pub(super) struct Done {
    pub(super) made: Vec<Mended>,
    /// What failed, each with the reason; without secrets.
    pub(super) failed: Vec<(Mended, String)>,
    /// A chmod of the file was said to be done and was not.
    pub(super) modeless: bool,
}

impl<'a> Doing<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        file: &'a EnvFile,
        mended: &'a [u8],
        veil: &'a Veil,
        context: &'a Context,
    ) -> Self {
        Self { snapshot, file, mended, veil, context, done: Done::default() }
    }

    /// Does what mends a finding. A copy that cannot be removed is closed, if it is open to others.
    pub(super) fn one(&mut self, finding: &Finding) {
        let Some(fix) = &finding.fix else { return };
        let Err(held) = self.act(&fix.action) else {
            self.done.made.push(Mended::of(finding));
            return;
        };
        self.fail(finding, fix, held);
        if matches!(fix.action, Action::Remove { .. }) {
            self.close(finding);
        }
    }

    /// Does of what mends a finding no more than taking rights away.
    pub(super) fn close(&mut self, finding: &Finding) {
        if let Some(fix) = finding.fix.as_ref().and_then(Fix::closing) {
            self.one(&finding.clone().fix(fix));
        }
    }

    fn fail(&mut self, finding: &Finding, fix: &Fix, held: Held) {
        let own = matches!(fix.action, Action::Chmod { path: None, .. } | Action::DropAcl { .. });
        self.done.modeless |= own && matches!(held, Held::Failed(file::Error::Unenforced { .. }));
        let why = held.why();
        let said = format!("{}: cannot {}: {why}", finding.rule.code, fix.title);
        self.context.ui.warn(self.veil.text(&said));
        self.done.failed.push((Mended::of(finding), self.veil.text(&why)));
    }

    fn act(&self, action: &Action) -> Result<(), Held> {
        let snapshot = self.snapshot;
        match action {
            // The caller edits the bytes, all at once.
            Action::Edits(_) | Action::Transcode => Ok(()),
            Action::Chmod { path: None, keep } => {
                file::restrict(snapshot, *keep, false).map(drop).map_err(Held::Failed)
            }
            Action::DropAcl { keep } => file::restrict(snapshot, *keep, true).map(drop).map_err(Held::Failed),
            Action::Chmod { path: Some(path), keep } => copy(path, snapshot)
                .and_then(|other| file::restrict(&other, *keep, false))
                .map(drop)
                .map_err(Held::Failed),
            Action::Append { path, line } => append(path, line).map_err(Held::Failed),
            Action::Remove { path, .. } => remove(path, snapshot, self.file, self.mended),
        }
    }
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
