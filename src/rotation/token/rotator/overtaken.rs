//! A rotation that another token has overtaken: both of its own are dead, and there is nothing to be done but to tidy up.
//!
//! Nothing short of proof will do, since what is sealed goes. And since files come back from backups, every run proves anew
//! that the sinks hold the token in force, and so does the last look before the seal is broken.

use std::time::Duration;

use super::Rotator;
use super::held::currents;
use super::place::reading;
use super::tokens::TWICE;
use crate::model::time;
use crate::model::{Fingerprint, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::preflight::SKEW;
use crate::rotation::token::error::{Bars, Cause, Error};
use crate::rotation::token::record::Record;
use crate::rotation::token::secondary::{self, Since};
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::sinks::{HeldToken, LoadedTokens, Sink, TokenChange, TokenRole};

impl<T: Tokens> Rotator<'_, T> {
    /// Finds out whether the rotation has been overtaken: another token was put in force, and every sink, and every one that
    /// the run names, holds that. Then what is left of ours may go.
    ///
    /// Each of these sinks gives a token back as the one in force; it is one and the same, none of ours, and Twilio calls it
    /// the primary. An account has one primary, and one that was replaced does not come back: our old token is dead, and so
    /// is our new one if it was the primary. If it never was, it may live on as the secondary: then it must be refused, or
    /// have been deleted, or Twilio's events tell of a promotion since it was made, which takes the only secondary there is.
    /// Whichever of ours is in hand is tried in any case, and refused. What a rotation of a key has sealed may open with no
    /// other token, so none may be open of the account, or of a subaccount under one of ours.
    ///
    /// # Errors
    /// If Twilio could not be asked, or this cannot be written down; and if it was overtaken, and a sink does not hold the
    /// token in force any more.
    pub async fn find_end(&mut self) -> Result<(), Error> {
        self.overtaken().await.map_err(|cause| self.halted(cause))
    }

    async fn overtaken(&mut self) -> Result<(), Cause> {
        let was = self.rotation.superseded().cloned();
        // With the secondary deleted the way back is as good as at its end.
        let is_gone = self.rotation.is_deleted() && self.rotation.promoted().is_none();
        let is_over = self.rotation.outcome().is_some() || is_gone && was.is_none();
        if was.is_none() && !is_over {
            // What can be found tells whether a seal opens with it.
            let _ = self.find();
        }
        // What was opened since it was overtaken is sealed under a token that works.
        if is_over || was.is_none() && !self.barring()?.is_empty() {
            return Ok(());
        }
        let used = self.names_in_use();
        let named = self.named.iter().filter(|name| !used.contains(name) && !self.without.contains(name));
        let named = named.map(|name| self.open(name)).collect::<Result<Vec<_>, _>>()?;
        let Some(by) = self.only_other(&named) else { return self.expect_overtaken(&named) };
        match (self.ask(&by, Duration::ZERO).await?, &was) {
            ((Liveness::Live, Standing::Primary), _) => {}
            ((Liveness::Unclear(said), _), Some(_)) => {
                return Err(Cause::Unclear { what: "the token in force".into(), said });
            }
            (_, Some(was)) => return Err(not_held(self.names_in_use().first(), was)),
            (_, None) => return Ok(()),
        }
        if was.is_none() && !self.are_dead(&by).await? {
            return Ok(());
        }
        for sink in named {
            let name = sink.spec().to_string();
            self.take_in(&name, sink)?;
        }
        // Written anew, it has every sink looked into again.
        if was != Some(by.fingerprint()) || self.rotation.places().iter().any(|place| place.cleared) {
            self.write(&Record::Superseded { at: self.now(), by: by.fingerprint() })?;
        }
        Ok(())
    }

    /// Whether both tokens of this rotation are dead for certain, now that this one is the primary.
    async fn are_dead(&mut self, by: &Secret) -> Result<bool, Cause> {
        // What cannot be found cannot be tried.
        let _ = self.find();
        let mut own: Vec<Secret> = [self.old.clone(), self.new.clone()].into_iter().flatten().collect();
        if self.rotation.new_token().is_none()
            && let Ok(Some(waiting)) = self.sealed()
        {
            own.extend([waiting.old, waiting.new]);
        }
        for token in &own {
            // One refusal alone does not say that it is dead.
            if !matches!(self.ask(token, TWICE).await?.0, Liveness::Rejected(_)) {
                return Ok(false);
            }
        }
        let both_tried = self.old.is_some() && self.new.is_some();
        if both_tried || self.rotation.promoted().is_some() || !self.rotation.may_have_created() {
            return Ok(true);
        }
        let since = match (self.rotation.asked().last().copied(), self.rotation.sealed_at()) {
            (Some((_, Some(server))), _) => Since::Asked(server),
            (Some((at, None)), _) | (None, Some(at)) => Since::After(time::after(at, SKEW)),
            (None, None) => return Ok(false),
        };
        // Events that cannot be read prove nothing.
        Ok(self.tokens.events(by, None).await.is_ok_and(|events| secondary::promoted_since(&events, since)))
    }

    /// The one token that all of these hold as the one in force, if it is none of ours. Where there is none of them, the
    /// token in hand.
    fn only_other(&self, named: &[Box<dyn Sink>]) -> Option<Secret> {
        let mut only: Option<Secret> = None;
        let mut sinks = self.in_use().chain(named.iter().map(AsRef::as_ref)).peekable();
        if sinks.peek().is_none() {
            return self.hand.first().filter(|token| !self.is_ours(token)).cloned();
        }
        for sink in sinks {
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

    /// If the rotation was overtaken: fails unless every sink, and these, hold the token by which it was.
    pub(super) fn expect_overtaken(&self, named: &[Box<dyn Sink>]) -> Result<(), Cause> {
        let Some(by) = self.rotation.superseded() else { return Ok(()) };
        for sink in self.in_use().chain(named.iter().map(AsRef::as_ref)) {
            let loaded = sink.load_tokens(&self.target()).map_err(|source| reading(sink, source))?;
            if !matches!(loaded, LoadedTokens::Held(held) if holds_only(&held, by)) {
                return Err(not_held(Some(&sink.spec().to_string()), by));
            }
        }
        Ok(())
    }

    /// What stands between the rotation and this end, as far as it can be told.
    pub(super) fn bars(&self) -> Bars {
        // From here on, what keys have sealed is sealed under a token that works, and every sink has been read.
        if self.rotation.superseded().is_some() {
            return Bars::default();
        }
        let keys = self.barring().unwrap_or_default();
        let is_silent = |sink: &&dyn Sink| matches!(sink.load_tokens(&self.target()), Ok(LoadedTokens::WriteOnly));
        Bars {
            keys: keys.into_iter().map(|rotation| rotation.begun().id.clone()).collect(),
            silent: self.in_use().filter(is_silent).map(|sink| sink.spec().to_string()).collect(),
        }
    }

    /// Takes the tokens of this rotation, which are dead, away from beside the one in force.
    pub(super) async fn clear_own(&mut self, at: usize) -> Result<(), Cause> {
        self.expect_overtaken(&[])?;
        let held = self.load(at)?.unwrap_or_default();
        let current = held.iter().find(|token| token.role == TokenRole::Current).map(|token| token.value.clone());
        for token in held {
            let Some(current) = current.clone().filter(|_| self.is_ours(&token.value)) else { continue };
            let change = match token.role {
                TokenRole::Current => continue,
                TokenRole::Secondary => TokenChange::Unstage { current, secondary: token.value },
                TokenRole::Previous => TokenChange::Clear { current, previous: token.value },
            };
            self.change(at, "clearing", &change).await?;
        }
        self.write(&Record::Cleared { at: self.now(), sink: at })
    }
}

fn not_held(sink: Option<&String>, by: &Fingerprint) -> Cause {
    Cause::Overtaken { sink: sink.map_or("no sink", String::as_str).to_owned(), by: by.clone() }
}

/// Whether a sink holds this token, and no other, as the one in force.
fn holds_only(held: &[HeldToken], print: &Fingerprint) -> bool {
    let mut current = held.iter().filter(|token| token.role == TokenRole::Current).peekable();
    current.peek().is_some() && current.all(|token| token.value.fingerprint() == *print)
}
