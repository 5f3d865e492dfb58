//! The walk: many threads, one report.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::ignored::Ignored;
use super::large::{self, LARGE};
use super::literals::{LEAST, Literals, Meaning};
use super::roots::{Root, shown, why};
use super::scan::{Found, Scanned, Scanner};
use super::{Hit, NAMED, Needle, Options, Place, Report, tracked};
use crate::audit::facts::Missed;
use crate::audit::git::{common_dir, keeps_objects, work_trees};
use crate::audit::kernel::{self, filesystem};
use crate::audit::veil::Veil;

/// What all threads of a search share.
pub(super) struct Sweep<'s> {
    literals: &'s Literals,
    needles: &'s [Needle],
    options: &'s Options<'s>,
    roots: &'s [Root],
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
    /// Roots that cannot be read.
    missed: BTreeMap<PathBuf, String>,
    /// Directories that git ignores, by their work tree.
    pruned: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Those of which it is not known what git tracks in them.
    unknown: Vec<(PathBuf, String)>,
    /// Files that are left until all threads can search them together.
    large: BTreeSet<PathBuf>,
}

fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl<'s> Sweep<'s> {
    pub(super) fn new(
        literals: &'s Literals,
        needles: &'s [Needle],
        options: &'s Options<'s>,
        roots: &'s [Root],
    ) -> Self {
        Self { literals, needles, options, roots, tally: Tally::default(), found: Mutex::default() }
    }

    /// Walks the roots, and then what git tracks in the directories that were left out.
    pub(super) fn roots(&self) {
        let searched = |root: &&Root| match root.real.symlink_metadata() {
            Ok(found) if found.is_dir() || found.is_file() => true,
            Ok(found) => {
                self.missed(root, format!("it is {}", kernel::kind(found.file_type()).name()));
                false
            }
            Err(error) => {
                self.unread(&root.real, &error);
                false
            }
        };
        let paths: Vec<&Path> = self.roots.iter().filter(searched).map(|root| root.real.as_path()).collect();
        self.walk(&paths, self.options.ignored);
        let pruned = self.found.lock().map(|mut gathered| std::mem::take(&mut gathered.pruned)).unwrap_or_default();
        let mut kept = Vec::new();
        for (root, dirs) in &pruned {
            match tracked::files(self.options.git, root, dirs) {
                Ok(files) => kept.extend(files),
                Err((dirs, why)) => dirs.iter().for_each(|dir| {
                    self.gathered(|gathered, dir| gathered.unknown.push((dir, why.clone())), dir);
                }),
            }
        }
        self.walk(&kept.iter().map(PathBuf::as_path).collect::<Vec<_>>(), true);
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
        let (seen, end) = scanner.scan_file(&opened.file, Some(opened.size).filter(|size| *size > 0));
        self.searched(path, opened, &seen);
        end
    }

    fn scan_large(&self, path: &Path, opened: &Opened, scanners: &mut [Scanner<'_>]) -> io::Result<()> {
        let (scanned, end) = large::search(&opened.file, opened.size, scanners, self.options.stop);
        self.searched(path, opened, &scanned);
        end
    }

    /// Looks for the values in the last part of a path.
    fn name(&self, path: &Path) {
        let Some(name) = path.file_name().filter(|name| name.len() >= LEAST) else { return };
        let mut held: Vec<Meaning> = Vec::new();
        self.literals.each(name.as_bytes(), |_, _, meaning| held.push(meaning));
        if held.is_empty() || self.options.audited.as_ref().is_some_and(|audited| audited.path == path) {
            return;
        }
        let Ok(found) = rustix::fs::lstat(path) else { return };
        // What cannot be shown can be found by its number, from the first directory that can.
        let veil = Veil::new(self.needles);
        let clear = path.ancestors().skip(1).find(|dir| !veil.stands_in(dir.as_os_str().as_bytes()));
        let dir = clear.unwrap_or(Path::new("/")).to_string_lossy().replace('\'', "'\\''");
        let how = format!("find '{dir}' -xdev -inum {}", found.st_ino);
        for Meaning { needle, spelling } in held {
            let found = Found::first(needle, spelling);
            let place = self.place(path);
            let hit = Hit { named: Some(how.clone()), ..hit(self.needles, path, &found, None, place, None) };
            self.gathered(|gathered, path| gathered.hits.push(Hit { path, ..hit }), path);
        }
    }

    fn searched(&self, path: &Path, opened: &Opened, scanned: &Scanned) {
        count(&self.tally.files, 1);
        count(&self.tally.bytes, scanned.bytes);
        if scanned.found.is_empty() {
            return;
        }
        let place = self.place(path);
        for found in &scanned.found {
            let hit = hit(self.needles, path, found, scanned.position(found), place.clone(), Some(opened.mode));
            self.gathered(|gathered, path| gathered.hits.push(Hit { path, ..hit }), path);
        }
    }

    fn place(&self, path: &Path) -> Place {
        let named = self.options.histories.iter().any(|history| history == path);
        if named { Place::History } else { Place::of(path, self.options.home.as_deref()) }
    }

    /// The root that a path is.
    fn root(&self, path: &Path) -> Option<&Root> {
        let at = self.roots.binary_search_by(|root| root.real.as_path().cmp(path)).ok()?;
        self.roots.get(at)
    }

    fn missed(&self, root: &Root, why: String) {
        self.gathered(
            |gathered, given| {
                gathered.missed.insert(given, why);
            },
            &root.given,
        );
    }

    fn unread(&self, path: &Path, error: &io::Error) {
        let why = why(error);
        if let Some(root) = self.root(path) {
            return self.missed(root, why);
        }
        count(&self.tally.unread, 1);
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
    pub(super) fn finish(self, report: &mut Report) -> BTreeSet<PathBuf> {
        let gathered = self.found.into_inner().unwrap_or_default();
        let shown = |path: PathBuf| shown(self.roots, &path);
        report.hits = gathered.hits.into_iter().map(|hit| Hit { path: shown(hit.path.clone()), ..hit }).collect();
        report.hard_links = gathered.hard_links.into_iter().map(shown).collect();
        report.foreign_paths = gathered.foreign.into_iter().map(shown).collect();
        report.unread_paths = gathered.unread.into_iter().map(|(path, why)| (shown(path), why)).collect();
        report.unsearched = gathered.unknown.into_iter().map(|(path, why)| (shown(path), why)).collect();
        let missed = gathered.missed.into_iter().map(|(path, why)| Missed { path, history: false, why });
        report.missed = missed.collect();
        report.files = self.tally.files.into_inner();
        report.bytes = self.tally.bytes.into_inner();
        report.pruned = self.tally.pruned.into_inner();
        report.foreign = self.tally.foreign.into_inner();
        report.unread = self.tally.unread.into_inner();
        let around = self.roots.iter().flat_map(|root| work_trees(&root.real));
        gathered.repositories.into_iter().chain(around).map(|path| common_dir(&path)).collect()
    }
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
        named: None,
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
        sweep.name(entry.path());
        // A root of its own is walked by itself.
        if entry.depth() > 0 && sweep.root(entry.path()).is_some() {
            return WalkState::Skip;
        }
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
            && let Some(parent) = path.parent().filter(|parent| keeps_objects(parent))
        {
            self.repository(Some(parent));
        }
        // Compressed: git itself must be asked.
        if let Some(objects) = path.parent()
            && objects.file_name().is_some_and(|name| name == "objects")
            && holds_objects(entry.file_name())
            && objects.parent().is_some_and(keeps_objects)
        {
            return WalkState::Skip;
        }
        if let Some(root) = self.ignored.as_mut().and_then(|ignored| ignored.prunes(path)) {
            let root = root.to_owned();
            count(&self.sweep.tally.pruned, 1);
            self.sweep.gathered(
                |gathered, path| {
                    gathered.pruned.entry(root).or_default().insert(path);
                },
                path,
            );
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

/// Whether git has a directory of that name in `objects`: loose objects by the first two digits of theirs, packs, and lists
/// of both.
fn holds_objects(name: &OsStr) -> bool {
    let digits = |name: &[u8]| name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit);
    name == "pack" || name == "info" || digits(name.as_bytes())
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
