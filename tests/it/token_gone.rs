//! The way back of a secondary that is refused: it is gone, or it is not, and none is made to find that out.

use twcred::api::{Client, Endpoint, Settings};
use twcred::model::{Credential, Secret};
use twcred::sandbox::{Moment, Stored};

use crate::support::{World, account_sid, remove, repos, token};
use crate::token_overtaken::{staged, world};

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];

/// Records as a journal has them.
fn records<const N: usize>(each: [String; N]) -> String {
    each.map(|record| format!("{{\"v\":1,\"record\":{record}}}\n")).concat()
}

/// Another machine with the same token does this.
pub(crate) fn elsewhere<T>(world: &World, act: impl AsyncFnOnce(Client, Credential) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::new(Settings::new(Endpoint::custom(&world.sandbox.url()).unwrap()));
    let token = Credential::AuthToken { account: account_sid('a'), token: Secret::new(token()) };
    runtime.block_on(act(client, token))
}

fn deleted_elsewhere(world: &World) {
    elsewhere(world, async |client, token| client.delete_secondary(&token, false).await.unwrap());
}

/// No server knows the token that was made, and a secondary lives.
fn unknown(world: &World) {
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        account.secondary.as_mut().unwrap().token = Stored::new(Secret::new("d0c1b2a3".repeat(4)));
    });
}

fn made(world: &World) -> usize {
    let create = Some("POST /v1/AuthTokens/Secondary");
    world.sandbox.exchanges().iter().filter(|asked| asked.route.as_deref() == create).count()
}

fn undone(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!((ran.code, world.secondary(), world.sealed()), (Some(0), None, 0), "{ran}");
    assert_eq!((world.read("repos.env"), world.open()), (repos(), 0), "{ran}");
}

#[test]
fn none_is_made_after_a_delete_whose_answer_is_lost() {
    for way in [ROLLBACK, DELETE] {
        let world = staged();
        world.fault("hold-after=DELETE /v1/AuthTokens/Secondary@1");
        world.killed(DELETE);
        assert_eq!(world.secondary(), None);
        // One that were made would be lost.
        world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1x*");
        undone(&world, way);
        assert_eq!(made(&world), 1);
    }
}

#[test]
fn none_is_made_after_it_was_deleted_elsewhere() {
    for way in [ROLLBACK, DELETE] {
        let world = staged();
        deleted_elsewhere(&world);
        world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1x*");
        undone(&world, way);
        assert_eq!(made(&world), 1);
    }
}

/// Events tell that ours lives, though no server accepts it: they may be late, and another's stand in its place. The user's
/// word decides.
#[test]
fn one_that_is_refused_and_told_to_live_is_not_deleted_on_a_guess() {
    let world = staged();
    unknown(&world);
    let ran = world.run(ROLLBACK);
    assert_eq!((ran.code, world.secondary().is_some(), world.sealed()), (Some(5), true, 2), "{ran}");
    assert!(ran.err.contains("twcred token delete"), "{ran}");
    undone(&world, DELETE);
    assert_eq!(made(&world), 1);
}

/// The flag of the run at hand counts, though the rotation was begun without it.
#[test]
fn a_deletion_of_which_no_mail_is_asked_for_sends_none() {
    let world = staged();
    let mails = || world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().mails);
    let before = mails();
    undone(&world, &[DELETE, &["--suppress-email"]].concat());
    assert_eq!(mails(), before);
}

/// Without events nothing is taken for deleted, and the user may say what they do not.
#[test]
fn one_that_is_refused_is_not_taken_for_deleted_without_events() {
    let world = staged();
    unknown(&world);
    world.fault("refuse:401/70051=GET /v1/Events@1x*");
    let ran = world.run(ROLLBACK);
    insta::assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: the secondary token (65177d58) is refused, and whether it is deleted cannot be told: Twilio's events cannot be read (TWILIO refused GET /v1/Events: The sandbox refused this request because it was told to (code 70051, HTTP 401, request RQ…))
    hint: nothing was deleted on a guess; Monitor's events name who made and deleted one, and when
    hint: if nobody else is replacing the token, have whatever secondary there is deleted: twcred token delete --env-file ~/repos.env
    ");
    assert_eq!((world.secondary().is_some(), world.sealed(), made(&world)), (true, 2, 1), "{ran}");
    undone(&world, DELETE);
}

/// One that another made since is left alone, and ours is gone.
#[test]
fn one_that_took_its_place_is_left_alone() {
    let world = staged();
    deleted_elsewhere(&world);
    // As if ours had been asked for long before: events tell the two apart.
    let name = format!(".local/state/twcred/rotations/{}.jsonl", world.rotations().remove(0));
    let (before, after) =
        world.read(&name).split_once("\"server\":\"").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    world.file(&name, &format!("{before}\"server\":\"2020{}", &after[4..]));
    elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
    let other = world.secondary();
    let ran = world.run(ROLLBACK);
    assert_eq!((ran.code, world.secondary(), world.sealed()), (Some(0), other, 0), "{ran}");
    assert_eq!((world.read("repos.env"), world.open()), (repos(), 0), "{ran}");
}

/// An earlier version gave the new token up as lost, and made another to find out what there was.
#[test]
fn a_journal_that_counts_one_as_lost_comes_to_its_end() {
    let world = staged();
    let id = world.rotations().remove(0);
    let name = format!(".local/state/twcred/rotations/{id}.jsonl");
    let text = world.read(&name);
    deleted_elsewhere(&world);
    let now = twcred::cli::context::clock();
    elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
    let rest = records([
        format!("\"back\",\"at\":\"{now}\",\"why\":\"rollback\""),
        format!("\"unstaged\",\"at\":\"{now}\",\"sink\":0"),
        format!("\"lost\",\"at\":\"{now}\""),
        format!("\"creating\",\"at\":\"{now}\",\"server\":\"{now}\""),
    ]);
    world.file(&name, &format!("{text}{rest}"));
    world.file("repos.env", &repos());
    for sealed in std::fs::read_dir(world.state_dir().join("sealed")).unwrap() {
        remove(&sealed.unwrap().path());
    }
    undone(&world, ROLLBACK);
}

/// The same for one that a lost create had left, and whose deletion was under way.
#[test]
fn an_orphan_whose_deletion_is_not_answered_is_counted() {
    let world = world();
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    world.fault("hold-after=DELETE /v1/AuthTokens/Secondary@1");
    world.killed(ROTATE);
    assert_eq!(world.secondary(), None);
    world.fault("commit-then-drop=POST /v1/AuthTokens/Secondary@1");
    let ran = world.run(ROTATE);
    assert_eq!((ran.code, world.secondary(), world.sealed()), (Some(0), None, 0), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
}

/// One that waits in a file, and was made by another: from each exchange on no server knows it.
#[test]
fn one_that_is_taken_up_and_refused_is_not_taken_for_deleted() {
    let start = || {
        let world = world();
        elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
        let text = format!("{}TWILIO_AUTH_TOKEN_SECONDARY={}\n", repos(), world.secondary().unwrap());
        world.file("repos.env", &text);
        let count = u64::try_from(world.sandbox.exchanges().len()).unwrap();
        (world, count)
    };
    let (clean, count) = start();
    assert_eq!(clean.run(DELETE).code, Some(0));
    let exchanges = clean.sandbox.exchanges().len() as u64 - count;
    assert!(exchanges > 4, "{exchanges}");
    std::thread::scope(|scope| {
        for n in 1..=exchanges {
            let start = &start;
            scope.spawn(move || {
                let (world, count) = start();
                world.sandbox.hold(count + n, Moment::Before);
                let child = world.held(DELETE);
                unknown(&world);
                world.sandbox.release();
                let ran = world.ended(child);
                assert!(world.secondary().is_none() || ran.code != Some(0), "{n}: {ran}");
            });
        }
    });
}

/// A secondary that is young is refused for some seconds, and a place holds it.
#[test]
fn one_that_is_not_known_yet_is_not_deleted_from_under_its_place() {
    let strike = |n| {
        let world = world();
        elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
        let made = world.secondary().unwrap();
        world.file("o.env", &repos().replace(&token(), &made));
        let route = "GET /2010-04-01/Accounts/{Sid}.json";
        // It is looked for twice, and in between the token in force is tried.
        for at in [n, n + 3] {
            world.fault(&format!("refuse:401/20003={route}@{at}x2"));
        }
        let ran = world.run(&[DELETE, &["--to", "env:o.env"]].concat());
        assert_eq!(world.secondary(), Some(made), "{n}: {ran}");
        assert_ne!(ran.code, Some(0), "{n}: {ran}");
    };
    std::thread::scope(|scope| {
        for n in 1..=4 {
            scope.spawn(move || strike(n));
        }
    });
}

/// What is typed after `token create` or `token promote` does not go on without a secondary.
#[test]
fn a_way_back_that_is_finished_is_no_create_and_no_promote() {
    let promote = &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"][..];
    for args in [CREATE, promote, ROTATE] {
        let world = staged();
        world.fault("hold-after=DELETE /v1/AuthTokens/Secondary@1");
        world.killed(DELETE);
        let ran = world.run(args);
        assert_eq!((world.open(), world.sealed(), world.secondary()), (0, 0, None), "{ran}");
        assert_eq!((world.read("repos.env"), world.primary()), (repos(), token()), "{ran}");
        if args == ROTATE {
            assert_eq!(ran.code, Some(0), "{ran}");
        } else {
            assert_eq!(ran.code, Some(1), "{ran}");
            let hint =
                if args == CREATE { "the same command begins anew" } else { "make one with `twcred token create`" };
            assert!(ran.err.contains(hint), "{ran}");
        }
    }
}

/// A create whose answer was lost, and a deletion of whatever there is that was written down, and not yet that it settles
/// the create.
#[test]
fn a_deletion_that_was_written_down_settles_a_lost_create() {
    for args in [ROTATE, ROLLBACK, DELETE, CREATE] {
        let world = world();
        world.fault("hold-after=POST /v1/AuthTokens/Secondary@1");
        world.killed(CREATE);
        world.fault("hold-after=DELETE /v1/AuthTokens/Secondary@1");
        world.killed(DELETE);
        let name = format!(".local/state/twcred/rotations/{}.jsonl", world.rotations().remove(0));
        let now = twcred::cli::context::clock();
        world.file(&name, &format!("{}{{\"v\":1,\"record\":\"deleted\",\"at\":\"{now}\"}}\n", world.read(&name)));
        let ran = world.run(args);
        assert_eq!((world.open(), world.sealed(), world.secondary()), (0, 0, None), "{ran}");
        assert_eq!((world.read("repos.env"), made(&world)), (repos().replace(&token(), &world.primary()), 1), "{ran}");
    }
}

/// The same where a version before this one has made another to find out what there is, and sealed it.
#[test]
fn one_that_was_made_after_a_deletion_is_deleted_itself() {
    let world = staged();
    let name = format!(".local/state/twcred/rotations/{}.jsonl", world.rotations().remove(0));
    let text = world.read(&name);
    let now = twcred::cli::context::clock();
    let (begun, rest) = text.split_once('\n').unwrap();
    let kept = rest.lines().filter(|line| !line.contains("staged") && !line.contains("read-back"));
    let rest = kept.collect::<Vec<_>>().join("\n");
    let before = records([
        format!("\"creating\",\"at\":\"{now}\",\"server\":\"2020-01-01T00:00:00Z\""),
        format!("\"back\",\"at\":\"{now}\",\"why\":\"rollback\""),
        format!("\"deleting\",\"at\":\"{now}\""),
        format!("\"deleted\",\"at\":\"{now}\""),
    ]);
    world.file(&name, &format!("{begun}\n{before}{rest}\n"));
    undone(&world, ROLLBACK);
}

/// Dead values beside the token are waited for together, and once.
#[test]
fn dead_values_beside_the_token_wait_together() {
    let dead = (0..10).map(|n| format!("OLD{n}_TOKEN={}", &format!("{n}dead").repeat(7)[..32]));
    let dead = dead.collect::<Vec<_>>().join("\n") + "\n";
    for is_open in [true, false] {
        let world = if is_open { staged() } else { world() };
        if is_open {
            unknown(&world);
        } else {
            elsewhere(&world, async |client, token| client.create_secondary(&token, false).await.unwrap());
            world.file("repos.env", &format!("{}TWILIO_AUTH_TOKEN_SECONDARY={}\n", repos(), "0dd0".repeat(8)));
        }
        world.file("repos.env", &format!("{}{dead}", world.read("repos.env")));
        let before = world.sandbox.exchanges().len();
        let ran = world.run(DELETE);
        assert_eq!((ran.code, world.secondary(), world.sealed()), (Some(0), None, 0), "{ran}");
        let exchanges = world.sandbox.exchanges().split_off(before);
        // What was waited for with the new token is not waited for again once the events have not told.
        let events = exchanges.iter().rposition(|asked| asked.route.as_deref() == Some("GET /v1/Events"));
        assert_eq!(events.is_some(), is_open, "{ran}");
        let after = events.map_or(0, |events| exchanges.len() - events);
        assert!(after < 11, "{after}: {ran}");
        let asked = exchanges.len();
        // Eleven values, each at the beginning, twice at once, and then until the patience is over.
        assert!(asked < 11 * 8 + 12, "{asked}: {ran}");
    }
}
