//! The secrets that wait in the state directory while a rotation is open, and the two keys that open them.
//!
//! One sealed file holds the new pair and the old one, under the secret of the credential that authorises the
//! rotation, which is never stored beside it. Where that credential is the very key that is being replaced, a run
//! that comes later holds the new secret instead, so a second file, under the new secret, keeps the old pair for a
//! rollback. Where that credential is an Auth Token that is being replaced, a third file, under its successor, stands
//! beside the first from before the promote until the first itself is sealed under the successor.

use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

use super::record::Begun;
use crate::model::{KeyPair, KeySid, Secret};
use crate::store::paths::StateDir;
use crate::store::sealed::{self, Random, SealError};

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The new pair.
    pub new: KeyPair,
    /// The old pair, for a rollback.
    pub old: KeyPair,
}

/// What opening the sealed file came to.
#[derive(Debug)]
pub enum Opened {
    /// Both pairs.
    Both(Box<Waiting>),
    /// There is no sealed file.
    Missing,
    /// It does not open with this credential, or was tampered with; the two cannot be told apart.
    Locked,
}

/// The sealed files of one rotation.
#[derive(Debug)]
pub struct WaitingRoom {
    under_authority: PathBuf,
    under_new: PathBuf,
    under_successor: PathBuf,
    context: String,
}

impl WaitingRoom {
    /// The place of a rotation's sealed files.
    #[must_use]
    pub fn new(dir: &StateDir, begun: &Begun) -> Self {
        let under_authority = dir.sealed(&begun.id);
        let under_new = under_authority.with_extension("rollback");
        let under_successor = under_authority.with_extension("successor");
        let context = format!("rotation {} of {} on {} at {}", begun.id, begun.old, begun.account, begun.endpoint);
        Self { under_authority, under_new, under_successor, context }
    }

    /// Seals both pairs under the authorising secret; durable when it returns.
    ///
    /// # Errors
    /// If the file cannot be written: nothing is left of it then.
    pub fn seal(&self, authority: &Secret, waiting: &Waiting, random: &Random) -> Result<(), SealError> {
        sealed::seal(
            &self.under_authority,
            authority,
            self.context.as_bytes(),
            &encode(&[&waiting.new, &waiting.old]),
            random,
        )
    }

    /// Seals the old pair under the new secret, for a rotation that authorises itself.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn seal_rollback(&self, waiting: &Waiting, random: &Random) -> Result<(), SealError> {
        sealed::seal(&self.under_new, &waiting.new.secret, self.context.as_bytes(), &encode(&[&waiting.old]), random)
    }

    /// Whether nothing is sealed: there is no file that could be the only copy of a secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let files = [&self.under_authority, &self.under_successor, &self.under_new];
        !files.into_iter().any(|path| path.try_exists().unwrap_or(true))
    }

    /// Opens the sealed file.
    ///
    /// # Errors
    /// If the file system fails. A file that does not open is no error but [`Opened::Locked`].
    pub fn open(&self, authority: &Secret) -> Result<Opened, SealError> {
        let mut locked = false;
        for path in [&self.under_authority, &self.under_successor] {
            match sealed::open(path, authority, self.context.as_bytes()) {
                Ok(plain) => match <[KeyPair; 2]>::try_from(decode(&plain)) {
                    Ok([new, old]) => return Ok(Opened::Both(Box::new(Waiting { new, old }))),
                    Err(_) => locked = true,
                },
                Err(SealError::Missing { .. }) => {}
                Err(SealError::WrongKey { .. } | SealError::Malformed { .. }) => locked = true,
                Err(other) => return Err(other),
            }
        }
        Ok(if locked { Opened::Locked } else { Opened::Missing })
    }

    /// Seals a copy of what opens under the authorising token under the one that is to succeed it; durable when it
    /// returns. `false` if there is nothing that opens.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn copy_for(&self, authority: &Secret, successor: &Secret, random: &Random) -> Result<bool, SealError> {
        let Some(plain) = self.plain(&self.under_authority, authority)? else { return Ok(false) };
        sealed::seal(&self.under_successor, successor, self.context.as_bytes(), &plain, random)?;
        Ok(true)
    }

    /// Seals under its successor what is sealed under a token that is dead now, in its own place, and takes the copy away.
    /// Repeating it changes nothing. `false` if there is nothing of either.
    ///
    /// # Errors
    /// If the file system fails: the copy stands then, or the file, or both.
    pub fn hand_over(&self, authority: &Secret, successor: &Secret, random: &Random) -> Result<bool, SealError> {
        let done = self.plain(&self.under_authority, successor)?.is_some();
        if !done {
            let plain = match self.plain(&self.under_authority, authority)? {
                Some(plain) => plain,
                None => match self.plain(&self.under_successor, successor)? {
                    Some(plain) => plain,
                    None => return Ok(false),
                },
            };
            sealed::seal(&self.under_authority, successor, self.context.as_bytes(), &plain, random)?;
        }
        self.drop_copy()?;
        Ok(true)
    }

    /// Takes the copy for a successor away that never came to be one. Repeating it is no error.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn drop_copy(&self) -> Result<(), SealError> {
        sealed::remove(&self.under_successor)
    }

    fn plain(&self, path: &Path, secret: &Secret) -> Result<Option<Zeroizing<Vec<u8>>>, SealError> {
        match sealed::open(path, secret, self.context.as_bytes()) {
            Ok(plain) => Ok(Some(plain)),
            Err(SealError::Missing { .. } | SealError::WrongKey { .. } | SealError::Malformed { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Opens the old pair with the new secret, where the rotation authorised itself.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn open_rollback(&self, new: &Secret) -> Result<Option<KeyPair>, SealError> {
        Ok(self.plain(&self.under_new, new)?.and_then(|plain| decode(&plain).pop()))
    }

    /// Deletes what is sealed. Repeating it is no error.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn remove(&self) -> Result<(), SealError> {
        sealed::remove(&self.under_authority)?;
        sealed::remove(&self.under_successor)?;
        sealed::remove(&self.under_new)
    }
}

/// A line a pair: SID, blank, secret. Neither can hold a blank or a newline: Twilio's are alphanumeric.
#[expect(clippy::disallowed_methods, reason = "the secrets go into the sealed file and nowhere else")]
fn encode(pairs: &[&KeyPair]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(256));
    for pair in pairs {
        plain.extend_from_slice(pair.sid.as_str().as_bytes());
        plain.push(b' ');
        plain.extend_from_slice(pair.secret.expose().as_bytes());
        plain.push(b'\n');
    }
    plain
}

fn decode(plain: &[u8]) -> Vec<KeyPair> {
    let Ok(text) = std::str::from_utf8(plain) else { return Vec::new() };
    text.lines()
        .filter_map(|line| {
            let (sid, secret) = line.split_once(' ')?;
            let mut secret = secret.to_owned();
            let pair = KeySid::parse(sid).ok().map(|sid| KeyPair { sid, secret: Secret::new(secret.clone()) });
            secret.zeroize();
            pair
        })
        .collect()
}
