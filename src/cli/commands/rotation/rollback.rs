//! `twcred rotation rollback`: put the old pair back everywhere and revoke the new key.

use super::take::{Wish, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::RotationId;

/// Put the old pair back everywhere and revoke the new key; of a token: take the secondary back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
There is a way back until the old key is revoked; the old pair is proved first.")]
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
    take(context, args.id.as_ref(), Wish::Rollback)
}
