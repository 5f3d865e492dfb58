//! `keyring:NAME`: a profile, whose secret is in the operating system's keyring.
//!
//! SID and secret are one value of one entry, and the profile leads to the old entry or to the new one, never to a
//! mixture (see [`crate::store::profiles`]). A profile that was added with `--store file` keeps its secret there.

use super::{Error, Held, Loaded, Options, Place, Sink, Spec};
use crate::model::{AccountSid, Credential, KeySid, ProfileName};
use crate::store::profiles::{Kept, Profile, Profiles, Site};

#[derive(Debug)]
struct KeyringSink {
    spec: Spec,
    name: ProfileName,
    profiles: Profiles,
    options: Options,
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
    Ok(Box::new(KeyringSink { spec: spec.clone(), name, profiles, options: options.clone() }))
}

impl KeyringSink {
    fn find(&self) -> Result<Option<Profile>, Error> {
        Ok(self.profiles.book()?.profiles.remove(&self.name))
    }

    fn place(&self, name: &ProfileName, profile: &Profile) -> Place {
        Place { what: format!("profile {name} ({})", self.profiles.place(profile)) }
    }

    /// Says whether a key may take the place of what the profile is now.
    fn guard(&self, old: Option<&Profile>, account: Option<&AccountSid>, new: Option<&KeySid>) -> Result<(), Error> {
        let spec = || self.spec.to_string();
        let Some(old) = old else {
            let missing = || Error::NoPair { path: self.profiles.path(), variable: format!("profile `{}`", self.name) };
            return if self.options.create { Ok(()) } else { Err(missing()) };
        };
        let Some(key) = &old.key else { return Err(Error::HoldsToken { spec: spec() }) };
        if !self.options.may_replace(key, new) {
            return Err(Error::Occupied { place: self.place(&self.name, old), sid: key.clone() });
        }
        match &self.options.site {
            Some(site) if site.endpoint != old.endpoint => {
                Err(Error::OtherSite { spec: spec(), kept: old.endpoint.clone(), here: site.endpoint.clone() })
            }
            _ if account.is_some_and(|account| *account != old.account) => {
                Err(Error::OtherAccount { place: self.place(&self.name, old) })
            }
            _ => Ok(()),
        }
    }
}

impl Sink for KeyringSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Keeps something in the store that is no secret, reads it back and takes it out: whether a keyring is there and
    /// open cannot be told otherwise.
    fn probe(&self) -> Result<(), Error> {
        let old = self.find()?;
        self.guard(old.as_ref(), None, None)?;
        Ok(self.profiles.probe(old.map_or_else(|| self.profiles.keyring(), |old| old.store))?)
    }

    fn store(&self, credential: &Credential) -> Result<(), Error> {
        let spec = || self.spec.to_string();
        let Credential::ApiKey { account, pair } = credential else {
            return Err(Error::TokenUnsupported { spec: spec() });
        };
        let old = self.find()?;
        let known = old.as_ref().map(|old| Site {
            endpoint: old.endpoint.clone(),
            region: old.region.clone(),
            edge: old.edge.clone(),
        });
        let Some(site) = known.or_else(|| self.options.site.clone()) else {
            return Err(Error::NoProfiles { spec: spec() });
        };
        let store = old.map_or_else(|| self.profiles.keyring(), |old| old.store);
        let kept = Kept { name: &self.name, credential, site: &site, store, activate: false };
        self.profiles.keep(&kept, |old| self.guard(old, Some(account), Some(&pair.sid))).map(drop)
    }

    fn load(&self) -> Result<Loaded, Error> {
        match self.find()? {
            None => return Ok(Loaded::Absent),
            Some(profile) if profile.key.is_none() => return Err(Error::HoldsToken { spec: self.spec.to_string() }),
            Some(_) => {}
        }
        let (profile, credential) = self.profiles.load(&self.name)?;
        Ok(match credential {
            Credential::ApiKey { account, pair } => {
                let place = self.place(&self.name, &profile);
                Loaded::Held(vec![Held { place, pair, account: Some(account) }])
            }
            Credential::AuthToken { .. } => return Err(Error::HoldsToken { spec: self.spec.to_string() }),
        })
    }

    /// The profile itself. No store is asked: which key it holds stands in the file of profiles.
    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        let found = self.find()?.filter(|profile| profile.key.as_ref() == Some(sid));
        Ok(found.map(|profile| self.place(&self.name, &profile)).into_iter().collect())
    }

    fn is_away(&self) -> bool {
        matches!(self.find(), Ok(None))
    }
}
