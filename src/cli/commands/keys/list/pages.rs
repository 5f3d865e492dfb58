//! The keys of one account as their pages come: the network on a thread of its own, so that one page is laid out while
//! the next is on its way.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Scope, ScopedJoinHandle};

use super::listing::{Part, Rest};
use crate::api::Client;
use crate::cli::credentials::Resolved;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::ui::Progress;
use crate::model::{AccountSid, ApiKey};

/// The pages, each as a part of its own. Why they end too early is noted in [`Rest::failure`].
pub(super) struct Pages<'a, 'scope> {
    account: &'a AccountSid,
    told: Receiver<Vec<ApiKey>>,
    walk: Option<ScopedJoinHandle<'scope, Result<(), Failure>>>,
    rest: &'a RefCell<Rest>,
    progress: Option<Progress>,
}

impl<'a, 'scope> Pages<'a, 'scope> {
    /// Asks for all of them.
    pub(super) fn ask(
        scope: &'scope Scope<'scope, '_>,
        client: &'scope Client,
        resolved: &'scope Resolved,
        rest: &'a RefCell<Rest>,
        progress: Progress,
    ) -> Self
    where
        'scope: 'a,
    {
        let (tell, told) = channel();
        let Resolved { credential, account, .. } = resolved;
        let walk = scope.spawn(move || {
            interrupt::block_on(async move {
                let hand_over = |page| {
                    // Nobody takes it where the output cannot be written; the walk then ends all the same.
                    let _ = tell.send(page);
                };
                let listed = client.keys(credential, account, 1000, hand_over).await;
                let what = || format!("cannot list the keys of {account}");
                listed.map(drop).map_err(|error| resolved.blame(error, what()))
            })
        });
        Self { account, told, walk: Some(walk), rest, progress: Some(progress) }
    }
}

impl Iterator for Pages<'_, '_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        if let Ok(keys) = self.told.recv() {
            return Some((self.account.clone(), keys));
        }
        self.progress = None;
        let ended = match self.walk.take()?.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let mut rest = self.rest.borrow_mut();
        rest.complete = ended.is_ok();
        rest.failure = ended.err();
        None
    }
}
