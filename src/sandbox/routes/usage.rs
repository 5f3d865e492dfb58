//! Balance and usage: cheap reads that show a credential alive.

use serde_json::json;

use super::Work;
use crate::sandbox::wire::{Answer, Refusal};

/// The balance; a parent has one, a subaccount has none.
pub(super) fn balance(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let account = work.state.account(&work.account).filter(|account| account.owner.is_none());
    let account = account.ok_or_else(|| work.not_found())?;
    Ok(Answer::ok(json!({ "account_sid": account.sid.as_str(), "balance": "100.00", "currency": "USD" })))
}

/// Today's messages, as one record of the category that is asked for.
pub(super) fn today(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let category = work.call.query.get("Category").unwrap_or("sms");
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let count = account.messages.len().to_string();
    let day = work.now.strftime("%Y-%m-%d").to_string();
    let uri = &work.call.path;
    let record = json!({
        "account_sid": account.sid.as_str(),
        "api_version": "2010-04-01",
        "as_of": work.now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "category": category,
        "count": count,
        "count_unit": "messages",
        "description": "Usage in the sandbox",
        "end_date": day,
        "price": 0,
        "price_unit": "usd",
        "start_date": day,
        "subresource_uris": {},
        "uri": format!("{uri}?Category={category}"),
        "usage": count,
        "usage_unit": "messages",
    });
    Ok(Answer::ok(json!({
        "usage_records": [record],
        "first_page_uri": format!("{uri}?PageSize=50&Page=0"),
        "next_page_uri": null,
        "previous_page_uri": null,
        "uri": format!("{uri}?PageSize=50&Page=0"),
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 0,
    })))
}
