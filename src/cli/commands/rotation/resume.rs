//! `twcred rotation resume`: continue an open rotation as far as it goes now.

use super::take::{Wish, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::RotationId;

/// Continue an open rotation as far as it goes now
///
/// As a run of `keys rotate` would: it may end in its grace or at its end.
#[derive(Debug, clap::Args)]
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
    take(context, args.id.as_ref(), Wish::Resume)
}
