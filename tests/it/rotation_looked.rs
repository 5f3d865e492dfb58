//! What a run in the grace sees in the sinks, and what it does about it.

use insta::assert_snapshot;
use twcred::sandbox::{AccountStatus, Kind};

use crate::rotation_kept::{account_alone, edit, in_grace};
use crate::support::{World, account_sid, add_key as seed, env_text, key, key_sid, remove, secret};

const ROTATE: &[&str] = &["keys", "rotate", "--env-file", "repos.env"];

/// Cron is to hear of it in the grace, and not when that is over.
#[test]
fn a_third_pair_is_said_and_left_alone() {
    let world = in_grace();
    let third = env_text(&key('3'));
    edit(&world, &third);
    for args in [ROTATE, &["rotation", "resume"]] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(ran.err.contains("holds SK.3..............................") && ran.out.is_empty(), "{ran}");
    }
    assert_eq!(world.read("repos.env"), third);
}

/// A file out of a backup: whoever has read the old pair there has the whole grace to read the new one.
#[test]
fn the_old_pair_gives_way_to_the_new_one_and_the_grace_starts_anew() {
    let world = World::new().with_token();
    world.file("repos.env", &env_text(&key('1')));
    let rotate = [ROTATE, &["--grace", "3d", "--check", "echo x >> checked", "--after", "echo x >> after"]].concat();
    assert_eq!(world.run(&rotate).code, Some(0));
    let new = world.read("repos.env");
    world.days_pass(2);
    edit(&world, &env_text(&key('1')));
    assert_snapshot!(world.run(&rotate), @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2..............................; the old key ends YYYY-MM-DDThh:mm:ssZ
    --- stderr
    env:~/repos.env#TWILIO_API_KEY does not hold the new pair any more: it gets it again, and the grace starts anew
    wrote env:~/repos.env#TWILIO_API_KEY
    read env:~/repos.env#TWILIO_API_KEY back: it works
    the check command succeeded
    the after command succeeded
    ");
    assert_eq!(world.read("repos.env"), new);
    assert_eq!((world.read("checked").as_str(), world.read("after").as_str()), ("x\nx\n", "x\nx\n"));
    world.days_pass(2);
    let ran = world.run(&rotate);
    assert!(ran.code == Some(0) && ran.out.contains(" and ends "), "the grace is not over: {ran}");
    world.days_pass(1);
    assert_eq!(world.run(&rotate).code, Some(0));
    assert_eq!(world.live().len(), 1);
}

#[test]
fn the_new_pair_is_put_where_it_was_taken_out() {
    let world = in_grace();
    let new = world.read("repos.env");
    edit(&world, &account_alone());
    let ran = world.run(&["rotation", "resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), new);
}

/// A sink that cannot be put right keeps the others from being written.
#[test]
fn nothing_is_written_beside_a_third_pair() {
    let world = World::with(|state| seed(state, 'a', '3', "third", Kind::Standard, 10)).with_token();
    world.file("repos.env", &env_text(&key('1')));
    world.file("other.env", &env_text(&key('1')));
    let rotate = [ROTATE, &["--to", "env:other.env#TWILIO_API_KEY"]].concat();
    assert_eq!(world.run(&rotate).code, Some(0));
    let (old, third) = (env_text(&key('1')), env_text(&key('3')));
    edit(&world, &old);
    world.file("other.env", &third);
    let ran = world.run(&rotate);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert_eq!((world.read("repos.env"), world.read("other.env")), (old, third));
    assert!(world.live().contains(&key_sid('1')) && !world.leaks(&ran.raw_err), "{ran}");
    assert!(!ran.raw_err.contains(&secret('3')));
}

/// With --now the old key would end before whoever uses it has read the new pair.
#[test]
fn the_old_key_is_not_retired_in_the_run_that_finds_it_held() {
    let world = in_grace();
    edit(&world, &env_text(&key('1')));
    let ran = world.run(&[ROTATE, &["--now"]].concat());
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(world.live().contains(&key_sid('1')), "{ran}");
}

/// Neither key works then, and none is lost.
#[test]
fn in_an_account_that_is_suspended_no_key_is_said_to_work() {
    let world = in_grace();
    world.sandbox.with_state(|state| state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Suspended);
    for args in
        [&[ROTATE, &["--now"]].concat()[..], &["rotation", "rollback", "--yes"], &["rotation", "retire", "--yes"]]
    {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(5), "{ran}");
        assert!(ran.err.contains("hint: no key works while the account is not active, and nothing is lost"), "{ran}");
        assert!(!ran.err.contains("both keys work"), "{ran}");
    }
}

/// The old key does not end while a sink that was written cannot be asked, and nobody is to hear of that only at the end.
#[test]
fn a_sink_that_cannot_be_read_in_the_grace_is_named() {
    let world = World::new().with_token();
    world.file("repos.env", &env_text(&key('1')));
    let rotate = [ROTATE, &["--to", "json:app.json"]].concat();
    assert_eq!(world.run(&rotate).code, Some(0));
    let app = world.read("app.json");
    world.file("app.json", "{ torn");
    let now = [&rotate[..], &["--now"]].concat();
    for dry in [&[][..], &["--dry-run"]] {
        let ran = world.run(&[&rotate[..], dry].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.err.contains("warning: json:~/app.json cannot be read now"), "{ran}");
    }
    let ran = world.run(&["rotation", "resume"]);
    assert_snapshot!(ran.err, @"warning: json:~/app.json cannot be read now: ~/app.json, line 1, column 3: it is not JSON; SK.1.............................. is not revoked while that is so; if it is gone for good, leave it out: twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --without json:~/app.json");
    let ran = world.run(&now);
    assert!(ran.code == Some(5) && world.live().contains(&key_sid('1')), "{ran}");
    remove(&world.path("app.json"));
    let ran = world.run(&["rotation", "resume"]);
    assert_snapshot!(ran.err, @"warning: json:~/app.json is not there; SK.1.............................. is not revoked while that is so; if it is gone for good, leave it out: twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --without json:~/app.json");
    let ran = world.run(&["rotation", "retire", "--yes"]);
    assert!(ran.code == Some(3) && world.live().contains(&key_sid('1')), "{ran}");
    world.file("app.json", &app);
    let ran = world.run(&rotate);
    assert!(ran.code == Some(0) && !ran.err.contains("warning"), "{ran}");
    assert_eq!(world.run(&now).code, Some(0));
}

/// The old key is gone by other hands: it is not said to end, and the sink is what is left to do.
#[test]
fn an_old_key_that_is_gone_already_is_said_to_be_with_the_sink_that_is_left() {
    let world = World::new().with_token();
    world.file("repos.env", &env_text(&key('1')));
    world.file("app.env", &env_text(&key('1')));
    let rotate = [ROTATE, &["--to", "env:app.env#TWILIO_API_KEY"]].concat();
    assert_eq!(world.run(&rotate).code, Some(0));
    let new = world.read("app.env");
    remove(&world.path("app.env"));
    assert_eq!(world.run(&["keys", "revoke", key_sid('1').as_str(), "--yes", "--force"]).code, Some(0));
    let resumed = world.run(&["rotation", "resume"]);
    assert_snapshot!(resumed, @r"
    exit: 0
    --- stdout
    SK.1.............................. was replaced by SK.2.............................., and is gone already; the rotation is open still
    --- stderr
    warning: env:~/app.env#TWILIO_API_KEY is not there, and may hold SK.1.............................., which is gone at Twilio already; once that is mended, the next run puts the new pair there; if it is gone for good, leave it out: twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --without env:~/app.env#TWILIO_API_KEY
    ");
    for args in [&rotate[..], &[&rotate[..], &["--dry-run"]].concat()] {
        let ran = world.run(args);
        assert_eq!((ran.code, &ran.err), (Some(0), &resumed.err), "{ran}");
    }
    assert!(world.run(&["rotation", "resume", "--json"]).out.contains("\"old_gone\": true"));
    assert_snapshot!(world.run(&[&rotate[..], &["--now"]].concat()), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: env:~/app.env#TWILIO_API_KEY is not there, and may hold SK.1.............................., which is gone at Twilio already
    hint: bring it back, and run again: it gets the new pair; or, if it is gone for good, leave it out: twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY --without env:~/app.env#TWILIO_API_KEY
    ");
    let (now, dry) = ([&rotate[..], &["--now"]].concat(), [&rotate[..], &["--now", "--dry-run"]].concat());
    assert_eq!(world.run(&dry).err, world.run(&now).err);
    // It comes back as it was before the rotation.
    world.file("app.env", &env_text(&key('1')));
    let ran = world.run(&dry);
    assert!(ran.code == Some(0) && ran.out.contains("revoke the old key of rotation"), "{ran}");
    let ran = world.run(&["rotation", "resume"]);
    assert!(ran.code == Some(0) && ran.out.contains("is gone already") && !ran.err.contains("warning"), "{ran}");
    assert_eq!(world.read("app.env"), new);
    assert_eq!(world.run(&[&rotate[..], &["--now"]].concat()).code, Some(0));
    assert_eq!((world.live().len(), world.sealed()), (1, 0));
}

/// What a real run would do, and what would stop it.
#[test]
fn a_dry_run_in_the_grace_looks_into_the_sinks() {
    let world = in_grace();
    let (new, dry) = (world.read("repos.env"), [ROTATE, &["--dry-run"]].concat());
    let old = env_text(&key('1'));
    edit(&world, &old);
    assert_snapshot!(world.run(&dry), @r"
    exit: 0
    --- stdout
    key       SK.1..............................
    name      ci-deploy
    type      standard
    account   AC.1..............................
    grace     1d
    decision  continue rotation rotation.id1
      1. write env:~/repos.env#TWILIO_API_KEY
      2. read env:~/repos.env#TWILIO_API_KEY back and authenticate with what it gave
      3. mark the new pair current; the old key ends 1d later
    ");
    assert_eq!(world.read("repos.env"), old);
    assert_eq!(world.run(ROTATE).code, Some(0));
    assert_eq!(world.read("repos.env"), new);
    assert!(world.run(&dry).out.contains("nothing: rotation rotation.id1 is in grace until"));
    let now = [ROTATE, &["--now"]].concat();
    edit(&world, &env_text(&key('3')));
    for args in [ROTATE, &now] {
        let (dry, real) = (world.run(&[args, &["--dry-run"]].concat()), world.run(args));
        assert_eq!((dry.code, &dry.err), (Some(3), &real.err), "{dry}");
    }
    edit(&world, &old);
    let (dry, real) = (world.run(&[&now[..], &["--dry-run"]].concat()), world.run(&now));
    assert!(dry.code == Some(3) && dry.err.contains("is still held: repos.env:2 TWILIO_API_KEY"), "{dry}");
    assert_eq!(dry.err, real.err);
    edit(&world, &new);
    let ran = world.run(&[&now[..], &["--dry-run"]].concat());
    assert!(
        ran.code == Some(0) && ran.out.contains("revoke the old key of rotation") && world.live().len() == 3,
        "{ran}"
    );
}

/// Each hint names what works when it is typed.
#[test]
fn a_held_old_key_says_how_the_rotation_goes_on() {
    let world = in_grace();
    let new = world.read("repos.env");
    edit(&world, &env_text(&key('1')));
    assert_snapshot!(world.run(&[ROTATE, &["--now"]].concat()), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: SK.1.............................. is still held: repos.env:2 TWILIO_API_KEY
    hint: if a sink of the rotation holds the old pair again, `twcred rotation resume rotation.id1` puts the new one there, and the grace starts anew
    hint: nothing was revoked; where it is no pair of a rotation's, take it out there, and run again
    ");
    assert_eq!(world.run(&["rotation", "resume"]).code, Some(0));
    assert_eq!(world.read("repos.env"), new);
    edit(&world, &env_text(&key('1')));
    world.days_pass(2);
    assert_snapshot!(world.run(&["rotation", "resume"]), @r"
    exit: 3
    --- stderr
    error: rotation rotation.id1 stopped
      because: SK.1.............................. is still held: repos.env:2 TWILIO_API_KEY
    hint: the grace is over: if a sink of the rotation holds the old pair again, `twcred rotation rollback rotation.id1` puts that pair everywhere, and `twcred keys rotate --env-file ~/repos.env --var TWILIO_API_KEY` begins anew
    hint: nothing was revoked; where it is no pair of a rotation's, take it out there, and run again
    ");
    let ran = world.run(&["rotation", "rollback", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!((world.read("repos.env"), world.sealed()), (env_text(&key('1')), 0));
}
