//! Auth Tokens in a profile: the one in force is its credential, the others stand beside it in the same entry.

use super::KeyringSink;
use crate::model::{Credential, Secret};
use crate::sinks::tokens::{Effect, TokenState, is_either, rehearsal};
use crate::sinks::{Error, HeldToken, LoadedTokens, Place, TokenChange, TokenRole, TokenTarget, TokensStored};
use crate::store::profiles::{Contents, Profile};

/// A profile with an Auth Token, and what its entry holds.
struct Told {
    profile: Profile,
    state: TokenState,
}

impl KeyringSink {
    /// What it holds; nothing if there is no such profile, or if it is one of an API key.
    fn told(&self) -> Result<Option<Told>, Error> {
        if self.find()?.is_none_or(|profile| profile.key.is_some()) {
            return Ok(None);
        }
        let (profile, contents) = self.profiles.load_all(&self.name)?;
        let Contents { credential: Credential::AuthToken { token, .. }, secondary, previous } = contents else {
            return Ok(None);
        };
        Ok(Some(Told { profile, state: TokenState { current: Some(token), secondary, previous } }))
    }

    /// The same before a change: a profile whose entry is gone, or half written, held the token whose fingerprint it has.
    /// Where the change is about that token, it is what the profile is taken to hold. The second value says that nothing
    /// of it is there.
    fn told_for(&self, change: &TokenChange) -> Result<Option<(Told, bool)>, Error> {
        let emptied = match self.told() {
            Err(emptied) if emptied.is_emptied() => emptied,
            told => return Ok(told?.map(|told| (told, false))),
        };
        let Some(profile) = self.find()? else { return Err(emptied) };
        let held = |token: &&Secret| token.fingerprint() == profile.fingerprint;
        let token = change.values().into_iter().find(held).cloned().ok_or(emptied)?;
        let after = change.blind();
        let is_past = after.current.as_ref() == Some(&token);
        let before = TokenState { current: Some(token), ..TokenState::default() };
        Ok(Some((Told { profile, state: if is_past { after } else { before } }, true)))
    }

    pub(super) fn rehearse(&self, target: &TokenTarget, (holds, new): (&Secret, Option<&Secret>)) -> Result<(), Error> {
        let Some(Told { profile, mut state }) = self.told()? else {
            return Err(Error::NoToken { place: Place { what: self.spec.to_string() } });
        };
        let place = || self.place(&profile);
        if profile.account != target.account {
            return Err(Error::OtherAccount { place: place() });
        }
        if !is_either(state.current.as_ref(), holds, new) {
            return Err(Error::NoToken { place: place() });
        }
        for step in rehearsal(holds, new) {
            match step.on(&state) {
                Effect::Becomes { state: after, .. } => state = after,
                Effect::Occupied(role) => return Err(Error::TokenOccupied { place: place(), role }),
                Effect::Other => {}
            }
        }
        self.same_site(&profile)?;
        Ok(self.profiles.probe(profile.store)?)
    }

    pub(super) fn tokens_held(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let Some(Told { profile, state }) = self.told()?.filter(|told| told.profile.account == target.account) else {
            return Ok(LoadedTokens::Absent);
        };
        let held = |role: TokenRole| {
            let (place, account) = (self.place(&profile), Some(profile.account.clone()));
            state.of(role).map(|value| HeldToken { place, role, value: value.clone(), account, project: String::new() })
        };
        Ok(LoadedTokens::Held(TokenRole::ALL.into_iter().filter_map(held).collect()))
    }

    pub(super) fn change_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        let mut said = TokensStored::default();
        let Some((Told { profile, state }, is_emptied)) = self.told_for(change)? else { return Ok(said) };
        let here = || vec![self.place(&profile)];
        let ours = |role| change.values().iter().any(|value| state.of(role) == Some(value));
        if profile.account != target.account {
            said.left = if TokenRole::ALL.into_iter().any(ours) { here() } else { Vec::new() };
            return Ok(said);
        }
        let after = match change.on(&state) {
            Effect::Occupied(role) => return Err(Error::TokenOccupied { place: self.place(&profile), role }),
            Effect::Other => {
                said.left = here();
                return Ok(said);
            }
            Effect::Becomes { state: after, left } => {
                said.left = if left.is_empty() { Vec::new() } else { here() };
                after
            }
        };
        // No change takes the token in force away without another in its place.
        let Some(token) = after.current.clone() else { return Ok(said) };
        let is_changed = is_emptied || after != state;
        let credential = Credential::AuthToken { account: profile.account.clone(), token };
        let contents = Contents { credential, secondary: after.secondary, previous: after.previous };
        self.keep(Some(&profile), &contents, |now| match now {
            Some(now) if *now == profile => self.same_site(now),
            // Another run has replaced or removed it since it was read.
            _ => Err(Error::Busy { path: self.profiles.path(), tries: 1 }),
        })?;
        said.changed = if is_changed { here() } else { Vec::new() };
        Ok(said)
    }

    pub(super) fn places_of(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        let Some(profile) = self.find()? else { return Ok(Vec::new()) };
        let contents = match self.profiles.load_all(&self.name).map_err(Error::from) {
            // What has no entry, or a part of one, holds nothing.
            Err(error) if error.is_emptied() => return Ok(Vec::new()),
            loaded => loaded?.1,
        };
        let beside = contents.secondary.iter().chain(&contents.previous);
        let held = std::iter::once(contents.credential.secret()).chain(beside).any(|held| held == value);
        Ok(if held { vec![self.place(&profile)] } else { Vec::new() })
    }
}
