//! The sinks of targets, opened to be looked at.

use crate::cli::commands::keys::rotate::order::Places;
use crate::cli::commands::keys::rotate::{Found, Sought, find, profile_named};
use crate::cli::commands::token::hand::{self, Found as FoundToken, Hand};
use crate::cli::config::{Config, Of, Source, Target};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::text::word;
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
    of_targets_from(names, None, context)
}

/// The same, where a sink of the target may stand in for a source that has lost its pair.
///
/// # Errors
/// Exit 2, if the configuration cannot be used, or has no such target.
pub fn of_targets_from(names: &[String], from: Option<&Spec>, context: &Context) -> Result<Vec<OfTarget>, Failure> {
    let config = Config::load(context)?;
    let targets = if names.is_empty() { config.any()? } else { config.named(names)? };
    Ok(targets.into_iter().map(|target| look(target, from, context)).collect())
}

fn look(target: &Target, from: Option<&Spec>, context: &Context) -> OfTarget {
    let name = target.name.clone();
    let found = match &target.of {
        Of::ApiKey { .. } => find(&Places::of(target), context)
            .or_else(|failure| stand_in(target, from, context, failure))
            .map(|sought| (sought.found.into_iter().map(Holds::Key).collect(), sought.broken)),
        Of::AuthToken { names, .. } => hand::of_target(context, target, names)
            .map(|hand| OwnedToken { hand, names: names.clone(), sinks: target.places().collect() })
            .map(|token| (vec![Holds::Token(token)], Vec::new()))
            .map_err(|failure| failure.doing(format!("target {name} stopped"))),
    };
    let (holds, broken) = found.unwrap_or_else(|failure| (Vec::new(), vec![failure]));
    OfTarget { name, holds, broken }
}

/// The pair of a target whose source is a profile that has lost its secret: that of the sink which a flag names. Without
/// the flag, the failure names a sink that has one.
fn stand_in(target: &Target, from: Option<&Spec>, context: &Context, failure: Failure) -> Result<Sought, Failure> {
    let Source::Sink(source) = &target.source else { return Err(failure) };
    let (Some(name), Ok(Loaded::Absent)) = (profile_named(source), load(&source.to_string(), [], context)) else {
        return Err(failure);
    };
    let Some(profile) = context.needed_profiles()?.book()?.profiles.remove(&name) else { return Err(failure) };
    let held = |sink: &Spec| match load(&sink.to_string(), [], context) {
        Ok(Loaded::Held(held)) => held.into_iter().next(),
        _ => None,
    };
    let Some(from) = from else {
        let able = target.sinks.iter().find(|sink| held(sink).is_some());
        return Err(match able {
            Some(sink) => failure.hint(format!(
                "{sink} holds a pair: `twcred sink push {} --from {}` puts that into the profile",
                target.name,
                word(sink.to_string())
            )),
            None => failure,
        });
    };
    let from = from.absolute(&env::here().doing("cannot tell where I am")?)?;
    let Some(held) = held(&from).filter(|_| target.sinks.contains(&from)) else {
        return Err(failure.hint(format!("{from} is no sink of the target that holds a pair")));
    };
    let account = profile.account.clone();
    if [&held.account, &target.account, &context.global.account].into_iter().flatten().any(|other| *other != account) {
        return Err(Failure::usage(format!(
            "the profile `{name}` is one of {account}, and what is named is another's"
        )));
    }
    let sinks = target.places().collect();
    let profile = Some((name, profile.endpoint));
    let said = target.account.is_some();
    let found = Found { account, said, file: None, sinks, pair: held.pair, authority: None, profile };
    Ok(Sought { found: vec![found], broken: Vec::new() })
}

/// The key that a sink is one of, though its secret may be gone: that of a profile.
///
/// # Errors
/// If the profiles cannot be read.
pub fn own_key(sink: &str, context: &Context) -> Result<Option<KeySid>, Failure> {
    let Some(name) = profile_named(&Spec::parse(sink)?) else { return Ok(None) };
    let book = context.needed_profiles()?.book()?;
    Ok(book.profiles.get(&name).and_then(|profile| profile.key.clone()))
}

/// Opens a sink by its name. `replace` is the key whose pair may give way; the source is never made anew.
///
/// # Errors
/// If the name is none of a sink.
pub fn open(name: &str, replace: Option<KeySid>, create: bool, context: &Context) -> Result<Box<dyn Sink>, Failure> {
    let spec = Spec::parse(name)?;
    Ok(sinks::open(&spec, &Options { create, replace, ..context.sink_options(None) })?)
}

/// What a sink holds. `expected` are the keys whose pairs are meant where its name leaves that open.
///
/// # Errors
/// If it cannot be read.
pub fn load<'k>(
    name: &str,
    expected: impl IntoIterator<Item = &'k KeySid>,
    context: &Context,
) -> Result<Loaded, Failure> {
    let mut sink = open(name, None, false, context)?;
    expected.into_iter().for_each(|key| sink.expect(key));
    sink.load().doing(format!("cannot read {name}"))
}
