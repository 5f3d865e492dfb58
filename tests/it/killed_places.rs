//! Where a scenario keeps the account's token, each place read as programs read it. Shared with `tests/campaign`.

use std::collections::BTreeMap;

use serde_json::Value;
use twcred::dotenv::{EnvFile, Lookup};
use twcred::model::Secret;

use super::{Stage, write};
use crate::support::{account_sid, exposed, token};

/// A place that holds the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// A variable of an env file.
    Env(&'static str, &'static str),
    /// `auth_token` of the object `twilio` in a JSON file.
    Json(&'static str),
    /// The entry of a profile.
    Profile(&'static str),
}

/// What is run after a kill, if a rotation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The same command.
    Again,
    /// `rotation resume`.
    Resume,
    /// `token delete`, by the flags of another file than it was begun with; and `rotation resume` after a promote.
    Delete,
}

/// The places of a scenario, and by which names they are known.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) places: &'static [At],
    /// How the secondary and the previous token are named beside the one in force.
    pub(crate) suffixes: [&'static str; 2],
    /// The user's configuration.
    pub(crate) config: Option<&'static str>,
    /// What is run after a kill.
    pub(crate) then: Then,
    /// Whether profiles are kept in the keyring, and not in files.
    pub(crate) keyring: bool,
}

/// One env file, as most have it.
pub(crate) const ONE: Tokens = Tokens {
    places: &[At::Env("repos.env", "TWILIO_AUTH_TOKEN")],
    suffixes: ["_SECONDARY", "_PREVIOUS"],
    config: None,
    then: Then::Again,
    keyring: false,
};

/// A keyring that a stage can set back.
pub(crate) trait Keyring {
    /// The address of the bus it is on.
    fn address(&self) -> String;
    /// Every entry of ours by its name.
    fn entries(&self) -> BTreeMap<String, String>;
    /// Has it hold these and nothing else.
    fn restore(&self, entries: &BTreeMap<String, String>);
}

/// The text of a place's file, with the token in it as a person or a program would have written it.
fn seeded(file: &str) -> String {
    let (account, token) = (account_sid('a'), token());
    match file {
        // Two projects; the last line has no end.
        "other.env" => format!(
            "TWILIO_ACCOUNT_SID={account}\nexport TWILIO_AUTH_TOKEN=\"{token}\" # the main one\n\nA=1\n\
             SHIPCREW_TWILIO_AUTH_TOKEN={token}"
        ),
        _ => format!(
            "{{\n  \"name\": \"app\",\n  \"twilio\": {{\"account_sid\": \"{account}\", \"auth_token\": \"{token}\"}},\n  \
             \"rate\": 1.50\n}}\n"
        ),
    }
}

impl Stage {
    fn places(&self) -> &'static [At] {
        self.scenario.token.map_or(&[], |tokens| tokens.places)
    }

    /// The files of all places, each once, in the working directory.
    pub(super) fn token_files(&self) -> Vec<&'static str> {
        let mut files: Vec<&str> = self.places().iter().filter_map(At::file).collect();
        files.dedup();
        files
    }

    /// Makes every file of a place that is not there, and the configuration.
    pub(super) fn furnish(&self) {
        for file in self.token_files().into_iter().filter(|file| !self.work().join(file).exists()) {
            write(&self.work().join(file), 0o600, seeded(file).as_bytes());
        }
        // What a profile is made of; nothing is said of it later.
        let bare = format!("TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\n", account_sid('a'), token());
        write(&self.world.path("token.env"), 0o600, bare.as_bytes());
        if let Some(config) = self.scenario.token.and_then(|tokens| tokens.config) {
            twcred::store::paths::make(&self.work().join("config/twcred")).unwrap();
            write(&self.work().join("config/twcred/twcred.toml"), 0o600, config.as_bytes());
        }
    }

    /// Each place with the token in force, the secondary and the previous one, read as programs read it.
    pub(crate) fn tokens(&self) -> Vec<(At, [Option<Secret>; 3])> {
        self.places().iter().map(|at| (*at, self.tokens_at(*at))).collect()
    }

    fn tokens_at(&self, at: At) -> [Option<Secret>; 3] {
        match at {
            At::Env(file, variable) => {
                let document = EnvFile::parse(&std::fs::read(self.work().join(file)).unwrap_or_default());
                self.suffixes().map(|suffix| match document.lookup(&format!("{variable}{suffix}")) {
                    Lookup::One { value, .. } | Lookup::Same { value, .. } => Some(value),
                    _ => None,
                })
            }
            At::Json(file) => {
                let json = serde_json::from_slice(&std::fs::read(self.work().join(file)).unwrap_or_default());
                self.members(&json.map_or(Value::Null, |json: Value| json["twilio"].clone()))
            }
            At::Profile(name) => {
                let value = self.entry(name).and_then(|entry| self.entries().remove(&entry)).unwrap_or_default();
                self.members(&serde_json::from_str(&value).unwrap_or(Value::Null))
            }
        }
    }

    fn suffixes(&self) -> [&'static str; 3] {
        let [secondary, previous] = self.scenario.token.map_or(ONE.suffixes, |tokens| tokens.suffixes);
        ["", secondary, previous]
    }

    fn members(&self, object: &Value) -> [Option<Secret>; 3] {
        self.suffixes().map(|suffix| {
            let name = format!("auth_token{}", suffix.to_ascii_lowercase());
            object[name].as_str().map(|value| Secret::new(value.to_owned()))
        })
    }

    /// The file that says which profiles there are.
    pub(super) fn book(&self) -> String {
        std::fs::read_to_string(self.work().join("config/twcred/profiles.toml")).unwrap_or_default()
    }

    /// The entry that a profile leads to.
    fn entry(&self, name: &str) -> Option<String> {
        let book: toml::Table = self.book().parse().ok()?;
        Some(book.get("profile")?.get(name)?.get("entry")?.as_str()?.to_owned())
    }

    /// What the store of the profiles holds, by the names of the entries.
    pub(super) fn entries(&self) -> BTreeMap<String, String> {
        if let Some(keyring) = &self.keyring {
            return keyring.entries();
        }
        let Ok(found) = std::fs::read_dir(self.work().join("config/twcred/secrets")) else { return BTreeMap::new() };
        let named = found.filter_map(|entry| {
            let path = entry.unwrap().path();
            Some((path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned(), std::fs::read_to_string(&path).ok()?))
        });
        named.filter(|(name, _)| !name.starts_with('.')).collect()
    }

    /// Each file of a place with all tokens masked, and what stands there for the others gone.
    pub(super) fn masked(&self) -> BTreeMap<&'static str, String> {
        let held = self.tokens().into_iter().filter_map(|(_, [current, ..])| current);
        let mut known: Vec<String> = held.map(|token| exposed(&token).to_owned()).collect();
        known.push(token());
        let masked = |file: &'static str| {
            let bytes = std::fs::read(self.work().join(file)).unwrap_or_default();
            let text = self.without_beside(file, &String::from_utf8_lossy(&bytes));
            known.iter().fold(text, |text, token| text.replace(token, "TOKEN"))
        };
        self.token_files().into_iter().map(|file| (file, masked(file))).collect()
    }

    fn without_beside(&self, file: &'static str, text: &str) -> String {
        let [_, beside @ ..] = self.suffixes();
        if self.places().contains(&At::Json(file)) {
            let Ok(mut json) = serde_json::from_str::<Value>(text) else { return "no JSON".to_owned() };
            if let Some(object) = json["twilio"].as_object_mut() {
                object.retain(|name, _| {
                    beside.iter().all(|suffix| *name != format!("auth_token{}", suffix.to_lowercase()))
                });
            }
            return json.to_string();
        }
        let is_beside = |line: &&str| {
            let line = line.trim_start_matches("export ");
            let name = line.split_once('=').map_or("", |(name, _)| name);
            self.places().iter().any(|at| {
                matches!(at, At::Env(of, variable) if *of == file
                    && beside.iter().any(|suffix| name == format!("{variable}{suffix}")))
            })
        };
        let kept: String = text.split_inclusive('\n').filter(|line| !is_beside(line)).collect();
        // A line without an end gets one while another stands beneath it.
        kept.trim_end_matches('\n').to_owned()
    }
}

impl At {
    fn file(&self) -> Option<&'static str> {
        match self {
            Self::Env(file, _) | Self::Json(file) => Some(file),
            Self::Profile(_) => None,
        }
    }
}
