//! The sinks of targets, opened to be looked at.

use crate::cli::commands::keys::rotate::order::Places;
use crate::cli::commands::keys::rotate::{Found, find};
use crate::cli::commands::token::hand::{self, Found as FoundToken, Hand};
use crate::cli::commands::token::order;
use crate::cli::config::{Config, Of, Target};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::model::{KeySid, Secret, TokenNames};
use crate::sinks::{self, Loaded, LoadedTokens, Options, Sink, Spec, TokenRole, TokenTarget};

/// The credentials of a target, or why they cannot be told.
pub struct OfTarget {
    /// Its name.
    pub name: String,
    /// Each credential with its sinks.
    pub holds: Vec<Holds>,
    /// What could not be understood.
    pub broken: Vec<Failure>,
}

/// A credential with its sinks, the first being the one it was found in.
pub enum Holds {
    /// The pair of an API key.
    Key(Found),
    /// An Auth Token.
    Token(OwnedToken),
}

/// An Auth Token with its sinks.
pub struct OwnedToken {
    /// What the first sink holds of it, the one in force first.
    pub hand: Hand,
    /// How its stages are named.
    pub names: TokenNames,
    /// Every sink.
    pub sinks: Vec<String>,
}

impl OwnedToken {
    /// The one in force, as far as the first sink knows.
    ///
    /// # Errors
    /// If there is none.
    pub fn current(&self) -> Result<&Secret, Failure> {
        let current = self.hand.found.iter().find(|found| found.role == TokenRole::Current);
        current.map(|found: &FoundToken| &found.token).ok_or_else(|| Failure::usage("there is no Auth Token in force"))
    }

    /// Whose token, and how its stages are named.
    #[must_use]
    pub fn target(&self) -> TokenTarget {
        TokenTarget { account: self.hand.account.clone(), names: self.names.clone() }
    }
}

/// What a sink holds of a token.
///
/// # Errors
/// If it cannot be read.
pub fn load_tokens(name: &str, target: &TokenTarget, context: &Context) -> Result<LoadedTokens, Failure> {
    open(name, None, false, context)?.load_tokens(target).doing(format!("cannot read {name}"))
}

/// The credentials of the targets of these names, or of all targets.
///
/// # Errors
/// Exit 2, if the configuration cannot be used, or has no such target.
pub fn of_targets(names: &[String], context: &Context) -> Result<Vec<OfTarget>, Failure> {
    let config = Config::load(context)?;
    let targets = if names.is_empty() { config.any()? } else { config.named(names)? };
    Ok(targets.into_iter().map(|target| look(target, context)).collect())
}

fn look(target: &Target, context: &Context) -> OfTarget {
    let name = target.name.clone();
    let found = match &target.of {
        Of::ApiKey { .. } => find(&Places::of(target), context)
            .map(|sought| (sought.found.into_iter().map(Holds::Key).collect(), sought.broken)),
        Of::AuthToken { names, .. } => hand::of_target(context, target, names)
            .map(|hand| OwnedToken { hand, names: names.clone(), sinks: order::sinks(target) })
            .map(|token| (vec![Holds::Token(token)], Vec::new()))
            .map_err(|failure| failure.doing(format!("target {name} stopped"))),
    };
    let (holds, broken) = found.unwrap_or_else(|failure| (Vec::new(), vec![failure]));
    OfTarget { name, holds, broken }
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
