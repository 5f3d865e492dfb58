//! A look at the sinks of a rotation that an earlier run has brought to a rest, before anything is said of them.
//!
//! Files come back from backups while a rotation is open, and other hands promote, delete and replace. What holds a token
//! of the rotation is put right; what holds another's is left alone, and said.

use super::Rotator;
use super::promote::neither;
use super::weigh::Pair;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::Tokens;
use crate::rotation::token::waiting::Waiting;
use crate::sinks::TokenChange;

impl<T: Tokens> Rotator<'_, T> {
    /// Gives every profile whose secret is gone the tokens again that it held as a sink of this rotation: what is sealed may
    /// be their only copy. One that held another token is left to the step that needs it, which says so. May be repeated.
    pub(super) async fn refill(&mut self) -> Result<(), Cause> {
        for at in 0..self.sinks.len() {
            let loaded = self.sinks[at].load_tokens(&self.target());
            let is_over = self.rotation.superseded().is_some() || self.rotation.outcome().is_some();
            if is_over || self.rotation.places()[at].dropped || !loaded.is_err_and(|error| error.is_emptied()) {
                continue;
            }
            let (Ok(old), Ok(new)) = (self.old_token(), self.new_token()) else { continue };
            let change = match new {
                // What is cleared is not looked at again.
                Some(new) if self.rotation.places()[at].cleared => TokenChange::Clear { current: new, previous: old },
                Some(new) if self.rotation.promoted().is_some() => TokenChange::Switch { old, new },
                Some(new) if self.rotation.back().is_none() => TokenChange::Stage { current: old, secondary: new },
                Some(new) => TokenChange::Renew { stale: new, current: old },
                None => TokenChange::Renew { stale: old.clone(), current: old },
            };
            self.change(at, "writing", &change).await?;
            self.seen.mended = true;
        }
        Ok(())
    }

    /// While both tokens wait: both work, and every sink that can be read holds both. One that holds the old one alone
    /// is given the new one again. Where another has promoted or deleted the new one, that is written down.
    pub(super) async fn look_staged(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        if !self.seen.tried && !self.both_work(&both).await? {
            return Ok(());
        }
        for at in 0..self.sinks.len() {
            if !self.rotation.places()[at].dropped
                && let Some(held) = self.load(at)?
                && self.expect_staged(at, &held, &both.old, &both.new).is_err()
            {
                self.stage(at).await?;
                self.read_back(at).await?;
            }
        }
        self.seen.looked = true;
        Ok(())
    }

    /// While the new token spreads: every sink that can be read holds it as the one in force. One that holds the old one,
    /// which is dead, gets it, also behind one that fails: the first cause is returned once all were looked at.
    pub(super) async fn look_switched(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        let mut first = Ok(());
        for at in 0..self.sinks.len() {
            match self.look_switched_at(at, &both).await {
                Err(cause) if cause.is_of_one_sink() => first = first.and(Err(cause)),
                looked => looked?,
            }
        }
        first
    }

    async fn look_switched_at(&mut self, at: usize, both: &Waiting) -> Result<(), Cause> {
        if !self.rotation.places()[at].dropped
            && let Some(held) = self.load(at)?
            && self.expect_switched(at, &held, both).is_err()
        {
            self.switch(at).await?;
            self.switch_read(at).await?;
            self.seen.mended = true;
        }
        Ok(())
    }

    /// Before the way back is entered: the new token may be in force by another's doing, and the old one dead. With both
    /// dead there is nothing to go back to.
    pub(super) async fn see_it_is_not_in_force(&mut self) -> Result<(), Cause> {
        // Without both there is nothing to compare; the steps of the way back find out what there is.
        let Ok(both) = self.both() else { return Ok(()) };
        match self.weigh(&both).await? {
            Pair::Promoted => {
                self.write(&Record::Promoted { at: self.now(), answered: false })?;
                Err(self.in_force())
            }
            Pair::Neither(old @ Liveness::Rejected(_), new @ Liveness::Rejected(_)) => Err(neither(old, new)),
            _ => Ok(()),
        }
    }

    pub(super) fn in_force(&self) -> Cause {
        let new = self.rotation.new_token().unwrap_or(&self.begun().old);
        Cause::InForce { new: new.clone() }
    }
}
