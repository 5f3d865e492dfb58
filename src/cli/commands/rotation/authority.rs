//! Which credential authorises a rotation.

use std::path::Path;

use crate::cli::context::Context;
use crate::cli::credentials::{self, Prefer, Resolved};
use crate::cli::error::{Doing as _, Failure};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::dotenv::EnvFile;
use crate::model::variable::{Role, group};
use crate::model::{AccountSid, Credential, KeyPair, ProfileName};
use crate::rotation::waiting::{Opened, WaitingRoom};
use crate::rotation::{Rotation, Signer};
use crate::sinks;
use crate::store::file;
use crate::store::profiles::Profile;

/// Where a rotation's credential is looked for.
#[derive(Debug)]
pub struct Search<'a> {
    /// The env file that holds the pair.
    pub file: Option<&'a Path>,
    /// The project of the pair in it; any project of the same account will do if it is not known.
    pub prefix: Option<&'a str>,
    /// The profile that holds the pair, where no env file does.
    pub profile: Option<&'a ProfileName>,
    /// The profile that the target names to authorise.
    pub authority: Option<&'a ProfileName>,
    /// The account whose keys are to be changed.
    pub account: &'a AccountSid,
    /// Whether the target says that account itself, which is as good as the flag.
    pub said: bool,
    /// What is sealed of the rotation that is to go on: a credential that opens it is the one that began it.
    pub sealed: Option<&'a WaitingRoom>,
    /// The pair itself, which may authorise its own replacement.
    pub own: Option<&'a KeyPair>,
    /// The open rotation that is to go on, whose journal notes what it was begun under.
    pub open: Option<&'a Rotation>,
}

impl Search<'_> {
    /// The profile that a flag or the target names, else the Auth Token beside the pair, else what the environment has for
    /// the same account, else an Auth Token of another account, if `--account` or the target names the pair's account or
    /// that token began the rotation, else the pair itself.
    ///
    /// The token of another account is a main account's for its subaccount. That must be said: whether the two belong
    /// together is for Twilio to say, and a token that happens to stand there is not tried on somebody else's keys. Where
    /// the target alone says the account, a pair that may manage keys goes before the token, which need not be meant for it.
    ///
    /// # Errors
    /// Exit 2 if there is none of them, or the file cannot be read; 75 if Twilio does not say whether the pair may.
    pub fn run(&self, context: &Context) -> Result<Resolved, Failure> {
        let mut region = context.global.region.clone();
        let mut edge = context.global.edge.clone();
        if let Some(name) = context.global.profile.as_ref().filter(|name| Some(*name) != self.profile) {
            return self.named(context, name);
        }
        // A rotation that goes on by its id names no file of its own: one that is typed is there for its credential.
        let is_typed = self.open.is_some() && context.global.env_file.is_some();
        if !is_typed && let Some(found) = self.foretold(context)? {
            return Ok(self.in_its_stead(context, &found)?.unwrap_or(found));
        }
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
                profile: None,
                unused: None,
            };
            if let Some(found) = self.token(&document).doing(format!("cannot use {shown}"))? {
                return Ok(resolved(found));
            }
            if let Ok(Some(found)) = sinks::authority(&document, "") {
                parents.push(resolved(found));
            }
        }
        if is_typed {
            if let Some(at) = parents.iter().position(|parent| self.may_be_a_parents(context, parent)) {
                return Ok(parents.swap_remove(at));
            }
            if let Some(found) = self.anothers_key(context) {
                return Ok(found);
            }
            if let Some(found) = self.foretold(context)? {
                return Ok(found);
            }
        }
        let kept = self.kept(context)?;
        if let Some(profile) = &kept {
            region = region.or_else(|| profile.region.clone());
            edge = edge.or_else(|| profile.edge.clone());
        }
        let beside = match self.profile {
            Some(name) => context.resolve_beside_the_profile(name, self.account, Prefer::Token)?,
            None => context.resolve_beside_the_file(Prefer::Token)?,
        };
        if let Some(other) = beside {
            // A profile's key is one of that profile's region, whatever the environment says of others.
            let bound = kept.is_some();
            let around = Resolved {
                account: self.account.clone(),
                region: region.clone().or(other.region.filter(|_| !bound)),
                edge: edge.clone().or(other.edge.filter(|_| !bound)),
                ..other
            };
            if !around.is_foreign() {
                return Ok(around);
            }
            parents.push(around);
        }
        let token = parents.iter().find(|parent| parent.credential.key().is_none());
        let unused = token.map(|found| (found.credential.account().clone(), found.secrets_place().to_owned()));
        parents.retain(|parent| self.may_be_a_parents(context, parent));
        let parent = (!parents.is_empty()).then(|| parents.swap_remove(0));
        let own = self.own_pair(kept, region, edge);
        match (parent, own) {
            (Some(parent), Some(own)) if self.is_said_by_the_target_alone(context, &parent) => {
                Ok(if manages(context, &own)? { own } else { parent })
            }
            (Some(parent), _) => Ok(parent),
            (None, Some(own)) if self.is_for_another() && !manages(context, &own)? => Err(self.nobody(unused.as_ref())),
            (None, Some(own)) => Ok(Resolved { unused, ..own }),
            (None, None) => Err(self.nobody(unused.as_ref())),
        }
    }

    /// What the target says, else what the journal notes, where that is no place which is looked into anyway.
    ///
    /// # Errors
    /// Exit 2 if the target's profile cannot be used, or either is of another account; 75 if a keyring does not answer.
    fn foretold(&self, context: &Context) -> Result<Option<Resolved>, Failure> {
        if let Some(name) = self.authority {
            let found = context.resolve_profile(name).map_err(|failure| self.with_what_is_noted(failure));
            return self.of_account(context, Some(found?.0), name).map(Some);
        }
        let Some((open, noted)) = self.open.and_then(|open| Some((open, open.begun().signer.as_deref()?))) else {
            return Ok(None);
        };
        let profile = noted.profile().and_then(|name| ProfileName::parse(name).ok());
        let profile = profile.filter(|name| Some(name) != self.profile);
        let file = noted.file().map(Path::new).filter(|path| Some(*path) != self.file);
        let found = match (&profile, file) {
            (Some(name), _) => context.resolve_profile(name).map(|(found, _)| found),
            (None, Some(path)) => context.resolve_file(path),
            (None, None) => return Ok(None),
        };
        let id = &open.begun().id;
        match found {
            Ok(found) if *found.credential.account() == noted.account && found.credential.key().is_none() => {
                Ok(Some(Resolved { account: self.account.clone(), ..found }))
            }
            Ok(found)
                if found.credential.account() == self.account
                    && (noted.key.is_some() || found.credential.key().is_none()) =>
            {
                Ok(Some(found))
            }
            Ok(found) => {
                let user = found.credential.user();
                context.ui.warn(format!("rotation {id} was begun under {noted}, where that of {user} is now"));
                Ok(None)
            }
            // Another credential may take the rotation to its end.
            Err(failure) if failure.exit() == Exit::Usage => {
                let why = failure.chain().join(": ");
                context.ui.warn(format!("rotation {id} was begun under {noted}, which cannot be had: {why}"));
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// What the environment has for the account, if that opens what is sealed: a run that it signed has sealed it anew, since
    /// what the rotation was begun under had ended. Or if Twilio refuses the token that the journal notes.
    fn in_its_stead(&self, context: &Context, noted: &Resolved) -> Result<Option<Resolved>, Failure> {
        let around = context.resolve_beside_the_file(Prefer::Token)?;
        let around = around.filter(|around| around.credential.account() == self.account);
        match around {
            Some(around) if self.began(&around) && !self.began(noted) => Ok(Some(around)),
            Some(around) if self.authority.is_none() && is_dead(context, noted)? => Ok(Some(around)),
            _ => Ok(None),
        }
    }

    /// The key of the account that a typed file holds, where it holds none of the rotation's own.
    fn anothers_key(&self, context: &Context) -> Option<Resolved> {
        let path = self.file.filter(|_| self.own.is_none())?;
        let found = context.resolve_file(path).ok();
        found.filter(|found| found.credential.key().is_some() && found.credential.account() == self.account)
    }

    /// Whether the rotation was begun under another credential than its own pair: then that need not be able to manage keys.
    fn is_for_another(&self) -> bool {
        let signer = self.open.and_then(|open| Some((open, open.begun().signer.as_deref()?)));
        signer.is_some_and(|(open, signer)| signer.key.as_ref() != Some(&open.begun().old))
    }

    fn noted(&self) -> Option<&Signer> {
        self.open?.begun().signer.as_deref()
    }

    fn with_what_is_noted(&self, failure: Failure) -> Failure {
        match (self.open, self.noted()) {
            (Some(open), Some(noted)) => failure.hint(format!(
                "rotation {id} was begun under {noted}; to go on with another credential: twcred rotation resume {id} \
                 --profile NAME",
                id = open.begun().id
            )),
            _ => failure,
        }
    }

    fn nobody(&self, unused: Option<&(AccountSid, String)>) -> Failure {
        let account = self.account;
        let what = match self.noted() {
            Some(noted) => {
                format!("there is no credential for the account {account}; the rotation was begun under {noted}")
            }
            None => format!("there is no credential for the account {account}"),
        };
        let failure = Failure::usage(what)
            .hint("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or name a file that holds them with --env-file")
            .hint("or name a profile: --profile NAME");
        match unused {
            Some((parent, place)) => failure.hint(credentials::for_its_subaccount(account, parent, place)),
            None => failure.hint(format!("with the Auth Token of its main account: --account {account}")),
        }
    }

    /// The pair, as what authorises its own replacement.
    fn own_pair(&self, kept: Option<Profile>, region: Option<String>, edge: Option<String>) -> Option<Resolved> {
        let own = self.own?;
        let source = match (self.file, self.profile) {
            (Some(path), _) => path.display().to_string(),
            (None, Some(name)) => format!("profile {name}"),
            (None, None) => "the rotation".to_owned(),
        };
        Some(Resolved {
            credential: Credential::ApiKey { account: self.account.clone(), pair: own.clone() },
            account: self.account.clone(),
            origins: vec![(Role::KeySecret, source.clone())],
            source,
            region,
            edge,
            profile: self.profile.cloned().zip(kept.map(|profile| profile.endpoint)),
            unused: None,
        })
    }

    /// The profile that a flag names, which must be one of the account.
    fn named(&self, context: &Context, name: &ProfileName) -> Result<Resolved, Failure> {
        let found = context.resolve_beside_the_file(Prefer::Token)?;
        self.of_account(context, found, name)
    }

    fn of_account(&self, context: &Context, found: Option<Resolved>, name: &ProfileName) -> Result<Resolved, Failure> {
        let token = match found {
            Some(found) if found.credential.account() == self.account || self.may_be_a_parents(context, &found) => {
                return Ok(Resolved { account: self.account.clone(), ..found });
            }
            Some(found) => found.credential.key().is_none(),
            None => false,
        };
        let failure = Failure::usage(format!("the profile `{name}` is not one of the account {}", self.account));
        let failure = failure.hint(match self.authority {
            Some(_) => "name one of that account in the target: `twcred profile list` shows them",
            None => "leave --profile out, or name one of that account: `twcred profile list` shows them",
        });
        Err(match self.authority {
            _ if !token => failure,
            Some(_) => failure.hint(format!(
                "if it is the main account's Auth Token: write account = \"{}\" into the target",
                self.account
            )),
            None => failure.hint(format!("if it is the main account's Auth Token: --account {}", self.account)),
        })
    }

    /// Whether a credential of another account is to be used for this one: an Auth Token, if a flag or the target says so,
    /// or if it began the rotation.
    fn may_be_a_parents(&self, context: &Context, found: &Resolved) -> bool {
        let is_told = self.is_flagged(context) || self.said || self.is_noted(found) || self.began(found);
        found.credential.key().is_none() && is_told
    }

    /// Whether the journal notes that a token of this one's account began the rotation.
    fn is_noted(&self, found: &Resolved) -> bool {
        self.noted().is_some_and(|noted| noted.key.is_none() && noted.account == *found.credential.account())
    }

    fn is_flagged(&self, context: &Context) -> bool {
        context.global.account.as_ref() == Some(self.account)
    }

    fn is_said_by_the_target_alone(&self, context: &Context, found: &Resolved) -> bool {
        self.said && !self.is_flagged(context) && !self.is_noted(found) && !self.began(found)
    }

    /// Whether what is sealed of the rotation opens with this credential.
    fn began(&self, found: &Resolved) -> bool {
        self.sealed.is_some_and(|room| matches!(room.open(found.credential.secret()), Ok(Opened::Both(_))))
    }

    /// What the file of profiles says of the one that holds the pair.
    fn kept(&self, context: &Context) -> Result<Option<Profile>, Failure> {
        match (self.profile, context.profiles()) {
            (Some(name), Some(profiles)) => Ok(Some(profiles.profile(name)?)),
            _ => Ok(None),
        }
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

/// Whether Twilio refuses an Auth Token. Reads only.
fn is_dead(context: &Context, token: &Resolved) -> Result<bool, Failure> {
    if token.credential.key().is_some() {
        return Ok(false);
    }
    let client = context.client(token)?;
    let found = interrupt::block_on(async { Ok(client.account(&token.credential, token.credential.account()).await) })?;
    Ok(found.is_err_and(|error| error.is_refusal()))
}

/// Whether a pair may manage keys, itself among them. Reads only.
fn manages(context: &Context, own: &Resolved) -> Result<bool, Failure> {
    let Some(sid) = own.credential.key() else { return Ok(false) };
    let client = context.client(own)?;
    match interrupt::block_on(async { Ok(client.key(&own.credential, &own.account, sid).await) })? {
        Ok(found) => Ok(found.is_some()),
        Err(error) if error.is_refusal() => Ok(false),
        Err(error) => Err(Failure::from(error).doing(format!("cannot tell whether {sid} may manage keys"))),
    }
}
