//! `twcred token rotate`: the whole way of a token, from the making of the secondary to the last trace of the old one.

use std::time::Duration;

use super::engine::Engine;
use super::flags::{Places, env_file};
use super::{gate, hand, view};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::time::parse_duration;
use crate::rotation::token::rotator::Goal;
use crate::rotation::token::run::{self, Request};

/// Do all of it: make, publish, promote, switch, clear
///
/// Continues what is open, rotates what is old, and otherwise does nothing: the same line may run as often as one likes.
/// Until the promote `twcred token delete` undoes everything. From the promote on there is no way back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The token is found in --env-file, and every project of that file that holds it gets the new one. Before the promote the \
new token stands beside it as …_SECONDARY, so that those who check webhooks can accept both; after it the old one stands \
there as …_PREVIOUS, until the propagation is over.

Before the promote somebody has to say yes: on a terminal, by --yes, or by a --check command that succeeds. A check or \
after command runs through `sh -c` with TWCRED_ROTATION and TWCRED_ACCOUNT_SID in its environment; it may be run more \
than once.")]
pub struct Args {
    /// Where the token is.
    #[command(flatten)]
    places: Places,
    /// Rotate only if the last promotion is this old
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// How long the old token stays beside the new one in the sinks [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    propagation: Option<Duration>,
    /// Promote only after this command has succeeded
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// Run this once the new token is in force in every sink; the old one stays beside it until it has succeeded
    #[arg(long, value_name = "COMMAND")]
    after: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Does it.
///
/// # Errors
/// Exit 2 for what the flags or the file leave open, or if nobody could say yes; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let names = args.places.names.read()?;
    let file = env_file(context)?;
    let hand = hand::find(context, file.as_deref(), &names)?;
    let engine = Engine::new(context, &hand)?;
    let sinks = engine.sinks(&args.places)?;
    if sinks.is_empty() {
        return Err(Failure::usage("nothing says where the new token is to be kept")
            .hint("name the env file that holds the token: twcred token rotate --env-file repos.env")
            .hint("or a sink, --to SINK, or the profile that holds it: --profile NAME"));
    }
    let request = Request {
        endpoint: engine.endpoint(),
        account: hand.account.clone(),
        hand: hand.tokens(),
        sinks,
        without: args.places.left_out()?,
        names,
        max_age: args.max_age,
        propagation: args.propagation,
        check: args.check.clone(),
        after: args.after.clone(),
        suppress_email: args.places.suppress_email,
        adopt: false,
        goal: Goal::default(),
        owner: engine.owner("token rotate"),
    };
    if args.dry_run {
        let plan = engine.run(async |world, ledger, tokens| run::dry_run(world, ledger, tokens, &request).await)?;
        return Ok(Outcome::show(view::Planned { plan }));
    }
    let open = engine.ledger().open_token(&request.endpoint, &request.account)?;
    gate::can_be_answered(context, args.check.as_ref(), open.as_ref())?;
    let _progress = (!context.ui.interactive()).then(|| context.ui.progress("rotating the Auth Token"));
    let done = engine.rotate(&request)?;
    Ok(view::outcome(done, false, context.global.quiet && !context.global.is_json()))
}
