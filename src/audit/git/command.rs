//! The git program, held so that a hostile repository cannot make it run anything.
//!
//! A repository's own configuration names programs: a file system monitor, hooks, a signature checker, a transport, a
//! diff driver. Each is overruled on the command line, which wins over every file; fetching on demand and all transports
//! are turned off; the environment is built from nothing, so that no `GIT_*` of the caller gets through. A
//! configuration can also include a pipe that never answers, so each call has its time.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What git may know of the caller: where his own configuration is, and who called `sudo`, for git's own check of
/// ownership.
const PASSED: [&str; 6] = ["PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID", "TMPDIR", "USERPROFILE"];

/// Overrules what a repository's configuration could have run.
const OVERRULED: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=false",
    "core.pager=cat",
    "core.editor=false",
    "core.alternateRefsCommand=false",
    "core.untrackedCache=false",
    "core.preloadIndex=false",
    "credential.helper=",
    "diff.external=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.showSignature=false",
    "log.mailmap=false",
    "protocol.allow=never",
    "submodule.recurse=false",
    "maintenance.auto=false",
    "gc.auto=0",
    "color.ui=false",
];

/// The most bytes of an answer, or of a complaint, that are read.
const MOST: u64 = 1 << 20;
/// How long a call may say nothing before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// The git program and the little of the environment it is given.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    patience: Duration,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The exit status; none if a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Git {
    /// Takes the caller's environment and keeps of it the search path, the home and who called `sudo`.
    pub fn new(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let passed = |name: &OsStr| PASSED.iter().any(|passed| name == *passed);
        let environment = environment.into_iter().filter(|(name, _)| passed(name)).collect();
        Self { program: "git".into(), environment, patience: PATIENCE }
    }

    /// Another program than the `git` of the search path.
    #[must_use]
    pub fn program(self, program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ..self }
    }

    /// How long a call may say nothing before it is given up; 20 seconds if this is not called.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn command(&self, dir: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_ATTR_NOSYSTEM", "1");
        // A `.git` that is no repository must not make git look further up: each repository is asked by itself.
        if let Some(above) = dir.parent() {
            command.env("GIT_CEILING_DIRECTORIES", above);
        }
        command.args(["--no-pager", "--no-optional-locks"]);
        for setting in OVERRULED {
            command.args(["-c", setting]);
        }
        command.arg("-C").arg(dir).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs git to its end. The error says why nothing can be told.
    ///
    /// `input` must fit into a pipe (64 KiB), for nobody waits while it is written.
    pub(super) fn ask(&self, dir: &Path, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Answer, String> {
        let mut stdout = Vec::new();
        let read = |stream: &mut dyn Read| stream.take(MOST).read_to_end(&mut stdout).map(drop);
        let (code, stderr) = self.run(dir, arguments, input, read)?;
        Ok(Answer { code, stdout, stderr })
    }

    /// Runs git and gives its answer to `read` as it comes.
    pub(crate) fn stream(
        &self,
        dir: &Path,
        arguments: &[impl AsRef<OsStr>],
        read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), String> {
        match self.run(dir, arguments, &[], read)? {
            (Some(0), _) => Ok(()),
            (_, stderr) => Err(why(&stderr)),
        }
    }

    fn run(
        &self,
        dir: &Path,
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
        read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(Option<i32>, String), String> {
        let mut child = self.command(dir, arguments).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no git program".to_owned(),
            _ => format!("git cannot be started: {error}"),
        })?;
        // If git has gone already it says so by its status.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err("git cannot be read from".into()) };
        let held = Arc::new(Watched {
            child: Mutex::new(child),
            patience: self.patience,
            heard: AtomicU64::new(0),
            done: AtomicBool::new(false),
            late: AtomicBool::new(false),
        });
        let watchdog = {
            let held = Arc::clone(&held);
            std::thread::spawn(move || held.watch())
        };
        let complaint = std::thread::spawn(move || {
            let mut text = Vec::new();
            let mut stderr = stderr;
            let _ = (&mut stderr).take(MOST).read_to_end(&mut text);
            // Read on, lest git wait for a reader.
            let _ = io::copy(&mut stderr, &mut io::sink());
            String::from_utf8_lossy(&text).into_owned()
        });
        let outcome = {
            let mut stream = Heard { stdout, watched: &held };
            read(&mut stream)
        };
        let status = held.finish();
        watchdog.thread().unpark();
        let _ = watchdog.join();
        let stderr = complaint.join().unwrap_or_default();
        if held.late.load(Ordering::Relaxed) {
            return Err(format!("git did not answer within {} seconds", self.patience.as_secs()));
        }
        match (outcome, status) {
            (Err(_), Ok(status)) if !status.success() => Ok((status.code(), stderr)),
            (Err(error), _) | (Ok(()), Err(error)) => Err(format!("git cannot be read from: {error}")),
            (Ok(()), Ok(status)) => Ok((status.code(), stderr)),
        }
    }
}

/// Why git did not answer, in words of our own: what it says of a hostile repository may be hostile too.
pub(super) fn why(stderr: &str) -> String {
    if stderr.contains("dubious ownership") {
        "the repository belongs to another user, and git will not look into it".into()
    } else if stderr.contains("not a git repository") {
        NO_REPOSITORY.into()
    } else {
        "git failed".into()
    }
}

/// What [`why`] says if there is a `.git` that git does not take for one.
pub(super) const NO_REPOSITORY: &str = "git sees no repository there";

/// A child that is killed if it falls silent.
struct Watched {
    child: Mutex<Child>,
    patience: Duration,
    /// How often something was read from it.
    heard: AtomicU64,
    done: AtomicBool,
    late: AtomicBool,
}

impl Watched {
    fn watch(&self) {
        let mut last = (self.heard.load(Ordering::Relaxed), Instant::now());
        while !self.done.load(Ordering::Acquire) {
            std::thread::park_timeout(self.patience / 4);
            let heard = self.heard.load(Ordering::Relaxed);
            if heard != last.0 {
                last = (heard, Instant::now());
            } else if last.1.elapsed() >= self.patience && !self.done.load(Ordering::Acquire) {
                self.late.store(true, Ordering::Relaxed);
                if let Ok(mut child) = self.child.lock() {
                    let _ = child.kill();
                }
                return;
            }
        }
    }

    /// Waits for the end, which has nearly come: it closed its output, or we closed ours. The lock is given back in
    /// between, for the watchdog.
    fn finish(&self) -> io::Result<std::process::ExitStatus> {
        loop {
            let ended = match self.child.lock() {
                Ok(mut child) => child.try_wait()?,
                Err(_) => return Err(io::ErrorKind::Other.into()),
            };
            if let Some(status) = ended {
                self.done.store(true, Ordering::Release);
                return Ok(status);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// The child's output, each reading of which the watchdog hears.
struct Heard<'w> {
    stdout: ChildStdout,
    watched: &'w Watched,
}

impl Read for Heard<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stdout.read(into)?;
        self.watched.heard.fetch_add(1, Ordering::Relaxed);
        Ok(count)
    }
}
