//! `twcred profile show`: one profile, and whether its secret is where it should be.

use super::view::{One, Row};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::reveal;
use crate::cli::view::Outcome;
use crate::model::ProfileName;

/// Show one profile, and whether its secret is where it should be
#[derive(Debug, clap::Args)]
#[command(after_help = "The store is asked for the secret; Twilio is not: `twcred whoami --profile NAME` does that.")]
pub struct Args {
    /// The profile
    #[arg(value_name = "NAME")]
    name: ProfileName,
    /// Print the secret on standard output
    #[arg(long)]
    reveal: bool,
}

/// Shows it. A secret that is not there, or not the profile's, is an error after what is known.
///
/// # Errors
/// Exit 2 if there is no such profile, or its entry is gone or half written; 75 if the keyring is locked or silent.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.reveal {
        reveal::somewhere("show it on a terminal, or give it to a program through a pipe")?;
    }
    let profiles = context.needed_profiles()?;
    let profile = profiles.profile(&args.name)?;
    let active = profiles.book()?.active.as_ref() == Some(&args.name);
    let progress = context.ui.progress(super::asking(profile.store));
    let loaded = profiles.load(&args.name);
    drop(progress);
    match loaded {
        Ok((profile, credential)) => {
            let secret = args.reveal.then(|| credential.secret().clone());
            Ok(Outcome::show(One::new(Row::of(profiles, &args.name, &profile, active), secret)))
        }
        Err(error) => {
            let known = One::new(Row::of(profiles, &args.name, &profile, active), None);
            Ok(Outcome::show(known).failing(context.lost(&args.name, error)))
        }
    }
}
