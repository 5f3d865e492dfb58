//! Where creates that have come to their end put their keys.
//!
//! The journal of a create goes with its end, and what is in a sink is still used. So a note stays of each key that a sink
//! was told: its SID, its account, its Twilio and the sinks, nothing secret. Whoever ends the key by hand looks there first.
//! So does a rotation, before it makes a key and before it ends one. A file that was filled and is not there any more
//! stops neither. The note goes with the key.

use serde::{Deserialize, Serialize};

use super::record::Create;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};
use crate::rotation::Error;
use crate::rotation::ledger::Ledger;
use crate::store::journal::{self, Journal};

/// That a create put this key into these sinks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// When the create had come to its end.
    pub at: Timestamp,
    /// Where Twilio was.
    pub endpoint: String,
    /// The account of the key.
    pub account: AccountSid,
    /// Every sink that was told the pair, named absolutely.
    pub sinks: Vec<String>,
}

impl Finished {
    /// What stays of a create.
    #[must_use]
    pub fn of(create: &Create, at: Timestamp) -> Self {
        let begun = create.begun();
        let sinks = create.told().map(ToOwned::to_owned).collect();
        Self { at, endpoint: begun.endpoint.clone(), account: begun.account.clone(), sinks }
    }
}

impl Ledger {
    /// Notes, durably, where a create put its key, before its journal ends. Without a sink there is nothing to note.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn note_finished(&self, key: &KeySid, finished: &Finished) -> Result<(), Error> {
        if finished.sinks.is_empty() {
            return Ok(());
        }
        self.dir().make_finished()?;
        let path = self.dir().finished(key);
        // Of another Twilio, such as a sandbox that is no more, or of a run that was killed in the middle of it.
        journal::remove(&path)?;
        Ok(Journal::create(&path, finished).map(drop)?)
    }

    /// The sinks into which a create of this Twilio, which has ended, put a key. They may hold it still, or not any more.
    ///
    /// # Errors
    /// If there is a note that cannot be read.
    pub fn finished_in(&self, endpoint: &str, key: &KeySid) -> Result<Vec<String>, Error> {
        match journal::read::<Finished>(&self.dir().finished(key)) {
            Ok(notes) => {
                Ok(notes.into_iter().filter(|note| note.endpoint == endpoint).flat_map(|note| note.sinks).collect())
            }
            // One that was never whole: the create's own journal is still there.
            Err(journal::Error::Missing { .. } | journal::Error::Empty { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the note of a key away, which is no more.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn forget_finished(&self, key: &KeySid) -> Result<(), Error> {
        Ok(journal::remove(&self.dir().finished(key))?)
    }
}
