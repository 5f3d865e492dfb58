//! A rotation that goes on by its id finds the credential that began it, wherever it is typed and whatever is at hand: by
//! its target, else by what the journal notes.

use twcred::model::KeySid;
use twcred::sandbox::{Moment, Sandbox};

use crate::accounts_targets::{is_rotated, keys, two};
use crate::profiles::{add_token, without_keyring};
use crate::support::family::childs_key;
use crate::support::{Ran, World, account_sid, remove};

const ROTATE: &[&str] = &["keys", "rotate", "child0"];

/// A subaccount's pair in a file, and a target that has the main account's token of a profile authorise its rotation.
fn one() -> World {
    let world = without_keyring(two("profile = \"main\""));
    add_token(&world, "main");
    world
}

fn without_configuration(world: &World) {
    remove(&world.path(".config/twcred/twcred.toml"));
}

/// From a folder in which nothing is.
fn elsewhere(world: &World, args: &[&str]) -> Ran {
    let folder = world.path("elsewhere");
    twcred::store::paths::make(&folder).unwrap();
    let mut command = world.command(args);
    command.current_dir(folder);
    world.finish(command)
}

/// Who has signed since an exchange, and at what: the user and the route.
fn signed(sandbox: &Sandbox, since: u64) -> Vec<String> {
    let exchanges = sandbox.exchanges();
    exchanges.iter().filter(|exchange| exchange.n > since).filter_map(|exchange| exchange.route.clone()).collect()
}

fn seen(world: &World) -> u64 {
    world.sandbox.exchanges().iter().map(|exchange| exchange.n).max().unwrap_or(0)
}

#[test]
fn killed_at_any_step_it_goes_on_by_its_id() {
    for with_configuration in [true, false] {
        let mut begun = 0;
        for n in 1..=9 {
            let world = one();
            world.sandbox.hold(seen(&world) + n, Moment::After);
            world.killed(ROTATE);
            let Some(id) = world.rotations().pop() else { continue };
            begun += 1;
            if !with_configuration {
                without_configuration(&world);
            }
            let since = seen(&world);
            let ran = elsewhere(&world, &["rotation", "resume", &id]);
            assert_eq!(ran.code, Some(0), "{n} {with_configuration}: {ran}");
            let strange: Vec<_> = signed(&world.sandbox, since)
                .into_iter()
                .filter(|route| route.contains("/v1/Keys") || route.contains(account_sid('a').as_str()))
                .collect();
            assert!(strange.is_empty(), "{n}: {strange:?}");
            assert_eq!(keys(&world, 0).len(), 2, "{n}: {ran}");
            let ran = elsewhere(&world, &["rotation", "retire", "--yes"]);
            assert!(ran.code == Some(0) && is_rotated(&world, 0), "{n}: {ran}");
        }
        assert!(begun > 3, "{begun}");
    }
}

#[test]
fn each_way_to_end_it_finds_the_same_credential() {
    for with_configuration in [true, false] {
        let ends = |ran: &Ran, world: &World, live: &[KeySid]| {
            assert_eq!(ran.code, Some(0), "{ran}");
            assert_eq!(keys(world, 0), live, "{ran}");
            assert_eq!((world.open(), world.sealed()), (0, 0));
        };
        let begun = |n: Option<u64>| {
            let world = one();
            match n {
                Some(n) => {
                    world.sandbox.hold(seen(&world) + n, Moment::After);
                    world.killed(ROTATE);
                }
                None => assert_eq!(world.run(ROTATE).code, Some(0)),
            }
            if !with_configuration {
                without_configuration(&world);
            }
            let id = world.rotations().pop().unwrap();
            (world, id)
        };
        let (world, id) = begun(None);
        let ran = elsewhere(&world, &["rotation", "rollback", &id, "--yes"]);
        ends(&ran, &world, &[childs_key(0)]);
        let (world, id) = begun(None);
        let ran = elsewhere(&world, &["rotation", "retire", &id, "--yes"]);
        assert!(ran.code == Some(0) && is_rotated(&world, 0), "{ran}");
        // The create was asked for, and was answered or not.
        let created = {
            let world = one();
            let before = seen(&world);
            assert_eq!(world.run(ROTATE).code, Some(0));
            let exchanges = world.sandbox.exchanges();
            let create = exchanges.iter().find(|exchange| {
                exchange.route.as_deref().is_some_and(|route| route.starts_with("POST") && route.ends_with("Keys.json"))
            });
            create.unwrap().n - before
        };
        for n in [created, created + 1] {
            let (world, id) = begun(Some(n));
            let ran = elsewhere(&world, &["rotation", "abort", &id, "--yes"]);
            ends(&ran, &world, &[childs_key(0)]);
        }
    }
}
