//! The life of a key on both APIs.

use serde_json::{Value, json};

use super::client::{Desk, login_of, options};
use crate::sandbox::{Sandbox, State};

#[test]
fn a_standard_key_on_iam_from_create_to_delete() {
    let desk = Desk::new();
    let made = desk.make(&[("FriendlyName", "ci-deploy")]);
    assert_eq!(made.status, 201);
    let mut expected = json!({
        "sid": made.text("sid"),
        "friendly_name": "ci-deploy",
        "date_created": "Sun, 22 Nov 2026 02:00:00 +0000",
        "date_updated": "Sun, 22 Nov 2026 02:00:00 +0000",
        "secret": made.text("secret"),
        "policy": null,
    });
    assert_eq!(made.json(), expected);
    let login = login_of(&made);
    assert_eq!(login.1.len(), 32);
    assert_eq!(desk.get(&login, "/v2/Services").status, 200);
    let path = format!("/v1/Keys/{}", login.0);
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(desk.get(&desk.token, &path).json(), expected);
    expected["friendly_name"] = json!("renamed");
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("FriendlyName", "renamed")]).json(), expected);
    let list = desk.get(&desk.token, &format!("/v1/Keys?AccountSid={}", desk.account)).json();
    let item = list["keys"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&item["flags"], item.get("policy"), item.get("secret")), (&json!(["rest_api", "signing"]), None, None));
    assert_eq!(list["keys"][0]["flags"], json!(["rest_api", "signing", "manage_accounts", "manage_keys"]));
    assert_eq!(list["keys"][2]["flags"], json!(["restricted", "rest_api", "signing"]));
    let deleted = desk.send(&desk.token, "DELETE", &path, &[]);
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    assert_eq!(desk.send(&desk.token, "DELETE", &path, &[]).code(), (404, 20404));
    assert_eq!(desk.get(&login, "/v2/Services").code(), (401, 20003));
}

#[test]
fn a_key_on_v2010_is_standard_whatever_is_asked() {
    let desk = Desk::new();
    let form = [("FriendlyName", "old"), ("KeyType", "restricted"), ("Policy", "{}")];
    let made = desk.send(&desk.token, "POST", &desk.path("/Keys.json"), &form);
    assert_eq!(made.status, 201);
    let fields: Vec<String> = made.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["date_created", "date_updated", "friendly_name", "secret", "sid"]);
    let login = login_of(&made);
    assert_eq!(desk.get(&desk.token, &format!("/v1/Keys/{}", login.0)).json()["policy"], Value::Null);
    assert_eq!(desk.get(&login, &desk.path("/Messages.json")).status, 200);
    let path = desk.path(&format!("/SigningKeys/{}.json", login.0));
    assert_eq!(desk.get(&desk.token, &path).text("friendly_name"), "old");
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("FriendlyName", "new")]).text("friendly_name"), "new");
    assert_eq!(desk.send(&desk.token, "DELETE", &path, &[]).status, 204);
    let nameless = desk.send(&desk.token, "POST", &desk.path("/Keys.json"), &[]);
    assert_eq!(nameless.json()["friendly_name"], Value::Null);
    let wrong = desk.path("/Keys/PN1.json");
    assert_eq!(desk.get(&desk.token, &wrong).code(), (400, 70002));
}

#[test]
fn a_restricted_key_does_what_its_policy_says() {
    let desk = Desk::new();
    let policy = r#"{"allow":["/twilio/messaging/messages/list","/twilio/voice/calls/create"]}"#;
    let made = desk.make(&[("KeyType", "restricted"), ("Policy", policy)]);
    assert_eq!(made.status, 201);
    assert_eq!(
        made.json()["policy"],
        json!({"allow": ["/twilio/voice/calls/create", "/twilio/messaging/messages/list"]}),
        "in another order than it was asked"
    );
    let login = login_of(&made);
    assert_eq!(desk.get(&login, &desk.path("/Messages.json")).status, 200);
    let send = [("To", "+15005550001"), ("From", "+15005550006"), ("Body", "hi")];
    assert_eq!(desk.send(&login, "POST", &desk.path("/Messages.json"), &send).code(), (401, 70051));
    let path = format!("/v1/Keys/{}", login.0);
    let wider = r#"{"allow":["/twilio/messaging/messages/*"]}"#;
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("Policy", wider)]).status, 200);
    assert_eq!(desk.send(&login, "POST", &desk.path("/Messages.json"), &send).status, 201);
}

#[test]
fn what_a_create_refuses() {
    let desk = Desk::new();
    let before = desk.names();
    let long = "x".repeat(65);
    let many: Vec<String> = (0..101).map(|n| format!("/twilio/voice/calls{n}/read")).collect();
    let many = json!({ "allow": many }).to_string();
    let restricted = |policy: &str| desk.make(&[("KeyType", "restricted"), ("Policy", policy)]);
    assert_eq!(desk.make(&[("FriendlyName", &long)]).code(), (400, 70001));
    assert_eq!(restricted(&many).code(), (400, 70001));
    let unknown = restricted(r#"{"allow":["/twilio/x/y"]}"#);
    assert_eq!(unknown.code(), (400, 70002));
    assert_eq!(unknown.text("message"), "assertion '/twilio/x/y' is invalid");
    assert_eq!(restricted("allow").code(), (400, 70002));
    assert_eq!(desk.make(&[("KeyType", "restricted")]).code(), (400, 70002));
    assert_eq!(desk.make(&[("KeyType", "standard")]).code(), (400, 70002));
    assert_eq!(desk.send(&desk.token, "POST", "/v1/Keys", &[]).code(), (400, 20001));
    assert_eq!(desk.names(), before);
}

#[test]
fn an_account_may_have_so_many_keys() {
    let mut options = options();
    options.rules.max_keys = Some(4);
    let desk = Desk::with(options);
    assert_eq!(desk.make(&[]).status, 201);
    assert_eq!(desk.make(&[]).code(), (400, 70151));
    assert_eq!(desk.send(&desk.token, "POST", &desk.path("/Keys.json"), &[]).code(), (400, 70151));
    assert_eq!(desk.names().len(), 4);
}

#[test]
fn changes_are_told_as_events_newest_first() {
    let desk = Desk::new();
    let login = login_of(&desk.make(&[]));
    let path = format!("/v1/Keys/{}", login.0);
    desk.send(&desk.main, "POST", &path, &[("FriendlyName", "b")]);
    desk.send(&desk.rotator, "DELETE", &path, &[]);
    let events = desk.get(&desk.standard, &format!("/v1/Events?ResourceSid={}", login.0)).json();
    let events = events["events"].as_array().unwrap();
    let told: Vec<_> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert_eq!(told, ["account-keys.deleted", "account-keys.updated", "account-keys.created"]);
    assert_eq!(events[0]["actor_sid"].as_str().unwrap()[2..], desk.rotator.0[2..]);
    let one = desk.get(&desk.token, &format!("/v1/Events/{}", events[0]["sid"].as_str().unwrap())).json();
    assert_eq!(&one, &events[0]);
    let created = desk.get(&desk.token, "/v1/Events?EventType=account-keys.created").json();
    assert_eq!(created["events"].as_array().unwrap().len(), 1);
    let none = desk.get(&desk.token, "/v1/Events?StartDate=2026-11-23").json();
    assert_eq!(none["events"], json!([]));
    assert_eq!(desk.get(&desk.token, "/v1/Events?StartDate=soon").code(), (400, 20001));
}

#[test]
fn a_restart_knows_what_was_made_before_it() {
    let desk = Desk::new();
    let login = login_of(&desk.make(&[("FriendlyName", "kept")]));
    let saved = desk.sandbox.state().to_json();
    let again = Desk::of(State::from_json(&saved).unwrap(), options());
    assert_eq!(again.get(&login, "/v2/Services").status, 200);
    let other = login_of(&again.make(&[]));
    assert_ne!(other, login, "the same seed does not give the same key again");
    let mut stopped: Sandbox = again.sandbox;
    stopped.stop();
    assert_eq!(stopped.state().keys(&desk.account).count(), 5);
}
