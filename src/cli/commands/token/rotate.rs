//! `twcred token rotate`: the whole way of a token, from the making of the secondary to the last trace of the old one.

use std::time::Duration;

use super::engine::{Engine, broken_keys};
use super::flags::Places;
use super::order::{self, Order};
use super::{gate, view};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Unwritten};
use crate::cli::worst::Worst;
use crate::model::time::parse_duration;
use crate::rotation::token::plan::Plan;
use crate::rotation::token::rotator::Goal;
use crate::rotation::token::run::{self, Done, Request};

/// Do all of it: make, publish, promote, switch, clear
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A run continues what is open, rotates what is old, and otherwise does nothing: the same line may run as often as one likes. \
Until the promote `twcred token delete` undoes everything. From the promote on there is no way back.

The token is found in --env-file, or where a target of the configuration says, and every project of that file that holds \
it gets the new one. Before the promote the \
new token stands beside it as …_SECONDARY, so that those who check webhooks can accept both; after it the old one stands \
there as …_PREVIOUS, until the propagation is over.

Before the promote somebody has to say yes: on a terminal, by --yes, or by a --check command that succeeds. A check or \
after command runs through `sh -c` with TWCRED_ROTATION and TWCRED_ACCOUNT_SID in its environment; it may be run more \
than once.")]
pub struct Args {
    /// Rotate the tokens of these targets of the configuration
    #[arg(value_name = "TARGET", conflicts_with_all = ["env_file", "all"])]
    pub(super) targets: Vec<String>,
    /// Rotate the tokens of every target of the configuration
    #[arg(long, conflicts_with = "env_file")]
    all: bool,
    /// Where the token is.
    #[command(flatten)]
    pub(super) places: Places,
    /// Rotate only if the last promotion is this old
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) max_age: Option<Duration>,
    /// How long the old token stays beside the new one in the sinks [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) propagation: Option<Duration>,
    /// Promote only after this command has succeeded
    #[arg(long, value_name = "COMMAND")]
    pub(super) check: Option<String>,
    /// Run this once the new token is in force in every sink; the old one stays beside it until it has succeeded
    #[arg(long, value_name = "COMMAND")]
    pub(super) after: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Does it.
///
/// # Errors
/// Exit 2 for what the flags or the file leave open, or if nobody could say yes; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.all || !args.targets.is_empty() {
        return targets(args, context);
    }
    let order = Order::of_flags(args, context)?;
    Ok(match one(&order, args, context)? {
        Came::ToPlan(plan) => Outcome::show(view::Planned { plan }),
        Came::ToDo(done) => view::outcome(done, false, context.global.quiet && !context.global.is_json()),
    })
}

/// What an order came to.
enum Came {
    ToPlan(Plan),
    ToDo(Done),
}

fn one(order: &Order, args: &Args, context: &Context) -> Result<Came, Failure> {
    let engine = Engine::new(context, &order.hand)?.with_names(&args.places.names, &order.names);
    let engine = engine.with_target(order.target.clone().map(|target| (target, order.is_said)));
    let sinks = engine.and_profiles(order.sinks.clone(), &order.without)?;
    if sinks.is_empty() {
        return Err(Failure::usage("nothing says where the new token is to be kept")
            .hint("name the env file that holds the token: twcred token rotate --env-file repos.env")
            .hint("or a sink, --to SINK, or the profile that holds it: --profile NAME")
            .hint("or a target of the configuration: twcred token rotate TARGET, or --all for every one"));
    }
    let request = Request {
        endpoint: engine.endpoint(),
        account: order.hand.account.clone(),
        hand: order.hand.tokens(),
        sinks,
        without: order.without.clone(),
        names: order.names.clone(),
        max_age: order.max_age,
        propagation: order.propagation,
        check: order.check.clone(),
        after: order.after.clone(),
        suppress_email: order.suppress_email,
        adopt: false,
        goal: Goal::default(),
        owner: engine.owner("token rotate"),
    };
    if args.dry_run {
        let plan = engine.run(async |world, ledger, tokens| run::dry_run(world, ledger, tokens, &request).await)?;
        return Ok(Came::ToPlan(plan));
    }
    let open = engine.ledger().open_token(&request.endpoint, &request.account)?;
    gate::can_be_answered(context, request.check.as_ref(), open.as_ref())?;
    let _progress = (!context.ui.interactive()).then(|| context.ui.progress("rotating the Auth Token"));
    engine.rotate(&request).map(Came::ToDo)
}

/// The targets, one after the other: one that fails does not stop the others.
fn targets(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let (mut plans, mut reports, mut worst) = (Vec::new(), Vec::new(), Worst::default());
    for order in order::of_targets(args, context)? {
        if let Some(exit) = interrupt::heard() {
            if !worst.is(exit) {
                worst.add(interrupt::interrupted(exit), context);
            }
            break;
        }
        let came = order.and_then(|order| {
            let came = one(&order, args, context).map_err(|failure| order.blame(failure));
            came.map(|came| (order, came))
        });
        match came {
            Ok((order, Came::ToPlan(plan))) => plans.push(view::Of { target: order.target, what: plan }),
            Ok((order, Came::ToDo(done))) => {
                if let Some(failure) = broken_keys(&done.report) {
                    worst.add(order.blame(failure), context);
                }
                reports.push(view::Of { target: order.target, what: done.report });
            }
            Err(failure) => worst.add(failure, context),
        }
    }
    if plans.is_empty() && reports.is_empty() {
        return worst.alone().map_or_else(|| Ok(Outcome::silent(Exit::Done)), Err);
    }
    let outcome = if args.dry_run {
        Outcome::show(view::Plans { plans })
    } else {
        // From cron, a line is a mail: only a day on which something was done is worth one.
        let quiet = context.global.quiet && !context.global.is_json();
        reports.retain(|report| !quiet || report.what.changed());
        let is_open = reports.iter().any(|report| report.what.is_open());
        Outcome::show(view::Reports { rotations: reports }).unwritten(Unwritten::of(is_open))
    };
    Ok(worst.after(outcome))
}
