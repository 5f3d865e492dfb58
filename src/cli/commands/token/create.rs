//! `twcred token create`: a secondary token beside the one in force, or none at all.

use super::engine::Engine;
use super::flags::{Places, env_file};
use super::{gate, hand, known, view};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::rotation::token::rotator::Goal;
use crate::rotation::token::run::Request;

/// Make a secondary token and put it beside the one in force
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It needs a place for the new token, or makes none. Both tokens work then, and webhooks are still signed with the old \
one. `twcred token promote` goes on from here, `twcred token delete` goes back.")]
pub struct Args {
    /// Where the token is.
    #[command(flatten)]
    places: Places,
    /// Print the new token on standard output
    #[arg(long)]
    reveal: bool,
}

/// Makes it.
///
/// # Errors
/// Exit 2 if there is no place for the new token, or the configuration cannot be used; 1 if it only went on with a
/// rotation that was open, and made none; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let file = env_file(context)?;
    let names = args.places.names.over(&known::names_of(context, file.as_deref()))?;
    let hand = hand::find(context, file.as_deref(), &names)?;
    let engine = Engine::new(context, &hand)?.with_names(&args.places.names, &names);
    gate::can_be_told(context, engine.ledger().open_token(&engine.endpoint(), &hand.account)?.as_ref())?;
    let sinks = engine.sinks(&args.places)?;
    if sinks.is_empty() && !args.reveal {
        return Err(Failure::usage("nothing says where the new token is to be kept, and Twilio shows it only once")
            .hint("name the env file that holds the token in force: twcred token create --env-file repos.env")
            .hint("or a sink, --to SINK, or have it printed: --reveal"));
    }
    let request = Request {
        endpoint: engine.endpoint(),
        account: hand.account.clone(),
        hand: hand.tokens(),
        sinks,
        without: args.places.left_out()?,
        names,
        max_age: None,
        propagation: None,
        check: None,
        after: None,
        suppress_email: args.places.suppress_email,
        adopt: false,
        goal: Goal { stage_only: true, ..Goal::default() },
        owner: engine.owner("token create"),
    };
    let _progress = context.ui.progress("making a secondary token");
    let done = engine.rotate(&request)?;
    Ok(view::outcome_of_making(done, args.reveal))
}
