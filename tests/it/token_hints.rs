//! What to type next is true of this very rotation: its names, its places, and what the configuration says of them.

use insta::assert_snapshot;

use crate::support::{Ran, World, json_app, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const NEXT: &[&str] = &["--secondary-suffix", "_NEXT", "--previous-suffix", "_LAST"];
const TARGET: &str = "[targets.shop]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsecondary-suffix = \"_NEXT\"\n\
                      previous-suffix = \"_LAST\"\n";

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn token_command(verb: &str, more: &[&str]) -> Vec<String> {
    ["token", verb].iter().chain(FILE).chain(more).map(ToString::to_string).collect()
}

fn run(world: &World, verb: &str, more: &[&str]) -> Ran {
    let args = token_command(verb, more);
    world.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}
/// A place that was passed over and is named later: the token that it holds is dead, and there is a command that mends it.
#[test]
fn a_place_that_holds_the_dead_token_is_told_how_it_is_mended() {
    let world = world();
    let now = ["--yes", "--propagation", "0"];
    assert_eq!(run(&world, "rotate", &now).code, Some(0));
    world.file("app.json", &json_app(&token()));
    let to = ["--to", "json:app.json"];
    let before = (world.read("repos.env"), world.primary());
    let refused = run(&world, "rotate", &[&now[..], &to].concat());
    assert_snapshot!(refused.briefly(), @r#"
    exit 2
    error: json:~/app.json holds the token 3eb1bd43, which rotation rotation.id1 has replaced: it is dead
    hint: make json:~/app.json a sink of a target with `kind = "auth-token"` in the configuration; `twcred sink push TARGET` puts the token in force there
    hint: or write the token in force there by hand; then run again
    "#);
    // An open rotation takes it in no more than a new one.
    assert_eq!(run(&world, "create", &[]).code, Some(0));
    let joining = run(&world, "create", &to);
    assert!(joining.code == Some(2) && joining.err.contains("`twcred sink push TARGET`"), "{joining}");
    assert_eq!(run(&world, "delete", &["--yes"]).code, Some(0));
    assert_eq!((world.read("repos.env"), world.primary()), before);
    // What the hint says.
    let target = "[targets.shop]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsinks = [\"json:~/app.json\"]\n";
    world.private("twcred.toml", target);
    let pushed = world.run(&["sink", "push", "shop", "--yes", "--config", "twcred.toml"]);
    assert_eq!((pushed.code, world.read("app.json")), (Some(0), json_app(&world.primary())), "{pushed}");
    assert_eq!(run(&world, "rotate", &[&now[..], &to].concat()).code, Some(0));
    // One that nobody has replaced here is another matter.
    world.file("app.json", &json_app(&"9".repeat(32)));
    let other = run(&world, "create", &["--to", "json:app.json"]);
    assert!(other.code == Some(2) && !other.err.contains("sink push"), "{other}");
}

#[test]
fn renamed_variables_are_called_by_their_names() {
    let world = world();
    let yes = ["--yes", "--propagation", "1h"];
    assert_eq!(run(&world, "rotate", &[&yes[..], NEXT].concat()).code, Some(0));
    world.file("repos.env", &world.read("repos.env").replace(&world.primary(), &"9".repeat(32)));
    let retire = world.run(&["rotation", "retire", "--yes", "--env-file", "repos.env"]);
    assert!(retire.code == Some(3) && retire.err.contains("the one before it, …_LAST, opens it"), "{retire}");
    assert!(!retire.err.contains("_PREVIOUS"), "{retire}");

    let world = self::world();
    assert_eq!(run(&world, "create", NEXT).code, Some(0));
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let text = world.read("repos.env");
    let exists = run(&world, "create", NEXT);
    assert!(exists.code == Some(2) || exists.code == Some(1), "{exists}");
    let clean: String = text.split_inclusive('\n').filter(|line| !line.contains("_NEXT")).collect();
    world.file("repos.env", &clean);
    let exists = run(&world, "create", NEXT);
    assert!(exists.code == Some(1) && exists.err.contains("if a sink holds it as …_NEXT and it works"), "{exists}");
    let made = text.lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN_NEXT=")).unwrap();
    world.file("repos.env", &repos().replace(&token(), made));
    let secondary = run(&world, "create", NEXT);
    assert!(secondary.code == Some(2) && secondary.err.contains("this one into TWILIO_AUTH_TOKEN_NEXT"), "{secondary}");
}

/// What the target says that names the file is true of it, whichever command is at work.
#[test]
fn names_are_the_targets_where_flags_name_its_file() {
    let world = world();
    let config = ["--config", "twcred.toml"];
    world.private("twcred.toml", TARGET);
    let run = |verb: &str, more: &[&str]| run(&world, verb, &[&config[..], more].concat());
    assert_eq!(run("create", &[]).code, Some(0));
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="));
    let status = run("status", &[]);
    assert!(status.out.contains("TWILIO_AUTH_TOKEN_NEXT"), "{status}");
    assert_eq!(run("delete", &["--yes"]).code, Some(0));
    assert_eq!(world.read("repos.env"), repos());

    // With the journal gone, the secondary is found by the name that the target knows.
    assert_eq!(run("create", &[]).code, Some(0));
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let promoted = run("promote", &["--yes", "--propagation", "1h"]);
    assert_eq!(promoted.code, Some(0), "{promoted}");
    let held = world.read("repos.env");
    assert!(held.contains(&format!("TWILIO_AUTH_TOKEN={}\n", world.primary())), "{promoted}");
    assert!(held.contains(&format!("TWILIO_AUTH_TOKEN_LAST={}\n", token())) && !held.contains("_NEXT"), "{promoted}");
    assert_eq!(world.run(&["rotation", "retire", "--yes", "--env-file", "repos.env"]).code, Some(0));

    let staged = run("rotate", &["--check", "grep -q TWILIO_AUTH_TOKEN_NEXT= repos.env", "--propagation", "0"]);
    assert_eq!(staged.code, Some(0), "{staged}");
    // A flag goes before it.
    assert_eq!(run("create", &["--secondary-suffix", "_OTHER"]).code, Some(0));
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_OTHER="));
}

/// The file that was left out is gone or holds what is dead: the rotation goes on with the one that is in it.
#[test]
fn a_file_that_was_left_out_is_not_where_the_token_is_taken_from() {
    let world = world();
    world.file("other.env", &repos());
    let create = |more: &[&str]| {
        let ran = world.run(&[&["token", "create"], more].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
    };
    let name = format!("env:{}", world.path("repos.env").display());
    create(&["--env-file", "repos.env", "--to", "env:other.env"]);
    create(&["--env-file", "other.env", "--without", &name]);
    crate::support::remove(&world.path("repos.env"));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!((ran.code, world.read("other.env")), (Some(0), repos()), "{ran}");
}

/// The same for a key.
#[test]
fn a_file_that_was_left_out_is_not_where_the_pair_is_taken_from() {
    let world = world();
    world.file("other.env", &repos());
    let rotate = |more: &[&str]| {
        let ran = world.run(&[&["keys", "rotate"], more].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
    };
    rotate(&["--env-file", "repos.env", "--to", "env:other.env"]);
    let opened = world.run(&["rotation", "show", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&opened.raw_out).unwrap();
    let name = shown["sinks"][0].as_str().map(str::to_owned).unwrap();
    rotate(&["--env-file", "other.env", "--without", &name]);
    crate::support::remove(&world.path("repos.env"));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    // It has its pair back; the new key is not ended while the file that is gone may hold it.
    assert_eq!((ran.code, world.read("other.env")), (Some(3), repos()), "{ran}");
    assert!(ran.err.contains("was left out, is not there, and may hold"), "{ran}");
}
