//! One call of `token rotate`, `create`, `promote` or `delete`: from the lock to the report.

use std::time::Duration;

use serde::Serialize;

use super::error::{Cause, Error};
use super::holders::{self, Places};
use super::known;
use super::plan::{self, Decision, Plan};
use super::record::{Begun, Why};
use super::rotator::{Event, Goal, NO_WAY_BACK, Reached, Rotator, World};
use super::state::TokenRotation;
use super::tokens::{Standing, Tokens};
use crate::api::{self, SecondaryDeletion, TokenEventKind};
use crate::model::time::{self, Timestamp};
use crate::model::{AccountSid, Fingerprint, KeySid, RotationId, Secret, TokenNames};
use crate::rotation::keys::Liveness;
use crate::rotation::ledger::Ledger;
use crate::rotation::preflight::SKEW;
use crate::rotation::record::Outcome;
use crate::sinks::{Sink, TokenTarget};
use crate::store::lock::{Lock, Owner};

/// How long the old token stays beside the new one, if nothing else is said: what a function with the token written into
/// it needs to come up again (`twilio.com/docs/serverless`).
pub const PROPAGATION: Duration = Duration::from_mins(1);

/// What one call is asked to do.
#[derive(Debug)]
pub struct Request {
    /// Where Twilio is.
    pub endpoint: String,
    /// The account whose token it is.
    pub account: AccountSid,
    /// The token in force, as far as its holder knows; then every other token of the account that was found.
    pub hand: Vec<Secret>,
    /// Every sink, in the order of writing.
    pub sinks: Vec<String>,
    /// Sinks that are to be left out.
    pub without: Vec<String>,
    /// How the variables beside a token's are named.
    pub names: TokenNames,
    /// The oldest a token may get; `None` rotates whatever its age.
    pub max_age: Option<Duration>,
    /// How long the old token stays beside the new one; `None` for what an open rotation was begun with, else
    /// [`PROPAGATION`].
    pub propagation: Option<Duration>,
    /// The check command.
    pub check: Option<String>,
    /// The after command.
    pub after: Option<String>,
    /// Whether Twilio is asked not to tell the account's owners by mail.
    pub suppress_email: bool,
    /// Whether a secondary token that is there is taken up, rather than one made.
    pub adopt: bool,
    /// How far to go.
    pub goal: Goal,
    /// Who runs, for the lock.
    pub owner: Owner,
}

/// What one call did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Report {
    /// Nothing was due.
    NotDue {
        /// The token.
        token: Fingerprint,
        /// When it will be due.
        due: Timestamp,
    },
    /// Both tokens work, and every sink holds both.
    Staged {
        /// The rotation.
        rotation: RotationId,
        /// The token in force.
        old: Fingerprint,
        /// The token that waits to be promoted.
        new: Option<Fingerprint>,
        /// The sinks.
        sinks: Vec<String>,
        /// Whether somebody was asked for the promote and said no.
        declined: bool,
    },
    /// The new token is in force; the old one is still beside it in the sinks.
    Propagating {
        /// The rotation.
        rotation: RotationId,
        /// The old token, which is dead.
        old: Fingerprint,
        /// The token in force.
        new: Option<Fingerprint>,
        /// When the old token may be taken out.
        clear_at: Timestamp,
        /// Whether this run promoted or switched; otherwise it only looked.
        switched: bool,
        /// Keys that worked before the promote and not after it.
        keys_refused: Vec<KeySid>,
        /// Whether the old token was still accepted after the promote.
        old_lives_on: bool,
    },
    /// A rotation came to its end.
    Ended {
        /// The rotation.
        rotation: RotationId,
        /// The old token.
        old: Fingerprint,
        /// The new token.
        new: Option<Fingerprint>,
        /// How.
        outcome: Outcome,
        /// Keys that worked before the promote and not after it.
        keys_refused: Vec<KeySid>,
        /// Whether the old token was still accepted after the promote.
        old_lives_on: bool,
    },
    /// Another run did it in the meantime.
    AlreadyDone {
        /// That rotation.
        rotation: RotationId,
        /// The token it replaced.
        old: Fingerprint,
        /// The token in force.
        new: Option<Fingerprint>,
    },
    /// The secondary token, which no rotation of this machine knew, was deleted.
    Deleted {
        /// The token in force.
        token: Fingerprint,
    },
}

/// What one call did, and the new token where it was made and not promoted.
#[derive(Debug)]
pub struct Done {
    /// What it did.
    pub report: Report,
    /// The token that waits to be promoted.
    pub token: Option<Secret>,
}

impl From<Report> for Done {
    fn from(report: Report) -> Self {
        Self { report, token: None }
    }
}

impl Report {
    /// Whether this run changed anything.
    #[must_use]
    pub fn changed(&self) -> bool {
        !matches!(self, Self::NotDue { .. } | Self::Propagating { switched: false, .. } | Self::AlreadyDone { .. })
    }

    /// The keys that a promote left broken.
    #[must_use]
    pub fn keys_refused(&self) -> &[KeySid] {
        match self {
            Self::Propagating { keys_refused, .. } | Self::Ended { keys_refused, .. } => keys_refused,
            _ => &[],
        }
    }

    /// The report on a rotation that was taken as far as it goes now.
    #[must_use]
    pub fn of(rotation: &TokenRotation, reached: &Reached, switched: bool) -> Self {
        let begun = rotation.begun();
        let (id, old, new) = (begun.id.clone(), begun.old.clone(), rotation.new_token().cloned());
        let (keys_refused, old_lives_on) = (rotation.keys_refused().to_vec(), rotation.old_lives_on());
        match reached {
            Reached::Staged | Reached::Declined => {
                let used = rotation.places().iter().filter(|place| !place.dropped);
                let sinks = used.map(|place| place.sink.clone()).collect();
                Self::Staged { rotation: id, old, new, sinks, declined: *reached == Reached::Declined }
            }
            Reached::Propagating(clear_at) => {
                Self::Propagating { rotation: id, old, new, clear_at: *clear_at, switched, keys_refused, old_lives_on }
            }
            Reached::End(outcome) => {
                Self::Ended { rotation: id, old, new, outcome: *outcome, keys_refused, old_lives_on }
            }
        }
    }
}

/// Does what is due: goes on with what is open, or starts a rotation, or nothing.
///
/// # Errors
/// See [`Error`]; what had been reached is in the journal, and the same call goes on from there.
pub async fn rotate<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Done, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return go_on(world, ledger, tokens, request, &open, lock).await;
    }
    if let Some(done) = done_meanwhile(ledger, request)? {
        let (rotation, old) = (done.begun().id.clone(), done.begun().old.clone());
        return Ok(Report::AlreadyDone { rotation, old, new: done.new_token().cloned() }.into());
    }
    let begun = match prepare(world, ledger, tokens, request).await? {
        Prepared::NotDue { due } => return Ok(Report::NotDue { token: in_hand(request)?.fingerprint(), due }.into()),
        Prepared::Due(begun) => *begun,
    };
    let taken = ledger.begin_token(&begun)?;
    let held = (lock, request.owner.clone());
    let mut rotator = Rotator::new(world, tokens, ledger, taken, request.hand.clone(), held)?;
    rotator.look_into(&request.sinks, &request.without);
    let reached = rotator.run(request.goal).await?;
    done(&mut rotator, &reached, true)
}

fn done<T: Tokens>(rotator: &mut Rotator<'_, T>, reached: &Reached, switched: bool) -> Result<Done, Error> {
    let token = if *reached == Reached::Staged { rotator.reveal()? } else { None };
    Ok(Done { report: Report::of(rotator.rotation(), reached, switched), token })
}

async fn go_on<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    open: &TokenRotation,
    lock: Lock,
) -> Result<Done, Error> {
    let taken = ledger.resume_token(&open.begun().id)?;
    let was = taken.1.current();
    let held = (lock, request.owner.clone());
    let mut rotator = Rotator::new(world, tokens, ledger, taken, request.hand.clone(), held)?;
    rotator.look_into(&request.sinks, &request.without);
    rotator.leave_out(&request.without)?;
    rotator.take_hooks(request.check.as_ref(), request.after.as_ref())?;
    rotator.propagate(request.propagation);
    if rotator.rotation().back().is_none() {
        for sink in request.sinks.iter().filter(|sink| !holders::is_among(sink, &request.without)) {
            let used = rotator.rotation().places().iter().filter(|place| !place.dropped);
            if !holders::is_among(sink, used.map(|place| &place.sink)) {
                rotator.add_sink(sink)?;
            }
        }
    }
    tell_what_is_kept(world, rotator.rotation(), request);
    let reached = rotator.run(request.goal).await?;
    let switched = rotator.rotation().current() != was;
    done(&mut rotator, &reached, switched)
}

/// What an open rotation was begun with stays; a flag that says otherwise must not be dropped without a word.
fn tell_what_is_kept(world: &World<'_>, rotation: &TokenRotation, request: &Request) {
    let (begun, propagation) = (rotation.begun(), request.propagation.map(|wanted| wanted.as_secs()));
    let kept = [
        (
            "--propagation",
            rotation.current().is_some() && propagation.is_some_and(|wanted| wanted != begun.propagation),
        ),
        ("--secondary-suffix or --previous-suffix", request.names != begun.names),
        ("--suppress-email", request.suppress_email && !begun.suppress_email),
    ];
    for (flag, _) in kept.into_iter().filter(|(_, kept)| *kept) {
        // Nothing is stopped by it.
        let _ = (world.watch)(&Event::Kept(rotation, flag));
    }
}

/// The rotation of this very token that another run brought to its end after this one had started.
fn done_meanwhile(ledger: &Ledger, request: &Request) -> Result<Option<TokenRotation>, Error> {
    let hand = in_hand(request)?.fingerprint();
    Ok(ledger.tokens()?.0.into_iter().rfind(|rotation| {
        let begun = rotation.begun();
        begun.endpoint == request.endpoint
            && begun.account == request.account
            && (begun.old == hand || rotation.new_token() == Some(&hand))
            && rotation.outcome() == Some(Outcome::Rotated)
            && rotation.last() >= request.owner.started
    }))
}

/// The plan that [`rotate`] would obey now. Asks Twilio, changes nothing.
///
/// # Errors
/// The same that would stop a real run before anything is made.
pub async fn dry_run<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Plan, Error> {
    let plan = |begun: &Begun, promoted, decision: Decision| Plan {
        account: begun.account.clone(),
        token: begun.old.clone(),
        promoted,
        sinks: begun.sinks.clone(),
        keys: begun.keys.clone(),
        propagation_seconds: begun.propagation,
        max_age_seconds: request.max_age.map(|age| age.as_secs()),
        steps: if decision == Decision::Rotate { plan::steps(begun) } else { Vec::new() },
        decision,
    };
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return Ok(plan(open.begun(), open.promoted(), plan::decide_open(&open, (world.clock)())));
    }
    let old = in_hand(request)?;
    prove(world, tokens, old, &request.names).await?;
    let promoted = promoted(ledger, tokens, request, old).await?;
    match decide(world, request, &promoted)? {
        Decision::Rotate => {
            let begun = begin(world, ledger, tokens, request, old).await?;
            Ok(plan(&begun, promoted.ok(), Decision::Rotate))
        }
        other => {
            let begun = blank(world, request, old, Vec::new())?;
            Ok(plan(&begun, promoted.ok(), other))
        }
    }
}

enum Prepared {
    NotDue { due: Timestamp },
    Due(Box<Begun>),
}

/// What must be true before anything is made. Nothing here changes anything.
async fn prepare<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Prepared, Error> {
    let old = in_hand(request)?;
    prove(world, tokens, old, &request.names).await?;
    if request.max_age.is_some() {
        let promoted = promoted(ledger, tokens, request, old).await?;
        if let Decision::NotDue { due } = decide(world, request, &promoted)? {
            return Ok(Prepared::NotDue { due });
        }
    }
    Ok(Prepared::Due(Box::new(begin(world, ledger, tokens, request, old).await?)))
}

fn in_hand(request: &Request) -> Result<&Secret, Error> {
    request.hand.first().ok_or_else(|| Cause::NoSecondary("found").into())
}

/// Proves that the token in hand is the account's primary, and that the clocks agree.
async fn prove<T: Tokens>(world: &World<'_>, tokens: &T, old: &Secret, names: &TokenNames) -> Result<(), Cause> {
    let what = || format!("the token in hand ({})", old.fingerprint());
    let said =
        tokens.verify(old).await.map_err(|source| Cause::Twilio { doing: "verifying the token in hand", source })?;
    match said {
        (Liveness::Live, Standing::Secondary) => {
            return Err(Cause::InHandIsSecondary { print: old.fingerprint(), names: names.clone() });
        }
        (Liveness::Live, Standing::Primary | Standing::Unknown) => {}
        (Liveness::Rejected(said), _) => return Err(Cause::Rejected { what: what(), said }),
        (Liveness::Unclear(said), _) => return Err(Cause::Unclear { what: what(), said }),
    }
    let (here, Some(there)) = ((world.clock)(), tokens.server_time()) else { return Ok(()) };
    let (by, direction) =
        if here > there { (time::since(there, here), "ahead of") } else { (time::since(here, there), "behind") };
    if by > SKEW { Err(Cause::Clock { by: time::show_duration(by), direction }) } else { Ok(()) }
}

/// When the token was last promoted: as the journal says, else as Twilio's events do; else why that is not known.
async fn promoted<T: Tokens>(
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    old: &Secret,
) -> Result<Result<Timestamp, String>, Error> {
    if let Some(at) = ledger.last_promoted(&request.endpoint, &request.account)? {
        return Ok(Ok(at));
    }
    Ok(match tokens.events(old, None).await {
        Ok(events) => {
            let mut promoted = events.iter().filter(|event| event.change == TokenEventKind::Promoted);
            promoted.next().map(|event| event.at).ok_or_else(|| "Twilio's events tell of no promotion".to_owned())
        }
        Err(error) => Err(format!("Twilio's events cannot be read ({error})")),
    })
}

fn decide(world: &World<'_>, request: &Request, promoted: &Result<Timestamp, String>) -> Result<Decision, Cause> {
    let known = promoted.as_ref().ok().copied();
    plan::decide(request.max_age, known, (world.clock)())
        .ok_or_else(|| Cause::UnknownAge(promoted.as_ref().err().cloned().unwrap_or_default()))
}

/// Probes every sink, tries every known key, and makes the first record of it.
async fn begin<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    old: &Secret,
) -> Result<Begun, Error> {
    let names = all_sinks(world, ledger, request, old)?;
    let opened: Vec<Box<dyn Sink>> = names.iter().map(|name| open(world, name)).collect::<Result<_, Cause>>()?;
    for sink in &opened {
        if !request.adopt {
            let probed = sink.probe_tokens(&target(request), old);
            probed.map_err(|source| {
                holders::refused(ledger, &request.endpoint, sink.as_ref(), &target(request), source)
            })?;
        }
    }
    let mut keys = Vec::new();
    for pair in known::pairs(opened.iter().map(AsRef::as_ref), &request.account) {
        let said = tokens.verify_key(&pair).await;
        let said = said.map_err(|source| Cause::Twilio { doing: "verifying a key", source })?;
        if said == Liveness::Live && !keys.contains(&pair.sid) {
            keys.push(pair.sid);
        }
    }
    Ok(Begun { sinks: names, ..blank(world, request, old, keys)? })
}

fn blank(world: &World<'_>, request: &Request, old: &Secret, keys: Vec<KeySid>) -> Result<Begun, Cause> {
    let mut random = [0; 6];
    (world.random)(&mut random).map_err(Cause::Random)?;
    Ok(Begun {
        id: RotationId::new(random),
        at: (world.clock)(),
        endpoint: request.endpoint.clone(),
        account: request.account.clone(),
        old: old.fingerprint(),
        adopted: request.adopt,
        sinks: request.sinks.clone(),
        names: request.names.clone(),
        propagation: request.propagation.unwrap_or(PROPAGATION).as_secs(),
        check: request.check.clone(),
        after: request.after.clone(),
        suppress_email: request.suppress_email,
        keys,
    })
}

/// The sinks that were asked for, and those in which an earlier rotation left the token and that hold it still: one of
/// several projects that share a token must not be rotated from under the others.
fn all_sinks(world: &World<'_>, ledger: &Ledger, request: &Request, old: &Secret) -> Result<Vec<String>, Cause> {
    let mut names = request.sinks.clone();
    for name in ledger.token_sinks(&request.endpoint, &request.account)? {
        if holders::is_among(&name, names.iter().chain(&request.without)) {
            continue;
        }
        let sink = open(world, &name)?;
        if sink.is_away() {
            return Err(Cause::Away { sink: name });
        }
        match sink.load_tokens(&target(request)) {
            Ok(crate::sinks::LoadedTokens::Held(held)) if held.iter().any(|token| token.value == *old) => {
                names.push(name);
            }
            Ok(crate::sinks::LoadedTokens::WriteOnly) => names.push(name),
            Ok(_) => {}
            Err(source) => return Err(Cause::Sink { sink: name, doing: "looking for the token in", source }),
        }
    }
    Ok(names)
}

fn open(world: &World<'_>, name: &str) -> Result<Box<dyn Sink>, Cause> {
    (world.open_sink)(name).map_err(|source| Cause::Sink { sink: name.to_owned(), doing: "opening", source })
}

fn target(request: &Request) -> TokenTarget {
    TokenTarget { account: request.account.clone(), names: request.names.clone() }
}

/// Takes an open rotation back: the new token out of every sink, and the secondary deleted.
///
/// # Errors
/// [`Error::NotNow`] if it is not open any more, or its new token is promoted; else as [`Rotator::run`].
pub async fn undo<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    id: &RotationId,
    (why, any): (Why, bool),
) -> Result<Report, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    let taken = ledger.resume_token(id)?;
    let not_now = |why| Err(Error::NotNow { id: id.clone(), why });
    if taken.1.outcome().is_some() {
        return not_now("has ended");
    }
    if taken.1.promoted().is_some() {
        return not_now(NO_WAY_BACK);
    }
    let turning = taken.1.back().is_some();
    let held = (lock, request.owner.clone());
    let mut rotator = Rotator::new(world, tokens, ledger, taken, request.hand.clone(), held)?;
    rotator.look_into(&request.sinks, &request.without);
    rotator.leave_out(&request.without)?;
    if any {
        rotator.delete_any();
    }
    if !turning {
        rotator.turn_back(why).await?;
    }
    let reached = rotator.run(request.goal).await?;
    Ok(Report::of(rotator.rotation(), &reached, true))
}

/// Takes up the secondary token that a sink holds, takes it out of every sink, and deletes it.
///
/// # Errors
/// If none is held that works, or one was begun meanwhile; else as [`Rotator::run`].
pub async fn adopt_and_undo<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Report, Error> {
    let lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return Err(Error::NotNow { id: open.begun().id.clone(), why: "was begun meanwhile" });
    }
    let old = in_hand(request)?;
    prove(world, tokens, old, &request.names).await?;
    if !any_works(tokens, &request.hand).await? {
        // What the sinks hold is dead: it is not the one that Twilio has.
        make_sure_unheld(world, ledger, tokens, request, &[]).await?;
        return delete_proven(tokens, request, old).await;
    }
    // It is taken out of the named sinks alone.
    make_sure_unheld(world, ledger, tokens, request, &request.sinks).await?;
    let begun = Begun { adopted: true, ..blank(world, request, old, Vec::new())? };
    let taken = ledger.begin_token(&begun)?;
    let held = (lock, request.owner.clone());
    let mut rotator = Rotator::new(world, tokens, ledger, taken, request.hand.clone(), held)?;
    rotator.look_into(&request.sinks, &request.without);
    rotator.take_up().await?;
    rotator.turn_back(Why::Rollback).await?;
    let reached = rotator.run(request.goal).await?;
    Ok(Report::of(rotator.rotation(), &reached, true))
}

/// Deletes a secondary token that nothing here knows, by the user's word. The token in hand must be the primary: it signs
/// the request, and stays.
///
/// # Errors
/// If it is not, or there is no secondary, or Twilio could not be asked.
pub async fn delete_unknown<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Report, Error> {
    let _lock = ledger.lock_token(&request.account, &request.owner)?;
    if let Some(open) = ledger.open_token(&request.endpoint, &request.account)? {
        return Err(Error::NotNow { id: open.begun().id.clone(), why: "was begun meanwhile" });
    }
    let old = in_hand(request)?;
    prove(world, tokens, old, &request.names).await?;
    make_sure_unheld(world, ledger, tokens, request, &[]).await?;
    delete_proven(tokens, request, old).await
}

/// Fails if a place that is named or known holds the secondary token, under whatever name; in the sinks that `own` names it
/// may wait.
///
/// # Errors
/// [`Cause::StillHeld`], or if a place cannot be looked into, or Twilio could not be asked.
pub async fn make_sure_unheld<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    own: &[String],
) -> Result<(), Error> {
    let target = target(request);
    let (named, without) = (&request.sinks, &request.without);
    let places = Places { endpoint: &request.endpoint, named, without, but: &[], target: &target };
    let opened = holders::open(world, ledger, places)?;
    let places = holders::of_secondary(tokens, in_hand(request)?, &request.hand, &opened, own, &target).await?.places;
    if places.is_empty() { Ok(()) } else { Err(Cause::StillHeld { places }.into()) }
}

/// Whether a token other than the first works, beside it.
async fn any_works<T: Tokens>(tokens: &T, hand: &[Secret]) -> Result<bool, Cause> {
    for token in hand.iter().skip(1) {
        let said = tokens.verify(token).await;
        let said = said.map_err(|source| Cause::Twilio { doing: "verifying a token", source })?;
        if said.0 == Liveness::Live {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn delete_proven<T: Tokens>(tokens: &T, request: &Request, old: &Secret) -> Result<Report, Error> {
    let deleted = tokens.delete(old, request.suppress_email).await;
    let deleted = deleted.map_err(|source| Cause::Twilio { doing: "deleting the secondary token", source })?;
    match deleted {
        SecondaryDeletion::Deleted => Ok(Report::Deleted { token: old.fingerprint() }),
        SecondaryDeletion::Absent => Err(Cause::NoSecondary("deleted").into()),
    }
}

/// Whether a secondary token is outstanding, as far as Twilio's events tell; an error is the reason why they do not.
///
/// # Errors
/// As any request.
pub async fn outstanding<T: Tokens>(tokens: &T, with: &Secret) -> Result<api::Outstanding, api::Error> {
    tokens.events(with, None).await.map(|events| api::outstanding(&events))
}
