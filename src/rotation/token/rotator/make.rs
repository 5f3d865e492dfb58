//! Making the secondary token, or taking up one that is there.

use std::time::Duration;

use super::Rotator;
use super::weigh::Pair;
use crate::api::SecondaryError;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::record::{Record, Why};
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
    pub(super) async fn send_create(&mut self) -> Result<(Secret, Result<Secret, SecondaryError>), Cause> {
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
    pub(super) async fn keep(&mut self, new: Secret, old: Secret) -> Result<(), Cause> {
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
