//! `keyring:NAME`: a profile, whose secret is in the operating system's keyring.
//!
//! SID and secret are one value of one entry, and the profile leads to the old entry or to the new one, never to a
//! mixture (see [`crate::store::profiles`]). A profile that was added with `--store file` keeps its secret there.

mod tokens;

use std::sync::{Mutex, PoisonError};

use super::{
    Error, Halfway, Held, Loaded, LoadedTokens, Options, Place, Sink, Spec, TokenChange, TokenTarget, TokensStored,
};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, ProfileName, RotationId, Secret};
use crate::store::profiles::{self, Contents, EntryName, Kept, Profile, Profiles, Site};

#[derive(Debug)]
struct KeyringSink {
    spec: Spec,
    name: ProfileName,
    profiles: Profiles,
    options: Options,
    /// The entry that was announced, for the next pair.
    announced: Mutex<Option<EntryName>>,
}

/// Opens a profile as a sink.
///
/// # Errors
/// [`Error::ProfileName`] if the name is none, [`Error::Fragment`] if there is a fragment, [`Error::NoProfiles`] if
/// there is nothing that could keep one.
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    if spec.fragment().is_some() {
        return Err(Error::Fragment { spec: spec.to_string(), why: "means nothing to a profile" });
    }
    let name = ProfileName::parse(spec.target())
        .map_err(|source| Error::ProfileName { spec: spec.scheme().to_owned(), source })?;
    let profiles = options.profiles.clone().ok_or_else(|| Error::NoProfiles { spec: spec.to_string() })?;
    let announced = Mutex::default();
    Ok(Box::new(KeyringSink { spec: spec.clone(), name, profiles, options: options.clone(), announced }))
}

impl KeyringSink {
    fn find(&self) -> Result<Option<Profile>, Error> {
        Ok(self.profiles.book()?.profiles.remove(&self.name))
    }

    fn place(&self, profile: &Profile) -> Place {
        Place { what: format!("profile {} ({})", self.name, self.profiles.place(profile)) }
    }

    /// Says whether a key may take the place of what the profile is now.
    fn guard(&self, old: Option<&Profile>, account: Option<&AccountSid>, new: Option<&KeySid>) -> Result<(), Error> {
        let Some(old) = old else {
            let missing = || Error::NoPair { path: self.profiles.path(), variable: format!("profile `{}`", self.name) };
            return if self.options.create { Ok(()) } else { Err(missing()) };
        };
        let Some(key) = &old.key else { return Err(Error::HoldsToken { spec: self.spec.to_string() }) };
        if !self.options.may_replace(key, new) {
            return Err(Error::Occupied { place: self.place(old), sid: key.clone() });
        }
        self.same_site(old)?;
        if account.is_some_and(|account| *account != old.account) {
            return Err(Error::OtherAccount { place: self.place(old) });
        }
        Ok(())
    }

    /// Whether the profile is one of the Twilio that this run is about.
    fn same_site(&self, old: &Profile) -> Result<(), Error> {
        match &self.options.site {
            Some(site) if site.endpoint != old.endpoint => Err(Error::OtherSite {
                spec: self.spec.to_string(),
                kept: old.endpoint.clone(),
                here: site.endpoint.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Keeps something under the profile's name, in the store that it has.
    fn keep(
        &self,
        old: Option<&Profile>,
        contents: &Contents,
        guard: impl FnOnce(Option<&Profile>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let known =
            old.map(|old| Site { endpoint: old.endpoint.clone(), region: old.region.clone(), edge: old.edge.clone() });
        let Some(site) = known.or_else(|| self.options.site.clone()) else {
            return Err(Error::NoProfiles { spec: self.spec.to_string() });
        };
        let store = old.map_or_else(|| self.profiles.keyring(), |old| old.store);
        let kept = Kept { name: &self.name, contents, site: &site, store, activate: false };
        let noted = self.announced.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.profiles.keep_at(&kept, noted, guard).map(drop)
    }
}

impl Sink for KeyringSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn announce(&self) -> Result<(), Error> {
        let store = self.find()?.map_or_else(|| self.profiles.keyring(), |old| old.store);
        let entry = self.profiles.announce(&self.name, store)?;
        *self.announced.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        Ok(())
    }

    fn halfway(&self, sid: &KeySid, _: &RotationId) -> Result<Halfway, Error> {
        let Some(left) = self.profiles.left(&self.name)? else { return Ok(Halfway::Unknown) };
        Ok(left
            .into_iter()
            .find_map(|contents| match contents.credential {
                Credential::ApiKey { pair, .. } if pair.sid == *sid => Some(Halfway::Pair(pair)),
                _ => None,
            })
            .unwrap_or(Halfway::Nothing))
    }

    /// Keeps something in the store that is no secret, reads it back and takes it out: whether a keyring is there and
    /// open cannot be told otherwise.
    fn probe(&self) -> Result<(), Error> {
        let old = self.find()?;
        self.guard(old.as_ref(), None, None)?;
        Ok(self.profiles.probe(old.map_or_else(|| self.profiles.keyring(), |old| old.store))?)
    }

    fn store(&self, account: &AccountSid, pair: &KeyPair) -> Result<(), Error> {
        let contents = Contents::from(Credential::ApiKey { account: account.clone(), pair: pair.clone() });
        let guard = |old: Option<&Profile>| self.guard(old, Some(account), Some(&pair.sid));
        self.keep(self.find()?.as_ref(), &contents, guard)
    }

    fn load(&self) -> Result<Loaded, Error> {
        let holds_token = || Error::HoldsToken { spec: self.spec.to_string() };
        match self.find()? {
            None => return Ok(Loaded::Absent),
            Some(profile) if profile.key.is_none() => return Err(holds_token()),
            Some(_) => {}
        }
        let loaded = match self.profiles.load(&self.name) {
            // There is a profile and nothing that could be used; it takes a pair as one that is new does.
            Err(profiles::Error::Gone { .. } | profiles::Error::Entry { whole: false, .. }) => {
                return Ok(Loaded::Absent);
            }
            loaded => loaded?,
        };
        match loaded {
            (profile, Credential::ApiKey { account, pair }) => {
                Ok(Loaded::Held(vec![Held { place: self.place(&profile), pair, account: Some(account) }]))
            }
            (_, Credential::AuthToken { .. }) => Err(holds_token()),
        }
    }

    /// The profile itself. No store is asked: which key it holds stands in the file of profiles.
    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        let found = self.find()?.filter(|profile| profile.key.as_ref() == Some(sid));
        Ok(found.map(|profile| self.place(&profile)).into_iter().collect())
    }

    fn probe_tokens(&self, target: &TokenTarget, holds: &Secret, new: Option<&Secret>) -> Result<(), Error> {
        self.rehearse(target, (holds, new))
    }

    fn load_tokens(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        self.tokens_held(target)
    }

    /// A change gets a new entry, as a new pair does.
    fn store_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        self.change_tokens(target, change)
    }

    fn mentions_token(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        self.places_of(value)
    }

    fn is_away(&self) -> bool {
        matches!(self.find(), Ok(None))
    }
}
