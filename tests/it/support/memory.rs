//! Profiles whose keyring is in memory, for tests inside the process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use twcred::cli::context::clock;
use twcred::store::profiles::{EntryName, Profiles, Setup, Store, Vault, VaultError};
use twcred::store::{Owner, keyring};
use zeroize::Zeroizing;

/// A keyring in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    /// Every entry.
    pub(crate) fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

impl Vault for Memory {
    fn store(&self) -> Store {
        keyring::HERE
    }

    fn place(&self, _: &EntryName) -> String {
        "memory".to_owned()
    }

    fn put(&self, entry: &EntryName, value: &[u8]) -> Result<(), VaultError> {
        self.0.lock().unwrap().insert(entry.to_string(), value.to_vec());
        Ok(())
    }

    fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.0.lock().unwrap().get(entry.as_str()).cloned().map(Zeroizing::new))
    }

    fn delete(&self, entry: &EntryName) -> Result<(), VaultError> {
        self.0.lock().unwrap().remove(entry.as_str());
        Ok(())
    }
}

/// Profiles in a folder, with a keyring of their own.
pub(crate) fn profiles(folder: &Path, keyring: Arc<Memory>) -> Profiles {
    Profiles::new(Setup {
        folder: folder.to_owned(),
        keyring,
        clock,
        random: |buffer| getrandom::fill(buffer).map_err(std::io::Error::other),
        owner: Owner { pid: std::process::id(), started: clock(), command: "test".to_owned() },
        claims: Arc::new(std::collections::BTreeSet::new()),
    })
}
