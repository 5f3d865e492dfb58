//! The gate before the promote: what it will break is said first, and somebody has to say yes.

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::known;
use crate::cli::text::word;
use crate::rotation::token::TokenRotation;
use crate::rotation::token::rotator::{Answer, AtStake};

/// What a person must know before a promote.
const NO_WAY_BACK: &str =
    "until now `twcred token delete` undoes everything; from the promote on there is no rollback and no way back";

/// Where the question of the validators is answered at length.
const WEBHOOKS: &str = "from the promote on Twilio signs webhooks with the new token: a validator that knows only the old \
                        one rejects them (docs/token-rotation.md; `twcred webhook verify` tries a signature)";

/// Says what is at stake, and asks; `--yes` answers, and without a terminal a check command does.
///
/// # Errors
/// Exit 2 if nobody can be asked; exit 3 if the old token stands where nothing replaces it, and nobody said that this may
/// be so.
pub fn ask(context: &Context, stake: &AtStake<'_>) -> Result<Answer, Failure> {
    // What it names is at stake, too.
    known::must_be_readable(context)?;
    let ui = &context.ui;
    for place in &stake.switched {
        ui.note(format!("{place} holds the old token and gets the new one"));
    }
    for place in &stake.left {
        ui.warn(format!("{place} holds the old token, and nothing replaces it there: it will not work any more"));
    }
    for sink in &stake.silent {
        ui.warn(format!("{sink} does not say whether it holds the old token"));
    }
    for (sink, why) in &stake.unreadable {
        ui.warn(format!("{sink} may hold the old token, and cannot be looked into: {why}"));
    }
    ui.note(WEBHOOKS);
    ui.note(NO_WAY_BACK);
    let checked = stake.rotation.begun().check.is_some();
    if !context.global.yes && !ui.interactive() && checked {
        if stake.left.is_empty() && stake.unreadable.is_empty() {
            return Ok(Answer::Yes);
        }
        if stake.left.is_empty() {
            return Err(cannot_be_told(stake));
        }
        let places: Vec<String> = stake.left.iter().map(ToString::to_string).collect();
        let failure = Failure::new(
            Exit::Findings,
            format!("the old token would be dead where nothing replaces it: {}", places.join(", ")),
        );
        let to: Vec<String> = stake.could_join.iter().map(|sink| format!("--to {}", word(sink))).collect();
        let failure = if to.is_empty() {
            failure.hint("nothing was promoted; put the token under a name of its own there (X_AUTH_TOKEN with X_ACCOUNT_SID), or take it out")
        } else {
            failure
                .hint(format!("nothing was promoted; have it replaced there too: {}", to.join(" ")))
                .hint("for a target of the configuration: add that to its `sinks`")
                .hint("or take it out, or put it under a name of its own there (X_AUTH_TOKEN with X_ACCOUNT_SID)")
        };
        return Err(failure.hint("or promote all the same: --yes"));
    }
    let new = stake.rotation.new_token().map_or_else(String::new, |print| format!(" ({print})"));
    Ok(if ui.confirm(format!("Promote the new token{new} now"))? { Answer::Yes } else { Answer::No })
}

/// No check says that a place which nobody can read does without the old token.
fn cannot_be_told(stake: &AtStake<'_>) -> Failure {
    let sinks: Vec<&str> = stake.unreadable.iter().map(|(sink, _)| sink.as_str()).collect();
    let without: Vec<String> = sinks.iter().map(|sink| format!("--without {}", word(sink))).collect();
    let what = format!("whether the old token would be dead in these cannot be told: {}", sinks.join(", "));
    Failure::new(Exit::Findings, what)
        .hint("nothing was promoted; make it readable, and run the same command again")
        .hint(format!("or, if it needs no token of this account, leave it out: {}", without.join(" ")))
        .hint("or promote all the same: --yes")
}

/// Makes sure, before a token is made or dies, that what is at stake can be told: what the configuration names, and by which
/// names tokens stand there. After the promote nothing is at stake any more, and what may have been sent must be settled: who
/// promotes or deletes then looks for himself.
///
/// # Errors
/// Exit 2 if the configuration cannot be used.
pub fn can_be_told(context: &Context, open: Option<&TokenRotation>) -> Result<(), Failure> {
    let past = |open: &TokenRotation| open.promoted().is_some() || open.is_promoting();
    if open.is_some_and(past) { Ok(()) } else { known::must_be_readable(context) }
}

/// The same, and that somebody will be able to say yes, unless a promote may be sent already, or none will be.
///
/// # Errors
/// Exit 2 naming the flags that answer, or if the configuration cannot be used.
pub fn can_be_answered(context: &Context, check: Option<&String>, open: Option<&TokenRotation>) -> Result<(), Failure> {
    let past = |open: &TokenRotation| open.promoted().is_some() || open.is_promoting() || open.back().is_some();
    if open.is_some_and(past) {
        return can_be_told(context, open);
    }
    let answered = context.global.yes
        || context.ui.interactive()
        || check.is_some()
        || open.is_some_and(|open| open.begun().check.is_some());
    if answered {
        return can_be_told(context, open);
    }
    Err(Failure::usage("nobody could say yes to the promote: there is no terminal to ask on")
        .hint("give a command that proves it safe, --check COMMAND, or say so beforehand: --yes")
        .hint("to go only as far as both tokens work everywhere: twcred token create"))
}
