//! Verify services: the list that tells whether a key is alive without naming an account.

use serde_json::{Value, json};

use super::Work;
use crate::model::AccountSid;
use crate::sandbox::paging::{Order, Wanted, cut};
use crate::sandbox::state::Service;
use crate::sandbox::wire::{Answer, Refusal, iso};

pub(super) fn list(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&work.call.query)?;
    let account = work.state.account(&work.account).ok_or_else(|| work.not_found())?;
    let page = cut(&account.services, wanted, Order::OldestFirst, |_| true);
    let base = work.call.base();
    Ok(Answer::ok(page.v1(work.call, "services", |service| show(&base, &work.account, service))))
}

fn show(base: &str, account: &AccountSid, service: &Service) -> Value {
    let url = format!("{base}/v2/Services/{}", service.sid);
    let link = |name: &str| format!("{url}/{name}");
    json!({
        "sid": service.sid,
        "account_sid": account.as_str(),
        "friendly_name": service.name,
        "code_length": 6,
        "lookup_enabled": false,
        "psd2_enabled": false,
        "skip_sms_to_landlines": false,
        "dtmf_input_required": true,
        "tts_name": null,
        "do_not_share_warning_enabled": false,
        "custom_code_enabled": false,
        "push": { "include_date": false, "apn_credential_sid": null, "fcm_credential_sid": null },
        "totp": { "issuer": service.name, "time_step": 30, "code_length": 6, "skew": 1 },
        "default_template_sid": null,
        "verify_event_subscription_enabled": false,
        "date_created": iso(service.created),
        "date_updated": iso(service.created),
        "url": url,
        "links": {
            "verification_checks": link("VerificationCheck"),
            "verifications": link("Verifications"),
            "rate_limits": link("RateLimits"),
            "messaging_configurations": link("MessagingConfigurations"),
            "entities": link("Entities"),
            "webhooks": link("Webhooks"),
            "access_tokens": link("AccessTokens"),
        },
    })
}
