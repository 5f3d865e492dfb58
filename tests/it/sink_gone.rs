//! `twcred sink` where a profile has lost its secret, or holds a part of it only.

use crate::config_file::own;
use crate::profiles::{add_key, add_token, without_keyring};
use crate::sink_commands::narrow;
use crate::support::{World, account_sid, env_text, key, key_sid, remove, secret};
use insta::assert_snapshot;
use twcred::sandbox::Kind;

const SHOP: &str = "[targets.shop]\nenv-file = \"~/repos.env\"\nprofile = \"admin\"\nsinks = [\"keyring:shop\"]\n";
const TURNED: &str = "[targets.shop]\nprofile = \"shop\"\nsinks = [\"json:~/app.json\"]\n";

fn world(config: &str) -> World {
    let world =
        without_keyring(World::with(|state| crate::support::add_key(state, 'a', '2', "sms", Kind::Standard, 1)));
    add_token(&world, "admin");
    add_key(&world, "shop", '1');
    world.file("repos.env", &env_text(&key('1')));
    own(&world, config);
    world
}

/// The secret of the profile `shop` goes, or only a part of it is left.
fn spoil(world: &World, part: Option<&str>) {
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("shop.") {
            remove(&path);
            if let Some(part) = part {
                twcred::store::file::create(&path, part.as_bytes()).unwrap();
            }
        }
    }
}

#[test]
fn push_fills_a_profile_that_lost_its_secret() {
    for part in [None, Some("{\"schema\":\"twcred.prof")] {
        let world = world(SHOP);
        spoil(&world, part);
        let ran = world.run(&["sink", "diff"]);
        assert!(ran.code == Some(3) && ran.out.contains("nothing"), "{ran}");
        let ran = world.run(&["sink", "test"]);
        assert!(ran.code == Some(0) && !ran.out.contains(" no "), "{ran}");
        let ran = world.run(&["sink", "test", "--sink", "keyring:shop"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let ran = world.run(&["sink", "push", "shop", "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(world.run(&["sink", "diff"]).code, Some(0));
        assert_eq!(world.run(&["whoami", "-p", "shop"]).code, Some(0));
    }
}

/// The profile is one of another key than the source's: its secret may be in another session's keyring, so it stays.
#[test]
fn push_of_another_key_says_what_stands_against_it() {
    let world = world(SHOP);
    world.file("repos.env", &env_text(&key('2')));
    spoil(&world, None);
    assert_snapshot!(narrow(&world.run(&["sink", "push", "shop", "--yes"])), @r"
    exit: 2
    --- stderr
    error: target shop stopped
      because: keyring:shop could not be written
      because: profile shop (~/.config/twcred/secrets/shop.entry.json) holds SK.1.............................., which is not to be replaced here
    hint: `twcred keys rotate` replaces a pair that is in use; a new key needs a place of its own
    hint: its secret is gone from here; another keyring may have it: twcred profile show shop
    hint: if SK.1.............................. is used by nobody, give the profile that pair: twcred profile add shop --replace --env-file ~/repos.env
    ");
    // What the hint says; the profile stays in its store.
    let ran = world.run(&["profile", "add", "shop", "--replace", "--env-file", "repos.env"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.run(&["sink", "push", "shop", "--yes"]).code, Some(0));
    assert_eq!(world.run(&["sink", "diff"]).code, Some(0));

    // Where the pair has a project's name, or comes from another sink, nothing takes it from the file.
    spoil(&world, None);
    own(&world, &SHOP.replace("sinks = [", "sinks = [\"json:~/app.json\", "));
    let app = format!(
        "{{\"account_sid\":\"{}\",\"api_key\":\"{}\",\"api_secret\":\"{}\"}}",
        account_sid('a'),
        key_sid('1'),
        secret('1')
    );
    world.private("app.json", &app);
    let from = format!("json:{}", world.path("app.json").display());
    world.file("repos.env", &env_text(&key('1')));
    let ran = world.run(&["sink", "push", "shop", "--yes", "--from", &from]);
    assert!(ran.code == Some(2) && ran.err.contains("whose secret is asked for: twcred profile add shop"), "{ran}");
    let (account, sid) = (account_sid('a'), key_sid('1'));
    let add = ["profile", "add", "shop", "--replace", "--account", account.as_str(), "--sid", sid.as_str()];
    assert_eq!(world.run_with(&add, &secret('1')).code, Some(0));
    assert_eq!(world.run(&["sink", "diff"]).code, Some(0));
}

#[test]
fn push_from_a_sink_fills_the_source_that_lost_its_secret() {
    for part in [None, Some("{\"schema\":\"twcred.prof")] {
        let world = world(TURNED);
        assert_eq!(world.run(&["sink", "push", "shop", "--yes"]).code, Some(0));
        spoil(&world, part);
        let ran = world.run(&["sink", "diff"]);
        if part.is_none() {
            assert_snapshot!(narrow(&ran), @r"
            exit: 2
            --- stdout
            TARGET  SINK  CREDENTIAL  SECRET  HOLDS  ROTATION
            --- stderr
            error: target shop stopped
              because: the secret of the profile `shop` is gone: there is no ~/.config/twcred/secrets/shop.entry.json
            hint: give it its secret again: twcred profile add shop --replace
            hint: json:~/app.json holds a pair: `twcred sink push shop --from json:~/app.json` puts that into the profile
            ");
        }
        let from = format!("json:{}", world.path("app.json").display());
        let ran = world.run(&["sink", "push", "shop", "--yes", "--from", &from]);
        assert_eq!(ran.code, Some(0), "{ran}");
        if part.is_none() {
            assert_snapshot!(narrow(&ran), @r"
            exit: 0
            --- stdout
            TARGET  SINK  RESULT
            shop  keyring:shop  written
            shop  json:~/app.json  unchanged
            --- stderr
            wrote keyring:shop
            ");
        }
        assert_eq!(world.run(&["sink", "diff"]).code, Some(0));
        let ran = world.run(&["whoami", "-p", "shop", "--json"]);
        assert!(ran.code == Some(0) && ran.raw_out.contains(key_sid('1').as_str()), "{ran}");
    }
}

/// What the sink holds is tried at Twilio first, as ever.
#[test]
fn push_from_a_sink_with_a_dead_pair_fills_nothing() {
    let world = world(TURNED);
    assert_eq!(world.run(&["sink", "push", "shop", "--yes"]).code, Some(0));
    spoil(&world, None);
    world.sandbox.with_state(|state| state.remove_key(&key_sid('1')).unwrap());
    let from = format!("json:{}", world.path("app.json").display());
    let ran = world.run(&["sink", "push", "shop", "--yes", "--from", &from]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert_eq!(world.run(&["profile", "show", "shop"]).code, Some(2));
}

/// In the grace of a rotation it is the new pair that goes back, by whichever way it is asked for.
#[test]
fn push_from_a_sink_in_a_grace_gives_the_source_its_new_pair() {
    let world = world(TURNED);
    assert_eq!(world.run(&["keys", "rotate", "shop"]).code, Some(0));
    spoil(&world, None);
    let from = format!("json:{}", world.path("app.json").display());
    let ran = world.run(&["sink", "push", "shop", "--yes", "--from", &from]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run(&["whoami", "-p", "shop", "--json"]);
    assert!(ran.code == Some(0) && !ran.raw_out.contains(key_sid('1').as_str()), "{ran}");
}
