//! Every place that this machine knows of is looked into before a token dies, by whatever name it goes: what cannot be
//! looked into is said, and stops what has no way back.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::config_file::{configured, own, set_mode};
use crate::support::{World, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];
const CHECKED: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--check", "true", "--propagation", "0"];
const DELETE: &[&str] = &["token", "delete", "--env-file", "repos.env", "--yes"];
const APP: &str = "[targets.app]\nenv-file = \"~/app.env\"\n";
fn done(world: &World, args: &[&str]) {
    let ran = world.run(args);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// What the configuration names may hold the old token: with it out of sight nothing is made, nor promoted, by whatever
/// command and whoever says yes.
#[test]
fn nothing_is_promoted_past_a_configuration_that_cannot_be_read() {
    let world = configured(APP);
    world.file("app.env", &repos());
    let config = world.path(".config/twcred/twcred.toml");
    let stopped = world.run(CHECKED);
    assert!(stopped.code == Some(3) && stopped.err.contains("nothing replaces it: app.env:"), "{stopped}");
    done(&world, DELETE);
    let break_it: [&dyn Fn(); 2] = [&|| own(&world, &format!("{APP}grase = \"1h\"\n")), &|| {
        own(&world, APP);
        set_mode(&config, 0o664);
    }];
    for broken in break_it {
        broken();
        for more in [&[][..], &["--yes"]] {
            let ran = world.run(&[CHECKED, more].concat());
            assert_eq!((ran.code, world.primary(), world.secondary()), (Some(2), token(), None), "{ran}");
        }
        own(&world, APP);
        done(&world, &[&["token", "create"], FILE].concat());
        broken();
        let promote = [&["token", "promote", "--check", "true"], FILE].concat();
        for way in
            [&promote[..], &["token", "promote", "--env-file", "repos.env", "--yes"], &["rotation", "resume", "--yes"]]
        {
            let ran = world.run(way);
            assert_eq!((ran.code, world.primary()), (Some(2), token()), "{ran}");
        }
        own(&world, APP);
        done(&world, DELETE);
    }
    own(&world, "[targets");
    assert_snapshot!(world.run(CHECKED).briefly(), @r"
    exit 2
    error: this is no TOML: unclosed table, expected `]`
    error: the configuration ~/.config/twcred/twcred.toml has 1 error
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    hint: what it names may hold the credential that would be dead: mend it, and run the same command again
    hint: or, if nothing that it names does, go on without it: --config /dev/null
    ");
    // What the hint says.
    done(&world, &[CHECKED, &["--config", "/dev/null"]].concat());
}

/// Nothing is at stake there any more: what a promote began comes to its end.
#[test]
fn past_the_promote_a_broken_configuration_is_in_nobodys_way() {
    let world = configured("");
    let rotate = [&["token", "rotate", "--yes", "--propagation", "1h"], FILE].concat();
    done(&world, &rotate);
    own(&world, "[targets");
    done(&world, &rotate);
    done(&world, &["rotation", "retire", "--yes"]);
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &world.primary()));
}

#[test]
fn a_check_does_not_answer_for_a_known_file_that_cannot_be_read() {
    let world = configured("[targets.app]\nenv-file = \"~/app.env\"\nsinks = [\"json:~/app.json\"]\n");
    world.file("app.json", &format!("{{\"a\": {{\"auth_token\": \"{}\"}},", token()));
    let ran = world.run(CHECKED);
    assert_eq!(world.primary(), token(), "{ran}");
    assert_snapshot!(ran.briefly(), @r"
    exit 3
    error: whether the old token would be dead in these cannot be told: json:~/app.json
    hint: nothing was promoted; make it readable, and run the same command again
    hint: or, if it needs no token of this account, leave it out: --without json:~/app.json
    hint: or promote all the same: --yes
    ");
    // What the hint says: left out, or said yes to.
    let name = format!("json:{}", world.path("app.json").display());
    done(&world, &[CHECKED, &["--without", &name]].concat());
    let second = world.primary();
    assert_ne!(second, token());
    let ran = world.run(CHECKED);
    assert_eq!((ran.code, world.primary()), (Some(3), second.clone()), "{ran}");
    let ran = world.run(&[CHECKED, &["--yes"]].concat());
    assert!(ran.code == Some(0) && ran.err.contains("warning: json:"), "{ran}");
    assert_ne!(world.primary(), second);
}

/// What the user left out may be left with a dead secondary, and not with a dead token in force, whether a rotation is open
/// or the secondary is nobody's.
#[test]
fn a_place_that_is_no_sink_and_left_out_is_seen_where_it_uses_the_token() {
    let world = World::new();
    world.file("repos.env", &repos());
    world.file("app.env", &repos());
    done(&world, &[&["token", "rotate", "--yes", "--propagation", "0", "--to", "env:app.env"], FILE].concat());
    let second = world.primary();
    let name = format!("env:{}", world.path("app.env").display());
    let without = ["--without", &name];
    let open = |world: &World| done(world, &[&["token", "create"], FILE, &without].concat());
    // By another state directory, so that no journal of this one tells.
    let nobodys = |world: &World| done(world, &[&["token", "create", "--state-dir", "other"], FILE].concat());
    let unheld = |world: &World| {
        nobodys(world);
        world.file("repos.env", &repos().replace(&token(), &second));
    };
    let begins: [&dyn Fn(&World); 3] = [&open, &nobodys, &unheld];
    for begin in begins {
        begin(&world);
        let made = world.secondary().unwrap();
        world.file("app.env", &repos().replace(&token(), &made));
        let ran = world.run(&[DELETE, &without].concat());
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: app.env:3 TWILIO_AUTH_TOKEN"), "{ran}");
        let waits = format!("{}TWILIO_AUTH_TOKEN_SECONDARY={made}\n", repos().replace(&token(), &second));
        world.file("app.env", &waits);
        let ran = world.run(&[DELETE, &without].concat());
        assert_eq!((ran.code, world.secondary()), (Some(0), None), "{ran}");
        assert_eq!(world.read("app.env"), waits);
        world.run(&[&["token", "delete", "--state-dir", "other", "--yes"], FILE, &without].concat());
        world.file("app.env", &repos().replace(&token(), &second));
    }
}

/// An earlier rotation knew the file by its variable, and another by a link: it is one file, and its own secondary.
#[test]
fn a_file_under_another_name_is_the_same_file() {
    let world = configured(
        "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/rel/repos.env\"\nvariables = [\"TWILIO_AUTH_TOKEN\"]\n\
         propagation = \"0\"\n",
    );
    std::fs::create_dir(world.path("rel")).unwrap();
    symlink("rel", world.path("current")).unwrap();
    world.file("rel/repos.env", &repos());
    done(&world, &["token", "rotate", "token", "--yes"]);
    done(&world, &["token", "rotate", "--env-file", "rel/repos.env", "--yes", "--propagation", "0"]);
    let text = world.read("rel/repos.env");
    for name in ["rel/repos.env", "current/repos.env", "rel/../current/repos.env"] {
        done(&world, &["token", "create", "--env-file", "rel/repos.env", "--state-dir", "other"]);
        let made = world.secondary().unwrap();
        // Under a name of its own it is in use, in the very same file too.
        let staged = world.read("rel/repos.env");
        world.file("rel/repos.env", &format!("{staged}MY_TOKEN={made}\n"));
        let delete = ["token", "delete", "--env-file", name, "--yes"];
        let ran = world.run(&delete);
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: repos.env:") && ran.err.contains(" MY_TOKEN\n"), "{ran}");
        world.file("rel/repos.env", &staged);
        let ran = world.run(&delete);
        assert_eq!((ran.code, world.secondary()), (Some(0), None), "{name}: {ran}");
        assert_eq!(world.read("rel/repos.env"), text);
        std::fs::remove_dir_all(world.path("other")).unwrap();
    }
}

/// Nor does the gate take it for another, which nothing would replace.
#[test]
fn a_file_that_a_keys_rotation_knew_by_a_link_is_the_same_file() {
    let world = World::new();
    std::fs::create_dir(world.path("rel")).unwrap();
    symlink("rel/repos.env", world.path("link.env")).unwrap();
    world.file("rel/repos.env", &repos());
    done(&world, &["keys", "rotate", "--env-file", "link.env", "--var", "TWILIO_API_KEY", "--yes", "--now"]);
    done(&world, &["token", "rotate", "--env-file", "rel/repos.env", "--check", "true", "--propagation", "0"]);
}

/// The value stands in a sink's own file, under a name that nothing of the rotation takes out: that is seen before the way
/// back is entered, so the token may still be put in force.
#[test]
fn a_name_of_its_own_in_a_sinks_file_is_seen_before_anything_changes() {
    let world = World::new();
    world.file("repos.env", &repos());
    done(&world, &[&["token", "create"], FILE].concat());
    let made = world.secondary().unwrap();
    let text = format!("{}MY_TOKEN={made}\n", world.read("repos.env"));
    world.file("repos.env", &text);
    for way in [DELETE, &["rotation", "rollback", "--yes"]] {
        let ran = world.run(way);
        assert_eq!((ran.code, world.secondary().as_ref()), (Some(3), Some(&made)), "{ran}");
        assert!(ran.err.contains("is still held: repos.env:10 MY_TOKEN"), "{ran}");
        assert_eq!(world.read("repos.env"), text);
    }
    done(&world, &[&["token", "promote", "--yes", "--propagation", "0"], FILE].concat());
    assert_eq!(world.read("repos.env"), format!("{}MY_TOKEN={made}\n", repos().replace(&token(), &made)));
}

/// The suffixes are those of the target that has the file, by whatever path.
#[test]
fn the_suffixes_of_a_target_hold_for_its_file_by_any_path() {
    let world = configured(
        "[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/current/repos.env\"\nsecondary-suffix = \"_NEXT\"\n\
         previous-suffix = \"_OLD\"\n",
    );
    std::fs::create_dir(world.path("rel")).unwrap();
    symlink("rel", world.path("current")).unwrap();
    world.file("rel/repos.env", &repos());
    for name in ["rel/repos.env", "current/../rel/repos.env", "current/repos.env"] {
        done(&world, &["token", "create", "--env-file", name]);
        assert!(world.read("rel/repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="), "{name}");
        done(&world, &["token", "delete", "--env-file", "rel/repos.env", "--yes"]);
        assert_eq!(world.read("rel/repos.env"), repos());
    }
    own(
        &world,
        "[targets.token]\nkind = \"auth-token\"\nsinks = [\"env:~/current/repos.env\"]\nsecondary-suffix = \"_NEXT\"\n",
    );
    done(&world, &["token", "create", "--env-file", "rel/repos.env"]);
    assert!(world.read("rel/repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="));
}

/// A known file with the token under its ordinary name can be had replaced, and that is what is said.
#[test]
fn a_file_that_could_take_part_is_named_with_the_flag_that_takes_it_in() {
    let world = configured(APP);
    world.file("app.env", &repos());
    let stopped = world.run(CHECKED);
    assert_eq!(world.primary(), token(), "{stopped}");
    assert_snapshot!(stopped.briefly(), @r"
    exit 3
    error: the old token would be dead where nothing replaces it: app.env:3 TWILIO_AUTH_TOKEN
    hint: nothing was promoted; have it replaced there too: --to env:~/app.env
    hint: for a target of the configuration: add that to its `sinks`
    hint: or take it out, or put it under a name of its own there (X_AUTH_TOKEN with X_ACCOUNT_SID)
    hint: or promote all the same: --yes
    ");
    // What the hint says.
    let name = format!("env:{}", world.path("app.env").display());
    done(&world, &[CHECKED, &["--to", &name]].concat());
    assert_eq!(world.read("app.env"), repos().replace(&token(), &world.primary()));
}
