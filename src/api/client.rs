//! The client and what it is told at the start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Endpoint;
use super::gate::Gate;
use super::transport::Transport;
use crate::model::time::Timestamp;

/// Is told of each attempt at a request, when it is over.
pub type Observer = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// How the client speaks.
#[derive(Clone)]
pub struct Settings {
    /// Where to.
    pub endpoint: Endpoint,
    /// The most time for a connection, name resolution and TLS included; held to four fifths of `timeout`.
    pub connect_timeout: Duration,
    /// The most time for one attempt at a request, to the last byte of the answer.
    pub timeout: Duration,
    /// Certificates in PEM form, trusted beside those the machine trusts.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// How failures are met.
    pub retries: Retries,
    /// Who is told of each attempt.
    pub observer: Option<Observer>,
}

impl Settings {
    /// The usual: 10 s to connect, 30 s for an attempt, the usual retries.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            extra_ca_pem: None,
            retries: Retries::default(),
            observer: None,
        }
    }
}

/// How often and how fast what failed for the moment is tried again. What may be tried again is not a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all; 1 is no retry.
    pub attempts: u32,
    /// The longest first pause. Each pause is random between nothing and its longest, which doubles every time.
    pub base: Duration,
    /// The longest pause of our own choosing.
    pub cap: Duration,
    /// The longest pause the server may ask for; it is cut to this.
    pub max_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            max_wait: Duration::from_mins(1),
        }
    }
}

/// One attempt at a request, as the observer sees it. No header and no body is part of it.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The whole address. No query of this API carries a secret.
    pub url: &'a str,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// `Twilio-Request-Id`, if the answer had one.
    pub request_id: Option<&'a str>,
    /// From before connecting to the last byte.
    pub elapsed: Duration,
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// Twilio's API.
///
/// Making one costs nothing: the HTTP client is built at the first request, the trust store loaded at the first TLS
/// handshake. It holds no credential; each call brings its own.
pub struct Client {
    pub(super) transport: Transport,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client. Nothing is read and nothing is sent.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { transport: Transport::new(settings) }
    }

    /// The same client for many requests at once: so many at the most, and fewer where Twilio refuses that many with
    /// 429. A refusal slows all of them down; where refusals do not end, every request is given up
    /// ([`Client::is_given_up`]), and no more are sent.
    #[must_use]
    pub fn side_by_side(mut self, most: usize) -> Self {
        self.transport.gate = Some(Gate::new(most, self.transport.settings.retries.clone()));
        self
    }

    /// Whether Twilio refused whatever was sent for so long that nothing is sent any more.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.transport.gate.as_ref().is_some_and(Gate::is_shut)
    }

    /// Where requests go.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.transport.settings.endpoint
    }

    /// The time of the last answer by the server's own clock, to the second. A caller whose clock is far off can see
    /// it here before it reckons the age of a key.
    #[must_use]
    pub fn last_server_time(&self) -> Option<Timestamp> {
        self.transport.server_time()
    }
}
