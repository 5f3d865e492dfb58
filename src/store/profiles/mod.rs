//! Profiles: which credentials the user has by name, and the secret of each in a store of its own.
//!
//! Two things are kept: `profiles.toml`, which holds no secret, and one entry for each profile in a store ([`Vault`]),
//! which holds the whole credential. The file points to the entry by name, and an entry is never written twice: a new
//! credential gets a new entry, then the file is replaced, then the old entry is taken out. So at every instant, and
//! whatever dies, a profile leads to one whole credential, the old or the new. What may be left of it in a store is
//! noted in the file *before* it is made, and taken out by the next change, unless somebody may need it ([`Claims`]).
//!
//! That also settles a store that does not answer in time: whether it carries the write out later is not known, and
//! does not matter, since nothing points to what it writes.

mod book;
mod change;
mod entry;
mod error;
mod files;
mod vault;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::time::Timestamp;
use crate::model::{Credential, ProfileName};
use crate::store::file::{self, Snapshot};
use crate::store::lock::{LockError, Owner};

pub use book::{Book, Leftover, Profile};
pub use change::Removed;
pub use entry::Contents;
pub use error::Error;
pub use vault::{EntryName, EntryNameError, Store, Unguarded, Vault, VaultError};

use files::Files;

/// How often the file is read anew when other runs change it under our hands.
const TRIES: usize = 3;

/// What is under way on profiles beside this run.
pub trait Claims: fmt::Debug + Send + Sync {
    /// The profiles that a run which was cut off may have left a secret for that nothing else holds. What is left of them
    /// in a store stays. `None` if that is not known: then nothing is taken out.
    fn profiles(&self) -> Option<BTreeSet<ProfileName>>;
}

/// Those that are known beforehand.
impl Claims for BTreeSet<ProfileName> {
    fn profiles(&self) -> Option<BTreeSet<ProfileName>> {
        Some(self.clone())
    }
}

/// What profiles need of the world.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The folder of the configuration; it is made when something is first kept.
    pub folder: PathBuf,
    /// The keyring.
    pub keyring: Arc<dyn Vault>,
    /// The time.
    pub clock: fn() -> Timestamp,
    /// Fills a buffer with random bytes.
    pub random: fn(&mut [u8]) -> io::Result<()>,
    /// Who runs, for the lock.
    pub owner: Owner,
    /// Which profiles others have in their hands.
    pub claims: Arc<dyn Claims>,
}

/// The profiles of a user. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Profiles(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    setup: Setup,
    files: Files,
}

/// Where a profile's credential is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The Twilio it was tried at.
    pub endpoint: String,
    /// The region to ask in.
    pub region: Option<String>,
    /// The edge to ask at.
    pub edge: Option<String>,
}

/// What is to be kept under a name.
#[derive(Debug)]
pub struct Kept<'a> {
    /// The name.
    pub name: &'a ProfileName,
    /// The credential, and what stands beside it.
    pub contents: &'a Contents,
    /// Where it is good.
    pub site: &'a Site,
    /// Which store keeps the secret: [`Store::File`], or the keyring's own.
    pub store: Store,
    /// Whether the profile becomes the active one if there is no active one.
    pub activate: bool,
}

impl Profiles {
    /// The profiles of a folder. Nothing is read or made yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let files = Files::new(setup.folder.join("secrets"));
        Self(Arc::new(Inner { setup, files }))
    }

    /// The file that says which profiles there are.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.setup.folder.join("profiles.toml")
    }

    /// The store that the keyring of this machine is.
    #[must_use]
    pub fn keyring(&self) -> Store {
        self.0.setup.keyring.store()
    }

    /// Every profile. No store is asked.
    ///
    /// # Errors
    /// If the file cannot be read or understood. One that is not there has no profiles.
    pub fn book(&self) -> Result<Book, Error> {
        self.read().map(|(book, _)| book)
    }

    fn read(&self) -> Result<(Book, Option<Snapshot>), Error> {
        let path = self.path();
        let seen = match file::read(&path) {
            Ok(seen) => seen,
            Err(file::Error::Missing { .. }) => return Ok((Book::default(), None)),
            Err(error) => return Err(error.into()),
        };
        if seen.mode() & 0o022 != 0 {
            return Err(Error::Open { path, mode: seen.mode() });
        }
        let fault = |line, column, why| Error::Book { path: path.clone(), line, column, why };
        let text = std::str::from_utf8(seen.bytes()).map_err(|error| {
            let before = &seen.bytes()[..error.valid_up_to()];
            fault(before.split(|byte| *byte == b'\n').count(), 1, "it is not UTF-8".to_owned())
        })?;
        let book = Book::parse(text).map_err(|at| fault(at.line, at.column, at.why))?;
        Ok((book, Some(seen)))
    }

    /// One profile. No store is asked.
    ///
    /// # Errors
    /// [`Error::NoSuch`], or if the file cannot be used.
    pub fn profile(&self, name: &ProfileName) -> Result<Profile, Error> {
        let mut book = self.book()?;
        book.profiles.remove(name).ok_or_else(|| Error::NoSuch { name: name.clone(), path: self.path() })
    }

    /// Where a profile's secret is, for people.
    #[must_use]
    pub fn place(&self, profile: &Profile) -> String {
        match self.vault(profile.store) {
            Some(vault) => vault.place(&profile.entry),
            None => profile.store.to_string(),
        }
    }

    fn vault(&self, store: Store) -> Option<&dyn Vault> {
        let keyring = self.0.setup.keyring.as_ref();
        match store {
            Store::File => Some(&self.0.files),
            store if store == keyring.store() => Some(keyring),
            _ => None,
        }
    }

    fn vault_of(&self, name: &ProfileName, store: Store) -> Result<&dyn Vault, Error> {
        self.vault(store).ok_or_else(|| Error::Elsewhere { name: name.clone(), store })
    }

    /// Reads a profile's credential out of its store.
    ///
    /// # Errors
    /// [`Error::Gone`] and [`Error::Entry`] if the store does not hold it; else if the store cannot be asked.
    pub fn load(&self, name: &ProfileName) -> Result<(Profile, Credential), Error> {
        self.load_all(name).map(|(profile, contents)| (profile, contents.credential))
    }

    /// What stores hold that was to become a profile, or was one: the contents of every entry that is noted under the name
    /// and is there. `None` if none is noted: then nothing was begun, or it came to its end.
    ///
    /// # Errors
    /// If a store cannot be asked, or an entry is not whole.
    pub fn left(&self, name: &ProfileName) -> Result<Option<Vec<Contents>>, Error> {
        let noted = self.book()?.leftovers.into_iter().filter(|left| left.profile == *name).collect::<Vec<_>>();
        let mut found = Vec::new();
        for left in &noted {
            let vault = self.vault_of(name, left.store)?;
            let Some(value) = vault.get(&left.entry)? else { continue };
            let contents = entry::decode(&value).map_err(|why| Error::Entry {
                name: name.clone(),
                place: format!("entry {} in the {}", left.entry, left.store),
                why,
                whole: why == entry::OTHER_VERSION,
            });
            found.push(contents?);
        }
        Ok((!noted.is_empty()).then_some(found))
    }

    /// The same with the tokens that stand beside it.
    ///
    /// # Errors
    /// As [`Profiles::load`].
    pub fn load_all(&self, name: &ProfileName) -> Result<(Profile, Contents), Error> {
        let mut profile = self.profile(name)?;
        for _ in 0..TRIES {
            let vault = self.vault_of(name, profile.store)?;
            let value = vault.get(&profile.entry)?;
            let place = match profile.store {
                Store::File => vault.place(&profile.entry),
                store => format!("entry {} in the {store}", profile.entry),
            };
            let Some(value) = value else {
                // Another run may have replaced it since the file was read.
                let now = self.profile(name)?;
                if now.entry == profile.entry {
                    return Err(Error::Gone { name: name.clone(), place });
                }
                profile = now;
                continue;
            };
            let unusable = |why, whole| Error::Entry { name: name.clone(), place, why, whole };
            return match entry::decode(&value) {
                Ok(contents) if profile.describes(&contents.credential) => Ok((profile, contents)),
                Ok(_) => Err(unusable("it holds another credential than the profile's", true)),
                Err(why) => Err(unusable(why, why == entry::OTHER_VERSION)),
            };
        }
        Err(LockError::Held { owner: None }.into())
    }
}

#[cfg(test)]
mod tests;
