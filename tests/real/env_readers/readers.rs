//! The readers: each is started once for many files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::support::{Tools, run};

/// What a reader sees in a file; of a reader that gives up, what it saw until then.
pub(super) type Vars = BTreeMap<String, String>;

/// What one reader sees in each of the files.
pub(super) struct Reading {
    pub(super) reader: String,
    pub(super) files: Vec<Vars>,
}

/// The variables that every reader finds in its environment.
pub(super) const ENVIRONMENT: [(&str, &str); 4] =
    [("AMBIENT", "ambient"), ("HOME", "/home/u"), ("LC_ALL", "C.UTF-8"), ("PATH", "/usr/bin:/bin")];

/// Shells, each with what it does with `$file`. They find no command to run, except where the idiom needs them.
const SHELLS: [(&str, &str, &str, &str); 4] = [
    ("bash", "bash", "/nowhere", "set -a; . \"$file\""),
    ("dash", "dash", "/nowhere", "set -a; . \"$file\""),
    ("zsh", "zsh", "/nowhere", "set -a; . \"$file\""),
    ("xargs", "bash", "/usr/bin:/bin", "export $(grep -v '^#' \"$file\" | xargs)"),
];

/// How many there are.
pub(super) const READERS: usize = SHELLS.len() + 2 + 4 + 1;

/// Asks every reader about every file.
pub(super) fn read(python: &Tools, node: &Tools, files: &[Vec<u8>]) -> Vec<Reading> {
    let dir = tempfile::tempdir().unwrap();
    let (folder, empty) = (dir.path().join("files"), dir.path().join("empty"));
    fs::create_dir(&folder).unwrap();
    fs::create_dir(&empty).unwrap();
    for (n, bytes) in files.iter().enumerate() {
        fs::write(folder.join(format!("{n}.env")), bytes).unwrap();
    }
    let ready = |mut command: Command| {
        command.env_clear().envs(ENVIRONMENT).current_dir(&empty);
        command
    };
    let libraries = [ready(python.python("env_readers.py")), {
        let mut command = ready(node.node("env_readers.js"));
        command.env("NODE_PATH", node.node_modules());
        command
    }];
    let (folder, empty) = (&folder, &empty);
    let readings: Vec<Reading> = thread::scope(|scope| {
        let libraries = libraries.map(|command| scope.spawn(move || library(command, folder)));
        let shells = SHELLS.map(|(reader, program, path, load)| {
            let mut command = python.program(program);
            command.env_clear().envs(ENVIRONMENT).env("PATH", path).current_dir(empty);
            scope.spawn(move || shell(reader, command, load, folder, files.len()))
        });
        let ours = Reading { reader: "dotenvy".to_owned(), files: files.iter().map(|bytes| dotenvy(bytes)).collect() };
        let mut readings = vec![ours];
        readings.extend(shells.into_iter().map(|shell| shell.join().unwrap()));
        readings.extend(libraries.into_iter().flat_map(|library| library.join().unwrap()));
        readings
    });
    assert_eq!(readings.len(), READERS);
    for Reading { reader, files: read } in &readings {
        assert_eq!(read.len(), files.len(), "{reader} answers for every file");
    }
    readings
}

fn library(mut command: Command, folder: &Path) -> Vec<Reading> {
    let ran = run(command.arg(folder), "");
    assert!(ran.status.success(), "{}", ran.stderr);
    let vars = |file: &Value| {
        let all = file.as_object().into_iter().flatten();
        all.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
    };
    let reading = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let files = line["files"].as_array().unwrap().iter().map(vars).collect();
        Reading { reader: line["reader"].as_str().unwrap().to_owned(), files }
    };
    ran.stdout.lines().map(reading).collect()
}

/// One shell for all files, with a subshell for each; what it sees is in the environment of what it starts at its end.
/// Of the first, an empty file, comes what is in every environment.
fn shell(reader: &str, mut command: Command, load: &str, folder: &Path, files: usize) -> Reading {
    let script = format!(
        "exec 3>&1 >/dev/null 2>&1 </dev/null
        for file in /dev/null \"$@\"; do (trap '/usr/bin/env -0 >&3' EXIT; {load}); /usr/bin/printf '\\0' >&3; done"
    );
    let args = (0..files).map(|n| folder.join(format!("{n}.env")));
    let ran = run(command.arg("-c").arg(script).arg("shell").args(args), "");
    let mut all: Vec<Vars> = vec![Vars::new()];
    for record in ran.stdout.split_terminator('\0') {
        if record.is_empty() {
            all.push(Vars::new());
        } else if let Some((name, value)) = record.split_once('=') {
            all.last_mut().unwrap().insert(name.to_owned(), value.to_owned());
        }
    }
    all.pop();
    let base = all.remove(0);
    assert!(!base.is_empty(), "{reader} has an environment: {}", ran.stderr);
    for vars in &mut all {
        vars.retain(|name, value| name != "_" && base.get(name) != Some(value));
    }
    Reading { reader: reader.to_owned(), files: all }
}

fn dotenvy(bytes: &[u8]) -> Vars {
    dotenvy::from_read_iter(bytes).map_while(Result::ok).collect()
}
