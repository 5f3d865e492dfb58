//! Every point of a run, struck in turn, by as many workers as there are processors.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::keyring::stage;
use crate::stage::{Saved, Scenario, Stage};
use crate::strace::{Blow, Call, Strace, Struck};

/// The sweeps take all processors, so one goes after the other.
static TURN: Mutex<()> = Mutex::new(());

/// Which of the second kills are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seconds {
    /// At every call.
    Every,
    /// At every call that changes something. A kill at any other leaves what a kill at the next of these leaves.
    Changing,
    /// At one in five of these.
    Sample,
}

/// The exit codes that a failing disk may lead to: done, failed, usage (the state directory cannot be used),
/// incomplete, unverified, temporary.
const EXITS: [i32; 6] = [0, 1, 2, 5, 7, 75];

/// What a sweep came to.
#[derive(Default)]
pub(crate) struct Tally {
    tried: usize,
    missed: Vec<String>,
    exits: BTreeMap<String, usize>,
    broken: Vec<String>,
    lost: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, point: &str, struck: &Struck, broken: Vec<String>) {
        if struck.at.is_none() {
            self.missed.push(point.to_owned());
            return;
        }
        self.tried += 1;
        self.lost += usize::from(!broken.is_empty());
        let code = struck.output.status.code();
        *self.exits.entry(code.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"))).or_default() += 1;
        let at = struck.at.as_deref().unwrap_or_default();
        let said = String::from_utf8_lossy(&struck.output.stderr);
        self.broken.extend(broken.into_iter().map(|what| format!("{point}: {what}\n    at {at}\n    said {said}")));
    }

    /// A row of the table; then, where anything broke, what.
    pub(crate) fn show(&self, scenario: &Scenario, what: &str, since: Instant) {
        let exits: Vec<String> = self.exits.iter().map(|(exit, count)| format!("{exit}: {count}")).collect();
        let (name, seconds) = (scenario.name, since.elapsed().as_secs());
        println!("| {name} | {what} | {} | {} | {} | {seconds} s |", self.tried, self.lost, exits.join(", "));
        for missed in &self.missed {
            println!("never came to {missed}");
        }
        for broken in self.broken.iter().take(30) {
            println!("BROKEN {broken}");
        }
        assert!(self.broken.is_empty(), "{} of {} points broke a promise", self.lost, self.tried);
        // The runtime wakes itself now more and now less often; what the program itself does is the same every time.
        assert!(self.missed.len() * 50 <= self.tried, "{} points were never reached", self.missed.len());
        assert!(self.tried > 0, "nothing was tried");
    }
}

/// Strikes one run at each of its calls, and runs it again.
pub(crate) fn singles(scenario: &'static Scenario, what: &str, blow: Blow, at: impl Fn(&Call) -> bool) {
    let _turn = turn();
    let (strace, since) = (Strace::find(), Instant::now());
    let mut calls = strace.calls(&stage(scenario), scenario.run);
    calls.retain(at);
    let tally = Mutex::new(Tally::default());
    workers(scenario, calls.len(), |stage, start, index| {
        let call = &calls[index];
        stage.restore(start);
        let struck = strace.strike(stage, scenario.run, call, blow);
        let mut broken = judge(stage, start, &struck, blow);
        broken.extend(stage.heal());
        tally.lock().unwrap_or_else(PoisonError::into_inner).add(&call.to_string(), &struck, broken);
    });
    tally.into_inner().unwrap().show(scenario, what, since);
}

/// Kills a run at each of its calls. From every distinct state that this leaves, kills the run after it at each of
/// *its* calls, and runs it once more.
pub(crate) fn doubles(scenario: &'static Scenario, tried: Seconds) {
    let _turn = turn();
    let (strace, since) = (Strace::find(), Instant::now());
    let mut calls = strace.calls(&stage(scenario), scenario.run);
    calls.retain(|call| tried == Seconds::Every || call.changes());
    let states: Mutex<BTreeMap<String, usize>> = Mutex::default();
    workers(scenario, calls.len(), |stage, start, index| {
        stage.restore(start);
        strace.strike(stage, scenario.run, &calls[index], Blow::Kill);
        stage.settle();
        let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
        let first = states.entry(stage.print()).or_insert(index);
        *first = index.min(*first);
    });
    let mut firsts: Vec<usize> = states.into_inner().unwrap().into_values().collect();
    firsts.sort_unstable();
    let tally = Mutex::new(Tally::default());
    workers(scenario, firsts.len(), |stage, start, index| {
        let first = &calls[firsts[index]];
        stage.restore(start);
        strace.strike(stage, scenario.run, first, Blow::Kill);
        stage.settle();
        let killed = stage.save();
        let Some(again) = stage.again() else { return };
        let seconds = strace.calls(stage, again);
        let seconds = seconds.iter().filter(|call| tried == Seconds::Every || call.changes());
        for (_, second) in seconds.enumerate().filter(|(at, _)| tried != Seconds::Sample || (at + index) % 5 == 0) {
            stage.restore(&killed);
            let struck = strace.strike(stage, again, second, Blow::Kill);
            let mut broken = judge(stage, &killed, &struck, Blow::Kill);
            broken.extend(stage.heal());
            let point = format!("{first}, then {second}");
            tally.lock().unwrap_or_else(PoisonError::into_inner).add(&point, &struck, broken);
        }
    });
    let which = match tried {
        Seconds::Every => ", at every call",
        Seconds::Changing => ", where something changes",
        Seconds::Sample => ", a sample",
    };
    let what = format!("killed again, from each of {} states{which}", firsts.len());
    tally.into_inner().unwrap().show(scenario, &what, since);
}

/// What must hold right after the blow, before anything else runs.
fn judge(stage: &Stage, start: &Saved, struck: &Struck, blow: Blow) -> Vec<String> {
    stage.settle();
    let mut broken = stage.judge_instant();
    if blow == Blow::Kill || struck.at.is_none() {
        return broken;
    }
    let said = String::from_utf8_lossy(&struck.output.stderr);
    let code = struck.output.status.code();
    if said.contains("panicked") || !code.is_some_and(|code| EXITS.contains(&code)) {
        broken.push(format!("it ended with {}", struck.output.status));
    }
    // Whoever could not be told has to look for himself.
    if struck.at.as_ref().is_some_and(|at| at.starts_with("write(1<")) {
        return broken;
    }
    // The code has to be true: 0 says that all is done, 5 that something is open, the others that nothing changed.
    match code {
        Some(0) => broken.extend(stage.judge_end()),
        Some(5) if stage.open_rotations() == 0 => broken.push("exit 5, and no rotation is open".to_owned()),
        Some(1 | 2 | 7 | 75) if !stage.untouched(start) => broken.push(format!("exit {code:?}, and something changed")),
        _ => {}
    }
    broken
}

/// Calls the work with every index below `count`, from several threads, each with a stage of its own.
fn workers(scenario: &'static Scenario, count: usize, work: impl Fn(&Stage, &Saved, usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(count);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let stage = stage(scenario);
                let start = stage.save();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    work(&stage, &start, index);
                }
            });
        }
    });
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the whole campaign is wanted rather than what fits into every build.
#[expect(clippy::disallowed_methods, reason = "how much is tried is the caller's choice")]
pub(crate) fn full() -> bool {
    std::env::var("TWCRED_CAMPAIGN").is_ok_and(|value| value == "full")
}
