//! `twcred rotation show`: one rotation, record by record.

use std::io;

use serde::{Serialize, Serializer};

use super::any::{self, Any};
use super::creates;
use super::list::Row;
use super::narrate;
use crate::cli::commands::token;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::{Outcome, Page, View};
use crate::model::RotationId;
use crate::rotation::create::{Create, Record as CreateRecord};
use crate::rotation::token::{Record as TokenRecord, TokenRotation};
use crate::rotation::{Ledger, Record, Rotation};
use crate::store::paths::StateDir;

/// Show one rotation, or a create that was cut off, record by record
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rotation or the create; the only open one if left out
    #[arg(value_name = "ID")]
    id: Option<RotationId>,
}

/// Shows it.
///
/// # Errors
/// If it is not there, or its journal is broken.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let ledger = Ledger::new(StateDir::open(&context.state_dir()?)?);
    let rotation = any::find(&ledger, args.id.as_ref())?;
    let id = rotation.id().clone();
    let broken = |source| crate::rotation::Error::BrokenJournal { id: id.clone(), source };
    let row = Row::of_any(&rotation);
    let (next, records) = match rotation {
        Any::Key(rotation) => {
            let records = ledger.read(&id).map_err(broken)?.map(|(_, records)| records).unwrap_or_default();
            let next = narrate::step(&rotation, &rotation.next(context.now(), false));
            (next, Records::Key(*rotation, records))
        }
        Any::Token(rotation) => {
            let records = ledger.read_token(&id).map_err(broken)?.map(|(_, records)| records).unwrap_or_default();
            let next = token::narrate::step(&rotation, &rotation.next(context.now(), false));
            (next, Records::Token(*rotation, records))
        }
        Any::Create(create) => {
            let records = ledger.create_records(&create).map_err(broken)?;
            (creates::NEXT.to_owned(), Records::Create(*create, records))
        }
    };
    Ok(Outcome::show(Shown { row, next, records }))
}

/// The records of a rotation of either kind, or of a create.
enum Records {
    Key(Rotation, Vec<Record>),
    Token(TokenRotation, Vec<TokenRecord>),
    Create(Create, Vec<CreateRecord>),
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Key(_, records) => records.serialize(serializer),
            Self::Token(_, records) => records.serialize(serializer),
            Self::Create(_, records) => records.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    next: String,
    records: Records,
}

impl View for Shown {
    const SCHEMA: &'static str = "twcred.rotation/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        self.row.fields(&self.next, page)?;
        page.line("")?;
        match &self.records {
            Records::Key(rotation, records) => records.iter().try_for_each(|record| {
                let said = narrate::record(rotation, record).unwrap_or_else(|| narrate::name(record));
                page.line(format!("{}  {said}", narrate::moment(record.at())))
            }),
            Records::Token(rotation, records) => records.iter().try_for_each(|record| {
                let said = token::narrate::record(rotation, record).unwrap_or_else(|| token::narrate::name(record));
                page.line(format!("{}  {said}", narrate::moment(record.at())))
            }),
            Records::Create(create, records) => records.iter().try_for_each(|record| {
                page.line(format!("{}  {}", narrate::moment(record.at()), creates::said(create, record)))
            }),
        }
    }
}
