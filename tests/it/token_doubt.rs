//! A create that was never answered, and a secondary that is there in a later run: Twilio's events may be late, and a
//! colleague's stand in the place of ours. Right after the create, and long after it, the run deletes what they call ours.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use twcred::model::Secret;
use twcred::model::time::Timestamp;
use twcred::sandbox::{SecondaryToken, State, Stored};

use crate::support::{World, account_sid, repos, token};
use crate::token_gone::elsewhere;

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];
const ABORT: &[&str] = &["rotation", "abort", "--yes"];
const RESUME: &[&str] = &["rotation", "resume", "--yes"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

/// What Twilio has as the secondary from here on; no event tells of it yet.
fn untold(world: &World, secondary: Option<&str>) {
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        let created = twcred::cli::context::clock();
        account.secondary =
            secondary.map(|token| SecondaryToken { token: Stored::new(Secret::new(token.to_owned())), created });
    });
}

/// A create that Twilio carries out, of a run that is killed before it is answered.
fn killed(world: &World) {
    world.fault("hold-after=POST /v1/AuthTokens/Secondary@1");
    world.killed(CREATE);
    assert!(world.secondary().is_some() && world.sealed() == 0);
}

fn creates(world: &World) -> usize {
    let create = Some("POST /v1/AuthTokens/Secondary");
    world.sandbox.exchanges().iter().filter(|asked| asked.route.as_deref() == create).count()
}

/// By the user's word it goes, and what comes then begins anew.
fn settled_by_word(world: &World) {
    let ran = world.run(DELETE);
    assert_eq!((ran.code, world.secondary(), world.open(), world.sealed()), (Some(0), None, 0, 0), "{ran}");
    let ran = world.run(ROTATE);
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()), "{ran}");
}

/// Each moment in it is so much earlier.
fn earlier(value: &mut Value, by: Duration) {
    match value {
        Value::String(text) => {
            if let Ok(at) = text.parse::<Timestamp>() {
                *text = (at - by).to_string();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| earlier(value, by)),
        Value::Object(values) => values.values_mut().for_each(|value| earlier(value, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// So many minutes go by: what the journal and Twilio tell of is so much older.
fn minutes_later(world: &World, minutes: u64) {
    let by = Duration::from_secs(60 * minutes);
    let name = journal(world);
    let before = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        earlier(&mut record, by);
        record.to_string()
    };
    let lines: Vec<String> = world.read(&name).lines().map(before).collect();
    world.file(&name, &(lines.join("\n") + "\n"));
    world.sandbox.with_state(|state| {
        let mut value = serde_json::from_str(&state.to_json()).unwrap();
        earlier(&mut value, by);
        *state = State::from_json(&value.to_string()).unwrap();
    });
}

fn journal(world: &World) -> String {
    format!(".local/state/twcred/rotations/{}.jsonl", world.rotations().remove(0))
}

/// The run has ended the rotation by itself: as the command says, and nothing of the lost create is left.
fn healed(world: &World, args: &[&str], lost: Option<&str>) {
    let ran = world.run(args);
    assert_eq!((ran.code, world.open()), (Some(0), usize::from(args == CREATE)), "{args:?}: {ran}");
    assert!(ran.err.contains("deleted a secondary token, which an unfinished run had left and nobody held"), "{ran}");
    assert!(lost.is_some() && world.secondary().as_deref() != lost, "{ran}");
    if args == CREATE {
        assert_eq!((world.secondary().is_some(), world.sealed()), (true, 2), "{ran}");
        settled_by_word(world);
    } else if args == ROTATE {
        assert_eq!((world.secondary(), world.sealed()), (None, 0), "{ran}");
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()), "{ran}");
    } else {
        assert_eq!((world.secondary(), world.sealed(), creates(world)), (None, 0, 1), "{ran}");
        assert_eq!((world.read("repos.env"), world.primary()), (repos(), token()), "{ran}");
    }
}

/// The next run heals what a killed one has left, at once, and as well when a timer starts it an hour later.
#[test]
fn what_a_killed_run_has_left_is_deleted_by_the_next() {
    for args in [CREATE, ROTATE, ROLLBACK, ABORT] {
        for minutes in [0, 60] {
            let world = world();
            killed(&world);
            minutes_later(&world, minutes);
            let lost = world.secondary();
            healed(&world, args, lost.as_deref());
        }
    }
}

/// Some minutes after the create a colleague may have deleted ours and made his own, and events tell of ours alone. Neither
/// is deleted then.
#[test]
fn one_that_may_have_taken_the_place_of_ours_untold_is_left_alone() {
    let his = "c0ffee42".repeat(4);
    for args in [CREATE, ROTATE, ROLLBACK, ABORT] {
        for is_his in [true, false] {
            let world = world();
            killed(&world);
            if is_his {
                untold(&world, Some(&his));
            }
            minutes_later(&world, 5);
            let there = world.secondary();
            // Now, and in each run after it.
            for first in [true, false] {
                let ran = world.run(args);
                assert_eq!((ran.code, world.secondary()), (Some(5), there.clone()), "{ran}");
                assert_eq!((world.read("repos.env"), world.open()), (repos(), 1), "{ran}");
                if args == CREATE && is_his && first {
                    assert_snapshot!(ran.briefly(), @r"
                    exit 5
                    error: rotation rotation.id1 stopped
                      because: a create was never answered, and Twilio's events tell that it has left the secondary Auth Token, but may not tell yet of one that somebody else has made in its place
                    hint: run the same command again in some minutes; the token in force works
                    hint: if nobody else is replacing the token, you may settle it yourself: twcred token delete --env-file repos.env
                    ");
                } else {
                    assert!(ran.err.contains("\nhint: run the same command again in some minutes"), "{ran}");
                    assert!(ran.err.contains("you may settle it yourself: twcred token delete"), "{ran}");
                }
            }
            if is_his {
                settled_by_word(&world);
            } else {
                minutes_later(&world, 55);
                healed(&world, args, there.as_deref());
            }
        }
    }
}

/// An hour later the events have told of his, and it stays.
#[test]
fn one_that_took_the_place_of_ours_and_is_told_is_left_alone() {
    for args in [CREATE, ROTATE, ROLLBACK, ABORT] {
        let world = world();
        killed(&world);
        minutes_later(&world, 60);
        elsewhere(&world, async |client, token| {
            client.delete_secondary(&token, false).await.unwrap();
            client.create_secondary(&token, false).await.unwrap()
        });
        let his = world.secondary();
        let ran = world.run(args);
        let code = i32::from([CREATE, ROTATE].contains(&args));
        assert_eq!((ran.code, world.secondary(), world.open()), (Some(code), his, 0), "{ran}");
        assert_eq!((world.read("repos.env"), world.sealed()), (repos(), 0), "{ran}");
    }
}

/// What the events call ours is held in a place that is named: it is nobody's guess.
#[test]
fn one_that_is_held_is_left_alone_whenever_it_was_made() {
    for minutes in [0, 5, 60] {
        let world = world();
        killed(&world);
        minutes_later(&world, minutes);
        let held = world.secondary();
        world.file("repos.env", &format!("{}OTHER_TOKEN={}\n", repos(), held.clone().unwrap()));
        for args in [CREATE, ROLLBACK] {
            let ran = world.run(args);
            assert_eq!((ran.code, world.secondary(), world.open()), (Some(3), held.clone(), 1), "{ran}");
        }
    }
}

/// The way back makes no secondary to find out whether there is one; it is not entered before that is known.
#[test]
fn the_way_back_of_a_lost_create_makes_none() {
    for args in [ROLLBACK, ABORT] {
        // Deleted elsewhere, and told.
        let world = world();
        killed(&world);
        elsewhere(&world, async |client, token| client.delete_secondary(&token, false).await.unwrap());
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary(), world.open(), creates(&world)), (Some(0), None, 0, 1), "{ran}");
        assert_eq!(world.read("repos.env"), repos());

        // Never carried out, of which no event can tell.
        let world = self::world();
        world.fault("drop-before=POST /v1/AuthTokens/Secondary@1x*");
        assert_eq!(world.run(CREATE).code, Some(5));
        world.sandbox.clear_faults();
        let before = creates(&world);
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary(), world.open(), creates(&world)), (Some(5), None, 1, before), "{ran}");
        if args == ROLLBACK {
            assert_snapshot!(ran.briefly(), @r"
            exit 5
            error: rotation rotation.id1 stopped
              because: a create was never answered, and whether it has left a secondary Auth Token cannot be told: Twilio's events do not tell of it
            hint: nothing was changed, and the token in force works: the way back makes no secondary to find that out
            hint: if nobody else is replacing the token, have whatever secondary there is deleted: twcred token delete --env-file ~/repos.env
            hint: or go on instead: twcred token rotate --env-file ~/repos.env
            ");
        }
        // Nothing has turned: it may still go on.
        let ran = world.run(CREATE);
        assert_eq!((ran.code, world.secondary().is_some(), world.sealed()), (Some(0), true, 2), "{ran}");
        settled_by_word(&world);
    }
}

/// A way back that was entered already, of a create that was lost.
#[test]
fn a_way_back_that_is_under_way_makes_none() {
    let world = world();
    killed(&world);
    let name = journal(&world);
    let now = twcred::cli::context::clock();
    let back = format!("{{\"v\":1,\"record\":\"back\",\"at\":\"{now}\",\"why\":\"rollback\"}}\n");
    world.file(&name, &format!("{}{back}", world.read(&name)));
    minutes_later(&world, 5);
    for args in [CREATE, ROTATE, ROLLBACK, RESUME] {
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary().is_some(), creates(&world)), (Some(5), true, 1), "{ran}");
    }
    minutes_later(&world, 55);
    let ran = world.run(RESUME);
    assert_eq!((ran.code, world.secondary(), world.open(), creates(&world)), (Some(0), None, 0, 1), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (repos(), 0), "{ran}");
}

/// Another's that was made before is not proven to stand still: it may be gone, and ours have taken its place, untold.
#[test]
fn one_that_stood_there_before_is_not_taken_for_the_one_that_is_there() {
    let world = world();
    elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
    std::thread::sleep(std::time::Duration::from_millis(2100));
    untold(&world, None);
    world.fault("drop-before=POST /v1/AuthTokens/Secondary@1x*");
    assert_eq!(world.run(CREATE).code, Some(5));
    world.sandbox.clear_faults();
    untold(&world, Some(&"c0ffee42".repeat(4)));
    let ran = world.run(CREATE);
    assert_eq!((ran.code, world.open()), (Some(5), 1), "{ran}");
    assert!(ran.err.contains("hint: run the same command again in some minutes"), "{ran}");
    settled_by_word(&world);
}
