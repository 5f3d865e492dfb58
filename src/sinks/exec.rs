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

mod child;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::child::{Ended, Output};
use super::{Error, Held, Loaded, Options, Place, Sink, Spec};
use crate::model::{AccountSid, Credential, KeyPair, KeySid, Secret};

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

#[derive(Serialize)]
struct Request<'a> {
    schema: &'static str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<Shown<'a>>,
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

    fn ask(&self, action: &'static str, credential: Option<Shown<'_>>, secret: Option<&str>) -> Result<Output, Error> {
        let program = self.spec.target();
        if (self.options.stop)() {
            return Err(Error::Stopped { program: program.to_owned(), action });
        }
        let request = Request { schema: SCHEMA, action, credential };
        let answer = |why: String| Error::Answer { program: program.to_owned(), action, why };
        let mut document = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer(&mut *document, &request).map_err(|_| answer("the question cannot be written".into()))?;
        document.push(b'\n');
        let output = child::run(program, document, self.options.timeout)
            .map_err(|source| Error::NotStarted { program: program.to_owned(), source })?;
        let failed = |ended: String| Error::Program {
            program: program.to_owned(),
            action,
            ended,
            said: child::shown(&output.stderr, secret),
        };
        match output.ended {
            Ended::TimedOut => {
                Err(Error::TimedOut { program: program.to_owned(), action, after: self.options.timeout })
            }
            Ended::TooMuch => Err(answer(format!("it wrote more than {} bytes", child::MOST))),
            Ended::Signal(signal) => Err(failed(format!("ended by signal {signal}"))),
            Ended::Code(0) => Ok(output),
            Ended::Code(WRITE_ONLY) if action == "load" => Ok(output),
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
        self.ask("probe", None, None)?;
        self.guard(self.load()?, None)
    }

    /// Does not ask the program to store what it says it holds already.
    fn store(&self, credential: &Credential) -> Result<(), Error> {
        let Credential::ApiKey { account, pair } = credential else {
            return Err(Error::TokenUnsupported { spec: self.spec.to_string() });
        };
        let loaded = self.load()?;
        if matches!(&loaded, Loaded::Held(held) if held.iter().all(|held| held.pair == *pair)) {
            return Ok(());
        }
        self.guard(loaded, Some(&pair.sid))?;
        let secret = characters(&pair.secret);
        let shown = Shown { account_sid: account.as_str(), api_key: pair.sid.as_str(), api_secret: secret };
        self.ask("store", Some(shown), Some(secret)).map(drop)
    }

    fn load(&self) -> Result<Loaded, Error> {
        let output = self.ask("load", None, None)?;
        if matches!(output.ended, Ended::Code(WRITE_ONLY)) {
            return Ok(Loaded::WriteOnly);
        }
        let wrong =
            |why: &str| Error::Answer { program: self.spec.target().to_owned(), action: "load", why: why.into() };
        let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|error| {
            wrong(&format!("not the JSON expected, at line {}, column {}", error.line(), error.column()))
        })?;
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
}

impl ExecSink {
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
