//! The end of a rotation whose sinks or keys other hands have changed: what is sealed comes back, and what is said is so.

use insta::assert_snapshot;
use twcred::sandbox::Kind;

use crate::profiles::{add_key, add_token, without_keyring};
use crate::promise::move_file;
use crate::rotation_kept::{account_alone, edit, in_grace};
use crate::support::{World, add_key as seed, env_text, key, key_sid, remove, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// A rotation that was killed once the old key was revoked, with its new pair in the file.
fn revoked() -> World {
    let world = in_grace();
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&[ROTATE, &["--now"]].concat());
    assert!(!world.live().contains(&key_sid('1')));
    world
}

/// The only key that lives beside the third is the one whose pair stands here, and nothing is sealed any more.
fn is_settled(world: &World, file: &str) {
    let live = world.live();
    let [new] = live.iter().filter(|sid| **sid != key_sid('3')).collect::<Vec<_>>()[..] else { panic!("{live:?}") };
    assert!(world.read(file).contains(new.as_str()));
    let verified = world.run(&["keys", "verify", "--env-file", file]);
    assert_eq!((verified.code, world.sealed(), world.open()), (Some(0), 0, 0), "{verified}");
}

#[test]
fn a_file_from_a_backup_gets_the_new_pair_after_the_revoke() {
    for args in [ROTATE, &["rotation", "resume"]] {
        let world = revoked();
        edit(&world, &env_text(&key('1')));
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
        is_settled(&world, "repos.env");
    }
}

#[test]
fn a_file_whose_pair_was_taken_out_gets_the_new_pair_after_the_revoke() {
    let world = revoked();
    edit(&world, &account_alone());
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    is_settled(&world, "repos.env");
}

#[test]
fn a_profile_whose_secret_is_gone_gets_the_new_pair_after_the_revoke() {
    let world = without_keyring(World::new());
    add_token(&world, "admin");
    add_key(&world, "shop", '1');
    assert_eq!(world.run(&["keys", "rotate", "-p", "shop"]).code, Some(0));
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&["keys", "rotate", "-p", "shop", "--now"]);
    for entry in std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("shop.") {
            remove(&path);
        }
    }
    assert_snapshot!(world.run(&["whoami", "-p", "shop"]).err, @r"
    error: the secret of the profile `shop` is gone: there is no ~/.config/twcred/secrets/shop.entry.json
    hint: rotation rotation.id1 has sealed both pairs; the credential that began it opens them
    hint: `twcred rotation resume rotation.id1` puts the new pair back; the old key is revoked
    ");
    let ran = world.run(&["rotation", "resume", "-p", "admin"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.run(&["keys", "verify", "-p", "shop"]).code, Some(0));
    assert_eq!((world.live().len(), world.sealed()), (1, 0));
}

/// Killed between the two writes of the sealed pair: one sink has it, the other still holds the dead one, or none.
#[test]
fn every_sink_gets_the_new_pair_after_the_revoke_whatever_the_others_hold() {
    let (account, dead) = (account_alone(), env_text(&key('1')));
    for left in [&dead, &account] {
        let world = World::new().with_token();
        world.file("repos.env", &dead);
        world.file("other.env", &dead);
        let rotate = [ROTATE, &["--to", "env:other.env#TWILIO_API_KEY"]].concat();
        assert_eq!(world.run(&rotate).code, Some(0));
        let new = world.read("repos.env");
        world.fault("hold-before=POST /v1/Keys/{Sid}@1");
        world.killed(&[&rotate[..], &["--now"]].concat());
        world.file("other.env", left);
        let ran = world.run(&["rotation", "resume"]);
        assert_eq!((ran.code, world.live().len()), (Some(0), 1), "{ran}");
        assert_eq!((world.read("repos.env"), world.read("other.env")), (new.clone(), new), "{ran}");
        is_settled(&world, "other.env");
    }
}

/// The second of the two writes fails: what is sealed stays sealed, and the next run makes it good.
#[test]
fn a_rotation_does_not_end_while_a_sink_cannot_be_given_the_new_pair_after_the_revoke() {
    let world = World::new().with_token();
    world.file("repos.env", &env_text(&key('1')));
    let rotate = [ROTATE, &["--to", "json:app.json"]].concat();
    assert_eq!(world.run(&rotate).code, Some(0));
    let (new, app) = (world.read("repos.env"), world.read("app.json"));
    world.fault("hold-before=POST /v1/Keys/{Sid}@1");
    world.killed(&[&rotate[..], &["--now"]].concat());
    edit(&world, &env_text(&key('1')));
    world.file("app.json", "{ torn");
    for _ in 0..2 {
        let ran = world.run(&["rotation", "resume"]);
        assert!(ran.code == Some(5) && ran.err.contains("json:~/app.json failed"), "{ran}");
        assert!(ran.err.contains("--without json:~/app.json"), "{ran}");
        assert_eq!((world.sealed(), world.open()), (1, 1), "{ran}");
    }
    world.file("app.json", &app.replace(world.live()[0].as_str(), key_sid('1').as_str()));
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((world.read("repos.env"), world.read("app.json")), (new, app));
    is_settled(&world, "repos.env");
}

/// What somebody else made of the file is his; another place is named instead.
#[test]
fn another_place_gets_the_new_pair_after_the_revoke() {
    let world = revoked();
    let third = env_text(&key('3'));
    edit(&world, &third);
    let live = world.live();
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: no sink holds SK.2.............................., so its secret is nowhere but in the sealed file: env:~/repos.env#TWILIO_API_KEY holds SK.3..............................
    hint: what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run `twcred rotation resume rotation.id1`, which puts the new pair there; or name another place: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK`
    hint: if the new key is not used any more: end it with `twcred keys revoke --force SK.2..............................`, then `twcred rotation resume rotation.id1`
    ");
    assert_eq!((world.live(), world.sealed()), (live, 1));
    let ran = world.run(&[ROTATE, &["--to", "env:aside.env"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), third);
    is_settled(&world, "aside.env");
}

/// A new key that is gone as well is given to nobody.
#[test]
fn a_place_named_after_the_revoke_gets_no_dead_pair() {
    let world = revoked();
    edit(&world, &env_text(&key('3')));
    let doomed = world.live().into_iter().find(|sid| *sid != key_sid('3')).unwrap();
    assert_eq!(world.run(&["keys", "revoke", doomed.as_str(), "--force", "--yes"]).code, Some(0));
    let ran = world.run(&[ROTATE, &["--to", "env:aside.env"]].concat());
    assert!(ran.code == Some(7) && !world.path("aside.env").exists(), "{ran}");
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!((ran.code, world.open()), (Some(0), 0), "{ran}");
}

fn revoke_both(world: &World) {
    let doomed: Vec<_> = world.live().into_iter().filter(|sid| *sid != key_sid('3')).collect();
    let ran = world.run(&["keys", "revoke", doomed[0].as_str(), doomed[1].as_str(), "--force", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_rollback_says_that_both_keys_are_gone() {
    let world = in_grace();
    revoke_both(&world);
    edit(&world, &env_text(&key('3')));
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]).out, @"SK.1.............................. and SK.2.............................. are both revoked: the rotation was rolled back");
}

#[test]
fn a_rollback_ends_where_the_file_holds_the_new_pair_and_both_keys_are_gone() {
    let world = in_grace();
    revoke_both(&world);
    let stood = world.read("repos.env");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert!(ran.code == Some(0) && ran.out.contains("are both revoked"), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed(), world.open()), (stood, 0, 0));
}

/// Killed on the way back, before the new key's end, which other hands bring about.
#[test]
fn the_way_back_ends_where_both_keys_went_meanwhile() {
    let world = in_grace();
    world.fault("hold-before=DELETE /v1/Keys/{Sid}@1");
    world.killed(&["rotation", "rollback", "--yes"]);
    assert_eq!(world.run(&["keys", "revoke", key_sid('1').as_str(), "--force", "--yes"]).code, Some(0));
    let ran = world.run(&["rotation", "resume"]);
    assert!(ran.code == Some(0) && ran.out.contains("are both revoked"), "{ran}");
    assert_eq!((world.sealed(), world.open()), (0, 0));
}

/// Two sinks in their grace: one holds a third key, and the other is not there.
fn one_away() -> World {
    let world = World::with(|state| seed(state, 'a', '3', "third", Kind::Standard, 10)).with_token();
    world.file("repos.env", &env_text(&key('1')));
    assert_eq!(world.run(&[ROTATE, &["--to", "env:b.env"]].concat()).code, Some(0));
    edit(&world, &env_text(&key('3')));
    move_file(&world, "b.env", "away.env");
    world
}

#[test]
fn a_sink_that_is_away_is_no_place_for_the_old_pair() {
    let world = one_away();
    let live = world.live();
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: env:~/b.env is not there, and may hold SK.2..............................
    hint: nothing was revoked; bring it back, or, if it is gone for good, leave it out (in each run, if only the configuration names it): twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --without env:~/b.env
    ");
    assert!(world.run(&["rotation", "list"]).out.contains("in-grace"));
    assert_eq!((world.live(), world.sealed()), (live, 1));
    move_file(&world, "away.env", "b.env");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("b.env").contains(&secret('1')));
    assert_eq!((world.live(), world.sealed()), (vec![key_sid('1'), key_sid('3')], 0));
}

/// Turned back, and then the file was given a third key.
#[test]
fn a_place_named_on_the_way_back_gets_the_old_pair() {
    let world = in_grace();
    world.fault("refuse:503=DELETE /v1/Keys/{Sid}");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_ne!(ran.code, Some(0), "{ran}");
    world.sandbox.clear_faults();
    edit(&world, &env_text(&key('3')));
    let ran = world.run(&[ROTATE, &["--to", "env:aside.env"]].concat());
    assert_eq!((ran.code, world.sealed(), world.open()), (Some(0), 0, 0), "{ran}");
    assert!(world.read("aside.env").contains(&secret('1')), "{ran}");
    assert_eq!(world.run(&["keys", "verify", "--env-file", "aside.env"]).code, Some(0), "{ran}");
}

/// What is said of a sink that holds nothing works after the grace too.
#[test]
fn what_is_said_after_the_grace_works() {
    let world = in_grace();
    world.days_pass(2);
    edit(&world, &account_alone());
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: env:~/repos.env#TWILIO_API_KEY holds nothing, which is neither the old key SK.1.............................. nor the rotation's new one
    hint: the grace is over: take out there what is not of the rotation, and keep it elsewhere: then `twcred rotation rollback rotation.id1` puts the old pair there, and `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY` begins anew; or name another place for the new one: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK --without SINK`
    hint: nothing was overwritten or revoked; `twcred rotation show rotation.id1` tells which key is which
    ");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("repos.env").contains(&secret('1')));
}

#[test]
fn a_sink_is_not_taken_in_and_left_out() {
    let world = World::new().with_token();
    world.file("repos.env", &env_text(&key('1')));
    let both = &["--to", "env:b.env", "--without", "env:b.env"][..];
    assert_snapshot!(world.undone(&[ROTATE, both].concat()), @r"
    exit: 2
    --- stderr
    error: env:~/b.env is to get the new pair, and --without leaves it out
    hint: take one of the two away; nothing was made
    ");
    let ran = world.undone(&[ROTATE, both, &["-n"]].concat());
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[test]
fn a_file_named_without_its_fragment_is_said_to_stay_in() {
    let world = in_grace();
    let sink = format!("env:{}", world.path("repos.env").display());
    let ran = world.run(&[ROTATE, &["--without", &sink]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_snapshot!(ran.err, @"warning: --without env:~/repos.env leaves nothing out: the whole name of the sink is env:~/repos.env#TWILIO_API_KEY");
}

/// Once it turns back, every run puts the old pair back.
#[test]
fn a_run_on_the_way_back_that_finds_no_place_names_what_puts_the_old_pair_there() {
    let world = in_grace();
    world.fault("hold-before=DELETE /v1/Keys/{Sid}@1");
    world.killed(&["rotation", "rollback", "--yes"]);
    world.settle();
    edit(&world, &env_text(&key('3')));
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: no sink holds SK.1.............................., so its secret is nowhere but in the sealed file: env:~/repos.env#TWILIO_API_KEY holds SK.3..............................
    hint: what is sealed stays sealed; take out of a sink what stands there, keep it elsewhere, and run `twcred rotation resume rotation.id1`, which puts the old pair there; or name another place first: `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --to SINK --without SINK`
    hint: if neither key of the rotation is used any more: end both with `twcred keys revoke --force`, then `twcred rotation resume rotation.id1`
    ");
    edit(&world, &account_alone());
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!((ran.code, world.sealed()), (Some(0), 0), "{ran}");
    assert!(world.read("repos.env").contains(&secret('1')), "{ran}");
}
