//! A token rotated by the built program, and then tried by the official clients, Python's and Node's.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Sample, Tools, run};

/// A home with an env file that holds the sample account's token and a key of it.
pub(crate) struct Home {
    folder: TempDir,
    /// What the file held at first.
    pub(crate) text: String,
}

impl Home {
    pub(crate) fn new(sample: &Sample) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (token, (sid, secret)) = (sample.token(), sample.key("standard"));
        let text = format!(
            "TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={token}\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\n",
            sample.account()
        );
        let mut options = std::fs::OpenOptions::new();
        let file = options.create_new(true).write(true).mode(0o600).open(folder.path().join("repos.env"));
        file.unwrap().write_all(text.as_bytes()).unwrap();
        Self { folder, text }
    }

    /// Runs the built program on the file.
    pub(crate) fn twcred(&self, sample: &Sample, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path());
        command.current_dir(self.folder.path());
        command.args(arguments).args(["--env-file", "repos.env", "--api-url", &sample.sandbox.url()]);
        run(&mut command, "").succeeded(&arguments.join(" "));
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

/// Rotates the sample account's token in an env file: staged first, then the rest. What the scripts are told.
fn rotated(sample: &Sample) -> String {
    let (home, old) = (Home::new(sample), sample.token());
    home.twcred(sample, &["token", "create"]);
    let staged = value_of(&home.read("repos.env"), "TWILIO_AUTH_TOKEN_SECONDARY").unwrap();
    home.twcred(sample, &["token", "rotate", "--yes", "--propagation", "0"]);
    let new = value_of(&home.read("repos.env"), "TWILIO_AUTH_TOKEN").unwrap();
    assert_eq!(home.read("repos.env"), home.text.replace(&old, &new));
    let mut told: Value = serde_json::from_str(&sample.for_script(&sample.sandbox.url(), false)).unwrap();
    for (name, value) in [("old", old), ("new", new), ("staged", staged)] {
        told[name] = value.into();
    }
    told.to_string()
}

/// What a variable of an env file holds, if it is there.
pub(crate) fn value_of(text: &str, variable: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix('=')).map(str::to_owned)
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_python_takes_the_new_token_and_is_refused_with_the_old() {
    let Some(tools) = Tools::with_python() else { return };
    let sample = Sample::start(0);
    let told = rotated(&sample);
    run(&mut tools.python("rotated.py"), &told).succeeded("rotated.py");
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn twilio_node_takes_the_new_token_and_is_refused_with_the_old() {
    let Some(tools) = Tools::with_node() else { return };
    let sample = Sample::start(0);
    let told = rotated(&sample);
    run(&mut tools.node("rotated.js"), &told).succeeded("rotated.js");
}
