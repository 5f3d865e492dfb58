//! `keys create` as it is killed, and the judge of what that left. Shared with `tests/campaign`.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde_json::Value;
use twcred::dotenv::EnvFile;
use twcred::model::{FriendlyName, KeyPair};
use twcred::sinks;

use super::{NOW, Scenario, Stage};
use crate::support::{key_sid, secret};

/// Where the new pair is to go.
pub(crate) struct Create {
    /// The file, which is there beforehand or not.
    file: &'static str,
}

const FRESH: Create = Create { file: "new.env" };

const BESIDE: Create = Create { file: "repos.env" };

/// Into a file that there is not yet.
pub(crate) const CREATE: Scenario = Scenario {
    name: "keys create, into a new file",
    create: Some(&FRESH),
    run: &["keys", "create", "ci", "--env-file", "repos.env", "--to", "env:new.env"],
    ..NOW
};

/// Into a file that others use.
pub(crate) const CREATE_BESIDE: Scenario = Scenario {
    name: "keys create, beside another pair",
    create: Some(&BESIDE),
    run: &[
        "keys",
        "create",
        "ci",
        "--env-file",
        "repos.env",
        "--to",
        "env:repos.env#SHIPCREW_TWILIO_API_KEY",
        "--to",
        "json:out.json",
    ],
    json: true,
    ..NOW
};

impl Stage {
    fn create(&self) -> &'static Create {
        self.scenario.create.unwrap()
    }

    /// The new pair in its file, read as programs read it; `Err` if there is half of one.
    fn created(&self) -> Result<Option<KeyPair>, String> {
        let Ok(bytes) = std::fs::read(self.work().join(self.create().file)) else { return Ok(None) };
        let document = EnvFile::parse(&bytes);
        let mut found = None;
        for pair in sinks::pairs(&document) {
            let pair = pair.map_err(|error| format!("the file holds no whole pair: {error}"))?.pair();
            if pair.sid != key_sid('1') && found.replace(pair).is_some() {
                return Err("the file holds two new pairs".to_owned());
            }
        }
        Ok(found)
    }

    /// The journals of creates: the id and the last record of each.
    pub(crate) fn creates(&self) -> Vec<(PathBuf, String, Value)> {
        let Ok(entries) = std::fs::read_dir(self.work().join("state/creates")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            let whole = &text[..text.rfind('\n')?];
            let id = path.file_stem()?.to_str()?.split_once('-')?.1.to_owned();
            Some((path, id, serde_json::from_str(whole.lines().last()?).unwrap()))
        };
        paths.filter_map(read).collect()
    }

    /// What must hold at every instant. Each line is a promise that broke.
    pub(crate) fn judge_creates(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let created = self.created().unwrap_or_else(|why| {
            broken.push(why);
            None
        });
        if !self.text().starts_with(self.text.borrow().as_str()) {
            broken.push("a byte of the file changed beyond the new pair".to_owned());
        }
        if self.create().file != "repos.env" && self.text() != *self.text.borrow() {
            broken.push("another file changed".to_owned());
        }
        if let Some(pair) = &created
            && !self.works(pair)
        {
            broken.push(format!("the file holds {}, which Twilio rejects", pair.sid));
        }
        let journals = self.creates();
        for (sid, name) in self.live() {
            let held = created.as_ref().is_some_and(|pair| pair.sid == sid);
            let marker = name.marker().map(|marker| marker.0.to_string());
            let known = journals.iter().any(|(_, id, _)| Some(id) == marker.as_ref());
            if sid != key_sid('1') && !known && !(held && marker.is_none()) {
                broken.push(format!("{sid} lives, and no journal knows it"));
            }
        }
        if !self.live().iter().any(|(sid, _)| *sid == key_sid('1')) {
            broken.push("the old key is gone".to_owned());
        }
        broken.extend(self.judge_files());
        broken
    }

    /// What must hold when all is over.
    pub(crate) fn judge_creates_end(&self) -> Vec<String> {
        let mut broken = self.judge_creates();
        let Ok(Some(pair)) = self.created() else {
            broken.push("the file does not hold the new pair".to_owned());
            return broken;
        };
        // A file that was to be made, and is not there, may have been made and moved: its key stays, and is told of.
        let doubtful: Vec<String> = self
            .creates()
            .into_iter()
            .filter(|(_, _, last)| last["record"] == "storing" && self.create().file == FRESH.file)
            .map(|(_, id, _)| id)
            .collect();
        for (sid, name) in self.live() {
            let is_told = |name: &FriendlyName| name.marker().is_some_and(|id| doubtful.contains(&id.0.to_string()));
            if sid == pair.sid && name.as_str() != "ci" {
                broken.push(format!("the key is called {name}"));
            } else if sid != pair.sid && sid != key_sid('1') && !is_told(&name) {
                broken.push(format!("{sid} lives beside it"));
            }
        }
        for path in self.tree() {
            let inside = path.strip_prefix(self.work()).unwrap().to_str().unwrap();
            let place = inside.rsplit_once('/').map_or("", |(place, _)| place);
            let expected = path.is_dir()
                || matches!(place, "state/creates" | "state/finished" | "state/locks") && !inside.contains(".twcred-")
                || ["repos.env", self.create().file].contains(&inside)
                || inside == "out.json" && self.scenario.json;
            if !expected {
                broken.push(format!("{inside} is left"));
            }
        }
        broken.extend(self.judge_json(&pair));
        broken
    }

    /// Whether the create is done, so that the same line would ask for another key.
    pub(crate) fn is_created(&self) -> bool {
        let Ok(Some(pair)) = self.created() else { return false };
        self.creates().is_empty() && self.live().iter().any(|(sid, name)| *sid == pair.sid && name.as_str() == "ci")
    }

    /// That nothing below the state directory holds a secret, and nothing at all is open to others.
    pub(crate) fn judge_files(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for path in self.tree() {
            let found = std::fs::symlink_metadata(&path).unwrap();
            if found.mode() & 0o077 != 0 {
                broken.push(format!("{} is open to others", path.display()));
            }
            if found.is_file() && path.starts_with(self.work().join("state")) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                if self.world.leaks(&text) || text.contains(&secret('1')) {
                    broken.push(format!("{} holds a secret", path.display()));
                }
            }
        }
        broken
    }
}
