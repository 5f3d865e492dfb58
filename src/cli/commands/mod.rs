//! The commands: a file each, a folder for each noun.

pub mod completions;
pub mod man;

use clap::Subcommand;

use super::context::Context;
use super::error::Failure;
use super::view::Outcome;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the completions of a shell
    Completions(completions::Args),
    /// Print the manual
    Man(man::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args, context),
        }
    }
}
