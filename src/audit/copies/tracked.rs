//! Files that git tracks in directories that it ignores: added by force, or before the rule.
//!
//! Git is asked only where the index seems to name such a file, for in nearly every work tree it names none, and to start a
//! program takes longer than to look through the index. What is taken from here is a hint: git alone reads the index.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::audit::git::{Git, Pace, git_dir};

/// An index is looked through up to this size; of a larger one git is asked at once.
const MOST: u64 = 64 << 20;

/// The files, and the work trees of submodules, that git tracks in some directories of a work tree.
///
/// # Errors
/// Why it is not known: the directories of which it is not, and the reason.
pub(super) fn files<'d>(
    git: Option<&Git>,
    root: &Path,
    dirs: &'d BTreeSet<PathBuf>,
) -> Result<Vec<PathBuf>, (Vec<&'d Path>, String)> {
    let index = match index(root) {
        Ok(index) => index,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        // Git says what is wrong with it.
        Err(_) => Vec::new(),
    };
    let wanted: Vec<&Path> = match names(&index) {
        Some(names) => dirs.iter().map(PathBuf::as_path).filter(|dir| named(&names, root, dir)).collect(),
        None => dirs.iter().map(PathBuf::as_path).collect(),
    };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut work_tree = std::ffi::OsString::from("--work-tree=");
    work_tree.push(root);
    let arguments = [work_tree.as_os_str(), OsStr::new("ls-files"), OsStr::new("-z")];
    let asked = git.ok_or_else(|| "nobody asked git".to_owned()).and_then(|git| {
        git.stream(root, &arguments, Pace::Steady, |stream| {
            for name in BufReader::new(stream).split(0) {
                let path = root.join(OsStr::from_bytes(&name?));
                // No link on the way: it would lead out of the tree. Nor what has gone.
                let here = || wanted.iter().any(|dir| path.starts_with(dir));
                if here() && path.canonicalize().is_ok_and(|real| real == path) {
                    found.push(path);
                }
            }
            Ok(())
        })
    });
    match asked {
        Ok(()) => Ok(found),
        Err(why) => Err((wanted, format!("git may track files in it, but {why}"))),
    }
}

/// The bytes of the index of a work tree; nothing of one that is too large.
fn index(root: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(git_dir(root).join("index"), flags, Mode::empty())?);
    let found = file.metadata()?;
    let mut bytes = Vec::new();
    if found.is_file() && found.len() <= MOST {
        file.take(MOST).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The names of an index of version 2 or 3 with SHA-1, in their order; none if it has another form.
///
/// `gitformat-index(5)`: an entry has 62 bytes before its name, 64 with extended flags, and is padded with 1 to 8 NULs to a
/// multiple of eight.
fn names(index: &[u8]) -> Option<Vec<&[u8]>> {
    let number = |at: usize| index.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    if !index.starts_with(b"DIRC") || !(2..=3).contains(&number(4)?) {
        return None;
    }
    let mut names = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let flags = u16::from_be_bytes(*index.get(at + 60..)?.first_chunk()?);
        let start = at + if flags & 0x4000 == 0 { 62 } else { 64 };
        let length = usize::from(flags & 0x0fff);
        // A longer name is not counted.
        if length == 0x0fff || *index.get(start + length)? != 0 {
            return None;
        }
        names.push(&index[start..start + length]);
        at += (start - at + length + 8) & !7;
    }
    // Of a split index most names are in another file.
    let rest = index.get(at..)?;
    (!rest.starts_with(b"link")).then_some(names)
}

/// Whether one of the names is in a directory.
fn named(names: &[&[u8]], root: &Path, dir: &Path) -> bool {
    let Ok(relative) = dir.strip_prefix(root) else { return true };
    let before = [relative.as_os_str().as_bytes(), b"/"].concat();
    let itself = relative.as_os_str().as_bytes();
    // A submodule's own name is that of its directory.
    let at = names.partition_point(|name| *name < before.as_slice());
    names.get(at).is_some_and(|name| name.starts_with(&before)) || names.binary_search(&itself).is_ok()
}
