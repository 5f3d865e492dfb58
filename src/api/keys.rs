//! API keys, at IAM v1 and, where that refuses, at v2010.
//!
//! v1 is asked first: it alone tells kinds and takes policies. v2010 is the way out for authorities that v1 refuses. It
//! silently makes a full Standard key of any request, so it is never asked for a Restricted one.
//!
//! The keys of another account than the credential's own, which are a subaccount's under its parent's token, are asked
//! for at v2010 only. That is what Twilio documents, and its paths name the account: v1 names none when it changes a
//! key, so that a parent's own key would be revoked in the name of its subaccount.

use reqwest::Url;

use super::endpoint::Product;
use super::error::{CreateError, Error, Kind, Unreachable, Why};
use super::key_answers::{read_created, read_key, read_page};
use super::paging::walk;
use super::transport::{Answer, Call, Login, Verb};
use super::{Client, Endpoint};
use crate::model::key::CreatedKey;
use crate::model::{AccountSid, ApiKey, Credential, FriendlyName, KeySid, NewKey};

/// Which of Twilio's two key APIs gave the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `iam.twilio.com/v1/Keys`. Its lists tell the kinds of keys.
    IamV1,
    /// `api.twilio.com/2010-04-01/…/Keys`. It tells neither kinds nor policies.
    V2010,
}

/// How a key came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Twilio revoked it now.
    Revoked,
    /// Twilio does not know it: it was revoked before, perhaps by an attempt whose answer was lost.
    AlreadyGone,
}

impl Client {
    /// Lists every key of an account, page by page as they come; `page_size` is held to 1..=1000.
    ///
    /// # Errors
    /// As any request. Pages handed over before an error are good, but the list is not complete.
    pub async fn keys(
        &self,
        auth: &Credential,
        account: &AccountSid,
        page_size: u16,
        mut each: impl FnMut(Vec<ApiKey>),
    ) -> Result<Api, Error> {
        let size = page_size.clamp(1, 1000);
        if account != auth.account() {
            return self.list(Api::V2010, auth, account, size, &mut each).await.map(|()| Api::V2010);
        }
        let mut delivered = false;
        let mut note = |page| {
            delivered = true;
            each(page);
        };
        let first = match self.list(Api::IamV1, auth, account, size, &mut note).await {
            Ok(()) => return Ok(Api::IamV1),
            Err(error) => error,
        };
        // A list that broke off is not continued by another API: its pages would come twice.
        if delivered || !self.falls_back(&first) {
            return Err(first);
        }
        match self.list(Api::V2010, auth, account, size, &mut each).await {
            Ok(()) => Ok(Api::V2010),
            Err(second) => Err(more_telling(first, second)),
        }
    }

    /// Lists every key of an account at once.
    ///
    /// # Errors
    /// As [`Client::keys`]; never a part of the list.
    pub async fn all_keys(&self, auth: &Credential, account: &AccountSid) -> Result<(Vec<ApiKey>, Api), Error> {
        let mut all = Vec::new();
        let api =
            self.keys(auth, account, 1000, |page| if all.is_empty() { all = page } else { all.extend(page) }).await?;
        Ok((all, api))
    }

    /// Fetches a key; `None` if Twilio says that it does not exist. From v1 a Restricted key comes with its policy.
    ///
    /// # Errors
    /// As any request.
    pub async fn key(&self, auth: &Credential, account: &AccountSid, sid: &KeySid) -> Result<Option<ApiKey>, Error> {
        match self.either(auth, account, Verb::Get, sid, &[]).await {
            Ok((answer, call)) => read_key(&answer, &call, sid).map(Some),
            Err(error) => absent(None)(error),
        }
    }

    /// Makes a key, and returns the only showing of its secret. The request is sent once; see [`CreateError`].
    ///
    /// The caller compares what came back with what was asked: kind and policy are as Twilio said them. A Restricted key
    /// for an account other than the credential's own is not asked for ([`Kind::OtherAccount`]): v2010 would make a
    /// Standard key of it, and that v1 takes another account is documented nowhere.
    ///
    /// # Errors
    /// Whether nothing was created, or a key may exist that nobody has the secret of.
    pub async fn create_key(
        &self,
        auth: &Credential,
        account: &AccountSid,
        new: &NewKey,
    ) -> Result<CreatedKey, CreateError> {
        if account != auth.account() {
            return self.create_at(Api::V2010, auth, account, new).await;
        }
        if new.policy.is_some() {
            return self.create_at(Api::IamV1, auth, account, new).await;
        }
        match self.create_at(Api::IamV1, auth, account, new).await {
            Err(CreateError::NotSent(first)) if self.falls_back(&first) => {
                match self.create_at(Api::V2010, auth, account, new).await {
                    Err(CreateError::NotSent(second)) => Err(CreateError::NotSent(more_telling(first, second))),
                    other => other,
                }
            }
            other => other,
        }
    }

    /// Gives a key another name, and returns the key as it then is.
    ///
    /// # Errors
    /// As any request; [`Kind::NotFound`] if there is no such key.
    pub async fn rename_key(
        &self,
        auth: &Credential,
        account: &AccountSid,
        sid: &KeySid,
        name: &FriendlyName,
    ) -> Result<ApiKey, Error> {
        let form = [("FriendlyName", name.as_str())];
        let (answer, call) = self.either(auth, account, Verb::Post, sid, &form).await?;
        read_key(&answer, &call, sid)
    }

    /// Ends a key for good.
    ///
    /// # Errors
    /// As any request. After an error the key may be alive or gone; to ask again is harmless.
    pub async fn revoke_key(&self, auth: &Credential, account: &AccountSid, sid: &KeySid) -> Result<Revocation, Error> {
        match self.either(auth, account, Verb::Delete, sid, &[]).await {
            Ok((answer, call)) => answer.expect_empty(&call).map(|()| Revocation::Revoked),
            Err(error) => absent(Revocation::AlreadyGone)(error),
        }
    }

    /// Asks v1 about one key, and v2010 where v1 refuses or does not know the key, or where the key is another account's.
    async fn either<'a>(
        &self,
        auth: &'a Credential,
        account: &AccountSid,
        verb: Verb,
        sid: &KeySid,
        form: &'a [(&'a str, &'a str)],
    ) -> Result<(Answer, Call<'a>), Error> {
        let asks = |api| Call { verb, closed: true, form, ..Call::get(self.key_url(api, account, sid), auth.into()) };
        if account != auth.account() {
            let call = asks(Api::V2010);
            return self.transport.send(&call).await.map(|answer| (answer, call));
        }
        let call = asks(Api::IamV1);
        let first = match self.transport.send(&call).await {
            Err(error) if self.falls_back(&error) => error,
            other => return other.map(|answer| (answer, call)),
        };
        let call = asks(Api::V2010);
        match self.transport.send(&call).await {
            Ok(answer) => Ok((answer, call)),
            Err(second) => Err(more_telling(first, second)),
        }
    }

    /// Whether the other key API may answer what this one did not: it refused the authority as such, does not know the
    /// key, or has no host in this region. A missing permission is an answer, and the same name is asked for there.
    fn falls_back(&self, error: &Error) -> bool {
        match error.kind() {
            Kind::NotFound => true,
            Kind::Refused(why) => matches!(
                why,
                Why::BadCredential | Why::StandardKeyOrBadCredential | Why::PolicyEvaluation | Why::Ambiguous
            ),
            Kind::Unreachable(Unreachable::Dns) => !self.endpoint().is_us1(),
            _ => false,
        }
    }

    async fn list(
        &self,
        api: Api,
        auth: &Credential,
        account: &AccountSid,
        size: u16,
        each: &mut impl FnMut(Vec<ApiKey>),
    ) -> Result<(), Error> {
        let mut url = collection(self.endpoint(), api, account);
        {
            let mut query = url.query_pairs_mut();
            if api == Api::IamV1 {
                query.append_pair("AccountSid", account.as_str());
            }
            query.append_pair("PageSize", &size.to_string());
        }
        walk(&self.transport, Login::from(auth), url, |answer, call| read_page(api, answer, call), each).await
    }

    async fn create_at(
        &self,
        api: Api,
        auth: &Credential,
        account: &AccountSid,
        new: &NewKey,
    ) -> Result<CreatedKey, CreateError> {
        let url = collection(self.endpoint(), api, account);
        let mut form = vec![("FriendlyName", new.name.as_str())];
        let policy;
        if api == Api::IamV1 {
            form.push(("AccountSid", account.as_str()));
        }
        if let Some(asked) = &new.policy {
            policy = serde_json::json!({ "allow": asked.allow }).to_string();
            form.extend([("KeyType", "restricted"), ("Policy", &policy)]);
        }
        let login = Login::from(auth);
        let call = Call { verb: Verb::Post, form: &form, closed: true, ..Call::get(url, login) };
        let not_sent = |kind| Err(CreateError::NotSent(Error::local(kind, call.asked(), None)));
        if new.policy.is_some() && api == Api::V2010 {
            return not_sent(Kind::OtherAccount);
        }
        if new.policy.is_some() && !self.endpoint().is_us1() {
            return not_sent(Kind::NotInRegion);
        }
        let answer = self.transport.send_create(&call).await?;
        read_created(&answer, &call).map_err(CreateError::Unknown)
    }

    fn key_url(&self, api: Api, account: &AccountSid, sid: &KeySid) -> Url {
        match api {
            Api::IamV1 => self.endpoint().url(Product::Iam, &format!("/v1/Keys/{sid}")),
            Api::V2010 => self.endpoint().url(Product::Api, &format!("/2010-04-01/Accounts/{account}/Keys/{sid}.json")),
        }
    }
}

fn collection(endpoint: &Endpoint, api: Api, account: &AccountSid) -> Url {
    match api {
        Api::IamV1 => endpoint.url(Product::Iam, "/v1/Keys"),
        Api::V2010 => endpoint.url(Product::Api, &format!("/2010-04-01/Accounts/{account}/Keys.json")),
    }
}

/// Turns "not found" into a value.
fn absent<T>(value: T) -> impl FnOnce(Error) -> Result<T, Error> {
    |error| if *error.kind() == Kind::NotFound { Ok(value) } else { Err(error) }
}

/// Of two failures of the same wish: what may heal by itself comes first; then what shows that the other API took the
/// login; then the API that was asked first, unless it was not even reached.
fn more_telling(first: Error, second: Error) -> Error {
    let unreached = matches!(first.kind(), Kind::Unreachable(_));
    let taken = second.proves_secret() || (first.is_refusal() && *second.kind() == Kind::NotFound);
    if second.is_temporary() || taken || unreached { second } else { first }
}

#[cfg(test)]
mod tests {
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
        let script =
            Script::play([Reply::BytesThenClose(raw(200, "", &empty)), Reply::Close, json(201, &made(""))]).await;
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
        for (status, body) in
            [(400, r#"{"code":70151,"message":"too many"}"#), (403, r#"{"code":20005,"message":"no"}"#)]
        {
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
        assert_eq!(
            seen,
            [format!("GET /v1/Keys?AccountSid={}&PageSize=1000", account()), "GET /v1/Keys?Page=1".into()]
        );
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
                format!(
                    "{} refused GET /v1/Keys: the key lacks the permission /twilio/iam/api-keys/list",
                    error.host()
                )
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
        assert!(
            script.seen().iter().all(|line| line.split(' ').nth(1).unwrap().starts_with(&path)),
            "{:?}",
            script.seen()
        );

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
}
