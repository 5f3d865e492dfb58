//! A new token that is refused when it is to be deleted: gone already, or not known to the server that was asked.
//!
//! The way back makes no secondary to find that out: each that is made has to be accounted for again, and its answer may be
//! lost like any other.

use super::Rotator;
use super::lost::before;
use crate::model::Secret;
use crate::model::time;
use crate::rotation::preflight::SKEW;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders::Holders;
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::secondary::{Since, WINDOW, Whose, deleted_since, whose};
use crate::rotation::token::tokens::Tokens;

/// What became of a new token that is refused.
enum Fate {
    /// It is gone.
    Gone,
    /// It is the secondary that the account has.
    Lives,
    /// That cannot be told; why, and whether a later run may be told.
    Untold(String, bool),
}

impl<T: Tokens> Rotator<'_, T> {
    /// Comes to the end of a new token that is refused for as long as there is patience. One whose deletion was under way,
    /// or that Twilio's events call deleted, is gone. One that they call the secondary is deleted all the same by the run that
    /// made it; to a later one they may be out of date, and another's stand in its place. Where they do not tell, the user's
    /// word does: whatever secondary there is, is to go.
    pub(super) async fn delete_refused(&mut self, new: &Secret, old: &Secret) -> Result<(), Cause> {
        self.prove_old_alone(old).await?;
        let is_gone = self.rotation.is_deleting() || self.rotation.back() == Some(&Why::Gone);
        let fate = match self.begun().adopted {
            _ if is_gone => Fate::Gone,
            // When another made it is not known: no event could be matched.
            true if self.any => Fate::Untold("somebody else made it".into(), false),
            true => Fate::Gone,
            false => self.fate(old).await?,
        };
        match fate {
            Fate::Gone => {}
            Fate::Untold(why, is_late) if !self.any => {
                return Err(Cause::MayLive { print: new.fingerprint(), why, is_late });
            }
            Fate::Lives | Fate::Untold(..) => {
                let Holders { mut places, tokens } = self.holders(old).await?;
                if places.is_empty() && !self.any {
                    let others = tokens.iter().filter(|token| **token != new.fingerprint());
                    places.extend(others.map(|token| format!("the token {token} in hand")));
                }
                if !places.is_empty() {
                    return Err(Cause::StillHeld { places });
                }
                self.send_delete(old, "deleting the secondary token").await?;
            }
        }
        self.write(&Record::Deleted { at: self.now() })
    }

    /// What Twilio's events tell of a new token that this rotation made.
    async fn fate(&self, old: &Secret) -> Result<Fate, Cause> {
        let made = match (self.rotation.asked().last().copied(), self.rotation.sealed_at()) {
            (Some((_, Some(server))), _) => Since::Asked(server),
            (Some((at, None)), _) | (None, Some(at)) => Since::After(time::after(at, SKEW)),
            (None, None) => return Ok(Fate::Untold("when it was made is not known".into(), false)),
        };
        let earliest = self.rotation.asked().iter().filter_map(|(_, server)| *server).min();
        let events = match self.tokens.events(old, earliest.map(|at| before(at, WINDOW))).await {
            Ok(events) => events,
            Err(source) if source.is_temporary() => {
                return Err(Cause::Twilio { doing: "reading the events of the account's tokens", source });
            }
            Err(source) => return Ok(Fate::Untold(format!("Twilio's events cannot be read ({source})"), false)),
        };
        if deleted_since(&events, made) {
            return Ok(Fate::Gone);
        }
        let is_younger = |since| matches!(made, Since::Asked(server) if since > server);
        Ok(match whose(&events, self.own()) {
            // The user said so, or this very run made it. Else its deletion, and another's making, may be told later.
            Whose::Ours { .. } if self.any || self.creates > 0 => Fate::Lives,
            // There is one at most, and this was made later.
            Whose::Foreign { since } if is_younger(since) => Fate::Gone,
            Whose::Ambiguous(why) => Fate::Untold(why.to_owned(), false),
            Whose::Ours { .. } | Whose::Foreign { .. } | Whose::Untold => {
                Fate::Untold("Twilio's events do not tell of its deletion yet".into(), true)
            }
        })
    }

    /// Notes that the secondary is about to be deleted, and deletes it: it may be gone whatever becomes of the answer.
    pub(super) async fn send_delete(&mut self, old: &Secret, doing: &'static str) -> Result<(), Cause> {
        self.write(&Record::Deleting { at: self.now() })?;
        let deleted = self.tokens.delete(old, self.begun().suppress_email || self.suppress_email).await;
        deleted.map(|_| ()).map_err(|source| Cause::Twilio { doing, source })
    }
}
