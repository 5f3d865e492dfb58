//! Friendly names, and the mark that a rotation leaves in one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::digest::hex;

/// A key's friendly name.
///
/// Twilio takes 1 to 64 characters and answers 400 / 70001 to more. [`FriendlyName::parse`] holds a new name to that;
/// [`FriendlyName::from_twilio`] takes what Twilio has, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FriendlyName(Box<str>);

/// Why a text cannot be a key's friendly name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing in it.
    #[error("the name is empty; Twilio takes 1 to {max} characters", max = FriendlyName::MAX)]
    Empty,
    /// More than [`FriendlyName::MAX`] characters.
    #[error("the name has {0} characters; Twilio takes {max} at most", max = FriendlyName::MAX)]
    Long(usize),
    /// A control character.
    #[error("the name has a control character at position {0}")]
    Control(usize),
}

impl FriendlyName {
    /// The most characters Twilio takes.
    pub const MAX: usize = 64;

    /// Takes a text for a new name.
    ///
    /// # Errors
    /// If Twilio would refuse it, or it has a control character.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let count = text.chars().count();
        if text.trim().is_empty() {
            return Err(NameError::Empty);
        }
        if count > Self::MAX {
            return Err(NameError::Long(count));
        }
        if let Some(at) = text.chars().position(char::is_control) {
            return Err(NameError::Control(at + 1));
        }
        Ok(Self(text.into()))
    }

    /// Takes a name that an answer of Twilio holds, unchecked.
    #[must_use]
    pub fn from_twilio(text: &str) -> Self {
        Self(text.into())
    }

    /// The name as text. It may hold anything: escape it before a terminal sees it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name with a rotation's marker at its end, cut so that both fit in 64 characters.
    #[must_use]
    pub fn with_marker(&self, marker: &Marker) -> Self {
        let mark = marker.to_string();
        let base: String = self.without_marker().0.chars().take(Self::MAX - mark.len() - 1).collect();
        Self(format!("{} {mark}", base.trim_end()).into())
    }

    /// The name without any rotation's marker.
    #[must_use]
    pub fn without_marker(&self) -> Self {
        match self.split() {
            Some((base, _)) => Self(base.trim_end().into()),
            None => self.clone(),
        }
    }

    /// The marker at the end of the name, if there is one.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        self.split().map(|(_, marker)| marker)
    }

    fn split(&self) -> Option<(&str, Marker)> {
        let at = self.0.rfind('[')?;
        Marker::parse(&self.0[at..]).map(|marker| (&self.0[..at], marker))
    }
}

impl fmt::Display for FriendlyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for FriendlyName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

/// The name of one rotation: 12 lower-case hexadecimal digits, random.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RotationId(Box<str>);

/// A text that is not a rotation's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a rotation id: 12 lower-case hexadecimal digits, as `twcred rotation list` shows them")]
pub struct RotationIdError;

impl RotationId {
    /// Makes the id of a rotation of six random bytes, which the caller brings. Its first digit is 0 to 7.
    #[must_use]
    pub fn new(mut random: [u8; 6]) -> Self {
        random[0] &= 0x7f;
        Self(hex(&random).into())
    }

    /// Makes the id of a create of six random bytes. Its first digit is 8 to f, so that a key whose create broke off is
    /// never taken for one that a rotation works on.
    #[must_use]
    pub fn of_create(mut random: [u8; 6]) -> Self {
        random[0] |= 0x80;
        Self(hex(&random).into())
    }

    /// Whether it is the id of a create.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.0.as_bytes().first().is_some_and(|digit| *digit >= b'8')
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RotationId {
    type Err = RotationIdError;
    fn from_str(text: &str) -> Result<Self, RotationIdError> {
        let good = text.len() == 12 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if good { Ok(Self(text.into())) } else { Err(RotationIdError) }
    }
}

impl TryFrom<String> for RotationId {
    type Error = RotationIdError;
    fn try_from(text: String) -> Result<Self, RotationIdError> {
        text.parse()
    }
}

impl From<RotationId> for String {
    fn from(id: RotationId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for RotationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The rotation id inside a key's friendly name, `[twcred 0123456789ab]`: how a key whose create was never answered is
/// found again, and known from every other key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(pub RotationId);

impl Marker {
    /// Reads a marker, brackets and all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("[twcred ")?.strip_suffix(']')?.parse().ok().map(Self)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[twcred {}]", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_fits_comes_off_and_replaces_an_older_one() {
        let first = Marker(RotationId::new([0x01, 0x23, 0x45, 0x67, 0x89, 0xab]));
        let second = Marker(RotationId::of_create([0xff; 6]));
        let long = FriendlyName::parse(&"é".repeat(64)).unwrap();
        let marked = long.with_marker(&first);
        assert_eq!(marked.as_str().chars().count(), 64);
        assert_eq!(marked.marker(), Some(first.clone()));
        let name = FriendlyName::parse("ci-deploy").unwrap();
        let twice = name.with_marker(&first).with_marker(&second);
        assert_eq!(twice.as_str(), "ci-deploy [twcred ffffffffffff]");
        assert_eq!(twice.without_marker(), name);
        assert_eq!(FriendlyName::from_twilio("a [twcred 123]").marker(), None);
    }

    #[test]
    fn names_twilio_would_refuse_are_refused() {
        assert_eq!(FriendlyName::parse(" "), Err(NameError::Empty));
        assert_eq!(FriendlyName::parse(&"x".repeat(65)), Err(NameError::Long(65)));
        assert_eq!(FriendlyName::parse("a\u{1b}b"), Err(NameError::Control(2)));
    }
}
