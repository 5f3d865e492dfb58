//! Sending one request: who may repeat it, how long it may take, how much it may bring.

mod answer;
mod call;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Instant;

use backon::{ExponentialBuilder, Retryable};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Response;
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};

pub(super) use self::answer::Answer;
use self::answer::{read_body, retry_after};
pub(super) use self::call::{Call, Login, PAGE_CAP, Verb};
use super::client::{Exchange, Retries, Settings};
use super::error::{CreateError, Error, Head, Kind, Unreachable};
use super::gate::Gate;
use super::refusal::{tame, without};
use crate::model::time::{Timestamp, parse_twilio};

/// How often one request among many is refused with 429, while others are answered, until that is its end.
const REFUSALS: u32 = 8;

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");

/// A client of the HTTP library, built when it is first needed.
struct Agent {
    client: OnceLock<Result<reqwest::Client, String>>,
    keeps_connections: bool,
}

impl Agent {
    fn new(keeps_connections: bool) -> Self {
        Self { client: OnceLock::new(), keeps_connections }
    }
}

pub(super) struct Transport {
    pub(super) settings: Settings,
    /// Keeps connections. For what may be repeated.
    pooled: Agent,
    /// Opens a connection for each request. An HTTP library may send a request again by itself when a kept connection
    /// turns out to be closed; a create must not depend on its judgement of what had been written by then.
    fresh: Agent,
    /// What holds many requests at once to as many as Twilio takes; nothing where one follows the other.
    pub(super) gate: Option<Gate>,
    /// The last `Date` header, in seconds since 1970; `i64::MIN` before the first.
    server_time: AtomicI64,
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Self {
        let server_time = AtomicI64::new(i64::MIN);
        Self { settings, pooled: Agent::new(true), fresh: Agent::new(false), gate: None, server_time }
    }

    pub(super) fn server_time(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.server_time.load(Ordering::Relaxed)).ok()
    }

    /// Sends what may be repeated: reads, deletes, and writes that say the same thing twice.
    ///
    /// Repeated after 429, 5xx, a failed or dropped connection. Not after a timeout, which would multiply the wait, nor
    /// after a TLS failure, which would not heal.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, Error> {
        self.repeat(call, &self.pooled, |error| match error.kind() {
            Kind::Throttled | Kind::Server => true,
            Kind::Unreachable(how) => {
                matches!(
                    how,
                    Unreachable::Connect
                        | Unreachable::Dns
                        | Unreachable::Dropped
                        | Unreachable::Proxy { login: false }
                )
            }
            _ => false,
        })
        .await
    }

    /// Sends a create: once, on a connection of its own. Repeated only where the earlier one certainly was not
    /// processed: 429 (documented so under 20429), and a connection that never came to be.
    pub(super) async fn send_create(&self, call: &Call<'_>) -> Result<Answer, CreateError> {
        self.repeat(call, &self.fresh, |error| match error.kind() {
            Kind::Throttled => true,
            Kind::Unreachable(Unreachable::Connect | Unreachable::Dns | Unreachable::Proxy { login: false }) => {
                error.is_unsent()
            }
            _ => false,
        })
        .await
        .map_err(CreateError::from)
    }

    async fn repeat(&self, call: &Call<'_>, agent: &Agent, again: fn(&Error) -> bool) -> Result<Answer, Error> {
        let agent = match agent.client.get_or_init(|| self.build(agent.keeps_connections)) {
            Ok(agent) => agent,
            Err(reason) => return Err(Error::local(Kind::Setup, call.asked(), Some(reason))),
        };
        if let Some(gate) = &self.gate {
            return self.through(gate, call, agent, again).await;
        }
        let retries = &self.settings.retries;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(retries.base)
            .with_max_delay(retries.cap)
            .with_max_times(retries.attempts.saturating_sub(1) as usize);
        let attempts = AtomicU32::new(0);
        (|| self.attempt(call, agent, attempts.fetch_add(1, Ordering::Relaxed) + 1))
            .retry(pauses)
            .when(again)
            .adjust(|error: &Error, pause| {
                // Full jitter: a fleet whose timers fire together spreads over the whole pause.
                pause.map(|pause| {
                    error
                        .retry_after()
                        .map_or_else(|| pause.mul_f64(fastrand::f64()), |wait| wait.min(retries.max_wait))
                })
            })
            .await
            .map_err(|error| error.with_attempts(attempts.load(Ordering::Relaxed)))
    }

    /// The same where many requests are under way at once. A refusal with 429 slows all of them down, and the request
    /// is sent again as soon as there is a place: it counts for nothing unless it happens to this one again and again.
    /// What else is repeated waits outside of the gate.
    async fn through(
        &self,
        gate: &Gate,
        call: &Call<'_>,
        agent: &reqwest::Client,
        again: fn(&Error) -> bool,
    ) -> Result<Answer, Error> {
        let (mut attempts, mut refusals, mut failures) = (0, 0, 0);
        let mut last = None;
        loop {
            let Some(pass) = gate.enter().await else {
                return Err(last.unwrap_or_else(|| Error::local(Kind::Throttled, call.asked(), None)));
            };
            attempts += 1;
            let error = match self.attempt(call, agent, attempts).await {
                Ok(answer) => {
                    pass.answered();
                    return Ok(answer);
                }
                Err(error) => error.with_attempts(attempts),
            };
            let pauses = if *error.kind() == Kind::Throttled {
                pass.refused(error.retry_after());
                refusals += 1;
                if refusals == REFUSALS {
                    return Err(error);
                }
                refusals - 1
            } else if again(&error) {
                drop(pass);
                failures += 1;
                if failures == self.settings.retries.attempts {
                    return Err(error);
                }
                failures
            } else {
                if error.status().is_some() {
                    pass.answered();
                }
                return Err(error);
            };
            last = Some(error);
            if let Some(doublings) = u32::checked_sub(pauses, 1) {
                let Retries { base, cap, .. } = self.settings.retries;
                let longest = base.saturating_mul(1 << doublings.min(16)).min(cap);
                tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
            }
        }
    }

    fn build(&self, keeps_connections: bool) -> Result<reqwest::Client, String> {
        let settings = &self.settings;
        // Were both over at once, a create that was never sent would count as one whose answer was lost.
        let connect_timeout = settings.connect_timeout.min(settings.timeout.mul_f32(0.8));
        let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("twcred/", env!("CARGO_PKG_VERSION")))
            .default_headers(accept)
            .connect_timeout(connect_timeout)
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .tls_backend_preconfigured(super::tls::config(settings.extra_ca_pem.as_deref())?);
        if !keeps_connections {
            builder = builder.pool_max_idle_per_host(0);
        }
        if settings.endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| tame(&error.to_string()))
    }

    async fn attempt(&self, call: &Call<'_>, agent: &reqwest::Client, attempt: u32) -> Result<Answer, Error> {
        let started = Instant::now();
        let mut head = None;
        let result = self.exchange(call, agent, &mut head).await;
        if let Some(observer) = &self.settings.observer {
            observer(&Exchange {
                method: call.verb.as_str(),
                url: call.url.as_str(),
                status: head.as_ref().map(|head| head.status),
                request_id: head.as_ref().and_then(|head| head.request_id.as_deref()),
                elapsed: started.elapsed(),
                attempt,
            });
        }
        result
    }

    #[expect(clippy::disallowed_methods, reason = "the password of HTTP Basic, and what to take out of error messages")]
    async fn exchange(
        &self,
        call: &Call<'_>,
        agent: &reqwest::Client,
        seen: &mut Option<Head>,
    ) -> Result<Answer, Error> {
        let password = call.login.secret.expose();
        let mut request =
            agent.request(call.verb.method(), call.url.clone()).basic_auth(call.login.user, Some(password));
        if call.verb == Verb::Post {
            request = request.form(call.form);
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| {
            Error::unreachable(&error, call.asked(), None).by_way_of(self.proxy_for(call.url.as_str()))
        })?;
        let mut head = self.head(&response);
        let login = (call.login.user, password);
        head.request_id = head.request_id.filter(|id| without(id, login) == *id);
        let head = &*seen.insert(head);
        let body = read_body(response, call, head).await?;
        if (200..300).contains(&head.status) {
            return Ok(Answer { head: head.clone(), body });
        }
        Err(Error::answered(call.asked(), head, &body, call.closed && call.login.is_key, login))
    }

    /// The proxy that the HTTP library uses for an address: it reads the same settings in the same way. For messages
    /// only.
    fn proxy_for(&self, url: &str) -> Option<String> {
        if self.settings.endpoint.is_loopback() {
            return None;
        }
        let proxy = Matcher::from_system().intercept(&url.parse().ok()?)?;
        let name = proxy.uri().host()?;
        Some(proxy.uri().port_u16().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
    }

    fn head(&self, response: &Response) -> Head {
        let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = text(DATE).and_then(parse_twilio);
        if let Some(date) = date {
            self.server_time.store(date.as_second(), Ordering::Relaxed);
        }
        Head {
            status: response.status().as_u16(),
            // One of Twilio's has 34 characters. What is longer is none, and a piece of it may be a piece of anything.
            request_id: text(REQUEST_ID).filter(|id| id.len() <= 64).map(tame),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, date)),
            location: text(LOCATION).map(|to| match response.url().join(to) {
                Ok(url) => super::endpoint::host(&url),
                Err(_) => "an address that is none".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
