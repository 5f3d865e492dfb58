//! The git program, held so that a hostile repository cannot make it run anything.
//!
//! A repository's own configuration names programs: a file system monitor, hooks, a signature checker, a transport, a
//! diff driver. Each is overruled on the command line, which wins over every file; fetching on demand and all transports
//! are turned off; the environment is built from nothing, so that no `GIT_*` of the caller gets through. A
//! configuration can also include a pipe that never answers, so each call has its time.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

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
const MOST: usize = 1 << 20;
/// How long git has for an answer, and for the next part of a long one, where the user asked for a search that may take its
/// time.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same in an audit that is to take milliseconds.
const BRIEFLY: Duration = Duration::from_secs(2);
/// After so many repositories that did not answer none is asked any more: a folder may be full of them.
const SILENT: usize = 5;
/// How long the reading of a whole history may take of an audit that is to take milliseconds.
const FOR_HISTORY: Duration = Duration::from_secs(2);
/// What comes of a long answer in the time of one part, if it comes steadily: so little that the slowest disk gives more.
const PART: usize = 4 << 10;
/// How many times as long a part of the objects may take: git unpacks one of half a gigabyte before it gives the first byte.
const UNPACKING: u32 = 3;
/// How long a long answer may take in all, and how long all objects may: those of the largest histories take hours.
const WHOLE: Duration = Duration::from_hours(1);
const WHOLE_OBJECTS: Duration = Duration::from_hours(24);

/// How a long answer of git comes. A part has its time, in which only the waiting counts and not what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// One name after the other.
    Steady,
    /// A word now and then, with long searches between.
    Sparse,
    /// All objects of a repository. One that does not give them is asked no more.
    Objects,
}

/// The git program and the little of the environment it is given.
#[derive(Debug, Clone)]
pub struct Git {
    /// None if the search path has no git; looked for when it is first needed.
    program: OnceLock<Option<PathBuf>>,
    environment: Vec<(OsString, OsString)>,
    patience: Duration,
    history: Duration,
    /// The repositories that did not answer, which are asked no more, and what was said of each; of all clones.
    silent: Arc<Mutex<BTreeMap<PathBuf, String>>>,
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
        let environment: Vec<_> = environment.into_iter().filter(|(name, _)| passed(name)).collect();
        Self { program: OnceLock::new(), environment, patience: PATIENCE, history: FOR_HISTORY, silent: Arc::default() }
    }

    /// Another program than the `git` of the search path.
    #[must_use]
    pub fn program(self, program: impl Into<PathBuf>) -> Self {
        Self { program: OnceLock::from(Some(program.into())), ..self }
    }

    /// How long an answer may take in all, and the next part of a long one; 20 seconds if this is not called.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Gives up a call of an audit after 2 seconds.
    #[must_use]
    pub fn brief(self) -> Self {
        self.patience(BRIEFLY)
    }

    /// Gives the reading of a history as long as any other call; 2 seconds if this is not called.
    #[must_use]
    pub fn patient_with_history(self) -> Self {
        Self { history: self.patience, ..self }
    }

    /// The same with only as much patience as a history is given.
    pub(super) fn for_history(&self) -> Self {
        Self { patience: self.history, ..self.clone() }
    }

    /// What is said of a call that was given up.
    pub(super) fn late(&self) -> String {
        late(self.patience)
    }

    /// How long a history is given.
    pub(super) fn history(&self) -> Duration {
        self.history
    }

    fn command(&self, dir: &Path, arguments: &[impl AsRef<OsStr>]) -> Result<Command, String> {
        let program = self.program.get_or_init(|| search_path(&self.environment, "git"));
        let mut command = Command::new(program.as_ref().ok_or(NO_PROGRAM)?);
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
        Ok(command)
    }

    /// Runs git to its end. The error says why nothing can be told.
    ///
    /// `input` must fit into a pipe (64 KiB), for nobody waits while it is written.
    ///
    /// A repository that did not answer in time is asked no more, by no clone of this either; the history is another matter,
    /// for it may merely be long.
    pub(super) fn ask(&self, dir: &Path, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Answer, String> {
        if let Some(why) = self.given_up(dir) {
            return Err(why);
        }
        let answer = self.answer(dir, arguments, input);
        answer.map_err(|ended| match ended {
            Ended::Late(why) if !arguments.iter().any(|a| a.as_ref() == "rev-list") => self.give_up(dir, why),
            Ended::Late(why) | Ended::Failed(why) => why,
        })
    }

    fn give_up(&self, dir: &Path, why: String) -> String {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).insert(dir.to_owned(), why.clone());
        why
    }

    /// Why a repository is not asked, if so.
    fn given_up(&self, dir: &Path) -> Option<String> {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match silent.get(dir) {
            Some(why) => Some(why.clone()),
            None if silent.len() >= SILENT => {
                Some(format!("git is asked no more: {SILENT} repositories did not answer"))
            }
            None => None,
        }
    }

    fn answer(&self, dir: &Path, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Result<Answer, Ended> {
        let mut stdout = Vec::new();
        let read = |stream: &mut dyn Read| stream.take(MOST as u64).read_to_end(&mut stdout).map(drop);
        // However it comes, byte by byte or with a word now and then: an answer has its time.
        let time = Time::new(self.patience, 1, self.patience);
        let (code, stderr) = self.run(dir, arguments, input, time, read)?;
        Ok(Answer { code, stdout, stderr })
    }

    /// Runs git and gives its answer to `read` as it comes. The error says why it is not known what came.
    pub(crate) fn stream(
        &self,
        dir: &Path,
        arguments: &[impl AsRef<OsStr>],
        pace: Pace,
        read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), String> {
        let time = match pace {
            Pace::Steady => Time::new(self.patience, PART, WHOLE),
            Pace::Sparse => Time::new(self.patience, 1, WHOLE),
            Pace::Objects => Time::new(self.patience * UNPACKING, PART, WHOLE_OBJECTS),
        };
        if let Some(why) = self.given_up(dir) {
            return Err(why);
        }
        match self.run(dir, arguments, &[], time, read) {
            Ok((Some(0), _)) => Ok(()),
            Ok((_, stderr)) => Err(why(&stderr)),
            // That the log of a long history is searched for long says nothing of the repository.
            Err(Ended::Late(why)) if pace == Pace::Objects => Err(self.give_up(dir, why)),
            Err(Ended::Late(why) | Ended::Failed(why)) => Err(why),
        }
    }

    fn run(
        &self,
        dir: &Path,
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
        time: Time,
        read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(Option<i32>, String), Ended> {
        let unread = |error: io::Error| Ended::Failed(format!("git cannot be read from: {error}"));
        let mut child =
            self.command(dir, arguments).map_err(Ended::Failed)?.spawn().map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => Ended::Failed(NO_PROGRAM.to_owned()),
                _ => Ended::Failed(format!("git cannot be started: {error}")),
            })?;
        // If git has gone already it says so by its status.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(Ended::Failed("git cannot be read from".into()));
        };
        let complaint = Complaint { stderr: Some(stderr), text: Vec::new() };
        let mut heard = Heard { stdout, complaint, time, waited: Duration::ZERO, part: 0 };
        let outcome = read(&mut heard);
        let late = outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::TimedOut);
        let ended = if late { Err(io::ErrorKind::TimedOut.into()) } else { heard.finish(&mut child) };
        let (status, stderr) = ended.map_err(|error: io::Error| {
            // Git alone, which starts no other program for what is asked here. In a group of its own it could be ended with
            // all below it, but would outlive a Ctrl-C and a `timeout`, which end this process's group.
            let _ = child.kill();
            let _ = child.wait();
            match error.kind() {
                io::ErrorKind::TimedOut => Ended::Late(time.said()),
                _ => unread(error),
            }
        })?;
        match outcome {
            Err(error) if status.success() => Err(unread(error)),
            _ => Ok((status.code(), stderr)),
        }
    }
}

/// Why a call gave nothing that could be used.
enum Ended {
    /// It was given up.
    Late(String),
    Failed(String),
}

/// The program of that name in the first directory of the search path that has it.
///
/// Only absolute directories are searched: `.` in the path could be the repository that is audited. A program named by
/// its whole path is also started without a copy of this process, which is most of what starting git would cost.
fn search_path(environment: &[(OsString, OsString)], name: &str) -> Option<PathBuf> {
    let (_, path) = environment.iter().find(|(name, _)| name == "PATH")?;
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name))
        .find(|program| program.is_file() && rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok())
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

const NO_PROGRAM: &str = "there is no git program";

/// What [`why`] says if there is a `.git` that git does not take for one.
pub(super) const NO_REPOSITORY: &str = "there is a .git, and git sees no repository there";

/// How long a child is waited for.
#[derive(Clone, Copy)]
struct Time {
    /// How long it may be waited for until so many bytes have come.
    pause: Duration,
    part: usize,
    /// How long it may take in all, and when that is over.
    whole: Duration,
    end: Instant,
}

impl Time {
    fn new(pause: Duration, part: usize, whole: Duration) -> Self {
        Self { pause, part, whole, end: Instant::now() + whole }
    }

    /// How long to wait for the next word, if a part of it was waited for so long already.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] if the time is up.
    fn left(self, waited: Duration) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now()).min(self.pause.saturating_sub(waited));
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    /// What is said of a call that was given up.
    fn said(self) -> String {
        let (pause, whole) = (self.pause.as_secs(), self.whole.as_secs());
        if whole > pause && Instant::now() >= self.end {
            format!("git did not come to the end within {whole} seconds")
        } else if self.part > 1 {
            format!("git gave nothing, or next to nothing, for {pause} seconds")
        } else {
            late(self.pause)
        }
    }
}

/// What is said of an answer that did not come.
fn late(time: Duration) -> String {
    format!("git did not answer within {} seconds", time.as_secs())
}

/// The child's output, waited for no longer than there is time; what it complains of is kept on the way.
struct Heard {
    stdout: ChildStdout,
    complaint: Complaint,
    time: Time,
    /// How long the part that is coming was waited for, and how much of it has come.
    waited: Duration,
    part: usize,
}

impl Heard {
    /// Waits until there is something on the output, its end included, and reads the complaints that come meanwhile.
    /// However many these are, they are no progress.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] if the time was up before that.
    fn wait(&mut self) -> io::Result<()> {
        let (start, before) = (Instant::now(), self.waited);
        loop {
            let mut wanted = vec![PollFd::new(&self.stdout, PollFlags::IN)];
            wanted.extend(self.complaint.stream());
            ready(&mut wanted, self.time.left(self.waited)?)?;
            self.waited = before + start.elapsed();
            let output = !wanted[0].revents().is_empty();
            if wanted.get(1).is_some_and(|stderr| !stderr.revents().is_empty()) {
                self.complaint.read()?;
            }
            if output {
                return Ok(());
            }
        }
    }

    /// Waits for the end of the child, whose output is read no more, and gives its complaint.
    ///
    /// # Errors
    ///
    /// As [`Heard::wait`]; the child may be alive then.
    fn finish(self, child: &mut Child) -> io::Result<(ExitStatus, String)> {
        let Self { stdout, mut complaint, time, .. } = self;
        // Closed, so that a child with more to say learns that nobody listens.
        drop(stdout);
        let start = Instant::now();
        while let Some(stream) = complaint.stream() {
            ready(&mut [stream], time.left(start.elapsed())?)?;
            complaint.read()?;
        }
        let until = Instant::now() + time.left(start.elapsed())?;
        let mut pause = Duration::from_micros(20);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok((status, String::from_utf8_lossy(&complaint.text).into_owned()));
            }
            if Instant::now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}

impl Read for Heard {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait()?;
        let count = self.stdout.read(into)?;
        self.part += count;
        if self.part >= self.time.part {
            (self.waited, self.part) = (Duration::ZERO, 0);
        }
        Ok(count)
    }
}

/// What the child says on its standard error.
struct Complaint {
    /// None once it has ended.
    stderr: Option<ChildStderr>,
    text: Vec<u8>,
}

impl Complaint {
    fn stream(&self) -> Option<PollFd<'_>> {
        self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN))
    }

    /// Reads a part. What is beyond the limit is dropped, not left unread, lest git wait for a reader.
    fn read(&mut self) -> io::Result<()> {
        let Some(stderr) = &mut self.stderr else { return Ok(()) };
        let mut some = [0; 4096];
        let count = stderr.read(&mut some)?;
        if count == 0 {
            self.stderr = None;
        }
        let room = MOST.saturating_sub(self.text.len()).min(count);
        self.text.extend_from_slice(&some[..room]);
        Ok(())
    }
}

/// Waits for one of them.
fn ready(wanted: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let time = Timespec::try_from(time).map_err(|_| io::ErrorKind::InvalidInput)?;
    match rustix::io::retry_on_intr(|| poll(wanted, Some(&time)))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
