//! A look at the sinks of a rotation that an earlier run has brought to a rest, before anything is said of them.
//!
//! Files come back from backups while a rotation is open, and other hands promote, delete and replace. What holds a token
//! of the rotation is put right; what holds another's is left alone, and said.

use std::time::Duration;

use super::Rotator;
use super::held::currents;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::sinks::{LoadedTokens, Sink, TokenChange, TokenRole};

impl<T: Tokens> Rotator<'_, T> {
    /// Gives every profile whose secret is gone the tokens again that it held as a sink of this rotation: what is sealed may
    /// be their only copy. One that held another token is left to the step that needs it, which says so. May be repeated.
    pub(super) fn refill(&mut self) -> Result<(), Cause> {
        for at in 0..self.sinks.len() {
            let loaded = self.sinks[at].load_tokens(&self.target());
            let is_over = self.rotation.superseded().is_some() || self.rotation.outcome().is_some();
            if is_over || self.rotation.places()[at].dropped || !loaded.is_err_and(|error| error.is_emptied()) {
                continue;
            }
            let (Ok(old), Ok(new)) = (self.old_token(), self.new_token()) else { continue };
            let change = match new {
                Some(new) if self.rotation.promoted().is_some() => TokenChange::Switch { old, new },
                Some(new) if self.rotation.back().is_none() => TokenChange::Stage { current: old, secondary: new },
                Some(new) => TokenChange::Renew { stale: new, current: old },
                None => TokenChange::Renew { stale: old.clone(), current: old },
            };
            self.change(at, "writing", &change)?;
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
                self.stage(at)?;
                self.read_back(at).await?;
            }
        }
        self.seen.looked = true;
        Ok(())
    }

    /// While the new token spreads: every sink that can be read holds it as the one in force. One that holds the old one,
    /// which is dead, gets it.
    pub(super) async fn look_switched(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        for at in 0..self.sinks.len() {
            if !self.rotation.places()[at].dropped
                && let Some(held) = self.load(at)?
                && self.expect_switched(at, &held, &both).is_err()
            {
                self.switch(at)?;
                self.switch_read(at).await?;
                self.seen.mended = true;
            }
        }
        Ok(())
    }

    /// Before the way back is entered: the new token may be in force by another's doing, and the old one dead.
    pub(super) async fn see_it_is_not_in_force(&mut self) -> Result<(), Cause> {
        // Without both there is nothing to compare; the steps of the way back find out what there is.
        let Ok(both) = self.both() else { return Ok(()) };
        if let (Liveness::Rejected(_), Liveness::Live) = self.ask_both(&both).await? {
            self.write(&Record::Promoted { at: self.now() })?;
            return Err(self.in_force());
        }
        Ok(())
    }

    pub(super) fn in_force(&self) -> Cause {
        let new = self.rotation.new_token().unwrap_or(&self.begun().old);
        Cause::InForce { new: new.clone() }
    }

    /// Finds out whether the rotation has been overtaken: after its promote another token was put in force, and every
    /// sink, and every one that the run names, holds that. Then what is left of ours may go.
    ///
    /// Nothing short of proof will do. Each of these sinks gives a token back as the one in force; it is one and the same,
    /// none of ours, and Twilio calls it the primary. An account has one primary, and one that was replaced does not come
    /// back: our new token, which was the primary, is dead. Whichever of ours is in hand is tried nevertheless, and refused.
    /// What a rotation of a key has sealed may open with no other token, so none may be open.
    ///
    /// # Errors
    /// If Twilio could not be asked, or this cannot be written down.
    pub async fn find_end(&mut self) -> Result<(), Error> {
        self.overtaken().await.map_err(|cause| self.halted(cause))
    }

    async fn overtaken(&mut self) -> Result<(), Cause> {
        let rotation = &self.rotation;
        if rotation.promoted().is_none() || rotation.superseded().is_some() || rotation.outcome().is_some() {
            return Ok(());
        }
        if !rotation.is_handed_over() || !self.open_keys()?.is_empty() {
            return Ok(());
        }
        let used = self.names_in_use();
        let named = self.named.iter().filter(|name| !used.contains(name) && !self.without.contains(name));
        let named = named.map(|name| self.open(name)).collect::<Result<Vec<_>, _>>()?;
        let Some(by) = self.only_other(&named) else { return Ok(()) };
        if !matches!(self.ask(&by, Duration::ZERO).await?, (Liveness::Live, Standing::Primary)) {
            return Ok(());
        }
        // What is found of the two is tried; neither may be there.
        let _ = self.both();
        for token in [self.old.clone(), self.new.clone()].into_iter().flatten() {
            if !matches!(self.ask(&token, Duration::ZERO).await?.0, Liveness::Rejected(_)) {
                return Ok(());
            }
        }
        for sink in named {
            let name = sink.spec().to_string();
            let again = self.rotation.places().iter().position(|place| place.sink == name);
            self.write(&Record::SinkAdded { at: self.now(), sink: name })?;
            match again {
                Some(at) => self.sinks[at] = sink,
                None => self.sinks.push(sink),
            }
        }
        self.write(&Record::Superseded { at: self.now(), by: by.fingerprint() })
    }

    /// The one token that all of these hold as the one in force, if it is none of ours.
    fn only_other(&self, named: &[Box<dyn Sink>]) -> Option<Secret> {
        let mut only: Option<Secret> = None;
        for sink in self.in_use().chain(named.iter().map(AsRef::as_ref)) {
            let LoadedTokens::Held(held) = sink.load_tokens(&self.target()).ok()? else { return None };
            let mut held = currents(held).peekable();
            held.peek()?;
            for token in held {
                if self.is_ours(&token) || only.as_ref().is_some_and(|only| *only != token) {
                    return None;
                }
                only = Some(token);
            }
        }
        only
    }

    fn is_ours(&self, token: &Secret) -> bool {
        let print = token.fingerprint();
        print == self.begun().old || Some(&print) == self.rotation.new_token()
    }

    /// Takes the tokens of this rotation, which are dead, away from beside the one in force.
    pub(super) fn clear_own(&mut self, at: usize) -> Result<(), Cause> {
        let held = self.load(at)?.unwrap_or_default();
        let current = held.iter().find(|token| token.role == TokenRole::Current).map(|token| token.value.clone());
        for token in held {
            let Some(current) = current.clone().filter(|_| self.is_ours(&token.value)) else { continue };
            let change = match token.role {
                TokenRole::Current => continue,
                TokenRole::Secondary => TokenChange::Unstage { current, secondary: token.value },
                TokenRole::Previous => TokenChange::Clear { current, previous: token.value },
            };
            self.change(at, "clearing", &change)?;
        }
        self.write(&Record::Cleared { at: self.now(), sink: at })
    }
}
