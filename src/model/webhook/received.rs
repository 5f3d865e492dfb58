//! A webhook as it was received, and which secret signed it.

use super::signature::{Key, text};
use super::{Address, Form, Others, Port, Signature};
use crate::model::Secret;
use crate::model::digest::sha256_hex;

/// A webhook as it was received. It may hold what people wrote to each other, and has no `Debug`.
#[derive(Clone)]
pub struct Received {
    /// The URL as Twilio called it. More than one where a request does not tell whether it came by https or http.
    pub addresses: Vec<Address>,
    /// The body.
    pub body: Body,
    /// What `X-Twilio-Signature` says.
    pub signature: Signature,
    /// What else the request says of its URL, for [`super::near::search`].
    pub others: Others,
}

/// The body of a webhook.
#[derive(Clone)]
pub enum Body {
    /// There is none, or it is not known.
    Unknown,
    /// The fields of a form that were given one by one.
    Fields(Form),
    /// An `application/x-www-form-urlencoded` body.
    Form(String),
    /// Any other body. It is not signed: the URL carries its hash.
    Raw(Vec<u8>),
}

/// Which secret signed a webhook, and which of its URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The position of the secret among those that were tried.
    pub by: usize,
    /// The URL that is signed.
    pub address: Address,
    /// Whether that is the URL without a port.
    pub port: Port,
    /// The URL as it was received: the same, but for the port.
    pub received: Address,
}

/// What the signature says of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyCheck {
    /// There is no body, or none is known, and the URL carries no hash.
    None,
    /// The signature is over this number of form fields.
    Fields(usize),
    /// The body has the hash that the signed URL carries.
    Same,
    /// The same, once the line end is cut off that the file or the pipe added.
    SameButLineEnd,
    /// The signed URL carries the hash of another body.
    Other,
    /// The same, and it is the body that this one becomes without its blanks: it was formatted anew.
    Reformatted,
    /// The signed URL carries a hash, and no body is known.
    Unknown,
    /// There is a body that is no form, and the signed URL carries no hash: nothing vouches for the body.
    Unprotected,
}

impl Received {
    /// The fields that are signed together with the URL.
    #[must_use]
    pub fn form(&self) -> Form {
        match &self.body {
            Body::Fields(form) => form.clone(),
            Body::Form(body) => Form::decode(body),
            Body::Unknown | Body::Raw(_) => Form::default(),
        }
    }

    /// Finds the secret that signed it, as an official validator would: over the URL without its port and with it.
    #[must_use]
    pub fn signed_by(&self, secrets: &[Secret]) -> Option<Signed> {
        let keys = self.keys(secrets);
        let form = self.form();
        self.addresses.iter().find_map(|received| {
            // First as it was received, so that the answer names the port only where it matters.
            let ports = if received.port.is_some() { [Port::With, Port::Without] } else { [Port::Without, Port::With] };
            ports.into_iter().find_map(|port| {
                let address = received.with(port);
                let text = text(&address.to_string(), &form);
                let (by, _) = keys.iter().find(|(_, key)| key.signed(&self.signature, &text))?;
                Some(Signed { by: *by, address, port, received: received.clone() })
            })
        })
    }

    /// What a signature over this URL says of the body.
    #[must_use]
    pub fn check_body(&self, address: &Address) -> BodyCheck {
        let hash = address.body_hash();
        match (&self.body, hash) {
            (Body::Fields(_) | Body::Form(_), _) => BodyCheck::Fields(self.form().len()),
            (Body::Unknown, None) => BodyCheck::None,
            (Body::Unknown, Some(_)) => BodyCheck::Unknown,
            (Body::Raw(_), None) => BodyCheck::Unprotected,
            (Body::Raw(body), Some(hash)) => {
                // Both are public: nothing is to be learnt from how long the comparison takes.
                let is = |body: &[u8]| sha256_hex(body) == hash;
                if is(body) {
                    BodyCheck::Same
                } else if without_line_end(body).is_some_and(is) {
                    BodyCheck::SameButLineEnd
                } else if is(&without_blanks(body)) {
                    BodyCheck::Reformatted
                } else {
                    BodyCheck::Other
                }
            }
        }
    }

    /// The secrets that are not empty, ready to sign, each with its position.
    pub(super) fn keys(&self, secrets: &[Secret]) -> Vec<(usize, Key)> {
        let key = |secret| Key::new(secret, self.signature.algorithm());
        secrets.iter().enumerate().filter_map(|(at, secret)| Some((at, key(secret)?))).collect()
    }
}

/// A body without the one line end that an editor adds.
fn without_line_end(body: &[u8]) -> Option<&[u8]> {
    body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"))
}

/// JSON without the blanks between its parts, in the same order.
fn without_blanks(body: &[u8]) -> Vec<u8> {
    let (mut inside, mut escaped) = (false, false);
    let keep = |byte: &u8| {
        let kept = inside || !byte.is_ascii_whitespace();
        if *byte == b'"' && !escaped {
            inside = !inside;
        }
        escaped = inside && *byte == b'\\' && !escaped;
        kept
    };
    body.iter().copied().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::webhook::Algorithm;

    fn token(digit: &str) -> Secret {
        Secret::new(digit.repeat(32))
    }

    fn received(url: &str, signed: &str, by: &Secret, body: Body) -> Received {
        let mut received = Received {
            addresses: vec![Address::parse(url).unwrap()],
            body,
            signature: Signature::sign(by, Algorithm::HmacSha1, signed, &Form::default()).unwrap(),
            others: Others::default(),
        };
        let form = received.form();
        received.signature = Signature::sign(by, Algorithm::HmacSha1, signed, &form).unwrap();
        received
    }

    #[test]
    fn the_secret_is_found_with_and_without_the_port() {
        let secrets = [token("a"), Secret::new(String::new()), token("b")];
        for (url, signed, port) in [
            ("https://h.test/a", "https://h.test/a", Port::Without),
            ("https://h.test/a", "https://h.test:443/a", Port::With),
            ("https://h.test:443/a", "https://h.test/a", Port::Without),
            ("https://h.test:8443/a", "https://h.test:8443/a", Port::With),
            ("https://h.test:8443/a", "https://h.test/a", Port::Without),
        ] {
            let found = received(url, signed, &secrets[2], Body::Form("a=1".to_owned())).signed_by(&secrets).unwrap();
            assert_eq!((found.by, found.port, found.address.to_string()), (2, port, signed.to_owned()), "{url}");
        }
        let other = received("https://h.test/a", "http://h.test/a", &secrets[0], Body::Unknown);
        assert_eq!(other.signed_by(&secrets), None);
        let nobodys = received("https://h.test/a", "https://h.test/a", &token("c"), Body::Unknown);
        assert_eq!(nobodys.signed_by(&secrets), None);
    }

    #[test]
    fn the_hash_in_the_url_is_held_against_the_body() {
        let url = format!("https://h.test/a?bodySHA256={}", sha256_hex(br#"{"k":"a \" b"}"#));
        let check = |body: Body| {
            let received = received(&url, &url, &token("a"), body);
            received.check_body(&received.addresses[0])
        };
        let raw = |text: &str| Body::Raw(text.as_bytes().to_vec());
        assert_eq!(check(raw(r#"{"k":"a \" b"}"#)), BodyCheck::Same);
        assert_eq!(check(raw("{\"k\":\"a \\\" b\"}\r\n")), BodyCheck::SameButLineEnd);
        assert_eq!(check(raw("{\n  \"k\": \"a \\\" b\"\n}\n")), BodyCheck::Reformatted);
        assert_eq!(check(raw(r#"{"k":"a \"  b"}"#)), BodyCheck::Other);
        assert_eq!(check(Body::Unknown), BodyCheck::Unknown);
        assert_eq!(check(Body::Form("a=1&b=2".to_owned())), BodyCheck::Fields(2));
        let bare = received("https://h.test/a", "https://h.test/a", &token("a"), raw("{}"));
        assert_eq!(bare.check_body(&bare.addresses[0]), BodyCheck::Unprotected);
    }
}
