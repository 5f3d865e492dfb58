//! The runtime of a network command, and Ctrl-C and SIGTERM while it runs.

use std::future::Future;
use std::io::Write as _;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::Failure;
use super::exit::Exit;

/// The number of the last signal that came, 0 before the first. The runtime hears of a signal only where a future waits;
/// a sink's program is waited for outside of it.
static HEARD: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

const SIGNALS: [(SignalKind, Exit); 2] =
    [(SignalKind::interrupt(), Exit::Interrupted), (SignalKind::terminate(), Exit::Terminated)];

/// Has [`HEARD`] kept, once for the whole process.
fn listen() -> std::io::Result<()> {
    static LISTENS: OnceLock<()> = OnceLock::new();
    if LISTENS.get().is_none() {
        for kind in SIGNALS.map(|(kind, _)| kind.as_raw_value()) {
            let number = usize::try_from(kind).unwrap_or_default();
            signal_hook::flag::register_usize(kind, HEARD.clone(), number)?;
        }
        let _ = LISTENS.set(());
    }
    Ok(())
}

/// The exit code of the signal that came, if one did. It is known from the instant of the signal on, whatever the run is
/// busy with.
#[must_use]
pub fn heard() -> Option<Exit> {
    let number = HEARD.load(Ordering::Relaxed);
    SIGNALS.iter().find(|(kind, _)| usize::try_from(kind.as_raw_value()) == Ok(number)).map(|(_, exit)| *exit)
}

/// Whether the run is to end. What waits for a program asks it before it starts the next one.
#[must_use]
pub fn is_heard() -> bool {
    heard().is_some()
}

/// Runs a future on a current-thread runtime until it ends or the user ends it.
///
/// SIGINT and SIGTERM drop the future where it waits, exactly as a kill would: what must survive was made durable
/// before. A command that wants to clean up first uses [`patiently`].
///
/// # Errors
/// Those of the future; exit 130 or 143 if it was interrupted, and also if it failed after that, since the failure may
/// be of the signal's making (Ctrl-C reaches a sink's program too); exit 1 if the runtime cannot start.
pub fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    if let Some(exit) = heard() {
        return Err(interrupted(exit));
    }
    patiently(async |mut stop| {
        tokio::select! {
            biased;
            exit = stop.requested() => Err(interrupted(exit)),
            result = future => result.map_err(after),
        }
    })
}

/// The failure of a run, which is an interruption if a signal came before it.
fn after(failure: Failure) -> Failure {
    match heard() {
        Some(exit) => interrupted(exit).because(&failure),
        None => failure,
    }
}

/// Runs a future that hears of SIGINT and SIGTERM and decides itself when to end. The second signal is the kernel's
/// default no more either: only SIGKILL ends a future that does not listen.
///
/// # Errors
/// Those of the future; exit 1 if the runtime cannot start.
pub fn patiently<T>(work: impl AsyncFnOnce(Stop) -> Result<T, Failure>) -> Result<T, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("cannot start the runtime: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    listen().map_err(failed)?;
    runtime.block_on(async {
        let stop = Stop {
            int: signal(SignalKind::interrupt()).map_err(failed)?,
            term: signal(SignalKind::terminate()).map_err(failed)?,
        };
        work(stop).await
    })
}

/// Reads from a terminal that does not echo. SIGINT and SIGTERM end the reading, and the process if the reading goes on;
/// `restore` has the terminal echo again.
///
/// # Errors
/// Exit 130 or 143 after a signal; exit 1 if none can be listened for, and nothing is read then.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the thread that would end the process is the one that reads"
)]
pub fn reading<T>(restore: impl FnOnce() + Send + 'static, read: impl FnOnce() -> T) -> Result<T, Failure> {
    listen().map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))?;
    let done = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&done);
    let watch = std::thread::spawn(move || {
        while !seen.load(Ordering::Acquire) {
            std::thread::park_timeout(Duration::from_millis(100));
            // A signal that came while this thread ran did not wake the reading.
            let exit = heard().filter(|_| !seen.load(Ordering::Acquire));
            if let Some(exit) = exit {
                restore();
                let _ = writeln!(std::io::stderr(), "\nerror: {}", interrupted(exit).chain().join(": "));
                std::process::exit(i32::from(exit.code()));
            }
        }
    });
    let outcome = read();
    done.store(true, Ordering::Release);
    watch.thread().unpark();
    let _ = watch.join();
    heard().map_or(Ok(outcome), |exit| Err(interrupted(exit)))
}

/// The wish that the run end.
pub struct Stop {
    int: Signal,
    term: Signal,
}

impl Stop {
    /// Waits for SIGINT or SIGTERM and says which came, as the exit code it leads to.
    pub async fn requested(&mut self) -> Exit {
        tokio::select! {
            _ = self.int.recv() => Exit::Interrupted,
            _ = self.term.recv() => Exit::Terminated,
        }
    }
}

/// The error of a run that was ended from outside.
#[must_use]
pub fn interrupted(exit: Exit) -> Failure {
    ended(exit).hint("run the same command again to continue")
}

/// The same of a run that its command does not continue in every case.
#[must_use]
pub fn ended(exit: Exit) -> Failure {
    let what = if exit == Exit::Terminated { "terminated" } else { "interrupted" };
    Failure::new(exit, format!("{what}; state is safe"))
}

/// The exit code that tells the caller how a child ended: its own code, or 128 and the signal.
#[must_use]
pub fn of_child(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Exit::Child(u8::try_from(code).unwrap_or(1))
}

/// The exit code and error of a child that could not be started.
#[must_use]
pub fn not_started(program: &str, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(Exit::NotFound, format!("there is no program `{program}`")),
        _ => Failure::new(Exit::NotExecutable, format!("cannot execute `{program}`: {error}")),
    }
}

/// Passes SIGTERM on to a child. One that has ended meanwhile needs none.
pub fn pass_on(child: &tokio::process::Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}
