//! `twcred audit` of names that are nearly Twilio's, and of those that only look so.

use crate::support::{World, account_sid, key_sid, token};

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
