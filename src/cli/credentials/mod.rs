//! Which credential is in force, and where each of its values came from.
//!
//! A credential is taken whole from one source: the env file that a flag names, else the environment, else what systemd
//! handed over. A source that holds half of one is an error and never completed from the next: two halves that do not
//! belong together authenticate as nobody, and nobody can see why.

pub mod assemble;
pub mod source;

use std::path::PathBuf;

use super::context::Context;
use super::env;
use super::error::Failure;
use super::exit::Exit;
use crate::dotenv::{EnvFile, Lookup};
use crate::model::variable::{Role, group};
use crate::model::{AccountSid, Credential, Secret};
use assemble::{Assembled, CredentialError, assemble};
use source::{Value, Values};

/// What kind of credential to take where one source holds both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The Auth Token, which may manage keys.
    Token,
    /// The API key, to be looked at itself.
    Key,
}

/// A credential with its origin.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The credential.
    pub credential: Credential,
    /// The account to act on: `--account`, else the credential's own.
    pub account: AccountSid,
    /// Where each value was found, such as `repos.env:12 TWILIO_AUTH_TOKEN`.
    pub origins: Vec<(Role, String)>,
    /// The source as a whole: a file, `the environment`, `standard input`.
    pub source: String,
    /// The region, from the flag or beside the credential.
    pub region: Option<String>,
    /// The edge, from the flag or beside the credential.
    pub edge: Option<String>,
}

impl Resolved {
    /// Whether the account to act on is another than the credential's own: a subaccount of it, or none of its business.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        !self.account.as_str().eq_ignore_ascii_case(self.credential.account().as_str())
    }

    /// The failure of a request that this credential signed: if it was refused, with the place the credential is from.
    pub fn blame(&self, error: impl Into<Failure>, what: impl Into<String>) -> Failure {
        let failure = error.into().doing(what);
        if failure.exit() == Exit::Refused { self.name_the_secret(failure) } else { failure }
    }

    /// Adds to a refusal which credential was refused, and where its secret came from.
    #[must_use]
    pub fn name_the_secret(&self, failure: Failure) -> Failure {
        let secret = self.origins.iter().find(|(role, _)| role.is_secret()).map_or("", |(_, place)| place);
        let user = self.credential.user();
        let failure = failure.hint(format!("the request was signed by {user}; its secret is from {secret}"));
        if !self.is_foreign() {
            return failure;
        }
        let account = &self.account;
        failure.hint(format!(
            "it was about {account}: that is right if {account} is a subaccount of {user}; otherwise sign with its own \
             Auth Token: --env-file FILE with its TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
        ))
    }
}

impl Context {
    /// Finds the credential in force.
    ///
    /// # Errors
    /// Exit 2, if there is none, half of one, or several that could be meant; also for an API key where `--account` names
    /// another account than its own: no key reaches another account.
    pub fn resolve(&self, prefer: Prefer) -> Result<Resolved, Failure> {
        for values in self.sources() {
            let values = values?;
            if values.has_secret() || self.global.env_file.is_some() {
                let resolved = self.complete(&values, prefer)?;
                return match resolved.credential.key() {
                    Some(key) if resolved.is_foreign() => Err(CredentialError::OtherAccount {
                        key: key.clone(),
                        source_name: resolved.source.clone(),
                        own: resolved.credential.account().clone(),
                        asked: resolved.account,
                    }
                    .into()),
                    _ => Ok(resolved),
                };
            }
        }
        Err(CredentialError::None.into())
    }

    /// The sources in order of precedence, each read when its turn comes; `--env-file` excludes the others.
    fn sources(&self) -> Vec<Result<Values, Failure>> {
        if let Some(path) = &self.global.env_file {
            return vec![self.env_file(path)];
        }
        Self::surroundings()
    }

    fn env_file(&self, path: &std::path::Path) -> Result<Values, Failure> {
        if path.as_os_str() == "-" { self.standard_input() } else { Ok(Values::read(path)?) }
    }

    fn complete(&self, values: &Values, prefer: Prefer) -> Result<Resolved, Failure> {
        let Assembled { credential, mut origins } = assemble(values, prefer, self.global.account.as_ref())?;
        let (region, edge) = self.place(Some(values), &mut origins);
        Ok(Resolved {
            account: self.global.account.clone().unwrap_or_else(|| credential.account().clone()),
            credential,
            origins,
            source: values.source().to_owned(),
            region,
            edge,
        })
    }

    /// The region and the edge: of the flags, else of the source, else of the environment. Adds where each was found.
    pub fn place(
        &self,
        values: Option<&Values>,
        origins: &mut Vec<(Role, String)>,
    ) -> (Option<String>, Option<String>) {
        let mut find = |role, flag: &Option<String>, name: &str| {
            let found = flag.clone().map(|value| (value, name.to_owned()));
            let found = found.or_else(|| values?.plain(role)).or_else(|| env_region(role));
            found.map(|(value, place)| {
                origins.push((role, place));
                value
            })
        };
        let region = find(Role::Region, &self.global.region, "--region");
        (region, find(Role::Edge, &self.global.edge, "--edge"))
    }

    fn standard_input(&self) -> Result<Values, Failure> {
        let mut once = self.stdin.borrow_mut();
        if let Some(values) = &*once {
            return Ok(values.clone());
        }
        let values = Values::standard_input()?;
        *once = Some(values.clone());
        Ok(values)
    }

    /// Finds the credential of the sources behind `--env-file`, for a command whose env file is its target and may hold
    /// none.
    ///
    /// # Errors
    /// Exit 2, if a source holds half of one.
    pub fn resolve_beside_the_file(&self, prefer: Prefer) -> Result<Option<Resolved>, Failure> {
        for values in Self::surroundings() {
            let values = values?;
            if values.has_secret() {
                return self.complete(&values, prefer).map(Some);
            }
        }
        Ok(None)
    }

    fn surroundings() -> Vec<Result<Values, Failure>> {
        let mut sources = vec![Ok(Values::environment(env::credentials()))];
        if let Some(path) = env::credentials_directory().and_then(|dir| handed_over(&dir)) {
            sources.push(Values::read(&path).map_err(Failure::from));
        }
        sources
    }

    /// Every value of the sources in force, to see which of them hold a key.
    ///
    /// # Errors
    /// Exit 2, if the env file cannot be read.
    pub fn values_in_force(&self) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for values in self.sources() {
            found.extend(values?.all().iter().cloned());
        }
        Ok(found)
    }
}

/// The region of the environment completes an env file that says none: it is no part of the credential.
fn env_region(role: Role) -> Option<(String, String)> {
    Values::environment(env::credentials()).plain(role)
}

/// A plain value of a project in an env file, or else of the file as a whole: a region or an edge.
#[must_use]
pub fn beside(document: &EnvFile, prefix: &str, role: Role) -> Option<String> {
    let groups = group(document.assignments().map(|assignment| assignment.name.as_str()));
    let of = |prefix: &str| {
        let found = groups.iter().find(|group| group.prefix == prefix)?;
        let name = found.of(role).next()?;
        match document.lookup(name) {
            Lookup::One { value, .. } | Lookup::Same { value, .. } if !value.is_empty() => Some(plain(&value)),
            _ => None,
        }
    };
    of(prefix).or_else(|| of(""))
}

#[expect(clippy::disallowed_methods, reason = "a region or an edge is no secret; it becomes part of a host name")]
fn plain(value: &Secret) -> String {
    value.expose().to_owned()
}

fn handed_over(dir: &std::path::Path) -> Option<PathBuf> {
    ["twcred", "repos.env"].iter().map(|name| dir.join(name)).find(|path| path.is_file())
}
