//! A credential that somebody found and pastes on standard input, without the names of variables.

use insta::assert_snapshot;

use crate::support::{World, account_sid, key_sid, secret, token};

fn pasted(world: &World, args: &[&str], text: &str) -> String {
    let ran = world.run_with(&[args, &["--env-file", "-"]].concat(), text);
    assert!(!world.leaks(&ran.raw_out) && !world.leaks(&ran.raw_err), "{ran}");
    ran.to_string()
}

#[test]
fn a_token_alone_and_its_account_say_what_it_is() {
    let (world, account) = (World::new(), account_sid('a'));
    let account = account.as_str();
    assert_snapshot!(pasted(&world, &["whoami", "--account", account], &format!("{}\n", token())), @r"
    exit: 0
    --- stdout
    credential  AC.1..............................
    secret      fingerprint 3eb1bd43
    verdict     valid: the secret is right
    type        primary Auth Token
    account     AC.1..............................
    status      active
    can         everything: use the API, manage keys, tokens and subaccounts
    asked       TWILIO
    source      account SID from --account
                Auth Token from standard input
    ");
    assert_snapshot!(pasted(&world, &["token", "status", "--account", account], &token()), @r"
    exit: 0
    --- stdout
    token           held as  fingerprint  Twilio says
    standard input  current  3eb1bd43     works, the primary

    account                AC.1..............................
    secondary outstanding  unknown: no event that Monitor keeps tells of one; it may be older
    last promoted          unknown
    open rotation          none
    ");
}

#[test]
fn a_token_alone_names_no_account() {
    let world = World::new();
    // What stands in the environment belongs to another source.
    let world = world.env("TWILIO_ACCOUNT_SID", account_sid('b').as_str());
    let bare = pasted(&world, &["whoami"], &token());
    assert_snapshot!(bare, @r"
    exit: 2
    --- stderr
    error: nothing says which account the Auth Token from standard input belongs to
    hint: a token alone names no account: add --account AC…
    ");
    assert_eq!(pasted(&world, &["token", "status"], &token()), bare);
    assert_snapshot!(pasted(&world, &["whoami"], &format!("TWILIO_AUTH_TOKEN={}\n", token())), @r"
    exit: 2
    --- stderr
    error: nothing says which account the Auth Token from standard input:1 TWILIO_AUTH_TOKEN belongs to
    hint: a token alone names no account: add --account AC…
    ");
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

#[test]
fn every_form_that_says_what_it_is_does() {
    let (world, account, key) = (World::new(), account_sid('a'), key_sid('1'));
    let (token, secret) = (token(), secret('1'));
    let tried = |text: &str, flag: bool| {
        let given: &[&str] = if flag { &["whoami", "--account", account.as_str()] } else { &["whoami"] };
        let said = pasted(&world, given, text);
        let line = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
        assert!(said.contains("exit: 0\n"), "{said}");
        assert!(said.contains("from standard input"), "{said}");
        line("type ").unwrap()
    };
    for (text, flag) in [
        (format!("{account}:{token}"), false),
        (format!("{account}:{token}\r\n"), true),
        (format!("{account}\n{token}\n"), false),
        (format!("\n  {token}  \n"), true),
        (format!("TWILIO_AUTH_TOKEN={token}\n"), true),
        (format!("export SHOP_TWILIO_AUTH_TOKEN='{token}' # prod\n"), true),
    ] {
        assert_eq!(tried(&text, flag), "primary Auth Token");
    }
    for (text, flag) in [
        (format!("{key}:{secret}"), true),
        (format!("{key} {secret}\n"), true),
        (format!("{account}:{key}:{secret}"), false),
        (format!("{account}\n{key}\n{secret}\n"), false),
    ] {
        assert_eq!(tried(&text, flag), "standard");
    }
}

/// What could be more than one thing, or is cut short, is sent nowhere.
#[test]
fn what_is_not_one_credential_is_none() {
    let (world, account, key) = (World::new(), account_sid('a'), key_sid('1'));
    assert_snapshot!(pasted(&world, &["whoami", "--account", account.as_str()], &secret('1')), @r"
    exit: 2
    --- stderr
    error: there is no Twilio credential in standard input
    hint: it needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET
    hint: or, with no names and nothing beside it: AC…:TOKEN, a token alone with --account AC…, or SK…:SECRET with --account AC…
    ");
    assert_snapshot!(pasted(&world, &["whoami"], &format!("{key}:{}", secret('1'))), @r"
    exit: 2
    --- stderr
    error: standard input is an API key, and nothing says which account it belongs to
    hint: set TWILIO_ACCOUNT_SID beside it, or give --account AC…
    hint: or try it without: `twcred keys verify --sid SK…` asks for its secret
    ");
    for text in [
        token()[1..].to_owned(),
        format!("{0}\n{0}\n", token()),
        format!("leaked: {}\n", token()),
        format!("{}\nTWILIO_REGION=ie1\n", token()),
        format!("SHOP_TWILIO_AUTH_TOKEN={0}\nBLOG_TWILIO_AUTH_TOKEN={0}\n", token()),
    ] {
        let said = pasted(&world, &["whoami", "--account", account.as_str()], &text);
        assert!(said.starts_with("exit: 2\n"), "{said}");
    }
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

/// In a file it is a broken line, and the rest of the file may say what was meant.
#[test]
fn a_file_with_one_broken_line_is_no_credential() {
    let (world, account) = (World::new(), account_sid('a'));
    world.private("broken.env", &format!("{}\n", token()));
    world.private("curl.env", &format!("{account}:{}\n", token()));
    world.private("half.env", &format!("TWILIO_AUTH_TOKEN={}\n", token()));
    for file in ["broken.env", "curl.env", "half.env"] {
        for command in [&["whoami"][..], &["token", "status"]] {
            let ran = world.run(&[command, &["--env-file", file, "--account", account.as_str()]].concat());
            assert_eq!(ran.code, Some(2), "{ran}");
            assert!(!world.leaks(&ran.raw_err), "{ran}");
        }
    }
    let ran = world.run(&["whoami", "--env-file", "half.env", "--account", account.as_str()]);
    assert_snapshot!(ran.briefly(), @r"
    exit 2
    error: half.env:1 TWILIO_AUTH_TOKEN has no partner: TWILIO_ACCOUNT_SID is not set in half.env
    hint: set TWILIO_ACCOUNT_SID beside it: a credential is taken whole from one source
    ");
    assert_eq!(world.sandbox.exchanges().len(), 0);
}

/// An account that a flag names beside a whole credential is one to act on.
#[test]
fn the_account_in_front_goes_before_the_flag() {
    let (world, account) = (World::new(), account_sid('a'));
    let other = account_sid('b');
    let ran = pasted(&world, &["token", "status", "--account", other.as_str()], &format!("{account}:{}", token()));
    assert!(ran.starts_with("exit: 2\n") && ran.contains("error: the token in hand is that of AC.1"), "{ran}");
}

#[test]
fn an_audit_says_how_a_bare_credential_is_looked_at() {
    let (world, account) = (World::new(), account_sid('a'));
    let ran = world.run_with(&["audit", "--stdin", "--live"], &format!("{}\n", token()));
    assert!(!world.leaks(&ran.raw_out), "{ran}");
    assert_snapshot!(ran, @r"
    exit: 3
    --- stdout
    error[TW301]: this line assigns nothing
     --> <stdin>:1:1
      |
    1 | ********************************
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: read otherwise by zsh, xargs, node20, dotenvy, dotenv-rs, godotenv, direnv and docker
      = note: bash, dash, zsh, dotenvy, dotenv-rs, godotenv and direnv can print a part of the line when they stumble over it
      = note: by its form it is an Auth Token; pasted alone to `twcred whoami --env-file - --account AC…` it tells what it reaches
      = why: A shell tries to run it, dotenvy and godotenv refuse the whole file, and docker takes a bare name for an order to import that variable from its own environment.
      = help: Write `NAME=value`, or make it a comment.

    1 file audited: found 1 error
    ");
    let note = |text: &str| {
        let ran = world.run_with(&["audit", "--stdin", "--select", "TW301"], text);
        ran.out.lines().find(|line| line.contains("by its form")).map(|line| line.trim().to_owned())
    };
    assert_snapshot!(note(&format!("{account}:{}\n", token())).unwrap(), @"= note: by its form it is an Auth Token; pasted alone to `twcred whoami --env-file -` it tells what it reaches");
    assert_snapshot!(note(&format!("A=1\n{}:{}\n", key_sid('1'), secret('1'))).unwrap(), @"= note: by its form it is an API key with its secret; pasted alone to `twcred whoami --env-file - --account AC…` it tells what it reaches");
    assert_eq!(note(&format!("{}\n", secret('1'))), None);
}
