//! A desktop session without a desktop: a D-Bus, a GNOME Keyring on it, and the program in it.

use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Ran, Sample, Server, Tools, run};

/// What is on the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Bus,
    /// A keyring that is open.
    Unlocked,
    /// A keyring that is closed; none at all where none was made before.
    Locked,
}

/// A home that outlives sessions.
pub(super) struct Home {
    tools: Tools,
    dir: tempfile::TempDir,
}

impl Home {
    /// A new one, if the tools are there.
    pub(super) fn new() -> Option<Self> {
        let tools = Tools::with_keyring()?;
        let dir = tempfile::tempdir().unwrap();
        // Without folders of services nobody is started on demand: what is not started by the test is not there.
        let config = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
                      \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>session</type>\
                      <listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><policy context=\"default\">\
                      <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
                      </policy></busconfig>\n";
        std::fs::write(dir.path().join("bus.conf"), config).unwrap();
        for name in ["run", "home"] {
            std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
                .create(dir.path().join(name))
                .unwrap();
        }
        Some(Self { tools, dir })
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("home")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// A session in this home.
    pub(super) fn session(&self, kind: Kind) -> Session<'_> {
        let mut command = self.bare("dbus-run-session");
        command.arg(format!("--config-file={}", self.dir.path().join("bus.conf").display())).args(["--", "sh"]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/keyring/session.sh"));
        command.arg(match kind {
            Kind::Bus => "bus",
            Kind::Unlocked => "unlocked",
            Kind::Locked => "locked",
        });
        let (mut address, mut daemon) = (String::new(), None);
        let server = Server::start_with(&mut command, |line| {
            if let Some(said) = line.strip_prefix("address ") {
                said.clone_into(&mut address);
            }
            if let Some(said) = line.strip_prefix("daemon ") {
                daemon = said.parse().ok();
            }
            line == "ready"
        });
        Session { home: self, address, daemon: daemon.and_then(Pid::from_raw), server: Some(server) }
    }

    /// A program in an environment that holds nothing of the caller's.
    fn bare(&self, program: &str) -> Command {
        let mut command = self.tools.on_path(program);
        command.env("HOME", self.path()).env("XDG_RUNTIME_DIR", self.dir.path().join("run"));
        command.current_dir(self.path());
        command
    }

    /// twcred, outside of any session.
    pub(super) fn twcred(&self, sample: &Sample, args: &[&str]) -> Command {
        let mut command = self.bare("true");
        let mut twcred = Command::new(env!("CARGO_BIN_EXE_twcred"));
        std::mem::swap(&mut command, &mut twcred);
        command.env_clear().envs(twcred.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("TWCRED_API_URL", sample.sandbox.url()).current_dir(self.path()).args(args);
        command
    }
}

/// A session, which ends when it goes out of scope.
pub(super) struct Session<'a> {
    home: &'a Home,
    address: String,
    daemon: Option<Pid>,
    server: Option<Server>,
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end();
        }
    }
}

impl Session<'_> {
    /// twcred in this session.
    pub(super) fn command(&self, sample: &Sample, args: &[&str]) -> Command {
        let mut command = self.home.twcred(sample, args);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    pub(super) fn twcred(&self, sample: &Sample, args: &[&str], input: &str) -> Ran {
        let ran = run(&mut self.command(sample, args), input);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(&sample.token()), "the token is shown: {text}");
        }
        ran
    }

    /// twcred, killed at its n-th call of some kernel calls; it comes to its end if there are not so many.
    pub(super) fn killed_at(&self, sample: &Sample, calls: &str, n: usize, args: &[&str]) -> Ran {
        let mut command = self.home.bare("strace");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).env("TWCRED_API_URL", sample.sandbox.url());
        command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e"]);
        command.arg(format!("inject={calls}:signal=KILL:when={n}")).arg(env!("CARGO_BIN_EXE_twcred")).args(args);
        run(&mut command, "")
    }

    #[track_caller]
    pub(super) fn done(&self, sample: &Sample, args: &[&str], input: &str) -> Value {
        let ran = self.twcred(sample, &[args, &["--json"]].concat(), input);
        assert!(ran.status.success(), "twcred {args:?}: {}\n{}{}", ran.status, ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
    }

    /// Fails the test unless the program exits so, and says this.
    #[track_caller]
    pub(super) fn refused(&self, sample: &Sample, args: &[&str], input: &str, exit: i32, says: &str) -> Ran {
        let ran = self.twcred(sample, args, input);
        assert_eq!(ran.status.code(), Some(exit), "twcred {args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(says), "expected {says:?} in: {}", ran.stderr);
        ran
    }

    /// Adds a key of the sample as a profile.
    #[track_caller]
    pub(super) fn add(&self, sample: &Sample, name: &str, key: &str) -> String {
        let (sid, secret) = sample.key(key);
        let account = sample.account().to_string();
        self.done(sample, &["profile", "add", name, "--account", &account, "--sid", &sid], &secret);
        sid
    }

    /// The key that a profile leads to, which must work.
    #[track_caller]
    pub(super) fn holds(&self, sample: &Sample, name: &str) -> String {
        self.done(sample, &["whoami", "-p", name], "")["sid"].as_str().unwrap().to_owned()
    }

    /// The name of a profile's entry, by the file of profiles.
    pub(super) fn entry(&self, name: &str) -> String {
        let book = self.home.read(".config/twcred/profiles.toml");
        let book: toml::Table = book.parse().unwrap();
        book["profile"][name]["entry"].as_str().unwrap().to_owned()
    }

    /// Another program that reads the keyring.
    pub(super) fn secret_tool(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.home.bare("secret-tool");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).args(args);
        run(&mut command, input)
    }

    /// What another program reads under a name.
    pub(super) fn looked_up(&self, entry: &str) -> String {
        self.secret_tool(&["lookup", "service", "twcred", "username", entry], "").stdout
    }

    /// The names of all entries of ours, as another program finds them.
    pub(super) fn entries(&self) -> Vec<String> {
        let found = self.secret_tool(&["search", "--all", "service", "twcred"], "");
        let said = format!("{}{}", found.stdout, found.stderr);
        let names = said.lines().filter_map(|line| line.strip_prefix("attribute.username = "));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    }

    /// Has the keyring hang.
    pub(super) fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Has it go on.
    pub(super) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.daemon.expect("there is a keyring"), signal).unwrap();
    }
}
