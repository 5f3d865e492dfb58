//! The programs that the configuration names, before a key ends.

use twcred::model::Credential;

use crate::config_file::own;
use crate::keys_watched::{lives, shared, told};
use crate::support::{env_text, key, key_sid};

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
