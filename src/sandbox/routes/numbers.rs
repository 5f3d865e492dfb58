//! Phone numbers of an account.

use serde_json::{Value, json};

use super::Work;
use crate::model::AccountSid;
use crate::model::time::show_rfc2822;
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::Number;
use crate::sandbox::wire::{Answer, Refusal};

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let page = cut(&account.numbers, wanted, Order::OldestFirst, |_| true);
    Ok(Answer::ok(page.v2010(work.call, "incoming_phone_numbers", |number| show(&work.account, number))))
}

fn show(account: &AccountSid, number: &Number) -> Value {
    let uri = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{}", number.sid);
    json!({
        "sid": number.sid,
        "account_sid": account.as_str(),
        "phone_number": number.number,
        "friendly_name": number.number,
        "address_requirements": "none",
        "address_sid": null,
        "api_version": "2010-04-01",
        "beta": false,
        "bundle_sid": null,
        "capabilities": { "voice": true, "sms": true, "mms": true, "fax": false },
        "date_created": show_rfc2822(number.created),
        "date_updated": show_rfc2822(number.created),
        "emergency_address_sid": null,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "identity_sid": null,
        "origin": "twilio",
        "sms_application_sid": null,
        "sms_fallback_url": null,
        "sms_fallback_method": "POST",
        "sms_url": null,
        "sms_method": "POST",
        "status": "in-use",
        "status_callback": null,
        "status_callback_method": "POST",
        "trunk_sid": null,
        "type": "local",
        "uri": format!("{uri}.json"),
        "subresource_uris": { "assigned_add_ons": format!("{uri}/AssignedAddOns.json") },
        "voice_application_sid": null,
        "voice_caller_id_lookup": false,
        "voice_fallback_url": null,
        "voice_fallback_method": "POST",
        "voice_method": "POST",
        "voice_url": null,
        "voice_receive_mode": "voice",
    })
}
