//! A directory held open, in which files appear, are swapped and vanish whole.
//!
//! Every name is looked up in the held descriptor, so that a directory renamed in between cannot lead a write astray.

use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::hash::BuildHasher;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::model::RotationId;
use crate::model::digest::hex;

const MARK: &[u8] = b".twcred-";
/// Digits of the id of a create, which stand behind the mark, with a hyphen, where the file is one of [`Of::Create`].
const ID: usize = 12;
const END: &[u8] = b".tmp";
const RANDOM: usize = 6;
const SWAP: &[u8] = b".swap";
/// Hexadecimal digits of a content's SHA-256 in the name of a swap.
const TAG: usize = 16;
/// The longest name a file system takes is 255 bytes almost everywhere.
const LONGEST: usize = 255;
/// How long another run may hold a directory: it does so for one replacement, a few milliseconds.
const PATIENCE: (u32, Duration) = (500, Duration::from_millis(20));

/// Read and write for the owner alone.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Whose a temporary file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of<'i> {
    /// No one's: what it holds is kept elsewhere as well, and whoever finds it takes it away.
    Nobody,
    /// A create's, which may have nothing else that holds the secret: it stays until that has ended.
    Create(&'i RotationId),
}

/// A temporary file that was found, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leftover {
    pub(super) name: OsString,
    /// The create that it is of.
    pub(super) of: Option<RotationId>,
    /// The tags of the two contents that a swap may have.
    pub(super) tags: Option<[String; 2]>,
}

impl Leftover {
    /// Whether it is this one's.
    pub(super) fn is_of(&self, of: Of<'_>) -> bool {
        match of {
            Of::Nobody => self.of.is_none(),
            Of::Create(id) => self.of.as_ref() == Some(id),
        }
    }
}

/// A directory held open.
#[derive(Debug)]
pub(super) struct Dir {
    file: File,
    path: PathBuf,
    locked: bool,
}

impl Dir {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { file: File::from(fd), path: path.to_owned(), locked: false })
    }

    /// Opens the directory that holds `path`, and gives the last part of `path`.
    pub(super) fn holding(path: &Path) -> io::Result<(Self, &OsStr)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok((Self::open(parent)?, name))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Takes the directory for this run until `self` is dropped, waiting ten seconds for another run at most.
    ///
    /// The lock is on the directory itself, so that it leaves no file behind. Where a file system has no such locks
    /// (NFS wants write access for one), the work goes on without: the comparison before the swap is what protects the
    /// content; only sweeping needs the lock, and is then not done.
    pub(super) fn lock(&mut self) -> io::Result<()> {
        let (tries, pause) = PATIENCE;
        for _ in 0..tries {
            match self.file.try_lock() {
                Ok(()) => {
                    self.locked = true;
                    return Ok(());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
                Err(TryLockError::Error(error)) => {
                    return match Errno::from_io_error(&error) {
                        Some(Errno::INTR) => continue,
                        Some(Errno::OPNOTSUPP | Errno::NOSYS | Errno::BADF | Errno::NOLCK | Errno::INVAL) => Ok(()),
                        _ => Err(error),
                    };
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps the directory locked"))
    }

    /// Makes a new, empty file with a name of its own that [`Dir::leftovers`] will know. It is removed when dropped.
    pub(super) fn temp(&self, stem: &OsStr, of: Of<'_>, mode: Mode) -> io::Result<Temp<'_>> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut tries = 0;
        loop {
            let name = temp_name(stem, of);
            match rustix::fs::openat(&self.file, &name, flags, mode) {
                Ok(fd) => return Ok(Temp { dir: self, name, file: File::from(fd), ours: true }),
                Err(Errno::EXIST) if tries < 16 => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The temporary files here, of one file or of all; the swaps of one file among them.
    pub(super) fn leftovers(&self, stem: Option<&OsStr>) -> io::Result<Vec<Leftover>> {
        let stem = stem.map(short);
        let mut found = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.file)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let regular = matches!(entry.file_type(), FileType::RegularFile | FileType::Unknown);
            let temp = leftover_of(name).filter(|_| regular).map(|(of, id)| (of, id, None));
            let swap = || swap_of(name).filter(|_| stem.is_some()).map(|(of, id, tags)| (of, id, Some(tags)));
            if let Some((stood_for, of, tags)) = temp.or_else(swap)
                && stem.is_none_or(|stem| stem == stood_for)
            {
                found.push(Leftover { name: name.to_owned(), of, tags });
            }
        }
        Ok(found)
    }

    /// Removes temporary files that killed runs left, and says how many; no swaps. Does nothing without the lock: without
    /// it one of them may be a living run's.
    pub(super) fn sweep(&self, stem: Option<&OsStr>, of: Of<'_>) -> io::Result<usize> {
        if !self.locked {
            return Ok(0);
        }
        let mut count = 0;
        for left in self.leftovers(stem)?.iter().filter(|left| left.tags.is_none() && left.is_of(of)) {
            match self.remove(&left.name) {
                Ok(true) => count += 1,
                // Not ours: put there by another user of a shared directory, to whom it belongs. It must not stop us.
                Ok(false) | Err(Errno::PERM | Errno::ACCESS | Errno::ISDIR | Errno::ROFS) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(count)
    }

    /// Removes a name; `false` if it was not there.
    pub(super) fn remove(&self, name: &OsStr) -> rustix::io::Result<bool> {
        match rustix::fs::unlinkat(&self.file, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        rustix::fs::renameat(&self.file, from, &self.file, to)
    }

    /// Swaps two names in one step.
    pub(super) fn exchange(&self, one: &OsStr, other: &OsStr) -> rustix::io::Result<()> {
        rustix::fs::renameat_with(&self.file, one, &self.file, other, RenameFlags::EXCHANGE)
    }

    /// Renames to a name that must be free.
    pub(super) fn rename_to_free(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        match rustix::fs::renameat_with(&self.file, from, &self.file, to, RenameFlags::NOREPLACE) {
            Err(error) if unsupported(error) => {
                rustix::fs::linkat(&self.file, from, &self.file, to, AtFlags::empty())?;
                self.remove(from).map(|_| ())
            }
            other => other,
        }
    }

    /// Which file a name leads to: device and inode. A link is not followed.
    pub(super) fn inode(&self, name: &OsStr) -> Option<(u64, u64)> {
        std::fs::symlink_metadata(self.path.join(name)).ok().map(|found| (found.dev(), found.ino()))
    }

    /// Makes the names durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.sync_all() {
            // Some network and FUSE file systems have nothing to sync in a directory and say so.
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::INVAL | Errno::OPNOTSUPP)) => Ok(()),
            other => other,
        }
    }
}

/// A temporary file, removed when dropped unless released.
#[derive(Debug)]
pub(super) struct Temp<'d> {
    dir: &'d Dir,
    name: OsString,
    file: File,
    ours: bool,
}

impl Temp<'_> {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the name away: from here on nothing removes the file but the one who asks, or a later sweep. As long as
    /// `self` lives the file stays open, and no other file gets its inode number.
    pub(super) fn release(&mut self) -> OsString {
        self.ours = false;
        std::mem::take(&mut self.name)
    }

    /// Puts the file where it belongs, over what stands there.
    pub(super) fn place(mut self, name: &OsStr) -> io::Result<()> {
        self.dir.rename(&self.name, name)?;
        self.release();
        Ok(())
    }

    /// Puts the file where it belongs, where nothing may stand.
    pub(super) fn place_free(mut self, name: &OsStr) -> io::Result<()> {
        self.dir.rename_to_free(&self.name, name)?;
        self.release();
        Ok(())
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if self.ours {
            let _ = self.dir.remove(&self.name);
        }
    }
}

/// Whether an error says that a kernel or file system cannot swap names, rather than that it did not.
pub(super) fn unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
}

/// Takes the name of a temporary file apart: the file it stands in for, and the create that it is of. See
/// [`super::leftover_of`].
pub(super) fn leftover_of(name: &OsStr) -> Option<(&OsStr, Option<RotationId>)> {
    let middle = name.as_bytes().strip_prefix(b".")?.strip_suffix(END)?;
    let (rest, random) = middle.split_at_checked(middle.len().checked_sub(RANDOM)?)?;
    let alike = random.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    unmarked(rest).filter(|_| alike)
}

/// Takes the name of a swap apart: the file it stands in for, the create that it is of, and the tags of the old and the new
/// content.
pub(super) fn swap_of(name: &OsStr) -> Option<(&OsStr, Option<RotationId>, [String; 2])> {
    let middle = name.as_bytes().strip_prefix(b".")?.strip_suffix(SWAP)?;
    let (rest, tags) = middle.split_at_checked(middle.len().checked_sub(2 * TAG)?)?;
    let tags = std::str::from_utf8(tags).ok().filter(|tags| tags.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let (stem, of) = unmarked(rest)?;
    let (old, new) = tags.split_at(TAG);
    Some((stem, of, [old.to_owned(), new.to_owned()]))
}

/// What stands before the mark, and the create that stands in it.
fn unmarked(text: &[u8]) -> Option<(&OsStr, Option<RotationId>)> {
    let own = text.strip_suffix(b"-").and_then(|text| text.split_at_checked(text.len().checked_sub(ID)?));
    let of = |(rest, id): (_, &[u8])| Some((rest, Some(std::str::from_utf8(id).ok()?.parse().ok()?)));
    let (rest, of) = own.and_then(of).filter(|(rest, _): &(&[u8], _)| rest.ends_with(MARK)).unwrap_or((text, None));
    let stem = rest.strip_suffix(MARK).filter(|stem| !stem.is_empty())?;
    Some((OsStr::from_bytes(stem), of))
}

/// The mark, with the create that the file is of.
fn mark(of: Of<'_>) -> Vec<u8> {
    match of {
        Of::Nobody => MARK.to_vec(),
        Of::Create(id) => [MARK, id.as_str().as_bytes(), b"-"].concat(),
    }
}

/// The name that the new content has just before the swap and the old one just after it. It says what both are, so that a
/// later run removes these two and nothing else: an editor's version that got there in between is not ours.
pub(super) fn swap_name(stem: &OsStr, of: Of<'_>, old: &[u8; 32], new: &[u8; 32]) -> OsString {
    let tags = [old, new].map(content_tag).concat();
    OsString::from_vec([b".", short(stem).as_bytes(), &mark(of), tags.as_bytes(), SWAP].concat())
}

/// A content's tag in the name of a swap.
pub(super) fn content_tag(sum: &[u8; 32]) -> String {
    hex(&sum[..TAG / 2])
}

/// As much of a file's name as a temporary name has room for.
fn short(stem: &OsStr) -> &OsStr {
    let room = LONGEST - 1 - MARK.len() - ID - 1 - 2 * TAG - SWAP.len();
    OsStr::from_bytes(&stem.as_bytes()[..stem.len().min(room)])
}

/// A name nobody can foresee, lest another user of the directory occupy it. The standard library seeds its hasher from
/// the system's random numbers; `O_EXCL` settles the rest.
fn temp_name(stem: &OsStr, of: Of<'_>) -> OsString {
    let mut number = std::collections::hash_map::RandomState::new().hash_one(stem);
    let mut name = Vec::with_capacity(LONGEST);
    name.push(b'.');
    name.extend_from_slice(short(stem).as_bytes());
    name.extend_from_slice(&mark(of));
    for _ in 0..RANDOM {
        name.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[usize::try_from(number % 36).unwrap_or(0)]);
        number /= 36;
    }
    name.extend_from_slice(END);
    OsString::from_vec(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_is_known_again_even_cut_short() {
        let id = RotationId::of_create([7; 6]);
        for stem in ["repos.env", "x", &"n".repeat(255)] {
            let of_it = short(OsStr::new(stem));
            for (of, expected) in [(Of::Nobody, None), (Of::Create(&id), Some(id.clone()))] {
                let name = temp_name(OsStr::new(stem), of);
                let swap = swap_name(OsStr::new(stem), of, &[1; 32], &[2; 32]);
                assert!(name.len() <= LONGEST && swap.len() <= LONGEST, "{} {}", name.len(), swap.len());
                assert_eq!(leftover_of(&name), Some((of_it, expected.clone())));
                assert_eq!(swap_of(&swap), Some((of_it, expected, [[1; 32], [2; 32]].map(|sum| content_tag(&sum)))));
            }
        }
        let names = [".repos.env.tmp", ".twcred-abcdef.tmp", ".a.twcred-abcdeF.tmp", "a.twcred-abcdef.tmp", ".", ""];
        for name in names.into_iter().chain([".a.twcred-abcdef-abcdef.tmp", ".a.twcred-zzzzzzzzzzzz-abcdef.tmp"]) {
            assert_eq!(leftover_of(OsStr::new(name)), None, "{name}");
        }
    }

    #[test]
    fn a_dropped_temporary_file_is_gone_and_a_sweep_takes_only_its_own() {
        let home = tempfile::tempdir().unwrap();
        let mut dir = Dir::open(home.path()).unwrap();
        let id = RotationId::of_create([7; 6]);
        let names = |dir: &Dir, stem: Option<&str>| -> Vec<OsString> {
            dir.leftovers(stem.map(OsStr::new)).unwrap().into_iter().map(|left| left.name).collect()
        };
        drop(dir.temp(OsStr::new("a.env"), Of::Nobody, PRIVATE).unwrap());
        assert_eq!(names(&dir, None), Vec::<OsString>::new());
        let kept = dir.temp(OsStr::new("a.env"), Of::Nobody, PRIVATE).unwrap().release();
        dir.temp(OsStr::new("b.env"), Of::Nobody, PRIVATE).unwrap().release();
        let of_a_create = dir.temp(OsStr::new("b.env"), Of::Create(&id), PRIVATE).unwrap().release();
        assert_eq!(dir.sweep(None, Of::Nobody).unwrap(), 0, "not without the lock");
        dir.lock().unwrap();
        assert_eq!(names(&dir, Some("a.env")), [kept]);
        assert_eq!(dir.sweep(Some(OsStr::new("a.env")), Of::Nobody).unwrap(), 1);
        assert_eq!(dir.sweep(None, Of::Nobody).unwrap(), 1);
        assert_eq!(names(&dir, None), [of_a_create]);
        let other = RotationId::of_create([8; 6]);
        assert_eq!(dir.sweep(None, Of::Create(&other)).unwrap(), 0, "another create's");
        assert_eq!(dir.sweep(None, Of::Create(&id)).unwrap(), 1);
    }
}
