//! A refusal of Twilio's that is wrong, once, at any exchange: a server that did not know the token yet, or any more. It
//! takes nothing away, and the run after it comes to the end.

use std::os::unix::fs::PermissionsExt;

use twcred::model::Secret;
use twcred::sandbox::{Moment, SecondaryToken, Stored};

use crate::support::{Ran, World, account_sid, repos, token};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const PROMOTE: &[&str] = &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];

const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];
const ABORT: &[&str] = &["rotation", "abort", "--yes"];
const MAKE: &str = "POST /v1/AuthTokens/Secondary";

/// A program that takes tokens and gives none back.
const PUT: &str = "#!/bin/sh\ninput=$(cat)\ncase $input in *'\"load'*) exit 3 ;; *'\"store-tokens\"'*) [ ! -e \"$0.down\" ] \
                   || exit 1; printf '%s' \"$input\" >\"$0.vault\" ;; esac\n";

/// Two files and the program.
pub(crate) fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world.file("b.env", &repos());
    let put = world.file("put", PUT);
    std::fs::File::open(&put).unwrap().set_permissions(PermissionsExt::from_mode(0o755)).unwrap();
    world
}

fn done(world: &World, args: &[&str]) -> Ran {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
    ran
}

/// What a file has as the token in force, and beside it.
fn held(world: &World, file: &str) -> (Option<String>, Vec<String>) {
    let text = world.read(file);
    let current = text.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN=")).map(str::to_owned);
    let beside = text.lines().filter(|line| line.starts_with("TWILIO_AUTH_TOKEN_")).map(str::to_owned);
    (current, beside.collect())
}

/// Somebody promotes the secondary at Twilio.
fn promote(world: &World) {
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        account.token = account.secondary.take().unwrap().token;
    });
}

/// Somebody deletes it.
fn delete(world: &World) {
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().secondary = None);
}

/// Strikes at each exchange in turn, so `often`, runs again until the command is content, and judges; `lost` strikes beside
/// it.
fn struck(before: &[&[&str]], args: &[&str], files: &[&str], (often, lost): (&str, Option<&str>)) {
    let start = || {
        let world = world();
        for args in before {
            done(&world, args);
        }
        let count = world.sandbox.exchanges().len();
        if let Some(lost) = lost {
            world.sandbox.add_fault(lost.parse().unwrap());
        }
        (world, count)
    };
    let (world, count) = start();
    world.run(args);
    let exchanges = world.sandbox.exchanges().len() - count;
    assert!(exchanges > 4, "{exchanges}");
    let strike = |n| {
        let (world, _) = start();
        world.sandbox.add_fault(format!("refuse:401/20003=*@{n}{often}").parse().unwrap());
        let mut ran = world.run(args);
        world.sandbox.clear_faults();
        let mut runs = Vec::new();
        for _ in 0..3 {
            let primary = world.primary();
            let everywhere = files.iter().all(|file| world.read(file).contains(&primary));
            assert!(everywhere || world.sealed() > 0, "{n}: the token in force is nowhere: {ran}");
            let content = ran.code == Some(0);
            runs.push(ran);
            if content {
                break;
            }
            ran = world.run(args);
        }
        let said = || runs.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        // What was deleted, or ended as undone, is not there any more.
        let begins = args[1] != "delete";
        assert!(runs.last().unwrap().code == Some(0) || !begins, "{n}: {}", said());
        let staged = args[1] == "create";
        for file in files {
            let (current, beside) = held(&world, file);
            assert_eq!(current, Some(world.primary()), "{n}, {file}: {}", said());
            assert_eq!(beside.is_empty(), !staged, "{n}, {file}: {}", said());
        }
        assert!(world.sealed() == if staged { 2 } else { 0 }, "{n}: {}", said());
        assert_eq!(world.secondary().is_some(), staged, "{n}: {}", said());
        if args.contains(&"exec:./put") {
            assert!(world.read("put.vault").contains(&world.primary()), "{n}: {}", said());
        }
    };
    // Most of it is waiting.
    std::thread::scope(|scope| {
        for part in 0..4 {
            let strike = &strike;
            scope.spawn(move || (1..=exchanges).filter(|n| n % 4 == part).for_each(strike));
        }
    });
}

#[test]
fn at_every_exchange_of_a_rotation() {
    struck(&[], ROTATE, &["repos.env"], ("", None));
}

#[test]
fn at_every_exchange_of_a_rotation_with_a_program_that_gives_nothing_back() {
    let args = [ROTATE, &["--to", "exec:./put"]].concat();
    struck(&[], &args, &["repos.env"], ("", None));
    struck(&[], &args, &["repos.env"], ("x3", None));
}

#[test]
fn at_every_exchange_of_a_rotation_with_two_files() {
    struck(&[], &[ROTATE, &["--to", "env:b.env"]].concat(), &["repos.env", "b.env"], ("", None));
}

/// And the promote is not answered, whether it is carried out or not.
#[test]
fn at_every_exchange_of_a_rotation_whose_promote_is_lost() {
    let args = [ROTATE, &["--to", "exec:./put"]].concat();
    struck(&[], &args, &["repos.env"], ("", Some("drop-before=POST /v1/AuthTokens/Promote@1")));
    struck(&[], &args, &["repos.env"], ("", Some("commit-then-drop=POST /v1/AuthTokens/Promote@1")));
}

#[test]
fn at_every_exchange_of_create_promote_and_delete() {
    struck(&[], CREATE, &["repos.env"], ("", None));
    struck(&[CREATE], PROMOTE, &["repos.env"], ("", None));
    struck(&[CREATE], DELETE, &["repos.env"], ("", None));
}

/// A journal that says that the new token is in force, though Twilio calls it the secondary.
fn wrongly_promoted(args: &[&str]) -> World {
    let world = world();
    done(&world, args);
    let id = world.rotations().remove(0);
    let name = format!(".local/state/twcred/rotations/{id}.jsonl");
    let text = std::fs::read_to_string(world.path(&name)).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let at = last["at"].as_str().unwrap();
    let wrong = ["promoting", "promoted"].map(|what| format!("{{\"v\":1,\"record\":\"{what}\",\"at\":\"{at}\"}}\n"));
    world.file(&name, &format!("{text}{}", wrong.concat()));
    // And what was done for it.
    let (current, beside) = held(&world, "repos.env");
    let (current, new) = (current.unwrap(), beside[0].split_once('=').unwrap().1.to_owned());
    let text = repos().replace(&current, &format!("{new}\nTWILIO_AUTH_TOKEN_PREVIOUS={current}"));
    world.file("repos.env", &text);
    world
}

#[test]
fn a_journal_that_is_wrong_about_the_promote_puts_itself_right() {
    let world = wrongly_promoted(CREATE);
    let ran = done(&world, ROTATE);
    assert!(ran.err.contains("not promoted after all"), "{ran}");
    assert_ne!(world.primary(), token(), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (repos().replace(&token(), &world.primary()), 0), "{ran}");

    // The way back is open again.
    for way in [DELETE, ROLLBACK] {
        let world = wrongly_promoted(CREATE);
        let ran = done(&world, way);
        assert_eq!((world.read("repos.env"), world.primary(), world.sealed()), (repos(), token(), 0), "{ran}");
        assert_eq!(world.secondary(), None, "{ran}");
    }

    // What has its new token in a sink is not given up, and that is what is said of it.
    let world = wrongly_promoted(CREATE);
    let ran = world.run(&["rotation", "abort", "--yes"]);
    assert!(ran.code == Some(2) && ran.err.contains("may have its new token in a sink already"), "{ran}");
    assert!(!ran.err.contains("no way back") && world.secondary().is_some(), "{ran}");
    done(&world, ROLLBACK);

    // A program has been told the new one alone; whatever it holds now, it holds the primary at the end.
    let args = [CREATE, &["--to", "exec:./put"]].concat();
    let world = wrongly_promoted(&args);
    let ran = done(&world, ROTATE);
    assert!(world.read("put.vault").contains(&world.primary()) && world.sealed() == 0, "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()), "{ran}");
    assert!(world.secondary().is_none() && world.primary() != token(), "{ran}");
}

/// The other way round: a journal that knows of no promote, or of one that was not answered, and Twilio has promoted.
#[test]
fn a_journal_that_does_not_know_of_the_promote_finds_out_on_the_way_back() {
    for (way, killed) in [(ROLLBACK, true), (ABORT, true), (DELETE, true), (ROLLBACK, false), (DELETE, false)] {
        let world = world();
        if killed {
            // Sealed, and no more.
            let made = routes(&world, CREATE).iter().position(|route| route == MAKE).unwrap();
            let world = self::world();
            world.sandbox.hold(u64::try_from(made).unwrap() + 2, Moment::Before);
            world.killed(CREATE);
            promote(&world);
            no_way_back(&world, way);
            continue;
        }
        world.fault("hold-after=POST /v1/AuthTokens/Promote@1");
        world.killed(ROTATE);
        no_way_back(&world, way);
    }
}

fn no_way_back(world: &World, way: &[&str]) {
    let before = (world.read("repos.env"), world.primary(), world.sealed());
    // The first finds it out, and the one after it knows it by what Twilio said.
    for _ in 0..2 {
        let ran = world.run(way);
        assert_eq!((ran.code, world.secondary()), (Some(2), None), "{ran}");
        assert!(ran.err.contains("no way back") && ran.err.contains("twcred token promote"), "{ran}");
        assert_eq!((world.read("repos.env"), world.primary(), world.sealed()), before, "{ran}");
    }
    done(world, ROTATE);
    assert_eq!((world.read("repos.env"), world.sealed()), (repos().replace(&token(), &world.primary()), 0));
}

fn routes(world: &World, args: &[&str]) -> Vec<String> {
    done(world, args);
    world.sandbox.exchanges().into_iter().map(|asked| asked.route.unwrap_or_default()).collect()
}

/// The secondary is in force by another's doing, and a sink has not been told of it yet.
#[test]
fn a_secondary_that_was_promoted_elsewhere_while_a_sink_is_to_join() {
    for to in [&["--to", "env:b.env"][..], &["--to", "exec:./put"]] {
        let world = world();
        done(&world, CREATE);
        promote(&world);
        let ran = done(&world, &[ROTATE, to].concat());
        let expected = repos().replace(&token(), &world.primary());
        assert_eq!((world.read("repos.env"), world.sealed()), (expected.clone(), 0), "{ran}");
        if to.contains(&"exec:./put") {
            let vault = world.read("put.vault");
            assert!(vault.contains(&world.primary()) && !vault.contains(&token()), "{ran}");
        } else {
            assert_eq!(world.read("b.env"), expected, "{ran}");
        }
    }
}

/// The same, and what has not been told is a program that failed once.
#[test]
fn a_secondary_that_was_promoted_elsewhere_while_a_program_was_down() {
    let world = world();
    let down = world.file("put.down", "");
    let to = ["--to", "exec:./put"];
    let create = world.run(&[CREATE, &to].concat());
    assert_eq!(create.code, Some(5), "{create}");
    crate::support::remove(&down);
    promote(&world);
    let ran = done(&world, &[ROTATE, &to].concat());
    assert!(world.read("put.vault").contains(&world.primary()), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (repos().replace(&token(), &world.primary()), 0), "{ran}");
}

/// The same, and the run was killed between the seal and the first sink.
#[test]
fn a_secondary_that_was_promoted_elsewhere_after_a_kill() {
    let clean = world();
    done(&clean, CREATE);
    let routes = clean.sandbox.exchanges().into_iter().map(|asked| asked.route.unwrap_or_default());
    let made = routes.into_iter().position(|route| route == "POST /v1/AuthTokens/Secondary").unwrap();
    for moment in [Moment::Before, Moment::After] {
        for to in [&[][..], &["--to", "exec:./put"]] {
            let world = world();
            // The exchange after the create: the new token is tried.
            world.sandbox.hold(u64::try_from(made).unwrap() + 2, moment);
            let mut child = world.held(CREATE);
            child.kill().unwrap();
            child.wait().unwrap();
            world.sandbox.release();
            assert_eq!((world.read("repos.env"), world.sealed()), (repos(), 2));
            promote(&world);
            let ran = done(&world, &[ROTATE, to].concat());
            let expected = repos().replace(&token(), &world.primary());
            assert_eq!((world.read("repos.env"), world.sealed()), (expected, 0), "{ran}");
            assert!(to.is_empty() || world.read("put.vault").contains(&world.primary()), "{ran}");
        }
    }
}

/// Sealed and not verified yet, and then no token is accepted any more: that the one in force works is not said.
#[test]
fn both_are_refused_after_a_kill() {
    let clean = world();
    done(&clean, CREATE);
    let routes = clean.sandbox.exchanges().into_iter().map(|asked| asked.route.unwrap_or_default());
    let made = routes.into_iter().position(|route| route == "POST /v1/AuthTokens/Secondary").unwrap();
    for args in [ROTATE, DELETE] {
        let world = world();
        // The exchange after the create: the new token is tried.
        world.sandbox.hold(u64::try_from(made).unwrap() + 2, Moment::Before);
        world.killed(CREATE);
        world.fault("refuse:401/20003=GET /2010-04-01/Accounts/{Sid}.json@1x*");
        let ran = world.run(args);
        assert_eq!((ran.code, world.sealed()), (Some(5), 2), "{ran}");
        assert!(ran.err.contains("both") && !ran.err.contains("in force works"), "{ran}");
        world.sandbox.clear_faults();
        done(&world, args);
        assert_eq!((world.sealed(), world.secondary()), (0, None));
    }
}

/// A secondary that was deleted is told to no sink any more.
#[test]
fn a_secondary_that_was_deleted_elsewhere_while_a_sink_is_to_join() {
    for to in [&["--to", "env:b.env"][..], &["--to", "exec:./put"]] {
        let world = world();
        done(&world, CREATE);
        let dead = world.secondary().unwrap();
        delete(&world);
        let ran = world.run(&[ROTATE, to].concat());
        assert_eq!((ran.code, world.sealed()), (Some(7), 0), "{ran}");
        assert_eq!((world.read("repos.env"), world.read("b.env")), (repos(), repos()), "{ran}");
        let vault = world.path("put.vault");
        assert!(!vault.exists() || !world.read("put.vault").contains(&dead), "{ran}");
        let ran = done(&world, &[ROTATE, to].concat());
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()), "{ran}");
    }
}

/// Nothing is taken out, and nothing unsealed, while Twilio accepts the old token.
#[test]
fn an_old_token_that_lives_on_stays_where_it_is() {
    let world = world();
    done(&world, &[&ROTATE[..5], &["--propagation", "1h"]].concat());
    let spread = world.read("repos.env");
    // As if the promote were not known everywhere yet.
    let new = world.primary();
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        let token = Stored::new(Secret::new(token()));
        account.secondary = Some(SecondaryToken { token, created: account.created });
    });
    let ran = world.run(&["rotation", "retire", "--yes", "--env-file", "repos.env"]);
    assert_eq!((ran.code, world.sealed()), (Some(5), 2), "{ran}");
    assert!(ran.err.contains("Twilio still accepts the old token"), "{ran}");
    assert_eq!(world.read("repos.env"), spread, "{ran}");
    delete(&world);
    let ran = done(&world, &["rotation", "retire", "--yes", "--env-file", "repos.env"]);
    assert_eq!((world.read("repos.env"), world.sealed()), (repos().replace(&token(), &new), 0), "{ran}");
}
