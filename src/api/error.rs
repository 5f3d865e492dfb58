//! What can go wrong between a request and a usable answer, sorted by what it proves.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use super::endpoint::host;
use super::refusal::{Said, classify, tame};

/// How the other end was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// No connection, or none in time. Nothing was sent.
    Connect,
    /// The host name was not resolved. Nothing was sent.
    Dns,
    /// No TLS session: a certificate that is not trusted, a proxy in between. Nothing was sent.
    Tls(Distrust),
    /// The proxy was reached and did not lead on to the host. Nothing was sent.
    Proxy {
        /// Whether it asked for a user name and a password.
        login: bool,
    },
    /// Connected, but no complete answer in time. The request may have been carried out.
    Timeout,
    /// Connected, but the connection ended before the answer did. The request may have been carried out.
    Dropped,
}

/// Why there was no TLS session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// The certificate has expired, by this machine's clock.
    Expired,
    /// The certificate is not valid yet, by this machine's clock.
    NotYetValid,
    /// The certificate is another host's.
    Name,
    /// Nobody who is trusted here has signed the certificate.
    Issuer,
    /// What answered did not speak TLS.
    NoTls,
    /// Something else.
    Other,
}

impl From<&rustls::Error> for Distrust {
    fn from(error: &rustls::Error) -> Self {
        use rustls::{CertificateError as Bad, Error};
        match error {
            Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => Self::Expired,
            Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => Self::NotYetValid,
            Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => Self::Name,
            Error::InvalidCertificate(Bad::UnknownIssuer) => Self::Issuer,
            Error::InvalidMessage(_) => Self::NoTls,
            _ => Self::Other,
        }
    }
}

/// What made an answer unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or not the JSON that Twilio documents for this request. The body is never repeated.
    NotTwilios {
        /// Line and column where reading stopped, if it was JSON at all up to there.
        at: Option<(usize, usize)>,
    },
    /// More bytes than any answer to this request has.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The list leads back to a page already seen, or has no end.
    PageLoop,
    /// The answer speaks of another account than the one that asked.
    OtherAccount,
}

/// Why Twilio refused a request. 401 and 403 are used alike; the code and the message decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// 20003: the pair of user and secret is not accepted here: wrong, deleted, of another region or account, or the
    /// account is suspended.
    BadCredential,
    /// 20003 to an API key on an endpoint closed to Standard keys: a wrong secret and a good Standard key get this
    /// same answer.
    StandardKeyOrBadCredential,
    /// 70051 naming the permission: the secret is right, the Restricted key's policy lacks this name.
    MissingPermission {
        /// The permission, with its leading slash.
        permission: String,
    },
    /// 20005, 20403 or 10001: the account is suspended or closed.
    AccountInactive,
    /// 20003 "Policy evaluation failed": v2010 key calls answer so on some accounts where IAM v1 works.
    PolicyEvaluation,
    /// 70052: the account takes only requests signed by Public Key Client Validation.
    ClientValidationRequired,
    /// 20008: test credentials, where there is no test mode.
    TestCredential,
    /// A refusal that does not say whether the credential is good, such as 70051 without a permission.
    Ambiguous,
}

/// What an error proves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No complete answer.
    Unreachable(Unreachable),
    /// 429. The request was not processed.
    Throttled,
    /// 5xx. The request may have been carried out.
    Server,
    /// The credential was refused, or may not do this.
    Refused(Why),
    /// Twilio says that the thing does not exist.
    NotFound,
    /// Twilio says that the request is wrong, and its code why: 70001 a name too long, 70002 an unknown permission or a
    /// SID of the wrong kind, 70151 too many keys, 20007 a page too large.
    Invalid,
    /// 409: something else changed the thing at the same time.
    Conflict,
    /// An answer that cannot be Twilio's, or cannot be used.
    Malformed(Malformed),
    /// The next page is said to be on another scheme, host or port. It was not asked for.
    ForeignHost {
        /// The host named, escaped.
        host: String,
    },
    /// A 3xx answer. It was not followed.
    Redirected {
        /// The host named, escaped; nothing if none was.
        host: Option<String>,
    },
    /// Restricted keys exist in US1 only. Nothing was sent.
    NotInRegion,
    /// A Restricted key is made with a credential of its own account only. Nothing was sent.
    OtherAccount,
    /// The client could not be made: an extra CA that cannot be read. Nothing was sent.
    Setup,
}

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
    /// an API key asked something closed to Standard keys; `password` is taken out of what it says.
    pub(super) fn answered(asked: Asked, head: &Head, body: &[u8], key_on_closed: bool, password: &str) -> Self {
        let said = Said::read(body, password);
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

struct Shown<'a>(&'a Inner);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, asked, status, code, message, request_id, proxy, .. } = self.0;
        let Asked { method, host, path } = asked;
        let message = message.as_deref().unwrap_or("no reason given");
        let first = proxy.as_ref().map(|proxy| format!("the proxy {proxy}, which leads to {host}"));
        match kind {
            Kind::Unreachable(Unreachable::Connect) => {
                write!(f, "could not connect to {}: {message}", first.as_ref().unwrap_or(host))?;
            }
            Kind::Unreachable(Unreachable::Dns) => {
                let first = first.unwrap_or_else(|| format!("the host {host}"));
                write!(f, "could not find {first}: {message}")?;
            }
            Kind::Unreachable(Unreachable::Tls(_)) => {
                write!(f, "no trusted connection to {host}")?;
                if let Some(proxy) = proxy {
                    write!(f, " through the proxy {proxy}")?;
                }
                write!(f, ": {message}")?;
            }
            Kind::Unreachable(Unreachable::Proxy { login }) => {
                let proxy = proxy.as_deref().unwrap_or("on the way");
                write!(f, "the proxy {proxy} did not lead on to {host}: ")?;
                f.write_str(if *login { "it asks for a user name and a password" } else { message })?;
            }
            Kind::Unreachable(Unreachable::Timeout) => {
                write!(f, "{host} did not answer {method} {path} completely in time")?;
            }
            Kind::Unreachable(Unreachable::Dropped) => {
                write!(f, "{host} ended the connection during {method} {path}: {message}")?;
            }
            Kind::Throttled => write!(f, "{host} is throttling {method} {path}")?,
            Kind::Server => write!(f, "{host} failed at {method} {path}")?,
            Kind::Refused(Why::MissingPermission { permission }) => {
                write!(f, "{host} refused {method} {path}: the key lacks the permission {permission}")?;
            }
            Kind::Refused(_) => write!(f, "{host} refused {method} {path}: {message}")?,
            Kind::NotFound => write!(f, "{host} does not know what {method} {path} names: {message}")?,
            Kind::Invalid => write!(f, "{host} did not accept {method} {path}: {message}")?,
            Kind::Conflict => write!(f, "{host} met another change during {method} {path}: {message}")?,
            Kind::Malformed(Malformed::NotTwilios { at: None }) => {
                write!(f, "the answer of {host} to {method} {path} is not Twilio's")?;
            }
            Kind::Malformed(Malformed::NotTwilios { at: Some((line, column)) }) => {
                write!(f, "the answer of {host} to {method} {path} is not what Twilio documents: ")?;
                write!(f, "reading stopped at line {line}, column {column}")?;
            }
            Kind::Malformed(Malformed::TooLarge { limit }) => {
                write!(f, "the answer of {host} to {method} {path} is larger than {limit} bytes")?;
            }
            Kind::Malformed(Malformed::PageLoop) => write!(f, "the list of {host} at {path} has no end")?,
            Kind::Malformed(Malformed::OtherAccount) => {
                write!(f, "the answer of {host} to {method} {path} speaks of another account than the one that asked")?;
            }
            Kind::ForeignHost { host: other } => {
                write!(f, "{host} named a next page of {path} on {other}, where the credential was not sent")?;
            }
            Kind::Redirected { host: Some(other) } => {
                write!(f, "{host} redirected {method} {path} to {other}, where the credential was not sent")?;
            }
            Kind::Redirected { host: None } => write!(f, "{host} redirected {method} {path} to nowhere")?,
            Kind::NotInRegion => write!(f, "restricted keys exist in region us1 only, not at {host}")?,
            Kind::OtherAccount => {
                f.write_str(
                    "a Restricted key is made with a credential of its own account, and this one is another's",
                )?;
            }
            Kind::Setup => write!(f, "no request could be made: {message}")?,
        }
        let mut mark = " (";
        if let Some(code) = code {
            write!(f, "{mark}code {code}")?;
            mark = ", ";
        }
        if let Some(status) = status {
            write!(f, "{mark}HTTP {status}")?;
            mark = ", ";
        }
        if let Some(id) = request_id {
            write!(f, "{mark}request {id}")?;
            mark = ", ";
        }
        if mark == ", " { f.write_str(")") } else { Ok(()) }
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

/// Finds what a chain of causes amounts to. Only the innermost cause is quoted: the outer ones repeat the address.
fn diagnose(error: &reqwest::Error) -> (Unreachable, String) {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    let (mut dns, mut tls, mut tunnel) = (false, None, None);
    loop {
        tls = cause.downcast_ref::<rustls::Error>().map(Distrust::from).or(tls);
        if let Some(said) = cause.to_string().strip_prefix("tunnel error: ") {
            tunnel = Some(said.to_owned());
        }
        // The connector's own words; its type is private. A change of them costs the distinction, no more.
        dns |= cause.to_string() == "dns error";
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| cause.source()) {
            Some(deeper) => cause = deeper,
            None => break,
        }
    }
    // The tunnel's words as well; a proxy that was not even reached counts as a failed connection.
    let refused = tunnel.filter(|said| said != "failed to create underlying connection");
    let how = match (error.is_connect(), tls) {
        (true, _) if dns => Unreachable::Dns,
        (true, Some(distrust)) => Unreachable::Tls(distrust),
        (true, None) => match refused.as_deref() {
            // It answered the CONNECT with another status than 200; the library does not tell which.
            Some("unsuccessful") => return (Unreachable::Proxy { login: false }, "it refused the CONNECT".to_owned()),
            Some(said) => Unreachable::Proxy { login: said == "proxy authorization required" },
            None => Unreachable::Connect,
        },
        _ if error.is_timeout() => Unreachable::Timeout,
        _ => Unreachable::Dropped,
    };
    (how, tame(&cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked { method: "GET", host: "iam.twilio.com".into(), path: "/v1/Keys".into() }
    }

    fn answered(status: u16, body: &str) -> Error {
        let head = Head { status, request_id: Some("RQ1".into()), ..Head::default() };
        Error::answered(asked(), &head, body.as_bytes(), false, "swordfish")
    }

    #[test]
    fn the_three_shapes_are_read() {
        let classic = answered(404, r#"{"code":20404,"message":"The requested resource was not found","status":404}"#);
        assert_eq!((classic.kind(), classic.code()), (&Kind::NotFound, Some(20404)));
        assert_eq!(
            classic.to_string(),
            "iam.twilio.com does not know what GET /v1/Keys names: The requested resource was not found \
             (code 20404, HTTP 404, request RQ1)"
        );
        let standard =
            answered(400, r#"{"code":20001,"message":"bad","httpStatusCode":400,"userError":true,"params":{}}"#);
        assert_eq!((standard.kind(), standard.code()), (&Kind::Invalid, Some(20001)));
        let problem = answered(409, r#"{"type":"x","title":"Too many","status":409,"code":59200,"detail":"of them"}"#);
        assert_eq!((problem.kind(), problem.message()), (&Kind::Conflict, Some("Too many: of them")));
    }

    #[test]
    fn what_is_not_twilios_is_never_a_refusal() {
        for body in [
            "<html>Sign in to the airport</html>",
            "",
            "{}",
            r#"{"message":"no"}"#,
            r#"{"code":"x","message":"m"}"#,
            "[20003]",
        ] {
            for status in [400, 401, 403, 404, 408] {
                let error = answered(status, body);
                assert_eq!(*error.kind(), Kind::Malformed(Malformed::NotTwilios { at: None }), "{status} {body}");
                assert!(!error.is_unsent());
                assert!(!error.to_string().contains("airport"));
            }
        }
        assert_eq!(*answered(503, "<html>").kind(), Kind::Server);
        assert_eq!(*answered(429, "<html>").kind(), Kind::Throttled);
    }

    #[test]
    fn a_message_is_tame_and_holds_no_password() {
        let error = answered(401, r#"{"code":20003,"message":"bad \u001b[2J swordfish \u202e"}"#);
        assert_eq!(error.message(), Some("bad \\u{1b}[2J … \\u{202e}"));
        let long = answered(401, &format!(r#"{{"code":20003,"message":"{}"}}"#, "x".repeat(5000)));
        assert_eq!(long.message().map(|m| m.chars().count()), Some(301));
    }

    #[test]
    fn certificates_are_sorted_by_what_is_wrong_with_them() {
        use rustls::{CertificateError as Bad, Error};
        let sorted = |bad| Distrust::from(&Error::InvalidCertificate(bad));
        assert_eq!(sorted(Bad::Expired), Distrust::Expired);
        assert_eq!(sorted(Bad::NotValidYet), Distrust::NotYetValid);
        assert_eq!(sorted(Bad::NotValidForName), Distrust::Name);
        assert_eq!(sorted(Bad::UnknownIssuer), Distrust::Issuer);
        assert_eq!(sorted(Bad::Revoked), Distrust::Other);
    }

    #[test]
    fn only_proof_makes_a_create_not_sent() {
        let create = |status, body| CreateError::from(answered(status, body));
        let said = r#"{"code":70151,"message":"too many"}"#;
        assert!(matches!(create(400, said), CreateError::NotSent(_)));
        assert!(matches!(create(429, "<html>"), CreateError::NotSent(_)));
        assert!(matches!(create(408, said), CreateError::Unknown(_)));
        assert!(matches!(create(403, "<html>"), CreateError::Unknown(_)));
        assert!(matches!(create(500, said), CreateError::Unknown(_)));
        assert!(matches!(create(303, ""), CreateError::Unknown(_)));
    }
}
