//! Whether a token is due, and what would be done. Pure: the dry run prints the very object that a real run obeys.

use std::time::Duration;

use serde::Serialize;

use super::record::Begun;
use super::state::{Step, TokenRotation};
use crate::model::time::{self, Timestamp};
use crate::model::{AccountSid, Fingerprint, KeySid, RotationId};

/// What a run is going to do for an account's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// Start a rotation.
    Rotate,
    /// Nothing: the token is young enough.
    NotDue {
        /// When it will be due.
        due: Timestamp,
    },
    /// Go on with an open rotation.
    Continue {
        /// Which.
        rotation: RotationId,
    },
    /// Nothing: an open rotation lets the new token spread.
    Propagating {
        /// Which.
        rotation: RotationId,
        /// When the old token may be taken out of the sinks.
        clear_at: Timestamp,
    },
}

/// The plan for one token: what is, what is decided, and the steps that follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The account.
    pub account: AccountSid,
    /// The token in force, or the old one of an open rotation.
    pub token: Fingerprint,
    /// When it was promoted, if that is known.
    pub promoted: Option<Timestamp>,
    /// The sinks, in the order of writing.
    pub sinks: Vec<String>,
    /// The keys of the account whose pairs are known here, and that work.
    pub keys: Vec<KeySid>,
    /// How long the old token stays beside the new one, in seconds.
    pub propagation_seconds: u64,
    /// The oldest the token may get, in seconds.
    pub max_age_seconds: Option<u64>,
    /// What is decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// The steps, in order, as sentences.
    pub steps: Vec<String>,
}

/// Decides for an account with no open rotation, by the last promotion. `None` if an age is asked for and not known; any
/// is over an age of nothing.
#[must_use]
pub fn decide(max_age: Option<Duration>, promoted: Option<Timestamp>, now: Timestamp) -> Option<Decision> {
    let Some(max_age) = max_age.filter(|age| !age.is_zero()) else { return Some(Decision::Rotate) };
    let due = time::after(promoted?, max_age);
    Some(if now >= due { Decision::Rotate } else { Decision::NotDue { due } })
}

/// Decides for an open rotation.
#[must_use]
pub fn decide_open(rotation: &TokenRotation, now: Timestamp) -> Decision {
    let id = rotation.begun().id.clone();
    match rotation.next(now, false) {
        Step::Wait(clear_at) => Decision::Propagating { rotation: id, clear_at },
        _ => Decision::Continue { rotation: id },
    }
}

/// The steps of a rotation that begins with this, as sentences.
#[must_use]
pub fn steps(begun: &Begun) -> Vec<String> {
    let propagation = time::show_duration(Duration::from_secs(begun.propagation));
    let (secondary, previous) = (begun.names.secondary(), begun.names.previous());
    let mut steps = if begun.adopted {
        vec!["take up the secondary token that is there, and seal both tokens in the state directory".to_owned()]
    } else {
        vec!["create a secondary token, once".to_owned(), "seal both tokens in the state directory".to_owned()]
    };
    steps.push("verify the new token with a live call".to_owned());
    for sink in &begun.sinks {
        steps.push(format!("write the new token into {sink}, as …{secondary} beside the one in force"));
        steps.push(format!("read {sink} back and authenticate with both"));
    }
    if begun.check.is_some() {
        steps.push("run the check command; hold while it fails".to_owned());
    }
    let keys = match begun.keys.len() {
        0 => String::new(),
        1 => " and the known API key".to_owned(),
        count => format!(" and the {count} known API keys"),
    };
    steps.push("have somebody say yes: until here `twcred token delete` undoes all, from here nothing does".to_owned());
    steps.push(format!("verify both tokens{keys} once more, then promote the new token"));
    for sink in &begun.sinks {
        steps.push(format!("write {sink} in one replacement: the new token in force, the old one as …{previous}"));
        steps.push(format!("read {sink} back and authenticate with what it gave"));
    }
    steps.push("see that the old token is refused".to_owned());
    if !begun.keys.is_empty() {
        steps.push("see that every API key that worked before still works".to_owned());
    }
    if begun.after.is_some() {
        steps.push("run the after command".to_owned());
    }
    steps.push(format!("after {propagation}: take …{previous} out again"));
    steps.push("delete the sealed tokens".to_owned());
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_due_by_its_last_promotion_and_never_by_a_guess() {
        let day = Duration::from_hours(24);
        let promoted: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let due: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
        let before: Timestamp = "2026-03-31T23:59:59Z".parse().unwrap();
        assert_eq!(decide(Some(90 * day), Some(promoted), before), Some(Decision::NotDue { due }));
        assert_eq!(decide(Some(90 * day), Some(promoted), due), Some(Decision::Rotate));
        assert_eq!(decide(Some(90 * day), None, due), None);
        assert_eq!(decide(Some(Duration::ZERO), None, due), Some(Decision::Rotate));
        assert_eq!(decide(None, None, due), Some(Decision::Rotate));
    }
}
