//! Secrets in files, for those who chose that.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{EntryName, Store, Unguarded, Vault, VaultError};
use crate::store::{file, paths};

/// Entries as files: `NAME.json` in a folder that is closed to others.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, entry: &EntryName) -> PathBuf {
        self.folder.join(format!("{entry}.json"))
    }
}

impl Files {
    /// Whether the folder is there, and nobody else decides what is in it.
    fn guarded(&self) -> Result<bool, VaultError> {
        own(&self.folder)?;
        let Ok(found) = self.folder.metadata() else { return Ok(false) };
        let mode = found.mode() & 0o7777;
        if found.is_dir() && mode & 0o022 != 0 {
            return Err(VaultError::Unguarded { path: self.folder.clone(), why: Unguarded::Mode { mode } });
        }
        Ok(found.is_dir())
    }
}

/// Fails for a link, and for what belongs to another user than this one or root. What is not there is nobody's.
fn own(path: &Path) -> Result<(), VaultError> {
    let refused = |why| Err(VaultError::Unguarded { path: path.to_owned(), why });
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let (uid, ours) = (found.uid(), rustix::process::geteuid().as_raw());
    match () {
        () if found.is_symlink() => refused(Unguarded::Link),
        () if uid != ours && uid != 0 => refused(Unguarded::Owner { uid, ours }),
        () => Ok(()),
    }
}

impl Vault for Files {
    fn store(&self) -> Store {
        Store::File
    }

    fn place(&self, entry: &EntryName) -> String {
        self.path(entry).display().to_string()
    }

    fn put(&self, entry: &EntryName, value: &[u8]) -> Result<(), VaultError> {
        paths::private(&self.folder)?;
        if *entry == EntryName::trial() {
            // A killed trial may have left it.
            self.delete(entry)?;
        }
        file::create(&self.path(entry), value)?;
        Ok(())
    }

    fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        if !self.guarded()? {
            return Ok(None);
        }
        let path = self.path(entry);
        match own(&path).and_then(|()| Ok(file::read(&path)?)) {
            Ok(found) if found.mode() & 0o077 != 0 => {
                Err(VaultError::Unguarded { path, why: Unguarded::Mode { mode: found.mode() } })
            }
            Ok(found) => Ok(Some(Zeroizing::new(found.bytes().to_vec()))),
            Err(VaultError::File(file::Error::Missing { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One that others may read is taken out all the same: that is the sooner the better.
    fn delete(&self, entry: &EntryName) -> Result<(), VaultError> {
        if !self.guarded()? {
            return Ok(());
        }
        let path = self.path(entry);
        own(&path)?;
        // What a run that was killed while it made the file left beside it holds the secret too.
        file::sweep(&path)?;
        match file::read(&path).and_then(|found| file::remove(&found)) {
            Ok(()) | Err(file::Error::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProfileName;

    #[test]
    fn a_file_is_private_and_goes_without_a_trace() {
        use std::os::unix::fs::MetadataExt as _;
        let home = tempfile::tempdir().unwrap();
        let files = Files::new(home.path().join("secrets"));
        let entry = EntryName::new(&ProfileName::parse("acme").unwrap(), [1; 6]);
        assert!(files.get(&entry).unwrap().is_none());
        files.delete(&entry).unwrap();
        files.trial().unwrap();
        files.put(&entry, b"s3cr3t").unwrap();
        assert_eq!(*files.get(&entry).unwrap().unwrap(), b"s3cr3t");
        let mode = |path: &std::path::Path| path.metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(&home.path().join("secrets")), mode(&files.path(&entry))), (0o700, 0o600));
        assert!(matches!(files.put(&entry, b"other"), Err(VaultError::File(file::Error::Exists { .. }))));
        // A killed run's half made file of this entry goes with it.
        let half = home.path().join("secrets/.acme.010101010101.json.twcred-abcdef.tmp");
        std::fs::File::create(&half).unwrap();
        files.delete(&entry).unwrap();
        assert_eq!(std::fs::read_dir(home.path().join("secrets")).unwrap().count(), 0);
    }
}
