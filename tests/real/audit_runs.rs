//! What `twcred audit` starts, as the kernel is asked for it: git, and nothing else, whatever lies beside the file.

use std::process::Command;

use crate::lab::{Lab, is_root, said};
use crate::support::{Tools, skipped};

/// Files by which a folder asks programs to run something.
const ASKING: &[(&str, &str)] = &[
    ("package.json", r#"{"name":"x","version":"1.0.0","scripts":{"prepare":"sh run","prepack":"sh run"}}"#),
    ("Cargo.toml", "[package]\nname = \"x\"\nversion = \"0.1.0\"\nbuild = \"build.rs\"\n"),
    ("build.rs", "fn main() {}\n"),
    ("setup.py", "import os; os.system('sh run')\n"),
    ("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = \"run\"\n"),
    ("Dockerfile", "FROM scratch\nCOPY . .\nRUN sh run\n"),
    ("Makefile", "include .env\nX := $(shell sh run)\n"),
    (".envrc", "sh run\nsource repos.env\n"),
    ("start.sh", "export $(cat repos.env | xargs)\nsource repos.env\n"),
    (".gitattributes", "* filter=run diff=run\n"),
];

#[test]
#[ignore = "needs tools that tests/run installs"]
fn nothing_but_git_is_started() {
    let Some(tools) = Tools::with_programs(&["strace", "git"]) else { return };
    // The program lets nobody look into its memory, where the names of what it starts are.
    if !is_root() {
        return skipped("what an audit starts", "needs root, who may trace a program that keeps secrets");
    }
    let lab = Lab::root();
    lab.dir("app", 0o700);
    let run = lab.file("run", "#!/bin/sh\nexit 0\n", 0o700).display().to_string();
    for (name, text) in ASKING {
        lab.file(&format!("app/{name}"), text, 0o600);
    }
    // A value that only a shell would run.
    lab.file("app/repos.env", format!("TWILIO_API_SECRET={}\nA=$(sh run)\n", "Zq3xPb81LmT0yWcR".repeat(2)), 0o600);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        lab.as_he(&mut git);
        git.current_dir(lab.at("app")).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
        assert_eq!(said(&mut git).code, Some(0), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    for name in ["core.fsmonitor", "filter.run.clean", "diff.run.textconv", "diff.external", "core.pager"] {
        git(&["config", name, &run]);
    }
    for args in [
        &["audit", "app/repos.env", "--pedantic"][..],
        &["audit", "app", "--copies", "app", "--history"],
        &["audit", "app/repos.env", "--fix", "--unsafe-fixes"],
    ] {
        let log = lab.beside("log");
        std::fs::write(&log, "").unwrap();
        crate::lab::chmod(&log, 0o666);
        let audit = lab.command(args);
        let strace = tools.on_path("strace");
        // The tools' path, and the user's own environment for what strace starts.
        let path =
            strace.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path.map(ToOwned::to_owned));
        let mut traced = Command::new("env");
        lab.as_he(&mut traced);
        traced.env("PATH", path.unwrap()).args(["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o"]).arg(&log);
        let ran = said(traced.arg(audit.get_program()).args(audit.get_args()));
        assert!(matches!(ran.code, Some(0 | 3)), "{args:?} {ran:?}");
        let log = std::fs::read_to_string(&log).unwrap();
        let started: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("exec") && !line.contains("= -1 "))
            .filter_map(|line| line.split('"').nth(1))
            .collect();
        let (own, others): (Vec<&str>, Vec<&str>) =
            started.into_iter().partition(|program| program.starts_with("/proc/self/fd/"));
        assert_eq!(own.len(), 1, "{log}");
        assert!(others.iter().all(|program| program.ends_with("/git")), "{args:?} {log}");
        assert!(others.len() >= 2, "the trace tells of git: {log}");
    }
}
