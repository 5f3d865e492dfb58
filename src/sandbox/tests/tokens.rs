//! The state machine of Auth Tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use super::client::{Desk, SOON, clock, options, send};
use crate::model::time::after;
use crate::sandbox::{Moment, Propagation, State};

#[test]
fn create_promote_delete() {
    let desk = Desk::new();
    let call =
        |login: &_, method, rest: &str, form: &[_]| desk.send(login, method, &format!("/v1/AuthTokens/{rest}"), form);
    let alive = |login: &_| desk.get(login, "/v2/Services").status;
    // No secondary.
    let promote = call(&desk.token, "POST", "Promote", &[]);
    assert_eq!(promote.code(), (404, 20404));
    assert_eq!(promote.text("message"), "The requested resource /AuthTokens/Promote was not found");
    let delete = call(&desk.token, "DELETE", "Secondary", &[]);
    assert_eq!(delete.code(), (404, 20404));
    assert_eq!(delete.text("message"), "The requested resource /AuthTokens/Secondary was not found");
    // One.
    let made = call(&desk.token, "POST", "Secondary", &[("SuppressEmailNotification", "true")]);
    assert_eq!(made.status, 201);
    let secondary = (desk.account.to_string(), made.text("secondary_auth_token"));
    assert_eq!(
        made.json(),
        json!({
            "account_sid": desk.account.as_str(),
            "secondary_auth_token": secondary.1,
            "date_created": "2026-11-22T02:00:00Z",
            "date_updated": "2026-11-22T02:00:00Z",
            "url": format!("{}/v1/AuthTokens/Secondary", desk.sandbox.url()),
        })
    );
    assert_eq!((alive(&desk.token), alive(&secondary)), (200, 200));
    let again = call(&secondary, "POST", "Secondary", &[]);
    assert_eq!(again.code(), (400, 70002));
    assert_eq!(again.text("message"), "secondaryAuthToken already exists on account");
    let shown = desk.get(&secondary, &desk.path(".json"));
    assert_eq!(shown.text("auth_token"), desk.token.1, "the primary, whoever asks");
    // Promoted: the old one is refused at once, and keys live on.
    let promoted = call(&secondary, "POST", "Promote", &[]);
    assert_eq!((promoted.status, promoted.text("auth_token")), (200, secondary.1.clone()));
    assert_eq!((alive(&desk.token), alive(&secondary), alive(&desk.standard)), (401, 200, 200));
    assert_eq!(call(&secondary, "POST", "Promote", &[]).code(), (404, 20404));
    // Deleted again.
    let third = call(&secondary, "POST", "Secondary", &[]).text("secondary_auth_token");
    let third = (desk.account.to_string(), third);
    assert_eq!(call(&third, "DELETE", "Secondary?SuppressEmailNotification=true", &[]).status, 204);
    assert_eq!((alive(&secondary), alive(&third)), (200, 401));
    assert_eq!(desk.sandbox.with_state(|state| state.account(&desk.account).unwrap().mails), 2);
    let events = desk.get(&secondary, "/v1/Events").json();
    let told: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["event_type"].clone()).collect();
    assert_eq!(
        told,
        ["secondary-deleted", "secondary-created", "promoted", "secondary-created"]
            .map(|change| json!(format!("account-auth-token.{change}")))
    );
    let wrong = call(&secondary, "POST", "Secondary", &[("SuppressEmailNotification", "yes")]);
    assert_eq!(wrong.code(), (400, 20001));
}

#[test]
fn a_subaccounts_own_token_changes_its_own_and_nothing_else() {
    let desk = Desk::new();
    let made = desk.send(&desk.child_token, "POST", "/v1/AuthTokens/Secondary", &[]);
    assert_eq!((made.status, made.text("account_sid")), (201, desk.child.to_string()));
    let second = (desk.child.to_string(), made.text("secondary_auth_token"));
    assert_eq!(desk.send(&second, "POST", "/v1/AuthTokens/Promote", &[]).status, 200);
    let alive = |login: &_| desk.get(login, "/v2/Services").status;
    assert_eq!((alive(&desk.child_token), alive(&second), alive(&desk.token)), (401, 200, 200));
    assert_eq!(desk.send(&desk.token, "POST", "/v1/AuthTokens/Promote", &[]).code(), (404, 20404));
    let events = |login: &_| desk.get(login, "/v1/Events").json()["events"].as_array().unwrap().len();
    assert_eq!((events(&desk.token), events(&second)), (0, 2));
}

#[test]
fn faults_strike_here_as_elsewhere() {
    for (fault, answer, done) in [
        ("throttle=POST /v1/AuthTokens/Promote@1", Some(429), false),
        ("refuse:503/20503=POST /v1/AuthTokens/Promote@1", Some(503), false),
        ("drop-before=POST /v1/AuthTokens/Promote@1", None, false),
        ("commit-then-drop=POST /v1/AuthTokens/Promote@1", None, true),
        ("garble:truncated=POST /v1/AuthTokens/Promote@1", Some(200), true),
    ] {
        let desk = Desk::faulty(fault);
        assert_eq!(desk.send(&desk.token, "POST", "/v1/AuthTokens/Secondary", &[]).status, 201);
        let promoted = send(desk.sandbox.addr(), Some(&desk.token), "POST", "/v1/AuthTokens/Promote", &[]);
        assert_eq!(promoted.ok().map(|reply| reply.status), answer, "{fault}");
        let has = |state: &mut State| state.account(&desk.account).unwrap().secondary.is_some();
        assert_eq!(desk.sandbox.with_state(has), !done, "{fault}");
        assert_eq!(desk.get(&desk.token, "/v2/Services").status, if done { 401 } else { 200 }, "{fault}");
    }
    let desk = Desk::new();
    desk.sandbox.hold(1, Moment::After);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| desk.send(&desk.token, "POST", "/v1/AuthTokens/Secondary", &[]).status);
        assert_eq!(desk.sandbox.wait_held(SOON).unwrap().path, "/v1/AuthTokens/Secondary");
        assert!(desk.sandbox.with_state(|state| state.account(&desk.account).unwrap().secondary.is_some()));
        desk.sandbox.release();
        assert_eq!(asked.join().unwrap(), 201);
    });
}

#[test]
fn word_of_a_change_may_take_its_time() {
    let second = Arc::new(AtomicU64::new(0));
    let mut options = options();
    let read = Arc::clone(&second);
    options.now = Arc::new(move || after(clock(), Duration::from_secs(read.load(Ordering::Relaxed))));
    options.rules.propagation =
        Propagation { old_lives: Duration::from_secs(30), new_unknown: Duration::from_secs(10) };
    let desk = Desk::with(options);
    let alive = |login: &_, at| {
        second.store(at, Ordering::Relaxed);
        desk.get(login, "/v2/Services").status
    };
    let made = desk.send(&desk.token, "POST", "/v1/AuthTokens/Secondary", &[]).text("secondary_auth_token");
    let new = (desk.account.to_string(), made);
    assert_eq!((alive(&new, 9), alive(&desk.token, 9)), (401, 200));
    assert_eq!(desk.send(&desk.token, "POST", "/v1/AuthTokens/Promote", &[]).status, 200);
    assert_eq!((alive(&new, 9), alive(&new, 10)), (401, 200));
    assert_eq!((alive(&desk.token, 38), alive(&desk.token, 39), alive(&new, 39)), (200, 401, 200));
    let saved = desk.sandbox.state().to_json();
    assert_eq!(State::from_json(&saved).unwrap().to_json(), saved);
}
