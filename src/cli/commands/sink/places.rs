//! The sinks of targets, opened to be looked at.

use crate::cli::commands::keys::rotate::order::Places;
use crate::cli::commands::keys::rotate::{Found, Sought, find};
use crate::cli::config::{Config, Kind};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::model::KeySid;
use crate::sinks::{self, Loaded, Options, Sink, Spec};

/// The keys of a target, or why they cannot be told.
pub struct OfTarget {
    /// Its name.
    pub name: String,
    /// Each key with its sinks, the first being the one it was found in.
    pub found: Vec<Found>,
    /// What could not be understood.
    pub broken: Vec<Failure>,
}

/// The keys of the targets of these names, or of all targets.
///
/// # Errors
/// Exit 2, if the configuration cannot be used, or has no such target.
pub fn of_targets(names: &[String], context: &Context) -> Result<Vec<OfTarget>, Failure> {
    let config = Config::load(context)?;
    let targets = config.select(names, Kind::ApiKey)?;
    Ok(targets
        .into_iter()
        .map(|target| {
            let Sought { found, broken } = find(&Places::of(target), context)
                .unwrap_or_else(|failure| Sought { found: Vec::new(), broken: vec![failure] });
            OfTarget { name: target.name.clone(), found, broken }
        })
        .collect())
}

/// Opens a sink by its name. `replace` is the key whose pair may give way; the source is never made anew.
///
/// # Errors
/// If the name is none of a sink.
pub fn open(name: &str, replace: Option<KeySid>, create: bool, context: &Context) -> Result<Box<dyn Sink>, Failure> {
    let spec = Spec::parse(name)?;
    Ok(sinks::open(&spec, &Options { create, replace, ..context.sink_options(None) })?)
}

/// What a sink holds.
///
/// # Errors
/// If it cannot be read.
pub fn load(name: &str, context: &Context) -> Result<Loaded, Failure> {
    open(name, None, false, context)?.load().doing(format!("cannot read {name}"))
}
