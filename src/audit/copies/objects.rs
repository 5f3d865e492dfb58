//! Every object a git repository keeps, reachable or not, read through one `git cat-file`.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use super::literals::{Literals, Meaning};
use super::place::Origin;
use super::roots::{self, Root};
use super::scan::{Found, Scanner};
use super::walk::hit;
use super::{Needle, Options, Place, Report, origins};
use crate::audit::facts::Missed;
use crate::audit::git::{Git, Pace, SHALLOW, common_dir, is_partial, is_shallow, shown, work_trees};

/// The longest line `cat-file` puts before an object is some 90 bytes.
const HEADER: u64 = 256;

/// Searches the objects of each repository.
///
/// The history was asked for: where that of a root's own repository could not be searched, or none at all, that is missed
/// and not merely left out. An empty folder is no repository, whatever it is called.
pub(super) fn all(
    git: &Git,
    repositories: &BTreeSet<PathBuf>,
    roots: &[Root],
    literals: &Literals,
    needles: &[Needle],
    options: &Options<'_>,
    report: &mut Report,
) {
    let mut failed = Vec::new();
    let empty = |dir: &&PathBuf| std::fs::read_dir(dir).is_ok_and(|mut found| found.next().is_none());
    for repository in repositories.iter().filter(|dir| !empty(dir)) {
        match search(git, repository, literals, needles, options, report) {
            Ok(()) => report.repositories += 1,
            Err(why) => failed.push((repository, why)),
        }
    }
    let around: BTreeSet<PathBuf> =
        roots.iter().flat_map(|root| work_trees(&root.real)).map(|tree| common_dir(&tree)).collect();
    for (repository, why) in failed {
        let path = roots::shown(roots, shown(repository));
        if report.repositories == 0 || around.contains(repository) {
            report.missed.push(Missed { path, history: true, why });
        } else {
            report.unsearched.push((path, why));
        }
    }
}

/// Searches the objects of one repository.
///
/// # Errors
/// Why not all of them could be; what was found before is in the report.
fn search(
    git: &Git,
    repository: &Path,
    literals: &Literals,
    needles: &[Needle],
    options: &Options<'_>,
    report: &mut Report,
) -> Result<(), String> {
    let arguments = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"];
    let mut found = Vec::new();
    let mut bytes = 0;
    let stopped = || options.stop.is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed));
    let read = git.stream(repository, &arguments, Pace::Objects, |stream| {
        let mut stream = BufReader::with_capacity(1 << 16, stream);
        let mut scanner = Scanner::new(literals);
        while let Some(object) = header(&mut stream)? {
            if stopped() {
                break;
            }
            let (seen, end) = scanner.skim((&mut stream).take(object.size), Some(object.size));
            bytes += seen.bytes;
            let whole = seen.bytes == object.size;
            if !seen.found.is_empty() {
                found.push((object, seen.found));
            }
            end?;
            if !whole {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // The line end that follows the content.
            stream.read_exact(&mut [0])?;
        }
        Ok(())
    });
    report.bytes += bytes;
    let names: Vec<_> = found.iter().map(|(object, _)| (object.name.as_str(), object.kind.as_str())).collect();
    let origins = origins::of(git, repository, &names);
    for (object, hits) in &found {
        let origin = origins.get(&object.name).cloned().unwrap_or(Origin::Unasked);
        for found in hits {
            let place = Place::GitHistory { object: object.name.clone(), origin: origin.clone() };
            report.hits.push(hit(needles, shown(repository), found, None, place, None));
        }
    }
    let of_references = references(git, repository, literals, needles, report);
    read.and(of_references).and_then(|()| whole(git, repository))
}

/// Sees to it that the objects that are here are all there are.
///
/// # Errors
/// Why some are missing: git then knows commits, files or folders by their names only.
fn whole(git: &Git, repository: &Path) -> Result<(), String> {
    if is_shallow(repository) {
        return Err(SHALLOW.to_owned());
    }
    if !is_partial(repository) {
        return Ok(());
    }
    let mut missing = false;
    git.stream(repository, &["rev-list", "--objects", "--all", "--missing=print"], Pace::Sparse, |stream| {
        for line in BufReader::new(stream).split(b'\n') {
            missing |= line?.starts_with(b"?");
        }
        Ok(())
    })?;
    if missing { Err(PARTIAL.to_owned()) } else { Ok(()) }
}

/// What is said of a clone that was made with `--filter`.
const PARTIAL: &str = "the clone is partial, and not all of its objects are here; search a whole clone";

/// Searches the names of branches and tags.
fn references(
    git: &Git,
    repository: &Path,
    literals: &Literals,
    needles: &[Needle],
    report: &mut Report,
) -> Result<(), String> {
    git.stream(repository, &["for-each-ref", "--format=%(refname)"], Pace::Steady, |stream| {
        for name in BufReader::new(stream).split(b'\n') {
            let name = name?;
            literals.each(&name, |_, _, Meaning { needle, spelling }| {
                let origin = Origin::Reference(String::from_utf8_lossy(&name).into_owned());
                let place = Place::GitHistory { object: String::new(), origin };
                report.hits.push(hit(needles, shown(repository), &Found::first(needle, spelling), None, place, None));
            });
        }
        Ok(())
    })
}

struct Object {
    name: String,
    kind: String,
    size: u64,
}

/// Reads `NAME TYPE SIZE`; none at the end.
fn header(stream: &mut impl io::BufRead) -> io::Result<Option<Object>> {
    let mut line = String::new();
    if stream.take(HEADER).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    match (words.next(), words.next(), words.next().map(str::parse)) {
        (Some(name), Some(kind), Some(Ok(size))) => Ok(Some(Object { name: name.into(), kind: kind.into(), size })),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
