//! A whole HTTP request, as an operator copies it from a log.

use super::{Address, AddressError};

/// Why a text is no request. None of it is repeated: it holds what people wrote to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nothing but blank lines.
    #[error("there is nothing in it")]
    Empty,
    /// The first line is not `METHOD TARGET HTTP/…`.
    #[error("line {0} is no request line, such as POST /sms HTTP/1.1")]
    RequestLine(usize),
    /// A line between the request line and the first empty line is no header.
    #[error("line {0} is no header, such as Host: hooks.example.com")]
    Header(usize),
    /// Header lines that are not UTF-8.
    #[error("line {0} is not UTF-8")]
    NotUtf8(usize),
    /// A header that may stand once stands twice, with two values.
    #[error("{0} stands there twice, with two values")]
    Twice(&'static str),
    /// No header that has to be there.
    #[error("there is no {0} header")]
    Missing(&'static str),
    /// The URL that the request line and the headers make is none.
    #[error("the request line and the headers make no URL: {0}")]
    Address(#[from] AddressError),
}

/// A request. It holds what people wrote to each other, and has no `Debug`.
pub struct Request {
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What a request says of its URL beside what is taken for it: the first places to look at if nothing matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// Hosts with their ports, each with the header it stands in.
    pub hosts: Vec<(String, &'static str)>,
    /// A port that a proxy tells.
    pub port: Option<String>,
    /// A prefix that a proxy has taken from the path.
    pub prefix: Option<String>,
    /// Path and query of the request line.
    pub target: Option<String>,
}

impl Request {
    /// Takes a request apart. Line ends may be CR LF or LF, and blank lines may stand before it.
    ///
    /// # Errors
    /// If it does not start with a request line, or a line before the first empty one is no header.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let mut lines = Lines { rest: bytes, number: 0 };
        let first = loop {
            match lines.next()? {
                None => return Err(RequestError::Empty),
                Some("") => {}
                Some(line) => break line,
            }
        };
        let mut words = first.split(' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let target = match (method, target, version, words.next()) {
            (Some(method), Some(target), Some(version), None)
                if !method.is_empty()
                    && method.bytes().all(|byte| byte.is_ascii_uppercase())
                    && !target.is_empty()
                    && version.starts_with("HTTP/") =>
            {
                target.to_owned()
            }
            _ => return Err(RequestError::RequestLine(lines.number)),
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        while let Some(line) = lines.next()?.filter(|line| !line.is_empty()) {
            let folded = line.starts_with([' ', '\t']);
            match (line.split_once(':'), headers.last_mut()) {
                (_, Some((_, value))) if folded => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (Some((name, value)), _) if !folded && !name.is_empty() && name.bytes().all(is_token) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                _ => return Err(RequestError::Header(lines.number)),
            }
        }
        let mut request = Self { target, headers, body: lines.rest.to_vec() };
        request.cut_what_the_file_added();
        Ok(request)
    }

    /// A body that is longer than it says by line ends alone has them from the file it was copied into.
    fn cut_what_the_file_added(&mut self) {
        if let Some(length) = self.content_length()
            && self.body.get(length..).is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')))
        {
            self.body.truncate(length);
        }
    }

    fn content_length(&self) -> Option<usize> {
        self.first("content-length")?.parse().ok()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How many bytes the copy lacks of the body that the request announces.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.content_length().map_or(0, |length| length.saturating_sub(self.body.len()))
    }

    /// Whether the body was sent in chunks, and may stand here as such.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.first("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
    }

    /// The media type of the body in lower case, without its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        Some(self.first("content-type")?.split(';').next()?.trim().to_ascii_lowercase())
    }

    /// The value of `X-Twilio-Signature`.
    ///
    /// # Errors
    /// If there is none, or two that differ.
    pub fn signature(&self) -> Result<&str, RequestError> {
        self.single("x-twilio-signature", "X-Twilio-Signature")?.ok_or(RequestError::Missing("X-Twilio-Signature"))
    }

    /// One part of `X-Twilio-Webhooks-Signature-Settings`, which stands there if a `SharedKey` signed: `key` or
    /// `algorithm`.
    ///
    /// # Errors
    /// If there are two headers that differ.
    pub fn setting(&self, name: &str) -> Result<Option<&str>, RequestError> {
        const HEADER: &str = "X-Twilio-Webhooks-Signature-Settings";
        let settings = self.single("x-twilio-webhooks-signature-settings", HEADER)?.unwrap_or_default();
        let parts = settings.split(',').filter_map(|part| part.split_once('='));
        Ok(parts.map(|(n, value)| (n.trim(), value.trim())).find(|(n, v)| *n == name && !v.is_empty()).map(|(_, v)| v))
    }

    /// The URL that Twilio called, as far as the request tells: two of them if it does not tell https from http.
    ///
    /// What a proxy says of the scheme and the host comes before what the proxy made of it.
    ///
    /// # Errors
    /// If the request names no host, or makes no URL.
    pub fn addresses(&self) -> Result<Vec<Address>, RequestError> {
        if self.target.contains("://") {
            return Ok(vec![Address::parse(&self.target)?]);
        }
        let (host, _) = self.hosts().into_iter().next().ok_or(RequestError::Missing("Host"))?;
        let socket = self.first("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
        let told = self.forwarded("proto").or_else(|| self.first("x-forwarded-proto").and_then(before_comma));
        let schemes: &[&str] = match (told.map(str::to_ascii_lowercase).as_deref(), socket) {
            (Some("https" | "wss"), false) => &["https"],
            (Some("http" | "ws"), false) => &["http"],
            (Some("https" | "wss"), true) => &["wss"],
            (Some("http" | "ws"), true) => &["ws"],
            (_, false) => &["https", "http"],
            (_, true) => &["wss", "ws"],
        };
        let address = |scheme: &&str| Address::parse(&format!("{scheme}://{host}{}", self.target));
        Ok(schemes.iter().map(address).collect::<Result<_, _>>()?)
    }

    /// What it says beside [`Request::addresses`].
    #[must_use]
    pub fn others(&self) -> Others {
        let target = match Address::parse(&self.target) {
            Ok(address) => address.query.map_or(address.path.clone(), |query| format!("{}?{query}", address.path)),
            Err(_) => self.target.clone(),
        };
        Others {
            hosts: self.hosts(),
            port: self.first("x-forwarded-port").and_then(before_comma).map(ToOwned::to_owned),
            prefix: self.first("x-forwarded-prefix").map(|prefix| prefix.trim_end_matches('/').to_owned()),
            target: Some(target),
        }
    }

    /// The hosts that the headers name, the likeliest first.
    fn hosts(&self) -> Vec<(String, &'static str)> {
        let found = [
            (self.forwarded("host"), "Forwarded"),
            (self.first("x-forwarded-host").and_then(before_comma), "X-Forwarded-Host"),
            (self.first("x-original-host").and_then(before_comma), "X-Original-Host"),
            (self.first("host"), "Host"),
        ];
        let is_host = |text: &str| !text.is_empty() && !text.contains(['/', '?', '#', '@']);
        let mut hosts: Vec<(String, &'static str)> = Vec::new();
        for (host, header) in found {
            if let Some(host) = host.filter(|host| is_host(host))
                && !hosts.iter().any(|(known, _)| known == host)
            {
                hosts.push((host.to_owned(), header));
            }
        }
        hosts
    }

    /// A part of the first element of `Forwarded` (RFC 7239).
    fn forwarded(&self, name: &str) -> Option<&str> {
        let pairs = before_comma(self.first("forwarded")?)?.split(';').filter_map(|pair| pair.split_once('='));
        let found = pairs.map(|(n, value)| (n.trim(), value)).find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().trim_matches('"')).filter(|value| !value.is_empty())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn single(&self, name: &str, shown: &'static str) -> Result<Option<&str>, RequestError> {
        let mut values = self.all(name);
        let first = values.next();
        if values.any(|value| Some(value) != first) { Err(RequestError::Twice(shown)) } else { Ok(first) }
    }
}

/// Proxies add theirs to a list: the first is the one that Twilio spoke to.
fn before_comma(text: &str) -> Option<&str> {
    text.split(',').next().map(str::trim).filter(|text| !text.is_empty())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Lines of text, each with its number, and the bytes behind them.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<Option<&'a str>, RequestError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(at) => (&self.rest[..at], &self.rest[at + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        std::str::from_utf8(line).map(Some).map_err(|_| RequestError::NotUtf8(self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "\
\nPOST /sms?tenant=7 HTTP/1.1\r
Host: hooks.example.test\r
Content-Type: application/x-www-form-urlencoded; charset=utf-8\r
Content-Length: 3\r
X-Twilio-Signature: iAifz9bs0IhJDGRvfpdPpHfIArI=\r
\r
a=1\r\n";

    fn error(text: &str) -> RequestError {
        Request::parse(text.as_bytes()).err().unwrap()
    }

    fn urls(text: &str) -> Vec<String> {
        let request = Request::parse(text.as_bytes()).unwrap();
        request.addresses().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_copied_request_is_taken_apart() {
        for text in [PLAIN.to_owned(), PLAIN.replace('\r', "")] {
            let request = Request::parse(text.as_bytes()).unwrap();
            assert_eq!(request.body(), b"a=1");
            assert_eq!(request.signature(), Ok("iAifz9bs0IhJDGRvfpdPpHfIArI="));
            assert_eq!(request.media_type().as_deref(), Some("application/x-www-form-urlencoded"));
            assert_eq!((request.missing(), request.is_chunked()), (0, false));
            assert_eq!(request.setting("algorithm"), Ok(None));
        }
        assert_eq!(Request::parse(PLAIN.replace("gth: 3", "gth: 9").as_bytes()).unwrap().missing(), 4);
        let kept = Request::parse(PLAIN.replace("Content-Length: 3\r\n", "").as_bytes()).unwrap();
        assert_eq!(kept.body(), b"a=1\r\n");
    }

    #[test]
    fn the_url_is_what_the_proxy_says_it_was() {
        let with = |headers: &str| urls(&format!("GET /a?b HTTP/2\nHost: in.test:8080\n{headers}\n"));
        assert_eq!(with(""), ["https://in.test:8080/a?b", "http://in.test:8080/a?b"]);
        assert_eq!(with("X-Forwarded-Proto: https, http\n"), ["https://in.test:8080/a?b"]);
        assert_eq!(with("X-Forwarded-Host: out.test , in.test\nx-forwarded-proto: HTTP\n"), ["http://out.test/a?b"]);
        assert_eq!(
            with("Forwarded: for=1.2.3.4;Proto=https; host=\"out.test:8443\", for=2\n"),
            ["https://out.test:8443/a?b"]
        );
        assert_eq!(with("Upgrade: websocket\nX-Forwarded-Proto: https\n"), ["wss://in.test:8080/a?b"]);
        assert_eq!(urls("GET https://out.test/a?b HTTP/1.1\nHost: in.test\n"), ["https://out.test/a?b"]);
        let request = "GET /a?b HTTP/1.1\nHost: in.test\nX-Forwarded-Host: out.test\nX-Forwarded-Port: 8443\n\
                       X-Forwarded-Prefix: /hooks/\n";
        assert_eq!(
            Request::parse(request.as_bytes()).unwrap().others(),
            Others {
                hosts: vec![("out.test".to_owned(), "X-Forwarded-Host"), ("in.test".to_owned(), "Host")],
                port: Some("8443".to_owned()),
                prefix: Some("/hooks".to_owned()),
                target: Some("/a?b".to_owned()),
            }
        );
    }

    #[test]
    fn the_settings_of_a_shared_key_are_read() {
        let text = PLAIN.replace(
            "Host:",
            "X-Twilio-Webhooks-Signature-Settings: key=webhooks_sharedkey_x, algorithm=HMAC_SHA256\r\nHost:",
        );
        let request = Request::parse(text.as_bytes()).unwrap();
        assert_eq!(request.setting("algorithm"), Ok(Some("HMAC_SHA256")));
        assert_eq!(request.setting("key"), Ok(Some("webhooks_sharedkey_x")));
    }

    #[test]
    fn what_is_no_request_is_told_by_line() {
        assert_eq!(error("\n\r\n"), RequestError::Empty);
        assert_eq!(error("\nPOST /sms\n"), RequestError::RequestLine(2));
        assert_eq!(error("From=%2B1&Body=hi"), RequestError::RequestLine(1));
        assert_eq!(error("POST /a b HTTP/1.1\n"), RequestError::RequestLine(1));
        assert_eq!(error("POST /a HTTP/1.1\nHost: h\nFrom=1\n"), RequestError::Header(3));
        assert_eq!(error("POST /a HTTP/1.1\n folded\n"), RequestError::Header(2));
        assert_eq!(Request::parse(b"POST /a HTTP/1.1\nX: \xff\n").err(), Some(RequestError::NotUtf8(2)));
        let parsed = |text: &str| Request::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed("POST /a HTTP/1.1\n").addresses().err(), Some(RequestError::Missing("Host")));
        let missing = RequestError::Missing("X-Twilio-Signature");
        assert_eq!(parsed("POST /a HTTP/1.1\nHost: h\n").signature(), Err(missing));
        let twice = "POST /a HTTP/1.1\nX-Twilio-Signature: a\nX-Twilio-Signature: b\n";
        assert_eq!(parsed(twice).signature(), Err(RequestError::Twice("X-Twilio-Signature")));
        assert_eq!(parsed("GET /a HTTP/1.1\nX-A: b,\n c\nHost: h\n").first("x-a"), Some("b, c"));
    }
}
