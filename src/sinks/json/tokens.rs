//! Auth Tokens in a JSON file: `auth_token`, and directly behind it those of its other stages.

use zeroize::Zeroizing;

use super::JsonSink;
use super::text::Document;
use crate::model::{Secret, TokenNames};
use crate::sinks::tokens::{Effect, TokenState, rehearsal};
use crate::sinks::{Error, HeldToken, LoadedTokens, TokenChange, TokenRole, TokenTarget, TokensStored};

const TOKEN: &str = "auth_token";

/// The name of a token's member: `auth_token`, and the suffixes of an env file in small letters.
fn member(role: TokenRole, names: &TokenNames) -> String {
    match role {
        TokenRole::Current => TOKEN.to_owned(),
        TokenRole::Secondary => names.secondary_of(TOKEN).to_ascii_lowercase(),
        TokenRole::Previous => names.previous_of(TOKEN).to_ascii_lowercase(),
    }
}

impl JsonSink {
    fn tokens(&self, document: &Document<'_>, names: &TokenNames) -> Result<TokenState, Error> {
        let read = |role| self.string(document, &member(role, names));
        Ok(TokenState {
            current: read(TokenRole::Current)?,
            secondary: read(TokenRole::Secondary)?,
            previous: read(TokenRole::Previous)?,
        })
    }

    pub(super) fn tokens_in(&self, bytes: &[u8], target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let document = Document::parse(bytes).map_err(self.fault())?;
        let account = self.account(&document)?;
        if account.as_ref().is_some_and(|account| *account != target.account) {
            return Ok(LoadedTokens::Absent);
        }
        let state = self.tokens(&document, &target.names)?;
        let held = |role: TokenRole| {
            let (place, account) = (self.place(&member(role, &target.names)), account.clone());
            state.of(role).map(|value| HeldToken { place, role, value: value.clone(), account })
        };
        let held: Vec<HeldToken> = TokenRole::ALL.into_iter().filter_map(held).collect();
        Ok(if held.is_empty() { LoadedTokens::Absent } else { LoadedTokens::Held(held) })
    }

    /// The file after a change, with what was changed and what was left.
    pub(super) fn with_tokens(
        &self,
        bytes: &[u8],
        target: &TokenTarget,
        change: &TokenChange,
    ) -> Result<(Zeroizing<Vec<u8>>, TokensStored), Error> {
        let document = Document::parse(bytes).map_err(self.fault())?;
        let state = self.tokens(&document, &target.names)?;
        let place = |role: TokenRole| self.place(&member(role, &target.names));
        let ours = |role: &TokenRole| change.values().iter().any(|value| state.of(*role) == Some(value));
        let mut out = Zeroizing::new(bytes.to_vec());
        let mut said = TokensStored::default();
        if self.account(&document)?.is_some_and(|account| account != target.account) {
            said.left = TokenRole::ALL.into_iter().filter(ours).map(place).collect();
            return Ok((out, said));
        }
        let (after, left) = match change.on(&state) {
            Effect::Occupied(role) => return Err(Error::TokenOccupied { place: place(role), role }),
            Effect::Becomes { state, left } => (state, left),
            Effect::Other => {
                said.left.extend(state.current.is_some().then(|| place(TokenRole::Current)));
                return Ok((out, said));
            }
        };
        said.left = left.into_iter().map(place).collect();
        for role in TokenRole::ALL.into_iter().filter(|role| state.of(*role) != after.of(*role)) {
            let name = member(role, &target.names);
            let document = Document::parse(&out).map_err(self.fault())?;
            let edited = document.with_beside(&self.way, TOKEN, (&name, after.of(role))).map_err(self.fault())?;
            out = edited;
            said.changed.push(place(role));
        }
        // What is written must be what is read; a mistake here must not reach the file.
        let document = Document::parse(&out).map_err(self.fault())?;
        if self.tokens(&document, &target.names)? == after {
            Ok((out, said))
        } else {
            Err(Error::Json { path: self.path.clone(), line: 1, column: 1, why: "the edit could not be proved" })
        }
    }

    /// Tries a whole rotation on the file, in memory.
    pub(super) fn rehearse(&self, bytes: &[u8], target: &TokenTarget, holds: &Secret) -> Result<(), Error> {
        let document = Document::parse(bytes).map_err(self.fault())?;
        if self.account(&document)?.is_some_and(|account| account != target.account) {
            return Err(Error::OtherAccount { place: self.place(super::ACCOUNT) });
        }
        if self.tokens(&document, &target.names)?.current.as_ref() != Some(holds) {
            return Err(Error::NoToken { place: self.place(TOKEN) });
        }
        let mut bytes = Zeroizing::new(bytes.to_vec());
        for step in rehearsal(holds) {
            (bytes, _) = self.with_tokens(&bytes, target, &step)?;
        }
        Ok(())
    }
}
