//! The names in a Restricted key's policy: which are taken, and which answer a call.

use serde_json::Value;

use super::wire::Refusal;
use crate::model::Policy;

/// The products Twilio has permissions for. The list of full names that is publicly known is not complete, so a name is
/// refused for its form or its product only.
const PRODUCTS: &[&str] = &[
    "billing",
    "conversations",
    "event-streams",
    "flex",
    "iam",
    "lookup",
    "messaging",
    "microvisor",
    "monitor",
    "phone-numbers",
    "serverless",
    "studio",
    "taskrouter",
    "verify",
    "video",
    "voice",
];

const ACTIONS: &[&str] = &["read", "list", "create", "update", "delete", "*"];

/// Reads the `Policy` parameter: a JSON text such as `{"allow":["/twilio/messaging/messages/create"]}`.
pub(super) fn parse(text: &str) -> Result<Policy, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|_| Refusal::bad("Invalid policy: not a JSON object"))?;
    let object = value.as_object().ok_or_else(|| Refusal::bad("Invalid policy: not a JSON object"))?;
    if let Some(other) = object.keys().find(|key| *key != "allow") {
        return Err(Refusal::bad(format!("Invalid policy: unknown field '{other}'")));
    }
    let names = object.get("allow").and_then(Value::as_array);
    let names = names.ok_or_else(|| Refusal::bad("Invalid policy: 'allow' must be a list"))?;
    if names.is_empty() {
        return Err(Refusal::bad("Invalid policy: 'allow' is empty"));
    }
    if names.len() > Policy::MAX {
        return Err(Refusal::constraint());
    }
    let mut policy = Policy::default();
    for name in names {
        let name = name.as_str().ok_or_else(|| Refusal::bad("Invalid policy: a permission must be a string"))?;
        if !is_name(name) {
            return Err(Refusal::bad(format!("assertion '{name}' is invalid")));
        }
        policy.allow.insert(name.to_owned());
    }
    Ok(policy)
}

/// A policy as answers show it: in another order than it was asked for, as Twilio may do.
pub(super) fn show(policy: &Policy) -> Value {
    serde_json::json!({ "allow": policy.allow.iter().rev().collect::<Vec<_>>() })
}

/// Whether a policy allows `{product}/{resource}/{action}`.
pub(super) fn allows(policy: &Policy, name: &str) -> bool {
    let exact = format!("/twilio/{name}");
    let whole = exact.rsplit_once('/').map(|(resource, _)| format!("{resource}/*"));
    policy.allow.contains(&exact) || whole.is_some_and(|whole| policy.allow.contains(&whole))
}

fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let &["", "twilio", product, resource, action] = parts.as_slice() else { return false };
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    PRODUCTS.contains(&product) && ACTIONS.contains(&action) && resource.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_for_form_and_product() {
        for (name, good) in [
            ("/twilio/messaging/messages/create", true),
            ("/twilio/voice/insights.call.events/list", true),
            ("/twilio/voice/calls/*", true),
            ("/twilio/x/y", false),
            ("/twilio/x/y/read", false),
            ("/twilio/iam/api:keys/view", false),
            ("/2010-04-01/Accounts/{AccountSid}/Messages*", false),
            ("twilio/messaging/messages/create", false),
            ("/twilio/messaging/messages/send", false),
            ("/twilio/messaging/messages./read", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
    }

    #[test]
    fn read_is_not_list_and_a_star_is_all_of_one_resource() {
        let policy = |names: &[&str]| Policy { allow: names.iter().map(|&name| name.to_owned()).collect() };
        let read = policy(&["/twilio/messaging/messages/read"]);
        assert!(allows(&read, "messaging/messages/read"));
        assert!(!allows(&read, "messaging/messages/list"));
        let all = policy(&["/twilio/messaging/messages/*"]);
        assert!(allows(&all, "messaging/messages/list"));
        assert!(!allows(&all, "messaging/messages.media/read"));
    }
}
