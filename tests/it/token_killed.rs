//! `twcred token` killed at every exchange with Twilio, and its answers lost, garbled or refused. `tests/campaign` does the
//! same at every system call.

use crate::killed::{MOMENTS, Tally, kill, killed_everywhere, none, points, twenty_of};
use crate::stage::beside::TOKEN_OVER_CHILD;
use crate::stage::runs::{
    TOKEN, TOKEN_DELETE, TOKEN_DELETE_ELSEWHERE, TOKEN_OVER_KEY, TOKEN_PROFILE, TOKEN_PROMOTE, TOKEN_PROMOTE_ELSEWHERE,
    TOKEN_SINKS, TOKEN_UNDONE,
};
use crate::stage::{Scenario, Stage};

const CREATE: &str = "POST /v1/AuthTokens/Secondary";

#[test]
fn at_every_exchange_of_a_rotation() {
    killed_everywhere(&TOKEN, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_of_promote_and_delete() {
    killed_everywhere(&TOKEN_PROMOTE, "killed at an exchange", |_| {});
    killed_everywhere(&TOKEN_DELETE, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_with_several_places() {
    killed_everywhere(&TOKEN_SINKS, "killed at an exchange", |_| {});
    killed_everywhere(&TOKEN_UNDONE, "killed at an exchange", |_| {});
    killed_everywhere(&TOKEN_PROFILE, "killed at an exchange", |_| {});
}

#[test]
fn at_every_exchange_of_a_promote_or_delete_from_elsewhere() {
    killed_everywhere(&TOKEN_PROMOTE_ELSEWHERE, "killed at an exchange", |_| {});
    killed_everywhere(&TOKEN_DELETE_ELSEWHERE, "killed at an exchange", |_| {});
}

/// What the key's rotation has sealed under the old token opens under the new one, wherever the run was killed.
#[test]
fn at_every_exchange_while_a_keys_rotation_is_in_grace() {
    killed_everywhere(&TOKEN_OVER_KEY, "killed at an exchange", |_| {});
    killed_everywhere(&TOKEN_OVER_CHILD, "killed at an exchange", |_| {});
}

#[test]
fn with_any_answer_lost_garbled_or_refused() {
    let effects = ["commit-then-drop", "drop-before", "garble:truncated", "refuse:403/20403", "throttle"];
    struck(&TOKEN, &effects, "an answer lost, cut short, refused, or all throttled");
}

/// What is refused so is taken for dead, and is not.
#[test]
fn with_any_token_refused_that_works() {
    for scenario in [&TOKEN, &TOKEN_PROMOTE, &TOKEN_DELETE, &TOKEN_SINKS, &TOKEN_OVER_KEY] {
        struck(scenario, &["refuse:401/20003"], "a wrong 401 at an exchange");
    }
}

/// Strikes each exchange in turn with each of these, and runs again.
fn struck(scenario: &'static Scenario, effects: &[&str], what: &str) {
    let stage = Stage::new(scenario);
    let start = stage.save();
    let count = points(&stage, scenario.run).len() / MOMENTS.len();
    let mut tally = Tally::default();
    for effect in effects {
        for n in 1..=count {
            stage.restore(&start);
            let often = if *effect == "throttle" { "x*" } else { "" };
            stage.world.sandbox.add_fault(format!("{effect}=*@{n}{often}").parse().unwrap());
            let output = stage.run(scenario.run);
            stage.world.sandbox.clear_faults();
            let mut found = stage.judge_instant();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => found.extend(stage.judge_end()),
                Some(1 | 4 | 75) if !stage.untouched(&start) => found.push(format!("something changed: {said}")),
                Some(5) if stage.open_rotations() == 0 => found.push(format!("exit 5, and nothing is open: {said}")),
                Some(1 | 4 | 5 | 7 | 75) => found.extend(stage.heal()),
                other => found.push(format!("exit {other:?}: {said}")),
            }
            tally.add(&format!("{effect} at {n}"), found);
        }
    }
    tally.show(scenario, what);
}

/// The answer to the create or to the promote is lost, and the run after it is killed at each of its exchanges.
#[test]
fn with_the_one_answer_lost_and_killed_while_it_settles() {
    let mut tally = Tally::default();
    let stage = Stage::new(&TOKEN);
    let start = stage.save();
    for route in [CREATE, "POST /v1/AuthTokens/Promote"] {
        stage.restore(&start);
        let killed = killed_unanswered(&stage, route);
        for point in points(&stage, TOKEN.run) {
            stage.restore(&killed);
            kill(&stage, point);
            let mut found = stage.judge_instant();
            found.extend(stage.heal());
            tally.add(&format!("{route} lost, then {point:?}"), found);
        }
    }
    tally.show(&TOKEN, "the answer to create or promote lost, then killed at an exchange");
}

/// The same run settles what the lost answer to its own create has left.
#[test]
fn with_the_answer_to_the_create_lost_and_killed_while_it_settles_itself() {
    let stage = Stage::new(&TOKEN);
    let start = stage.save();
    let lost = || stage.world.sandbox.add_fault(format!("commit-then-drop={CREATE}@1").parse().unwrap());
    lost();
    let routes = crate::killed::routes(&stage, TOKEN.run);
    let made: Vec<u64> = (1..).zip(&routes).filter(|(_, route)| *route == CREATE).map(|(n, _)| n).collect();
    assert!(made.len() == 3, "lost, refused, and made anew: {routes:?}");
    let mut tally = Tally::default();
    // At the create itself the lost answer strikes, and nothing can be held.
    for point in (made[0] + 1..=made[2]).flat_map(|n| MOMENTS.map(|moment| (n, moment))) {
        stage.restore(&start);
        lost();
        kill(&stage, point);
        stage.world.sandbox.clear_faults();
        let mut found = stage.judge_instant();
        found.extend(stage.heal());
        tally.add(&format!("{point:?}"), found);
    }
    tally.show(&TOKEN, "the answer to the create lost, then killed at an exchange of the same run");
}

/// Kills a run that waits for the answer on this route.
fn killed_unanswered(stage: &Stage, route: &str) -> crate::stage::Saved {
    let at = crate::killed::routes(stage, TOKEN.run).iter().position(|asked| asked == route).unwrap();
    kill(stage, (u64::try_from(at).unwrap() + 1, twcred::sandbox::Moment::After));
    stage.save()
}

/// Twenty copies at once: one rotates, those that find it at work leave it alone.
#[test]
fn twenty_copies_rotate_once() {
    let (stage, outputs) = twenty_of(&TOKEN, TOKEN.run, true, "POST /v1/AuthTokens/Promote");
    assert_eq!(outputs.iter().filter(|output| output.status.code() == Some(6)).count(), 19);
    none(&stage.judge_end());
    let create = ["token", "create", "--env-file", "repos.env"];
    let (stage, _) = twenty_of(&TOKEN, &create, false, "POST /v1/AuthTokens/Secondary");
    none(&stage.heal());
}
