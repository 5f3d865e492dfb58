//! Who holds the secondary token, under whatever name: what something uses is never deleted.
//!
//! Nothing here knows the secondary by its value, and Twilio does not tell it. So every value that may be a token of the
//! account is tried: one that works, and is not the token in force, is the secondary.

use super::error::Cause;
use super::rotator::{World, reading};
use super::tokens::{Standing, Tokens};
use crate::dotenv::EnvFile;
use crate::model::variable::classify;
use crate::model::{Fingerprint, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::ledger::Ledger;
use crate::sinks::{self, LoadedTokens, Sink, Spec, Target, TokenRole, TokenTarget};
use crate::store::file;

/// The length of an Auth Token: 32 hexadecimal digits.
const LENGTH: usize = 32;

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Where Twilio is.
    pub endpoint: &'a str,
    /// The sinks that were named.
    pub named: &'a [String],
    /// Sinks that are left out, by the user's word.
    pub without: &'a [String],
    /// The account, and how the variables beside its token are named.
    pub target: &'a TokenTarget,
}

/// Opens the named sinks, those of earlier rotations, and the profiles of the account. A program or a file that only the
/// rotation of a key was about is passed over if it is not to be had, and so is one that only the caller knows of: a token
/// need not be there.
///
/// # Errors
/// If one cannot be opened, or is not there to be looked into.
pub fn open(world: &World<'_>, ledger: &Ledger, places: Places<'_>) -> Result<Vec<Box<dyn Sink>>, Cause> {
    let account = &places.target.account;
    let mut names = places.named.to_vec();
    names.extend(ledger.token_sinks(places.endpoint, account)?);
    names.extend(world.profiles.iter().cloned());
    let (mut opened, mut known) = (Vec::<Box<dyn Sink>>::new(), Vec::new());
    for name in names {
        if known.contains(&name) || places.without.contains(&name) {
            continue;
        }
        let failed = |source| Cause::Sink { sink: name.clone(), doing: "opening", source };
        let sink = (world.open_sink)(&name).map_err(failed)?;
        if sink.is_away() {
            return Err(Cause::Away { sink: name });
        }
        opened.push(sink);
        known.push(name);
    }
    for name in ledger.sinks_of_account(places.endpoint, account)? {
        if known.contains(&name) || places.without.contains(&name) {
            continue;
        }
        let sink = (world.open_sink)(&name).ok().filter(|sink| sink.spec().kind().target == Target::File);
        opened.extend(sink.filter(|sink| !sink.is_away()));
        known.push(name);
    }
    for name in (world.beside)() {
        let is_it = |known: &String| Spec::parse(known).is_ok_and(|spec| is_same(&spec, &name));
        if known.iter().chain(places.without).any(is_it) {
            continue;
        }
        let sink = (world.open_sink)(&name).ok().filter(|sink| sink.spec().kind().target != Target::Program);
        opened.extend(sink.filter(|sink| !sink.is_away()));
    }
    Ok(opened)
}

/// Whether a name is that of the same file, by whatever path, or of the same profile. A sink tells of all that its file
/// holds, not of its own part alone.
pub(super) fn is_same(spec: &Spec, name: &str) -> bool {
    let Ok(other) = Spec::parse(name) else { return false };
    let real = |spec: &Spec| std::fs::canonicalize(spec.target()).unwrap_or_else(|_| spec.target().into());
    match (spec.kind().target, spec.scheme() == other.scheme()) {
        (_, false) => false,
        (Target::File, true) => real(spec) == real(&other),
        (_, true) => spec.target() == other.target(),
    }
}

/// What holds the secondary token.
#[derive(Debug, Default)]
pub struct Holders {
    /// The places in the sinks.
    pub places: Vec<String>,
    /// The tokens that work as the secondary, wherever they are from: there is one at most, unless it changed meanwhile.
    pub tokens: Vec<Fingerprint>,
}

/// Finds what holds the secondary token: `hand` and the sinks are tried; `old` is the one in force.
///
/// # Errors
/// If a sink cannot be read, or Twilio does not say of a value whether it works.
pub async fn of_secondary<T: Tokens>(
    tokens: &T,
    old: &Secret,
    hand: &[Secret],
    sinks: &[Box<dyn Sink>],
    target: &TokenTarget,
) -> Result<Holders, Cause> {
    let mut candidates = hand.to_vec();
    for sink in sinks {
        match sink.load_tokens(target) {
            Ok(LoadedTokens::Held(held)) => candidates.extend(held.into_iter().map(|held| held.value)),
            // That of a key's rotation, which names the key's variables: what else stands there is found below.
            Ok(LoadedTokens::Absent | LoadedTokens::WriteOnly) | Err(sinks::Error::Fragment { .. }) => {}
            Err(source) => return Err(reading(sink.as_ref(), source)),
        }
        candidates.extend(written(sink.as_ref()));
    }
    let (mut tried, mut found) = (vec![old.clone()], Holders::default());
    for token in candidates {
        if token.is_empty() || tried.contains(&token) {
            continue;
        }
        let said = tokens.verify(&token).await;
        match said.map_err(|source| Cause::Twilio { doing: "verifying a token", source })? {
            (Liveness::Live, Standing::Secondary | Standing::Unknown) => {
                found.places.extend(mentions(sinks.iter().map(AsRef::as_ref), &token)?);
                found.tokens.push(token.fingerprint());
            }
            (Liveness::Live, Standing::Primary) | (Liveness::Rejected(_), _) => {}
            (Liveness::Unclear(said), _) => {
                return Err(Cause::Unclear { what: format!("the token {}", token.fingerprint()), said });
            }
        }
        tried.push(token);
    }
    found.places.sort();
    found.places.dedup();
    Ok(found)
}

/// Where the token stands in these sinks, in any variable: sorted, each place once.
///
/// # Errors
/// If a sink cannot be read.
pub fn mentions<'s>(sinks: impl IntoIterator<Item = &'s dyn Sink>, token: &Secret) -> Result<Vec<String>, Cause> {
    let mut places = Vec::new();
    for sink in sinks {
        let found = sink.mentions_token(token).map_err(|source| reading(sink, source))?;
        places.extend(found.into_iter().map(|place| place.to_string()));
    }
    places.sort();
    places.dedup();
    Ok(places)
}

/// Why a sink cannot take part in a rotation. One that does not hold the token in force may hold the one before it.
pub fn refused(ledger: &Ledger, endpoint: &str, sink: &dyn Sink, target: &TokenTarget, source: sinks::Error) -> Cause {
    let name = sink.spec().to_string();
    let held = match (&source, sink.load_tokens(target)) {
        (sinks::Error::NoToken { .. }, Ok(LoadedTokens::Held(held))) => held,
        _ => Vec::new(),
    };
    let current = || held.iter().filter(|held| held.role == TokenRole::Current).map(|held| held.value.fingerprint());
    let rotations = if held.is_empty() { Vec::new() } else { ledger.tokens().map(|(all, _)| all).unwrap_or_default() };
    let ended = rotations.iter().find(|rotation| {
        let begun = rotation.begun();
        let same = begun.endpoint == endpoint && begun.account == target.account;
        same && rotation.promoted().is_some() && current().any(|print| print == begun.old)
    });
    match ended {
        Some(rotation) => {
            let begun = rotation.begun();
            Cause::Replaced { sink: name, print: begun.old.clone(), id: begun.id.clone() }
        }
        None => Cause::Sink { sink: name, doing: "probing", source },
    }
}

/// Values of an env file that may be tokens by their form, in variables that may be Twilio's by their names: the suffix
/// by which an earlier rotation named one need not be known any more. Another vendor's secret is nobody's to be tried.
fn written(sink: &dyn Sink) -> Vec<Secret> {
    if sink.spec().scheme() != "env" {
        return Vec::new();
    }
    let Ok(read) = file::read(sink.spec().target().as_ref()) else { return Vec::new() };
    let file = EnvFile::parse(read.bytes());
    let may_be_twilios = |name: &str| match classify(name).map(|known| known.role) {
        Some(role) => role.is_token(),
        None => ["TWILIO", "TOKEN"].iter().any(|word| name.to_ascii_uppercase().contains(word)),
    };
    let named = file.assignments().filter(|assignment| may_be_twilios(&assignment.name));
    let values = named.filter_map(|assignment| file.value(assignment));
    values.filter(has_form).collect()
}

#[expect(clippy::disallowed_methods, reason = "to tell its form, of which nothing is shown")]
fn has_form(value: &Secret) -> bool {
    value.len() == LENGTH && value.expose().bytes().all(|byte| byte.is_ascii_hexdigit())
}
