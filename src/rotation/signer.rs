//! Which credential a rotation was begun under, as a later run finds it again: whose it is, and where its secret was.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{AccountSid, KeySid};

/// A credential by its account and its place. Never its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The account whose credential it is: the main account's, where that signs for a subaccount.
    pub account: AccountSid,
    /// Where its secret was, named as a sink is: `keyring:NAME` for a profile, `env:FILE` for a file. `None` for what is
    /// no place that a later run could look into: the environment, or standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The key, where it was no Auth Token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeySid>,
}

impl Signer {
    /// Whether the other was found in the same place and is of the same account and kind: then it is what stands there now
    /// in place of this one, or this one itself.
    #[must_use]
    pub fn stands_where(&self, other: &Self) -> bool {
        self.account == other.account && self.place == other.place && self.key.is_some() == other.key.is_some()
    }

    /// Whether the other is what came after this one, as far as that can be told: it stands in its place, or is an Auth Token
    /// of the same account, and this one was a token in no place that could be looked into.
    #[must_use]
    pub fn gave_way_to(&self, other: &Self) -> bool {
        let are_tokens = self.key.is_none() && other.key.is_none();
        self.stands_where(other) || self.place.is_none() && are_tokens && self.account == other.account
    }

    /// The profile that it was in, if it was in one.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.place.as_deref()?.strip_prefix("keyring:")
    }

    /// The file that it was in, if it was in one.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.place.as_deref()?.strip_prefix("env:")
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "the API key {key} from ")?,
            None => write!(f, "the Auth Token of {} from ", self.account)?,
        }
        match (self.profile(), &self.place) {
            (Some(name), _) => write!(f, "the profile `{name}`"),
            (None, Some(place)) => f.write_str(self.file().unwrap_or(place)),
            (None, None) => f.write_str("the environment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_its_place_and_reads_what_it_wrote() {
        let account = AccountSid::parse(&format!("AC{}", "0".repeat(32))).unwrap();
        for (place, said) in [
            (Some("keyring:main"), "the profile `main`"),
            (Some("env:/srv/a.env"), "/srv/a.env"),
            (None, "the environment"),
        ] {
            let signer = Signer { account: account.clone(), place: place.map(ToOwned::to_owned), key: None };
            assert_eq!(signer.to_string(), format!("the Auth Token of {account} from {said}"));
            let json = serde_json::to_string(&signer).unwrap();
            assert_eq!(serde_json::from_str::<Signer>(&json).unwrap(), signer);
        }
    }
}
