//! `twcred keys rotate`: does for each key that is meant what is due.

mod find;
mod job;
pub mod order;
mod profile;

use std::path::Path;
use std::time::Duration;

use crate::cli::config::{Config, Kind};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::text::word;
use crate::cli::view::Outcome;
use crate::model::time::parse_duration;
use crate::model::{KeySid, ProfileName};
use crate::sinks::Spec;

pub use find::{Found, Sought, find};
use job::Job;
use order::{Order, Places};
pub use profile::named as profile_named;

/// How a line starts that asks for leave to take the next step.
pub const STEP_MARK: &str = "next: ";

/// Replace a key by a new one wherever it is used, and retire it
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "\
A run continues what is open, retires what is due, rotates what is old, and otherwise does nothing: the same line may run \
as often as one likes.

The pair is found in --env-file, or where a target of the configuration says, and every pair of that file that holds \
the same key is replaced with it. Without either it is the pair of --profile. Every profile that holds the same key is \
rotated with it. With several keys or targets, one that fails does not stop the others, and the exit code is the worst. \
A flag goes before what the target says.

The credential that authorises the change is the profile of --profile beside a file or a target, else the Auth Token \
beside the pair, else one of the environment for the same account, else the pair itself, if it is a Restricted key that \
may manage keys. The pair of a profile may also be authorised by the active profile, if that is another one of the \
account. For the key of a subaccount the Auth Token of its main account does as well, where --account or the target's \
account names the subaccount.

A check or after command runs through `sh -c` with TWCRED_ROTATION, TWCRED_ACCOUNT_SID, TWCRED_OLD_KEY_SID and \
TWCRED_NEW_KEY_SID in its environment; it may be run more than once.")]
pub struct Args {
    /// Rotate these targets of the configuration
    #[arg(value_name = "TARGET", conflicts_with_all = ["env_file", "var", "all"])]
    targets: Vec<String>,
    /// Rotate the pair whose SID stands in this variable of --env-file (repeatable)
    #[arg(long, value_name = "VARIABLE")]
    var: Vec<String>,
    /// Rotate every pair of --env-file; without it, every target of the configuration
    #[arg(long, conflicts_with = "var")]
    all: bool,
    /// Store the new pair in this sink as well (repeatable)
    #[arg(long, value_name = "SINK")]
    to: Vec<Spec>,
    /// Leave this sink of an earlier rotation, or place of the configuration, alone, although it holds the key (repeatable); a
    /// place of the configuration in this run only: give it again until the key has ended
    #[arg(long, value_name = "SINK")]
    without: Vec<Spec>,
    /// Rotate only keys that reach this age before their grace would be over; without it, keys of any age
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// How long the old key goes on working [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    grace: Option<Duration>,
    /// End the grace now: revoke the old key in this very run
    #[arg(long)]
    now: bool,
    /// Hold the rotation while this command fails
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// Run this once the new pair is current; the old key stays until it has succeeded
    #[arg(long, value_name = "COMMAND")]
    after: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Replace a Main key, which cannot be made by API, by a Standard one
    #[arg(long)]
    allow_downgrade: bool,
    /// Stop before every step until Enter is pressed
    #[arg(long, conflicts_with = "dry_run")]
    step: bool,
}

/// Does what is due.
///
/// # Errors
/// Exit 2 for what the flags, the configuration or the file leave open; else as the rotation says.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let mut job = Job::new(args, context);
    if args.step && context.global.no_input {
        return Err(Failure::usage("--step waits for Enter, and --no-input was given"));
    }
    work(asked(args, context)?, &mut job);
    job.outcome()
}

/// Rotates the pair of one profile, as `keys rotate --profile NAME` does without any other flag.
///
/// # Errors
/// As [`run`].
pub fn of_the_profile(context: &Context, name: &ProfileName) -> Result<Outcome, Failure> {
    profile_alone(context, name, false)
}

/// Whether that could be begun, or gone on with: everything is asked that comes before a key is made, and nothing is done.
///
/// # Errors
/// What would stop it.
pub fn could_rotate_the_profile(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    profile_alone(context, name, true).map(drop)
}

fn profile_alone(context: &Context, name: &ProfileName, dry_run: bool) -> Result<Outcome, Failure> {
    let args = Args {
        targets: Vec::new(),
        var: Vec::new(),
        all: false,
        to: Vec::new(),
        without: Vec::new(),
        max_age: None,
        grace: None,
        now: false,
        check: None,
        after: None,
        dry_run,
        allow_downgrade: false,
        step: false,
    };
    let mut job = Job::new(&args, context);
    work(vec![of_profile(&args, context, name)], &mut job);
    job.outcome()
}

fn work(asked: Vec<Asked>, job: &mut Job<'_>) {
    for asked in asked {
        match asked {
            Ok((order, Sought { found, broken })) => {
                for failure in broken {
                    job.fail(order.places.blame(failure));
                }
                for found in &found {
                    if job.is_stopped() {
                        break;
                    }
                    if let Err(failure) = job.one(&order, found) {
                        job.fail(order.places.blame(failure));
                    }
                }
            }
            Err(failure) => job.fail(failure),
        }
    }
}

/// The arguments of `twcred` that rotate the pair of a file that stands in the first of the sinks.
#[must_use]
pub fn typed(path: &Path, first: Option<&String>) -> String {
    let spec = first.and_then(|name| Spec::parse(name).ok());
    let variable = spec.as_ref().and_then(|spec| spec.variables().next());
    let variable = variable.map_or_else(String::new, |name| format!(" --var {name}"));
    format!("keys rotate --env-file {}{variable}", word(path))
}

/// What is asked for, and the keys it comes to; or why it cannot be done, which does not stop the others.
type Asked = Result<(Order, Sought), Failure>;

/// What is asked for: by the flags, or by targets.
fn asked(args: &Args, context: &Context) -> Result<Vec<Asked>, Failure> {
    if args.targets.is_empty()
        && let (None, Some(name)) = (&context.global.env_file, &context.global.profile)
    {
        return Ok(vec![Ok(of_profile(args, context, name)?)]);
    }
    if args.targets.is_empty() && (!args.all || context.global.env_file.is_some()) {
        let order = Order::of_flags(args, context)?;
        let sought = find(&order.places, context)?;
        return Ok(vec![Ok((order, sought))]);
    }
    let config = Config::load(context)?;
    let targets = config.select(&args.targets, Kind::ApiKey)?;
    if targets.len() > 1 && !args.to.is_empty() {
        return Err(Failure::usage("--to names a sink for one pair, and several targets are to be rotated")
            .hint("write it into the configuration, as a sink of its target"));
    }
    let mut asked: Vec<Asked> = Vec::new();
    for target in &targets {
        let order = Order::of_target(target, args, context);
        asked.push(order.and_then(|order| find(&order.places, context).map(|sought| (order, sought))));
    }
    let mut known: Vec<Found> = Vec::new();
    for target in config.of_kind(Kind::ApiKey).filter(|target| !targets.contains(target)) {
        // What stands there and cannot be rotated is found before a key ends.
        if let Ok(sought) = find(&Places::of(target), context) {
            known.extend(sought.found);
        }
    }
    share(&mut asked, &known, &replaced(context)?);
    Ok(asked)
}

fn of_profile(args: &Args, context: &Context, name: &ProfileName) -> Asked {
    if !args.var.is_empty() || args.all {
        return Err(Failure::usage("--var and --all choose pairs of an env file, and a profile has one")
            .hint("leave them out, or name the file: --env-file repos.env"));
    }
    let order = Order::of_profile(args, name)?;
    let found = profile::found(context, name, &order.places.sinks)?;
    Ok((order, Sought { found: vec![found], broken: Vec::new() }))
}

/// The new key of each open rotation, with the one that it replaces.
fn replaced(context: &Context) -> Result<Vec<(KeySid, KeySid)>, Failure> {
    let Some(ledger) = context.ledger()? else { return Ok(Vec::new()) };
    let (rotations, _) = ledger.all()?;
    let open = rotations.iter().filter(|rotation| rotation.outcome().is_none());
    Ok(open.filter_map(|rotation| Some((rotation.new_key()?.clone(), rotation.begun().old.clone()))).collect())
}

/// Gives every key the sinks of all targets that hold it, or the other key of its open rotation: none of them is to be left
/// with a key that ends. `known` is what stands in targets that are not asked for.
fn share(asked: &mut [Asked], known: &[Found], replaced: &[(KeySid, KeySid)]) {
    let first = |sid: &KeySid| replaced.iter().find(|(new, _)| new == sid).map_or(sid, |(_, old)| old).clone();
    let everywhere = asked.iter().flatten().flat_map(|(_, sought)| &sought.found).chain(known);
    let all: Vec<(KeySid, Vec<String>)> =
        everywhere.map(|found| (first(&found.pair.sid), found.sinks.clone())).collect();
    for found in asked.iter_mut().flatten().flat_map(|(_, sought)| &mut sought.found) {
        let key = first(&found.pair.sid);
        for name in all.iter().filter(|(sid, _)| *sid == key).flat_map(|(_, sinks)| sinks) {
            if !found.sinks.contains(name) {
                found.sinks.push(name.clone());
            }
        }
    }
}
