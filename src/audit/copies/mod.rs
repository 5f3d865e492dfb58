//! Where else the exact secret values of a file stand.
//!
//! A rotation replaces the values in one file; this finds the places it would miss: other projects' `.env` files, CI
//! and container definitions, notebooks, shell histories, editors' backups, and, if asked for, everything git keeps.
//! Because the values are known, nothing is guessed: a hit is a copy, byte for byte, plain, in UTF-16 or in base64.
//!
//! The walk is parallel and reads each file in pieces, so that memory does not grow with the files; a large file is
//! searched by all threads together. No link is followed and no file system is entered that the roots are not on.
//! Directories that git ignores are left out unless asked for, but never single ignored files: an ignored `.env` is the
//! likeliest copy of all, nor what git tracks in such a directory all the same. Nothing is unpacked but what git keeps: a
//! value in a compressed archive is not found, nor one in base64 that is cut by a line end. Nothing found is ever returned:
//! a [`Hit`] says where, and which value by its label.

mod finder;
mod gaps;
mod grams;
mod histories;
mod ignored;
mod large;
mod lines;
mod literals;
mod objects;
mod origins;
mod outcome;
mod place;
mod roots;
mod scan;
mod tracked;
mod walk;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::audit::facts::Missed;
use crate::audit::git::Git;
use crate::audit::veil::Veil;
use crate::model::Secret;

pub use finder::Finder;
pub(crate) use histories::editors as editor_folders;
pub use literals::{LEAST, Spelling};
pub use place::{Origin, Place, Way};

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
    /// Histories kept elsewhere, such as what `HISTFILE` names; absolute and free of links.
    pub histories: Vec<PathBuf>,
    /// Search every object of each git repository in and around the roots, with this git.
    pub history: Option<&'a Git>,
    /// Asked which files git tracks in directories that it ignores; without it they stay unknown.
    pub git: Option<&'a Git>,
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
    /// It is the name of the file, or of the directory, that holds the value; with it, how the file is found by others.
    pub named: Option<String>,
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
    /// Repositories whose objects could not be searched, and directories of which it is not known whether git tracks files
    /// in them; and why.
    pub unsearched: Vec<(PathBuf, String)>,
    /// What the roots and the options named and could not be searched at all.
    pub missed: Vec<Missed>,
    /// The search was ended early.
    pub stopped: bool,
}

/// How many of the paths that were not searched a report names.
pub const NAMED: usize = 20;

/// Looks for the values under each root, and where `options` says besides.
///
/// A path in the report has no secret in it: where one stands in a name, it has `***` there.
///
/// A root may be a file. Roots inside other roots are searched once, and whatever the outer one leaves out. The copies of
/// the values that the search makes are wiped at its end.
///
/// A root that is not there or cannot be read is in the report, and what cannot be read further down is counted there.
#[must_use]
pub fn search(needles: &[Needle], roots: &[PathBuf], options: &Options<'_>) -> Report {
    let (literals, skipped) = literals::Literals::new(needles);
    let (roots, missed) = roots::Root::of(roots);
    let mut report = Report { skipped, ..Report::default() };
    if !literals.is_empty() {
        let sweep = walk::Sweep::new(&literals, needles, options, &roots);
        sweep.roots();
        if let Some(home) = &options.home {
            sweep.home(&histories::of(home, options.backups));
        }
        sweep.files(&options.histories);
        sweep.large();
        let repositories = sweep.finish(&mut report);
        if let Some(git) = options.history {
            objects::all(git, &repositories, &roots, &literals, needles, options, &mut report);
        }
    }
    report.missed.extend(missed);
    veil(&mut report, needles);
    report.stopped = options.stop.is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed));
    report.hits.sort();
    report.hits.dedup();
    report.hard_links.sort();
    report.hard_links.dedup();
    report.unread_paths.sort();
    report.missed.sort();
    report
}

/// Takes the secrets out of every path and text of a report.
fn veil(report: &mut Report, needles: &[Needle]) {
    let veil = Veil::new(needles);
    for hit in &mut report.hits {
        veil.draw_path(&mut hit.path);
        match &mut hit.place {
            Place::GitHistory { origin: Origin::File { name, .. } | Origin::Folder { name, .. }, .. } => {
                veil.draw_path(name);
            }
            Place::GitHistory { origin: Origin::Tag(name) | Origin::Reference(name), .. } => veil.draw(name),
            _ => {}
        }
    }
    for missed in &mut report.missed {
        veil.draw_path(&mut missed.path);
        veil.draw(&mut missed.why);
    }
    report.hard_links.iter_mut().chain(&mut report.foreign_paths).for_each(|path| veil.draw_path(path));
    for (at, why) in report.unread_paths.iter_mut().chain(&mut report.unsearched) {
        veil.draw_path(at);
        veil.draw(why);
    }
}

#[cfg(test)]
mod tests;
