//! What this machine knows beside the credential in hand: the places that the configuration in use names.
//!
//! Keys and tokens are looked for there before one of them ends.

use std::collections::BTreeMap;

use super::advice::{MEND, WITHOUT_CONFIGURATION};
use super::config::{Config, Kind, Source};
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
    let mut places: Vec<Watched> = Vec::new();
    for target in Config::load_if_there(context)?.iter().flat_map(Config::targets) {
        let is_for_tokens = target.kind() == Kind::AuthToken;
        let mut add = |sink: String, is_filled, variables: Vec<String>| {
            // No key stands in the variables of a token.
            let variables = if is_for_tokens { Vec::new() } else { variables };
            places.push(Watched { sink, is_filled, is_for_tokens, variables });
        };
        let named = |spec: &Spec| spec.variables().map(ToOwned::to_owned).collect();
        if let Some(profile) = &target.authority {
            add(format!("keyring:{profile}"), true, Vec::new());
        }
        match &target.source {
            Source::File { path, wanted } => {
                add(format!("env:{}", path.display()), true, wanted.named().to_vec());
            }
            Source::Sink(spec) => add(spec.to_string(), true, named(spec)),
        }
        for sink in &target.sinks {
            add(sink.to_string(), false, named(sink));
        }
    }
    Ok(each_once(places))
}

/// One place for each name, with what any of them says of it.
fn each_once(places: impl IntoIterator<Item = Watched>) -> Vec<Watched> {
    let mut names: BTreeMap<String, Watched> = BTreeMap::new();
    for place in places {
        if let Some(same) = names.get_mut(&place.sink) {
            same.is_filled |= place.is_filled;
            same.is_for_tokens &= place.is_for_tokens;
            same.variables.extend(place.variables);
        } else {
            names.insert(place.sink.clone(), place);
        }
    }
    names.into_values().collect()
}

/// The same for keys: env files as a whole, and what a rotation has written is there for certain, or away, and
/// knows keys.
///
/// # Errors
/// As [`places`], or if the journals cannot be read.
pub fn places_for_keys(context: &Context, ledger: Option<&Ledger>) -> Result<Vec<Watched>, Failure> {
    let known = places(context)?;
    let rotations = if known.is_empty() { None } else { ledger.map(Ledger::all).transpose()? };
    let rotations = rotations.map(|(rotations, _)| rotations).unwrap_or_default();
    let written: Vec<Spec> = rotations
        .iter()
        .flat_map(Rotation::places)
        .filter(|place| place.published)
        .filter_map(|place| Spec::parse(&place.sink).ok())
        .collect();
    Ok(each_once(known.into_iter().map(|place| {
        let Ok(spec) = Spec::parse(&place.sink) else { return place };
        let is_written = written.iter().any(|other| other.is_beside(&spec));
        Watched {
            sink: whole(&spec),
            is_filled: place.is_filled || is_written,
            is_for_tokens: place.is_for_tokens && !is_written,
            variables: place.variables,
        }
    })))
}

fn whole(spec: &Spec) -> String {
    if spec.scheme() == "env" { format!("env:{}", spec.target()) } else { spec.to_string() }
}
