//! Processes that end with the test that started them.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a machine under load may take; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(3);

/// A child that is killed, by its pid, when it goes out of scope.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program that ran to its end said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Fails the test unless the program succeeded; shows what it said.
    #[track_caller]
    pub(crate) fn succeeded(&self, what: &str) {
        assert!(self.status.success(), "{what}: {}\n{}{}", self.status, self.stdout, self.stderr);
        print!("{}", self.stdout);
    }
}

/// Runs a program to its end with a text on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Ran {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut guard = Guard(child.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())));
    let stdout = drain(guard.0.stdout.take().unwrap());
    let stderr = drain(guard.0.stderr.take().unwrap());
    let mut stdin = guard.0.stdin.take().unwrap();
    // A program that does not read its input has closed it; its exit status says the rest.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let collect = |from: Receiver<String>| {
        from.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{} does not end", command.get_program().display()))
    };
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    Ran { status: guard.0.wait().unwrap(), stdout, stderr }
}

/// Reads to the end on a thread of its own, so that neither pipe can fill up and block the program.
fn drain(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

/// A program that serves until it goes out of scope. Its standard input stays open as long as this process lives, so a
/// program that ends with its input ends even if this process is killed.
pub(crate) struct Server {
    lines: Receiver<String>,
    stdin: ChildStdin,
    _guard: Guard,
}

impl Server {
    /// Starts a program and waits for the line on its standard output in which `find` finds what the caller waits for.
    pub(crate) fn start<T>(command: &mut Command, input: &str, find: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut guard = Guard(child.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())));
        let lines = lines(guard.0.stdout.take().unwrap());
        let stderr = drain(guard.0.stderr.take().unwrap());
        let mut stdin = guard.0.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes());
        let _ = stdin.flush();
        let deadline = Instant::now() + PATIENCE;
        let mut said = String::new();
        loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = find(&line) {
                        return (Self { lines, stdin, _guard: guard }, found);
                    }
                    said.push_str(&line);
                    said.push('\n');
                }
                Err(RecvTimeoutError::Timeout) => panic!("not ready in time:\n{said}"),
                Err(RecvTimeoutError::Disconnected) => {
                    let errors = stderr.recv_timeout(PATIENCE).unwrap_or_default();
                    panic!("ended instead of serving:\n{said}{errors}");
                }
            }
        }
    }
}

impl Server {
    /// Starts a program, and hands every line of its standard output to `see` until that says it is enough.
    pub(crate) fn start_with(command: &mut Command, mut see: impl FnMut(&str) -> bool) -> Self {
        let see = std::cell::RefCell::new(&mut see);
        Self::start(command, "", |line| (see.borrow_mut())(line).then_some(())).0
    }

    /// Closes its standard input and gives it the time to end by itself.
    pub(crate) fn end(self) {
        let Self { lines, stdin, _guard: mut guard } = self;
        drop((lines, stdin));
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until && matches!(guard.0.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Writes it a line and waits for the line it answers with.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").unwrap();
        self.stdin.flush().unwrap();
        self.lines.recv_timeout(PATIENCE).expect("no answer")
    }

    /// The lines it has written since it was ready or since the last call.
    pub(crate) fn said_so_far(&self) -> impl Iterator<Item = String> {
        self.lines.try_iter()
    }
}

/// Lines as they come. The thread reads to the end even when nobody listens any more, or the program would block.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { break };
            let _ = send.send(line);
        }
    });
    receive
}
