//! What to do about a token rotation that stopped: its exit code says where it left things.

use std::error::Error as StdError;

use super::{Advice, MEND, WITHOUT_CONFIGURATION};
use crate::api::{Kind, Why};
use crate::cli::exit::Exit;
use crate::cli::text::word;
use crate::model::variable::{Role, classify};
use crate::rotation::token::Error;
use crate::rotation::token::error::{Bars, Cause, Reach};
use crate::rotation::token::rotator::{IN_A_SINK, NO_WAY_BACK};

/// What ends a rotation whose new token is in force.
const FINISH: &str =
    "the token in force takes its place in the sinks, and the rotation comes to its end: twcred token promote";

/// What ends a rotation when another token was put in force.
const OVERTAKEN: &str = "if another token was put in force meanwhile, write that into TWILIO_AUTH_TOKEN of every sink and \
                         run again: with the account active, the rotation ends then (the Console shows it: Account > API \
                         keys & tokens)";

/// The advice for a token rotation's error or its cause.
pub(super) fn on(error: &(dyn StdError + 'static)) -> Option<Advice> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return Some(on_error(error));
    }
    // A boxed cause is another type than the cause.
    let boxed = error.downcast_ref::<Box<Cause>>().map(Box::as_ref);
    boxed.or_else(|| error.downcast_ref::<Cause>()).map(on_cause)
}

/// The exit code of a token rotation's error, whatever lies underneath it.
#[must_use]
pub(in crate::cli) fn exit(error: &Error) -> Exit {
    match error {
        Error::Locked { .. } => Exit::Locked,
        Error::Lock(_) => Exit::Failed,
        Error::Ledger(error) => super::rotation::exit(error),
        Error::NotNow { .. } => Exit::Usage,
        Error::Preflight(cause) => before(cause),
        Error::Halted { at, cause, .. } => match (halted(cause), at) {
            (Some(exit), _) => exit,
            (None, Reach::Secondary | Reach::Promoting | Reach::Promoted | Reach::Back | Reach::Overtaken) => {
                Exit::Incomplete
            }
            (None, Reach::Nothing | Reach::Ended) => before(cause),
        },
        Error::Stopped => Exit::Interrupted,
    }
}

/// Whether the token in hand, which signs the requests, was refused.
#[must_use]
pub(in crate::cli) fn is_hands(error: &Error) -> bool {
    matches!(error, Error::Preflight(_)) && exit(error) == Exit::Refused
}

/// What a cause means wherever it strikes.
fn halted(cause: &Cause) -> Option<Exit> {
    match cause {
        Cause::Drift { .. }
        | Cause::Unheld { .. }
        | Cause::Overtaken { .. }
        | Cause::Blind { .. }
        | Cause::StillHeld { .. }
        | Cause::InUse { .. }
        | Cause::Away { .. }
        | Cause::Unsettled { .. }
        | Cause::MayLive { is_late: false, .. } => Some(Exit::Findings),
        Cause::Rejected { .. } | Cause::Gone | Cause::Hook { which: "check", .. } => Some(Exit::Unverified),
        Cause::Exists { .. } | Cause::NoSecondary(_) | Cause::NoneInHand { .. } => Some(Exit::Failed),
        Cause::KeyBusy { .. } => Some(Exit::Locked),
        Cause::NoPlace
        | Cause::InHandIsSecondary { .. }
        | Cause::Replaced { .. }
        | Cause::InForce { .. }
        | Cause::Beside(_) => Some(Exit::Usage),
        _ => None,
    }
}

/// What a cause means where nothing was made.
fn before(cause: &Cause) -> Exit {
    match cause {
        Cause::Twilio { source, .. } | Cause::Stray { source, .. } => {
            super::on_twilio(source).exit.unwrap_or(Exit::Failed)
        }
        Cause::Sink { source, .. } => super::on_sink(source).exit.unwrap_or(Exit::Failed),
        Cause::Rejected { .. } => Exit::Refused,
        Cause::Unclear { .. }
        | Cause::NeverAnswered { .. }
        | Cause::EventsLag
        | Cause::MayBeReplaced
        | Cause::NotAsked { .. } => Exit::Temporary,
        Cause::Ledger(error) => super::rotation::exit(error),
        other => halted(other).unwrap_or(Exit::Failed),
    }
}

fn on_error(error: &Error) -> Advice {
    let advice = Advice::exit(exit(error));
    match error {
        Error::Locked { .. } => advice.hint("wait for it to end; if it was killed, the lock went with it"),
        Error::NotNow { why: NO_WAY_BACK, .. } => advice.hint(FINISH),
        Error::NotNow { id, why: IN_A_SINK } => {
            advice.hint(format!("take it back all the same: twcred rotation rollback {id}"))
        }
        Error::NotNow { .. } => advice
            .hint("`twcred token rotate` goes on from where it stands, or begins another")
            .hint("`twcred rotation list` shows where each rotation stands"),
        Error::Halted { id, at, cause, .. } if is_inactive(cause) && !matches!(at, Reach::Nothing | Reach::Ended) => advice
            .hint(format!(
                "no token works while the account is not active, and nothing is lost; once it is active again run the same \
                 command, or `twcred rotation resume {id}`"
            )),
        Error::Halted { id, at, cause, .. } if !says_all(cause) => match at {
            Reach::Secondary => advice
                .hint(format!(
                    "the token in force works and nothing is lost; run the same command again, or `twcred rotation \
                     resume {id}`"
                ))
                .hint("to go back instead: twcred token delete"),
            Reach::Promoting => advice.hint(format!(
                "whether the promote was carried out is not known; every sink holds both tokens, and one of them works: run \
                 the same command again, or `twcred rotation resume {id}`"
            )),
            Reach::Promoted => advice.hint(format!(
                "the new token is in force and nothing is lost; run the same command again, or `twcred rotation resume {id}`"
            )),
            Reach::Back => {
                advice.hint("the token in force works and nothing is lost; run the same command again to go on with the way back")
            }
            Reach::Overtaken => advice.hint(
                "another token is in force, and both of the rotation's are dead; run the same command again to bring it to its end",
            ),
            Reach::Nothing if matches!(**cause, Cause::Unclear { .. }) => advice.hint(format!(
                "nothing was made; run the same command again in a minute, or `twcred \
                 rotation resume {id}`"
            )),
            Reach::Nothing | Reach::Ended => advice,
        },
        // Transparent: its cause is not in the chain of errors.
        Error::Preflight(cause) => {
            let found = Advice { exit: advice.exit, ..on_cause(cause) };
            match &**cause {
                // An open rotation knows its own.
                Cause::StillHeld { places } => still_held(found, places),
                Cause::Unclear { .. } => found.hint("nothing was changed; run the same command again in a minute"),
                _ => found,
            }
        }
        Error::Ledger(error) => {
            super::rotation::on(error).map_or(Advice::exit(Exit::Failed), |found| Advice { exit: advice.exit, ..found })
        }
        Error::Halted { bars, cause, .. } => barred(advice, bars, cause),
        Error::Lock(_) | Error::Stopped => advice,
    }
}

/// Whether Twilio refused because of the account, whatever the token.
fn is_inactive(cause: &Cause) -> bool {
    let Cause::Twilio { source, .. } = cause else { return false };
    matches!(source.kind(), Kind::Refused(Why::AccountInactive))
}

/// What is to be done first, where [`OVERTAKEN`] alone would end nothing.
fn barred(mut advice: Advice, bars: &Bars, cause: &Cause) -> Advice {
    for id in &bars.keys {
        advice = advice.hint(format!(
            "if another token was put in force meanwhile, end rotation {id} of a key first, which may have sealed something \
             under a dead one: with the token in force beside the pair, `twcred rotation resume {id}`, then `twcred \
             rotation retire {id}`"
        ));
    }
    // Of the one that it is about, the cause says it itself.
    let told =
        |name: &&String| matches!(cause, Cause::Blind { sink, .. } | Cause::Overtaken { sink, .. } if sink == *name);
    for sink in bars.silent.iter().filter(|name| !told(name)) {
        advice = advice.hint(format!(
            "if another token was put in force meanwhile, write that into {sink} yourself, which gives nothing back, and \
             leave it out: --without {word}, a flag of `twcred token`", word = word(sink)));
    }
    advice
}

/// The variables of a sink that should hold the token in force.
fn of_sink(variables: &[String]) -> String {
    if variables.is_empty() { "TWILIO_AUTH_TOKEN".to_owned() } else { variables.join(" and ") }
}

/// What else may be done about the places that hold a secondary: what the variable of each is called tells.
fn still_held(advice: Advice, places: &[String]) -> Advice {
    let known = |place: &String| place.rsplit(' ').next().and_then(classify).map(|variable| variable.role);
    let advice = if places.iter().any(|place| known(place) == Some(Role::AuthTokenSecondary)) {
        advice.hint("or have it taken out of where it waits: --to SINK")
    } else {
        advice
    };
    if places.iter().any(|place| known(place).is_none()) {
        advice.hint("if it stands there by a suffix of your own, say which: --secondary-suffix SUFFIX")
    } else {
        advice
    }
}

/// Causes whose own advice says where they leave things.
fn says_all(cause: &Cause) -> bool {
    use Cause::{
        Blind, BothRefused, Drift, EventsLag, Exists, Gone, InForce, InUse, MayBeReplaced, MayLive, NotAsked,
        Overtaken, StillHeld, TokenLost, Unheld, Unsettled,
    };
    matches!(
        cause,
        BothRefused { .. }
            | Drift { .. }
            | TokenLost { .. }
            | InForce { .. }
            | Gone
            | Exists { .. }
            | Unsettled { .. }
            | MayLive { .. }
            | InUse { .. }
            | StillHeld { .. }
            | Overtaken { .. }
            | Blind { .. }
            | Unheld { .. }
            | EventsLag
            | MayBeReplaced
            | NotAsked { .. }
    )
}

/// How a rotation goes on without a sink that stopped it. One that is named with --to is not left out.
fn passed_over(advice: Advice, sink: &str, doing: &str) -> Advice {
    let left_out = format!("--without {word}, a flag of `twcred token`", word = word(sink));
    match doing {
        "probing" | "reading" | "opening" if sink.starts_with("keyring:") => {
            advice.hint(format!("to leave this profile out: {left_out}"))
        }
        "reading" | "opening" | "looking for the token in" => {
            advice.hint(format!("if it is not to be mended and holds nothing that is needed, leave it out: {left_out}"))
        }
        "writing" if sink.starts_with("exec:") => {
            advice.hint(format!("if it is gone for good, leave it out: {left_out}"))
        }
        _ => advice,
    }
}

fn on_cause(cause: &Cause) -> Advice {
    let advice = Advice::default();
    match cause {
        Cause::Rejected { .. } => advice
            .hint("`twcred token status` tells which token is in hand, and whether it works; a token belongs to one account and one region"),
        Cause::InHandIsSecondary { names, .. } => advice
            .hint(format!(
                "put the token in force, the primary, into TWILIO_AUTH_TOKEN, and this one into {}",
                names.secondary_of("TWILIO_AUTH_TOKEN")
            ))
            .hint("then `twcred token promote` puts it in force, and `twcred token delete` deletes it"),
        Cause::Exists { names, .. } => advice
            .hint("nothing was changed; if nobody needs it: twcred token delete")
            .hint(format!("if a sink holds it as …{} and it works: twcred token promote", names.secondary())),
        Cause::Unsettled { .. } => advice
            .hint("nothing was deleted on a guess; Monitor's events name who made it and when (account-auth-token.secondary-created)")
            .hint("make sure that nobody else is replacing the token, then: twcred token delete"),
        Cause::InUse { .. } => advice
            .hint("it is somebody else's, and was left alone; once he has promoted or deleted it, run again")
            .hint("if nobody needs it, take it out there, then: twcred token delete"),
        Cause::MayLive { is_late, .. } => if *is_late {
            advice.hint("run the same command again in some minutes; the token in force works")
        } else {
            advice.hint("nothing was deleted on a guess; Monitor's events name who made and deleted one, and when")
        }
        .hint("if nobody else is replacing the token, have whatever secondary there is deleted: twcred token delete"),
        Cause::EventsLag | Cause::MayBeReplaced => advice
            .hint("run the same command again in some minutes; the token in force works")
            .hint("if nobody else is replacing the token, you may settle it yourself: twcred token delete"),
        Cause::NotAsked { .. } => advice
            .hint("nothing was changed, and the token in force works: the way back makes no secondary to find that out")
            .hint("if nobody else is replacing the token, have whatever secondary there is deleted: twcred token delete")
            .hint("or go on instead: twcred token rotate"),
        Cause::NoneInHand { since: Some(_), names } => advice
            .hint(format!(
                "put it beside the token in force, as …{}, and run again: only its holder can promote it safely",
                names.secondary()
            ))
            .hint("if nobody needs it: twcred token delete"),
        Cause::NoneInHand { since: None, .. } => advice
            .hint("`twcred token status` tells which token is in hand, and whether a secondary is outstanding")
            .hint("make one: twcred token create"),
        Cause::NoSecondary(_) => advice.hint("`twcred token status` tells what is known"),
        Cause::Gone => advice.hint("the token in force stands everywhere, unchanged; begin again: twcred token rotate"),
        Cause::InForce { .. } => advice.hint(FINISH),
        Cause::Beside(_) => advice.hint(MEND).hint(WITHOUT_CONFIGURATION),
        Cause::Away { sink } => {
            advice.hint(format!(
                "bring it back, or, if it is gone for good, leave it out: --without {word}, a flag of `twcred token`", word = word(sink)))
        }
        Cause::StillHeld { .. } => advice.hint("nothing was deleted; take it out there, and run again"),
        Cause::KeyBusy { id, .. } => advice
            .hint(format!("what rotation {id} seals may need the old token: let it come to a rest, and run again")),
        Cause::UnknownAge(_) => advice.hint(
            "rotate it once whatever its age, with --max-age 0s, also where the configuration says max-age: then the journal tells",
        ),
        Cause::Clock { .. } => advice.hint("set the clock (timedatectl set-ntp true) and run again"),
        Cause::Hook { which: "check", .. } => advice
            .hint("every sink holds both tokens, and both work; run again once the check passes"),
        Cause::Hook { .. } => advice.hint("the new token is in force; run again to repeat the command"),
        Cause::Sink { sink, doing, .. } => passed_over(advice, sink, doing),
        Cause::Replaced { sink, .. } => advice
            .hint(format!(
                "make {sink} a sink of a target with `kind = \"auth-token\"` in the configuration; `twcred sink push TARGET` puts \
                 the token in force there"
            ))
            .hint("or write the token in force there by hand; then run again"),
        Cause::NoPlace => advice.hint("name a sink that holds the token in force: --env-file FILE, or --to SINK"),
        Cause::Stray { .. } => advice.hint("delete it: twcred token delete"),
        Cause::Ledger(error) => super::rotation::on(error.as_ref()).unwrap_or_default(),
        _ => on_loss(cause),
    }
}

/// The advice where a token is not where it should be, or dead.
fn on_loss(cause: &Cause) -> Advice {
    let advice = Advice::default();
    match cause {
        Cause::BothRefused { .. } => advice
            .hint("a suspended account refuses both: look at it in the Console; nothing was switched")
            .hint("run the same command again once one of them works; both stay sealed until then")
            .hint(OVERTAKEN),
        Cause::TokenLost { promoted: true, names, .. } => advice
            .hint(format!(
                "bring either token of the rotation back beside the one in its file, as …{}, and run again",
                names.previous()
            ))
            .hint(OVERTAKEN),
        Cause::TokenLost { promoted: false, names, .. } => advice
            .hint(format!(
                "bring the token back into the env file, as TWILIO_AUTH_TOKEN or …{}, and run again",
                names.secondary()
            ))
            .hint(OVERTAKEN),
        Cause::Blind { sink, .. } => advice
            .hint(format!(
                "write the token in force there yourself, and leave it out: --without {word}, a flag of `twcred token`; \
                 nothing was written there or unsealed", word = word(sink)))
            .hint(OVERTAKEN),
        Cause::Overtaken { sink, .. } => advice
            .hint(OVERTAKEN)
            .hint(format!("or leave it out: --without {word}, a flag of `twcred token`; nothing was taken out or unsealed", word = word(sink))),
        Cause::Drift { sink, variables, old, promoted: true, names, .. } => advice
            .hint(format!(
                "put the token before it ({old}; …{} or a backup has it) into {} there, and run again: the token in force \
                 takes its place",
                names.previous(),
                of_sink(variables)
            ))
            .hint(format!("or leave it out: --without {word}, a flag of `twcred token`; nothing was overwritten", word = word(sink)))
            .hint(OVERTAKEN),
        Cause::Drift { sink, variables, old, promoted: false, .. } => advice
            .hint(format!(
                "put the token in force ({old}) back into {} there, and run again: the new one is written beside it",
                of_sink(variables)
            ))
            .hint(format!("or leave it out: --without {word}, a flag of `twcred token`; nothing was overwritten", word = word(sink)))
            .hint("to go back instead: twcred token delete"),
        Cause::Unheld { promoted: true, variables, names, .. } => advice
            .hint(format!(
                "nothing was taken out: the token in force stays sealed, and the one before it, …{}, opens it",
                names.previous()
            ))
            .hint(format!(
                "put the one before it into {} there, and run the same command again: the token in force takes its place",
                of_sink(variables)
            ))
            .hint("or name a file that holds the one before it: twcred token rotate --env-file FILE"),
        Cause::Unheld { promoted: false, variables, names, .. } => advice
            .hint(format!(
                "nothing was taken out: the token in force stays sealed, and the secondary, …{}, opens it",
                names.secondary()
            ))
            .hint(format!(
                "put the secondary into {} there, and run the same command again: the token in force takes its place",
                of_sink(variables)
            )),
        _ => advice,
    }
}
