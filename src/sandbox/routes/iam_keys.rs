//! Keys on IAM v1: a list shows flags and no policy, a fetch a policy and no flags, a create the secret, once.

use serde_json::{Value, json};

use super::Work;
use super::keys::{change, friendly_name, make, show};
use crate::model::AccountSid;
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::permissions;
use crate::sandbox::state::{Key, Kind};
use crate::sandbox::wire::{Answer, Refusal};

pub(super) use super::keys::delete;

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    own_account(work, work.call.query.get("AccountSid"))?;
    let wanted = Wanted::read(&work.call.query)?;
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let page = cut(&account.keys, wanted, Order::OldestFirst, |_| true);
    Ok(Answer::ok(page.v1(work.call, "keys", |key| {
        let mut item = show(key);
        item["flags"] = json!(flags(&key.kind));
        item
    })))
}

pub(super) fn create(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    own_account(work, work.call.form.get("AccountSid"))?;
    let name = friendly_name(work)?;
    let policy = work.call.form.get("Policy");
    let kind = match work.call.form.get("KeyType") {
        None if policy.is_none() => Kind::Standard,
        None => return Err(Refusal::bad("Policy is only valid with KeyType restricted")),
        Some("restricted") => {
            let text = policy.ok_or_else(|| Refusal::bad("Policy is required for a restricted key"))?;
            Kind::Restricted(permissions::parse(text)?)
        }
        Some(_) => return Err(Refusal::bad("Invalid KeyType")),
    };
    let key = make(work, name, kind)?;
    let mut body = with_policy(&key);
    body["secret"] = json!(key.secret.text());
    Ok(Answer::created(body))
}

pub(super) fn fetch(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let sid = work.key_sid()?;
    let (_, key) = work.state.key(&sid).ok_or_else(|| work.not_found())?;
    Ok(Answer::ok(with_policy(key)))
}

pub(super) fn update(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let name = friendly_name(work)?;
    let policy = work.call.form.get("Policy").map(permissions::parse).transpose()?;
    let sid = work.key_sid()?;
    let restricted = work.state.key(&sid).is_some_and(|(_, key)| matches!(key.kind, Kind::Restricted(_)));
    if policy.is_some() && !restricted {
        return Err(Refusal::bad("Policy is only valid for a restricted key"));
    }
    Ok(Answer::ok(with_policy(&change(work, &sid, name, policy.map(Kind::Restricted))?)))
}

/// `AccountSid` must be given and be the caller's own: a parent's reach into its children is documented for v2010 only.
fn own_account(work: &Work<'_>, given: Option<&str>) -> Result<(), Refusal> {
    let text = given.ok_or_else(|| Refusal::parameter("Missing required parameter AccountSid"))?;
    match AccountSid::parse(text) {
        Ok(sid) if sid == work.account => Ok(()),
        Ok(_) => Err(Refusal::authenticate()),
        Err(_) => Err(Refusal::bad("Invalid AccountSid provided in the request")),
    }
}

fn with_policy(key: &Key) -> Value {
    let mut body = show(key);
    body["policy"] = match &key.kind {
        Kind::Restricted(policy) => permissions::show(policy),
        Kind::Main | Kind::Standard => Value::Null,
    };
    body
}

fn flags(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Main => &["rest_api", "signing", "manage_accounts", "manage_keys"],
        Kind::Standard => &["rest_api", "signing"],
        Kind::Restricted(_) => &["restricted", "rest_api", "signing"],
    }
}
