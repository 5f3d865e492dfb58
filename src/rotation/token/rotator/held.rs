//! That the token in force is where somebody reads it, before what may be its only copy goes.
//!
//! Sinks are edited while a rotation is open: a value is typed over, a file is put back from a backup. Then the token in
//! force may be nowhere but in what is sealed, and what is sealed is opened by the other token of the two. So neither is
//! taken out of a sink, and nothing is unsealed, before the one in force was read back and tried.

use std::time::Duration;

use super::Rotator;
use super::promote::neither;
use super::tokens::{Pause, still_called_secondary};
use super::weigh::Pair;
use crate::model::{Fingerprint, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::record::Record;
use crate::rotation::token::state::Place;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::{HeldToken, TokenChange, TokenRole};

impl<T: Tokens> Rotator<'_, T> {
    /// Fails unless a sink in use gives a token back as the one in force that Twilio accepts, and that is not the one
    /// which goes. Where none gives anything back, one that was written counts. On the way back the old token may also be
    /// in hand: then a place that is no sink has it.
    pub(super) async fn make_sure_held(&mut self) -> Result<(), Cause> {
        let promoted = self.rotation.promoted().is_some();
        let (old, new) = (Some(self.begun().old.clone()), self.rotation.new_token().cloned());
        let (stays, goes) = if promoted { (new, old) } else { (old, new) };
        let mut found: Vec<Secret> = if promoted { Vec::new() } else { self.hand.clone() };
        found.retain(|token| Some(token.fingerprint()) == stays);
        let (mut unread, mut variables) = (None, Vec::new());
        let (mut is_readable, mut is_told) = (false, false);
        for at in 0..self.sinks.len() {
            let place = &self.rotation.places()[at];
            if place.dropped {
                continue;
            }
            match self.load(at) {
                Ok(Some(held)) => {
                    is_readable = true;
                    variables.extend(beside(&held, goes.as_ref()));
                    found.extend(currents(held));
                }
                Ok(None) => is_told |= is_written(place, promoted),
                Err(cause) => unread = unread.or(Some(cause)),
            }
        }
        found.retain(|token| Some(token.fingerprint()) != goes);
        found.sort_by_key(|token| Some(token.fingerprint()) != stays);
        found.dedup();
        self.any_in_force(&found, stays.as_ref()).await?;
        if self.kept.is_some() || is_told && !is_readable && unread.is_none() {
            return Ok(());
        }
        Err(unread.unwrap_or(Cause::Unheld { print: stays, variables, promoted, names: self.begun().names.clone() }))
    }

    /// Tries these tokens, and remembers the first that is in force: what was tried once in a run is not tried again.
    async fn any_in_force(&mut self, found: &[Secret], stays: Option<&Fingerprint>) -> Result<(), Cause> {
        self.kept = self.kept.take().filter(|kept| found.contains(kept));
        for token in found {
            if self.kept.is_some() {
                break;
            }
            let is_ours = Some(&token.fingerprint()) == stays;
            let mut pause = Pause::new(self.world.patience);
            loop {
                match self.ask(token, if is_ours { self.short_patience() } else { Duration::ZERO }).await? {
                    (Liveness::Live, Standing::Primary | Standing::Unknown) => self.kept = Some(token.clone()),
                    // Twilio answered the promote with it: that it is called the secondary is stale.
                    (Liveness::Live, Standing::Secondary) if is_ours && self.rotation.is_answered() => {
                        self.kept = Some(token.clone());
                    }
                    // And so it may be of the rotation before this one.
                    (Liveness::Live, Standing::Secondary) if is_ours && self.is_last_promoted(token)? => {
                        if pause.wait().await {
                            continue;
                        }
                        return Err(still_called_secondary("the token in force".into()));
                    }
                    (Liveness::Live, Standing::Secondary) | (Liveness::Rejected(_), _) => {}
                    (Liveness::Unclear(said), _) => {
                        return Err(Cause::Unclear { what: "the token in force".into(), said });
                    }
                }
                break;
            }
        }
        Ok(())
    }

    /// Before the old token is taken out: where it was put back as the one in force, the new one takes its place.
    pub(super) async fn hold_new(&mut self, both: &Waiting) -> Result<(), Cause> {
        let change = TokenChange::Switch { old: both.old.clone(), new: both.new.clone() };
        self.replace_current(&both.old, &change).await?;
        self.make_sure_held().await
    }

    /// Before the new token is taken out: where it stands as the one in force, the old one takes its place again. `false`
    /// if there is no way back, since somebody has promoted the new one meanwhile.
    pub(super) async fn hold_old(&mut self, both: &Waiting) -> Result<bool, Cause> {
        // Once for all sinks.
        if self.kept.is_none() {
            match self.weigh(both).await? {
                Pair::Promoted => {
                    self.write(&Record::Promoted { at: self.now(), answered: false })?;
                    return Ok(false);
                }
                Pair::Both(_) | Pair::OldAlone | Pair::Neither(Liveness::Live, _) => {
                    let change = TokenChange::Renew { stale: both.new.clone(), current: both.old.clone() };
                    self.replace_current(&both.new, &change).await?;
                }
                // What of the two stands in a sink is all that can prove that both are dead.
                Pair::Neither(old @ Liveness::Rejected(_), new @ Liveness::Rejected(_)) => {
                    return Err(neither(old, new));
                }
                Pair::Neither(Liveness::Rejected(_) | Liveness::Unclear(_), _) => {}
            }
        }
        self.make_sure_held().await.map(|()| true)
    }

    /// Makes a change in each sink that can be read and holds this token as the one in force.
    pub(super) async fn replace_current(&mut self, token: &Secret, change: &TokenChange) -> Result<(), Cause> {
        for at in 0..self.sinks.len() {
            if !self.rotation.places()[at].dropped
                && let Ok(Some(held)) = self.load(at)
                && currents(held).any(|held| held == *token)
            {
                self.change(at, "writing", change).await?;
            }
        }
        Ok(())
    }
}

/// What the tokens in force are called beside which this one stands, where the sink has names for them.
fn beside(held: &[HeldToken], print: Option<&Fingerprint>) -> Vec<String> {
    let waits = |token: &&HeldToken| token.role != TokenRole::Current && Some(&token.value.fingerprint()) == print;
    held.iter().filter(waits).map(|token| token.project.clone()).filter(|name| !name.is_empty()).collect()
}

pub(super) fn currents(held: Vec<HeldToken>) -> impl Iterator<Item = Secret> {
    held.into_iter().filter(|token| token.role == TokenRole::Current).map(|token| token.value)
}

/// Whether a sink that gives nothing back was last told the token in force.
fn is_written(place: &Place, promoted: bool) -> bool {
    if promoted { place.switched } else { place.staged || place.unstaged }
}
