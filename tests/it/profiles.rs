//! `twcred profile`, and profiles as a source of credentials. Secrets are kept in files here; `tests/real` does the same
//! with a keyring.

use std::io::{Read as _, Write as _};

use insta::assert_snapshot;
use twcred::sandbox::AccountStatus;

use crate::support::{World, account_sid, env_text, key, key_sid, mode, repos, secret, token};

pub(crate) const BOOK: &str = ".config/twcred/profiles.toml";

/// A world whose bus leads nowhere, so that there is no keyring whatever the machine has.
pub(crate) fn world() -> World {
    without_keyring(World::new())
}

pub(crate) fn without_keyring(world: World) -> World {
    let nowhere = format!("unix:path={}", world.path("no-bus").display());
    world.env("DBUS_SESSION_BUS_ADDRESS", &nowhere)
}

/// Adds the seeded key under a name.
pub(crate) fn add_key(world: &World, name: &str, digit: char) {
    let (account, sid) = (account_sid('a'), key_sid(digit));
    let args = ["profile", "add", name, "--store", "file", "--account", account.as_str(), "--sid", sid.as_str()];
    let ran = world.run_with(&args, &secret(digit));
    assert_eq!(ran.code, Some(0), "{ran}");
}

pub(crate) fn add_token(world: &World, name: &str) {
    let account = account_sid('a');
    let ran = world.run_with(&["profile", "add", name, "--store", "file", "--account", account.as_str()], &token());
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The file that holds the secret of a profile.
pub(crate) fn entry(world: &World, name: &str) -> std::path::PathBuf {
    let folder = world.path(".config/twcred/secrets");
    let mut found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{name}."))).unwrap()
}

/// Changes a file that is there already.
pub(crate) fn change(path: &std::path::Path, edit: impl FnOnce(String) -> String) {
    let seen = twcred::store::file::read(path).unwrap();
    let text = edit(String::from_utf8(seen.bytes().to_vec()).unwrap());
    twcred::store::file::replace(&seen, text.as_bytes()).unwrap();
}

#[test]
fn a_profile_is_added_listed_shown_used_and_removed() {
    let world = world();
    let account = account_sid('a');
    let args = ["profile", "add", "admin", "--store", "file", "--account", account.as_str()];
    assert_snapshot!(world.run_with(&args, &format!("{}\n", token())), @r"
    exit: 0
    --- stdout
    profile    admin
    active     yes
    account    AC.1..............................
    type       Auth Token
    secret     fingerprint 3eb1bd43
    stored in  ~/.config/twcred/secrets/admin.entry.json, in plain text
    good at    TWILIO
    added      YYYY-MM-DDThh:mm:ssZ
    --- stderr
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/admin.entry.json
    ");
    add_key(&world, "acme", '1');
    assert_snapshot!(world.run(&["profile", "list"]), @r"
    exit: 0
    --- stdout
    NAME   ACTIVE  ACCOUNT                             CREDENTIAL                          STORE  GOOD AT
    acme           AC.1..............................  SK.1..............................  file   TWILIO
    admin  yes     AC.1..............................  Auth Token                          file   TWILIO
    ");
    assert_snapshot!(world.run(&["profile", "show", "acme"]), @r"
    exit: 0
    --- stdout
    profile    acme
    account    AC.1..............................
    type       API key
    key        SK.1..............................
    secret     fingerprint 1131f01e
    stored in  ~/.config/twcred/secrets/acme.entry.json, in plain text
    good at    TWILIO
    added      YYYY-MM-DDThh:mm:ssZ
    ");
    let revealed = world.run(&["profile", "show", "acme", "--reveal"]);
    assert!(revealed.raw_out.contains(&secret('1')), "{revealed}");
    assert_snapshot!(world.run(&["profile", "use", "acme"]), @r"
    exit: 0
    --- stderr
    the profile `acme` is active: SK.1..............................
    ");
    assert_snapshot!(world.run(&["whoami"]), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 1131f01e
    verdict     valid: the secret is right
    type        standard
    account     AC.1..............................
    can         use the API; not manage keys or accounts
    asked       TWILIO
    source      account SID from profile acme
                key SID from profile acme
                key secret from profile acme (~/.config/twcred/secrets/acme.entry.json)
    ");
    assert_snapshot!(world.refused(&["profile", "remove", "acme"]), @r"
    exit: 2
    --- stderr
    error: `Remove the profile `acme` and the secret of SK.1.............................. from this machine?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    ");
    assert_snapshot!(world.run(&["profile", "remove", "acme", "--yes"]), @r"
    exit: 0
    --- stdout
    removed the profile acme
    --- stderr
    the key SK.1.............................. lives on at Twilio; if nothing uses it: twcred keys revoke SK.1..............................
    no profile is active now; choose one: twcred profile use NAME
    ");
    assert_snapshot!(world.refused(&["profile", "show", "acme"]), @r"
    exit: 2
    --- stderr
    error: there is no profile `acme` in ~/.config/twcred/profiles.toml
    hint: `twcred profile list` shows them; make it: twcred profile add acme
    ");
    assert_eq!(std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap().count(), 1);
    assert_eq!(world.live(), [key_sid('1')], "the key lives on");
}

#[test]
fn the_list_as_json() {
    let world = world();
    add_token(&world, "admin");
    add_key(&world, "acme", '1');
    assert_snapshot!(world.run(&["profile", "list", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.profiles/v1",
      "profiles": [
        {
          "name": "acme",
          "active": false,
          "account": "AC.1..............................",
          "type": "api-key",
          "key": "SK.1..............................",
          "secret_fingerprint": "1131f01e",
          "store": "file",
          "place": "~/.config/twcred/secrets/acme.entry.json",
          "entry": "acme.entry",
          "endpoint": "TWILIO",
          "region": null,
          "edge": null,
          "added": "YYYY-MM-DDThh:mm:ssZ"
        },
        {
          "name": "admin",
          "active": true,
          "account": "AC.1..............................",
          "type": "auth-token",
          "key": null,
          "secret_fingerprint": "3eb1bd43",
          "store": "file",
          "place": "~/.config/twcred/secrets/admin.entry.json",
          "entry": "admin.entry",
          "endpoint": "TWILIO",
          "region": null,
          "edge": null,
          "added": "YYYY-MM-DDThh:mm:ssZ"
        }
      ],
      "leftovers": []
    }
    "#);
}

#[test]
fn nothing_but_the_owner_reads_it_and_no_secret_stands_anywhere_else() {
    let world = world();
    add_key(&world, "acme", '1');
    assert_eq!(mode(&world.path(".config/twcred/secrets")), 0o700);
    assert_eq!((mode(&entry(&world, "acme")), mode(&world.path(BOOK))), (0o600, 0o600));
    assert!(!world.leaks(&world.read(BOOK)));
    let ran = world.run(&["-v", "whoami", "--json"]);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
}

#[test]
fn a_missing_keyring_is_found_before_anything_is_asked_or_made() {
    let world = world();
    let account = account_sid('a');
    assert_snapshot!(world.refused(&["profile", "add", "acme", "--account", account.as_str()]), @r"
    exit: 2
    --- stderr
    error: nothing was kept
      because: there is no Secret Service here that keeps secrets: Failed to connect to address `unix:path=~/no-bus`: No such file or directory (os error 2)
    hint: a keyring is part of a desktop session: GNOME Keyring, KWallet, KeePassXC
    hint: without one: --store file, of `twcred profile add` and `twcred profile import`, keeps the secret in a file, in plain text
    hint: cron and servers have no keyring: use --env-file, the environment, or systemd's LoadCredential=
    ");
    assert!(world.sandbox.exchanges().is_empty(), "Twilio was asked");
    let world = world.with_token();
    assert_snapshot!(world.refused(&["keys", "create", "new", "--to", "keyring:acme"]), @r"
    exit: 2
    --- stderr
    error: keyring:acme cannot take a new key
      because: there is no Secret Service here that keeps secrets: Failed to connect to address `unix:path=~/no-bus`: No such file or directory (os error 2)
    hint: a keyring is part of a desktop session: GNOME Keyring, KWallet, KeePassXC
    hint: without one: --store file, of `twcred profile add` and `twcred profile import`, keeps the secret in a file, in plain text
    hint: cron and servers have no keyring: use --env-file, the environment, or systemd's LoadCredential=
    ");
    assert!(!world.path(BOOK).exists());
    world.file("repos.env", &repos());
    let ran = world.refused(&["keys", "rotate", "--env-file", "repos.env", "--to", "keyring:acme"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_eq!((world.live(), world.rotations().len()), (vec![key_sid('1')], 0));
}

#[test]
fn what_twilio_does_not_accept_is_not_kept() {
    let world = World::with(|state| {
        state.account_mut(&account_sid('a')).unwrap().status = AccountStatus::Active;
        crate::support::add_key(state, 'a', '2', "other", twcred::sandbox::Kind::Standard, 1);
    });
    let world = without_keyring(world);
    let account = account_sid('a');
    let add = |stdin: &str, more: &[&str]| {
        let args = [&["profile", "add", "acme", "--store", "file", "--account", account.as_str()], more].concat();
        world.run_with(&args, stdin)
    };
    assert_snapshot!(add(&"f".repeat(32), &[]), @r"
    exit: 4
    --- stderr
    error: Twilio does not accept AC.1.............................. with this secret; nothing was kept
      because: TWILIO refused GET /2010-04-01/Accounts/AC.1...............................json: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
    hint: keys and tokens are good in one region only: this one was sent to TWILIO
    ");
    let sid = key_sid('2');
    assert_eq!(add(&secret('1'), &["--sid", sid.as_str()]).code, Some(4));
    assert_snapshot!(add("", &[]), @r"
    exit: 2
    --- stderr
    error: there is no secret on standard input
    ");
    assert_snapshot!(world.refused(&["profile", "add", "acme", "--store", "file"]), @r"
    exit: 2
    --- stderr
    error: the Account SID is needed, and there is no terminal to ask on
    hint: give it with --account AC…
    ");
    assert_eq!(add(&token(), &["--api-url", "http://127.0.0.1:9"]).code, Some(75));
    assert!(!world.path(BOOK).exists());
}

#[test]
fn a_name_is_taken_once() {
    let world = world();
    add_key(&world, "acme", '1');
    let account = account_sid('a');
    let add = ["profile", "add", "acme", "--store", "file", "--account", account.as_str()];
    assert_snapshot!(world.refused(&add), @r"
    exit: 2
    --- stderr
    error: there is a profile `acme` already
    hint: choose another name, or replace it: --replace
    hint: see it: twcred profile show acme
    ");
    assert_snapshot!(world.refused(&["profile", "add", ".acme"]), @r"
    exit: 2
    --- stderr
    error: invalid value '.acme' for '<NAME>': a profile's name has 1 to 64 letters, digits, dots, underscores and hyphens, and starts with a letter or digit

    For more information, try '--help'.
    ");
    // Where the secret was in plain text it may stay so.
    let replace = ["profile", "add", "acme", "--replace", "--account", account.as_str()];
    assert_snapshot!(world.run_with(&replace, &token()), @r"
    exit: 0
    --- stdout
    profile    acme
    active     yes
    account    AC.1..............................
    type       Auth Token
    secret     fingerprint 3eb1bd43
    stored in  ~/.config/twcred/secrets/acme.entry.json, in plain text
    good at    TWILIO
    added      YYYY-MM-DDThh:mm:ssZ
    --- stderr
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/acme.entry.json
    the key SK.1.............................. lives on at Twilio; if nothing uses it: twcred keys revoke SK.1..............................
    ");
    assert_eq!(std::fs::read_dir(world.path(".config/twcred/secrets")).unwrap().count(), 1);
}

#[test]
fn a_credential_comes_whole_from_an_env_file_or_standard_input() {
    let world = world();
    world.file("repos.env", &repos());
    let add = |name, more: &[&str]| {
        world.run(&[&["profile", "add", name, "--store", "file", "--env-file", "repos.env"], more].concat())
    };
    assert!(add("key", &[]).out.contains("type       API key"));
    assert!(add("token", &["--kind", "token"]).out.contains("type       Auth Token"));
    let ran = world.run_with(&["profile", "add", "in", "--store", "file", "--env-file", "-"], &env_text(&key('1')));
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = world.run_with(&["whoami", "--env-file", "-"], &env_text(&key('1')));
    assert!(ran.out.contains("key secret from standard input:3 TWILIO_API_SECRET"), "{ran}");
    let ran = world.run(&["whoami", "-p", "in"]);
    assert!(ran.out.contains("key secret from profile in (~/.config/twcred/secrets/in.entry.json)"), "{ran}");
}

/// Ctrl-C where the secret is typed leaves a terminal that shows what is typed.
#[test]
fn an_interrupted_question_leaves_the_terminal_as_it_was() {
    let world = world();
    let mut script = std::process::Command::new("script");
    let ask = format!(
        "trap : INT; stty -a | grep -ow -- '-*echo'; {} profile add e --account {} --store file; echo code $?; stty -a | grep -ow -- '-*echo'",
        env!("CARGO_BIN_EXE_twcred"),
        account_sid('a').as_str(),
    );
    script.args(["-qec", &ask, "/dev/null"]).env_clear().current_dir(world.home.path());
    script.env("HOME", world.home.path()).env("PATH", "/usr/bin:/bin").env("TWCRED_API_URL", world.sandbox.url());
    let Ok(mut child) = script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn() else {
        crate::support::skipped("Ctrl-C at a question", "there is no script(1)");
        return;
    };
    let mut keys = child.stdin.take().unwrap();
    let mut said = String::new();
    let mut screen = child.stdout.take().unwrap();
    let mut some = [0; 256];
    let mut typed = false;
    while let Ok(count @ 1..) = screen.read(&mut some) {
        said.push_str(&String::from_utf8_lossy(&some[..count]));
        if !typed && said.contains("Auth Token of ") {
            keys.write_all(b"\x03").unwrap();
            typed = true;
        }
    }
    child.wait().unwrap();
    assert!(typed && said.contains("interrupted; state is safe") && said.contains("code 130"), "{said}");
    let echo: Vec<&str> = said.lines().map(str::trim).filter(|line| line.ends_with("echo")).collect();
    assert_eq!(echo, ["echo", "echo"], "{said}");
}

/// What the hint of a secret that is gone says to type gives it its secret again.
#[test]
fn a_replaced_profile_stays_the_credential_that_it_was() {
    let world = world();
    add_key(&world, "acme", '1');
    crate::support::remove(&entry(&world, "acme"));
    let ran = world.run(&["whoami", "-p", "acme"]);
    assert!(ran.err.contains("twcred profile add acme --replace"), "{ran}");
    let ran = world.run_with(&["profile", "add", "acme", "--replace"], &secret('1'));
    assert_eq!(ran.code, Some(0), "{ran}");
    let shown = world.run(&["profile", "show", "acme"]);
    assert!(shown.out.contains("SK.1..............................") && shown.out.contains("in plain text"), "{shown}");
    // What is said of the new one is what it is to be.
    let account = account_sid('a');
    let args = ["profile", "add", "acme", "--replace", "--account", account.as_str()];
    assert_eq!(world.run_with(&args, &token()).code, Some(0));
    assert!(world.run(&["profile", "show", "acme"]).out.contains("Auth Token"));
}
