//! `twcred exec` and `twcred export`: one credential, for one child or on standard output.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{Ran, World, account_sid, env_text, key, key_sid, repos, secret, token};

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world.file("key.env", &env_text(&key('1')));
    let shop = env_text(&key('2')).split_once('\n').unwrap().1.replace("TWILIO_", "SHOP_TWILIO_");
    world.file("two.env", &(repos() + &shop));
    world.file(
        "projects.env",
        &(format!("TWILIO_ACCOUNT_SID={}\n", account_sid('a'))
            + &shop
            + &shop.replace("SHOP", "WEB").replace('2', "3")),
    );
    world.file(
        "token.env",
        &(format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token()) + &shop),
    );
    world
}

/// What a child sees of Twilio in its environment, by name.
fn given(world: &World, args: &[&str]) -> Vec<(String, String)> {
    let ran = world.run(&[&["exec"], args, &["--", "env"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let lines = ran.raw_out.lines().filter_map(|line| line.split_once('='));
    let mut found: Vec<_> = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    found.retain(|(name, _)| name.contains("TWILIO") || name.contains("AUTH_TOKEN") || name == "OTHER");
    found.sort();
    found
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_child_gets_one_credential_and_no_other() {
    let world = world()
        .env("TWILIO_AUTH_TOKEN", "another")
        .env("SHOP_TWILIO_API_SECRET", "another")
        .env("TWILIO_AUTH_TOKEN_PREVIOUS", "another")
        .env("GITHUB_AUTH_TOKEN", "anybody's")
        .env("OTHER", "kept");
    let (account, sid, secret) = (account_sid('a'), key_sid('1'), secret('1'));
    let kept = [("GITHUB_AUTH_TOKEN", "anybody's"), ("OTHER", "kept"), ("TWILIO_ACCOUNT_SID", account.as_str())];
    let key = [&kept[..], &[("TWILIO_API_KEY", sid.as_str()), ("TWILIO_API_SECRET", &secret)]].concat();
    assert_eq!(given(&world, &["--env-file", "key.env"]), pairs(&key));
    assert_eq!(given(&world, &["--env-file", "repos.env"]), pairs(&key), "the key, although there is a token");
    let token = token();
    let with_token = [&kept[..], &[("TWILIO_AUTH_TOKEN", token.as_str())]].concat();
    assert_eq!(given(&world, &["--env-file", "repos.env", "--auth-token"]), pairs(&with_token));
    let regional = [&key[..], &[("TWILIO_EDGE", "dublin"), ("TWILIO_REGION", "ie1")]].concat();
    let mut regional = pairs(&regional);
    regional.sort();
    assert_eq!(given(&world, &["--env-file", "key.env", "--region", "ie1", "--edge", "dublin"]), regional);
    let (sid, secret) = (key_sid('2'), crate::support::secret('2'));
    let shop = [&kept[..], &[("TWILIO_API_KEY", sid.as_str()), ("TWILIO_API_SECRET", &secret)]].concat();
    assert_eq!(given(&world, &["--env-file", "two.env", "--var", "SHOP_TWILIO_API_KEY"]), pairs(&shop));
    // The plain names are meant where nothing else is said.
    assert_eq!(given(&world, &["--env-file", "two.env"]), pairs(&key));
}

#[test]
fn what_would_be_a_guess_is_not_given() {
    let world = world();
    let exec = |file: &str| world.run(&["exec", "--env-file", file, "--", "touch", "ran"]);
    assert_snapshot!(exec("projects.env"), @r"
    exit: 125
    --- stderr
    error: nothing says which credential of projects.env is meant
    hint: choose: --var SHOP_TWILIO_API_KEY, or --var WEB_TWILIO_API_KEY
    ");
    assert_snapshot!(exec("token.env"), @r"
    exit: 125
    --- stderr
    error: nothing says which credential of token.env is meant
    hint: choose: --var SHOP_TWILIO_API_KEY
    hint: or the Auth Token: --auth-token
    ");
    assert_snapshot!(world.run(&["exec", "--", "touch", "ran"]), @r"
    exit: 125
    --- stderr
    error: no Twilio credential was given
    hint: name an env file: --env-file repos.env
    hint: or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)
    hint: or keep one under a name: twcred profile add NAME
    ");
    assert_snapshot!(world.run(&["exec", "--env-file", "key.env", "--auth-token", "--", "touch", "ran"]), @r"
    exit: 125
    --- stderr
    error: there is an API key and no Auth Token in key.env
    hint: leave --auth-token out, or name another source with --env-file
    ");
    assert_snapshot!(world.run(&["exec", "--env-file", "key.env"]), @r"
    exit: 125
    --- stderr
    error: nothing says which command is to be run
    hint: twcred exec -- CMD
    ");
    assert_eq!(world.run(&["exec", "--env-file", "gone.env", "--", "touch", "ran"]).code, Some(125));
    assert_eq!(world.run(&["exec", "--wrong", "--", "touch", "ran"]).code, Some(125));
    assert_snapshot!(world.run(&["exec", "--wrong", "--json", "--", "touch", "ran"]), @r#"
    exit: 125
    --- stderr
    {"schema":"twcred.error/v1","exit":125,"kind":"before-child","error":"unexpected argument '--wrong' found","because":[],"hints":["tip: a similar argument exists: '--region'","tip: to pass '--wrong' as a value, use '-- --wrong'","Usage: twcred exec --region <REGION> [-- <CMD>...]","For more information, try '--help'."]}
    "#);
    assert!(!world.path("ran").exists());
}

/// The command takes the place of twcred: its process, its input, its code, its signals.
#[test]
fn the_child_is_the_process() {
    let world = world();
    let exec =
        |command: &[&str]| world.run_with(&[&["exec", "--env-file", "key.env", "--"], command].concat(), "typed");
    assert_eq!(exec(&["sh", "-c", "exit 42"]).code, Some(42));
    assert_snapshot!(exec(&["cat"]), @r"
    exit: 0
    --- stdout
    typed
    ");
    let not_there: Ran = exec(&["no-such-program"]);
    assert_snapshot!(not_there, @r"
    exit: 127
    --- stderr
    error: there is no program `no-such-program`
    ");
    assert_snapshot!(exec(&["./repos.env"]), @r"
    exit: 126
    --- stderr
    error: cannot execute `./repos.env`: Permission denied (os error 13)
    ");
    let mut command =
        world.command(&["exec", "--env-file", "key.env", "--", "sh", "-c", "echo $$; read line; kill -USR1 $$"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{pid}\n"));
    assert_eq!(output.status.signal(), Some(10), "a shell says 128 + 10");
    // Nothing secret is in the arguments.
    let seen = exec(&["sh", "-c", "tr '\\0' ' ' </proc/$$/cmdline"]);
    assert!(!world.leaks(&seen.raw_out), "{seen}");
}

#[test]
fn export_wants_to_be_told() {
    let world = world();
    assert_snapshot!(world.run(&["export", "--env-file", "key.env"]), @r"
    exit: 2
    --- stderr
    error: export prints a secret, and nothing says that it may be seen
    hint: add --reveal, or give it to one command only: twcred exec -- CMD
    ");
    for format in ["env", "docker", "shell", "json"] {
        let ran = world.run(&["export", "--env-file", "key.env", "--reveal", "--format", format, "-v"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.raw_out.contains(&secret('1')) && !world.leaks(&ran.raw_err), "{ran}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&world.run(&["export", "--env-file", "key.env", "--reveal", "--json"]).raw_out).unwrap();
    assert_eq!((&json["schema"], &json["api_secret"]), (&"twcred.export/v1".into(), &secret('1').into()));
    assert_eq!(world.run(&["export", "--reveal", "--env-file", "projects.env"]).code, Some(2));
    // What is written is read again: by twcred, and by a shell.
    let written = world.run(&["export", "--env-file", "key.env", "--reveal"]).raw_out;
    world.file("again.env", &written);
    assert_eq!(world.run(&["keys", "verify", "--env-file", "again.env"]).code, Some(0));
    let shell = world.run(&["export", "--env-file", "key.env", "--reveal", "--format", "shell"]).raw_out;
    let output = std::process::Command::new("sh")
        .env_clear()
        .arg("-c")
        .arg(format!("{shell}printf %s \"$TWILIO_API_SECRET\""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), secret('1'));
}

/// On a terminal the reason is another one.
#[test]
fn export_on_a_terminal_says_why_not() {
    let world = world();
    let twcred = env!("CARGO_BIN_EXE_twcred");
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("{twcred} export --env-file key.env"), "/dev/null"]);
    script.env_clear().env("HOME", world.home.path()).env("PATH", "/usr/bin:/bin").current_dir(world.home.path());
    let Ok(output) = script.stdin(Stdio::null()).output() else {
        crate::support::skipped("export on a terminal", "there is no script(1)");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("standard output is a terminal") && !said.contains(&secret('1')), "{said}");
}
