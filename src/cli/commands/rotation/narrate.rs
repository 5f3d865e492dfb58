//! Rotations in sentences: what is to come, what was done, how it ended.

use std::io;
use std::time::Duration;

use crate::cli::text::{veiled, word};
use crate::cli::view::Page;
use crate::model::KeySid;
use crate::model::time::{Timestamp, show_duration};
use crate::rotation::plan::{Decision, Plan};
use crate::rotation::run::{GraceBy, Report};
use crate::rotation::{Outcome, Record, Rotation, Step};
use crate::sinks;

/// How a line ends that tells of a new key.
pub const MADE: &str = "is made, its secret sealed";
/// How a line ends that tells of a key that was cleared away.
pub const ORPHAN: &str = "which an unfinished run had left and nobody held";

fn key(sid: Option<&KeySid>) -> String {
    sid.map_or_else(|| "the new key".to_owned(), ToString::to_string)
}

/// A moment to the second, RFC 3339.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The one line that a run leaves.
#[must_use]
pub fn report(report: &Report) -> String {
    match report {
        Report::NotDue { key, due } => format!("{key} is not due before {}", moment(*due)),
        Report::InGrace { old, new, old_gone: true, .. } => {
            format!("{old} was replaced by {}, and is gone already; the rotation is open still", key(new.as_ref()))
        }
        Report::InGrace { old, new, retire_at, switched: true, .. } => {
            format!("{old} was replaced by {}; the old key ends {}", key(new.as_ref()), moment(*retire_at))
        }
        Report::InGrace { old, new, retire_at, switched: false, .. } => {
            format!("{old} was replaced by {} and ends {}", key(new.as_ref()), moment(*retire_at))
        }
        Report::Ended { old, new, outcome, both_gone: true, .. } => {
            format!("{old} and {} are both revoked: the rotation was {}", key(new.as_ref()), ended(*outcome))
        }
        Report::Ended { old, new, outcome: Outcome::Rotated, .. } => {
            format!("{old} was replaced by {} and is revoked", key(new.as_ref()))
        }
        Report::Ended { old, outcome, .. } => format!("{old} stays: the rotation was {}", ended(*outcome)),
        Report::AlreadyDone { old, new, rotation } => {
            format!("{old} was replaced by {} in another run (rotation {rotation})", key(new.as_ref()))
        }
    }
}

/// How a rotation ended, as a participle.
#[must_use]
pub fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Rotated => "completed",
        Outcome::RolledBack => "rolled back",
        Outcome::Aborted => "aborted",
        Outcome::Undone => "undone",
    }
}

/// What a step is about to do.
#[must_use]
pub fn step(rotation: &Rotation, step: &Step) -> String {
    let sink = |at: &usize| rotation.places().get(*at).map_or("a sink", |place| place.sink.as_str()).to_owned();
    let begun = rotation.begun();
    match step {
        Step::Recover => "find out what a create without an answer left behind".to_owned(),
        Step::Create => format!("create a {} key in place of {}", begun.new_kind, begun.old),
        Step::Inspect => "compare the new key's type and policy with the old one's".to_owned(),
        Step::Verify => "verify the new pair".to_owned(),
        Step::Publish(at) => format!("write {}", sink(at)),
        Step::ReadBack(at) => format!("read {} back and verify what it holds", sink(at)),
        Step::Check => "run the check command".to_owned(),
        Step::MarkCurrent => "mark the new pair current".to_owned(),
        Step::After => "run the after command".to_owned(),
        Step::Wait(until) => format!("wait until {}", moment(*until)),
        Step::Retire => format!("revoke the old key {}", begun.old),
        Step::Rename => "take the rotation's id out of the new key's name".to_owned(),
        Step::Restore(at) => format!("put the old pair back into {}", sink(at)),
        Step::RevokeNew => format!("revoke {}", key(rotation.new_key())),
        Step::Sweep => "look for stray keys of this rotation".to_owned(),
        Step::Unseal => "delete the sealed secret".to_owned(),
        Step::Finish(_) => "close the journal".to_owned(),
        Step::Done => "nothing".to_owned(),
    }
}

/// What a record says was done; nothing for those that only matter to the journal.
#[must_use]
pub fn record(rotation: &Rotation, record: &Record) -> Option<String> {
    let sink = |at: &usize| rotation.places().get(*at).map_or("a sink", |place| place.sink.as_str());
    Some(match record {
        Record::Sealed { sid, .. } => format!("{sid} {MADE}"),
        Record::Orphan { sid, .. } => format!("revoked {sid}, {ORPHAN}"),
        Record::Verified { .. } => format!("{} works", key(rotation.new_key())),
        Record::Published { sink: at, .. } => format!("wrote {}", sink(at)),
        Record::ReadBack { sink: at, readable: true, .. } => format!("read {} back: it works", sink(at)),
        Record::ReadBack { sink: at, readable: false, .. } => format!("{} cannot be read back", sink(at)),
        Record::SinkAdded { sink, .. } => format!("{sink} joins the rotation"),
        Record::Checked { .. } => "the check command succeeded".to_owned(),
        Record::Strayed { sink: at, .. } => {
            format!("{} does not hold the new pair any more: it gets it again, and the grace starts anew", sink(at))
        }
        Record::AfterRan { .. } => "the after command succeeded".to_owned(),
        Record::Revoked { .. } => format!("revoked {}", rotation.begun().old),
        Record::Restored { sink: at, .. } => format!("{} does not hold the new pair any more", sink(at)),
        Record::GivenBack { sink: at, .. } => format!("put the old pair back into {}", sink(at)),
        Record::Forward { .. } => "going forward again".to_owned(),
        Record::NewRevoked { .. } => match rotation.new_key() {
            Some(new) => format!("revoked {new}"),
            None => return None,
        },
        _ => return None,
    })
}

/// That a grace which is not the one that an open rotation was begun with has no effect on it.
#[must_use]
pub fn kept(rotation: &Rotation, by: &GraceBy) -> String {
    let what = match by {
        GraceBy::Flag => "--grace".to_owned(),
        GraceBy::Target(name) => format!("the grace that the configuration gives the target {name}"),
    };
    let begun = rotation.begun();
    let grace = show_duration(Duration::from_secs(begun.grace));
    format!("{what} has no effect: rotation {} is open and keeps what it was begun with, {grace}", begun.id)
}

/// That a place beside a rotation cannot be looked into.
#[must_use]
pub fn unseen(sink: &str, key: &KeySid, why: Option<&sinks::Error>) -> String {
    format!("{sink} {}, and may hold {key}, which is not revoked while that is so", unreadable(why))
}

/// That a sink cannot be asked in the grace, and what comes of it; `is_gone` says that the old key is gone already.
#[must_use]
pub fn unasked(rotation: &Rotation, sink: &str, why: Option<&sinks::Error>, is_gone: bool) -> String {
    let old = &rotation.begun().old;
    let then = if is_gone {
        format!(
            ", and may hold {old}, which is gone at Twilio already; once that is mended, the next run puts the new pair there"
        )
    } else {
        format!("; {old} is not revoked while that is so")
    };
    format!(
        "{sink} {}{then}; if it is gone for good, leave it out: twcred keys rotate … --without {word}",
        unreadable(why),
        word = word(sink)
    )
}

fn unreadable(why: Option<&sinks::Error>) -> String {
    match why {
        Some(why) => {
            let why: Vec<String> = anyhow::Chain::new(why).map(|cause| veiled(&cause.to_string())).collect();
            format!("cannot be read now: {}", why.join(": "))
        }
        None => "is not there".to_owned(),
    }
}

/// The word by which the journal calls a record.
#[must_use]
pub fn name(record: &Record) -> String {
    let json = serde_json::to_value(record).unwrap_or_default();
    json.get("record").and_then(serde_json::Value::as_str).unwrap_or_default().replace('-', " ")
}

/// A plan, for people; with the target it is for.
///
/// # Errors
/// If the output cannot be written.
pub fn plan(target: Option<&str>, plan: &Plan, page: &mut Page<'_>) -> io::Result<()> {
    let name = plan.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let decision = match &plan.decision {
        Decision::Rotate => "rotate".to_owned(),
        Decision::NotDue { due } => format!("nothing: not due before {}", moment(*due)),
        Decision::Continue { rotation } => format!("continue rotation {rotation}"),
        Decision::InGrace { rotation, retire_at } => {
            format!("nothing: rotation {rotation} is in grace until {}", moment(*retire_at))
        }
        Decision::Retire { rotation } => format!("revoke the old key of rotation {rotation}"),
    };
    page.fields(&[
        ("target", target.unwrap_or_default().to_owned()),
        ("key", plan.key.to_string()),
        ("name", name),
        ("type", plan.kind.to_string()),
        ("account", plan.account.to_string()),
        ("made", plan.created.map(moment).unwrap_or_default()),
        ("grace", show_duration(Duration::from_secs(plan.grace_seconds))),
        ("decision", decision),
    ])?;
    for (at, step) in plan.steps.iter().enumerate() {
        page.line(format!("{:>3}. {step}", at + 1))?;
    }
    Ok(())
}
