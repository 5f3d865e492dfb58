//! Repositories that try to make git run something. Every door has a canary of its own, a script that notes its name.

#![expect(clippy::disallowed_methods, reason = "a test makes the files it needs")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::lab::{Lab, Said, findings, said};
use super::secret;

/// The hooks of `githooks(5)`, and what older versions called the file system monitor.
pub(crate) const HOOKS: &[&str] = &[
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "fsmonitor-watchman",
    "post-index-change",
];

/// Settings whose value git runs. The canary of a setting has its name.
const PROGRAMS: &[&str] = &[
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "core.editor",
    "core.pager",
    "core.alternateRefsCommand",
    "pager.log",
    "pager.ls-files",
    "pager.rev-list",
    "pager.cat-file",
    "pager.check-ignore",
    "credential.helper",
    "sequence.editor",
    "interactive.diffFilter",
    "diff.external",
    "diff.evil.textconv",
    "diff.evil.command",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.slow.process",
    "merge.evil.driver",
    "gpg.program",
    "gpg.ssh.program",
    "gpg.x509.program",
    "gpg.ssh.defaultKeyCommand",
    "trailer.x.command",
    "trailer.x.cmd",
    "tar.evil.command",
    "difftool.evil.cmd",
    "mergetool.evil.cmd",
    "browser.evil.cmd",
    "uploadpack.packObjectsHook",
    "remote.near.uploadpack",
    "remote.near.receivepack",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
];

/// Settings that lead to what git runs.
const SETTINGS: &[(&str, &str)] = &[
    ("core.repositoryFormatVersion", "1"),
    ("filter.evil.required", "true"),
    ("log.showSignature", "true"),
    ("commit.gpgSign", "true"),
    ("diff.algorithm", "histogram"),
    ("diff.submodule", "log"),
    ("status.submoduleSummary", "true"),
    ("submodule.recurse", "true"),
    ("fetch.recurseSubmodules", "true"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("protocol.file.allow", "always"),
    ("extensions.partialClone", "origin"),
    ("remote.origin.promisor", "true"),
    ("remote.origin.partialCloneFilter", "blob:none"),
    ("core.untrackedCache", "true"),
    ("gc.auto", "1"),
    ("index.sparse", "true"),
    ("help.autoCorrect", "immediate"),
];

/// Commands that the audit gives, under which an alias could hide.
pub(crate) const COMMANDS: &[&str] = &["ls-files", "check-ignore", "rev-list", "cat-file", "log", "sprung"];

/// An object that nobody has: whoever wants it asks the remote that promised it.
pub(crate) const PROMISED: &str = "1234567890123456789012345678901234567890";

/// A repository `app`, and canaries.
pub(crate) struct Trap {
    pub(crate) lab: Lab,
}

impl Trap {
    fn set(lab: Lab) -> Self {
        let trap = Self { lab };
        let lab = &trap.lab;
        for dir in ["app", "canaries", "hooks", "elsewhere", "bin"] {
            lab.dir(dir, 0o700);
        }
        for name in ["tracked.env", "old.env", "new.env", "ignored.env"] {
            lab.file(&format!("app/{name}"), format!("TWILIO_API_SECRET={}\n", secret('1')), 0o600);
        }
        lab.file("app/.gitignore", "ignored.env\n", 0o600);
        trap.git(&["init", "-q"]);
        trap.git(&["add", "tracked.env", "old.env", ".gitignore"]);
        trap.git(&["commit", "-qm", "one"]);
        trap.git(&["rm", "-q", "--cached", "old.env"]);
        trap.git(&["commit", "-qm", "two"]);
        // A second repository, whose objects are this one's too.
        trap.git(&["clone", "-q", "--bare", ".", "../near.git"]);
        // A commit that seems to be signed, and a branch whose objects were promised and never came.
        let signed = lab.file(
            "signed",
            format!(
                "tree {PROMISED}\nauthor a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nthree\n"
            ),
            0o600,
        );
        trap.git(&["hash-object", "-w", "-t", "commit", "--literally", signed.to_str().unwrap()]);
        trap
    }

    /// Git as its owner runs it by hand, which must succeed.
    pub(crate) fn git(&self, args: &[&str]) {
        let ran = self.by_hand(&[&["-c", "user.name=t", "-c", "user.email=t@example.com"], args].concat());
        assert_eq!(ran.code, Some(0), "{args:?} {ran:?}");
    }

    pub(crate) fn by_hand(&self, args: &[&str]) -> Said {
        let mut command = Command::new("git");
        self.lab.as_he(&mut command);
        said(command.current_dir(self.lab.at("app")).args(args))
    }

    /// The path of a canary.
    pub(crate) fn canary(&self, name: &str) -> String {
        let path = self.lab.at("canaries").join(name);
        if !path.exists() {
            let ran = self.lab.at("ran").display().to_string();
            self.lab.file(
                &format!("canaries/{name}"),
                format!("#!/bin/sh\necho \"${{0##*/}}\" >> {ran}\nexit 0\n"),
                0o700,
            );
        }
        path.display().to_string()
    }

    /// All settings, as a configuration file.
    pub(crate) fn configuration(&self) -> String {
        let mut text = String::new();
        let mut set = |name: &str, value: &str| {
            let (section, key) = name.rsplit_once('.').unwrap();
            let section = match section.split_once('.') {
                Some((section, sub)) => format!("{section} \"{sub}\""),
                None => section.to_owned(),
            };
            writeln!(text, "[{section}]\n\t{key} = \"{value}\"").unwrap();
        };
        for name in PROGRAMS {
            set(name, &self.canary(name));
        }
        for (name, value) in SETTINGS {
            set(name, value);
        }
        for command in COMMANDS {
            set(&format!("alias.{command}"), &format!("!{}", self.canary(&format!("alias.{command}"))));
        }
        set("submodule.inner.update", &format!("!{}", self.canary("submodule.update")));
        set("remote.origin.url", &format!("ext::{} %S", self.canary("ext")));
        set("remote.near.url", self.lab.at("near.git").to_str().unwrap());
        text
    }

    /// Sets everything a repository can carry: attributes, hooks where git looks for them, alternates, a branch of which
    /// something is missing.
    pub(crate) fn arm(&self, git_dir: &str) {
        let lab = &self.lab;
        lab.file("app/.gitattributes", "* filter=evil diff=evil merge=evil\n*.slow filter=slow\n", 0o600);
        lab.file("app/.gitmodules", "[submodule \"inner\"]\n\tpath = inner\n\turl = ../near.git\n", 0o600);
        for hook in HOOKS {
            std::fs::copy(self.canary(hook), lab.at(git_dir).join("hooks").join(hook)).unwrap();
            lab.give(&lab.at(git_dir).join("hooks").join(hook));
        }
        lab.file(&format!("{git_dir}/refs/heads/promised"), format!("{PROMISED}\n"), 0o600);
        lab.file(
            &format!("{git_dir}/objects/info/alternates"),
            format!("{}\n", lab.at("near.git/objects").display()),
            0o600,
        );
    }

    /// Adds to the configuration of the repository.
    pub(crate) fn configure(&self, file: &str, text: &str) {
        let before = std::fs::read_to_string(self.lab.at(file)).unwrap_or_default();
        self.lab.file(file, before + text, 0o600);
    }

    /// The canaries that ran, and none of them any more.
    pub(crate) fn sprung(&self) -> BTreeSet<String> {
        let path = self.lab.at("ran");
        let ran = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        ran.lines().map(str::to_owned).collect()
    }

    /// What is said of each of the four files, with everything that an audit asks git.
    pub(crate) fn audited(&self) -> Vec<(String, Vec<String>)> {
        let mut all = Vec::new();
        for name in ["tracked.env", "old.env", "ignored.env", "new.env"] {
            let path = format!("app/{name}");
            let ran = self.lab.run(&["audit", &path, "--json", "--select", "TW201,TW202,TW203"]);
            let codes = findings(&ran).into_iter().map(|(code, _)| code).collect();
            assert_eq!(self.sprung(), BTreeSet::new(), "{path} {ran:?}");
            all.push((name.to_owned(), codes));
        }
        for more in [&["--pedantic"][..], &["--copies", "app"], &["--copies", "app", "near.git", "--history"]] {
            let ran = self.lab.run(&[&["audit", "app/new.env", "--json"], more].concat());
            // A history that git does not show is a failure to search it.
            let missed = ran.err.contains("cannot search the history of ");
            assert_eq!(matches!(ran.code, Some(0 | 3)), !missed, "{ran:?}");
            assert!(!missed || ran.code == Some(1) && more.contains(&"--history"), "{ran:?}");
            if more.contains(&"--history") {
                let inside = ran.out.contains("the secret stands in the history of a repository too");
                let told = ran.out.contains("was not searched") || ran.err.contains("was not searched");
                assert!(inside || told || missed, "{ran:?}");
            }
            assert_eq!(self.sprung(), BTreeSet::new(), "{more:?} {ran:?}");
        }
        all
    }

    pub(crate) fn is_right(&self, how: &str) {
        for (name, codes) in self.audited() {
            let expected: &[&str] = match name.as_str() {
                "tracked.env" => &["TW201 critical"],
                "old.env" => &["TW202 error", "TW203 critical"],
                "ignored.env" => &[],
                _ => &["TW202 error"],
            };
            assert_eq!(codes, expected, "{how}: {name}");
        }
    }
}

/// A trap for root and for an ordinary user, and for each git on this machine.
pub(crate) fn traps() -> Vec<Trap> {
    let programs = ["/usr/bin", "/usr/local/bin"];
    let there = programs.iter().filter(|dir| Path::new(dir).join("git").exists());
    there
        .flat_map(|dir| Lab::each().into_iter().map(move |lab| lab.env("PATH", &format!("{dir}:/usr/bin:/bin"))))
        .map(Trap::set)
        .collect()
}
