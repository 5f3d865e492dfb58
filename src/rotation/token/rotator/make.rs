//! Making the secondary token, and finding out what a lost answer left.

use std::time::Duration;

use super::Rotator;
use super::tokens::Pause;
use super::weigh::Pair;
use crate::api::{self, SecondaryError};
use crate::model::Secret;
use crate::model::time::{self, Timestamp};
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::holders::{self, Holders};
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::secondary::{Own, WINDOW, Whose, whose};
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::TokenRole;

/// How often a create that was never answered is sent again within one run.
const CREATES: u32 = 3;

impl<T: Tokens> Rotator<'_, T> {
    /// The first create. It is sent once; whatever becomes of the answer, the token is sealed, or deleted, or will be
    /// asked for.
    pub(super) async fn create(&mut self) -> Result<(), Cause> {
        let first = self.rotation.asked().is_empty();
        let (old, answer) = self.send_create().await?;
        match answer {
            Ok(new) => self.keep(new, old).await,
            Err(SecondaryError::Unknown(error)) => {
                self.unanswered = Some(error);
                Ok(())
            }
            // Nothing was asked for before: it cannot be ours.
            Err(SecondaryError::Exists(error)) if first => {
                let since = self.since(&old).await;
                self.write(&Record::Back { at: self.now(), why: Why::Exists })?;
                self.write(&Record::Settled { at: self.now() })?;
                self.turned = Some(Cause::Exists { since, names: self.begun().names.clone(), source: Some(error) });
                Ok(())
            }
            Err(SecondaryError::Exists(error)) => self.existing(&old, Some(error)).await,
            Err(SecondaryError::NotSent(source)) => {
                self.write(&Record::Back { at: self.now(), why: Why::Refused(source.to_string()) })?;
                self.write(&Record::Settled { at: self.now() })?;
                self.turned = Some(Cause::Twilio { doing: "creating the secondary token", source });
                Ok(())
            }
        }
    }

    /// Notes, with Twilio's time, that a create is about to be sent, and sends it. The old token is proven first: that it
    /// is in force, and what the time is there.
    async fn send_create(&mut self) -> Result<(Secret, Result<Secret, SecondaryError>), Cause> {
        if self.creates == CREATES
            && let Some(source) = self.unanswered.take()
        {
            return Err(Cause::NeverAnswered { what: "the create", times: self.creates, source });
        }
        let old = self.old_token()?;
        self.prove_old(&old).await?;
        self.write(&Record::Creating { at: self.now(), server: self.tokens.server_time() })?;
        self.creates += 1;
        let answer = self.tokens.create(&old, self.begun().suppress_email).await;
        Ok((old, answer))
    }

    /// A token was made: it is sealed, or deleted if it cannot be.
    async fn keep(&mut self, new: Secret, old: Secret) -> Result<(), Cause> {
        let waiting = Waiting { new, old };
        if let Err(cause) = self.seal(&waiting) {
            let _ = self.room.remove();
            return match self.tokens.delete(&waiting.old, self.begun().suppress_email).await {
                Ok(_) => {
                    self.write(&Record::Settled { at: self.now() })?;
                    Err(cause)
                }
                Err(source) => Err(Cause::Stray { why: cause.to_string(), source }),
            };
        }
        let print = waiting.new.fingerprint();
        (self.new, self.old) = (Some(waiting.new), Some(waiting.old));
        self.write(&Record::Sealed { at: self.now(), new: print, again: false })
    }

    /// A create was sent and its outcome is not in the journal. What is sealed is ours. Else the create itself is the
    /// question: that it is carried out proves that there was nothing, and its refusal that there is something.
    pub(super) async fn recover(&mut self) -> Result<(), Cause> {
        if let Some(waiting) = self.sealed()? {
            self.complete_seal(&waiting)?;
            let print = waiting.new.fingerprint();
            (self.new, self.old) = (Some(waiting.new), Some(waiting.old));
            return self.write(&Record::Sealed { at: self.now(), new: print, again: true });
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

    /// A secondary token exists, and a create of ours was never answered. Events tell whose it is, if anything does.
    async fn existing(&mut self, old: &Secret, answer: Option<api::Error>) -> Result<(), Cause> {
        // The last of them was refused, since there was one. A later run must know it, too: what another made meanwhile would
        // seem to be of this create.
        if let Some((asked, _)) = self.rotation.asked().last().copied() {
            self.write(&Record::CreateRefused { at: self.now(), asked })?;
        }
        let earliest = self.rotation.asked().iter().filter_map(|(_, server)| *server).min();
        let since = earliest.map(|at| before(at, WINDOW));
        let mut pause = Pause::new(self.world.patience);
        loop {
            let events = match self.tokens.events(old, since).await {
                Ok(events) => events,
                Err(source) if source.is_temporary() => {
                    return Err(Cause::Twilio { doing: "reading the events of the account's tokens", source });
                }
                Err(source) => return Err(Cause::Unsettled { why: format!("its events cannot be read ({source})") }),
            };
            match whose(&events, self.own()) {
                Whose::Ours => return self.delete_orphan(old).await,
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

    /// What is known here of the secondaries that this rotation made.
    pub(super) fn own(&self) -> Own<'_> {
        let (account, asked) = (&self.begun().account, self.rotation.asked());
        Own { account, asked, deleted: self.rotation.settled(), doubtful: self.rotation.doubtful() }
    }

    /// There is one secondary at most: where it is another's, none is ours.
    fn foreign(&mut self, since: Timestamp, answer: Option<api::Error>) -> Result<(), Cause> {
        if self.rotation.back().is_none() {
            self.turned = Some(Cause::Exists { since: Some(since), names: self.begun().names.clone(), source: answer });
            self.write(&Record::Back { at: self.now(), why: Why::Exists })?;
        }
        self.write(&Record::Settled { at: self.now() })
    }

    /// Since when there is a secondary token, if events tell.
    async fn since(&self, old: &Secret) -> Option<Timestamp> {
        match api::outstanding(&self.tokens.events(old, None).await.ok()?) {
            api::Outstanding::Yes { since } => Some(since),
            api::Outstanding::No { .. } | api::Outstanding::Unknown => None,
        }
    }

    /// Deletes the secondary token that a create of ours left and that nobody can hold: its only showing was lost. One
    /// that is held nevertheless is another's, whatever the events seem to tell.
    async fn delete_orphan(&mut self, old: &Secret) -> Result<(), Cause> {
        let Holders { mut places, tokens } = self.holders(old).await?;
        if places.is_empty() {
            places.extend(tokens.iter().map(|token| format!("the token {token} in hand")));
        }
        if !places.is_empty() {
            return Err(Cause::InUse { places });
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

    /// What holds the secondary token, of this rotation's places and of all that this machine knows.
    pub(super) async fn holders(&self, old: &Secret) -> Result<Holders, Cause> {
        let opened = self.known(&self.names_in_use(), &[])?;
        holders::of_secondary(self.tokens, old, &self.hand, (&opened, &[]), &self.target(), self.world.patience).await
    }

    /// Takes up the secondary token that somebody else had made, to take it out of the sinks and delete it.
    ///
    /// # Errors
    /// If Twilio could not be asked, or this cannot be written down.
    pub async fn take_up(&mut self) -> Result<(), Error> {
        self.adopt().await.map_err(|cause| self.halted(cause))?;
        if self.rotation.new_token().is_some() {
            self.write(&Record::Verified { at: self.now() }).map_err(|cause| self.halted(cause))?;
        }
        Ok(())
    }

    /// Takes up the secondary token that somebody else had made: the one in hand, or one that a sink holds.
    pub(super) async fn adopt(&mut self) -> Result<(), Cause> {
        let old = self.old_token()?;
        let mut found: Vec<Secret> = self.hand.iter().filter(|token| **token != old).cloned().collect();
        let staged = self.held()?.into_iter().filter(|token| token.role == TokenRole::Secondary);
        found.extend(staged.map(|token| token.value).filter(|token| *token != old));
        self.prove_old(&old).await?;
        for new in found {
            match self.ask(&new, Duration::ZERO).await? {
                (Liveness::Live, Standing::Secondary | Standing::Unknown) => {
                    let waiting = Waiting { new, old };
                    self.seal(&waiting)?;
                    let print = waiting.new.fingerprint();
                    (self.new, self.old) = (Some(waiting.new), Some(waiting.old));
                    return self.write(&Record::Sealed { at: self.now(), new: print, again: false });
                }
                (Liveness::Live, Standing::Primary) | (Liveness::Rejected(_), _) => {}
                (Liveness::Unclear(said), _) => {
                    return Err(Cause::Unclear { what: "the secondary token".into(), said });
                }
            }
        }
        let since = self.since(&old).await;
        self.write(&Record::Back { at: self.now(), why: Why::Gone })?;
        self.turned = Some(Cause::NoneInHand { since, names: self.begun().names.clone() });
        Ok(())
    }

    pub(super) async fn verify_new(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return self.write(&Record::Lost { at: self.now() }) };
        let old = self.old_token()?;
        match self.ask(&new, self.world.patience).await? {
            (Liveness::Live, standing) => {
                self.write(&Record::Verified { at: self.now() })?;
                // By another's hand, since an earlier run made it.
                if standing == Standing::Primary && self.weigh(&Waiting { new, old }).await? == Pair::Promoted {
                    self.write(&Record::Promoted { at: self.now(), answered: false })?;
                }
                Ok(())
            }
            (Liveness::Rejected(said), _) => {
                // Which of the two is at fault decides what may be done.
                self.prove_old_alone(&old).await?;
                self.seen.new_is_refused.set(true);
                let why = if self.begun().adopted { Why::Gone } else { Why::Rejected };
                self.write(&Record::Back { at: self.now(), why })?;
                self.turned = Some(Cause::Rejected { what: format!("the new token ({})", new.fingerprint()), said });
                Ok(())
            }
            (Liveness::Unclear(said), _) => {
                Err(Cause::Unclear { what: format!("the new token ({})", new.fingerprint()), said })
            }
        }
    }
}

/// A moment so much earlier.
pub(super) fn before(at: Timestamp, by: Duration) -> Timestamp {
    let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(at.as_second().saturating_sub(seconds)).unwrap_or_else(|_| time::after(at, Duration::ZERO))
}
