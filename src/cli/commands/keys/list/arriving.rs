//! Accounts as they come from the network, in their order; what does not come is noted beside them.

use std::cell::RefCell;
use std::thread::ScopedJoinHandle;

use tokio::sync::mpsc::Receiver;

use super::listing::{Failed, LeftOut, Part, Rest};
use super::notes::Notes;
use crate::api::{AccountStatus, Error, Kind, Stopped, Told};
use crate::cli::context::Context;
use crate::cli::credentials::Resolved;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::ui::Progress;
use crate::model::AccountSid;

/// More hints than this at once help nobody.
const HINTS: usize = 4;

/// How the walk ended: at its end, before it, or by a signal.
type Walk<'scope> = ScopedJoinHandle<'scope, Result<Result<(), Stopped>, Failure>>;

/// The accounts that can be listed, each with its keys.
pub(super) struct Arriving<'a, 'scope> {
    told: Receiver<Told>,
    first: Option<Told>,
    walk: Option<Walk<'scope>>,
    context: &'a Context,
    resolved: &'a Resolved,
    notes: Notes,
    rest: &'a RefCell<Rest>,
    progress: Option<Progress>,
    /// The exit codes and hints of the accounts that failed.
    exits: Vec<Exit>,
    hints: Vec<String>,
}

impl<'a, 'scope> Arriving<'a, 'scope> {
    pub(super) fn new(
        told: Receiver<Told>,
        walk: Walk<'scope>,
        context: &'a Context,
        resolved: &'a Resolved,
        notes: Notes,
        rest: &'a RefCell<Rest>,
    ) -> Self {
        let progress = context.ui.bar(0);
        progress.say("accounts");
        Self {
            told,
            first: None,
            walk: Some(walk),
            context,
            resolved,
            notes,
            rest,
            progress: Some(progress),
            exits: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Waits for the first account. `false` if there will be none; the failure, if it is one, is noted then.
    pub(super) fn has_any(&mut self) -> bool {
        self.first = self.told.blocking_recv();
        if self.first.is_none() {
            self.end();
        }
        self.first.is_some()
    }

    fn step(&self) {
        if let Some(progress) = &self.progress {
            progress.step();
        }
    }

    fn left_out(&self, sid: AccountSid, status: Option<AccountStatus>) {
        let status = if status == Some(AccountStatus::Closed) { "closed" } else { "suspended" };
        self.context.ui.warn(format!("the keys of {sid} are not listed: the account is {status}"));
        self.rest.borrow_mut().not_listed.push(LeftOut { sid, status });
    }

    fn failed(&mut self, account: AccountSid, error: Error) {
        let (code, status) = (error.code(), error.status());
        let request_id = error.request_id().map(str::to_owned);
        let gone = *error.kind() == Kind::NotFound;
        let failure = self.resolved.blame(error, format!("the keys of {account} are not listed"));
        let chain = failure.chain();
        self.context.ui.warn(chain.join(": "));
        self.exits.push(failure.exit());
        // Of an account that is not there any more nothing can be looked up.
        for hint in failure.hints().iter().filter(|_| !gone) {
            if self.hints.len() < HINTS && !self.hints.contains(hint) {
                self.hints.push(hint.clone());
            }
        }
        let error = chain.get(1..).unwrap_or_default().join(": ");
        let kind = failure.exit().name();
        self.rest.borrow_mut().failed.push(Failed { account, kind, error, code, status, request_id });
    }

    /// Notes how it ended, once nothing more comes.
    fn end(&mut self) {
        self.progress = None;
        let Some(walk) = self.walk.take() else { return };
        let ended = match walk.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let mut rest = self.rest.borrow_mut();
        rest.earlier = self.notes.earlier();
        let (had, missed) = (rest.accounts.len(), rest.failed.len());
        let known = had + missed + rest.not_reached.len();
        let failure = match ended {
            Ok(Ok(())) if missed == 0 => None,
            Ok(Ok(())) => {
                let failure = Failure::failed(format!("{missed} of {known} accounts could not be listed"));
                Some(std::mem::take(&mut self.hints).into_iter().fold(failure, Failure::hint))
            }
            Ok(Err(Stopped { error, .. })) if known == 0 => {
                Some(self.resolved.blame(error, "cannot list the subaccounts"))
            }
            Ok(Err(Stopped { error, all_known })) => {
                let known = if all_known { format!("{known}") } else { format!("{known} accounts and perhaps more") };
                let failure = self.resolved.blame(error, format!("stopped; {had} of {known} were listed"));
                self.exits.push(failure.exit());
                Some(failure)
            }
            Err(failure) => {
                self.exits.clear();
                Some(failure)
            }
        };
        rest.complete = failure.is_none();
        if rest.complete {
            self.notes.discard();
        }
        rest.failure = failure.map(|failure| {
            let failure = match worst(&self.exits) {
                Some(exit) => failure.with_exit(exit),
                None => failure,
            };
            if had > 0 && self.notes.has_any() {
                failure.hint("--resume lists again and asks only for the accounts that are missing here")
            } else {
                failure
            }
        });
    }
}

/// What will not pass comes before what may, and what nothing is known of before a refusal.
fn worst(exits: &[Exit]) -> Option<Exit> {
    let rank = |exit: &Exit| match exit {
        Exit::Temporary => 0,
        Exit::Refused => 1,
        _ => 2,
    };
    exits.iter().copied().max_by_key(rank)
}

impl Iterator for Arriving<'_, '_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        loop {
            let Some(told) = self.first.take().or_else(|| self.told.blocking_recv()) else {
                self.end();
                return None;
            };
            if let Told::Found(count) = told {
                if let Some(progress) = &self.progress {
                    progress.grow(count);
                }
                continue;
            }
            self.step();
            match told {
                Told::Found(_) => {}
                Told::Keys(account, keys) => {
                    let keys = self.notes.add(&account, keys, self.context);
                    return Some((account, keys));
                }
                Told::Known(account) => {
                    if let Some(keys) = self.notes.take(&account) {
                        return Some((account, keys));
                    }
                }
                Told::LeftOut(account) => self.left_out(account.sid, account.status),
                Told::Failed(account, error) => self.failed(account, error),
                Told::NotReached(account) => self.rest.borrow_mut().not_reached.push(account),
            }
        }
    }
}
