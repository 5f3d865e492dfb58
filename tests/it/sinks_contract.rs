//! What every kind of sink keeps to: one test, run over the whole table.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use twcred::model::{AccountSid, KeyPair, KeySid, Secret, TokenNames};
use twcred::sinks::{
    Error, KINDS, Loaded, LoadedTokens, Options, Sink, Spec, Target, TokenChange, TokenRole, TokenTarget, TokensStored,
    open,
};

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name)
}

pub(crate) fn sid(digit: char) -> KeySid {
    KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap()
}

pub(crate) fn account() -> AccountSid {
    AccountSid::parse(&format!("AC{}", "a".repeat(32))).unwrap()
}

pub(crate) fn pair(digit: char) -> KeyPair {
    KeyPair { sid: sid(digit), secret: secret(digit) }
}

pub(crate) fn secret(digit: char) -> Secret {
    Secret::new(format!("s3cr3t{}", digit.to_string().repeat(26)))
}

/// A target of each kind in an empty directory: a file that does not exist yet, or a program that keeps a file.
fn target_of(scheme: &str, home: &Path) -> Spec {
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

fn held(sink: &dyn Sink) -> KeyPair {
    let Loaded::Held(mut held) = sink.load().unwrap() else { panic!("{sink:?} holds nothing") };
    assert_eq!(held.len(), 1);
    let held = held.remove(0);
    assert!(!held.place.what.is_empty());
    assert_eq!(held.account, Some(account()));
    held.pair
}

fn silent(sink: &dyn Sink, error: &Error) {
    let said = format!("{sink:?} {error} {error:?} {:?}", sink.load());
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[test]
fn every_kind_keeps_the_contract() {
    for kind in KINDS {
        let home = tempfile::tempdir().unwrap();
        let spec = target_of(kind.scheme, home.path());
        let new = |create, replace| open(&spec, &Options { create, replace, ..Options::default() }).unwrap();

        let sink = new(true, None);
        assert_eq!(sink.spec(), &spec);
        sink.probe().unwrap();
        assert!(files(home.path()).is_empty(), "{spec}: a probe wrote");
        assert_eq!(sink.load().unwrap(), Loaded::Absent);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty());

        sink.store(&account(), &pair('1')).unwrap();
        assert_eq!(held(&*sink), pair('1'));
        let stored = files(home.path());
        for (path, (_, mode, ..)) in &stored {
            assert_eq!(*mode, 0o600, "{}", path.display());
        }
        sink.store(&account(), &pair('1')).unwrap();
        assert_eq!(files(home.path()), stored, "{spec}: storing twice changed something");

        // A pair that the sink was not told to replace is nobody's to overwrite.
        for other in [new(true, None), new(true, Some(sid('3')))] {
            for error in [other.probe().unwrap_err(), other.store(&account(), &pair('2')).unwrap_err()] {
                assert!(matches!(&error, Error::Occupied { sid: held, .. } if *held == sid('1')), "{error:?}");
                silent(&*other, &error);
            }
        }
        assert_eq!(files(home.path()), stored, "{spec}: a refusal changed something");

        let sink = new(false, Some(sid('1')));
        sink.probe().unwrap();
        assert_eq!(files(home.path()), stored, "{spec}: a probe wrote");
        sink.store(&account(), &pair('2')).unwrap();
        assert_eq!(held(&*sink), pair('2'));
        let replaced = files(home.path());
        sink.store(&account(), &pair('2')).unwrap();
        assert_eq!(files(home.path()), replaced);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty(), "{spec}: the old SID is still there");
        assert_eq!(sink.mentions(&sid('2')).unwrap().len(), 1);

        // Back again, as a rollback does.
        let sink = new(false, Some(sid('2')));
        sink.store(&account(), &pair('1')).unwrap();
        assert_eq!(held(&*sink), pair('1'));
    }
}

/// Writes a file that nobody else may read, as somebody's editor would.
pub(crate) fn put(path: &Path, text: &str) {
    let file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// Puts a token into a target as somebody would who has never heard of us.
fn with_token(spec: &Spec, token: &str) {
    let path = Path::new(spec.target());
    let text = match spec.scheme() {
        "env" => format!("# ours\nTWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN='{token}' # it\n\nX=1", account()),
        "json" => format!("{{\n  \"auth_token\": \"{token}\",\n  \"account_sid\": \"{}\"\n}}", account()),
        "exec" => format!("{{\"auth_token\":\"{token}\",\"account_sid\":\"{}\"}}", account()),
        other => panic!("say how {other} is tested"),
    };
    let file = if spec.scheme() == "exec" { path.with_extension("exec.tokens") } else { path.to_owned() };
    put(&file, &text);
}

/// Every token of a sink, with its role, as `current 1`.
fn tokens(sink: &dyn Sink, target: &TokenTarget) -> Vec<String> {
    let held = match sink.load_tokens(target).unwrap() {
        LoadedTokens::Held(held) => held,
        LoadedTokens::Absent => return Vec::new(),
        LoadedTokens::WriteOnly => panic!("{sink:?} can be read"),
    };
    let shown = |value: &Secret| ['1', '2', '3'].into_iter().find(|digit| secret(*digit) == *value).unwrap();
    held.iter().map(|held| format!("{} {}", held.role, shown(&held.value))).collect()
}

#[test]
fn every_kind_keeps_the_contract_of_tokens() {
    let target = TokenTarget { account: account(), names: TokenNames::default() };
    let other = AccountSid::parse(&format!("AC{}", "b".repeat(32))).unwrap();
    let [one, two, three] = ['1', '2', '3'].map(secret);
    for kind in KINDS {
        let home = tempfile::tempdir().unwrap();
        let spec = target_of(kind.scheme, home.path());
        let sink = open(&spec, &Options::default()).unwrap();
        assert_eq!(tokens(&*sink, &target), [""; 0], "{spec}: nothing is there");
        assert!(sink.probe_tokens(&target, &one).is_err(), "{spec}: a token that is nowhere cannot be rotated here");
        assert!(files(home.path()).is_empty(), "{spec}: a probe wrote");

        with_token(&spec, &format!("s3cr3t{}", "1".repeat(26)));
        let start = files(home.path());
        sink.probe_tokens(&target, &one).unwrap();
        for error in [
            sink.probe_tokens(&target, &two).unwrap_err(),
            sink.probe_tokens(&TokenTarget { account: other.clone(), ..target.clone() }, &one).unwrap_err(),
        ] {
            assert!(matches!(error, Error::NoToken { .. } | Error::OtherAccount { .. }), "{spec}: {error:?}");
            silent(&*sink, &error);
        }
        let nothing = TokensStored::default();
        let foreign = TokenTarget { account: other.clone(), ..target.clone() };
        let stage = TokenChange::Stage { current: one.clone(), secondary: two.clone() };
        assert_eq!(tokens(&*sink, &foreign), [""; 0]);
        assert!(sink.store_tokens(&foreign, &stage).unwrap().changed.is_empty());
        let unknown = TokenChange::Stage { current: three.clone(), secondary: two.clone() };
        let left = sink.store_tokens(&target, &unknown).unwrap();
        assert_eq!((left.changed.len(), left.left.len()), (0, 1), "{spec}: it holds another token: {left:?}");
        assert_eq!(files(home.path()), start, "{spec}: what strikes nothing wrote something");

        let switch = TokenChange::Switch { old: one.clone(), new: two.clone() };
        let clear = TokenChange::Clear { current: two.clone(), previous: one.clone() };
        let unstage = TokenChange::Unstage { current: one.clone(), secondary: two.clone() };
        let bytes = || files(home.path()).into_iter().map(|(path, seen)| (path, seen.0)).collect::<Vec<_>>();
        let before = bytes();
        for (change, after) in [
            (&stage, &["current 1", "secondary 2"][..]),
            (&unstage, &["current 1"]),
            (&stage, &["current 1", "secondary 2"]),
            (&switch, &["current 2", "previous 1"]),
            (&stage, &["current 2", "previous 1"]),
            (&clear, &["current 2"]),
            (&switch, &["current 2"]),
        ] {
            let said = sink.store_tokens(&target, change).unwrap();
            assert_eq!(tokens(&*sink, &target), after, "{spec} after {change:?}");
            assert!(said.left.is_empty(), "{spec} after {change:?}: {said:?}");
            let stored = files(home.path());
            assert!(stored.values().all(|(_, mode, ..)| *mode == 0o600));
            assert_eq!(sink.store_tokens(&target, change).unwrap(), nothing, "{spec}: {change:?} again");
            assert_eq!(files(home.path()), stored, "{spec}: {change:?} again wrote");
            if matches!(change, TokenChange::Unstage { .. }) && kind.target == Target::File {
                assert_eq!(bytes(), before, "{spec}: staging and unstaging left a trace");
            }
        }
        for (value, places) in [(&one, 0), (&two, 1), (&three, 0)] {
            let found = sink.mentions_token(value).unwrap();
            assert_eq!(found.len(), places, "{spec}: {found:?}");
        }

        // A value that is not ours is in the way of a secondary token, and nothing is written.
        let own = TokenChange::Stage { current: two.clone(), secondary: three.clone() };
        sink.store_tokens(&target, &own).unwrap();
        let stored = files(home.path());
        for error in [
            sink.probe_tokens(&target, &two).unwrap_err(),
            sink.store_tokens(&target, &TokenChange::Stage { current: two.clone(), secondary: one.clone() })
                .unwrap_err(),
        ] {
            assert!(matches!(error, Error::TokenOccupied { role: TokenRole::Secondary, .. }), "{spec}: {error:?}");
            silent(&*sink, &error);
        }
        assert_eq!(sink.store_tokens(&target, &unstage).unwrap(), nothing, "{spec}: not ours to take out");
        assert_eq!(files(home.path()), stored);
        let said = sink.store_tokens(&target, &TokenChange::Switch { old: two.clone(), new: one.clone() }).unwrap();
        assert_eq!(tokens(&*sink, &target), ["current 1", "secondary 3", "previous 2"]);
        assert_eq!(said.left.len(), 1, "{spec}: what is not ours is left and told of");
    }
}

#[test]
fn a_file_is_not_made_unasked() {
    for kind in KINDS.iter().filter(|kind| kind.target == Target::File) {
        let home = tempfile::tempdir().unwrap();
        let sink = open(&target_of(kind.scheme, home.path()), &Options::default()).unwrap();
        assert!(sink.probe().is_err());
        assert!(sink.store(&account(), &pair('1')).is_err());
        assert!(files(home.path()).is_empty());
    }
}
