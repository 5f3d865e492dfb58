//! Accounts, messages and the other records.

use serde_json::json;

use super::client::{Desk, send};

#[test]
fn subaccounts_are_made_found_and_closed() {
    let desk = Desk::new();
    let accounts = "/2010-04-01/Accounts.json";
    let made = desk.send(&desk.token, "POST", accounts, &[("FriendlyName", "Shop")]);
    assert_eq!((made.status, made.text("owner_account_sid")), (201, desk.account.to_string()));
    let login = (made.text("sid"), made.text("auth_token"));
    assert_eq!(desk.send(&login, "POST", accounts, &[]).code(), (400, 21101));
    assert_eq!(desk.send(&desk.child_token, "POST", accounts, &[]).code(), (400, 21101));
    let unnamed = desk.send(&desk.main, "POST", accounts, &[]);
    assert_eq!(unnamed.text("friendly_name"), "SubAccount Created at 2026-11-22 02:00 am");
    assert_eq!(unnamed.text("auth_token"), "");
    let named = desk.get(&desk.token, &format!("{accounts}?FriendlyName=Shop")).json();
    assert_eq!(named["accounts"].as_array().unwrap().len(), 1);
    assert!(named["uri"].as_str().unwrap().starts_with("/2010-04-01/Accounts.json?FriendlyName=Shop&PageSize=50"));
    let path = format!("/2010-04-01/Accounts/{}.json", login.0);
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("Status", "closed")]).text("status"), "closed");
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("Status", "active")]).code(), (400, 20422));
    assert_eq!(desk.get(&login, &path).code(), (403, 20005));
    let closed = desk.get(&desk.token, &format!("{accounts}?Status=closed")).json();
    assert_eq!(closed["accounts"][0]["sid"], json!(login.0));
    assert_eq!(desk.send(&desk.token, "POST", &path, &[("FriendlyName", "")]).code(), (400, 20002));
}

#[test]
fn messages_are_taken_from_owned_numbers_only() {
    let desk = Desk::new();
    let path = desk.path("/Messages.json");
    let post = |form: &[(&str, &str)]| desk.send(&desk.standard, "POST", &path, form);
    let (to, body) = (("To", "+15005550001"), ("Body", "hello"));
    let sent = post(&[to, ("From", "+15005550006"), body]);
    assert_eq!((sent.status, sent.text("status"), sent.text("body")), (201, "queued".into(), "hello".into()));
    let by_service = format!("MG{}", "0".repeat(32));
    for form in [[to, ("MessagingServiceSid", by_service.as_str()), body], [to, ("From", by_service.as_str()), body]] {
        assert_eq!(post(&form).text("messaging_service_sid"), by_service);
    }
    assert_eq!(post(&[to, ("From", "+15005550010"), body]).code(), (400, 21606));
    assert_eq!(post(&[to, body]).code(), (400, 21603));
    assert_eq!(post(&[("From", "+15005550006"), body]).code(), (400, 21604));
    assert_eq!(post(&[to, ("From", "+15005550006")]).code(), (400, 21602));
    let one = desk.get(&desk.standard, &desk.path(&format!("/Messages/{}.json", sent.text("sid"))));
    assert_eq!(one.json(), sent.json());
    let list = desk.get(&desk.standard, &path).json();
    assert_eq!(list["messages"].as_array().unwrap().len(), 3);
    assert_eq!(list["messages"][2], sent.json(), "newest first");
    assert_eq!(desk.sandbox.with_state(|state| state.account(&desk.account).unwrap().messages().count()), 3);
}

#[test]
fn cheap_reads() {
    let desk = Desk::new();
    let numbers = desk.get(&desk.standard, &desk.path("/IncomingPhoneNumbers.json?PageSize=1")).json();
    assert_eq!(numbers["incoming_phone_numbers"][0]["phone_number"], "+15005550006");
    assert_eq!(desk.get(&desk.standard, &desk.path("/Balance.json")).text("currency"), "USD");
    let child = format!("/2010-04-01/Accounts/{}/Balance.json", desk.child);
    assert_eq!(desk.get(&desk.child_token, &child).code(), (404, 20404));
    let services = desk.get(&desk.main, "/v2/Services?PageSize=1").json();
    assert_eq!(services["meta"]["key"], "services");
    assert_eq!(desk.get(&desk.child_token, "/v2/Services").json()["services"], json!([]));
}

#[test]
fn the_log_names_what_happened_and_holds_no_secret() {
    let desk = Desk::new();
    desk.make(&[("FriendlyName", "a")]);
    let leaked = (desk.token.1.clone(), desk.token.1.clone());
    send(desk.sandbox.addr(), Some(&leaked), "GET", &format!("/v1/Keys/{}", desk.token.1), &[]).unwrap();
    let log = desk.sandbox.exchanges();
    assert_eq!((log[0].n, log[0].route.as_deref(), log[0].status), (1, Some("POST /v1/Keys"), Some(201)));
    assert_eq!(log[0].user.as_deref(), Some(desk.account.as_str()));
    assert_eq!((log[1].path.as_str(), log[1].user.as_deref()), ("/v1/Keys/…", None));
    assert!(!format!("{log:?}").contains(&desk.token.1));
    assert!(!format!("{:?}", desk.sandbox).contains(&desk.token.1));
}
