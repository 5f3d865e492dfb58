//! `twcred webhook`: the webhooks that Twilio sends.

mod input;
mod report;
pub mod verify;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find out which of the tokens in hand signed a webhook
    Verify(verify::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::Verify(args) => verify::run(&args, context),
        }
    }
}
