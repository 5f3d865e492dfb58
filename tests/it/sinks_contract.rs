//! What every kind of sink keeps to: one test, run over the whole table.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::memory::{Memory, profiles};
use twcred::model::{AccountSid, Credential, KeyPair, KeySid, Secret};
use twcred::sinks::{Error, KINDS, Loaded, Options, Sink, Spec, Target, open};
use twcred::store::profiles::Site;

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name)
}

pub(crate) fn sid(digit: char) -> KeySid {
    KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap()
}

pub(crate) fn credential(digit: char) -> Credential {
    let account = AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap();
    let secret = Secret::new(format!("s3cr3t{}", digit.to_string().repeat(26)));
    Credential::ApiKey { account, pair: KeyPair { sid: sid(digit), secret } }
}

/// A target of each kind in an empty directory: a file that does not exist yet, a program that keeps a file, or a profile
/// that nobody has added.
fn target(scheme: &str, home: &Path) -> Spec {
    let kind = KINDS.iter().find(|kind| kind.scheme == scheme).unwrap();
    let path = home.join(format!("target.{scheme}"));
    match (kind.target, scheme) {
        (Target::File, _) => {}
        (Target::Program, "exec") => symlink(fixture("sink.sh"), &path).unwrap(),
        (Target::Program, other) => panic!("say how {other} is tested"),
        (Target::Profile, _) => return Spec::parse(&format!("{scheme}:acme")).unwrap(),
    }
    Spec::parse(&format!("{scheme}:{}", path.display())).unwrap()
}

/// Bytes, mode, inode and time of last change of a file.
type Seen = (Vec<u8>, u32, u64, (i64, i64));

/// A place for sinks of every kind.
struct Place {
    home: tempfile::TempDir,
    /// Of the profiles.
    config: tempfile::TempDir,
    keyring: Arc<Memory>,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, config: tempfile::tempdir().unwrap(), keyring: Arc::default() }
    }

    fn open(&self, spec: &Spec, create: bool, replace: Option<KeySid>) -> Box<dyn Sink> {
        let profiles = Some(profiles(self.config.path(), self.keyring.clone()));
        let site = Some(Site { endpoint: "twilio us1".to_owned(), region: None, edge: None });
        open(spec, &Options { create, replace, profiles, site, ..Options::default() }).unwrap()
    }

    /// All that is kept here.
    fn seen(&self) -> (BTreeMap<PathBuf, Seen>, BTreeMap<String, Vec<u8>>) {
        let mut all = files(self.home.path());
        all.extend(files(self.config.path()));
        (all, self.keyring.entries())
    }

    fn is_empty(&self) -> bool {
        self.seen() == Default::default()
    }
}

/// Every file there is; the lock of the profiles holds nothing that is kept.
fn files(home: &Path) -> BTreeMap<PathBuf, Seen> {
    let all = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).filter(|path| !path.is_symlink());
    let all = all.filter(|path| !path.ends_with("profiles.lock"));
    all.map(|path| {
        let meta = fs::metadata(&path).unwrap();
        let about = (
            fs::read(&path).unwrap(),
            meta.permissions().mode() & 0o7777,
            meta.ino(),
            (meta.mtime(), meta.mtime_nsec()),
        );
        (path, about)
    })
    .collect()
}

fn held(sink: &dyn Sink) -> Credential {
    let Loaded::Held(mut held) = sink.load().unwrap() else { panic!("{sink:?} holds nothing") };
    assert_eq!(held.len(), 1);
    let held = held.remove(0);
    assert!(!held.place.what.is_empty());
    Credential::ApiKey { account: held.account.unwrap(), pair: held.pair }
}

fn silent(sink: &dyn Sink, error: &Error) {
    let said = format!("{sink:?} {error} {error:?} {:?}", sink.load());
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[test]
fn every_kind_keeps_the_contract() {
    for kind in KINDS {
        let place = Place::new();
        let spec = target(kind.scheme, place.home.path());
        let new = |create, replace| place.open(&spec, create, replace);

        let sink = new(true, None);
        assert_eq!(sink.spec(), &spec);
        sink.probe().unwrap();
        assert!(place.is_empty(), "{spec}: a probe wrote");
        assert_eq!(sink.load().unwrap(), Loaded::Absent);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty());

        sink.store(&credential('1')).unwrap();
        assert_eq!(held(&*sink), credential('1'));
        let stored = place.seen();
        for (path, (_, mode, ..)) in &stored.0 {
            assert_eq!(*mode, 0o600, "{}", path.display());
        }
        sink.store(&credential('1')).unwrap();
        assert_eq!(place.seen(), stored, "{spec}: storing twice changed something");

        // A pair that the sink was not told to replace is nobody's to overwrite.
        for other in [new(true, None), new(true, Some(sid('3')))] {
            for error in [other.probe().unwrap_err(), other.store(&credential('2')).unwrap_err()] {
                assert!(matches!(&error, Error::Occupied { sid: held, .. } if *held == sid('1')), "{error:?}");
                silent(&*other, &error);
            }
        }
        assert_eq!(place.seen(), stored, "{spec}: a refusal changed something");

        let sink = new(false, Some(sid('1')));
        sink.probe().unwrap();
        assert_eq!(place.seen(), stored, "{spec}: a probe wrote");
        sink.store(&credential('2')).unwrap();
        assert_eq!(held(&*sink), credential('2'));
        let replaced = place.seen();
        sink.store(&credential('2')).unwrap();
        assert_eq!(place.seen(), replaced);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty(), "{spec}: the old SID is still there");
        assert_eq!(sink.mentions(&sid('2')).unwrap().len(), 1);

        // Back again, as a rollback does.
        let sink = new(false, Some(sid('2')));
        sink.store(&credential('1')).unwrap();
        assert_eq!(held(&*sink), credential('1'));

        let token =
            Credential::AuthToken { account: credential('1').account().clone(), token: Secret::new("s3cr3t".into()) };
        let error = sink.store(&token).unwrap_err();
        assert!(matches!(error, Error::TokenUnsupported { .. }));
        silent(&*sink, &error);
    }
}

#[test]
fn a_file_or_a_profile_is_not_made_unasked() {
    for kind in KINDS.iter().filter(|kind| kind.target != Target::Program) {
        let place = Place::new();
        let sink = place.open(&target(kind.scheme, place.home.path()), false, None);
        assert!(sink.probe().is_err());
        assert!(sink.store(&credential('1')).is_err());
        assert!(place.is_empty());
    }
}
