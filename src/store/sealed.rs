//! The waiting secret: what a new key's secret is between its creation, when alone it is shown, and the day it is in
//! force everywhere.
//!
//! ```text
//! twcred-sealed/1\n | salt, 32 bytes | nonce, 24 bytes | ciphertext and tag (XChaCha20-Poly1305)
//! key = HKDF-SHA256(salt, the authorising secret, "twcred sealed v1" + context); additional data = context
//! ```
//!
//! The secret that opens it is never stored beside it. The context names the rotation, so that one sealed file cannot
//! be passed off as another. The ciphers are those of `RustCrypto` and not of *ring*, which is here for TLS: these wipe
//! keys and state from memory when dropped (feature `zeroize`), *ring*'s do not.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::{AeadInOut as _, KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::StateDir;
use super::dir::{Dir, Of, PRIVATE};
use crate::model::Secret;

const MAGIC: &[u8] = b"twcred-sealed/1\n";
const INFO: &[u8] = b"twcred sealed v1";
const SALT: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEAD: usize = MAGIC.len() + SALT + NONCE;
/// More than any credential has.
const MAX: u64 = 1 << 16;

/// The random bytes one sealing needs: a salt and a nonce. Used once.
pub type Random = [u8; SALT + NONCE];

/// Why a waiting secret cannot be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// There is none.
    #[error("no secret waits in {path}")]
    Missing {
        /// The sealed file.
        path: PathBuf,
    },
    /// It does not open: another secret authorises now, the file belongs to another rotation, or it was tampered with.
    /// These cannot be told apart.
    #[error("the waiting secret in {path} does not open with the secret that authorises now")]
    WrongKey {
        /// The sealed file.
        path: PathBuf,
    },
    /// It is not a sealed file of this format.
    #[error("{path} is not a sealed secret of a format this twcred knows")]
    Malformed {
        /// The sealed file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The sealed file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SealError {
    fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source: source.into() }
    }
}

/// Seals `plain` into a file, 0600, which appears complete and is durable when this returns; one that stood there is
/// replaced. Killed halfway it leaves the file that stood there, if any, and perhaps a leftover for [`sweep`], itself
/// sealed.
///
/// # Errors
/// [`SealError::Io`].
pub fn seal(
    path: &Path,
    key_material: &Secret,
    context: &[u8],
    plain: &[u8],
    random: &Random,
) -> Result<(), SealError> {
    let (salt, nonce) = random.split_at(SALT);
    let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + TAG));
    buffer.extend_from_slice(plain);
    let sealed = cipher(key_material, salt, context).and_then(|cipher| {
        let nonce = XNonce::try_from(nonce).map_err(io::Error::other)?;
        cipher.encrypt_in_place(&nonce, context, &mut *buffer).map_err(io::Error::other)
    });
    sealed.map_err(SealError::io("seal", path))?;
    let whole = [MAGIC, random, &buffer].concat();

    let (mut dir, name) = Dir::holding(path).map_err(SealError::io("reach", path))?;
    let mut write = || -> io::Result<()> {
        dir.lock()?;
        let temp = dir.temp(name, Of::Nobody, PRIVATE)?;
        let mut file = temp.file();
        file.write_all(&whole)?;
        file.sync_all()?;
        temp.place(name)?;
        dir.sync()
    };
    write().map_err(SealError::io("write", path))
}

/// Opens what [`seal`] sealed with the same key material and context. The answer is wiped when dropped.
///
/// # Errors
/// [`SealError::Missing`], [`SealError::WrongKey`], [`SealError::Malformed`], [`SealError::Io`].
pub fn open(path: &Path, key_material: &Secret, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = load(path)?;
    let malformed = || SealError::Malformed { path: path.to_owned() };
    let (head, sealed) = bytes.split_at_checked(HEAD).ok_or_else(malformed)?;
    let random = head.strip_prefix(MAGIC).ok_or_else(malformed)?;
    let (salt, nonce) = random.split_at(SALT);
    let nonce = XNonce::try_from(nonce).map_err(|_| malformed())?;
    if sealed.len() < TAG {
        return Err(malformed());
    }
    let mut buffer = Zeroizing::new(sealed.to_vec());
    cipher(key_material, salt, context)
        .map_err(SealError::io("open", path))?
        .decrypt_in_place(&nonce, context, &mut *buffer)
        .map_err(|_| SealError::WrongKey { path: path.to_owned() })?;
    Ok(buffer)
}

/// Removes a waiting secret, durably; that it is gone already is no error. Its blocks are not overwritten: on flash and
/// copying file systems that does nothing, and they hold ciphertext.
///
/// # Errors
/// [`SealError::Io`].
pub fn remove(path: &Path) -> Result<(), SealError> {
    let (dir, name) = Dir::holding(path).map_err(SealError::io("reach", path))?;
    if dir.remove(name).map_err(SealError::io("remove", path))? {
        dir.sync().map_err(SealError::io("remove", path))?;
    }
    Ok(())
}

/// Removes what killed runs left in the directory of waiting secrets, and says how many files that were.
///
/// # Errors
/// [`SealError::Io`].
pub fn sweep(state: &StateDir) -> Result<usize, SealError> {
    let path = state.sealed_dir();
    let mut dir = Dir::open(&path).map_err(SealError::io("open", &path))?;
    if dir.leftovers(None).map_err(SealError::io("list", &path))?.is_empty() {
        return Ok(0);
    }
    dir.lock().and_then(|()| dir.sweep(None, Of::Nobody)).map_err(SealError::io("sweep", &path))
}

fn load(path: &Path) -> Result<Vec<u8>, SealError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Err(SealError::Missing { path: path.to_owned() }),
        Err(error) => return Err(SealError::io("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX).read_to_end(&mut bytes).map_err(SealError::io("read", path))?;
    Ok(bytes)
}

#[expect(clippy::disallowed_methods, reason = "the authorising secret goes into HKDF, whose key opens the waiting one")]
fn cipher(key_material: &Secret, salt: &[u8], context: &[u8]) -> io::Result<XChaCha20Poly1305> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), key_material.expose().as_bytes())
        .expand_multi_info(&[INFO, context], &mut *key)
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const CONTEXT: &[u8] = b"rotation 0123456789ab";
    const RANDOM: Random = [7; SALT + NONCE];

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn it_opens_with_the_same_secret_and_context_only() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.sealed");
        let key = secret("authorising");
        assert!(matches!(open(&path, &key, CONTEXT), Err(SealError::Missing { .. })));
        seal(&path, &key, CONTEXT, b"waiting", &RANDOM).unwrap();
        assert_eq!(&open(&path, &key, CONTEXT).unwrap()[..], b"waiting");
        assert!(matches!(open(&path, &secret("other"), CONTEXT), Err(SealError::WrongKey { .. })));
        assert!(matches!(open(&path, &key, b"rotation ffffffffffff"), Err(SealError::WrongKey { .. })));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!std::fs::read(&path).unwrap().windows(7).any(|part| part == b"waiting"));
        seal(&path, &key, CONTEXT, b"replaced", &[8; SALT + NONCE]).unwrap();
        assert_eq!(&open(&path, &key, CONTEXT).unwrap()[..], b"replaced");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(matches!(open(&path, &key, CONTEXT), Err(SealError::Missing { .. })));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.sealed");
        let key = secret("authorising");
        seal(&path, &key, CONTEXT, b"waiting", &RANDOM).unwrap();
        let good = std::fs::read(&path).unwrap();
        assert_eq!(good.len(), HEAD + b"waiting".len() + TAG);
        let try_bytes = |bytes: &[u8]| {
            File::create(&path).unwrap().write_all(bytes).unwrap();
            open(&path, &key, CONTEXT)
        };
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            match try_bytes(&bad) {
                Err(SealError::Malformed { .. }) => assert!(at < MAGIC.len(), "{at}"),
                Err(SealError::WrongKey { .. }) => assert!(at >= MAGIC.len(), "{at}"),
                other => panic!("{at}: {other:?}"),
            }
            assert!(try_bytes(&good[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn leftovers_are_swept() {
        let home = tempfile::tempdir().unwrap();
        let state = StateDir::open(home.path()).unwrap();
        let dir = Dir::open(&state.sealed_dir()).unwrap();
        dir.temp("0123456789ab.sealed".as_ref(), Of::Nobody, PRIVATE).unwrap().release();
        seal(&state.sealed_dir().join("x.sealed"), &secret("k"), CONTEXT, b"waiting", &RANDOM).unwrap();
        assert_eq!(sweep(&state).unwrap(), 1);
        assert_eq!(sweep(&state).unwrap(), 0);
        assert!(state.sealed_dir().join("x.sealed").exists());
    }
}
