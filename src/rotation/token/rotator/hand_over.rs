//! What rotations of keys have sealed under a token that is about to die: sealed under the one that stays in time.
//!
//! The token of an account authorises the rotations of its own keys and of its subaccounts', so every open rotation of the
//! endpoint counts that opens with it. Before the promote a copy is made under the new token, and from then on the locks of
//! the account's own keys are held, so that no run of theirs is under way while the token it signs with dies. After the
//! promote the file itself is sealed anew. In between both stand, and whichever token a run holds opens one of them. A last
//! look comes before the tokens themselves are deleted here: a rotation may have been begun under the old one meanwhile.

use super::Rotator;
use crate::model::{RotationId, Secret};
use crate::rotation::Rotation;
use crate::rotation::error::Error as KeyError;
use crate::rotation::handover::{Busy, HandOver};
use crate::rotation::token::error::Cause;
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::Tokens;
use crate::rotation::token::waiting::Waiting;
use crate::rotation::waiting::WaitingRoom;
use crate::store::sealed::Random;

impl<T: Tokens> Rotator<'_, T> {
    /// Makes the copies. With no rotation open there is nothing to do.
    pub(super) fn copy_for_new(&mut self, both: &Waiting) -> Result<(), Cause> {
        self.lock_keys()?;
        self.passing(&both.old, &both.new, |passing| Ok(passing.copy(Busy::Refuse)?))
    }

    /// Seals the files themselves under the new token. A rotation of a subaccount that another run has in hand is left to
    /// the last look: the sinks wait for the new token.
    pub(super) fn hand_over(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        self.lock_keys()?;
        let rotations = self.passing(&both.old, &both.new, |passing| Ok(passing.finish(Busy::Leave)?))?;
        self.write(&Record::HandedOver { at: self.now(), rotations })?;
        self.key_locks.clear();
        Ok(())
    }

    /// Seals under the old token what was sealed under a new one that is not in force, or is about to be deleted.
    pub(super) fn hand_back(&mut self, both: &Waiting) -> Result<(), Cause> {
        self.passing(&both.new, &both.old, |passing| Ok(passing.finish(Busy::Refuse)?))?;
        self.key_locks.clear();
        Ok(())
    }

    /// The last look, before the tokens are deleted here: after it nothing opens with the one that is dead.
    pub(super) fn see_seals_off(&mut self) -> Result<(), Cause> {
        if self.rotation.superseded().is_some() {
            return Ok(());
        }
        // What cannot be found opens nothing, and nothing is lost of it by what follows.
        let Ok(both) = self.both() else { return Ok(()) };
        if self.rotation.promoted().is_none() {
            return self.hand_back(&both);
        }
        self.passing(&both.old, &both.new, |passing| Ok(passing.finish(Busy::Refuse)?)).map(drop)
    }

    /// The open rotations of keys that stand against giving both tokens up as dead: those of the account, and those of its
    /// subaccounts whose seal opens with one of the two, or may.
    pub(super) fn barring(&self) -> Result<Vec<Rotation>, Cause> {
        let (known, begun) = ([&self.old, &self.new], self.begun());
        let mut barring = Vec::new();
        for rotation in self.ledger.open_at(&begun.endpoint, None)? {
            let id = rotation.begun().id.clone();
            let room = WaitingRoom::new(self.ledger.dir(), rotation.begun());
            let mut bars = rotation.begun().account == begun.account;
            if !bars && !room.is_empty() {
                bars = known.contains(&&None) && rotation.sealed_under().is_none();
                for token in known.into_iter().flatten() {
                    let opens = room.opens_with(token);
                    bars = bars || opens.map_err(|source| Cause::HandOver { id: id.clone(), source })?;
                }
            }
            if bars {
                barring.push(rotation);
            }
        }
        Ok(barring)
    }

    fn passing<R>(
        &self,
        dying: &Secret,
        staying: &Secret,
        pass: impl FnOnce(&HandOver<'_>) -> Result<R, Cause>,
    ) -> Result<R, Cause> {
        let held: Vec<RotationId> = self.key_locks.iter().map(|(id, _)| id.clone()).collect();
        let random = || {
            let mut random: Random = [0; size_of::<Random>()];
            (self.world.random)(&mut random).map(|()| random)
        };
        pass(&HandOver {
            ledger: self.ledger,
            endpoint: &self.begun().endpoint,
            but: None,
            held: &held,
            owner: &self.owner,
            dying,
            staying,
            random: &random,
        })
    }

    /// Locks every open rotation of the account's own keys.
    fn lock_keys(&mut self) -> Result<(), Cause> {
        for rotation in self.ledger.open_keys(&self.begun().endpoint, &self.begun().account)? {
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
        Ok(())
    }
}
