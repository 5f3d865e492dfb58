//! A world of its own for every test: a home, a sandbox for Twilio, and the built program in a cleared environment.

pub(crate) mod acl;
pub(crate) mod cage;
pub(crate) mod evidence;
pub(crate) mod family;
pub(crate) mod front;
#[allow(dead_code, reason = "the other half of its callers is in tests/real")]
pub(crate) mod lab;
pub(crate) mod memory;
pub(crate) mod terminal;
pub(crate) mod trap;
pub(crate) mod webhook;

use std::cell::RefCell;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use twcred::cli::context::clock;
use twcred::model::time::after;
use twcred::model::{AccountSid, Credential, KeyPair, KeySid, Secret};
use twcred::sandbox::{AccountSeed, KeySeed, Kind, Options, Sandbox, State};

/// A home and a Twilio, both gone at the end.
pub(crate) struct World {
    pub(crate) home: TempDir,
    pub(crate) sandbox: Sandbox,
    env: Vec<(String, String)>,
    /// SIDs in the order of their appearance.
    seen: RefCell<Vec<String>>,
}

pub(crate) fn account_sid(digit: char) -> AccountSid {
    AccountSid::parse(&format!("AC{}", digit.to_string().repeat(32))).unwrap()
}

pub(crate) fn key_sid(digit: char) -> KeySid {
    KeySid::parse(&format!("SK{}", digit.to_string().repeat(32))).unwrap()
}

/// The token of the account that every world has.
pub(crate) fn token() -> String {
    "0123456789abcdef".repeat(2)
}

/// The secret of a seeded key.
pub(crate) fn secret(digit: char) -> String {
    format!("s3cr3tOf{digit}x").repeat(4)[..32].to_owned()
}

impl World {
    /// Runs git in a folder, as somebody with a name.
    pub(crate) fn git(&self, folder: &str, args: &[&str]) {
        let mut command = Command::new("git");
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin:/usr/local/bin");
        command.current_dir(self.path(folder)).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
        assert!(command.output().unwrap().status.success(), "{args:?}");
    }

    /// The Auth Token of account `a` that is in force at Twilio.
    pub(crate) fn primary(&self) -> String {
        self.sandbox.with_state(|state| exposed(&state.account(&account_sid('a')).unwrap().token.secret()).to_owned())
    }

    /// The secondary Auth Token that account `a` has at Twilio.
    pub(crate) fn secondary(&self) -> Option<String> {
        self.sandbox.with_state(|state| {
            let secondary = state.account(&account_sid('a')).unwrap().secondary.as_ref();
            secondary.map(|held| exposed(&held.token.secret()).to_owned())
        })
    }

    /// An account with a Standard key `1`, ten days old, and a sandbox that serves it.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(state: impl FnOnce(&mut State)) -> Self {
        Self::served(state, |_| {})
    }

    /// The same under a Twilio of other ways.
    pub(crate) fn served(state: impl FnOnce(&mut State), served: impl FnOnce(&mut Options)) -> Self {
        let mut seeded = State::new();
        let created = ago(10);
        let seed = AccountSeed {
            sid: account_sid('a'),
            owner: None,
            name: "Acme".to_owned(),
            token: Secret::new(token()),
            created,
        };
        seeded.add_account(seed).unwrap();
        add_key(&mut seeded, 'a', '1', "ci-deploy", Kind::Standard, 10);
        state(&mut seeded);
        let mut options = Options::new(Arc::new(clock));
        served(&mut options);
        let sandbox = Sandbox::start(seeded, options).unwrap();
        let home = TempDir::new().unwrap();
        let env = vec![
            ("HOME".to_owned(), home.path().display().to_string()),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
            ("TWCRED_API_URL".to_owned(), sandbox.url()),
        ];
        Self { home, sandbox, env, seen: RefCell::default() }
    }

    /// The same with the account's Auth Token in the environment.
    pub(crate) fn with_token(self) -> Self {
        self.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN", &token())
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        path
    }

    /// A file that only its owner may read.
    pub(crate) fn private(&self, name: &str, text: &str) -> PathBuf {
        self.private_bytes(name, text.as_bytes())
    }

    pub(crate) fn private_bytes(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        twcred::store::file::create(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program, in its own environment and its home as the working directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home.path()).args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read closes the pipe early; that is its right.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let ran = Ran {
            code: output.status.code(),
            raw_out: String::from_utf8(output.stdout).unwrap(),
            raw_err: String::from_utf8(output.stderr).unwrap(),
            out: String::new(),
            err: String::new(),
        };
        Ran { out: self.mask(&ran.raw_out), err: self.mask(&ran.raw_err), ..ran }
    }

    /// What differs from run to run, and what looks like a credential, made the same and unlike one.
    fn mask(&self, text: &str) -> String {
        let asked = self.env.iter().find(|(name, _)| name == "TWCRED_API_URL").map_or("", |(_, url)| url);
        let asked = asked.rsplit('/').next().unwrap_or_default();
        let warning = format!("warning: asking {asked}, which is not Twilio\n");
        let text = text.replace(&warning, "").replace(&self.sandbox.addr().to_string(), "TWILIO");
        let text = if asked.is_empty() { text } else { text.replace(asked, "TWILIO") };
        let text = text.replace(self.home.path().to_str().unwrap(), "~");
        let text = self.with_hex(&text, "RQ", |_, _| "RQ…".to_owned());
        let text = self.with_hex(&text, "AC", |at, sid| format!("AC.{at}{}", ".".repeat(sid.len() - 4)));
        let text = self.with_hex(&text, "SK", |at, sid| format!("SK.{at}{}", ".".repeat(sid.len() - 4)));
        let text = self
            .rotations()
            .iter()
            .enumerate()
            .fold(text, |text, (at, id)| text.replace(id.as_str(), &format!("rotation.id{}", at + 1)));
        let text = self
            .creates()
            .iter()
            .enumerate()
            .fold(text, |text, (at, id)| text.replace(id.as_str(), &format!("create.id{:>3}", at + 1)));
        moments(&without_fractions(&entries(&text)))
    }

    /// So many days pass: everything that was written down with a moment is as much older.
    pub(crate) fn days_pass(&self, days: i64) {
        let back = jiff::SignedDuration::from_hours(-24 * days);
        let older = |at: twcred::model::time::Timestamp| at.checked_add(back).unwrap();
        self.sandbox.with_state(|state| {
            let sids: Vec<KeySid> = state.keys(&account_sid('a')).map(|key| key.sid.clone()).collect();
            for sid in sids {
                let key = state.key_mut(&sid).unwrap();
                (key.created, key.updated) = (older(key.created), older(key.updated));
            }
        });
        for id in self.rotations() {
            let path = self.state_dir().join(format!("rotations/{id}.jsonl"));
            let aged: String = std::fs::read_to_string(&path)
                .unwrap()
                .lines()
                .map(|line| {
                    let mut record: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
                    for (name, value) in &mut record {
                        if ["at", "retire_at"].contains(&name.as_str()) {
                            *value = older(value.as_str().unwrap().parse().unwrap()).to_string().into();
                        }
                    }
                    serde_json::to_string(&record).unwrap() + "\n"
                })
                .collect();
            std::fs::File::create(&path).unwrap().write_all(aged.as_bytes()).unwrap();
        }
    }

    /// The folder of journals and sealed secrets.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.path(".local/state/twcred")
    }

    /// The ids of the rotations that have a journal, oldest first.
    pub(crate) fn rotations(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.state_dir().join("rotations")) else { return Vec::new() };
        let mut found: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.strip_suffix(".jsonl")?.to_owned();
                // The journal's own first moment: a file's times may stand still within one tick.
                let first = std::fs::read_to_string(entry.path()).unwrap_or_default();
                let at = first.split("\"at\":\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok());
                Some((at.unwrap_or(twcred::model::time::Timestamp::UNIX_EPOCH), id))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// The ids of the creates that are not settled.
    pub(crate) fn creates(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.state_dir().join("creates")) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut found: Vec<String> =
            names.map(|name| name.strip_suffix(".jsonl").unwrap().split_once('-').unwrap().1.to_owned()).collect();
        found.sort();
        found
    }

    fn with_hex(&self, text: &str, prefix: &str, shown: impl Fn(usize, &str) -> String) -> String {
        let mut masked = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(prefix) {
            let end = at + 2 + rest[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
            masked.push_str(&rest[..at]);
            let found = &rest[at..end];
            if found.len() == 34 {
                let mut seen = self.seen.borrow_mut();
                if !seen.iter().any(|known| known == found) {
                    seen.push(found.to_owned());
                }
                let alike = seen.iter().filter(|known| known.starts_with(prefix));
                let number = alike.clone().position(|known| known == found).unwrap() + 1;
                masked.push_str(&shown(number, found));
            } else {
                masked.push_str(found);
            }
            rest = &rest[end..];
        }
        masked + rest
    }

    /// The pair of a key that the sandbox knows.
    pub(crate) fn pair(&self, sid: &KeySid) -> KeyPair {
        self.sandbox.with_state(|state| state.key(sid).unwrap().1.pair())
    }

    /// An incoming message as Twilio would send it now: signed with the account's primary token.
    pub(crate) fn incoming_message(&self, url: &str) -> webhook::Webhook {
        let token = self.sandbox.with_state(|state| state.account(&account_sid('a')).unwrap().token.secret());
        let fields = [("MessageSid", "SM1"), ("From", "+15005550006"), ("Body", "hi there"), ("MediaUrl0", "")];
        webhook::Webhook::form(exposed(&token), url, &fields)
    }

    /// The SIDs of the account's live keys.
    pub(crate) fn live(&self) -> Vec<KeySid> {
        self.sandbox.with_state(|state| state.keys(&account_sid('a')).map(|key| key.sid.clone()).collect())
    }

    /// The names of the account's live keys.
    pub(crate) fn names(&self) -> Vec<String> {
        self.sandbox
            .with_state(|state| state.keys(&account_sid('a')).map(|key| key.name.clone().unwrap_or_default()).collect())
    }

    /// Whether a text holds any secret that the sandbox knows.
    pub(crate) fn leaks(&self, text: &str) -> bool {
        let secrets = self.sandbox.with_state(|state| {
            let accounts: Vec<_> = state.accounts().map(|account| account.sid.clone()).collect();
            let tokens: Vec<Secret> = state.accounts().map(|account| account.token.secret()).collect();
            let keys = accounts.iter().flat_map(|sid| state.keys(sid)).map(|key| key.secret.secret());
            tokens.into_iter().chain(keys).collect::<Vec<_>>()
        });
        secrets.iter().any(|secret| text.contains(exposed(secret)))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test looks for it where it must not be")]
pub(crate) fn exposed(secret: &Secret) -> &str {
    secret.expose()
}

/// The pair as an env file has it.
pub(crate) fn env_text(credential: &Credential) -> String {
    match credential {
        Credential::ApiKey { account, pair } => format!(
            "TWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n",
            pair.sid,
            exposed(&pair.secret)
        ),
        Credential::AuthToken { account, token } => {
            format!("TWILIO_ACCOUNT_SID={account}\nTWILIO_AUTH_TOKEN={}\n", exposed(token))
        }
    }
}

/// The text of a JSON file that holds account `a` and a token.
pub(crate) fn json_app(token: &str) -> String {
    format!("{{\n  \"account_sid\": \"{}\",\n  \"auth_token\": \"{token}\"\n}}\n", account_sid('a'))
}

/// An env file as its owner keeps it: the account's token, and the seeded key in the middle.
pub(crate) fn repos() -> String {
    let pair = env_text(&key('1'));
    let pair = pair.split_once('\n').unwrap().1;
    format!(
        "# shared\nTWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n\n{pair}\nOTHER='a value'\n",
        account_sid('a'),
        token()
    )
}

/// The seeded key's credential.
pub(crate) fn key(digit: char) -> Credential {
    let pair = KeyPair { sid: key_sid(digit), secret: Secret::new(secret(digit)) };
    Credential::ApiKey { account: account_sid('a'), pair }
}

pub(crate) fn add_key(state: &mut State, account: char, digit: char, name: &str, kind: Kind, days: u64) {
    let seed = KeySeed {
        sid: key_sid(digit),
        secret: Secret::new(secret(digit)),
        name: Some(name.to_owned()),
        kind,
        created: ago(days),
    };
    state.add_key(&account_sid(account), seed).unwrap();
}

/// So many days ago, and a minute, so that the age is whole days.
pub(crate) fn ago(days: u64) -> twcred::model::time::Timestamp {
    let past = jiff::SignedDuration::from_secs(-(i64::try_from(days).unwrap() * 86_400 + 30));
    after(clock().checked_add(past).unwrap(), Duration::ZERO)
}

/// The names of entries, `acme.0123456789ab`, without their random part.
fn entries(text: &str) -> String {
    let mut pieces = text.split('.');
    let mut masked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).count();
        masked += if digits == 12 { ".entry" } else { "." };
        masked += if digits == 12 { &piece[12..] } else { piece };
    }
    masked
}

/// Moments without the parts of their seconds.
fn without_fractions(text: &str) -> String {
    let mut pieces = text.split('.');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && piece[digits..].starts_with('Z') && whole.ends_with(|c: char| c.is_ascii_digit()) {
            whole += &piece[digits..];
        } else {
            whole = whole + "." + piece;
        }
    }
    whole
}

/// Moments as `2026-…Z`, of the same width, and an age of seconds before one.
fn moments(text: &str) -> String {
    let mut masked = text.to_owned();
    let mut from = 0;
    while let Some(at) = masked[from..].find('T').map(|at| at + from) {
        from = at + 1;
        let (Some(start), Some(end)) = (at.checked_sub(10), at.checked_add(10)) else { continue };
        let looks = |piece: &str| {
            piece.len() == 20
                && piece.ends_with('Z')
                && piece.bytes().enumerate().all(|(i, b)| match i {
                    4 | 7 => b == b'-',
                    10 => b == b'T',
                    13 | 16 => b == b':',
                    19 => b == b'Z',
                    _ => b.is_ascii_digit(),
                })
        };
        if masked.get(start..end).is_some_and(looks) {
            masked.replace_range(start..end, "YYYY-MM-DDThh:mm:ssZ");
        }
    }
    // What was made in this test is as old as the machine is slow.
    (1..10).fold(masked, |masked, age| masked.replace(&format!(" {age}s  YYYY-"), " 0s  YYYY-"))
}

/// One run, as the user sees it.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) raw_out: String,
    pub(crate) raw_err: String,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit: {}", self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string()))?;
        if !self.out.is_empty() {
            write!(f, "--- stdout\n{}", self.out)?;
        }
        if !self.err.is_empty() {
            write!(f, "--- stderr\n{}", self.err)?;
        }
        Ok(())
    }
}

impl Ran {
    /// The exit code, and what went wrong, why, and what to type next.
    pub(crate) fn briefly(&self) -> String {
        let said = |line: &&str| ["error", "  because", "hint"].iter().any(|start| line.starts_with(start));
        format!("exit {}\n{}", self.code.unwrap(), self.err.lines().filter(said).collect::<Vec<_>>().join("\n"))
    }
}

/// Says plainly what this machine did not let a test try: in the list of `tests/run`, or on stderr. Fails in CI, where
/// everything must be tried.
#[expect(clippy::disallowed_methods, reason = "what tests/run tells its tests")]
pub(crate) fn skipped(what: &str, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("it {test}: {what} was not tried: {why}\n");
    if let Some(list) = std::env::var_os("TWCRED_TEST_SKIPPED") {
        let list = std::fs::OpenOptions::new().create(true).append(true).open(list);
        list.unwrap().write_all(line.as_bytes()).unwrap();
    } else {
        assert!(std::env::var_os("CI").is_none(), "{line}");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// Takes a file of a test away.
#[expect(clippy::disallowed_methods, reason = "a file of the test's own, where nothing has to survive a crash")]
pub(crate) fn remove(path: &Path) {
    std::fs::remove_file(path).unwrap();
}

/// The mode of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
