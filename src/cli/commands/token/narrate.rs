//! Token rotations in sentences: what is to come, what was done, how it ended.

use std::io;

pub use crate::cli::commands::rotation::narrate::moment;

use crate::cli::commands::rotation::narrate::ended;
use crate::cli::view::Page;
use crate::model::Fingerprint;
use crate::model::time::show_duration;
use crate::rotation::Outcome;
use crate::rotation::token::plan::{Decision, Plan};
use crate::rotation::token::run::Report;
use crate::rotation::token::{Record, Step, TokenRotation};

/// How a line ends that tells of a secondary token that was cleared away.
pub const ORPHAN: &str = "which an unfinished run had left and nobody held";

fn token(print: Option<&Fingerprint>) -> String {
    print.map_or_else(|| "the new token".to_owned(), |print| format!("the token {print}"))
}

/// The one line that a run leaves.
#[must_use]
pub fn report(report: &Report) -> String {
    match report {
        Report::NotDue { token, due } => format!("the token {token} is not due before {}", moment(*due)),
        Report::Staged { old, new, sinks, .. } => {
            let places = if sinks.is_empty() { String::new() } else { format!(" in {}", sinks.join(", ")) };
            format!("{} waits beside {old}{places}; both work", token(new.as_ref()))
        }
        Report::Propagating { old, new, clear_at, switched: true, .. } => format!(
            "the token {old} was replaced by {}; it is taken out of the sinks after {}",
            shown(new.as_ref()),
            moment(*clear_at)
        ),
        Report::Propagating { old, new, clear_at, switched: false, .. } => format!(
            "the token {old} was replaced by {}, and is taken out of the sinks by a run after {}",
            shown(new.as_ref()),
            moment(*clear_at)
        ),
        Report::Ended { old, new, outcome: Outcome::Rotated, .. } => {
            format!("the token {old} was replaced by {}", shown(new.as_ref()))
        }
        Report::Ended { old, outcome, .. } => format!("the token {old} stays: the rotation was {}", ended(*outcome)),
        Report::AlreadyDone { old, new, rotation } => {
            format!("the token {old} was replaced by {} in another run (rotation {rotation})", shown(new.as_ref()))
        }
        Report::Superseded { old, new: Some(new), by, rotation } => format!(
            "another token is in force: {by} stays, {old} and {new} are dead, and rotation {rotation} has ended"
        ),
        Report::Superseded { old, new: None, by, rotation } => {
            format!("another token is in force: {by} stays, {old} is dead, and rotation {rotation} has ended")
        }
        Report::Deleted { token } => format!("the secondary token is deleted; the token {token} stays"),
    }
}

fn shown(print: Option<&Fingerprint>) -> String {
    print.map_or_else(|| "a new one".to_owned(), ToString::to_string)
}

/// What a step is about to do.
#[must_use]
pub fn step(rotation: &TokenRotation, step: &Step) -> String {
    let sink = |at: &usize| rotation.places().get(*at).map_or("a sink", |place| place.sink.as_str()).to_owned();
    match step {
        Step::Recover => "find out what a create without an answer left behind".to_owned(),
        Step::Create => "create a secondary token".to_owned(),
        Step::Adopt => "take up the secondary token that is there".to_owned(),
        Step::Verify => "verify the new token".to_owned(),
        Step::Stage(at) => format!("write the new token into {}, beside the one in force", sink(at)),
        Step::ReadBack(at) => format!("read {} back and verify both tokens", sink(at)),
        Step::Check => "run the check command".to_owned(),
        Step::Gate => "have somebody say yes to the promote".to_owned(),
        Step::Promote => "promote the new token, from which there is no way back".to_owned(),
        Step::Settle => "find out what became of a promote without an answer".to_owned(),
        Step::HandOver => "seal under the new token what is sealed under the old one".to_owned(),
        Step::Switch(at) => format!("write the new token into {} as the one in force", sink(at)),
        Step::SwitchRead(at) => format!("read {} back and verify what it holds", sink(at)),
        Step::TryOld => "see that the old token is refused".to_owned(),
        Step::TryKeys => "see that every known API key still works".to_owned(),
        Step::After => "run the after command".to_owned(),
        Step::MarkCurrent => "mark the new token current".to_owned(),
        Step::Wait(until) => format!("wait until {}", moment(*until)),
        Step::Clear(at) => format!("take the old token out of {}", sink(at)),
        Step::Unstage(at) => format!("take the new token out of {}", sink(at)),
        Step::Delete => "delete the secondary token".to_owned(),
        Step::Unseal => "delete the sealed tokens".to_owned(),
        Step::Finish(_) => "close the journal".to_owned(),
        Step::Done => "nothing".to_owned(),
    }
}

/// What a record says was done; nothing for those that only matter to the journal.
#[must_use]
pub fn record(rotation: &TokenRotation, record: &Record) -> Option<String> {
    let sink = |at: &usize| rotation.places().get(*at).map_or("a sink", |place| place.sink.as_str());
    let begun = rotation.begun();
    Some(match record {
        Record::Sealed { new, again: true, .. } => format!("the secondary token {new} is found among what is sealed"),
        Record::Sealed { new, .. } if begun.adopted => {
            format!("the secondary token {new} is taken up, both tokens sealed")
        }
        Record::Sealed { new, .. } => format!("the secondary token {new} is made, both tokens sealed"),
        Record::Orphan { .. } => format!("deleted a secondary token, {ORPHAN}"),
        Record::Verified { .. } => format!("{} works", token(rotation.new_token())),
        Record::Staged { sink: at, .. } => {
            format!("wrote {}: the new token as …{}, beside the one in force", sink(at), begun.names.secondary())
        }
        Record::ReadBack { sink: at, readable: true, .. } => format!("read {} back: both tokens work", sink(at)),
        Record::ReadBack { sink: at, readable: false, .. } | Record::SwitchRead { sink: at, readable: false, .. } => {
            format!("{} cannot be read back", sink(at))
        }
        Record::SinkAdded { sink, .. } => format!("{sink} joins the rotation"),
        Record::Checked { .. } => "the check command succeeded".to_owned(),
        Record::KeysBefore { live, .. } if live.is_empty() => return None,
        Record::KeysBefore { live, .. } => format!("before the promote: {}", keys(live.len(), "work", "works")),
        Record::Promoted { .. } => {
            format!("promoted {}: the one before it is dead, and there is no way back", token(rotation.new_token()))
        }
        Record::StillSecondary { .. } => format!(
            "{} was not promoted after all: Twilio accepts the one before it, which is in force in the sinks again",
            token(rotation.new_token())
        ),
        Record::HandedOver { rotations, .. } if rotations.is_empty() => return None,
        Record::HandedOver { rotations, .. } => {
            let ids: Vec<&str> = rotations.iter().map(crate::model::RotationId::as_str).collect();
            format!("what the open rotation {} has sealed opens with the new token now", ids.join(" and "))
        }
        Record::Switched { sink: at, .. } => {
            format!("wrote {}: the new token in force, the old one as …{}", sink(at), begun.names.previous())
        }
        Record::SwitchRead { sink: at, readable: true, .. } => format!("read {} back: it works", sink(at)),
        Record::OldTried { refused: true, .. } => "the old token is refused".to_owned(),
        Record::KeysAfter { refused, .. } if refused.is_empty() && !rotation.keys().is_empty() => {
            format!("after the promote: {}", keys(rotation.keys().len(), "still work", "still works"))
        }
        Record::AfterRan { .. } => "the after command succeeded".to_owned(),
        Record::Superseded { by, .. } => {
            format!("Twilio says that the token {by} is in force, and every sink holds it")
        }
        Record::Cleared { .. } if rotation.superseded().is_some() => return None,
        Record::Cleared { sink: at, .. } => format!("took the old token out of {}", sink(at)),
        Record::Unstaged { sink: at, .. } => format!("{} does not hold the new token any more", sink(at)),
        Record::Deleted { .. } => "the secondary token is deleted".to_owned(),
        _ => return None,
    })
}

fn keys(count: usize, many: &str, one: &str) -> String {
    if count == 1 { format!("the known API key {one}") } else { format!("{count} known API keys {many}") }
}

/// The word by which the journal calls a record.
#[must_use]
pub fn name(record: &Record) -> String {
    let json = serde_json::to_value(record).unwrap_or_default();
    json.get("record").and_then(serde_json::Value::as_str).unwrap_or_default().replace('-', " ")
}

/// A plan, for people.
///
/// # Errors
/// If the output cannot be written.
pub fn plan(plan: &Plan, page: &mut Page<'_>) -> io::Result<()> {
    let decision = match &plan.decision {
        Decision::Rotate => "rotate".to_owned(),
        Decision::NotDue { due } => format!("nothing: not due before {}", moment(*due)),
        Decision::Continue { rotation } => format!("continue rotation {rotation}"),
        Decision::Propagating { rotation, clear_at } => {
            format!("nothing: rotation {rotation} lets the new token spread until {}", moment(*clear_at))
        }
    };
    let keys: Vec<String> = plan.keys.iter().map(ToString::to_string).collect();
    page.fields(&[
        ("token", plan.token.to_string()),
        ("account", plan.account.to_string()),
        ("promoted", plan.promoted.map(moment).unwrap_or_default()),
        ("known keys", keys.join(" ")),
        ("propagation", show_duration(std::time::Duration::from_secs(plan.propagation_seconds))),
        ("decision", decision),
    ])?;
    for (at, step) in plan.steps.iter().enumerate() {
        page.line(format!("{:>3}. {step}", at + 1))?;
    }
    Ok(())
}
