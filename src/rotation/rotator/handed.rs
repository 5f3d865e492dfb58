//! What other rotations have sealed under one of this rotation's keys, which may authorise them: passed on to the key that
//! stays, before the other is revoked.

use super::Rotator;
use crate::model::{KeyKind, KeyPair, Secret};
use crate::rotation::error::Cause;
use crate::rotation::handover::{Busy, Failed, HandOver};
use crate::rotation::keys::Keys;
use crate::rotation::waiting::WaitingRoom;
use crate::store::sealed::Random;

/// Which of the two keys gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dying {
    Old,
    New,
}

/// Whether a copy is made, or the file itself is sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Copy,
    File,
}

impl<K: Keys> Rotator<'_, K> {
    /// Before the first sink is told another pair, and again in the grace: what others have sealed under the key that gives
    /// way opens with the other key, too. Once in a run.
    ///
    /// # Errors
    /// [`Cause::KeyBusy`] if another run has such a rotation in hand, unless it is left to a later look; if a sealed file
    /// cannot be read or written.
    pub(super) fn copy_seals(&mut self, dying: Dying, busy: Busy) -> Result<(), Cause> {
        if self.copied == Some(dying) || !self.may_have_sealed()? {
            return Ok(());
        }
        // Without both pairs nothing can be done, and the step that ends the other key says what follows.
        if let (Some(gives_way), Some(stays)) = (self.pair_of(dying)?, self.pair_of(dying.other())?) {
            self.pass_on(What::Copy, busy, &gives_way.secret, &stays.secret)?;
        }
        self.copied = Some(dying);
        Ok(())
    }

    /// Before a key is revoked, and before the pairs of this rotation are deleted: what others have sealed under that key is
    /// sealed under the one that stays. Where both are gone, under what signs this run.
    ///
    /// # Errors
    /// [`Cause::KeyBusy`] if another run has such a rotation in hand; [`Cause::Seals`] if the key seals an open rotation, and
    /// its secret is not at hand; if a sealed file cannot be read or written.
    pub(super) fn hand_over_seals(&mut self, dying: Dying) -> Result<(), Cause> {
        if !self.may_have_sealed()? {
            return Ok(());
        }
        if self.both_gone {
            let authority = self.authority.secret().clone();
            for gone in [Dying::Old, Dying::New] {
                if let Some(pair) = self.pair_of(gone)? {
                    self.pass_on(What::File, Busy::Refuse, &pair.secret, &authority)?;
                }
            }
            return Ok(());
        }
        // Nobody has seen a new pair that is in no sink yet, and sealed anything under it.
        if dying == Dying::New && !self.rotation.is_published() {
            return Ok(());
        }
        let stays = self.pair_of(dying.other())?;
        if let (Some(gives_way), Some(stays)) = (self.pair_of(dying)?, &stays) {
            return self.pass_on(What::File, Busy::Refuse, &gives_way.secret, &stays.secret);
        }
        self.expect_nothing_sealed(dying, stays.as_ref())
    }

    /// Whether another rotation may have sealed something under a key of this one. A Standard key may not manage keys, so
    /// none is authorised by it.
    fn may_have_sealed(&self) -> Result<bool, Cause> {
        let begun = self.begun();
        if begun.kind == KeyKind::Standard || self.rotation.new_key().is_none() {
            return Ok(false);
        }
        let open = self.ledger.open_at(&begun.endpoint, Some(&begun.id));
        Ok(!open.map_err(Failed::Ledger)?.is_empty())
    }

    /// One of the pairs; `None` if nobody has it.
    fn pair_of(&mut self, which: Dying) -> Result<Option<KeyPair>, Cause> {
        let found = match which {
            Dying::Old => self.old_pair().map(Some),
            Dying::New => self.new_pair(),
        };
        match found {
            Err(Cause::OldSecretLost(_) | Cause::SealLocked { .. }) => Ok(None),
            found => found,
        }
    }

    fn pass_on(&self, what: What, busy: Busy, dying: &Secret, staying: &Secret) -> Result<(), Cause> {
        let begun = self.begun();
        let random = || {
            let mut random: Random = [0; size_of::<Random>()];
            (self.world.random)(&mut random).map(|()| random)
        };
        let hand_over = HandOver {
            ledger: &self.ledger,
            endpoint: &begun.endpoint,
            but: Some(&begun.id),
            held: &[],
            owner: self.lock.owner(),
            dying,
            staying,
            random: &random,
        };
        match what {
            What::Copy => hand_over.copy(busy)?,
            What::File => drop(hand_over.finish(busy)?),
        }
        Ok(())
    }

    /// Fails if an open rotation has sealed something under the key whose secret this run does not have, as far as the
    /// journals tell, and it does not open with the one that stays.
    fn expect_nothing_sealed(&self, dying: Dying, stays: Option<&KeyPair>) -> Result<(), Cause> {
        let begun = self.begun();
        let Some(key) = (if dying == Dying::Old { Some(&begun.old) } else { self.rotation.new_key() }) else {
            return Ok(());
        };
        let secrets = [stays.map(|pair| &pair.secret), Some(self.authority.secret())];
        let sealed = self.ledger.sealed_under(&begun.endpoint, key, Some(&begun.id)).map_err(Failed::Ledger)?;
        for other in sealed {
            let id = other.begun().id.clone();
            let room = WaitingRoom::new(self.ledger.dir(), other.begun());
            let mut opens = false;
            for secret in secrets.into_iter().flatten() {
                let opened = room.opens_with(secret);
                opens = opens || opened.map_err(|source| Failed::Seal { id: id.clone(), source })?;
            }
            if !opens {
                return Err(Cause::Seals { key: key.clone(), id });
            }
        }
        Ok(())
    }
}

impl Dying {
    fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}
