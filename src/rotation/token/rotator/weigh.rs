//! What the two tokens are to the account, by what Twilio says of both, and a journal that is wrong about it.
//!
//! A refusal may be wrong, once: of a server that does not know a token yet, or of one that is out of order. So none decides
//! alone. That the new token is in force takes the old one refused twice, and the new one accepted and not called the
//! secondary: an account has one primary, and while that is still another, nothing was promoted.

use std::time::Duration;

use super::Rotator;
use super::promote::neither;
use super::tokens::Pause;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::TokenChange;

/// What the two tokens are to the account.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pair {
    /// Both work; the new one is this.
    Both(Standing),
    /// The new one is in force, and the old one dead.
    Promoted,
    /// The old one works, and the new one does not.
    OldAlone,
    /// Nothing may be switched by what was said of the old one and of the new one.
    Neither(Liveness, Liveness),
}

impl<T: Tokens> Rotator<'_, T> {
    /// Tries both tokens, and each that is refused again.
    ///
    /// # Errors
    /// If Twilio could not be asked, or contradicts itself for as long as there is patience.
    pub(super) async fn weigh(&self, both: &Waiting) -> Result<Pair, Cause> {
        let mut pause = Pause::new(self.world.patience);
        loop {
            let old = self.ask(&both.old, Duration::ZERO).await?.0;
            let (new, standing) = self.ask(&both.new, Duration::ZERO).await?;
            if new == Liveness::Live {
                self.seen.new_is_refused.set(false);
            }
            // What Twilio answered to the promote is newer than a standing that still names the token before.
            let is_answered = self.rotation.is_answered();
            let said = match (old, new) {
                (Liveness::Live, Liveness::Live) => return Ok(Pair::Both(standing)),
                (Liveness::Rejected(said), Liveness::Live) if standing == Standing::Secondary && !is_answered => {
                    format!("it is refused ({said}), and the new one is still called the secondary")
                }
                (Liveness::Rejected(_), Liveness::Live) => {
                    // Where Twilio does not say which token is the primary, the refusal has to last.
                    let is_told = standing == Standing::Primary || is_answered;
                    let lasting = if is_told { Duration::ZERO } else { self.world.patience };
                    match self.ask(&both.old, lasting).await?.0 {
                        Liveness::Rejected(_) => return Ok(Pair::Promoted),
                        Liveness::Live => "it is refused and accepted by turns".to_owned(),
                        Liveness::Unclear(said) => said,
                    }
                }
                // A token that is young may be unknown here and there for seconds, and what is given up for it is gone.
                (Liveness::Live, Liveness::Rejected(_)) => {
                    // A refusal that has lasted in this run need not last as long again.
                    let is_known = self.seen.new_is_refused.get();
                    let said = if is_known {
                        self.ask(&both.new, Duration::ZERO).await?
                    } else {
                        self.lasting(&both.new, &both.old).await?
                    };
                    match said.0 {
                        Liveness::Rejected(_) => {
                            self.seen.new_is_refused.set(true);
                            return Ok(Pair::OldAlone);
                        }
                        Liveness::Live => "the new one is refused and accepted by turns".to_owned(),
                        Liveness::Unclear(said) => said,
                    }
                }
                (old, new) => return Ok(Pair::Neither(old, new)),
            };
            if !pause.wait().await {
                return Err(Cause::Unclear { what: "the old token".into(), said });
            }
        }
    }

    /// At the start of a run that goes on: others may have promoted or deleted the new token since, and the journal may be
    /// wrong. Before any sink is told anything, that is written down. What cannot be found cannot be tried: the step that
    /// needs it says so.
    pub(super) async fn take_stock(&mut self) -> Result<(), Cause> {
        let rotation = &self.rotation;
        let is_over = rotation.outcome().is_some() || rotation.superseded().is_some();
        if is_over || self.undoing || rotation.back().is_some() || rotation.new_token().is_none() {
            return Ok(());
        }
        self.reconsider().await?;
        if self.rotation.promoted().is_none()
            && !self.rotation.is_promoting()
            // Before it was verified it is in no sink, and the step that verifies it decides.
            && self.rotation.is_published()
            && let Ok(both) = self.both()
        {
            self.seen.tried = self.both_work(&both).await?;
        }
        Ok(())
    }

    /// Looks again whether the new token is in force, if the journal says so.
    ///
    /// # Errors
    /// If it is not, and a sink or what keys have sealed cannot be put right, or this cannot be written down.
    pub async fn look_again(&mut self) -> Result<(), Error> {
        self.reconsider().await.map_err(|cause| self.halted(cause))
    }

    /// The journal says that the new token is in force, by what Twilio said of the two. What Twilio answered to the promote
    /// itself stands: another word of it is stale, and sinks that believed it would be left with a dead token.
    ///
    /// Where Twilio calls the new one the secondary, or refuses it, and accepts the old one, and keeps to it, it was never
    /// promoted: the sinks hold the old one as the token in force again, and the journal says so.
    pub(super) async fn reconsider(&mut self) -> Result<(), Cause> {
        let is_taken = self.rotation.promoted().is_some() && !self.rotation.is_answered();
        if !is_taken || self.rotation.outcome().is_some() {
            return Ok(());
        }
        let Ok(both) = self.both() else { return Ok(()) };
        // What is as it should be is seen by one question; and where Twilio cannot be asked, nothing is reconsidered.
        if !matches!(self.ask(&both.old, Duration::ZERO).await, Ok((Liveness::Live, _))) {
            return Ok(());
        }
        let mut pause = Pause::new(self.world.patience);
        loop {
            match self.weigh(&both).await? {
                Pair::Both(Standing::Secondary) if pause.wait().await => {}
                // That the new one alone is refused has lasted as long already.
                Pair::Both(Standing::Secondary) | Pair::OldAlone => return self.put_right(&both).await,
                Pair::Both(_) | Pair::Promoted | Pair::Neither(..) => return Ok(()),
            }
        }
    }

    /// The new token waits, whatever the journal says. The record comes last: a run that was killed before it does all of
    /// this again.
    async fn put_right(&mut self, both: &Waiting) -> Result<(), Cause> {
        self.hand_back(both)?;
        let renew = TokenChange::Renew { stale: both.new.clone(), current: both.old.clone() };
        self.replace_current(&both.new, &renew).await?;
        // It stands as the one in force now; beside that it is nothing.
        let clear = TokenChange::Clear { current: both.old.clone(), previous: both.old.clone() };
        self.replace_current(&both.old, &clear).await?;
        (self.seen.old_is_dead, self.kept) = (false, None);
        self.write(&Record::StillSecondary { at: self.now() })
    }

    /// Before the old token is taken out of a sink, or what is sealed goes: sees that it is dead. `false` if the journal was
    /// wrong about the promote, and says so now.
    pub(super) async fn see_old_is_dead(&mut self) -> Result<bool, Cause> {
        if self.seen.old_is_dead {
            return Ok(true);
        }
        // It is nowhere any more.
        let Ok(both) = self.both() else { return Ok(true) };
        match self.weigh(&both).await? {
            // With both dead, the sinks tell what is in force instead.
            Pair::Promoted | Pair::Neither(Liveness::Rejected(_), Liveness::Rejected(_)) => {}
            Pair::Both(_) | Pair::OldAlone => {
                self.reconsider().await?;
                if self.rotation.promoted().is_none() {
                    return Ok(false);
                }
                return Err(Cause::OldLives { print: both.old.fingerprint() });
            }
            Pair::Neither(old, new) => return Err(neither(old, new)),
        }
        self.seen.old_is_dead = true;
        Ok(true)
    }
}
