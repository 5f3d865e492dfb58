//! The tokens in their sinks: put there, read back, and taken out.

use std::time::Duration;

use super::tokens::Pause;
use super::{Event, Rotator};
use crate::model::Secret;
use crate::rotation::hook;
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders;
use crate::rotation::token::record::Record;
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::waiting::Waiting;
use crate::sinks::{self, HeldToken, LoadedTokens, Sink, TokenChange, TokenRole};

impl<T: Tokens> Rotator<'_, T> {
    /// Puts the new token beside the old one.
    pub(super) async fn stage(&mut self, at: usize) -> Result<(), Cause> {
        if self.new_token()?.is_none() {
            return self.write(&Record::Lost { at: self.now() });
        }
        let both = self.both()?;
        let change = TokenChange::Stage { current: both.old.clone(), secondary: both.new.clone() };
        self.change(at, "writing", &change).await?;
        // A place that was left alone, since somebody else's token stands there, is not noted as written: once it is put
        // right, the next run writes it.
        if let Some(held) = self.load(at)? {
            self.expect_staged(at, &held, &both.old, &both.new)?;
        }
        self.write(&Record::Staged { at: self.now(), sink: at })
    }

    /// Reads both tokens back, and authenticates with what was read.
    pub(super) async fn read_back(&mut self, at: usize) -> Result<(), Cause> {
        let readable = self.reread(at).await?;
        self.write(&Record::ReadBack { at: self.now(), sink: at, readable })
    }

    async fn reread(&mut self, at: usize) -> Result<bool, Cause> {
        let Some(held) = self.load(at)? else { return Ok(false) };
        let both = self.both()?;
        self.expect_staged(at, &held, &both.old, &both.new)?;
        for role in [TokenRole::Current, TokenRole::Secondary] {
            if let Some(token) =
                held.iter().find(|token| token.role == role && [&both.old, &both.new].contains(&&token.value))
            {
                self.prove_held(token).await?;
            }
        }
        self.seen.tried = true;
        Ok(true)
    }

    /// Makes sure of every sink, right before the promote, that it holds the new token: those who read it are about to
    /// have nothing else.
    pub(super) fn expect_all_staged(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        for at in 0..self.sinks.len() {
            if !self.rotation.places()[at].dropped
                && let Some(held) = self.load(at)?
            {
                self.expect_staged(at, &held, &both.old, &both.new)?;
            }
        }
        Ok(())
    }

    /// Makes sure that every sink which a promote would have to change can be written then: the promote takes the old token
    /// away from those who read the sink, and nothing gives it back.
    pub(super) fn expect_all_writable(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        self.in_use().try_for_each(|sink| self.expect_writable(sink, &both.old))
    }

    /// The same of one sink. One that holds the new token as the one in force, and nothing else of this rotation, is past
    /// every change.
    pub(super) fn expect_writable(&self, sink: &dyn Sink, old: &Secret) -> Result<(), Cause> {
        let new = self.new.as_ref();
        if let Ok(LoadedTokens::Held(held)) = sink.load_tokens(&self.target()) {
            let is_new = |token: &HeldToken| token.role == TokenRole::Current && Some(&token.value) == new;
            let of_ours = held.iter().filter(|token| token.value == *old || Some(&token.value) == new);
            if held.iter().any(is_new) && of_ours.into_iter().all(is_new) {
                return Ok(());
            }
        }
        sink.probe_tokens(&self.target(), old, new)
            .map_err(|source| holders::refused(self.ledger, &self.begun().endpoint, sink, &self.target(), source))
    }

    /// In each project of the sink that this rotation is about, and in one at least.
    pub(super) fn expect_staged(&self, at: usize, held: &[HeldToken], old: &Secret, new: &Secret) -> Result<(), Cause> {
        let is_staged = |project: &Project<'_>| {
            project.has(TokenRole::Current, new)
                || project.has(TokenRole::Current, old) && project.has(TokenRole::Secondary, new)
        };
        let mut own = own_projects(held, old, new, false);
        if !own.is_empty() && own.iter().all(is_staged) {
            return Ok(());
        }
        own.retain(|project| !is_staged(project));
        Err(self.drift(at, "does not hold both tokens of this rotation", &own))
    }

    /// Puts the new token in the old one's place, and the old one beside it.
    pub(super) async fn switch(&mut self, at: usize) -> Result<(), Cause> {
        let both = self.both()?;
        let change = TokenChange::Switch { old: both.old.clone(), new: both.new.clone() };
        self.change(at, "writing", &change).await?;
        if let Some(held) = self.load(at)? {
            self.expect_switched(at, &held, &both)?;
        }
        self.write(&Record::Switched { at: self.now(), sink: at })
    }

    /// In each project of the sink that this rotation is about, and in one at least.
    pub(super) fn expect_switched(&self, at: usize, held: &[HeldToken], both: &Waiting) -> Result<(), Cause> {
        let is_switched = |project: &Project<'_>| project.has(TokenRole::Current, &both.new);
        let mut own = own_projects(held, &both.old, &both.new, true);
        if !own.is_empty() && own.iter().all(is_switched) {
            return Ok(());
        }
        own.retain(|project| !is_switched(project));
        Err(self.drift(at, "does not hold the new token as the one in force", &own))
    }

    pub(super) async fn switch_read(&mut self, at: usize) -> Result<(), Cause> {
        let Some(held) = self.load(at)? else {
            return self.write(&Record::SwitchRead { at: self.now(), sink: at, readable: false });
        };
        let both = self.both()?;
        let current = |token: &&HeldToken| token.role == TokenRole::Current;
        // The old one was put back meanwhile, and it is dead.
        let held = if held.iter().filter(current).any(|token| token.value == both.old) {
            let change = TokenChange::Switch { old: both.old.clone(), new: both.new.clone() };
            self.change(at, "writing", &change).await?;
            self.load(at)?.unwrap_or_default()
        } else {
            held
        };
        self.expect_switched(at, &held, &both)?;
        if let Some(token) = held.iter().filter(current).find(|token| token.value == both.new) {
            self.prove_held(token).await?;
        }
        self.write(&Record::SwitchRead { at: self.now(), sink: at, readable: true })
    }

    /// Takes the old token out. What was put back by hand meanwhile gets the new one first: the old one is dead.
    pub(super) async fn clear(&mut self, at: usize) -> Result<(), Cause> {
        if self.rotation.superseded().is_some() {
            return self.clear_own(at).await;
        }
        let both = self.both()?;
        self.load(at)?;
        if !self.see_old_is_dead().await? {
            return Ok(());
        }
        self.hold_new(&both).await?;
        // A project whose token was typed over is not done with: what stands beside it tells that it is one of ours.
        if let Some(held) = self.load(at)?
            && !own_projects(&held, &both.old, &both.new, true).is_empty()
            && self.expect_switched(at, &held, &both).is_err()
        {
            self.switch(at).await?;
        }
        self.change(at, "clearing", &TokenChange::Clear { current: both.new, previous: both.old }).await?;
        self.write(&Record::Cleared { at: self.now(), sink: at })
    }

    /// Takes the new token out again.
    pub(super) async fn unstage(&mut self, at: usize) -> Result<(), Cause> {
        if self.new_token()?.is_none() {
            // No sink holds it, or it would have been found there.
            return self.write(&Record::Unstaged { at: self.now(), sink: at });
        }
        let both = self.both()?;
        self.load(at)?;
        if !self.hold_old(&both).await? {
            return Ok(());
        }
        self.change(at, "writing", &TokenChange::Unstage { current: both.old, secondary: both.new }).await?;
        self.write(&Record::Unstaged { at: self.now(), sink: at })
    }

    /// Makes a change in a sink. One that gives nothing back is told a whole state, whatever it holds: so the token that it
    /// is told as the one in force must work, or a live one could be replaced by a dead one.
    pub(super) async fn change(&mut self, at: usize, doing: &'static str, change: &TokenChange) -> Result<(), Cause> {
        if matches!(self.sinks[at].load_tokens(&self.target()), Ok(LoadedTokens::WriteOnly)) {
            self.prove_blind(at, current(change)).await?;
            // What it holds can never be found out again: that it may be the new token must outlive a loss of power.
            self.journal.sync()?;
        }
        let sink = self.sinks[at].as_ref();
        let stored = sink.store_tokens(&self.target(), change).map_err(|source| failed(sink, doing, source))?;
        if !stored.left.is_empty() {
            let _ = (self.world.watch)(&Event::Left(&sink.spec().to_string(), &stored.left));
        }
        Ok(())
    }

    /// What a sink holds; `None` if it does not say.
    pub(super) fn load(&self, at: usize) -> Result<Option<Vec<HeldToken>>, Cause> {
        let sink = self.sinks[at].as_ref();
        if sink.is_away() {
            return Err(Cause::Away { sink: sink.spec().to_string() });
        }
        match sink.load_tokens(&self.target()).map_err(|source| reading(sink, source))? {
            LoadedTokens::Held(held) => Ok(Some(held)),
            LoadedTokens::Absent => Ok(Some(Vec::new())),
            LoadedTokens::WriteOnly => Ok(None),
        }
    }

    fn drift(&self, at: usize, holds: &'static str, projects: &[Project<'_>]) -> Cause {
        let (begun, promoted) = (self.begun(), self.rotation.promoted().is_some());
        let (old, names) = (begun.old.clone(), begun.names.clone());
        let variables = projects.iter().filter_map(Project::variable).map(str::to_owned).collect();
        Cause::Drift { sink: self.sinks[at].spec().to_string(), holds, variables, old, promoted, names }
    }

    /// After the promote the sinks behind this one wait with a token that is dead: so a standing that is stale for a while is
    /// sat out. If Twilio answered the promote with this token, or refuses the old one for as long, it counts for nothing.
    async fn prove_blind(&self, at: usize, token: &Secret) -> Result<(), Cause> {
        let is_promoted = self.rotation.promoted().is_some() && self.rotation.new_token() == Some(&token.fingerprint());
        let patience = if is_promoted { self.world.patience } else { self.short_patience() };
        let mut pause = Pause::new(patience);
        let mut said = self.ask(token, patience).await?;
        while said == (Liveness::Live, Standing::Secondary) {
            if is_promoted && self.rotation.is_answered() {
                return Ok(());
            }
            if !pause.wait().await {
                break;
            }
            said = self.ask(token, patience).await?;
        }
        match said.0 {
            Liveness::Live if is_promoted && said.1 == Standing::Secondary && self.is_old_dead().await? => Ok(()),
            Liveness::Live if said.1 == Standing::Secondary => Err(Cause::Unclear {
                what: format!("the token {} as the one in force", token.fingerprint()),
                said: "it is called the secondary".into(),
            }),
            Liveness::Live => Ok(()),
            Liveness::Rejected(said) => {
                let (sink, print) = (self.sinks[at].spec().to_string(), token.fingerprint());
                Err(Cause::Blind { sink, print, said })
            }
            Liveness::Unclear(said) => Err(Cause::Unclear { what: format!("the token {}", token.fingerprint()), said }),
        }
    }

    /// Whether the old token is refused for as long as there is patience.
    async fn is_old_dead(&self) -> Result<bool, Cause> {
        let Some(old) = &self.old else { return Ok(false) };
        Ok(matches!(self.ask(old, self.world.patience).await?.0, Liveness::Rejected(_)))
    }

    async fn prove_held(&self, token: &HeldToken) -> Result<(), Cause> {
        let what = || format!("what {} gave back", token.place);
        match self.ask(&token.value, self.world.patience).await?.0 {
            Liveness::Live => Ok(()),
            Liveness::Rejected(said) => Err(Cause::Rejected { what: what(), said }),
            Liveness::Unclear(said) => Err(Cause::Unclear { what: what(), said }),
        }
    }

    /// The user's own command: `check`, which holds the promote back, or `after`.
    pub(super) async fn hook(&mut self, which: &'static str) -> Result<(), Cause> {
        let begun = self.begun();
        let command = if which == "check" { &begun.check } else { &begun.after };
        if let Some(command) = command {
            let facts = [("TWCRED_ROTATION", begun.id.as_str()), ("TWCRED_ACCOUNT_SID", begun.account.as_str())];
            hook::run(command, &facts).await.map_err(|said| Cause::Hook { which, said })?;
        }
        let at = self.now();
        self.write(&if which == "check" { Record::Checked { at } } else { Record::AfterRan { at } })
    }

    /// How long a promote that seems not to have been carried out is waited for.
    pub(super) fn short_patience(&self) -> Duration {
        self.world.patience.min(Duration::from_secs(2))
    }
}

/// The token that a change leaves in force.
fn current(change: &TokenChange) -> &Secret {
    match change {
        TokenChange::Switch { new: current, .. }
        | TokenChange::Stage { current, .. }
        | TokenChange::Clear { current, .. }
        | TokenChange::Unstage { current, .. }
        | TokenChange::Renew { current, .. } => current,
    }
}

/// What one project of a sink holds.
struct Project<'h>(Vec<&'h HeldToken>);

impl Project<'_> {
    fn has(&self, role: TokenRole, value: &Secret) -> bool {
        self.0.iter().any(|token| token.role == role && token.value == *value)
    }

    /// What its token in force is called, where the sink has names for it.
    fn variable(&self) -> Option<&str> {
        self.0.first().map(|token| token.project.as_str()).filter(|name| !name.is_empty())
    }
}

/// The projects of a sink that hold one of these two as the token in force, or beside it a trace of this rotation: the new
/// one as the secondary, or, once that is promoted, the old one as the previous. What another holds is none of this
/// rotation's.
fn own_projects<'h>(held: &'h [HeldToken], old: &Secret, new: &Secret, promoted: bool) -> Vec<Project<'h>> {
    let mut names: Vec<&str> = held.iter().map(|token| token.project.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name| Project(held.iter().filter(|token| token.project == name).collect());
    let own = |project: &Project<'_>| {
        [old, new].iter().any(|token| project.has(TokenRole::Current, token))
            || project.has(TokenRole::Secondary, new)
            || promoted && project.has(TokenRole::Previous, old)
    };
    names.into_iter().map(of).filter(own).collect()
}

pub(in crate::rotation::token) fn reading(sink: &dyn Sink, source: sinks::Error) -> Cause {
    failed(sink, "reading", source)
}

pub(super) fn failed(sink: &dyn Sink, doing: &'static str, source: sinks::Error) -> Cause {
    Cause::Sink { sink: sink.spec().to_string(), doing, source }
}
