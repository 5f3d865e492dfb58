//! Everything that is said on stderr, and every question.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::args::{ColorChoice, Global};
use super::env;
use super::error::Failure;
use super::interrupt;
use super::text::shown;
use crate::model::Secret;

/// The voice of the program: messages, warnings, progress and questions. Cheap to clone; the clones share one screen.
#[derive(Clone)]
pub struct Ui(Arc<Inner>);

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the flags and the terminal")]
struct Inner {
    quiet: bool,
    verbose: bool,
    color_err: bool,
    color_out: bool,
    yes: bool,
    no_input: bool,
    interactive: bool,
    animated: bool,
    bar: Mutex<Option<ProgressBar>>,
}

/// The colours in use: a label is all that is ever coloured.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    Red,
    Yellow,
    Cyan,
    Dim,
}

impl Ui {
    /// Looks at the flags, at `NO_COLOR`, `TERM` and `CI`, and at what kind of thing stdin, stdout and stderr are.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let color = |terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !env::no_color() && !env::dumb_terminal(),
        };
        Self(Arc::new(Inner {
            quiet: global.quiet,
            verbose: global.verbose,
            color_err: color(err),
            color_out: color(out),
            yes: global.yes,
            no_input: global.no_input,
            interactive: !global.no_input && io::stdin().is_terminal() && err,
            animated: err && !global.quiet && !env::dumb_terminal(),
            bar: Mutex::new(None),
        }))
    }

    /// Whether stdout takes colours.
    #[must_use]
    pub fn color_out(&self) -> bool {
        self.0.color_out
    }

    /// Whether stderr takes colours.
    #[must_use]
    pub fn color_err(&self) -> bool {
        self.0.color_err
    }

    /// Whether `-v` was given.
    #[must_use]
    pub fn verbose(&self) -> bool {
        self.0.verbose
    }

    /// Whether somebody can be asked.
    #[must_use]
    pub fn interactive(&self) -> bool {
        self.0.interactive
    }

    pub(super) fn label(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Red => "1;31",
            Tone::Yellow => "1;33",
            Tone::Cyan => "36",
            Tone::Dim => "2",
        };
        if self.0.color_err { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Writes one line as it is; the caller has escaped it. A closed stderr is nobody's error.
    pub(super) fn raw(&self, line: &str) {
        let write = || {
            let _ = writeln!(io::stderr().lock(), "{line}");
        };
        self.beside(write);
    }

    /// Writes something to the terminal while no progress stands there.
    pub(super) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Says what was done. Silent with `-q`.
    pub fn note(&self, text: impl Display) {
        if !self.0.quiet {
            self.raw(&shown(&text.to_string()));
        }
    }

    /// Says what the user should know although nothing failed. Not silenced by `-q`.
    pub fn warn(&self, text: impl Display) {
        self.raw(&format!("{} {}", self.label(Tone::Yellow, "warning:"), shown(&text.to_string())));
    }

    /// Says a detail, with `-v` only.
    pub fn detail(&self, text: impl Display) {
        if self.0.verbose {
            self.raw(&self.label(Tone::Dim, &shown(&text.to_string())));
        }
    }

    /// Asks a question that is answered by yes or no. `--yes` answers yes; an empty answer is no.
    ///
    /// # Errors
    /// Exit 2 naming the flag `--yes`, if nobody can be asked.
    pub fn confirm(&self, question: impl Display) -> Result<bool, Failure> {
        if self.0.yes {
            return Ok(true);
        }
        if !self.0.interactive {
            let why = self.why_not();
            return Err(Failure::usage(format!("`{question}?` needs an answer, and {why}")).hint("answer with --yes"));
        }
        let answer = Self::ask(&format!("{question}? [y/N] "))?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line of text.
    ///
    /// # Errors
    /// Exit 2 with `otherwise` as the hint, if nobody can be asked; exit 1 if the terminal cannot be read.
    pub fn line(&self, prompt: &str, otherwise: &str) -> Result<String, Failure> {
        if !self.0.interactive {
            let why = self.why_not();
            return Err(Failure::usage(format!("the {prompt} is needed, and {why}")).hint(otherwise));
        }
        Ok(Self::ask(&format!("{prompt}: "))?.trim().to_owned())
    }

    /// Says what is next and waits for Enter, from a terminal or a pipe. `false` if the input ended, or said `q`.
    #[must_use]
    pub fn pause(&self, text: &str) -> bool {
        self.raw(&shown(text));
        let mut answer = String::new();
        matches!(io::stdin().read_line(&mut answer), Ok(read) if read > 0) && answer.trim() != "q"
    }

    /// Asks for a secret, without echo.
    ///
    /// # Errors
    /// Exit 2 with `otherwise` as the hint, if nobody can be asked; exit 1 if the terminal cannot be read.
    pub fn secret(&self, prompt: &str, otherwise: &str) -> Result<Secret, Failure> {
        if !self.0.interactive {
            let why = self.why_not();
            return Err(Failure::usage(format!("a secret is needed, and {why}")).hint(otherwise));
        }
        let failed = |error: io::Error| Failure::failed(format!("cannot read from the terminal: {error}"));
        let terminal = File::open("/dev/tty").map_err(failed)?;
        let echoing = tcgetattr(&terminal).map_err(|error| failed(error.into()))?;
        let restore = move || {
            let _ = tcsetattr(&terminal, OptionalActions::Now, &echoing);
        };
        let ask = || rpassword::prompt_password(format!("{prompt}: "));
        let text = interrupt::reading(restore, ask)?.map_err(failed)?;
        Ok(Secret::new(text))
    }

    fn why_not(&self) -> &'static str {
        if self.0.no_input { "--no-input was given" } else { "there is no terminal to ask on" }
    }

    fn ask(prompt: &str) -> Result<String, Failure> {
        let failed = |error: io::Error| Failure::failed(format!("cannot read from the terminal: {error}"));
        let mut err = io::stderr().lock();
        write!(err, "{}", shown(prompt)).and_then(|()| err.flush()).map_err(failed)?;
        drop(err);
        wait_for_a_line()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map_err(failed)?;
        Ok(answer)
    }

    /// Shows how much of a known number of things is done, until the value is dropped. Silent unless stderr is a
    /// terminal.
    pub fn bar(&self, things: u64) -> Progress {
        if self.0.animated {
            let bar = ProgressBar::new(things);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            *self.0.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }
        Progress(self.clone())
    }

    /// Shows that something takes its time, until the value is dropped. Silent unless stderr is a terminal.
    pub fn progress(&self, text: impl Display) -> Progress {
        if self.0.animated {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(shown(&text.to_string()).into_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            *self.0.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }
        Progress(self.clone())
    }
}

/// Waits until the terminal has a line, or the run is to end: reading alone would go on after a signal.
fn wait_for_a_line() -> Result<(), Failure> {
    let stdin = io::stdin();
    loop {
        if let Some(exit) = interrupt::heard() {
            return Err(interrupt::interrupted(exit));
        }
        let mut wanted = [rustix::event::PollFd::new(&stdin, rustix::event::PollFlags::IN)];
        let slice = rustix::event::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        match rustix::event::poll(&mut wanted, Some(&slice)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            // What cannot be waited for can still be read.
            Ok(_) | Err(_) => return Ok(()),
        }
    }
}

/// Progress on the screen; gone when dropped.
#[must_use = "the progress disappears when this is dropped"]
pub struct Progress(Ui);

impl Progress {
    /// Says what is being done now.
    pub fn say(&self, text: impl Display) {
        if let Some(bar) = &*self.0.0.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_message(shown(&text.to_string()).into_owned());
        }
    }
}

impl Progress {
    /// Says that there are so many more things.
    pub fn grow(&self, things: usize) {
        if let Some(bar) = &*self.0.0.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc_length(things as u64);
        }
    }

    /// Says that one more thing is done.
    pub fn step(&self) {
        if let Some(bar) = &*self.0.0.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.0.0.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
