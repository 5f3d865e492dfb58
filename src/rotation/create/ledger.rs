//! The creates in the ledger, beside the rotations.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::record::{Begun, Create, Record};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid, Marker};
use crate::rotation::Error;
use crate::rotation::ledger::{Ledger, Unreadable};
use crate::sinks::{Spec, Target};
use crate::store::file;
use crate::store::journal::{self, Journal};
use crate::store::lock::{Lock, LockError, Owner};

/// How long one create waits for another of the same account, which takes a few requests.
const PATIENCE: Duration = Duration::from_secs(30);

/// The journal of the create that is under way.
#[derive(Debug)]
pub struct Open {
    journal: Journal<Record>,
    begun: Begun,
}

impl Open {
    /// Notes that the create was answered. To lose this costs nothing: the list of keys says it as well.
    pub fn made(&mut self, at: Timestamp, sid: &KeySid) {
        let _ = self.journal.append_lazily(&Record::Made { at, sid: sid.clone() });
    }

    /// Notes, durably, that a sink is about to be told the pair.
    ///
    /// # Errors
    /// If it cannot be written; the sink must not be told then.
    pub fn storing(&mut self, at: Timestamp, sink: usize) -> Result<(), Error> {
        Ok(self.journal.append(&Record::Storing { at, sink })?)
    }

    /// Notes, durably, that the secret is about to be printed.
    ///
    /// # Errors
    /// If it cannot be written; the secret must not be printed then.
    pub fn showing(&mut self, at: Timestamp) -> Result<(), Error> {
        Ok(self.journal.append(&Record::Showing { at })?)
    }

    /// Removes the journal: nothing is left to be settled, and what a write has left of the pair beside a file goes. That it comes back after a loss of power does no harm: what it
    /// tells of is found settled.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn end(self) -> Result<(), Error> {
        forget(&self.begun);
        end(self.journal.path())
    }
}

/// Takes away what killed runs of a create left beside its files. What cannot be taken away now is no reason to keep the
/// journal: the pair has its place, or is revoked.
fn forget(begun: &Begun) {
    let specs = begun.sinks.iter().filter_map(|name| Spec::parse(name).ok());
    for spec in specs.filter(|spec| spec.kind().target == Target::File) {
        let _ = file::forget(spec.target().as_ref(), &begun.id);
    }
}

fn end(path: &Path) -> Result<(), Error> {
    Ok(journal::forget(path)?)
}

impl Ledger {
    /// The creates that are not settled, of one account or of all, oldest first, and the journals that cannot be read.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn creates(&self, account: Option<&AccountSid>) -> Result<(Vec<Create>, Vec<Unreadable>), Error> {
        let (mut creates, mut unreadable) = (Vec::new(), Vec::new());
        for (of, id) in self.dir().creates()? {
            if account.is_some_and(|account| *account != of) {
                continue;
            }
            match journal::read::<Record>(&self.dir().create(&of, &id)) {
                Ok(records) => creates.extend(Create::replay(&records)),
                Err(journal::Error::Missing { .. } | journal::Error::Empty { .. }) => {}
                Err(error) => unreadable.push(Unreadable { id, error }),
            }
        }
        creates.sort_by_key(|create| create.begun().at);
        Ok((creates, unreadable))
    }

    /// The records of a create.
    ///
    /// # Errors
    /// If there is no such journal, or it is broken.
    pub fn create_records(&self, create: &Create) -> Result<Vec<Record>, journal::Error> {
        journal::read(&self.create_path(create))
    }

    /// Writes the first record of a create, durably. Whoever does holds [`Ledger::lock_creates`] of the account.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn begin_create(&self, begun: &Begun) -> Result<Open, Error> {
        self.dir().make_creates()?;
        let path = self.dir().create(&begun.account, &begun.id);
        Ok(Open { journal: Journal::create(&path, &Record::Begun(begun.clone()))?, begun: begun.clone() })
    }

    /// Notes, durably, that a run which settles a create is about to tell a sink the pair, unless that was noted before.
    /// Whoever does holds [`Ledger::lock_creates`] of the account.
    ///
    /// # Errors
    /// If it cannot be written; the sink must not be told then.
    pub fn tell_create(&self, create: &Create, at: Timestamp, sink: usize) -> Result<(), Error> {
        if create.has_told(sink) {
            return Ok(());
        }
        let (mut journal, _) = Journal::<Record>::open(&self.create_path(create))?;
        Ok(journal.append(&Record::Storing { at, sink })?)
    }

    /// Removes what runs left that were killed before their first record was durable: they had asked for nothing. Whoever
    /// does holds [`Ledger::lock_creates`] of the account.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn sweep_creates(&self, account: &AccountSid) -> Result<(), Error> {
        for (of, id) in self.dir().creates()? {
            let path = self.dir().create(&of, &id);
            if of == *account && matches!(journal::read::<Record>(&path), Err(journal::Error::Empty { .. })) {
                end(&path)?;
            }
        }
        Ok(())
    }

    /// Removes the journal of a create that is settled, after what killed runs of it left beside its files: nothing else
    /// ever takes that away.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn end_create(&self, create: &Create) -> Result<(), Error> {
        forget(create.begun());
        end(&self.create_path(create))
    }

    /// Removes the journal of the create that made a key, of which somebody has decided: it is named, or ended. Its marker is
    /// the one that the key bore, if it bore one. A create that is under way keeps its journal.
    ///
    /// # Errors
    /// If the directory cannot be read, or the journal cannot be removed.
    pub fn end_create_of(
        &self,
        endpoint: &str,
        account: &AccountSid,
        (key, marker): (&KeySid, Option<&Marker>),
        owner: &Owner,
    ) -> Result<(), Error> {
        let _lock = match self.take_creates(account, owner, Duration::ZERO) {
            Err(Error::CreateLocked { .. }) => return Ok(()),
            lock => lock?,
        };
        let is_it = |create: &Create| create.made() == Some(key) || Some(&create.marker()) == marker;
        let (creates, _) = self.creates(Some(account))?;
        creates
            .iter()
            .filter(|create| create.begun().endpoint == endpoint && is_it(create))
            .try_for_each(|create| self.end_create(create))
    }

    /// The journal of a create.
    #[must_use]
    pub fn create_path(&self, create: &Create) -> PathBuf {
        let begun = create.begun();
        self.dir().create(&begun.account, &begun.id)
    }

    /// Takes the lock under which the keys of an account are made, one after the other; waits for the create before.
    ///
    /// # Errors
    /// [`Error::CreateLocked`] if another run holds it still.
    pub fn lock_creates(&self, account: &AccountSid, owner: &Owner) -> Result<Lock, Error> {
        self.take_creates(account, owner, PATIENCE)
    }

    /// Whether a run is making a key of the account just now, whose journal is not to be settled by others.
    #[must_use]
    pub fn is_creating(&self, account: &AccountSid, owner: &Owner) -> bool {
        matches!(self.take_creates(account, owner, Duration::ZERO), Err(Error::CreateLocked { .. }))
    }

    fn take_creates(&self, account: &AccountSid, owner: &Owner, patience: Duration) -> Result<Lock, Error> {
        let path = self.dir().lock(&format!("{account}-create"));
        Lock::acquire_at(&path, owner, patience).map_err(|error| match error {
            LockError::Held { owner } => Error::CreateLocked { account: account.clone(), owner },
            other @ LockError::Io { .. } => Error::Lock(other),
        })
    }
}
