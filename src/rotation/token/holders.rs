//! Who holds the secondary token, under whatever name: what something uses is never deleted.
//!
//! Nothing here knows the secondary by its value, and Twilio does not tell it. So every value that may be a token of the
//! account is tried: one that works, and is not the token in force, is the secondary.

use std::path::Path;
use std::time::Duration;

use super::error::Cause;
use super::rotator::{Pause, World, reading};
use super::tokens::{Standing, Tokens};
use crate::dotenv::EnvFile;
use crate::model::variable::classify;
use crate::model::{Fingerprint, Secret};
use crate::rotation::keys::Liveness;
use crate::rotation::ledger::Ledger;
use crate::sinks::{self, HeldToken, LoadedTokens, Place, Sink, Target, TokenRole, TokenTarget, is_among};
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
    /// Sinks that are not opened here.
    pub but: &'a [String],
    /// The account, and how the variables beside its token are named.
    pub target: &'a TokenTarget,
}

/// What there is to look into.
pub struct Opened {
    /// In these the token may not stand at all.
    pub sinks: Vec<Box<dyn Sink>>,
    /// By the user's word the token may stay in these and die, but not where it is in force. One that is not there is
    /// passed over, and a program is not asked.
    pub left_out: Vec<Box<dyn Sink>>,
}

/// Opens the named sinks, those of earlier rotations, and the profiles of the account. A program or a file that only the
/// rotation of a key was about is passed over if it is not to be had, and so is one that only the caller knows of: a token
/// need not be there.
///
/// # Errors
/// If one cannot be opened, or is not there to be looked into, or the caller cannot tell what there is.
pub fn open(world: &World<'_>, ledger: &Ledger, places: Places<'_>) -> Result<Opened, Cause> {
    let account = &places.target.account;
    let mut names = places.named.to_vec();
    names.extend(ledger.token_sinks(places.endpoint, account)?);
    names.extend(world.profiles.iter().cloned());
    let mut known = Known { names: places.but.to_vec(), without: places.without };
    let mut sinks = Vec::<Box<dyn Sink>>::new();
    for name in names {
        if !known.is_new(&name) {
            continue;
        }
        let failed = |source| Cause::Sink { sink: name.clone(), doing: "opening", source };
        let sink = (world.open_sink)(&name).map_err(failed)?;
        if sink.is_away() {
            return Err(Cause::Away { sink: name });
        }
        sinks.push(sink);
    }
    let there = |name: &String, may: fn(Target) -> bool| {
        let sink = (world.open_sink)(name).ok().filter(|sink| may(sink.spec().kind().target));
        sink.filter(|sink| !sink.is_away())
    };
    for name in ledger.sinks_of_account(places.endpoint, account)? {
        if known.is_new(&name) {
            sinks.extend(there(&name, |kind| kind == Target::File));
        }
    }
    for name in (world.beside)().map_err(Cause::Beside)? {
        if known.is_new(&name) {
            sinks.extend(there(&name, |kind| kind != Target::Program));
        }
    }
    let left_out = places.without.iter().filter_map(|name| there(name, |kind| kind != Target::Program)).collect();
    Ok(Opened { sinks, left_out })
}

/// The names that were met with.
struct Known<'a> {
    names: Vec<String>,
    without: &'a [String],
}

impl Known<'_> {
    /// Whether a sink is none that was met with, and is not left out.
    fn is_new(&mut self, name: &str) -> bool {
        let is_new = !is_among(name, self.names.iter().chain(self.without));
        if is_new {
            self.names.push(name.to_owned());
        }
        is_new
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

/// What was said of every value that may be the secondary.
#[derive(Debug, Default)]
pub struct Tried {
    /// Those that work, and are not the primary: there is one at most, unless it changed meanwhile.
    pub working: Vec<Secret>,
    /// Those that were refused for as long as there was patience, if none works.
    pub refused: Vec<Secret>,
}

/// Tries whatever may be the secondary token: `hand` and what the sinks hold, but for `but`; `old` is the one in force. What
/// is refused is tried again for as long as there is `patience`, all of it together: a token that is young is not known
/// everywhere yet, and what it is would be deleted from under its user.
///
/// # Errors
/// If a sink cannot be read, or Twilio does not say of a value whether it works.
pub async fn tried<T: Tokens>(
    tokens: &T,
    (old, but): (&Secret, &[Secret]),
    hand: &[Secret],
    opened: &Opened,
    target: &TokenTarget,
    patience: Duration,
) -> Result<Tried, Cause> {
    let mut candidates = hand.to_vec();
    for sink in &opened.sinks {
        match sink.load_tokens(target) {
            Ok(LoadedTokens::Held(held)) => candidates.extend(held.into_iter().map(|held| held.value)),
            // That of a key's rotation, which names the key's variables: what else stands there is found below.
            Ok(LoadedTokens::Absent | LoadedTokens::WriteOnly) | Err(sinks::Error::Fragment { .. }) => {}
            Err(source) => return Err(reading(sink.as_ref(), source)),
        }
        candidates.extend(written(sink.as_ref()));
    }
    for sink in &opened.left_out {
        let current = held(sink.as_ref(), target).into_iter().filter(|held| held.role == TokenRole::Current);
        candidates.extend(current.map(|held| held.value));
    }
    let (mut asked, mut working) = (Vec::<Secret>::new(), Vec::new());
    for token in candidates {
        if !token.is_empty() && token != *old && !but.contains(&token) && !asked.contains(&token) {
            asked.push(token);
        }
    }
    let mut pause = Pause::sparse(patience);
    loop {
        let mut refused = Vec::new();
        for token in asked {
            let said = tokens.verify(&token).await;
            match said.map_err(|source| Cause::Twilio { doing: "verifying a token", source })? {
                (Liveness::Live, Standing::Secondary | Standing::Unknown) => working.push(token),
                (Liveness::Live, Standing::Primary) => {}
                (Liveness::Rejected(_), _) => refused.push(token),
                (Liveness::Unclear(said), _) => {
                    return Err(Cause::Unclear { what: format!("the token {}", token.fingerprint()), said });
                }
            }
        }
        // There is one secondary at most.
        if refused.is_empty() || !working.is_empty() || !pause.wait().await {
            return Ok(Tried { working, refused });
        }
        asked = refused;
    }
}

/// Where these tokens stand, which work as the secondary. The sinks that `own` names may hold one as the one that waits: it
/// is taken out of these.
///
/// # Errors
/// If a sink cannot be read.
pub fn holding(
    working: &[Secret],
    (opened, own): (&Opened, &[String]),
    target: &TokenTarget,
) -> Result<Holders, Cause> {
    let mut found = Holders::default();
    for token in working {
        let sinks = || opened.sinks.iter().map(AsRef::as_ref);
        let own = sinks().filter(|sink| own.contains(&sink.spec().to_string()));
        let waiting = expected(own, token, target, &[TokenRole::Secondary]);
        found.places.extend(mentions_but(&waiting, sinks(), token)?);
        found.places.extend(in_force(&opened.left_out, token, target));
        found.tokens.push(token.fingerprint());
    }
    found.places.sort();
    found.places.dedup();
    Ok(found)
}

/// A place, told by what file it is in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spot {
    sink: String,
    at: String,
}

impl Spot {
    fn of(sink: &dyn Sink, place: &Place) -> Self {
        let target = Path::new(sink.spec().target());
        // The name of a link is not that of the file.
        let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let at = place.what.strip_prefix(name).unwrap_or(&place.what).to_owned();
        Self { sink: target_of(sink), at }
    }
}

/// What a sink's places are in: a file, by its path without links, a program or a profile.
pub(super) fn target_of(sink: &dyn Sink) -> String {
    let spec = sink.spec();
    match spec.kind().target {
        Target::File => format!("{}:{}", spec.scheme(), sinks::real(spec.target().as_ref()).display()),
        Target::Program | Target::Profile => format!("{}:{}", spec.scheme(), spec.target()),
    }
}

/// What a sink holds of the account's tokens; nothing if it does not say.
pub(super) fn held(sink: &dyn Sink, target: &TokenTarget) -> Vec<HeldToken> {
    match sink.load_tokens(target) {
        Ok(LoadedTokens::Held(held)) => held,
        Ok(LoadedTokens::Absent | LoadedTokens::WriteOnly) | Err(_) => Vec::new(),
    }
}

/// Where these sinks hold the token in one of these roles, and will have it taken out.
pub(super) fn expected<'s>(
    sinks: impl Iterator<Item = &'s dyn Sink>,
    token: &Secret,
    target: &TokenTarget,
    roles: &[TokenRole],
) -> Vec<Spot> {
    let held = sinks.flat_map(|sink| held(sink, target).into_iter().map(move |held| (sink, held)));
    let found = held.filter(|(_, held)| roles.contains(&held.role) && held.value == *token);
    found.map(|(sink, held)| Spot::of(sink, &held.place)).collect()
}

/// Where the token is in force in sinks that were left out. One that cannot be read holds nothing that could be told.
pub(super) fn in_force(left_out: &[Box<dyn Sink>], token: &Secret, target: &TokenTarget) -> Vec<String> {
    let found = left_out.iter().flat_map(|sink| held(sink.as_ref(), target));
    let current = found.filter(|held| held.role == TokenRole::Current && held.value == *token);
    current.map(|held| held.place.to_string()).collect()
}

/// Where the token stands in these sinks, in any variable: sorted, each place once.
///
/// # Errors
/// If a sink cannot be read.
pub fn mentions<'s>(sinks: impl IntoIterator<Item = &'s dyn Sink>, token: &Secret) -> Result<Vec<String>, Cause> {
    mentions_but(&[], sinks, token)
}

/// The same, without places where it is expected.
pub(super) fn mentions_but<'s>(
    expected: &[Spot],
    sinks: impl IntoIterator<Item = &'s dyn Sink>,
    token: &Secret,
) -> Result<Vec<String>, Cause> {
    let mut places = Vec::new();
    for sink in sinks {
        let found = sink.mentions_token(token).map_err(|source| reading(sink, source))?;
        let others = found.into_iter().filter(|place| !expected.contains(&Spot::of(sink, place)));
        places.extend(others.map(|place| place.to_string()));
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
