//! `twcred keys list`: every key, of the account or of all its subaccounts.

mod all;
mod arriving;
mod listing;
mod notes;
mod sarif;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;

use self::listing::{Listing, Part, Rest};
use super::entry::{CutOff, Local};
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::Outcome;
use crate::model::time::{parse_duration, show_duration};

/// List every key of the account
#[derive(Debug, clap::Args)]
#[command(
    after_help = "HELD BY names the entries of the env file in force, as FILE:LINE VARIABLE, and the profiles that hold the key. \
MANAGED is `rotation ID` while a rotation of this machine is open for the key, and `unfinished ID` if the name bears the \
mark of something else: a create that ended early, or a rotation of another machine.\n\n\
TYPE is `unknown` where Twilio does not tell it: the keys of a subaccount are listed by the API of 2010, which knows no \
types. The subaccount's own Auth Token sees them.\n\n\
--all-accounts takes the main account's Auth Token. Rows are written as the accounts answer, in the order in which \
Twilio lists them. An account that cannot be listed is named with the reason, and the others are listed all the same; the \
exit code is then 75 if every reason may pass, 4 if a credential was refused, else 1. docs/accounts.md tells more."
)]
pub struct Args {
    /// List the keys of all subaccounts as well
    #[arg(long)]
    all_accounts: bool,
    /// Hold each key's age against this; exit 3 if a key is older
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// How to show the keys; --json is --format json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
    /// Ask for this many accounts at once, and for fewer where Twilio throttles
    #[arg(long, value_name = "N", default_value_t = 20, requires = "all_accounts",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    concurrency: usize,
    /// Go on with the run of the last hour that did not come to its end: ask only for the accounts it did not list
    #[arg(long, requires = "all_accounts")]
    resume: bool,
}

/// How keys are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, for people
    Table,
    /// twcred.keys/v1
    Json,
    /// SARIF 2.1.0: the keys that are older than --max-age
    Sarif,
}

/// Lists them.
///
/// # Errors
/// The keys of one account are listed whole or not at all; of many accounts, those that could not be listed are named.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.format == Format::Sarif && args.max_age.is_none() {
        return Err(
            Failure::usage("SARIF tells which rules are broken, and none was given").hint("such as --max-age 90d")
        );
    }
    let resolved = context.resolve(Prefer::Token)?;
    let local = Local::of(context)?.with_max_age(args.max_age);
    if args.all_accounts { all::run(args, context, &resolved, &local) } else { one(args, context, &resolved, &local) }
}

fn one(args: &Args, context: &Context, resolved: &Resolved, local: &Local) -> Result<Outcome, Failure> {
    let client = context.client(resolved)?;
    let progress = context.ui.progress("listing keys");
    let keys = interrupt::block_on(async {
        let keys = client.all_keys(&resolved.credential, &resolved.account).await;
        let what = || format!("cannot list the keys of {}", resolved.account);
        keys.map(|(keys, _)| keys).map_err(|error| resolved.blame(error, what()))
    })?;
    drop(progress);
    let rest = RefCell::new(Rest { complete: true, ..Rest::default() });
    show(args, context, local, std::iter::once((resolved.account.clone(), keys)), &rest)
}

/// Writes what comes, and says what follows from it.
fn show(
    args: &Args,
    context: &Context,
    local: &Local,
    parts: impl Iterator<Item = Part>,
    rest: &RefCell<Rest>,
) -> Result<Outcome, Failure> {
    let written = {
        let listing = Listing::new(parts, rest, local, args);
        let json = context.global.is_json() || args.format == Format::Json;
        // Of one account everything is known before a line is written: what was found is found, whoever reads it.
        let to_the_end = !args.all_accounts;
        if to_the_end { context.present_to_the_end(&listing, json) } else { context.present_as(&listing, json) }
    };
    match written {
        Ok(()) => {}
        // Whoever read the output has seen enough; no more accounts are asked for.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            let found = rest.borrow().failure.is_none();
            return Ok(Outcome::silent(if found { rest.borrow().exit() } else { Exit::Done }));
        }
        Err(error) => return Err(Failure::unwritten(&error)),
    }
    let mut rest = rest.borrow_mut();
    if let Some(max_age) = args.max_age {
        let warn = |count: usize, what: &str| {
            if count > 0 {
                context.ui.warn(format!("{count} of {} keys {what}", rest.keys));
            }
        };
        warn(rest.overdue, &format!("are older than {}", show_duration(max_age)));
        warn(rest.of_unknown_age, "are of unknown age");
    }
    rest.cut_off.iter().for_each(|left| advise(left, args, context, local));
    let outcome = Outcome::silent(rest.exit());
    Ok(match rest.failure.take() {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// Says what to type about a key that a create left unfinished.
fn advise(left: &CutOff, args: &Args, context: &Context, local: &Local) {
    let CutOff { account, sid, id } = left;
    let mut given = context.global.given();
    if args.all_accounts {
        let _ = write!(given, " --account {account}");
    }
    context.ui.note(if local.knows_create(id) {
        format!("{sid} is of a `keys create` that was cut off or is still at work: twcred rotation resume {id}{given}")
    } else {
        format!(
            "{sid} is of a `keys create` whose journal is not in this state directory; if nothing uses it: twcred keys \
             revoke {sid}{given}"
        )
    });
}
