//! What the commands about tokens show.

use serde::Serialize;

use super::engine::broken_keys;
use super::narrate;
use crate::cli::error::Failure;
use crate::cli::reveal::Revealed;
use crate::cli::view::{Outcome, Page, Unwritten, View};
use crate::rotation::record::Outcome as Ended;
use crate::rotation::token::plan::Plan;
use crate::rotation::token::run::{Done, Report};

/// What a run did.
#[derive(Serialize)]
struct Moved {
    rotation: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Revealed>,
}

impl View for Moved {
    const SCHEMA: &'static str = "twcred.token-rotation/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        page.line(narrate::report(&self.rotation))?;
        match &self.token {
            Some(token) => page.fields(&[("secondary token", token.characters())]),
            None => Ok(()),
        }
    }
}

/// The outcome of a run. With `reveal` the new token is shown; `quiet` leaves a run out that changed nothing.
#[must_use]
pub fn outcome(done: Done, reveal: bool, quiet: bool) -> Outcome {
    let failure = broken_keys(&done.report);
    let changed = done.report.changed();
    let token = done.token.filter(|_| reveal).map(Revealed);
    // From cron, a line is a mail: only a day on which something was done is worth one.
    let outcome = if quiet && !changed {
        Outcome::silent(crate::cli::exit::Exit::Done)
    } else {
        let unwritten = if token.is_some() { Unwritten::Shown } else { Unwritten::of(done.report.is_open()) };
        Outcome::show(Moved { rotation: done.report, token }).unwritten(unwritten)
    };
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

/// The same for a command that has to leave a secondary token behind: where it found an earlier rotation open, and only went
/// on with that, there is none, and what is typed after it must not go on.
#[must_use]
pub fn outcome_of_making(done: Done, reveal: bool) -> Outcome {
    let failure = none_made(&done.report);
    let outcome = outcome(done, reveal, false);
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

/// That a run which was to make a secondary token has made none, if so. Keys that a promote broke are said before it.
fn none_made(report: &Report) -> Option<Failure> {
    let why = match report {
        Report::Staged { .. } => return None,
        Report::Propagating { rotation, clear_at, .. } => {
            let spreads = format!("rotation {rotation} has put its new token in force, which still spreads");
            let hint = format!(
                "run the same command again after {}, or first end that rotation now: twcred rotation retire {rotation}",
                narrate::moment(*clear_at)
            );
            let failure = broken_keys(report).unwrap_or_else(|| Failure::failed(without_secondary(&spreads)));
            return Some(failure.hint(hint));
        }
        Report::Superseded { rotation, .. } => {
            format!("rotation {rotation} has ended, since another token is in force")
        }
        Report::Ended { rotation, outcome: Ended::Rotated, .. } => {
            format!("rotation {rotation} was open, and has only come to its end")
        }
        Report::AlreadyDone { rotation, .. } => format!("rotation {rotation} of another run has replaced the token"),
        Report::Ended { .. } | Report::NotDue { .. } | Report::Deleted { .. } => way_back_done(report)?,
    };
    let failure = broken_keys(report).unwrap_or_else(|| Failure::failed(without_secondary(&why)));
    Some(failure.hint("the token in force works; the same command begins anew"))
}

fn without_secondary(why: &str) -> String {
    format!("{why}; there is no secondary token")
}

/// The same for a command that has to put a secondary token in force.
#[must_use]
pub fn outcome_of_promoting(done: Done) -> Outcome {
    let why = way_back_done(&done.report);
    let outcome = outcome(done, false, false);
    match why {
        Some(why) => {
            outcome.failing(Failure::failed(without_secondary(&why)).hint(
                "the token in force works; to begin anew, make one with `twcred token create` for the same places",
            ))
        }
        None => outcome,
    }
}

/// That a run did no more than come to the end of a way back, if so.
fn way_back_done(report: &Report) -> Option<String> {
    match report {
        Report::Ended { rotation, outcome, .. } if *outcome != Ended::Rotated => {
            Some(format!("rotation {rotation} was on its way back, which is done now"))
        }
        _ => None,
    }
}

/// What would be done.
#[derive(Serialize)]
pub struct Planned {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
}

impl View for Planned {
    const SCHEMA: &'static str = "twcred.token-plan/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        narrate::plan(&self.plan, page)
    }
}

/// Something about one token, with the target it was asked for by.
#[derive(Serialize)]
pub struct Of<T> {
    /// The target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What is said.
    #[serde(flatten)]
    pub what: T,
}

/// What a run did for several targets.
#[derive(Serialize)]
pub struct Reports {
    /// One for each target that did not fail.
    pub rotations: Vec<Of<Report>>,
}

impl View for Reports {
    const SCHEMA: &'static str = "twcred.token-rotations/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        self.rotations.iter().try_for_each(|Of { target, what }| {
            let name = target.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            page.line(format!("{name}{}", narrate::report(what)))
        })
    }
}

/// What would be done for several targets.
#[derive(Serialize)]
pub struct Plans {
    /// One for each target that did not fail.
    pub plans: Vec<Of<Plan>>,
}

impl View for Plans {
    const SCHEMA: &'static str = "twcred.token-plans/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        for (at, Of { target, what }) in self.plans.iter().enumerate() {
            if at > 0 {
                page.line("")?;
            }
            page.line(format!("target {}", target.as_deref().unwrap_or_default()))?;
            narrate::plan(what, page)?;
        }
        Ok(())
    }
}
