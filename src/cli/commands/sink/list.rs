//! `twcred sink list`: the kinds of sinks there are, and the places of every target.

use std::io;

use serde::Serialize;

use crate::cli::config::{Config, Kind};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::sinks::KINDS;

/// List the kinds of sinks, and the places of every target
#[derive(Debug, clap::Args)]
#[command(after_help = "Nothing is opened; `twcred sink test` and `twcred sink diff` look into the places.")]
pub struct Args {}

/// Lists them.
///
/// # Errors
/// Exit 2, if there is a configuration and it cannot be used.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let kinds = KINDS.iter().map(|kind| KindRow { scheme: kind.scheme, form: kind.form, help: kind.help }).collect();
    let config = Config::load_if_there(context)?;
    let mut places = Vec::new();
    for target in config.iter().flat_map(Config::targets) {
        places.extend(target.places().enumerate().map(|(at, sink)| Row {
            target: target.name.clone(),
            kind: target.kind(),
            source: at == 0,
            sink,
        }));
    }
    Ok(Outcome::show(Sinks { kinds, places }))
}

#[derive(Serialize)]
struct KindRow {
    scheme: &'static str,
    form: &'static str,
    help: &'static str,
}

#[derive(Serialize)]
struct Row {
    target: String,
    kind: Kind,
    /// Whether the credential is found here before it is rotated.
    source: bool,
    sink: String,
}

#[derive(Serialize)]
struct Sinks {
    kinds: Vec<KindRow>,
    places: Vec<Row>,
}

impl View for Sinks {
    const SCHEMA: &'static str = "twcred.sinks/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let kinds = self.kinds.iter().map(|kind| vec![kind.form.to_owned(), kind.help.to_owned()]);
        page.table(&[Column::whole("WRITTEN"), Column::text("IS")], kinds)?;
        if self.places.is_empty() {
            return Ok(());
        }
        page.line("")?;
        let head = [Column::whole("TARGET"), Column::whole("KIND"), Column::text("SINK"), Column::text("IS")];
        page.table(
            &head,
            self.places.iter().map(|row| {
                let is = if row.source { "source" } else { "" };
                vec![row.target.clone(), row.kind.name().to_owned(), row.sink.clone(), is.to_owned()]
            }),
        )
    }
}
