//! The one secret that a view may hold.

use serde::{Serialize, Serializer};

use crate::model::Secret;

/// A secret that goes to standard output because the user asked for it with `--reveal`.
pub struct Revealed(pub Secret);

impl Revealed {
    /// The characters.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "--reveal: to standard output, as text or inside the JSON")]
    pub fn characters(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for Revealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.characters())
    }
}
