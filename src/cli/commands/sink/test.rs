//! `twcred sink test`: whether sinks could be written, without writing.

use std::io;

use serde::Serialize;

use super::places::{OfTarget, load, of_targets, open};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::sinks::{Loaded, Spec};

/// Find out whether sinks could be written, without writing
#[derive(Debug, clap::Args)]
#[command(after_help = "Nothing is written, and Twilio is not asked. The programs of exec: sinks are run, with the \
actions load and probe.")]
pub struct Args {
    /// The targets [default: every target of the configuration]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Try this sink, which need not be of a target (repeatable)
    #[arg(long, value_name = "SINK", conflicts_with = "targets")]
    sink: Vec<Spec>,
}

/// Tries them.
///
/// # Errors
/// Exit 2, if the configuration cannot be used. A sink that cannot be written is an error after the table.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let mut rows = Vec::new();
    let mut worst = Worst::default();
    if args.sink.is_empty() {
        for OfTarget { name, found, broken } in of_targets(&args.targets, context)? {
            for failure in broken {
                worst.add(failure, context);
            }
            for (at, sink) in found.iter().flat_map(|found| found.sinks.iter().enumerate()) {
                rows.push(tried(Some(&name), sink, at > 0, &mut worst, context));
            }
        }
    } else {
        let here = env::here().doing("cannot tell where I am")?;
        for spec in &args.sink {
            rows.push(tried(None, &spec.absolute(&here)?.to_string(), true, &mut worst, context));
        }
    }
    let outcome = Outcome::show(Tried { sinks: rows });
    Ok(worst.after(outcome))
}

fn tried(target: Option<&str>, sink: &str, create: bool, worst: &mut Worst, context: &Context) -> Row {
    let result = probe(sink, create, context);
    let (holds, writable) = match result {
        Ok(holds) => (holds, true),
        Err(failure) => {
            let failure = failure.doing(format!("{sink} could not be written"));
            worst.add(failure, context);
            (None, false)
        }
    };
    Row { target: target.map(str::to_owned), sink: sink.to_owned(), writable, holds }
}

/// What the sink holds, if it could be written in its place.
fn probe(sink: &str, create: bool, context: &Context) -> Result<Option<String>, Failure> {
    let (holds, replace) = match load(sink, context)? {
        Loaded::Held(held) => {
            (held.first().map(|held| held.pair.sid.to_string()), held.first().map(|held| held.pair.sid.clone()))
        }
        Loaded::Absent => (None, None),
        Loaded::WriteOnly => (Some("not readable".to_owned()), None),
    };
    open(sink, replace, create, context)?.probe()?;
    Ok(holds)
}

#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    sink: String,
    writable: bool,
    /// The SID of the key it holds, or `not readable`.
    holds: Option<String>,
}

#[derive(Serialize)]
struct Tried {
    sinks: Vec<Row>,
}

impl View for Tried {
    const SCHEMA: &'static str = "twcred.sink-test/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [Column::whole("TARGET"), Column::text("SINK"), Column::whole("WRITABLE"), Column::whole("HOLDS")];
        page.table(
            &head,
            self.sinks.iter().map(|row| {
                let writable = if row.writable { "yes" } else { "no" };
                let holds =
                    row.holds.clone().unwrap_or_else(|| if row.writable { "nothing".into() } else { String::new() });
                vec![row.target.clone().unwrap_or_default(), row.sink.clone(), writable.to_owned(), holds]
            }),
        )
    }
}
