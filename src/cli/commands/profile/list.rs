//! `twcred profile list`: every profile, and what stores may hold beyond them.

use std::io;

use serde::Serialize;

use super::view::{Kind, Row};
use crate::cli::commands::rotation::narrate::moment;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::ProfileName;
use crate::model::time::Timestamp;
use crate::store::profiles::{EntryName, Store};

/// List the profiles; the keyring is not asked
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Lists them.
///
/// # Errors
/// Exit 2, if their file cannot be understood.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let profiles = context.needed_profiles()?;
    let book = profiles.book()?;
    let rows = book.profiles.iter().map(|(name, profile)| {
        let active = book.active.as_ref() == Some(name);
        Row::of(profiles, name, profile, active)
    });
    let rows = rows.collect();
    for left in &book.leftovers {
        context.ui.warn(format!(
            "since {} the {} may hold the entry {}, which no profile is about; {}",
            moment(left.since),
            left.store,
            left.entry,
            match super::claim_of(context, &left.profile) {
                // The profile itself may be all that there is of a key, and is not to be removed for this.
                Ok(None) if book.profiles.contains_key(&left.profile) =>
                    "the next change of a profile takes it out".to_owned(),
                Ok(None) =>
                    format!("the next change of a profile takes it out, or: twcred profile remove {}", left.profile),
                Ok(Some(claim)) => format!("an unfinished `keys create` may need it; {}", claim.next),
                Err(_) => "an unfinished `keys create` may need it: twcred rotation list".to_owned(),
            }
        ));
    }
    let leftovers = book.leftovers.into_iter().map(|left| Left {
        profile: left.profile,
        store: left.store,
        entry: left.entry,
        since: left.since,
    });
    Ok(Outcome::show(Rows { profiles: rows, leftovers: leftovers.collect() }))
}

#[derive(Serialize)]
struct Rows {
    profiles: Vec<Row>,
    leftovers: Vec<Left>,
}

/// An entry that no profile is about, and that its store may hold.
#[derive(Serialize)]
struct Left {
    profile: ProfileName,
    store: Store,
    entry: EntryName,
    since: Timestamp,
}

impl View for Rows {
    const SCHEMA: &'static str = "twcred.profiles/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [
            Column::whole("NAME"),
            Column::whole("ACTIVE"),
            Column::whole("ACCOUNT"),
            Column::whole("CREDENTIAL"),
            Column::text("STORE"),
            Column::text("GOOD AT"),
        ];
        let rows = self.profiles.iter().map(|row| {
            let credential = row.key.as_ref().map_or_else(|| Kind::AuthToken.word().to_owned(), ToString::to_string);
            vec![
                row.name.to_string(),
                if row.active { "yes".to_owned() } else { String::new() },
                row.account.to_string(),
                credential,
                row.store.to_string(),
                row.endpoint.clone(),
            ]
        });
        page.table(&head, rows)
    }
}
