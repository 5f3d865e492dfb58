//! `twcred rotation show`: one rotation, record by record.

use std::io;

use serde::Serialize;

use super::list::Row;
use super::{narrate, take};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::{Outcome, Page, View};
use crate::model::RotationId;
use crate::rotation::{Ledger, Record, Rotation};
use crate::store::paths::StateDir;

/// Show one rotation, record by record
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rotation; the only open one if left out
    #[arg(value_name = "ID")]
    id: Option<RotationId>,
}

/// Shows it.
///
/// # Errors
/// If it is not there, or its journal is broken.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let ledger = Ledger::new(StateDir::open(&context.state_dir()?)?);
    let rotation = take::find(&ledger, args.id.as_ref())?;
    let id = rotation.begun().id.clone();
    let broken = |source| crate::rotation::Error::BrokenJournal { id: id.clone(), source };
    let records = ledger.read(&id).map_err(broken)?.map(|(_, records)| records).unwrap_or_default();
    let next = narrate::step(&rotation, &rotation.next(context.now(), false));
    Ok(Outcome::show(Shown { row: Row::of(&rotation), next, records, rotation }))
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    next: String,
    records: Vec<Record>,
    #[serde(skip)]
    rotation: Rotation,
}

impl View for Shown {
    const SCHEMA: &'static str = "twcred.rotation/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        self.row.fields(&self.next, page)?;
        page.line("")?;
        for record in &self.records {
            let said = narrate::record(&self.rotation, record).unwrap_or_else(|| narrate::name(record));
            page.line(format!("{}  {said}", narrate::moment(record.at())))?;
        }
        Ok(())
    }
}
