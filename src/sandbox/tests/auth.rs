//! The order of checks and the map of permissions.

use super::client::{Desk, Line, basic, options, send};
use crate::sandbox::{AccountStatus, Suspended};

#[test]
fn the_checks_come_in_their_order() {
    let desk = Desk::new();
    let bad = (desk.account.to_string(), "0".repeat(32));
    let ask = |login, method, target: &str| send(desk.sandbox.addr(), login, method, target, &[]).unwrap();
    // 1: the route, before any login.
    assert_eq!(ask(None, "GET", "/v1/Nothing").code(), (404, 20404));
    assert_eq!(ask(None, "GET", "/v1/Nothing").text("message"), "The requested resource /Nothing was not found");
    assert_eq!(ask(None, "PUT", "/v1/Keys").code(), (405, 20004));
    let undone = ask(None, "GET", "/v1/Credentials/AWS");
    assert_eq!(undone.status, 501);
    assert!(undone.text("message").contains("GET /v1/Credentials/AWS"));
    // 2: a login, before its truth.
    let none = ask(None, "GET", "/v1/Keys");
    assert_eq!(none.text("message"), "Authentication Error - No credentials provided");
    assert_eq!(none.header("WWW-Authenticate"), Some("Basic realm=\"Twilio API\""));
    let mut line = Line::to(desk.sandbox.addr());
    line.write("GET", "/v1/Keys", &[("Authorization", "Bearer abc")], &[]);
    assert_eq!(line.read().unwrap().code(), (401, 20003));
    // 3: its truth, before the account in the path.
    let foreign = format!("/2010-04-01/Accounts/AC{}.json", "7".repeat(32));
    assert_eq!(ask(Some(&bad), "GET", &foreign).code(), (401, 20003));
    let nobody = ("admin".to_owned(), "x".to_owned());
    assert_eq!(ask(Some(&nobody), "GET", &foreign).text("message"), "Authentication Error - invalid username");
    // 5: the account in the path, before the right of the key.
    assert_eq!(ask(Some(&desk.standard), "GET", &foreign).code(), (401, 20003));
    let key_for_account = format!("/2010-04-01/Accounts/{}/Keys.json", desk.standard.0);
    let refusal = ask(Some(&desk.standard), "GET", &key_for_account);
    assert_eq!(refusal.code(), (400, 90002));
    assert_eq!(refusal.text("message"), format!("AccountSid {} is invalid", desk.standard.0));
    // 6: the right, before the parameters.
    assert_eq!(ask(Some(&desk.standard), "GET", "/v1/Keys").code(), (401, 20003));
    // 7: the parameters, before existence.
    assert_eq!(ask(Some(&desk.token), "GET", "/v1/Keys").code(), (400, 20001));
    assert_eq!(ask(Some(&desk.token), "GET", "/v1/Keys/PN1").code(), (400, 70002));
    // 8: existence.
    let absent = format!("/v1/Keys/SK{}", "7".repeat(32));
    let reply = ask(Some(&desk.token), "GET", &absent);
    assert_eq!(reply.code(), (404, 20404));
    assert_eq!(reply.text("message"), format!("The requested resource /Keys/SK{} was not found", "7".repeat(32)));
    let absent = desk.path(&format!("/Keys/SK{}.json", "7".repeat(32)));
    assert!(ask(Some(&desk.token), "GET", &absent).text("message").contains(&absent));
}

#[test]
fn every_answer_has_the_headers() {
    let desk = Desk::new();
    for reply in [desk.get(&desk.token, "/v2/Services"), desk.get(&desk.token, "/v1/Nothing")] {
        let id = reply.header("Twilio-Request-Id").unwrap();
        assert!(id.len() == 34 && id.starts_with("RQ") && id[2..].bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(reply.header("Twilio-Concurrent-Requests"), Some("1"));
        assert_eq!(reply.header("X-Home-Region"), Some("us1"));
        assert_eq!(reply.header("Date"), Some("Sun, 22 Nov 2026 02:00:00 GMT"));
        assert!(reply.header("Twilio-Request-Duration").unwrap().parse::<f64>().is_ok());
    }
}

#[test]
fn what_each_credential_may_do() {
    let desk = Desk::new();
    let keys_v1 = format!("/v1/Keys?AccountSid={}", desk.account);
    let rows = [
        (desk.path(".json"), [200, 200, 401, 401]),
        ("/2010-04-01/Accounts.json".into(), [200, 200, 401, 401]),
        (desk.path("/Keys.json"), [200, 200, 401, 200]),
        (desk.path("/SigningKeys.json"), [200, 200, 401, 200]),
        (keys_v1, [200, 200, 401, 200]),
        (desk.path("/Messages.json"), [200, 200, 200, 401]),
        (desk.path("/IncomingPhoneNumbers.json"), [200, 200, 200, 401]),
        (desk.path("/Balance.json"), [200, 200, 200, 401]),
        (desk.path("/Usage/Records/Today.json"), [200, 200, 200, 401]),
        ("/v2/Services".into(), [200, 200, 200, 401]),
        ("/v1/Events".into(), [200, 200, 200, 401]),
    ];
    for (path, statuses) in rows {
        for (login, status) in [&desk.token, &desk.main, &desk.standard, &desk.rotator].into_iter().zip(statuses) {
            let reply = desk.get(login, &path);
            assert_eq!(reply.status, status, "{path} {}", login.0);
            if status == 401 {
                let code = if login == &desk.rotator { 70051 } else { 20003 };
                assert_eq!(reply.code(), (401, code), "{path}");
            }
        }
    }
    let refused = desk.get(&desk.rotator, &desk.path("/Messages.json"));
    assert_eq!(refused.text("message"), "required permission twilio/messaging/messages/list is missing");
    for (login, code) in [(&desk.standard, 20003), (&desk.rotator, 70051)] {
        assert_eq!(desk.send(login, "POST", "/v1/AuthTokens/Secondary", &[]).code(), (401, code));
    }
    assert_eq!(desk.send(&desk.main, "POST", "/v1/AuthTokens/Secondary", &[]).status, 201);
}

#[test]
fn a_parent_reaches_its_child_on_v2010_with_its_token_only() {
    let desk = Desk::new();
    let child = |rest: &str| format!("/2010-04-01/Accounts/{}{rest}", desk.child);
    let seen = desk.get(&desk.token, &child(".json"));
    assert_eq!((seen.status, seen.text("auth_token")), (200, desk.child_token.1.clone()));
    assert_eq!(seen.text("owner_account_sid"), desk.account.as_str());
    assert_eq!(desk.send(&desk.token, "POST", &child("/Keys.json"), &[]).status, 201);
    assert_eq!(desk.get(&desk.main, &child(".json")).code(), (401, 20003));
    assert_eq!(desk.get(&desk.main, &child("/Messages.json")).code(), (401, 20003));
    assert_eq!(desk.get(&desk.child_token, &desk.path(".json")).code(), (401, 20003));
    let other = format!("/v1/Keys?AccountSid={}", desk.child);
    assert_eq!(desk.get(&desk.token, &other).code(), (401, 20003));
    assert_eq!(desk.get(&desk.child_token, &other).status, 200);
    let list = |login| desk.get(login, "/2010-04-01/Accounts.json").json()["accounts"].as_array().unwrap().len();
    assert_eq!((list(&desk.token), list(&desk.main), list(&desk.child_token)), (2, 2, 1));
    let own = desk.get(&desk.main, &desk.path(".json"));
    assert_eq!(own.text("auth_token"), "");
    assert_eq!(own.text("owner_account_sid"), desk.account.as_str());
}

#[test]
fn a_suspended_account_is_refused_and_so_are_its_children() {
    let mut options = options();
    options.rules.suspended = Suspended { status: 401, code: 20003 };
    for (desk, code) in [(Desk::new(), (403, 20005)), (Desk::with(options), (401, 20003))] {
        let child = format!("/2010-04-01/Accounts/{}.json", desk.child);
        assert_eq!(desk.send(&desk.token, "POST", &child, &[("Status", "suspended")]).text("status"), "suspended");
        assert_eq!(desk.get(&desk.child_token, &child).code(), code);
        assert_eq!(desk.send(&desk.token, "POST", &child, &[("Status", "active")]).text("status"), "active");
        assert_eq!(desk.get(&desk.child_token, &child).status, 200);
        desk.sandbox.with_state(|state| state.account_mut(&desk.account).unwrap().status = AccountStatus::Suspended);
        for login in [&desk.token, &desk.main, &desk.child_token] {
            assert_eq!(desk.get(login, "/v2/Services").code(), code);
        }
    }
}

#[test]
fn a_host_of_another_region_does_not_know_the_credential() {
    let desk = Desk::new();
    for (host, status) in [
        ("verify.twilio.com", 200),
        ("verify.ashburn.us1.twilio.com", 200),
        ("verify.dublin.ie1.twilio.com", 401),
        ("localhost:9", 200),
    ] {
        let mut line = Line::to(desk.sandbox.addr());
        line.write("GET", "/v2/Services", &[("Host", host), ("Authorization", &basic(&desk.token))], &[]);
        let reply = line.read().unwrap();
        assert_eq!(reply.status, status, "{host}");
        if status == 200 {
            let scheme = if host.ends_with("twilio.com") { "https" } else { "http" };
            let url = reply.json()["meta"]["url"].as_str().unwrap().to_owned();
            assert_eq!(url, format!("{scheme}://{host}/v2/Services?PageSize=50&Page=0"));
        }
    }
}

#[test]
fn it_listens_on_loopback_only() {
    let mut options = options();
    options.listen = "0.0.0.0:0".parse().unwrap();
    let error = crate::sandbox::Sandbox::start(crate::sandbox::State::new(), options).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}
