//! `twcred sink push` for an Auth Token: sinks that were passed over get the one in force.
//!
//! Nothing is lost by it: the token is proved first, and only one that a rotation of this machine has replaced gives way. One
//! that Twilio merely rejects may be of another account or region, and work there.

use super::places::{OwnedToken, load_tokens};
use super::push::Row;
use crate::cli::commands::token::engine::Engine;
use crate::cli::commands::token::hand::{self, Hand};
use crate::cli::config::Source;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::model::Secret;
use crate::rotation::keys::Liveness;
use crate::rotation::token::tokens::{Standing, Tokens as _};
use crate::sinks::{self, HeldToken, LoadedTokens, Options, Spec, TokenChange, TokenRole};
use crate::store::profiles::Site;

/// A sink that is to be written.
#[derive(PartialEq)]
struct Write {
    sink: String,
    /// The dead tokens that give way; none where the sink gives nothing back.
    stale: Vec<Secret>,
}

impl Write {
    fn shown(&self) -> String {
        let holds = if self.stale.is_empty() { "cannot be read" } else { "holds one that was replaced" };
        format!("{} ({holds})", self.sink)
    }
}

struct Job<'a> {
    token: &'a OwnedToken,
    hand: &'a Hand,
    /// The sink the token is taken from.
    from: String,
    current: Secret,
    context: &'a Context,
    engine: Engine<'a>,
}

/// Puts the token of a target's first sink, or of `from`, into the others.
///
/// # Errors
/// Exit 4 if the token is rejected, 5 if a rotation is under way, 3 if a sink holds another token that works or is not
/// known to be dead; else as the sinks say.
pub(super) fn push(
    target: &str,
    token: &OwnedToken,
    from: Option<&Spec>,
    context: &Context,
) -> Result<Vec<Row>, Failure> {
    let other = from.map(|spec| other_source(spec, token, context)).transpose()?;
    let (from, hand) = match &other {
        Some((name, hand)) => (name.clone(), hand),
        None => (token.sinks.first().cloned().unwrap_or_default(), &token.hand),
    };
    let current =
        hand.tokens().first().cloned().ok_or_else(|| Failure::usage(format!("{from} holds no Auth Token")))?;
    let job = Job { token, hand, from, current, context, engine: Engine::new(context, hand)? };
    let row = |sink: &String, written: bool| Row {
        target: target.to_owned(),
        sink: sink.clone(),
        result: if written { "written" } else { "unchanged" },
    };
    let seen = job.look(target)?;
    if !seen.is_empty() {
        let names: Vec<String> = seen.iter().map(Write::shown).collect();
        if !context.ui.confirm(format!("Put the token {} into {}", job.current.fingerprint(), names.join(", ")))? {
            return Err(Failure::failed("the answer was no; nothing was written"));
        }
        let lock = job.engine.ledger().lock_token(&hand.account, &job.engine.owner("sink push"));
        let _lock = lock.map_err(|error| job.engine.blame(error))?;
        if job.look(target)? != seen {
            return Err(Failure::failed("something changed while the question was open; nothing was written")
                .hint("run the same command again"));
        }
        for write in &seen {
            if let Some(exit) = interrupt::heard() {
                return Err(interrupt::interrupted(exit));
            }
            job.write(write)?;
        }
    }
    Ok(token.sinks.iter().map(|sink| row(sink, seen.iter().any(|write| write.sink == *sink))).collect())
}

fn other_source(spec: &Spec, token: &OwnedToken, context: &Context) -> Result<(String, Hand), Failure> {
    let spec = spec.absolute(&env::here().doing("cannot tell where I am")?)?;
    let name = spec.to_string();
    if !token.sinks.contains(&name) {
        return Err(Failure::usage(format!("{name} is no sink of the target"))
            .hint(format!("its sinks are {}", token.sinks.join(", "))));
    }
    let hand = hand::of_source(context, &Source::of(&spec), &token.names, Some(&token.hand.account))?;
    Ok((name, hand))
}

impl Job<'_> {
    /// Looks, asks Twilio about every token that is concerned, and changes nothing.
    fn look(&self, target: &str) -> Result<Vec<Write>, Failure> {
        if let Some(open) = self.engine.ledger().open_token(&self.engine.endpoint(), &self.hand.account)? {
            let id = &open.begun().id;
            return Err(Failure::new(Exit::Incomplete, format!("rotation {id} is under way")).hint(format!(
                "run again to continue it: twcred token rotate {target}, or `twcred rotation resume {id}`"
            )));
        }
        let from = &self.from;
        match self.ask(&self.current, from)? {
            (Liveness::Live, Standing::Secondary) => {
                return Err(Failure::usage(format!("the token that {from} holds is the secondary one")).hint(
                    "nothing was written; `twcred token promote` puts it in force, `twcred token delete` deletes it",
                ));
            }
            (Liveness::Live, Standing::Primary | Standing::Unknown) => {}
            (Liveness::Rejected(said), _) => {
                return Err(Failure::new(Exit::Refused, format!("Twilio rejects the token that {from} holds: {said}"))
                    .hint("nothing was written; --from SINK takes the token from another sink of the target"));
            }
            (Liveness::Unclear(said), _) => return Err(unclear(from, &said)),
        }
        let mut writes = Vec::new();
        for sink in self.token.sinks.iter().filter(|sink| **sink != self.from) {
            writes.extend(self.judge(sink)?);
        }
        Ok(writes)
    }

    /// Whether a sink is to be written: not if it holds the token, and never over one that works.
    fn judge(&self, sink: &str) -> Result<Option<Write>, Failure> {
        let account = &self.hand.account;
        let held = match load_tokens(sink, &self.token.target(), self.context)? {
            LoadedTokens::WriteOnly => return Ok(Some(Write { sink: sink.to_owned(), stale: Vec::new() })),
            LoadedTokens::Held(held) => held,
            LoadedTokens::Absent => Vec::new(),
        };
        let held: Vec<HeldToken> = held.into_iter().filter(|token| token.role == TokenRole::Current).collect();
        if held.is_empty() {
            return Err(Failure::usage(format!(
                "{sink} holds no Auth Token of {account}, and one is put only in the place of another"
            ))
            .hint("write the token there once by hand: after that every rotation keeps it"));
        }
        let mut stale: Vec<Secret> = Vec::new();
        for held in held.iter().filter(|held| held.value != self.current) {
            let place = &held.place;
            match self.ask(&held.value, sink)?.0 {
                Liveness::Rejected(_) if self.is_known_dead(held)? => {}
                Liveness::Rejected(_) => {
                    return Err(Failure::new(
                        Exit::Findings,
                        format!("{place} holds a token that no rotation of this machine has replaced: it may work elsewhere"),
                    )
                    .hint("nothing was written; put the token in force there by hand, once that one is kept or known to be dead"));
                }
                Liveness::Live => {
                    let what = format!("{place} holds another token, which works: it would be lost");
                    return Err(Failure::new(Exit::Findings, what).hint(
                        "nothing was written; `twcred token promote` puts a secondary in force, `twcred token delete` deletes it",
                    ));
                }
                Liveness::Unclear(said) => return Err(unclear(sink, &said)),
            }
            if !stale.contains(&held.value) {
                stale.push(held.value.clone());
            }
        }
        Ok((!stale.is_empty()).then(|| Write { sink: sink.to_owned(), stale }))
    }

    /// Whether a rotation of this machine has replaced a token.
    fn is_known_dead(&self, held: &HeldToken) -> Result<bool, Failure> {
        let (print, endpoint) = (held.value.fingerprint(), self.engine.endpoint());
        Ok(self.engine.ledger().tokens()?.0.iter().any(|rotation| {
            let begun = rotation.begun();
            let same = begun.account == self.hand.account && begun.endpoint == endpoint && begun.old == print;
            same && rotation.promoted().is_some()
        }))
    }

    fn ask(&self, token: &Secret, sink: &str) -> Result<(Liveness, Standing), Failure> {
        interrupt::block_on(async { self.engine.tokens().verify(token).await.doing(untold(sink)) })
    }

    /// Writes one sink and reads it back.
    fn write(&self, write: &Write) -> Result<(), Failure> {
        let Write { sink, stale } = write;
        let (region, edge) = (self.hand.region.clone(), self.hand.edge.clone());
        let site = Site { endpoint: self.engine.endpoint(), region, edge };
        let options = Options { create: false, ..self.context.sink_options(Some(site)) };
        let opened = sinks::open(&Spec::parse(sink)?, &options)?;
        // One that gives nothing back is told what it is to hold.
        let blind = if stale.is_empty() { vec![self.current.clone()] } else { Vec::new() };
        for stale in stale.iter().chain(&blind) {
            let change = TokenChange::Renew { stale: stale.clone(), current: self.current.clone() };
            opened.store_tokens(&self.token.target(), &change).doing(format!("cannot write {sink}"))?;
        }
        self.context.ui.note(format!("wrote {sink}"));
        match load_tokens(sink, &self.token.target(), self.context)? {
            LoadedTokens::WriteOnly => Ok(()),
            LoadedTokens::Held(held)
                if held.iter().all(|held| held.role != TokenRole::Current || held.value == self.current) =>
            {
                Ok(())
            }
            _ => Err(Failure::new(Exit::Findings, format!("{sink} does not hold what was stored in it"))),
        }
    }
}

fn untold(sink: &str) -> String {
    format!("whether the token that {sink} holds works could not be told")
}

fn unclear(sink: &str, said: &str) -> Failure {
    let what = format!("{}: {said}", untold(sink));
    Failure::new(Exit::Temporary, what).hint("nothing was written; run the same command again")
}
