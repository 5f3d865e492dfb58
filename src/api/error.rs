//! What can go wrong between a request and a usable answer, sorted by what it proves.

mod cause;
mod kind;
mod shown;

use std::time::Duration;

use reqwest::Url;

use self::cause::diagnose;
pub use self::kind::{Distrust, Kind, Malformed, Unreachable, Why};
use self::shown::Shown;
use super::endpoint::host;
use super::refusal::{Said, classify, tame};

/// A request that failed, with what Twilio said about it.
///
/// Holds no secret and no body: only Twilio's message, escaped, cut, and with the request's own password taken out
/// should it be in there.
#[derive(Debug, thiserror::Error)]
#[error("{}", Shown(.0))]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    asked: Asked,
    status: Option<u16>,
    code: Option<u32>,
    message: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    /// The proxy on the way to the host, without the login it may want.
    proxy: Option<String>,
    /// Certainly not carried out.
    unsent: bool,
}

/// What was asked of whom.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) host: String,
    pub(super) path: String,
}

impl Asked {
    pub(super) fn new(method: &'static str, url: &Url) -> Self {
        Self { method, host: host(url), path: url.path().to_owned() }
    }
}

/// What the head of an answer said, besides its body.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) location: Option<String>,
}

impl Error {
    /// What it proves.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// Twilio's error code.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// `Twilio-Request-Id`, the name under which Twilio's support finds the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Twilio's own message, or the cause of a failed connection; control characters escaped, 300 characters at most.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The host that was asked, with its port if it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.0.asked.host
    }

    /// The host and port of the proxy that was to be asked first, if there is one.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.0.proxy.as_deref()
    }

    /// The method and path that were asked, such as `GET /v1/Keys`.
    #[must_use]
    pub fn request(&self) -> String {
        format!("{} {}", self.0.asked.method, self.0.asked.path)
    }

    /// How often the request was sent or tried to be sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the last answer asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later with nothing changed here.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match &self.0.kind {
            Kind::Throttled | Kind::Server | Kind::Conflict => true,
            Kind::Unreachable(how) => !matches!(how, Unreachable::Tls(_)),
            _ => false,
        }
    }

    /// Whether Twilio refused the login itself, for whatever reason.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_))
    }

    /// Whether the answer proves the secret right although the request was refused.
    #[must_use]
    pub fn proves_secret(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(Why::MissingPermission { .. }))
    }

    /// Whether the request was certainly not carried out.
    pub(super) fn is_unsent(&self) -> bool {
        self.0.unsent
    }

    pub(super) fn by_way_of(mut self, proxy: Option<String>) -> Self {
        self.0.proxy = proxy.map(|proxy| tame(&proxy));
        self
    }

    pub(super) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    fn new(kind: Kind, asked: Asked, unsent: bool) -> Self {
        Self(Box::new(Inner {
            kind,
            asked,
            status: None,
            code: None,
            message: None,
            request_id: None,
            retry_after: None,
            attempts: 1,
            proxy: None,
            unsent,
        }))
    }

    /// No request was made: `Setup`, `NotInRegion`, `OtherAccount`, or a throttling that was met before.
    pub(super) fn local(kind: Kind, asked: Asked, message: Option<&str>) -> Self {
        let mut error = Self::new(kind, asked, true);
        error.0.attempts = 0;
        error.0.message = message.map(tame);
        error
    }

    /// An answer that cannot be used.
    pub(super) fn unusable(kind: Kind, asked: Asked, head: &Head) -> Self {
        let mut error = Self::new(kind, asked, false);
        error.0.status = Some(head.status);
        error.0.request_id.clone_from(&head.request_id);
        error
    }

    /// A connection that failed before or while the answer came. `head` is what had come of it.
    pub(super) fn unreachable(cause: &reqwest::Error, asked: Asked, head: Option<&Head>) -> Self {
        let (how, message) = diagnose(cause);
        let before = !matches!(how, Unreachable::Timeout | Unreachable::Dropped);
        let unsent = before && head.is_none();
        let mut error = Self::new(Kind::Unreachable(how), asked, unsent);
        error.0.message = Some(message);
        if let Some(head) = head {
            error.0.status = Some(head.status);
            error.0.request_id.clone_from(&head.request_id);
        }
        error
    }

    /// An answer with a status other than 2xx. `body` is only read for Twilio's own fields. `key_on_closed` says that
    /// an API key asked something closed to Standard keys; `login`, user and password, is taken out of what it says.
    pub(super) fn answered(asked: Asked, head: &Head, body: &[u8], key_on_closed: bool, login: (&str, &str)) -> Self {
        let said = Said::read(body, login);
        let kind = classify(head, said.as_ref(), key_on_closed);
        // A refusal is proof that nothing was done only if it is Twilio's own, or says that it was not even looked at.
        let unsent = match head.status {
            429 => true,
            408 => false,
            400..=499 => said.is_some(),
            _ => false,
        };
        let mut error = Self::unusable(kind, asked, head);
        error.0.unsent = unsent;
        error.0.retry_after = head.retry_after;
        if let Some(said) = said {
            error.0.code = Some(said.code);
            error.0.message = Some(tame(&said.message));
        }
        error
    }
}

/// What a failed create leaves behind.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Certainly nothing was created.
    #[error("no key was created: {0}")]
    NotSent(#[source] Error),
    /// The key may exist with a secret nobody has: list, and match its name.
    #[error("a key may have been created: {0}")]
    Unknown(#[source] Error),
}

impl CreateError {
    /// The error underneath.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::NotSent(error) | Self::Unknown(error) => error,
        }
    }
}

impl From<Error> for CreateError {
    fn from(error: Error) -> Self {
        if error.is_unsent() { Self::NotSent(error) } else { Self::Unknown(error) }
    }
}

#[cfg(test)]
mod tests;
