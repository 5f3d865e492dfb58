//! `twcred keys show`: one key, with its policy.

use std::io;

use serde::Serialize;

use super::entry::{Entry, Local};
use crate::api::Client;
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, View};
use crate::model::{AccountSid, ApiKey, KeySid};

/// Show one key, with its policy
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The key
    #[arg(value_name = "SK…")]
    sid: KeySid,
}

/// Shows it.
///
/// # Errors
/// If it cannot be fetched, or does not exist.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let resolved = context.resolve(Prefer::Token)?;
    let client = context.client(&resolved)?;
    let local = Local::of(context)?;
    let key = interrupt::block_on(fetch(&client, &resolved, &args.sid))?;
    Ok(Outcome::show(One { account: resolved.account, key, local }))
}

/// Fetches a key that must be there, with its type.
///
/// # Errors
/// Exit 1, if Twilio does not know it; else as any request.
pub async fn fetch(client: &Client, resolved: &Resolved, sid: &KeySid) -> Result<ApiKey, Failure> {
    let found = client.key(&resolved.credential, &resolved.account, sid).await;
    let found = found.map_err(|error| resolved.blame(error, format!("cannot fetch the key {sid}")))?;
    let Some(mut key) = found else {
        return Err(Failure::failed(format!("the account {} has no key {sid}", resolved.account))
            .hint("`twcred keys list` shows the keys of the account; keys belong to one account and one region"));
    };
    // A subaccount's keys are listed where no types are known either.
    if key.kind.is_none() && !resolved.is_foreign() {
        // A fetch tells Restricted keys only; the list tells the others apart.
        let listed = client.all_keys(&resolved.credential, &resolved.account).await;
        let (keys, _) =
            listed.map_err(|error| resolved.blame(error, format!("cannot tell the type of the key {sid}")))?;
        key.kind = keys.into_iter().find(|listed| listed.sid == key.sid).and_then(|listed| listed.kind);
    }
    Ok(key)
}

/// One key, as `keys show` and `keys rename` show it.
pub(super) struct One {
    pub(super) account: AccountSid,
    pub(super) key: ApiKey,
    pub(super) local: Local,
}

impl Serialize for One {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(flatten)]
            entry: Entry<'a>,
            /// `null` for a key that is not restricted, and where the type is not known.
            policy: Option<&'a crate::model::Policy>,
        }
        let entry = Entry::of(&self.account, &self.key, &self.local);
        Body { entry, policy: self.key.policy.as_ref() }.serialize(serializer)
    }
}

impl View for One {
    const SCHEMA: &'static str = "twcred.key/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let entry = Entry::of(&self.account, &self.key, &self.local);
        page.fields(&[
            ("SID", self.key.sid.to_string()),
            ("name", entry.name()),
            ("account", self.account.to_string()),
            ("type", entry.kind()),
            ("created", entry.created()),
            ("updated", self.key.updated.map_or_else(String::new, |at| at.to_string())),
            ("age", entry.age()),
            ("managed", entry.managed()),
            ("held by", entry.held_by()),
        ])?;
        if let Some(policy) = &self.key.policy {
            page.line("allows")?;
            for permission in &policy.allow {
                page.line(format!("  {permission}"))?;
            }
        }
        Ok(())
    }
}
