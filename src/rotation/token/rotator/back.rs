//! The way back, which leads as far as to the promote.

use super::Rotator;
use super::weigh::Pair;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders::{self, Opened, Places, expected, in_force};
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::{Sink, TokenRole, is_among};

impl<T: Tokens> Rotator<'_, T> {
    /// Before the way back is entered, which has no turning: makes sure that no other place uses the new token. A sink that
    /// is named and holds it as the one that waits joins the rotation, to have it taken out. Nothing has changed after an
    /// error, so each sink of the rotation is looked into as well: one that is gone would stop the way back halfway.
    pub(super) fn clear_the_way(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return Ok(()) };
        for at in 0..self.sinks.len() {
            if !self.rotation.places()[at].dropped {
                self.load(at)?;
            }
        }
        let Opened { sinks: others, left_out } = self.elsewhere()?;
        let mut waiting = Vec::new();
        for (at, sink) in others.iter().enumerate() {
            let name = sink.spec().to_string();
            if self.named.contains(&name) && self.only_waits(sink.as_ref(), &new)? {
                waiting.push((at, name));
            }
        }
        let target = self.target();
        // In a sink of this rotation it gives way wherever it is a token: as the one in force, to the old one.
        let mut own = expected(self.in_use(), &new, &target, &[TokenRole::Secondary, TokenRole::Current]);
        let joining = waiting.iter().filter_map(|(at, _)| others.get(*at)).map(AsRef::as_ref);
        own.extend(expected(joining, &new, &target, &[TokenRole::Secondary]));
        let everywhere = self.in_use().chain(others.iter().map(AsRef::as_ref));
        let mut places = holders::mentions_but(&own, everywhere, &new)?;
        places.extend(in_force(&left_out, &new, &target));
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
        let waiting = expected(std::iter::once(sink), token, &self.target(), &[TokenRole::Secondary]);
        Ok(!waiting.is_empty() && holders::mentions_but(&waiting, [sink], token)?.is_empty())
    }

    /// Deletes the secondary token, if it is this rotation's, and nothing uses it.
    pub(super) async fn delete(&mut self) -> Result<(), Cause> {
        let Some(new) = self.new_token()? else { return self.write(&Record::Lost { at: self.now() }) };
        let old = self.old_token()?;
        // One refusal alone does not say that there is nothing to delete; nor need one that has lasted be heard again.
        if self.seen.new_is_refused.get() {
            return self.delete_refused(&new, &old).await;
        }
        match self.lasting(&new, &old).await? {
            // It was promoted by hand: to go back would be to go on with a token that is dead.
            (Liveness::Live, Standing::Primary) => {
                if self.weigh(&Waiting { new, old }).await? == Pair::Promoted {
                    return self.write(&Record::Promoted { at: self.now(), answered: false });
                }
                let said = "the new one is called the primary".into();
                return Err(Cause::Unclear { what: "the old token".into(), said });
            }
            (Liveness::Live, Standing::Secondary | Standing::Unknown) => {}
            (Liveness::Rejected(_), _) => return self.delete_refused(&new, &old).await,
            (Liveness::Unclear(said), _) => return Err(Cause::Unclear { what: "the new token".into(), said }),
        }
        self.prove_old(&old).await?;
        self.make_sure_unheld(&new)?;
        self.hand_back(&Waiting { new, old: old.clone() })?;
        self.send_delete(&old, "deleting the secondary token").await?;
        self.write(&Record::Deleted { at: self.now() })
    }

    /// Fails if any place that this machine knows holds the token, in any variable.
    fn make_sure_unheld(&self, token: &Secret) -> Result<(), Cause> {
        let Opened { sinks: others, left_out } = self.elsewhere()?;
        let mut places = holders::mentions(self.in_use().chain(others.iter().map(AsRef::as_ref)), token)?;
        places.extend(in_force(&left_out, token, &self.target()));
        places.sort();
        places.dedup();
        if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { places }) }
    }

    /// Every place beside the sinks in use: those that the run names, that journals and profiles tell of, and that the
    /// caller knows.
    fn elsewhere(&self) -> Result<Opened, Cause> {
        self.known(&[], &self.names_in_use())
    }

    /// These sinks, and all that is named or known, without `but`; and what of it is left out.
    pub(super) fn known(&self, these: &[String], but: &[String]) -> Result<Opened, Cause> {
        let dropped = self.rotation.places().iter().filter(|place| place.dropped).map(|place| place.sink.clone());
        let mut without: Vec<String> = dropped.filter(|name| !is_among(name, &self.named)).collect();
        without.extend(self.without.iter().cloned());
        let named: Vec<String> = these.iter().chain(&self.named).cloned().collect();
        let (endpoint, target) = (&self.begun().endpoint, self.target());
        let places = Places { endpoint, named: &named, without: &without, but, target: &target };
        holders::open(self.world, self.ledger, places)
    }

    pub(super) fn names_in_use(&self) -> Vec<String> {
        let used = self.rotation.places().iter().filter(|place| !place.dropped);
        used.map(|place| place.sink.clone()).collect()
    }
}
