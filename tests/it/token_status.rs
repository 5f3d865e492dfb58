//! `twcred token status` of a token that is dead, and what is said of a secondary that somebody typed in.

use insta::assert_snapshot;
use twcred::model::Secret;
use twcred::sandbox::{SecondaryToken, Stored};

use crate::support::{World, account_sid, json_app, repos, token};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

#[test]
fn of_a_token_that_a_rotation_replaced_it_says_which_and_what_holds_the_one_in_force() {
    let world = world();
    world.file("app.json", &json_app(&token()));
    let rotated = world.run(&[ROTATE, &["--to", "json:app.json"]].concat());
    assert_eq!(rotated.code, Some(0), "{rotated}");
    world.file("old.env", &repos());
    let status = ["token", "status", "--env-file", "old.env"];
    assert_snapshot!(world.run(&status), @r"
    exit: 4
    --- stdout
    token                        held as  fingerprint  Twilio says
    old.env:3 TWILIO_AUTH_TOKEN  current  3eb1bd43     refused

    account                AC.1..............................
    secondary outstanding  unknown: no token in hand works, so nothing could be asked
    last promoted          YYYY-MM-DDThh:mm:ssZ
    open rotation          none
    --- stderr
    error: Twilio refuses the token of old.env:3 TWILIO_AUTH_TOKEN
    hint: rotation rotation.id1 replaced it; these hold the one that was put in force: env:~/repos.env, json:~/app.json
    hint: the Console shows the token in force: Account > API keys & tokens
    ");
    // What holds another one by now is not named, and a later rotation's place is.
    world.file("app.json", &json_app(&"9".repeat(32)));
    let rotated = world.run(&[ROTATE, &["--without", "json:app.json"]].concat());
    assert_eq!(rotated.code, Some(0), "{rotated}");
    assert_snapshot!(world.run(&status).briefly(), @r"
    exit 4
    error: Twilio refuses the token of old.env:3 TWILIO_AUTH_TOKEN
    hint: rotation rotation.id1 replaced it; env:~/repos.env holds the one that was put in force
    hint: the Console shows the token in force: Account > API keys & tokens
    ");
    crate::support::remove(&world.path("repos.env"));
    assert_snapshot!(world.run(&status).briefly(), @r"
    exit 4
    error: Twilio refuses the token of old.env:3 TWILIO_AUTH_TOKEN
    hint: rotation rotation.id1 replaced it: `twcred rotation show rotation.id1` says where the new one was put
    hint: the Console shows the token in force: Account > API keys & tokens
    ");
    // One that is pasted is told of the same.
    let account = account_sid('a');
    let pasted = world.run_with(&["token", "status", "--env-file", "-", "--account", account.as_str()], &token());
    assert!(pasted.code == Some(4) && pasted.err.contains("hint: rotation rotation.id1 replaced it"), "{pasted}");
    // Nothing is known of one that nobody has replaced here.
    world.file("old.env", &repos().replace(&token(), &"8".repeat(32)));
    let ran = world.run(&status);
    assert!(ran.code == Some(4) && !ran.err.contains("replaced"), "{ran}");
}

/// It may be the account's: then what is to be done with it is known.
#[test]
fn a_secondary_that_somebody_typed_in_can_be_promoted() {
    let world = world();
    let typed = "5".repeat(32);
    world.sandbox.with_state(|state| {
        let account = state.account_mut(&account_sid('a')).unwrap();
        let created = account.created;
        account.secondary = Some(SecondaryToken { token: Stored::new(Secret::new(typed.clone())), created });
    });
    let text = repos().replace("\n\n", &format!("\nTWILIO_AUTH_TOKEN_SECONDARY={typed}\n\n"));
    world.file("repos.env", &text);
    assert_snapshot!(world.run(ROTATE).briefly(), @r"
    exit 2
    error: probing env:~/repos.env failed
      because: repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY holds another value already, where the secondary Auth Token is to stand
    hint: nothing was written; if it is the account's secondary token: twcred token promote --env-file repos.env
    hint: if nobody needs it, take it out, twcred does not know it; then run again
    ");
    assert_eq!((world.read("repos.env"), world.primary()), (text, token()));
    // What the hint says.
    let ran = world.run(&["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"]);
    assert_eq!((ran.code, world.primary()), (Some(0), typed), "{ran}");
}
