//! The Auth Tokens in hand: all that the sources in force hold, not only the one that would sign a request.

use std::collections::BTreeSet;

use super::source::{Doubt, Value};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::Failure;
use crate::model::variable::{Role, Variable, classify};
use crate::model::{Fingerprint, Secret, TokenNames};

/// The variable that every official client reads.
const TOKEN: &str = "TWILIO_AUTH_TOKEN";

/// A place that holds a token.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Such as `repos.env:12 TWILIO_AUTH_TOKEN`.
    pub place: String,
    /// The variable.
    pub variable: String,
    /// Which token of its account it is; nothing for a variable of another name, which the user gave.
    pub role: Option<Role>,
}

/// A token, and every place that holds it.
#[derive(Debug, Clone)]
pub struct Token {
    /// At least one, in the order of the sources.
    pub holders: Vec<Holder>,
    /// The token itself.
    pub secret: Secret,
}

impl Token {
    /// The name of its value.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.secret.fingerprint()
    }
}

/// Every token in hand, each once.
#[derive(Debug, Default)]
pub struct Tokens {
    /// In the order of the sources.
    pub all: Vec<Token>,
    /// Places whose value is not to be relied upon, and why.
    pub unread: Vec<(String, Doubt)>,
}

impl Context {
    /// Every Auth Token of the sources in force, each project's, with the secondary and the previous one; and the values
    /// of the variables that the user names. The secondary and the previous one may have one of these suffixes as well.
    ///
    /// # Errors
    /// Exit 2, if the env file cannot be read, a variable that was named stands nowhere, or there is no token that can be
    /// relied upon.
    pub fn tokens_in_hand(&self, wanted: &[String], suffixes: &[TokenNames]) -> Result<Tokens, Failure> {
        let values = self.values_in_hand()?;
        let names: BTreeSet<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let mut tokens = Tokens::default();
        for value in &values {
            if let Some(variable) = token(&value.name)
                && is_twilios(variable, &names)
            {
                tokens.add(value, &value.name, Some(variable.role));
            } else if let Some(variable) = wanted.iter().find(|variable| value.is_of(variable)) {
                tokens.add(value, variable, None);
            } else if let Some((variable, of, role)) = suffixes.iter().find_map(|suffixes| value.staged(suffixes))
                && is_twilios(of, &names)
            {
                tokens.add(value, variable, Some(role));
            }
        }
        if self.global.env_file.is_none() {
            for suffixes in suffixes {
                for (name, role) in [
                    (suffixes.secondary_of(TOKEN), Role::AuthTokenSecondary),
                    (suffixes.previous_of(TOKEN), Role::AuthTokenPrevious),
                ] {
                    let set = if tokens.hold(&name) { None } else { env::values_of([name.as_str()]).remove(&name) };
                    if let Some(secret) = set {
                        tokens.put(
                            secret,
                            Holder { place: format!("environment {name}"), variable: name, role: Some(role) },
                        );
                    }
                }
            }
            let others = wanted.iter().map(String::as_str).filter(|name| !tokens.hold(name));
            for (name, secret) in env::values_of(others) {
                let role = token(&name).map(|variable| variable.role);
                tokens.put(secret, Holder { place: format!("environment {name}"), variable: name, role });
            }
        }
        if let Some(missing) = wanted.iter().find(|name| !tokens.hold(name)) {
            return Err(Failure::usage(format!("no source in force sets {missing}, which --var names"))
                .hint("name the file that holds it: --env-file repos.env"));
        }
        if tokens.all.is_empty() && !tokens.unread.is_empty() {
            let failure = Failure::usage("no Auth Token in hand can be relied upon");
            return Err(tokens
                .unread
                .iter()
                .fold(failure, |failure, (place, why)| failure.hint(format!("{place}: {why}"))));
        }
        if tokens.all.is_empty() {
            return Err(Failure::usage("there is no Auth Token in hand")
                .hint("name the file that holds it: --env-file repos.env, or set TWILIO_AUTH_TOKEN")
                .hint("--var VARIABLE takes a token, or the secret of a SharedKey, under another name"));
        }
        Ok(tokens)
    }
}

impl Tokens {
    fn add(&mut self, value: &Value, variable: &str, role: Option<Role>) {
        let place = if value.name.is_empty() { format!("{} {variable}", value.place) } else { value.place.clone() };
        match &value.value {
            Ok(secret) => self.put(secret.clone(), Holder { place, variable: variable.to_owned(), role }),
            Err(doubt) => self.unread.push((place, doubt.clone())),
        }
    }

    fn put(&mut self, secret: Secret, holder: Holder) {
        match self.all.iter_mut().find(|token| token.secret == secret) {
            Some(known) => known.holders.push(holder),
            None => self.all.push(Token { holders: vec![holder], secret }),
        }
    }

    /// Whether a variable is among them, be it readable or not.
    fn hold(&self, variable: &str) -> bool {
        let read = self.all.iter().flat_map(|token| &token.holders).any(|holder| holder.variable == variable);
        read || self.unread.iter().any(|(place, _)| place.ends_with(&format!(" {variable}")))
    }
}

/// The name of an Auth Token's variable, of whatever stage.
fn token(name: &str) -> Option<Variable<'_>> {
    classify(name).filter(|variable| variable.role.is_token())
}

/// A name without `TWILIO_` under a project's prefix may be anybody's (`GITHUB_AUTH_TOKEN`): it counts beside an
/// `…ACCOUNT_SID` of the same prefix.
fn is_twilios(token: Variable<'_>, names: &BTreeSet<&str>) -> bool {
    let partner = || {
        let others = names.iter().filter_map(|name| classify(name));
        others.into_iter().any(|other| other.prefix == token.prefix && other.bare && other.role == Role::AccountSid)
    };
    !token.bare || token.prefix.is_empty() || partner()
}
