//! Where the two tokens are, and what Twilio says of them.

use std::time::Duration;

use super::Rotator;
use super::place::reading;
use crate::model::{Fingerprint, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::record::Begun;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::{HeldToken, LoadedTokens, TokenRole};

/// A patience in which a refusal is heard twice.
pub(in crate::rotation::token) const TWICE: Duration = Duration::from_millis(100);

impl<T: Tokens> Rotator<'_, T> {
    /// The token that was in force when the rotation began.
    pub(super) fn old_token(&mut self) -> Result<Secret, Cause> {
        self.find()?;
        self.old.clone().ok_or_else(|| self.lost("old", self.begun().old.clone()))
    }

    /// The new token. `None` if nobody holds it.
    pub(super) fn new_token(&mut self) -> Result<Option<Secret>, Cause> {
        self.find()?;
        Ok(self.new.clone())
    }

    /// Both tokens, where neither can be done without.
    pub(super) fn both(&mut self) -> Result<Waiting, Cause> {
        let old = self.old_token()?;
        match (self.new.clone(), self.rotation.new_token()) {
            (Some(new), _) => Ok(Waiting { new, old }),
            (None, Some(print)) => Err(self.lost("new", print.clone())),
            (None, None) => Err(Cause::NoSecondary("found")),
        }
    }

    fn lost(&self, which: &'static str, print: Fingerprint) -> Cause {
        let (promoted, names) = (self.rotation.promoted().is_some(), self.begun().names.clone());
        Cause::TokenLost { which, print, promoted, names }
    }

    /// Looks for both tokens: in this run's hands, in the sinks, and in what is sealed under any of these.
    pub(super) fn find(&mut self) -> Result<(), Cause> {
        let wanted = self.rotation.new_token().cloned();
        let old = self.begun().old.clone();
        self.new = self.new.take().filter(|new| Some(new.fingerprint()) == wanted);
        if self.old.is_some() && (self.new.is_some() || wanted.is_none()) {
            return Ok(());
        }
        let mut held = self.hand.clone();
        held.extend(self.held()?.into_iter().map(|token| token.value));
        for token in &held {
            let opened = self.room.open(token).map_err(|source| Cause::Sealed { doing: "opened", source })?;
            if let Some(waiting) = opened.filter(|waiting| waiting.old.fingerprint() == old) {
                self.old.get_or_insert(waiting.old);
                if wanted.as_ref().is_some_and(|wanted| *wanted == waiting.new.fingerprint()) {
                    self.new.get_or_insert(waiting.new);
                }
            }
        }
        if self.old.is_none() {
            self.old = held.iter().find(|token| token.fingerprint() == old).cloned();
        }
        if self.new.is_none() {
            self.new = held.into_iter().find(|token| Some(token.fingerprint()) == wanted);
        }
        Ok(())
    }

    /// What is sealed already of a token whose making is not in the journal.
    pub(super) fn sealed(&mut self) -> Result<Option<Waiting>, Cause> {
        let mut held = self.hand.clone();
        held.extend(self.held()?.into_iter().map(|token| token.value));
        for token in &held {
            let opened = self.room.open(token).map_err(|source| Cause::Sealed { doing: "opened", source })?;
            if let Some(waiting) = opened.filter(|waiting| waiting.old.fingerprint() == self.begun().old) {
                return Ok(Some(waiting));
            }
        }
        Ok(None)
    }

    /// Every token of the account that a sink of the rotation holds. A profile whose secret is gone holds none.
    pub(super) fn held(&self) -> Result<Vec<HeldToken>, Cause> {
        let mut found = Vec::new();
        for sink in self.in_use() {
            match sink.load_tokens(&self.target()) {
                Ok(LoadedTokens::Held(tokens)) => found.extend(tokens),
                Ok(LoadedTokens::Absent | LoadedTokens::WriteOnly) => {}
                Err(source) if source.is_emptied() => {}
                Err(source) => return Err(reading(sink, source)),
            }
        }
        Ok(found)
    }

    /// Whether a sink holds the new token already, in force or beside the one that is: it was written before.
    pub(super) fn holds_new(&self, sink: &dyn crate::sinks::Sink) -> Result<bool, Cause> {
        let loaded = sink.load_tokens(&self.target()).map_err(|source| reading(sink, source))?;
        let LoadedTokens::Held(held) = loaded else { return Ok(false) };
        Ok(held.iter().any(|token| token.role != TokenRole::Previous && Some(&token.value) == self.new.as_ref()))
    }

    /// Seals both tokens under both; durable when it returns.
    pub(super) fn seal(&self, waiting: &Waiting) -> Result<(), Cause> {
        let sealing = |source| Cause::Sealed { doing: "written", source };
        self.room.seal_under_old(waiting, &self.chance()?).map_err(sealing)?;
        self.room.seal_under_new(waiting, &self.chance()?).map_err(sealing)
    }

    /// Seals what is not sealed under both yet: a run may have been killed between the two.
    pub(super) fn complete_seal(&self, waiting: &Waiting) -> Result<(), Cause> {
        if self.room.is_complete(waiting).map_err(|source| Cause::Sealed { doing: "opened", source })? {
            return Ok(());
        }
        self.seal(waiting)
    }

    /// Authenticates with a token; a rejection is asked again for as long as there is patience.
    pub(super) async fn ask(&self, token: &Secret, patience: Duration) -> Result<(Liveness, Standing), Cause> {
        let mut pause = Pause::new(patience);
        loop {
            let said = self.tokens.verify(token).await;
            let said = said.map_err(|source| Cause::Twilio { doing: "verifying a token", source })?;
            if !matches!(said.0, Liveness::Rejected(_)) || !pause.wait().await {
                return Ok(said);
            }
        }
    }

    /// Makes sure that the old token is in force, right before something is signed with it. One that a rotation of this
    /// machine promoted last is waited for: that Twilio still calls it the secondary is stale, for seconds.
    pub(super) async fn prove_old(&self, old: &Secret) -> Result<(), Cause> {
        let mut pause = Pause::new(self.world.patience);
        loop {
            let said = self.ask(old, Duration::ZERO).await?;
            let is_stale = matches!(said, (Liveness::Live, Standing::Secondary)) && self.is_last_promoted(old)?;
            if !is_stale || !pause.wait().await {
                return self.expect_in_force(old, said);
            }
        }
    }

    /// Whether a rotation of this machine promoted this token, and none another since.
    pub(super) fn is_last_promoted(&self, old: &Secret) -> Result<bool, Cause> {
        let Begun { endpoint, account, .. } = self.begun();
        Ok(self.ledger.is_last_promoted(endpoint, account, &old.fingerprint())?)
    }

    /// The same where the new token is refused: with the old one refused as well, nothing is said of either.
    pub(super) async fn prove_old_alone(&self, old: &Secret) -> Result<(), Cause> {
        match self.ask(old, TWICE).await? {
            (Liveness::Rejected(said), _) => Err(Cause::BothRefused { said }),
            said => self.expect_in_force(old, said),
        }
    }

    fn expect_in_force(&self, old: &Secret, said: (Liveness, Standing)) -> Result<(), Cause> {
        let what = || format!("the old token ({})", old.fingerprint());
        match said {
            (Liveness::Live, Standing::Secondary) if self.is_last_promoted(old)? => Err(still_called_secondary(what())),
            (Liveness::Live, Standing::Secondary) => {
                Err(Cause::InHandIsSecondary { print: old.fingerprint(), names: self.begun().names.clone() })
            }
            (Liveness::Live, Standing::Primary | Standing::Unknown) => Ok(()),
            (Liveness::Rejected(said), _) => Err(Cause::Rejected { what: what(), said }),
            (Liveness::Unclear(said), _) => Err(Cause::Unclear { what: what(), said }),
        }
    }
}

/// A token that was promoted here, and of which Twilio says for as long as there is patience that it was not.
pub(in crate::rotation::token) fn still_called_secondary(what: String) -> Cause {
    let said = "a rotation of this machine promoted it, and it is still called the secondary".into();
    Cause::Unclear { what, said }
}

/// Pauses that grow, up to a patience.
#[derive(Debug)]
pub struct Pause {
    next: Duration,
    left: Duration,
    growth: u32,
    longest: Duration,
}

impl Pause {
    /// Pauses that last as long as this in all.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self { next: TWICE, left: patience, growth: 2, longest: Duration::from_secs(2) }
    }

    /// The same with fewer of them, where much is asked at once.
    #[must_use]
    pub fn sparse(patience: Duration) -> Self {
        Self { growth: 4, longest: Duration::from_secs(5), ..Self::new(patience) }
    }

    /// Waits a while; `false` at once if the patience is over.
    pub async fn wait(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let now = self.next.min(self.left);
        tokio::time::sleep(now).await;
        self.left -= now;
        self.next = (self.next * self.growth).min(self.longest);
        true
    }
}
