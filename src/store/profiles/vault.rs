//! What keeps the secrets of profiles: a keyring of the operating system, or files.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::ProfileName;
use crate::model::digest::hex;
use crate::store::{file, paths};

/// A place that keeps small secrets under names, durably: what was put is there after the next start of the machine.
pub trait Vault: fmt::Debug + Send + Sync {
    /// Which store it is.
    fn store(&self) -> Store;

    /// Where an entry is, for people.
    fn place(&self, entry: &EntryName) -> String;

    /// Stores a value under a name that nothing was stored under before.
    ///
    /// # Errors
    /// After an error it is not known whether the value was stored, or will be in a moment.
    fn put(&self, entry: &EntryName, value: &[u8]) -> Result<(), VaultError>;

    /// The value under a name; nothing if there is none.
    ///
    /// # Errors
    /// If that cannot be told.
    fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;

    /// Takes an entry out. One that is not there is no error.
    ///
    /// # Errors
    /// After an error it is not known whether it was taken out.
    fn delete(&self, entry: &EntryName) -> Result<(), VaultError>;

    /// Says whether a secret could be kept here, by keeping something that is none: it is stored, read back and taken
    /// out again.
    ///
    /// # Errors
    /// What stands against it.
    fn trial(&self) -> Result<(), VaultError> {
        let entry = EntryName::trial();
        self.put(&entry, TRIAL)?;
        let kept = self.get(&entry)?.is_some_and(|value| *value == TRIAL);
        self.delete(&entry)?;
        if kept { Ok(()) } else { Err(VaultError::NotKept { store: self.store() }) }
    }
}

const TRIAL: &[u8] = b"twcred tries whether a secret can be kept here; this is none";

/// Which kind of store keeps a secret. A profile remembers its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// The Secret Service of the desktop session, over D-Bus: GNOME Keyring, `KWallet`, `KeePassXC`.
    SecretService,
    /// The Keychain of macOS.
    MacosKeychain,
    /// The Credential Manager of Windows.
    CredentialManager,
    /// Plain text in a file that its owner alone may read.
    File,
}

const STORES: [Store; 4] = [Store::SecretService, Store::MacosKeychain, Store::CredentialManager, Store::File];

impl Store {
    /// The word for it in `profiles.toml` and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SecretService => "secret-service",
            Self::MacosKeychain => "macos-keychain",
            Self::CredentialManager => "credential-manager",
            Self::File => "file",
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SecretService => "Secret Service",
            Self::MacosKeychain => "macOS Keychain",
            Self::CredentialManager => "Windows Credential Manager",
            Self::File => "file",
        })
    }
}

impl<'de> Deserialize<'de> for Store {
    /// The word that is none is not repeated.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STORES.into_iter().find(|store| store.word() == text).ok_or_else(|| {
            let known = STORES.map(Store::word).join(", ");
            serde::de::Error::custom(format!("there is no such store; known are {known}"))
        })
    }
}

/// The name of one value in a store: the profile's name and twelve random digits. Each value has a name of its own, so
/// that a write which is carried out late can never take the place of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryName(Box<str>);

/// A text that is no entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no name that twcred gave to an entry")]
pub struct EntryNameError;

impl EntryName {
    /// A name for a new value.
    #[must_use]
    pub fn new(profile: &ProfileName, random: [u8; 6]) -> Self {
        Self(format!("{profile}.{}", hex(&random)).into())
    }

    /// Whether it is one of this profile's.
    #[must_use]
    pub fn is_of(&self, profile: &ProfileName) -> bool {
        self.0.rsplit_once('.').is_some_and(|(name, _)| name == profile.as_str())
    }

    /// The profile whose it is; nothing for what is stored only to see whether something can be.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(name, _)| name)
    }

    /// The name of what is stored only to see whether something can be. No profile's value has it: it has no digits.
    pub(super) fn trial() -> Self {
        Self("trial".into())
    }

    /// The name as text. It can be the name of a file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EntryName {
    type Err = EntryNameError;
    fn from_str(text: &str) -> Result<Self, EntryNameError> {
        let (name, digits) = text.rsplit_once('.').ok_or(EntryNameError)?;
        let random = digits.len() == 12 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if random && ProfileName::parse(name).is_ok() { Ok(Self(text.into())) } else { Err(EntryNameError) }
    }
}

impl TryFrom<String> for EntryName {
    type Error = EntryNameError;
    fn try_from(text: String) -> Result<Self, EntryNameError> {
        text.parse()
    }
}

impl From<EntryName> for String {
    fn from(name: EntryName) -> Self {
        name.0.into()
    }
}

/// Why a store did not do what was asked. It never holds a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is none, or it could not keep anything.
    #[error("there is no {store} here that keeps secrets: {why}")]
    Missing {
        /// Which.
        store: Store,
        /// What is missing.
        why: String,
    },
    /// It is locked, and nobody unlocked it.
    #[error("the {store} is locked, and was not unlocked")]
    Locked {
        /// Which.
        store: Store,
    },
    /// It did not answer in time, now or earlier in this run. What it was asked last may still be carried out.
    #[error("the {store} did not answer within {} s when it was asked to {doing}", after.as_secs())]
    Silent {
        /// Which.
        store: Store,
        /// What it was asked.
        doing: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// The run was told to end while the store was being waited for.
    #[error("the {store} was not waited for to {doing}: the run is to end")]
    Stopped {
        /// Which.
        store: Store,
        /// What it was asked.
        doing: &'static str,
    },
    /// It took a value and does not give it back.
    #[error("the {store} does not give back what was stored in it")]
    NotKept {
        /// Which.
        store: Store,
    },
    /// It has several entries of one name.
    #[error(
        "the {store} has several entries of one name, {entry}{}: which of them is right cannot be told",
        entry.profile().map(|name| format!(", of the profile `{name}`")).unwrap_or_default()
    )]
    Several {
        /// Which.
        store: Store,
        /// The name.
        entry: EntryName,
    },
    /// It said no.
    #[error("the {store} cannot {doing}: {why}")]
    Failed {
        /// Which.
        store: Store,
        /// What it was asked.
        doing: &'static str,
        /// What it said.
        why: String,
    },
    /// The file of an entry cannot be written or read.
    #[error(transparent)]
    File(#[from] file::Error),
    /// The file of an entry, or the folder, is not this user's alone: the secret in it is not used.
    #[error("{path} {why}; it is to hold a secret, and is not used")]
    Unguarded {
        /// The file or the folder.
        path: PathBuf,
        /// What stands against it.
        why: Unguarded,
    },
    /// The folder of the entries cannot be used.
    #[error(transparent)]
    Folder(#[from] paths::Error),
}

/// Why a file or folder is not its user's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unguarded {
    /// Somebody else may lead a link elsewhere, and what is removed through one is another file.
    #[error("is a symbolic link")]
    Link,
    /// Its owner may read and change it.
    #[error("belongs to user {uid}, and this process runs as user {ours}")]
    Owner {
        /// The user it belongs to.
        uid: u32,
        /// The user this process runs as.
        ours: u32,
    },
    /// Its mode lets others in.
    #[error("is open to others (mode {mode:04o})")]
    Mode {
        /// Its permission bits.
        mode: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_after_its_profile_and_stays_in_its_folder() {
        let name = ProfileName::parse("acme.eu").unwrap();
        let entry = EntryName::new(&name, [0xab; 6]);
        assert_eq!(entry.as_str(), "acme.eu.abababababab");
        assert_eq!("acme.eu.abababababab".parse::<EntryName>(), Ok(entry));
        for bad in ["", "acme", "../x.abababababab", "a/b.abababababab", ".abababababab", "acme.ABABABABABAB", "trial"]
        {
            assert!(bad.parse::<EntryName>().is_err(), "{bad}");
        }
    }
}
