//! A Monitor event: who changed a credential, when.

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;

/// A change as `monitor.twilio.com` tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// `AE` and 32 hexadecimal digits.
    pub sid: String,
    /// Such as `account-keys.created`.
    pub event_type: String,
    /// `US` and the 32 digits of the credential that acted: Twilio's OpenAPI file takes nothing but a user here.
    pub actor: String,
    /// Such as `account-keys`.
    pub resource_type: String,
    /// The SID of the key, or of the account for its tokens.
    pub resource: String,
    /// Where the call came from.
    pub address: String,
    /// When it happened.
    pub at: Timestamp,
}
