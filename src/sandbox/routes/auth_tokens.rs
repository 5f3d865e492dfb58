//! Auth Tokens: a primary, at most one secondary, and a promotion from which there is no way back.

use serde_json::json;

use super::Work;
use crate::sandbox::call::Params;
use crate::sandbox::state::{Promotion, SecondaryToken, Stored};
use crate::sandbox::wire::{Answer, Refusal, iso};

const EVENT: &str = "account-auth-token";

pub(super) fn create(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let quiet = quiet(&work.call.form)?;
    let token = Stored::new(work.dice.token());
    let created = work.now;
    let missing = work.not_found();
    let account = work.state.account_mut(&work.account).ok_or(missing)?;
    if account.secondary.is_some() {
        return Err(Refusal::bad("secondaryAuthToken already exists on account"));
    }
    account.secondary = Some(SecondaryToken { token: token.clone(), created });
    account.mails += u64::from(!quiet);
    finish(work, "secondary-created");
    Ok(Answer::created(json!({
        "account_sid": work.account.as_str(),
        "secondary_auth_token": token.text(),
        "date_created": iso(created),
        "date_updated": iso(created),
        "url": format!("{}{}", work.call.base(), work.call.path),
    })))
}

pub(super) fn delete(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let quiet = quiet(&work.call.query)?;
    let missing = work.not_found();
    let account = work.state.account_mut(&work.account);
    let account = account.filter(|account| account.secondary.is_some()).ok_or(missing)?;
    account.secondary = None;
    account.mails += u64::from(!quiet);
    finish(work, "secondary-deleted");
    Ok(Answer::gone())
}

pub(super) fn promote(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let quiet = quiet(&work.call.form)?;
    let at = work.now;
    let missing = || Refusal::not_found(&work.call.path);
    let account = work.state.account_mut(&work.account).ok_or_else(missing)?;
    let SecondaryToken { token, created } = account.secondary.take().ok_or_else(missing)?;
    let old = std::mem::replace(&mut account.token, token.clone());
    account.promotion = Some(Promotion { old, created, at });
    account.mails += u64::from(!quiet);
    finish(work, "promoted");
    Ok(Answer::ok(json!({
        "account_sid": work.account.as_str(),
        "auth_token": token.text(),
        "date_created": iso(created),
        "date_updated": iso(work.now),
        "url": format!("{}{}", work.call.base(), work.call.path),
    })))
}

fn finish(work: &mut Work<'_>, change: &str) {
    let account = work.account.as_str().to_owned();
    work.tell(EVENT, change, &account);
}

/// `SuppressEmailNotification`: whether the account's owners get no mail.
fn quiet(params: &Params) -> Result<bool, Refusal> {
    match params.get("SuppressEmailNotification") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::parameter("Invalid parameter SuppressEmailNotification")),
    }
}
