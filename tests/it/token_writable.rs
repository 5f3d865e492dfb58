//! No token is promoted while a sink that would have to follow cannot be written: the promote takes the old one away from
//! whoever reads that sink. A file with two names stands for all that cannot be replaced, whoever runs the tests.

use std::fs::{File, Permissions, hard_link};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::config_file::{configured, own};
use crate::profiles::{add_token, without_keyring};
use crate::sink_commands::narrow;
use crate::sinks_contract::fixture;
use crate::support::{World, json_app, remove, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const PROMOTE: &[&str] = &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"];
const SECONDARY: &str = "TWILIO_AUTH_TOKEN_SECONDARY";

/// A sink of every kind, and the file that is given a second name; a program says no by itself.
const SINKS: [(&str, &str); 4] =
    [("env:b.env", "b.env"), ("json:app.json", "app.json"), ("exec:./put", ""), ("keyring:admin", BOOK)];
const BOOK: &str = ".config/twcred/profiles.toml";

/// A world in which each of these holds the token.
fn world() -> World {
    let world = without_keyring(configured(""));
    world.file("b.env", &repos());
    world.private("app.json", &json_app(&token()));
    symlink(fixture("sink.sh"), world.path("kept")).unwrap();
    world.private("kept.tokens", &format!("{{\"auth_token\":\"{}\"}}", token()));
    let script = "#!/bin/sh\ninput=$(cat)\nprintf '%s\\n' \"$input\" >> \"$0.asked\"\n\
                  case $input in *'\"load'*) ;; *) [ ! -e \"$0.down\" ] || { echo read-only >&2; exit 1; } ;; esac\n\
                  case $input in *'\"auth_token_previous\":\"'*) [ ! -e \"$0.late\" ] || { echo late >&2; exit 1; } ;; esac\n\
                  printf '%s\\n' \"$input\" | \"${0%/*}/kept\"\n";
    let put = world.file("put", script);
    File::open(put).unwrap().set_permissions(Permissions::from_mode(0o755)).unwrap();
    add_token(&world, "admin");
    world
}

/// Makes that a sink cannot be written; the file that does so is returned.
fn shut(world: &World, linked: &str) -> PathBuf {
    if linked.is_empty() {
        return world.file("put.down", "");
    }
    let second = world.path("second-name");
    hard_link(world.path(linked), &second).unwrap();
    second
}

fn done(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The journal of the only rotation.
fn journal(world: &World) -> String {
    let folder = world.state_dir().join("rotations");
    let mut all = std::fs::read_dir(folder).unwrap();
    let path = all.next().unwrap().unwrap().path();
    assert!(all.next().is_none());
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn nothing_is_promoted_while_a_sink_cannot_be_written() {
    for (sink, linked) in SINKS {
        let world = world();
        done(&world, &[&["token", "create", "--to", sink], FILE].concat());
        let asked = || world.read("put.asked");
        let before = if sink.starts_with("exec:") { asked() } else { String::new() };
        let way = shut(&world, linked);
        let held = world.read("repos.env");
        for args in [
            PROMOTE,
            &["token", "rotate", "--env-file", "repos.env", "--check", "true"],
            &["rotation", "resume", "--yes"],
        ] {
            let ran = world.run(args);
            assert_eq!((ran.code, world.primary(), world.read("repos.env")), (Some(5), token(), held.clone()), "{ran}");
            assert!(ran.err.contains("nothing is lost") && !ran.err.contains("no way back"), "{sink}: {ran}");
            assert!(!journal(&world).contains("\"promoting\""), "{sink}: {ran}");
        }
        if sink.starts_with("exec:") {
            // Asked by the words of the protocol, and told nothing.
            let since = asked()[before.len()..].to_owned();
            assert!(since.contains("\"probe-tokens\"") && !since.contains(&token()), "{since}");
            assert!(!since.contains("\"store-tokens\""), "{since}");
        }
        remove(&way);
        done(&world, PROMOTE);
        assert_ne!(world.primary(), token());
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
        for (name, file) in [("env:b.env", "b.env"), ("json:app.json", "app.json"), ("exec:./put", "kept.tokens")] {
            assert_eq!(world.read(file).contains(&world.primary()), name == sink, "{sink}: {file}");
        }
    }
}

#[test]
fn what_stands_in_the_way_is_said() {
    let world = world();
    done(&world, &[&["token", "create", "--to", "env:b.env"], FILE].concat());
    shut(&world, "b.env");
    assert_snapshot!(world.run(PROMOTE).briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: probing env:~/b.env failed
      because: ~/b.env has 2 names (hard links); the old secret would stay under the others
    hint: the token in force works and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1 --env-file repos.env`
    hint: to go back instead: twcred token delete --env-file repos.env
    hint: keep one name, and make the others symbolic links to it
    ");
}

/// A place that somebody has given the new token already is past every change, and need not be written.
#[test]
fn a_sink_that_has_the_new_token_in_force_already_is_in_nobodys_way() {
    let world = world();
    done(&world, &[&["token", "create", "--to", "env:b.env"], FILE].concat());
    world.file("b.env", &repos().replace(&token(), &world.secondary().unwrap()));
    shut(&world, "b.env");
    done(&world, PROMOTE);
    assert_eq!(world.read("b.env"), world.read("repos.env"));
}

/// A secondary that was typed in: the places are tried before anything is begun.
#[test]
fn a_secondary_that_is_taken_up_needs_places_that_can_be_written() {
    for (sink, linked) in SINKS.into_iter().chain([("", "repos.env")]) {
        let world = world();
        done(&world, &["token", "create", "--env-file", "repos.env", "--state-dir", "other"]);
        let typed = world.read("repos.env");
        let way = shut(&world, linked);
        let to: &[&str] = if sink.is_empty() { &[] } else { &["--to", sink] };
        let ran = world.run(&[PROMOTE, to].concat());
        assert!(matches!(ran.code, Some(1 | 2)) && ran.err.contains("probing"), "{sink}: {ran}");
        assert_eq!((world.primary(), world.read("repos.env")), (token(), typed));
        assert!(world.rotations().is_empty() && world.sealed() == 0, "{sink}: {ran}");
        remove(&way);
        done(&world, &[PROMOTE, to].concat());
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
    }
}

/// Another file has the live one: what was typed here is in its way, which is found before anything is begun.
#[test]
fn a_dead_secondary_beside_the_token_is_found_before_anything_is_begun() {
    let world = world();
    let rotate = ["token", "rotate", "--yes", "--propagation", "0", "--to", "env:b.env"];
    done(&world, &[&rotate[..], FILE].concat());
    done(&world, &["token", "create", "--env-file", "b.env", "--state-dir", "other"]);
    let (primary, held) = (world.primary(), world.read("b.env"));
    world.file("repos.env", &format!("{}{SECONDARY}={}\n", world.read("repos.env"), "9".repeat(32)));
    let rotations = world.rotations();
    assert_snapshot!(world.run(PROMOTE).briefly(), @r"
    exit 2
    error: probing env:~/repos.env failed
      because: repos.env:9 TWILIO_AUTH_TOKEN_SECONDARY holds another value already, where the secondary Auth Token is to stand
    hint: nothing was written; if it is the account's secondary token: twcred token promote --env-file repos.env
    hint: if nobody needs it, take it out, twcred does not know it; then run again
    ");
    assert_eq!((world.primary(), world.read("b.env"), world.rotations()), (primary, held, rotations));
}

/// What was typed in is dead, and there is no other.
#[test]
fn a_dead_secondary_is_none_and_begins_nothing() {
    let world = world();
    world.file("repos.env", &format!("{}{SECONDARY}={}\n", repos(), "9".repeat(32)));
    assert_snapshot!(world.run(PROMOTE).briefly(), @r"
    exit 1
    error: none of the tokens in hand is the account's secondary Auth Token
    hint: `twcred token status` tells which token is in hand, and whether a secondary is outstanding
    hint: make one: twcred token create --env-file repos.env
    ");
    assert!(world.rotations().is_empty());
}

/// Killed between the note that a promote is about to be sent and its answer: what became of it is found out, and the sinks
/// that can be written get the token in force, whatever the others are.
#[test]
fn what_may_be_promoted_already_goes_on() {
    let world = world();
    done(&world, &[&["token", "create", "--to", "env:b.env"], FILE].concat());
    world.fault("hold-after=POST /v1/AuthTokens/Promote@1");
    world.killed(PROMOTE);
    let way = shut(&world, "b.env");
    let ran = world.run(PROMOTE);
    assert!(ran.code == Some(5) && ran.err.contains("the new token is in force"), "{ran}");
    assert_ne!(world.primary(), token());
    let current = format!("TWILIO_AUTH_TOKEN={}", world.primary());
    assert!(world.read("repos.env").lines().any(|line| line == current), "{ran}");
    remove(&way);
    done(&world, PROMOTE);
    assert_eq!(world.read("b.env"), repos().replace(&token(), &world.primary()));
}

/// A sink that says yes until the promote and no afterwards: whoever reads one behind it has a dead token until that is
/// switched, which needs nothing of the one that fails.
#[test]
fn a_sink_that_fails_after_the_promote_keeps_none_behind_it_waiting() {
    let world = world();
    let late = world.file("put.late", "");
    let sinks = ["--to", "exec:./put", "--to", "env:b.env"];
    let rotate = [&["token", "rotate", "--yes", "--propagation", "0"][..], FILE, &sinks].concat();
    let current = |name: &str| {
        world.read(name).lines().find_map(|line| line.strip_prefix("TWILIO_AUTH_TOKEN=").map(str::to_owned))
    };
    let mut journals = Vec::new();
    for _ in 0..2 {
        let ran = world.run(&rotate);
        assert_ne!(world.primary(), token(), "{ran}");
        let new = Some(world.primary());
        assert_eq!((ran.code, current("repos.env"), current("b.env")), (Some(5), new.clone(), new), "{ran}");
        assert!(ran.err.contains("writing exec:") && ran.err.contains("exit status 1: late"), "{ran}");
        assert!(ran.err.contains("--without exec:"), "{ran}");
        assert!(!world.read("kept.tokens").contains("auth_token_previous\":\""), "{ran}");
        journals.push(journal(&world));
    }
    // The third sink was done with by the first run.
    assert_eq!(journals[0], journals[1]);
    remove(&late);
    done(&world, &rotate);
    assert_eq!(world.read("b.env"), repos().replace(&token(), &world.primary()));
    assert_eq!(world.read("repos.env"), world.read("b.env"));
    let kept = world.read("kept.tokens");
    assert!(kept.contains(&world.primary()) && !kept.contains(&token()));
}

/// The same while the new token spreads: both came back from a backup, and one of them cannot be written.
#[test]
fn a_sink_that_fails_while_it_spreads_keeps_none_behind_it_waiting() {
    let world = world();
    let backup = world.read("kept.tokens");
    let sinks = ["--to", "exec:./put", "--to", "env:b.env"];
    let rotate = [&["token", "rotate", "--yes", "--propagation", "1h"][..], FILE, &sinks].concat();
    done(&world, &rotate);
    world.file("b.env", &repos());
    world.file("kept.tokens", &backup);
    let down = world.file("put.down", "");
    let ran = world.run(&["rotation", "resume", "--yes"]);
    assert!(ran.code == Some(5) && ran.err.contains("writing exec:"), "{ran}");
    let current = format!("TWILIO_AUTH_TOKEN={}", world.primary());
    assert!(world.read("b.env").lines().any(|line| line == current), "{ran}");
    remove(&down);
    done(&world, &["rotation", "resume", "--yes"]);
    assert!(world.read("kept.tokens").contains(&world.primary()));
}

/// A rotation's own values are in nobody's way, as long as it is open.
#[test]
fn sink_test_foresees_it_while_a_rotation_is_open() {
    let world = world();
    let sinks = "sinks = [\"env:~/b.env\", \"json:~/app.json\"]\npropagation = \"1h\"\ncheck = \"test -e ready\"\n";
    own(&world, &format!("[targets.main]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\n{sinks}"));
    let rotate = ["token", "rotate", "main"];
    let tried = || world.run(&["sink", "test"]);
    assert_eq!(tried().code, Some(0));
    let staged = world.run(&rotate);
    assert_eq!(staged.code, Some(7), "{staged}");
    assert_snapshot!(narrow(&tried()), @r"
    exit: 0
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    main  env:~/repos.env  yes  the token 3eb1bd43
    main  env:~/b.env  yes  the token 3eb1bd43
    main  json:~/app.json  yes  the token 3eb1bd43
    ");
    let way = shut(&world, "b.env");
    let ran = tried();
    assert!(ran.code == Some(2) && ran.err.contains("could not be written"), "{ran}");
    remove(&way);
    world.file("ready", "");
    done(&world, &rotate);
    assert_snapshot!(narrow(&tried()), @r"
    exit: 0
    --- stdout
    TARGET  SINK  WRITABLE  HOLDS
    main  env:~/repos.env  yes  the token 65177d58
    main  env:~/b.env  yes  the token 65177d58
    main  json:~/app.json  yes  the token 65177d58
    ");
    // A value that is none of it is in the way still.
    let text = world.read("repos.env");
    let line = text.lines().find(|line| line.starts_with("TWILIO_AUTH_TOKEN_PREVIOUS")).unwrap();
    world.file("repos.env", &text.replace(line, &format!("TWILIO_AUTH_TOKEN_PREVIOUS={}", "9".repeat(32))));
    done(&world, &["sink", "test", "main"]);
    world.file("b.env", &format!("{}{SECONDARY}={}\n", repos(), "9".repeat(32)));
    let ran = tried();
    assert!(ran.code == Some(2) && ran.err.contains("b.env:") && ran.err.contains(SECONDARY), "{ran}");
}
