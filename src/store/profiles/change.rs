//! Changing profiles: the order of writes, such that nothing is lost wherever it ends.

use std::path::PathBuf;
use std::time::Duration;

use super::{Book, EntryName, Error, Kept, Leftover, Profile, Profiles, Site, Store, Vault, VaultError, entry};
use crate::model::ProfileName;
use crate::store::file::{self, Snapshot};
use crate::store::lock::Lock;
use crate::store::paths;

/// How long another run may have the profiles in its hands.
const PATIENCE: Duration = Duration::from_secs(10);

/// What [`Profiles::remove`] came to.
#[derive(Debug)]
pub struct Removed {
    /// The profile, if there was one.
    pub profile: Option<Profile>,
    /// Whether it was the active one.
    pub was_active: bool,
    /// Whether the store has let go of everything under that name.
    pub taken: Result<(), VaultError>,
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
        self.keep_at(kept, None, guard)
    }

    /// The same under a name of an entry that was noted beforehand, see [`Profiles::announce`].
    ///
    /// # Errors
    /// As [`Profiles::keep`].
    pub fn keep_at<E: From<Error>>(
        &self,
        kept: &Kept<'_>,
        noted: Option<EntryName>,
        guard: impl FnOnce(Option<&Profile>) -> Result<(), E>,
    ) -> Result<Profile, E> {
        let mut draft = self.draft()?;
        let old = draft.book.profiles.get(kept.name).cloned();
        guard(old.as_ref())?;
        if let Some(old) = &old
            && self.holds(kept, old)
        {
            // What an earlier run was killed before taking out of its store.
            let value = entry::encode(kept.contents);
            if self.sweep(&mut draft, |left, vault| is_copy(left, vault, kept.name, &value)) {
                draft.write()?;
            } else {
                draft.sync()?;
            }
            return Ok(old.clone());
        }
        Ok(self.replace(&mut draft, kept, noted, old.as_ref())?)
    }

    /// Whether a profile is what is to be kept, down to the secret in the store that is asked for.
    fn holds(&self, kept: &Kept<'_>, old: &Profile) -> bool {
        let site = Site { endpoint: old.endpoint.clone(), region: old.region.clone(), edge: old.edge.clone() };
        old.store == kept.store
            && site == *kept.site
            && old.describes(&kept.contents.credential)
            && self.load_all(kept.name).is_ok_and(|(_, contents)| contents == *kept.contents)
    }

    /// Notes, durably, that a secret may come to be kept under a name, and says in which entry. From then on
    /// [`Profiles::left`] tells a profile that was never made from one that was made and is gone.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn announce(&self, name: &ProfileName, store: Store) -> Result<EntryName, Error> {
        let mut draft = self.draft()?;
        self.note(&mut draft, name, store)
    }

    fn note(&self, draft: &mut Draft, name: &ProfileName, store: Store) -> Result<EntryName, Error> {
        let mut random = [0; 6];
        (self.0.setup.random)(&mut random).map_err(Error::Random)?;
        let entry = EntryName::new(name, random);
        let since = (self.0.setup.clock)();
        draft.book.leftovers.push(Leftover { profile: name.clone(), store, entry: entry.clone(), since });
        draft.write()?;
        Ok(entry)
    }

    fn replace(
        &self,
        draft: &mut Draft,
        kept: &Kept<'_>,
        noted: Option<EntryName>,
        old: Option<&Profile>,
    ) -> Result<Profile, Error> {
        let Kept { name, contents, site, store, activate } = kept;
        let credential = &contents.credential;
        let vault = self.vault_of(name, *store)?;
        let now = (self.0.setup.clock)();
        let is_noted = |entry: &EntryName| draft.book.leftovers.iter().any(|left| left.entry == *entry);
        let entry = match noted.filter(is_noted) {
            Some(entry) => entry,
            None => self.note(draft, name, *store)?,
        };
        let value = entry::encode(contents);
        let stored = vault.put(&entry, &value).and_then(|()| match vault.get(&entry)? {
            Some(found) if found == value => Ok(()),
            _ => Err(VaultError::NotKept { store: *store }),
        });
        if let Err(error) = stored {
            // Best effort: what cannot be taken out now is noted, and is the next run's. Whoever claims the profile is to
            // know that nothing came of it: the note stays.
            let _ = vault.delete(&entry);
            self.sweep(draft, |_, _| false);
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
            let (profile, entry) = ((*name).clone(), old.entry.clone());
            draft.book.leftovers.push(Leftover { profile, store: old.store, entry, since: now });
        }
        draft.book.profiles.insert((*name).clone(), profile.clone());
        if *activate && draft.book.active.is_none() {
            draft.book.active = Some((*name).clone());
        }
        draft.write()?;
        // The profile is kept: from here on nothing is an error.
        if self.sweep(draft, |left, vault| is_copy(left, vault, name, &value)) {
            let _ = draft.write();
        }
        Ok(profile)
    }

    /// Takes out of their stores what no profile is about and nobody else may need, or what is `spare` whoever may need
    /// it. A store that does not let go of one is not asked again. Says whether anything was taken out.
    fn sweep(&self, draft: &mut Draft, spare: impl Fn(&Leftover, &dyn Vault) -> bool) -> bool {
        let before = draft.book.leftovers.len();
        if before == 0 {
            return false;
        }
        let claimed = self.0.setup.claims.profiles();
        let is_claimed = |left: &Leftover| claimed.as_ref().is_none_or(|names| names.contains(&left.profile));
        let mut failing: Vec<Store> = Vec::new();
        draft.book.leftovers.retain(|left| {
            let Some(vault) = self.vault(left.store).filter(|_| !failing.contains(&left.store)) else { return true };
            if is_claimed(left) && !spare(left, vault) {
                return true;
            }
            let gone = vault.delete(&left.entry).is_ok();
            if !gone {
                failing.push(left.store);
            }
            !gone
        });
        draft.book.leftovers.len() < before
    }

    /// Takes out of their stores what no profile is about and nobody may need any more, where anything is noted under this
    /// name. For whoever claimed the name until now.
    ///
    /// # Errors
    /// If the file cannot be used. That a store does not let go of something is none: it stays noted.
    pub fn tidy(&self, name: &ProfileName) -> Result<(), Error> {
        if !self.book()?.leftovers.iter().any(|left| left.profile == *name) {
            return Ok(());
        }
        let mut draft = self.draft()?;
        if self.sweep(&mut draft, |_, _| false) {
            draft.write()?;
        }
        Ok(())
    }

    /// Makes a profile the active one, and takes out of their stores what nobody may need any more, as every change does.
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
        if self.sweep(&mut draft, |_, _| false) {
            let _ = draft.write();
        }
        Ok(profile)
    }

    /// Forgets a profile, and takes its secret out of the store. At Twilio nothing changes. What the profile is now is
    /// looked at by `guard` first, under the lock: another run may have given it a secret that nothing else holds.
    ///
    /// The file comes first: a profile whose entry is gone would be in the way, an entry that no profile is about is
    /// noted.
    ///
    /// # Errors
    /// Those of `guard`; [`Error::NoSuch`] if there is neither a profile nor anything left of one; else if the file cannot
    /// be written.
    pub fn remove<E: From<Error>>(
        &self,
        name: &ProfileName,
        guard: impl FnOnce(Option<&Profile>) -> Result<(), E>,
    ) -> Result<Removed, E> {
        let mut draft = self.draft()?;
        guard(draft.book.profiles.get(name))?;
        Ok(self.take_out(&mut draft, name)?)
    }

    fn take_out(&self, draft: &mut Draft, name: &ProfileName) -> Result<Removed, Error> {
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
        let was_active = draft.book.active.as_ref() == Some(name);
        if was_active {
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
        Ok(Removed { profile, was_active, taken: result })
    }
}

/// Whether what is left of a profile is what the profile itself holds.
fn is_copy(left: &Leftover, vault: &dyn Vault, name: &ProfileName, value: &[u8]) -> bool {
    left.profile == *name && vault.get(&left.entry).is_ok_and(|found| found.is_some_and(|found| **found == *value))
}
