//! The second half of an error: its exit code, and what to type next.
//!
//! A library error says what is wrong and why; [`Failure`] adds the exit code and the hints, found by the error's type
//! in its chain. On stderr that is `error:`, `  because:` and `hint:` lines, or one line of `twcred.error/v1`.

use std::error::Error as StdError;
use std::io;

use serde::Serialize;

use super::advice;
use super::exit::Exit;
use super::json;
use super::text::{shown, veiled};
use super::ui::{Tone, Ui};

/// Why a command could not do what it was asked, with the exit code and advice.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: anyhow::Error,
    hints: Vec<String>,
    twilio: Option<Twilio>,
}

/// What Twilio said about it.
#[derive(Debug, Clone, Serialize)]
pub struct Twilio {
    /// Twilio's own error number.
    pub code: Option<u32>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The id that Twilio's support asks for.
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: anyhow::Error::msg(what.into()), hints: Vec::new(), twilio: None }
    }

    /// Exit 1: nothing changed, or every change undone.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }

    /// Exit 2: a usage or configuration error.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Exit 1: what is to be shown could not be written.
    #[must_use]
    pub fn unwritten(error: &io::Error) -> Self {
        Self::failed(format!("cannot write to standard output: {error}"))
    }

    /// Adds what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(veiled(&hint.into()));
        self
    }

    /// Puts the thing that was being done in front; what went wrong becomes its reason.
    #[must_use]
    pub fn doing(self, what: impl Into<String>) -> Self {
        Self { what: self.what.context(what.into()), ..self }
    }

    /// Takes another failure for the reason of this one. Its exit code and hints are left out.
    #[must_use]
    pub fn because(self, other: &Self) -> Self {
        let what = match chained(other.chain()) {
            Some(reason) => reason.context(self.what.to_string()),
            None => self.what,
        };
        Self { what, ..self }
    }

    /// The same with every text changed, hints too: for what must not be said.
    #[must_use]
    pub fn map(self, change: impl Fn(&str) -> String) -> Self {
        let lines = self.chain().iter().map(|line| change(line)).collect();
        let hints = self.hints.iter().map(|hint| change(hint)).collect();
        Self { what: chained(lines).unwrap_or(self.what), hints, ..self }
    }

    /// The same with every hint changed.
    #[must_use]
    pub fn map_hints(self, change: impl Fn(&str) -> String) -> Self {
        let hints = self.hints.iter().map(|hint| veiled(&change(hint))).collect();
        Self { hints, ..self }
    }

    /// The same with another exit code.
    #[must_use]
    pub fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What to type next.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// What is wrong and each reason for it, outermost first. A reason that its predecessor repeats is left out, and so
    /// is a word that may be a secret.
    #[must_use]
    pub fn chain(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for cause in self.what.chain() {
            let text = veiled(&cause.to_string());
            if !lines.last().is_some_and(|last| last.ends_with(&text)) {
                lines.push(text);
            }
        }
        lines
    }

    /// Writes it to stderr, for people or as one line of JSON.
    pub fn print(&self, ui: &Ui, json: bool) {
        if json {
            ui.raw(&self.to_json());
            return;
        }
        let chain = self.chain();
        let mut lines = chain.iter();
        if let Some(what) = lines.next() {
            ui.raw(&format!("{} {}", ui.label(Tone::Red, "error:"), shown(what)));
        }
        for why in lines {
            ui.raw(&format!("  because: {}", shown(why)));
        }
        for hint in &self.hints {
            ui.raw(&format!("{} {}", ui.label(Tone::Cyan, "hint:"), shown(hint)));
        }
    }

    /// The failure as one line of `twcred.error/v1`.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            schema: &'static str,
            exit: u8,
            kind: &'static str,
            error: &'a str,
            because: &'a [String],
            hints: &'a [String],
            #[serde(skip_serializing_if = "Option::is_none")]
            twilio: Option<&'a Twilio>,
        }
        let chain = self.chain();
        let body = Body {
            schema: "twcred.error/v1",
            exit: self.exit.code(),
            kind: self.exit.name(),
            error: chain.first().map_or("", String::as_str),
            because: chain.get(1..).unwrap_or_default(),
            hints: &self.hints,
            twilio: self.twilio.as_ref(),
        };
        json::line(&body)
    }
}

/// An error and its reasons, outermost first, of which nothing is known but their texts.
fn chained(lines: Vec<String>) -> Option<anyhow::Error> {
    let reasons = lines.into_iter().rev().map(anyhow::Error::msg);
    reasons.reduce(|inner, outer| inner.context(outer.to_string()))
}

impl<E: StdError + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let what = anyhow::Error::new(error);
        let mut failure = Self { exit: Exit::Failed, what, hints: Vec::new(), twilio: None };
        let advice: Vec<_> = failure.what.chain().filter_map(advice::on).collect();
        for found in advice {
            failure.exit = found.exit.unwrap_or(failure.exit);
            failure.hints.extend(found.hints.iter().map(|hint| veiled(hint)));
            failure.twilio = found.twilio.or(failure.twilio);
        }
        failure
    }
}

/// `?` with the thing that was being done.
pub trait Doing<T> {
    /// Puts the thing that was being done in front of the error.
    ///
    /// # Errors
    /// The same, with more to say.
    fn doing(self, what: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| error.into().doing(what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_line_with_every_reason() {
        let failure = Failure::usage("no such\nfile").doing("cannot read it").hint("give another");
        assert_eq!(failure.chain(), ["cannot read it", "no such\nfile"]);
        assert_eq!(
            failure.to_json(),
            r#"{"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot read it","because":["no such\nfile"],"hints":["give another"]}"#
        );
    }
}
