//! `twcred rotation list`: every rotation this machine knows, and every create that is not settled.

use std::io;

use serde::Serialize;

use super::any::{self, Any};
use super::narrate;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, RotationId};
use crate::rotation::create::Create;
use crate::rotation::token::TokenRotation;
use crate::rotation::{Ledger, Rotation};
use crate::store::paths::StateDir;

/// List the rotations this machine knows, and creates that were cut off, open ones first
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
        if root.is_dir() { any::all(&Ledger::new(StateDir::open(&root)?))? } else { (Vec::new(), Vec::new()) };
    let wanted = rotations.iter().filter(|rotation| !args.open || rotation.outcome().is_none());
    let mut rows: Vec<Row> = wanted.map(Row::of_any).collect();
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
    /// `key`, `token`, or `create` for a `keys create` that was cut off.
    subject: &'static str,
    phase: &'static str,
    open: bool,
    account: AccountSid,
    /// The SID of a key, the fingerprint of a token; a create replaces nothing.
    old: Option<String>,
    new: Option<String>,
    begun: Timestamp,
    last: Timestamp,
    retire_at: Option<Timestamp>,
    sinks: Vec<String>,
    endpoint: String,
}

impl Row {
    /// The row of a rotation of either kind.
    #[must_use]
    pub fn of_any(rotation: &Any) -> Self {
        match rotation {
            Any::Key(rotation) => Self::of(rotation),
            Any::Token(rotation) => Self::of_token(rotation),
            Any::Create(create) => Self::of_create(create),
        }
    }

    /// The row of a create that is not settled.
    #[must_use]
    pub fn of_create(create: &Create) -> Self {
        let begun = create.begun();
        Self {
            id: begun.id.clone(),
            subject: "create",
            phase: create.phase(),
            open: true,
            account: begun.account.clone(),
            old: None,
            new: create.made().map(ToString::to_string),
            begun: begun.at,
            last: create.last(),
            retire_at: None,
            sinks: begun.sinks.clone(),
            endpoint: begun.endpoint.clone(),
        }
    }

    /// The row of a rotation of a token.
    #[must_use]
    pub fn of_token(rotation: &TokenRotation) -> Self {
        let begun = rotation.begun();
        let propagating = rotation.outcome().is_none();
        Self {
            id: begun.id.clone(),
            subject: "token",
            phase: rotation.phase(),
            open: rotation.outcome().is_none(),
            account: begun.account.clone(),
            old: Some(begun.old.to_string()),
            new: rotation.new_token().map(ToString::to_string),
            begun: begun.at,
            last: rotation.last(),
            retire_at: rotation.current().map(|current| current.clear_at).filter(|_| propagating),
            sinks: rotation.places().iter().map(|place| place.sink.clone()).collect(),
            endpoint: begun.endpoint.clone(),
        }
    }

    /// What is rotated, as a person reads it.
    fn named(&self, value: &str) -> String {
        if self.subject == "token" { format!("token {value}") } else { value.to_owned() }
    }

    /// The row of a rotation of a key.
    #[must_use]
    pub fn of(rotation: &Rotation) -> Self {
        let begun = rotation.begun();
        Self {
            id: begun.id.clone(),
            subject: "key",
            phase: rotation.phase(),
            open: rotation.outcome().is_none(),
            account: begun.account.clone(),
            old: Some(begun.old.to_string()),
            new: rotation.new_key().map(ToString::to_string),
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
        let (token, sinks) = (self.subject == "token", self.sinks.join(" "));
        page.fields(&[
            (if self.subject == "create" { "create" } else { "rotation" }, self.id.to_string()),
            ("phase", self.phase.to_owned()),
            ("account", self.account.to_string()),
            (if token { "old token" } else { "old key" }, self.old.clone().unwrap_or_default()),
            (if token { "new token" } else { "new key" }, self.new.clone().unwrap_or_default()),
            ("begun", narrate::moment(self.begun)),
            (
                if token { "old token goes" } else { "old key ends" },
                self.retire_at.map(narrate::moment).unwrap_or_default(),
            ),
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
                    row.old.as_deref().map(|old| row.named(old)).unwrap_or_default(),
                    row.new.as_deref().map(|new| row.named(new)).unwrap_or_default(),
                    narrate::moment(row.begun),
                    row.retire_at.map(narrate::moment).unwrap_or_default(),
                ]
            }),
        )
    }
}
