//! What a table of the configuration says, before anything of it is weighed against the rest.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::model::{AccountSid, ProfileName};
use crate::sinks::Spec;

/// Where something stands in the file, in bytes.
pub(super) type Span = Range<usize>;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// What a target rotates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The pair of an API key.
    ApiKey,
    /// An account's Auth Token.
    AuthToken,
}

impl Kind {
    /// Every kind there is.
    pub(super) const ALL: [Self; 2] = [Self::ApiKey, Self::AuthToken];

    /// The word for it in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::AuthToken => "auth-token",
        }
    }
}

/// The fields of one table: of `[defaults]`, or of a target.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) kind: Option<At<Kind>>,
    pub(super) account: Option<At<AccountSid>>,
    pub(super) profile: Option<At<ProfileName>>,
    pub(super) env_file: Option<At<PathBuf>>,
    pub(super) variables: Option<At<Vec<At<String>>>>,
    pub(super) sinks: Option<At<Vec<At<Spec>>>>,
    pub(super) without: Option<At<Vec<At<Spec>>>>,
    pub(super) max_age: Option<At<Duration>>,
    pub(super) grace: Option<At<Duration>>,
    pub(super) propagation: Option<At<Duration>>,
    pub(super) check: Option<At<String>>,
    pub(super) after: Option<At<String>>,
    pub(super) allow_downgrade: Option<At<bool>>,
    pub(super) secondary_suffix: Option<At<String>>,
    pub(super) previous_suffix: Option<At<String>>,
    pub(super) suppress_email: Option<At<bool>>,
    /// Every field that is written, understood or not, with the place of its name.
    pub(super) written: Vec<(&'static str, Span)>,
}

impl Settings {
    /// Where the name of a field stands, if it is written here.
    pub(super) fn name_of(&self, field: &str) -> Option<Span> {
        self.written.iter().find(|(name, _)| *name == field).map(|(_, span)| span.clone())
    }
}
