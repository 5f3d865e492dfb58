//! `twcred token promote`: the secondary token becomes the one in force.

use std::time::Duration;

use super::engine::Engine;
use super::flags::{Places, env_file};
use super::{gate, hand, known, view};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::time::parse_duration;
use crate::rotation::token::rotator::Goal;
use crate::rotation::token::run::Request;
use crate::sinks::TokenRole;

/// Put the secondary token in force, from which there is no way back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
This goes on with what `twcred token create` began. With nothing begun, the secondary token is taken from the …_SECONDARY \
variable of the env file (or of standard input or the environment), if both tokens work. It shows what will break, and \
asks.")]
pub struct Args {
    /// Where the token is.
    #[command(flatten)]
    places: Places,
    /// How long the old token stays beside the new one in the sinks [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    propagation: Option<Duration>,
    /// Promote only after this command has succeeded
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// Run this once the new token is in force in every sink
    #[arg(long, value_name = "COMMAND")]
    after: Option<String>,
}

/// Promotes.
///
/// # Errors
/// Exit 2 if there is no place for the tokens, or nobody could say yes; 1 if it brought a way back to its end and promoted
/// none; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let file = env_file(context)?;
    let names = args.places.names.over(&known::names_of(context, file.as_deref()))?;
    let hand = hand::find(context, file.as_deref(), &names)?;
    let engine = Engine::new(context, &hand)?.with_names(&args.places.names, &names);
    let sinks = engine.sinks(&args.places)?;
    let endpoint = engine.endpoint();
    let open = engine.ledger().open_token(&endpoint, &hand.account)?;
    if open.is_none() {
        // By which name the secondary stands, it tells.
        gate::can_be_told(context, None)?;
        if !hand.found.iter().any(|found| found.role == TokenRole::Secondary) {
            let none = Failure::failed("no rotation of the token is open, and no secondary token is in hand")
                .hint("make one: twcred token create")
                .hint(format!(
                    "or put it beside the token, as …{}: only its holder can promote it safely",
                    names.secondary()
                ));
            return Err(engine.complete(none));
        }
        if sinks.is_empty() {
            return Err(Failure::usage(
                "nothing says where the tokens are kept, so the new one could not be put in force there",
            )
            .hint("name the env file that holds them with --env-file, or a sink with --to"));
        }
    }
    gate::can_be_answered(context, args.check.as_ref(), open.as_ref())?;
    let request = Request {
        endpoint,
        account: hand.account.clone(),
        hand: hand.tokens(),
        sinks,
        without: args.places.left_out()?,
        names,
        max_age: None,
        propagation: args.propagation,
        check: args.check.clone(),
        after: args.after.clone(),
        suppress_email: args.places.suppress_email,
        adopt: true,
        goal: Goal::default(),
        owner: engine.owner("token promote"),
    };
    let done = engine.rotate(&request)?;
    Ok(view::outcome_of_promoting(done))
}
