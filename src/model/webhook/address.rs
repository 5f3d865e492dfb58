//! The URL of a webhook, taken apart without changing a character: what is signed is the text.

use std::fmt;

/// Why a text is not the URL of a webhook. It is not repeated: it may carry a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No `scheme://`.
    #[error("the URL does not start with https:// or http://")]
    NoScheme,
    /// A scheme that Twilio sends no webhook to.
    #[error("the URL's scheme is none of https, http, wss and ws")]
    Scheme,
    /// Nothing where the host should be.
    #[error("the URL names no host")]
    NoHost,
    /// A blank or a control character.
    #[error("there is a blank or a control character in the URL")]
    Blank,
}

/// A URL in its parts. Put together again, they are the same characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// `https`, `http`, `wss` or `ws`, in the case it was written in.
    pub scheme: String,
    /// User name and password, without the `@`. A secret may be in it: [`Address::shown`] leaves it out.
    pub user_info: Option<String>,
    /// The host, with its brackets if it is an IPv6 address.
    pub host: String,
    /// The port.
    pub port: Option<String>,
    /// From the first `/` on; empty if there is none.
    pub path: String,
    /// After the `?`.
    pub query: Option<String>,
    /// After the `#`.
    pub fragment: Option<String>,
}

/// With or without its port a URL may be signed; which one Twilio takes has not always been the same, so that the
/// official validators try both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Without, whatever it is.
    Without,
    /// With its own, or with the scheme's.
    With,
}

impl Address {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// If it has no scheme, not one of a webhook's, or no host.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::NoScheme)?;
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            return Err(AddressError::NoScheme);
        }
        if default_port(scheme).is_none() {
            return Err(AddressError::Scheme);
        }
        if text.chars().any(|c| c == ' ' || c.is_control()) {
            return Err(AddressError::Blank);
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info.to_owned()), host),
            None => (None, authority),
        };
        let (host, port) = host_and_port(host);
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        let (rest, fragment) = cut(rest, '#');
        let (path, query) = cut(rest, '?');
        Ok(Self { scheme: scheme.to_owned(), user_info, host, port, path: path.to_owned(), query, fragment })
    }

    /// The same without a port, or with one.
    #[must_use]
    pub fn with(&self, port: Port) -> Self {
        let port = match port {
            Port::Without => None,
            Port::With => {
                let own = self.port.clone().filter(|port| !port.is_empty());
                own.or_else(|| default_port(&self.scheme).map(ToOwned::to_owned))
            }
        };
        Self { port, ..self.clone() }
    }

    /// The SHA-256 of the body that the URL carries.
    #[must_use]
    pub fn body_hash(&self) -> Option<String> {
        let query = self.query.as_ref()?;
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == BODY_HASH);
        found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    }

    /// The query with another parameter `bodySHA256`, as Twilio adds it.
    #[must_use]
    pub fn query_with_body_hash(&self, hash: &str) -> String {
        match &self.query {
            Some(query) if !query.is_empty() => format!("{query}&{BODY_HASH}={hash}"),
            _ => format!("{BODY_HASH}={hash}"),
        }
    }

    /// The URL without its password; without its user name too if that stands alone, since it may be a token.
    #[must_use]
    pub fn shown(&self) -> String {
        let user_info = self.user_info.as_ref().map(|text| match text.split_once(':') {
            Some((user, _)) => format!("{user}:…"),
            None => "…".to_owned(),
        });
        Self { user_info, ..self.clone() }.to_string()
    }
}

/// The query parameter that carries the SHA-256 of a body that is no form.
const BODY_HASH: &str = "bodySHA256";

/// The port of a scheme; nothing if no webhook has it.
fn default_port(scheme: &str) -> Option<&'static str> {
    let table = [("https", "443"), ("http", "80"), ("wss", "443"), ("ws", "80")];
    table.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(scheme)).map(|(_, port)| port)
}

/// A host as `Host:` has it, and its port. A colon starts the port only after the bracket of an IPv6 address.
pub(super) fn host_and_port(text: &str) -> (String, Option<String>) {
    let from = text.rfind(']').map_or(0, |at| at + 1);
    match text[from..].find(':') {
        Some(at) => (text[..from + at].to_owned(), Some(text[from + at + 1..].to_owned())),
        None => (text.to_owned(), None),
    }
}

fn cut(text: &str, at: char) -> (&str, Option<String>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after.to_owned())))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(user_info) = &self.user_info {
            write!(f, "{user_info}@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = &self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        if let Some(fragment) = &self.fragment {
            write!(f, "#{fragment}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn put_together_it_is_the_same_text() {
        for text in [
            "https://h.test",
            "https://h.test/",
            "HTTPS://H.test:443/a//b?x=1&x=%27'&y#rc=2",
            "http://user:p@ss@h.test:8080/a?",
            "wss://[2001:db8::1]/s#",
            "ws://[::1]:9/?a=http://b/@c",
            "https://h.test?x=1",
            "https://h.test:/a",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_port_can_be_had_and_left_out() {
        let both = |text: &str| {
            let address = Address::parse(text).unwrap();
            [Port::Without, Port::With].map(|port| address.with(port).to_string())
        };
        assert_eq!(both("https://h.test/a"), ["https://h.test/a", "https://h.test:443/a"]);
        assert_eq!(both("http://h.test?x"), ["http://h.test?x", "http://h.test:80?x"]);
        assert_eq!(both("wss://h.test/"), ["wss://h.test/", "wss://h.test:443/"]);
        assert_eq!(both("https://u:p@h.test:8443/a"), ["https://u:p@h.test/a", "https://u:p@h.test:8443/a"]);
        assert_eq!(both("https://[::1]/a"), ["https://[::1]/a", "https://[::1]:443/a"]);
    }

    #[test]
    fn what_is_no_webhooks_url_is_told() {
        for (text, why) in [
            ("h.test/a", AddressError::NoScheme),
            ("://h.test", AddressError::NoScheme),
            ("a b://h.test", AddressError::NoScheme),
            ("ftp://h.test/a", AddressError::Scheme),
            ("https:///a", AddressError::NoHost),
            ("https://u:p@/a", AddressError::NoHost),
            ("https://h.test/a b", AddressError::Blank),
            ("https://h.test/a\n", AddressError::Blank),
        ] {
            assert_eq!(Address::parse(text).map(|_| ()), Err(why), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::parse("https://hook:s3same@h.test/a").unwrap();
        assert_eq!(address.shown(), "https://hook:…@h.test/a");
        assert_eq!(format!("{address:?}"), r#"Address("https://hook:…@h.test/a")"#);
        assert_eq!(Address::parse("https://s3same@h.test").unwrap().shown(), "https://…@h.test");
    }

    #[test]
    fn the_hash_of_the_body_is_found_and_added() {
        let hash = |text: &str| Address::parse(text).unwrap().body_hash();
        assert_eq!(hash("https://h.test/?a=1&bodySHA256=ab%63&bodySHA256=d"), Some("abc".to_owned()));
        assert_eq!(hash("https://h.test/?bodysha256=ab"), None);
        assert_eq!(hash("https://h.test/?bodySHA256="), None);
        let with = |text: &str| Address::parse(text).unwrap().query_with_body_hash("ab");
        assert_eq!(with("https://h.test/?x"), "x&bodySHA256=ab");
        assert_eq!(with("https://h.test/?"), "bodySHA256=ab");
    }
}
