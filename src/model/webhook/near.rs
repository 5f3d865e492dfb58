//! If nothing matches: what would, were the URL or the body a little different.
//!
//! A validator fails far more often on a URL that is not the one Twilio called than on a wrong token: TLS ends at a
//! proxy, a framework sorts the query, somebody lost a slash. An HMAC does not match by accident, so that a URL that
//! matches is the one that was signed.

use form_urlencoded::byte_serialize;
use percent_encoding::percent_decode_str;

use super::address::host_and_port;
use super::signature::{Key, text};
use super::{Address, Body, Form, Port, Received};
use crate::model::Secret;
use crate::model::digest::sha256_hex;

/// How many changes are tried together: behind a proxy, scheme, host and path may all be others.
const TOGETHER: usize = 3;

/// How many signatures are made at most, so that nothing a request says can make this last.
const MOST: usize = 200_000;

/// What would match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The position of the secret among those that were tried.
    pub by: usize,
    /// The URL that is signed.
    pub address: Address,
    /// How that differs from what was received, a phrase each.
    pub changes: Vec<String>,
}

/// One change of one part. Two of the same part exclude each other.
struct Change {
    what: String,
    to: Part,
}

enum Part {
    Scheme(&'static str),
    Host(String, Option<String>),
    Path(String),
    Target(String, Option<String>),
    Query(Option<String>),
    NoUserInfo,
    NoFragment,
    Form(Form),
}

/// Looks for the least change under which one of the secrets signed what was received.
#[must_use]
pub fn search(received: &Received, secrets: &[Secret]) -> Option<Near> {
    let keys = received.keys(secrets);
    let form = received.form();
    let bases: Vec<(&Address, Vec<Vec<Change>>)> =
        received.addresses.iter().map(|address| (address, changes(received, address, &form))).collect();
    let mut left = MOST;
    for together in 1..=TOGETHER {
        for (address, parts) in &bases {
            let mut search = Search { received, keys: &keys, address, form: &form, parts, left: &mut left };
            if let Some(found) = search.choose(0, together, &mut Vec::new()) {
                return Some(found);
            }
        }
    }
    None
}

struct Search<'a> {
    received: &'a Received,
    keys: &'a [(usize, Key)],
    address: &'a Address,
    form: &'a Form,
    parts: &'a [Vec<Change>],
    left: &'a mut usize,
}

impl<'a> Search<'a> {
    /// Tries every choice of so many more changes, of the parts from `from` on.
    fn choose(&mut self, from: usize, more: usize, chosen: &mut Vec<&'a Change>) -> Option<Near> {
        if more == 0 {
            return self.attempt(chosen);
        }
        for at in from..self.parts.len() {
            for change in &self.parts[at] {
                chosen.push(change);
                let found = self.choose(at + 1, more - 1, chosen);
                chosen.pop();
                if found.is_some() || *self.left == 0 {
                    return found;
                }
            }
        }
        None
    }

    fn attempt(&mut self, chosen: &[&Change]) -> Option<Near> {
        let mut changed = self.address.clone();
        let mut form = self.form;
        for change in chosen {
            match &change.to {
                Part::Scheme(scheme) => (*scheme).clone_into(&mut changed.scheme),
                Part::Host(host, port) => (changed.host, changed.port) = (host.clone(), port.clone()),
                Part::Path(path) => changed.path.clone_from(path),
                Part::Target(path, query) => (changed.path, changed.query) = (path.clone(), query.clone()),
                Part::Query(query) => changed.query.clone_from(query),
                Part::NoUserInfo => changed.user_info = None,
                Part::NoFragment => changed.fragment = None,
                Part::Form(other) => form = other,
            }
        }
        [Port::Without, Port::With].into_iter().find_map(|port| {
            *self.left = self.left.saturating_sub(self.keys.len().max(1));
            let address = changed.with(port);
            let text = text(&address.to_string(), form);
            let (by, _) = self.keys.iter().find(|(_, key)| key.signed(&self.received.signature, &text))?;
            Some(Near { by: *by, address, changes: chosen.iter().map(|change| change.what.clone()).collect() })
        })
    }
}

/// The changes worth trying, a list for each part.
fn changes(received: &Received, address: &Address, form: &Form) -> Vec<Vec<Change>> {
    let mut parts = vec![
        schemes(received, address),
        hosts(received, address),
        paths(received, address),
        queries(received, address),
        Vec::new(),
        Vec::new(),
        forms(received, form),
    ];
    if address.user_info.is_some() {
        parts[4].push(change("without the user name and password", Part::NoUserInfo));
    }
    if address.fragment.is_some() {
        parts[5].push(change("without what follows the #", Part::NoFragment));
    }
    parts
}

fn change(what: impl Into<String>, to: Part) -> Change {
    Change { what: what.into(), to }
}

fn schemes(received: &Received, address: &Address) -> Vec<Change> {
    let is_received = |scheme: &str| received.addresses.iter().any(|a| a.scheme.eq_ignore_ascii_case(scheme));
    let others = ["https", "http", "wss", "ws"].into_iter().filter(|scheme| !is_received(scheme));
    others.map(|scheme| change(format!("{scheme} instead of {}", address.scheme), Part::Scheme(scheme))).collect()
}

fn hosts(received: &Received, address: &Address) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let mut add = |what: String, host: String, port: Option<String>| {
        let is_this = |change: &Change| matches!(&change.to, Part::Host(h, p) if *h == host && *p == port);
        if (host != address.host || port != address.port) && !found.iter().any(is_this) {
            found.push(change(what, Part::Host(host, port)));
        }
    };
    for (text, header) in &received.others.hosts {
        let (host, port) = host_and_port(text);
        add(format!("the host of {header}: {text}"), host, port);
    }
    if let Some(port) = &received.others.port {
        add(format!("the port of X-Forwarded-Port: {port}"), address.host.clone(), Some(port.clone()));
    }
    add("the host in lower case".to_owned(), address.host.to_ascii_lowercase(), address.port.clone());
    let www = match address.host.strip_prefix("www.") {
        Some(bare) => bare.to_owned(),
        None => format!("www.{}", address.host),
    };
    add(format!("the host {www}"), www, address.port.clone());
    found
}

fn paths(received: &Received, address: &Address) -> Vec<Change> {
    let path = &address.path;
    let mut found = vec![match path.strip_suffix('/') {
        Some(bare) => change("without the slash at the end", Part::Path(bare.to_owned())),
        None => change("with a slash at the end of the path", Part::Path(format!("{path}/"))),
    }];
    if let Some(prefix) = &received.others.prefix {
        found.push(change(
            format!("with the prefix of X-Forwarded-Prefix: {prefix}"),
            Part::Path(format!("{prefix}{path}")),
        ));
    }
    if let Some(target) = &received.others.target {
        let (to, query) = match target.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (target.clone(), None),
        };
        if to != *path || query != address.query {
            found.push(change("with the path and query of the request line", Part::Target(to, query)));
        }
    }
    let mut single = path.clone();
    while single.contains("//") {
        single = single.replace("//", "/");
    }
    if single != *path {
        found.push(change("with single slashes in the path", Part::Path(single)));
    }
    if let Some(decoded) = percent_decoded(path) {
        found.push(change("with the path not percent-encoded", Part::Path(decoded)));
    }
    found
}

fn queries(received: &Received, address: &Address) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    if let Body::Raw(body) = &received.body
        && address.body_hash().is_none()
    {
        let query = address.query_with_body_hash(&sha256_hex(body));
        found.push(change("with the parameter bodySHA256 that Twilio adds", Part::Query(Some(query))));
    }
    let Some(query) = &address.query else { return found };
    let mut add = |what: &str, to: String| {
        if to != *query && !found.iter().any(|c| matches!(&c.to, Part::Query(Some(known)) if *known == to)) {
            found.push(change(what, Part::Query(Some(to))));
        }
    };
    let mut sorted: Vec<&str> = query.split('&').collect();
    sorted.sort_unstable();
    add("with the query's parameters in the order of their names", sorted.join("&"));
    let plus = encoded(query);
    add("with blanks in the query as %20, and the rest percent-encoded", plus.replace('+', "%20"));
    add("with blanks in the query as +, and the rest percent-encoded", plus);
    add("with blanks in the query as +", query.replace("%20", "+"));
    add("with blanks in the query as %20", query.replace('+', "%20"));
    add("with apostrophes in the query as they are", query.replace("%27", "'"));
    add("with apostrophes in the query as %27", query.replace('\'', "%27"));
    if let Some(decoded) = percent_decoded(query) {
        add("with the query not percent-encoded", decoded);
    }
    found.push(change("without the query", Part::Query(None)));
    found
}

fn forms(received: &Received, form: &Form) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let mut add = |what: &str, to: Form| {
        if to != *form && !found.iter().any(|c| matches!(&c.to, Part::Form(known) if *known == to)) {
            found.push(change(what, Part::Form(to)));
        }
    };
    match &received.body {
        Body::Unknown => {}
        Body::Fields(_) => add("with the fields decoded: they are percent-encoded", form.decoded_again()),
        Body::Form(body) => add("with the body taken as it stands: it is decoded already", Form::literal(body)),
        Body::Raw(body) => {
            if let Ok(body) = std::str::from_utf8(body) {
                add("with the body taken for a form", Form::decode(body));
            }
        }
    }
    add("without the fields that have no value", form.without_blanks());
    add("with line feeds in the values instead of CR LF", form.with_line_feeds());
    add("without the body: the URL alone", Form::default());
    found
}

/// A query encoded anew, as a form is.
fn encoded(query: &str) -> String {
    let pair = |pair: &str| {
        let anew = |text: &str| {
            let decoded = percent_decoded(&text.replace('+', " ")).unwrap_or_else(|| text.replace('+', " "));
            byte_serialize(decoded.as_bytes()).collect::<String>()
        };
        match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", anew(name), anew(value)),
            None => anew(pair),
        }
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// A text with its `%xx` decoded; nothing if there are none, or they are no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    (decoded != text).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::webhook::{Algorithm, Others, Signature};

    fn token() -> Secret {
        Secret::new("0123456789abcdef".repeat(2))
    }

    fn received(url: &str, body: Body, signed: &str, form: &Form) -> Received {
        Received {
            addresses: vec![Address::parse(url).unwrap()],
            body,
            signature: Signature::sign(&token(), Algorithm::HmacSha1, signed, form).unwrap(),
            others: Others::default(),
        }
    }

    /// What would match: the changes, joined.
    fn found(received: &Received) -> Option<String> {
        let near = search(received, &[Secret::new("f".repeat(32)), token()])?;
        assert_eq!(near.by, 1);
        Some(near.changes.join("; "))
    }

    #[test]
    fn the_common_mistakes_are_found_in_the_url() {
        for (url, signed, what) in [
            ("http://h.test/a", "https://h.test/a", "https instead of http"),
            ("https://h.test/a", "http://h.test:80/a", "http instead of https"),
            ("https://h.test/s", "wss://h.test/s", "wss instead of https"),
            ("https://h.test/a", "https://h.test/a/", "with a slash at the end of the path"),
            ("https://h.test/a/?x=1", "https://h.test/a?x=1", "without the slash at the end"),
            ("https://h.test/", "https://h.test", "without the slash at the end"),
            ("https://H.test/a", "https://h.test/a", "the host in lower case"),
            ("https://www.h.test/a", "https://h.test/a", "the host h.test"),
            ("https://h.test//a", "https://h.test/a", "with single slashes in the path"),
            ("https://h.test/a%20b", "https://h.test/a b", "with the path not percent-encoded"),
            ("https://h.test/a?x=1", "https://h.test/a", "without the query"),
            (
                "https://h.test/a?b=1&a=2",
                "https://h.test/a?a=2&b=1",
                "with the query's parameters in the order of their names",
            ),
            (
                "https://h.test/a?b=x%20y",
                "https://h.test/a?b=x+y",
                "with blanks in the query as +, and the rest percent-encoded",
            ),
            (
                "https://h.test/a?b=x+y",
                "https://h.test/a?b=x%20y",
                "with blanks in the query as %20, and the rest percent-encoded",
            ),
            (
                "https://h.test/a?b=it%27s+a@b",
                "https://h.test/a?b=it's+a@b",
                "with apostrophes in the query as they are",
            ),
            ("https://h.test/a?b=it's@b", "https://h.test/a?b=it%27s@b", "with apostrophes in the query as %27"),
            ("https://h.test/a?b=%2B1", "https://h.test/a?b=+1", "with the query not percent-encoded"),
            ("https://u:p@h.test/a", "https://h.test/a", "without the user name and password"),
            ("https://h.test/a#rc=2", "https://h.test/a", "without what follows the #"),
            (
                "http://h.test/a#rc=2",
                "https://h.test/a/",
                "https instead of http; with a slash at the end of the path; without what follows the #",
            ),
        ] {
            assert_eq!(found(&received(url, Body::Unknown, signed, &Form::default())).as_deref(), Some(what), "{url}");
        }
    }

    #[test]
    fn what_a_proxy_says_is_tried() {
        let mut received = received("http://in.test:8080/sms", Body::Unknown, "https://h.test/", &Form::default());
        received.others = Others {
            hosts: vec![("out.test".to_owned(), "X-Forwarded-Host"), ("in.test:8080".to_owned(), "Host")],
            port: Some("8443".to_owned()),
            prefix: Some("/hooks".to_owned()),
            target: Some("/real?x=1".to_owned()),
        };
        for (signed, what) in [
            ("http://out.test/sms", "the host of X-Forwarded-Host: out.test"),
            ("http://in.test:8443/sms", "the port of X-Forwarded-Port: 8443"),
            ("http://in.test:8080/hooks/sms", "with the prefix of X-Forwarded-Prefix: /hooks"),
            ("http://in.test/real?x=1", "with the path and query of the request line"),
            (
                "https://out.test/hooks/sms",
                "https instead of http; the host of X-Forwarded-Host: out.test; with the prefix of X-Forwarded-Prefix: /hooks",
            ),
        ] {
            received.signature = Signature::sign(&token(), Algorithm::HmacSha1, signed, &Form::default()).unwrap();
            assert_eq!(found(&received).as_deref(), Some(what), "{signed}");
        }
    }

    #[test]
    fn the_common_mistakes_are_found_in_the_body() {
        let url = "https://h.test/a";
        let form: Form = [("From", "+1555"), ("Body", "a b"), ("Empty", "")].into_iter().collect();
        let body = |text: &str| Body::Form(text.to_owned());
        for (given, what) in [
            (body("From=+1555&Body=a b&Empty="), "with the body taken as it stands: it is decoded already"),
            (
                Body::Fields([("From", "%2B1555"), ("Body", "a+b"), ("Empty", "")].into_iter().collect()),
                "with the fields decoded: they are percent-encoded",
            ),
            (Body::Raw(b"From=%2B1555&Body=a+b&Empty=".to_vec()), "with the body taken for a form"),
        ] {
            assert_eq!(found(&received(url, given, url, &form)).as_deref(), Some(what));
        }
        let less = form.without_blanks();
        let given = body("From=%2B1555&Body=a+b&Empty=");
        let what = "without the fields that have no value";
        assert_eq!(found(&received(url, given.clone(), url, &less)).as_deref(), Some(what));
        let what = "without the body: the URL alone";
        assert_eq!(found(&received(url, given, url, &Form::default())).as_deref(), Some(what));
        let lines: Form = [("Body", "a\nb")].into_iter().collect();
        let what = "with line feeds in the values instead of CR LF";
        assert_eq!(found(&received(url, body("Body=a%0D%0Ab"), url, &lines)).as_deref(), Some(what));
        let signed = format!("{url}?bodySHA256={}", sha256_hex(b"{}"));
        let what = "with the parameter bodySHA256 that Twilio adds";
        let given = Body::Raw(b"{}".to_vec());
        assert_eq!(found(&received(url, given, &signed, &Form::default())).as_deref(), Some(what));
    }

    #[test]
    fn what_nobody_signed_is_not_found_and_the_search_ends() {
        let query = (0..200).map(|n| format!("a{n}=x%20y'+%2B")).collect::<Vec<_>>().join("&");
        let mut received = received(
            &format!("https://u:p@WWW.H.test//a%20b/?{query}#f"),
            Body::Form("a=1&b=\r\n".to_owned()),
            "https://else.test/",
            &Form::default(),
        );
        received.others.hosts = (0..50).map(|n| (format!("h{n}.test"), "Host")).collect();
        assert_eq!(found(&received), None);
    }
}
