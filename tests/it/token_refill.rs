//! A profile that loses its secret while its Auth Token is replaced gets back what it held.

use crate::profiles::{add_token, without_keyring};
use crate::profiles_rotate::spoil;
use crate::support::{World, repos, token};

const TO: [&str; 4] = ["--env-file", "repos.env", "--to", "keyring:admin"];

fn world() -> World {
    let world = without_keyring(World::new());
    world.file("repos.env", &repos());
    add_token(&world, "admin");
    world
}
/// The files that hold secrets of profiles.
fn entries(world: &World) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap();
    folder.map(|entry| entry.unwrap().path()).collect()
}

/// The tokens of the profile: in force, secondary, previous.
fn held(world: &World) -> [Option<String>; 3] {
    let all = entries(world);
    assert_eq!(all.len(), 1, "{all:?}");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&all[0]).unwrap()).unwrap();
    ["auth_token", "auth_token_secondary", "auth_token_previous"].map(|name| json[name].as_str().map(str::to_owned))
}

fn run(world: &World, verb: &str, more: &[&str]) {
    let ran = world.run(&[&["token", verb], &TO[..], &["--yes"], more].concat());
    assert_eq!(ran.code, Some(0), "{verb}: {ran}");
}

#[test]
fn before_the_promote_it_gets_both_tokens_again() {
    for part in [None, Some("{\"schema\":\"tw")] {
        for verb in ["create", "promote", "delete"] {
            let world = world();
            let made = world.run(&[&["token", "create"], &TO[..]].concat());
            assert_eq!(made.code, Some(0), "{made}");
            let staged = held(&world);
            assert!(staged[1].is_some() && staged[0] == Some(token()), "{staged:?}");
            spoil(&world, part);
            match verb {
                "create" => {
                    let again = world.run(&[&["token", "create"], &TO[..]].concat());
                    assert_eq!((again.code, held(&world)), (Some(0), staged), "{again}");
                }
                "promote" => {
                    run(&world, "promote", &["--propagation", "0"]);
                    assert_eq!(held(&world), [Some(world.primary()), None, None]);
                    assert_eq!(staged[1], Some(world.primary()));
                }
                _ => {
                    run(&world, "delete", &[]);
                    assert_eq!(held(&world), [Some(token()), None, None]);
                }
            }
        }
    }
}

#[test]
fn after_the_promote_it_gets_the_token_in_force() {
    for part in [None, Some("{\"schema\":\"tw")] {
        for wish in ["resume", "retire"] {
            let world = world();
            run(&world, "rotate", &["--propagation", "60m"]);
            let spread = held(&world);
            assert_eq!(spread, [Some(world.primary()), None, Some(token())]);
            spoil(&world, part);
            let id = world.rotations().remove(0);
            let ran = world.run(&["rotation", wish, &id, "--env-file", "repos.env", "--yes"]);
            let expected = if wish == "resume" { spread } else { [Some(world.primary()), None, None] };
            assert_eq!((ran.code, held(&world)), (Some(0), expected), "{wish}: {ran}");
        }
    }
}

/// What it held was none of this rotation's: nothing is put in its place.
#[test]
fn a_profile_of_another_token_is_left_alone() {
    let world = world();
    let made = world.run(&[&["token", "create"], &TO[..]].concat());
    assert_eq!(made.code, Some(0), "{made}");
    spoil(&world, None);
    let book = world.read(".config/twcred/profiles.toml");
    let print = book.lines().find(|line| line.starts_with("fingerprint")).unwrap().to_owned();
    world.file(".config/twcred/profiles.toml", &book.replace(&print, "fingerprint = \"000000000000\""));
    let ran = world.run(&[&["token", "promote"], &TO[..], &["--yes"]].concat());
    assert!(ran.code != Some(0) && entries(&world).is_empty(), "{ran}");
    assert_eq!(world.primary(), token());
}

/// Killed between the last sink that was cleared and the end: the token before is not put into it again, where nothing would
/// take it out.
#[test]
fn what_was_cleared_comes_back_cleared() {
    for part in [None, Some("{\"schema\":\"tw")] {
        for wish in ["resume", "retire"] {
            let world = world();
            run(&world, "rotate", &["--propagation", "60m"]);
            let id = world.rotations().remove(0);
            let sealed =
                || std::fs::read_dir(world.state_dir().join("sealed")).unwrap().map(|entry| entry.unwrap().path());
            let kept: Vec<_> = sealed().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
            let ran = world.run(&["rotation", "retire", &id, "--env-file", "repos.env", "--yes"]);
            assert_eq!((ran.code, held(&world)), (Some(0), [Some(world.primary()), None, None]), "{ran}");
            let name = format!(".local/state/twcred/rotations/{id}.jsonl");
            let text = world.read(&name);
            let end = text.find("\"unsealed\"").unwrap();
            world.file(&name, &text[..=text[..end].rfind('\n').unwrap()]);
            for (path, bytes) in kept {
                twcred::store::file::create(&path, &bytes).unwrap();
            }
            spoil(&world, part);
            let ran = world.run(&["rotation", wish, &id, "--env-file", "repos.env", "--yes"]);
            assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{wish}: {ran}");
            assert_eq!(held(&world), [Some(world.primary()), None, None], "{wish}: {ran}");
        }
    }
}

/// A profile that is named is where the token is found, also where the rotation has a file.
#[test]
fn the_profile_that_is_named_opens_what_is_sealed() {
    for wish in ["resume", "retire"] {
        let world = world();
        run(&world, "rotate", &["--propagation", "60m"]);
        let spread = (world.read("repos.env"), held(&world));
        let id = world.rotations().remove(0);
        let ran = world.run(&["rotation", wish, &id, "--profile", "admin", "--yes"]);
        assert_eq!(ran.code, Some(0), "{wish}: {ran}");
        let end = (repos().replace(&token(), &world.primary()), [Some(world.primary()), None, None]);
        assert_eq!(
            (world.read("repos.env"), held(&world)),
            if wish == "resume" { spread } else { end },
            "{wish}: {ran}"
        );
    }
    let world = world();
    let made = world.run(&[&["token", "create"], &TO[..]].concat());
    assert_eq!(made.code, Some(0), "{made}");
    let ran = world.run(&["rotation", "rollback", "--profile", "admin", "--yes"]);
    assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
    assert_eq!((world.read("repos.env"), held(&world)), (repos(), [Some(token()), None, None]), "{ran}");
}
