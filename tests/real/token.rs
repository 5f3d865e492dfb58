//! A token rotated by the built program, and then tried by the official clients, Python's and Node's.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Sample, Tools, run};

/// Rotates the sample account's token in an env file: staged first, then the rest. What the scripts are told.
fn rotated(sample: &Sample) -> String {
    let home = tempfile::tempdir().unwrap();
    let (old, (sid, secret)) = (sample.token(), sample.key("standard"));
    let account = sample.account();
    let text = format!(
        "TWILIO_ACCOUNT_SID={account}\nTWILIO_AUTH_TOKEN={old}\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\n"
    );
    let file = home.path().join("repos.env");
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true).mode(0o600).open(&file).unwrap().write_all(text.as_bytes()).unwrap();
    let twcred = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).current_dir(home.path());
        command.args(arguments).args(["--env-file", "repos.env", "--api-url", &sample.sandbox.url()]);
        run(&mut command, "").succeeded(&arguments.join(" "));
    };
    twcred(&["token", "create"]);
    let staged = value_of(&file, "TWILIO_AUTH_TOKEN_SECONDARY");
    twcred(&["token", "rotate", "--yes", "--propagation", "0"]);
    let new = value_of(&file, "TWILIO_AUTH_TOKEN");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text.replace(&old, &new));
    let mut told: Value = serde_json::from_str(&sample.for_script(&sample.sandbox.url(), false)).unwrap();
    for (name, value) in [("old", old), ("new", new), ("staged", staged)] {
        told[name] = value.into();
    }
    told.to_string()
}

fn value_of(file: &Path, variable: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{variable} is not in the file")).to_owned()
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
