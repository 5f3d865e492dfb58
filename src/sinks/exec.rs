//! `exec:PROGRAM`: a program of the user's that puts a credential where no kind of ours does.
//!
//! It is started without a shell and without arguments, once for each action, and gets one JSON document on its
//! standard input:
//!
//! ```json
//! {"schema":"twcred.sink-exec/v1","action":"store","credential":{"account_sid":"…","api_key":"…","api_secret":"…"}}
//! ```
//!
//! `action` is `probe`, `store` or `load`; only `store` comes with a credential. Exit status 0 is success. `load`
//! answers `{"api_key":"…","api_secret":"…"}` on standard output, `{}` if there is nothing yet, or exits with 3 if the
//! destination does not give secrets back. `store` must replace both halves together and bear repetition.
//!
//! A program that keeps Auth Tokens knows `probe-tokens`, `store-tokens` and `load-tokens` as well:
//!
//! ```json
//! {"schema":"twcred.sink-exec/v1","action":"store-tokens","account_sid":"AC…",
//!  "tokens":{"auth_token":"…","auth_token_secondary":"…","auth_token_previous":null}}
//! ```
//!
//! `tokens` is all that the destination is to hold afterwards: `null` means that the value goes. `load-tokens` answers
//! with an object of the same members, `{}` if there is nothing, or exit status 3. The names in it are always these; what
//! the program makes of them is its own affair. `probe-tokens` may come at any time before the token in force is promoted.

mod child;
mod tokens;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::child::{Ended, Output};
use self::tokens::Tokens;
use super::{Error, Held, Loaded, LoadedTokens, Options, Place, Sink, Spec, TokenChange, TokenTarget, TokensStored};
use crate::model::{AccountSid, KeyPair, KeySid, Secret};

/// What the documents on standard input are.
pub const SCHEMA: &str = "twcred.sink-exec/v1";

/// The exit status with which a program says that it cannot read back.
const WRITE_ONLY: i32 = 3;

#[derive(Debug)]
struct ExecSink {
    spec: Spec,
    options: Options,
}

/// Opens a program as a sink.
///
/// # Errors
/// [`Error::Fragment`] if there is a fragment; a program takes none.
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    if spec.fragment().is_some() {
        return Err(Error::Fragment { spec: spec.to_string(), why: "means nothing to a program" });
    }
    Ok(Box::new(ExecSink { spec: spec.clone(), options: options.clone() }))
}

#[derive(Serialize, Default)]
struct Request<'a> {
    schema: &'static str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<Tokens<'a>>,
}

impl<'a> Request<'a> {
    fn new(action: &'static str) -> Self {
        Self { schema: SCHEMA, action, ..Self::default() }
    }

    /// The secrets in it.
    fn secrets(&self) -> Vec<&'a str> {
        let tokens = self.tokens.iter().flat_map(Tokens::values);
        self.credential.iter().map(|credential| credential.api_secret).chain(tokens).collect()
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    account_sid: &'a str,
    api_key: &'a str,
    api_secret: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    account_sid: Option<Secret>,
    api_key: Option<Secret>,
    api_secret: Option<Secret>,
}

impl ExecSink {
    fn place(&self) -> Place {
        Place { what: self.spec.to_string() }
    }

    /// Asks the program; its exit status is 0, or the one for "does not give back" where that is an answer.
    fn ask(&self, request: &Request<'_>) -> Result<Output, Error> {
        let action = request.action;
        let program = self.spec.target();
        if (self.options.stop)() {
            return Err(Error::Stopped { program: program.to_owned(), action });
        }
        let answer = |why: String| Error::Answer { program: program.to_owned(), action, why };
        let mut document = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer(&mut *document, request).map_err(|_| answer("the question cannot be written".into()))?;
        document.push(b'\n');
        let output = child::run(program, document, self.options.timeout)
            .map_err(|source| Error::NotStarted { program: program.to_owned(), source })?;
        let failed = |ended: String| Error::Program {
            program: program.to_owned(),
            action,
            ended,
            said: child::shown(&output.stderr, &request.secrets()),
        };
        match output.ended {
            Ended::TimedOut => {
                Err(Error::TimedOut { program: program.to_owned(), action, after: self.options.timeout })
            }
            Ended::TooMuch => Err(answer(format!("it wrote more than {} bytes", child::MOST))),
            Ended::Signal(signal) => Err(failed(format!("ended by signal {signal}"))),
            Ended::Code(0) => Ok(output),
            Ended::Code(WRITE_ONLY) if matches!(action, "load" | "load-tokens") => Ok(output),
            Ended::Code(code) => Err(failed(format!("exit status {code}"))),
        }
    }
}

impl Sink for ExecSink {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Asks the program, and, where it gives secrets back, whose pair it holds.
    fn probe(&self) -> Result<(), Error> {
        self.ask(&Request::new("probe"))?;
        self.guard(self.load()?, None)
    }

    /// Does not ask the program to store what it says it holds already.
    fn store(&self, account: &AccountSid, pair: &KeyPair) -> Result<(), Error> {
        let loaded = self.load()?;
        if matches!(&loaded, Loaded::Held(held) if held.iter().all(|held| held.pair == *pair)) {
            return Ok(());
        }
        self.guard(loaded, Some(&pair.sid))?;
        let secret = characters(&pair.secret);
        let shown = Shown { account_sid: account.as_str(), api_key: pair.sid.as_str(), api_secret: secret };
        self.ask(&Request { credential: Some(shown), ..Request::new("store") }).map(drop)
    }

    fn load(&self) -> Result<Loaded, Error> {
        let output = self.ask(&Request::new("load"))?;
        if matches!(output.ended, Ended::Code(WRITE_ONLY)) {
            return Ok(Loaded::WriteOnly);
        }
        let answer: Answer = self.read(&output, "load")?;
        let fail = |source| Error::Sid { place: self.place(), source };
        let account = answer.account_sid.map(|text| AccountSid::parse(characters(&text)).map_err(fail)).transpose()?;
        match (answer.api_key, answer.api_secret) {
            (None, None) => Ok(Loaded::Absent),
            (Some(sid), Some(secret)) => {
                let pair = KeyPair { sid: KeySid::parse(characters(&sid)).map_err(fail)?, secret };
                Ok(Loaded::Held(vec![Held { place: self.place(), pair, account }]))
            }
            _ => Err(Error::Half { place: self.place() }),
        }
    }

    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error> {
        match self.load()? {
            Loaded::Held(held) => {
                Ok(held.into_iter().filter(|held| held.pair.sid == *sid).map(|held| held.place).collect())
            }
            Loaded::Absent | Loaded::WriteOnly => Ok(Vec::new()),
        }
    }

    /// Asks the program, and, where it gives secrets back, which token it holds.
    fn probe_tokens(&self, target: &TokenTarget, holds: &Secret, new: Option<&Secret>) -> Result<(), Error> {
        self.rehearse(target, (holds, new))
    }

    fn load_tokens(&self, target: &TokenTarget) -> Result<LoadedTokens, Error> {
        self.tokens_held(target)
    }

    /// Does not ask the program to store what it says it holds already.
    fn store_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error> {
        self.change_tokens(target, change)
    }

    fn mentions_token(&self, value: &Secret) -> Result<Vec<Place>, Error> {
        self.places_of(value)
    }
}

impl ExecSink {
    /// Reads the program's answer.
    fn read<T: for<'a> Deserialize<'a>>(&self, output: &Output, action: &'static str) -> Result<T, Error> {
        serde_json::from_slice(&output.stdout).map_err(|error| Error::Answer {
            program: self.spec.target().to_owned(),
            action,
            why: format!("not the JSON expected, at line {}, column {}", error.line(), error.column()),
        })
    }

    /// Says whether what is held may give way. A program is asked to make what does not exist: that is its purpose.
    fn guard(&self, loaded: Loaded, new: Option<&KeySid>) -> Result<(), Error> {
        let Loaded::Held(held) = loaded else { return Ok(()) };
        match held.into_iter().find(|held| !self.options.may_replace(&held.pair.sid, new)) {
            Some(held) => Err(Error::Occupied { place: held.place, sid: held.pair.sid }),
            None => Ok(()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "into the program's standard input, the parsers of SIDs, and the scrubber"
)]
fn characters(value: &Secret) -> &str {
    value.expose()
}
