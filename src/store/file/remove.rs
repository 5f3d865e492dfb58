//! Taking a file away.

use std::path::Path;

use super::create::ready;
use super::read::look;
use super::{Error, Snapshot};

/// Removes a file that was read, durably. It holds a secret: that its bytes are gone from the disk is not promised.
///
/// # Errors
/// [`Error::Changed`] if it is not the file that was read, [`Error::Missing`] if it is gone already.
pub fn remove(snapshot: &Snapshot) -> Result<(), Error> {
    let path = snapshot.path();
    let (dir, name) = ready(snapshot.resolved())?;
    let (_, seen) = look(dir.file(), Path::new(name), path)?;
    if seen.identity != *snapshot.identity() {
        return Err(Error::changed(path));
    }
    dir.remove(name).map_err(Error::io("remove", path))?;
    dir.sync().map_err(Error::io("sync", dir.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::file::{create, read, replace};

    #[test]
    fn only_what_was_read_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("old.env");
        let seen = create(&path, b"A=1\n").unwrap();
        replace(&seen, b"A=2\n").unwrap();
        assert!(matches!(remove(&read(&path).unwrap()), Ok(())));
        assert!(!path.exists());
        assert!(matches!(remove(&seen), Err(Error::Missing { .. })));
        create(&path, b"A=3\n").unwrap();
        assert!(matches!(remove(&seen), Err(Error::Changed { .. })));
        assert!(path.exists());
    }
}
