//! The credential that a child or standard output is given: one, whole, under the names that every client reads.

use crate::cli::context::Context;
use crate::cli::credentials::source::Value;
use crate::cli::credentials::{Prefer, Resolved};
use crate::cli::error::Failure;
use crate::model::variable::{Role, classify};
use crate::model::{Credential, KeySid, Secret};

/// Which credential of the source is meant.
#[derive(Debug, clap::Args)]
pub struct Choice {
    /// Give the key whose SID stands in this variable
    #[arg(long, value_name = "VARIABLE")]
    var: Option<String>,
    /// Give the Auth Token, and not an API key
    #[arg(long, conflicts_with = "var")]
    auth_token: bool,
}

/// A credential in variables.
pub struct Handed {
    /// Names and values, in order; SIDs, region and edge among them.
    pub variables: Vec<(&'static str, Secret)>,
    /// Where each value came from, for `-v`.
    pub from: String,
}

impl Choice {
    /// Finds the credential in force, an API key if there is one: it may do less than the Auth Token, and can be revoked
    /// alone.
    ///
    /// # Errors
    /// Exit 2, if there is none, or nothing says which of several is meant.
    pub fn find(&self, context: &Context) -> Result<Handed, Failure> {
        let resolved = match &self.var {
            Some(variable) => context.resolve_pair(variable)?,
            None => context.resolve_any(if self.auth_token { Prefer::Token } else { Prefer::Key })?,
        };
        match (&resolved.credential, self.auth_token) {
            (Credential::ApiKey { .. }, true) => {
                return Err(Failure::usage(format!("there is an API key and no Auth Token in {}", resolved.source))
                    .hint("leave --auth-token out, or name another source with --env-file"));
            }
            (_, false) if self.var.is_none() => is_clear(&resolved, context)?,
            _ => {}
        }
        handed(&resolved)
    }
}

/// A file of several projects holds several keys, and to give any of them would be a guess.
fn is_clear(resolved: &Resolved, context: &Context) -> Result<(), Failure> {
    let Some(choices) = context.choices_in(&resolved.source) else { return Ok(()) };
    let mut keys: Vec<KeySid> = context.values_in_force()?.iter().filter_map(Value::key_sid).collect();
    keys.sort();
    keys.dedup();
    let clear = match resolved.credential.key() {
        // The plain names come first: what stands there is meant.
        Some(_) => {
            keys.len() == 1 || resolved.origins.iter().any(|(role, place)| *role == Role::KeySid && is_plain(place))
        }
        None => false,
    };
    if clear {
        return Ok(());
    }
    let failure =
        Failure::usage(format!("nothing says which credential of {} is meant", resolved.source)).hint(choices);
    Err(if resolved.credential.key().is_none() { failure.hint("or the Auth Token: --auth-token") } else { failure })
}

/// Whether a place is a variable without a project's prefix.
fn is_plain(place: &str) -> bool {
    place.rsplit(' ').next().and_then(classify).is_some_and(|known| known.prefix.is_empty())
}

fn handed(resolved: &Resolved) -> Result<Handed, Failure> {
    let text = |text: &str| Secret::new(text.to_owned());
    let mut variables = Vec::new();
    let own = resolved.credential.account();
    if resolved.is_foreign() {
        let asked = &resolved.account;
        let what = match &resolved.credential {
            Credential::ApiKey { pair, .. } => format!("{} is an API key of {own}", pair.sid),
            Credential::AuthToken { .. } => format!("the Auth Token is that of {own}"),
        };
        return Err(Failure::usage(format!("{what}, and --account says {asked}")).hint(format!(
            "a credential is good with its own account only: leave --account out, or name a source that has one of {asked}: \
             --env-file FILE"
        )));
    }
    match &resolved.credential {
        Credential::ApiKey { pair, .. } => {
            variables.push(("TWILIO_ACCOUNT_SID", text(resolved.account.as_str())));
            variables.push(("TWILIO_API_KEY", text(pair.sid.as_str())));
            variables.push(("TWILIO_API_SECRET", pair.secret.clone()));
        }
        Credential::AuthToken { account, token } => {
            variables.push(("TWILIO_ACCOUNT_SID", text(account.as_str())));
            variables.push(("TWILIO_AUTH_TOKEN", token.clone()));
        }
    }
    variables.extend(resolved.region.as_deref().map(|region| ("TWILIO_REGION", text(region))));
    variables.extend(resolved.edge.as_deref().map(|edge| ("TWILIO_EDGE", text(edge))));
    Ok(Handed { variables, from: format!("{} from {}", resolved.credential.user(), resolved.secrets_place()) })
}

/// Whether a variable of the environment holds a credential of Twilio, of whatever project, or says where it is good. A
/// bare `AUTH_TOKEN` may be anybody's.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    classify(name).is_some_and(|known| !known.bare) || name.contains("TWILIO_AUTH_TOKEN_")
}
