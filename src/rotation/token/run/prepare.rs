//! What must be true before anything is made, and the plan that follows from it. Nothing here changes anything.

use super::{PROPAGATION, Request};
use crate::api::{self, TokenEventKind};
use crate::model::time::{self, Timestamp};
use crate::model::{KeySid, RotationId, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::ledger::Ledger;
use crate::rotation::preflight::SKEW;
use crate::rotation::token::error::{Cause, Error};
use crate::rotation::token::plan::{self, Decision, Plan};
use crate::rotation::token::record::Begun;
use crate::rotation::token::rotator::{Pause, TWICE, World, still_called_secondary};
use crate::rotation::token::tokens::{Standing, Tokens};
use crate::rotation::token::{holders, known};
use crate::sinks::{LoadedTokens, Sink, TokenRole, TokenTarget, is_among};

/// The plan that [`super::rotate`] would obey now. Asks Twilio, changes nothing.
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
        let plan = plan(open.begun(), open.promoted(), plan::decide_open(&open, (world.clock)()));
        return Ok(Plan { propagation_seconds: open.propagation().as_secs(), ..plan });
    }
    let old = in_hand(request)?;
    prove(world, ledger, tokens, request, old).await?;
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

/// What [`prepare`] found.
pub(super) enum Prepared {
    NotDue { due: Timestamp },
    Due(Box<Begun>),
}

/// What must be true before anything is made. Nothing here changes anything.
pub(super) async fn prepare<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
) -> Result<Prepared, Error> {
    let old = in_hand(request)?;
    prove(world, ledger, tokens, request, old).await?;
    if request.max_age.is_some() {
        let promoted = promoted(ledger, tokens, request, old).await?;
        if let Decision::NotDue { due } = decide(world, request, &promoted)? {
            return Ok(Prepared::NotDue { due });
        }
    }
    Ok(Prepared::Due(Box::new(begin(world, ledger, tokens, request, old).await?)))
}

pub(super) fn in_hand(request: &Request) -> Result<&Secret, Error> {
    request.hand.first().ok_or_else(|| Cause::NoSecondary("found").into())
}

/// Proves that the token in hand is the account's primary, and that the clocks agree. One that a rotation of this machine
/// promoted last is waited for: that Twilio still calls it the secondary is stale, for seconds.
pub(super) async fn prove<T: Tokens>(
    world: &World<'_>,
    ledger: &Ledger,
    tokens: &T,
    request: &Request,
    old: &Secret,
) -> Result<(), Error> {
    let what = || format!("the token in hand ({})", old.fingerprint());
    let (mut pause, mut is_promoted) = (Pause::new(world.patience), None);
    loop {
        let said = tokens
            .verify(old)
            .await
            .map_err(|source| Cause::Twilio { doing: "verifying the token in hand", source })?;
        match said {
            (Liveness::Live, Standing::Secondary) => {
                let was_promoted = match is_promoted {
                    Some(known) => known,
                    None => ledger.is_last_promoted(&request.endpoint, &request.account, &old.fingerprint())?,
                };
                is_promoted = Some(was_promoted);
                if !was_promoted {
                    let (print, names) = (old.fingerprint(), request.names.clone());
                    return Err(Cause::InHandIsSecondary { print, names }.into());
                }
                if !pause.wait().await {
                    return Err(still_called_secondary(what()).into());
                }
            }
            (Liveness::Live, Standing::Primary | Standing::Unknown) => break,
            (Liveness::Rejected(said), _) => return Err(Cause::Rejected { what: what(), said }.into()),
            (Liveness::Unclear(said), _) => return Err(Cause::Unclear { what: what(), said }.into()),
        }
    }
    expect_same_time(world, tokens)?;
    Ok(())
}

/// Fails if the clocks of this machine and of Twilio's last answer do not agree.
fn expect_same_time<T: Tokens>(world: &World<'_>, tokens: &T) -> Result<(), Cause> {
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
    let target = target(request);
    let new = if request.adopt { Some(secondary(tokens, request, old, &opened).await?) } else { None };
    for sink in &opened {
        let probed = sink.probe_tokens(&target, old, new.as_ref());
        probed.map_err(|source| holders::refused(ledger, &request.endpoint, sink.as_ref(), &target, source))?;
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

/// The secondary token that is to be taken up: the one in hand, or one that a sink holds.
async fn secondary<T: Tokens>(
    tokens: &T,
    request: &Request,
    old: &Secret,
    opened: &[Box<dyn Sink>],
) -> Result<Secret, Error> {
    let target = target(request);
    let held = opened.iter().flat_map(|sink| holders::held(sink.as_ref(), &target));
    let staged = held.filter(|token| token.role == TokenRole::Secondary).map(|token| token.value);
    let mut asked = vec![old.clone()];
    for token in request.hand.iter().cloned().chain(staged) {
        if asked.contains(&token) {
            continue;
        }
        // A refusal may be wrong, once.
        let mut pause = Pause::new(TWICE);
        loop {
            let said = tokens.verify(&token).await;
            match said.map_err(|source| Cause::Twilio { doing: "verifying a token", source })? {
                (Liveness::Live, Standing::Secondary | Standing::Unknown) => return Ok(token),
                (Liveness::Rejected(_), _) if pause.wait().await => {}
                (Liveness::Live, Standing::Primary) | (Liveness::Rejected(_), _) => break,
                (Liveness::Unclear(said), _) => {
                    return Err(Cause::Unclear { what: "the secondary token".into(), said }.into());
                }
            }
        }
        asked.push(token);
    }
    let since = match tokens.events(old, None).await.map(|events| api::outstanding(&events)) {
        Ok(api::Outstanding::Yes { since }) => Some(since),
        Ok(api::Outstanding::No { .. } | api::Outstanding::Unknown) | Err(_) => None,
    };
    Err(Cause::NoneInHand { since, names: request.names.clone() }.into())
}

pub(super) fn blank(world: &World<'_>, request: &Request, old: &Secret, keys: Vec<KeySid>) -> Result<Begun, Cause> {
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
        signer: Some(Box::new(world.signer.clone())),
    })
}

/// The sinks that were asked for, and those in which an earlier rotation left the token and that hold it still: one of
/// several projects that share a token must not be rotated from under the others.
fn all_sinks(world: &World<'_>, ledger: &Ledger, request: &Request, old: &Secret) -> Result<Vec<String>, Cause> {
    let mut names = request.sinks.clone();
    for name in ledger.token_sinks(&request.endpoint, &request.account)? {
        if is_among(&name, names.iter().chain(&request.without)) {
            continue;
        }
        let sink = open(world, &name)?;
        if sink.is_away() {
            return Err(Cause::Away { sink: name });
        }
        match sink.load_tokens(&target(request)) {
            Ok(LoadedTokens::Held(held)) if held.iter().any(|token| token.value == *old) => {
                names.push(name);
            }
            Ok(LoadedTokens::WriteOnly) => names.push(name),
            Ok(_) => {}
            Err(source) => return Err(Cause::Sink { sink: name, doing: "looking for the token in", source }),
        }
    }
    Ok(names)
}

fn open(world: &World<'_>, name: &str) -> Result<Box<dyn Sink>, Cause> {
    (world.open_sink)(name).map_err(|source| Cause::Sink { sink: name.to_owned(), doing: "opening", source })
}

pub(super) fn target(request: &Request) -> TokenTarget {
    TokenTarget { account: request.account.clone(), names: request.names.clone() }
}
