//! Webhooks as Twilio sends them. They are signed by ring, and by nothing of the code under test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use ring::{digest, hmac};

/// What an Auth Token signs with.
pub(crate) const AUTH_TOKEN: hmac::Algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
/// What a `SharedKey` signs with.
pub(crate) const SHARED_KEY: hmac::Algorithm = hmac::HMAC_SHA256;

/// A webhook on its way.
#[derive(Clone)]
pub(crate) struct Webhook {
    /// As it stands at Twilio; `bodySHA256` added for a body that is no form.
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) signature: String,
}

impl Webhook {
    /// A form, such as an incoming message: name and value of each field, as they are before they are encoded.
    pub(crate) fn form(token: &str, url: &str, fields: &[(&str, &str)]) -> Self {
        Self::form_by(AUTH_TOKEN, token, url, fields)
    }

    pub(crate) fn form_by(algorithm: hmac::Algorithm, key: &str, url: &str, fields: &[(&str, &str)]) -> Self {
        let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, value) in fields {
            sorted.entry(name).or_default().insert(value);
        }
        let values = sorted.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}")));
        Self {
            url: url.to_owned(),
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            body: Serializer::new(String::new()).extend_pairs(fields).finish(),
            signature: sign(algorithm, key, &(url.to_owned() + &values.collect::<String>())),
        }
    }

    /// A JSON body, of which the URL carries the hash.
    pub(crate) fn json(token: &str, url: &str, body: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, body.as_bytes());
        let hash = hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let url = format!("{url}{}bodySHA256={hash}", if url.contains('?') { '&' } else { '?' });
        let signature = sign(AUTH_TOKEN, token, &url);
        Self { url, content_type: "application/json", body: body.to_owned(), signature }
    }

    /// The request as a server behind a TLS proxy logs it.
    pub(crate) fn request(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (host, target) = rest.split_at(rest.find('/').unwrap());
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: {scheme}\r\nContent-Type: {}\r\n\
             Content-Length: {}\r\nUser-Agent: TwilioProxy/1.1\r\nX-Twilio-Signature: {}\r\n\r\n{}",
            self.content_type,
            self.body.len(),
            self.signature,
            self.body
        )
    }
}

/// A signature over a text.
pub(crate) fn sign(algorithm: hmac::Algorithm, key: &str, text: &str) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), text.as_bytes()))
}
