//! Profiles in a real Secret Service: GNOME Keyring in a session of its own.

mod hangs;
mod killed;
mod session;
mod states;

use serde_json::Value;

use crate::support::{Sample, run};
use session::{Home, Kind};

const USAGE: i32 = 2;
const INCOMPLETE: i32 = 5;
const TEMPORARY: i32 = 75;

#[test]
#[ignore = "needs tools that tests/run installs"]
fn two_profiles_are_stored_read_and_taken_out_as_another_program_sees_it() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    assert!(session.entries().is_empty());
    let account = sample.account().to_string();
    session.done(&sample, &["profile", "add", "admin", "--account", &account], &sample.token());
    let sid = session.add(&sample, "shop", "standard");
    let (_, secret) = sample.key("standard");

    let read: Value = serde_json::from_str(&session.looked_up(&session.entry("shop"))).unwrap();
    assert_eq!((&read["account_sid"], &read["api_key"]), (&account.as_str().into(), &sid.as_str().into()));
    assert_eq!(read["api_secret"], secret.as_str());
    let read: Value = serde_json::from_str(&session.looked_up(&session.entry("admin"))).unwrap();
    assert_eq!(read["auth_token"], sample.token().as_str());
    assert_eq!(session.entries().len(), 2);
    let book = std::fs::read_to_string(home.path().join(".config/twcred/profiles.toml")).unwrap();
    assert!(!book.contains(&secret) && !book.contains(&sample.token()), "{book}");

    let whoami = session.twcred(&sample, &["whoami", "-p", "shop"], "");
    assert!(whoami.stdout.contains("key secret from profile shop (Secret Service)"), "{}", whoami.stdout);
    assert_eq!(session.holds(&sample, "admin"), account);
    let listed = session.done(&sample, &["profile", "list"], "");
    assert_eq!(listed["profiles"][1]["store"], "secret-service");

    // Which keyring it is, is said where a profile is made by the way, too.
    for (format, name, said) in [
        ("table", "one", "keyring:one (Secret Service)"),
        ("json", "two", "\"profiles\": [\n    {\n      \"name\": \"two\",\n      \"store\": \"secret-service\"\n"),
    ] {
        let to = format!("keyring:{name}");
        let made = session.twcred(&sample, &["keys", "create", name, "--to", &to, "-p", "admin", "-o", format], "");
        assert!(made.stdout.contains(said), "{}{}", made.stdout, made.stderr);
        session.done(&sample, &["profile", "remove", name, "--yes"], "");
    }

    session.done(&sample, &["profile", "remove", "admin", "--yes"], "");
    assert_eq!(session.entries(), [session.entry("shop")]);
    session.done(&sample, &["profile", "remove", "shop", "--yes"], "");
    assert!(session.entries().is_empty());
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_was_stored_is_there_in_the_next_session() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let sid = home.session(Kind::Unlocked).add(&sample, "shop", "standard");
    assert_eq!(home.session(Kind::Unlocked).holds(&sample, "shop"), sid);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_locked_keyring_is_told_before_anything_is_made() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    {
        let open = home.session(Kind::Unlocked);
        let account = sample.account().to_string();
        open.done(&sample, &["profile", "add", "admin", "--account", &account], &sample.token());
    }
    let session = home.session(Kind::Locked);
    let locked = "the Secret Service is locked, and was not unlocked";
    session.refused(&sample, &["whoami"], "", TEMPORARY, locked);
    session.refused(&sample, &["profile", "show", "admin"], "", TEMPORARY, locked);
    let account = sample.account().to_string();
    let asked = sample.sandbox.exchanges().len();
    let ran = session.refused(&sample, &["profile", "add", "new", "--account", &account], "", TEMPORARY, locked);
    assert!(ran.stderr.contains("hint: unlock it"), "{}", ran.stderr);
    assert_eq!(sample.sandbox.exchanges().len(), asked, "Twilio was asked");
    let (live, token) = (sample.keys(), sample.token());
    let mut create = session.command(&sample, &["keys", "create", "x", "--to", "keyring:new"]);
    create.env("TWILIO_ACCOUNT_SID", &account).env("TWILIO_AUTH_TOKEN", &token);
    let ran = run(&mut create, "");
    assert_eq!(ran.status.code(), Some(TEMPORARY), "{}", ran.stderr);
    assert_eq!(sample.keys(), live, "a key was made");
    // What stands in the file needs no keyring.
    assert_eq!(session.done(&sample, &["profile", "list"], "")["profiles"][0]["name"], "admin");
    // A secret that cannot be taken out now is noted, and taken out once it can be.
    session.refused(&sample, &["profile", "remove", "admin", "--yes"], "", TEMPORARY, locked);
    let ran = session.twcred(&sample, &["profile", "list"], "");
    assert!(ran.stderr.contains("may hold the entry admin."), "{}", ran.stderr);
    drop(session);
    let open = home.session(Kind::Unlocked);
    assert_eq!(open.entries().len(), 1);
    open.done(&sample, &["profile", "remove", "admin"], "");
    assert!(open.entries().is_empty());
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn no_keyring_no_bus_and_no_collection_are_told_apart() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let account = sample.account().to_string();
    let add = ["profile", "add", "new", "--account", &account];
    let ran = run(&mut home.twcred(&sample, &add), "");
    assert_eq!(ran.status.code(), Some(USAGE), "{}", ran.stderr);
    assert!(ran.stderr.contains("Failed to connect to address"), "{}", ran.stderr);
    {
        let session = home.session(Kind::Bus);
        session.refused(&sample, &add, "", USAGE, "org.freedesktop.secrets was not provided");
        let ran = session.refused(&sample, &add, "", USAGE, "--store file");
        assert!(!home.path().join(".config/twcred/secrets").exists(), "kept in plain text unasked: {}", ran.stderr);
    }
    {
        let session = home.session(Kind::Locked);
        session.refused(&sample, &add, "", USAGE, "it has no default collection");
    }
    assert!(sample.sandbox.exchanges().is_empty(), "Twilio was asked");
    assert!(!home.path().join(".config/twcred/profiles.toml").exists());
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn an_entry_that_is_half_written_twice_there_or_gone_is_told_and_mended() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    session.add(&sample, "shop", "standard");
    let entry = session.entry("shop");
    let whole = session.looked_up(&entry);
    let attributes = ["service", "twcred", "username", &entry];
    let store = |value: &str| {
        let ran = session.secret_tool(&[&["store", "--label=by hand"], &attributes[..]].concat(), value);
        assert!(ran.status.success(), "{}", ran.stderr);
    };
    let clear = || assert!(session.secret_tool(&[&["clear"], &attributes[..]].concat(), "").status.success());

    clear();
    session.refused(&sample, &["whoami"], "", USAGE, "the secret of the profile `shop` is gone");
    store(&whole[..whole.len() / 2]);
    session.refused(&sample, &["whoami"], "", USAGE, "not what twcred writes, or only a part of it");
    clear();
    store(&whole.replace(sample.account().as_str(), &format!("AC{}", "0".repeat(32))));
    session.refused(&sample, &["whoami"], "", USAGE, "it holds another credential than the profile's");

    let (sid, secret) = sample.key("standard");
    let account = sample.account().to_string();
    let mend = ["profile", "add", "shop", "--replace", "--account", &account, "--sid", &sid];
    session.done(&sample, &mend, &secret);
    assert_eq!(session.holds(&sample, "shop"), sid);
    assert_eq!(session.entries(), [session.entry("shop")], "what was half written is gone");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn a_profiles_key_is_rotated_retired_and_rolled_back() {
    let Some(home) = Home::new() else { return };
    let sample = Sample::start(0);
    let session = home.session(Kind::Unlocked);
    let old = session.add(&sample, "ci", "rotator");
    let rotate = ["keys", "rotate", "-p", "ci"];
    session.done(&sample, &rotate, "");
    let new = session.holds(&sample, "ci");
    assert_ne!(new, old);
    assert_eq!(session.entries(), [session.entry("ci")]);
    session.done(&sample, &["rotation", "rollback", "--yes"], "");
    assert_eq!(session.holds(&sample, "ci"), old);
    assert!(!sample.keys().contains(&new));
    session.done(&sample, &rotate, "");
    session.done(&sample, &[&rotate[..], &["--now"]].concat(), "");
    let new = session.holds(&sample, "ci");
    assert!(sample.keys().contains(&new) && !sample.keys().contains(&old));
    let read: Value = serde_json::from_str(&session.looked_up(&session.entry("ci"))).unwrap();
    assert_eq!(read["api_key"], new.as_str());
}
