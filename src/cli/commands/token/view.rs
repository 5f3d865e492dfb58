//! What the commands about tokens show.

use serde::Serialize;

use super::engine::broken_keys;
use super::narrate;
use crate::cli::reveal::Revealed;
use crate::cli::view::{Outcome, Page, View};
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
        Outcome::show(Moved { rotation: done.report, token })
    };
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
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
