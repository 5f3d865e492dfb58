//! The judge of what a killed run of `twcred token` left behind. Shared with `tests/campaign`.

use std::os::unix::fs::MetadataExt as _;

use twcred::dotenv::{EnvFile, Lookup};
use twcred::model::Secret;
use twcred::rotation::token::TokenRotation;
use twcred::rotation::{Ledger, Outcome};
use twcred::store::paths::StateDir;

use super::{GRACE, NOW, Scenario, Stage};
use crate::support::{account_sid, exposed, secret, token};

const ROTATE: &[&str] = &["token", "rotate", "--env-file", "repos.env", "--yes", "--propagation", "0"];

pub(crate) const TOKEN: Scenario = Scenario { name: "token rotation", token: true, run: ROTATE, ..NOW };

const CREATE: &[&str] = &["token", "create", "--env-file", "repos.env"];

pub(crate) const TOKEN_PROMOTE: Scenario = Scenario {
    name: "token promote",
    before: &[CREATE],
    run: &["token", "promote", "--env-file", "repos.env", "--yes", "--propagation", "0"],
    // Killed after its last record, it finds nothing more to promote.
    finish: Some(&[]),
    ..TOKEN
};

pub(crate) const TOKEN_DELETE: Scenario = Scenario {
    name: "token delete",
    before: &[CREATE],
    run: &["token", "delete", "--env-file", "repos.env", "--yes"],
    outcome: Outcome::RolledBack,
    ..TOKEN
};

/// A token rotated while the rotation of a key is in its grace, with its pairs sealed under the token that dies.
pub(crate) const TOKEN_OVER_KEY: Scenario =
    Scenario { name: "token rotation while a key's is in grace", before: &[GRACE.run], ..TOKEN };

/// The token variables, by their order.
const VARIABLES: [&str; 3] = ["TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY", "TWILIO_AUTH_TOKEN_PREVIOUS"];

impl Stage {
    /// The token in force, the secondary and the previous one, read as programs read the file.
    pub(crate) fn tokens(&self) -> [Option<Secret>; 3] {
        let document = EnvFile::parse(&std::fs::read(self.file()).unwrap_or_default());
        VARIABLES.map(|name| match document.lookup(name) {
            Lookup::One { value, .. } | Lookup::Same { value, .. } => Some(value),
            _ => None,
        })
    }

    /// The primary and the secondary token that Twilio has.
    pub(crate) fn at_twilio(&self) -> (Secret, Option<Secret>) {
        self.world.sandbox.with_state(|state| {
            let account = state.account_mut(&account_sid('a')).unwrap();
            (account.token.secret(), account.secondary.as_ref().map(|secondary| secondary.token.secret()))
        })
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
        let mut broken = Vec::new();
        let (primary, secondary) = self.at_twilio();
        let held = self.tokens();
        let works = |token: &Secret| *token == primary || Some(token) == secondary.as_ref();
        if !held.iter().flatten().any(works) {
            broken.push("no token of the file works".to_owned());
        }
        if !held.iter().flatten().any(|token| *token == primary) {
            broken.push("the file does not hold the token in force".to_owned());
        }
        // What else stands there was put there by nobody.
        let rotations = self.token_rotations().unwrap_or_else(|error| {
            broken.push(error);
            Vec::new()
        });
        let open: Vec<&TokenRotation> = rotations.iter().filter(|rotation| rotation.outcome().is_none()).collect();
        if let Some(secondary) = &secondary
            && !held.contains(&Some(secondary.clone()))
            && !open.iter().any(|rotation| rotation.may_have_created())
        {
            broken.push("a secondary token lives, and neither the file nor an open rotation knows it".to_owned());
        }
        if self.without_tokens(&self.text()) != self.without_tokens(&self.original_text()) {
            broken.push("a byte of the file changed beyond the tokens".to_owned());
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

    /// The file with the token's own value masked and the lines beside it gone; where a key was rotated before, that pair
    /// is nobody's concern here.
    fn without_tokens(&self, text: &str) -> String {
        let current = self.tokens()[0].clone();
        let current = current.as_ref().map_or_else(String::new, |current| exposed(current).to_owned());
        let beside = |line: &&str| !VARIABLES[1..].iter().any(|name| line.starts_with(&format!("{name}=")));
        let kept: String = text.split_inclusive('\n').filter(beside).collect();
        let kept = if current.is_empty() { kept } else { kept.replace(&current, "TOKEN") };
        kept.replace(&token(), "TOKEN")
    }

    /// What must hold when all is over.
    pub(super) fn judge_tokens_end(&self) -> Vec<String> {
        let mut broken = self.judge_tokens();
        let (primary, secondary) = self.at_twilio();
        let [current, staged, previous] = self.tokens();
        if current.as_ref() != Some(&primary) {
            broken.push("the file does not hold the primary as the token in force".to_owned());
        }
        if staged.is_some() || previous.is_some() {
            broken.push("the file still holds another token".to_owned());
        }
        if secondary.is_some() {
            broken.push("a secondary token is left".to_owned());
        }
        let rotated = exposed(&primary) != token();
        if rotated != (self.scenario.outcome == Outcome::Rotated) {
            broken.push(format!("the token is rotated: {rotated}"));
        }
        for rotation in self.token_rotations().unwrap_or_default() {
            match rotation.outcome() {
                None => broken.push(format!("rotation {} is not finished", rotation.begun().id)),
                Some(outcome) if outcome == self.scenario.outcome || outcome == Outcome::Undone => {}
                Some(outcome) => broken.push(format!("rotation {} ended {outcome:?}", rotation.begun().id)),
            }
        }
        let keys_open = self.open_keys();
        for path in self.tree() {
            let inside = path.strip_prefix(self.work()).unwrap().to_str().unwrap();
            let place = inside.rsplit_once('/').map_or("", |(place, _)| place);
            let sealed = place == "state/sealed" && inside.ends_with(".sealed") && keys_open > 0;
            let expected = path.is_dir()
                || matches!(place, "state/rotations" | "state/locks") && !inside.contains(".twcred-")
                || inside == "repos.env"
                || sealed;
            if !expected {
                broken.push(format!("{inside} is left"));
            }
        }
        if keys_open > 0 {
            broken.extend(self.rolled_back_key());
        }
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
            let said = String::from_utf8_lossy(&output.stderr);
            broken.push(format!("the key's rollback ended with {}: {said}", output.status));
        } else if held.is_none_or(|pair| exposed(&pair.secret) != secret('1')) {
            broken.push("the key's rollback did not bring the old pair back".to_owned());
        }
        self.restore(&saved);
        broken
    }
}
