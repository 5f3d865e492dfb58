//! Taking one rotation in hand, for whatever its owner wants of it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::any::{self, Any};
use super::authority::Search;
use super::creates;
use super::engine::{self, Engine, Told};
use super::{foretold, narrate};
use crate::cli::commands::keys::rotate;
use crate::cli::commands::token;
use crate::cli::config::Kind;
use crate::cli::context::Context;
use crate::cli::credentials::Resolved;
use crate::cli::error::Failure;
use crate::cli::interrupt;
use crate::cli::view::{Outcome, Page, Unwritten, View};
use crate::dotenv::EnvFile;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Credential, KeyPair, ProfileName, RotationId};
use crate::rotation::record::Begun;
use crate::rotation::record::Why;
use crate::rotation::run::Report;
use crate::rotation::waiting::WaitingRoom;
use crate::rotation::{Error, Ledger, Rotation, Rotator};
use crate::sinks::{self, Spec, Target};
use crate::store::file;
use crate::store::lock::Owner;
use crate::store::paths::StateDir;
use crate::store::profiles::Error as Lost;

/// What is wanted of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// As far as it goes now.
    Resume,
    /// To the end, now.
    Retire,
    /// Back.
    Rollback,
    /// Away with it, before any sink has seen it.
    Abort,
}

impl Wish {
    /// The command, for the lock.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Resume => "rotation resume",
            Self::Retire => "rotation retire",
            Self::Rollback => "rotation rollback",
            Self::Abort => "rotation abort",
        }
    }

    /// The question that must be answered first, for what cannot be taken back.
    fn question(self, rotation: &Rotation, now: Timestamp) -> Option<String> {
        let old = &rotation.begun().old;
        let new = rotation.new_key().map_or_else(String::new, |new| format!(" {new}"));
        match self {
            Self::Resume => None,
            // After the grace that is what every run does.
            Self::Retire if rotation.is_after_grace(now) => None,
            Self::Retire => Some(format!("Revoke the old key {old} for good, before its grace is over")),
            Self::Rollback => Some(format!("Put {old} back everywhere and revoke the new key{new} for good")),
            Self::Abort => Some(format!("Give the rotation of {old} up and revoke the new key{new} for good")),
        }
    }

    /// Why a rotation is in no state for this, if it is not.
    fn refused(self, rotation: &Rotation) -> Option<&'static str> {
        match self {
            _ if rotation.outcome().is_some() => Some("has ended"),
            Self::Retire if rotation.back().is_some() => Some("is turning back"),
            Self::Retire if rotation.current().is_none() => Some("has not got its new pair to every sink yet"),
            Self::Rollback | Self::Abort if rotation.is_revoked() => {
                Some("has revoked its old key already; there is no way back")
            }
            Self::Abort if rotation.is_published() => Some("may have its new pair in a sink already"),
            Self::Resume | Self::Retire | Self::Rollback | Self::Abort => None,
        }
    }
}

/// Takes a rotation in hand.
///
/// # Errors
/// If it is not there, not in a state for this, locked, or stops on the way.
pub fn take(context: &Context, id: Option<&RotationId>, wish: Wish) -> Result<Outcome, Failure> {
    let ledger = Ledger::new(StateDir::open(&context.state_dir()?)?);
    let found = any::find(&ledger, id)?;
    // A rotation was taken to be meant, and a create may have been.
    if id.is_none() && wish == Wish::Resume {
        found.twilio().map_or(Ok(()), |(endpoint, account)| creates::remind(context, &ledger, endpoint, account))?;
    }
    let rotation = match found {
        Any::Key(rotation) => *rotation,
        Any::Token(rotation) => return token::take::take(context, &rotation, wish),
        Any::Create(create) => return creates::take(context, &create, wish),
    };
    let id = rotation.begun().id.clone();
    refuse(wish, &rotation)?;
    of_its_account(context, &id, &rotation.begun().account)?;
    let question = wish.question(&rotation, context.now());
    // Whoever has said so ends a grace. Else the clock does, and is held against Twilio's.
    let retire_now = wish == Wish::Retire && (question.is_some() || context.global.yes);
    if let Some(question) = question
        && !context.ui.confirm(question)?
    {
        return Err(Failure::failed("the answer was no; nothing was done"));
    }
    let file = env_target(&rotation);
    let named = context.global.env_file.as_deref().filter(|path| *path != Path::new("-")).or(file.as_deref());
    let (profile, own) = match (named, profile_target(&rotation)) {
        (Some(path), _) => (None, own_pair(path, &rotation)),
        (None, Some(name)) => match context.needed_profiles()?.load(&name) {
            Ok((_, credential)) => (Some(name), profile_pair(credential, &rotation)),
            // Another credential may take the rotation to its end.
            Err(error @ (Lost::Gone { .. } | Lost::Entry { .. })) => {
                context.ui.warn(error);
                (Some(name), None)
            }
            Err(error @ Lost::NoSuch { .. }) => {
                context.ui.warn(error);
                (None, None)
            }
            Err(error) => return Err(error.into()),
        },
        (None, None) => (None, None),
    };
    let room = WaitingRoom::new(ledger.dir(), rotation.begun());
    let Begun { account, sinks, signer, .. } = rotation.begun();
    let target = foretold::target(context, Kind::ApiKey, account, sinks.first(), signer.as_deref());
    let search = Search {
        file: named,
        prefix: None,
        profile: profile.as_ref(),
        authority: target.as_ref().and_then(|target| target.authority.as_ref()),
        account,
        said: target.as_ref().is_some_and(|target| target.account.is_some()),
        sealed: Some(&room),
        own: own.as_ref(),
        open: Some(&rotation),
    };
    let authority = engine::in_its_stead(context, &ledger, search.run(context)?, Some(&rotation))?;
    // The place that the pair was found in is not made anew, unless it is to have a pair of the rotation again.
    let first = rotation.begun().sinks.first().cloned();
    let was_told = rotation.places().first().is_some_and(|place| place.published);
    let again = matches!(wish, Wish::Rollback | Wish::Abort)
        || rotation.back().is_some()
        || rotation.current().is_some()
        || was_told;
    let rotate = match (&target, &file) {
        (Some(target), _) => Some(format!("keys rotate {}", target.name)),
        (None, Some(path)) => Some(rotate::typed(path, first.as_ref()) + &flags(context, &authority)),
        (None, None) => profile_target(&rotation).map(|name| format!("keys rotate --profile {name}")),
    };
    let told = Told { target: first.filter(|_| !again), rotate, ..Told::default() };
    let engine = Engine::new(context, &authority, told)?;
    let begun = rotation.begun();
    if begun.endpoint != engine.endpoint() {
        let error = Error::OtherEndpoint { id, begun: begun.endpoint.clone(), here: engine.endpoint() };
        return Err(engine.blame(error));
    }
    let owner = Owner { pid: std::process::id(), started: context.now(), command: wish.command().to_owned() };
    let report = interrupt::block_on(async {
        let moved = engine.with(async |world, ledger, keys| {
            let lock = ledger.lock(&begun.account, &begun.old, &owner)?;
            let taken = ledger.resume(&id)?;
            if let Some(why) = wish.refused(&taken.1) {
                return Err(Error::NotNow { id: id.clone(), why });
            }
            let turning = taken.1.back().is_some();
            let was = taken.1.current();
            let mut rotator = Rotator::new(world, keys, &authority.credential, ledger, taken, own.clone(), lock)?;
            rotator.make_sure_of_the_signer().await?;
            match wish {
                Wish::Rollback if !turning => rotator.turn_back(Why::Rollback).await?,
                Wish::Abort if !turning => rotator.turn_back(Why::Abort).await?,
                _ => {}
            }
            let reached = rotator.run(retire_now).await?;
            let switched = rotator.rotation().current() != was;
            Ok(Report::of(&rotator, &reached, switched))
        });
        moved.await.map_err(|error| engine.blame(error))
    })?;
    let unwritten = Unwritten::of(report.is_open());
    Ok(Outcome::show(Moved { rotation: report }).unwritten(unwritten))
}

/// Makes sure that `--account`, if it is given, names the account of the rotation.
///
/// # Errors
/// Exit 2 if it names another.
pub fn of_its_account(context: &Context, id: &RotationId, account: &AccountSid) -> Result<(), Failure> {
    match &context.global.account {
        Some(other) if other != account => {
            Err(Failure::usage(format!("rotation {id} is one of {account}, and --account names {other}"))
                .hint("leave --account out: the journal says which account it is of"))
        }
        _ => Ok(()),
    }
}

fn refuse(wish: Wish, rotation: &Rotation) -> Result<(), Failure> {
    let Some(why) = wish.refused(rotation) else { return Ok(()) };
    let failure = Failure::from(Error::NotNow { id: rotation.begun().id.clone(), why });
    let id = &rotation.begun().id;
    Err(if rotation.outcome().is_some() {
        failure.hint("`twcred keys rotate` begins another; `twcred rotation list --open` shows the open ones")
    } else if rotation.is_revoked() {
        failure.hint(format!(
            "`twcred rotation resume {id}` brings it to its end; `twcred keys rotate` begins another then"
        ))
    } else if wish == Wish::Abort {
        failure.hint(format!("`twcred rotation rollback {id}` puts the old pair back everywhere"))
    } else {
        failure.hint(format!("`twcred rotation resume {id}` goes on from where it stands"))
    })
}

/// The flags by which `keys rotate` finds the credential that signs, beside a file.
fn flags(context: &Context, authority: &Resolved) -> String {
    let profile = authority.signer(context).profile().map(|name| format!(" --profile {name}"));
    let account = authority.is_foreign().then(|| format!(" --account {}", authority.account));
    profile.unwrap_or_default() + &account.unwrap_or_default()
}

/// The sinks of a rotation that are not left out of it.
fn used(rotation: &Rotation) -> impl Iterator<Item = Spec> {
    let places = rotation.places().iter().filter(|place| !place.dropped);
    places.filter_map(|place| Spec::parse(&place.sink).ok())
}

/// The env file among a rotation's sinks: one that is there, if any is.
fn env_target(rotation: &Rotation) -> Option<PathBuf> {
    there(used(rotation))
}

/// The first env file of these sinks that is there, or else the first.
pub fn there(sinks: impl Iterator<Item = Spec>) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> =
        sinks.filter(|spec| spec.scheme() == "env").map(|spec| spec.target().into()).collect();
    let at = files.iter().position(|path| !is_gone(path)).unwrap_or(0);
    (!files.is_empty()).then(|| files.swap_remove(at))
}

/// Whether nothing stands under this name.
#[must_use]
pub fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// The profile among a rotation's sinks.
fn profile_target(rotation: &Rotation) -> Option<ProfileName> {
    used(rotation).filter(|spec| spec.kind().target == Target::Profile).find_map(|spec| spec.target().parse().ok())
}

/// The old or the new pair of a rotation, as the profile holds it.
fn profile_pair(credential: Credential, rotation: &Rotation) -> Option<KeyPair> {
    let Credential::ApiKey { pair, .. } = credential else { return None };
    (pair.sid == rotation.begun().old || Some(&pair.sid) == rotation.new_key()).then_some(pair)
}

/// The old or the new pair of a rotation, as the file holds it.
fn own_pair(path: &Path, rotation: &Rotation) -> Option<KeyPair> {
    let read = file::read(path).ok()?;
    let pairs = sinks::pairs(&EnvFile::parse(read.bytes()));
    pairs
        .into_iter()
        .flatten()
        .map(|found| found.pair())
        .find(|pair| pair.sid == rotation.begun().old || Some(&pair.sid) == rotation.new_key())
}

#[derive(Serialize)]
struct Moved {
    rotation: Report,
}

impl View for Moved {
    const SCHEMA: &'static str = "twcred.rotation-moved/v1";

    fn human(&self, page: &mut Page<'_>) -> std::io::Result<()> {
        page.line(narrate::report(&self.rotation))
    }
}
