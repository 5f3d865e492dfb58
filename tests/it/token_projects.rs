//! A file with several projects holds a token once for each: what is true of one is not said of another.

use crate::support::{Ran, World, account_sid, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];

fn two() -> String {
    format!("{}P_TWILIO_ACCOUNT_SID={}\nP_TWILIO_AUTH_TOKEN={}\n", repos(), account_sid('a'), token())
}

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &two());
    world
}

fn run(world: &World, verb: &str, more: &[&str]) -> Ran {
    world.run(&[&["token", verb], FILE, more].concat())
}
/// Types a value over in one of the projects.
fn typed_over(text: &str, name: &str) -> String {
    let own = |line: &str| line.starts_with(&format!("{name}="));
    let lines = text.split_inclusive('\n');
    lines.map(|line| if own(line) { format!("{name}={}\n", "9".repeat(32)) } else { line.to_owned() }).collect()
}

const NAMES: [&str; 2] = ["TWILIO_AUTH_TOKEN", "P_TWILIO_AUTH_TOKEN"];

#[test]
fn a_value_typed_over_in_one_project_while_the_token_spreads() {
    for name in NAMES {
        let world = world();
        assert_eq!(run(&world, "rotate", &["--yes", "--propagation", "1h"]).code, Some(0));
        let spread = world.read("repos.env");
        let typed = typed_over(&spread, name);
        world.file("repos.env", &typed);
        for args in [&["rotation", "resume"][..], &["rotation", "retire", "--yes"]] {
            let ran = world.run(args);
            assert!(ran.code == Some(3) && ran.out.is_empty(), "{name} {args:?}: {ran}");
            assert!(ran.err.contains(&format!("{name} holds a token that is none of this rotation's")), "{ran}");
            assert!(ran.err.contains(&format!("a backup has it) into {name} there, and run again")), "{ran}");
            assert_eq!((world.read("repos.env"), world.sealed()), (typed.clone(), 2), "{ran}");
        }
        // What the hint says.
        world.file("repos.env", &typed.replace(&"9".repeat(32), &token()));
        let ran = world.run(&["rotation", "resume"]);
        assert_eq!((ran.code, world.read("repos.env")), (Some(0), spread), "{name}: {ran}");
        assert_eq!(world.run(&["rotation", "retire", "--yes"]).code, Some(0));
        assert_eq!(world.read("repos.env"), two().replace(&token(), &world.primary()));
    }
}

#[test]
fn a_value_typed_over_in_one_project_while_both_tokens_wait() {
    for name in NAMES {
        let world = world();
        assert_eq!(run(&world, "create", &[]).code, Some(0));
        let both = world.read("repos.env");
        let typed = typed_over(&both, name);
        world.file("repos.env", &typed);
        for check in ["true", "false"] {
            let account = account_sid('a');
            let ran = run(&world, "rotate", &["--check", check, "--account", account.as_str(), "--propagation", "0"]);
            assert!(ran.code == Some(3) && ran.out.is_empty(), "{name} {check}: {ran}");
            assert!(!ran.err.contains("every sink holds both tokens"), "{ran}");
            assert!(ran.err.contains(&format!(") back into {name} there, and run again")), "{ran}");
            assert_eq!((world.read("repos.env"), world.primary()), (typed.clone(), token()), "{ran}");
        }
        world.file("repos.env", &both);
        assert_eq!(run(&world, "rotate", &["--check", "true", "--propagation", "0"]).code, Some(0));
        assert_eq!(world.read("repos.env"), two().replace(&token(), &world.primary()));
    }
}

/// A project that joined the file since is given the secondary, too, before it has nothing else.
#[test]
fn a_project_that_came_back_alone() {
    let world = world();
    assert_eq!(run(&world, "create", &[]).code, Some(0));
    let both = world.read("repos.env");
    let lines = both.split_inclusive('\n').filter(|line| !line.starts_with("P_TWILIO_AUTH_TOKEN_SECONDARY="));
    world.file("repos.env", &lines.collect::<String>());
    let ran = run(&world, "create", &[]);
    assert_eq!((ran.code, world.read("repos.env")), (Some(0), both), "{ran}");
}

/// Another project's own token was never part of it, and stays.
#[test]
fn a_project_with_a_token_of_its_own_is_in_nobodys_way() {
    let world = World::new();
    let own =
        two().replace(&format!("P_TWILIO_AUTH_TOKEN={}", token()), &format!("P_TWILIO_AUTH_TOKEN={}", "9".repeat(32)));
    world.file("repos.env", &own);
    let ran = run(&world, "rotate", &["--yes", "--propagation", "0"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), own.replace(&token(), &world.primary()));
}

/// What the only project of a file calls its token is what the hint calls it.
#[test]
fn a_project_that_is_alone_is_called_by_its_name() {
    for (verb, more) in [("rotate", &["--yes", "--propagation", "1h"][..]), ("create", &[])] {
        let world = World::new();
        world.file(
            "repos.env",
            &format!("P_TWILIO_ACCOUNT_SID={}\nP_TWILIO_AUTH_TOKEN={}\n", account_sid('a'), token()),
        );
        assert_eq!(run(&world, verb, more).code, Some(0));
        let held = world.read("repos.env");
        world.file("repos.env", &typed_over(&held, "P_TWILIO_AUTH_TOKEN"));
        let ran = if verb == "rotate" {
            world.run(&["rotation", "retire", "--yes"])
        } else {
            run(&world, "delete", &["--yes"])
        };
        assert!(ran.code == Some(3) && ran.err.contains(" into P_TWILIO_AUTH_TOKEN there, and run"), "{verb}: {ran}");
    }
}
