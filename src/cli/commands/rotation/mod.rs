//! `twcred rotation`: the journal of rotations, and the ways to end one.

pub mod abort;
pub mod any;
pub mod authority;
pub mod creates;
pub mod engine;
pub mod foretold;
pub mod list;
pub mod narrate;
pub mod resume;
pub mod retire;
pub mod rollback;
pub mod show;
pub mod take;
pub mod typed;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;

/// What to do with rotations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the rotations this machine knows, and creates that were cut off, open ones first
    List(list::Args),
    /// Show one rotation, or a create that was cut off, record by record
    Show(show::Args),
    /// Continue an open rotation as far as it goes now, or settle a create that was cut off
    Resume(resume::Args),
    /// Put the old pair back everywhere and revoke the new key; of a token: take the secondary back
    Rollback(rollback::Args),
    /// End the grace of a rotation: revoke its old key now; of a token: take the old one out now
    Retire(retire::Args),
    /// Give a rotation up that no sink has seen yet
    Abort(abort::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::List(args) => list::run(&args, context),
            Self::Show(args) => show::run(&args, context),
            Self::Resume(args) => resume::run(&args, context),
            Self::Rollback(args) => rollback::run(&args, context),
            Self::Retire(args) => retire::run(&args, context),
            Self::Abort(args) => abort::run(&args, context),
        }
    }
}
