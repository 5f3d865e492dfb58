//! `twcred keys create`: a new key whose secret is put where it is used, or no key at all.
//!
//! While it is made the key's name carries a marker, and a journal says where its secret may be. If this process is killed
//! in between, the next `keys create` for the account finishes the key, or revokes it where nothing can hold its secret.
//! The marker comes off when everything that was asked for holds the secret.

mod books;
mod job;
mod made;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueHint;
use serde::Deserialize;

use crate::api::{AccountStatus, Client, Kind};
use crate::cli::args;
use crate::cli::commands::profile;
use crate::cli::commands::rotation::creates::{self, quoted};
use crate::cli::commands::rotation::engine::Engine;
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::reveal;
use crate::cli::view::Outcome;
use crate::model::{FriendlyName, KeySid, Marker, NewKey, Policy};
use crate::rotation::create::{Begun, Settled};
use crate::sinks::{self, Options, Sink, Spec};
use crate::store::profiles::Site;
use books::{Books, Diary};
use job::Job;
use made::Made;

/// Make a key and put its secret where it is used
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// The key's name, 64 characters at most
    name: FriendlyName,
    /// Store the new pair in this sink (repeatable)
    #[arg(long, value_name = "SINK")]
    to: Vec<Spec>,
    /// Print the secret on standard output
    #[arg(long)]
    reveal: bool,
    /// Make a Restricted key, which may do what --allow names and nothing else
    #[arg(long)]
    restricted: bool,
    /// With --restricted: a permission, /twilio/PRODUCT/RESOURCE/ACTION (repeatable)
    #[arg(long, value_name = "PERMISSION", requires = "restricted")]
    allow: Vec<String>,
    /// Make a Restricted key with this policy, a JSON file: {"allow": […]}
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "allow")]
    policy: Option<PathBuf>,
}

fn help() -> String {
    let what = "Twilio shows a key's secret once. So every sink is tried first, and if one of them cannot take the \
                secret after all, the new key is revoked again.";
    let again = "A journal in the state directory says how far it came. If this is killed or interrupted, or ends with exit code 5, the \
                 next `keys create` for the account settles it first, as `twcred rotation resume` does: the key is \
                 finished where a sink holds its pair, and revoked where nothing can hold its secret; where that cannot be \
                 told, it stays, and what to type is said. Without a state directory only --reveal alone works.";
    format!("{what}\n\n{again}\n\n{}", args::sinks())
}

/// Makes the key.
///
/// # Errors
/// Exit 2 before anything is made, if the secret has nowhere to go or a sink cannot take it; exit 1, if the key had to be
/// revoked again; exit 5 naming the SID, if that failed too, or if what an earlier create left cannot be ended; exit 6, if
/// another create of the account does not end; exit 130 or 143 after a signal.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.to.is_empty() && !args.reveal {
        return Err(Failure::usage("the secret of a new key is shown once, and nothing says where it is to go")
            .hint("store it: --to env:repos.env")
            .hint("or print it: --reveal"));
    }
    if args.reveal {
        reveal::somewhere("store it instead: --to env:repos.env")?;
    }
    if args.name.marker().is_some() {
        return Err(Failure::usage("the name ends in a marker of twcred, by which unfinished work is found")
            .hint("leave the part in square brackets out"));
    }
    let policy = policy(args)?;
    let resolved = context.resolve(Prefer::Token)?;
    if policy.is_some() && resolved.is_foreign() {
        return Err(restricted_elsewhere(args, &resolved));
    }
    let client = Rc::new(context.client(&resolved)?);
    let mut specs = Vec::with_capacity(args.to.len());
    for spec in &args.to {
        let here = env::here().doing("cannot tell where I am")?;
        specs.push(spec.absolute(&here)?.to_string());
    }
    let begun = Begun {
        id: context.fresh_id()?,
        at: context.now(),
        endpoint: client.endpoint().identity(),
        account: resolved.account.clone(),
        name: args.name.clone(),
        policy: policy.clone(),
        sinks: specs,
        reveal: args.reveal,
    };
    let books = match Books::open(context, &resolved.account) {
        Ok(books) => Some(books),
        // Who answers an incident must get a key on any machine. Nothing but this terminal is to have it.
        Err(failure) if args.to.is_empty() && failure.exit() != Exit::Locked => {
            unkept(context, &failure);
            None
        }
        Err(failure) => return Err(failure),
    };
    if let Some(books) = &books
        && let Some(outcome) = settle(args, context, &resolved, &client, books, &begun)?
    {
        return Ok(outcome);
    }
    let site = Site { endpoint: begun.endpoint.clone(), region: resolved.region.clone(), edge: resolved.edge.clone() };
    let options = Options { making: Some(begun.id.clone()), ..context.sink_options(Some(site)) };
    let sinks = open(&args.to, &options).and_then(|sinks| profile::none_claimed(context, &begun.sinks).map(|()| sinks));
    // A signal that came while something was settled, or a program was asked, is heard here.
    if let Some(exit) = interrupt::heard() {
        return Err(interrupt::interrupted(exit));
    }
    let sinks = sinks?;
    let new = NewKey { name: args.name.with_marker(&Marker(begun.id.clone())), policy };
    let job = Job {
        args,
        context,
        resolved: &resolved,
        client: &client,
        new: &new,
        sinks: &sinks,
        begun: &begun,
        books: books.as_ref(),
        diary: RefCell::new(Diary::default()),
    };
    interrupt::patiently(async |stop| job.run(stop).await)
}

/// Says that a key is made without a journal.
fn unkept(context: &Context, failure: &Failure) {
    context.ui.warn(format!(
        "no journal is kept: {}; if this run is killed, `twcred keys list{}` shows its key as unfinished",
        failure.chain().join(": "),
        context.global.given()
    ));
}

/// Settles what earlier creates of the account have left, before another key is made. One that was cut off in this very
/// work, and that a sink holds, is what was asked for: then no other key is made.
fn settle(
    args: &Args,
    context: &Context,
    resolved: &Resolved,
    client: &Rc<Client>,
    books: &Books,
    begun: &Begun,
) -> Result<Option<Outcome>, Failure> {
    let left = books.left(context, &begun.endpoint, &begun.account)?;
    if left.is_empty() {
        return Ok(None);
    }
    let engine = Engine::of_creates(context, resolved, Rc::clone(client), books.ledger.clone());
    let mut done = None;
    for create in &left {
        let settled = interrupt::block_on(creates::settle(context, &engine, create))?;
        creates::tell(context, resolved, create, &settled);
        let same = create.begun();
        if let Settled::Finished { pair, .. } = settled
            && (&same.name, &same.policy, &same.sinks) == (&begun.name, &begun.policy, &begun.sinks)
        {
            done = Some(pair);
        }
    }
    let Some(pair) = done else { return Ok(None) };
    let asked = (&begun.name, begun.policy.as_ref());
    let view = Made::new(context, &begun.account, &pair, asked, &args.to, args.reveal);
    if let Err(error) = context.present(&view) {
        unsaid(args, context, &pair.sid, &error);
    }
    Ok(Some(Outcome::silent(Exit::Done)))
}

/// Says that standard output did not take what was to be said of a key that sinks hold. That is no reason to end it: they
/// would be left with a dead pair, and the same line would make another key. A reader that went away misses nothing but a
/// secret.
fn unsaid(args: &Args, context: &Context, sid: &KeySid, error: &std::io::Error) {
    if args.reveal || error.kind() != std::io::ErrorKind::BrokenPipe {
        let places = args.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        context.ui.warn(format!(
            "cannot write to standard output: {error}; the key {sid} is made, and its secret stored in {places}"
        ));
    }
}

/// A main account's token may make keys in a subaccount that is suspended, and none of them could be tried there.
async fn must_be_active(client: &Client, resolved: &Resolved) -> Result<(), Failure> {
    let Resolved { account, credential, .. } = resolved;
    let status = match client.account(credential, account).await {
        Ok(found) => found.status,
        // Whose account it is, the answer to the create says.
        Err(error) if *error.kind() == Kind::NotFound => None,
        Err(error) => return Err(resolved.blame(error, format!("cannot look at the account {account}"))),
    };
    let status = match status {
        Some(AccountStatus::Suspended) => "suspended",
        Some(AccountStatus::Closed) => "closed",
        Some(AccountStatus::Active) | None => return Ok(()),
    };
    Err(Failure::new(Exit::Refused, format!("the account {account} is {status}; no key was made"))
        .hint("the Console says why: https://console.twilio.com"))
}

/// The API that makes keys for subaccounts makes a Standard key of everything, and that the other one takes a
/// subaccount is documented nowhere.
fn restricted_elsewhere(args: &Args, resolved: &Resolved) -> Failure {
    let Resolved { account, credential, .. } = resolved;
    let what = format!("a Restricted key of {account} cannot be made with the credential of {}", credential.account());
    Failure::usage(what).hint(format!(
        "make it with its own Auth Token: twcred keys create {} --restricted … --env-file FILE, where FILE has \
         TWILIO_ACCOUNT_SID={account} and its TWILIO_AUTH_TOKEN",
        quoted(&args.name)
    ))
}

fn policy(args: &Args) -> Result<Option<Policy>, Failure> {
    let policy = match &args.policy {
        Some(path) => read_policy(path)?,
        None if args.restricted => Policy { allow: args.allow.iter().cloned().collect() },
        None => return Ok(None),
    };
    match policy.allow.len() {
        0 => Err(Failure::usage("a Restricted key needs a permission at least")
            .hint("such as --allow /twilio/messaging/messages/create")),
        count if count > Policy::MAX => {
            Err(Failure::usage(format!("the policy has {count} permissions; Twilio takes {} at most", Policy::MAX)))
        }
        _ => Ok(Some(policy)),
    }
}

fn read_policy(path: &Path) -> Result<Policy, Failure> {
    /// Of a policy that says more than is understood, nothing is used.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        allow: BTreeSet<String>,
    }
    let what = || format!("cannot use the policy {}", path.display());
    let text = std::fs::read(path).doing(what()).map_err(|failure| failure.with_exit(Exit::Usage))?;
    serde_json::from_slice(&text).map(|Body { allow }| Policy { allow }).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        Failure::usage(format!("{}: not a policy, {at}", what())).hint(r#"it looks like {"allow": ["/twilio/…"]}"#)
    })
}

fn open(specs: &[Spec], options: &Options) -> Result<Vec<Box<dyn Sink>>, Failure> {
    let mut sinks = Vec::with_capacity(specs.len());
    for spec in specs {
        let sink = sinks::open(spec, &Options { create: true, ..options.clone() })?;
        sink.probe().doing(format!("{spec} cannot take a new key"))?;
        sinks.push(sink);
    }
    Ok(sinks)
}
