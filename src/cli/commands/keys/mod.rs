//! `twcred keys`: the API keys of an account.

pub mod create;
pub mod entry;
pub mod list;
pub mod rename;
pub mod revoke;
pub mod rotate;
mod seen;
pub mod show;
pub mod verify;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List every key of the account
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Make a key and put its secret where it is used
    Create(create::Args),
    /// Show one key, with its policy
    Show(show::Args),
    /// Give a key another name
    Rename(rename::Args),
    /// Find out whether a key and its secret work
    Verify(verify::Args),
    /// Replace a key by a new one wherever it is used, and retire it
    Rotate(rotate::Args),
    /// End keys for good
    Revoke(revoke::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::List(args) => list::run(&args, context),
            Self::Create(args) => create::run(&args, context),
            Self::Show(args) => show::run(&args, context),
            Self::Rename(args) => rename::run(&args, context),
            Self::Verify(args) => verify::run(&args, context),
            Self::Rotate(args) => rotate::run(&args, context),
            Self::Revoke(args) => revoke::run(&args, context),
        }
    }
}
