//! `twcred rotation list`: every rotation this machine knows.

use std::io;

use serde::Serialize;

use super::narrate;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid, RotationId};
use crate::rotation::{Ledger, Rotation};
use crate::store::paths::StateDir;

/// List the rotations this machine knows, open ones first
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show open ones only
    #[arg(long)]
    open: bool,
}

/// Lists them. A journal that cannot be read is an error after the list.
///
/// # Errors
/// If the state directory cannot be used.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let root = context.state_dir()?;
    let (rotations, unreadable) =
        if root.is_dir() { Ledger::new(StateDir::open(&root)?).all()? } else { (Vec::new(), Vec::new()) };
    let mut rows: Vec<Row> =
        rotations.iter().filter(|rotation| !args.open || rotation.outcome().is_none()).map(Row::of).collect();
    rows.sort_by_key(|row| !row.open);
    let outcome = Outcome::show(Rows { rotations: rows });
    Ok(match unreadable.into_iter().next() {
        Some(broken) => {
            let error = crate::rotation::Error::BrokenJournal { id: broken.id, source: broken.error };
            outcome.failing(Failure::from(error).with_exit(Exit::Failed))
        }
        None => outcome,
    })
}

/// One rotation in a list.
#[derive(Debug, Serialize)]
pub struct Row {
    id: RotationId,
    phase: &'static str,
    open: bool,
    account: AccountSid,
    old: KeySid,
    new: Option<KeySid>,
    begun: Timestamp,
    last: Timestamp,
    retire_at: Option<Timestamp>,
    sinks: Vec<String>,
    endpoint: String,
}

impl Row {
    /// The row of a rotation.
    #[must_use]
    pub fn of(rotation: &Rotation) -> Self {
        let begun = rotation.begun();
        Self {
            id: begun.id.clone(),
            phase: rotation.phase(),
            open: rotation.outcome().is_none(),
            account: begun.account.clone(),
            old: begun.old.clone(),
            new: rotation.new_key().cloned(),
            begun: begun.at,
            last: rotation.last(),
            retire_at: rotation
                .current()
                .map(|current| current.retire_at)
                .filter(|_| !rotation.is_revoked() && rotation.back().is_none()),
            sinks: rotation.places().iter().map(|place| place.sink.clone()).collect(),
            endpoint: begun.endpoint.clone(),
        }
    }

    /// The row as a person reads it, field by field, and what comes next.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn fields(&self, next: &str, page: &mut Page<'_>) -> io::Result<()> {
        let sinks = self.sinks.join(" ");
        page.fields(&[
            ("rotation", self.id.to_string()),
            ("phase", self.phase.to_owned()),
            ("account", self.account.to_string()),
            ("old key", self.old.to_string()),
            ("new key", self.new.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("begun", narrate::moment(self.begun)),
            ("old key ends", self.retire_at.map(narrate::moment).unwrap_or_default()),
            ("sinks", sinks),
            ("endpoint", self.endpoint.clone()),
            ("next step", next.to_owned()),
        ])
    }
}

#[derive(Serialize)]
struct Rows {
    rotations: Vec<Row>,
}

impl View for Rows {
    const SCHEMA: &'static str = "twcred.rotations/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [
            Column::whole("rotation"),
            Column::whole("phase"),
            Column::whole("old key"),
            Column::whole("new key"),
            Column::text("begun"),
            Column::text("old key ends"),
        ];
        page.table(
            &head,
            self.rotations.iter().map(|row| {
                vec![
                    row.id.to_string(),
                    row.phase.to_owned(),
                    row.old.to_string(),
                    row.new.as_ref().map(ToString::to_string).unwrap_or_default(),
                    narrate::moment(row.begun),
                    row.retire_at.map(narrate::moment).unwrap_or_default(),
                ]
            }),
        )
    }
}
