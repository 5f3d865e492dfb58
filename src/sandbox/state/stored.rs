//! A secret the sandbox holds as a server does: to compare it, to show it once, and to save it.

use serde::{Deserialize, Serialize, Serializer};

use crate::model::Secret;

/// A secret of a *sandbox* credential. Unlike [`Secret`] it can be saved, since a server that forgets its credentials when
/// it is restarted is no use for a test across restarts. Its `Debug` says nothing, and it compares in constant time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Stored(Secret);

impl Stored {
    /// Takes a secret over.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The secret, in the type that cannot be saved or shown.
    #[must_use]
    pub fn secret(&self) -> Secret {
        self.0.clone()
    }

    /// Whether a password that came in is this one.
    #[must_use]
    pub fn matches(&self, password: &Secret) -> bool {
        self.0 == *password
    }

    /// The characters, for the one answer in which Twilio shows them.
    #[expect(clippy::disallowed_methods, reason = "into the body of the sandbox's own answer, as Twilio's create does")]
    pub(in crate::sandbox) fn text(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for Stored {
    #[expect(
        clippy::disallowed_methods,
        reason = "into the sandbox's own state file; the credential opens nothing else"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}
