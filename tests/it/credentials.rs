//! Which credential is in force, and `twcred whoami`.

use insta::assert_snapshot;

use crate::profiles::{add_token, without_keyring};
use crate::support::family::{add_children, child};
use crate::support::{World, account_sid, env_text, key, key_sid, secret, token};

#[test]
fn whoami_tells_what_is_in_force_and_from_where() {
    let world = World::new().with_token();
    let ran = world.run(&["whoami"]);
    assert!(!world.leaks(&ran.raw_out));
    assert_snapshot!(ran, @r"
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
    source      account SID from environment TWILIO_ACCOUNT_SID
                Auth Token from environment TWILIO_AUTH_TOKEN
    ");
    world.file("repos.env", &env_text(&key('1')));
    assert_snapshot!(world.run(&["whoami", "--env-file", "repos.env"]), @r"
    exit: 0
    --- stdout
    credential  SK.1..............................
    secret      fingerprint 1131f01e
    verdict     valid: the secret is right
    type        standard
    account     AC.1..............................
    can         use the API; not manage keys or accounts
    asked       TWILIO
    source      account SID from repos.env:1 TWILIO_ACCOUNT_SID
                key SID from repos.env:2 TWILIO_API_KEY
                key secret from repos.env:3 TWILIO_API_SECRET
    ");
    world.file("wrong.env", &env_text(&key('1')).replace("s3cr3t", "wrong0"));
    assert_snapshot!(world.run(&["whoami", "--env-file", "wrong.env"]), @r"
    exit: 4
    --- stdout
    credential   SK.1..............................
    secret       fingerprint 1291076b
    verdict      rejected: wrong or revoked, or of another account or region
    account      AC.1..............................
    asked        TWILIO
    Twilio said  TWILIO refused GET /v2/Services: Authenticate (code 20003, HTTP 401, request RQ…)
    source       account SID from wrong.env:1 TWILIO_ACCOUNT_SID
                 key SID from wrong.env:2 TWILIO_API_KEY
                 key secret from wrong.env:3 TWILIO_API_SECRET
    ");
}

#[test]
fn a_token_of_another_stage_is_no_credential() {
    let world =
        World::new().env("TWILIO_ACCOUNT_SID", account_sid('a').as_str()).env("TWILIO_AUTH_TOKEN_PREVIOUS", "x");
    let ran = world.run(&["whoami"]);
    assert!(ran.to_string().contains("error: no Twilio credential was given"), "{ran}");
    // Nor is it half of one that hides what is wrong with another project's.
    let half = format!(
        "TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN_SECONDARY={}\nSHOP_TWILIO_API_KEY={}\n",
        account_sid('a'),
        token(),
        key_sid('1')
    );
    world.file("half.env", &half);
    let ran = world.run(&["whoami", "--env-file", "half.env"]);
    assert!(ran.to_string().contains("error: half.env:3 SHOP_TWILIO_API_KEY has no partner"), "{ran}");
    let staged = format!("TWILIO_AUTH_TOKEN={}\nTWILIO_AUTH_TOKEN_SECONDARY=x\n", token());
    world.file("staged.env", &format!("TWILIO_ACCOUNT_SID={}\n{staged}", account_sid('a')));
    let ran = world.run(&["whoami", "--env-file", "staged.env"]);
    assert!(ran.to_string().contains("Auth Token from staged.env:2 TWILIO_AUTH_TOKEN\n"), "{ran}");
}

#[test]
fn a_credential_is_whole_or_an_error() {
    let world = World::new();
    assert_snapshot!(world.run(&["whoami"]), @r#"
    exit: 2
    --- stderr
    error: no Twilio credential was given
    hint: name an env file: --env-file repos.env
    hint: or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)
    hint: or keep one under a name: twcred profile add NAME
    "#);
    world.file(
        "half.env",
        &format!("\nTWILIO_ACCOUNT_SID={}\nSHOP_TWILIO_API_KEY={}\n", account_sid('a'), key_sid('1')),
    );
    assert_snapshot!(world.run(&["whoami", "--env-file", "half.env"]), @r#"
    exit: 2
    --- stderr
    error: half.env:3 SHOP_TWILIO_API_KEY has no partner: SHOP_TWILIO_API_SECRET is not set in half.env
    hint: set SHOP_TWILIO_API_SECRET beside it: a credential is taken whole from one source
    "#);
    world.file("key.env", &format!("TWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n", key_sid('1'), secret('1')));
    assert_snapshot!(world.run(&["whoami", "--env-file", "key.env"]), @r"
    exit: 2
    --- stderr
    error: key.env:1 TWILIO_API_KEY is an API key, and nothing says which account it belongs to
    hint: set TWILIO_ACCOUNT_SID beside it, or give --account AC…
    hint: or try it without: `twcred keys verify --sid SK…` asks for its secret
    ");
    assert_eq!(world.run(&["whoami", "--env-file", "key.env", "--account", account_sid('a').as_str()]).code, Some(0));
    world.file(
        "twice.env",
        &format!("TWILIO_AUTH_TOKEN={0}\nTWILIO_AUTH_TOKEN=x{0}\nTWILIO_ACCOUNT_SID={1}\n", token(), account_sid('a')),
    );
    assert_snapshot!(world.run(&["whoami", "--env-file", "twice.env"]), @r#"
    exit: 2
    --- stderr
    error: twice.env:1 TWILIO_AUTH_TOKEN: it is set more than once, to different values (lines 1, 2)
    hint: write the value once, on one line, in single quotes or none
    "#);
    world.file("wrong.env", &format!("TWILIO_AUTH_TOKEN={}\nTWILIO_ACCOUNT_SID={}\n", token(), secret('1')));
    assert_snapshot!(world.run(&["whoami", "--env-file", "wrong.env"]), @r#"
    exit: 2
    --- stderr
    error: wrong.env:2 TWILIO_ACCOUNT_SID: the value does not start with AC (an Account SID)
    "#);
    assert_snapshot!(world.run(&["whoami", "--env-file", "no\u{1b}such.env"]), @r#"
    exit: 2
    --- stderr
    error: cannot read no\u{1b}such.env: No such file or directory (os error 2)
    "#);
    let half = World::new().env("TWILIO_API_KEY", key_sid('1').as_str());
    assert_snapshot!(half.run(&["whoami", "--json"]), @r#"
    exit: 2
    --- stderr
    {"schema":"twcred.error/v1","exit":2,"kind":"usage","error":"environment TWILIO_API_KEY has no partner: TWILIO_API_SECRET is not set in the environment","because":[],"hints":["set TWILIO_API_SECRET beside it: a credential is taken whole from one source"]}
    "#);
}

#[test]
fn projects_of_two_accounts_need_a_choice() {
    let world = World::new();
    let project = |name: &str, account| {
        format!(
            "{name}_TWILIO_ACCOUNT_SID={}\n{name}_TWILIO_API_KEY={}\n{name}_TWILIO_API_SECRET={}\n",
            account_sid(account),
            key_sid('1'),
            secret('1')
        )
    };
    world.file("repos.env", &(project("SHOP", 'a') + &project("BLOG", 'b')));
    assert_snapshot!(world.run(&["whoami", "--env-file", "repos.env"]), @r#"
    exit: 2
    --- stderr
    error: repos.env holds credentials of 2 accounts: AC.1.............................. (repos.env:1 SHOP_TWILIO_ACCOUNT_SID), AC.2.............................. (repos.env:4 BLOG_TWILIO_ACCOUNT_SID)
    hint: choose with --account AC…
    "#);
    let chosen = world.run(&["whoami", "--env-file", "repos.env", "--account", account_sid('a').as_str()]);
    assert_eq!(chosen.code, Some(0), "{chosen}");
    assert!(chosen.out.contains("repos.env:1 SHOP_TWILIO_ACCOUNT_SID"), "{chosen}");
}

#[test]
fn systemd_hands_credentials_over() {
    let world = World::new();
    world.file("twcred", &env_text(&key('1')));
    let dir = world.home.path().display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    let ran = world.run(&["whoami"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.out.contains("~/twcred:2 TWILIO_API_KEY"), "{ran}");
}

/// A service whose credential was not handed over must hear so, whatever is used instead.
#[test]
fn what_systemd_did_not_hand_over_is_said() {
    let world = World::new();
    let dir = world.path("handed");
    twcred::store::paths::make(&dir).unwrap();
    let world = world.env("CREDENTIALS_DIRECTORY", dir.to_str().unwrap());
    assert_snapshot!(world.run(&["whoami"]), @r"
    exit: 2
    --- stderr
    warning: $CREDENTIALS_DIRECTORY is set, and there is neither `twcred` nor `repos.env` in ~/handed
    error: no Twilio credential was given
    hint: name an env file: --env-file repos.env
    hint: or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)
    hint: or keep one under a name: twcred profile add NAME
    hint: or hand it over under a name that is read: LoadCredential=twcred:FILE, or repos.env:FILE
    ");
    // Where the environment has a credential, nobody needs it.
    let world = world.with_token();
    assert_eq!(world.run(&["whoami"]).err, "");
}

/// One that may not be looked into is no reason to take the next: it may hold the credential that is meant.
#[test]
fn what_systemd_handed_over_and_cannot_be_read_is_an_error() {
    let world = World::new();
    world.file("plain", "");
    let dir = world.path("plain").display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    assert_snapshot!(world.run(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: cannot use $CREDENTIALS_DIRECTORY
      because: cannot read ~/plain/twcred: Not a directory (os error 20)
    hint: systemd makes it readable for the service's user; unset it if nothing is handed over here
    ");
}

/// Nor is one in which no credential is found: the next may be of another account, or may do more.
#[test]
fn what_systemd_handed_over_and_is_no_credential_is_an_error() {
    let world = World::new();
    crate::profiles::add_token(&world, "admin");
    let dir = world.home.path().display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    for text in [format!("{}\n", token()), format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTHTOKEN=x\n", account_sid('b'))] {
        world.file("twcred", &text);
        let ran = world.run(&["keys", "create", "x", "--reveal"]);
        let said = "cannot use $CREDENTIALS_DIRECTORY\n  because: there is no Twilio credential in ~/twcred\n";
        assert!(ran.code == Some(2) && ran.err.contains(said) && ran.out.is_empty(), "{ran}");
    }
    // Nor does anything else authorise a rotation then.
    world.file("pair.env", &env_text(&key('1')));
    for args in [&["keys", "rotate", "--env-file", "pair.env"][..], &["keys", "verify", "--var", "TWILIO_API_KEY"]] {
        let ran = world.run(args);
        assert!(ran.code == Some(2) && ran.err.contains("no Twilio credential in ~/twcred"), "{args:?}: {ran}");
    }
    assert_eq!(world.live().len(), 1);
    // Where the environment has a credential, nobody needs it.
    assert_eq!(world.with_token().run(&["keys", "list"]).code, Some(0));
}

#[test]
fn a_region_needs_an_edge_and_an_address_must_be_safe() {
    let world = World::new().with_token();
    assert_snapshot!(world.run(&["whoami", "--api-url", "http://twilio.example"]), @r#"
    exit: 2
    --- stderr
    error: cannot use the address of --api-url or TWCRED_API_URL
      because: credentials are sent over https, or over http to this machine only
    hint: such as --api-url https://twilio.example or http://127.0.0.1:4010
    "#);
    let world = world.env("TWCRED_API_URL", "");
    assert_snapshot!(world.run(&["whoami", "--region", "br1"]), @r#"
    exit: 2
    --- stderr
    error: region `br1` needs an edge: its own is not known, and the host form without an edge is retired
    hint: give its edge with --edge
    "#);
}

/// What is meant for one account is not done to another because its token was not there.
#[test]
fn an_account_without_its_secret_is_not_passed_over_for_another_accounts_credential() {
    let world = without_keyring(World::with(|state| add_children(state, 1)));
    add_token(&world, "main");
    let (account, other) = (child(0), account_sid('a'));
    let (sid, variable) = (key_sid('1'), "TWILIO_ACCOUNT_SID");
    let world = world.env(variable, account.as_str()).env("TWILIO_AUTH_TOKEN", "");
    assert_snapshot!(world.refused(&["keys", "create", "lone", "--to", "env:lone.env"]), @r"
    exit: 2
    --- stderr
    error: environment TWILIO_ACCOUNT_SID names the account AC.2.............................. and has no secret beside it, and the credential of profile main is one of AC.1..............................
    hint: to act on AC.2..............................: set TWILIO_AUTH_TOKEN beside it, or name it with its secret: --env-file FILE
    hint: to act on AC.1..............................: unset TWILIO_ACCOUNT_SID, or --account AC.1..............................
    hint: or, if AC.2.............................. is a subaccount of AC.1..............................: --account AC.2..............................
    ");
    let before = world.sandbox.exchanges().len();
    for args in [
        &["keys", "list"][..],
        &["keys", "list", "--all-accounts"],
        &["keys", "show", sid.as_str()],
        &["keys", "rename", sid.as_str(), "x"],
        &["keys", "revoke", sid.as_str(), "--yes"],
        &["keys", "verify"],
        &["token", "status"],
        &["token", "create", "--to", "env:lone.env"],
        &["export", "--reveal"],
        &["whoami"],
    ] {
        let ran = world.refused(args);
        assert!(ran.code == Some(2) && ran.err.contains(" names the account "), "{args:?} {ran}");
    }
    assert_eq!(world.run(&["exec", "--", "touch", "ran"]).code, Some(125));
    assert!(!world.path("ran").exists() && !world.path("lone.env").exists());
    assert_eq!((world.sandbox.exchanges().len(), world.live()), (before, vec![sid]));
    // The flags go before it: the account that is meant, the other one, the profile.
    for args in [
        &["keys", "create", "x", "--to", "env:child.env", "--account", account.as_str()][..],
        &["keys", "list", "--account", other.as_str()],
        &["keys", "list", "--profile", "main"],
    ] {
        assert_eq!(world.run(args).code, Some(0), "{args:?}");
    }
    assert!(world.read("child.env").contains(account.as_str()));
    // The same account is the same account; what is none is not passed over either.
    let world = world.env(variable, other.as_str());
    assert_eq!(world.run(&["whoami"]).code, Some(0));
    assert_snapshot!(world.env(variable, "AC123").refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: environment TWILIO_ACCOUNT_SID: the value has 5 characters; a SID has 34
    ");
}

#[test]
fn what_is_handed_over_is_not_one_of_the_account_that_the_environment_names() {
    let world = World::with(|state| add_children(state, 1));
    world.file("twcred", &env_text(&key('1')));
    let dir = world.home.path().display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir).env("TWILIO_ACCOUNT_SID", child(0).as_str());
    assert_snapshot!(world.refused(&["whoami"]), @r"
    exit: 2
    --- stderr
    error: environment TWILIO_ACCOUNT_SID names the account AC.1.............................. and has no secret beside it, and the credential of ~/twcred is one of AC.2..............................
    hint: to act on AC.1..............................: set TWILIO_AUTH_TOKEN beside it, or name it with its secret: --env-file FILE
    hint: to act on AC.2..............................: unset TWILIO_ACCOUNT_SID, or --account AC.2..............................
    ");
}
