//! Auth Tokens given to a program: `probe-tokens`, `store-tokens` and `load-tokens`.

use serde::{Deserialize, Serialize};

use super::child::Ended;
use super::{ExecSink, Request, WRITE_ONLY, characters};
use crate::model::{AccountSid, Secret};
use crate::sinks::tokens::{Effect, TokenState, is_either, rehearsal};
use crate::sinks::{Error, HeldToken, LoadedTokens, Place, TokenChange, TokenRole, TokenTarget, TokensStored};

/// What a destination is to hold.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
pub(super) struct Tokens<'a> {
    auth_token: Option<&'a str>,
    auth_token_secondary: Option<&'a str>,
    auth_token_previous: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    fn of(state: &'a TokenState) -> Self {
        let text = |role| state.of(role).map(characters);
        Self {
            auth_token: text(TokenRole::Current),
            auth_token_secondary: text(TokenRole::Secondary),
            auth_token_previous: text(TokenRole::Previous),
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        [self.auth_token, self.auth_token_secondary, self.auth_token_previous].into_iter().flatten()
    }
}

#[derive(Deserialize)]
struct Answer {
    account_sid: Option<Secret>,
    auth_token: Option<Secret>,
    auth_token_secondary: Option<Secret>,
    auth_token_previous: Option<Secret>,
}

/// What the program says that it holds.
struct Told {
    account: Option<AccountSid>,
    state: TokenState,
}

impl ExecSink {
    /// Asks what it holds, of an account or of any; `None` if it does not give secrets back.
    fn told(&self, account: Option<&AccountSid>) -> Result<Option<Told>, Error> {
        let action = "load-tokens";
        let account_sid = account.map(AccountSid::as_str);
        let output = self.ask(&Request { account_sid, ..Request::new(action) })?;
        if matches!(output.ended, Ended::Code(WRITE_ONLY)) {
            return Ok(None);
        }
        let answer: Answer = self.read(&output, action)?;
        let fail = |source| Error::Sid { place: self.place(), source };
        let account = answer.account_sid.map(|text| AccountSid::parse(characters(&text)).map_err(fail)).transpose()?;
        let some = |value: Option<Secret>| value.filter(|value| !value.is_empty());
        let state = TokenState {
            current: some(answer.auth_token),
            secondary: some(answer.auth_token_secondary),
            previous: some(answer.auth_token_previous),
        };
        Ok(Some(Told { account, state }))
    }

    pub(super) fn rehearse(&self, target: &TokenTarget, (holds, new): (&Secret, Option<&Secret>)) -> Result<(), Error> {
        self.ask(&Request { account_sid: Some(target.account.as_str()), ..Request::new("probe-tokens") })?;
        let Some(Told { account, mut state }) = self.told(Some(&target.account))? else { return Ok(()) };
        if account.is_some_and(|account| account != target.account) {
            return Err(Error::OtherAccount { place: self.place() });
        }
        if !is_either(state.current.as_ref(), holds, new) {
            return Err(Error::NoToken { place: self.place() });
        }
        for step in rehearsal(holds, new) {
            match step.on(&state) {
                Effect::Becomes { state: after, .. } => state = after,
                Effect::Occupied(role) => return Err(Error::TokenOccupied { place: self.place(), role }),
                Effect::Other => {}
            }
        }
        Ok(())
    }

    pub(super) fn tokens_held(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let Some(Told { account, state }) = self.told(Some(&target.account))? else {
            return Ok(LoadedTokens::WriteOnly);
        };
        if account.as_ref().is_some_and(|account| *account != target.account) {
            return Ok(LoadedTokens::Absent);
        }
        let held = |role: TokenRole| {
            let (place, account) = (self.place(), account.clone());
            state.of(role).map(|value| HeldToken { place, role, value: value.clone(), account, project: String::new() })
        };
        let held: Vec<HeldToken> = TokenRole::ALL.into_iter().filter_map(held).collect();
        Ok(if held.is_empty() { LoadedTokens::Absent } else { LoadedTokens::Held(held) })
    }

    pub(super) fn change_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        let here = || vec![self.place()];
        let mut said = TokensStored::default();
        let after = match self.told(Some(&target.account))? {
            None => change.blind(),
            Some(Told { account, state }) => {
                let ours = |role| change.values().iter().any(|value| state.of(role) == Some(value));
                if account.is_some_and(|account| account != target.account) {
                    said.left = if TokenRole::ALL.into_iter().any(ours) { here() } else { Vec::new() };
                    return Ok(said);
                }
                match change.on(&state) {
                    Effect::Occupied(role) => return Err(Error::TokenOccupied { place: self.place(), role }),
                    Effect::Other => {
                        said.left = if state.current.is_some() { here() } else { Vec::new() };
                        return Ok(said);
                    }
                    Effect::Becomes { state: after, left } => {
                        said.left = if left.is_empty() { Vec::new() } else { here() };
                        if after == state {
                            return Ok(said);
                        }
                        after
                    }
                }
            }
        };
        let account_sid = Some(target.account.as_str());
        self.ask(&Request { account_sid, tokens: Some(Tokens::of(&after)), ..Request::new("store-tokens") })?;
        said.changed = here();
        Ok(said)
    }

    pub(super) fn places_of(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        let Some(Told { state, .. }) = self.told(None)? else { return Ok(Vec::new()) };
        let held = TokenRole::ALL.into_iter().any(|role| state.of(role) == Some(value));
        Ok(if held { vec![self.place()] } else { Vec::new() })
    }
}
