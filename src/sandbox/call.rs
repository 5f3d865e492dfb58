//! A request taken apart: who says he is calling, with which parameters, for which host.

use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};

use crate::model::{AccountSid, KeySid, Secret};

/// The login a request came with.
#[derive(Debug)]
pub(super) enum Login {
    /// No `Authorization` header.
    None,
    /// HTTP Basic.
    Basic { user: String, password: Secret },
    /// Anything else; a Bearer token too, as the sandbox issues none.
    Other,
}

/// Parameters of a query or a form.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `a=b&c=d`.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    /// Its number: the first exchange since the start is 1.
    pub(super) n: u64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Params,
    pub(super) form: Params,
    pub(super) login: Login,
    pub(super) host: String,
    https: bool,
    pub(super) peer: IpAddr,
}

impl Call {
    /// Takes a request apart.
    pub(super) fn new(n: u64, head: &hyper::http::request::Parts, body: &[u8], peer: IpAddr) -> Self {
        let form = if text(&head.headers, CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded") {
            Params::parse(body)
        } else {
            Params::default()
        };
        Self {
            n,
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: Params::parse(head.uri.query().unwrap_or("").as_bytes()),
            form,
            login: login(&head.headers),
            host: text(&head.headers, HOST.as_str()).to_owned(),
            https: text(&head.headers, "x-forwarded-proto").eq_ignore_ascii_case("https"),
            peer,
        }
    }

    /// Scheme and host as the caller sees them, for the absolute URLs in v1 answers.
    pub(super) fn base(&self) -> String {
        let name = self.host.split(':').next().unwrap_or("");
        let https = self.https || name == "twilio.com" || name.ends_with(".twilio.com");
        format!("{}://{}", if https { "https" } else { "http" }, self.host)
    }

    /// The region the host name asks for: `ie1` of `api.dublin.ie1.twilio.com`, `us1` of a name without one, nothing if the
    /// host is not Twilio's.
    pub(super) fn region(&self) -> Option<&str> {
        let name = self.host.split(':').next().unwrap_or("").strip_suffix(".twilio.com")?;
        let parts: Vec<&str> = name.split('.').collect();
        Some(if parts.len() >= 2 { parts[parts.len() - 1] } else { "us1" })
    }

    /// The user of the login, if it is a SID; whatever else stands there may be a secret in the wrong place.
    pub(super) fn user(&self) -> Option<&str> {
        match &self.login {
            Login::Basic { user, .. } => {
                Some(user.as_str()).filter(|user| AccountSid::parse(user).is_ok() || KeySid::parse(user).is_ok())
            }
            Login::None | Login::Other => None,
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

fn login(headers: &HeaderMap) -> Login {
    let Some(value) = headers.get(AUTHORIZATION) else { return Login::None };
    let basic = value.to_str().ok().and_then(|value| value.split_once(' ')).and_then(|(scheme, rest)| {
        let bytes = scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(rest.trim()).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
    });
    basic.map_or(Login::Other, |(user, password)| Login::Basic { user, password: Secret::new(password) })
}

/// A path as the log may hold it: a long segment that is not a SID may be a secret in the wrong place.
pub(super) fn tame(path: &str) -> String {
    let sid = |segment: &str| {
        let stem = segment.strip_suffix(".json").unwrap_or(segment);
        stem.len() == 34
            && stem.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
            && stem.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit())
    };
    let tame: Vec<&str> = path.split('/').map(|part| if part.len() < 24 || sid(part) { part } else { "…" }).collect();
    tame.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_path_is_not_kept() {
        let hex = "0123456789abcdef".repeat(2);
        assert_eq!(tame(&format!("/v1/Keys/SK{hex}")), format!("/v1/Keys/SK{hex}"));
        assert_eq!(tame(&format!("/2010-04-01/Accounts/AC{hex}.json")), format!("/2010-04-01/Accounts/AC{hex}.json"));
        assert_eq!(tame(&format!("/v1/Keys/{hex}")), "/v1/Keys/…");
    }
}
