//! One call of `keys rotate` for one key: from the lock to the report.

use serde::Serialize;

use super::error::{Cause, Error};
use super::keys::Keys;
use super::ledger::Ledger;
use super::plan::{self, Decision, Schedule};
use super::preflight;
use super::record::{Begun, Outcome};
use super::rotator::{Event, Reached, Rotator, World};
use super::state::Rotation;
use super::watched;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeyKind, KeyPair, KeySid, RotationId};
use crate::sinks::{self, Held, Loaded, Sink, Spec, is_among};
use crate::store::lock::{Lock, Owner};

mod foresee;

pub use foresee::dry_run;

/// How often the ledger is looked at again when it changed between the look and the lock.
const LOOKS: u32 = 3;

/// What one call is asked to do.
#[derive(Debug)]
pub struct Request {
    /// Where Twilio is.
    pub endpoint: String,
    /// The account whose key it is.
    pub account: AccountSid,
    /// The pair as it stands in the first sink.
    pub pair: KeyPair,
    /// Every sink, in the order of writing. Those in which earlier rotations left the key are added by themselves.
    pub sinks: Vec<String>,
    /// Sinks of earlier rotations that are to be left out.
    pub without: Vec<String>,
    /// When it is due.
    pub schedule: Schedule,
    /// Who said the grace of that; `None` if nobody did.
    pub grace_by: Option<GraceBy>,
    /// Whether the grace is skipped.
    pub retire_now: bool,
    /// The check command.
    pub check: Option<String>,
    /// The after command.
    pub after: Option<String>,
    /// Whether a Main key may be replaced by a Standard one.
    pub allow_downgrade: bool,
    /// Who runs, for the lock.
    pub owner: Owner,
}

/// Who said how long the old key goes on working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraceBy {
    /// A flag of this call.
    Flag,
    /// The configuration, for this target.
    Target(String),
}

/// What one call did for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Report {
    /// Nothing was due.
    NotDue {
        /// The key.
        key: KeySid,
        /// When it will be due.
        due: Timestamp,
    },
    /// The new pair is current; the old key still works.
    InGrace {
        /// The rotation.
        rotation: RotationId,
        /// The old key.
        old: KeySid,
        /// The new key.
        new: Option<KeySid>,
        /// When the old key may be revoked.
        retire_at: Timestamp,
        /// Whether this run made the new pair current; otherwise it only looked.
        switched: bool,
        /// Whether the old key was found gone already, by other hands. Asked only where a sink is not as it should be.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        old_gone: bool,
    },
    /// A rotation came to its end.
    Ended {
        /// The rotation.
        rotation: RotationId,
        /// The old key.
        old: KeySid,
        /// The new key.
        new: Option<KeySid>,
        /// How.
        outcome: Outcome,
        /// Whether the key that would stay was found revoked as well, by other hands.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        both_gone: bool,
    },
    /// Another run did it in the meantime.
    AlreadyDone {
        /// That rotation.
        rotation: RotationId,
        /// The key it replaced.
        old: KeySid,
        /// The key that stands there now.
        new: Option<KeySid>,
    },
}

impl Report {
    /// Whether this run put a new pair in force or brought a rotation to its end.
    #[must_use]
    pub fn changed(&self) -> bool {
        matches!(self, Self::InGrace { switched: true, .. } | Self::Ended { .. })
    }

    /// Whether a rotation goes on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::InGrace { .. })
    }

    /// The report on a rotation that was taken as far as it goes now.
    #[must_use]
    pub fn of<K: Keys>(rotator: &Rotator<'_, K>, reached: &Reached, switched: bool) -> Self {
        let (rotation, both_gone, old_gone) = (rotator.rotation(), rotator.both_gone(), rotator.old_gone());
        let begun = rotation.begun();
        let (id, old, new) = (begun.id.clone(), begun.old.clone(), rotation.new_key().cloned());
        match reached {
            Reached::Grace(retire_at) => {
                Self::InGrace { rotation: id, old, new, retire_at: *retire_at, switched, old_gone }
            }
            Reached::End(outcome) => Self::Ended { rotation: id, old, new, outcome: *outcome, both_gone },
        }
    }
}

/// Does for one key what is due: goes on with what is open, or starts a rotation, or nothing.
///
/// # Errors
/// See [`Error`]; what had been reached is in the journal, and the same call goes on from there.
pub async fn rotate<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
) -> Result<Report, Error> {
    // What was open before a lock is had may not be any more, and the other way round: look again under the lock.
    for _ in 0..LOOKS {
        let seen = find_open(ledger, request)?;
        let key = seen.as_ref().map_or(&request.pair.sid, |open| &open.begun().old);
        let lock = ledger.lock(&request.account, key, &request.owner)?;
        let open = find_open(ledger, request)?;
        if open.as_ref().map_or(&request.pair.sid, |open| &open.begun().old) != key {
            continue;
        }
        return match open {
            Some(open) => go_on(world, ledger, keys, authority, request, &open, lock).await,
            None => match done_meanwhile(ledger, request)? {
                Some(done) => {
                    in_time(world, request, &done)?;
                    Ok(already(&done))
                }
                None => start(world, ledger, keys, authority, request, lock).await,
            },
        };
    }
    Err(Error::Locked { key: request.pair.sid.clone(), owner: None })
}

/// Takes an open rotation as far as it goes now.
async fn go_on<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
    open: &Rotation,
    lock: Lock,
) -> Result<Report, Error> {
    let taken = ledger.resume(&open.begun().id)?;
    let was_current = taken.1.current();
    let mut rotator = Rotator::new(world, keys, authority, ledger, taken, Some(request.pair.clone()), lock)?;
    rotator.make_sure_of_the_signer().await?;
    tell_what_is_kept(world, rotator.rotation(), request);
    let places = rotator.rotation().places().iter();
    tell_what_stays_in(world, request, places.filter(|place| !place.dropped).map(|place| place.sink.as_str()));
    let joining = joining(rotator.rotation(), request);
    rotator.change_sinks(&joining, &request.without).await?;
    rotator.take_hooks(request.check.as_ref(), request.after.as_ref())?;
    let reached = rotator.run(request.retire_now).await?;
    let switched = rotator.rotation().current() != was_current;
    in_time(world, request, rotator.rotation())?;
    Ok(Report::of(&rotator, &reached, switched))
}

/// Starts a rotation if one is due.
async fn start<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
    lock: Lock,
) -> Result<Report, Error> {
    let (key, kind) = match prepare(world, ledger, keys, authority, request).await? {
        Prepared::NotDue(due) => return Ok(Report::NotDue { key: request.pair.sid.clone(), due }),
        Prepared::Due(key, kind) => (key, kind),
    };
    let sinks = all_sinks(world, ledger, request)?;
    check_sinks(world, request, &sinks)?;
    watched::before_create(world, &request.pair.sid, &sinks)?;
    let begun = begun(world, request, sinks, &key, kind)?;
    let taken = ledger.begin(&begun)?;
    let mut rotator = Rotator::new(world, keys, authority, ledger, taken, Some(request.pair.clone()), lock)?;
    rotator.leave_out(&request.without)?;
    let reached = rotator.run(request.retire_now).await?;
    Ok(Report::of(&rotator, &reached, true))
}

fn find_open(ledger: &Ledger, request: &Request) -> Result<Option<Rotation>, Error> {
    ledger.open_for(&request.endpoint, &request.account, &request.pair.sid, &request.sinks)
}

/// The rotation of this very key that another run brought to its end after this one had started.
fn done_meanwhile(ledger: &Ledger, request: &Request) -> Result<Option<Rotation>, Error> {
    let (rotations, _) = ledger.all()?;
    Ok(rotations.into_iter().rfind(|rotation| {
        let begun = rotation.begun();
        begun.endpoint == request.endpoint
            && begun.account == request.account
            && (begun.old == request.pair.sid || rotation.new_key() == Some(&request.pair.sid))
            && rotation.outcome() == Some(Outcome::Rotated)
            && rotation.last() >= request.owner.started
    }))
}

fn already(rotation: &Rotation) -> Report {
    let begun = rotation.begun();
    Report::AlreadyDone { rotation: begun.id.clone(), old: begun.old.clone(), new: rotation.new_key().cloned() }
}

/// A project that shares the key and asks for its rotation while one is open joins it: otherwise its file would be
/// left with a key that is about to be revoked.
fn joining<'a>(rotation: &Rotation, request: &'a Request) -> Vec<&'a String> {
    let is_in = |sink: &&String| rotation.places().iter().any(|place| place.sink == **sink && !place.dropped);
    let named = request.sinks.iter().filter(|sink| !request.without.contains(sink));
    named.filter(|sink| !is_in(sink)).collect()
}

/// The grace an open rotation was begun with stays; who says otherwise must not be left without a word. A configuration says
/// it in every run, and is answered only until the end of the old key is set.
fn tell_what_is_kept(world: &World<'_>, rotation: &Rotation, request: &Request) {
    let Some(by) = &request.grace_by else { return };
    let counts = *by == GraceBy::Flag && !rotation.is_revoked() || rotation.current().is_none();
    if counts && request.schedule.grace.as_secs() != rotation.begun().grace {
        // Nothing is stopped by it.
        let _ = (world.watch)(&Event::Kept(rotation, by));
    }
}

/// A sink of a file is left out by its whole name. A name of the same file that is none of a sink leaves nothing out, and
/// that must not go without a word.
fn tell_what_stays_in<'a>(world: &World<'_>, request: &Request, sinks: impl Iterator<Item = &'a str>) {
    let sinks: Vec<&str> = sinks.collect();
    for named in &request.without {
        if sinks.contains(&named.as_str()) {
            continue;
        }
        if let Some(sink) = sinks.iter().find(|sink| file_of(sink) == file_of(named)) {
            // Nothing is stopped by it.
            let _ = (world.watch)(&Event::StaysIn { named, sink });
        }
    }
}

/// The sinks that were asked for, and those in which an earlier rotation left the key and that hold it still: one of
/// several projects that share a key must not be rotated from under the others.
fn all_sinks(world: &World<'_>, ledger: &Ledger, request: &Request) -> Result<Vec<String>, Error> {
    let key = &request.pair.sid;
    let mut names = request.sinks.clone();
    let earlier = ledger.sinks_of(&request.endpoint, key)?;
    tell_what_stays_in(world, request, names.iter().chain(&earlier).map(String::as_str));
    for name in earlier {
        if names.contains(&name) || request.without.contains(&name) {
            continue;
        }
        let failed = |source| Cause::Sink { sink: name.clone(), doing: "looking for the key in", source };
        let sink = (world.open_sink)(&name, key).map_err(failed)?;
        if sink.is_away() {
            return Err(Cause::Away { sink: name.clone(), key: key.clone() }.into());
        }
        let held = match sink.load() {
            Ok(Loaded::Held(pairs)) if pairs.iter().any(|held| held.pair.sid == *key) => {
                if sink.spec().is_whole() && are_among(world, &pairs, sink.spec(), &names, key) {
                    continue;
                }
                true
            }
            Ok(Loaded::WriteOnly) => true,
            // None of several pairs is the key's: nothing says which the sink is about, and it is not needed.
            Ok(Loaded::Held(_) | Loaded::Absent) | Err(sinks::Error::Several { .. }) => false,
            Err(source) => return Err(failed(source).into()),
        };
        if held {
            names.push(name);
            continue;
        }
        // It holds the key under names that this sink is not about: nothing would give it the new pair.
        let places = sink.mentions(key).map_err(failed)?;
        let files: Vec<&str> = names.iter().map(|name| file_of(name)).collect();
        if !places.is_empty() && !files.contains(&file_of(&name)) {
            let places = places.into_iter().map(|place| place.to_string()).collect();
            return Err(Cause::StillHeld { key: key.clone(), places, after_grace: false }.into());
        }
    }
    Ok(names)
}

/// Whether each of these places of a whole env file belongs to a sink that is named by its variables: then one file is not
/// made two sinks, one of which may leave the variables open once others stand there.
fn are_among(world: &World<'_>, places: &[Held], file: &Spec, names: &[String], key: &KeySid) -> bool {
    let others = names.iter().filter(|name| Spec::parse(name).is_ok_and(|spec| spec.is_beside(file)));
    let loaded = others.filter_map(|name| (world.open_sink)(name, key).ok()?.load().ok());
    let known: Vec<Held> = loaded
        .filter_map(|loaded| match loaded {
            Loaded::Held(pairs) => Some(pairs),
            Loaded::Absent | Loaded::WriteOnly => None,
        })
        .flatten()
        .collect();
    // By line and variable; another path to the same file may have another name for it.
    let within = |held: &Held| held.place.what.rsplit_once(':').map(|(_, within)| within.to_owned());
    places.iter().all(|place| known.iter().any(|held| within(held) == within(place)))
}

/// A sink's name without its fragment.
fn file_of(name: &str) -> &str {
    name.split_once('#').map_or(name, |(file, _)| file)
}

/// Whether what was asked for got the new pair before the old key was revoked. A file that comes too late holds a dead
/// key, and that is no success. What is left out was to stay as it is.
fn in_time(world: &World<'_>, request: &Request, rotation: &Rotation) -> Result<(), Cause> {
    if !rotation.is_revoked() {
        return Ok(());
    }
    let old = &rotation.begun().old;
    for name in request.sinks.iter().filter(|name| !is_among(name, &request.without)) {
        let failed = |source| Cause::Sink { sink: name.clone(), doing: "reading", source };
        let sink = world.open_for(rotation, name, old).map_err(failed)?;
        if let Loaded::Held(pairs) = sink.load().map_err(failed)?
            && pairs.iter().any(|held| held.pair.sid == *old)
        {
            return Err(Cause::Late { sink: name.clone(), key: old.clone(), id: rotation.begun().id.clone() });
        }
    }
    Ok(())
}

enum Prepared {
    NotDue(Timestamp),
    Due(Box<ApiKey>, KeyKind),
}

async fn prepare<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
) -> Result<Prepared, Cause> {
    match look(keys, authority, request, (world.clock)()).await? {
        (_, Decision::NotDue { due }) => Ok(Prepared::NotDue(due)),
        (key, _) => {
            let kind = deep_look(ledger, keys, authority, request, &key).await?;
            Ok(Prepared::Due(Box::new(key), kind))
        }
    }
}

/// One call: the key, and whether it is due.
async fn look<K: Keys>(
    keys: &K,
    authority: &Credential,
    request: &Request,
    now: Timestamp,
) -> Result<(ApiKey, Decision), Cause> {
    let key = preflight::old_key(keys, authority, &request.pair.sid).await?;
    preflight::clock(now, keys.server_time())?;
    match plan::decide(&request.schedule, &key, now) {
        Some(decision) => Ok((key, decision)),
        None => Err(Cause::UnknownAge(key.sid)),
    }
}

async fn deep_look<K: Keys>(
    ledger: &Ledger,
    keys: &K,
    authority: &Credential,
    request: &Request,
    key: &ApiKey,
) -> Result<KeyKind, Cause> {
    if let Some(id) = key.name.as_ref().and_then(FriendlyName::marker).map(|marker| marker.0)
        && !id.is_create()
        && !ledger.knows(&id)
    {
        return Err(Cause::Foreign { key: key.sid.clone(), id });
    }
    preflight::authority(keys, authority).await?;
    let kind = preflight::live(keys, key, &request.pair).await?;
    // Without its policy the new key would be a Standard one, which may do more.
    if kind == KeyKind::Restricted && key.policy.is_none() {
        return Err(Cause::UnknownPolicy(key.sid.clone()));
    }
    if kind == KeyKind::Main && !request.allow_downgrade {
        return Err(Cause::MainKey(key.sid.clone()));
    }
    if kind == KeyKind::Main && authority.key() == Some(&key.sid) {
        return Err(Cause::AuthorityEnds(key.sid.clone()));
    }
    Ok(kind)
}

fn check_sinks(world: &World<'_>, request: &Request, sinks: &[String]) -> Result<(), Cause> {
    let key = &request.pair.sid;
    // What is left out is not written, whatever it holds.
    let sinks: Vec<String> = sinks.iter().filter(|name| !request.without.contains(name)).cloned().collect();
    preflight::sinks(&open_all(&sinks, |name| (world.open_sink)(name, key))?, key)
}

fn open_all(
    sinks: &[String],
    open: impl Fn(&str) -> Result<Box<dyn Sink>, sinks::Error>,
) -> Result<Vec<Box<dyn Sink>>, Cause> {
    let open = |name: &String| {
        let opened = open(name);
        opened.map_err(|source| Cause::Sink { sink: name.clone(), doing: "opening", source })
    };
    sinks.iter().map(open).collect()
}

fn begun(
    world: &World<'_>,
    request: &Request,
    sinks: Vec<String>,
    key: &ApiKey,
    kind: KeyKind,
) -> Result<Begun, Cause> {
    let mut random = [0; 6];
    (world.random)(&mut random).map_err(Cause::Random)?;
    Ok(Begun {
        id: RotationId::new(random),
        at: (world.clock)(),
        endpoint: request.endpoint.clone(),
        account: request.account.clone(),
        old: key.sid.clone(),
        name: key.name.as_ref().map(FriendlyName::without_marker),
        kind,
        new_kind: if kind == KeyKind::Main { KeyKind::Standard } else { kind },
        policy: key.policy.clone(),
        sinks,
        grace: request.schedule.grace.as_secs(),
        check: request.check.clone(),
        after: request.after.clone(),
        signer: Some(Box::new(world.signer.clone())),
    })
}
