//! `twcred rotation abort`: give a rotation up that no sink has seen yet.

use super::take::{Wish, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::RotationId;

/// Give a rotation up that no sink has seen yet
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Once a sink holds the new pair, use rollback or retire.")]
pub struct Args {
    /// The rotation; the only open one if left out
    #[arg(value_name = "ID")]
    id: Option<RotationId>,
}

/// Does it.
///
/// # Errors
/// As [`take`].
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    take(context, args.id.as_ref(), Wish::Abort)
}
