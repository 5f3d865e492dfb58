//! `twcred keys rotate` of files with several pairs.

use insta::assert_snapshot;
use twcred::sandbox::Kind;

use crate::keys_rotate::{newest, replaced, with};
use crate::support::{World, add_key, env_text, key, key_sid, repos};

/// Three projects: two that share a key, and one of its own.
fn three() -> (World, String) {
    let world = World::with(|state| add_key(state, 'a', '2', "shop", Kind::Standard, 5));
    let shared = env_text(&key('1')).replace("TWILIO_", "BAR_TWILIO_");
    let own =
        env_text(&key('2')).replace("TWILIO_API_SECRET", "TWILIO_API_KEY_SECRET").replace("TWILIO_", "SHOP_TWILIO_");
    let text = repos() + &shared + &own;
    world.file("repos.env", &text);
    (world, text)
}

#[test]
fn one_of_several() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--var", "SHOP_TWILIO_API_KEY", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '2', &newest(&world)));
}

/// A key that two projects share is one rotation, whichever of them is named.
#[test]
fn a_shared_key_goes_as_one() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--var", "BAR_TWILIO_API_KEY", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '1', &newest(&world)));
    assert_eq!(world.rotations().len(), 1);
}

#[test]
fn all_of_them() {
    let (world, text) = three();
    assert_snapshot!(world.run(&with(&["--all", "--dry-run", "--json"])).to_string().matches("\"decision\": \"rotate\"").count(), @"2");
    assert_snapshot!(world.run(&with(&["--all", "-q"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.3..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    SK.2.............................. was replaced by SK.4..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    ");
    assert_eq!((world.live().len(), world.open()), (4, 2));
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.3.............................. and is revoked
    SK.2.............................. was replaced by SK.4.............................. and is revoked
    --- stderr
    revoked SK.1..............................
    revoked SK.2..............................
    ");
    let [first, second] = world.live().try_into().unwrap();
    let expected = replaced(&world, &replaced(&world, &text, '1', &first), '2', &second);
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!((world.open(), world.sealed()), (0, 0));
}

/// One pair that cannot be rotated does not keep the others from it; the exit code tells.
#[test]
fn all_but_one() {
    let (world, text) = three();
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 1
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    --- stderr
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    error: SK.3.............................. is not among the account's keys: revoked, or another account's
    hint: `twcred keys list` shows the keys there are; make a new one with `twcred keys create`
    ");
    assert_eq!(world.read("repos.env"), replaced(&world, &text, '2', &newest(&world)));
}

/// A project whose lines make no pair is told, and keeps no other from its turn. The exit code is the worst.
#[test]
fn all_but_a_broken_project() {
    let (world, text) = three();
    let broken =
        format!("\nBAD_TWILIO_API_KEY={}\n\nWORSE_TWILIO_API_KEY=x\nWORSE_TWILIO_API_SECRET=y\n", key_sid('9'));
    let text = text + &broken;
    world.file("repos.env", &text);
    assert_snapshot!(world.run(&with(&["--all", "--now"])), @r"
    exit: 2
    --- stdout
    SK.1.............................. was replaced by SK.2.............................. and is revoked
    SK.3.............................. was replaced by SK.4.............................. and is revoked
    --- stderr
    error: cannot rotate all of ~/repos.env
      because: line 18, WORSE_TWILIO_API_KEY: does not start with SK (an API key SID)
    hint: AC… names an account and SK… a key, each 34 characters long; the Console shows both
    SK.2.............................. is made, its secret sealed
    SK.2.............................. works
    wrote env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY,BAR_TWILIO_API_KEY back: it works
    revoked SK.1..............................
    SK.4.............................. is made, its secret sealed
    SK.4.............................. works
    wrote env:~/repos.env#SHOP_TWILIO_API_KEY
    read env:~/repos.env#SHOP_TWILIO_API_KEY back: it works
    revoked SK.3..............................
    error: cannot rotate all of ~/repos.env
      because: line 16, BAD_TWILIO_API_KEY: the secret that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    let [first, second] = world.live().try_into().unwrap();
    let expected = replaced(&world, &replaced(&world, &text, '1', &first), '2', &second);
    assert_eq!(world.read("repos.env"), expected);
    assert_eq!((world.open(), world.sealed()), (0, 0));
    // With nothing but broken ones, nothing is done.
    world.file("repos.env", &broken);
    assert_snapshot!(world.run(&with(&["--all", "--json"])), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot rotate all of ~/repos.env","because":["line 4, WORSE_TWILIO_API_KEY: does not start with SK (an API key SID)"],"hints":["AC… names an account and SK… a key, each 34 characters long; the Console shows both"]}
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"cannot rotate all of ~/repos.env","because":["line 2, BAD_TWILIO_API_KEY: the secret that belongs to it is missing"],"hints":["put the missing half beside it, or take this line out: a credential is whole or not there"]}
    "#);
}

/// Two ways in which a run of several fails: a person must look, and a later run may help.
#[test]
fn of_several_failures_the_worst_is_the_exit_code() {
    let (world, text) = three();
    world.file("repos.env", &(text + &format!("BAD_TWILIO_API_KEY={}\n", key_sid('9'))));
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    let ran = world.run(&with(&["--all", "--now"]));
    assert_eq!((ran.code, ran.err.matches("error: ").count()), (Some(1), 2), "{ran}");
}

/// A project whose lines cannot be read may still use the key that another project shares with it.
#[test]
fn a_key_that_a_broken_project_uses_is_left_alone() {
    let (world, text) = three();
    let shared = env_text(&key('2')).replace("TWILIO_", "BAD_TWILIO_").replace("SECRET=", "SECRET=\"$X");
    let text = text + &shared.replace('\n', "\"\n").replace("=AC", "=\"AC").replace("KEY=SK", "KEY=\"SK");
    world.file("repos.env", &text);
    for args in [["--all", "--now"], ["--var=SHOP_TWILIO_API_KEY", "--now"]] {
        let ran = world.run(&with(&args));
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("is still held: repos.env:16 BAD_TWILIO_API_KEY"), "{ran}");
        assert!(world.live().contains(&key_sid('2')), "{ran}");
    }
}
