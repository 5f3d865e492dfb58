//! What flags say of a token's rotation: flags that contradict each other, and hints that name the flags of the run.

use insta::assert_snapshot;

use crate::profiles::{add_token, without_keyring};
use crate::support::{World, json_app, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const NEXT: &[&str] = &["--secondary-suffix", "_NEXT", "--previous-suffix", "_LAST"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world.file("other.env", &repos());
    world
}

fn token_command<'a>(verb: &'a str, more: &[&[&'a str]]) -> Vec<&'a str> {
    ["token", verb].into_iter().chain(FILE.iter().copied()).chain(more.concat()).collect()
}

/// Nobody can say which of the two was meant, and to write there cannot be taken back.
#[test]
fn what_is_left_out_is_not_taken_in() {
    let world = world();
    let target = "kind = \"auth-token\"\nenv-file = \"~/repos.env\"\nsinks = [\"env:~/other.env\"]\n";
    world.private("twcred.toml", &format!("[targets.shop]\n{target}"));
    let to = ["--to", "env:other.env"];
    let (own, other) = (["--without", "env:repos.env"], ["--without", "env:./other.env"]);
    let shop = ["token", "rotate", "shop", "--config", "twcred.toml", "--yes"];
    let contradictions = [
        token_command("create", &[&to, &other]),
        token_command("create", &[&own]),
        token_command("rotate", &[&own, &["--yes"]]),
        token_command("rotate", &[&own, &["--dry-run"]]),
        token_command("delete", &[&to, &other, &["--yes"]]),
        [&shop[..], &other].concat(),
        [&shop[..], &own].concat(),
    ];
    for args in &contradictions {
        let ran = world.run(args);
        assert!(ran.code == Some(2) && ran.err.contains("and --without leaves it out"), "{args:?}: {ran}");
    }
    assert_snapshot!(world.run(&contradictions[0]).briefly(), @r"
    exit 2
    error: env:~/other.env is to get the new token, and --without leaves it out
    hint: take one of the two away; nothing was made
    hint: to leave out what the configuration or --env-file names, a rotation must be open
    ");
    assert_eq!((world.read("repos.env"), world.read("other.env")), (repos(), repos()));
    assert!(world.rotations().is_empty());
    // Of an open rotation it is left out, whatever names it besides.
    assert_eq!(world.run(&token_command("create", &[&to])).code, Some(0));
    let ran = world.run(&[&shop[..], &other, &["--propagation", "0"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("other.env").contains(&format!("TWILIO_AUTH_TOKEN={}\n", token())));
    assert_ne!(world.read("repos.env"), repos());
}

/// Each is typed as it stands there.
#[test]
fn hints_name_the_file_and_the_suffixes_of_the_run() {
    let world = world();
    let none = world.run(&token_command("promote", &[&["--yes"]]));
    assert!(none.err.contains("hint: make one: twcred token create --env-file repos.env\n"), "{none}");
    assert_eq!(world.run(&token_command("create", &[NEXT])).code, Some(0));
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let clean = world.read("repos.env");
    world.file("repos.env", &repos());
    let exists = world.run(&token_command("create", &[NEXT]));
    let flags = "--env-file repos.env --secondary-suffix _NEXT --previous-suffix _LAST\n";
    for verb in ["delete", "promote"] {
        assert!(exists.err.contains(&format!("twcred token {verb} {flags}")), "{exists}");
    }
    world.file("repos.env", &clean);
    let told = ["--secondary-suffix", "_NEXT", "--previous-suffix", "_LAST", "--yes", "--propagation", "1h"];
    assert_eq!(world.run(&token_command("promote", &[&told])).code, Some(0));
    // Where the run is told nothing, the rotation knows its file.
    for verb in ["rollback", "abort"] {
        let ran = world.run(&["rotation", verb, "--yes"]);
        let file = world.path("repos.env").display().to_string();
        assert!(
            ran.code == Some(2) && ran.raw_err.contains(&format!("twcred token promote --env-file {file}\n")),
            "{ran}"
        );
    }
    let promoted = world.run(&["token", "promote", "--env-file", world.path("repos.env").to_str().unwrap()]);
    assert_eq!(promoted.code, Some(0), "{promoted}");

    let world = without_keyring(World::new());
    add_token(&world, "admin");
    assert_eq!(world.run(&["token", "rotate", "--profile", "admin", "--yes", "--propagation", "1h"]).code, Some(0));
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert!(ran.code == Some(2) && ran.err.contains("twcred token promote --profile admin\n"), "{ran}");
}

/// What the run did not ask for is not said to be without effect.
#[test]
fn suffixes_of_an_open_rotation_need_not_be_said_again() {
    let world = world();
    assert_eq!(world.run(&token_command("create", &[NEXT])).code, Some(0));
    let again = world.run(&token_command("create", &[]));
    assert!(again.code == Some(0) && !again.err.contains("suffix"), "{again}");
    let other = world.run(&token_command("create", &[&["--secondary-suffix", "_SECONDARY"]]));
    assert!(
        other.code == Some(0) && other.err.contains("--secondary-suffix or --previous-suffix has no effect"),
        "{other}"
    );
}

/// A place of another kind has another way of being named.
#[test]
fn a_place_that_does_not_hold_the_token_is_told_how_one_is_named() {
    let world = world();
    world.file("app.json", &json_app(&"9".repeat(32)));
    assert_snapshot!(world.run(&token_command("create", &[&["--to", "json:app.json"]])).briefly(), @r"
    exit 2
    error: probing json:~/app.json failed
      because: app.json#/auth_token does not hold the Auth Token
    hint: name the object that holds it: json:FILE#/POINTER; a place under another account does not count
    ");
}

/// It cannot be mended for ever: there is a way without it.
#[test]
fn a_sink_that_cannot_be_read_may_be_left_out() {
    let world = world();
    world.file("app.json", &json_app(&token()));
    assert_eq!(world.run(&token_command("create", &[&["--to", "json:app.json"]])).code, Some(0));
    world.file("app.json", "{");
    let ran = world.run(&token_command("delete", &[&["--yes"]]));
    assert_snapshot!(ran.briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: reading json:~/app.json failed
      because: ~/app.json, line 1, column 1: it is not JSON
    hint: the token in force works and nothing is lost; run the same command again to go on with the way back
    hint: if it is not to be mended and holds nothing that is needed, leave it out: --without json:~/app.json, a flag of `twcred token`
    ");
    let name = format!("json:{}", world.path("app.json").display());
    let ran = world.run(&token_command("delete", &[&["--yes", "--without", &name]]));
    assert_eq!((ran.code, world.read("repos.env"), world.open()), (Some(0), repos(), 0), "{ran}");
}
