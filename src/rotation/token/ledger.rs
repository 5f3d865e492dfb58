//! The rotations of tokens in the ledger, beside those of keys.

use serde::Deserialize;

use super::error::Error;
use super::record::{Begun, FIRST, Record};
use super::state::TokenRotation;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Fingerprint, RotationId};
use crate::rotation::ledger::{Ledger, Unreadable};
use crate::rotation::record::Outcome;
use crate::rotation::{self, Rotation};
use crate::store::journal::{self, Journal};
use crate::store::lock::{Lock, LockError, Owner};

/// As much of a record as tells whose journal it begins.
#[derive(Deserialize)]
struct Head {
    record: String,
}

impl Ledger {
    /// Whether a journal tells of a token's rotation. One that does not say is taken for a key's.
    #[must_use]
    pub fn is_token(&self, id: &RotationId) -> bool {
        journal::first::<Head>(&self.dir().journal(id)).is_ok_and(|head| head.record == FIRST)
    }

    /// Reads one rotation of a token without taking it up. `None` if the journal is that of a key's, or empty.
    ///
    /// # Errors
    /// If there is no such journal, or it is broken.
    pub fn read_token(&self, id: &RotationId) -> Result<Option<(TokenRotation, Vec<Record>)>, journal::Error> {
        let path = self.dir().journal(id);
        match journal::first::<Head>(&path) {
            Ok(head) if head.record == FIRST => {}
            Ok(_) | Err(journal::Error::Empty { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        let records = journal::read::<Record>(&path)?;
        Ok(TokenRotation::replay(&records).map(|rotation| (rotation, records)))
    }

    /// Every rotation of a token, oldest first, and every journal that cannot be read and may be one's.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn tokens(&self) -> Result<(Vec<TokenRotation>, Vec<Unreadable>), rotation::Error> {
        let mut rotations = Vec::new();
        let mut unreadable = Vec::new();
        for id in self.dir().rotations()? {
            match self.read_token(&id) {
                Ok(Some((rotation, _))) => rotations.push(rotation),
                Ok(None) | Err(journal::Error::Missing { .. }) => {}
                Err(error) => unreadable.push(Unreadable { id, error }),
            }
        }
        rotations.sort_by_key(|rotation| rotation.begun().at);
        Ok((rotations, unreadable))
    }

    /// The open rotation of an account's token. There is at most one.
    ///
    /// # Errors
    /// If a journal is broken and may be that of this very token: then nothing may be begun.
    pub fn open_token(&self, endpoint: &str, account: &AccountSid) -> Result<Option<TokenRotation>, rotation::Error> {
        let (rotations, unreadable) = self.tokens()?;
        let concerned =
            |rotation: &TokenRotation| rotation.begun().endpoint == endpoint && rotation.begun().account == *account;
        for Unreadable { id, error } in unreadable {
            let others = match journal::read_whole_part::<Record>(&self.dir().journal(&id)) {
                Ok(records) => TokenRotation::replay(&records).is_some_and(|rotation| !concerned(&rotation)),
                Err(_) => false,
            };
            if !others {
                return Err(rotation::Error::BrokenJournal { id, source: error });
            }
        }
        Ok(rotations.into_iter().rfind(|rotation| rotation.outcome().is_none() && concerned(rotation)))
    }

    /// When a rotation of this machine last promoted a token of the account.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn last_promoted(&self, endpoint: &str, account: &AccountSid) -> Result<Option<Timestamp>, rotation::Error> {
        let (rotations, _) = self.tokens()?;
        let own = rotations.iter().filter(|rotation| {
            rotation.begun().endpoint == endpoint
                && rotation.begun().account == *account
                && rotation.outcome() == Some(Outcome::Rotated)
        });
        Ok(own.filter_map(TokenRotation::promoted).max())
    }

    /// Whether this token is the last that a rotation of this machine promoted for the account.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn is_last_promoted(
        &self,
        endpoint: &str,
        account: &AccountSid,
        token: &Fingerprint,
    ) -> Result<bool, rotation::Error> {
        let (rotations, _) = self.tokens()?;
        let own = rotations.iter().filter(|rotation| {
            rotation.begun().endpoint == endpoint
                && rotation.begun().account == *account
                && rotation.promoted().is_some()
        });
        let last = own.max_by_key(|rotation| rotation.promoted());
        Ok(last.is_some_and(|rotation| rotation.new_token() == Some(token)))
    }

    /// The open rotations of an account's own keys. Those of its subaccounts may be authorised by its token as well
    /// ([`Ledger::open_at`]).
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn open_keys(&self, endpoint: &str, account: &AccountSid) -> Result<Vec<Rotation>, rotation::Error> {
        let mut rotations = self.all()?.0;
        rotations.retain(|rotation| {
            rotation.outcome().is_none()
                && rotation.begun().endpoint == endpoint
                && rotation.begun().account == *account
        });
        Ok(rotations)
    }

    /// Every sink in which a rotation of this machine, open or ended, left something of the account's, also one that was
    /// left out of it. They may hold it still, or not any more.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn sinks_of_account(&self, endpoint: &str, account: &AccountSid) -> Result<Vec<String>, rotation::Error> {
        let mut sinks = Vec::new();
        for rotation in self.all()?.0 {
            if rotation.begun().endpoint == endpoint && rotation.begun().account == *account {
                sinks.extend(rotation.places().iter().map(|place| place.sink.clone()));
            }
        }
        for rotation in self.tokens()?.0 {
            if rotation.begun().endpoint == endpoint && rotation.begun().account == *account {
                sinks.extend(rotation.places().iter().map(|place| place.sink.clone()));
            }
        }
        sinks.sort();
        sinks.dedup();
        Ok(sinks)
    }

    /// Every sink that a rotation of the account's token, open or ended, was about.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn token_sinks(&self, endpoint: &str, account: &AccountSid) -> Result<Vec<String>, rotation::Error> {
        let mut sinks = Vec::new();
        for rotation in self.tokens()?.0 {
            if rotation.begun().endpoint == endpoint && rotation.begun().account == *account {
                let used = rotation.places().iter().filter(|place| !place.dropped);
                sinks.extend(used.map(|place| place.sink.clone()));
            }
        }
        sinks.sort();
        sinks.dedup();
        Ok(sinks)
    }

    /// Takes a token's rotation up: its journal, torn tail cut off, ready to be appended to.
    ///
    /// # Errors
    /// If there is no such journal, or it is broken.
    pub fn resume_token(&self, id: &RotationId) -> Result<(Journal<Record>, TokenRotation), rotation::Error> {
        let broken = |source| rotation::Error::BrokenJournal { id: id.clone(), source };
        let path = self.dir().journal(id);
        let (journal, records) = Journal::open(&path).map_err(broken)?;
        let rotation = TokenRotation::replay(&records);
        let rotation = rotation.ok_or_else(|| {
            broken(journal::Error::Broken {
                path,
                line: 1,
                why: "it is not the beginning of a token's rotation".into(),
            })
        })?;
        Ok((journal, rotation))
    }

    /// Writes a new rotation's first record, durably.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn begin_token(&self, begun: &Begun) -> Result<(Journal<Record>, TokenRotation), rotation::Error> {
        let journal = Journal::create(&self.dir().journal(&begun.id), &Record::Begun(begun.clone()))?;
        Ok((journal, TokenRotation::new(begun.clone())))
    }

    /// Takes the lock of an account's token; another run that has it is named in the error.
    ///
    /// # Errors
    /// [`Error::Locked`] if another run holds it.
    pub fn lock_token(&self, account: &AccountSid, owner: &Owner) -> Result<Lock, Error> {
        Lock::acquire(self.dir(), &format!("{account}-token"), owner).map_err(|error| match error {
            LockError::Held { owner } => Error::Locked { account: account.clone(), owner },
            other @ LockError::Io { .. } => Error::Lock(other),
        })
    }
}
