//! The way back: an open rotation undone, and a secondary token deleted that none made.

use std::time::Duration;

use super::prepare::{blank, in_hand, prove, target};
use super::report::Report;
use super::{Request, rotator};
use crate::api::SecondaryDeletion;
use crate::model::{RotationId, Secret};
use crate::rotation::ledger::Ledger;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::holders::{self, Holders, Opened, Places};
use crate::rotation::token::record::{Begun, Why};
use crate::rotation::token::rotator::{NO_WAY_BACK, TWICE, World};
use crate::rotation::token::state::TokenRotation;
use crate::rotation::token::tokens::Tokens;
use crate::sinks::TokenTarget;

/// Takes an open rotation back: the new token out of every sink, and the secondary deleted.
///
/// # Errors
/// [`Error::NotNow`] if it is not open any more, or its new token is promoted; else as [`Rotator::run`](super::Rotator::run).
pub async fn undo<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    id: &RotationId,
    (why, any): (Why, bool),
) -> Result<Report, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    let taken = ledger.resume_token(id)?;
    let not_now = |why| Err(Error::NotNow { id: id.clone(), why });
    if taken.1.outcome().is_some() {
        return not_now("has ended");
    }
    if taken.1.promoted().is_some() {
        return not_now(NO_WAY_BACK);
    }
    let turning = taken.1.back().is_some();
    let mut rotator = rotator(world, ledger, tokens, request, taken, lock)?;
    rotator.suppress_email(request.suppress_email);
    rotator.leave_out(&request.without)?;
    rotator.find_end().await?;
    // With both tokens dead there is nothing to take back, and what is left of them goes.
    if rotator.rotation().superseded().is_none() {
        rotator.undo();
        if any {
            rotator.delete_any();
        }
        if !turning {
            rotator.turn_back(why).await?;
        }
    }
    let reached = rotator.run(request.goal).await?;
    Ok(Report::of(rotator.rotation(), &reached, true))
}

/// Looks again at an open rotation whose journal says that its new token is in force: if Twilio says otherwise, the journal
/// is put right. Returns where it stands then.
///
/// # Errors
/// If it is at work, or cannot be put right.
pub async fn look_again<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    id: &RotationId,
) -> Result<TokenRotation, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    let taken = ledger.resume_token(id)?;
    let mut rotator = rotator(world, ledger, tokens, request, taken, lock)?;
    rotator.look_again().await?;
    Ok(rotator.rotation().clone())
}

/// Takes up the secondary token that a sink holds, takes it out of every sink, and deletes it.
///
/// # Errors
/// If none is held that works, or one was begun meanwhile; else as [`Rotator::run`](super::Rotator::run).
pub async fn adopt_and_undo<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Report, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return Err(Error::NotNow { id: open.begun().id.clone(), why: "was begun meanwhile" });
    }
    let old = in_hand(request)?;
    prove(world, ledger, tokens, request, old).await?;
    let target = target(request);
    let opened = opened(world, ledger, request, &target)?;
    let working = holders::tried(tokens, (old, &[]), &request.hand, &opened, &target, world.patience).await?.working;
    // What the sinks hold may be dead: then it is not the one that Twilio has.
    let waits = working.iter().any(|token| request.hand.iter().skip(1).any(|held| held == token));
    // It is taken out of the named sinks alone.
    let own = if waits { &request.sinks[..] } else { &[] };
    expect_none(holders::holding(&working, (&opened, own), &target)?)?;
    if !waits {
        return delete_proven(tokens, request, old).await;
    }
    let begun = Begun { adopted: true, ..blank(world, request, old, Vec::new())? };
    let taken = ledger.begin_token(&begun)?;
    let mut rotator = rotator(world, ledger, tokens, request, taken, lock)?;
    rotator.undo();
    rotator.delete_any();
    rotator.take_up().await?;
    rotator.turn_back(Why::Rollback).await?;
    let reached = rotator.run(request.goal).await?;
    Ok(Report::of(rotator.rotation(), &reached, true))
}

/// Deletes a secondary token that nothing here knows, by the user's word. The token in hand must be the primary: it signs
/// the request, and stays.
///
/// # Errors
/// If it is not, or there is no secondary, or Twilio could not be asked.
pub async fn delete_unknown<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Report, Error> {
    let _lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return Err(Error::NotNow { id: open.begun().id.clone(), why: "was begun meanwhile" });
    }
    let old = in_hand(request)?;
    prove(world, ledger, tokens, request, old).await?;
    expect_unheld(world, ledger, tokens, request, world.patience).await?;
    delete_proven(tokens, request, old).await
}

/// Fails if a place that is named or known holds the secondary token, under whatever name. A first look, before anybody is
/// asked: what is refused twice is dead here, and before anything is deleted it is looked again, with patience.
///
/// # Errors
/// [`Cause::StillHeld`], or if a place cannot be looked into, or Twilio could not be asked.
pub async fn make_sure_unheld<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<(), Error> {
    expect_unheld(world, ledger, tokens, request, TWICE).await
}

/// The same with this much patience.
async fn expect_unheld<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    patience: Duration,
) -> Result<(), Error> {
    let target = target(request);
    let opened = opened(world, ledger, request, &target)?;
    let old = in_hand(request)?;
    let tried = holders::tried(tokens, (old, &[]), &request.hand, &opened, &target, patience).await?;
    expect_none(holders::holding(&tried.working, (&opened, &[]), &target)?)
}

/// Every place that is named or known.
fn opened(world: &World<'_>, ledger: &Ledger, request: &Request, target: &TokenTarget) -> Result<Opened, Cause> {
    let (named, without) = (&request.sinks, &request.without);
    holders::open(world, ledger, Places { endpoint: &request.endpoint, named, without, but: &[], target })
}

fn expect_none(holders: Holders) -> Result<(), Error> {
    let places = holders.places;
    if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { places }.into()) }
}

async fn delete_proven<T: Tokens>(tokens: &T, request: &Request, old: &Secret) -> Result<Report, Error> {
    let deleted = tokens.delete(old, request.suppress_email).await;
    let deleted = deleted.map_err(|source| Cause::Twilio { doing: "deleting the secondary token", source })?;
    match deleted {
        SecondaryDeletion::Deleted => Ok(Report::Deleted { token: old.fingerprint() }),
        SecondaryDeletion::Absent => Err(Cause::NoSecondary("deleted").into()),
    }
}
