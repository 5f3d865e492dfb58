//! The failures of a run that does several things: each is told, and the exit code is that of the worst.

use super::context::Context;
use super::error::Failure;
use super::exit::Exit;
use super::view::Outcome;

/// The worst failure so far, the first of several that are as bad. It is told at the end; the others were told at once.
#[derive(Debug, Default)]
pub struct Worst(Option<Failure>);

impl Worst {
    /// Takes another failure in.
    pub fn add(&mut self, failure: Failure, context: &Context) {
        let is_worse = |known: &Failure| failure.exit().gravity() > known.exit().gravity();
        let other = if self.0.as_ref().is_none_or(is_worse) { self.0.replace(failure) } else { Some(failure) };
        if let Some(other) = other {
            other.print(&context.ui, context.global.is_json());
        }
    }

    /// Whether this is the worst exit code so far.
    #[must_use]
    pub fn is(&self, exit: Exit) -> bool {
        self.0.as_ref().is_some_and(|failure| failure.exit() == exit)
    }

    /// Adds the worst failure to what is to be shown.
    #[must_use]
    pub fn after(self, outcome: Outcome) -> Outcome {
        match self.0 {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        }
    }

    /// The failure, where there is nothing to show beside it.
    #[must_use]
    pub fn alone(self) -> Option<Failure> {
        self.0
    }
}
