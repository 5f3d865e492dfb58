//! `twcred sink test`: whether sinks could be written, without writing.

use std::io;

use serde::Serialize;

use super::places::{Holds, OfTarget, OwnedToken, load, of_targets, open, own_key};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::model::{Fingerprint, KeySid};
use crate::rotation::token::TokenRotation;
use crate::sinks::{HeldToken, Loaded, LoadedTokens, Spec, TokenRole, TokenTarget};

/// What is said of a sink that gives nothing back.
const NOT_READABLE: &str = "not readable";

/// Find out whether sinks could be written, without writing
#[derive(Debug, clap::Args)]
#[command(after_help = "Nothing is written, and Twilio is not asked. The programs of exec: sinks are run, with the \
actions load and probe; of a token, load-tokens and probe-tokens.")]
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
        for OfTarget { name, holds, broken } in of_targets(&args.targets, context)? {
            for failure in broken {
                worst.add(failure, context);
            }
            for holds in &holds {
                match holds {
                    Holds::Key(found) => {
                        rows.extend(found.sinks.iter().enumerate().map(|(at, sink)| {
                            row(
                                Some(&name),
                                sink,
                                probe(sink, at > 0, Some(&found.pair.sid), context),
                                &mut worst,
                                context,
                            )
                        }));
                    }
                    Holds::Token(token) => rows.extend(
                        token
                            .sinks
                            .iter()
                            .map(|sink| row(Some(&name), sink, probe_token(sink, token, context), &mut worst, context)),
                    ),
                }
            }
        }
    } else {
        let here = env::here().doing("cannot tell where I am")?;
        for spec in &args.sink {
            let sink = spec.absolute(&here)?.to_string();
            rows.push(row(None, &sink, probe(&sink, true, None, context), &mut worst, context));
        }
    }
    let outcome = Outcome::show(Tried { sinks: rows });
    Ok(worst.after(outcome))
}

/// A line of the table; a failure is kept for the end.
fn row(
    target: Option<&str>,
    sink: &str,
    tried: Result<Option<String>, Failure>,
    worst: &mut Worst,
    context: &Context,
) -> Row {
    let (holds, writable) = match tried {
        Ok(holds) => (holds, true),
        Err(failure) => {
            worst.add(failure.doing(format!("{sink} could not be written")), context);
            (None, false)
        }
    };
    Row { target: target.map(str::to_owned), sink: sink.to_owned(), writable, holds }
}

/// The same for an Auth Token, which has to stand there already. While a rotation of it is open, what that has put there is
/// in nobody's way.
fn probe_token(sink: &str, token: &OwnedToken, context: &Context) -> Result<Option<String>, Failure> {
    let current = token.current()?;
    let rotation = open_rotation(token, &current.fingerprint(), context)?;
    let names = rotation.as_ref().map_or(&token.names, |rotation| &rotation.begun().names);
    let target = TokenTarget { names: names.clone(), ..token.target() };
    let opened = open(sink, None, false, context)?;
    let loaded = opened.load_tokens(&target)?;
    let held: &[HeldToken] = if let LoadedTokens::Held(held) = &loaded { held } else { &[] };
    let values = || token.hand.found.iter().map(|found| &found.token).chain(held.iter().map(|held| &held.value));
    let of = |print: &Fingerprint| values().find(|value| value.fingerprint() == *print);
    let old = rotation.as_ref().and_then(|rotation| of(&rotation.begun().old));
    let new = rotation.as_ref().and_then(|rotation| rotation.new_token().and_then(of));
    opened.probe_tokens(&target, old.unwrap_or(current), new)?;
    let here = held.iter().find(|held| held.role == TokenRole::Current && [old, new].contains(&Some(&held.value)));
    Ok(Some(match loaded {
        LoadedTokens::WriteOnly => NOT_READABLE.to_owned(),
        _ => format!("the token {}", here.map_or(current, |held| &held.value).fingerprint()),
    }))
}

/// The open rotation that replaces a token, or made it.
fn open_rotation(token: &OwnedToken, print: &Fingerprint, context: &Context) -> Result<Option<TokenRotation>, Failure> {
    let Some(ledger) = context.ledger()? else { return Ok(None) };
    Ok(ledger.tokens()?.0.into_iter().find(|rotation| {
        let begun = rotation.begun();
        let concerned = begun.old == *print || rotation.new_token() == Some(print);
        begun.account == token.hand.account && concerned && rotation.outcome().is_none()
    }))
}

/// What the sink holds, if it could be written in its place. `expected` is the key of its target.
fn probe(sink: &str, create: bool, expected: Option<&KeySid>, context: &Context) -> Result<Option<String>, Failure> {
    let (holds, replace) = match load(sink, expected, context)? {
        Loaded::Held(held) => {
            (held.first().map(|held| held.pair.sid.to_string()), held.first().map(|held| held.pair.sid.clone()))
        }
        Loaded::Absent => (None, own_key(sink, context)?),
        Loaded::WriteOnly => (Some(NOT_READABLE.to_owned()), None),
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
    /// The SID of the key it holds, the token's fingerprint, or `not readable`.
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
