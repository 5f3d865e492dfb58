//! What else this machine knows of tokens: the places that may hold the one in hand, and the names under which tokens stand.

use std::path::Path;

use super::hand::Hand;
use crate::cli::config::{Config, Of, Source, Target};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::Failure;
use crate::cli::known;
use crate::model::TokenNames;
use crate::sinks::{Spec, is_one_file};

/// The configuration in use. One that cannot be used is said, and stops nothing by itself: [`known::must_be_readable`] does,
/// before a token is made or dies.
fn configuration(context: &Context, lost: &str) -> Option<Config> {
    Config::load_if_there(context).unwrap_or_else(|failure: Failure| {
        context.ui.warn(format!("{lost}: {}", failure.chain().join(": ")));
        None
    })
}

/// The sinks that may hold the token in hand without being told so: every place that a target of the configuration names,
/// and the file or the profile that it was taken from.
///
/// # Errors
/// Why what the configuration names is not known: it is there, and cannot be used.
pub fn sinks(context: &Context, hand: &Hand) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for path in &hand.read_from {
        match std::path::absolute(path) {
            Ok(path) if !path.display().to_string().contains('#') => names.push(format!("env:{}", path.display())),
            _ => context.ui.warn(format!("{} holds the token in hand, and cannot be named as a sink", path.display())),
        }
    }
    names.extend(hand.profile.iter().map(|(name, _)| format!("keyring:{name}")));
    let places = known::places(context).map_err(|failure| failure.chain().join(": "))?;
    names.extend(places.into_iter().map(|place| place.sink));
    names.sort();
    names.dedup();
    Ok(names)
}

/// By which names the tokens of the place in hand stand there, as the first target says that names it: an env file, or the
/// profile that a flag names.
#[must_use]
pub fn names_of(context: &Context, file: Option<&Path>) -> TokenNames {
    let profile = context.global.profile.as_ref().filter(|_| file.is_none()).map(|name| format!("keyring:{name}"));
    if file.is_none() && profile.is_none() {
        return TokenNames::default();
    }
    let config = configuration(context, "the names of the configuration are not known");
    let is_it = |spec: &Spec| match file {
        Some(file) => spec.scheme() == "env" && is_one_file(spec.target().as_ref(), file),
        None => Some(spec.to_string()) == profile,
    };
    let named = |target: &&Target| {
        let source = match &target.source {
            Source::File { path, .. } => file.is_some_and(|file| is_one_file(path, file)),
            Source::Sink(spec) => is_it(spec),
        };
        source || target.sinks.iter().any(is_it)
    };
    let of = config.iter().flat_map(|config| config.targets().iter().filter(named)).find_map(own_names);
    of.cloned().unwrap_or_default()
}

/// Every way in which tokens are named by a rotation that is open or by a target of the configuration.
#[must_use]
pub fn all_names(context: &Context) -> Vec<TokenNames> {
    let mut all: Vec<TokenNames> = Vec::new();
    let has_state = context.global.state_dir.is_some() || env::state_dir().is_some();
    let ledger = if has_state { context.ledger() } else { Ok(None) };
    let rotations = ledger.and_then(|ledger| Ok(ledger.map(|ledger| ledger.tokens()).transpose()?));
    match rotations {
        Ok(rotations) => {
            let open = rotations.into_iter().flat_map(|(all, _)| all).filter(|rotation| rotation.outcome().is_none());
            all.extend(open.map(|rotation| rotation.begun().names.clone()));
        }
        Err(failure) => {
            context.ui.warn(format!("the names of open rotations are not known: {}", failure.chain().join(": ")));
        }
    }
    if let Some(config) = configuration(context, "the names of the configuration are not known") {
        all.extend(config.targets().iter().filter_map(own_names).cloned());
    }
    all
}

fn own_names(target: &Target) -> Option<&TokenNames> {
    match &target.of {
        Of::AuthToken { names, .. } => Some(names),
        Of::ApiKey { .. } => None,
    }
}
