//! One call of `token rotate`, `create`, `promote` or `delete`: from the lock to the report.

mod prepare;
mod report;
mod undo;

use std::time::Duration;

pub use self::prepare::dry_run;
use self::prepare::{Prepared, in_hand, prepare};
pub use self::report::{Done, Report};
pub use self::undo::{adopt_and_undo, delete_unknown, look_again, make_sure_unheld, undo};
use super::error::Error;
use super::record::Record;
use super::rotator::{Event, Goal, Reached, Rotator, World};
use super::state::TokenRotation;
use super::tokens::Tokens;
use crate::api;
use crate::model::{AccountSid, Secret, TokenNames};
use crate::rotation::ledger::Ledger;
use crate::rotation::record::Outcome;
use crate::sinks::is_among;
use crate::store::journal::Journal;
use crate::store::lock::{Lock, Owner};

/// How long the old token stays beside the new one, if nothing else is said: what a function with the token written into
/// it needs to come up again (`twilio.com/docs/serverless`).
pub const PROPAGATION: Duration = Duration::from_mins(1);

/// What one call is asked to do.
#[derive(Debug)]
pub struct Request {
    /// Where Twilio is.
    pub endpoint: String,
    /// The account whose token it is.
    pub account: AccountSid,
    /// The token in force, as far as its holder knows; then every other token of the account that was found.
    pub hand: Vec<Secret>,
    /// Every sink, in the order of writing.
    pub sinks: Vec<String>,
    /// Sinks that are to be left out.
    pub without: Vec<String>,
    /// How the variables beside a token's are named.
    pub names: TokenNames,
    /// The oldest a token may get; `None` rotates whatever its age.
    pub max_age: Option<Duration>,
    /// How long the old token stays beside the new one; `None` for what an open rotation was begun with, else
    /// [`PROPAGATION`].
    pub propagation: Option<Duration>,
    /// The check command.
    pub check: Option<String>,
    /// The after command.
    pub after: Option<String>,
    /// Whether Twilio is asked not to tell the account's owners by mail.
    pub suppress_email: bool,
    /// Whether a secondary token that is there is taken up, rather than one made.
    pub adopt: bool,
    /// How far to go.
    pub goal: Goal,
    /// Who runs, for the lock.
    pub owner: Owner,
}

/// Does what is due: goes on with what is open, or starts a rotation, or nothing.
///
/// # Errors
/// See [`Error`]; what had been reached is in the journal, and the same call goes on from there.
pub async fn rotate<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Done, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return go_on(world, ledger, tokens, request, &open, lock).await;
    }
    if let Some(done) = done_meanwhile(ledger, request)? {
        let (rotation, old) = (done.begun().id.clone(), done.begun().old.clone());
        return Ok(Report::AlreadyDone { rotation, old, new: done.new_token().cloned() }.into());
    }
    let begun = match prepare(world, ledger, tokens, request).await? {
        Prepared::NotDue { due } => return Ok(Report::NotDue { token: in_hand(request)?.fingerprint(), due }.into()),
        Prepared::Due(begun) => *begun,
    };
    let taken = ledger.begin_token(&begun)?;
    let mut rotator = rotator(world, ledger, tokens, request, taken, lock)?;
    let reached = rotator.run(request.goal).await?;
    done(&mut rotator, &reached, true)
}

/// The rotator of a rotation that was begun or taken up, with what the request names to look into.
fn rotator<'a, T: Tokens>(
    world: &'a World<'a>,
    ledger: &'a Ledger,
    tokens: &'a T,
    request: &Request,
    taken: (Journal<Record>, TokenRotation),
    lock: Lock,
) -> Result<Rotator<'a, T>, Error> {
    let held = (lock, request.owner.clone());
    let mut rotator = Rotator::new(world, tokens, ledger, taken, request.hand.clone(), held)?;
    rotator.look_into(&request.sinks, &request.without);
    Ok(rotator)
}

fn done<T: Tokens>(rotator: &mut Rotator<'_, T>, reached: &Reached, switched: bool) -> Result<Done, Error> {
    let token = if *reached == Reached::Staged { rotator.reveal()? } else { None };
    Ok(Done { report: Report::of(rotator.rotation(), reached, switched), token })
}

async fn go_on<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    open: &TokenRotation,
    lock: Lock,
) -> Result<Done, Error> {
    let taken = ledger.resume_token(&open.begun().id)?;
    let was = taken.1.current();
    let mut rotator = rotator(world, ledger, tokens, request, taken, lock)?;
    rotator.leave_out(&request.without)?;
    rotator.take_hooks(request.check.as_ref(), request.after.as_ref())?;
    rotator.find_end().await?;
    if rotator.rotation().back().is_none() && rotator.rotation().superseded().is_none() {
        for sink in request.sinks.iter().filter(|sink| !is_among(sink, &request.without)) {
            let used = rotator.rotation().places().iter().filter(|place| !place.dropped);
            if !is_among(sink, used.map(|place| &place.sink)) {
                rotator.add_sink(sink)?;
            }
        }
    }
    rotator.propagate(request.propagation)?;
    tell_what_is_kept(world, rotator.rotation(), request);
    let reached = rotator.run(request.goal).await?;
    let switched = rotator.rotation().current() != was || rotator.has_mended();
    done(&mut rotator, &reached, switched)
}

/// What an open rotation was begun with stays; a flag that says otherwise must not be dropped without a word.
fn tell_what_is_kept(world: &World<'_>, rotation: &TokenRotation, request: &Request) {
    let (begun, propagation) = (rotation.begun(), request.propagation);
    let kept = [
        ("--propagation", propagation.is_some_and(|wanted| wanted != rotation.propagation())),
        ("--secondary-suffix or --previous-suffix", request.names != begun.names),
        ("--suppress-email", request.suppress_email && !begun.suppress_email),
    ];
    for (flag, _) in kept.into_iter().filter(|(_, kept)| *kept) {
        // Nothing is stopped by it.
        let _ = (world.watch)(&Event::Kept(rotation, flag));
    }
}

/// The rotation of this very token that another run brought to its end after this one had started.
fn done_meanwhile(ledger: &Ledger, request: &Request) -> Result<Option<TokenRotation>, Error> {
    let hand = in_hand(request)?.fingerprint();
    Ok(ledger.tokens()?.0.into_iter().rfind(|rotation| {
        let begun = rotation.begun();
        begun.endpoint == request.endpoint
            && begun.account == request.account
            && (begun.old == hand || rotation.new_token() == Some(&hand))
            && rotation.outcome() == Some(Outcome::Rotated)
            && rotation.last() >= request.owner.started
    }))
}

/// Whether a secondary token is outstanding, as far as Twilio's events tell; an error is the reason why they do not.
///
/// # Errors
/// As any request.
pub async fn outstanding<T: Tokens>(tokens: &T, with: &Secret) -> Result<api::Outstanding, api::Error> {
    tokens.events(with, None).await.map(|events| api::outstanding(&events))
}
