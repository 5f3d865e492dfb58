//! What the journals of this machine tell of a token that Twilio refuses.

use super::hand;
use crate::cli::context::Context;
use crate::model::{AccountSid, Fingerprint};
use crate::rotation::token::TokenRotation;
use crate::rotation::{Error, Ledger};
use crate::sinks::{Spec, Target, TokenRole, TokenTarget};

/// Which rotation replaced a token, and what holds the one that was put in force last; nothing if no rotation of this
/// machine did. Programs are not asked, and a place that cannot be looked into is not named.
///
/// # Errors
/// If the journals cannot be read.
pub(super) fn told(
    context: &Context,
    ledger: &Ledger,
    (endpoint, account): (&str, &AccountSid),
    token: &Fingerprint,
) -> Result<Option<String>, Error> {
    let mut own = ledger.tokens()?.0;
    own.retain(|rotation| {
        let begun = rotation.begun();
        begun.endpoint == endpoint && begun.account == *account && rotation.promoted().is_some()
    });
    own.sort_by_key(TokenRotation::promoted);
    let Some(by) = own.iter().rfind(|rotation| rotation.begun().old == *token) else { return Ok(None) };
    let holders = own.last().map(|last| holders(context, last)).unwrap_or_default();
    let id = &by.begun().id;
    Ok(Some(match holders.as_slice() {
        [] => format!("rotation {id} replaced it: `twcred rotation show {id}` says where the new one was put"),
        [one] => format!("rotation {id} replaced it; {one} holds the one that was put in force"),
        several => {
            format!("rotation {id} replaced it; these hold the one that was put in force: {}", several.join(", "))
        }
    }))
}

/// The sinks of a rotation that hold its new token as the one in force.
fn holders(context: &Context, rotation: &TokenRotation) -> Vec<String> {
    let target = TokenTarget { account: rotation.begun().account.clone(), names: rotation.begun().names.clone() };
    let holds = |sink: &str| {
        let spec = Spec::parse(sink).ok().filter(|spec| spec.kind().target != Target::Program);
        let held = spec.and_then(|spec| hand::held_in(context, &spec, &target).ok()).unwrap_or_default();
        held.iter()
            .any(|found| found.role == TokenRole::Current && Some(&found.token.fingerprint()) == rotation.new_token())
    };
    let used = rotation.places().iter().filter(|place| !place.dropped);
    used.map(|place| place.sink.clone()).filter(|sink| holds(sink)).collect()
}
