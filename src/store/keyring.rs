//! The keyring of the operating system, through the `keyring` crate: its only home.
//!
//! Which store that is, is the crate's choice for each platform: the Secret Service on Linux, the Keychain on macOS, the
//! Credential Manager on Windows. The kernel's own keyring on Linux forgets at the next start and is never used: the
//! crate is compiled without it, and a store that says it forgets is refused.
//!
//! A call into a keyring may wait for a person who is not there, or for a daemon that hangs. So each one is made on a
//! thread of its own and waited for so long and no longer. A thread that is given up cannot be stopped: it ends with the
//! process, which does not wait for it, and what it asked may still be carried out. Whoever writes must therefore never
//! write over something else ([`EntryName`]). After the first such call nothing more is asked of the keyring.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use keyring_core::api::CredentialPersistence;
use keyring_core::{Entry, Error as CoreError};
use zeroize::Zeroizing;

use super::profiles::{EntryName, Store, Vault, VaultError};

/// The name that twcred's entries have in common: the attribute `service` in the Secret Service.
pub const SERVICE: &str = "twcred";

/// How often the wish to end is looked at while the keyring is waited for.
const LOOK: Duration = Duration::from_millis(50);

/// The store that the keyring of this platform is.
pub const HERE: Store = if cfg!(any(target_os = "macos", target_os = "ios")) {
    Store::MacosKeychain
} else if cfg!(target_os = "windows") {
    Store::CredentialManager
} else {
    Store::SecretService
};

/// The keyring. Nothing is asked of it before the first call.
#[derive(Debug)]
pub struct Keyring {
    patience: Duration,
    stop: fn() -> bool,
    given_up: AtomicBool,
}

impl Keyring {
    /// A keyring that has `patience` for each call. `stop` says that the run is to end, and so does the waiting.
    #[must_use]
    pub fn new(patience: Duration, stop: fn() -> bool) -> Self {
        Self { patience, stop, given_up: AtomicBool::new(false) }
    }

    fn call<T: Send + 'static>(
        &self,
        doing: &'static str,
        name: &EntryName,
        work: impl FnOnce(&Entry) -> Result<T, CoreError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let name = name.clone();
        self.boxed(doing, move || {
            open()?;
            let done = Entry::new(SERVICE, name.as_str()).and_then(|entry| work(&entry));
            done.map_err(|error| told(doing, &name, &error))
        })
    }

    /// Does something on a thread of its own, and waits for it no longer than there is patience.
    fn boxed<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let silent = || VaultError::Silent { store: HERE, doing, after: self.patience };
        if self.given_up.load(Ordering::Relaxed) {
            return Err(silent());
        }
        let (send, receive) = channel();
        let job = move || {
            // Nobody may be listening any more.
            let _ = send.send(work());
        };
        std::thread::Builder::new().name("keyring".to_owned()).spawn(job).map_err(|error| VaultError::Failed {
            store: HERE,
            doing,
            why: error.to_string(),
        })?;
        let since = Instant::now();
        loop {
            let left = self.patience.saturating_sub(since.elapsed());
            match receive.recv_timeout(left.min(LOOK)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    self.given_up.store(true, Ordering::Relaxed);
                    return Err(silent());
                }
                Err(RecvTimeoutError::Timeout) if (self.stop)() => {
                    self.given_up.store(true, Ordering::Relaxed);
                    return Err(VaultError::Stopped { store: HERE, doing });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(VaultError::Failed { store: HERE, doing, why: "the call broke off".to_owned() });
                }
            }
        }
    }
}

impl Vault for Keyring {
    fn store(&self) -> Store {
        HERE
    }

    fn place(&self, _: &EntryName) -> String {
        HERE.to_string()
    }

    fn put(&self, entry: &EntryName, value: &[u8]) -> Result<(), VaultError> {
        let value = Zeroizing::new(value.to_vec());
        self.call("store an entry", entry, move |entry| entry.set_secret(&value))
    }

    fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.call("read an entry", entry, |entry| match entry.get_secret() {
            Ok(value) => Ok(Some(Zeroizing::new(value))),
            Err(CoreError::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn delete(&self, entry: &EntryName) -> Result<(), VaultError> {
        self.call("take an entry out", entry, |entry| match entry.delete_credential() {
            Err(CoreError::NoEntry) => Ok(()),
            other => other,
        })
    }
}

/// Chooses the platform's store, once for the process. `keyring::Entry` is used for nothing else: it asks for the
/// platform's store each time, so that nothing could ever stand in for it.
fn open() -> Result<(), VaultError> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(VaultError::Missing { store: HERE, why: why(error) });
    }
    let kept = keyring_core::get_default_store().map(|store| store.persistence());
    match kept {
        Some(CredentialPersistence::UntilDelete) => Ok(()),
        _ => Err(VaultError::Missing { store: HERE, why: "what there is forgets".to_owned() }),
    }
}

/// An error of the keyring's in our terms. The values that some of its errors carry stay behind.
fn told(doing: &'static str, entry: &EntryName, error: &CoreError) -> VaultError {
    match error {
        // What lies underneath has no type of its own here, only words: see the tests against a real keyring.
        CoreError::NoStorageAccess(source) if source.to_string().contains("result not returned") => {
            VaultError::Missing { store: HERE, why: "it has no default collection".to_owned() }
        }
        CoreError::NoStorageAccess(_) => VaultError::Locked { store: HERE },
        CoreError::NoDefaultStore => VaultError::Missing { store: HERE, why: why(error) },
        CoreError::Ambiguous(_) => VaultError::Several { store: HERE, entry: entry.clone() },
        other => VaultError::Failed { store: HERE, doing, why: why(other) },
    }
}

/// What the platform said of it.
fn why(error: &CoreError) -> String {
    let said = match error {
        CoreError::PlatformFailure(source) | CoreError::NoStorageAccess(source) => source.to_string(),
        other => other.to_string(),
    };
    said.strip_prefix("zbus error: ").unwrap_or(&said).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(patience: u64, stop: fn() -> bool) -> Keyring {
        Keyring::new(Duration::from_millis(patience), stop)
    }

    #[test]
    fn a_call_that_does_not_come_back_is_given_up_and_none_follows() {
        let keyring = keyring(20, || false);
        assert!(matches!(keyring.boxed("read an entry", || Ok(7)), Ok(7)));
        let (end, wait) = channel::<()>();
        let slow = keyring.boxed("store an entry", move || Ok(wait.recv()));
        assert!(matches!(slow, Err(VaultError::Silent { doing: "store an entry", .. })), "{slow:?}");
        assert!(matches!(keyring.boxed("read an entry", || Ok(7)), Err(VaultError::Silent { .. })));
        drop(end);
    }

    #[test]
    fn a_run_that_is_to_end_does_not_wait() {
        let keyring = keyring(60_000, || true);
        let (end, wait) = channel::<()>();
        let slow = keyring.boxed("store an entry", move || Ok(wait.recv()));
        assert!(matches!(slow, Err(VaultError::Stopped { .. })), "{slow:?}");
        drop(end);
    }

    #[test]
    fn the_values_that_an_error_carries_are_not_told() {
        let entry: EntryName = "acme.000000000000".parse().unwrap();
        let error = told("read an entry", &entry, &CoreError::BadEncoding(b"s3cr3t".to_vec()));
        assert!(!format!("{error} {error:?}").contains("115"), "{error:?}");
    }
}
