//! Every object a git repository keeps, reachable or not, read through one `git cat-file`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::literals::Literals;
use super::scan::{Found, Scanner};
use super::walk::hit;
use super::{Needle, Options, Place, Report};
use crate::audit::git::{Git, shown};

/// For how many objects the commit is looked up: a log that holds more hits needs no longer list.
const TRACED: usize = 200;
/// The longest line `cat-file` puts before an object is some 90 bytes.
const HEADER: u64 = 256;

/// Searches the objects of one repository. What cannot be read is said in the report.
pub(super) fn search(
    git: &Git,
    repository: &Path,
    literals: &Literals,
    needles: &[Needle],
    options: &Options<'_>,
    report: &mut Report,
) {
    let arguments = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"];
    let mut found = Vec::new();
    let mut bytes = 0;
    let stopped = || options.stop.is_some_and(|stop| stop.load(std::sync::atomic::Ordering::Relaxed));
    let read = git.stream(repository, &arguments, |stream| {
        let mut stream = BufReader::with_capacity(1 << 16, stream);
        let mut scanner = Scanner::new(literals);
        while let Some(object) = header(&mut stream)? {
            if stopped() {
                break;
            }
            let (seen, end) = scanner.scan((&mut stream).take(object.size), Some(object.size));
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
    match read {
        Ok(()) => report.repositories += 1,
        Err(reason) => report.unsearched.push((shown(repository).to_owned(), reason)),
    }
    let blobs = found.iter().filter(|(object, _)| object.kind == "blob").map(|(object, _)| object.name.as_str());
    let origins = origins(git, repository, &blobs.take(TRACED).collect::<Vec<_>>());
    for (object, hits) in &found {
        let (commit, name) = match origins.get(&object.name) {
            Some((commit, name)) => (Some(commit.clone()), Some(name.clone())),
            None => ((object.kind == "commit").then(|| object.name.clone()), None),
        };
        for found in hits {
            report.hits.push(made(needles, shown(repository), found, object, commit.clone(), name.clone()));
        }
    }
}

fn made(
    needles: &[Needle],
    repository: &Path,
    found: &Found,
    object: &Object,
    commit: Option<String>,
    name: Option<PathBuf>,
) -> super::Hit {
    let place = Place::GitHistory { object: object.name.clone(), commit, name };
    hit(needles, repository, found, None, place, None)
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

/// The oldest commit that brought each object, and under which path; nothing for those that no branch or tag leads to.
fn origins(git: &Git, repository: &Path, objects: &[&str]) -> BTreeMap<String, (String, PathBuf)> {
    let mut origins = BTreeMap::new();
    if objects.is_empty() {
        return origins;
    }
    let wanted: BTreeSet<&str> = objects.iter().copied().collect();
    let fixed = ["log", "--all", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes"];
    let format = ["--format=%H", "--raw", "-z", "--no-abbrev", "--no-renames", "-m", "--root"];
    let find: Vec<String> = objects.iter().map(|object| format!("--find-object={object}")).collect();
    let arguments: Vec<&str> = fixed.into_iter().chain(format).chain(find.iter().map(String::as_str)).collect();
    // What cannot be traced is reported without its commit.
    let _ = git.stream(repository, &arguments, |stream| {
        let mut commit = String::new();
        let mut fields = BufReader::new(stream).split(0);
        while let Some(field) = fields.next().transpose()? {
            let field = String::from_utf8_lossy(&field);
            let field = field.trim_start_matches('\n');
            if let Some(change) = field.strip_prefix(':') {
                let Some(name) = fields.next().transpose()? else { break };
                // `old-mode new-mode old-object new-object status`
                if let Some(object) = change.split(' ').nth(3).filter(|object| wanted.contains(object)) {
                    // Newest first: what comes later is older.
                    origins.insert(object.to_owned(), (commit.clone(), PathBuf::from(OsStr::from_bytes(&name))));
                }
            } else {
                field.clone_into(&mut commit);
            }
        }
        Ok(())
    });
    origins
}
