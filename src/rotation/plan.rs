//! Whether anything is due, and what would be done. Pure: the dry run prints the very object that a real run obeys.

use std::time::Duration;

use serde::Serialize;

use super::record::Begun;
use super::state::{Rotation, Step};
use crate::model::time::{self, Timestamp};
use crate::model::{AccountSid, ApiKey, FriendlyName, KeyKind, KeySid, Policy, RotationId};

/// How long the old key goes on working if nothing else is said: as long as the Access Tokens that it signed may live.
pub const GRACE: Duration = Duration::from_hours(24);

/// When a key is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The oldest a key may get, its grace as an old key included; `None` rotates whatever its age.
    pub max_age: Option<Duration>,
    /// How long the old key goes on working after the new one is current.
    pub grace: Duration,
}

/// `max-age` leaves no time: the old key would outlive it in its grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("max-age {} is not longer than grace {}: the old key would outlive it", time::show_duration(*max_age), time::show_duration(*grace))]
pub struct ScheduleError {
    max_age: Duration,
    grace: Duration,
}

impl Schedule {
    /// A schedule in which the grace fits.
    ///
    /// # Errors
    /// If `max_age` is not longer than `grace`.
    pub fn new(max_age: Option<Duration>, grace: Duration) -> Result<Self, ScheduleError> {
        match max_age {
            Some(max_age) if max_age <= grace => Err(ScheduleError { max_age, grace }),
            _ => Ok(Self { max_age, grace }),
        }
    }

    /// When a key made at this moment is due: early enough that its grace ends within `max_age`.
    #[must_use]
    pub fn due(&self, created: Timestamp) -> Option<Timestamp> {
        self.max_age.map(|max_age| time::after(created, max_age.saturating_sub(self.grace)))
    }
}

/// What a run is going to do for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// Start a rotation.
    Rotate,
    /// Nothing: the key is young enough.
    NotDue {
        /// When it will be due.
        due: Timestamp,
    },
    /// Go on with an open rotation.
    Continue {
        /// Which.
        rotation: RotationId,
    },
    /// Nothing: an open rotation is in its grace.
    InGrace {
        /// Which.
        rotation: RotationId,
        /// When the old key ends.
        retire_at: Timestamp,
    },
    /// Revoke the old key of an open rotation whose grace is over.
    Retire {
        /// Which.
        rotation: RotationId,
    },
}

/// The plan for one key: what is, what is decided, and the steps that follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The account.
    pub account: AccountSid,
    /// The key that stands in the sinks, or the old one of an open rotation.
    pub key: KeySid,
    /// Its friendly name.
    pub name: Option<FriendlyName>,
    /// Its kind.
    pub kind: KeyKind,
    /// Its policy, if it is Restricted.
    pub policy: Option<Policy>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The sinks, in the order of writing.
    pub sinks: Vec<String>,
    /// The grace, in seconds.
    pub grace_seconds: u64,
    /// The oldest the key may get, in seconds.
    pub max_age_seconds: Option<u64>,
    /// What is decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// The steps, in order, as sentences.
    pub steps: Vec<String>,
}

/// Decides for a key with no open rotation. `None` if the schedule asks for its age and Twilio does not tell it.
#[must_use]
pub fn decide(schedule: &Schedule, key: &ApiKey, now: Timestamp) -> Option<Decision> {
    if schedule.max_age.is_none() {
        return Some(Decision::Rotate);
    }
    let due = schedule.due(key.created?)?;
    Some(if now >= due { Decision::Rotate } else { Decision::NotDue { due } })
}

/// Decides for an open rotation.
#[must_use]
pub fn decide_open(rotation: &Rotation, now: Timestamp, retire_now: bool) -> Decision {
    let id = rotation.begun().id.clone();
    match rotation.next(now, retire_now) {
        Step::Wait(retire_at) => Decision::InGrace { rotation: id, retire_at },
        Step::Retire => Decision::Retire { rotation: id },
        _ => Decision::Continue { rotation: id },
    }
}

/// The steps of a rotation that begins with this, as sentences.
#[must_use]
pub fn steps(begun: &Begun, retire_now: bool) -> Vec<String> {
    let grace = time::show_duration(Duration::from_secs(begun.grace));
    let mut steps = vec![
        format!("create a {} key, once, under a name that carries the rotation's id", begun.new_kind),
        "seal its secret in the state directory".to_owned(),
        "compare its type and policy with the old key's; revoke it and stop if they differ".to_owned(),
        "verify the new pair with a live call".to_owned(),
    ];
    let sinks: Vec<&str> = begun.sinks.iter().map(String::as_str).collect();
    steps.extend(distribution(begun, &sinks, retire_now));
    let when = if retire_now || begun.grace == 0 { "now".to_owned() } else { format!("a later run, after {grace}") };
    steps.push(format!("{when}: make sure that no sink holds {}, then revoke it", begun.old));
    steps.push("take the id out of the new key's name and delete the sealed secret".to_owned());
    steps
}

/// The steps that give these sinks of a rotation in its grace the new pair again, as sentences.
#[must_use]
pub fn steps_of_strayed(begun: &Begun, sinks: &[&str]) -> Vec<String> {
    distribution(begun, sinks, false)
}

/// The steps from the first sink to the grace.
fn distribution(begun: &Begun, sinks: &[&str], retire_now: bool) -> Vec<String> {
    let mut steps = Vec::new();
    for sink in sinks {
        steps.push(format!("write {sink}"));
        steps.push(format!("read {sink} back and authenticate with what it gave"));
    }
    if begun.check.is_some() {
        steps.push("run the check command; hold while it fails".to_owned());
    }
    let grace = time::show_duration(Duration::from_secs(begun.grace));
    steps.push(if retire_now {
        "mark the new pair current".to_owned()
    } else {
        format!("mark the new pair current; the old key ends {grace} later")
    });
    if begun.after.is_some() {
        steps.push("run the after command".to_owned());
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(created: Option<&str>) -> ApiKey {
        ApiKey {
            sid: KeySid::parse(&format!("SK{}", "0".repeat(32))).unwrap(),
            name: None,
            created: created.map(|at| at.parse().unwrap()),
            updated: None,
            kind: None,
            policy: None,
        }
    }

    #[test]
    fn a_key_is_due_early_enough_for_its_grace() {
        let day = Duration::from_hours(24);
        let schedule = Schedule::new(Some(90 * day), day).unwrap();
        let made = key(Some("2026-01-01T00:00:00Z"));
        let due: Timestamp = "2026-03-31T00:00:00Z".parse().unwrap();
        let before: Timestamp = "2026-03-30T23:59:59Z".parse().unwrap();
        assert_eq!(decide(&schedule, &made, before), Some(Decision::NotDue { due }));
        assert_eq!(decide(&schedule, &made, due), Some(Decision::Rotate));
        assert_eq!(decide(&schedule, &key(None), due), None);
        assert_eq!(decide(&Schedule::new(None, day).unwrap(), &key(None), due), Some(Decision::Rotate));
        assert_eq!(
            Schedule::new(Some(day), day).unwrap_err().to_string(),
            "max-age 1d is not longer than grace 1d: the old key would outlive it"
        );
    }
}
