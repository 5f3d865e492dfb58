//! `twcred sink diff`: what each sink of a target holds, beside what its first one holds. Never a value.

use std::io;

use serde::Serialize;

use super::places::{Holds, OfTarget, OwnedToken, load, load_tokens, of_targets};
use crate::cli::commands::keys::rotate::Found;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::cli::worst::Worst;
use crate::model::{Fingerprint, KeyPair, KeySid, RotationId};
use crate::rotation::Rotation;
use crate::rotation::token::TokenRotation;
use crate::sinks::{Loaded, LoadedTokens, TokenRole};

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
    let open = Open::of(context)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut worst = Worst::default();
    for OfTarget { name, holds, broken } in of_targets(&args.targets, context)? {
        for failure in broken {
            worst.add(failure, context);
        }
        let first = rows.len();
        for holds in &holds {
            let sinks = match holds {
                Holds::Key(found) => &found.sinks,
                Holds::Token(token) => &token.sinks,
            };
            for (at, sink) in sinks.iter().enumerate() {
                let compared = match holds {
                    Holds::Key(found) => key(found, sink, at == 0, &open, context),
                    Holds::Token(token) => self::token(token, sink, at == 0, &open, context),
                };
                match compared {
                    Ok(found) => rows.extend(found.into_iter().map(|row| Row { target: name.clone(), ..row })),
                    Err(failure) => worst.add(failure.doing(format!("target {name} stopped")), context),
                }
            }
        }
        if let Some(failure) = drift(&name, &rows[first..]) {
            worst.add(failure, context);
        }
    }
    let quiet = context.global.quiet && !context.global.is_json();
    rows.retain(|row| !quiet || row.state.is_drift());
    let nothing = rows.is_empty() && quiet;
    Ok(worst.after(if nothing { Outcome::silent(Exit::Done) } else { Outcome::show(Compared { sinks: rows }) }))
}

/// The finding, if the sinks of a target do not hold the same.
fn drift(target: &str, rows: &[Row]) -> Option<Failure> {
    let drifted: Vec<&Row> = rows.iter().filter(|row| row.state.is_drift()).collect();
    if drifted.is_empty() {
        return None;
    }
    let failure = Failure::new(Exit::Findings, format!("the sinks of {target} do not hold the same"));
    let noun = if rows.iter().any(|row| row.token.is_some()) { "token" } else { "keys" };
    let failure = if rows.iter().any(|row| row.rotation.is_some()) {
        failure.hint(format!("a rotation is open: `twcred {noun} rotate {target}` continues it"))
    } else {
        failure
    };
    Some(failure.hint(format!("`twcred sink push {target}` puts what the first one holds into the others")))
}

/// The rotations of this machine that are open.
#[derive(Default)]
struct Open {
    keys: Vec<Rotation>,
    tokens: Vec<TokenRotation>,
}

impl Open {
    fn of(context: &Context) -> Result<Self, Failure> {
        let Some(ledger) = context.ledger()? else { return Ok(Self::default()) };
        let (mut keys, _) = ledger.all()?;
        let (mut tokens, _) = ledger.tokens()?;
        keys.retain(|rotation| rotation.outcome().is_none());
        tokens.retain(|rotation| rotation.outcome().is_none());
        Ok(Self { keys, tokens })
    }

    /// The one that replaces a token, or made it.
    fn on_token(&self, print: &Fingerprint) -> Option<RotationId> {
        let concerned =
            |rotation: &&TokenRotation| rotation.begun().old == *print || rotation.new_token() == Some(print);
        self.tokens.iter().find(concerned).map(|rotation| rotation.begun().id.clone())
    }

    /// The one that replaces a key, or made it.
    fn of_key(&self, sid: &KeySid) -> Option<&Rotation> {
        self.keys.iter().find(|rotation| rotation.begun().old == *sid || rotation.new_key() == Some(sid))
    }

    fn on(&self, sid: &KeySid) -> Option<RotationId> {
        self.of_key(sid).map(|rotation| rotation.begun().id.clone())
    }
}

fn key(found: &Found, sink: &str, source: bool, open: &Open, context: &Context) -> Result<Vec<Row>, Failure> {
    let row = |pair: Option<&KeyPair>, state| Row {
        sink: sink.to_owned(),
        key: pair.map(|pair| pair.sid.clone()),
        secret_fingerprint: pair.map(|pair| pair.secret.fingerprint()),
        rotation: pair.and_then(|pair| open.on(&pair.sid)),
        ..Row::of(state)
    };
    let rotation = open.of_key(&found.pair.sid).map(|rotation| [Some(&rotation.begun().old), rotation.new_key()]);
    let expected = [&found.pair.sid].into_iter().chain(rotation.into_iter().flatten().flatten());
    Ok(match load(sink, expected, context)? {
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
    })
}

fn token(token: &OwnedToken, sink: &str, source: bool, open: &Open, context: &Context) -> Result<Vec<Row>, Failure> {
    let current = token.current()?;
    let row = |role: TokenRole, print: Option<Fingerprint>, state| Row {
        sink: sink.to_owned(),
        token: Some(role.to_string()),
        rotation: print.as_ref().and_then(|print| open.on_token(print)),
        secret_fingerprint: print,
        ..Row::of(state)
    };
    let held = match load_tokens(sink, &token.target(), context)? {
        LoadedTokens::Absent => return Ok(vec![row(TokenRole::Current, None, State::Absent)]),
        LoadedTokens::WriteOnly => return Ok(vec![row(TokenRole::Current, None, State::NotReadable)]),
        LoadedTokens::Held(held) => held,
    };
    let mut rows: Vec<Row> = Vec::new();
    for held in &held {
        let state = match held.role {
            TokenRole::Current if held.value != *current => State::OtherSecret,
            TokenRole::Current if source => State::Source,
            TokenRole::Current => State::Same,
            TokenRole::Secondary | TokenRole::Previous => State::Beside,
        };
        let found = row(held.role, Some(held.value.fingerprint()), state);
        if !rows.iter().any(|row| row.token == found.token && row.secret_fingerprint == found.secret_fingerprint) {
            rows.push(found);
        }
    }
    Ok(rows)
}

/// What a sink holds, beside what the first one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It is the first one.
    Source,
    /// The same credential.
    Same,
    /// The same SID, or the same account, with another secret.
    OtherSecret,
    /// Another key.
    OtherKey,
    /// Another stage of a token that is rotated; it is shown, and not compared.
    Beside,
    /// Nothing.
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
            Self::Beside => "beside it",
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
    /// Of an Auth Token: `current`, `secondary` or `previous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The first 8 hexadecimal digits of the secret's SHA-256.
    secret_fingerprint: Option<Fingerprint>,
    state: State,
    /// The open rotation that replaces the credential or made it.
    rotation: Option<RotationId>,
}

impl Row {
    fn of(state: State) -> Self {
        let (target, sink) = (String::new(), String::new());
        Self { target, sink, key: None, token: None, secret_fingerprint: None, state, rotation: None }
    }
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
            Column::whole("CREDENTIAL"),
            Column::whole("SECRET"),
            Column::whole("HOLDS"),
            Column::whole("ROTATION"),
        ];
        let text = |value: Option<String>| value.unwrap_or_default();
        page.table(
            &head,
            self.sinks.iter().map(|row| {
                let key = row.key.as_ref().map(ToString::to_string);
                vec![
                    row.target.clone(),
                    row.sink.clone(),
                    text(key.or_else(|| row.token.as_ref().map(|role| format!("{role} token")))),
                    text(row.secret_fingerprint.as_ref().map(ToString::to_string)),
                    row.state.name().to_owned(),
                    text(row.rotation.as_ref().map(ToString::to_string)),
                ]
            }),
        )
    }
}
