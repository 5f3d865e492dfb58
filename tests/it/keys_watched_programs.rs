//! The programs that the configuration names, before a key ends.

use twcred::model::Credential;
use twcred::sandbox::Kind;

use crate::config_file::own;
use crate::keys_watched::{lives, shared, told};
use crate::support::{World, account_sid, add_key, env_text, key, key_sid, secret};

/// A program that is asked for tokens alone need not know what a key is.
#[test]
fn a_program_that_keeps_tokens_is_not_asked_for_keys() {
    let world = shared();
    let put = world.file("put", "#!/bin/sh\necho \"unknown action\" >&2\nexit 1\n");
    crate::config_file::set_mode(&put, 0o700);
    own(&world, "[targets.tok]\nkind = \"auth-token\"\nenv-file = \"~/tok.env\"\nsinks = [\"exec:~/put\"]\n");
    world.file("tok.env", "TWILIO_REGION=us1\n");
    let ran = world.run(&["keys", "rotate", "--env-file", "one.env", "--now"]);
    assert_eq!((ran.code, lives(&world)), (Some(0), false), "{ran}");
    assert!(!ran.err.contains("warning"), "{ran}");
    let ran = world.run(&["keys", "revoke", key_sid('3').as_str(), "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    // What is asked for keys is asked still.
    own(&world, "[targets.shop]\nenv-file = \"~/one.env\"\nsinks = [\"exec:~/put\"]\n");
    let ran = world.run(&["keys", "revoke", world.live()[0].as_str(), "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran}");
}

/// It answers for keys as well, and with that very key.
#[test]
fn a_program_that_keeps_tokens_and_holds_the_key_stops_its_end() {
    let world = shared();
    let put = world.file(
        "put",
        r#"#!/bin/sh
cd "${0%/*}"
read -r asked
case $asked in
*'"probe"'*) ;;
*'"load"'*) if [ -e held ]; then cat held; else echo '{}'; fi ;;
*'"store"'*) echo "$asked" | sed 's/.*\("api_key".*}\)}/{\1/' >held ;;
*) exit 1 ;;
esac
"#,
    );
    crate::config_file::set_mode(&put, 0o700);
    own(&world, "[targets.tok]\nkind = \"auth-token\"\nenv-file = \"~/tok.env\"\nsinks = [\"exec:~/put\"]\n");
    world.file("tok.env", "TWILIO_REGION=us1\n");
    let to = format!("exec:{}", put.display());
    let ran = world.run(&["keys", "create", "ci", "--to", &to]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let held = world.read("held");
    let made = world.live().into_iter().find(|sid| held.contains(sid.as_str())).unwrap();
    let ran = world.run(&["keys", "revoke", made.as_str(), "--yes"]);
    assert_eq!((ran.code, world.live().contains(&made)), (Some(1), true), "{ran}");
    // So it does where a rotation would replace it.
    let Credential::ApiKey { account, .. } = key('1') else { panic!("a pair") };
    world.file("ci.env", &env_text(&Credential::ApiKey { account, pair: world.pair(&made) }));
    let ran = world.run(&["keys", "rotate", "--env-file", "ci.env", "--now"]);
    assert_eq!((ran.code, world.live().contains(&made)), (Some(3), true), "{ran}");
    let taken = world.run(&["keys", "rotate", "--env-file", "ci.env", "--now", "--to", &told(&ran, "--to")]);
    assert_eq!((taken.code, world.live().contains(&made)), (Some(0), false), "{taken}");
}

/// Keeps what it is told beside itself, and counts how often it is asked for it.
const COUNTING: &str = r#"#!/bin/sh
read -r asked
case $asked in
*'"probe"'*) ;;
*'"load"'*) echo x >>"$0.asked"; cat "$0.held" ;;
*'"store"'*) echo "$asked" | sed 's/.*"credential":\({.*}\)}/\1/' >"$0.held" ;;
*) exit 1 ;;
esac
"#;

fn held(digit: char) -> String {
    let (account, sid, secret) = (account_sid('a'), key_sid(digit), secret(digit));
    format!("{{\"account_sid\": \"{account}\", \"api_key\": \"{sid}\", \"api_secret\": \"{secret}\"}}\n")
}

/// A target for each of these keys, each in a program of its own; `more` is what the target of the second says besides.
fn programs(digits: &[char], more: &str) -> World {
    let world = World::with(|state| {
        for digit in digits.iter().filter(|digit| **digit != '1') {
            add_key(state, 'a', *digit, "app", Kind::Standard, 10);
        }
    })
    .with_token();
    let target = |digit: &char| {
        let put = world.file(&format!("put{digit}"), COUNTING);
        crate::config_file::set_mode(&put, 0o700);
        world.file(&format!("put{digit}.held"), &held(*digit));
        let more = if *digit == '2' { more } else { "" };
        format!("[targets.t{digit}]\nsinks = [\"exec:~/put{digit}\"]\n{more}")
    };
    let targets: Vec<String> = digits.iter().map(target).collect();
    own(&world, &targets.concat());
    world
}

/// What a program holds is asked once for all the keys that are to be replaced, not once for each of them.
#[test]
fn more_targets_do_not_start_each_program_more_often() {
    let asked = |digits: &[char]| {
        let world = programs(digits, "");
        let ran = world.run(&["keys", "rotate", "--all"]);
        assert_eq!((ran.code, world.live().len()), (Some(0), digits.len() * 2), "{ran}");
        digits.iter().map(|digit| world.read(&format!("put{digit}.asked")).lines().count()).max()
    };
    assert_eq!(asked(&['1', '2']), asked(&['1', '2', '3', '4']));
}

/// What was said before a key was made is not believed before one ends.
#[test]
fn a_program_that_has_taken_the_key_meanwhile_stops_its_end() {
    let world = programs(&['1', '2'], "check = \"cp taken put1.held\"\n");
    world.file("taken", &held('2'));
    let ran = world.run(&["keys", "rotate", "--all", "--now"]);
    assert!(
        ran.code == Some(3) && ran.err.contains("is held where its rotation replaces nothing: exec:~/put1"),
        "{ran}"
    );
    assert!(world.live().contains(&key_sid('2')) && !world.live().contains(&key_sid('1')), "{ran}");
}
