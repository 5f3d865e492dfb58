//! Every command that may make something, with every keyring that does not keep it: it is told before anything is made,
//! at Twilio or on the disk, and nothing falls back to plain text.

use std::process::Command;

use super::session::{Home, Kind, Session};
use super::{TEMPORARY, USAGE};
use crate::support::{Ran, Sample, run};

/// A home with two profiles in its keyring and the same credentials in files, as they were kept in an open session.
struct Case {
    home: Home,
    sample: Sample,
    before: String,
}

impl Case {
    fn new() -> Option<Self> {
        let home = Home::new()?;
        let sample = Sample::start(0);
        let (account, token) = (sample.account().to_string(), sample.token());
        {
            let session = home.session(Kind::Unlocked);
            session.add(&sample, "shop", "standard");
            session.done(&sample, &["profile", "add", "admin", "--account", &account], &token);
        }
        let (sid, secret) = sample.key("standard");
        let text = format!(
            "TWILIO_ACCOUNT_SID={account}\nTWILIO_AUTH_TOKEN={token}\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\n"
        );
        std::fs::write(home.path().join("repos.env"), text).unwrap();
        let theirs = format!(
            "{{\"profiles\":{{\"theirs\":{{\"accountSid\":\"{account}\",\"apiKey\":\"{sid}\",\"apiSecret\":\"{secret}\"}}}}}}"
        );
        std::fs::write(home.path().join("theirs.json"), theirs).unwrap();
        let case = Self { home, sample, before: String::new() };
        Some(Self { before: case.state(), ..case })
    }

    /// Everything that must be as it was.
    fn state(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
        let secondary = self.sample.sandbox.state().account(self.sample.account()).unwrap().secondary.is_some();
        let plain = self.home.path().join(".config/twcred/secrets").exists();
        let open = std::fs::read_dir(self.home.path().join(".local/state/twcred/rotations")).map_or(0, Iterator::count);
        format!(
            "{:?} {secondary} {plain} {open}\n{}\n{}",
            self.sample.keys(),
            read(".config/twcred/profiles.toml"),
            read("repos.env")
        )
    }

    /// Runs each command that may make something; each has to end with this code, say this, and leave everything as it was.
    fn refuses(&self, command: impl Fn(&[&str]) -> Command, exit: i32, says: &str) {
        let account = self.sample.account().to_string();
        let commands: &[&[&str]] = &[
            &["keys", "create", "x", "--to", "keyring:new"],
            &["keys", "create", "x", "--to", "env:x.env", "--to", "keyring:new", "--reveal"],
            &["keys", "rotate", "-p", "shop"],
            &["keys", "rotate", "-p", "shop", "--now", "--yes"],
            &["keys", "rotate", "--env-file", "repos.env"],
            &["token", "create", "-p", "admin"],
            &["token", "create", "-p", "admin", "--reveal"],
            &["token", "create", "--env-file", "repos.env"],
            &["token", "create", "--env-file", "repos.env", "--to", "keyring:admin"],
            &["token", "rotate", "-p", "admin", "--yes"],
            &["token", "rotate", "--env-file", "repos.env", "--yes"],
            &["profile", "add", "new", "--account", &account],
            &["profile", "add", "new", "--env-file", "repos.env"],
            &["profile", "add", "shop", "--env-file", "repos.env", "--replace"],
            &["profile", "import", "--from", "twilio-cli", "--path", "theirs.json"],
        ];
        for args in commands {
            let asked = self.sample.sandbox.exchanges().len();
            let mut command = command(args);
            // A Standard key has to be authorised; a profile or a file that is named signs itself.
            if args.contains(&"shop") || !args.contains(&"-p") && !args.contains(&"--env-file") {
                command.env("TWILIO_ACCOUNT_SID", &account).env("TWILIO_AUTH_TOKEN", self.sample.token());
            }
            let ran: Ran = run(&mut command, &self.sample.token());
            assert_eq!(ran.status.code(), Some(exit), "{args:?}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains(says), "{args:?}: expected {says:?} in: {}", ran.stderr);
            assert!(ran.stderr.contains("hint: "), "{args:?}: {}", ran.stderr);
            assert_eq!(self.state(), self.before, "{args:?}: {}{}", ran.stdout, ran.stderr);
            let exchanges = self.sample.sandbox.exchanges();
            let changed = exchanges[asked..].iter().filter(|exchange| exchange.method != "GET").count();
            assert_eq!(changed, 0, "{args:?}");
        }
    }

    fn in_session(&self, session: &Session<'_>, exit: i32, says: &str) {
        self.refuses(|args| session.command(&self.sample, args), exit, says);
    }
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_is_made_without_a_bus_or_without_a_keyring_on_it() {
    let Some(case) = Case::new() else { return };
    case.refuses(|args| case.home.twcred(&case.sample, args), USAGE, "there is no Secret Service here");
    let session = case.home.session(Kind::Bus);
    case.in_session(&session, USAGE, "there is no Secret Service here");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_is_made_while_the_keyring_is_locked() {
    let Some(case) = Case::new() else { return };
    let session = case.home.session(Kind::Locked);
    case.in_session(&session, TEMPORARY, "the Secret Service is locked, and was not unlocked");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_is_made_while_the_keyring_hangs() {
    let Some(case) = Case::new() else { return };
    let session = case.home.session(Kind::Unlocked);
    session.stop();
    case.in_session(&session, TEMPORARY, "the Secret Service did not answer within 5 s");
    session.go_on();
}

/// The entries are half written, or there twice: what needs them says which, and nothing is made.
#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_is_made_where_an_entry_is_half_written_or_there_twice() {
    let Some(case) = Case::new() else { return };
    let session = case.home.session(Kind::Unlocked);
    let entries = ["shop", "admin"].map(|name| session.entry(name));
    let whole = entries.clone().map(|entry| session.looked_up(&entry));
    let needs: &[&[&str]] = &[
        &["whoami", "-p", "shop"],
        &["keys", "rotate", "-p", "shop"],
        &["keys", "create", "x", "--to", "keyring:shop"],
        &["token", "create", "-p", "admin"],
        &["token", "rotate", "-p", "admin", "--yes"],
        &["token", "create", "--env-file", "repos.env", "--to", "keyring:admin"],
        &["token", "rotate", "--env-file", "repos.env", "--yes"],
    ];
    let refused = |exit: &[i32], says: &[&str]| {
        for args in needs {
            let mut command = session.command(&case.sample, args);
            if args.contains(&"create") && args.contains(&"keys") {
                command.env("TWILIO_ACCOUNT_SID", case.sample.account().as_str());
                command.env("TWILIO_AUTH_TOKEN", case.sample.token());
            }
            let ran = run(&mut command, "");
            assert!(exit.contains(&ran.status.code().unwrap()), "{args:?}: {:?} {}", ran.status, ran.stderr);
            let occupied = args.contains(&"keyring:shop");
            assert!(occupied || says.iter().all(|says| ran.stderr.contains(says)), "{args:?}: {}", ran.stderr);
            assert_eq!(case.state(), case.before, "{args:?}: {}", ran.stderr);
        }
    };
    let store = |entry: &str, value: &str, more: &[&str]| {
        let attributes = ["service", "twcred", "username", entry];
        let ran = session.secret_tool(&[&["store", "--label=by hand"], &attributes[..], more].concat(), value);
        assert!(ran.status.success(), "{}", ran.stderr);
    };
    let clear = |entry: &str| {
        assert!(session.secret_tool(&["clear", "service", "twcred", "username", entry], "").status.success());
    };
    for (entry, whole) in entries.iter().zip(&whole) {
        clear(entry);
        store(entry, &whole[..whole.len() / 2], &[]);
    }
    refused(&[USAGE], &["not what twcred writes, or only a part of it", "--replace"]);
    for (entry, whole) in entries.iter().zip(&whole) {
        clear(entry);
        store(entry, whole, &[]);
        store(entry, whole, &["copy", "1"]);
    }
    refused(&[1, USAGE], &["several entries of one name", "of the profile `", "its username ", "--replace"]);
    // What the hint says: another name for the secret, and nothing is lost.
    let (sid, secret) = case.sample.key("standard");
    let account = case.sample.account().to_string();
    let again = ["profile", "add", "shop", "--replace", "--account", &account, "--sid", &sid];
    session.done(&case.sample, &again, &secret);
    assert_eq!(session.holds(&case.sample, "shop"), sid);
    // What is there twice still is told, until it is taken out.
    let ran = session.twcred(&case.sample, &["profile", "list"], "");
    assert!(ran.stderr.contains(&format!("may hold the entry {}", entries[0])), "{}", ran.stderr);
    // Of a profile that is removed nothing is to be put back.
    let ran =
        session.refused(&case.sample, &["profile", "remove", "admin", "--yes"], "", 1, "several entries of one name");
    assert!(ran.stderr.contains("hint: in the keyring's program, take them all out"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("profile add"), "{}", ran.stderr);
}
