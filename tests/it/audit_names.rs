//! `twcred audit` of names that are nearly Twilio's, and of those that only look so.

use crate::support::lab::chmod;
use crate::support::{World, account_sid, key_sid, secret, token};

fn suggestions(text: &str) -> (String, Option<i32>) {
    let world = World::new();
    world.private("repos.env", text);
    let ran = world.run(&["audit", "repos.env", "--select", "TW414", "--fail-on", "warning"]);
    (ran.raw_out, ran.code)
}

#[test]
fn a_slip_in_twilios_own_name_is_told() {
    let (token, account, key) = (token(), account_sid('a'), key_sid('1'));
    for (line, meant) in [
        (format!("TWILLIO_AUTH_TOKEN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWILLIO_ACCOUNT_SID={account}"), "TWILIO_ACCOUNT_SID"),
        (format!("TWILO_AUTH_TOKEN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWLIIO_AUTH_TOKEN_PREVIOUS={token}"), "TWILIO_AUTH_TOKEN_PREVIOUS"),
        (format!("SHOP_TWILLIO_AUTH_TOKEN={token}"), "SHOP_TWILIO_AUTH_TOKEN"),
        (format!("TWILLIO_API_KEY={key}"), "TWILIO_API_KEY"),
        (format!("TWILIO_API_SIDD={key}"), "TWILIO_API_SID"),
        (format!("TWILIO_SID={account}"), "TWILIO_ACCOUNT_SID"),
        // A slip in Twilio's own name, and the rest written as people write it.
        (format!("TWILLIO_AUTHTOKEN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWILO_SID={account}"), "TWILIO_ACCOUNT_SID"),
        (format!("SHOP_TWIILIO_TOKEN={token}"), "SHOP_TWILIO_AUTH_TOKEN"),
        (format!("TWILIO_ACCUONT_SID={account}"), "TWILIO_ACCOUNT_SID"),
        (format!("TWILIO_AUTH_TOKN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWILIOO_AUTH_TOKEN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWILIOAUTHTOKEN={token}"), "TWILIO_AUTH_TOKEN"),
        (format!("TWILIO_APIKEY_SID={key}"), "TWILIO_API_KEY_SID"),
        (format!("A_TWILIO_AUTHTOKEN_SECONDARY={token}"), "A_TWILIO_AUTH_TOKEN_SECONDARY"),
        ("TWILLIO_PHONE_NUMBER=+15550100000".to_owned(), "TWILIO_PHONE_NUMBER"),
        ("TWILIO_PHONENUMBER=+15550100000".to_owned(), "TWILIO_PHONE_NUMBER"),
    ] {
        let (out, code) = suggestions(&format!("{line}\n"));
        assert!(code == Some(3) && out.contains(&format!("did you mean {meant}?")), "{line}: {out}");
    }
}

#[test]
fn twilios_other_names_and_sids_are_no_slips() {
    let token = token();
    let digits = &key_sid('1').as_str()[2..].to_owned();
    let sid = |letters: &str| format!("{letters}{digits}");
    for line in [
        format!("TWILIO_APP_SID={}", sid("AP")),
        "TWILIO_APP_SID=".to_owned(),
        format!("TWILIO_TWIML_APP_SID={}", sid("AP")),
        format!("TWILIO_API_SIDS={}", sid("PN")),
        format!("TWILIO_AP_SID={}", sid("AP")),
        format!("TWILIO_SID={}", sid("VA")),
        format!("TWILIO_SID={}", sid("MG")),
        format!("TWILIO_MESSAGING_SERVICE_SID={}", sid("MG")),
        format!("TWILIO_VERIFY_SERVICE_SID={}", sid("VA")),
        format!("TWILIO_PHONE_NUMBER_SID={}", sid("PN")),
        format!("TWILIO_CHAT_SERVICE_SID={}", sid("IS")),
        format!("TWILIO_SYNC_SERVICE_SID={}", sid("IS")),
        format!("TWILIO_WORKSPACE_SID={}", sid("WS")),
        format!("TWILIO_WORKFLOW_SID={}", sid("WW")),
        "TWILIO_LOG_LEVEL=debug".to_owned(),
        "TWILIO_API_VERSION=2010-04-01".to_owned(),
        "TWILIO_PROFILE=shop".to_owned(),
        format!("TWILIO2_AUTH_TOKEN={token}"),
        format!("TWILIO2_ACCOUNT_SID={}", sid("AC")),
        format!("TRILLIUM_AUTH_TOKEN={token}"),
        format!("GITHUB_AUTH_TOKEN={token}"),
        format!("SHOP_AUTH_TOKEN={token}\nSHOP_ACCOUNT_SID={}", sid("AC")),
    ] {
        let (out, code) = suggestions(&format!("{line}\n"));
        assert_eq!(code, Some(0), "{line}: {out}");
    }
}

/// Whatever a project, a stage or a second account is called, its names are right.
#[test]
fn a_correct_file_of_any_prefix_raises_nothing() {
    let token = "0a1b2c3d4e5f67890a1b2c3d4e5f6789";
    let (account, key, secret) = (format!("AC{token}"), format!("SK{token}"), secret('1'));
    let prefixes = [
        "",
        "ACME",
        "SHOP_EU",
        "IO",
        "TO",
        "T",
        "TW",
        "TWO",
        "TWI",
        "TWIL",
        "TWLO",
        "TWIO",
        "LIO",
        "ILIO",
        "OLD",
        "NEW",
        "PROD",
        "EU1",
        "A",
        "X",
        "TWILIO",
        "TWILIO2",
        "TWILIO_2",
        "TWILIOA",
        "TWILIOB",
        "TWILIOX",
        "TWILIOS",
        "XTWILIO",
        "MYTWILIO",
        "NEWTWILIO",
        "OLDTWILIO",
        "TWILIOPROD",
        "TWILIODEV",
        "TWILIOTEST",
        "TWILIOEU",
        "TWILIOUS",
        "TWILIO_EU",
        "TWILIO_PROD",
        "TWILIO_A",
        "TWILIO_SUB",
        "TWILIO_MAIN",
        "TWILIO_TEST",
        "TWILIO_",
        "TWILIGHT",
        "TRILLIUM",
        "TALIO",
        "STUDIO",
        "AUDIO",
        "RADIO",
        "PORTFOLIO",
        "WILLIAM",
        "VOICE",
        "SMS",
        "APP_TWILIO",
        "TWILIO_APP",
        "TWILIO_BILLING",
    ];
    let world = World::new();
    chmod(world.home.path(), 0o700);
    world.private("repos.env", "");
    let raises = |text: &str| {
        world.file("repos.env", text);
        let ran = world.run(&["audit", "repos.env", "--ignore", "TW207,TW501"]);
        (ran.code != Some(0) || ran.raw_out != "1 file audited: nothing found\n").then_some(ran.raw_out)
    };
    for prefix in prefixes {
        let name = |rest: &str| if prefix.is_empty() { rest.to_owned() } else { format!("{prefix}_{rest}") };
        let bare = format!("{}={account}\n{}={token}\n", name("ACCOUNT_SID"), name("AUTH_TOKEN"));
        assert_eq!(raises(&bare), None, "{bare}");
        let whole = format!(
            "{}={account}\n{}={key}\n{}={secret}\n{}=+14155550123\n",
            name("TWILIO_ACCOUNT_SID"),
            name("TWILIO_API_KEY"),
            name("TWILIO_API_SECRET"),
            name("TWILIO_PHONE_NUMBER")
        );
        assert_eq!(raises(&whole), None, "{whole}");
        // One alone is somebody else's.
        assert_eq!(
            raises(&format!("{}={token}\n", name("AUTH_TOKEN"))).filter(|_| !prefix.is_empty()),
            None,
            "{prefix}"
        );
    }
    for stage in ["2", "_2", "_OLD", "_NEW", "_PROD", "_EU", "_A", "A", "_TEST", "_SUB", "S"] {
        let text = format!("TWILIO_ACCOUNT_SID{stage}={account}\nTWILIO_AUTH_TOKEN{stage}={token}\n");
        assert_eq!(raises(&text), None, "{text}");
        let text = format!("TWILIO_API_KEY{stage}={key}\nTWILIO_API_SECRET{stage}={secret}\n");
        assert_eq!(raises(&text), None, "{text}");
    }
}
