//! `twcred profile`: credentials by name, each secret in the keyring, or in a file if that was chosen.

pub mod activate;
pub mod add;
pub mod import;
pub mod list;
pub mod remove;
pub mod show;
mod trial;
mod twilio_cli;
mod view;

use std::path::Path;

use clap::{Subcommand, ValueEnum};

use crate::cli::commands::rotation::any::{self, Any};
use crate::cli::commands::rotation::creates::{give_up, quoted};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::view::Outcome;
use crate::model::ProfileName;
use crate::rotation::create::{Begun, Create};
use crate::rotation::ledger::Unreadable;
use crate::sinks::{Spec, Target, is_one_file};
use crate::store::Profiles;
use crate::store::file;
use crate::store::profiles::{self, Profile, Store};

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep a credential under a name, once Twilio has accepted it
    Add(add::Args),
    /// List the profiles; the keyring is not asked
    List(list::Args),
    /// Show one profile, and whether its secret is where it should be
    Show(show::Args),
    /// Make a profile the active one
    Use(activate::Args),
    /// Forget a profile and its secret on this machine; at Twilio nothing changes
    Remove(remove::Args),
    /// Take over the profiles of another program
    Import(import::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the command could not do, with its exit code.
    pub fn run(self, context: &Context) -> Result<Outcome, Failure> {
        match self {
            Self::Add(args) => add::run(&args, context),
            Self::List(args) => list::run(&args, context),
            Self::Show(args) => show::run(&args, context),
            Self::Use(args) => activate::run(&args, context),
            Self::Remove(args) => remove::run(&args, context),
            Self::Import(args) => import::run(&args, context),
        }
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Where {
    /// The keyring of the operating system
    Keyring,
    /// A file that only you may read, in plain text
    File,
}

/// What is being done while a store is asked, for a person who waits.
fn asking(store: Store) -> String {
    if store == Store::File { "looking at the folder of secrets".to_owned() } else { format!("asking the {store}") }
}

impl Where {
    fn store(self, profiles: &Profiles) -> Store {
        match self {
            Self::Keyring => profiles.keyring(),
            Self::File => Store::File,
        }
    }
}

/// A create that is not settled, and whose pair a profile, or what lies beside a file, may be the only place of.
struct Claim {
    /// What was asked for.
    begun: Begun,
    /// What to do about it.
    next: String,
}

/// The create that has a sink in its hands.
fn claim(context: &Context, is_it: impl Fn(&str) -> bool) -> Result<Option<Claim>, Failure> {
    let Some(ledger) = context.ledger_as_it_is()? else { return Ok(None) };
    let (creates, _) = ledger.creates(None)?;
    let claims = |create: &&Create| create.claimed().iter().any(|sink| is_it(sink));
    let Some(create) = creates.iter().find(claims) else { return Ok(None) };
    let begun = create.begun().clone();
    let (region, edge) = context.place(None, &mut Vec::new());
    let here = context.endpoint_at(region.as_deref(), edge.as_deref());
    let settle = format!("twcred rotation resume {}", begun.id);
    let next = if here.is_ok_and(|here| here.identity() != begun.endpoint) {
        // Whoever says that there is no such Twilio any more gives up what is left of the key.
        format!("settle it at {}: {settle}; if that is no more: {}", begun.endpoint, give_up(&ledger, create))
    } else {
        format!("settle it first: {settle}")
    };
    Ok(Some(Claim { begun, next }))
}

/// The create that has a profile in its hands.
fn claim_of(context: &Context, name: &ProfileName) -> Result<Option<Claim>, Failure> {
    let sink = format!("keyring:{name}");
    claim(context, |claimed| claimed == sink)
}

/// Refuses while a create that is not settled was to make the profile: what stands under that name, and what is left of it
/// in a store, may be all that there is of a new key.
fn settled(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    let Some(Claim { begun, next }) = claim_of(context, name)? else { return Ok(()) };
    let asked = quoted(&begun.name);
    Err(Failure::failed(format!(
        "an unfinished `keys create {asked}` writes the profile `{name}`; nothing was changed"
    ))
    .hint(next))
}

/// Refuses sinks that there are not yet, and which an unfinished create was to make: profiles, and files beside which what it
/// wrote waits for its name.
///
/// # Errors
/// Exit 1 for a profile, 2 for a file, naming the create.
pub fn none_claimed<'a>(context: &Context, sinks: impl IntoIterator<Item = &'a String>) -> Result<(), Failure> {
    for sink in sinks {
        if let Some(name) = of_sink(sink) {
            if !context.needed_profiles()?.book()?.profiles.contains_key(&name) {
                settled(context, &name)?;
            }
        } else if let Ok(spec) = Spec::parse(sink)
            && spec.kind().target == Target::File
        {
            unmade(context, spec.target().as_ref())?;
        }
    }
    Ok(())
}

/// Refuses a file that is not there, and beside which a create that is not settled has left what was to become it.
fn unmade(context: &Context, file: &Path) -> Result<(), Failure> {
    // Where nothing was left, it was made and moved away.
    if file.symlink_metadata().is_ok() || file::left(file).is_ok_and(|left| left.is_empty()) {
        return Ok(());
    }
    let is_it = |sink: &str| {
        let spec = Spec::parse(sink).ok().filter(|spec| spec.kind().target == Target::File);
        spec.is_some_and(|spec| is_one_file(spec.target().as_ref(), file))
    };
    let Some(Claim { begun, next }) = claim(context, is_it)? else { return Ok(()) };
    let (asked, shown) = (quoted(&begun.name), file.display());
    Err(Failure::usage(format!("an unfinished `keys create {asked}` is to make {shown}; nothing was changed"))
        .hint(next))
}

/// Takes out of the keyring what a create has left of these sinks that came to its end. What cannot be taken out now is
/// noted, and is the next run's.
pub fn tidy(context: &Context, sinks: &[String]) {
    let Some(profiles) = context.profiles() else { return };
    for name in sinks.iter().filter_map(|sink| of_sink(sink)) {
        let _ = profiles.tidy(&name);
    }
}

/// The profile that a sink is.
fn of_sink(sink: &str) -> Option<ProfileName> {
    let spec = Spec::parse(sink).ok().filter(|spec| spec.kind().target == Target::Profile)?;
    ProfileName::parse(spec.target()).ok()
}

/// Refuses while a create that is not settled, or an open rotation, of a key or of an Auth Token, writes the profile: it
/// would be left without what only the profile holds. So does a journal that cannot be read, which may be that of such a
/// rotation.
fn unused(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    settled(context, name)?;
    let Some(ledger) = context.ledger()? else { return Ok(()) };
    let sink = format!("keyring:{name}");
    let (rotations, unreadable) = any::all(&ledger)?;
    let writes = |open: &&Any| open.outcome().is_none() && open.writes(&sink);
    if let Some(id) = rotations.iter().find(writes).map(Any::id) {
        return Err(Failure::failed(format!("the rotation {id} writes the profile `{name}`; nothing was changed"))
            .hint(format!("bring it to its end first: twcred rotation show {id}")));
    }
    // What is behind it may be an open rotation that has this profile among its sinks.
    if let Some(Unreadable { id, error }) = unreadable.into_iter().next() {
        let what = format!("the journal of rotation {id} cannot be read, and may need the profile `{name}`");
        return Err(Failure::failed(format!("{what}; nothing was changed")).because(&error.into()).hint(format!(
            "restore the journal from a backup; or settle the keys of that rotation by hand (`twcred keys list` shows its \
             new one, whose name ends in [twcred {id}]), and move the journal away"
        )));
    }
    Ok(())
}

/// Refuses to go on with what was asked about a profile that another run has changed since: it may hold a secret now that
/// nothing else holds.
fn unchanged(name: &ProfileName, seen: Option<&Profile>, now: Option<&Profile>) -> Result<(), Failure> {
    if seen == now {
        return Ok(());
    }
    Err(Failure::failed(format!("another run changed the profile `{name}` meanwhile; nothing was changed here"))
        .hint(format!("look at it, then run again: twcred profile show {name}")))
}

/// The same as [`unused`] for a replacement. To give a profile its secret again that is gone may be what the rotation waits
/// for.
fn replaceable(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    match context.needed_profiles()?.load(name) {
        Err(profiles::Error::Gone { .. } | profiles::Error::Entry { .. }) => Ok(()),
        _ => unused(context, name),
    }
}
