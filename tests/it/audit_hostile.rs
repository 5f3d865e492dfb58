//! `twcred audit` within repositories that try to make git run something: nothing of it runs, and what is said of the
//! file stays right or is "cannot tell".
//!
//! Every door has a canary of its own, a script that notes its name. That the doors work is shown by going through them
//! with git itself.

#![expect(clippy::disallowed_methods, reason = "a test makes the files it needs")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use crate::support::lab::{Lab, findings, said};
use crate::support::secret;
use crate::support::trap::{COMMANDS, HOOKS, PROMISED, traps};

#[test]
fn the_doors_work_for_git_itself() {
    for trap in traps() {
        trap.configure("app/.git/config", &trap.configuration());
        trap.arm("app/.git");
        trap.lab.file("app/tracked.env", "A=2\n", 0o600);
        let inner = trap.lab.at("near.git").display().to_string();
        let mut log = String::new();
        for args in [
            &["status"][..],
            &["ls-files"],
            &["check-ignore", "new.env"],
            &["add", "new.env"],
            &["-c", "filter.evil.required=false", "-c", "filter.evil.clean=", "add", "new.env"],
            &["checkout", "-q", "HEAD~1", "--", "old.env"],
            &["diff", "HEAD~1"],
            &["-c", "diff.external=", "diff", "HEAD~1"],
            &["diff", "--no-ext-diff", "HEAD~1"],
            &["log", "-1"],
            &["commit", "--allow-empty", "-m", "x"],
            &["-c", "commit.gpgSign=false", "commit", "--allow-empty"],
            &["-c", "commit.gpgSign=false", "commit", "--allow-empty", "-m", "x"],
            &["sprung"],
            &["cat-file", "-p", PROMISED],
            &["rev-list", "--objects", "promised"],
            &["ls-remote", "ssh://host.invalid/x"],
            &["ls-remote", "git://host.invalid/x"],
            &["ls-remote", "near"],
            &["fetch", "origin"],
            &["fetch", &inner],
            &["push", "near", "HEAD:refs/heads/y"],
        ] {
            let ran = trap.by_hand(&[&["-c", "user.name=t", "-c", "user.email=t@example.com"], args].concat());
            writeln!(log, "{args:?} {ran:?}").unwrap();
        }
        // Last, for a process that does not answer fails whatever looks at the file.
        trap.lab.file("app/x.slow", "x\n", 0o600);
        trap.by_hand(&["add", "x.slow"]);
        let mut ask = Command::new("sh");
        trap.lab.as_he(&mut ask);
        let fill = "printf 'protocol=https\\nhost=host.invalid\\n\\n' | git -C app credential fill";
        said(ask.args(["-c", fill]));
        let sprung = trap.sprung();
        for name in [
            "alias.sprung",
            "core.askPass",
            "core.editor",
            "core.fsmonitor",
            "core.gitProxy",
            "core.sshCommand",
            "credential.helper",
            "diff.evil.command",
            "diff.evil.textconv",
            "ext",
            "filter.evil.clean",
            "filter.evil.smudge",
            "filter.slow.process",
            "gpg.program",
            "post-checkout",
            "post-commit",
            "post-index-change",
            "pre-commit",
            "reference-transaction",
            "remote.near.receivepack",
            "remote.near.uploadpack",
        ] {
            assert!(sprung.contains(name), "{name} did not spring: {sprung:?}\n{log}");
        }
    }
}

/// Its own configuration, hooks, attributes, alternates and promises.
#[test]
fn a_repository_configures_nothing_that_runs() {
    for trap in traps() {
        trap.is_right("as it is");
        trap.configure("app/.git/config", &trap.configuration());
        trap.is_right("configured");
        trap.arm("app/.git");
        // The history has a hole now: what cannot be known is said to be unknown, and never to be well.
        let all = trap.audited();
        let of = |name: &str| all.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(of("tracked.env"), ["TW201 critical"]);
        for name in ["old.env", "new.env"] {
            assert!(of(name).contains(&"TW202 error".to_owned()), "{name} {:?}", of(name));
        }
        for hook in HOOKS {
            std::fs::copy(trap.canary(hook), trap.lab.at("hooks").join(hook)).unwrap();
        }
        trap.configure("app/.git/config", &format!("[core]\n\thooksPath = {}\n", trap.lab.at("hooks").display()));
        trap.audited();
    }
}

/// The same configuration by each of the ways by which git comes to it.
#[test]
fn a_configuration_that_is_included_runs_nothing() {
    for (at, how) in ["include", "includeIf", "worktree", "gitfile", "linked", "submodule"].into_iter().enumerate() {
        let traps = traps();
        // Each way with one of the users and versions in turn; all ways with all of them would be the same again.
        let count = traps.len();
        let trap = traps.into_iter().nth(at % count).unwrap();
        let (lab, text) = (&trap.lab, trap.configuration());
        lab.file("evil.cfg", &text, 0o600);
        let evil = lab.at("evil.cfg").display().to_string();
        match how {
            "include" => trap.configure("app/.git/config", &format!("[include]\n\tpath = {evil}\n")),
            "includeIf" => trap.configure("app/.git/config", &format!("[includeIf \"gitdir:**\"]\n\tpath = {evil}\n")),
            "worktree" => {
                trap.configure(
                    "app/.git/config",
                    "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tworktreeConfig = true\n",
                );
                trap.configure("app/.git/config.worktree", &text);
            }
            "gitfile" => {
                std::fs::rename(lab.at("app/.git"), lab.at("elsewhere/repository")).unwrap();
                lab.file("app/.git", format!("gitdir: {}\n", lab.at("elsewhere/repository").display()), 0o600);
                trap.configure("elsewhere/repository/config", &text);
            }
            "linked" => {
                trap.git(&["worktree", "add", "-q", "../linked", "HEAD"]);
                for name in ["old.env", "new.env", "ignored.env"] {
                    lab.file(&format!("linked/{name}"), format!("TWILIO_API_SECRET={}\n", secret('1')), 0o600);
                }
                std::fs::rename(lab.at("app"), lab.at("main")).unwrap();
                std::fs::rename(lab.at("linked"), lab.at("app")).unwrap();
                let name = lab.at("main/.git/worktrees/linked").display().to_string();
                lab.file("app/.git", format!("gitdir: {name}\n"), 0o600);
                trap.configure("main/.git/config", &text);
            }
            _ => {
                std::fs::rename(lab.at("app"), lab.at("inner")).unwrap();
                lab.dir("app", 0o700);
                trap.git(&["init", "-q"]);
                trap.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../inner", "sub"]);
                trap.git(&["commit", "-qm", "sub"]);
                for name in ["tracked.env", "old.env", "new.env", "ignored.env"] {
                    lab.file(&format!("app/{name}"), format!("TWILIO_API_SECRET={}\n", secret('1')), 0o600);
                    lab.file(&format!("app/sub/{name}"), format!("TWILIO_API_SECRET={}\n", secret('1')), 0o600);
                }
                trap.configure("app/.git/config", &text);
                trap.configure("app/.git/modules/sub/config", &text);
                let found = |name: &str| lab.found(&[&format!("app/sub/{name}"), "--select", "TW201,TW202,TW203"]).0;
                assert_eq!(found("tracked.env"), ["TW201 critical"]);
                assert_eq!(found("new.env"), ["TW202 error"]);
                assert_eq!(trap.sprung(), BTreeSet::new());
                trap.audited();
                continue;
            }
        }
        trap.is_right(how);
    }
}

/// A work tree that the configuration says is elsewhere is not taken for this one.
#[test]
fn a_repository_that_says_its_files_are_elsewhere() {
    for trap in traps() {
        trap.lab.file("elsewhere/tracked.env", "A=1\n", 0o600);
        let text = trap.configuration();
        for tree in
            [trap.lab.at("elsewhere").display().to_string(), "../../elsewhere".into(), "/".into(), "/nowhere".into()]
        {
            trap.lab.file("app/.git/config", format!("{text}[core]\n\tworktree = {tree}\n"), 0o600);
            let all = trap.audited();
            // Whatever the configuration says: the blob is in the index, and goes where the repository goes.
            for (name, codes) in all {
                let expected: &[&str] = match name.as_str() {
                    "tracked.env" => &["TW201 critical"],
                    "old.env" => &["TW202 error", "TW203 critical"],
                    "ignored.env" => &[],
                    _ => &["TW202 error"],
                };
                assert_eq!(codes, expected, "{tree}: {name}");
            }
        }
    }
}

/// What is no repository, with one in its place.
#[test]
fn a_bare_repository_in_the_way_runs_nothing() {
    for trap in traps() {
        let text = trap.configuration();
        // The work tree has the look of a bare repository, and its `.git` is none.
        for name in ["HEAD", "config", "objects", "refs"] {
            std::fs::rename(trap.lab.at("app/.git").join(name), trap.lab.at("app").join(name)).unwrap();
        }
        trap.configure("app/config", &format!("{text}[core]\n\tbare = true\n"));
        trap.audited();
        trap.lab.file("app/config", format!("{text}[core]\n\tbare = false\n\tworktree = .\n"), 0o600);
        trap.audited();
        // One for dotfiles, beside the home it keeps.
        trap.git(&["init", "-q", "--bare", "../.dotfiles"]);
        trap.configure(".dotfiles/config", &text);
        trap.audited();
    }
}

/// The caller's environment names programs too, and other repositories; git gets none of it.
#[test]
fn variables_of_git_do_not_get_through() {
    for trap in traps() {
        trap.lab.dir("decoy", 0o700);
        trap.git(&["init", "-q", "../decoy"]);
        trap.configure("decoy/.git/config", &trap.configuration());
        trap.lab.file("evil.cfg", trap.configuration(), 0o600);
        trap.lab.file("decoy/.gitignore", "*\n", 0o600);
        for command in COMMANDS {
            let path = trap.canary(&format!("git-{command}"));
            std::fs::copy(path, trap.lab.at("bin").join(format!("git-{command}"))).unwrap();
        }
        let at = |name: &str| trap.lab.at(name).display().to_string();
        let parameters = format!("'core.fsmonitor'='{}'", trap.canary("core.fsmonitor"));
        let monitor = trap.canary("core.fsmonitor");
        let named = [
            ("GIT_DIR", at("decoy/.git")),
            ("GIT_WORK_TREE", at("decoy")),
            ("GIT_COMMON_DIR", at("decoy/.git")),
            ("GIT_INDEX_FILE", at("decoy/.git/index")),
            ("GIT_OBJECT_DIRECTORY", at("decoy/.git/objects")),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", at("decoy/.git/objects")),
            ("GIT_CEILING_DIRECTORIES", at("app")),
            ("GIT_NAMESPACE", "x".into()),
            ("GIT_CONFIG", at("evil.cfg")),
            ("GIT_CONFIG_GLOBAL", at("evil.cfg")),
            ("GIT_CONFIG_SYSTEM", at("evil.cfg")),
            ("GIT_CONFIG_COUNT", "1".into()),
            ("GIT_CONFIG_KEY_0", "core.fsmonitor".into()),
            ("GIT_CONFIG_VALUE_0", monitor),
            ("GIT_CONFIG_PARAMETERS", parameters),
            ("GIT_EXEC_PATH", at("bin")),
            ("GIT_TEMPLATE_DIR", at("hooks")),
            ("GIT_LITERAL_PATHSPECS", "1".into()),
            ("GIT_ICASE_PATHSPECS", "1".into()),
            ("GIT_ATTR_SOURCE", "HEAD".into()),
            ("GIT_ALLOW_PROTOCOL", "ext:file".into()),
            ("GIT_PROTOCOL_FROM_USER", "1".into()),
        ];
        let programs = [
            "GIT_EXTERNAL_DIFF",
            "GIT_SSH_COMMAND",
            "GIT_SSH",
            "GIT_PROXY_COMMAND",
            "GIT_PAGER",
            "PAGER",
            "GIT_EDITOR",
            "GIT_SEQUENCE_EDITOR",
            "EDITOR",
            "VISUAL",
            "GIT_ASKPASS",
            "SSH_ASKPASS",
        ];
        let traces =
            ["GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF", "GIT_TRACE_SETUP", "GIT_TRACE_PACKET"];
        let programs: Vec<_> = programs.iter().map(|name| (*name, trap.canary(name))).collect();
        let traces: Vec<_> = traces.iter().map(|name| (*name, at("trace"))).collect();
        // The variables work: git itself looks into the decoy, runs the monitor and writes the trace.
        let env = |command: &mut Command| {
            command.envs(named.iter().chain(&programs).chain(&traces).map(|(name, value)| (name, value)));
        };
        let mut git = Command::new("git");
        trap.lab.as_he(&mut git);
        env(&mut git);
        git.env_remove("GIT_EXEC_PATH").env_remove("GIT_COMMON_DIR");
        said(git.current_dir(trap.lab.at("app")).arg("status"));
        assert!(trap.sprung().contains("core.fsmonitor"));
        std::fs::remove_file(trap.lab.at("trace")).unwrap();

        for (name, expected) in [
            ("tracked.env", &["TW201 critical"][..]),
            ("old.env", &["TW202 error", "TW203 critical"]),
            ("ignored.env", &[]),
            ("new.env", &["TW202 error"]),
        ] {
            let path = format!("app/{name}");
            let mut audit = trap.lab.command(&["audit", &path, "--json", "--select", "TW201,TW202,TW203"]);
            env(&mut audit);
            let ran = said(&mut audit);
            let codes: Vec<_> = findings(&ran).into_iter().map(|(code, _)| code).collect();
            assert_eq!(codes, expected, "{name} {ran:?}");
        }
        let mut audit = trap.lab.command(&["audit", "app/new.env", "--json", "--copies", "app", "--history"]);
        env(&mut audit);
        let ran = said(&mut audit);
        assert!(ran.out.contains("the secret stands in the history of a repository too"), "{ran:?}");
        assert_eq!(trap.sprung(), BTreeSet::new());
        assert!(!trap.lab.at("trace").exists(), "a trace was written");
    }
}

/// A configuration that includes a pipe lets git wait for ever. The run ends, and says what it was not told; each question
/// is given up after 2 seconds, and the next file asks such a repository no more.
#[test]
fn repositories_that_never_answer_hold_nobody_up() {
    let lab = Lab::user();
    let mut paths = vec!["audit".to_owned(), "--json".to_owned()];
    for number in 0..8 {
        let dir = format!("r{number}");
        lab.dir(&dir, 0o700);
        let mut git = Command::new("git");
        lab.as_he(&mut git);
        said(git.current_dir(lab.at(&dir)).args(["init", "-q"]));
        let mut make = Command::new("mkfifo");
        lab.as_he(&mut make);
        said(make.arg(lab.at(&format!("{dir}/pipe"))));
        lab.file(&format!("{dir}/.git/config"), "[include]\n\tpath = ../pipe\n", 0o600);
        for name in ["a.env", "b.env"] {
            lab.file(&format!("{dir}/{name}"), "A=1\n", 0o600);
            paths.push(format!("{dir}/{name}"));
        }
    }
    let ran = lab.run(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 16);
    let why = |at: usize| files[at].to_string();
    assert!(why(0).contains("git did not answer within 2 seconds"), "{}", why(0));
    assert!(why(1).contains("git did not answer within 2 seconds"), "{}", why(1));
    for at in 10..16 {
        assert!(why(at).contains("git is asked no more: 5 repositories did not answer"), "{}", why(at));
    }
}
