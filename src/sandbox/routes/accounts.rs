//! Accounts and subaccounts. `auth_token` is in clear for the account's own token and its parent's, and empty for any key.

use serde_json::{Map, Value, json};

use super::Work;
use crate::model::time::show_rfc2822;
use crate::model::{AccountSid, FriendlyName};
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::{Account, AccountSeed, AccountStatus, State};
use crate::sandbox::wire::{Answer, Refusal};

/// The collections under an account, as `subresource_uris` names them.
const SUBRESOURCES: &[(&str, &str)] = &[
    ("addresses", "Addresses"),
    ("applications", "Applications"),
    ("authorized_connect_apps", "AuthorizedConnectApps"),
    ("available_phone_numbers", "AvailablePhoneNumbers"),
    ("balance", "Balance"),
    ("calls", "Calls"),
    ("conferences", "Conferences"),
    ("connect_apps", "ConnectApps"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"),
    ("keys", "Keys"),
    ("messages", "Messages"),
    ("notifications", "Notifications"),
    ("outgoing_caller_ids", "OutgoingCallerIds"),
    ("queues", "Queues"),
    ("recordings", "Recordings"),
    ("short_codes", "SMS/ShortCodes"),
    ("signing_keys", "SigningKeys"),
    ("sip", "SIP"),
    ("transcriptions", "Transcriptions"),
    ("usage", "Usage"),
];

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let name = work.call.query.get("FriendlyName");
    let status = work.call.query.get("Status").map(status).transpose()?;
    let state = &*work.state;
    let me = &work.account;
    let page = cut(state.account_records(), wanted, Order::OldestFirst, |account| {
        (account.sid == *me || account.owner.as_ref() == Some(me))
            && name.is_none_or(|name| account.name == name)
            && status.is_none_or(|status| state.standing(account) == status)
    });
    let tokens = work.caller.sees_tokens();
    Ok(Answer::ok(page.v2010(work.call, "accounts", |account| show(state, account, tokens))))
}

pub(super) fn fetch(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    Ok(Answer::ok(show(work.state, account, work.caller.sees_tokens())))
}

pub(super) fn create(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let default = || format!("SubAccount Created at {}", work.now.strftime("%Y-%m-%d %I:%M %P"));
    let name = name(work)?.unwrap_or_else(default);
    if work.state.account(&work.account).is_some_and(|account| account.owner.is_some()) {
        return Err(Refusal::new(400, 21101, "A subaccount cannot have subaccounts"));
    }
    let owner = Some(work.account.clone());
    let sid = AccountSid::parse(&work.dice.sid("AC")).map_err(|_| work.not_found())?;
    let (token, created) = (work.dice.token(), work.now);
    let clash = |_| Refusal::new(500, 20500, "An internal server error has occurred");
    work.state.add_account(AccountSeed { sid: sid.clone(), owner, name, token, created }).map_err(clash)?;
    work.tell("account", "created", sid.as_str());
    let account = work.state.account(&sid).ok_or_else(|| work.not_found())?;
    Ok(Answer::created(show(work.state, account, work.caller.sees_tokens())))
}

pub(super) fn update(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let name = name(work)?;
    let status = work.call.form.get("Status").map(status).transpose()?;
    let (missing, now) = (work.not_found(), work.now);
    let account = work.state.account_mut(&work.account).ok_or(missing)?;
    if account.status == AccountStatus::Closed && status.is_some_and(|status| status != AccountStatus::Closed) {
        return Err(Refusal::new(400, 20422, "A closed account cannot be opened again"));
    }
    account.status = status.unwrap_or(account.status);
    if let Some(name) = name {
        account.name = name;
    }
    account.updated = now;
    let sid = work.account.as_str().to_owned();
    work.tell("account", "updated", &sid);
    fetch(work)
}

/// `FriendlyName`, from 1 to 64 characters.
fn name(work: &Work<'_>) -> Result<Option<String>, Refusal> {
    let name = work.call.form.get("FriendlyName");
    if name.is_some_and(|name| !(1..=FriendlyName::MAX).contains(&name.chars().count())) {
        return Err(Refusal::new(400, 20002, "Invalid FriendlyName"));
    }
    Ok(name.map(str::to_owned))
}

fn status(word: &str) -> Result<AccountStatus, Refusal> {
    AccountStatus::parse(word).ok_or_else(|| Refusal::parameter("Invalid parameter Status"))
}

fn show(state: &State, account: &Account, tokens: bool) -> Value {
    let base = format!("/2010-04-01/Accounts/{}", account.sid);
    let uris: Map<String, Value> =
        SUBRESOURCES.iter().map(|(name, path)| ((*name).to_owned(), json!(format!("{base}/{path}.json")))).collect();
    json!({
        "sid": account.sid.as_str(),
        "owner_account_sid": account.owner.as_ref().unwrap_or(&account.sid).as_str(),
        "friendly_name": account.name,
        "status": state.standing(account).as_str(),
        "type": "Full",
        "auth_token": if tokens { account.token.text() } else { "" },
        "date_created": show_rfc2822(account.created),
        "date_updated": show_rfc2822(account.updated),
        "uri": format!("{base}.json"),
        "subresource_uris": uris,
    })
}
