//! One attempt: a fresh copy, a fresh Twilio, a fresh state directory, one kill, and the run after it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::report::Row;
use super::stage::{Part, Stage};
use crate::cli::commands::rotation::narrate;
use crate::cli::env;
use crate::cli::error::{Doing as _, Failure};
use crate::dotenv::EnvFile;
use crate::model::{KeyPair, KeySid};
use crate::rotation::Ledger;
use crate::sandbox;
use crate::sandbox::Sandbox;
use crate::sinks;
use crate::store::file;
use crate::store::paths::StateDir;

/// How long the sandbox waits for the child to come to the exchange it is to be killed at.
const PATIENCE: Duration = Duration::from_secs(20);

/// When, within an exchange or between two records, the child is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The request is on its way; Twilio carries it out after the child is dead.
    Before,
    /// Twilio has carried it out; the answer never arrives.
    After,
    /// A record was written, and the next step has not begun.
    Record,
}

/// Where the child is killed.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Which exchange, or which step, counted from 1.
    pub at: usize,
    /// When.
    pub moment: Moment,
    /// For people.
    pub name: String,
}

/// How a run that nobody killed ended.
struct Ended {
    status: ExitStatus,
    orphans: usize,
    made: bool,
    line: String,
}

impl Ended {
    /// What it did, in a few words.
    fn told(&self) -> String {
        match (self.status.success(), self.orphans, self.made) {
            (false, ..) => "failed".to_owned(),
            (true, 0, true) => "made the key and finished".to_owned(),
            (true, 0, false) => "finished".to_owned(),
            (true, 1, _) => "cleared an orphan, made another, finished".to_owned(),
            (true, orphans, _) => format!("cleared {orphans} orphans, made another, finished"),
        }
    }
}

/// The set of one attempt. Its folder goes with it.
pub(super) struct Attempt<'a> {
    stage: &'a Stage,
    folder: tempfile::TempDir,
    twilio: Sandbox,
}

impl<'a> Attempt<'a> {
    /// Sets everything up anew.
    ///
    /// # Errors
    /// If the folder, the copy or the sandbox cannot be made.
    pub(super) fn new(stage: &'a Stage, place: &Path) -> Result<Self, Failure> {
        let folder = tempfile::tempdir_in(place)
            .map_err(|error| Failure::failed(format!("cannot make a folder for the rehearsal: {error}")))?;
        let attempt = Self { stage, twilio: stage.twilio()?, folder };
        file::create(&attempt.file(), stage.bytes()).doing("cannot make the copy")?;
        Ok(attempt)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("repos.env")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The rotation as a child process, in an environment of its own.
    fn command(&self) -> Command {
        let mut command = Command::new(self.stage.twcred());
        command.env_clear().env("HOME", self.folder.path()).env("TWCRED_STATE_DIR", self.state());
        if let Some(path) = env::search_path() {
            command.env("PATH", path);
        }
        if let [(account, token), ..] = self.stage.tokens() {
            command.env("TWILIO_ACCOUNT_SID", account.as_str());
            #[expect(clippy::disallowed_methods, reason = "an invented token, for the embedded sandbox alone")]
            command.env("TWILIO_AUTH_TOKEN", token.expose());
        }
        command.args(["keys", "rotate", "--now", "--api-url"]).arg(self.twilio.url());
        command.arg("--env-file").arg(self.file());
        if let [(account, _)] = self.stage.tokens() {
            command.args(["--account", account.as_str()]);
        }
        match self.stage.var() {
            Some(var) => command.args(["--var", var]),
            None => command.arg("--all"),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn spawn(mut command: Command) -> Result<Child, Failure> {
        command.spawn().map_err(|error| Failure::failed(format!("cannot run the rotation: {error}")))
    }

    /// Runs to the end.
    fn run(&self) -> Result<Ended, Failure> {
        let output = Self::spawn(self.command())?
            .wait_with_output()
            .map_err(|error| Failure::failed(format!("cannot wait for the rotation: {error}")))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next_back().unwrap_or_default().to_owned();
        let why = said.lines().rfind(|line| line.starts_with("error:") || line.starts_with("  because:"));
        let line =
            if output.status.success() { last(&output.stdout) } else { why.unwrap_or_default().trim().to_owned() };
        Ok(Ended {
            status: output.status,
            orphans: said.matches(narrate::ORPHAN).count(),
            made: said.contains(narrate::MADE),
            line,
        })
    }

    /// The routes that were asked, in order.
    pub(super) fn exchanges(&self) -> Vec<String> {
        self.twilio
            .exchanges()
            .into_iter()
            .map(|exchange| exchange.route.unwrap_or_else(|| format!("{} {}", exchange.method, exchange.path)))
            .collect()
    }

    /// The run that nobody harms.
    ///
    /// # Errors
    /// If it cannot be run.
    pub(super) fn unharmed(&self) -> Result<Row, Failure> {
        let ended = self.run()?;
        Ok(self.judge("nowhere".to_owned(), "old pair, no journal".to_owned(), true, &ended))
    }

    /// Goes through step by step and says what the steps are.
    ///
    /// # Errors
    /// If it cannot be run.
    pub(super) fn count_steps(&self) -> Result<Vec<String>, Failure> {
        let (mut child, steps) = self.step_to(usize::MAX)?;
        child.wait().map_err(|error| Failure::failed(format!("cannot wait for the rotation: {error}")))?;
        Ok(steps)
    }

    /// Answers the child's questions until it is about to take step `last`.
    fn step_to(&self, last: usize) -> Result<(Child, Vec<String>), Failure> {
        let mut command = self.command();
        command.arg("--step").stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = Self::spawn(command)?;
        let mute = || Failure::failed("the rotation cannot be spoken to");
        let mut answers = child.stdin.take().ok_or_else(mute)?;
        let mut questions = BufReader::new(child.stderr.take().ok_or_else(mute)?);
        let mut steps = Vec::new();
        let mut line = String::new();
        while questions.read_line(&mut line).is_ok_and(|read| read > 0) {
            if let Some(step) = line.trim_end().strip_prefix(super::super::keys::rotate::STEP_MARK) {
                steps.push(step.to_owned());
                if steps.len() == last || answers.write_all(b"\n").is_err() {
                    // Both pipes stay open until the kill, so that nothing else ends the child.
                    child.stdin = Some(answers);
                    return Ok((child, steps));
                }
            }
            line.clear();
        }
        let _ = questions.read_to_string(&mut line);
        Ok((child, steps))
    }

    /// Kills the rotation at a point, looks at what stands on disk, runs it again, and judges.
    ///
    /// # Errors
    /// If the point was not reached, or a run cannot be started.
    pub(super) fn killed_at(&self, point: Point) -> Result<Row, Failure> {
        match point.moment {
            Moment::Record => {
                let (mut child, steps) = self.step_to(point.at)?;
                kill(&mut child)?;
                if steps.len() != point.at {
                    return Err(Failure::failed(format!("the rotation ended before step {}", point.at)));
                }
            }
            moment => {
                let moment = if moment == Moment::Before { sandbox::Moment::Before } else { sandbox::Moment::After };
                self.twilio.hold(point.at as u64, moment);
                let mut child = Self::spawn(self.command())?;
                let held = self.twilio.wait_held(PATIENCE);
                kill(&mut child)?;
                if held.is_none() {
                    return Err(Failure::failed(format!("the rotation never came to exchange {}", point.at)));
                }
                self.twilio.release();
                if self.twilio.wait_exchange(point.at as u64, PATIENCE).is_none() {
                    return Err(Failure::failed(format!("exchange {} did not end", point.at)));
                }
            }
        }
        let works = self.every_pair_works();
        let on_disk = self.on_disk();
        let ended = self.run()?;
        Ok(self.judge(point.name, on_disk, works, &ended))
    }

    fn held(&self) -> Vec<(Part, Option<KeyPair>)> {
        let bytes = file::read(&self.file()).map(|read| read.bytes().to_vec()).unwrap_or_default();
        let document = EnvFile::parse(&bytes);
        let found: Vec<_> = sinks::pairs(&document).into_iter().flatten().collect();
        self.stage
            .parts()
            .iter()
            .map(|part| {
                let pair = found.iter().find(|pair| pair.sid_vars == part.sid_vars).map(sinks::FoundPair::pair);
                (part.clone(), pair)
            })
            .collect()
    }

    /// Whether Twilio accepts every pair as it stands in the file.
    fn every_pair_works(&self) -> bool {
        self.held().iter().all(|(_, pair)| {
            pair.as_ref().is_some_and(|pair| {
                self.twilio
                    .with_state(|state| state.key(&pair.sid).is_some_and(|(_, key)| key.secret.matches(&pair.secret)))
            })
        })
    }

    fn on_disk(&self) -> String {
        let held = self.held();
        let news = held.iter().filter(|(part, pair)| pair.as_ref().is_some_and(|pair| pair.sid != part.sid)).count();
        let file = match news {
            0 => "old pair",
            news if news == held.len() => "new pair",
            _ => "old and new pairs",
        };
        let journal = match StateDir::open(&self.state()).map(|dir| Ledger::new(dir).all()) {
            Ok(Ok((rotations, _))) => rotations.last().map_or("no journal", |rotation| rotation.phase()),
            _ => "no journal",
        };
        format!("{file}, {journal}")
    }

    fn judge(&self, point: String, on_disk: String, worked: bool, ended: &Ended) -> Row {
        let held: Vec<KeySid> = self.held().into_iter().filter_map(|(_, pair)| pair).map(|pair| pair.sid).collect();
        let live: Vec<KeySid> = self.twilio.with_state(|state| {
            let accounts = self.stage.tokens().iter();
            accounts.flat_map(|(account, _)| state.keys(account)).map(|key| key.sid.clone()).collect()
        });
        let lost = live.iter().filter(|sid| !held.contains(sid)).count();
        let bytes = file::read(&self.file()).map(|read| read.bytes().to_vec()).unwrap_or_default();
        let changed = match (self.stage.beyond_the_pair(self.stage.bytes()), self.stage.beyond_the_pair(&bytes)) {
            (Some(before), Some(after)) => {
                let differing = before.iter().zip(after.iter()).filter(|(before, after)| before != after).count();
                differing + before.len().abs_diff(after.len())
            }
            _ => bytes.len(),
        };
        Row {
            killed_at: point,
            on_disk,
            file_worked: worked && self.every_pair_works(),
            next_run: ended.told(),
            said: ended.line.clone(),
            exit: ended.status.code(),
            live_keys: live.len(),
            lost_secrets: lost,
            bytes_changed: changed,
            left_over: self.left_over(),
        }
    }

    /// Files that should not be there any more: sealed secrets and temporary copies.
    fn left_over(&self) -> usize {
        let count = |path: PathBuf| std::fs::read_dir(path).map_or(0, Iterator::count);
        let beside = count(self.folder.path().to_path_buf()).saturating_sub(2);
        beside + count(self.state().join("sealed"))
    }
}

fn kill(child: &mut Child) -> Result<(), Failure> {
    child
        .kill()
        .and_then(|()| child.wait())
        .map(drop)
        .map_err(|error| Failure::failed(format!("cannot kill the rotation: {error}")))
}
