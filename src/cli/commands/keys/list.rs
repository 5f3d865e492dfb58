//! `twcred keys list`: every key, of the account or of all its subaccounts.

use std::io;

use serde::{Serialize, Serializer};

use super::entry::{Entry, Local};
use crate::api::{AccountStatus, Client};
use crate::cli::context::Context;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::{AccountSid, ApiKey};

/// List every key of the account
#[derive(Debug, clap::Args)]
#[command(after_help = "HELD BY names the entries of the env file in force, as FILE:LINE VARIABLE. \
MANAGED is `rotation ID` while a rotation of this machine is open for the key, and `unfinished ID` if the name bears the \
mark of something else: a create that ended early, or a rotation of another machine.\n\n\
TYPE is `unknown` where Twilio does not tell it: the keys of a subaccount are listed by the API of 2010, which knows no \
types. The subaccount's own Auth Token sees them.")]
pub struct Args {
    /// List the keys of all subaccounts as well
    #[arg(long)]
    all_accounts: bool,
}

/// Lists them.
///
/// # Errors
/// If any page cannot be had: a list is complete or an error.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let resolved = context.resolve(Prefer::Token)?;
    let client = context.client(&resolved)?;
    let local = Local::of(context)?;
    let progress = context.ui.progress("listing keys");
    let (accounts, left_out) = interrupt::block_on(async {
        let (accounts, left_out) = if args.all_accounts {
            accounts(&client, &resolved).await?
        } else {
            (vec![resolved.account.clone()], Vec::new())
        };
        let mut listed = Vec::with_capacity(accounts.len());
        for account in accounts {
            progress.say(format!("listing keys of {account}"));
            let keys = client.all_keys(&resolved.credential, &account).await;
            let (keys, _) =
                keys.map_err(|error| resolved.blame(error, format!("cannot list the keys of {account}")))?;
            listed.push((account, keys));
        }
        Ok((listed, left_out))
    })?;
    drop(progress);
    for account in &left_out {
        context.ui.warn(format!("the keys of {} are not listed: the account is {}", account.sid, account.status));
    }
    Ok(Outcome::show(Listing { accounts, not_listed: left_out, local }))
}

/// The account and its subaccounts, and those among them that answer nobody.
async fn accounts(client: &Client, resolved: &Resolved) -> Result<(Vec<AccountSid>, Vec<LeftOut>), Failure> {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    let each = |page: Vec<crate::api::Account>| {
        for account in page {
            match account.status {
                Some(AccountStatus::Suspended) => closed.push(LeftOut { sid: account.sid, status: "suspended" }),
                Some(AccountStatus::Closed) => closed.push(LeftOut { sid: account.sid, status: "closed" }),
                Some(AccountStatus::Active) | None => open.push(account.sid),
            }
        }
    };
    let listed = client.accounts(&resolved.credential, 1000, each).await;
    listed.map_err(|error| resolved.blame(error, "cannot list the subaccounts"))?;
    Ok((open, closed))
}

#[derive(Serialize)]
struct LeftOut {
    sid: AccountSid,
    status: &'static str,
}

struct Listing {
    accounts: Vec<(AccountSid, Vec<ApiKey>)>,
    not_listed: Vec<LeftOut>,
    local: Local,
}

impl Listing {
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.accounts.iter().flat_map(|(account, keys)| keys.iter().map(|key| Entry::of(account, key, &self.local)))
    }
}

impl Serialize for Listing {
    /// Writes the entries as they are made, so that a long list is never in memory twice.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Entries<'a>(&'a Listing);
        impl Serialize for Entries<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.entries())
            }
        }
        #[derive(Serialize)]
        struct Body<'a> {
            accounts: Vec<&'a AccountSid>,
            not_listed: &'a [LeftOut],
            keys: Entries<'a>,
        }
        let accounts = self.accounts.iter().map(|(account, _)| account).collect();
        Body { accounts, not_listed: &self.not_listed, keys: Entries(self) }.serialize(serializer)
    }
}

impl View for Listing {
    const SCHEMA: &'static str = "twcred.keys/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let many = self.accounts.len() > 1;
        let mut head = vec![
            Column::whole("SID"),
            Column::text("NAME"),
            Column::whole("TYPE"),
            Column::whole("AGE"),
            Column::whole("CREATED"),
            Column::whole("MANAGED"),
            Column::text("HELD BY"),
        ];
        if many {
            head.insert(0, Column::whole("ACCOUNT"));
        }
        let rows = self.accounts.iter().flat_map(|(account, keys)| {
            keys.iter().map(move |key| {
                let entry = Entry::of(account, key, &self.local);
                let mut row = vec![
                    key.sid.to_string(),
                    entry.name(),
                    entry.kind(),
                    entry.age(),
                    entry.created(),
                    entry.managed(),
                    entry.held_by(),
                ];
                if many {
                    row.insert(0, account.to_string());
                }
                row
            })
        });
        page.table(&head, rows)
    }
}
