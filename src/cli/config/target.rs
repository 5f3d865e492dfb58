//! A target: one credential, the places that hold it, and the rules of its rotation.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::Kind;
use crate::model::{AccountSid, ProfileName, TokenNames};
use crate::sinks::Spec;

/// A named target of the configuration, whole and free of contradictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name: a word of the command line.
    pub name: String,
    /// The account, if the configuration says it.
    pub account: Option<AccountSid>,
    /// The profile that authorises, if one is named beside an env file.
    pub authority: Option<ProfileName>,
    /// The place that holds the credential.
    pub source: Source,
    /// The places that get it as well, named absolutely.
    pub sinks: Vec<Spec>,
    /// Sinks of earlier rotations that are gone for good.
    pub without: Vec<Spec>,
    /// The oldest the credential may get.
    pub max_age: Option<Duration>,
    /// The check command.
    pub check: Option<String>,
    /// The after command.
    pub after: Option<String>,
    /// What holds for its kind only.
    pub of: Of,
}

/// What holds for one kind of target only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// The pair of an API key.
    ApiKey {
        /// How long the old key goes on working, if it is said.
        grace: Option<Duration>,
        /// Whether a Main key may be replaced by a Standard one.
        allow_downgrade: bool,
    },
    /// An account's Auth Token.
    AuthToken {
        /// How long the previous token stays beside the new one, if it is said.
        propagation: Option<Duration>,
        /// How the variables beside a token's are named.
        names: TokenNames,
        /// Whether Twilio is asked not to send its mail.
        suppress_email: bool,
    },
}

impl Target {
    /// What it rotates.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.of {
            Of::ApiKey { .. } => Kind::ApiKey,
            Of::AuthToken { .. } => Kind::AuthToken,
        }
    }

    /// The names of all its places, the one that holds the credential first.
    pub fn places(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.source.to_string()).chain(self.sinks.iter().map(ToString::to_string))
    }
}

/// The place that holds a credential before it is rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Variables of an env file.
    File {
        /// The file, absolute.
        path: PathBuf,
        /// Which of its variables.
        wanted: Wanted,
    },
    /// Any other sink.
    Sink(Spec),
}

/// Which credentials of a file are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The only one there is.
    Only,
    /// Every one.
    Every,
    /// Those whose SID, or token, stands in these variables.
    Named(Vec<String>),
}

impl Wanted {
    /// The variables, where they are named.
    #[must_use]
    pub fn named(&self) -> &[String] {
        if let Self::Named(variables) = self { variables } else { &[] }
    }
}

impl Source {
    /// A sink as a source: an env file by its path and variables.
    #[must_use]
    pub fn of(spec: &Spec) -> Self {
        if spec.scheme() != "env" {
            return Self::Sink(spec.clone());
        }
        let named = spec.fragment().map(|names| names.split(',').map(str::to_owned).collect());
        Self::File { path: spec.target().into(), wanted: named.map_or(Wanted::Only, Wanted::Named) }
    }
}

impl std::fmt::Display for Source {
    /// As a sink is named: `env:/srv/repos.env#TWILIO_API_KEY`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, wanted: Wanted::Named(variables) } => {
                write!(f, "env:{}#{}", path.display(), variables.join(","))
            }
            Self::File { path, .. } => write!(f, "env:{}", path.display()),
            Self::Sink(spec) => spec.fmt(f),
        }
    }
}
