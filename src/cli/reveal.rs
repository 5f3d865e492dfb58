//! The one secret that a view may hold.

use serde::{Serialize, Serializer};

use super::error::Failure;
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

/// Refuses to reveal into nothing. A descriptor that was closed is the null device by now.
///
/// # Errors
/// Exit 2, if what is written to standard output is gone at once.
pub fn somewhere(otherwise: &str) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let (out, null) = (rustix::fs::fstat(std::io::stdout()), std::fs::metadata("/dev/null"));
    let nowhere = matches!((out, null), (Ok(out), Ok(null)) if out.st_rdev == null.rdev() && out.st_ino == null.ino());
    if !nowhere {
        return Ok(());
    }
    Err(Failure::usage("--reveal prints the secret on standard output, which is closed or /dev/null").hint(otherwise))
}
