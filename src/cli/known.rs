//! What this machine knows beside the credential in hand: the places that the configuration in use names.
//!
//! Keys and tokens are looked for there before one of them ends.

use std::collections::BTreeMap;

use super::advice::{MEND, WITHOUT_CONFIGURATION};
use super::config::{Config, Kind, Source, Target};
use super::context::Context;
use super::error::Failure;
use crate::rotation::watched::Watched;
use crate::rotation::{Ledger, Rotation};
use crate::sinks::Spec;

/// Makes sure that whatever the configuration names can be looked into, before a credential dies.
///
/// # Errors
/// Exit 2 if it is there and cannot be used.
pub fn must_be_readable(context: &Context) -> Result<(), Failure> {
    match Config::load_if_there(context) {
        Ok(_) => Ok(()),
        Err(failure) => Err(with_advice(failure)),
    }
}

/// The failure of a configuration that cannot be used, with what can be done about it.
#[must_use]
pub fn with_advice(failure: Failure) -> Failure {
    failure.hint(MEND).hint(WITHOUT_CONFIGURATION)
}

/// Every place that a target of the configuration names, sorted, each once. An env file that holds a target's credential is
/// named as a whole: which of its variables are meant does not matter, since another may stand in any. Without a
/// configuration there is none.
///
/// # Errors
/// Exit 2 if it is there and cannot be used.
pub fn places(context: &Context) -> Result<Vec<Watched>, Failure> {
    places_where(context, |_, _| true)
}

/// Those places that are kept of each target's.
fn places_where(context: &Context, keep: impl Fn(&Target, &Spec) -> bool) -> Result<Vec<Watched>, Failure> {
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    let mut add = |name: String, is_filled| *names.entry(name).or_default() |= is_filled;
    for target in Config::load_if_there(context)?.iter().flat_map(Config::targets) {
        if let Some(profile) = &target.authority {
            add(format!("keyring:{profile}"), true);
        }
        match &target.source {
            Source::File { path, .. } => add(format!("env:{}", path.display()), true),
            Source::Sink(spec) if keep(target, spec) => add(spec.to_string(), true),
            Source::Sink(_) => {}
        }
        for sink in target.sinks.iter().filter(|sink| keep(target, sink)) {
            add(sink.to_string(), false);
        }
    }
    Ok(names.into_iter().map(|(sink, is_filled)| Watched { sink, is_filled }).collect())
}

/// The same for keys: env files as a whole, and what a rotation has written is there for certain, or away. A program that a
/// target of a token names is none of them: it is asked for tokens alone, and need not know what a key is.
///
/// # Errors
/// As [`places`], or if the journals cannot be read.
pub fn places_for_keys(context: &Context, ledger: Option<&Ledger>) -> Result<Vec<Watched>, Failure> {
    let known = places_where(context, |target, spec| target.kind() == Kind::ApiKey || spec.scheme() != "exec")?;
    let rotations = if known.is_empty() { None } else { ledger.map(Ledger::all).transpose()? };
    let rotations = rotations.map(|(rotations, _)| rotations).unwrap_or_default();
    let written: Vec<Spec> = rotations
        .iter()
        .flat_map(Rotation::places)
        .filter(|place| place.published)
        .filter_map(|place| Spec::parse(&place.sink).ok())
        .collect();
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    for Watched { sink, is_filled } in known {
        let (name, is_written) = match Spec::parse(&sink) {
            Ok(spec) => (whole(&spec), written.iter().any(|other| other.is_beside(&spec))),
            Err(_) => (sink, false),
        };
        *names.entry(name).or_default() |= is_filled || is_written;
    }
    Ok(names.into_iter().map(|(sink, is_filled)| Watched { sink, is_filled }).collect())
}

fn whole(spec: &Spec) -> String {
    if spec.scheme() == "env" { format!("env:{}", spec.target()) } else { spec.to_string() }
}
