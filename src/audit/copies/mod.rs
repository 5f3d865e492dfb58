//! Where else the exact secret values of a file stand.
//!
//! A rotation replaces the values in one file; this finds the places it would miss: other projects' `.env` files, CI
//! and container definitions, notebooks, shell histories, editors' backups, and, if asked for, everything git keeps.
//! Because the values are known, nothing is guessed: a hit is a copy, byte for byte, plain, in UTF-16 or in base64.
//!
//! The walk is parallel and reads each file in pieces, so that memory does not grow with the files; a large file is
//! searched by all threads together. No link is followed and no file system is entered that the roots are not on.
//! Directories that git ignores are left out unless asked for, but never single ignored files: an ignored `.env` is the
//! likeliest copy of all. Nothing is unpacked but what git keeps: a value in a compressed archive is not found. Nothing
//! found is ever returned: a [`Hit`] says where, and which value by its label.

mod finder;
mod grams;
mod histories;
mod ignored;
mod large;
mod lines;
mod literals;
mod objects;
mod outcome;
mod place;
mod scan;
mod walk;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::audit::git::Git;
use crate::audit::veil::Veil;
use crate::model::Secret;

pub use finder::Finder;
pub(crate) use histories::editors as editor_folders;
pub use literals::{LEAST, Spelling};
pub use place::Place;

/// A value to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    /// What a report calls it: the variable's name, say.
    pub label: String,
    /// The value itself.
    pub value: Secret,
    /// It names something (a SID) rather than opening it.
    pub identifier: bool,
}

/// The file whose values are looked for. It is not a copy of itself; its other names are reported apart.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The device it is on.
    pub dev: u64,
    /// Its inode there.
    pub ino: u64,
    /// Its path after every symbolic link.
    pub path: PathBuf,
}

/// How far a search goes.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// The file the values come from.
    pub audited: Option<Audited>,
    /// Enter directories that git ignores, too.
    pub ignored: bool,
    /// A home directory, whose shell and interpreter histories are searched: a few files, in a few milliseconds.
    pub home: Option<PathBuf>,
    /// Search editors' backups and the trash of that home too, which may be large.
    pub backups: bool,
    /// Histories kept elsewhere, such as what `HISTFILE` names.
    pub histories: Vec<PathBuf>,
    /// Search every object of each git repository in and around the roots, with this git.
    pub history: Option<&'a Git>,
    /// How many threads; 0 for as many as there are processors.
    pub threads: usize,
    /// Ends the search early once it is set; the report then says so.
    pub stop: Option<&'a AtomicBool>,
}

/// One file, or one object of a git repository, in which a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The file; for [`Place::GitHistory`] the repository.
    pub path: PathBuf,
    /// Where the first occurrence starts, in bytes from 0.
    pub offset: u64,
    /// The label of the value.
    pub label: String,
    /// It is an identifier, not a secret.
    pub identifier: bool,
    /// Its line, from 1; none in a binary file.
    pub line: Option<u64>,
    /// Its column on that line in characters, from 1; none in a binary file.
    pub column: Option<u64>,
    /// How often the value stands there in this spelling.
    pub count: u64,
    /// How it is spelled.
    pub spelling: Spelling,
    /// What sort of place it is.
    pub place: Place,
    /// The file's permission bits; none for an object of git.
    pub mode: Option<u32>,
}

/// Why a value was not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skipped {
    /// It has fewer than [`LEAST`] bytes and would be found by chance.
    Short,
    /// It has fewer than five different characters, as a placeholder does.
    Monotonous,
}

/// What a search found, and what it did not look at. Sorted: the same tree gives the same report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The copies, by path.
    pub hits: Vec<Hit>,
    /// Other names of the audited file itself (hard links, or the same file mounted twice).
    pub hard_links: Vec<PathBuf>,
    /// Values that were not looked for, by label.
    pub skipped: Vec<(String, Skipped)>,
    /// Files that were searched.
    pub files: u64,
    /// Bytes that were searched, git's objects included.
    pub bytes: u64,
    /// Directories left out because git ignores them.
    pub pruned: u64,
    /// Directories left out because they are on another file system: how many. Those of the kernel (`/proc`, `/sys`) are
    /// nobody's files, and do not count.
    pub foreign: u64,
    /// The first of those, at most [`NAMED`].
    pub foreign_paths: Vec<PathBuf>,
    /// Files and directories that could not be read, or not to their end: how many.
    pub unread: u64,
    /// The first of those, at most [`NAMED`], and why.
    pub unread_paths: Vec<(PathBuf, String)>,
    /// Repositories whose objects were searched.
    pub repositories: u64,
    /// Repositories whose objects could not be searched, and why.
    pub unsearched: Vec<(PathBuf, String)>,
    /// The search was ended early.
    pub stopped: bool,
}

/// How many of the paths that were not searched a report names.
pub const NAMED: usize = 20;

/// Why nothing could be searched at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A directory to search is not there or may not be entered.
    #[error("cannot search {path}")]
    Root {
        /// As it was given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Looks for the values under each root, and where `options` says besides.
///
/// A path in the report has no secret in it: where one stands in a name, it has `***` there.
///
/// A root may be a file. Roots inside other roots are searched once. The copies of the values that the search makes are
/// wiped at its end.
///
/// # Errors
/// [`Error::Root`] before anything is searched if one cannot be found. What cannot be read further down is counted in
/// the report.
pub fn search(needles: &[Needle], roots: &[PathBuf], options: &Options<'_>) -> Result<Report, Error> {
    let (literals, skipped) = literals::Literals::new(needles);
    let roots = walk::Root::of(roots)?;
    let mut report = Report { skipped, ..Report::default() };
    if !literals.is_empty() {
        let sweep = walk::Sweep::new(&literals, needles, options);
        sweep.roots(&roots);
        if let Some(home) = &options.home {
            sweep.home(&histories::of(home, options.backups));
        }
        sweep.files(&options.histories);
        sweep.large();
        let repositories = sweep.finish(&roots, &mut report);
        if let Some(git) = options.history {
            for repository in repositories {
                objects::search(git, &repository, &literals, needles, options, &mut report);
            }
        }
    }
    veil(&mut report, needles);
    report.stopped = options.stop.is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed));
    report.hits.sort();
    report.hits.dedup();
    report.hard_links.sort();
    report.hard_links.dedup();
    report.unread_paths.sort();
    Ok(report)
}

/// Takes the secrets out of every path and text of a report.
fn veil(report: &mut Report, needles: &[Needle]) {
    let veil = Veil::new(needles);
    for hit in &mut report.hits {
        veil.draw_path(&mut hit.path);
        if let Place::GitHistory { name: Some(name), .. } = &mut hit.place {
            veil.draw_path(name);
        }
    }
    report.hard_links.iter_mut().chain(&mut report.foreign_paths).for_each(|path| veil.draw_path(path));
    for (at, why) in report.unread_paths.iter_mut().chain(&mut report.unsearched) {
        veil.draw_path(at);
        veil.draw(why);
    }
}

#[cfg(test)]
mod tests;
