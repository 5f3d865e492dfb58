//! Profiles with a keyring in memory that fails, or dies with the process, at any call.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::*;
use crate::model::{AccountSid, KeyPair, KeySid, Secret};

/// How a call ends badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It fails and has done nothing.
    Refused,
    /// It fails and has done what was asked.
    Unanswered,
    /// The process dies before.
    KilledBefore,
    /// The process dies after.
    KilledAfter,
}

const ENDS: [End; 4] = [End::Refused, End::Unanswered, End::KilledBefore, End::KilledAfter];

/// A keyring in memory, and the call that ends badly.
#[derive(Debug, Default)]
struct Memory {
    entries: Mutex<BTreeMap<String, Vec<u8>>>,
    bad: Mutex<Option<(usize, End)>>,
}

impl Memory {
    fn call<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, VaultError> {
        let mut bad = self.bad.lock().unwrap_or_else(PoisonError::into_inner);
        let end = match &mut *bad {
            Some((0, end)) => Some(*end),
            Some((calls, _)) => {
                *calls -= 1;
                None
            }
            None => None,
        };
        if end.is_some() {
            *bad = None;
        }
        drop(bad);
        let failed = || VaultError::Failed { store: Store::SecretService, doing: "go on", why: "test".to_owned() };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match end {
            Some(End::Refused) => return Err(failed()),
            Some(End::KilledBefore) => panic!("killed"),
            _ => {}
        }
        let done = work(&mut entries);
        match end {
            Some(End::Unanswered) => Err(failed()),
            Some(End::KilledAfter) => panic!("killed"),
            _ => Ok(done),
        }
    }

    fn names(&self) -> Vec<String> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn end(&self, at: Option<(usize, End)>) {
        *self.bad.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Whether the call that was to end badly was never made.
    fn is_idle(&self) -> bool {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl Vault for Memory {
    fn store(&self) -> Store {
        Store::SecretService
    }

    fn place(&self, _: &EntryName) -> String {
        "memory".to_owned()
    }

    fn put(&self, entry: &EntryName, value: &[u8]) -> Result<(), VaultError> {
        self.call(|entries| entries.insert(entry.to_string(), value.to_vec())).map(drop)
    }

    fn get(&self, entry: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.call(|entries| entries.get(entry.as_str()).cloned().map(Zeroizing::new))
    }

    fn delete(&self, entry: &EntryName) -> Result<(), VaultError> {
        self.call(|entries| entries.remove(entry.as_str())).map(drop)
    }
}

struct Stage {
    home: tempfile::TempDir,
    memory: Arc<Memory>,
    profiles: Profiles,
}

fn now() -> Timestamp {
    "2026-03-04T10:23:47Z".parse().unwrap()
}

fn chance(buffer: &mut [u8]) -> io::Result<()> {
    getrandom::fill(buffer).map_err(io::Error::other)
}

fn stage() -> Stage {
    let home = tempfile::tempdir().unwrap();
    let memory = Arc::new(Memory::default());
    let owner = Owner { pid: std::process::id(), started: now(), command: "test".to_owned() };
    let folder = home.path().join("config/twcred");
    let keyring = memory.clone();
    let claims = Arc::new(BTreeSet::new());
    let profiles = Profiles::new(Setup { folder, keyring, clock: now, random: chance, owner, claims });
    Stage { home, memory, profiles }
}

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

fn key(digit: char) -> Credential {
    let sid = KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap();
    let account = AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap();
    Credential::ApiKey { account, pair: KeyPair { sid, secret: Secret::new(format!("s3cr3t{digit}")) } }
}

fn site() -> Site {
    Site { endpoint: "twilio us1".to_owned(), region: None, edge: None }
}

impl Stage {
    fn keep(&self, under: &str, credential: &Credential, store: Store) -> Result<Profile, Error> {
        let (name, site) = (name(under), site());
        let contents = Contents::from(credential.clone());
        let kept = Kept { name: &name, contents: &contents, site: &site, store, activate: true };
        self.profiles.keep(&kept, |_| Ok::<_, Error>(()))
    }

    fn remove(&self, under: &str) -> Result<Removed, Error> {
        self.profiles.remove(&name(under), |_| Ok::<_, Error>(()))
    }

    fn held(&self, under: &str) -> Credential {
        self.profiles.load(&name(under)).unwrap().1
    }

    /// No entry is there that the file does not know of.
    fn knows_every_entry(&self) {
        let book = self.profiles.book().unwrap();
        let known: Vec<String> = book
            .profiles
            .values()
            .map(|profile| &profile.entry)
            .chain(book.leftovers.iter().map(|left| &left.entry))
            .map(ToString::to_string)
            .collect();
        for name in self.memory.names() {
            assert!(known.contains(&name), "{name} is known to nobody: {book:?}");
        }
    }
}

#[test]
fn a_profile_is_kept_replaced_and_forgotten_in_both_stores() {
    for store in [Store::SecretService, Store::File] {
        let stage = stage();
        stage.keep("acme", &key('1'), store).unwrap();
        stage.keep("b", &key('2'), store).unwrap();
        assert_eq!((stage.held("acme"), stage.held("b")), (key('1'), key('2')));
        let first = stage.profiles.profile(&name("acme")).unwrap();
        assert_eq!(stage.keep("acme", &key('1'), store).unwrap(), first, "kept twice, and nothing changed");
        let second = stage.keep("acme", &key('3'), store).unwrap();
        assert_ne!(first.entry, second.entry);
        assert_eq!(stage.held("acme"), key('3'));
        let book = stage.profiles.book().unwrap();
        assert_eq!((book.active, book.leftovers.len()), (Some(name("acme")), 0));
        assert_eq!(stage.memory.names().len(), if store == Store::File { 0 } else { 2 });
        let secrets = stage.home.path().join("config/twcred/secrets");
        let files = || std::fs::read_dir(&secrets).map_or(0, Iterator::count);
        assert_eq!(files(), if store == Store::File { 2 } else { 0 });
        assert!(!std::fs::read_to_string(stage.profiles.path()).unwrap().contains("s3cr3t"));
        stage.profiles.activate(&name("b")).unwrap();
        let removed = stage.remove("b").unwrap();
        removed.taken.unwrap();
        assert_eq!(removed.profile.unwrap().key.as_ref(), key('2').key());
        assert_eq!(stage.profiles.book().unwrap().active, None);
        assert!(matches!(stage.remove("b"), Err(Error::NoSuch { .. })));
        stage.remove("acme").unwrap().taken.unwrap();
        assert_eq!((stage.memory.names().len(), files()), (0, 0));
    }
}

#[test]
fn whatever_ends_a_change_the_profile_is_whole_and_no_entry_is_unknown() {
    let mut ended = 0;
    for replacing in [false, true] {
        for end in ENDS {
            for at in 0.. {
                let stage = stage();
                if replacing {
                    stage.keep("acme", &key('1'), Store::SecretService).unwrap();
                }
                stage.memory.end(Some((at, end)));
                let result = catch_unwind(AssertUnwindSafe(|| stage.keep("acme", &key('2'), Store::SecretService)));
                if stage.memory.is_idle() {
                    break;
                }
                ended += 1;
                stage.memory.end(None);
                stage.knows_every_entry();
                match stage.profiles.load(&name("acme")) {
                    Ok((_, held)) => assert!(held == key('2') || replacing && held == key('1'), "{end:?} at {at}"),
                    Err(Error::NoSuch { .. }) => assert!(!replacing, "{end:?} at {at}: the profile is lost"),
                    Err(other) => panic!("{end:?} at {at}: {other}"),
                }
                if let Ok(Ok(_)) = result {
                    assert_eq!(stage.held("acme"), key('2'), "{end:?} at {at}: said to be kept");
                }
                // The next run goes on, and leaves nothing.
                stage.keep("acme", &key('2'), Store::SecretService).unwrap();
                stage.keep("acme", &key('3'), Store::SecretService).unwrap();
                assert_eq!(stage.held("acme"), key('3'));
                assert_eq!((stage.memory.names().len(), stage.profiles.book().unwrap().leftovers.len()), (1, 0));
            }
        }
    }
    // Stored and read back; and, where something was replaced, taken out.
    assert_eq!(ended, ENDS.len() * (2 + 3));
}

#[test]
fn what_a_store_did_not_let_go_of_is_noted_and_taken_out_later() {
    for end in [End::Refused, End::Unanswered] {
        let stage = stage();
        stage.keep("acme", &key('1'), Store::SecretService).unwrap();
        stage.memory.end(Some((0, end)));
        let Removed { profile: removed, taken, .. } = stage.remove("acme").unwrap();
        assert!(removed.is_some() && taken.is_err());
        assert_eq!(stage.profiles.book().unwrap().leftovers[0].profile, name("acme"));
        stage.knows_every_entry();
        let Removed { profile: removed, taken, .. } = stage.remove("acme").unwrap();
        taken.unwrap();
        assert!(removed.is_none());
        assert_eq!((stage.memory.names().len(), stage.profiles.book().unwrap().leftovers.len()), (0, 0));
    }
}

#[test]
fn what_somebody_may_need_stays_until_nobody_does() {
    let stage = stage();
    let claimed =
        Profiles::new(Setup { claims: Arc::new(BTreeSet::from([name("acme")])), ..stage.profiles.0.setup.clone() });
    let keep = |profiles: &Profiles, under: &str, credential: &Credential, noted| {
        let (name, site, contents) = (name(under), site(), Contents::from(credential.clone()));
        let store = Store::SecretService;
        let kept = Kept { name: &name, contents: &contents, site: &site, store, activate: false };
        profiles.keep_at(&kept, noted, |_| Ok::<_, Error>(()))
    };
    assert_eq!(claimed.left(&name("acme")).unwrap(), None);
    let entry = claimed.announce(&name("acme"), Store::SecretService).unwrap();
    assert_eq!(claimed.left(&name("acme")).unwrap(), Some(Vec::new()));
    // Failed, and perhaps stored: nothing is left, and that is known.
    stage.memory.end(Some((0, End::Unanswered)));
    keep(&claimed, "acme", &key('1'), Some(entry)).unwrap_err();
    assert_eq!((stage.memory.names().len(), claimed.left(&name("acme")).unwrap()), (0, Some(Vec::new())));
    // Killed when the entry is there, and not the profile.
    let entry = claimed.announce(&name("acme"), Store::SecretService).unwrap();
    stage.memory.end(Some((0, End::KilledAfter)));
    let killed = catch_unwind(AssertUnwindSafe(|| keep(&claimed, "acme", &key('1'), Some(entry.clone()))));
    assert!(killed.is_err());
    let found = Some(vec![Contents::from(key('1'))]);
    assert_eq!((stage.memory.names(), claimed.left(&name("acme")).unwrap()), (vec![entry.to_string()], found.clone()));
    keep(&claimed, "b", &key('2'), None).unwrap();
    keep(&claimed, "b", &key('3'), None).unwrap();
    // What does not get stored costs nothing that was.
    stage.memory.end(Some((0, End::Refused)));
    keep(&claimed, "acme", &key('1'), None).unwrap_err();
    assert_eq!(claimed.left(&name("acme")).unwrap(), found);
    assert_eq!(stage.memory.names().len(), 2);
    // Once the profile holds it, it is a copy.
    keep(&claimed, "acme", &key('1'), None).unwrap();
    assert_eq!((stage.memory.names().len(), claimed.left(&name("acme")).unwrap()), (2, Some(Vec::new())));
    keep(&claimed, "acme", &key('4'), None).unwrap();
    assert_eq!(claimed.left(&name("acme")).unwrap(), found);
    keep(&stage.profiles, "b", &key('2'), None).unwrap();
    assert_eq!((stage.memory.names().len(), claimed.left(&name("acme")).unwrap()), (2, None));
}

#[test]
fn an_entry_that_is_not_the_profiles_is_told() {
    let stage = stage();
    let profile = stage.keep("acme", &key('1'), Store::SecretService).unwrap();
    let put = |value: Option<&[u8]>| {
        let mut entries = stage.memory.entries.lock().unwrap();
        match value {
            Some(value) => entries.insert(profile.entry.to_string(), value.to_vec()),
            None => entries.remove(profile.entry.as_str()),
        };
    };
    let whole = entry::encode(&key('1').into());
    put(Some(&whole[..whole.len() - 9]));
    let error = stage.profiles.load(&name("acme")).unwrap_err();
    assert!(matches!(&error, Error::Entry { why, .. } if why.contains("only a part")), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    put(Some(&entry::encode(&key('2').into())));
    let error = stage.profiles.load(&name("acme")).unwrap_err();
    assert!(matches!(&error, Error::Entry { why, .. } if why.contains("another credential")), "{error}");
    put(None);
    assert!(matches!(stage.profiles.load(&name("acme")), Err(Error::Gone { .. })));
    // It can be put right.
    stage.keep("acme", &key('1'), Store::SecretService).unwrap();
    assert_eq!(stage.held("acme"), key('1'));
}

#[test]
fn a_secret_of_another_machine_is_no_guess() {
    let stage = stage();
    stage.keep("acme", &key('1'), Store::SecretService).unwrap();
    let text = std::fs::read_to_string(stage.profiles.path()).unwrap();
    let seen = file::read(&stage.profiles.path()).unwrap();
    file::replace(&seen, text.replace("secret-service", "macos-keychain").as_bytes()).unwrap();
    let error = stage.profiles.load(&name("acme")).unwrap_err();
    assert!(matches!(error, Error::Elsewhere { store: Store::MacosKeychain, .. }), "{error}");
}

#[test]
fn nothing_is_kept_where_a_probe_fails_and_a_probe_leaves_nothing() {
    let stage = stage();
    for store in [Store::SecretService, Store::File] {
        stage.profiles.probe(store).unwrap();
    }
    assert_eq!((stage.memory.names().len(), stage.profiles.path().exists()), (0, false));
    assert!(matches!(
        stage.profiles.probe(Store::MacosKeychain),
        Err(Error::Vault(VaultError::Missing { store: Store::MacosKeychain, .. }))
    ));
    for at in 0..3 {
        stage.memory.end(Some((at, End::Refused)));
        assert!(stage.profiles.probe(Store::SecretService).is_err(), "{at}");
    }
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = stage();
    stage.keep("acme", &key('1'), Store::SecretService).unwrap();
    let file = std::fs::File::open(stage.profiles.path()).unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for bits in [0o666, 0o660, 0o602] {
        file.set_permissions(std::fs::Permissions::from_mode(bits)).unwrap();
        assert!(matches!(stage.profiles.book(), Err(Error::Open { mode, .. }) if mode == bits), "{bits:o}");
    }
}
