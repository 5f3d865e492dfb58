//! What every kind of sink keeps to: one test, run over the whole table.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use twcred::model::{AccountSid, Credential, KeyPair, KeySid, Secret};
use twcred::sinks::{Error, KINDS, Loaded, Options, Sink, Spec, Target, open};

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

/// A target of each kind in an empty directory: a file that does not exist yet, or a program that keeps a file.
fn target(scheme: &str, home: &Path) -> Spec {
    let kind = KINDS.iter().find(|kind| kind.scheme == scheme).unwrap();
    let path = home.join(format!("target.{scheme}"));
    match (kind.target, scheme) {
        (Target::File, _) => {}
        (Target::Program, "exec") => symlink(fixture("sink.sh"), &path).unwrap(),
        (Target::Program, other) => panic!("say how {other} is tested"),
    }
    Spec::parse(&format!("{scheme}:{}", path.display())).unwrap()
}

/// Bytes, mode, inode and time of last change of a file.
type Seen = (Vec<u8>, u32, u64, (i64, i64));

/// Every file there is.
fn files(home: &Path) -> BTreeMap<PathBuf, Seen> {
    let all = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).filter(|path| !path.is_symlink());
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
        let home = tempfile::tempdir().unwrap();
        let spec = target(kind.scheme, home.path());
        let new = |create, replace| open(&spec, &Options { create, replace, ..Options::default() }).unwrap();

        let sink = new(true, None);
        assert_eq!(sink.spec(), &spec);
        sink.probe().unwrap();
        assert!(files(home.path()).is_empty(), "{spec}: a probe wrote");
        assert_eq!(sink.load().unwrap(), Loaded::Absent);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty());

        sink.store(&credential('1')).unwrap();
        assert_eq!(held(&*sink), credential('1'));
        let stored = files(home.path());
        for (path, (_, mode, ..)) in &stored {
            assert_eq!(*mode, 0o600, "{}", path.display());
        }
        sink.store(&credential('1')).unwrap();
        assert_eq!(files(home.path()), stored, "{spec}: storing twice changed something");

        // A pair that the sink was not told to replace is nobody's to overwrite.
        for other in [new(true, None), new(true, Some(sid('3')))] {
            for error in [other.probe().unwrap_err(), other.store(&credential('2')).unwrap_err()] {
                assert!(matches!(&error, Error::Occupied { sid: held, .. } if *held == sid('1')), "{error:?}");
                silent(&*other, &error);
            }
        }
        assert_eq!(files(home.path()), stored, "{spec}: a refusal changed something");

        let sink = new(false, Some(sid('1')));
        sink.probe().unwrap();
        assert_eq!(files(home.path()), stored, "{spec}: a probe wrote");
        sink.store(&credential('2')).unwrap();
        assert_eq!(held(&*sink), credential('2'));
        let replaced = files(home.path());
        sink.store(&credential('2')).unwrap();
        assert_eq!(files(home.path()), replaced);
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
fn a_file_is_not_made_unasked() {
    for kind in KINDS.iter().filter(|kind| kind.target == Target::File) {
        let home = tempfile::tempdir().unwrap();
        let sink = open(&target(kind.scheme, home.path()), &Options::default()).unwrap();
        assert!(sink.probe().is_err());
        assert!(sink.store(&credential('1')).is_err());
        assert!(files(home.path()).is_empty());
    }
}
