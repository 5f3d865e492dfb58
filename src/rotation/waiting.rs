//! The secrets that wait in the state directory while a rotation is open, and the two keys that open them.
//!
//! One sealed file holds the new pair and the old one, under the secret of the credential that authorises the
//! rotation, which is never stored beside it. Where that credential is the very key that is being replaced, a run
//! that comes later holds the new secret instead, so a second file, under the new secret, keeps the old pair for a
//! rollback. Where twcred itself replaces that credential, an Auth Token or another key, a third file, under its
//! successor, stands beside the first from before the switch until the first itself is sealed under the one that stays
//! ([`handover`]).
//!
//! [`handover`]: super::handover

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

    /// Whether this secret opens what is sealed.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn opens_with(&self, secret: &Secret) -> Result<bool, SealError> {
        Ok(self.plain(&self.under_authority, secret)?.is_some() || self.plain(&self.under_successor, secret)?.is_some())
    }

    /// Whether [`WaitingRoom::copy_for`] has anything to do.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn wants_copy(&self, dying: &Secret, staying: &Secret) -> Result<bool, SealError> {
        let Some(plain) = self.under_either(dying)? else { return Ok(false) };
        Ok(self.plain(&self.under_authority, staying)?.is_none()
            && self.plain(&self.under_successor, staying)?.is_none_or(|copy| *copy != *plain))
    }

    /// Seals a copy of what opens with a secret that gives way under the one that stays; durable when it returns. The file
    /// itself stays as it is. Repeating it changes nothing.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn copy_for(&self, dying: &Secret, staying: &Secret, random: &Random) -> Result<(), SealError> {
        if !self.wants_copy(dying, staying)? {
            return Ok(());
        }
        if self.plain(&self.under_authority, dying)?.is_none() {
            // The copy for an earlier successor is all that opens: it is not overwritten by the next.
            return self.hand_over(dying, staying, random).map(drop);
        }
        let Some(plain) = self.under_either(dying)? else { return Ok(()) };
        sealed::seal(&self.under_successor, staying, self.context.as_bytes(), &plain, random)
    }

    /// Whether [`WaitingRoom::hand_over`] has anything to do.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn wants_hand_over(&self, dying: &Secret, staying: &Secret) -> Result<bool, SealError> {
        let copied = |secret| Ok(self.plain(&self.under_successor, secret)?.is_some());
        Ok(self.plain(&self.under_authority, dying)?.is_some() || copied(dying)? || copied(staying)?)
    }

    /// Seals under the secret that stays what is sealed under one that gives way, in its own place, and takes the copy
    /// away. Repeating it changes nothing. `false` if there is nothing of either.
    ///
    /// # Errors
    /// If the file system fails: the copy stands then, or the file, or both.
    pub fn hand_over(&self, dying: &Secret, staying: &Secret, random: &Random) -> Result<bool, SealError> {
        if self.plain(&self.under_authority, staying)?.is_none() {
            let plain = match self.under_either(dying)? {
                Some(plain) => plain,
                None => match self.plain(&self.under_successor, staying)? {
                    Some(plain) => plain,
                    None => return Ok(false),
                },
            };
            sealed::seal(&self.under_authority, staying, self.context.as_bytes(), &plain, random)?;
        }
        // A copy for somebody else's successor is none of ours.
        if self.plain(&self.under_successor, dying)?.is_some() || self.plain(&self.under_successor, staying)?.is_some()
        {
            sealed::remove(&self.under_successor)?;
        }
        Ok(true)
    }

    /// The pairs, out of the file itself or its copy.
    fn under_either(&self, secret: &Secret) -> Result<Option<Zeroizing<Vec<u8>>>, SealError> {
        match self.plain(&self.under_authority, secret)? {
            None => self.plain(&self.under_successor, secret),
            plain => Ok(plain),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountSid, KeyKind, RotationId};

    fn room(dir: &StateDir) -> WaitingRoom {
        let begun = Begun {
            id: RotationId::new([7; 6]),
            at: "2026-03-04T10:23:47Z".parse().unwrap(),
            endpoint: "twilio".to_owned(),
            account: AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap(),
            old: pair('1').sid,
            name: None,
            kind: KeyKind::Standard,
            new_kind: KeyKind::Standard,
            policy: None,
            sinks: Vec::new(),
            grace: 0,
            check: None,
            after: None,
            signer: None,
        };
        WaitingRoom::new(dir, &begun)
    }

    fn pair(digit: char) -> KeyPair {
        let sid = KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap();
        KeyPair { sid, secret: secret(&format!("of {digit}")) }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn random(byte: u8) -> Random {
        [byte; size_of::<Random>()]
    }

    fn opens(room: &WaitingRoom, with: &str) -> bool {
        matches!(room.open(&secret(with)).unwrap(), Opened::Both(waiting) if waiting.old == pair('1'))
    }

    #[test]
    fn what_opens_with_one_secret_opens_with_the_next_and_is_never_the_only_copy_that_goes() {
        let home = tempfile::tempdir().unwrap();
        let dir = StateDir::open(home.path()).unwrap();
        let room = room(&dir);
        room.seal(&secret("first"), &Waiting { new: pair('2'), old: pair('1') }, &random(1)).unwrap();
        room.copy_for(&secret("first"), &secret("second"), &random(2)).unwrap();
        assert!(opens(&room, "first") && opens(&room, "second"));
        assert!(!room.wants_copy(&secret("first"), &secret("second")).unwrap());
        // The first is dead and forgotten: the copy is all that opens, and a copy for a third does not take its place.
        room.copy_for(&secret("second"), &secret("third"), &random(3)).unwrap();
        assert!(opens(&room, "third"));
        assert!(room.hand_over(&secret("second"), &secret("third"), &random(4)).unwrap());
        assert!(opens(&room, "third") && !opens(&room, "second"));
        assert!(!room.wants_hand_over(&secret("second"), &secret("third")).unwrap());
        // A successor that never came to be one.
        room.copy_for(&secret("third"), &secret("fourth"), &random(5)).unwrap();
        assert!(room.hand_over(&secret("fourth"), &secret("third"), &random(6)).unwrap());
        assert!(opens(&room, "third") && !opens(&room, "fourth"));
        // Somebody else's copy is left alone, and so is what opens with neither.
        room.copy_for(&secret("third"), &secret("fourth"), &random(7)).unwrap();
        assert!(!room.hand_over(&secret("x"), &secret("y"), &random(8)).unwrap());
        assert!(opens(&room, "third") && opens(&room, "fourth"));
    }
}
