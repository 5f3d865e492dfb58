//! Which credential authorises a rotation.

use std::path::Path;

use crate::cli::context::Context;
use crate::cli::credentials::{self, Prefer, Resolved};
use crate::cli::error::{Doing as _, Failure};
use crate::dotenv::EnvFile;
use crate::model::variable::{Role, group};
use crate::model::{AccountSid, Credential, KeyPair};
use crate::sinks;
use crate::store::file;

/// Where a rotation's credential is looked for.
#[derive(Debug)]
pub struct Search<'a> {
    /// The env file that holds the pair.
    pub file: Option<&'a Path>,
    /// The project of the pair in it; any project of the same account will do if it is not known.
    pub prefix: Option<&'a str>,
    /// The account whose keys are to be changed.
    pub account: &'a AccountSid,
    /// The pair itself, which may authorise its own replacement.
    pub own: Option<&'a KeyPair>,
}

impl Search<'_> {
    /// The Auth Token beside the pair, else what the environment has for the same account, else the Auth Token of
    /// another account under its plain names, in the file or in the environment, if `--account` names the pair's account,
    /// else the pair itself.
    ///
    /// The third is a main account's for its subaccount. That takes a flag: whether the two belong together is for Twilio
    /// to say, and a token that happens to stand there is not tried on somebody else's keys.
    ///
    /// # Errors
    /// Exit 2 if there is none of them, or the file cannot be read.
    pub fn run(&self, context: &Context) -> Result<Resolved, Failure> {
        let mut region = context.global.region.clone();
        let mut edge = context.global.edge.clone();
        let mut parents = Vec::new();
        if let Some(path) = self.file {
            let shown = path.display().to_string();
            let read = file::read(path).doing(format!("cannot use {shown}"))?;
            let document = EnvFile::parse(read.bytes());
            let prefix = self.prefix.unwrap_or_default();
            region = region.or_else(|| credentials::beside(&document, prefix, Role::Region));
            edge = edge.or_else(|| credentials::beside(&document, prefix, Role::Edge));
            let resolved = |found: sinks::Authority| Resolved {
                origins: vec![(Role::AuthToken, format!("{shown}:{} {}", found.line, found.token_var))],
                credential: Credential::AuthToken { account: found.account, token: found.token },
                account: self.account.clone(),
                source: shown.clone(),
                region: region.clone(),
                edge: edge.clone(),
            };
            if let Some(found) = self.token(&document).doing(format!("cannot use {shown}"))? {
                return Ok(resolved(found));
            }
            if let Ok(Some(found)) = sinks::authority(&document, "") {
                parents.push(resolved(found));
            }
        }
        if let Some(around) = context.resolve_beside_the_file(Prefer::Token)? {
            let account = self.account.clone();
            let (region, edge) = (region.clone().or(around.region), edge.clone().or(around.edge));
            let around = Resolved { account, region, edge, ..around };
            if !around.is_foreign() {
                return Ok(around);
            }
            if around.credential.key().is_none() {
                parents.push(around);
            }
        }
        if context.global.account.as_ref() == Some(self.account) && !parents.is_empty() {
            return Ok(parents.swap_remove(0));
        }
        let Some(own) = self.own else {
            return Err(Failure::usage(format!("there is no credential for the account {}", self.account))
                .hint("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or name a file that holds them with --env-file")
                .hint(format!("with the Auth Token of its main account: --account {}", self.account)));
        };
        let source = self.file.map_or_else(|| "the rotation".to_owned(), |path| path.display().to_string());
        Ok(Resolved {
            credential: Credential::ApiKey { account: self.account.clone(), pair: own.clone() },
            account: self.account.clone(),
            origins: vec![(Role::KeySecret, source.clone())],
            source,
            region,
            edge,
        })
    }

    fn token(&self, document: &EnvFile) -> Result<Option<sinks::Authority>, sinks::PairError> {
        let prefixes: Vec<String> = match self.prefix {
            Some(prefix) => vec![prefix.to_owned()],
            None => group(document.assignments().map(|assignment| assignment.name.as_str()))
                .into_iter()
                .map(|group| group.prefix)
                .collect(),
        };
        for prefix in prefixes {
            if let Some(found) = sinks::authority(document, &prefix)?
                && found.account == *self.account
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
