//! `twcred keys rename`: another name for a key; the marker of an open rotation stays.

use super::entry::{Local, Managed};
use super::show::{One, fetch};
use crate::cli::commands::rotation::creates;
use crate::cli::context::Context;
use crate::cli::credentials::Prefer;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::Outcome;
use crate::model::{FriendlyName, KeySid};

/// Give a key another name
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The key
    #[arg(value_name = "SK…")]
    sid: KeySid,
    /// Its new name, 64 characters at most
    name: FriendlyName,
    /// Take the marker of a rotation out of the name; for a rotation whose journal is lost for good
    #[arg(long)]
    drop_marker: bool,
    /// Say that you have the secret: a `keys create` that was cut off need not bring it anywhere any more
    #[arg(long)]
    secret_kept: bool,
}

/// Renames it.
///
/// # Errors
/// Exit 2, if the name holds a marker; else as any request.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    if args.name.marker().is_some() {
        return Err(Failure::usage("the name ends in a marker of twcred, by which unfinished work is found")
            .hint("leave the part in square brackets out"));
    }
    let resolved = context.resolve(Prefer::Token)?;
    let client = context.client(&resolved)?;
    let local = Local::of(context)?;
    let (key, was) = interrupt::block_on(async {
        let before = fetch(&client, &resolved, &args.sid).await?;
        // The marker is how a rotation finds the key again. That of a create which ended early comes off.
        let marker = match local.managed(&before) {
            Some(Managed::Rotation(_)) => before.name.as_ref().and_then(FriendlyName::marker),
            _ => None,
        };
        let marker = marker.filter(|_| !args.drop_marker);
        let name = marker.map_or_else(|| args.name.clone(), |marker| args.name.with_marker(&marker));
        let renamed = client.rename_key(&resolved.credential, &resolved.account, &args.sid, &name).await;
        let mut key = renamed.map_err(|error| resolved.blame(error, format!("cannot rename the key {}", args.sid)))?;
        key.kind = key.kind.or(before.kind);
        // The marker of a create is all that was left to do of it.
        let was = if name.marker().is_some() { None } else { Some(before.name) };
        Ok((key, was))
    })?;
    if let Some(before) = was {
        let endpoint = client.endpoint().identity();
        let given = context.global.given_from(&resolved.source);
        let now = creates::Name { now: &args.name, secret_kept: args.secret_kept };
        creates::named(context, &endpoint, &resolved.account, (&args.sid, before.as_ref()), &now, &given);
    }
    Ok(Outcome::did(One { account: resolved.account, key, local }))
}
