use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Lab {
    _home: TempDir,
    dir: PathBuf,
}

impl Lab {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().canonicalize().unwrap();
        Self { _home: home, dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.at(name);
        std::fs::DirBuilder::new().recursive(true).create(path.parent().unwrap()).unwrap();
        File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }

    /// Git as a user runs it, to make repositories with.
    fn git(&self, dir: &str, arguments: &[&str]) {
        let out = Command::new("git")
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", self.at("home"))
            .arg("-C")
            .arg(self.at(dir))
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn repository(&self, dir: &str) {
        std::fs::DirBuilder::new().recursive(true).create(self.at(dir)).unwrap();
        self.git(dir, &["init", "-q"]);
    }

    /// Git as the audit runs it.
    fn asked(&self) -> Git {
        let environment = [
            ("PATH", PATH.into()),
            ("HOME", self.at("home").into_os_string()),
            // What a caller's environment may hold must not get through.
            ("GIT_DIR", "/nowhere".into()),
            ("GIT_TRACE", self.at("trace").into_os_string()),
        ];
        Git::new(environment.map(|(name, value)| (name.into(), value)))
    }

    fn examine(&self, path: &Path) -> Vec<Repository> {
        examine(&self.asked(), path, Some(&self.at("home"))).known().unwrap().repositories.clone()
    }
}

fn brief(found: &Repository) -> (Fact<bool>, bool, Fact<bool>) {
    (found.tracked.clone(), matches!(found.ignored, Fact::Known(Some(_))), found.in_history.clone())
}

const YES: Fact<bool> = Fact::Known(true);
const NO: Fact<bool> = Fact::Known(false);

#[test]
fn tracked_ignored_and_remembered_are_three_things() {
    let lab = Lab::new();
    lab.repository("r");
    assert!(lab.examine(&lab.put("plain/.env", "")).is_empty());
    lab.put("r/.gitignore", "ignored.env\n*.local\n!kept.local\n");
    for name in ["tracked.env", "gone.env", "ignored.env"] {
        lab.put(&format!("r/{name}"), name);
    }
    lab.git("r", &["add", "-f", "."]);
    lab.git("r", &["commit", "-qm", "one"]);
    lab.git("r", &["rm", "-q", "--cached", "gone.env"]);
    lab.git("r", &["commit", "-qm", "two"]);
    lab.put("r/.git/info/exclude", "private.env\n");
    let found = |name: &str| {
        let all = lab.examine(&lab.put(&format!("r/{name}"), ""));
        assert_eq!(all.len(), 1);
        (brief(&all[0]), all[0].ignored.clone())
    };
    assert_eq!(found("tracked.env").0, (YES, false, YES));
    assert_eq!(found("ignored.env").0, (YES, true, YES), "added by force");
    assert_eq!(found("gone.env").0, (NO, false, YES));
    assert_eq!(found("new.env").0, (NO, false, NO));
    assert_eq!(found("x.local").1, Fact::Known(Some(IgnoreSource::Shared(lab.at("r/.gitignore")))));
    assert_eq!(found(":(top)[x].local").1, Fact::Known(Some(IgnoreSource::Shared(lab.at("r/.gitignore")))));
    assert_eq!(found("kept.local").1, Fact::Known(None), "an exception is no rule");
    assert_eq!(found("private.env").1, Fact::Known(Some(IgnoreSource::Local(lab.at("r/.git/info/exclude")))));
    assert_eq!(found("[a].env").0, (NO, false, NO), "a name is no pattern");
    assert_eq!(found(":!x.env").0, (NO, false, NO), "nor has it magic");
    assert_eq!(found("-x.env").0, (NO, false, NO), "a name is no option");
    assert!(!lab.at("trace").exists(), "the caller's GIT_TRACE got through");
}

#[test]
fn every_enclosing_repository_is_asked_also_worktrees_and_submodules() {
    let lab = Lab::new();
    lab.repository("outer");
    lab.put("outer/deep/.env", "x");
    lab.git("outer", &["add", "."]);
    lab.git("outer", &["commit", "-qm", "one"]);
    lab.repository("outer/deep");
    let both = lab.examine(&lab.at("outer/deep/.env"));
    assert_eq!(
        both.iter().map(|found| found.root.clone()).collect::<Vec<_>>(),
        [lab.at("outer/deep"), lab.at("outer")]
    );
    assert_eq!((brief(&both[0]), brief(&both[1])), ((NO, false, NO), (YES, false, YES)));
    assert_eq!(both[1].ignored, Fact::NotAsked);
    lab.git("outer", &["worktree", "add", "-q", "../tree"]);
    assert_eq!(brief(&lab.examine(&lab.at("tree/deep/.env"))[0]), (YES, false, YES));
    lab.repository("sub");
    lab.put("sub/.env", "y");
    lab.git("sub", &["add", "."]);
    lab.git("sub", &["commit", "-qm", "one"]);
    let source = lab.at("sub").display().to_string();
    lab.git("outer", &["submodule", "add", "-q", &source, "vendor"]);
    let found = lab.examine(&lab.at("outer/vendor/.env"));
    assert_eq!(found.iter().map(|found| found.tracked.clone()).collect::<Vec<_>>(), [YES, NO]);
    std::fs::DirBuilder::new().recursive(true).create(lab.at("fake/.git")).unwrap();
    assert!(lab.examine(&lab.put("fake/.env", "")).is_empty());
    // The work tree alone is there, as in a container; the repository has lost what makes it one.
    rustix::fs::rename(lab.at("outer"), lab.at("moved")).unwrap();
    rustix::fs::rename(lab.at("moved/.git/HEAD"), lab.at("moved/.git/LOST")).unwrap();
    for path in ["tree/deep/.env", "moved/deep/.env"] {
        let found = lab.examine(&lab.at(path));
        let said = found.iter().map(|found| found.tracked.unknown().unwrap_or("known")).collect::<Vec<_>>();
        assert_eq!(said.last(), Some(&"there is a .git, and git sees no repository there"), "{path}: {said:?}");
    }
}

#[test]
fn a_bare_repository_of_a_home_is_asked() {
    let lab = Lab::new();
    lab.put("home/.config/app/.env", "x");
    lab.git("home", &["init", "-q", "--bare", ".dotfiles"]);
    let (dir, tree) = (format!("--git-dir={}", lab.at("home/.dotfiles").display()), lab.at("home"));
    let tree = format!("--work-tree={}", tree.display());
    lab.git("home", &[&dir, &tree, "add", "-f", ".config/app/.env"]);
    let found = lab.examine(&lab.at("home/.config/app/.env"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].root.clone(), brief(&found[0])), (lab.at("home/.dotfiles"), (YES, false, NO)));
    assert!(lab.examine(&lab.put("home/other", "")).is_empty());
}

#[test]
fn another_users_repository_and_a_missing_git_are_unknown() {
    let lab = Lab::new();
    lab.repository("r");
    let path = lab.put("r/.env", "");
    let none = lab.asked().program("/nowhere/git");
    let told = examine(&none, &path, None).known().unwrap().repositories[0].tracked.clone();
    assert_eq!(told, Fact::Unknown("there is no git program".into()));
    if rustix::process::geteuid().is_root() {
        for dir in ["r", "r/.git"] {
            chown(lab.at(dir), Some(1000), Some(1000)).unwrap();
        }
        let found = &lab.examine(&path)[0];
        let reason = "the repository belongs to another user, and git will not look into it";
        for unknown in [found.tracked.unknown(), found.ignored.unknown(), found.in_history.unknown()] {
            assert_eq!(unknown, Some(reason));
        }
    }
    lab.put("hg/.hg/store", "");
    assert!(lab.examine(&lab.put("hg/.env", ""))[0].tracked.unknown().unwrap().contains("Mercurial"));
}

/// Everything a repository can name a program in that we know of, each of which would leave a file behind.
#[test]
fn a_hostile_repository_runs_nothing() {
    let lab = Lab::new();
    lab.repository("r");
    lab.put("r/.gitattributes", "* filter=evil diff=evil merge=evil textconv\n*.env diff=evil\n");
    let secret = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";
    lab.put("r/old.env", secret);
    lab.git("r", &["add", "."]);
    lab.git("r", &["commit", "-qm", "one"]);
    lab.git("r", &["commit", "-qm", "two", "--allow-empty"]);
    let evil = lab.put("evil", &format!("#!/bin/sh\necho \"$0 $*\" >> {}\nexit 0\n", lab.at("ran").display()));
    File::open(&evil).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    let evil = evil.display().to_string();
    for name in ["post-index-change", "pre-auto-gc", "post-checkout", "reference-transaction", "fsmonitor-watchman"] {
        std::fs::hard_link(lab.at("evil"), lab.at("r/.git/hooks").join(name)).unwrap();
        std::fs::DirBuilder::new().recursive(true).create(lab.at("r/hooks")).unwrap();
        std::fs::hard_link(lab.at("evil"), lab.at("r/hooks").join(name)).unwrap();
    }
    let promised = "1234567890123456789012345678901234567890";
    let settings: Vec<(String, String)> = [
        ("core.fsmonitor", evil.as_str()),
        ("core.hooksPath", &lab.at("r/hooks").display().to_string()),
        ("core.pager", &evil),
        ("pager.log", &evil),
        ("pager.ls-files", &evil),
        ("pager.rev-list", &evil),
        ("core.editor", &evil),
        ("core.sshCommand", &evil),
        ("core.gitProxy", &evil),
        ("core.askPass", &evil),
        ("core.alternateRefsCommand", &evil),
        ("credential.helper", &evil),
        ("diff.external", &evil),
        ("diff.evil.command", &evil),
        ("diff.evil.textconv", &evil),
        ("filter.evil.clean", &evil),
        ("filter.evil.smudge", &evil),
        ("filter.evil.process", &evil),
        ("filter.evil.required", "true"),
        ("merge.evil.driver", &evil),
        ("gpg.program", &evil),
        ("gpg.ssh.program", &evil),
        ("log.showSignature", "true"),
        ("alias.ls-files", &format!("!{evil}")),
        ("alias.check-ignore", &format!("!{evil}")),
        ("alias.log", &format!("!{evil}")),
        ("uploadpack.packObjectsHook", &evil),
        ("remote.origin.url", &format!("ext::{evil} %S")),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialCloneFilter", "blob:none"),
        ("remote.origin.uploadpack", &evil),
        ("extensions.partialClone", "origin"),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
        ("trace2.normalTarget", &format!("af_unix:{evil}")),
        ("trailer.x.command", &evil),
        ("sequence.editor", &evil),
        ("submodule.recurse", "true"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    lab.git("r", &["config", "core.repositoryFormatVersion", "1"]);
    for (name, value) in &settings {
        lab.git("r", &["config", name, value]);
    }
    // A commit that seems to be signed, and a branch whose objects were promised and never came.
    let signed = lab.put(
        "signed",
        &format!(
            "tree {promised}\nauthor a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nthree\n"
        ),
    );
    lab.git("r", &["hash-object", "-w", "-t", "commit", "--literally", &signed.display().to_string()]);
    lab.put("r/.git/refs/heads/promised", &format!("{promised}\n"));
    // The trap works: git as a user runs it springs it.
    let path = lab.put("r/.env", "");
    let _ = Command::new("git").env("HOME", lab.at("home")).arg("-C").arg(lab.at("r")).args(["ls-files"]).output();
    assert!(lab.at("ran").exists(), "the trap does not work");
    rustix::fs::unlink(lab.at("ran")).unwrap();

    let found = lab.examine(&path);
    assert_eq!((found.len(), found[0].tracked.clone()), (1, NO));
    lab.examine(&lab.at("r/old.env"));
    let git = lab.asked();
    let needle = crate::audit::copies::Needle { label: "A".into(), value: secret.to_owned().into(), identifier: false };
    let options = crate::audit::copies::Options { history: Some(&git), ..Default::default() };
    let report = crate::audit::copies::search(&[needle], &[lab.at("r")], &options);
    assert!(report.hits.len() >= 2, "{report:?}");
    let ran = std::fs::read_to_string(lab.at("ran")).unwrap_or_default();
    assert_eq!(ran, "", "this ran");
}

/// A configuration can include a pipe, from which git would wait for ever.
#[test]
fn a_repository_that_never_answers_is_given_up() {
    let lab = Lab::new();
    lab.repository("r");
    let pipe = lab.at("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    lab.put("r/.git/config", &format!("[include]\n\tpath = {}\n", pipe.display()));
    let path = lab.put("r/.env", "");
    let git = lab.asked().patience(Duration::from_secs(1));
    let found = examine(&git, &path, None).known().unwrap().repositories[0].clone();
    assert_eq!(found.tracked, Fact::Unknown("git did not answer within 1 seconds".into()));
}

/// A program that stands in for git and does as the script says.
fn script(lab: &Lab, name: &str, body: &str) -> PathBuf {
    let path = lab.put(name, &format!("#!/bin/sh\n{body}\n"));
    File::open(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_git_that_floods_its_complaints_or_closes_its_outputs_hangs_nobody() {
    let lab = Lab::new();
    lab.repository("r");
    let path = lab.put("r/.env", "");
    let tracked = |git: &Git| examine(git, &path, None).known().unwrap().repositories[0].tracked.clone();
    let loud = script(&lab, "loud", "head -c 3000000 /dev/zero >&2; exit 1");
    assert_eq!(tracked(&lab.asked().program(loud)), NO);
    let silent = script(&lab, "silent", "exec <&- >&- 2>&-; exec sleep 600");
    let late = Fact::Unknown("git did not answer within 1 seconds".into());
    assert_eq!(tracked(&lab.asked().program(silent).patience(Duration::from_secs(1))), late);
    for (name, stream) in [("complains", 2), ("drips", 1)] {
        // Far longer than the patience, but not for ever, lest it outlive a test that fails.
        let body = format!("for i in $(seq 300); do echo x >&{stream}; sleep 0.1; done");
        let drip = script(&lab, name, &body);
        assert_eq!(tracked(&lab.asked().program(drip).patience(Duration::from_secs(1))), late, "{name}");
    }
}

/// The objects of a history may come for hours, so long as they come.
#[test]
fn a_git_that_drips_objects_is_given_up_and_a_slow_one_is_not() {
    let lab = Lab::new();
    lab.repository("r");
    let secret = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";
    let needles =
        [crate::audit::copies::Needle { label: "A".into(), value: secret.to_owned().into(), identifier: false }];
    let object = |name: &str, size: usize| format!("echo {} blob {size}", name.repeat(40));
    // What was given before is found in any case.
    let first = format!("{}; echo {secret}; echo", object("a", secret.len() + 1));
    let search = |name: &str, rest: &str| {
        let git = script(&lab, name, &format!("case \"$*\" in *cat-file*) {first}; {rest};; esac"));
        let git = lab.asked().program(git).patience(Duration::from_secs(1));
        let options = crate::audit::copies::Options { history: Some(&git), ..Default::default() };
        let report = crate::audit::copies::search(&needles, &[lab.at("r")], &options);
        assert_eq!(report.hits.len(), 1, "{name}: {report:?}");
        (report.missed.into_iter().map(|missed| missed.why).collect::<Vec<_>>(), git)
    };
    // Far longer than the patience, but not for ever, lest it outlive a test that fails.
    let slow = format!("for i in $(seq 10); do {}; head -c 5000 /dev/zero; echo; sleep 0.4; done", object("b", 5000));
    let drips = format!("for i in $(seq 200); do {}; echo xx; sleep 0.05; done", object("b", 2));
    let complains = "for i in $(seq 200); do echo x >&2; sleep 0.05; done";
    let why = "git gave nothing, or next to nothing, for 3 seconds";
    let (slow, given_up) = std::thread::scope(|scope| {
        let search = &search;
        let slow = scope.spawn(|| search("slow", &slow).0);
        let all = [("drips", drips.as_str()), ("complains", complains), ("silent", "exec sleep 10")];
        let others = all.map(|(name, rest)| scope.spawn(move || (name, search(name, rest))));
        (slow.join().unwrap(), others.map(|other| other.join().unwrap()))
    });
    assert_eq!(slow, [""; 0]);
    for (name, (missed, git)) in given_up {
        assert_eq!(missed, [why], "{name}");
        assert_eq!(git.ask(&lab.at("r/.git"), &["status"], &[]), Err(why.to_owned()), "{name}: it is asked no more");
    }
}

/// `.` and the empty entry of a search path are the directory one stands in, which may be the repository.
#[test]
fn git_is_not_taken_from_where_one_stands() {
    let lab = Lab::new();
    lab.repository("r");
    let path = lab.put("r/.env", "");
    script(&lab, "r/git", &format!("touch {}; exit 0", lab.at("ran").display()));
    let up = "../".repeat(std::env::current_dir().unwrap().components().count() - 1);
    let relative = format!("{up}{}/r", lab.dir.strip_prefix("/").unwrap().display());
    assert!(Path::new(&relative).join("git").is_file());
    for entries in [relative.clone(), format!("{relative}:{PATH}"), format!(":.:{relative}")] {
        let git = Git::new([("PATH".into(), entries.clone().into())]);
        let found = examine(&git, &path, None).known().unwrap().repositories[0].tracked.clone();
        let there = entries.contains(PATH);
        assert_eq!(found, if there { NO } else { Fact::Unknown("there is no git program".into()) }, "{entries}");
    }
    assert!(!lab.at("ran").exists());
}
