//! `twcred profile import --from twilio-cli`.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::{Value, json};
use twcred::sandbox::Kind;

use crate::profiles::without_keyring;
use crate::support::{World, account_sid, add_key, key_sid, secret, token};

const FILE: &str = ".twilio-cli/config.json";

/// What the official CLI writes, with its own members in its own order.
fn config(profiles: &Value) -> String {
    json!({
        "edge": null,
        "email": {},
        "prompts": { "acceptedAnalytics": { "acked": true } },
        "projects": [],
        "activeProject": "dev",
        "profiles": profiles,
        "requireProfileInput": null,
    })
    .to_string()
}

fn theirs(key: char, with: &str) -> Value {
    json!({
        "accountSid": account_sid('a').as_str(),
        "region": null,
        "edge": null,
        "apiKey": key_sid(key).as_str(),
        "apiSecret": with,
    })
}

/// A home with a configuration that everybody may read, as the official CLI makes it.
fn world(text: &str) -> World {
    let world = without_keyring(World::with(|state| add_key(state, 'a', '2', "twilio-cli for me", Kind::Standard, 3)));
    let folder = world.path(".twilio-cli");
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o755).create(&folder).unwrap();
    world.file(FILE, text);
    std::fs::File::open(world.path(FILE)).unwrap().set_permissions(std::fs::Permissions::from_mode(0o644)).unwrap();
    world
}

const IMPORT: &[&str] = &["profile", "import", "--from", "twilio-cli", "--store", "file"];

#[test]
fn every_profile_is_tried_kept_and_offered_for_rotation() {
    let text = config(&json!({ "dev": theirs('1', &secret('1')), "prod": theirs('2', &secret('2')) }));
    let world = world(&text);
    assert_snapshot!(world.run(IMPORT), @r"
    exit: 0
    --- stdout
    NAME  ACCOUNT                             CREDENTIAL                          STORE
    dev   AC.1..............................  SK.1..............................  file
    prod  AC.1..............................  SK.2..............................  file
    --- stderr
    warning: ~/.twilio-cli/config.json holds secrets in plain text, mode 0644: every user of this machine may read it
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/dev.entry.json
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/prod.entry.json
    warning: the secret of SK.1.............................. stood in clear there; replace the key: twcred keys rotate --profile dev (with the account's Auth Token in the environment, or with a profile of it that is active: a Standard key may not replace itself)
    warning: the secret of SK.2.............................. stood in clear there; replace the key: twcred keys rotate --profile prod (with the account's Auth Token in the environment, or with a profile of it that is active: a Standard key may not replace itself)
    the official CLI goes on with the old key until a run after the grace revokes it; then: twilio login
    ");
    assert_eq!(world.read(FILE), text, "it is only read");
    let ran = world.run(&["whoami"]);
    assert!(ran.out.contains("key SID from profile dev"), "the one that was active there: {ran}");
    assert_eq!(world.run(&["whoami", "-p", "prod"]).code, Some(0));
    // Again, as after a run that was killed: nothing is in the way, and nothing changes.
    let book = world.read(".config/twcred/profiles.toml");
    assert_eq!(world.run(IMPORT).code, Some(0));
    assert_eq!(world.read(".config/twcred/profiles.toml"), book);
}

#[test]
fn one_that_cannot_be_taken_over_does_not_stop_the_others() {
    let text = config(&json!({
        "dev": theirs('1', &secret('1')),
        "half": { "accountSid": account_sid('a').as_str(), "apiKey": key_sid('2').as_str() },
        "my own": theirs('2', &secret('2')),
        "old": theirs('9', &secret('2')),
        "swapped": { "accountSid": key_sid('2').as_str(), "apiKey": account_sid('a').as_str(), "apiSecret": secret('2') },
        "token": { "accountSid": account_sid('a').as_str(), "apiKey": account_sid('a').as_str(), "apiSecret": token() },
    }));
    let world = world(&text);
    let ran = world.run(IMPORT);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 4
    --- stdout
    NAME   ACCOUNT                             CREDENTIAL                          STORE
    dev    AC.1..............................  SK.1..............................  file
    token  AC.1..............................  Auth Token                          file
    --- stderr
    warning: ~/.twilio-cli/config.json holds secrets in plain text, mode 0644: every user of this machine may read it
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/dev.entry.json
    error: `my own` was not taken over
      because: it cannot have its name here
      because: a profile's name has 1 to 64 letters, digits, dots, underscores and hyphens, and starts with a letter or digit
    hint: give it another there: twilio profiles:create, or keep it by hand
    error: `half` was not taken over
      because: it is not whole: apiSecret is missing
    error: `swapped` was not taken over
      because: it is not whole: accountSid starts with SK (an API key SID), but AC (an Account SID) was expected here
    warning: the secret is kept in plain text, mode 0600: ~/.config/twcred/secrets/token.entry.json
    warning: the secret of SK.1.............................. stood in clear there; replace the key: twcred keys rotate --profile dev (with the account's Auth Token in the environment, or with a profile of it that is active: a Standard key may not replace itself)
    warning: the Auth Token of AC.1.............................. stood in clear there; replace it: twcred token rotate --profile token
    the official CLI goes on with the old key until a run after the grace revokes it; then: twilio login
    error: `old` was not taken over
      because: Twilio does not accept SK.2.............................. with this secret; nothing was kept
      because: TWILIO refused GET /v2/Services: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: the secret is wrong or revoked, the account is suspended, or the SID belongs to another account
    hint: keys and tokens are good in one region only: this one was sent to TWILIO
    ");
}

/// The last of two would win, and the first pair would be known to nobody.
#[test]
fn two_profiles_of_one_name_are_bad_input() {
    let (one, two) = (theirs('1', &secret('1')), theirs('2', &secret('2')));
    let text = config(&json!({ "dev": one, "DEV": two })).replace("\"DEV\"", "\"dev\"");
    let world = world(&text);
    let ran = world.refused(IMPORT);
    assert!(!world.leaks(&ran.raw_err), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 2
    --- stderr
    error: cannot import ~/.twilio-cli/config.json: it has two profiles of one name: `dev`
    hint: take one of them out, or give it another name there; nothing was taken over
    ");
    assert!(!world.path(".config/twcred/profiles.toml").exists());
}

#[test]
fn some_are_chosen_and_names_are_not_taken_twice() {
    let text = config(&json!({ "dev": theirs('1', &secret('1')), "prod": theirs('2', &secret('2')) }));
    let world = world(&text);
    let ran = world.run(&[IMPORT, &["prod"]].concat());
    assert!(ran.code == Some(0) && !ran.out.contains("dev"), "{ran}");
    assert_snapshot!(world.refused(&[IMPORT, &["stage"]].concat()), @r"
    exit: 2
    --- stderr
    warning: ~/.twilio-cli/config.json holds secrets in plain text, mode 0644: every user of this machine may read it
    error: ~/.twilio-cli/config.json has no profile `stage`
    hint: it has dev, prod
    ");
    crate::profiles::add_token(&world, "dev");
    let ran = world.refused(&[IMPORT, &["dev"]].concat());
    assert!(ran.code == Some(2) && ran.err.contains("there is a profile `dev` already"), "{ran}");
    assert_eq!(world.run(&[IMPORT, &["dev", "--replace"]].concat()).code, Some(0));
}

#[test]
fn a_file_that_is_none_is_named_and_nothing_of_it_repeated() {
    let world = world(&format!("{{\n \"profiles\": {{ \"dev\": \"{}\" }} }}", secret('1')));
    let ran = world.refused(IMPORT);
    assert!(!ran.raw_err.contains(&secret('1')));
    assert_snapshot!(ran, @r"
    exit: 2
    --- stderr
    error: cannot import ~/.twilio-cli/config.json: not a configuration of the official CLI, line 2, column 56
    ");
    world.file(FILE, "{\"projects\": [{\"id\": \"old\", \"accountSid\": \"x\"}]}");
    assert_snapshot!(world.refused(IMPORT), @r"
    exit: 2
    --- stderr
    warning: ~/.twilio-cli/config.json holds secrets in plain text, mode 0644: every user of this machine may read it
    warning: `old` is left out: its secret is not in the file, but where an older CLI kept it
    error: there is no profile in ~/.twilio-cli/config.json
    hint: `twilio login` makes one; or keep a credential of your own: twcred profile add NAME
    ");
    assert_snapshot!(world.refused(&[IMPORT, &["--path", "none.json"]].concat()), @r"
    exit: 2
    --- stderr
    error: cannot import none.json
      because: none.json does not exist
    hint: look at the path; one that does not start with / is taken from the current folder
    ");
    let away = world.env("TWILIO_CONFIG_DIR", "/nowhere");
    assert!(away.refused(IMPORT).err.contains("/nowhere/config.json does not exist"));
}

#[test]
fn a_missing_keyring_is_found_before_twilio_is_asked() {
    let world = world(&config(&json!({ "dev": theirs('1', &secret('1')) })));
    let ran = world.refused(&["profile", "import", "--from", "twilio-cli"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.err.contains("there is no Secret Service here"), "{ran}");
    assert!(world.sandbox.exchanges().is_empty());
}

/// On a terminal, which script(1) makes. Nothing is answered there.
fn at_a_terminal(world: &World, args: &[&str]) -> Option<(Option<i32>, String)> {
    let twcred = world.command(args);
    let words: Vec<&str> =
        std::iter::once(twcred.get_program()).chain(twcred.get_args()).map(|w| w.to_str().unwrap()).collect();
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &words.join(" "), "/dev/null"]).env_clear().current_dir(world.home.path());
    script.envs(twcred.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(output) = script.stdin(std::process::Stdio::null()).output() else {
        crate::support::skipped("import on a terminal", "there is no script(1)");
        return None;
    };
    Some((output.status.code(), String::from_utf8_lossy(&output.stdout).replace('\r', "")))
}

/// What would be refused is not offered, and what it takes is said.
#[test]
fn the_rotation_of_a_key_that_nobody_may_replace_is_not_offered() {
    let world = world(&config(&json!({ "dev": theirs('1', &secret('1')) })));
    let Some((code, said)) = at_a_terminal(&world, IMPORT) else { return };
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("Rotate SK"), "{said}");
    assert!(said.contains("cannot be replaced now") && said.contains("TWILIO_AUTH_TOKEN beside the pair"), "{said}");
    assert!(said.contains("then: twcred keys rotate --profile dev"), "{said}");
    assert_eq!(world.live().len(), 2);
    // With the token at hand it is.
    let (account, token) = (account_sid('a'), token());
    let world = world.env("TWILIO_ACCOUNT_SID", account.as_str()).env("TWILIO_AUTH_TOKEN", &token);
    let Some((_, said)) = at_a_terminal(&world, IMPORT) else { return };
    assert!(said.contains(&format!("Rotate {}", key_sid('1'))), "{said}");
}
