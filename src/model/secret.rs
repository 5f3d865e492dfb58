//! The one type that may hold a secret.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use subtle::ConstantTimeEq;

use super::digest::sha256_hex;

/// A secret value: an Auth Token or the secret of an API key.
///
/// Overwritten when dropped. It has no `Display`, no `Serialize` and no `Deref`; its `Debug` says nothing; it compares
/// in constant time. [`Secret::expose`] is the only way to the characters, and each use of it is a door listed under
/// clippy's `disallowed_methods`.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text; the caller's copy is the caller's to wipe.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The characters themselves. Every caller is a door: it must say why under `#[expect(clippy::disallowed_methods)]`.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// A name for the value that does not give it away: the first 8 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(sha256_hex(self.0.expose_secret().as_bytes())[..8].into())
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.expose_secret().len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(other.0.expose_secret().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The first 8 hexadecimal digits of a secret's SHA-256: enough to tell two values apart, too few to be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Box<str>);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_of_itself() {
        let secret = Secret::new("swordfish".into());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.fingerprint().to_string(), "b9f195c5");
        assert_eq!(secret, Secret::new("swordfish".into()));
        assert_ne!(secret, Secret::new("swordfisH".into()));
    }
}
