//! Keys on v2010, and `SigningKeys`, which shows the same objects. A create here ignores `KeyType` and `Policy` and makes a
//! Standard key, as Twilio's does.

use serde_json::{Value, json};

use super::Work;
use crate::model::time::show_rfc2822;
use crate::model::{FriendlyName, KeySid};
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::{Key, KeySeed, Kind};
use crate::sandbox::wire::{Answer, Refusal};

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    list_as(work, "keys")
}

pub(super) fn list_signing(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    list_as(work, "signing_keys")
}

fn list_as(work: &Work<'_>, name: &str) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    Ok(Answer::ok(cut(&account.keys, wanted, Order::OldestFirst, |_| true).v2010(work.call, name, show)))
}

pub(super) fn create(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let name = friendly_name(work)?;
    let key = make(work, name, Kind::Standard)?;
    let mut body = show(&key);
    body["secret"] = json!(key.secret.text());
    Ok(Answer::created(body))
}

pub(super) fn fetch(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let sid = work.key_sid()?;
    let (_, key) = work.state.key(&sid).ok_or_else(|| work.not_found())?;
    Ok(Answer::ok(show(key)))
}

pub(super) fn update(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let name = friendly_name(work)?;
    let sid = work.key_sid()?;
    Ok(Answer::ok(show(&change(work, &sid, name, None)?)))
}

pub(super) fn delete(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let sid = work.key_sid()?;
    work.state.remove_key(&sid);
    work.tell("account-keys", "deleted", sid.as_str());
    Ok(Answer::gone())
}

/// The `FriendlyName` of the form; one of nothing is none.
pub(super) fn friendly_name(work: &Work<'_>) -> Result<Option<String>, Refusal> {
    match work.call.form.get("FriendlyName") {
        Some(name) if name.chars().count() > FriendlyName::MAX => Err(Refusal::constraint()),
        name => Ok(name.filter(|name| !name.is_empty()).map(str::to_owned)),
    }
}

/// Makes a key in the account acted upon, unless it has as many as it may.
pub(super) fn make(work: &mut Work<'_>, name: Option<String>, kind: Kind) -> Result<Key, Refusal> {
    let held = work.state.account(&work.account).map_or(0, |account| account.keys.len());
    if work.rules.max_keys.is_some_and(|most| held >= most) {
        return Err(Refusal::new(400, 70151, "Maximum number of API keys reached"));
    }
    let (secret, created) = (work.dice.secret(), work.now);
    let sid = KeySid::parse(&work.dice.sid("SK")).map_err(|_| work.not_found())?;
    let seed = KeySeed { sid: sid.clone(), secret, name, kind, created };
    let clash = |_| Refusal::new(500, 20500, "An internal server error has occurred");
    work.state.add_key(&work.account, seed).map_err(clash)?;
    work.tell("account-keys", "created", sid.as_str());
    work.state.key(&sid).map(|(_, key)| key.clone()).ok_or_else(|| work.not_found())
}

/// Changes what is given of a key.
pub(super) fn change(
    work: &mut Work<'_>,
    sid: &KeySid,
    name: Option<String>,
    kind: Option<Kind>,
) -> Result<Key, Refusal> {
    let now = work.now;
    if let Some(key) = work.state.key_mut(sid) {
        key.name = name.or(key.name.take());
        key.updated = now;
        if let Some(kind) = kind {
            key.kind = kind;
        }
    }
    work.tell("account-keys", "updated", sid.as_str());
    work.state.key(sid).map(|(_, key)| key.clone()).ok_or_else(|| work.not_found())
}

/// The fields every form of a key has.
pub(super) fn show(key: &Key) -> Value {
    json!({
        "sid": key.sid.as_str(),
        "friendly_name": key.name,
        "date_created": show_rfc2822(key.created),
        "date_updated": show_rfc2822(key.updated),
    })
}
