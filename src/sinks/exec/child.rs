//! A child process that gets a document, gives an answer, and has a limited time for both.

use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::model::variable::NAMES;

/// The most bytes that are taken from each of the child's outputs: 1 MiB.
pub(super) const MOST: usize = 1 << 20;

/// How long outputs may stay open after the child has ended, in the hands of a grandchild.
const AFTER: Duration = Duration::from_millis(500);

/// How often it is asked whether the child has ended.
const STEP: Duration = Duration::from_millis(10);

/// How the child ended.
pub(super) enum Ended {
    Code(i32),
    Signal(i32),
    TimedOut,
    /// It wrote more than [`MOST`] bytes.
    TooMuch,
}

/// What the child gave.
pub(super) struct Output {
    pub(super) ended: Ended,
    pub(super) stdout: Zeroizing<Vec<u8>>,
    pub(super) stderr: Zeroizing<Vec<u8>>,
}

/// Runs a program without arguments, gives it a document on standard input, and takes its outputs.
///
/// The variables that hold Twilio credentials under their own names are taken out of its environment. A child that does
/// not read its input is no failure: its exit status decides. When time is over the child is killed and waited for.
///
/// # Errors
/// If it cannot be started or watched.
pub(super) fn run(program: &str, document: Zeroizing<Vec<u8>>, timeout: Duration) -> io::Result<Output> {
    let mut command = Command::new(program);
    for (name, _) in NAMES.iter().filter(|(_, role)| role.is_secret()) {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let deadline = Instant::now() + timeout;
    let mut child = Running(command.spawn()?);
    if let Some(mut input) = child.0.stdin.take() {
        // A child that closes its input early makes this write fail with EPIPE, which is its right.
        thread::spawn(move || drop(input.write_all(&document)));
    }
    let (stdout, stderr) = (collect(child.0.stdout.take()), collect(child.0.stderr.take()));
    let status = child.wait_until(deadline)?;
    let until = if status.is_some() { deadline.min(Instant::now() + AFTER) } else { Instant::now() };
    let (stdout, stderr) = (received(&stdout, until), received(&stderr, until));
    let too_much = stdout.len() > MOST || stderr.len() > MOST;
    let ended = match status.map(|status| (status.code(), status.signal())) {
        None => Ended::TimedOut,
        Some(_) if too_much => Ended::TooMuch,
        Some((Some(code), _)) => Ended::Code(code),
        Some((None, signal)) => Ended::Signal(signal.unwrap_or_default()),
    };
    Ok(Output { ended, stdout, stderr })
}

/// A child that does not outlive this value: whatever path leads out of [`run`], it has been waited for.
struct Running(Child);

impl Running {
    fn wait_until(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(STEP);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a child that was waited for: std remembers, so no other process is hit.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads a pipe to its end in a thread, keeping [`MOST`] bytes and one, and throwing the rest away so that the child is
/// never stuck. Pieces are handed over as they come: a grandchild may hold the pipe open.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut piece = Zeroizing::new(vec![0; 1 << 16]);
        let mut kept = 0;
        loop {
            match pipe.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => {
                    let take = count.min(MOST + 1 - kept);
                    kept += take;
                    if take > 0 && sender.send(Zeroizing::new(piece[..take].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    receiver
}

fn received(pieces: &Receiver<Zeroizing<Vec<u8>>>, until: Instant) -> Zeroizing<Vec<u8>> {
    // Reserved whole, so that growing leaves no copies behind.
    let mut all = Zeroizing::new(Vec::with_capacity(MOST + 1));
    loop {
        match pieces.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return all,
        }
    }
}

/// The first lines of what a program wrote on standard error, fit to be shown: without the secrets, without any long run
/// of letters and digits that could be another or a part of one, without control characters.
pub(super) fn shown(stderr: &[u8], secrets: &[&str]) -> Option<String> {
    const LINES: usize = 3;
    const WIDTH: usize = 400;
    const RUN: usize = 20;
    let mut text = Zeroizing::new(String::from_utf8_lossy(stderr).into_owned());
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = Zeroizing::new(text.replace(secret, "[secret]"));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES).collect();
    let joined = Zeroizing::new(lines.join("; "));
    let mut out = String::new();
    let mut run = String::new();
    let end_run = |run: &mut String, out: &mut String| {
        if run.len() >= RUN {
            out.push_str("[…]");
        } else {
            out.push_str(run);
        }
        zeroize::Zeroize::zeroize(run);
    };
    for c in joined.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '+' | '_' | '=' | '-') {
            run.push(c);
        } else {
            end_run(&mut run, &mut out);
            out.push(if c.is_control() { '\u{fffd}' } else { c });
        }
        if out.len() >= WIDTH {
            out.push('…');
            return Some(out);
        }
    }
    end_run(&mut run, &mut out);
    Some(out).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_secret() {
        let secret = "s3cr3t/part";
        let long = "0123456789abcdef".repeat(2);
        let said = format!("cannot write s3cr3t/part\x1b[2J\n\n  key {long} refused\nthree\nfour");
        assert_eq!(
            shown(said.as_bytes(), &[secret]).unwrap(),
            "cannot write [secret]\u{fffd}[2J; key […] refused; three"
        );
        assert_eq!(shown(b"\n", &[]), None);
    }

    #[test]
    fn a_child_that_reads_nothing_writes_without_end_or_never_ends() {
        let quick = Duration::from_secs(20);
        let document = || Zeroizing::new(vec![b'x'; 1 << 20]);
        assert!(matches!(run("true", document(), quick).unwrap().ended, Ended::Code(0)));
        assert!(matches!(run("false", document(), quick).unwrap().ended, Ended::Code(1)));
        assert!(run("./no such program", document(), quick).is_err());
        // It never ends by itself: without the kill this line would not be passed.
        let output = run("yes", document(), Duration::from_millis(300)).unwrap();
        assert!(matches!(output.ended, Ended::TimedOut) && output.stdout.len() <= MOST + 1);
        let echoed = run("cat", Zeroizing::new(b"{}".to_vec()), quick).unwrap();
        assert_eq!(echoed.stdout.as_slice(), b"{}");
        assert!(matches!(run("cat", Zeroizing::new(vec![b'x'; MOST + 1]), quick).unwrap().ended, Ended::TooMuch));
    }
}
