//! Messages: taken, kept, and never sent.

use serde_json::{Value, json};

use super::Work;
use crate::model::AccountSid;
use crate::model::time::show_rfc2822;
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::Message;
use crate::sandbox::wire::{Answer, Refusal};

/// The most characters in a text.
const TEXT_MAX: usize = 1600;

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let (to, from) = (work.call.query.get("To"), work.call.query.get("From"));
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let page = cut(&account.messages, wanted, Order::NewestFirst, |message| {
        to.is_none_or(|to| message.to == to) && from.is_none_or(|from| message.from.as_deref() == Some(from))
    });
    Ok(Answer::ok(page.v2010(work.call, "messages", |message| show(&work.account, message))))
}

pub(super) fn fetch(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let found = account.messages.values().find(|message| message.sid == work.sid);
    Ok(Answer::ok(show(&work.account, found.ok_or_else(|| work.not_found())?)))
}

pub(super) fn create(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let form = &work.call.form;
    let given = |name| form.get(name).filter(|value| !value.is_empty());
    let to = given("To").ok_or_else(|| Refusal::new(400, 21604, "A 'To' phone number is required."))?.to_owned();
    let from = given("From");
    let service = given("MessagingServiceSid").or_else(|| from.filter(|from| is_service(from)));
    let from = from.filter(|from| !is_service(from));
    if from.is_none() && service.is_none() {
        return Err(Refusal::new(400, 21603, "A 'From' phone number is required."));
    }
    let body = given("Body").unwrap_or("");
    if body.is_empty() && given("MediaUrl").is_none() && given("ContentSid").is_none() {
        return Err(Refusal::new(400, 21602, "Message body is required."));
    }
    if body.chars().count() > TEXT_MAX {
        return Err(Refusal::new(400, 21617, "The concatenated message body exceeds the 1600 character limit."));
    }
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let owned = |from: &str| account.numbers.values().any(|number| number.number == from);
    if service.is_some_and(|service| !is_service(service)) || from.is_some_and(|from| !owned(from)) {
        let shown = from.or(service).unwrap_or_default();
        let message = format!(
            "The 'From' phone number {shown} is not a valid, message-capable inbound phone number or short code for your account."
        );
        return Err(Refusal::new(400, 21606, message));
    }
    let message = Message {
        sid: work.dice.sid("SM"),
        from: from.map(str::to_owned),
        service: service.map(str::to_owned),
        to,
        body: body.to_owned(),
        created: work.now,
    };
    let answer = show(&work.account, &message);
    work.state.add_message(&work.account, message);
    Ok(Answer::created(answer))
}

fn is_service(text: &str) -> bool {
    text.len() == 34 && text.starts_with("MG") && text.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit())
}

fn show(account: &AccountSid, message: &Message) -> Value {
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", message.sid);
    // A service chooses its sender later; until then the message is accepted and has no segments.
    let (status, segments) = match message.service {
        Some(_) => ("accepted", 0),
        None => ("queued", message.body.chars().count().div_ceil(160).max(1)),
    };
    json!({
        "sid": message.sid,
        "account_sid": account.as_str(),
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": show_rfc2822(message.created),
        "date_sent": null,
        "date_updated": show_rfc2822(message.created),
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": message.from,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": segments.to_string(),
        "price": null,
        "price_unit": "USD",
        "status": status,
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": message.to,
        "uri": format!("{uri}.json"),
    })
}
