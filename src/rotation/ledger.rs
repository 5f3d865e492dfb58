//! Every rotation this state directory knows: which are open, which one concerns a key, and each one's journal.

use super::Error;
use super::record::{Begun, Record};
use super::state::Rotation;
use crate::model::{AccountSid, KeySid, RotationId};
use crate::store::journal::{self, Journal};
use crate::store::lock::{Lock, LockError, Owner};
use crate::store::paths::StateDir;

/// The journals of a state directory.
#[derive(Debug, Clone)]
pub struct Ledger {
    dir: StateDir,
}

/// A journal that cannot be read, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// Whose journal it is.
    pub id: RotationId,
    /// What is wrong with it.
    pub error: journal::Error,
}

impl Ledger {
    /// The ledger of a state directory.
    #[must_use]
    pub fn new(dir: StateDir) -> Self {
        Self { dir }
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &StateDir {
        &self.dir
    }

    /// Reads one rotation of a key without taking it up. `None` if its journal is empty: nothing was begun; or if it is
    /// that of a token's rotation.
    ///
    /// # Errors
    /// If there is no such journal, or it is broken.
    pub fn read(&self, id: &RotationId) -> Result<Option<(Rotation, Vec<Record>)>, journal::Error> {
        let records = match journal::read::<Record>(&self.dir.journal(id)) {
            Ok(records) => records,
            Err(journal::Error::Empty { .. }) => return Ok(None),
            // The journal of a token's rotation, which is told of elsewhere.
            Err(journal::Error::Broken { line: 1, .. }) if self.is_token(id) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Rotation::replay(&records).map(|rotation| (rotation, records)))
    }

    /// Every rotation of a key, oldest first, and every journal that cannot be read.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn all(&self) -> Result<(Vec<Rotation>, Vec<Unreadable>), Error> {
        let mut rotations = Vec::new();
        let mut unreadable = Vec::new();
        for id in self.dir.rotations()? {
            match self.read(&id) {
                Ok(Some((rotation, _))) => rotations.push(rotation),
                Ok(None) | Err(journal::Error::Missing { .. }) => {}
                Err(error) => unreadable.push(Unreadable { id, error }),
            }
        }
        rotations.sort_by_key(|rotation| rotation.begun().at);
        Ok((rotations, unreadable))
    }

    /// The open rotation that replaces this key, or that made it, or that has one of these sinks in its hands: a
    /// target whose pair was exchanged by hand still belongs to the rotation that wrote it. One that is left out is in
    /// nobody's hands.
    ///
    /// # Errors
    /// If a journal is broken and may be that of this very key: then nothing may be begun.
    pub fn open_for(
        &self,
        endpoint: &str,
        account: &AccountSid,
        key: &KeySid,
        sinks: &[String],
    ) -> Result<Option<Rotation>, Error> {
        let concerned = |rotation: &Rotation| {
            let begun = rotation.begun();
            begun.endpoint == endpoint
                && begun.account == *account
                && (begun.old == *key
                    || rotation.new_key() == Some(key)
                    || rotation.places().iter().any(|place| !place.dropped && sinks.contains(&place.sink)))
        };
        let (rotations, unreadable) = self.all()?;
        for Unreadable { id, error } in unreadable {
            // What can still be read of a broken journal says whose it is; only if it is nobody else's does it stop us.
            let others = match journal::read_whole_part::<Record>(&self.dir.journal(&id)) {
                Ok(records) => Rotation::replay(&records).is_some_and(|rotation| !concerned(&rotation)),
                Err(_) => false,
            };
            if !others {
                return Err(Error::BrokenJournal { id, source: error });
            }
        }
        Ok(rotations.into_iter().rfind(|rotation| rotation.outcome().is_none() && concerned(rotation)))
    }

    /// Every sink that some rotation, open or ended, left this key in, or that a create which is not settled was to put it
    /// in. They may hold it still, or not any more.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn sinks_of(&self, endpoint: &str, key: &KeySid) -> Result<Vec<String>, Error> {
        let mut sinks = Vec::new();
        for rotation in self.all()?.0 {
            let begun = rotation.begun();
            if begun.endpoint == endpoint && (begun.old == *key || rotation.new_key() == Some(key)) {
                sinks.extend(rotation.places().iter().map(|place| place.sink.clone()));
            }
        }
        for create in self.creates(None)?.0 {
            if create.begun().endpoint == endpoint && create.made() == Some(key) {
                sinks.extend(create.told().map(ToOwned::to_owned));
            }
        }
        sinks.sort();
        sinks.dedup();
        Ok(sinks)
    }

    /// The sinks beside those of a rotation in which another left its old key.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn others(&self, rotation: &Rotation) -> Result<Vec<String>, Error> {
        let mut known = self.sinks_of(&rotation.begun().endpoint, &rotation.begun().old)?;
        known.retain(|name| !rotation.places().iter().any(|place| place.sink == *name));
        Ok(known)
    }

    /// Whether a rotation has its journal here.
    #[must_use]
    pub fn knows(&self, id: &RotationId) -> bool {
        matches!(self.read(id), Ok(Some(_)))
    }

    /// Takes a rotation up: its journal, torn tail cut off, ready to be appended to.
    ///
    /// # Errors
    /// If there is no such journal, or it is broken.
    pub fn resume(&self, id: &RotationId) -> Result<(Journal<Record>, Rotation), Error> {
        let broken = |source| Error::BrokenJournal { id: id.clone(), source };
        let path = self.dir.journal(id);
        let (journal, records) = Journal::open(&path).map_err(broken)?;
        let rotation = Rotation::replay(&records);
        let rotation = rotation.ok_or_else(|| {
            broken(journal::Error::Broken { path, line: 1, why: "it is not the beginning of a rotation".into() })
        })?;
        Ok((journal, rotation))
    }

    /// Writes a new rotation's first record, durably.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn begin(&self, begun: &Begun) -> Result<(Journal<Record>, Rotation), Error> {
        let journal = Journal::create(&self.dir.journal(&begun.id), &Record::Begun(begun.clone()))?;
        Ok((journal, Rotation::new(begun.clone())))
    }

    /// Takes the lock of a key; another run that has it is named in the error.
    ///
    /// # Errors
    /// [`Error::Locked`] if another run holds it.
    pub fn lock(&self, account: &AccountSid, key: &KeySid, owner: &Owner) -> Result<Lock, Error> {
        Lock::acquire(&self.dir, &format!("{account}-{key}"), owner).map_err(|error| match error {
            LockError::Held { owner } => Error::Locked { key: key.clone(), owner },
            other @ LockError::Io { .. } => Error::Lock(other),
        })
    }
}
