//! `twcred token`: the account's Auth Token, and the secondary one by which it is replaced.

pub mod create;
pub mod delete;
pub mod engine;
pub mod flags;
pub mod gate;
mod given;
pub mod hand;
pub mod known;
pub mod narrate;
pub mod order;
pub mod promote;
mod replaced;
pub mod rotate;
pub mod status;
pub mod take;
pub mod view;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;

/// What to do with the Auth Token.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show which token is in hand, and whether a secondary is outstanding
    Status(status::Args),
    /// Make a secondary token and put it beside the one in force
    Create(create::Args),
    /// Put the secondary token in force, from which there is no way back
    Promote(promote::Args),
    /// Delete the secondary token and take it out of the sinks
    Delete(delete::Args),
    /// Do all of it: make, publish, promote, switch, clear
    Rotate(rotate::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::Status(args) => status::run(&args, context),
            Self::Create(args) => create::run(&args, context),
            Self::Promote(args) => promote::run(&args, context),
            Self::Delete(args) => delete::run(&args, context),
            Self::Rotate(args) => rotate::run(&args, context),
        }
    }
}
