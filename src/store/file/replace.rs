//! The swap: how new content takes the place of old.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::io::Errno;
use zeroize::Zeroizing;

use super::attributes;
use super::create::{ready, refused, within_limit};
use super::read::{look, metadata, open, resolve};
use super::{Error, Seen, Snapshot};
use crate::model::RotationId;
use crate::store::dir::{Dir, Of, PRIVATE, swap_name, unsupported};

/// Room asked for beyond the present size when a replacement is tried: a pair that grows, a comment.
const GROWTH: usize = 1024;
/// How often a name is given back to a program that keeps replacing the file.
const TRIES: usize = 16;

/// Replaces the content of a file that was read, durably, and says what the file is now.
///
/// In this order: lock the directory; sweep what killed runs left of this name; fill a new file, 0600 from birth; give
/// it the owner, access control list, attributes and mode of the old one; sync it; compare what stands under the name
/// with `snapshot`; name the new file by what it holds and what it replaces; swap the two names in one step; look at what
/// came out, and swap back if another program had slipped in between; remove the old file; sync the directory. Killed at
/// any point, the name leads to the complete old or the complete new file. If `new` is what the file has already it is
/// synced and otherwise left alone.
///
/// Where names cannot be swapped (the kernel or file system says so) the new file is renamed over the old one, and what
/// another program writes between comparison and rename, some microseconds, is lost.
///
/// # Errors
/// [`Error::Changed`] if it is not the file that was read; [`Error::HardLinked`], [`Error::Owner`], [`Error::Acl`],
/// [`Error::Directory`], [`Error::Immutable`], [`Error::Mounted`], [`Error::Large`] if it cannot be replaced without
/// loss. The temporary file is removed in every case.
pub fn replace(snapshot: &Snapshot, new: &[u8]) -> Result<Snapshot, Error> {
    replace_of(snapshot, new, None)
}

/// The same for a create of a key, in whose file may be all that holds the new secret: what is left of it when this is
/// killed bears its id, and stays until [`super::forget`].
///
/// # Errors
/// As [`replace`].
pub fn replace_of(snapshot: &Snapshot, new: &[u8], id: Option<&RotationId>) -> Result<Snapshot, Error> {
    let of = id.map_or(Of::Nobody, Of::Create);
    let path = snapshot.path();
    within_limit(path, new)?;
    let (dir, name) = ready(snapshot.resolved())?;
    let (old, seen) = look(dir.file(), Path::new(name), path)?;
    if seen.identity != snapshot.seen.identity {
        return Err(Error::changed(path));
    }
    if new == snapshot.bytes() {
        // An earlier run may have been killed between the swap and the sync.
        old.sync_all().map_err(Error::io("sync", path))?;
        dir.sync().map_err(Error::io("sync", dir.path()))?;
        return Ok(Snapshot { seen, ..snapshot.clone() });
    }
    replaceable(&dir, &old, seen.nlink, path)?;
    let mut temp = dir.temp(name, of, PRIVATE).map_err(|source| refused(&dir, source))?;
    fill(&old, temp.file(), new, &dir, path)?;
    temp.file().sync_all().map_err(|source| refused(&dir, source))?;
    let made = Seen::new(&metadata(temp.file(), path)?, Zeroizing::new(new.to_vec()));
    same(&dir, name, snapshot, &seen)?;
    let written = temp.release();
    let spare = swap_name(name, of, &seen.identity.sha256, &made.identity.sha256);
    if let Err(error) = dir.rename_to_free(&written, &spare) {
        let _ = dir.remove(&written);
        return Err(refused(&dir, error.into()));
    }
    match dir.exchange(&spare, name) {
        Ok(()) => {
            if look(dir.file(), Path::new(&spare), path).is_ok_and(|(_, out)| out.identity == seen.identity) {
                dir.remove(&spare).map_err(Error::io("remove the old content of", path))?;
            } else {
                return Err(put_back(&dir, &spare, name, (made.identity.dev, made.identity.ino), path));
            }
        }
        Err(error) => {
            let renamed = if unsupported(error) { dir.rename(&spare, name) } else { Err(error) };
            if let Err(error) = renamed {
                let _ = dir.remove(&spare);
                return Err(match error {
                    Errno::BUSY => Error::Mounted { path: path.to_owned() },
                    error => Error::io("replace", path)(error),
                });
            }
        }
    }
    dir.sync().map_err(Error::io("sync", dir.path()))?;
    Ok(Snapshot { seen: made, ..snapshot.clone() })
}

/// Says whether [`replace`] would work, by doing all of it but the swap: a temporary file of the same size is made,
/// filled, given the file's owner and attributes, synced and removed. Nothing is left behind.
///
/// # Errors
/// What [`replace`] would answer.
pub fn probe_replace(snapshot: &Snapshot) -> Result<(), Error> {
    let path = snapshot.path();
    let (dir, name) = ready(snapshot.resolved())?;
    let (old, found) = open(dir.file(), Path::new(name), path)?;
    replaceable(&dir, &old, found.nlink(), path)?;
    let mut temp = dir.temp(name, Of::Nobody, PRIVATE).map_err(|source| refused(&dir, source))?;
    fill(&old, temp.file(), &vec![b'#'; snapshot.bytes().len() + GROWTH], &dir, path)?;
    // Some file systems find out here that there is no room.
    temp.file().sync_all().map_err(|source| refused(&dir, source))?;
    let spare = temp.release();
    dir.remove(&spare).map_err(Error::io("remove the trial file beside", path))?;
    Ok(())
}

/// Fills the new file, then gives it what the old one had, so that nobody but us can open it half written.
fn fill(old: &File, mut new: &File, bytes: &[u8], dir: &Dir, path: &Path) -> Result<(), Error> {
    new.write_all(bytes).map_err(|source| refused(dir, source))?;
    attributes::copy(old, new, path)
}

/// Refuses, before anything is written, a file that no other can take the place of: one with other names, under which
/// the old secret would stay unnoticed, and what the kernel holds fast. In an append-only directory not even a
/// temporary file could be taken away again.
fn replaceable(dir: &Dir, old: &File, links: u64, path: &Path) -> Result<(), Error> {
    if links > 1 {
        return Err(Error::HardLinked { path: path.to_owned(), links });
    }
    movable(old, path)?;
    movable(dir.file(), dir.path())
}

/// Compares what stands under the name with what was read, and its attributes with those that were copied.
fn same(dir: &Dir, name: &OsStr, snapshot: &Snapshot, seen: &Seen) -> Result<(), Error> {
    let path = snapshot.path();
    let (_, now) = look(dir.file(), Path::new(name), path)?;
    let rights = |seen: &Seen| (seen.mode, seen.uid, seen.gid, seen.nlink);
    // A link on the way may lead elsewhere by now, as a deployment's `current` does.
    if now.identity == seen.identity && rights(&now) == rights(seen) && resolve(path)? == snapshot.resolved() {
        return Ok(());
    }
    Err(Error::changed(path))
}

/// Gives the name back to a file that another program put there between comparison and swap. `put` is the file that we
/// put there. Should yet another one have come meanwhile, that one is the newest and is given the name in turn.
fn put_back(dir: &Dir, spare: &OsStr, name: &OsStr, mut put: (u64, u64), path: &Path) -> Error {
    for _ in 0..TRIES {
        let Some(theirs) = dir.inode(spare) else { break };
        match dir.exchange(spare, name) {
            Ok(()) if dir.inode(spare) == Some(put) => {
                let _ = dir.remove(spare);
                return Error::changed(path);
            }
            Ok(()) => put = theirs,
            // Nothing stands there any more.
            Err(Errno::NOENT) if dir.rename_to_free(spare, name).is_ok() => return Error::changed(path),
            Err(_) => {}
        }
    }
    Error::Stranded { path: path.to_owned(), kept: dir.path().join(spare) }
}

/// Refuses what no rename can move. The kernel tells where it knows (`statx(2)`, Linux 5.8 for mounts); where it does
/// not, the rename itself will tell.
#[cfg(target_os = "linux")]
pub(super) fn movable(file: &File, path: &Path) -> Result<(), Error> {
    use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
    let Ok(known) = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::TYPE) else { return Ok(()) };
    let directory = rustix::fs::FileType::from_raw_mode(known.stx_mode.into()).is_dir();
    let path = path.to_owned();
    if known.stx_attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
        return Err(Error::Immutable { path });
    }
    if !directory && known.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        return Err(Error::Mounted { path });
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn movable(_: &File, _: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
mod tests;
