//! `twcred rotation resume`: continue an open rotation as far as it goes now.

use super::take::{Wish, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::RotationId;

/// Continue an open rotation as far as it goes now, or settle a create that was cut off
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A rotation goes on as in a run of `keys rotate`: it may end in its grace or at its end. The key of a `keys create` \
that was cut off is finished where one of its sinks holds its pair, and revoked where nothing can hold its secret; \
where that cannot be told the exit code is 3 and the key stays.")]
pub struct Args {
    /// The rotation or the create; the only open one if left out
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
