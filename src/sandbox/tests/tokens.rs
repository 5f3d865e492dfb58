//! The state machine of Auth Tokens.

use serde_json::json;

use super::client::Desk;

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
