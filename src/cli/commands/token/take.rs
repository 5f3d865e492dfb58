//! Taking a token's rotation in hand by its id, for whatever its owner wants of it.

use std::path::{Path, PathBuf};

use super::engine::Engine;
use super::hand::Hand;
use super::{gate, given, hand, view};
use crate::cli::commands::rotation::foretold;
use crate::cli::commands::rotation::take::{Wish, is_gone, of_its_account, there};
use crate::cli::config::{Kind, Source};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::known;
use crate::cli::text::word;
use crate::cli::view::Outcome;
use crate::model::ProfileName;
use crate::rotation::token::record::Why;
use crate::rotation::token::rotator::{Goal, IN_A_SINK, NO_WAY_BACK};
use crate::rotation::token::run::{self, Done, Request};
use crate::rotation::token::{Error, TokenRotation};
use crate::sinks::{Spec, Target};

/// The question that must be answered first, for what cannot be taken back.
fn question(wish: Wish, rotation: &TokenRotation) -> Option<String> {
    let old = &rotation.begun().old;
    let new = rotation.new_token().map_or_else(String::new, |new| format!(" {new}"));
    match wish {
        Wish::Resume => None,
        Wish::Retire => Some(format!("Take the old token {old} out of the sinks, before the new one has spread")),
        Wish::Rollback => Some(format!("Delete the secondary token{new} and take it out of the sinks")),
        Wish::Abort => Some(format!("Give the rotation of the token {old} up and delete the secondary{new}")),
    }
}

/// Why a rotation is in no state for this, if it is not.
fn refused(wish: Wish, rotation: &TokenRotation) -> Option<&'static str> {
    match wish {
        _ if rotation.outcome().is_some() => Some("has ended"),
        Wish::Retire if rotation.current().is_none() => Some("has not put its new token in force everywhere yet"),
        // What Twilio said of the two tokens may have been wrong; what it answered to the promote itself is not.
        Wish::Rollback | Wish::Abort if rotation.is_answered() => Some(NO_WAY_BACK),
        Wish::Rollback | Wish::Abort if rotation.promoted().is_some() => None,
        Wish::Abort if rotation.is_published() => Some(IN_A_SINK),
        Wish::Resume | Wish::Retire | Wish::Rollback | Wish::Abort => None,
    }
}

/// Asks, where it has to be asked.
fn ask(context: &Context, wish: Wish, rotation: &TokenRotation) -> Result<(), Failure> {
    if let Some(question) = question(wish, rotation)
        && !context.ui.confirm(question)?
    {
        return Err(Failure::failed("the answer was no; nothing was done"));
    }
    Ok(())
}

/// Takes a token's rotation in hand.
///
/// # Errors
/// If it is not in a state for this, locked, or stops on the way.
pub fn take(context: &Context, rotation: &TokenRotation, wish: Wish) -> Result<Outcome, Failure> {
    let begun = rotation.begun();
    let id = begun.id.clone();
    if let Some(why) = refused(wish, rotation) {
        return Err(given::completed(Failure::from(Error::NotNow { id, why }), &flags(context, rotation)));
    }
    let back = match wish {
        Wish::Resume | Wish::Retire => None,
        Wish::Rollback => Some(Why::Rollback),
        Wish::Abort => Some(Why::Abort),
    };
    // A journal that may be wrong about the promote is put right before anything is asked.
    let is_doubtful = back.is_some() && rotation.promoted().is_some();
    if !is_doubtful {
        ask(context, wish, rotation)?;
    }
    if matches!(wish, Wish::Rollback | Wish::Abort) {
        // What it names may hold the secondary.
        known::must_be_readable(context)?;
    }
    of_its_account(context, &id, &begun.account)?;
    let named = context.global.env_file.as_deref().filter(|path| *path != Path::new("-")).map(PathBuf::from);
    // What is named is where the token is found, and not a file beside it.
    let is_named = named.is_some() || context.global.profile.is_some();
    let own = env_target(rotation).filter(|_| !is_named);
    let gone = own.clone().filter(|path| is_gone(path));
    let file = named.or(own);
    let hand = match foretold(context, rotation).filter(|_| !is_named) {
        Some(hand) => hand,
        None => match profile_target(rotation).filter(|_| !is_named && (file.is_none() || gone.is_some())) {
            Some(name) => hand::of_profile(context, &name)?,
            None => hand::find_of(context, file.as_deref(), &begun.names, Some(&begun.account)).map_err(|failure| {
                let failure = match &gone {
                    Some(path) => moved(failure, path),
                    None => failure,
                };
                with_what_is_noted(failure, rotation)
            })?,
        },
    };
    if hand.account != begun.account {
        let (other, account) = (&hand.account, &begun.account);
        return Err(with_what_is_noted(
            Failure::usage(format!(
                "rotation {id} is about the token of {account}, and the token in hand is that of {other}"
            )),
            rotation,
        ));
    }
    let engine = Engine::new(context, &hand)?;
    if begun.endpoint != engine.endpoint() {
        let (begun, here) = (begun.endpoint.clone(), engine.endpoint());
        return Err(engine.blame(crate::rotation::Error::OtherEndpoint { id, begun, here }.into()));
    }
    let request = Request {
        endpoint: begun.endpoint.clone(),
        account: begun.account.clone(),
        hand: hand.tokens(),
        sinks: Vec::new(),
        without: Vec::new(),
        names: begun.names.clone(),
        max_age: None,
        propagation: None,
        check: None,
        after: None,
        suppress_email: begun.suppress_email,
        adopt: begun.adopted,
        goal: Goal { stage_only: false, clear_now: wish == Wish::Retire },
        owner: engine.owner(wish.command()),
    };
    let Some(back) = back else {
        gate::can_be_answered(context, None, Some(rotation))?;
        return Ok(view::outcome(engine.rotate(&request)?, false, false));
    };
    if is_doubtful {
        let looked =
            engine.run(async |world, ledger, tokens| run::look_again(world, ledger, tokens, &request, &id).await)?;
        if let Some(why) = refused(wish, &looked).or(looked.promoted().map(|_| NO_WAY_BACK)) {
            return Err(engine.blame(Error::NotNow { id, why }));
        }
        ask(context, wish, &looked)?;
    }
    let report = engine
        .run(async |world, ledger, tokens| run::undo(world, ledger, tokens, &request, &id, (back, false)).await)?;
    Ok(view::outcome(Done::from(report), false, false))
}

/// What is in hand where the target of the configuration has it, else where the journal notes that it was found. A place
/// that gives nothing is passed over: either token may stand in another.
fn foretold(context: &Context, rotation: &TokenRotation) -> Option<Hand> {
    let begun = rotation.begun();
    let (account, signer) = (&begun.account, begun.signer.as_deref());
    let target = foretold::target(context, Kind::AuthToken, account, begun.sinks.first(), signer);
    let noted = signer.and_then(|signer| Some(Source::of(&Spec::parse(signer.place.as_ref()?).ok()?)));
    let sources = target.map(|target| target.source).into_iter().chain(noted);
    let mut hands = sources.filter_map(|source| hand::of_source(context, &source, &begun.names, Some(account)).ok());
    hands.find(|hand| hand.account == *account)
}

/// Adds to a failure to find the token where it was found when the rotation was begun.
fn with_what_is_noted(failure: Failure, rotation: &TokenRotation) -> Failure {
    let begun = rotation.begun();
    match &begun.signer {
        Some(signer) => failure.hint(format!(
            "rotation {id} was begun under {signer}; name a file that holds that token or its successor: --env-file FILE",
            id = begun.id
        )),
        None => failure,
    }
}

/// The sinks of a rotation that are not left out of it: what those hold may be long dead.
fn used(rotation: &TokenRotation) -> impl Iterator<Item = Spec> {
    let places = rotation.places().iter().filter(|place| !place.dropped);
    places.filter_map(|place| Spec::parse(&place.sink).ok())
}

/// The flags by which a command about tokens finds the one of a rotation, as this one would: by what the run was given,
/// else by a sink.
fn flags(context: &Context, rotation: &TokenRotation) -> String {
    let given = given::of_context(context);
    if !given.is_empty() {
        return given;
    }
    let file = env_target(rotation).map(|path| format!(" --env-file {}", word(&path)));
    file.or_else(|| profile_target(rotation).map(|name| format!(" --profile {name}"))).unwrap_or_default()
}

/// The profile among a rotation's sinks.
fn profile_target(rotation: &TokenRotation) -> Option<ProfileName> {
    used(rotation).filter(|spec| spec.kind().target == Target::Profile).find_map(|spec| spec.target().parse().ok())
}

/// The env file among a rotation's sinks: one that is there, if any is.
fn env_target(rotation: &TokenRotation) -> Option<PathBuf> {
    there(used(rotation))
}

/// What to do about the only env file of a rotation, which is gone.
fn moved(failure: Failure, gone: &Path) -> Failure {
    let name = word(format!("env:{}", gone.display()));
    failure
        .hint("nothing was done; bring it back, and run the same command again")
        .hint(format!("or, if the token is in another file now: twcred token rotate --env-file FILE --without {name}"))
}
