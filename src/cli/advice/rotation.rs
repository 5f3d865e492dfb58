//! What to do about a rotation that stopped: its exit code says where it left things.

use std::error::Error as StdError;

use super::{Advice, MEND, WITHOUT_CONFIGURATION};
use crate::api::{self, Kind, Why};
use crate::cli::exit::Exit;
use crate::cli::text::word;
use crate::model::RotationId;
use crate::rotation::error::{Cause, Elsewhere};
use crate::rotation::plan::ScheduleError;
use crate::rotation::{Error, Signer};
use crate::sinks::{self, Spec};

/// The advice for a rotation's error or its cause.
pub(super) fn on(error: &(dyn StdError + 'static)) -> Option<Advice> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return Some(on_error(error));
    }
    if error.is::<ScheduleError>() {
        return Some(Advice::exit(Exit::Usage).hint("give a longer --max-age or a shorter --grace"));
    }
    // A boxed cause is another type than the cause.
    let boxed = error.downcast_ref::<Box<Cause>>().map(Box::as_ref);
    boxed.or_else(|| error.downcast_ref::<Cause>()).map(on_cause)
}

/// The exit code of a rotation's error, whatever lies underneath it.
#[must_use]
pub(in crate::cli) fn exit(error: &Error) -> Exit {
    match error {
        Error::Locked { .. } | Error::CreateLocked { .. } => Exit::Locked,
        Error::OtherEndpoint { .. } | Error::NotNow { .. } => Exit::Usage,
        Error::Preflight(cause) => before(cause),
        Error::Halted { cause, may_exist, .. } => match (halted(cause), may_exist) {
            (Some(exit), _) => exit,
            (None, true) => Exit::Incomplete,
            (None, false) => before(cause),
        },
        Error::Stopped => Exit::Interrupted,
        Error::Lock(_)
        | Error::BrokenJournal { .. }
        | Error::Journal(_)
        | Error::State(_)
        | Error::NoSuchRotation(_) => Exit::Failed,
    }
}

/// Whether the credential that signs the requests was refused, and not the pair that was being looked at.
#[must_use]
pub(in crate::cli) fn is_authoritys(error: &Error) -> bool {
    let (Error::Preflight(cause) | Error::Halted { cause, .. }) = error else { return false };
    exit(error) == Exit::Refused && !matches!(**cause, Cause::Rejected { .. })
}

/// What a cause means wherever it strikes.
fn halted(cause: &Cause) -> Option<Exit> {
    match cause {
        Cause::Drift { .. }
        | Cause::StillHeld { .. }
        | Cause::NoPlace { .. }
        | Cause::Away { .. }
        | Cause::Behind { .. }
        | Cause::LeftOut { .. }
        | Cause::Unseen { .. }
        | Cause::HeldElsewhere { .. }
        | Cause::Late { .. } => Some(Exit::Findings),
        Cause::Beside(_) => Some(Exit::Usage),
        Cause::KeyBusy { .. } => Some(Exit::Locked),
        Cause::Rejected { .. } | Cause::LastKey { .. } | Cause::Different(_) | Cause::Hook { which: "check", .. } => {
            Some(Exit::Unverified)
        }
        _ => None,
    }
}

/// What a cause means where nothing was made.
fn before(cause: &Cause) -> Exit {
    match cause {
        Cause::Twilio { source, .. } | Cause::Stray { source, .. } | Cause::CutOff { source, .. } => of_twilio(source),
        Cause::Sink { source, .. } => super::on_sink(source).exit.unwrap_or(Exit::Failed),
        Cause::Rejected { .. }
        | Cause::StandardAuthority(_)
        | Cause::OthersKey { .. }
        | Cause::AuthorityLacks { .. }
        | Cause::UnknownPolicy(_) => Exit::Refused,
        Cause::Unclear { .. } | Cause::NeverAnswered { .. } => Exit::Temporary,
        Cause::Drift { .. }
        | Cause::StillHeld { .. }
        | Cause::NoPlace { .. }
        | Cause::Away { .. }
        | Cause::Behind { .. }
        | Cause::LeftOut { .. }
        | Cause::Unseen { .. }
        | Cause::HeldElsewhere { .. }
        | Cause::Late { .. } => Exit::Findings,
        Cause::MainKey(_) | Cause::AuthorityEnds(_) | Cause::Beside(_) => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn of_twilio(error: &api::Error) -> Exit {
    super::on_twilio(error).exit.unwrap_or(Exit::Failed)
}

fn on_error(error: &Error) -> Advice {
    let advice = Advice::exit(exit(error));
    match error {
        Error::Locked { .. } | Error::CreateLocked { .. } => {
            advice.hint("wait for it to end; if it was killed, the lock went with it")
        }
        Error::BrokenJournal { id, .. } => advice
            .hint(format!(
                "nothing was begun or continued: a rotation of this very key may be behind the journal; `twcred keys \
                 list` shows its new key, whose name ends in [twcred {id}]"
            ))
            .hint("restore the journal from a backup, or settle both keys by hand and move the journal away"),
        Error::OtherEndpoint { begun, .. } => {
            advice.hint(format!("continue it there: --region, --edge or --api-url for {begun}"))
        }
        Error::NoSuchRotation(_) => advice.hint("`twcred rotation list` shows the ones there are"),
        Error::Halted { may_exist: true, .. } => on_halted(error, advice),
        // Transparent: its cause is not in the chain of errors.
        Error::Preflight(cause) => Advice { exit: advice.exit, ..on_cause(cause) },
        Error::State(_) => advice.hint("name another folder with --state-dir or TWCRED_STATE_DIR"),
        _ => advice,
    }
}

/// What to type after a rotation stopped whose new key may exist.
fn on_halted(error: &Error, advice: Advice) -> Advice {
    let Error::Halted { id, new, is_over, turning, cause, .. } = error else { return advice };
    match &**cause {
        // After the grace no run writes the new pair by itself: who reads the sink may need either.
        Cause::Drift { after_grace: true, .. } => advice.hint(format!(
            "the grace is over: take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation \
             rollback {id}` puts the old pair there, and `twcred keys rotate` begins anew; or name another place for the \
             new one: `twcred keys rotate … --to SINK --without SINK`"
        )),
        Cause::Drift { holds, .. } if holds == "nothing" => advice.hint(format!(
            "`twcred rotation resume {id}` puts the new pair there, or `twcred rotation rollback {id}` the old one; or name \
             another place: `twcred keys rotate … --to SINK --without SINK`"
        )),
        Cause::Drift { .. } => advice.hint(format!(
            "take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation resume {id}` \
             puts the new pair there, or `twcred rotation rollback {id}` the old one; or name another place: `twcred \
             keys rotate … --to SINK --without SINK`"
        )),
        // The old key is revoked: there is no way back.
        Cause::NoPlace { key, .. } if *is_over && new.as_ref() == Some(key) => advice
            .hint(format!(
                "what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run `twcred \
                 rotation resume {id}`, which puts the new pair there; or name another place: `twcred keys rotate … --to \
                 SINK`"
            ))
            .hint(format!(
                "if the new key is not used any more: end it with `twcred keys revoke --force {key}`, then `twcred \
                 rotation resume {id}`"
            )),
        Cause::NoPlace { .. } if *turning => advice
            .hint(format!(
                "what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run `twcred \
                 rotation resume {id}`, which puts the old pair there; or name another place first: `twcred keys rotate … \
                 --to SINK --without SINK`"
            ))
            .hint(format!(
                "if neither key of the rotation is used any more: end both with `twcred keys revoke --force`, then \
                 `twcred rotation resume {id}`"
            )),
        Cause::NoPlace { .. } => advice
            .hint(format!(
                "what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run again: \
                 `twcred rotation rollback {id}` puts the old pair there, `twcred rotation resume {id}` the new one; or \
                 name another place first: `twcred keys rotate … --to SINK --without SINK`"
            ))
            .hint(format!(
                "if neither key of the rotation is used any more: end both with `twcred keys revoke --force`, then \
                 `twcred rotation rollback {id}`"
            )),
        Cause::StillHeld { key, .. } if new.as_ref() == Some(key) => advice.hint(format!(
            "if it is a sink of the rotation that was left out, take it in again, and it gets the pair that stays: `twcred \
             keys rotate … --to SINK`, by its whole name, as `twcred rotation show {id}` has it"
        )),
        Cause::StillHeld { .. } if *turning => advice,
        Cause::LeftOut { sink, key, .. } => advice
            .hint(format!("nothing was revoked; bring it back, and take it in again: `twcred keys rotate … --to {word}`", word = word(sink)))
            .hint(format!(
                "if nothing uses {key} there: end it with `twcred keys revoke --force {key}`, and run the same command again"
            )),
        Cause::LastKey { .. } => advice.hint(format!(
            "the rotation goes forward again: `twcred rotation resume {id}` puts the new pair into every sink"
        )),
        Cause::NewSecretLost(_) if !*is_over => advice
            .hint("run with the credential that began the rotation: it opens what is sealed")
            .hint(format!(
                "or put a pair of the rotation back into its sink; with the old one, `twcred rotation rollback {id}` ends \
                 the new key"
            )),
        Cause::SealedUnder(signer) => on_sealed_under(signer, id, advice),
        Cause::NewSecretLost(key) => advice
            .hint("run with the credential that began the rotation: it opens what is sealed")
            .hint("or put the new pair back into a sink of the rotation, and run again")
            .hint(format!(
                "if the new key is not used any more: end it with `twcred keys revoke --force {key}`, then `twcred \
                 rotation resume {id}`"
            )),
        // After the grace no run writes the new pair by itself.
        Cause::StillHeld { after_grace: true, .. } => advice.hint(format!(
            "the grace is over: if a sink of the rotation holds the old pair again, `twcred rotation rollback {id}` puts \
             that pair everywhere, and `twcred keys rotate` begins anew"
        )),
        Cause::StillHeld { .. } => advice.hint(format!(
            "if a sink of the rotation holds the old pair again, `twcred rotation resume {id}` puts the new one there, \
             and the grace starts anew"
        )),
        Cause::Away { .. }
        | Cause::Behind { .. }
        | Cause::Unseen { .. }
        | Cause::HeldElsewhere { .. }
        | Cause::Beside(_)
        | Cause::KeyBusy { .. }
        | Cause::Seals { .. }
        | Cause::Late { .. }
        | Cause::OldSecretLost(_)
        | Cause::Rejected { .. }
        | Cause::Different(_) => advice,
        _ if is_inactive(cause) => advice.hint(format!(
            "no key works while the account is not active, and nothing is lost; once it is active again run the same \
             command, or `twcred rotation resume {id}`"
        )),
        Cause::Sink { sink, source, .. } => on_halted_sink(sink, source, id, *is_over, advice),
        _ => advice.hint(again(id, *is_over)),
    }
}

/// What opens the sealed file, and what ends the rotation without it.
fn on_sealed_under(signer: &Signer, id: &RotationId, advice: Advice) -> Advice {
    let flag = signer.profile().map_or_else(String::new, |name| format!(" --profile {name}"));
    let flag = signer.file().map_or(flag, |file| format!(" --env-file {}", word(file)));
    advice.hint(format!("nothing was revoked; run with that credential: `twcred rotation resume {id}{flag}`")).hint(
        format!(
            "if it is gone for good, give the rotation up: `twcred rotation abort {id}`; `twcred keys rotate` begins \
             another then"
        ),
    )
}

fn again(id: &RotationId, is_over: bool) -> String {
    let both = if is_over { "" } else { "both keys work and " };
    format!("{both}nothing is lost; run the same command again, or `twcred rotation resume {id}`")
}

/// What to do about a sink that stopped a rotation.
fn on_halted_sink(sink: &str, source: &sinks::Error, id: &RotationId, is_over: bool, advice: Advice) -> Advice {
    let left_out = || format!("twcred keys rotate … --without {word}", word = word(sink));
    match source {
        _ if Spec::parse(sink).is_err() => advice.hint(again(id, is_over)),
        _ if is_over => advice.hint(format!(
            "nothing is lost; mend that, and run the same command again, or `twcred rotation resume {id}`; if it is gone \
             for good, leave it out: {}",
            left_out()
        )),
        sinks::Error::Several { .. } => advice
            .hint(format!("nothing is lost; none of these pairs is of the rotation: leave the file out: {}", left_out()))
            .hint(format!("or put a pair of the rotation back there, and run `twcred rotation resume {id}`")),
        _ => advice.hint(again(id, is_over)),
    }
}

/// Whether Twilio refused because of the account, whatever the credential.
fn is_inactive(cause: &Cause) -> bool {
    let Cause::Twilio { source, .. } = cause else { return false };
    matches!(source.kind(), Kind::Refused(Why::AccountInactive))
}

/// Each place can be taken in, where a pair of the key stands there, or left as it is.
fn on_held(held: &[Elsewhere], advice: Advice) -> Advice {
    let flags = |flag: &str, names: Vec<&String>| -> String {
        names.iter().flat_map(|name| [" ".to_owned(), flag.to_owned(), " ".to_owned(), word(name)]).collect()
    };
    let to = flags("--to", held.iter().filter_map(|held| held.sink.as_ref()).collect());
    let without = flags("--without", held.iter().map(|held| held.sink.as_ref().unwrap_or(&held.whole)).collect());
    let advice = advice.hint("nothing was revoked; take the key out there, and run again");
    let advice = if to.is_empty() {
        advice
    } else {
        advice.hint(format!("or have it replaced there, too: twcred keys rotate …{to}"))
    };
    advice.hint(format!("or leave it there, where it will not work any more, in each run until the key has ended: twcred keys rotate …{without}"))
}

fn on_cause(cause: &Cause) -> Advice {
    let advice = Advice::default();
    match cause {
        Cause::Drift { .. } => {
            advice.hint("nothing was overwritten or revoked; `twcred rotation show` tells which key is which")
        }
        Cause::StillHeld { .. } => {
            advice.hint("nothing was revoked; where it is no pair of a rotation's, take it out there, and run again")
        }
        Cause::Rejected { .. } => {
            advice.hint("`twcred keys verify` tells more about a pair; keys belong to one account and one region")
        }
        Cause::Away { sink, .. } => advice.hint(format!(
            "nothing was revoked; bring it back, or, if it is gone for good, leave it out (in each run, if only the configuration names it): twcred keys rotate … --without {word}", word = word(sink))),
        Cause::Behind { sink, .. } => advice.hint(format!(
            "bring it back, and run again: it gets the new pair; or, if it is gone for good, leave it out: twcred keys rotate … --without {word}", word = word(sink))),
        Cause::Unseen { sink, .. } => advice.hint(format!(
            "nothing was revoked; make it readable, or, if it needs no key of this account, leave it out (in each run, if only the configuration names it): \
             twcred keys rotate … --without {word}", word = word(sink))),
        Cause::HeldElsewhere { held, .. } => on_held(held, advice),
        Cause::Beside(_) => advice.hint(MEND).hint(WITHOUT_CONFIGURATION),
        Cause::Late { .. } => advice.hint("make a pair of its own for it: twcred keys create NAME --to SINK, or copy the new pair from another sink"),
        Cause::UnknownKey(_) => {
            advice.hint("`twcred keys list` shows the keys there are; make a new one with `twcred keys create`")
        }
        Cause::UnknownAge(_) => advice
            .hint("rotate it whatever its age: leave --max-age out, and max-age out of its target in the configuration")
            .hint("the new key's age is known, so that happens once"),
        Cause::AuthorityEnds(_) => {
            advice.hint("authorise with the Auth Token: put TWILIO_AUTH_TOKEN beside the pair or into the environment")
        }
        Cause::Foreign { key, .. } => advice
            .hint("continue it on the machine, and with the --state-dir, where it was begun")
            .hint(format!("if that is gone for good: twcred keys rename {key} NAME --drop-marker, and run again")),
        Cause::MainKey(_) => advice
            .hint("make one in the Console, and put its pair into the file by hand")
            .hint("or replace it by a Standard key, which may not manage keys or accounts: --allow-downgrade"),
        Cause::UnknownPolicy(_) => advice.hint(
            "authorise with the Auth Token of the key's own account: put its TWILIO_AUTH_TOKEN beside the pair, and leave \
             --account out",
        ),
        Cause::AuthorityLacks { .. } => {
            advice.hint("add the permission to the key's policy in the Console, or authorise with the Auth Token")
        }
        Cause::Sink { sink, doing: "looking for the key in", .. } => {
            advice.hint(format!("an earlier rotation left the key there; if it is gone for good: --without {word}", word = word(sink)))
        }
        Cause::Sink { sink, doing: "probing" | "reading" | "opening", .. } if sink.starts_with("keyring:") => advice.hint(
            format!("to leave this profile out, with the old key, which is going to end: --without {word}", word = word(sink)),
        ),
        Cause::StandardAuthority(_) => advice.hint(
            "put the account's own TWILIO_AUTH_TOKEN beside the pair or into the environment, name a profile that holds it (--profile NAME \
             beside --env-file), or authorise with a Restricted key that holds \
             /twilio/iam/api-keys/{create,read,list,update,delete}",
        ),
        Cause::Clock { .. } => advice.hint("set the clock (timedatectl set-ntp true) and run again"),
        Cause::Different(_) => advice.hint("the new key is revoked and the old pair stands everywhere, unchanged"),
        Cause::Hook { which: "check", .. } => {
            advice.hint("every sink holds the new pair, and the old one still works; run again once the check passes")
        }
        Cause::KeyBusy { id, .. } => {
            advice.hint(format!("nothing was revoked or switched; let rotation {id} come to a rest, and run again"))
        }
        Cause::Seals { id, .. } => advice
            .hint("run with the credential that began this rotation: it opens what is sealed")
            .hint(format!("or bring rotation {id} to its end first: `twcred rotation resume {id}` or `rollback {id}`, signed by that key")),
        Cause::Hook { .. } => {
            advice.hint("the new pair is current, and the old one still works; run again to repeat the command")
        }
        Cause::NeverAnswered { .. } => advice.hint("run the same command again: it goes on where this one stopped"),
        Cause::SealLocked { .. } => advice.hint("run with the credential that began the rotation"),
        Cause::OthersKey { account, .. } => advice.hint(format!(
            "sign with a credential of {account}, or with the Auth Token of its main account: --profile NAME, or \
             --env-file FILE"
        )),
        Cause::OldSecretLost(key) => advice
            .hint("run with the credential that began the rotation: it opens what is sealed")
            .hint("`twcred rotation resume` goes forward instead, if a sink holds the new pair")
            .hint(format!("or put the pair of {key} back into a sink of the rotation, and run again")),
        Cause::Stray { sid, .. } => advice.hint(format!("revoke it: twcred keys revoke {sid}")),
        _ => advice,
    }
}
