//! A profile as the commands show it.

use std::io;

use serde::Serialize;

use crate::cli::commands::rotation::narrate::moment;
use crate::cli::reveal::Revealed;
use crate::cli::view::{Page, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Fingerprint, KeySid, ProfileName, Secret};
use crate::store::Profiles;
use crate::store::profiles::{EntryName, Profile, Store};

/// What a profile's credential is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    ApiKey,
    AuthToken,
}

impl Kind {
    pub(super) fn of(profile: &Profile) -> Self {
        if profile.key.is_some() { Self::ApiKey } else { Self::AuthToken }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ApiKey => "API key",
            Self::AuthToken => "Auth Token",
        }
    }
}

/// One profile, without its secret.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) name: ProfileName,
    pub(super) active: bool,
    pub(super) account: AccountSid,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) key: Option<KeySid>,
    /// The first 8 hexadecimal digits of the secret's SHA-256.
    pub(super) secret_fingerprint: Fingerprint,
    /// What keeps the secret.
    pub(super) store: Store,
    /// The name of its entry there, or the file.
    pub(super) place: String,
    pub(super) entry: EntryName,
    /// The Twilio it is good at.
    pub(super) endpoint: String,
    pub(super) region: Option<String>,
    pub(super) edge: Option<String>,
    pub(super) added: Timestamp,
}

impl Row {
    pub(super) fn of(profiles: &Profiles, name: &ProfileName, profile: &Profile, active: bool) -> Self {
        Self {
            name: name.clone(),
            active,
            account: profile.account.clone(),
            kind: Kind::of(profile),
            key: profile.key.clone(),
            secret_fingerprint: profile.fingerprint.clone(),
            store: profile.store,
            place: profiles.place(profile),
            entry: profile.entry.clone(),
            endpoint: profile.endpoint.clone(),
            region: profile.region.clone(),
            edge: profile.edge.clone(),
            added: profile.added,
        }
    }

    /// The store and where in it, for people.
    pub(super) fn stored(&self) -> String {
        if self.store == Store::File {
            format!("{}, in plain text", self.place)
        } else {
            format!("{}, entry {}", self.store, self.entry)
        }
    }
}

/// One profile, with its secret if it was to be revealed.
#[derive(Serialize)]
pub(super) struct One {
    #[serde(flatten)]
    row: Row,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Revealed>,
}

impl One {
    pub(super) fn new(row: Row, secret: Option<Secret>) -> Self {
        Self { row, secret: secret.map(Revealed) }
    }
}

impl View for One {
    const SCHEMA: &'static str = "twcred.profile/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let row = &self.row;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let fingerprint = format!("fingerprint {}", row.secret_fingerprint);
        page.fields(&[
            ("profile", row.name.to_string()),
            ("active", if row.active { "yes".to_owned() } else { String::new() }),
            ("account", row.account.to_string()),
            ("type", row.kind.word().to_owned()),
            ("key", row.key.as_ref().map_or_else(String::new, ToString::to_string)),
            ("secret", self.secret.as_ref().map_or(fingerprint, |secret| secret.characters().to_owned())),
            ("stored in", row.stored()),
            ("good at", row.endpoint.clone()),
            ("region", text(&row.region)),
            ("edge", text(&row.edge)),
            ("added", moment(row.added)),
        ])
    }
}
