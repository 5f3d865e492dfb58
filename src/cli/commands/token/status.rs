//! `twcred token status`: what can be known of an account's tokens. Twilio has no call that lists them.

use std::time::Duration;

use serde::Serialize;

use super::engine::{Engine, PATIENCE};
use super::flags::{Names, env_file};
use super::hand::{self, Found, Hand};
use super::known;
use super::narrate::{self, moment};
use super::replaced;
use crate::api::{self, Kind, Outstanding, TokenEventKind, Why};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::view::{Column, Outcome, Page, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Fingerprint, RotationId, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::token::TokenRotation;
use crate::rotation::token::rotator::Pause;
use crate::rotation::token::tokens::{AccountTokens, Standing, Tokens as _};
use crate::sinks::{self, Spec, TokenRole, TokenTarget};

/// Show which token is in hand, and whether a secondary is outstanding
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Twilio has no call that tells whether there is a secondary token. It is proven by a token in hand that works and is \
not the primary, else read from Monitor's events; where these cannot be read, or tell nothing, it is unknown.")]
pub struct Args {
    /// How they are named.
    #[command(flatten)]
    names: Names,
}

/// Looks.
///
/// # Errors
/// Exit 2 if there is no token in hand; 4, after the table, if the one in force is refused.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let file = env_file(context)?;
    let names = args.names.over(&known::names_of(context, file.as_deref()))?;
    let mut hand = hand::find(context, file.as_deref(), &names)?;
    let endpoint = context.endpoint_at(hand.region.as_deref(), hand.edge.as_deref())?.identity();
    let open = match context.ledger()? {
        Some(ledger) => ledger.open_token(&endpoint, &hand.account)?,
        None => None,
    };
    // A rotation knows where its tokens stand, and under which names.
    hand.extend(open.iter().flat_map(|open| staged(context, open)).collect());
    let engine = Engine::new(context, &hand)?;
    let promoted = engine.ledger().last_promoted(&endpoint, &hand.account)?;
    let progress = context.ui.progress("asking Twilio");
    let (mut rows, mut stale) = (Vec::<Row>::new(), None);
    for found in &hand.found {
        let print = found.token.fingerprint();
        let was_promoted = engine.ledger().is_last_promoted(&endpoint, &hand.account, &print)?;
        let said = interrupt::block_on(async {
            match settled(engine.tokens(), &found.token, was_promoted).await {
                // It says nothing of the token, and the rest can be told all the same.
                Err(error) if *error.kind() == Kind::Refused(Why::AccountInactive) => {
                    Ok((Liveness::Unclear(error.to_string()), Standing::Unknown))
                }
                said => Ok(said?),
            }
        })?;
        // It is no secondary, whatever it is called: that is out of date.
        stale = stale
            .or((was_promoted && said == (Liveness::Live, Standing::Secondary)).then(|| (found.place.clone(), print)));
        rows.push(Row::of(found, said));
    }
    let (secondary, promoted) = events(&engine, &hand, &rows, (promoted, stale))?;
    drop(progress);
    let refused = rows.iter().find(|row| row.role == "current" && row.works == "refused");
    let failure = match refused.filter(|_| open.is_none()) {
        Some(row) => {
            let failure = Failure::new(Exit::Refused, format!("Twilio refuses the token of {}", row.place));
            let told = replaced::told(context, engine.ledger(), (&endpoint, &hand.account), &row.fingerprint)?;
            let failure = told.into_iter().fold(failure, Failure::hint);
            Some(failure.hint("the Console shows the token in force: Account > API keys & tokens"))
        }
        None => None,
    };
    let rotation = open.as_ref().map(|open| Open::of(open, context.now()));
    let outcome = Outcome::show(Status { account: hand.account.clone(), tokens: rows, secondary, promoted, rotation });
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// What Twilio says of a token. One that this machine promoted last may be called the secondary for seconds after: that is
/// waited for.
async fn settled(
    tokens: AccountTokens<'_>,
    token: &Secret,
    was_promoted: bool,
) -> Result<(Liveness, Standing), api::Error> {
    let mut pause = Pause::new(if was_promoted { PATIENCE } else { Duration::ZERO });
    loop {
        let said = tokens.verify(token).await?;
        if said != (Liveness::Live, Standing::Secondary) || !pause.wait().await {
            return Ok(said);
        }
    }
}

/// What the files and profiles of a rotation hold. One that cannot be read is said.
fn staged(context: &Context, open: &TokenRotation) -> Vec<Found> {
    let target = TokenTarget { account: open.begun().account.clone(), names: open.begun().names.clone() };
    let mut found = Vec::new();
    for place in open.places().iter().filter(|place| !place.dropped) {
        let Ok(spec) = Spec::parse(&place.sink) else { continue };
        if spec.kind().target == sinks::Target::Program {
            continue;
        }
        match hand::held_in(context, &spec, &target) {
            Ok(held) => found.extend(held),
            Err(error) => context.ui.warn(format!("{spec} could not be looked into: {error}")),
        }
    }
    found
}

/// Whether a secondary is outstanding, and when a token was last promoted: as the tokens in hand prove, else as the
/// journal and the events tell.
fn events(
    engine: &Engine<'_>,
    hand: &Hand,
    rows: &[Row],
    (known, stale): (Option<Timestamp>, Option<(String, Fingerprint)>),
) -> Result<(Secondary, Option<Timestamp>), Failure> {
    let is_stale = |row: &Row| stale.as_ref().is_some_and(|(_, print)| row.fingerprint == *print);
    let held = rows.iter().find(|row| row.standing == Some("secondary") && !is_stale(row));
    let working = hand.found.iter().zip(rows).find(|(_, row)| row.works == "works").map(|(found, _)| &found.token);
    let Some(working) = working else {
        return Ok((Secondary::unknown("no token in hand works, so nothing could be asked"), known));
    };
    let read = interrupt::block_on(async { Ok(read(engine, working).await) })?;
    let promoted = known.or(read.as_ref().ok().and_then(|(_, promoted)| *promoted));
    let secondary = match (held, read) {
        (Some(row), read) => Secondary {
            outstanding: "yes",
            since: read.ok().and_then(|(outstanding, _)| since(outstanding)),
            why: format!("{} works, and is not the primary", row.place),
        },
        (None, Ok((Outstanding::Yes { since }, _))) => Secondary {
            outstanding: "yes",
            since: Some(since),
            why: "Monitor's events tell, and no place that was looked into holds it".to_owned(),
        },
        (None, Ok((Outstanding::No { last }, _))) => Secondary {
            outstanding: "no",
            since: Some(last),
            why: "the last of Monitor's events about it is its end".to_owned(),
        },
        (None, Ok((Outstanding::Unknown, _))) => {
            Secondary::unknown("no event that Monitor keeps tells of one; it may be older")
        }
        (None, Err(why)) => Secondary::unknown(&format!("Monitor's events cannot be read: {why}")),
    };
    let secondary = match &stale {
        Some((place, _)) if held.is_none() => Secondary {
            why: format!(
                "{}; {place} is still called the secondary, though a rotation of this machine has promoted it",
                secondary.why
            ),
            ..secondary
        },
        _ => secondary,
    };
    Ok((secondary, promoted))
}

fn since(outstanding: Outstanding) -> Option<Timestamp> {
    match outstanding {
        Outstanding::Yes { since } => Some(since),
        Outstanding::No { .. } | Outstanding::Unknown => None,
    }
}

async fn read(engine: &Engine<'_>, with: &Secret) -> Result<(Outstanding, Option<Timestamp>), String> {
    let events = engine.tokens().events(with, None).await.map_err(|error| error.to_string())?;
    let promoted = events.iter().find(|event| event.change == TokenEventKind::Promoted).map(|event| event.at);
    Ok((crate::api::outstanding(&events), promoted))
}

#[derive(Serialize)]
struct Row {
    place: String,
    role: String,
    fingerprint: Fingerprint,
    works: &'static str,
    standing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<String>,
}

impl Row {
    fn of(found: &Found, (liveness, standing): (Liveness, Standing)) -> Self {
        let (works, said) = match liveness {
            Liveness::Live => ("works", None),
            Liveness::Rejected(said) => ("refused", Some(said)),
            Liveness::Unclear(said) => ("unknown", Some(said)),
        };
        let standing = match standing {
            Standing::Primary => Some("primary"),
            Standing::Secondary => Some("secondary"),
            Standing::Unknown => None,
        };
        let role = match found.role {
            TokenRole::Current => "current",
            TokenRole::Secondary => "secondary",
            TokenRole::Previous => "previous",
        };
        let (place, fingerprint) = (found.place.clone(), found.token.fingerprint());
        Self { place, role: role.to_owned(), fingerprint, works, standing, said }
    }
}

#[derive(Serialize)]
struct Secondary {
    outstanding: &'static str,
    since: Option<Timestamp>,
    why: String,
}

impl Secondary {
    fn unknown(why: &str) -> Self {
        Self { outstanding: "unknown", since: None, why: why.to_owned() }
    }
}

#[derive(Serialize)]
struct Open {
    id: RotationId,
    phase: &'static str,
    next: String,
    old: Fingerprint,
    new: Option<Fingerprint>,
    sinks: Vec<String>,
}

impl Open {
    fn of(rotation: &TokenRotation, now: Timestamp) -> Self {
        Self {
            id: rotation.begun().id.clone(),
            phase: rotation.phase(),
            next: narrate::step(rotation, &rotation.next(now, false)),
            old: rotation.begun().old.clone(),
            new: rotation.new_token().cloned(),
            sinks: rotation.places().iter().map(|place| place.sink.clone()).collect(),
        }
    }
}

#[derive(Serialize)]
struct Status {
    account: AccountSid,
    tokens: Vec<Row>,
    secondary: Secondary,
    promoted: Option<Timestamp>,
    rotation: Option<Open>,
}

impl View for Status {
    const SCHEMA: &'static str = "twcred.token-status/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        let head = [
            Column::whole("token"),
            Column::whole("held as"),
            Column::whole("fingerprint"),
            Column::text("Twilio says"),
        ];
        page.table(
            &head,
            self.tokens.iter().map(|row| {
                let said = match (row.works, row.standing) {
                    ("works", Some(standing)) => format!("works, the {standing}"),
                    ("unknown", _) => format!("unknown: {}", row.said.as_deref().unwrap_or_default()),
                    (works, _) => works.to_owned(),
                };
                vec![row.place.clone(), row.role.clone(), row.fingerprint.to_string(), said]
            }),
        )?;
        page.line("")?;
        let since = self.secondary.since.map_or_else(String::new, |at| format!(" since {}", moment(at)));
        let rotation = self.rotation.as_ref();
        page.fields(&[
            ("account", self.account.to_string()),
            ("secondary outstanding", format!("{}{since}: {}", self.secondary.outstanding, self.secondary.why)),
            ("last promoted", self.promoted.map_or_else(|| "unknown".to_owned(), moment)),
            (
                "open rotation",
                rotation.map_or_else(|| "none".to_owned(), |open| format!("{} ({})", open.id, open.phase)),
            ),
            ("next step", rotation.map(|open| open.next.clone()).unwrap_or_default()),
            ("sinks", rotation.map(|open| open.sinks.join(" ")).unwrap_or_default()),
        ])
    }
}
