//! What every kind of sink keeps to: one test, run over the whole table.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use twcred::model::{AccountSid, Credential, KeyPair, KeySid, Secret, TokenNames};
use twcred::sinks::{
    Error, KINDS, Loaded, LoadedTokens, Options, Sink, Spec, Target, TokenChange, TokenRole, TokenTarget, TokensStored,
    open,
};
use twcred::store::profiles::{Kept, Profiles, Site};

use crate::support::memory::{Memory, profiles};

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

/// A target of each kind in an empty directory: a file that does not exist yet, a program that keeps a file, or a profile
/// that nobody has added.
fn target_of(scheme: &str, home: &Path) -> Spec {
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

    fn profiles(&self) -> Profiles {
        profiles(self.config.path(), self.keyring.clone())
    }

    fn open(&self, spec: &Spec, create: bool, replace: Option<KeySid>) -> Box<dyn Sink> {
        let (profiles, site) = (Some(self.profiles()), Some(site()));
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

fn site() -> Site {
    Site { endpoint: "twilio us1".to_owned(), region: None, edge: None }
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
        let place = Place::new();
        let spec = target_of(kind.scheme, place.home.path());
        let new = |create, replace| place.open(&spec, create, replace);

        let sink = new(true, None);
        assert_eq!(sink.spec(), &spec);
        sink.probe().unwrap();
        assert!(place.is_empty(), "{spec}: a probe wrote");
        assert_eq!(sink.load().unwrap(), Loaded::Absent);
        assert!(sink.mentions(&sid('1')).unwrap().is_empty());

        sink.store(&account(), &pair('1')).unwrap();
        assert_eq!(held(&*sink), pair('1'));
        let stored = place.seen();
        for (path, (_, mode, ..)) in &stored.0 {
            assert_eq!(*mode, 0o600, "{}", path.display());
        }
        sink.store(&account(), &pair('1')).unwrap();
        assert_eq!(place.seen(), stored, "{spec}: storing twice changed something");

        // A pair that the sink was not told to replace is nobody's to overwrite.
        for other in [new(true, None), new(true, Some(sid('3')))] {
            for error in [other.probe().unwrap_err(), other.store(&account(), &pair('2')).unwrap_err()] {
                assert!(matches!(&error, Error::Occupied { sid: held, .. } if *held == sid('1')), "{error:?}");
                silent(&*other, &error);
            }
        }
        assert_eq!(place.seen(), stored, "{spec}: a refusal changed something");

        let sink = new(false, Some(sid('1')));
        sink.probe().unwrap();
        assert_eq!(place.seen(), stored, "{spec}: a probe wrote");
        sink.store(&account(), &pair('2')).unwrap();
        assert_eq!(held(&*sink), pair('2'));
        let replaced = place.seen();
        sink.store(&account(), &pair('2')).unwrap();
        assert_eq!(place.seen(), replaced);
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
fn with_token(place: &Place, spec: &Spec, token: &str) {
    let path = Path::new(spec.target());
    if let (Target::Profile, Ok(name)) = (spec.kind().target, spec.target().parse()) {
        let contents = Credential::AuthToken { account: account(), token: Secret::new(token.to_owned()) }.into();
        let store = twcred::store::keyring::HERE;
        let kept = Kept { name: &name, contents: &contents, site: &site(), store, activate: false };
        place.profiles().keep(&kept, |_| Ok::<_, Error>(())).unwrap();
        return;
    }
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
        let place = Place::new();
        let spec = target_of(kind.scheme, place.home.path());
        let sink = place.open(&spec, false, None);
        assert_eq!(tokens(&*sink, &target), [""; 0], "{spec}: nothing is there");
        assert!(
            sink.probe_tokens(&target, &one, None).is_err(),
            "{spec}: a token that is nowhere cannot be rotated here"
        );
        assert!(place.is_empty(), "{spec}: a probe wrote");

        with_token(&place, &spec, &format!("s3cr3t{}", "1".repeat(26)));
        let start = place.seen();
        sink.probe_tokens(&target, &one, None).unwrap();
        for error in [
            sink.probe_tokens(&target, &two, None).unwrap_err(),
            sink.probe_tokens(&TokenTarget { account: other.clone(), ..target.clone() }, &one, None).unwrap_err(),
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
        assert_eq!(place.seen(), start, "{spec}: what strikes nothing wrote something");

        let switch = TokenChange::Switch { old: one.clone(), new: two.clone() };
        let clear = TokenChange::Clear { current: two.clone(), previous: one.clone() };
        let unstage = TokenChange::Unstage { current: one.clone(), secondary: two.clone() };
        let bytes = || files(place.home.path()).into_iter().map(|(path, seen)| (path, seen.0)).collect::<Vec<_>>();
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
            let stored = place.seen();
            assert!(stored.0.values().all(|(_, mode, ..)| *mode == 0o600));
            assert_eq!(sink.store_tokens(&target, change).unwrap(), nothing, "{spec}: {change:?} again");
            assert_eq!(place.seen(), stored, "{spec}: {change:?} again wrote");
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
        let stored = place.seen();
        for error in [
            sink.probe_tokens(&target, &two, None).unwrap_err(),
            sink.store_tokens(&target, &TokenChange::Stage { current: two.clone(), secondary: one.clone() })
                .unwrap_err(),
        ] {
            assert!(matches!(error, Error::TokenOccupied { role: TokenRole::Secondary, .. }), "{spec}: {error:?}");
            silent(&*sink, &error);
        }
        assert_eq!(sink.store_tokens(&target, &unstage).unwrap(), nothing, "{spec}: not ours to take out");
        assert_eq!(place.seen(), stored);
        let said = sink.store_tokens(&target, &TokenChange::Switch { old: two.clone(), new: one.clone() }).unwrap();
        assert_eq!(tokens(&*sink, &target), ["current 1", "secondary 3", "previous 2"]);
        assert_eq!(said.left.len(), 1, "{spec}: what is not ours is left and told of");
    }
}

#[test]
fn a_file_or_a_profile_is_not_made_unasked() {
    for kind in KINDS.iter().filter(|kind| kind.target != Target::Program) {
        let place = Place::new();
        let sink = place.open(&target_of(kind.scheme, place.home.path()), false, None);
        assert!(sink.probe().is_err());
        assert!(sink.store(&account(), &pair('1')).is_err());
        assert!(place.is_empty());
    }
}
