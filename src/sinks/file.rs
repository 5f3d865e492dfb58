//! What the sinks that keep their secrets in a file have in common.

use std::path::Path;

use zeroize::Zeroizing;

use super::{Error, Halfway, Loaded, Place};
use crate::model::{KeySid, RotationId};
use crate::store::file::{self, Snapshot};

/// How often the file is read anew when other programs change it under our hands.
pub(super) const TRIES: usize = 5;

/// Reads a file; `None` if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Snapshot>, Error> {
    match file::read(path) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(file::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a file by what `edit` makes of it, durably and whole, and returns what `edit` had to say of it.
///
/// A program that changes the file between the reading and the replacing keeps its change: the edit is made anew on what
/// it wrote. The same content is not written again. Without a file `edit` gets `fresh`, if there may be a new one. `making`
/// is the create whose pair nothing else holds.
///
/// # Errors
/// As `edit`; if the file is missing and may not be made; [`Error::Busy`] if others changed it [`TRIES`] times in a row.
/// Nothing is written then.
pub(super) fn rewrite<T>(
    path: &Path,
    fresh: Option<&[u8]>,
    making: Option<&RotationId>,
    mut edit: impl FnMut(&[u8]) -> Result<(Zeroizing<Vec<u8>>, T), Error>,
) -> Result<T, Error> {
    for _ in 0..TRIES {
        let (done, said) = match (file::read(path), fresh) {
            (Ok(snapshot), _) => {
                let (bytes, said) = edit(snapshot.bytes())?;
                (file::replace_of(&snapshot, &bytes, making), said)
            }
            (Err(file::Error::Missing { .. }), Some(fresh)) => {
                let (bytes, said) = edit(fresh)?;
                (file::create_of(path, &bytes, making), said)
            }
            (Err(error), _) => return Err(error.into()),
        };
        match done {
            Ok(_) => return Ok(said),
            Err(file::Error::Changed { .. } | file::Error::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Busy { path: path.to_owned(), tries: TRIES })
}

/// What a run has left that was killed before the content that it wrote got the file's name. `pairs` takes that apart.
///
/// Where the file is not there, and this create was killed over it before it had got a pair together, it was never made.
/// Otherwise nothing is told without a pair: the file may have been written, and moved away since.
pub(super) fn halfway(
    path: &Path,
    (sid, create): (&KeySid, &RotationId),
    pairs: impl Fn(&[u8]) -> Result<Loaded, Error>,
) -> Result<Halfway, Error> {
    let mut is_begun = false;
    for left in file::left(path)? {
        // One that was cut short is no pair, whatever it says.
        if let Ok(Loaded::Held(held)) = pairs(&left.bytes)
            && let Some(found) = held.into_iter().find(|held| held.pair.sid == *sid)
        {
            return Ok(Halfway::Pair(found.pair));
        }
        is_begun |= left.of.as_ref() == Some(create);
    }
    let was_never_made = is_begun && read(path)?.is_none();
    Ok(if was_never_made { Halfway::Nothing } else { Halfway::Unknown })
}

/// Says whether [`rewrite`] would work, without writing: `edit` is tried on what the file holds.
pub(super) fn probe(
    path: &Path,
    fresh: Option<&[u8]>,
    edit: impl FnOnce(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    match (file::read(path), fresh) {
        (Ok(snapshot), _) => {
            edit(snapshot.bytes())?;
            Ok(file::probe_replace(&snapshot)?)
        }
        (Err(file::Error::Missing { .. }), Some(fresh)) => {
            edit(fresh)?;
            probe_create(path)
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// Says whether a file can be made under this name, as far as that can be said without making one.
fn probe_create(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::access(parent, access)
        .map_err(|source| Error::File(file::Error::Directory { path: parent.to_owned(), source: source.into() }))
}

/// A place in a file, by its name without the folders: `repos.env` and what stands behind it.
pub(super) fn place(path: &Path, behind: &str) -> Place {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Place { what: format!("{name}{behind}") }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    fn write(path: &Path, text: &str) {
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_an_editor_writes_in_between_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        write(&path, "0");
        let mut seen = Vec::new();
        let count = rewrite(&path, None, None, |bytes| {
            seen.push(String::from_utf8(bytes.to_vec()).unwrap());
            if seen.len() < 3 {
                write(&path, &format!("editor's {}", seen.len()));
            }
            Ok((Zeroizing::new([bytes, b" and ours"].concat()), seen.len()))
        });
        assert_eq!(count.unwrap(), 3);
        assert_eq!(seen, ["0", "editor's 1", "editor's 2"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "editor's 2 and ours");

        let mut edits = 0;
        let busy = rewrite(&path, None, None, |_| {
            edits += 1;
            write(&path, &format!("again {edits}"));
            Ok((Zeroizing::new(b"ours".to_vec()), ()))
        });
        assert!(matches!(busy, Err(Error::Busy { tries: 5, .. })), "{busy:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "again 5");
    }

    #[test]
    fn a_file_is_made_only_where_it_may_be_and_never_over_one_that_came_in_between() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let ours = |bytes: &[u8]| Ok((Zeroizing::new([bytes, b"ours"].concat()), ()));
        assert!(matches!(rewrite(&path, None, None, ours), Err(Error::File(file::Error::Missing { .. }))));
        assert!(probe(&path, None, |_| Ok(())).is_err());
        probe(&path, Some(b"{}"), |bytes| {
            assert_eq!(bytes, b"{}");
            Ok(())
        })
        .unwrap();
        assert!(!path.exists());
        let mut first = true;
        let made = rewrite(&path, Some(b"new: "), None, |bytes| {
            if std::mem::take(&mut first) {
                write(&path, "somebody's: ");
            }
            ours(bytes)
        });
        made.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's: ours");
    }
}
