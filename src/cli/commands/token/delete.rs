//! `twcred token delete`: the way back, which leads as far as to the promote.

use super::engine::Engine;
use super::flags::{Places, absolute, env_file};
use super::hand::{self, Found, Hand};
use super::known;
use super::view;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::{AccountSid, TokenNames};
use crate::rotation::token::record::Why;
use crate::rotation::token::rotator::Goal;
use crate::rotation::token::run::{self, Done, Request};
use crate::rotation::token::{Error, TokenRotation};
use crate::sinks::{Spec, TokenRole, TokenTarget};

/// Delete the secondary token and take it out of the sinks
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The token in force stays. After a promote there is nothing to delete and no way back. A secondary token that no \
rotation of this machine knows is deleted too, whoever made it: that is asked first. One that a named or known place \
holds under another name stays.")]
pub struct Args {
    /// Where the token is.
    #[command(flatten)]
    places: Places,
}

/// Deletes it.
///
/// # Errors
/// Exit 2 if nobody could be asked, or the new token is promoted already; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let file = env_file(context)?;
    // What it names may hold the secondary: unlike elsewhere, a configuration that cannot be read is in the way.
    crate::cli::known::must_be_readable(context)?;
    // The journal that knew them may be lost.
    let names = args.places.names.over(&known::names_of(context, file.as_deref()))?;
    let mut hand = hand::find(context, file.as_deref(), &names)?;
    // Where a sink that is named has it waiting, it is taken out as it is from the file in hand.
    hand.extend(waiting(context, &args.places, &hand.account, &names)?);
    let engine = Engine::new(context, &hand)?.with_names(&args.places.names, &names);
    let endpoint = engine.endpoint();
    let mut open = engine.ledger().open_token(&endpoint, &hand.account)?;
    let staged = hand.found.iter().any(|found| found.role == TokenRole::Secondary);
    let request = Request {
        endpoint,
        account: hand.account.clone(),
        hand: hand.tokens(),
        sinks: engine.sinks(&args.places)?,
        without: args.places.left_out()?,
        names,
        max_age: None,
        propagation: None,
        check: None,
        after: None,
        suppress_email: args.places.suppress_email,
        // With nothing begun, one that a sink holds is taken up, and taken back at once.
        adopt: true,
        goal: Goal { stage_only: true, ..Goal::default() },
        owner: engine.owner("token delete"),
    };
    if let Some(promoted) = open.as_mut().filter(|open| open.promoted().is_some()) {
        let id = promoted.begun().id.clone();
        *promoted =
            engine.run(async |world, ledger, tokens| run::look_again(world, ledger, tokens, &request, &id).await)?;
        refuse_after_promote(promoted).map_err(|failure| engine.complete(failure))?;
    }
    if open.is_none() && !staged {
        // Only then is it true that nothing here holds it.
        engine.run(async |world, ledger, tokens| run::make_sure_unheld(world, ledger, tokens, &request).await)?;
    }
    if !context.ui.confirm(question(&hand, open.as_ref()))? {
        return Err(Failure::failed("the answer was no; nothing was done"));
    }
    let report = engine.run(async |world, ledger, tokens| match &open {
        Some(open) => run::undo(world, ledger, tokens, &request, &open.begun().id, (Why::Rollback, true)).await,
        None if staged && !request.sinks.is_empty() => run::adopt_and_undo(world, ledger, tokens, &request).await,
        None => run::delete_unknown(world, ledger, tokens, &request).await,
    })?;
    Ok(view::outcome(Done { report, token: None }, false, false))
}

/// The tokens that wait in the sinks that are named. One that cannot be read stops the run later, which says why.
fn waiting(
    context: &Context,
    places: &Places,
    account: &AccountSid,
    names: &TokenNames,
) -> Result<Vec<Found>, Failure> {
    let target = TokenTarget { account: account.clone(), names: names.clone() };
    let mut found = Vec::new();
    for name in absolute(&places.to)? {
        found.extend(hand::held_in(context, &Spec::parse(&name)?, &target).unwrap_or_default());
    }
    found.retain(|found| found.role == TokenRole::Secondary);
    Ok(found)
}

fn refuse_after_promote(open: &TokenRotation) -> Result<(), Failure> {
    if open.promoted().is_none() {
        return Ok(());
    }
    let why = crate::rotation::token::rotator::NO_WAY_BACK;
    Err(Failure::from(Error::NotNow { id: open.begun().id.clone(), why }))
}

fn question(hand: &Hand, open: Option<&TokenRotation>) -> String {
    let account = &hand.account;
    let holders: Vec<String> = hand
        .found
        .iter()
        .filter(|found| found.role == TokenRole::Secondary)
        .map(|found| format!("{} ({})", found.place, found.token.fingerprint()))
        .collect();
    match open.and_then(TokenRotation::new_token) {
        Some(new) => format!("Delete the secondary token {new} of {account} and take it out of the sinks"),
        None if holders.is_empty() => {
            format!("Delete the secondary token of {account}, which nothing here holds, whoever made it")
        }
        None => format!("Delete the secondary token of {account}, which {} holds", holders.join(", ")),
    }
}
