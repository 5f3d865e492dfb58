//! What rotations of keys have sealed under a credential that twcred itself replaces or ends.
//!
//! One rule for all of these credentials: before one may die, whatever opens with it is sealed under the one that stays.
//! From before the switch a copy under the successor stands beside the file, so that a run which holds either opens it.
//! Before the end of the one, and again before its own secret is deleted here, the file itself is sealed anew: a run may
//! have begun a rotation under it meanwhile. Each file is written whole before another goes, so a kill leaves one that
//! opens.

use std::io;

use super::error::{Cause, Error};
use super::ledger::Ledger;
use super::state::Rotation;
use super::waiting::WaitingRoom;
use crate::model::{KeySid, RotationId, Secret};
use crate::store::journal;
use crate::store::lock::Owner;
use crate::store::sealed::{Random, SealError};

/// What becomes of a rotation that another run has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// It stops this run.
    Refuse,
    /// It is left to a later look, which comes before anything is lost.
    Leave,
}

/// One credential that gives way to another.
pub struct HandOver<'a> {
    /// The journals.
    pub ledger: &'a Ledger,
    /// Where Twilio is.
    pub endpoint: &'a str,
    /// Rotations that are not looked at: the one that replaces the credential.
    pub but: Option<&'a RotationId>,
    /// Rotations whose locks the run holds.
    pub held: &'a [RotationId],
    /// Who runs, for the locks.
    pub owner: &'a Owner,
    /// The secret that gives way.
    pub dying: &'a Secret,
    /// The secret that stays.
    pub staying: &'a Secret,
    /// Fresh random bytes for one sealing.
    pub random: &'a dyn Fn() -> io::Result<Random>,
}

impl std::fmt::Debug for HandOver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandOver").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Why what is sealed could not be passed on. What was sealed before is still sealed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Another run has the rotation in hand.
    #[error("another run is at work on {key}")]
    Busy {
        /// The key.
        key: KeySid,
        /// Its rotation.
        id: RotationId,
    },
    /// The ledger or a lock could not be used.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// A sealed file could not be read or written.
    #[error("what rotation {id} has sealed cannot be sealed anew")]
    Seal {
        /// Whose.
        id: RotationId,
        /// Why not.
        #[source]
        source: SealError,
    },
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random(#[source] io::Error),
}

type Wants = fn(&WaitingRoom, &Secret, &Secret) -> Result<bool, SealError>;
type Seals = fn(&WaitingRoom, &Secret, &Secret, &Random) -> Result<bool, SealError>;

impl HandOver<'_> {
    /// Seals a copy of what opens with the secret that gives way under the one that stays. May be repeated. What a run is
    /// just about to seal is left to [`HandOver::finish`].
    ///
    /// # Errors
    /// See [`Failed`].
    pub fn copy(&self, busy: Busy) -> Result<(), Failed> {
        let copy: Seals = |room, dying, staying, random| room.copy_for(dying, staying, random).map(|()| true);
        self.each(busy, false, WaitingRoom::wants_copy, copy).map(drop)
    }

    /// Seals it under the one that stays alone, in its own place, and says of which rotations. May be repeated.
    ///
    /// # Errors
    /// See [`Failed`].
    pub fn finish(&self, busy: Busy) -> Result<Vec<RotationId>, Failed> {
        self.each(busy, true, WaitingRoom::wants_hand_over, WaitingRoom::hand_over)
    }

    fn each(&self, busy: Busy, empty_too: bool, wants: Wants, seal: Seals) -> Result<Vec<RotationId>, Failed> {
        let mut done = Vec::new();
        for rotation in self.ledger.open_at(self.endpoint, self.but)? {
            let begun = rotation.begun();
            let id = begun.id.clone();
            let failed = |source| Failed::Seal { id: id.clone(), source };
            let room = WaitingRoom::new(self.ledger.dir(), begun);
            // Of one that has sealed nothing, a run may be just about to.
            let awaited = empty_too && room.is_empty();
            if !awaited && !wants(&room, self.dying, self.staying).map_err(failed)? {
                continue;
            }
            let lock = if self.held.contains(&id) {
                None
            } else {
                match self.ledger.lock(&begun.account, &begun.old, self.owner) {
                    Ok(lock) => Some(lock),
                    Err(Error::Locked { .. }) if busy == Busy::Leave => continue,
                    Err(Error::Locked { key, .. }) => return Err(Failed::Busy { key, id }),
                    Err(other) => return Err(other.into()),
                }
            };
            let random = (self.random)().map_err(Failed::Random)?;
            // It may have come to its end before it was locked: then there is nothing any more.
            if seal(&room, self.dying, self.staying, &random).map_err(failed)? {
                done.push(id);
            }
            drop(lock);
        }
        Ok(done)
    }
}

impl From<Failed> for Cause {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Busy { key, id } => Self::KeyBusy { key, id },
            Failed::Ledger(error) => Self::Ledger(Box::new(error)),
            Failed::Seal { id, source } => Self::HandOver { id, source },
            Failed::Random(error) => Self::Random(error),
        }
    }
}

impl Ledger {
    /// Every open rotation of a key at an endpoint, of any account, but one. A journal with a torn or broken end counts
    /// with what can still be read of it: what its rotation has sealed is no less needed.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn open_at(&self, endpoint: &str, but: Option<&RotationId>) -> Result<Vec<Rotation>, Error> {
        let (mut rotations, unreadable) = self.all()?;
        for broken in unreadable {
            let records = journal::read_whole_part(&self.dir().journal(&broken.id)).unwrap_or_default();
            rotations.extend(Rotation::replay(&records));
        }
        rotations.retain(|rotation| {
            let begun = rotation.begun();
            rotation.outcome().is_none() && begun.endpoint == endpoint && Some(&begun.id) != but
        });
        Ok(rotations)
    }

    /// The open rotations that have sealed something under this key's secret, as far as the journals tell: under the key
    /// itself, or under one that a rotation has put in its place, or it in theirs, other
    /// than the rotation `but`. Those of this very key do not count.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn sealed_under(&self, endpoint: &str, key: &KeySid, but: Option<&RotationId>) -> Result<Vec<Rotation>, Error> {
        let all = self.all()?.0;
        let pairs = all.iter().filter(|one| one.begun().endpoint == endpoint && Some(&one.begun().id) != but);
        let pairs: Vec<_> = pairs.filter_map(|one| Some((&one.begun().old, one.new_key()?))).collect();
        let mut kin = vec![key];
        let mut at = 0;
        while let Some(next) = kin.get(at).copied() {
            for (old, new) in &pairs {
                let other = if *old == next { *new } else { *old };
                if (*old == next || *new == next) && !kin.contains(&other) {
                    kin.push(other);
                }
            }
            at += 1;
        }
        let mut open = self.open_at(endpoint, but)?;
        open.retain(|rotation| {
            rotation.sealed_under().is_some_and(|under| kin.contains(&under))
                && rotation.begun().old != *key
                && rotation.new_key() != Some(key)
                && !WaitingRoom::new(self.dir(), rotation.begun()).is_empty()
        });
        Ok(open)
    }
}
