//! `twcred rotation retire`: end the grace of a rotation now: revoke its old key, or take its old token out of the sinks.

use super::take::{Wish, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::RotationId;

/// End the grace of a rotation: revoke its old key now; of a token: take the old one out now
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is revoked that a sink still holds, or a place that the configuration names. It \
asks, or takes --yes; once the grace is over there is no question.\n\nOf a token: \
the old one, which the promote has ended, is taken out of the sinks before the new one has spread.")]
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
    take(context, args.id.as_ref(), Wish::Retire)
}
