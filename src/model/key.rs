//! API keys as Twilio describes them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::{FriendlyName, KeyPair, KeySid};

/// What a key may do, in Twilio's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Only what its policy allows.
    Restricted,
    /// Everything but `/Accounts` and `/Keys`.
    Standard,
    /// Everything; made in the Console only.
    Main,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Restricted => "restricted",
            Self::Standard => "standard",
            Self::Main => "main",
        })
    }
}

/// The policy of a Restricted key: the permissions it allows, compared as a set because Twilio may answer in another
/// order than it was asked (`twilio.com/docs/iam/api-keys/restricted-api-keys`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Names of the form `/twilio/{product}/{resource}/{action}`, 100 at most.
    pub allow: BTreeSet<String>,
}

impl Policy {
    /// The most permissions Twilio takes in one policy.
    pub const MAX: usize = 100;
}

/// A key as the account's list or a fetch shows it. The secret is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The key's SID.
    pub sid: KeySid,
    /// Its friendly name; Twilio allows none.
    pub name: Option<FriendlyName>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// What kind it is, if the answer told: `None` is "not said", never "standard".
    pub kind: Option<KeyKind>,
    /// Its policy. A list never says it; a fetch says it for a Restricted key.
    pub policy: Option<Policy>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The name it is to have. During a rotation it carries the rotation's marker.
    pub name: FriendlyName,
    /// The policy of a Restricted key; `None` asks for a Standard key. A Main key cannot be asked for.
    pub policy: Option<Policy>,
}

/// What came back from a create: the only time the secret is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    /// The key as Twilio made it, to be compared with what was asked.
    pub key: ApiKey,
    /// Its SID and secret.
    pub pair: KeyPair,
}
