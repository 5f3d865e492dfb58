//! The two tokens that wait in the state directory while a token rotation is open.
//!
//! They are sealed twice, once under each token. The run that continues holds one of them and cannot choose which: before
//! the promote its sinks say the old one, after the switch the new one, and in between the old one is dead.

use std::path::PathBuf;

use zeroize::{Zeroize, Zeroizing};

use super::record::Begun;
use crate::model::Secret;
use crate::store::paths::StateDir;
use crate::store::sealed::{self, Random, SealError};

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The new token.
    pub new: Secret,
    /// The old token.
    pub old: Secret,
}

/// The sealed files of one token rotation.
#[derive(Debug)]
pub struct TokenRoom {
    under_old: PathBuf,
    under_new: PathBuf,
    context: String,
}

impl TokenRoom {
    /// The place of a rotation's sealed files.
    #[must_use]
    pub fn new(dir: &StateDir, begun: &Begun) -> Self {
        let under_old = dir.sealed(&begun.id);
        let under_new = under_old.with_extension("successor");
        let context = format!("rotation {} of the token of {} at {}", begun.id, begun.account, begun.endpoint);
        Self { under_old, under_new, context }
    }

    /// Seals both tokens under the old one; durable when it returns. From here on the new token is not lost.
    ///
    /// # Errors
    /// If the file cannot be written: nothing is left of it then.
    pub fn seal_under_old(&self, waiting: &Waiting, random: &Random) -> Result<(), SealError> {
        sealed::seal(&self.under_old, &waiting.old, self.context.as_bytes(), &encode(waiting), random)
    }

    /// Seals both tokens under the new one, for the run that holds only that; durable when it returns.
    ///
    /// # Errors
    /// If the file cannot be written: nothing is left of it then.
    pub fn seal_under_new(&self, waiting: &Waiting, random: &Random) -> Result<(), SealError> {
        sealed::seal(&self.under_new, &waiting.new, self.context.as_bytes(), &encode(waiting), random)
    }

    /// Opens whichever sealed file this token opens. `None` if it opens neither.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn open(&self, token: &Secret) -> Result<Option<Waiting>, SealError> {
        for path in [&self.under_old, &self.under_new] {
            match sealed::open(path, token, self.context.as_bytes()) {
                Ok(plain) => {
                    if let Some(waiting) = decode(&plain) {
                        return Ok(Some(waiting));
                    }
                }
                Err(SealError::Missing { .. } | SealError::WrongKey { .. } | SealError::Malformed { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    /// Whether the tokens are sealed under both, so that neither alone would be left without the other.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn is_complete(&self, waiting: &Waiting) -> Result<bool, SealError> {
        for (path, token) in [(&self.under_old, &waiting.old), (&self.under_new, &waiting.new)] {
            match sealed::open(path, token, self.context.as_bytes()) {
                Ok(plain) if decode(&plain).as_ref() == Some(waiting) => {}
                Ok(_) | Err(SealError::Missing { .. } | SealError::WrongKey { .. } | SealError::Malformed { .. }) => {
                    return Ok(false);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(true)
    }

    /// Deletes what is sealed. Repeating it is no error.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn remove(&self) -> Result<(), SealError> {
        sealed::remove(&self.under_old)?;
        sealed::remove(&self.under_new)
    }
}

/// A line a token, the new one first. Neither can hold a newline: Twilio's are hexadecimal.
#[expect(clippy::disallowed_methods, reason = "the tokens go into the sealed file and nowhere else")]
fn encode(waiting: &Waiting) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(256));
    for token in [&waiting.new, &waiting.old] {
        plain.extend_from_slice(token.expose().as_bytes());
        plain.push(b'\n');
    }
    plain
}

fn decode(plain: &[u8]) -> Option<Waiting> {
    let mut lines = std::str::from_utf8(plain).ok()?.lines();
    let mut token = || {
        let mut text = lines.next()?.to_owned();
        let token = Secret::new(text.clone());
        text.zeroize();
        Some(token)
    };
    let (new, old) = (token()?, token()?);
    Some(Waiting { new, old })
}
