//! The tools that `tests/run` installs, and what a test does if one is missing.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the tools are.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    dir: PathBuf,
}

impl Tools {
    /// The tools, if all the named files are there (paths below the tools' directory).
    ///
    /// Under `tests/run` a missing one is noted in the list of what could not be run, and the caller returns; otherwise
    /// the test fails, since nobody would read the list.
    fn with(needed: &[&str], what: &str) -> Option<Self> {
        Self::that(what, |tools| needed.iter().all(|file| tools.dir.join(file).exists()))
    }

    fn that(what: &str, are_there: impl FnOnce(&Self) -> bool) -> Option<Self> {
        let dir = std::env::var_os("TWCRED_TEST_TOOLS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools"), PathBuf::from);
        let tools = Self { dir };
        if are_there(&tools) {
            return Some(tools);
        }
        let dir = tools.dir;
        assert!(
            std::env::var_os("TWCRED_TEST_SKIPPED").is_some(),
            "{what} is not in {}: run tests/run, which installs it",
            dir.display()
        );
        skipped(what, "could not be installed");
        None
    }

    /// The tools, if the official Python client is among them.
    pub(crate) fn with_python() -> Option<Self> {
        Self::with(&["venv/stamp"], "twilio-python")
    }

    /// The tools, if Node and its packages are among them: the official client, Prism, the OpenAPI files.
    pub(crate) fn with_node() -> Option<Self> {
        Self::with(&["bin/node", "node/stamp"], "Node with twilio-node, Prism and the OpenAPI files")
    }

    /// The tools, if GNOME Keyring, a D-Bus for it and a program that reads it are among them: the machine's own, or
    /// unpacked ones.
    pub(crate) fn with_keyring() -> Option<Self> {
        Self::with_programs(&["gnome-keyring-daemon", "dbus-run-session", "dbus-daemon", "dbus-send", "secret-tool"])
    }

    /// The tools, if these programs of the machine's packages are among them: the machine's own, or unpacked ones.
    pub(crate) fn with_programs(programs: &[&str]) -> Option<Self> {
        Self::that(&programs.join(", "), |tools| {
            programs.iter().all(|program| std::env::split_paths(&tools.path()).any(|dir| dir.join(program).exists()))
        })
    }

    /// Where programs of the machine's packages are looked for.
    fn path(&self) -> String {
        format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", self.dir.join("bin").display())
    }

    /// A program of the machine's packages, in an environment that holds nothing of the caller's.
    pub(crate) fn on_path(&self, program: &str) -> Command {
        let mut command = Command::new("env");
        command.env_clear().env("PATH", self.path()).env("LANG", "C.UTF-8").arg(program);
        command
    }

    /// A command that runs one of `tests/real/python/*.py`.
    pub(crate) fn python(&self, script: &str) -> Command {
        let mut command = self.bare("venv/bin/python");
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg("-W").arg("error::DeprecationWarning:__main__");
        command.arg(here().join("python").join(script));
        command
    }

    /// A command that runs one of `tests/real/node/*.js`.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = self.bare("bin/node");
        command.env("NODE_PATH", self.node_modules()).arg(here().join("node").join(script));
        command
    }

    /// Cargo, which built this test, in an environment without proxies and credentials. It fetches nothing.
    pub(crate) fn cargo() -> Command {
        let mut command = Command::new(env!("CARGO"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"TWILIO_")) {
            command.env_remove(name);
        }
        command.arg("--offline");
        command
    }

    /// A folder of the tools' own, for what is built once.
    pub(crate) fn folder(name: &str) -> PathBuf {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools").join(name);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    /// One of Twilio's OpenAPI files.
    pub(crate) fn openapi(&self, name: &str) -> PathBuf {
        self.node_modules().join("@twilio/cli-core/src/services/twilio-api").join(name)
    }

    /// Where Node finds the packages.
    pub(crate) fn node_modules(&self) -> PathBuf {
        self.dir.join("node/node_modules")
    }

    /// A program of the system, or one that was unpacked beside the tools.
    pub(crate) fn program(&self, name: &str) -> Command {
        let unpacked = self.dir.join("bin").join(name);
        let installed = Path::new("/usr/bin").join(name);
        Command::new(if unpacked.exists() { unpacked } else { installed })
    }

    /// A program in an environment that holds nothing of the caller's: no proxy, no credential.
    fn bare(&self, program: &str) -> Command {
        let mut command = Command::new(self.dir.join(program));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &self.dir).env("LANG", "C.UTF-8");
        command
    }
}

/// Notes in the list of what could not be run, which fails in CI, that this machine did not let a test try something;
/// without a list it says so on stderr.
pub(crate) fn skipped(what: &str, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("real {test}: {what} {why}\n");
    let Some(list) = std::env::var_os("TWCRED_TEST_SKIPPED") else {
        assert!(std::env::var_os("CI").is_none(), "{line}");
        let _ = std::io::stderr().write_all(line.as_bytes());
        return;
    };
    let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
    // In one write: the tests of a binary run side by side.
    list.write_all(line.as_bytes()).unwrap();
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real")
}
