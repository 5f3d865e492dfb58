//! A Secret Service of the stage's own, and runs killed at what they say to it.
//!
//! strace tells the calls of a thread by their number, and twcred asks the keyring on a thread for each question. So the
//! messages are counted where they pass: between the program and the bus stands a socket that lets a message through, or
//! not, has the program killed, and lets no answer through any more.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::stage::places::Keyring;
use crate::stage::{Scenario, Stage, write};
use crate::strace::Struck;
use crate::sweep::{Tally, full};

/// How long a keyring or a run may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a session is made of.
const PROGRAMS: [&str; 5] = ["gnome-keyring-daemon", "dbus-run-session", "dbus-daemon", "dbus-send", "secret-tool"];

/// Whether the programs of a session are here; if they are not, that is said.
pub(crate) fn is_there() -> bool {
    let path = search_path();
    let missing = PROGRAMS.iter().find(|name| !std::env::split_paths(&path).any(|dir| dir.join(name).is_file()));
    if let Some(missing) = missing {
        crate::support::skipped("a token in a keyring", &format!("there is no {missing}"));
    }
    missing.is_none()
}

/// A stage with a keyring of its own, if the scenario has one.
pub(crate) fn stage(scenario: &'static Scenario) -> Stage {
    if scenario.token.is_some_and(|tokens| tokens.keyring) { staged(scenario).0 } else { Stage::new(scenario) }
}

fn staged(scenario: &'static Scenario) -> (Stage, Arc<Session>) {
    let session = Arc::new(Session::start());
    (Stage::with(scenario, Some(Box::new(session.clone()))), session)
}

/// Kills a run before each message to the keyring, and after it; runs it again.
pub(crate) fn at_every_message(scenario: &'static Scenario) {
    let since = Instant::now();
    let (stage, session) = staged(scenario);
    let start = stage.save();
    session.arm(None);
    let output = stage.run(scenario.run);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = session.gate().seen;
    assert!(count > 20, "only {count} messages");
    let mut tally = Tally::default();
    // Without the whole campaign, one in so many.
    let step = if full() { 1 } else { 59 };
    for (n, after) in (1..=count).flat_map(|n| [(n, false), (n, true)]).step_by(step) {
        stage.restore(&start);
        session.arm(Some((n, after)));
        let output = session.kill(&stage, scenario.run);
        let reached = session.gate().reached;
        session.arm(None);
        stage.settle();
        let mut broken = stage.judge_instant();
        broken.extend(stage.heal());
        let point = format!("message {n} {}", if after { "sent" } else { "held back" });
        tally.add(&point, &Struck { output, at: reached.then(|| point.clone()) }, broken);
    }
    let what = if full() { "killed at every message" } else { "killed at a message, a sample" };
    tally.show(scenario, what, since);
}

/// What passes, and what is to be struck.
#[derive(Default)]
struct Gate {
    /// So many messages have come from the program.
    seen: usize,
    /// At which of them it is killed, and whether that one still passes.
    strike: Option<(usize, bool)>,
    reached: bool,
}

/// A bus and a keyring on it, until it goes out of scope.
struct Session {
    dir: TempDir,
    server: Child,
    gate: Arc<Mutex<Gate>>,
}

impl Session {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["run", "home"] {
            std::fs::DirBuilder::new().mode(0o700).create(dir.path().join(name)).unwrap();
        }
        let at = |name: &str| dir.path().join(name);
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth><policy \
             context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow \
             own=\"*\"/></policy></busconfig>\n",
            at("bus").display()
        );
        write(&at("bus.conf"), 0o600, config.as_bytes());
        let mut command = bare("dbus-run-session", dir.path());
        command.arg(format!("--config-file={}", at("bus.conf").display())).args(["--", "sh"]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/keyring/session.sh")).arg("unlocked");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().unwrap();
        let said = BufReader::new(server.stdout.take().unwrap());
        assert!(said.lines().any(|line| line.unwrap() == "ready"), "the keyring does not start");
        let gate = Arc::new(Mutex::new(Gate::default()));
        listen(&at("gate"), at("bus"), &gate);
        Self { dir, server, gate }
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arm(&self, strike: Option<(usize, bool)>) {
        *self.gate() = Gate { strike, ..Gate::default() };
    }

    /// Runs until the message has come, and kills.
    fn kill(&self, stage: &Stage, args: &[&str]) -> Output {
        let mut command = stage.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (mut child, since) = (command.spawn().unwrap(), Instant::now());
        while child.try_wait().unwrap().is_none() {
            if self.gate().reached || since.elapsed() > PATIENCE {
                child.kill().unwrap();
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.wait_with_output().unwrap()
    }

    fn secret_tool(&self, args: &[&str], input: &str) -> String {
        let mut command = bare("secret-tool", self.dir.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.dir.path().join("bus").display()));
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        format!("{}{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

impl Keyring for Arc<Session> {
    fn address(&self) -> String {
        format!("unix:path={}", self.dir.path().join("gate").display())
    }

    fn entries(&self) -> BTreeMap<String, String> {
        let found = self.secret_tool(&["search", "--all", "service", "twcred"], "");
        let names = found.lines().filter_map(|line| line.strip_prefix("attribute.username = "));
        let held = |name: &str| self.secret_tool(&["lookup", "service", "twcred", "username", name], "");
        names.map(|name| (name.to_owned(), held(name))).collect()
    }

    fn restore(&self, entries: &BTreeMap<String, String>) {
        let now = self.entries();
        for name in now.keys().filter(|name| !entries.contains_key(*name)) {
            self.secret_tool(&["clear", "service", "twcred", "username", name], "");
        }
        for (name, value) in entries.iter().filter(|(name, value)| now.get(*name) != Some(value)) {
            self.secret_tool(&["store", "--label=twcred", "service", "twcred", "username", name], value);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It ends with its input; the keyring goes with it.
        drop(self.server.stdin.take());
        let since = Instant::now();
        while matches!(self.server.try_wait(), Ok(None)) && since.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Serves what the program connects to, and passes on to the bus. The threads end with their connections.
fn listen(at: &Path, bus: PathBuf, gate: &Arc<Mutex<Gate>>) {
    let (listener, gate) = (UnixListener::bind(at).unwrap(), gate.clone());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(bus)) = (client, UnixStream::connect(&bus)) else { continue };
            let (back, there) = (client.try_clone().unwrap(), bus.try_clone().unwrap());
            let (up, down) = (gate.clone(), gate.clone());
            std::thread::spawn(move || pass_up(client, there, &up));
            std::thread::spawn(move || pass_down(bus, back, &down));
        }
    });
}

/// Counts what the program says, and passes it on until the program is struck.
fn pass_up(mut client: UnixStream, mut bus: UnixStream, gate: &Mutex<Gate>) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.seen += 1;
        let struck = gate.strike.filter(|(n, _)| gate.seen == *n);
        let passes = !gate.reached && struck.is_none_or(|(_, after)| after);
        gate.reached |= struck.is_some();
        if passes && bus.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = bus.shutdown(Shutdown::Both);
}

/// Passes answers on. Once the program is struck it is not to learn anything more.
fn pass_down(mut bus: UnixStream, mut client: UnixStream, gate: &Mutex<Gate>) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = bus.read(&mut bytes) {
        let struck = gate.lock().unwrap_or_else(PoisonError::into_inner).reached;
        if !struck && client.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// A program in an environment that holds nothing of the caller's but the search path.
fn bare(program: &str, dir: &Path) -> Command {
    let mut command = Command::new("env");
    command.env_clear().env("PATH", search_path()).env("LANG", "C.UTF-8");
    command.env("HOME", dir.join("home")).env("XDG_RUNTIME_DIR", dir.join("run")).current_dir(dir).arg(program);
    command
}

#[expect(clippy::disallowed_methods, reason = "the worlds of the tests have a search path of their own")]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
