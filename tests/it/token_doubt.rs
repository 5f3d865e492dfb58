//! A create that was never answered, and a secondary that is there in a later run: Twilio's events may be late, and a
//! colleague's stand in the place of ours. It takes the user's word to delete it.

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::{SecondaryToken, Stored};

use crate::support::{World, account_sid, repos, token};
use crate::token_gone::elsewhere;

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];
const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const ROLLBACK: &[&str] = &["rotation", "rollback", "--yes"];
const ABORT: &[&str] = &["rotation", "abort", "--yes"];

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

/// A colleague has deleted ours and made his own; events tell of ours alone.
#[test]
fn one_that_took_the_place_of_ours_untold_is_left_alone() {
    let his = "c0ffee42".repeat(4);
    for args in [CREATE, ROTATE, ROLLBACK, ABORT] {
        let world = world();
        killed(&world);
        untold(&world, Some(&his));
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary().as_deref()), (Some(3), Some(his.as_str())), "{ran}");
        assert_eq!((world.read("repos.env"), world.open()), (repos(), 1), "{ran}");
        // And so in each run after it.
        let again = world.run(args);
        assert_eq!((again.code, world.secondary().as_deref()), (Some(3), Some(his.as_str())), "{again}");
        if args == CREATE {
            assert_snapshot!(ran.briefly(), @r"
            exit 3
            error: rotation rotation.id1 stopped
              because: a create was never answered, a secondary Auth Token exists, and whose it is cannot be told: Twilio's events tell of ours, and may not tell yet of one that somebody else has made in its place
            hint: nothing was deleted on a guess; Monitor's events name who made it and when (account-auth-token.secondary-created)
            hint: make sure that nobody else is replacing the token, then: twcred token delete --env-file repos.env
            ");
        } else {
            assert!(
                ran.err
                    .contains("\nhint: make sure that nobody else is replacing the token, then: twcred token delete"),
                "{ran}"
            );
        }
        settled_by_word(&world);
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
    let name = format!(".local/state/twcred/rotations/{}.jsonl", world.rotations().remove(0));
    let now = twcred::cli::context::clock();
    let back = format!("{{\"v\":1,\"record\":\"back\",\"at\":\"{now}\",\"why\":\"rollback\"}}\n");
    world.file(&name, &format!("{}{back}", world.read(&name)));
    for args in [CREATE, ROTATE, ROLLBACK, &["rotation", "resume", "--yes"]] {
        let ran = world.run(args);
        assert_eq!((ran.code, world.secondary().is_some(), creates(&world)), (Some(3), true, 1), "{ran}");
    }
    settled_by_word(&world);
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
