//! A rotation that can be set back to where it stood, and the judge of what a killed run left behind.
//!
//! Shared with `tests/campaign`, where the kills come at system calls rather than at exchanges.

#[path = "killed_beside.rs"]
pub(crate) mod beside;
#[path = "killed_creates.rs"]
pub(crate) mod creates;
#[path = "killed_places.rs"]
pub(crate) mod places;
#[path = "killed_runs.rs"]
pub(crate) mod runs;
#[path = "killed_tokens.rs"]
mod tokens;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use twcred::dotenv::EnvFile;
use twcred::model::{FriendlyName, KeyPair, KeySid, Policy, Secret};
use twcred::rotation::{Ledger, Outcome, Rotation};
use twcred::sandbox::{End, Kind, State, Stored};
use twcred::sinks;
use twcred::store::paths::StateDir;

use beside::{Beside, ROTATION};
use places::{Keyring, Then, Tokens};

use crate::support::{World, account_sid, add_key, exposed, key_sid, secret, token};

/// How long one run may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a rotation is played through as.
pub(crate) struct Scenario {
    /// For the tables.
    pub(crate) name: &'static str,
    /// Where the account's token stands, if that is rotated and not the key.
    pub(crate) token: Option<&'static Tokens>,
    /// Where the pair of a new key is to go, if one is made and none is rotated.
    pub(crate) create: Option<&'static creates::Create>,
    /// Whether the pair authorises its own replacement; else the account's Auth Token stands beside it.
    pub(crate) own: bool,
    /// Whose rotation is open beside it all the while.
    pub(crate) beside: Option<Beside>,
    /// Runs that nobody harms, before the one in question.
    pub(crate) before: &'static [&'static [&'static str]],
    /// The run in question, and the run after a kill.
    pub(crate) run: &'static [&'static str],
    /// What brings the rotation to its end where `run` leaves it in its grace.
    pub(crate) finish: Option<&'static [&'static str]>,
    /// A second sink that has to hold the pair at the end.
    pub(crate) json: bool,
    /// How it ends.
    pub(crate) outcome: Outcome,
}

pub(crate) const NOW: Scenario = Scenario {
    name: "rotation in one run",
    token: None,
    create: None,
    own: false,
    beside: None,
    before: &[],
    run: &["keys", "rotate", "--env-file", "repos.env", "--now"],
    finish: None,
    json: false,
    outcome: Outcome::Rotated,
};

pub(crate) const OWN: Scenario = Scenario { name: "a key that authorises its own rotation", own: true, ..NOW };

pub(crate) const TWO: Scenario = Scenario {
    name: "two sinks",
    run: &["keys", "rotate", "--env-file", "repos.env", "--now", "--to", "json:out.json"],
    json: true,
    ..NOW
};

const SWITCH: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

pub(crate) const GRACE: Scenario =
    Scenario { name: "first run, up to the grace", run: SWITCH, finish: Some(NOW.run), ..NOW };

pub(crate) const RETIRE: Scenario = Scenario { name: "second run, after the grace", before: &[SWITCH], ..NOW };

pub(crate) const ROLLBACK: Scenario = Scenario {
    name: "rollback within the grace",
    before: &[SWITCH],
    run: &["rotation", "rollback", "--yes", "--env-file", "repos.env"],
    outcome: Outcome::RolledBack,
    ..NOW
};

pub(crate) const OWN_ROLLBACK: Scenario =
    Scenario { name: "rollback by the key that is revoked with it", own: true, ..ROLLBACK };

/// What brings the one open rotation to its end, whatever began it.
const RESUME: &[&str] = &["rotation", "resume", "--yes"];

/// What takes it back up to the promote, from another file than it was begun with.
const DELETE: &[&str] = &["token", "delete", "--env-file", "other.env", "--yes"];

/// One world in which a scenario is played, over and over.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) scenario: &'static Scenario,
    text: RefCell<String>,
    /// The keyring of the profiles, if they are kept in one.
    keyring: Option<Box<dyn Keyring>>,
    /// Each file with a token, as it is to be at the end but for the token itself.
    lasting: RefCell<BTreeMap<&'static str, String>>,
    /// The same without what chance decides, as it was when the run in question was to begin.
    masked: RefCell<BTreeMap<&'static str, String>>,
}

/// Everything that a run can change, as it stood.
pub(crate) struct Saved {
    text: String,
    files: BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>,
    entries: BTreeMap<String, String>,
    twilio: State,
}

impl Stage {
    pub(crate) fn new(scenario: &'static Scenario) -> Self {
        Self::with(scenario, None)
    }

    /// The same with a keyring to keep profiles in.
    pub(crate) fn with(scenario: &'static Scenario, keyring: Option<Box<dyn Keyring>>) -> Self {
        let actions = ["create", "read", "list", "update", "delete"];
        let allow = actions.map(|action| format!("/twilio/iam/api-keys/{action}")).into();
        let world = World::with(|state| {
            if scenario.own {
                state.remove_key(&key_sid('1')).unwrap();
                add_key(state, 'a', '1', "ci-deploy", Kind::Restricted(Policy { allow }), 10);
            }
            if let Some(beside) = scenario.beside {
                beside.add(state);
            }
        });
        let place = world.path("work/state");
        let mut world = world.env("TWCRED_STATE_DIR", place.to_str().unwrap());
        if scenario.token.is_some() {
            let config = world.path("work/config");
            world = world.env("XDG_CONFIG_HOME", config.to_str().unwrap());
        }
        if let Some(keyring) = &keyring {
            world = world.env("DBUS_SESSION_BUS_ADDRESS", &keyring.address());
        }
        let token = if scenario.own { String::new() } else { format!("TWILIO_AUTH_TOKEN={}\n", token()) };
        // Windows line ends, a variable twice, a value with a comment, no line feed at the end: all must stay.
        let text = format!(
            "# Secrets shared by every project on this machine.\r\nTWILIO_ACCOUNT_SID={}\n{token}\nOTHER='a b'  # c\r\n\
             export TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\nOTHER=again\n\tLAST=unended",
            account_sid('a'),
            key_sid('1'),
            secret('1'),
        );
        let (lasting, masked) = (RefCell::default(), RefCell::default());
        let stage = Self { world, scenario, text: RefCell::new(text), keyring, lasting, masked };
        std::fs::DirBuilder::new().mode(0o700).create(stage.work()).unwrap();
        write(&stage.file(), 0o600, stage.text.borrow().as_bytes());
        stage.furnish();
        stage.begin_beside();
        stage.note_lasting();
        for args in scenario.before {
            let output = stage.run(args);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        if stage.tokens().iter().all(|(_, [_, secondary, previous])| secondary.is_none() && previous.is_none()) {
            stage.note_lasting();
        }
        stage.masked.replace(stage.masked());
        stage
    }

    /// The directory in which all that a run writes must be.
    pub(crate) fn work(&self) -> PathBuf {
        self.world.path("work")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.work().join("repos.env")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(std::fs::read(self.file()).unwrap()).unwrap()
    }

    /// Edits the file by hand, and what is expected of it.
    pub(crate) fn edit(&self, edit: impl Fn(&str) -> String) {
        write(&self.file(), 0o600, edit(&self.text()).as_bytes());
        let edited = edit(&self.text.borrow());
        self.text.replace(edited);
    }

    /// Another Auth Token, at Twilio and in the file.
    pub(crate) fn change_token(&self) {
        let other = "fedcba9876543210".repeat(2);
        self.edit(|text| text.replace(&token(), &other));
        self.world.sandbox.with_state(|state| {
            state.account_mut(&account_sid('a')).unwrap().token = Stored::new(Secret::new(other));
        });
    }

    /// The built program in this world.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let id = if args.contains(&ROTATION) { self.rotation_in_question() } else { String::new() };
        let args: Vec<&str> = args.iter().map(|arg| if *arg == ROTATION { id.as_str() } else { arg }).collect();
        let mut command = self.world.command(&args);
        command.current_dir(self.work());
        command
    }

    fn rotation_in_question(&self) -> String {
        let mut all = self.rotations().unwrap_or_default().into_iter().filter(|rotation| !self.is_beside(rotation));
        all.next_back().map(|rotation| rotation.begun().id.to_string()).unwrap_or_default()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        finish(self.command(args))
    }

    /// Waits until Twilio has done all that it was asked: a request may outlive the one who sent it.
    pub(crate) fn settle(&self) {
        for exchange in self.world.sandbox.exchanges() {
            if exchange.end == End::Open {
                self.world.sandbox.wait_exchange(exchange.n, PATIENCE).unwrap();
            }
        }
    }

    pub(crate) fn save(&self) -> Saved {
        let files = self.tree().into_iter().map(|path| {
            let found = std::fs::symlink_metadata(&path).unwrap();
            let bytes = found.is_file().then(|| std::fs::read(&path).unwrap());
            (path, (found.mode() & 0o7777, bytes))
        });
        let entries = self.keyring.as_ref().map(|keyring| keyring.entries()).unwrap_or_default();
        Saved { text: self.text.borrow().clone(), files: files.collect(), entries, twilio: self.world.sandbox.state() }
    }

    pub(crate) fn restore(&self, saved: &Saved) {
        self.settle();
        self.text.replace(saved.text.clone());
        std::fs::remove_dir_all(self.work()).unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(self.work()).unwrap();
        for (path, (mode, bytes)) in &saved.files {
            match bytes {
                Some(bytes) => write(path, *mode, bytes),
                None => std::fs::DirBuilder::new().mode(*mode).create(path).unwrap(),
            }
        }
        if let Some(keyring) = &self.keyring {
            keyring.restore(&saved.entries);
        }
        self.world.sandbox.with_state(|state| *state = saved.twilio.clone());
        self.world.sandbox.clear_faults();
    }

    /// Everything below [`Stage::work`], directories before what is in them.
    fn tree(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.work()];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path.clone());
                }
                found.push(path);
            }
        }
        found.sort();
        found
    }

    /// The pair in the file, read as programs read it.
    pub(crate) fn held(&self) -> Option<KeyPair> {
        let bytes = std::fs::read(self.file()).ok()?;
        let document = EnvFile::parse(&bytes);
        let mut pairs = sinks::pairs(&document);
        match (pairs.pop(), pairs.pop()) {
            (Some(Ok(pair)), None) => Some(pair.pair()),
            _ => None,
        }
    }

    /// Whether Twilio accepts the pair.
    pub(crate) fn works(&self, pair: &KeyPair) -> bool {
        self.world
            .sandbox
            .with_state(|state| state.key(&pair.sid).is_some_and(|(_, key)| key.secret.matches(&pair.secret)))
    }

    /// The rotations that are told of in the state directory; nothing is made or changed there.
    pub(crate) fn rotations(&self) -> Result<Vec<Rotation>, String> {
        let state = self.work().join("state");
        if ["rotations", "sealed", "locks"].iter().any(|name| !state.join(name).is_dir()) {
            return Ok(Vec::new());
        }
        let ledger = Ledger::new(StateDir::open(&state).map_err(|error| error.to_string())?);
        let (rotations, unreadable) = ledger.all().map_err(|error| error.to_string())?;
        match unreadable.first() {
            Some(broken) => Err(format!("the journal {} is unreadable: {}", broken.id, broken.error)),
            None => Ok(rotations),
        }
    }

    pub(crate) fn open_rotations(&self) -> usize {
        if self.scenario.create.is_some() {
            return self.creates().len();
        }
        if self.scenario.token.is_some() {
            return self
                .token_rotations()
                .map_or(1, |all| all.iter().filter(|rotation| rotation.outcome().is_none()).count());
        }
        let is_open = |rotation: &&Rotation| rotation.outcome().is_none() && !self.is_beside(rotation);
        self.rotations().map_or(1, |all| all.iter().filter(is_open).count())
    }

    /// What must hold at every instant. Each line is a promise that broke.
    pub(crate) fn judge_instant(&self) -> Vec<String> {
        if self.scenario.token.is_some() {
            return self.judge_tokens();
        }
        if self.scenario.create.is_some() {
            return self.judge_creates();
        }
        let mut broken = self.judge_beside();
        let Some(held) = self.held() else { return vec!["the file holds no pair".to_owned()] };
        if !self.works(&held) {
            broken.push(format!("the file holds {}, which Twilio rejects", held.sid));
        }
        if self.text() != self.expected(&held) {
            broken.push("a byte of the file changed beyond the pair".to_owned());
        }
        let rotations = self.rotations().unwrap_or_else(|error| {
            broken.push(error);
            Vec::new()
        });
        let open: Vec<&Rotation> = rotations.iter().filter(|rotation| rotation.outcome().is_none()).collect();
        for (sid, name) in self.live() {
            let marker = name.marker();
            let known = |rotation: &&&Rotation| {
                rotation.begun().old == sid
                    || rotation.new_key() == Some(&sid)
                    || marker.as_ref().is_some_and(|marker| marker.0 == rotation.begun().id)
            };
            if sid != held.sid && !open.iter().any(|rotation| known(&rotation)) {
                broken.push(format!("{sid} lives, and neither the file nor an open rotation knows it"));
            }
        }
        broken.extend(self.judge_files());
        broken
    }

    /// The file as it must be if it holds this pair: the original, with only the pair exchanged.
    fn expected(&self, held: &KeyPair) -> String {
        let text = self.text.borrow().replace(key_sid('1').as_str(), held.sid.as_str());
        text.replace(&secret('1'), exposed(&held.secret))
    }

    fn live(&self) -> Vec<(KeySid, FriendlyName)> {
        let named = |name: &Option<String>| FriendlyName::from_twilio(name.as_deref().unwrap_or_default());
        self.world
            .sandbox
            .with_state(|state| state.keys(&account_sid('a')).map(|key| (key.sid.clone(), named(&key.name))).collect())
    }

    /// What must hold when all is over.
    pub(crate) fn judge_end(&self) -> Vec<String> {
        if self.scenario.token.is_some() {
            return self.judge_tokens_end(self.scenario.outcome);
        }
        if self.scenario.create.is_some() {
            return self.judge_creates_end();
        }
        let mut broken = self.judge_instant();
        let Some(held) = self.held() else { return broken };
        let mut live = self.live();
        let rotations = self.rotations().unwrap_or_default();
        let (beside, rotations): (Vec<_>, Vec<_>) = rotations.into_iter().partition(|one| self.is_beside(one));
        live.retain(|(sid, _)| {
            beside.iter().all(|rotation| rotation.begun().old != *sid && rotation.new_key() != Some(sid))
        });
        if live.len() != 1 || live[0].0 != held.sid {
            broken.push(format!("{} keys live: {live:?}", live.len()));
        } else if live[0].1.as_str() != "ci-deploy" {
            broken.push(format!("the key is called {}", live[0].1));
        }
        if (held.sid == key_sid('1')) != (self.scenario.outcome == Outcome::RolledBack) {
            broken.push(format!("the file holds {}", held.sid));
        }
        for rotation in rotations {
            match rotation.outcome() {
                None => broken.push(format!("rotation {} is not finished", rotation.begun().id)),
                Some(outcome) if outcome == self.scenario.outcome || outcome == Outcome::Undone => {}
                Some(outcome) => broken.push(format!("rotation {} ended {outcome:?}", rotation.begun().id)),
            }
        }
        for path in self.tree() {
            let inside = path.strip_prefix(self.work()).unwrap().to_str().unwrap();
            let place = inside.rsplit_once('/').map_or("", |(place, _)| place);
            let expected = path.is_dir()
                || matches!(place, "state/rotations" | "state/locks") && !inside.contains(".twcred-")
                || inside == "repos.env"
                || beside.iter().any(|one| inside == format!("state/sealed/{}.sealed", one.begun().id))
                || self.scenario.beside.is_some_and(|beside| inside == beside.file())
                || inside == "out.json" && self.scenario.json;
            if !expected {
                broken.push(format!("{inside} is left"));
            }
        }
        broken.extend(self.judge_json(&held));
        broken.extend(self.judge_beside_end());
        broken
    }

    /// That the second sink holds the pair, if there is one.
    fn judge_json(&self, held: &KeyPair) -> Option<String> {
        if !self.scenario.json {
            return None;
        }
        let bytes = std::fs::read(self.work().join("out.json")).unwrap_or_default();
        let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let same = json["api_key"] == held.sid.as_str() && json["api_secret"] == exposed(&held.secret);
        (!same).then(|| "out.json does not hold the pair".to_owned())
    }

    fn then(&self) -> Then {
        self.scenario.token.filter(|_| self.open_rotations() > 0).map_or(Then::Again, |tokens| tokens.then)
    }

    /// What the user would run after a kill, and what would succeed.
    pub(crate) fn again(&self) -> Option<&'static [&'static str]> {
        // What turns back, or promotes, is not begun again when it is over.
        if self.scenario.create.is_some() && self.is_created() {
            return None;
        }
        let once = self.scenario.outcome != Outcome::Rotated || self.scenario.finish == Some(&[]);
        match self.then() {
            Then::Resume => Some(RESUME),
            Then::Delete => Some(if self.is_promoted() { RESUME } else { DELETE }),
            Then::Again => (!once || self.open_rotations() > 0).then_some(self.scenario.run),
        }
    }

    /// Runs what the user would run again, to the end, and judges.
    pub(crate) fn heal(&self) -> Vec<String> {
        if self.then() == Then::Delete {
            return self.undo();
        }
        let mut broken = Vec::new();
        for args in self.again().into_iter().chain(self.scenario.finish.filter(|args| !args.is_empty())) {
            let output = self.run(args);
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.code() != Some(0) {
                broken.push(format!("the run after it ended with {}: {said}", output.status));
            }
            broken.extend(self.judge_instant());
        }
        broken.extend(self.judge_end());
        broken
    }

    /// Whether no key was made or revoked and the file is as it was. A rotation may have been begun.
    pub(crate) fn untouched(&self, start: &Saved) -> bool {
        let keys = |state: &State| state.keys(&account_sid('a')).map(|key| key.sid.clone()).collect::<Vec<_>>();
        let same = |name: &str| {
            let path = self.work().join(name);
            let found = std::fs::read(&path).ok();
            found == start.files.get(&path).and_then(|(_, bytes)| bytes.clone())
        };
        let tokens = |state: &State| {
            let account = state.account(&account_sid('a')).unwrap();
            (account.token.secret(), account.secondary.is_some())
        };
        same("repos.env")
            && self.token_files().into_iter().all(same)
            && self.world.sandbox.with_state(|state| tokens(state)) == tokens(&start.twilio)
            && self.world.sandbox.with_state(|state| keys(state)) == keys(&start.twilio)
    }

    /// Two states with the same print are the same to the run that comes next.
    pub(crate) fn print(&self) -> String {
        let mut sids: Vec<String> = Vec::new();
        let mut print = String::new();
        for (sid, name) in self.live() {
            let _ = writeln!(print, "{sid} {}", if name.marker().is_some() { "marked" } else { name.as_str() });
            sids.push(sid.to_string());
        }
        if self.scenario.token.is_some() {
            let (primary, secondary) = self.at_twilio();
            let of = |token: Option<Secret>| token.map(|token| (token == primary, Some(token) == secondary));
            let held: Vec<_> = self.tokens().into_iter().map(|(at, tokens)| (at, tokens.map(of))).collect();
            let _ = writeln!(print, "{} {} {held:?}", exposed(&primary) == token(), secondary.is_some());
            let _ = writeln!(print, "{} entries", self.entries().len());
        }
        for path in self.tree() {
            let inside = path.strip_prefix(self.work()).unwrap().to_str().unwrap();
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let shown = match path.extension().and_then(|kind| kind.to_str()) {
                Some("jsonl") => journal(&text),
                Some("lock" | "sealed" | "rollback" | "successor") => format!("{} bytes", bytes.len().min(1)),
                Some("toml") => format!("{} left over", text.matches("[[leftover]]").count()),
                _ => {
                    let line = text.lines().find(|line| line.contains("SK"));
                    format!("{} bytes: {}", bytes.len(), line.unwrap_or_default())
                }
            };
            // Rotations and temporary files have names of chance.
            let name = match (inside.split_once(".twcred-"), inside.rsplit_once('/'), inside.rsplit_once('.')) {
                (Some((name, _)), None, _) => name.to_owned(),
                (_, Some((place, _)), Some((_, kind))) => format!("{place}/{kind}"),
                _ => inside.to_owned(),
            };
            let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
            let _ = writeln!(print, "{name} {mode:o} {shown}");
        }
        for (at, sid) in sids.iter().enumerate() {
            print = print.replace(sid, &format!("key {at}"));
        }
        print
    }
}

/// A journal without what differs from run to run.
fn journal(text: &str) -> String {
    let records = text.split_inclusive('\n').map(|line| match serde_json::from_str::<Value>(line) {
        Ok(record) => format!("{} {} {}", record["record"], record["sink"], record["outcome"]),
        Err(_) => "torn".to_owned(),
    });
    records.collect::<Vec<_>>().join(", ")
}

/// Runs to the end; a run that hangs is killed and says so by its status.
pub(crate) fn finish(mut command: Command) -> Output {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.wait_with_output().unwrap()
}

/// Writes a file with a mode of its own.
pub(crate) fn write(path: &Path, mode: u32, bytes: &[u8]) {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(mode).open(path).unwrap().write_all(bytes).unwrap();
}
