//! What is asked of which API, what a lost answer means, and what is never sent twice.

use std::collections::BTreeSet;

use super::*;
use crate::api::error::Malformed;
use crate::api::script::{Reply, Script, account, child, json, key, raw, sid, token};
use crate::model::{KeyKind, Policy};

const MISSING: &str = r#"{"code":20404,"message":"The requested resource was not found","status":404}"#;
const AUTHENTICATE: &str = r#"{"code":20003,"message":"Authenticate","status":401}"#;

fn new(policy: Option<Policy>) -> NewKey {
    NewKey { name: FriendlyName::parse("ci-deploy").unwrap(), policy }
}

fn policy() -> Policy {
    Policy { allow: BTreeSet::from(["/twilio/messaging/messages/create".to_owned()]) }
}

/// The key that is listed first.
fn first() -> KeySid {
    KeySid::parse(&format!("SK{:032}", 1)).unwrap()
}

fn listed(digit: u8, rest: &str) -> String {
    format!(
        r#"{{"sid":"SK{digit:032}","friendly_name":"k","date_created":"Wed, 04 Mar 2026 10:23:47 +0000",
           "date_updated":"Wed, 04 Mar 2026 10:23:47 +0000"{rest}}}"#
    )
}

fn made(rest: &str) -> String {
    format!(r#"{{"sid":"{}","secret":"{}","friendly_name":"ci-deploy"{rest}}}"#, sid(), "aZ9".repeat(10))
}

fn page(keys: &[String], next: &str) -> String {
    format!(r#"{{"keys":[{}],"meta":{{"page":0,"next_page_url":{next},"key":"keys"}}}}"#, keys.join(","))
}

async fn create(replies: Vec<Reply>, policy: Option<Policy>) -> (Result<CreatedKey, CreateError>, Vec<String>) {
    let script = Script::play(replies).await;
    let result = script.client().create_key(&token(), &account(), &new(policy)).await;
    (result, script.seen())
}

#[tokio::test]
async fn a_create_whose_fate_is_unknown_is_sent_once() {
    let torn = raw(201, "", &made("")).replace("aZ9aZ9", "");
    for (what, reply) in [
        ("dropped", Reply::Close),
        ("500", json(500, r#"{"code":20500,"message":"trouble"}"#)),
        ("503", json(503, "<html>")),
        ("garbage", json(201, "<html>welcome</html>")),
        ("no secret", json(201, &listed(1, ""))),
        ("empty secret", json(201, &listed(1, r#","secret":"""#))),
        ("no key", json(201, r#"{"sid":"AC1","secret":"x"}"#)),
        ("a portal's page", json(200, "<html>sign in</html>")),
        ("a portal's refusal", json(403, "<html>sign in</html>")),
        ("redirect", json(307, "")),
        ("silence", Reply::Silence),
        ("torn", Reply::BytesThenClose(torn)),
    ] {
        let (result, seen) = create(vec![reply, json(201, &made(""))], None).await;
        assert!(matches!(result, Err(CreateError::Unknown(_))), "{what}: {result:?}");
        assert_eq!(seen.len(), 1, "{what}");
        assert!(!format!("{result:?}").contains("aZ9"), "{what}");
    }
}

#[tokio::test]
async fn a_create_is_not_sent_again_over_a_connection_gone_stale() {
    let empty = page(&[], "null");
    let script = Script::play([Reply::BytesThenClose(raw(200, "", &empty)), Reply::Close, json(201, &made(""))]).await;
    let client = script.client();
    client.all_keys(&token(), &account()).await.unwrap();
    let result = client.create_key(&token(), &account(), &new(None)).await;
    assert!(matches!(result, Err(CreateError::Unknown(_))), "{result:?}");
    assert_eq!(script.seen().iter().filter(|line| line.starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn two_creates_do_not_share_a_connection() {
    let script = Script::play([Reply::BytesThenClose(raw(201, "", &made(""))), json(201, &made(""))]).await;
    let client = script.client();
    for _ in 0..2 {
        client.create_key(&token(), &account(), &new(None)).await.unwrap();
    }
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn a_throttled_create_is_sent_again_and_a_refused_connection_created_nothing() {
    let busy = || json(429, r#"{"code":20429,"message":"Too many requests"}"#);
    let (result, seen) = create(vec![busy(), json(201, &made(r#","policy":null"#))], None).await;
    let created = result.unwrap();
    assert_eq!((seen.len(), created.key.kind, &created.pair.sid), (2, None, &sid()));
    let (result, seen) = create(vec![busy(), busy(), busy(), json(201, &made(""))], None).await;
    let error = result.unwrap_err();
    assert!(matches!(error, CreateError::NotSent(_)));
    assert_eq!((error.error().kind(), error.error().attempts(), seen.len()), (&Kind::Throttled, 3, 3));
    let (result, seen) = create(vec![busy(), Reply::Close, json(201, &made(""))], None).await;
    assert!(matches!(result, Err(CreateError::Unknown(_))));
    assert_eq!(seen.len(), 2);

    let gone = Endpoint::custom("http://127.0.0.1:1").unwrap();
    let script = Script::play([]).await;
    let client = Client::new(crate::api::Settings { endpoint: gone, ..script.settings() });
    let error = client.create_key(&token(), &account(), &new(None)).await.unwrap_err();
    assert!(matches!(error, CreateError::NotSent(_)));
    assert_eq!((error.error().kind(), error.error().attempts()), (&Kind::Unreachable(Unreachable::Connect), 3));
    assert_eq!(
        error.to_string(),
        "no key was created: could not connect to 127.0.0.1:1: Connection refused (os error 111)"
    );
}

#[tokio::test]
async fn a_restricted_key_is_asked_for_at_v1_only() {
    let answer = made(r#","policy":{"allow":["/twilio/messaging/messages/create"]}"#);
    let (result, seen) = create(vec![json(201, &answer)], Some(policy())).await;
    let created = result.unwrap();
    assert_eq!((created.key.kind, created.key.policy), (Some(KeyKind::Restricted), Some(policy())));
    assert_eq!(
        seen,
        [format!(
            "POST /v1/Keys FriendlyName=ci-deploy&AccountSid={}&KeyType=restricted&\
             Policy=%7B%22allow%22%3A%5B%22%2Ftwilio%2Fmessaging%2Fmessages%2Fcreate%22%5D%7D",
            account()
        )]
    );
    let (result, seen) = create(vec![json(401, AUTHENTICATE), json(201, &made(""))], Some(policy())).await;
    assert!(matches!(result, Err(CreateError::NotSent(_))));
    assert_eq!(seen.len(), 1);

    let ireland = crate::api::Settings::new(Endpoint::twilio(Some("ie1"), None).unwrap());
    let error = Client::new(ireland).create_key(&token(), &account(), &new(Some(policy()))).await.unwrap_err();
    assert!(matches!(&error, CreateError::NotSent(error) if *error.kind() == Kind::NotInRegion), "{error}");
}

#[tokio::test]
async fn a_standard_key_is_made_at_v2010_where_v1_refuses() {
    let (result, seen) = create(vec![json(401, AUTHENTICATE), json(201, &made(""))], None).await;
    assert!(result.is_ok());
    assert_eq!(seen[1], format!("POST /2010-04-01/Accounts/{}/Keys.json FriendlyName=ci-deploy", account()));
    let failed = r#"{"code":20003,"message":"Policy evaluation failed"}"#;
    let (result, _) = create(vec![json(401, AUTHENTICATE), json(401, failed)], None).await;
    let Err(CreateError::NotSent(error)) = result else { panic!("{result:?}") };
    assert_eq!(*error.kind(), Kind::Refused(Why::BadCredential));
    for (status, body) in [(400, r#"{"code":70151,"message":"too many"}"#), (403, r#"{"code":20005,"message":"no"}"#)] {
        let (result, seen) = create(vec![json(status, body), json(201, &made(""))], None).await;
        assert!(matches!(result, Err(CreateError::NotSent(_))));
        assert_eq!(seen.len(), 1);
    }
    let (result, seen) = create(vec![json(401, AUTHENTICATE), Reply::Close, json(201, &made(""))], None).await;
    assert!(matches!(result, Err(CreateError::Unknown(_))), "{result:?}");
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn odd_fields_do_not_cost_the_secret() {
    let odd = made(r#","date_created":5,"date_updated":{},"policy":"all","flags":7,"new_field":[1]"#);
    let (result, _) = create(vec![json(201, &odd.replace(r#""ci-deploy""#, "[]"))], None).await;
    let created = result.unwrap();
    assert_eq!((created.key.kind, created.key.policy, created.key.name), (Some(KeyKind::Restricted), None, None));
}

#[tokio::test]
async fn a_list_has_all_pages_and_tells_kinds_only_from_flags() {
    let first = page(
        &[
            listed(1, r#","flags":["rest_api","signing"]"#),
            listed(2, r#","flags":["restricted","rest_api","signing"]"#),
            listed(3, r#","flags":["rest_api","manage_keys"]"#),
        ],
        r#""BASE/v1/Keys?Page=1""#,
    );
    let second = page(&[listed(4, ""), listed(5, r#","flags":["new"]"#), listed(6, r#","flags":[]"#)], "null");
    let script = Script::play([json(200, &first), json(200, &second)]).await;
    let (keys, api) = script.client().all_keys(&token(), &account()).await.unwrap();
    let kinds: Vec<_> = keys.iter().map(|key| key.kind).collect();
    let [restricted, standard, main] = [KeyKind::Restricted, KeyKind::Standard, KeyKind::Main].map(Some);
    assert_eq!((kinds, api), (vec![standard, restricted, main, None, None, None], Api::IamV1));
    assert_eq!(keys[0].created.unwrap().to_string(), "2026-03-04T10:23:47Z");
    let seen = script.seen();
    assert_eq!(seen, [format!("GET /v1/Keys?AccountSid={}&PageSize=1000", account()), "GET /v1/Keys?Page=1".into()]);
}

#[tokio::test]
async fn a_list_is_never_cut_silently_and_never_followed_abroad() {
    let loops = || json(200, &page(&[], r#""BASE/v1/Keys?Page=7""#));
    let foreign = Kind::ForeignHost { host: "evil.example".into() };
    let garbage = Kind::Malformed(Malformed::NotTwilios { at: None });
    for (replies, kind) in [
        (vec![json(200, &page(&[], r#""http://evil.example/v1/Keys""#))], Some(foreign)),
        (vec![loops(), loops()], Some(Kind::Malformed(Malformed::PageLoop))),
        (vec![json(200, "<html>sign in</html>")], Some(garbage)),
        (vec![json(200, "{}")], None),
        (vec![json(200, r#"{"keys":[]}"#)], None),
        (vec![json(200, r#"{"keys":[],"meta":{}}"#)], None),
        (vec![json(200, r#"{"keys":[{"sid":"SK1"}],"meta":{"next_page_url":null}}"#)], None),
        (vec![json(204, "")], None),
    ] {
        let count = replies.len();
        let script = Script::play(replies).await;
        let error = script.client().all_keys(&token(), &account()).await.unwrap_err();
        assert!(kind.is_none_or(|kind| kind == *error.kind()), "{error:?}");
        assert!(matches!(error.kind(), Kind::Malformed(_) | Kind::ForeignHost { .. }));
        assert_eq!(script.seen().len(), count);
    }
}

#[tokio::test]
async fn v2010_lists_where_v1_refuses() {
    let last = format!(r#"{{"keys":[{}],"next_page_uri":null}}"#, listed(2, ""));
    let first = format!(r#"{{"keys":[{}],"next_page_uri":"/2010-04-01/x?Page=1"}}"#, listed(1, ""));
    let script = Script::play([json(401, AUTHENTICATE), json(200, &first), json(200, &last)]).await;
    let (keys, api) = script.client().all_keys(&token(), &account()).await.unwrap();
    assert_eq!((keys.len(), api, script.seen().len()), (2, Api::V2010, 3));

    let script = Script::play([json(401, AUTHENTICATE), json(401, AUTHENTICATE)]).await;
    let error = script.client().all_keys(&key(), &account()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.request()),
        (&Kind::Refused(Why::StandardKeyOrBadCredential), "GET /v1/Keys".into())
    );

    let denied = r#"{"code":70051,"message":"required permission twilio/iam/api-keys/list is missing"}"#;
    let script = Script::play([json(401, denied)]).await;
    let error = script.client().all_keys(&key(), &account()).await.unwrap_err();
    assert!(error.proves_secret());
    assert_eq!(
        error.to_string().split(" (").next(),
        Some(
            format!("{} refused GET /v1/Keys: the key lacks the permission /twilio/iam/api-keys/list", error.host())
                .as_str()
        )
    );
}

#[tokio::test]
async fn a_revoke_is_done_when_twilio_says_so() {
    let revoke = async |replies: Vec<Reply>, of| {
        let script = Script::play(replies).await;
        let result = script.client().revoke_key(&token(), of, &sid()).await;
        (result.map_err(|error| error.kind().clone()), script.seen().len())
    };
    let (own, child) = (&account(), &child());
    let no_content = || Reply::BytesThenClose("HTTP/1.1 204 No Content\r\n\r\n".into());
    assert_eq!(revoke(vec![no_content()], own).await, (Ok(Revocation::Revoked), 1));
    assert_eq!(revoke(vec![Reply::Close, no_content()], own).await, (Ok(Revocation::Revoked), 2));
    let gone = vec![json(404, MISSING), json(404, MISSING)];
    assert_eq!(revoke(gone, own).await, (Ok(Revocation::AlreadyGone), 2));
    assert_eq!(revoke(vec![json(404, MISSING), no_content()], own).await, (Ok(Revocation::Revoked), 2));
    let refused = || vec![json(404, MISSING), json(401, AUTHENTICATE)];
    assert_eq!(revoke(refused(), own).await, (Ok(Revocation::AlreadyGone), 2));
    assert_eq!(revoke(vec![json(404, MISSING)], child).await, (Ok(Revocation::AlreadyGone), 1));
    assert_eq!(revoke(vec![json(401, AUTHENTICATE)], child).await, (Err(Kind::Refused(Why::BadCredential)), 1));
    let garbage = Kind::Malformed(Malformed::NotTwilios { at: None });
    assert_eq!(revoke(vec![json(200, "<html>")], own).await, (Err(garbage.clone()), 1));
    assert_eq!(revoke(vec![json(404, "<html>")], own).await, (Err(garbage), 1));
}

#[tokio::test]
async fn a_fetch_tells_a_policy_and_an_absence() {
    let restricted = listed(1, r#","policy":{"allow":["/twilio/messaging/messages/create"]}"#);
    let script = Script::play([json(200, &restricted), json(200, &listed(1, r#","policy":null"#))]).await;
    let client = script.client();
    let found = client.key(&token(), &account(), &first()).await.unwrap().unwrap();
    assert_eq!((found.kind, found.policy), (Some(KeyKind::Restricted), Some(policy())));
    let found = client.key(&token(), &account(), &first()).await.unwrap().unwrap();
    assert_eq!((found.kind, found.policy), (None, None));
    let script = Script::play([json(404, MISSING), json(404, MISSING)]).await;
    assert_eq!(script.client().key(&token(), &account(), &first()).await.unwrap(), None);
    let script = Script::play([json(200, &listed(2, ""))]).await;
    let another = script.client().key(&token(), &account(), &first()).await.unwrap_err();
    assert_eq!(*another.kind(), Kind::Malformed(Malformed::NotTwilios { at: None }));
}

#[tokio::test]
async fn a_subaccounts_keys_are_asked_for_where_the_path_names_it() {
    let list = format!(r#"{{"keys":[{}],"next_page_uri":null}}"#, listed(1, ""));
    let gone = Reply::BytesThenClose("HTTP/1.1 204 No Content\r\n\r\n".into());
    let one = || json(200, &listed(1, ""));
    let script = Script::play([json(200, &list), one(), one(), json(201, &made("")), gone]).await;
    let (client, auth, of, id) = (script.client(), token(), child(), first());
    assert_eq!(client.all_keys(&auth, &of).await.unwrap().1, Api::V2010);
    assert!(client.key(&auth, &of, &id).await.unwrap().is_some());
    client.rename_key(&auth, &of, &id, &new(None).name).await.unwrap();
    client.create_key(&auth, &of, &new(None)).await.unwrap();
    client.revoke_key(&auth, &of, &id).await.unwrap();
    let path = format!("/2010-04-01/Accounts/{of}/Keys");
    assert!(script.seen().iter().all(|line| line.split(' ').nth(1).unwrap().starts_with(&path)), "{:?}", script.seen());

    let error = client.create_key(&auth, &of, &new(Some(policy()))).await.unwrap_err();
    assert!(matches!(&error, CreateError::NotSent(error) if *error.kind() == Kind::OtherAccount), "{error}");
    assert_eq!(script.seen().len(), 5);
}

#[tokio::test]
async fn a_call_may_run_on_another_thread() {
    fn sendable<T: Send>(future: T) -> T {
        future
    }
    let script = Script::play([json(200, &page(&[], "null")), json(201, &made("")), json(404, MISSING)]).await;
    let (client, auth, of, id) = (script.client(), token(), account(), sid());
    assert!(sendable(client.all_keys(&auth, &of)).await.is_ok());
    assert!(sendable(client.create_key(&auth, &of, &new(None))).await.is_ok());
    assert!(sendable(client.revoke_key(&auth, &of, &id)).await.is_err());
}

#[tokio::test]
async fn a_rename_may_be_sent_again() {
    let script = Script::play([json(503, ""), json(200, &listed(1, ""))]).await;
    let name = FriendlyName::parse("a b&c").unwrap();
    script.client().rename_key(&token(), &account(), &first(), &name).await.unwrap();
    assert_eq!(script.seen()[1], format!("POST /v1/Keys/{} FriendlyName=a+b%26c", first()));
}
