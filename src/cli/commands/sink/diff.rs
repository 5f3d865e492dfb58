//! `twcred sink diff`: what each sink of a target holds, beside what its first one holds. Never a value.

use std::io;

use serde::Serialize;

use super::places::{OfTarget, load, of_targets};
use crate::cli::commands::keys::rotate::Found;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::model::secret::Fingerprint;
use crate::model::{KeyPair, KeySid, RotationId};
use crate::rotation::Rotation;
use crate::sinks::Loaded;

/// Compare what the sinks of a target hold, by SID and fingerprint
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits 3 if a sink holds something else than the target's first one, or nothing. A sink that \
gives nothing back cannot be compared, which is said. Twilio is not asked. With -q, only differences are shown.")]
pub struct Args {
    /// The targets [default: every target of the configuration]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// Compares them.
///
/// # Errors
/// Exit 2, if the configuration cannot be used. What cannot be read, and drift, is an error after the table.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let open = open_rotations(context)?;
    let mut rows = Vec::new();
    let mut worst = Worst::default();
    let mut drifted: Vec<String> = Vec::new();
    for OfTarget { name, found, broken } in of_targets(&args.targets, context)? {
        for failure in broken {
            worst.add(failure, context);
        }
        for found in &found {
            for (at, sink) in found.sinks.iter().enumerate() {
                match load(sink, context) {
                    Ok(loaded) => rows.extend(compared(&name, found, sink, at == 0, loaded, &open)),
                    Err(failure) => worst.add(failure.doing(format!("target {name} stopped")), context),
                }
            }
        }
        if rows.iter().any(|row: &Row| row.target == name && row.state.is_drift()) {
            drifted.push(name);
        }
    }
    if !drifted.is_empty() {
        let what = format!("the sinks of {} do not hold the same", drifted.join(", "));
        let failure = Failure::new(Exit::Findings, what);
        let waiting = rows.iter().any(|row| row.state.is_drift() && row.rotation.is_some());
        let name = drifted.first().map_or("TARGET", String::as_str);
        let failure = if waiting {
            failure.hint(format!("a rotation is open: `twcred keys rotate {name}` continues it"))
        } else {
            failure
        };
        let hint = format!("`twcred sink push {name}` puts what the first one holds into the others");
        worst.add(failure.hint(hint), context);
    }
    if context.global.quiet && !context.global.is_json() {
        rows.retain(|row| row.state.is_drift());
    }
    let outcome = if rows.is_empty() && context.global.quiet && !context.global.is_json() {
        Outcome::silent(Exit::Done)
    } else {
        Outcome::show(Compared { sinks: rows })
    };
    Ok(worst.after(outcome))
}

/// The rotations of this machine that are open.
fn open_rotations(context: &Context) -> Result<Vec<Rotation>, Failure> {
    let Some(ledger) = context.ledger()? else { return Ok(Vec::new()) };
    let (rotations, _) = ledger.all()?;
    Ok(rotations.into_iter().filter(|rotation| rotation.outcome().is_none()).collect())
}

fn compared(target: &str, found: &Found, sink: &str, source: bool, loaded: Loaded, open: &[Rotation]) -> Vec<Row> {
    let row = |pair: Option<&KeyPair>, state| Row {
        target: target.to_owned(),
        sink: sink.to_owned(),
        key: pair.map(|pair| pair.sid.clone()),
        secret_fingerprint: pair.map(|pair| pair.secret.fingerprint()),
        state,
        rotation: pair.and_then(|pair| {
            let concerned =
                |rotation: &&Rotation| rotation.begun().old == pair.sid || rotation.new_key() == Some(&pair.sid);
            open.iter().find(concerned).map(|rotation| rotation.begun().id.clone())
        }),
    };
    match loaded {
        Loaded::Absent => vec![row(None, State::Absent)],
        Loaded::WriteOnly => vec![row(None, State::NotReadable)],
        Loaded::Held(held) => {
            let mut rows: Vec<Row> = Vec::new();
            for held in &held {
                let state = match &held.pair {
                    pair if *pair == found.pair && source => State::Source,
                    pair if *pair == found.pair => State::Same,
                    pair if pair.sid == found.pair.sid => State::OtherSecret,
                    _ => State::OtherKey,
                };
                // Forty projects of one file that agree are one line.
                if !rows.iter().any(|row| row.key.as_ref() == Some(&held.pair.sid) && row.state == state) {
                    rows.push(row(Some(&held.pair), state));
                }
            }
            rows
        }
    }
}

/// What a sink holds, beside what the first one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It is the first one.
    Source,
    /// The same pair.
    Same,
    /// The same SID with another secret.
    OtherSecret,
    /// Another key.
    OtherKey,
    /// No pair.
    Absent,
    /// It gives nothing back.
    NotReadable,
}

impl State {
    fn is_drift(self) -> bool {
        matches!(self, Self::OtherSecret | Self::OtherKey | Self::Absent)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Same => "same",
            Self::OtherSecret => "other secret",
            Self::OtherKey => "other key",
            Self::Absent => "nothing",
            Self::NotReadable => "not readable",
        }
    }
}

#[derive(Serialize)]
struct Row {
    target: String,
    sink: String,
    key: Option<KeySid>,
    /// The first 8 hexadecimal digits of the secret's SHA-256.
    secret_fingerprint: Option<Fingerprint>,
    state: State,
    /// The open rotation that replaces the key or made it.
    rotation: Option<RotationId>,
}

#[derive(Serialize)]
struct Compared {
    sinks: Vec<Row>,
}

impl View for Compared {
    const SCHEMA: &'static str = "twcred.sink-diff/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [
            Column::whole("TARGET"),
            Column::text("SINK"),
            Column::whole("KEY"),
            Column::whole("SECRET"),
            Column::whole("HOLDS"),
            Column::whole("ROTATION"),
        ];
        let text = |value: Option<String>| value.unwrap_or_default();
        page.table(
            &head,
            self.sinks.iter().map(|row| {
                vec![
                    row.target.clone(),
                    row.sink.clone(),
                    text(row.key.as_ref().map(ToString::to_string)),
                    text(row.secret_fingerprint.as_ref().map(ToString::to_string)),
                    row.state.name().to_owned(),
                    text(row.rotation.as_ref().map(ToString::to_string)),
                ]
            }),
        )
    }
}
