//! What commands find while the new token of an earlier rotation still spreads.

use insta::assert_snapshot;

use crate::promise::move_file;
use crate::support::{World, repos, token};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation"];
const REVEAL: &[&str] = &["token", "create", "--env-file", "repos.env", "--reveal"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn done(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// What is typed after `create` must not go on with a token that is not there.
#[test]
fn a_create_that_made_none_does_not_succeed() {
    let world = world();
    done(&world, &[ROTATE, &["1h"]].concat());
    let held = (world.primary(), world.read("repos.env"));
    assert_snapshot!(world.run(REVEAL), @r"
    exit: 1
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58, and is taken out of the sinks by a run after YYYY-MM-DDThh:mm:ssZ
    --- stderr
    error: rotation rotation.id1 has put its new token in force, which still spreads; there is no secondary token
    hint: run the same command again after YYYY-MM-DDThh:mm:ssZ, or first end that rotation now: twcred rotation retire rotation.id1
    ");
    let json = world.run(&[REVEAL, &["--json"]].concat());
    assert!(json.code == Some(1) && !json.out.contains("\"token\": \""), "{json}");
    assert_eq!((world.primary(), world.read("repos.env")), held);
    assert_eq!(world.secondary(), None);
    // The time is over, and this run only takes the old token out.
    let rotation = std::fs::read_dir(world.state_dir().join("rotations")).unwrap().next().unwrap().unwrap().path();
    let journal = std::fs::read_to_string(&rotation).unwrap();
    let at = journal.find("\"clear_at\":\"").unwrap() + "\"clear_at\":\"".len();
    let end = at + journal[at..].find('"').unwrap();
    let over = format!("{}2020-01-01T00:00:00Z{}", &journal[..at], &journal[end..]);
    world.file(rotation.to_str().unwrap(), &over);
    assert_snapshot!(world.run(REVEAL), @r"
    exit: 1
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58
    --- stderr
    took the old token out of env:~/repos.env
    error: rotation rotation.id1 was open, and has only come to its end; there is no secondary token
    hint: the token in force works; the same command begins anew
    ");
    assert_eq!((world.secondary(), world.read("repos.env")), (None, repos().replace(&token(), &held.0)));
    // What both say: the same command begins anew.
    let made = world.run(REVEAL);
    assert!(made.code == Some(0) && made.out.contains(&world.secondary().unwrap()), "{made}");
}

/// The file that the rotation was begun with is gone; another of its sinks has the token as well.
#[test]
fn a_file_that_was_moved_is_passed_over() {
    let world = world();
    done(&world, &[ROTATE, &["1h"]].concat());
    move_file(&world, "repos.env", "moved.env");
    assert_snapshot!(world.run(&["rotation", "retire", "--yes"]).briefly(), @r"
    exit 2
    error: cannot use ~/repos.env
      because: ~/repos.env does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    hint: nothing was done; bring it back, and run the same command again
    hint: or, if the token is in another file now: twcred token rotate --env-file FILE --without env:~/repos.env
    hint: rotation rotation.id1 was begun under the Auth Token of AC.1.............................. from ~/repos.env; name a file that holds that token or its successor: --env-file FILE
    ");
    let moved = ["token", "rotate", "--env-file", "moved.env", "--yes"];
    done(&world, &moved);
    assert_snapshot!(world.run(&["rotation", "retire", "--yes"]).briefly(), @r"
    exit 3
    error: rotation rotation.id1 stopped
      because: env:~/repos.env is not there, and may hold the token
    hint: the new token is in force and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: bring it back, or, if it is gone for good, leave it out: --without env:~/repos.env, a flag of `twcred token`
    ");
    let name = format!("env:{}", world.path("repos.env").display());
    done(&world, &[&moved[..], &["--without", &name]].concat());
    done(&world, &["rotation", "retire", "--yes"]);
    assert_eq!((world.read("moved.env"), world.sealed()), (repos().replace(&token(), &world.primary()), 0));
}

/// The same of a key's rotation, whose second sink is an env file, too.
#[test]
fn a_keys_rotation_is_found_by_another_of_its_files() {
    let world = world();
    done(&world, &["keys", "rotate", "--env-file", "repos.env", "--to", "env:second.env"]);
    let new = world.live().pop().unwrap();
    assert_eq!(world.live().len(), 2);
    move_file(&world, "repos.env", "kept.env");
    // A standard key cannot end another; what is missing is said.
    let ran = world.run(&["rotation", "retire", "--yes"]);
    assert!(ran.code == Some(2) && !ran.err.contains("look at the path"), "{ran}");
    assert!(ran.err.contains("error: there is no credential for the account"), "{ran}");
    assert_eq!(world.live().len(), 2);
    move_file(&world, "kept.env", "repos.env");
    done(&world, &["rotation", "retire", "--yes"]);
    assert_eq!(world.live(), [new]);
}
