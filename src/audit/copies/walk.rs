//! The walk: many threads, one report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::ignored::Ignored;
use super::large::{self, LARGE};
use super::literals::Literals;
use super::scan::{Found, Scanned, Scanner};
use super::{Error, Hit, NAMED, Needle, Options, Place, Report};
use crate::audit::git::{common_dir, work_trees};
use crate::audit::kernel::filesystem;

/// Where a walk starts: as it was given, for the report, and free of links, for the walk.
#[derive(Debug, Clone)]
pub(super) struct Root {
    given: PathBuf,
    pub(super) real: PathBuf,
}

impl Root {
    /// The roots that are inside no other.
    pub(super) fn of(given: &[PathBuf]) -> Result<Vec<Self>, Error> {
        let mut all = Vec::new();
        for given in given {
            let real = given.canonicalize().map_err(|source| Error::Root { path: given.clone(), source })?;
            all.push(Self { given: given.clone(), real });
        }
        all.sort_by(|one, other| one.real.cmp(&other.real));
        let mut kept: Vec<Self> = Vec::new();
        for root in all {
            // An ancestor sorts before what is below it.
            if !kept.iter().any(|outer| root.real.starts_with(&outer.real)) {
                kept.push(root);
            }
        }
        Ok(kept)
    }
}

/// What all threads of a search share.
pub(super) struct Sweep<'s> {
    literals: &'s Literals,
    needles: &'s [Needle],
    options: &'s Options<'s>,
    tally: Tally,
    found: Mutex<Gathered>,
}

#[derive(Default)]
struct Tally {
    files: AtomicU64,
    bytes: AtomicU64,
    pruned: AtomicU64,
    foreign: AtomicU64,
    unread: AtomicU64,
}

#[derive(Default)]
struct Gathered {
    hits: Vec<Hit>,
    hard_links: Vec<PathBuf>,
    unread: BTreeMap<PathBuf, String>,
    foreign: BTreeSet<PathBuf>,
    repositories: BTreeSet<PathBuf>,
    /// Files that are left until all threads can search them together.
    large: BTreeSet<PathBuf>,
}

fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl<'s> Sweep<'s> {
    pub(super) fn new(literals: &'s Literals, needles: &'s [Needle], options: &'s Options<'s>) -> Self {
        Self { literals, needles, options, tally: Tally::default(), found: Mutex::default() }
    }

    /// Walks the roots.
    pub(super) fn roots(&self, roots: &[Root]) {
        let paths: Vec<&Path> = roots.iter().map(|root| root.real.as_path()).collect();
        self.walk(&paths, self.options.ignored);
    }

    /// Walks what a home keeps of histories and backups; nothing there is left out for being ignored.
    pub(super) fn home(&self, paths: &[PathBuf]) {
        self.walk(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>(), true);
    }

    /// Searches single files; those that do not exist are none of our business.
    pub(super) fn files(&self, paths: &[PathBuf]) {
        let mut scanner = Scanner::new(self.literals);
        paths.iter().filter(|path| path.exists()).for_each(|path| self.file(path, &mut scanner));
    }

    fn walk(&self, roots: &[&Path], ignored: bool) {
        let Some((first, rest)) = roots.split_first() else { return };
        let mut builder = WalkBuilder::new(first);
        for root in rest {
            builder.add(root);
        }
        builder.standard_filters(false).threads(self.options.threads).build_parallel().run(|| {
            let mut visitor = Visitor {
                sweep: self,
                scanner: Scanner::new(self.literals),
                ignored: (!ignored).then(Ignored::default),
            };
            Box::new(move |entry| visitor.visit(entry))
        });
    }

    /// Searches one file; a large one is put off. What is no regular file, or has gone, is passed over.
    fn file(&self, path: &Path, scanner: &mut Scanner<'_>) {
        self.opened(path, |opened| {
            if opened.size >= LARGE {
                self.gathered(
                    |gathered, path| {
                        gathered.large.insert(path);
                    },
                    path,
                );
                return Ok(());
            }
            self.scan(path, &opened, scanner)
        });
    }

    /// Searches the files that were put off, one after the other, each with all threads.
    pub(super) fn large(&self) {
        let paths = self.found.lock().map(|mut gathered| std::mem::take(&mut gathered.large)).unwrap_or_default();
        if paths.is_empty() {
            return;
        }
        let threads = match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let mut scanners: Vec<_> = (0..threads).map(|_| Scanner::new(self.literals)).collect();
        for path in &paths {
            self.opened(path, |opened| self.scan_large(path, &opened, &mut scanners));
        }
    }

    fn opened(&self, path: &Path, search: impl FnOnce(Opened) -> io::Result<()>) {
        match self.open(path).and_then(|opened| opened.map_or(Ok(()), search)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unread(path, &error),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Option<Opened>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            // A link, a socket, a device without a driver.
            Err(Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let found = rustix::fs::fstat(&file)?;
        if !FileType::from_raw_mode(found.st_mode).is_file() {
            return Ok(None);
        }
        if let Some(audited) = &self.options.audited
            && (audited.dev, audited.ino) == (found.st_dev, found.st_ino)
        {
            if path.canonicalize()? != audited.path {
                self.gathered(|gathered, shown| gathered.hard_links.push(shown), path);
            }
            return Ok(None);
        }
        Ok(Some(Opened { file, size: u64::try_from(found.st_size).unwrap_or(0), mode: found.st_mode & 0o7777 }))
    }

    fn scan(&self, path: &Path, opened: &Opened, scanner: &mut Scanner<'_>) -> io::Result<()> {
        // Some file systems say 0 of a file they make up as it is read.
        let (seen, end) = scanner.scan(&opened.file, Some(opened.size).filter(|size| *size > 0));
        self.searched(path, opened, &seen);
        end
    }

    fn scan_large(&self, path: &Path, opened: &Opened, scanners: &mut [Scanner<'_>]) -> io::Result<()> {
        let (scanned, end) = large::search(&opened.file, opened.size, scanners, self.options.stop);
        self.searched(path, opened, &scanned);
        end
    }

    fn searched(&self, path: &Path, opened: &Opened, scanned: &Scanned) {
        count(&self.tally.files, 1);
        count(&self.tally.bytes, scanned.bytes);
        if scanned.found.is_empty() {
            return;
        }
        let place = Place::of(path, self.options.home.as_deref());
        for found in &scanned.found {
            let hit = hit(self.needles, path, found, scanned.position(found), place.clone(), Some(opened.mode));
            self.gathered(|gathered, path| gathered.hits.push(Hit { path, ..hit }), path);
        }
    }

    fn unread(&self, path: &Path, error: &io::Error) {
        count(&self.tally.unread, 1);
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => format!("it cannot be read: {error}"),
        };
        self.gathered(
            |gathered, path| {
                gathered.unread.insert(path, why);
                if gathered.unread.len() > NAMED {
                    gathered.unread.pop_last();
                }
            },
            path,
        );
    }

    fn foreign(&self, path: &Path) {
        count(&self.tally.foreign, 1);
        self.gathered(
            |gathered, path| {
                gathered.foreign.insert(path);
                if gathered.foreign.len() > NAMED {
                    gathered.foreign.pop_last();
                }
            },
            path,
        );
    }

    fn gathered(&self, add: impl FnOnce(&mut Gathered, PathBuf), path: &Path) {
        if let Ok(mut gathered) = self.found.lock() {
            add(&mut gathered, path.to_owned());
        }
    }

    /// Writes everything into the report, and gives the repositories that were met on the way.
    pub(super) fn finish(self, roots: &[Root], report: &mut Report) -> BTreeSet<PathBuf> {
        let gathered = self.found.into_inner().unwrap_or_default();
        let shown = |path: PathBuf| shown(roots, path);
        report.hits = gathered.hits.into_iter().map(|hit| Hit { path: shown(hit.path.clone()), ..hit }).collect();
        report.hard_links = gathered.hard_links.into_iter().map(shown).collect();
        report.foreign_paths = gathered.foreign.into_iter().map(shown).collect();
        report.unread_paths = gathered.unread.into_iter().map(|(path, why)| (shown(path), why)).collect();
        report.files = self.tally.files.into_inner();
        report.bytes = self.tally.bytes.into_inner();
        report.pruned = self.tally.pruned.into_inner();
        report.foreign = self.tally.foreign.into_inner();
        report.unread = self.tally.unread.into_inner();
        let around = roots.iter().flat_map(|root| work_trees(&root.real));
        gathered.repositories.into_iter().chain(around).map(|path| common_dir(&path)).collect()
    }
}

/// A path as the user would write it: below the root he gave.
fn shown(roots: &[Root], path: PathBuf) -> PathBuf {
    for root in roots {
        if let Ok(rest) = path.strip_prefix(&root.real) {
            return if rest.as_os_str().is_empty() { root.given.clone() } else { root.given.join(rest) };
        }
    }
    path
}

pub(super) fn hit(
    needles: &[Needle],
    path: &Path,
    found: &Found,
    position: Option<(u64, u64)>,
    place: Place,
    mode: Option<u32>,
) -> Hit {
    let needle = &needles[found.needle];
    Hit {
        path: path.to_owned(),
        offset: found.offset,
        label: needle.label.clone(),
        identifier: needle.identifier,
        line: position.map(|(line, _)| line),
        column: position.map(|(_, column)| column),
        count: found.count,
        spelling: found.spelling,
        place,
        mode,
    }
}

struct Opened {
    file: File,
    size: u64,
    mode: u32,
}

/// One thread.
struct Visitor<'s> {
    sweep: &'s Sweep<'s>,
    scanner: Scanner<'s>,
    /// None where ignored directories are entered too.
    ignored: Option<Ignored>,
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let sweep = self.sweep;
        if sweep.options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return WalkState::Quit;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if let Some((path, error)) = failed(&error) {
                    sweep.unread(path, error);
                }
                return WalkState::Continue;
            }
        };
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if kind.is_dir() {
            return self.directory(&entry);
        }
        if kind.is_file() {
            // A work tree made by `git worktree`, or a submodule: its objects are elsewhere.
            if entry.file_name() == ".git" {
                self.repository(entry.path().parent());
            }
            sweep.file(entry.path(), &mut self.scanner);
        }
        WalkState::Continue
    }

    fn directory(&mut self, entry: &DirEntry) -> WalkState {
        let path = entry.path();
        if entry.depth() == 0 {
            return WalkState::Continue;
        }
        if entry.file_name() == "objects"
            && let Some(parent) = path.parent()
            && parent.join("HEAD").exists()
            && parent.join("refs").exists()
        {
            // Compressed: git itself must be asked.
            self.repository(Some(parent));
            return WalkState::Skip;
        }
        if self.ignored.as_mut().is_some_and(|ignored| ignored.prunes(path)) {
            count(&self.sweep.tally.pruned, 1);
            return WalkState::Skip;
        }
        if on_other_device(path) {
            if !filesystem::is_kernels(path) {
                self.sweep.foreign(path);
            }
            return WalkState::Skip;
        }
        WalkState::Continue
    }

    fn repository(&self, path: Option<&Path>) {
        if self.sweep.options.history.is_some()
            && let Some(path) = path
        {
            self.sweep.gathered(
                |gathered, path| {
                    gathered.repositories.insert(path);
                },
                path,
            );
        }
    }
}

/// Whether a directory is on another file system than the one it is mounted in.
fn on_other_device(path: &Path) -> bool {
    let device = |path: &Path| rustix::fs::lstat(path).map(|found| found.st_dev);
    matches!((device(path), path.parent().map(device)), (Ok(own), Some(Ok(parent))) if own != parent)
}

/// The path an error is about, and what the system said, unless it is only that something has vanished.
fn failed(error: &ignore::Error) -> Option<(&Path, &io::Error)> {
    match error {
        ignore::Error::WithPath { path, err } => {
            let error = err.io_error().filter(|error| error.kind() != io::ErrorKind::NotFound)?;
            Some((path, error))
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed(err),
        _ => None,
    }
}
