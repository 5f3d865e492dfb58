//! Pieces that several answers are read with.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// A text borrowed from the answer where it has no escapes. (`Option<Cow<str>>` alone would always be copied.)
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A field whose shape may differ from what was expected without spoiling the rest of the answer. The answer to a
/// create is read with it: a date in a new form must not cost the secret beside it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Loose<T> {
    Is(T),
    Other(IgnoredAny),
}

impl<T> Loose<T> {
    pub(super) fn get(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

/// Reads the address of the next page, which may be null but not missing: a list without it might have been cut.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}
