//! `twcred keys revoke`: the end of a key, for good, unless something still uses it.

use std::io;

use serde::Serialize;

use super::entry::{Local, Managed};
use super::seen;
use crate::api::{Client, Revocation};
use crate::cli::commands::rotation::creates;
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::known;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::{AccountSid, ApiKey, FriendlyName, KeySid};
use crate::rotation::watched::{Look, Watched};
use crate::sinks::{self, Options, Spec};

/// How a use begins that would cost a rotation its secrets.
const OPENS: &str = "opens what";
const END_FIRST: &str = "what is sealed may open with this key alone: bring that rotation to its end first, signed by this \
                         key: `twcred rotation resume ID` or `twcred rotation rollback ID`";

/// End keys for good
#[derive(Debug, clap::Args)]
#[command(
    after_help = "There is no way back, and the Access Tokens that a key signed end with it. A key that is gone \
counts as revoked, if it is known here that the account had it: from an earlier `keys revoke`, or from a rotation of this \
machine. One that the account does not have and that is not known here is an error: it may live in another account."
)]
pub struct Args {
    /// The keys
    #[arg(value_name = "SK…", required = true)]
    sids: Vec<KeySid>,
    /// Look into this sink as well before revoking what it may hold (repeatable)
    #[arg(long, value_name = "SINK")]
    sink: Vec<Spec>,
    /// Revoke even the key that signs the request, one that is or may be still held, or one that a rotation works on or needs
    #[arg(long)]
    force: bool,
}

/// Revokes them, one after the other.
///
/// # Errors
/// Exit 2, if nobody can be asked, or the configuration cannot be used; exit 1, if a key is still in use, or is not in the
/// account and not known to have been there, or the answer was no; else as any request. What was revoked before an error is
/// shown.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let mut sids = args.sids.clone();
    sids.sort();
    sids.dedup();
    let resolved = context.resolve(Prefer::Token)?;
    let client = context.client(&resolved)?;
    let endpoint = client.endpoint().identity();
    let keys = interrupt::block_on(async {
        let mut keys = Vec::with_capacity(sids.len());
        for sid in &sids {
            let found = client.key(&resolved.credential, &resolved.account, sid).await;
            keys.push((sid, found.map_err(|error| resolved.blame(error, format!("cannot fetch the key {sid}")))?));
        }
        Ok(keys)
    })?;
    for (sid, _) in keys.iter().filter(|(_, key)| key.is_none()) {
        let known = seen::account_of(context, &endpoint, sid)?;
        if known.as_ref() != Some(&resolved.account) {
            return Err(absent(sid, known.as_ref(), &resolved));
        }
    }
    let seen_before = uses_of(&keys, args, &resolved, (context, &endpoint))?;
    for (sid, uses) in &seen_before {
        match uses.as_slice() {
            [] => {}
            uses if args.force => context.ui.warn(format!("{sid} {}; it is revoked all the same", uses.join(" and "))),
            uses => {
                let failure = Failure::failed(format!("{sid} {}; nothing was revoked", uses.join(" and "))).hint(
                    "`twcred keys rotate` replaces a key that is in use; `twcred rotation list` shows what is open",
                );
                let opens = uses.iter().any(|uses| uses.starts_with(OPENS));
                let failure = if opens { failure.hint(END_FIRST) } else { failure };
                return Err(failure.hint("--force revokes it all the same"));
            }
        }
    }
    let asks = keys.iter().any(|(_, key)| key.is_some());
    let named: Vec<String> = keys.iter().map(|(sid, key)| with_name(sid, key.as_ref())).collect();
    if asks {
        if !context.ui.confirm(format!("Revoke {} for good", named.join(", ")))? {
            return Err(Failure::failed("the answer was no; nothing was revoked"));
        }
        // While the question was open a profile may have taken a key, or a rotation may have begun.
        let now = uses_of(&keys, args, &resolved, (context, &endpoint))?;
        if let Some((sid, uses)) = now.iter().find(|now| !seen_before.contains(now) && !now.1.is_empty()) {
            let what = format!("{sid} {} since the question was asked; nothing was revoked", uses.join(" and "));
            return Err(Failure::failed(what).hint("look at who uses it, then run again"));
        }
    }
    let mut done = Revoked { keys: Vec::with_capacity(keys.len()) };
    let ended = interrupt::block_on(async {
        for (sid, key) in keys {
            if key.is_some() {
                seen::note(context, &endpoint, &resolved.account, sid);
            }
            let result = end(&client, &resolved, sid, context).await?;
            let name = key.as_ref().and_then(|key| key.name.as_ref());
            creates::decided(context, &endpoint, &resolved.account, (sid, name));
            creates::ended(context, sid);
            done.keys.push(Row { sid: sid.clone(), name: key.and_then(|key| key.name), result });
        }
        Ok(())
    });
    match ended {
        Ok(()) => Ok(Outcome::did(done)),
        Err(failure) if done.keys.is_empty() => Err(failure),
        Err(failure) => Ok(Outcome::did(done).failing(failure)),
    }
}

async fn end(client: &Client, resolved: &Resolved, sid: &KeySid, context: &Context) -> Result<&'static str, Failure> {
    match client.revoke_key(&resolved.credential, &resolved.account, sid).await {
        Ok(Revocation::Revoked) => Ok("revoked"),
        Ok(Revocation::AlreadyGone) => {
            context.ui.note(format!("the account {} has no key {sid}: already gone", resolved.account));
            Ok("already-gone")
        }
        Err(error) => Err(resolved.blame(error, format!("cannot revoke the key {sid}"))),
    }
}

/// A key that the account does not have, and of which nobody here knows that it had it.
fn absent(sid: &KeySid, known: Option<&AccountSid>, resolved: &Resolved) -> Failure {
    let account = &resolved.account;
    let failure = Failure::failed(format!(
        "the account {account} has no key {sid}, and may never have had it; nothing was revoked"
    ));
    match known {
        Some(other) => failure.hint(format!("it is known here as a key of {other}: --account {other}, or sign with its own Auth Token")),
        None => failure
            .hint("it may live on in a subaccount: --account AC… names that; `twcred keys list --all-accounts` shows every key with its account")
            .hint("keys belong to one account and one region"),
    }
}

/// Where keys may be held, as far as this machine knows.
struct Places {
    local: Local,
    /// Those that the configuration names; or, where the key is to end all the same, why they are not known.
    configured: Result<Vec<Watched>, Failure>,
}

impl Places {
    /// # Errors
    /// If what is here cannot be read; exit 2, if the configuration cannot be used, and nothing says to go on without it.
    fn of(args: &Args, context: &Context) -> Result<Self, Failure> {
        let local = Local::of(context)?;
        let configured = known::places_for_keys(context, context.ledger()?.as_ref());
        match configured {
            Err(failure) if !args.force => {
                Err(known::with_advice(failure).hint("--force revokes it all the same; nothing was revoked"))
            }
            configured => Ok(Self { local, configured }),
        }
    }
}

/// What would break, for each key.
fn uses_of<'k>(
    keys: &[(&'k KeySid, Option<ApiKey>)],
    args: &Args,
    resolved: &Resolved,
    here: (&Context, &str),
) -> Result<Vec<(&'k KeySid, Vec<String>)>, Failure> {
    let places = Places::of(args, here.0)?;
    keys.iter().map(|(sid, key)| Ok((*sid, uses(sid, key.as_ref(), args, resolved, &places, here)?))).collect()
}

/// What would break: each as a clause that goes on after the SID.
fn uses(
    sid: &KeySid,
    key: Option<&ApiKey>,
    args: &Args,
    resolved: &Resolved,
    Places { local, configured }: &Places,
    (context, endpoint): (&Context, &str),
) -> Result<Vec<String>, Failure> {
    let mut uses = Vec::new();
    if resolved.credential.key() == Some(sid) {
        uses.push("signs this very request".to_owned());
    }
    let mut places = local.held_by(sid).to_vec();
    if local.is_blind() {
        places.push("a profile (perhaps: they may not be read)".to_owned());
    }
    let options = context.sink_options(None);
    for spec in &args.sink {
        places.extend(held_in(&Watched::named(spec.to_string()), sid, &options));
    }
    // A rotation or a create may have left the key in places that nobody names here.
    if let Some(ledger) = context.ledger()? {
        let mut names = ledger.sinks_of(endpoint, sid)?;
        names.sort();
        names.dedup();
        for name in &names {
            places.extend(held_in(&Watched::named(name.clone()), sid, &options));
        }
        // Whoever takes away what a finished create had filled is done with it.
        for name in ledger.finished_in(endpoint, sid)?.into_iter().filter(|name| !names.contains(name)) {
            let place = Watched::named(name);
            let open = |name: &str| sinks::open(&Spec::parse(name)?, &options);
            if !matches!(place.look(open, sid), Look::Away) {
                places.extend(held_in(&place, sid, &options));
            }
        }
    }
    match configured {
        Ok(configured) => places.extend(configured.iter().flat_map(|place| held_in(place, sid, &options))),
        Err(failure) => places.push(format!("what the configuration names (perhaps: {})", failure.chain().join(": "))),
    }
    places.sort();
    places.dedup();
    if !places.is_empty() {
        uses.push(format!("is still held by {}", places.join(", ")));
    }
    if let Some(Managed::Rotation(id)) = key.and_then(|key| local.managed(key)) {
        uses.push(format!("belongs to the open rotation {id}"));
    }
    if let Some(ledger) = context.ledger()? {
        for sealed in ledger.sealed_under(endpoint, sid, None)? {
            uses.push(format!("{OPENS} the open rotation {} has sealed", sealed.begun().id));
        }
    }
    Ok(uses)
}

/// Where a place holds a key, or may.
fn held_in(place: &Watched, sid: &KeySid, options: &Options) -> Vec<String> {
    let sink = &place.sink;
    match place.look(|name| sinks::open(&Spec::parse(name)?, options), sid) {
        Look::Free => Vec::new(),
        Look::Holds(held) => held.places,
        Look::Away => vec![format!("{sink} (perhaps: it is not there to be looked into)")],
        Look::Unseen(error) => vec![format!("{sink} (perhaps: {error})")],
    }
}

fn with_name(sid: &KeySid, key: Option<&ApiKey>) -> String {
    let name = key.and_then(|key| key.name.as_ref());
    name.map_or_else(|| sid.to_string(), |name| format!("{sid} ({name})"))
}

#[derive(Serialize)]
struct Revoked {
    keys: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    sid: KeySid,
    name: Option<FriendlyName>,
    result: &'static str,
}

impl View for Revoked {
    const SCHEMA: &'static str = "twcred.revoked/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let rows = self.keys.iter().map(|row| {
            let name = row.name.as_ref().map_or_else(String::new, ToString::to_string);
            vec![row.sid.to_string(), row.result.to_owned(), name]
        });
        page.table(&[Column::whole("SID"), Column::whole("RESULT"), Column::text("NAME")], rows)
    }
}
