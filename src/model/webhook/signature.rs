//! Signing and checking, in constant time.
//!
//! HMAC and SHA-1 are `RustCrypto`'s: its HMAC is in the tree already (HKDF is made of it), it wipes the key when it is
//! dropped, and it compares in constant time. ring, which TLS brings, wipes nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac};
use sha1::Sha1;
use sha2::Sha256;

use super::Form;
use crate::model::Secret;

/// What a signature was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// An Auth Token's.
    HmacSha1,
    /// A `SharedKey`'s.
    HmacSha256,
}

impl Algorithm {
    const ALL: [Self; 2] = [Self::HmacSha1, Self::HmacSha256];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// Its name as `X-Twilio-Webhooks-Signature-Settings` writes it, in any case.
    ///
    /// # Errors
    /// If Twilio has one that is not known here.
    pub fn parse(name: &str) -> Result<Self, AlgorithmError> {
        let same = |known: &Self| known.as_str().replace('-', "_").eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(same).ok_or(AlgorithmError)
    }

    /// The number of bytes of its signatures.
    fn len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
        }
    }
}

/// An algorithm that is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is neither HMAC_SHA1 nor HMAC_SHA256")]
pub struct AlgorithmError;

/// Why a text is no signature. The text is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Nothing.
    #[error("the signature is empty")]
    Empty,
    /// `%2B`, `%2F` or `%3D` in it.
    #[error("the signature is percent-encoded")]
    PercentEncoded,
    /// Not base64.
    #[error("the signature is not base64")]
    NotBase64,
    /// Base64 of something else.
    #[error("the signature has {0} bytes; HMAC-SHA1 has 20, and HMAC-SHA256 has 32")]
    Length(usize),
}

/// The value of an `X-Twilio-Signature`. It is no secret; its length tells the algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    bytes: Box<[u8]>,
    algorithm: Algorithm,
}

impl Signature {
    /// Reads the header's value. Blanks around it are left out.
    ///
    /// # Errors
    /// If it is not the base64 of 20 or 32 bytes.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SignatureError::Empty);
        }
        if text.contains('%') {
            return Err(SignatureError::PercentEncoded);
        }
        let bytes = STANDARD.decode(text).map_err(|_| SignatureError::NotBase64)?.into_boxed_slice();
        let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.len() == bytes.len());
        let algorithm = algorithm.ok_or(SignatureError::Length(bytes.len()))?;
        Ok(Self { bytes, algorithm })
    }

    /// Signs a URL and a form as Twilio does. Nothing if the secret is empty: anybody could make that signature.
    #[must_use]
    pub fn sign(secret: &Secret, algorithm: Algorithm, url: &str, form: &Form) -> Option<Self> {
        let key = Key::new(secret, algorithm)?;
        Some(Self { bytes: key.mac(&text(url, form)), algorithm })
    }

    /// Whether a secret signed this URL and this form. An empty secret never did.
    #[must_use]
    pub fn is_of(&self, secret: &Secret, url: &str, form: &Form) -> bool {
        Key::new(secret, self.algorithm).is_some_and(|key| key.signed(self, &text(url, form)))
    }

    /// What it was made with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(&self.bytes))
    }
}

/// The text that is signed.
pub(super) fn text(url: &str, form: &Form) -> String {
    let mut text = url.to_owned();
    form.write(&mut text);
    text
}

/// A secret that is ready to sign many texts. Wiped when it is dropped.
pub(super) enum Key {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
}

impl Key {
    /// Nothing for an empty secret: an unset variable must never become the empty key.
    #[expect(clippy::disallowed_methods, reason = "the secret is the key of an HMAC, which does not give it away")]
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Option<Self> {
        if secret.is_empty() {
            return None;
        }
        let key = secret.expose().as_bytes();
        // An HMAC takes a key of any length: the error does not come.
        match algorithm {
            Algorithm::HmacSha1 => Hmac::new_from_slice(key).ok().map(Self::Sha1),
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
        }
    }

    fn mac(&self, text: &str) -> Box<[u8]> {
        match self {
            Self::Sha1(key) => key.clone().chain_update(text).finalize().into_bytes().as_slice().into(),
            Self::Sha256(key) => key.clone().chain_update(text).finalize().into_bytes().as_slice().into(),
        }
    }

    /// Whether it signed a text; compared in constant time.
    pub(super) fn signed(&self, signature: &Signature, text: &str) -> bool {
        let bytes = &signature.bytes;
        match self {
            Self::Sha1(key) => key.clone().chain_update(text).verify_slice(bytes).is_ok(),
            Self::Sha256(key) => key.clone().chain_update(text).verify_slice(bytes).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::sha256_hex;

    fn token() -> Secret {
        Secret::new("0123456789abcdef".repeat(2))
    }

    fn sms() -> Form {
        [("MessageSid", "SM00000000000000000000000000000001"), ("From", "+15005550006"), ("Body", "hi there")]
            .into_iter()
            .collect()
    }

    /// Made with twilio-python 9.13.0.
    #[test]
    fn the_vectors_of_the_official_client() {
        let url = "https://hooks.example.test/sms?tenant=7";
        for (algorithm, expected) in [
            (Algorithm::HmacSha1, "iAifz9bs0IhJDGRvfpdPpHfIArI="),
            (Algorithm::HmacSha256, "Uzr8uHeD6g/f6taozGxJFxCdAR7S85qZHZadaX8R42I="),
        ] {
            assert_eq!(Signature::sign(&token(), algorithm, url, &sms()).unwrap().to_string(), expected);
            let signature = Signature::parse(expected).unwrap();
            assert_eq!(signature.algorithm(), algorithm);
            assert!(signature.is_of(&token(), url, &sms()));
            assert!(!signature.is_of(&Secret::new("f".repeat(32)), url, &sms()));
            assert!(!signature.is_of(&token(), "https://hooks.example.test/sms?tenant=8", &sms()));
            assert!(!signature.is_of(&token(), url, &[("Body", "hi there")].into_iter().collect()));
        }
        let hash = sha256_hex(br#"{"k":1}"#);
        assert_eq!(hash, "a0da1fce57d0e4f9f0ae4e4cbe040d34dcc046255c6c8d18e97f55aaed0655f0");
        let url = format!("https://hooks.example.test/studio?bodySHA256={hash}");
        assert!(Signature::parse("e2H/vHEbKrKPV8K27CH4Au8GArE=").unwrap().is_of(&token(), &url, &Form::default()));
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let empty = Secret::new(String::new());
        assert_eq!(Signature::sign(&empty, Algorithm::HmacSha1, "https://h.test/", &Form::default()), None);
        // HMAC-SHA1 of that URL under the empty key, which anybody can make.
        let forged = Hmac::<Sha1>::new_from_slice(b"").unwrap().chain_update("https://h.test/").finalize().into_bytes();
        let forged = Signature::parse(&STANDARD.encode(forged)).unwrap();
        assert!(!forged.is_of(&empty, "https://h.test/", &Form::default()));
    }

    #[test]
    fn what_is_no_signature_is_told_and_not_repeated() {
        assert_eq!(Signature::parse(" "), Err(SignatureError::Empty));
        assert_eq!(Signature::parse("iAifz9bs0IhJDGRvfpdPpHfIArI%3D"), Err(SignatureError::PercentEncoded));
        assert_eq!(Signature::parse("not base64!"), Err(SignatureError::NotBase64));
        assert_eq!(Signature::parse(&"0123456789abcdef".repeat(2)), Err(SignatureError::Length(24)));
        assert!(Signature::parse(" iAifz9bs0IhJDGRvfpdPpHfIArI=\n").is_ok());
    }

    #[test]
    fn algorithms_are_named_as_twilio_names_them() {
        assert_eq!(Algorithm::parse("HMAC_SHA256"), Ok(Algorithm::HmacSha256));
        assert_eq!(Algorithm::parse("hmac_sha1"), Ok(Algorithm::HmacSha1));
        assert_eq!(Algorithm::parse("HMAC_SHA512"), Err(AlgorithmError));
    }
}
