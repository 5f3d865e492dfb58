//! Sending one request: who may repeat it, how long it may take, how much it may bring.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::client::{Exchange, Retries, Settings};
use super::error::{Asked, CreateError, Error, Head, Kind, Malformed, Unreachable};
use super::gate::Gate;
use super::refusal::tame;
use crate::model::time::{Timestamp, parse_twilio};
use crate::model::{Credential, KeyPair, Secret};

/// The most bytes of one page of a list: 1000 keys are a quarter of a megabyte.
pub(super) const PAGE_CAP: usize = 8 << 20;
/// The most bytes of any other answer.
pub(super) const CAP: usize = 1 << 20;

/// How often one request among many is refused with 429, while others are answered, until that is its end.
const REFUSALS: u32 = 8;

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Login<'a> {
    user: &'a str,
    secret: &'a Secret,
    is_key: bool,
}

impl<'a> From<&'a Credential> for Login<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self { user: credential.user(), secret: credential.secret(), is_key: credential.key().is_some() }
    }
}

impl<'a> From<&'a KeyPair> for Login<'a> {
    fn from(pair: &'a KeyPair) -> Self {
        Self { user: pair.sid.as_str(), secret: &pair.secret, is_key: true }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) verb: Verb,
    pub(super) url: Url,
    pub(super) form: &'a [(&'a str, &'a str)],
    pub(super) login: Login<'a>,
    pub(super) cap: usize,
    /// Whether Standard keys are refused here, which makes a 20003 to a key say less.
    pub(super) closed: bool,
}

impl<'a> Call<'a> {
    pub(super) fn get(url: Url, login: Login<'a>) -> Self {
        Self { verb: Verb::Get, url, form: &[], login, cap: CAP, closed: false }
    }

    pub(super) fn asked(&self) -> Asked {
        Asked::new(self.verb.as_str(), &self.url)
    }
}

/// A 2xx answer. Its bytes are wiped when dropped; what the TLS and HTTP libraries buffered of them is theirs.
pub(super) struct Answer {
    pub(super) head: Head,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Reads the answer if it has one of the statuses documented for the call.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self, call: &Call<'_>, statuses: &[u16]) -> Result<T, Error> {
        if !statuses.contains(&self.head.status) {
            return Err(self.unusable(call, None));
        }
        serde_json::from_slice(&self.body).map_err(|error| self.unusable(call, Some(&error)))
    }

    /// Takes an answer without a body, which has this status and no other: a portal's 200 page deletes nothing.
    pub(super) fn expect_empty(&self, call: &Call<'_>) -> Result<(), Error> {
        if self.head.status == 204 { Ok(()) } else { Err(self.unusable(call, None)) }
    }

    /// The answer is not what is documented. Of the reader's error only the place is kept: its words quote values.
    pub(super) fn unusable(&self, call: &Call<'_>, error: Option<&serde_json::Error>) -> Error {
        let at = error.filter(|error| error.is_data()).map(|error| (error.line(), error.column()));
        Error::unusable(Kind::Malformed(Malformed::NotTwilios { at }), call.asked(), &self.head)
    }
}

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
        head.request_id = head.request_id.filter(|id| password.is_empty() || !id.contains(password));
        let head = &*seen.insert(head);
        let body = read_body(response, call, head).await?;
        if (200..300).contains(&head.status) {
            return Ok(Answer { head: head.clone(), body });
        }
        Err(Error::answered(call.asked(), head, &body, call.closed && call.login.is_key, password))
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
            request_id: text(REQUEST_ID).map(|id| tame(&id.chars().take(64).collect::<String>())),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, date)),
            location: text(LOCATION).map(|to| match response.url().join(to) {
                Ok(url) => super::endpoint::host(&url),
                Err(_) => "an address that is none".to_owned(),
            }),
        }
    }
}

/// Reads seconds, or a date counted from the answer's own `Date`, so that a wrong clock here does not matter.
fn retry_after(value: &str, answered: Option<Timestamp>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(crate::model::time::since(answered?, parse_twilio(value)?))
}

async fn read_body(mut response: Response, call: &Call<'_>, head: &Head) -> Result<Zeroizing<Vec<u8>>, Error> {
    let too_large = || Error::unusable(Kind::Malformed(Malformed::TooLarge { limit: call.cap }), call.asked(), head);
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > call.cap {
        return Err(too_large());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(chunk) =
        response.chunk().await.map_err(|error| Error::unreachable(&error, call.asked(), Some(head)))?
    {
        let length = body.len() + chunk.len();
        if length > call.cap {
            return Err(too_large());
        }
        if length > body.capacity() {
            // Growing in place would leave the old bytes, perhaps a secret, in freed memory.
            let mut larger = Zeroizing::new(Vec::with_capacity(length.max(body.capacity() * 2)));
            larger.extend_from_slice(&body);
            body = larger;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::api::script::{Reply, Script, account, json, raw, token};
    use crate::api::{Client, Distrust, Endpoint};

    const EMPTY: &str = r#"{"keys":[],"meta":{"next_page_url":null}}"#;

    async fn list(replies: Vec<Reply>) -> (Result<usize, Error>, usize) {
        let script = Script::play(replies).await;
        let result = script.client().all_keys(&token(), &account()).await;
        (result.map(|(keys, _)| keys.len()), script.seen().len())
    }

    #[tokio::test]
    async fn a_read_is_repeated_where_that_may_help() {
        let good = || json(200, EMPTY);
        for failure in [json(429, ""), json(500, ""), json(503, "<html>"), Reply::Close] {
            let (result, seen) = list(vec![failure, good()]).await;
            assert_eq!((result.unwrap(), seen), (0, 2));
        }
        let torn = Reply::BytesThenClose(raw(200, "", EMPTY).replace("}}", "}"));
        assert_eq!(list(vec![torn, good()]).await.1, 2);
        let (result, seen) = list(vec![json(500, ""), Reply::Close, json(502, ""), good()]).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.attempts(), seen), (&Kind::Server, Some(502), 3, 3));
        assert!(error.is_temporary());
        assert!(error.to_string().ends_with("failed at GET /v1/Keys (HTTP 502, request RQ7)"), "{error}");
        for failure in [json(400, r#"{"code":20001,"message":"x"}"#), json(403, "<html>"), json(200, "<html>")] {
            assert_eq!(list(vec![failure, good()]).await.1, 1);
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let script = Script::play([]).await;
        let to = "Location: http://evil.example/v1/Keys\r\n";
        let (result, seen) = list(vec![Reply::Whole(302, to, String::new()), json(200, EMPTY)]).await;
        assert_eq!(*result.unwrap_err().kind(), Kind::Redirected { host: Some("evil.example".into()) });
        assert_eq!((seen, script.seen().len()), (1, 0));
    }

    #[tokio::test]
    async fn a_silent_server_costs_one_timeout() {
        for reply in [Reply::Silence, Reply::Whole(200, "X: y\r\n", String::new())] {
            let started = Instant::now();
            let (result, seen) = list(vec![reply, Reply::Silence]).await;
            let error = result.unwrap_err();
            if error.status().is_none() {
                assert_eq!(*error.kind(), Kind::Unreachable(Unreachable::Timeout));
            }
            assert_eq!(seen, 1);
            assert!(started.elapsed() < Duration::from_secs(4));
        }
    }

    #[tokio::test]
    async fn the_server_says_how_long_to_wait() {
        for (header, least) in [
            ("Retry-After: 1\r\n", 40),
            ("Date: Wed, 04 Mar 2026 10:23:47 GMT\r\nRetry-After: Wed, 04 Mar 2026 10:23:49 GMT\r\n", 40),
            ("Retry-After: 0\r\n", 0),
            ("Retry-After: soon\r\n", 0),
        ] {
            let script = Script::play([Reply::Whole(429, header, String::new()), json(200, EMPTY)]).await;
            let started = Instant::now();
            script.client().all_keys(&token(), &account()).await.unwrap();
            let took = started.elapsed().as_millis();
            assert!((least..least + 5000).contains(&took), "{header} {took} ms");
        }
        let at = parse_twilio("Wed, 04 Mar 2026 10:23:47 GMT");
        assert_eq!(retry_after("Wed, 04 Mar 2026 10:23:59 GMT", at), Some(Duration::from_secs(12)));
        assert_eq!(retry_after("Wed, 04 Mar 2026 10:23:59 GMT", None), None);
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off() {
        let announced = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_owned();
        let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
        let endless = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(9));
        for bytes in [announced, endless] {
            let script = Script::play([Reply::BytesThenClose(bytes)]).await;
            let client = Client::new(Settings { timeout: Duration::from_mins(1), ..script.settings() });
            let error = client.all_keys(&token(), &account()).await.unwrap_err();
            assert_eq!(*error.kind(), Kind::Malformed(Malformed::TooLarge { limit: PAGE_CAP }));
            assert_eq!(script.seen().len(), 1);
        }
    }

    #[tokio::test]
    async fn attempts_are_observed_and_the_servers_clock_is_known() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let script =
            Script::play([Reply::Close, Reply::Whole(200, "Date: Wed, 04 Mar 2026 10:23:47 GMT\r\n", EMPTY.into())])
                .await;
        let mut settings = script.settings();
        let seen = lines.clone();
        settings.observer = Some(Arc::new(move |x: &Exchange<'_>| {
            let path = x.url.split("/v1").nth(1).unwrap_or_default().split('=').next().unwrap_or_default();
            seen.lock().unwrap().push(format!("{} {path} {:?} {:?} {}", x.method, x.status, x.request_id, x.attempt));
        }));
        let client = Client::new(settings);
        assert_eq!(client.last_server_time(), None);
        client.all_keys(&token(), &account()).await.unwrap();
        assert_eq!(client.last_server_time().unwrap().to_string(), "2026-03-04T10:23:47Z");
        let lines = lines.lock().unwrap();
        assert_eq!(*lines, ["GET /Keys?AccountSid None None 1", "GET /Keys?AccountSid Some(200) Some(\"RQ7\") 2"]);
    }

    #[tokio::test]
    async fn what_failed_before_sending_is_told_apart() {
        let script = Script::play([]).await;
        let ask = async |endpoint: &str, extra_ca_pem: Option<&[u8]>| {
            let endpoint = Endpoint::custom(endpoint).unwrap();
            let extra_ca_pem = extra_ca_pem.map(<[u8]>::to_vec);
            let client = Client::new(Settings { endpoint, extra_ca_pem, ..script.settings() });
            client.all_keys(&token(), &account()).await.unwrap_err()
        };
        let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = plain.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = plain.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad\r\n\r\n").await.unwrap();
        });
        let tls = ask(&format!("https://{address}"), None).await;
        assert_eq!((tls.kind(), tls.attempts()), (&Kind::Unreachable(Unreachable::Tls(Distrust::NoTls)), 1), "{tls}");
        let silent = ask(&script.base.replace("http://", "https://"), None).await;
        assert_eq!((silent.kind(), silent.is_unsent()), (&Kind::Unreachable(Unreachable::Connect), true), "{silent}");
        assert_eq!(*ask("https://127.0.0.1:1", None).await.kind(), Kind::Unreachable(Unreachable::Connect));
        assert_eq!(*ask("https://127.0.0.1:1", Some(b"no")).await.kind(), Kind::Setup);
        assert_eq!(script.seen().len(), 0);
    }
}
