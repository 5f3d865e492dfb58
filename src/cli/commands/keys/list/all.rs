//! The keys of an account and of all its subaccounts: the network on a thread of its own, so that a reader of the output
//! who takes his time does not let requests that are under way grow too old.

use std::cell::RefCell;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::arriving::Arriving;
use super::listing::Rest;
use super::notes::Notes;
use super::{Args, show};
use crate::api::Fleet;
use crate::cli::commands::keys::entry::Local;
use crate::cli::context::Context;
use crate::cli::credentials::Resolved;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::Outcome;

/// How many accounts may be done and not shown.
const AHEAD: usize = 16;

/// Lists them.
pub(super) fn run(args: &Args, context: &Context, resolved: &Resolved, local: &Local) -> Result<Outcome, Failure> {
    let own = resolved.credential.account();
    if let Some(key) = resolved.credential.key() {
        return Err(Failure::usage(format!("{key} is an API key, which reaches the keys of no subaccount"))
            .hint("--all-accounts takes the main account's Auth Token: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"));
    }
    if resolved.is_foreign() {
        return Err(Failure::usage(format!(
            "--account names one account, and --all-accounts means {own} and all its subaccounts"
        ))
        .hint("leave one of the two out"));
    }
    let client = context.client(resolved)?.side_by_side(args.concurrency);
    let notes = Notes::open(context, &client.endpoint().identity(), own, args.resume)?;
    let fleet = Fleet {
        client: Arc::new(client),
        auth: Arc::new(resolved.credential.clone()),
        most: args.concurrency,
        known: notes.accounts().cloned().collect(),
    };
    let rest = RefCell::new(Rest::default());
    let (tell, told) = mpsc::channel(AHEAD);
    std::thread::scope(|scope| {
        let walk = scope.spawn(move || interrupt::block_on(async move { Ok(fleet.keys(&tell).await) }));
        let mut arriving = Arriving::new(told, walk, context, resolved, notes, &rest);
        if !arriving.has_any() {
            let failure = rest.borrow_mut().failure.take();
            return failure.map_or_else(|| show(args, context, local, arriving, &rest), Err);
        }
        show(args, context, local, arriving, &rest)
    })
}
