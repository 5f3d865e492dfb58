//! What rotations of keys have sealed under the token that is about to die: sealed under its successor in time.
//!
//! Before the promote a copy is made under the new token, and from then on the locks of those keys are held, so that no
//! run of theirs is under way while the token it signs with dies. After the promote the file itself is sealed anew. In
//! between both stand, and whichever token a run holds opens one of them.

use super::Rotator;
use crate::model::RotationId;
use crate::rotation::Rotation;
use crate::rotation::error::Error as KeyError;
use crate::rotation::token::error::Cause;
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::Tokens;
use crate::rotation::token::waiting::Waiting;
use crate::rotation::waiting::WaitingRoom;

impl<T: Tokens> Rotator<'_, T> {
    /// Makes the copies, under the locks of the keys. With none open there is nothing to do.
    pub(super) fn copy_for_new(&mut self, both: &Waiting) -> Result<(), Cause> {
        for rotation in self.lock_keys()? {
            let copied = self.key_room(&rotation).copy_for(&both.old, &both.new, &self.chance()?);
            copied.map_err(|source| Cause::HandOver { id: rotation.begun().id.clone(), source })?;
        }
        Ok(())
    }

    /// Seals the files themselves under the new token.
    pub(super) fn hand_over(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        let mut rotations = Vec::new();
        for rotation in self.lock_keys()? {
            let id = rotation.begun().id.clone();
            let done = self.key_room(&rotation).hand_over(&both.old, &both.new, &self.chance()?);
            if done.map_err(|source| Cause::HandOver { id: id.clone(), source })? {
                rotations.push(id);
            }
        }
        self.write(&Record::HandedOver { at: self.now(), rotations })?;
        self.key_locks.clear();
        Ok(())
    }

    /// Seals under the old token again what was sealed under a new one that is not in force.
    pub(super) fn hand_back(&mut self, both: &Waiting) -> Result<(), Cause> {
        for rotation in self.lock_keys()? {
            let done = self.key_room(&rotation).hand_over(&both.new, &both.old, &self.chance()?);
            done.map_err(|source| Cause::HandOver { id: rotation.begun().id.clone(), source })?;
        }
        self.key_locks.clear();
        Ok(())
    }

    /// Takes away the copies of a promote that never came to be.
    pub(super) fn drop_copies(&mut self) -> Result<(), Cause> {
        if self.rotation.promoted().is_some() {
            return Ok(());
        }
        for rotation in self.open_keys()? {
            let dropped = self.key_room(&rotation).drop_copy();
            dropped.map_err(|source| Cause::HandOver { id: rotation.begun().id.clone(), source })?;
        }
        Ok(())
    }

    /// The open rotations of the account's keys, each locked, and still open under its lock.
    fn lock_keys(&mut self) -> Result<Vec<Rotation>, Cause> {
        for rotation in self.open_keys()? {
            let begun = rotation.begun();
            if self.key_locks.iter().any(|(id, _)| *id == begun.id) {
                continue;
            }
            let lock = self.ledger.lock(&begun.account, &begun.old, &self.owner).map_err(|error| match error {
                KeyError::Locked { key, .. } => Cause::KeyBusy { key, id: begun.id.clone() },
                other => other.into(),
            })?;
            self.key_locks.push((begun.id.clone(), lock));
        }
        let locked: Vec<&RotationId> = self.key_locks.iter().map(|(id, _)| id).collect();
        let mut open = self.open_keys()?;
        open.retain(|rotation| locked.contains(&&rotation.begun().id));
        Ok(open)
    }

    pub(super) fn open_keys(&self) -> Result<Vec<Rotation>, Cause> {
        Ok(self.ledger.open_keys(&self.begun().endpoint, &self.begun().account)?)
    }

    fn key_room(&self, rotation: &Rotation) -> WaitingRoom {
        WaitingRoom::new(self.ledger.dir(), rotation.begun())
    }
}
