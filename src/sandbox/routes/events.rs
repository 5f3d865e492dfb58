//! Monitor events: who changed a credential, newest first.

use serde_json::{Value, json};

use super::Work;
use crate::model::AccountSid;
use crate::model::time::{Timestamp, parse_twilio};
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::Event;
use crate::sandbox::wire::{Answer, Refusal, iso};

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let query = |name| work.call.query.get(name);
    let (kind, actor) = (query("EventType"), query("ActorSid"));
    let (resource, address) = (query("ResourceSid"), query("SourceIpAddress"));
    let (start, end) = (moment(query("StartDate"), "StartDate")?, moment(query("EndDate"), "EndDate")?);
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let page = cut(&account.events, wanted, Order::NewestFirst, |event| {
        kind.is_none_or(|kind| event.event_type == kind)
            && actor.is_none_or(|actor| event.actor == actor)
            && resource.is_none_or(|resource| event.resource == resource)
            && address.is_none_or(|address| event.address == address)
            && start.is_none_or(|start| event.at >= start)
            && end.is_none_or(|end| event.at <= end)
    });
    let base = work.call.base();
    Ok(Answer::ok(page.v1(work.call, "events", |event| show(&base, &work.account, event))))
}

pub(super) fn fetch(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let found = account.events.values().find(|event| event.sid == work.sid);
    Ok(Answer::ok(show(&work.call.base(), &work.account, found.ok_or_else(|| work.not_found())?)))
}

/// A moment in ISO 8601; a date alone is its midnight, UTC.
fn moment(text: Option<&str>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let read = |text: &str| parse_twilio(text).or_else(|| format!("{text}T00:00:00Z").parse().ok());
    text.map(|text| read(text).ok_or_else(|| Refusal::parameter(format!("Invalid parameter {name}")))).transpose()
}

fn show(base: &str, account: &AccountSid, event: &Event) -> Value {
    let resource = if event.resource_type == "account-keys" {
        format!("{base}/2010-04-01/Accounts/{account}/Keys/{}", event.resource)
    } else {
        format!("{base}/2010-04-01/Accounts/{}", event.resource)
    };
    json!({
        "sid": event.sid,
        "account_sid": account.as_str(),
        "actor_sid": event.actor,
        "actor_type": "user",
        "description": null,
        "event_data": null,
        "event_date": iso(event.at),
        "event_type": event.event_type,
        "resource_sid": event.resource,
        "resource_type": event.resource_type,
        "source": "api",
        "source_ip_address": event.address,
        "url": format!("{base}/v1/Events/{}", event.sid),
        "links": { "actor": format!("{base}/2010-04-01/Accounts/{account}"), "resource": resource },
    })
}
