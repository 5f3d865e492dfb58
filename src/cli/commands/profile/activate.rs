//! `twcred profile use`: which profile is used where nothing else is said.

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::Outcome;
use crate::model::ProfileName;

/// Make a profile the active one
#[derive(Debug, clap::Args)]
#[command(after_help = "The active profile is used where neither a flag nor the environment names a credential. \
TWCRED_PROFILE names another for one shell.")]
pub struct Args {
    /// The profile
    #[arg(value_name = "NAME")]
    name: ProfileName,
}

/// Makes it the active one, and says what would come before it.
///
/// # Errors
/// Exit 2, if there is no such profile.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let profile = context.needed_profiles()?.activate(&args.name)?;
    let what = profile.key.map_or_else(|| format!("the Auth Token of {}", profile.account), |key| key.to_string());
    context.ui.note(format!("the profile `{}` is active: {what}", args.name));
    if env::profile().is_some_and(|other| other != args.name.as_str()) {
        context.ui.warn("TWCRED_PROFILE names another profile, which comes first in this shell");
    } else if !env::credentials().is_empty() {
        context.ui.warn("TWILIO_… variables are set, and a credential of the environment comes first");
    }
    Ok(Outcome::silent(Exit::Done))
}
