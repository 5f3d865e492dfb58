//! Auth Tokens in a JSON file: `auth_token`, and directly behind it those of its other stages.

use zeroize::Zeroizing;

use super::JsonSink;
use super::text::Document;
use crate::model::{Secret, TokenNames};
use crate::sinks::tokens::{Effect, TokenState, is_either, rehearsal};
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
            state.of(role).map(|value| HeldToken { place, role, value: value.clone(), account, project: String::new() })
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
    pub(super) fn rehearse(
        &self,
        bytes: &[u8],
        target: &TokenTarget,
        (holds, new): (&Secret, Option<&Secret>),
    ) -> Result<(), Error> {
        let document = Document::parse(bytes).map_err(self.fault())?;
        if self.account(&document)?.is_some_and(|account| account != target.account) {
            return Err(Error::OtherAccount { place: self.place(super::ACCOUNT) });
        }
        if !is_either(self.tokens(&document, &target.names)?.current.as_ref(), holds, new) {
            return Err(Error::NoToken { place: self.place(TOKEN) });
        }
        let mut bytes = Zeroizing::new(bytes.to_vec());
        for step in rehearsal(holds, new) {
            (bytes, _) = self.with_tokens(&bytes, target, &step)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::model::AccountSid;
    use crate::sinks::{Options, Sink, Spec, json};

    const OLD: &str = "s3cr3tOLD";
    const NEW: &str = "s3cr3tNEW";

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn account(digit: &str) -> AccountSid {
        AccountSid::parse(&format!("AC{}", digit.repeat(32))).unwrap()
    }

    fn target() -> TokenTarget {
        TokenTarget { account: account("a"), names: TokenNames::default() }
    }

    /// A file and its sink; `OLD` and `NEW` stand for the tokens, `$A` and `$B` for accounts.
    fn sink(path: &std::path::Path, fragment: &str, text: &str) -> Box<dyn Sink> {
        std::fs::File::create(path).unwrap().write_all(spelt(text).as_bytes()).unwrap();
        json::open(&Spec::parse(&format!("json:{}{fragment}", path.display())).unwrap(), &Options::default()).unwrap()
    }

    fn spelt(text: &str) -> String {
        text.replace("OLD", OLD)
            .replace("NEW", NEW)
            .replace("$A", account("a").as_str())
            .replace("$B", account("b").as_str())
    }

    #[test]
    fn stages_stand_behind_the_token_and_leave_no_trace() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("app.json");
        let stage = TokenChange::Stage { current: secret(OLD), secondary: secret(NEW) };
        let switch = TokenChange::Switch { old: secret(OLD), new: secret(NEW) };
        let clear = TokenChange::Clear { current: secret(NEW), previous: secret(OLD) };
        let unstage = TokenChange::Unstage { current: secret(OLD), secondary: secret(NEW) };
        for (fragment, before, staged, switched) in [
            (
                "",
                "{\n  \"n\": 1.10e400,\n  \"auth_token\": \"OLD\",\n  \"z\": [1, 2]\n}\n",
                "{\n  \"n\": 1.10e400,\n  \"auth_token\": \"OLD\",\n  \"auth_token_secondary\": \"NEW\",\n  \"z\": [1, 2]\n}\n",
                "{\n  \"n\": 1.10e400,\n  \"auth_token\": \"NEW\",\n  \"auth_token_previous\": \"OLD\",\n  \"z\": [1, 2]\n}\n",
            ),
            (
                "#/twilio",
                "{\"twilio\": {\"auth_token\": \"OLD\", \"account_sid\": \"$A\"}}",
                "{\"twilio\": {\"auth_token\": \"OLD\", \"auth_token_secondary\": \"NEW\", \"account_sid\": \"$A\"}}",
                "{\"twilio\": {\"auth_token\": \"NEW\", \"auth_token_previous\": \"OLD\", \"account_sid\": \"$A\"}}",
            ),
            (
                "",
                "{ \"auth_token\" : \"OLD\" }",
                "{ \"auth_token\" : \"OLD\", \"auth_token_secondary\": \"NEW\" }",
                "{ \"auth_token\" : \"NEW\", \"auth_token_previous\": \"OLD\" }",
            ),
            (
                "",
                "{\r\n\t\"a\": \"\\\"}\", \"auth_token\": \"OLD\"}",
                "{\r\n\t\"a\": \"\\\"}\", \"auth_token\": \"OLD\", \"auth_token_secondary\": \"NEW\"}",
                "{\r\n\t\"a\": \"\\\"}\", \"auth_token\": \"NEW\", \"auth_token_previous\": \"OLD\"}",
            ),
        ] {
            let sink = sink(&path, fragment, before);
            let text = || std::fs::read_to_string(&path).unwrap();
            sink.probe_tokens(&target(), &secret(OLD), None).unwrap();
            for (change, after) in [(&stage, staged), (&unstage, before), (&stage, staged), (&switch, switched)] {
                sink.store_tokens(&target(), change).unwrap();
                assert_eq!(text(), spelt(after));
            }
            let previous = sink.load_tokens(&target()).unwrap();
            let LoadedTokens::Held(previous) = previous else { panic!("{previous:?}") };
            assert_eq!(sink.mentions_token(&secret(OLD)).unwrap(), [previous[1].place.clone()], "by the same name");
            sink.store_tokens(&target(), &clear).unwrap();
            assert_eq!(text(), spelt(&before.replace("OLD", "NEW")));
            assert!(sink.mentions_token(&secret(OLD)).unwrap().is_empty());
        }
    }

    #[test]
    fn every_place_of_a_token_is_told_and_never_by_the_token() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("app.json");
        let text = "{\"auth_token\":\"OLD\",\"a/b\":{\"list\":[1,\"x\",\"Bearer OLD\"],\"OLD\":2},\"n\":\"NEW\"}";
        let places = sink(&path, "", text).mentions_token(&secret(OLD)).unwrap();
        let shown: Vec<String> = places.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["app.json#/a~1b", "app.json#/a~1b/list/2", "app.json#/auth_token"]);
        assert!(sink(&path, "", "\"OLD\"").mentions_token(&secret(NEW)).unwrap().is_empty());
        assert!(sink(&path, "", text).mentions_token(&secret("")).unwrap().is_empty());
    }

    #[test]
    fn members_that_are_there_already_are_filled_and_taken_out_wherever_they_stand() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("app.json");
        let stage = TokenChange::Stage { current: secret(OLD), secondary: secret(NEW) };
        let unstage = TokenChange::Unstage { current: secret(OLD), secondary: secret(NEW) };
        for (before, staged, after) in [
            (
                "{\n \"auth_token_secondary\": null,\n \"auth_token\": \"OLD\"\n}",
                "{\n \"auth_token_secondary\": \"NEW\",\n \"auth_token\": \"OLD\"\n}",
                "{\n \"auth_token\": \"OLD\"\n}",
            ),
            (
                "{\"auth_token\": \"OLD\", \"auth_token_secondary\": \"\" , \"x\": 1}",
                "{\"auth_token\": \"OLD\", \"auth_token_secondary\": \"NEW\" , \"x\": 1}",
                "{\"auth_token\": \"OLD\" , \"x\": 1}",
            ),
            ("{ \"auth_token_secondary\": \"NEW\" }", "{ \"auth_token_secondary\": \"NEW\" }", "{  }"),
        ] {
            let sink = sink(&path, "", before);
            sink.store_tokens(&target(), &stage).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), spelt(staged));
            sink.store_tokens(&target(), &unstage).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), spelt(after));
        }
    }

    #[test]
    fn what_is_in_the_way_is_named_and_nothing_is_written() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("app.json");
        let stage = TokenChange::Stage { current: secret(OLD), secondary: secret(NEW) };
        for (fragment, text, says) in [
            (
                "#/twilio",
                "{\"twilio\": {\"auth_token\": \"OLD\", \"auth_token_secondary\": \"s3cr3tx\"}}",
                "app.json#/twilio/auth_token_secondary holds another value already, where the secondary Auth Token is to stand",
            ),
            (
                "",
                "{\"account_sid\": \"$B\", \"auth_token\": \"OLD\"}",
                "app.json#/account_sid names another account than the credential's",
            ),
            ("", "{\"auth_token\": \"s3cr3tx\"}", "app.json#/auth_token does not hold the Auth Token"),
            ("#/twilio", "{\"auth_token\": \"OLD\"}", "app.json#/twilio/auth_token does not hold the Auth Token"),
            ("", "{\"auth_token\": 7}", "line 1, column 16: it is not a string"),
        ] {
            let sink = sink(&path, fragment, text);
            let error = sink.probe_tokens(&target(), &secret(OLD), None).unwrap_err();
            assert!(error.to_string().ends_with(says), "{error}");
            assert!(!format!("{error:?}").contains("s3cr3t"));
            let stored = sink.store_tokens(&target(), &stage);
            assert!(stored.is_err() || stored.is_ok_and(|said| said.changed.is_empty()));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), spelt(text));
        }
    }
}
