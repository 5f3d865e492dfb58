//! A create that was never answered: finding out what it left.
//!
//! Nothing but Twilio's events tells whose a secondary is, and they may be late. What is taken for ours by them is deleted, by
//! whatever run, right after the create, or once they had the time to tell of another's that was made in its place.

use std::time::Duration;

use super::Rotator;
use super::tokens::Pause;
use crate::api::{self, SecondaryError, TokenEvent};
use crate::model::Secret;
use crate::model::time::{self, Timestamp};
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders::{self, Holders};
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::secondary::{self, Own, WINDOW, Whose, is_between, is_early, whose};
use crate::rotation::token::tokens::{Standing, Tokens};

impl<T: Tokens> Rotator<'_, T> {
    /// A create was sent and its outcome is not in the journal. What is sealed is ours. Else the create itself is the
    /// question: that it is carried out proves that there was nothing, and its refusal that there is something.
    pub(super) async fn recover(&mut self) -> Result<(), Cause> {
        if self.rotation.back().is_some() {
            return self.recover_back().await;
        }
        if self.take_sealed()? {
            return Ok(());
        }
        if self.any {
            return self.delete_unknown().await;
        }
        let (old, answer) = self.send_create().await?;
        match answer {
            Ok(new) => self.keep(new, old).await,
            Err(SecondaryError::Exists(error)) => self.existing(&old, Some(error)).await,
            Err(SecondaryError::Unknown(error)) => {
                self.unanswered = Some(error);
                Ok(())
            }
            Err(SecondaryError::NotSent(source)) => {
                Err(Cause::Twilio { doing: "asking whether there is a secondary token", source })
            }
        }
    }

    /// What is sealed is of a create whose outcome is not in the journal. `false` if nothing is.
    fn take_sealed(&mut self) -> Result<bool, Cause> {
        let Some(waiting) = self.sealed()? else { return Ok(false) };
        self.complete_seal(&waiting)?;
        let print = waiting.new.fingerprint();
        (self.new, self.old) = (Some(waiting.new), Some(waiting.old));
        self.write(&Record::Sealed { at: self.now(), new: print, again: true })?;
        Ok(true)
    }

    /// The same on the way back, and before it is entered. Another create would make a secondary, whose answer may be lost in
    /// its turn: what is not sealed is settled if the events prove that a create of ours has left one, which is deleted, or
    /// that none has; or by the user's word.
    pub(super) async fn recover_back(&mut self) -> Result<(), Cause> {
        if self.take_sealed()? {
            return Ok(());
        }
        if self.any {
            return self.delete_unknown().await;
        }
        // One that another had made was taken up, and nobody holds it any more: it is left to its maker.
        if self.rotation.asked().is_empty() {
            return self.write(&Record::Settled { at: self.now() });
        }
        let old = self.old_token()?;
        self.prove_old(&old).await?;
        let events = match self.told_since(&old).await {
            Err(Cause::Unsettled { why }) => return Err(Cause::NotAsked { why }),
            told => told?,
        };
        if secondary::is_none_left(&events, self.own()) {
            return self.write(&Record::Settled { at: self.now() });
        }
        match whose(&events, self.own()) {
            Whose::Ours { .. } => self.delete_orphan(&old).await,
            Whose::Ambiguous(why) => Err(Cause::Unsettled { why: why.to_owned() }),
            Whose::Foreign { .. } | Whose::Untold => {
                Err(Cause::NotAsked { why: "Twilio's events do not tell of it".to_owned() })
            }
        }
    }

    /// A secondary token exists, and a create of ours was never answered. Events tell whose it is, if anything does.
    pub(super) async fn existing(&mut self, old: &Secret, answer: Option<api::Error>) -> Result<(), Cause> {
        // The last of them was refused, since there was one. A later run must know it, too: what another made meanwhile would
        // seem to be of this create.
        if let Some((asked, _)) = self.rotation.asked().last().copied() {
            self.write(&Record::CreateRefused { at: self.now(), asked })?;
        }
        let mut pause = Pause::new(self.world.patience);
        loop {
            match whose(&self.told_since(old).await?, self.own()) {
                Whose::Ours { .. } => return self.delete_orphan(old).await,
                Whose::Ambiguous(why) => return Err(Cause::Unsettled { why: why.to_owned() }),
                Whose::Foreign { since } => return self.foreign(since, answer),
                Whose::Untold if pause.wait().await => {}
                Whose::Untold => {
                    let Some(since) = self.since(old).await else { return Err(Cause::EventsLag) };
                    return self.foreign(since, answer);
                }
            }
        }
    }

    /// The events of the account's tokens since shortly before the first create that may have been carried out.
    async fn told_since(&self, old: &Secret) -> Result<Vec<TokenEvent>, Cause> {
        let earliest = self.rotation.asked().iter().filter_map(|(_, server)| *server).min();
        match self.tokens.events(old, earliest.map(|at| before(at, WINDOW))).await {
            Ok(events) => Ok(events),
            Err(source) if source.is_temporary() => {
                Err(Cause::Twilio { doing: "reading the events of the account's tokens", source })
            }
            Err(source) => Err(Cause::Unsettled { why: format!("Twilio's events cannot be read ({source})") }),
        }
    }

    /// What is known here of the secondaries that this rotation made.
    pub(super) fn own(&self) -> Own<'_> {
        let (account, asked) = (&self.begun().account, self.rotation.asked());
        Own { account, asked, deleted: self.rotation.settled(), doubtful: self.rotation.doubtful() }
    }

    /// There is one secondary at most: where it is another's, none is ours. One that was made before ours was asked for may
    /// have been deleted since, and ours taken its place, and neither be told yet.
    fn foreign(&mut self, since: Timestamp, answer: Option<api::Error>) -> Result<(), Cause> {
        if is_early(since, self.rotation.asked(), self.tokens.server_time()) {
            return Err(Cause::EventsLag);
        }
        if self.rotation.back().is_none() {
            self.turned = Some(Cause::Exists { since: Some(since), names: self.begun().names.clone(), source: answer });
            self.write(&Record::Back { at: self.now(), why: Why::Exists })?;
        }
        self.write(&Record::Settled { at: self.now() })
    }

    /// Since when there is a secondary token, if events tell.
    pub(super) async fn since(&self, old: &Secret) -> Option<Timestamp> {
        match api::outstanding(&self.tokens.events(old, None).await.ok()?) {
            api::Outstanding::Yes { since } => Some(since),
            api::Outstanding::No { .. } | api::Outstanding::Unknown => None,
        }
    }

    /// What is held is another's, whatever the events seem to tell: the only showing of ours was lost.
    async fn expect_unused(&self, old: &Secret) -> Result<(), Cause> {
        let Holders { mut places, tokens } = self.holders(old).await?;
        if places.is_empty() {
            places.extend(tokens.iter().map(|token| format!("the token {token} in hand")));
        }
        if places.is_empty() { Ok(()) } else { Err(Cause::InUse { places }) }
    }

    /// Deletes the secondary token that a create of ours left and that nobody can hold, unless the events that say so may
    /// not have told yet of another's in its place.
    async fn delete_orphan(&mut self, old: &Secret) -> Result<(), Cause> {
        self.expect_unused(old).await?;
        if is_between(self.rotation.asked(), self.tokens.server_time()) {
            return Err(Cause::MayBeReplaced);
        }
        self.send_delete(old, "deleting a secondary token that nobody holds").await?;
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.write(&Record::Orphan { at: self.now() })?;
        self.write(&Record::Settled { at: self.now() })
    }

    /// The user said that whatever secondary there is, is to go.
    async fn delete_unknown(&mut self) -> Result<(), Cause> {
        let old = self.old_token()?;
        self.prove_old(&old).await?;
        let places = self.holders(&old).await?.places;
        if !places.is_empty() {
            return Err(Cause::StillHeld { places });
        }
        self.send_delete(&old, "deleting the secondary token").await?;
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        // Settled first: a run that is killed between the two leaves nothing to be asked for by another create.
        self.write(&Record::Settled { at: self.now() })?;
        self.write(&Record::Deleted { at: self.now() })
    }

    /// What holds the secondary token, of this rotation's places and of all that this machine knows. What was refused for
    /// long enough in this run is dead, and not asked again.
    pub(super) async fn holders(&self, old: &Secret) -> Result<Holders, Cause> {
        let (opened, target) = (self.known(&self.names_in_use(), &[])?, self.target());
        let mut dead = self.seen.refused.borrow().clone();
        dead.extend(self.new.clone().filter(|_| self.seen.new_is_refused.get()));
        let tried =
            holders::tried(self.tokens, (old, &dead), &self.hand, &opened, &target, self.world.patience).await?;
        holders::holding(&tried.working, (&opened, &[]), &target)
    }

    /// Whether the new token is refused for as long as there is patience. On the way back whatever else may be the secondary
    /// is asked with it: one wait is enough for all.
    pub(super) async fn lasting(&self, new: &Secret, old: &Secret) -> Result<(Liveness, Standing), Cause> {
        let said = self.ask(new, Duration::ZERO).await?;
        if !matches!(said.0, Liveness::Rejected(_)) {
            return Ok(said);
        }
        let mut hand = self.hand.clone();
        hand.push(new.clone());
        // What cannot be looked into stops whoever has to know what is in there.
        if self.undoing
            && let Ok(opened) = self.known(&self.names_in_use(), &[])
            && let Ok(tried) =
                holders::tried(self.tokens, (old, &[]), &hand, &opened, &self.target(), self.world.patience).await
            && tried.refused.contains(new)
            && tried.working.is_empty()
        {
            self.seen.refused.replace(tried.refused);
            return Ok(said);
        }
        self.ask(new, self.world.patience).await
    }
}

/// A moment so much earlier.
pub(super) fn before(at: Timestamp, by: Duration) -> Timestamp {
    let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(at.as_second().saturating_sub(seconds)).unwrap_or_else(|_| time::after(at, Duration::ZERO))
}
