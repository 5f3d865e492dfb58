//! `twcred.toml`: where it is taken from, who may have written it, and what is said of one that is wrong.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{World, repos, token};

const ALL: &[&str] = &["keys", "rotate", "--all", "-n"];
const OWN: &str = ".config/twcred/twcred.toml";

/// A home with an env file, and a configuration in the user's own folder.
pub(crate) fn configured(text: &str) -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    own(&world, text);
    world
}

/// Writes the user's own configuration.
pub(crate) fn own(world: &World, text: &str) {
    twcred::store::paths::make(&world.path(".config/twcred")).unwrap();
    let path = world.file(OWN, text);
    set_mode(&path, 0o600);
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    std::fs::File::open(path).unwrap().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
}

const SHOP: &str = "[targets.shop]\nenv-file = \"~/repos.env\"\n";

#[test]
fn it_is_found_by_flag_variable_and_in_the_users_own_folder() {
    let world = configured(SHOP);
    assert_eq!(world.run(ALL).code, Some(0));
    let named = world.private("named.toml", "[targets.named]\nenv-file = \"~/repos.env\"\n");
    let by_flag = world.run(&[ALL, &["--config", "named.toml"]].concat());
    assert!(by_flag.out.starts_with("target    named\n"), "{by_flag}");
    let world = world.env("TWCRED_CONFIG", named.to_str().unwrap());
    assert!(world.run(ALL).out.starts_with("target    named\n"));
    let world = world.env("TWCRED_CONFIG", "named.toml");
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: TWCRED_CONFIG is named.toml, which is not an absolute path
    hint: give it from the root on
    ");
    let elsewhere = world.path("elsewhere/twcred");
    twcred::store::paths::make(&elsewhere).unwrap();
    world.file("elsewhere/twcred/twcred.toml", "[targets.elsewhere]\nenv-file = \"~/repos.env\"\n");
    let world = world.env("TWCRED_CONFIG", "").env("XDG_CONFIG_HOME", elsewhere.parent().unwrap().to_str().unwrap());
    set_mode(&elsewhere.join("twcred.toml"), 0o600);
    assert!(world.run(ALL).out.starts_with("target    elsewhere\n"));
}

/// A stranger's checkout must not have its hooks run.
#[test]
fn it_is_never_taken_from_where_one_stands() {
    let world = World::new();
    world.file("repos.env", &repos());
    for name in ["twcred.toml", ".twcred.toml"] {
        world.private(name, "[targets.evil]\nenv-file = \"~/repos.env\"\ncheck = \"touch ran\"\n");
    }
    assert_snapshot!(world.run(&["keys", "rotate", "--all"]), @r"
    exit: 2
    --- stderr
    error: there is no configuration ~/.config/twcred/twcred.toml
    hint: `twcred init` writes one, with every field explained
    hint: --config FILE or TWCRED_CONFIG names another
    ");
    assert!(!world.path("ran").exists());
}

/// Who needs no target does not open it, however broken it is.
#[test]
fn commands_that_end_no_key_do_not_read_it() {
    let world = configured("nonsense");
    for args in [
        &["keys", "rotate", "--env-file", "repos.env", "--max-age", "900d"][..],
        &["keys", "list", "--env-file", "repos.env"],
        &["rotation", "list"],
        &["whoami", "--env-file", "repos.env", "--config", "/nowhere"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    // What it names may hold a key that is to end.
    for args in [
        &["keys", "rotate", "--env-file", "repos.env", "-n"][..],
        &["keys", "rotate", "--env-file", "repos.env", "--all", "-n"],
    ] {
        assert_eq!(world.run(args).code, Some(2));
    }
}

#[test]
fn one_that_others_may_write_is_refused() {
    let world = configured(SHOP);
    set_mode(&world.path(OWN), 0o664);
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: ~/.config/twcred/twcred.toml may be written by others (mode 0664); the configuration ~/.config/twcred/twcred.toml is not used, since it holds commands
    hint: chmod go-w ~/.config/twcred/twcred.toml
    ");
    set_mode(&world.path(OWN), 0o602);
    assert_eq!(world.run(ALL).code, Some(2));
    set_mode(&world.path(OWN), 0o644);
    assert_eq!(world.run(ALL).code, Some(0));
    set_mode(&world.path(".config"), 0o777);
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: others may put another file into the folder ~/.config (mode 0777); the configuration ~/.config/twcred/twcred.toml is not used, since it holds commands
    hint: chmod go-w ~/.config
    ");
    // As in /tmp: others may make files there, and not replace ours.
    set_mode(&world.path(".config"), 0o1777);
    assert_eq!(world.run(ALL).code, Some(0));
}

/// A link is followed on purpose, and both its ends count.
#[test]
fn a_link_is_as_good_as_the_folders_on_its_way() {
    let world = World::new();
    world.file("repos.env", &repos());
    for folder in [".config/twcred", "dotfiles"] {
        twcred::store::paths::make(&world.path(folder)).unwrap();
        set_mode(&world.path(folder), 0o755);
    }
    set_mode(&world.path(".config"), 0o755);
    world.private("dotfiles/twcred.toml", SHOP);
    symlink("../../dotfiles/twcred.toml", world.path(OWN)).unwrap();
    assert_eq!(world.run(ALL).code, Some(0));
    for folder in ["dotfiles", ".config/twcred"] {
        set_mode(&world.path(folder), 0o775);
        let ran = world.run(ALL);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.err.contains(&format!("into the folder ~/{folder} (mode 0775)")), "{ran}");
        set_mode(&world.path(folder), 0o755);
    }
    set_mode(&world.path("dotfiles/twcred.toml"), 0o622);
    assert!(world.run(ALL).err.contains("chmod go-w ~/dotfiles/twcred.toml"));
}

#[test]
fn one_of_another_user_is_refused() {
    let world = configured(SHOP);
    if std::os::unix::fs::chown(world.path(OWN), Some(4711), None).is_err() {
        crate::support::skipped("a file of another user", "this user may not give a file away");
        return;
    }
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: ~/.config/twcred/twcred.toml belongs to user 4711, who may change it; the configuration ~/.config/twcred/twcred.toml is not used, since it holds commands
    hint: take it over: chown 0 ~/.config/twcred/twcred.toml
    ");
    std::os::unix::fs::chown(world.path(OWN), Some(0), None).unwrap();
    std::os::unix::fs::chown(world.path(".config"), Some(4711), None).unwrap();
    let ran = world.run(ALL);
    assert!(ran.code == Some(2) && ran.err.contains("the folder ~/.config belongs to user 4711"), "{ran}");
}

const WRONG: &str = "\
[defaults]
max_age = \"90d\"

[targets.shop]
env-file = \"repos.env\"
grace = \"yesterday\"
sinks = [\"ftp:/srv/x\"]

[targets.blog]
kind = \"auth-token\"
grace = \"1h\"
";

#[test]
fn every_error_is_told_with_line_and_column_and_no_value() {
    let world = configured(WRONG);
    assert_snapshot!(world.run(ALL), @r#"
    exit: 2
    --- stderr
    error: defaults.max_age: there is no such field here
     --> ~/.config/twcred/twcred.toml:2:1
      |
    2 | max_age = "***"
      | ^^^^^^^
      |
      = help: did you mean max-age?
    error: targets.shop.env-file: a path starts with / or ~/ here: cron runs in no particular folder
     --> ~/.config/twcred/twcred.toml:5:12
      |
    5 | env-file = "*****.***"
      |            ^^^^^^^^^^^
    error: targets.shop.grace: this is no duration: it is a number and a unit, such as 90d, 24h, 15m or 30s
     --> ~/.config/twcred/twcred.toml:6:9
      |
    6 | grace = "*********"
      |         ^^^^^^^^^^^
    error: targets.shop.sinks: there is no kind of sink called ftp; known are env, json, keyring, exec
     --> ~/.config/twcred/twcred.toml:7:10
      |
    7 | sinks = ["***:/***/*"]
      |          ^^^^^^^^^^^^
    error: targets.blog: nothing says where the credential stands
     --> ~/.config/twcred/twcred.toml:9:10
      |
    9 | [targets.blog]
      |          ^^^^
      |
      = help: add env-file, sinks, or profile
    error: targets.blog.grace: this means nothing to a target of kind "auth-token"
      --> ~/.config/twcred/twcred.toml:11:1
       |
    11 | grace = "**"
       | ^^^^^
    error: the configuration ~/.config/twcred/twcred.toml has 6 errors
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    "#);
    assert_snapshot!(world.run(&[ALL, &["--json"]].concat()), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"the configuration ~/.config/twcred/twcred.toml has 6 errors","because":["~/.config/twcred/twcred.toml:2:1: defaults.max_age: there is no such field here; did you mean max-age?","~/.config/twcred/twcred.toml:5:12: targets.shop.env-file: a path starts with / or ~/ here: cron runs in no particular folder","~/.config/twcred/twcred.toml:6:9: targets.shop.grace: this is no duration: it is a number and a unit, such as 90d, 24h, 15m or 30s","~/.config/twcred/twcred.toml:7:10: targets.shop.sinks: there is no kind of sink called ftp; known are env, json, keyring, exec","~/.config/twcred/twcred.toml:9:10: targets.blog: nothing says where the credential stands; add env-file, sinks, or profile","~/.config/twcred/twcred.toml:11:1: targets.blog.grace: this means nothing to a target of kind \"auth-token\""],"hints":["nothing was done; `twcred init --schema` prints what an editor needs to check the file"]}
    "#);
    let colored = world.run(&[ALL, &["--color", "always"]].concat());
    assert!(colored.err.contains("\u{1b}["), "{colored}");
    assert_eq!(world.rotations().len(), 0);
}

/// An editor shows no column for it.
#[test]
fn a_byte_order_mark_is_no_character_of_the_line() {
    let world = configured("\u{feff}[targets.shop]\nenv-file = \"~/repos.env\"\n");
    assert_eq!(world.run(&["sink", "list"]).code, Some(0));
    let world = configured("\u{feff}[targets.shop\n");
    assert_snapshot!(world.run(ALL).err.lines().take(5).collect::<Vec<_>>().join("\n"), @r"
    error: this is no TOML: unclosed table, expected `]`
     --> ~/.config/twcred/twcred.toml:1:14
      |
    1 | [targets.****
      |              ^
    ");
    world.private(".config/twcred/profiles.toml", "\u{feff}active = 1\n");
    let ran = world.run(&["profile", "list"]);
    assert!(ran.code == Some(2) && ran.err.contains("profiles.toml, line 1, column 10: "), "{ran}");
}

#[test]
fn what_is_no_toml_and_no_text() {
    let world = configured("[targets.shop\nenv-file = \"~/repos.env\"\n");
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: this is no TOML: unclosed table, expected `]`
     --> ~/.config/twcred/twcred.toml:1:14
      |
    1 | [targets.****
      |              ^
    error: the configuration ~/.config/twcred/twcred.toml has 1 error
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    ");
    let path = world.path(OWN);
    crate::support::remove(&path);
    world.private_bytes(OWN, b"# caf\xe9\n");
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: what stands here is no UTF-8
     --> ~/.config/twcred/twcred.toml:1:6
      |
    1 | # ***
      |      ^
    error: the configuration ~/.config/twcred/twcred.toml has 1 error
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    ");
    crate::support::remove(&path);
    std::fs::create_dir(&path).unwrap();
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: cannot use the configuration ~/.config/twcred/twcred.toml
      because: ~/.config/twcred/twcred.toml is a directory, not a regular file
    hint: name a regular file: a secrets file is read whole and replaced whole
    ");
    std::fs::remove_dir(&path).unwrap();
    std::fs::File::create(&path).unwrap().set_len((1 << 20) + 1).unwrap();
    let large = world.run(ALL);
    assert_eq!(large.code, Some(2), "{large}");
}

/// Somebody pastes a token into a hook, or where a name belongs.
#[test]
fn a_secret_in_it_is_refused_and_not_repeated() {
    let secret = token();
    for text in [
        format!("{SHOP}check = \"curl -u AC:{secret} https://x\"\n"),
        format!("{SHOP}# TWILIO_AUTH_TOKEN={secret}\n"),
        format!("{SHOP}{secret} = 1\n"),
        format!("[targets.{secret}]\n"),
        format!("{SHOP}account = \"{secret}\"\n"),
        secret.clone(),
    ] {
        let world = configured(&text);
        for more in [&[][..], &["--json"], &["-v"]] {
            let ran = world.run(&[ALL, more].concat());
            assert_eq!(ran.code, Some(2), "{ran}");
            assert!(ran.err.contains("looks like a secret"), "{ran}");
            assert!(!world.leaks(&ran.raw_err) && !ran.raw_err.contains(&secret[..10]), "{ran}");
        }
    }
}

#[test]
fn targets_that_are_not_there() {
    let world = configured(&format!("{SHOP}[targets.token]\nkind = \"auth-token\"\nenv-file = \"~/repos.env\"\n"));
    assert_snapshot!(world.run(&["keys", "rotate", "shap"]), @r"
    exit: 2
    --- stderr
    error: the configuration ~/.config/twcred/twcred.toml has no target called shap
    hint: did you mean shop?
    ");
    assert_snapshot!(world.run(&["keys", "rotate", "token"]), @r#"
    exit: 2
    --- stderr
    error: the target token is of kind "auth-token"
    hint: `twcred token rotate` rotates Auth Tokens
    "#);
    assert_snapshot!(world.run(&["keys", "rotate", "shop", "--env-file", "repos.env"]), @r"
    exit: 2
    --- stderr
    error: the argument '[TARGET]...' cannot be used with '--env-file <FILE>'

    Usage: twcred keys rotate <TARGET>...

    For more information, try '--help'.
    ");
    own(&world, "");
    assert_snapshot!(world.run(ALL), @r#"
    exit: 2
    --- stderr
    error: the configuration ~/.config/twcred/twcred.toml has no target of kind "api-key"
    hint: add one there: [targets.NAME], and beneath it kind = "api-key" and env-file = "/path/to/repos.env"
    "#);
}

/// One mistake is one error, and the name that stands twice is the user's own word.
#[test]
fn a_table_that_stands_twice_is_one_error() {
    let world = configured(&format!("{SHOP}[targets.shop]\nenv-file = \"~/repos.env\"\n"));
    assert_snapshot!(world.run(ALL), @r"
    exit: 2
    --- stderr
    error: this is no TOML: duplicate key
     --> ~/.config/twcred/twcred.toml:3:10
      |
    3 | [targets.shop]
      |          ^^^^
    error: the configuration ~/.config/twcred/twcred.toml has 1 error
    hint: nothing was done; `twcred init --schema` prints what an editor needs to check the file
    ");
}
