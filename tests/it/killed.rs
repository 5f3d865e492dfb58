//! Killed at every exchange with Twilio, and again while it recovers; answers lost, the file and the authorising secret
//! changed between the runs; twenty copies at once. `tests/campaign` does the same at every system call.

use std::collections::BTreeMap;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use twcred::sandbox::{End, Moment};

use crate::stage::beside::{OVER_SHOP, OVER_SHOP_ROLLBACK};
use crate::stage::{GRACE, NOW, OWN, OWN_ROLLBACK, RETIRE, ROLLBACK, Saved, Scenario, Stage, TWO};

const PATIENCE: Duration = Duration::from_secs(30);

/// When, in an exchange, the run is killed; the request is carried out in both cases.
pub(crate) const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

/// A moment of a run: its `n`th exchange, counted from 1.
pub(crate) type Point = (u64, Moment);

fn exchanges(stage: &Stage) -> u64 {
    stage.world.sandbox.exchanges().last().map_or(0, |exchange| exchange.n)
}

/// What a run asks for that nobody harms. The stage is as it was afterwards.
pub(crate) fn routes(stage: &Stage, args: &[&str]) -> Vec<String> {
    let saved = stage.save();
    let before = exchanges(stage);
    let output = stage.run(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stage.restore(&saved);
    let asked = stage.world.sandbox.exchanges().into_iter().filter(|asked| asked.n > before);
    asked.map(|asked| asked.route.unwrap_or_default()).collect()
}

/// Where a run asks for the new key, counted from 1.
fn create(routes: &[String]) -> u64 {
    let at = routes.iter().position(|route| route == "POST /v1/Keys").unwrap();
    u64::try_from(at).unwrap() + 1
}

/// The points at which the run can be killed.
pub(crate) fn points(stage: &Stage, args: &[&str]) -> Vec<Point> {
    (1..).zip(routes(stage, args)).flat_map(|(n, _)| MOMENTS.map(|moment| (n, moment))).collect()
}

/// Kills a run there; what it had asked for is done all the same.
pub(crate) fn kill(stage: &Stage, (n, moment): Point) {
    let n = exchanges(stage) + n;
    stage.world.sandbox.hold(n, moment);
    let mut child = quiet(stage, stage.scenario.run);
    let held = stage.world.sandbox.wait_held(PATIENCE);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(held.is_some_and(|held| held.n == n), "the run did not come to exchange {n}");
    stage.world.sandbox.release();
    stage.settle();
}

fn quiet(stage: &Stage, args: &[&str]) -> std::process::Child {
    let mut command = stage.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Kills at every point, does something in between, and runs again.
pub(crate) fn killed_everywhere(scenario: &'static Scenario, what: &str, between: impl Fn(&Stage)) {
    let stage = Stage::new(scenario);
    let start = stage.save();
    let points = points(&stage, scenario.run);
    assert!(points.len() >= 6, "only {} points", points.len());
    let mut tally = Tally::default();
    for point in points {
        stage.restore(&start);
        kill(&stage, point);
        let mut found = stage.judge_instant();
        between(&stage);
        found.extend(stage.heal());
        tally.add(&format!("{point:?}"), found);
    }
    tally.show(scenario, what);
}

/// How many points were tried, and which promises broke.
#[derive(Default)]
pub(crate) struct Tally {
    tried: usize,
    broken: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, point: &str, broken: Vec<String>) {
        self.tried += 1;
        self.broken.extend(broken.into_iter().map(|what| format!("{point}: {what}")));
    }

    /// A row of the table in `docs/rotation.md`.
    #[expect(clippy::print_stdout, reason = "shown with --nocapture only")]
    pub(crate) fn show(&self, scenario: &Scenario, what: &str) {
        println!("| {} | {what} | {} | {} |", scenario.name, self.tried, self.broken.len());
        none(&self.broken);
    }
}

pub(crate) fn none(broken: &[String]) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn at_every_exchange_of_one_run() {
    killed_everywhere(&NOW, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_before_the_grace_and_after_it() {
    killed_everywhere(&GRACE, "killed at an exchange", |_| {});
    killed_everywhere(&RETIRE, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_of_a_rollback() {
    killed_everywhere(&ROLLBACK, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_where_the_key_authorises_itself() {
    killed_everywhere(&OWN, "killed at an exchange", |_| {});
    killed_everywhere(&OWN_ROLLBACK, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_with_the_key_as_the_authority_of_anothers_open_rotation() {
    killed_everywhere(&OVER_SHOP, "killed at an exchange", |_| {});
    killed_everywhere(&OVER_SHOP_ROLLBACK, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_with_two_sinks() {
    killed_everywhere(&TWO, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_and_at_every_exchange_of_the_run_after_it() {
    let stage = Stage::new(&NOW);
    let start = stage.save();
    let mut states: BTreeMap<String, (Point, Saved)> = BTreeMap::new();
    for point in points(&stage, NOW.run) {
        stage.restore(&start);
        kill(&stage, point);
        states.entry(stage.print()).or_insert_with(|| (point, stage.save()));
    }
    assert!(states.len() > 5, "only {} states", states.len());
    let mut tally = Tally::default();
    for (first, killed) in states.values() {
        stage.restore(killed);
        for second in points(&stage, NOW.run) {
            stage.restore(killed);
            kill(&stage, second);
            let mut found = stage.judge_instant();
            found.extend(stage.heal());
            tally.add(&format!("{first:?}, then {second:?}"), found);
        }
    }
    tally.show(&NOW, &format!("killed again at an exchange, from each of {} states", states.len()));
}

#[test]
fn with_the_answer_to_the_create_lost() {
    let stage = Stage::new(&NOW);
    let start = stage.save();
    let lost = || stage.world.sandbox.add_fault("commit-then-drop=POST /v1/Keys@1".parse().unwrap());
    // What is asked by a run that has to settle it first.
    lost();
    let routes = routes(&stage, NOW.run);
    let mut tally = Tally::default();
    // At the create itself the lost answer strikes, and nothing can be held.
    let others = (1..).zip(&routes).map(|(n, _)| n).filter(|n| *n != create(&routes));
    for point in others.flat_map(|n| MOMENTS.map(|moment| (n, moment))) {
        stage.restore(&start);
        lost();
        kill(&stage, point);
        stage.world.sandbox.clear_faults();
        let mut found = stage.judge_instant();
        found.extend(stage.heal());
        tally.add(&format!("{point:?}"), found);
    }
    tally.show(&NOW, "the create's answer lost, then killed at an exchange");
}

#[test]
fn with_any_answer_lost_garbled_or_refused() {
    let stage = Stage::new(&NOW);
    let start = stage.save();
    let count = points(&stage, NOW.run).len() / MOMENTS.len();
    let mut tally = Tally::default();
    for effect in ["commit-then-drop", "drop-before", "garble:truncated", "garble:html", "refuse:403/20403"] {
        for n in 1..=count {
            stage.restore(&start);
            stage.world.sandbox.add_fault(format!("{effect}=*@{n}").parse().unwrap());
            let output = stage.run(NOW.run);
            stage.world.sandbox.clear_faults();
            let mut found = stage.judge_instant();
            if output.status.code() == Some(101) {
                found.push("it panicked".to_owned());
            }
            if output.status.success() {
                found.extend(stage.judge_end());
            } else {
                found.extend(stage.heal());
            }
            tally.add(&format!("{effect} at {n}"), found);
        }
    }
    tally.show(&NOW, "an answer lost, cut short, replaced or refused");
}

/// The create is on its way while its sender is killed, and arrives only while the next run is at work.
#[test]
fn with_a_create_that_arrives_late() {
    let stage = Stage::new(&NOW);
    let start = stage.save();
    let sandbox = &stage.world.sandbox;
    let create = create(&routes(&stage, NOW.run));
    let mut tally = Tally::default();
    for at in 1.. {
        stage.restore(&start);
        let late = exchanges(&stage) + create;
        sandbox.hold(late, Moment::Before);
        let mut child = quiet(&stage, NOW.run);
        assert!(sandbox.wait_held(PATIENCE).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        // The next run stands still at one of its own exchanges when the create is let go.
        sandbox.hold(late + at, Moment::After);
        let mut again = quiet(&stage, NOW.run);
        let since = Instant::now();
        let there = || sandbox.exchanges().iter().any(|asked| asked.n == late + at && asked.status.is_some());
        while !there() && since.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(2));
        }
        let route = sandbox.exchanges().iter().find(|asked| asked.n == late + at).and_then(|asked| asked.route.clone());
        let swept = route.as_deref() == Some("GET /v1/Keys") && at > 1;
        // Its work is seen to be done a moment before it stands still, so it is let go until it goes.
        while again.try_wait().unwrap().is_none() && since.elapsed() < PATIENCE {
            sandbox.release();
            std::thread::sleep(Duration::from_millis(2));
        }
        let output = again.wait_with_output().unwrap();
        stage.settle();
        if swept {
            // From here on the rotation looks no more.
            break;
        }
        let mut found = stage.judge_end();
        if !output.status.success() {
            found.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        tally.add(&format!("late by {at} exchanges"), found);
    }
    tally.show(&NOW, "the create arrives while the next run is at work");
}

#[test]
fn with_the_file_edited_by_hand_between_the_runs() {
    killed_everywhere(&NOW, "a comment and a variable added", |stage| {
        stage.edit(|text| format!("# a word\n{text}\nNEW=1\n"));
    });
    killed_everywhere(&NOW, "all line ends made CRLF", |stage| {
        stage.edit(|text| text.replace("\r\n", "\n").replace('\n', "\r\n"));
    });
    killed_everywhere(&NOW, "another variable changed", |stage| {
        stage.edit(|text| text.replace("OTHER=again", "OTHER=\"quite another\""));
    });
    killed_everywhere(&NOW, "the lines in another order", |stage| {
        stage.edit(|text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.reverse();
            lines.join("\n")
        });
    });
}

#[test]
fn with_another_auth_token_between_the_runs() {
    killed_everywhere(&NOW, "another Auth Token", Stage::change_token);
    killed_everywhere(&GRACE, "another Auth Token", Stage::change_token);
    killed_everywhere(&RETIRE, "another Auth Token", Stage::change_token);
}

/// Starts twenty copies at once. `held` keeps the first to reach Twilio there until all others have ended.
fn twenty(args: &[&str], held: bool) -> (Stage, Vec<Output>) {
    twenty_of(&NOW, args, held, "POST /v1/Keys")
}

/// The same of a scenario, of which one copy alone sends a request on this route.
pub(crate) fn twenty_of(scenario: &'static Scenario, args: &[&str], held: bool, once: &str) -> (Stage, Vec<Output>) {
    let stage = Stage::new(scenario);
    if held {
        stage.world.sandbox.hold(1, Moment::Before);
    }
    let mut copies: Vec<_> = (0..20).map(|_| quiet(&stage, args)).collect();
    if held {
        assert!(stage.world.sandbox.wait_held(PATIENCE).is_some());
        let since = Instant::now();
        while copies.iter_mut().map(|copy| copy.try_wait().unwrap()).filter(Option::is_none).count() > 1 {
            assert!(since.elapsed() < PATIENCE, "a copy waits for another");
            std::thread::sleep(Duration::from_millis(5));
        }
        stage.world.sandbox.release();
    }
    let outputs: Vec<Output> = copies.into_iter().map(|copy| copy.wait_with_output().unwrap()).collect();
    for output in &outputs {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            Some(0) => assert!(
                ["was replaced by", "is not due", "waits beside"].iter().any(|said| out.contains(said)),
                "{out}{err}"
            ),
            Some(6) => assert!(err.contains("another run holds the lock"), "{err}"),
            other => panic!("exit {other:?}: {out}{err}"),
        }
    }
    let made = stage.world.sandbox.exchanges().into_iter();
    let made = made.filter(|asked| asked.route.as_deref() == Some(once) && asked.end == End::Answered);
    assert_eq!(made.count(), 1, "so many times {once}");
    assert_eq!(stage.rotations().unwrap().len() + stage.token_rotations().unwrap().len(), 1);
    none(&stage.judge_instant());
    (stage, outputs)
}

#[test]
fn twenty_copies_rotate_once() {
    let rotate = ["keys", "rotate", "--env-file", "repos.env"];
    let (stage, _) = twenty(&rotate, false);
    none(&stage.heal());
    let (stage, _) = twenty(&[&rotate[..], &["--max-age", "5d"]].concat(), false);
    none(&stage.heal());
    let (stage, _) = twenty(&[&rotate[..], &["--now", "--max-age", "5d"]].concat(), false);
    none(&stage.judge_end());
}

/// Without an age to go by, a copy that starts when all is over rotates once more, as it was told. Those that find the
/// first at work do not.
#[test]
fn twenty_copies_that_rotate_at_any_age_rotate_once() {
    let (stage, outputs) = twenty(NOW.run, true);
    assert_eq!(outputs.iter().filter(|output| output.status.code() == Some(6)).count(), 19);
    none(&stage.judge_end());
}
