//! `env:FILE[#VARIABLE,…]`: a pair, or several that are replaced as one, or Auth Tokens, in an env file.
//!
//! Every change is one replacement of the whole file, so that no reader ever sees a SID with another's secret, nor one
//! project with the new token and another with the old one.

mod pairs;
#[cfg(test)]
mod tests;
mod tokens;

use std::path::PathBuf;

use self::pairs::New;
use super::file::{halfway, place, probe, read, rewrite};
use super::pairs::PairError;
use super::{Error, Halfway, Loaded, LoadedTokens, Options, Place, Sink, Spec, TokenChange, TokenTarget, TokensStored};
use crate::dotenv::{EnvFile, Item};
use crate::model::variable::{Role, classify};
use crate::model::{AccountSid, KeyPair, KeySid, RotationId, Secret};

#[derive(Debug)]
struct EnvSink {
    spec: Spec,
    path: PathBuf,
    named: Named,
    /// The keys whose pairs are meant where nothing is named and the file has several.
    expected: Vec<KeySid>,
    options: Options,
}

/// What the fragment names.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// There is none: the only pair of the file, or of several those of the keys that are expected; or every Auth Token
    /// that a change is about.
    Nothing,
    /// The key SID variables that belong to the sink.
    Keys(Vec<String>),
    /// The Auth Token variables that belong to the sink.
    Tokens(Vec<String>),
}

/// Opens an env file as a sink.
///
/// # Errors
/// [`Error::Fragment`] if the fragment names something else than variables for key SIDs, or than ones for Auth Tokens.
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    sink(spec, options).map(|sink| Box::new(sink) as Box<dyn Sink>)
}

fn sink(spec: &Spec, options: &Options) -> Result<EnvSink, Error> {
    let fail = |why| Error::Fragment { spec: spec.to_string(), why };
    let (mut keys, mut tokens): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut prefixes = Vec::new();
    for name in spec.fragment().into_iter().flat_map(|text| text.split(',')) {
        match classify(name) {
            Some(variable) if variable.role == Role::KeySid => {
                if prefixes.contains(&variable.prefix) {
                    return Err(fail("names two variables of one project"));
                }
                prefixes.push(variable.prefix);
                keys.push(name.to_owned());
            }
            Some(variable) if variable.role == Role::AuthToken => {
                if tokens.iter().any(|known| known == name) {
                    return Err(fail("names a variable twice"));
                }
                tokens.push(name.to_owned());
            }
            _ => return Err(fail("names a variable that is for neither the SID of an API key nor an Auth Token")),
        }
    }
    let named = match (keys.is_empty(), tokens.is_empty()) {
        (true, true) => Named::Nothing,
        (false, true) => Named::Keys(keys),
        (true, false) => Named::Tokens(tokens),
        (false, false) => return Err(fail("names variables of API keys and of Auth Tokens; these are two sinks")),
    };
    let expected = options.replace.iter().cloned().collect();
    Ok(EnvSink { spec: spec.clone(), path: spec.target().into(), named, expected, options: options.clone() })
}

impl EnvSink {
    fn doubt(&self) -> impl Fn(PairError) -> Error + '_ {
        |source| Error::Pair { path: self.path.clone(), source }
    }

    fn parse(&self, bytes: &[u8]) -> Result<EnvFile, Error> {
        let file = EnvFile::parse(bytes);
        match file.problems().first() {
            Some(problem) => Err(Error::Doubtful { path: self.path.clone(), line: problem.line, kind: problem.kind }),
            None => Ok(file),
        }
    }

    fn place(&self, line: usize, variable: &str) -> Place {
        let variable = if variable.is_empty() { String::new() } else { format!(" {variable}") };
        place(&self.path, &format!(":{line}{variable}"))
    }

    /// What a new file starts with, if there may be one.
    fn fresh(&self) -> Option<&'static [u8]> {
        self.options.create.then_some(b"")
    }

    /// Every line that a program may act on and that holds a text: whole, in whatever spelling surrounds it. A false alarm
    /// only delays a revoke; a miss would take a credential from somebody who uses it.
    fn with_text(&self, text: &[u8]) -> Result<Vec<Place>, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(Vec::new()) };
        let file = EnvFile::parse(snapshot.bytes());
        let holds = |item: &&Item| contains(file.raw(item.span()), text);
        Ok(file
            .items()
            .iter()
            .filter(holds)
            .filter_map(|item| match item {
                Item::Blank { .. } | Item::Comment { .. } => None,
                Item::Other { line, .. } => Some(self.place(*line, "")),
                Item::Assignment(assignment) => Some(self.place(assignment.line, &assignment.name)),
            })
            .collect())
    }

    /// Stores, calling `between` after the file was read and before it is replaced.
    fn store_with(&self, account: &AccountSid, pair: &KeyPair, mut between: impl FnMut()) -> Result<(), Error> {
        let new = New { pair, account: Some(account), sid: Some(&pair.sid) };
        rewrite(&self.path, self.fresh(), self.options.making.as_ref(), |bytes| {
            let edited = self.with_pair(&self.parse(bytes)?, &new)?;
            between();
            Ok((edited, ()))
        })
    }
}

impl Sink for EnvSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn expect(&mut self, key: &KeySid) {
        if !self.expected.contains(key) {
            self.expected.push(key.clone());
        }
    }

    fn probe(&self) -> Result<(), Error> {
        let zeros = format!("{}{}", KeySid::PREFIX, "0".repeat(32));
        let fail = |source| Error::Sid { place: self.place(1, ""), source };
        let pair = KeyPair { sid: KeySid::parse(&zeros).map_err(fail)?, secret: Secret::new("0".repeat(32)) };
        let new = New { pair: &pair, account: None, sid: None };
        probe(&self.path, self.fresh(), |bytes| self.with_pair(&self.parse(bytes)?, &new).map(drop))
    }

    fn store(&self, account: &AccountSid, pair: &KeyPair) -> Result<(), Error> {
        self.store_with(account, pair, || {})
    }

    fn load(&self) -> Result<Loaded, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(Loaded::Absent) };
        self.pairs_in(&self.parse(snapshot.bytes())?)
    }

    fn halfway(&self, sid: &KeySid, create: &RotationId) -> Result<Halfway, Error> {
        // A line that was cut short has no end: a secret in it would be half of one.
        let lines = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        halfway(&self.path, (sid, create), |bytes| self.pairs_in(&self.parse(&bytes[..lines(bytes)])?))
    }

    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        self.with_text(sid.as_str().as_bytes())
    }

    fn probe_tokens(&self, target: &TokenTarget, holds: &Secret, new: Option<&Secret>) -> Result<(), Error> {
        probe(&self.path, None, |bytes| self.rehearse(&self.parse(bytes)?, target, (holds, new)))
    }

    fn load_tokens(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        let Some(snapshot) = read(&self.path)? else { return Ok(LoadedTokens::Absent) };
        self.tokens_in(&self.parse(snapshot.bytes())?, target)
    }

    fn store_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        rewrite(&self.path, None, None, |bytes| self.with_tokens(&self.parse(bytes)?, target, change))
    }

    fn mentions_token(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        if value.is_empty() { Ok(Vec::new()) } else { self.with_text(characters(value).as_bytes()) }
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

#[expect(clippy::disallowed_methods, reason = "to find the lines that hold it, of which only the places are told")]
fn characters(value: &Secret) -> &str {
    value.expose()
}
