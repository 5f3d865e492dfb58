//! One key as lists, `keys show` and their JSON describe it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::time::{Timestamp, after, show_duration, since};
use crate::model::{AccountSid, ApiKey, FriendlyName, KeyKind, KeySid, Marker, RotationId};

/// What is known here, and not at Twilio: the time, who holds which key, and which rotations there are.
#[derive(Debug)]
pub struct Local {
    now: Timestamp,
    /// How old a key may grow, if that is asked.
    max_age: Option<Duration>,
    holders: BTreeMap<KeySid, Vec<String>>,
    /// The same as files and lines, where they are some.
    lines: BTreeMap<KeySid, Vec<(PathBuf, usize)>>,
    /// Whether profiles may hold keys that nobody here knows of.
    blind: bool,
    /// The rotations that are open, or whose journal cannot be read and may be.
    open: Vec<RotationId>,
    /// The keys that the open rotations replace or have made.
    at_work: BTreeMap<KeySid, RotationId>,
    /// The creates that are not settled and have their journal here.
    creates: Vec<RotationId>,
}

impl Local {
    /// Looks at the clock, the sources of credentials in force, every profile, and the state directory.
    ///
    /// # Errors
    /// If the env file, the file of profiles or the state directory cannot be read.
    pub fn of(context: &Context) -> Result<Self, Failure> {
        let mut local = Self {
            now: context.now(),
            max_age: None,
            holders: BTreeMap::new(),
            lines: BTreeMap::new(),
            blind: false,
            open: Vec::new(),
            at_work: BTreeMap::new(),
            creates: Vec::new(),
        };
        for value in context.values_in_force()? {
            if let Some(sid) = value.key_sid() {
                local.lines.entry(sid.clone()).or_default().extend(value.line);
                local.holders.entry(sid).or_default().push(value.place);
            }
        }
        let book = context.known_profiles()?;
        for (name, profile) in book.iter().flat_map(|book| &book.profiles) {
            if let (Some(sid), Some(profiles)) = (&profile.key, context.profiles()) {
                let place = format!("profile {name} ({})", profiles.place(profile));
                local.holders.entry(sid.clone()).or_default().push(place);
            }
        }
        local.blind = book.is_none();
        if let Some(ledger) = context.ledger()? {
            let (rotations, unreadable) = ledger.all()?;
            local.open.extend(unreadable.into_iter().map(|broken| broken.id));
            local.creates.extend(ledger.creates(None)?.0.into_iter().map(|create| create.begun().id.clone()));
            for rotation in rotations.iter().filter(|rotation| rotation.outcome().is_none()) {
                let begun = rotation.begun();
                local.open.push(begun.id.clone());
                let keys = [Some(&begun.old), rotation.new_key()];
                local.at_work.extend(keys.into_iter().flatten().map(|sid| (sid.clone(), begun.id.clone())));
            }
        }
        Ok(local)
    }

    /// The same, with each key's age held against a limit.
    #[must_use]
    pub fn with_max_age(self, max_age: Option<Duration>) -> Self {
        Self { max_age, ..self }
    }

    /// The limit of the keys' age.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// Every list of places that hold one key.
    pub fn holders(&self) -> impl Iterator<Item = &[String]> {
        self.holders.values().map(Vec::as_slice)
    }

    /// The places that hold a key.
    #[must_use]
    pub fn held_by(&self, sid: &KeySid) -> &[String] {
        self.holders.get(sid).map_or(&[], Vec::as_slice)
    }

    /// Whether there may be profiles that this user may not read, and that may hold any key.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.blind
    }

    /// Whether a create has its journal here, by which it is settled.
    #[must_use]
    pub fn knows_create(&self, id: &RotationId) -> bool {
        self.creates.contains(id)
    }

    /// What works on a key: a rotation whose journal is here, or whatever left its marker in the name.
    #[must_use]
    pub fn managed(&self, key: &ApiKey) -> Option<Managed> {
        if let Some(id) = self.at_work.get(&key.sid) {
            return Some(Managed::Rotation(id.clone()));
        }
        let Marker(id) = key.name.as_ref().and_then(FriendlyName::marker)?;
        Some(if self.open.contains(&id) { Managed::Rotation(id) } else { Managed::Unfinished(id) })
    }
}

/// What works on a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", content = "id", rename_all = "lowercase")]
pub enum Managed {
    /// An open rotation that has its journal here.
    Rotation(RotationId),
    /// A create or a rotation that ended early, or a rotation of another machine.
    Unfinished(RotationId),
}

impl Managed {
    /// Whether it is a create that ended early, or that is under way.
    #[must_use]
    pub fn is_create(&self) -> bool {
        matches!(self, Self::Unfinished(id) if id.is_create())
    }
}

/// A key that a create has left unfinished.
#[derive(Debug, Clone)]
pub struct CutOff {
    /// The account it belongs to.
    pub account: AccountSid,
    /// The key.
    pub sid: KeySid,
    /// The create.
    pub id: RotationId,
}

/// A key, its age, and what is known of it here.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    account: &'a AccountSid,
    sid: &'a KeySid,
    name: Option<&'a FriendlyName>,
    /// `null`: the answer did not say.
    #[serde(rename = "type")]
    kind: Option<KeyKind>,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
    /// Whole days.
    age_days: Option<u64>,
    #[serde(flatten)]
    limit: Option<Limit>,
    /// `null`: nothing that is known here works on it.
    managed: Option<Managed>,
    held_by: &'a [String],
    #[serde(skip)]
    age: Option<Duration>,
}

/// A key's age against the limit. `null`: Twilio did not say when the key was made.
#[derive(Debug, Serialize)]
struct Limit {
    /// When the key reaches it.
    due: Option<Timestamp>,
    overdue: Option<bool>,
    #[serde(skip)]
    max_age: Duration,
}

impl<'a> Entry<'a> {
    /// Describes a key.
    #[must_use]
    pub fn of(account: &'a AccountSid, key: &'a ApiKey, local: &'a Local) -> Self {
        let age = key.created.map(|created| since(created, local.now));
        Self {
            account,
            sid: &key.sid,
            name: key.name.as_ref(),
            kind: key.kind,
            created: key.created,
            updated: key.updated,
            age_days: age.map(|age| age.as_secs() / 86_400),
            limit: local.max_age.map(|max_age| Limit {
                due: key.created.map(|created| after(created, max_age)),
                overdue: age.map(|age| age > max_age),
                max_age,
            }),
            managed: local.managed(key),
            held_by: local.held_by(&key.sid),
            age,
        }
    }

    /// The account it belongs to.
    #[must_use]
    pub fn account(&self) -> String {
        self.account.to_string()
    }

    /// Its SID.
    #[must_use]
    pub fn sid(&self) -> String {
        self.sid.to_string()
    }

    /// The key and the id of the create that left it unfinished, if one did.
    #[must_use]
    pub fn cut_off(&self) -> Option<CutOff> {
        let Some(Managed::Unfinished(id)) = self.managed.as_ref().filter(|by| by.is_create()) else { return None };
        Some(CutOff { account: self.account.clone(), sid: self.sid.clone(), id: id.clone() })
    }

    /// The files and 1-based lines that hold it.
    #[must_use]
    pub fn lines<'l>(&self, local: &'l Local) -> &'l [(PathBuf, usize)] {
        local.lines.get(self.sid).map_or(&[], Vec::as_slice)
    }

    /// Its kind in one word.
    #[must_use]
    pub fn kind(&self) -> String {
        self.kind.map_or_else(|| "unknown".to_owned(), |kind| kind.to_string())
    }

    /// Its name without a marker, which [`Entry::managed`] tells apart.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.map_or_else(String::new, |name| name.without_marker().to_string())
    }

    /// Its age in its two largest units.
    #[must_use]
    pub fn age(&self) -> String {
        self.age.map_or_else(String::new, show_duration)
    }

    /// Whether it is older than the limit: `Some(None)` if its age is not known, `None` if there is no limit.
    #[must_use]
    pub fn overdue(&self) -> Option<Option<bool>> {
        self.limit.as_ref().map(|limit| limit.overdue)
    }

    /// Its age against the limit.
    #[must_use]
    pub fn left(&self) -> String {
        let Some(limit) = &self.limit else { return String::new() };
        match self.age {
            None => "unknown".to_owned(),
            Some(age) if age > limit.max_age => format!("over by {}", show_duration(age.saturating_sub(limit.max_age))),
            Some(age) => format!("{} left", show_duration(limit.max_age.saturating_sub(age))),
        }
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> String {
        self.created.map_or_else(String::new, |at| at.to_string())
    }

    /// What twcred has to do with it.
    #[must_use]
    pub fn managed(&self) -> String {
        match &self.managed {
            Some(Managed::Rotation(id)) => format!("rotation {id}"),
            Some(Managed::Unfinished(id)) => format!("unfinished {id}"),
            None => String::new(),
        }
    }

    /// The entries that hold it.
    #[must_use]
    pub fn held_by(&self) -> String {
        self.held_by.join(", ")
    }
}
