//! The profiles of the official CLI: `~/.twilio-cli/config.json`, which keeps their secrets in clear.
//!
//! Source of the form: `@twilio/cli-core` 9.0.0, `services/config.js`. Entries under `projects` are older ones, whose
//! secrets that CLI kept elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::cli::error::{Doing as _, Failure};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};
use crate::store::file;

/// What the file says.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Its permission bits.
    pub(super) mode: u32,
    /// The profile that the official CLI uses.
    pub(super) active: Option<String>,
    /// Every profile by its name there.
    pub(super) profiles: BTreeMap<String, Theirs>,
    /// The names of the older entries, which hold no secret.
    pub(super) without_secret: Vec<String>,
}

/// A profile of the official CLI.
#[derive(Deserialize)]
pub(super) struct Theirs {
    #[serde(rename = "accountSid")]
    account: Option<Secret>,
    #[serde(rename = "apiKey")]
    key: Option<Secret>,
    #[serde(rename = "apiSecret")]
    secret: Option<Secret>,
    pub(super) region: Option<String>,
    pub(super) edge: Option<String>,
}

/// Of a foreign file, what is not understood is passed over.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "activeProject")]
    active: Option<String>,
    edge: Option<String>,
    #[serde(default)]
    profiles: Named,
    #[serde(default)]
    projects: Vec<Older>,
}

/// The profiles by their names. JSON lets a name stand twice, and whoever reads it so takes the last: the first pair
/// would be known to nobody.
#[derive(Default)]
struct Named {
    all: BTreeMap<String, Theirs>,
    twice: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("profiles by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Named, A::Error> {
                let mut named = Named::default();
                while let Some((name, theirs)) = members.next_entry::<String, Theirs>()? {
                    if named.all.insert(name.clone(), theirs).is_some() {
                        named.twice.insert(name);
                    }
                }
                Ok(named)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[derive(Deserialize)]
struct Older {
    id: String,
}

impl Found {
    /// Reads the file.
    ///
    /// # Errors
    /// Exit 2, if it is not there or not what it should be: then line and column are named, and nothing of it repeated.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let what = || format!("cannot import {}", path.display());
        let seen = file::read(path).doing(what())?;
        let written: Written = serde_json::from_slice(seen.bytes()).map_err(|error| {
            let at = format!("line {}, column {}", error.line(), error.column());
            Failure::usage(format!("{}: not a configuration of the official CLI, {at}", what()))
        })?;
        let Named { all: mut profiles, twice } = written.profiles;
        if !twice.is_empty() {
            let names = twice.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(format!("{}: it has two profiles of one name: {names}", what()))
                .hint("take one of them out, or give it another name there; nothing was taken over"));
        }
        for theirs in profiles.values_mut() {
            theirs.edge = theirs.edge.take().or_else(|| written.edge.clone()).filter(|edge| !edge.is_empty());
            theirs.region = theirs.region.take().filter(|region| !region.is_empty());
        }
        let older = written.projects.into_iter().map(|older| older.id).filter(|id| !profiles.contains_key(id));
        let without_secret = older.collect();
        let mode = path.metadata().map_or(0, |found| found.mode() & 0o7777);
        Ok(Self { path: path.to_owned(), mode, active: written.active, profiles, without_secret })
    }

    /// Who may read the file, in words.
    pub(super) fn readers(&self) -> &'static str {
        match (self.mode & 0o004 != 0, self.mode & 0o040 != 0) {
            (true, _) => "every user of this machine may read it",
            (false, true) => "every user of its group may read it",
            (false, false) => "every program of yours may read it",
        }
    }
}

impl Theirs {
    /// The credential, or what is wrong with it.
    #[expect(clippy::disallowed_methods, reason = "into the parsers of SIDs, which keep a SID only and repeat nothing")]
    pub(super) fn credential(&self) -> Result<Credential, String> {
        let part = |value: &Option<Secret>, name: &str| {
            value.clone().filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is missing"))
        };
        let (account, key) = (part(&self.account, "accountSid")?, part(&self.key, "apiKey")?);
        let secret = part(&self.secret, "apiSecret")?;
        let account = AccountSid::parse(account.expose()).map_err(|why| format!("accountSid {why}"))?;
        // As the official CLI takes them from the environment, an Auth Token stands beside its account in a key's place.
        if key.expose() == account.as_str() {
            return Ok(Credential::AuthToken { account, token: secret });
        }
        let sid = KeySid::parse(key.expose()).map_err(|why| format!("apiKey {why}"))?;
        Ok(Credential::ApiKey { account, pair: KeyPair { sid, secret } })
    }
}
