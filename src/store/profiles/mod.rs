//! Profiles: which credentials the user has by name, and the secret of each in a store of its own.
//!
//! Two things are kept: `profiles.toml`, which holds no secret, and one entry for each profile in a store ([`Vault`]),
//! which holds the whole credential. The file points to the entry by name, and an entry is never written twice: a new
//! credential gets a new entry, then the file is replaced, then the old entry is taken out. So at every instant, and
//! whatever dies, a profile leads to one whole credential, the old or the new. What may be left of it in a store is
//! noted in the file *before* it is made, and taken out by the next change.
//!
//! That also settles a store that does not answer in time: whether it carries the write out later is not known, and
//! does not matter, since nothing points to what it writes.

mod book;
mod entry;
mod vault;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::time::Timestamp;
use crate::model::{Credential, ProfileName};
use crate::store::file::{self, Snapshot};
use crate::store::lock::{Lock, LockError, Owner};
use crate::store::paths;

pub use book::{Book, Leftover, Profile};
pub use vault::{EntryName, EntryNameError, Store, Vault, VaultError};

use vault::Files;

/// How long another run may have the profiles in its hands.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the file is read anew when other runs change it under our hands.
const TRIES: usize = 3;

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
    /// The credential.
    pub credential: &'a Credential,
    /// Where it is good.
    pub site: &'a Site,
    /// Which store keeps the secret: [`Store::File`], or the keyring's own.
    pub store: Store,
    /// Whether the profile becomes the active one if there is no active one.
    pub activate: bool,
}

/// Why a profile could not be read or kept. It never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `profiles.toml` is not what it should be.
    #[error("{path}, line {line}, column {column}: {why}")]
    Book {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// Every user may write `profiles.toml`, and choose which credential is used.
    #[error("{path} can be written by every user (mode {mode:04o})")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no such profile.
    #[error("there is no profile `{name}` in {path}")]
    NoSuch {
        /// The name.
        name: ProfileName,
        /// The file.
        path: PathBuf,
    },
    /// The secret is in a store of another platform.
    #[error("the secret of the profile `{name}` is in the {store}, which this machine does not have")]
    Elsewhere {
        /// The profile.
        name: ProfileName,
        /// The store.
        store: Store,
    },
    /// The store does not have the profile's entry.
    #[error("the secret of the profile `{name}` is gone: there is no {place}")]
    Gone {
        /// The profile.
        name: ProfileName,
        /// The entry or file.
        place: String,
    },
    /// The entry does not hold the profile's credential.
    #[error("the secret of the profile `{name}` cannot be used ({place}): {why}")]
    Entry {
        /// The profile.
        name: ProfileName,
        /// The entry or file.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// `profiles.toml` cannot be read or written.
    #[error(transparent)]
    File(#[from] file::Error),
    /// Its folder cannot be used.
    #[error(transparent)]
    Folder(#[from] paths::Error),
    /// Another run has the profiles in its hands.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system has no random bytes.
    #[error("no random bytes")]
    Random(#[source] io::Error),
}

/// The file in the hands of one run, which holds its lock.
struct Draft {
    path: PathBuf,
    seen: Option<Snapshot>,
    book: Book,
    _lock: Lock,
}

impl Draft {
    /// Puts the book in the file's place, durably.
    fn write(&mut self) -> Result<(), Error> {
        // What is made of strings and moments can always be written.
        let text = self.book.text().map_err(|error| Error::Book {
            path: self.path.clone(),
            line: 1,
            column: 1,
            why: error.to_string(),
        })?;
        let seen = match &self.seen {
            Some(seen) => file::replace(seen, text.as_bytes())?,
            None => file::create(&self.path, text.as_bytes())?,
        };
        self.seen = Some(seen);
        Ok(())
    }

    /// Makes what is there durable: an earlier run may have been killed between the replacement and the sync.
    fn sync(&self) -> Result<(), Error> {
        if let Some(seen) = &self.seen {
            file::replace(seen, seen.bytes())?;
        }
        Ok(())
    }
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
        if seen.mode() & 0o002 != 0 {
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
            let unusable = |why| Error::Entry { name: name.clone(), place, why };
            return match entry::decode(&value) {
                Ok(credential) if profile.describes(&credential) => Ok((profile, credential)),
                Ok(_) => Err(unusable("it holds another credential than the profile's")),
                Err(why) => Err(unusable(why)),
            };
        }
        Err(LockError::Held { owner: None }.into())
    }

    /// Says whether a credential could be kept in a store, and the file written: both are tried out, and nothing is left.
    ///
    /// # Errors
    /// What stands against it.
    pub fn probe(&self, store: Store) -> Result<(), Error> {
        let draft = self.draft()?;
        if let Some(seen) = &draft.seen {
            file::probe_replace(seen)?;
        }
        match self.vault(store) {
            Some(vault) => Ok(vault.trial()?),
            None => Err(VaultError::Missing { store, why: "this machine has another".to_owned() }.into()),
        }
    }

    /// Takes the lock, and reads the file under it.
    fn draft(&self) -> Result<Draft, Error> {
        let folder = &self.0.setup.folder;
        paths::ensure(folder)?;
        let lock = Lock::acquire_at(&folder.join("profiles.lock"), &self.0.setup.owner, PATIENCE)?;
        let path = self.path();
        // What a killed run left beside the file.
        file::sweep(&path)?;
        let (book, seen) = self.read()?;
        Ok(Draft { path, seen, book, _lock: lock })
    }

    /// Keeps a credential under a name, durably: the profile is made, or its credential replaced. What the profile was
    /// before is looked at by `guard` first, under the lock. Keeping what is kept already changes nothing.
    ///
    /// Killed at any point, the profile is what it was or what it was to be. After an error it is what it was.
    ///
    /// # Errors
    /// Those of `guard`; else what stood against it.
    pub fn keep<E: From<Error>>(
        &self,
        kept: &Kept<'_>,
        guard: impl FnOnce(Option<&Profile>) -> Result<(), E>,
    ) -> Result<Profile, E> {
        let mut draft = self.draft()?;
        let old = draft.book.profiles.get(kept.name).cloned();
        guard(old.as_ref())?;
        if let Some(old) = &old
            && self.holds(kept, old)
        {
            draft.sync()?;
            return Ok(old.clone());
        }
        Ok(self.replace(&mut draft, kept, old.as_ref())?)
    }

    /// Whether a profile is what is to be kept, down to the secret in the store that is asked for.
    fn holds(&self, kept: &Kept<'_>, old: &Profile) -> bool {
        let site = Site { endpoint: old.endpoint.clone(), region: old.region.clone(), edge: old.edge.clone() };
        old.store == kept.store
            && site == *kept.site
            && old.describes(kept.credential)
            && self.load(kept.name).is_ok_and(|(_, credential)| credential == *kept.credential)
    }

    fn replace(&self, draft: &mut Draft, kept: &Kept<'_>, old: Option<&Profile>) -> Result<Profile, Error> {
        let Kept { name, credential, site, store, activate } = kept;
        let vault = self.vault_of(name, *store)?;
        let now = (self.0.setup.clock)();
        let mut random = [0; 6];
        (self.0.setup.random)(&mut random).map_err(Error::Random)?;
        let entry = EntryName::new(name, random);
        let leftover =
            |store, entry: &EntryName| Leftover { profile: (*name).clone(), store, entry: entry.clone(), since: now };
        draft.book.leftovers.push(leftover(*store, &entry));
        draft.write()?;
        let value = entry::encode(credential);
        let stored = vault.put(&entry, &value).and_then(|()| match vault.get(&entry)? {
            Some(found) if found == value => Ok(()),
            _ => Err(VaultError::NotKept { store: *store }),
        });
        if let Err(error) = stored {
            // Best effort: what cannot be taken out now is noted, and is the next run's.
            self.sweep(draft);
            let _ = draft.write();
            return Err(error.into());
        }
        let profile = Profile {
            account: credential.account().clone(),
            key: credential.key().cloned(),
            fingerprint: credential.secret().fingerprint(),
            endpoint: site.endpoint.clone(),
            region: site.region.clone(),
            edge: site.edge.clone(),
            store: *store,
            entry: entry.clone(),
            added: old.map_or(now, |old| old.added),
        };
        draft.book.leftovers.retain(|left| left.entry != entry);
        if let Some(old) = old {
            draft.book.leftovers.push(leftover(old.store, &old.entry));
        }
        draft.book.profiles.insert((*name).clone(), profile.clone());
        if *activate && draft.book.active.is_none() {
            draft.book.active = Some((*name).clone());
        }
        draft.write()?;
        // The profile is kept: from here on nothing is an error.
        if self.sweep(draft) {
            let _ = draft.write();
        }
        Ok(profile)
    }

    /// Takes out of their stores what no profile is about. A store that does not let go of one is not asked again.
    /// Says whether anything was taken out.
    fn sweep(&self, draft: &mut Draft) -> bool {
        let before = draft.book.leftovers.len();
        let mut failing: Vec<Store> = Vec::new();
        draft.book.leftovers.retain(|left| {
            let Some(vault) = self.vault(left.store).filter(|_| !failing.contains(&left.store)) else { return true };
            let gone = vault.delete(&left.entry).is_ok();
            if !gone {
                failing.push(left.store);
            }
            !gone
        });
        draft.book.leftovers.len() < before
    }

    /// Makes a profile the active one.
    ///
    /// # Errors
    /// [`Error::NoSuch`], or if the file cannot be used.
    pub fn activate(&self, name: &ProfileName) -> Result<Profile, Error> {
        let mut draft = self.draft()?;
        let Some(profile) = draft.book.profiles.get(name).cloned() else {
            return Err(Error::NoSuch { name: name.clone(), path: self.path() });
        };
        draft.book.active = Some(name.clone());
        draft.write()?;
        Ok(profile)
    }

    /// Forgets a profile, and takes its secret out of the store. At Twilio nothing changes.
    ///
    /// The file comes first: a profile whose entry is gone would be in the way, an entry that no profile is about is
    /// noted. The second value says whether the store has let go of everything under that name.
    ///
    /// # Errors
    /// [`Error::NoSuch`] if there is neither a profile nor anything left of one; else if the file cannot be written.
    pub fn remove(&self, name: &ProfileName) -> Result<(Option<Profile>, Result<(), VaultError>), Error> {
        let mut draft = self.draft()?;
        let profile = draft.book.profiles.remove(name);
        match &profile {
            Some(profile) => draft.book.leftovers.push(Leftover {
                profile: name.clone(),
                store: profile.store,
                entry: profile.entry.clone(),
                since: (self.0.setup.clock)(),
            }),
            None if draft.book.leftovers.iter().any(|left| left.profile == *name) => {}
            None => return Err(Error::NoSuch { name: name.clone(), path: self.path() }),
        }
        if draft.book.active.as_ref() == Some(name) {
            draft.book.active = None;
        }
        draft.write()?;
        let mut result = Ok(());
        draft.book.leftovers.retain(|left| {
            if left.profile != *name || result.is_err() {
                return true;
            }
            result = match self.vault(left.store) {
                Some(vault) => vault.delete(&left.entry),
                None => Err(VaultError::Missing { store: left.store, why: "it is another machine's".to_owned() }),
            };
            result.is_err()
        });
        draft.write()?;
        Ok((profile, result))
    }
}

#[cfg(test)]
mod tests;
