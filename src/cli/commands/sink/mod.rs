//! `twcred sink`: the places that credentials are kept in.

pub mod diff;
pub mod list;
pub mod places;
pub mod push;
mod push_token;
pub mod test;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;

/// What to do with sinks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the kinds of sinks, and the places of every target
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Find out whether sinks could be written, without writing
    Test(test::Args),
    /// Compare what the sinks of a target hold, by SID and fingerprint
    Diff(diff::Args),
    /// Put the credential that the first sink of a target holds into the others
    Push(push::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::List(args) => list::run(&args, context),
            Self::Test(args) => test::run(&args, context),
            Self::Diff(args) => diff::run(&args, context),
            Self::Push(args) => push::run(&args, context),
        }
    }
}
