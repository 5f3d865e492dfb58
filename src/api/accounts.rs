//! Accounts and subaccounts, without their Auth Tokens.

use reqwest::Url;
use serde::Deserialize;

use super::Client;
use super::endpoint::Product;
use super::error::Error;
use super::paging::{Next, page, walk};
use super::transport::{Answer, Call, Login};
use super::wire::{Text, present};
use crate::model::time::{Timestamp, parse_twilio};
use crate::model::{AccountSid, Credential, Secret};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// It may.
    Active,
    /// It may not for now, nor may its subaccounts.
    Suspended,
    /// It may never again; a closed subaccount is removed after 30 days.
    Closed,
}

/// An account as Twilio describes it. Twilio sends the Auth Token along; it is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its SID.
    pub sid: AccountSid,
    /// The main account it belongs to; its own SID if it is one.
    pub owner: Option<AccountSid>,
    /// Its friendly name, by default an e-mail address. It may hold anything: escape it before a terminal sees it.
    pub name: Option<String>,
    /// Its status, if it is one of those documented.
    pub status: Option<AccountStatus>,
    /// Whether it is a trial, if said.
    pub trial: Option<bool>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Whether the token in the answer was the one that signed the request. `Some(true)` is the primary, `Some(false)`
    /// the secondary, `None` if the request was signed otherwise or no token came. That the answer always shows the
    /// primary is read off the documentation, not off a live account.
    pub token_matches: Option<bool>,
}

impl Account {
    /// Whether it is a subaccount, if the answer told.
    #[must_use]
    pub fn is_subaccount(&self) -> Option<bool> {
        self.owner.as_ref().map(|owner| *owner != self.sid)
    }
}

impl Client {
    /// Fetches an account.
    ///
    /// # Errors
    /// As any request. A Standard key is refused as a wrong secret would be.
    pub async fn account(&self, auth: &Credential, sid: &AccountSid) -> Result<Account, Error> {
        let url = self.endpoint().url(Product::Api, &format!("/2010-04-01/Accounts/{sid}.json"));
        let call = Call { closed: true, ..Call::get(url, Login::from(auth)) };
        let answer = self.transport.send(&call).await?;
        let listed: Listed<'_> = answer.read(&call, &[200])?;
        let token_matches = match auth {
            Credential::AuthToken { account, token } if account == sid => {
                let shown: Shown = answer.read(&call, &[200])?;
                shown.auth_token.filter(|shown| !shown.is_empty()).map(|shown| shown == *token)
            }
            _ => None,
        };
        let account = listed.into_account().filter(|account| account.sid.as_str().eq_ignore_ascii_case(sid.as_str()));
        account.map(|account| Account { token_matches, ..account }).ok_or_else(|| answer.unusable(&call, None))
    }

    /// Lists the account and its subaccounts, page by page as they come; `page_size` is held to 1..=1000.
    ///
    /// # Errors
    /// As any request. Pages handed over before an error are good, but the list is not complete.
    pub async fn accounts(
        &self,
        auth: &Credential,
        page_size: u16,
        each: impl FnMut(Vec<Account>),
    ) -> Result<(), Error> {
        walk(&self.transport, Login::from(auth), self.accounts_url(page_size), read_page, each).await
    }

    pub(super) fn accounts_url(&self, page_size: u16) -> Url {
        let mut url = self.endpoint().url(Product::Api, "/2010-04-01/Accounts.json");
        url.query_pairs_mut().append_pair("PageSize", &page_size.clamp(1, 1000).to_string());
        url
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    accounts: Vec<Listed<'a>>,
    #[serde(deserialize_with = "present")]
    next_page_uri: Option<String>,
}

/// An account in a list. Its Auth Token is passed over unread.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    sid: Text<'a>,
    #[serde(borrow)]
    owner_account_sid: Option<Text<'a>>,
    #[serde(borrow)]
    friendly_name: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    date_created: Option<Text<'a>>,
}

/// The token of a fetched account, compared with the caller's and dropped.
#[derive(Deserialize)]
struct Shown {
    auth_token: Option<Secret>,
}

impl Listed<'_> {
    fn into_account(self) -> Option<Account> {
        Some(Account {
            sid: AccountSid::parse(self.sid.as_str()).ok()?,
            owner: self.owner_account_sid.and_then(|owner| AccountSid::parse(owner.as_str()).ok()),
            name: self.friendly_name.map(|name| name.0.into_owned()),
            status: self.status.and_then(|status| match status.as_str() {
                "active" => Some(AccountStatus::Active),
                "suspended" => Some(AccountStatus::Suspended),
                "closed" => Some(AccountStatus::Closed),
                _ => None,
            }),
            trial: self.kind.and_then(|kind| match kind.as_str() {
                "Trial" => Some(true),
                "Full" => Some(false),
                _ => None,
            }),
            created: self.date_created.and_then(|date| parse_twilio(date.as_str())),
            token_matches: None,
        })
    }
}

fn read_page(answer: &Answer, call: &Call<'_>) -> Result<(Vec<Account>, Next), Error> {
    let Page { accounts, next_page_uri } = answer.read(call, &[200])?;
    let next = next_page_uri.map_or(Next::End, Next::Relative);
    page(accounts, next, Listed::into_account, answer, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::script::{Script, account, child, json, key, token};
    use crate::api::{Kind, Why};

    fn body(sid: &AccountSid, auth_token: &str) -> String {
        format!(
            r#"{{"sid":"{sid}","owner_account_sid":"{}","friendly_name":"Acme","status":"active","type":"Full",
               "auth_token":{auth_token},"date_created":"Tue, 06 Jan 2026 09:00:00 +0000","uri":"/x"}}"#,
            account()
        )
    }

    #[tokio::test]
    async fn the_token_is_compared_and_dropped() {
        let (primary, other) = (format!("\"{}\"", "ab".repeat(16)), format!("\"{}\"", "cd".repeat(16)));
        for (shown, matches) in [(primary.as_str(), Some(true)), (&other, Some(false)), ("null", None), ("\"\"", None)]
        {
            let script = Script::play([json(200, &body(&account(), shown))]).await;
            let found = script.client().account(&token(), &account()).await.unwrap();
            assert_eq!(found.token_matches, matches);
            assert_eq!(
                (found.is_subaccount(), found.status, found.trial),
                (Some(false), Some(AccountStatus::Active), Some(false))
            );
            let text = format!("{found:?}");
            assert!(!text.contains("abab") && !text.contains("cdcd"), "{text}");
        }
        let script = Script::play([json(200, &body(&child(), &other)), json(200, &body(&account(), &primary))]).await;
        let client = script.client();
        let found = client.account(&token(), &child()).await.unwrap();
        assert_eq!((found.token_matches, found.is_subaccount()), (None, Some(true)));
        assert_eq!(client.account(&key(), &account()).await.unwrap().token_matches, None);
    }

    #[tokio::test]
    async fn every_page_of_accounts() {
        let page = |next: &str| format!(r#"{{"accounts":[{}],"next_page_uri":{next}}}"#, body(&child(), "\"x\""));
        let first = page(r#""/2010-04-01/Accounts.json?Page=1""#);
        let script = Script::play([json(200, &first), json(200, &page("null"))]).await;
        let mut count = 0;
        script.client().accounts(&token(), 1, |page| count += page.len()).await.unwrap();
        assert_eq!((count, script.seen()[0].as_str()), (2, "GET /2010-04-01/Accounts.json?PageSize=1"));
        let script = Script::play([json(200, &page(r#""//evil.example/""#))]).await;
        let error = script.client().accounts(&token(), 1, |_| ()).await.unwrap_err();
        assert_eq!(*error.kind(), Kind::ForeignHost { host: "evil.example".into() });
    }

    #[tokio::test]
    async fn a_refused_key_is_not_called_bad() {
        let script = Script::play([json(401, r#"{"code":20003,"message":"Authenticate"}"#)]).await;
        let error = script.client().account(&key(), &account()).await.unwrap_err();
        assert_eq!(*error.kind(), Kind::Refused(Why::StandardKeyOrBadCredential));
    }
}
