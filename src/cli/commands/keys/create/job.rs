//! Making one key, from the create to its name; or ending it again.

use std::cell::RefCell;
use std::time::Duration;

use super::books::{Books, Diary};
use super::made::Made;
use super::{Args, must_be_active, unkept, unsaid};
use crate::api::{Candidate, Client, CreateError, CredentialKind, Depth, Verdict};
use crate::cli::commands::profile;
use crate::cli::commands::rotation::creates::{self, quoted};
use crate::cli::context::Context;
use crate::cli::credentials::Resolved;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt::{self, Stop};
use crate::cli::view::Outcome;
use crate::model::key::CreatedKey;
use crate::model::{Credential, KeyKind, KeyPair, KeySid, NewKey};
use crate::rotation::create::{Begun, Finished};
use crate::sinks::{Loaded, Sink};

/// How long a create whose answer was lost is given to show up in the list, and a new key to be known everywhere.
const SETTLE: Duration = Duration::from_secs(2);
/// How often a new key that is not known yet is tried again.
const TRIES: u32 = 5;

/// One key that is to be made.
pub(super) struct Job<'a> {
    pub(super) args: &'a Args,
    pub(super) context: &'a Context,
    pub(super) resolved: &'a Resolved,
    pub(super) client: &'a Client,
    pub(super) new: &'a NewKey,
    pub(super) sinks: &'a [Box<dyn Sink>],
    /// What its journal begins with.
    pub(super) begun: &'a Begun,
    pub(super) books: Option<&'a Books>,
    pub(super) diary: RefCell<Diary>,
}

impl Job<'_> {
    /// Makes the key and puts its secret where it belongs, or ends it again.
    ///
    /// # Errors
    /// Exit 1 or as the request, if no key is left; exit 5, if one is, and the journal knows it; exit 130 or 143 after a
    /// signal: no key is left, or a sink may hold its pair, and the journal knows it.
    pub(super) async fn run(&self, mut stop: Stop) -> Result<Outcome, Failure> {
        let Self { client, resolved, new, .. } = self;
        let progress = self.context.ui.progress("making the key");
        if resolved.is_foreign() {
            tokio::select! {
                biased;
                exit = stop.requested() => return Err(interrupt::interrupted(exit)),
                active = must_be_active(client, resolved) => active?,
            }
        }
        if let Err(failure) = self.diary.borrow_mut().begin(self.books, self.begun) {
            if !self.sinks.is_empty() {
                return Err(failure.doing("no key was made"));
            }
            unkept(self.context, &failure);
        }
        // A create that is dropped under way leaves a key behind, so a wish to stop waits for its end.
        let mut wish = None;
        let answer = {
            let create = client.create_key(&resolved.credential, &resolved.account, new);
            tokio::pin!(create);
            loop {
                tokio::select! {
                    answer = &mut create => break answer,
                    exit = stop.requested(), if wish.is_none() => wish = Some(exit),
                }
            }
        };
        let created = match answer {
            Ok(created) => created,
            Err(error @ CreateError::NotSent(_)) => {
                self.diary.borrow_mut().end();
                return Err(resolved.blame(error, "cannot make the key"));
            }
            Err(error @ CreateError::Unknown(_)) => return Err(self.settle(error).await),
        };
        let sid = created.pair.sid.clone();
        self.diary.borrow_mut().made(self.context.now(), &sid);
        if let Some(exit) = wish {
            let failure = self.undo(&sid, interrupt::interrupted(exit)).await;
            // A key that could not be revoked matters more than how the run was ended.
            return Err(if failure.exit() == Exit::Incomplete { failure } else { failure.with_exit(exit) });
        }
        drop(progress);
        let mut holding = Vec::new();
        if let Err(failure) = self.deliver(&created, &mut holding).await {
            let heard = interrupt::heard();
            // A sink may be at work with the pair, and its failure may be of the signal's making. The next run looks.
            if let Some(exit) = heard.filter(|_| self.diary.borrow().has_told()) {
                return Err(self.left(exit, &sid, &failure));
            }
            let mut failure = self.undo(&sid, failure).await;
            if let Some(exit) = heard.filter(|_| failure.exit() != Exit::Incomplete) {
                failure = failure.with_exit(exit);
            }
            return Err(holding.iter().fold(failure, |failure, place| {
                failure.hint(format!("{place} took the new pair before this failed: take it out there"))
            }));
        }
        let renamed = client.rename_key(&resolved.credential, &resolved.account, &sid, &self.args.name).await;
        if let Err(error) = renamed {
            let (name, given) = (quoted(&self.args.name), self.context.global.given());
            let finish = format!("finish it: twcred keys rename {sid} {name}{given}");
            let stored = if self.sinks.is_empty() { "was shown" } else { "is stored" };
            let failure =
                resolved.blame(error, format!("the key {sid} works and {stored}, but still bears its marker"));
            let failure = failure.with_exit(Exit::Incomplete);
            // Nothing gives a secret back that was only shown: the same command would make another key.
            return Err(match self.sinks {
                [] => failure.hint(finish),
                _ => self.advise(failure).hint(format!("or {finish}")),
            });
        }
        self.note(&sid);
        self.end();
        Ok(Outcome::silent(Exit::Done))
    }

    /// Compares what came back, stores it, reads it back, and shows it.
    async fn deliver(&self, created: &CreatedKey, holding: &mut Vec<String>) -> Result<(), Failure> {
        self.compare(created).await?;
        for (at, sink) in self.sinks.iter().enumerate() {
            sink.announce().doing(format!("cannot store the new key in {}", sink.spec()))?;
            self.diary.borrow_mut().storing(self.context.now(), at)?;
            sink.store(&self.resolved.account, &created.pair)
                .doing(format!("cannot store the new key in {}", sink.spec()))?;
            holding.push(sink.spec().to_string());
            let loaded = sink.load().doing(format!("cannot read the new key back from {}", sink.spec()))?;
            match loaded {
                Loaded::Held(held) if !held.is_empty() && held.iter().all(|held| held.pair == created.pair) => {}
                Loaded::WriteOnly => {
                    self.context.ui.warn(format!("{} does not give back what it takes: not checked", sink.spec()));
                }
                _ => return Err(Failure::failed(format!("{} does not hold what was stored in it", sink.spec()))),
            }
        }
        let Args { name, to, reveal, .. } = self.args;
        let asked = (name, self.new.policy.as_ref());
        let view = Made::new(self.context, &self.resolved.account, &created.pair, asked, to, *reveal);
        if *reveal {
            self.diary.borrow_mut().showing(self.context.now())?;
        }
        match self.context.present(&view) {
            // Nothing else has the secret.
            Err(error) if to.is_empty() => Err(error).doing("cannot print the secret"),
            Err(error) => {
                unsaid(self.args, self.context, &created.pair.sid, &error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Twilio has made a full Standard key of a request for a Restricted one before; a key that may do more than was
    /// asked must not be handed out.
    async fn compare(&self, created: &CreatedKey) -> Result<(), Failure> {
        if self.resolved.is_foreign() {
            return self.ask_the_key(&created.pair).await;
        }
        let sid = &created.pair.sid;
        let mut key = created.key.clone();
        if self.new.policy.is_some() && key.policy.is_none() {
            let fetched = self.client.key(&self.resolved.credential, &self.resolved.account, sid).await;
            let fetched = fetched.map_err(|error| self.resolved.blame(error, "cannot compare the new key's policy"))?;
            key = fetched.unwrap_or(key);
        }
        let same = match &self.new.policy {
            Some(policy) => key.policy.as_ref() == Some(policy),
            None => key.policy.is_none() && !matches!(key.kind, Some(KeyKind::Restricted | KeyKind::Main)),
        };
        if same {
            Ok(())
        } else {
            Err(Failure::failed(format!("Twilio made {sid} with other rights than were asked for")))
        }
    }

    /// The API that makes keys for subaccounts says of a key neither type nor policy. So the key itself is tried, on the
    /// account that it was made for.
    async fn ask_the_key(&self, pair: &KeyPair) -> Result<(), Failure> {
        let (sid, account) = (&pair.sid, self.resolved.account.clone());
        let candidate = Candidate::Credential(Credential::ApiKey { account, pair: pair.clone() });
        let mut tries = 0;
        loop {
            let verdict = self.client.probe(&candidate, Depth::Full).await;
            match verdict.doing(format!("cannot tell what {sid} may do"))? {
                Verdict::Valid { kind: CredentialKind::Key(KeyKind::Standard), .. } => return Ok(()),
                // A new key may take its time to be known everywhere.
                Verdict::Rejected(_) if tries < TRIES => tries += 1,
                Verdict::Valid { kind: CredentialKind::Key(_), .. } | Verdict::WrongAccount { .. } => {
                    return Err(Failure::failed(format!("Twilio made {sid} with other rights than were asked for")));
                }
                Verdict::Valid { .. } => return Err(Failure::failed(format!("nothing tells what {sid} may do"))),
                Verdict::Rejected(error) | Verdict::AccountInactive(error) | Verdict::Unclear(error) => {
                    return Err(error).doing(format!("cannot tell what {sid} may do"));
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    /// A run that is to end while a sink has the pair, or may have it: the key stays, and its journal.
    fn left(&self, exit: Exit, sid: &KeySid, failure: &Failure) -> Failure {
        let (id, given) = (&self.begun.id, self.context.global.given());
        // A program is not asked any more.
        let gives_back = |sink: &dyn Sink| matches!(sink.load(), Ok(Loaded::Held(held)) if held.iter().any(|held| held.pair.sid == *sid));
        let interrupted = if self.sinks.iter().any(|sink| gives_back(sink.as_ref())) {
            interrupt::interrupted(exit)
        } else {
            interrupt::ended(exit)
                .hint("the same command settles that first; it makes another key if no sink gives the pair back")
        };
        interrupted.because(failure).hint(format!("or settle {sid} by itself: twcred rotation resume {id}{given}"))
    }

    /// Ends the new key, which nothing may use. The failure that led here stays the reason.
    async fn undo(&self, sid: &KeySid, failure: Failure) -> Failure {
        match self.client.revoke_key(&self.resolved.credential, &self.resolved.account, sid).await {
            Ok(_) => {
                self.end();
                failure.doing(format!("the new key {sid} was revoked again")).with_exit(Exit::Failed)
            }
            Err(error) => {
                let what = format!("the new key {sid} is live and must be revoked, which failed: {error}");
                let failure = self.advise(failure.doing(what).with_exit(Exit::Incomplete));
                failure.hint(format!("or by hand: twcred keys revoke {sid}{}", self.context.global.given()))
            }
        }
    }

    /// Notes where the key was put, before the journal that says so goes.
    fn note(&self, sid: &KeySid) {
        let Some(books) = self.books else { return };
        let Begun { endpoint, account, sinks, .. } = self.begun;
        let (endpoint, account, sinks) = (endpoint.clone(), account.clone(), sinks.clone());
        let finished = Finished { at: self.context.now(), endpoint, account, sinks };
        creates::note(self.context, &books.ledger, sid, &finished);
    }

    /// Nothing is left to be settled, and nothing of the sinks is this create's any more.
    fn end(&self) {
        self.diary.borrow_mut().end();
        profile::tidy(self.context, &self.begun.sinks);
    }

    /// What to type so that the journal is settled.
    fn advise(&self, failure: Failure) -> Failure {
        if self.diary.borrow().is_kept() {
            let (id, given) = (&self.begun.id, self.context.global.given());
            failure.hint(format!("run the same command again, or: twcred rotation resume {id}{given}"))
        } else {
            failure
        }
    }

    /// Finds and ends what a create left whose answer was lost. The marker makes the name unique. A key that appears after
    /// that is found by the next run: the journal stays.
    async fn settle(&self, error: CreateError) -> Failure {
        let Self { client, resolved, new, .. } = self;
        let failure = resolved.blame(error, "the answer to the create was lost");
        let mut found = Vec::new();
        for _ in 0..2 {
            match client.all_keys(&resolved.credential, &resolved.account).await {
                Ok((keys, _)) => found.extend(keys.into_iter().filter(|key| key.name.as_ref() == Some(&new.name))),
                Err(error) => {
                    let what = format!("a key named `{}` may be live, and the list cannot be had: {error}", new.name);
                    return self.advise(failure.doing(what).with_exit(Exit::Incomplete));
                }
            }
            if !found.is_empty() {
                break;
            }
            tokio::time::sleep(SETTLE).await;
        }
        match found.as_slice() {
            [] if self.diary.borrow().is_kept() => {
                let id = &self.begun.id;
                failure.doing("no key has appeared").hint(format!(
                    "should one appear late, the next `keys create` for this account revokes it, and so does: twcred \
                     rotation resume {id}{}",
                    self.context.global.given()
                ))
            }
            [] => failure.doing("no key has appeared").hint(format!(
                "should `twcred keys list{}` show it as unfinished later, revoke it: nothing holds its secret",
                self.context.global.given()
            )),
            keys => {
                let mut failure = failure;
                for key in keys {
                    failure = self.undo(&key.sid, failure).await;
                    if failure.exit() == Exit::Incomplete {
                        return failure;
                    }
                }
                failure.with_exit(Exit::Temporary).hint("run the same command again")
            }
        }
    }
}
