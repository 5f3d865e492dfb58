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
mod tests;
