//! The way back, which leads as far as to the promote.

use std::time::Duration;

use super::Rotator;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders::{self, Places, is_same};
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::sinks::{HeldToken, LoadedTokens, Sink, Target, TokenRole, TokenTarget};

impl<T: Tokens> Rotator<'_, T> {
    /// Before the way back is entered, which has no turning: makes sure that no other place uses the new token. A sink that
    /// is named and holds it as the one that waits joins the rotation, to have it taken out. Nothing has changed after an
    /// error.
    pub(super) fn clear_the_way(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return Ok(()) };
        let mut others = self.elsewhere()?;
        // What stands in a file of this rotation is taken out of it on the way, or found at its end.
        let is_own = |sink: &dyn Sink| {
            let name = sink.spec().to_string();
            self.in_use().any(|own| is_same(own.spec(), &name))
        };
        others.retain(|sink| !is_own(sink.as_ref()));
        let mut waiting = Vec::new();
        for (at, sink) in others.iter().enumerate() {
            let name = sink.spec().to_string();
            if self.named.contains(&name) && self.only_waits(sink.as_ref(), &new)? {
                waiting.push((at, name));
            }
        }
        let rest = others.iter().enumerate().filter(|(at, _)| !waiting.iter().any(|(waits, _)| waits == at));
        let mut places = holders::mentions(rest.map(|(_, sink)| sink.as_ref()), &new)?;
        places.extend(self.in_force_where_left_out(&new));
        if !places.is_empty() {
            return Err(Cause::StillHeld { places });
        }
        for (_, name) in waiting {
            self.join(&name)?;
        }
        Ok(())
    }

    /// Whether a sink holds the token as the one that waits, and in no other way.
    fn only_waits(&self, sink: &dyn Sink, token: &Secret) -> Result<bool, Cause> {
        let Some(held) = held(sink, &self.target()) else { return Ok(false) };
        let roles: Vec<TokenRole> = held.iter().filter(|held| held.value == *token).map(|held| held.role).collect();
        let waits = !roles.is_empty() && roles.iter().all(|role| *role == TokenRole::Secondary);
        Ok(waits && holders::mentions([sink], token)?.len() == roles.len())
    }

    /// Deletes the secondary token, if it is this rotation's, and nothing uses it.
    pub(super) async fn delete(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return self.write(&Record::Lost { at: self.now() }) };
        let old = self.old_token()?;
        match self.ask(&new, Duration::ZERO).await? {
            // It was promoted by hand: to go back would be to go on with a token that is dead.
            (Liveness::Live, Standing::Primary) => return self.write(&Record::Promoted { at: self.now() }),
            (Liveness::Live, Standing::Secondary | Standing::Unknown) => {}
            (Liveness::Rejected(_), _) => {
                self.prove_old(&old).await?;
                let foreign = self.begun().adopted || self.rotation.back() == Some(&Why::Gone);
                if foreign {
                    return self.write(&Record::Deleted { at: self.now() });
                }
                self.make_sure_held().await?;
                // What does not authenticate as the new token is not deleted in its name. What is sealed of it leads
                // nowhere.
                self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
                return self.write(&Record::Lost { at: self.now() });
            }
            (Liveness::Unclear(said), _) => return Err(Cause::Unclear { what: "the new token".into(), said }),
        }
        self.prove_old(&old).await?;
        self.make_sure_unheld(&new)?;
        let deleted = self.tokens.delete(&old, self.begun().suppress_email).await;
        deleted.map_err(|source| Cause::Twilio { doing: "deleting the secondary token", source })?;
        self.write(&Record::Deleted { at: self.now() })
    }

    /// Fails if any place that this machine knows holds the token, in any variable.
    fn make_sure_unheld(&self, token: &Secret) -> Result<(), Cause> {
        let others = self.elsewhere()?;
        let mut places = holders::mentions(self.in_use().chain(others.iter().map(AsRef::as_ref)), token)?;
        places.extend(self.in_force_where_left_out(token));
        places.sort();
        places.dedup();
        if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { places }) }
    }

    /// Every place beside the sinks in use: those that the run names, that journals and profiles tell of, and that the
    /// caller knows.
    fn elsewhere(&self) -> Result<Vec<Box<dyn Sink>>, Cause> {
        self.known(&[], &self.names_in_use())
    }

    /// These sinks, and all that is named or known, without `but` and without what is left out.
    pub(super) fn known(&self, these: &[String], but: &[String]) -> Result<Vec<Box<dyn Sink>>, Cause> {
        let dropped = self.rotation.places().iter().filter(|place| place.dropped).map(|place| place.sink.clone());
        let mut without: Vec<String> = dropped.filter(|name| !self.named.contains(name)).collect();
        without.extend(self.without.iter().chain(but).cloned());
        let named: Vec<String> = these.iter().chain(&self.named).cloned().collect();
        let (endpoint, target) = (&self.begun().endpoint, self.target());
        holders::open(self.world, self.ledger, Places { endpoint, named: &named, without: &without, target: &target })
    }

    pub(super) fn names_in_use(&self) -> Vec<String> {
        let used = self.rotation.places().iter().filter(|place| !place.dropped);
        used.map(|place| place.sink.clone()).collect()
    }

    /// The sinks that were left out of this rotation.
    fn left_out(&self) -> impl Iterator<Item = &dyn Sink> {
        let places = self.rotation.places().iter();
        places.zip(&self.sinks).filter(|(place, _)| place.dropped).map(|(_, sink)| sink.as_ref())
    }

    /// Where the token is in force in sinks that were left out: by the user's word its stages may stay in these and die, and
    /// what is used may not. One that is not there, or cannot be read, holds nothing that could be told, and a program is
    /// not asked.
    fn in_force_where_left_out(&self, token: &Secret) -> Vec<String> {
        let target = self.target();
        let asked = self.left_out().filter(|sink| sink.spec().kind().target != Target::Program);
        let found = asked.filter_map(|sink| held(sink, &target)).flatten();
        let current = found.filter(|held| held.role == TokenRole::Current && held.value == *token);
        current.map(|held| held.place.to_string()).collect()
    }
}

fn held(sink: &dyn Sink, target: &TokenTarget) -> Option<Vec<HeldToken>> {
    match sink.load_tokens(target) {
        Ok(LoadedTokens::Held(held)) => Some(held),
        Ok(LoadedTokens::Absent | LoadedTokens::WriteOnly) | Err(_) => None,
    }
}
