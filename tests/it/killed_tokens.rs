//! The judge of what a killed run of `twcred token` left behind. Shared with `tests/campaign`.

use std::os::unix::fs::MetadataExt as _;

use twcred::model::Secret;
use twcred::rotation::token::TokenRotation;
use twcred::rotation::{Ledger, Outcome};
use twcred::store::paths::StateDir;

use super::places::{At, Then};
use super::{DELETE, RESUME, Stage};
use crate::support::{account_sid, exposed, secret, token};

impl Stage {
    /// The primary and the secondary token that Twilio has.
    pub(crate) fn at_twilio(&self) -> (Secret, Option<Secret>) {
        self.world.sandbox.with_state(|state| {
            let account = state.account_mut(&account_sid('a')).unwrap();
            (account.token.secret(), account.secondary.as_ref().map(|secondary| secondary.token.secret()))
        })
    }

    pub(super) fn is_promoted(&self) -> bool {
        exposed(&self.at_twilio().0) != token()
    }

    pub(crate) fn token_rotations(&self) -> Result<Vec<TokenRotation>, String> {
        let state = self.work().join("state");
        if ["rotations", "sealed", "locks"].iter().any(|name| !state.join(name).is_dir()) {
            return Ok(Vec::new());
        }
        let ledger = Ledger::new(StateDir::open(&state).map_err(|error| error.to_string())?);
        let (rotations, unreadable) = ledger.tokens().map_err(|error| error.to_string())?;
        match unreadable.first() {
            Some(broken) => Err(format!("the journal {} is unreadable: {}", broken.id, broken.error)),
            None => Ok(rotations),
        }
    }

    /// What must hold at every instant.
    pub(super) fn judge_tokens(&self) -> Vec<String> {
        let mut broken = self.judge_beside();
        let (primary, secondary) = self.at_twilio();
        let held = self.tokens();
        let works = |token: &Secret| *token == primary || Some(token) == secondary.as_ref();
        for (at, tokens) in &held {
            if !tokens.iter().flatten().any(works) {
                broken.push(format!("no token of {at:?} works"));
            }
            if !tokens.iter().flatten().any(|token| *token == primary) {
                broken.push(format!("{at:?} does not hold the token in force"));
            }
        }
        // What else stands there was put there by nobody.
        let rotations = self.token_rotations().unwrap_or_else(|error| {
            broken.push(error);
            Vec::new()
        });
        let mut open = rotations.iter().filter(|rotation| rotation.outcome().is_none());
        if let Some(secondary) = &secondary
            && !held.iter().any(|(_, tokens)| tokens.contains(&Some(secondary.clone())))
        {
            match open.find(|rotation| rotation.may_have_created()) {
                None => {
                    broken
                        .push("a secondary token lives, and neither a place nor an open rotation knows it".to_owned());
                }
                // Its answer was read, so its only copy is what is sealed.
                Some(rotation) if rotation.new_token().is_some() && !self.is_sealed(rotation) => {
                    broken.push("a secondary token lives, and no place and nothing sealed holds it".to_owned());
                }
                Some(_) => {}
            }
        }
        if self.masked() != *self.masked.borrow() {
            broken.push("a byte of a file changed beyond the tokens".to_owned());
        }
        for path in self.tree() {
            let found = std::fs::symlink_metadata(&path).unwrap();
            if found.mode() & 0o077 != 0 {
                broken.push(format!("{} is open to others", path.display()));
            }
            if found.is_file() && path.starts_with(self.work().join("state")) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                let known = [Some(&primary), secondary.as_ref()].into_iter().flatten();
                if known.into_iter().any(|token| text.contains(exposed(token)))
                    || text.contains(&token())
                    || text.contains(&secret('1'))
                {
                    broken.push(format!("{} holds a secret", path.display()));
                }
            }
        }
        broken
    }

    fn is_sealed(&self, rotation: &TokenRotation) -> bool {
        let of_rotation = |name: &str| name.starts_with(rotation.begun().id.as_str());
        let place = self.work().join("state/sealed");
        self.tree()
            .iter()
            .filter(|path| path.starts_with(&place))
            .any(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(of_rotation))
    }

    /// Notes how each file is to be at the end, but for the token.
    pub(super) fn note_lasting(&self) {
        let read = |file| (file, std::fs::read_to_string(self.work().join(file)).unwrap());
        self.lasting.replace(self.token_files().into_iter().map(read).collect());
    }

    /// What must hold when all is over.
    pub(super) fn judge_tokens_end(&self, outcome: Outcome) -> Vec<String> {
        // One that was taken back before the next was begun.
        let undone = self.scenario.token.is_some_and(|tokens| tokens.then == Then::Delete);
        let mut broken = self.judge_tokens();
        let (primary, secondary) = self.at_twilio();
        for (at, [current, staged, previous]) in self.tokens() {
            if current.as_ref() != Some(&primary) {
                broken.push(format!("{at:?} does not hold the primary as the token in force"));
            }
            if staged.is_some() || previous.is_some() {
                broken.push(format!("{at:?} still holds another token"));
            }
        }
        for (file, text) in &*self.lasting.borrow() {
            let found = std::fs::read_to_string(self.work().join(file)).unwrap();
            if found != text.replace(&token(), exposed(&primary)) {
                broken.push(format!("{file} is not as it was but for the token"));
            }
        }
        if secondary.is_some() {
            broken.push("a secondary token is left".to_owned());
        }
        if self.is_promoted() != (outcome == Outcome::Rotated) {
            broken.push(format!("the token is rotated: {}", self.is_promoted()));
        }
        for rotation in self.token_rotations().unwrap_or_default() {
            match rotation.outcome() {
                None => broken.push(format!("rotation {} is not finished", rotation.begun().id)),
                Some(ended) if ended == outcome || ended == Outcome::Undone => {}
                Some(Outcome::RolledBack) if undone => {}
                Some(outcome) => broken.push(format!("rotation {} ended {outcome:?}", rotation.begun().id)),
            }
        }
        if self.tokens().iter().any(|(at, _)| matches!(at, At::Profile(_))) {
            broken.extend(self.forgotten_profile());
        }
        let keys_open = self.open_keys();
        for path in self.tree() {
            let inside = path.strip_prefix(self.work()).unwrap().to_str().unwrap();
            let place = inside.rsplit_once('/').map_or("", |(place, _)| place);
            let sealed = place == "state/sealed" && inside.ends_with(".sealed") && keys_open > 0;
            let expected = path.is_dir()
                || matches!(place, "state/rotations" | "state/locks") && !inside.contains(".twcred-")
                || inside == "repos.env"
                || self.token_files().contains(&inside)
                || inside.starts_with("config/twcred/")
                || self.scenario.beside.is_some_and(|beside| inside == beside.file())
                || sealed;
            if !expected {
                broken.push(format!("{inside} is left"));
            }
        }
        if self.scenario.beside.is_some() {
            broken.extend(self.judge_beside_end());
        } else if keys_open > 0 {
            broken.extend(self.rolled_back_key());
        }
        broken
    }

    /// Takes back what is open, where there is a way back; else brings it to its end. Judges.
    pub(super) fn undo(&self) -> Vec<String> {
        let output = self.run(DELETE);
        let mut broken = self.judge_tokens();
        let outcome = match output.status.code() {
            Some(0) => Outcome::RolledBack,
            Some(2) if self.is_promoted() => {
                let output = self.run(RESUME);
                if !output.status.success() {
                    broken.push(format!("resuming it ended with {}: {}", output.status, said(&output)));
                }
                Outcome::Rotated
            }
            _ => {
                broken.push(format!("taking it back ended with {}: {}", output.status, said(&output)));
                Outcome::RolledBack
            }
        };
        broken.extend(self.judge_tokens_end(outcome));
        broken
    }

    /// What a killed run left in the store of the profiles is noted, and goes with the next change of a profile.
    fn forgotten_profile(&self) -> Vec<String> {
        let (saved, book, mut broken) = (self.save(), self.book(), Vec::new());
        for entry in self.entries().into_keys().filter(|entry| !book.contains(entry.as_str())) {
            broken.push(format!("the entry {entry} is noted nowhere"));
        }
        let output = self.run(&["profile", "remove", "ci", "--yes"]);
        if !output.status.success() {
            broken.push(format!("removing the profile ended with {}", output.status));
        }
        broken.extend(self.entries().into_keys().map(|entry| format!("the entry {entry} is left")));
        let half = |path: &std::path::PathBuf| path.to_str().is_some_and(|path| path.contains(".twcred-"));
        broken.extend(self.tree().into_iter().filter(half).map(|path| format!("{} is left", path.display())));
        self.restore(&saved);
        broken
    }

    fn open_keys(&self) -> usize {
        self.rotations().map_or(0, |all| all.iter().filter(|rotation| rotation.outcome().is_none()).count())
    }

    /// The key whose rotation was open all the while can still be taken back: what was sealed under the old token opens.
    fn rolled_back_key(&self) -> Vec<String> {
        let saved = self.save();
        let output = self.run(&["rotation", "rollback", "--yes", "--env-file", "repos.env"]);
        let held = self.held();
        let mut broken = Vec::new();
        if !output.status.success() {
            broken.push(format!("the key's rollback ended with {}: {}", output.status, said(&output)));
        } else if held.is_none_or(|pair| exposed(&pair.secret) != secret('1')) {
            broken.push("the key's rollback did not bring the old pair back".to_owned());
        }
        self.restore(&saved);
        broken
    }
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
