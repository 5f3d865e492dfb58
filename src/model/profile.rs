//! The name of a profile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a profile: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first.
///
/// It becomes part of a file's name, of a sink's name and of a label in the keyring, so nothing else is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(Box<str>);

/// A text that is no profile's name. It is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a profile's name has 1 to {max} letters, digits, dots, underscores and hyphens, and starts with a letter or digit",
    max = ProfileName::MAX
)]
pub struct ProfileNameError;

impl ProfileName {
    /// The most characters of a name.
    pub const MAX: usize = 64;

    /// Takes a text for the name of a profile.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, ProfileNameError> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if first && text.len() <= Self::MAX && text.bytes().all(good) {
            Ok(Self(text.into()))
        } else {
            Err(ProfileNameError)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;
    fn from_str(text: &str) -> Result<Self, ProfileNameError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ProfileName {
    type Error = ProfileNameError;
    fn try_from(text: String) -> Result<Self, ProfileNameError> {
        Self::parse(&text)
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_files_and_a_sinks() {
        for good in ["acme", "a", "0", "acme-eu.prod_2", &"x".repeat(64)] {
            assert_eq!(ProfileName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".hidden", "-flag", "a b", "a/b", "a#b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(ProfileName::parse(bad), Err(ProfileNameError), "{bad:?}");
        }
    }
}
