//! Another rotation that is open beside the one that is killed, and was authorised by the credential that this replaces:
//! what it has sealed must open with what signs, at every instant. Shared with `tests/campaign`.

use twcred::model::{Credential, KeyPair, Secret};
use twcred::rotation::Rotation;
use twcred::rotation::waiting::{Opened, WaitingRoom};
use twcred::sandbox::{Kind, State};
use twcred::store::paths::StateDir;

use super::runs::TOKEN;
use super::{OWN, Scenario, Stage, finish, write};
use crate::support::family::{add_children, child, childs_key};
use crate::support::{account_sid, add_key, env_text, exposed, key, secret};

/// Whose rotation is open beside the one that is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The key of a subaccount, rotated by the token of its main account.
    Child,
    /// A key of the same account, rotated by the key in question.
    Shop,
}

/// The token of a main account is rotated while a subaccount's key is in its grace.
pub(crate) const TOKEN_OVER_CHILD: Scenario =
    Scenario { name: "token rotation while a subaccount's key is in grace", beside: Some(Beside::Child), ..TOKEN };

/// A key that authorised the rotation of another, in its grace, is replaced and retired.
pub(crate) const OVER_SHOP: Scenario =
    Scenario { name: "a key that authorised another's open rotation", beside: Some(Beside::Shop), ..OWN };

/// The same taken back.
pub(crate) const OVER_SHOP_ROLLBACK: Scenario = Scenario {
    name: "rollback of a key that authorised another's open rotation",
    before: &[&["keys", "rotate", "--env-file", "repos.env"]],
    run: &["rotation", "rollback", ROTATION, "--yes", "--env-file", "repos.env"],
    outcome: twcred::rotation::Outcome::RolledBack,
    ..OVER_SHOP
};

/// Stands in a command for the id of the rotation in question.
pub(crate) const ROTATION: &str = "ROTATION";

impl Beside {
    /// The file of the other key.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Child => "child.env",
            Self::Shop => "shop.env",
        }
    }

    /// What Twilio has beside the account and its key.
    pub(super) fn add(self, state: &mut State) {
        match self {
            Self::Child => add_children(state, 1),
            Self::Shop => add_key(state, 'a', '2', "shop", Kind::Standard, 10),
        }
    }

    /// The file as it was at first.
    fn text(self) -> String {
        env_text(&match self {
            Self::Child => Credential::ApiKey {
                account: child(0),
                pair: KeyPair { sid: childs_key(0), secret: Secret::new(self.secret()) },
            },
            Self::Shop => key('2'),
        })
    }

    /// The secret of the key that is replaced.
    pub(super) fn secret(self) -> String {
        match self {
            Self::Child => format!("s3cr3tOfChild{:019}", 0),
            Self::Shop => secret('2'),
        }
    }
}

impl Stage {
    /// Brings the other rotation into its grace.
    pub(super) fn begin_beside(&self) {
        let Some(beside) = self.scenario.beside else { return };
        write(&self.work().join(beside.file()), 0o600, beside.text().as_bytes());
        let account = if beside == Beside::Child { child(0) } else { account_sid('a') };
        let output = self.signed(&["keys", "rotate", "--env-file", beside.file(), "--account", account.as_str()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs with what signs now in the environment.
    fn signed(&self, args: &[&str]) -> std::process::Output {
        let mut command = self.command(args);
        command.env("TWILIO_ACCOUNT_SID", account_sid('a').as_str());
        match (self.scenario.beside, self.held()) {
            (Some(Beside::Shop), Some(pair)) => {
                command.env("TWILIO_API_KEY", pair.sid.as_str()).env("TWILIO_API_SECRET", exposed(&pair.secret));
            }
            _ => {
                command.env("TWILIO_AUTH_TOKEN", exposed(&self.at_twilio().0));
            }
        }
        finish(command)
    }

    pub(super) fn is_beside(&self, rotation: &Rotation) -> bool {
        let file = self.scenario.beside.map(Beside::file);
        file.is_some_and(|file| rotation.begun().sinks.iter().any(|sink| sink.contains(file)))
    }

    fn rotation_beside(&self) -> Option<Rotation> {
        self.rotations().ok()?.into_iter().find(|rotation| self.is_beside(rotation))
    }

    /// What the other rotation has sealed opens with what signs.
    pub(super) fn judge_beside(&self) -> Vec<String> {
        let Some(beside) = self.scenario.beside else { return Vec::new() };
        let Some(rotation) = self.rotation_beside() else { return vec!["the rotation beside it is gone".to_owned()] };
        let signs = match beside {
            Beside::Child => Some(self.at_twilio().0),
            Beside::Shop => self.held().map(|pair| pair.secret),
        };
        let state = StateDir::open(&self.work().join("state")).unwrap();
        let room = WaitingRoom::new(&state, rotation.begun());
        let opened = signs.map(|signs| room.open(&signs).unwrap());
        match opened {
            Some(Opened::Both(waiting)) if exposed(&waiting.old.secret) == beside.secret() => Vec::new(),
            _ => vec!["what the rotation beside it has sealed does not open with what signs".to_owned()],
        }
    }

    /// When all is over it is taken back, and its file is as it was.
    pub(super) fn judge_beside_end(&self) -> Vec<String> {
        let Some(beside) = self.scenario.beside else { return Vec::new() };
        let (saved, mut broken) = (self.save(), self.judge_beside());
        let id = self.rotation_beside().map(|rotation| rotation.begun().id.to_string()).unwrap_or_default();
        let account = if beside == Beside::Child { child(0) } else { account_sid('a') };
        let output = self.signed(&["rotation", "rollback", &id, "--yes", "--account", account.as_str()]);
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            broken.push(format!("the rollback beside it ended with {}: {said}", output.status));
        }
        let text = std::fs::read_to_string(self.work().join(beside.file())).unwrap_or_default();
        if text != beside.text() {
            broken.push(format!("{} is not as it was", beside.file()));
        }
        let sealed = std::fs::read_dir(self.work().join("state/sealed")).unwrap().count();
        if sealed > 0 {
            broken.push(format!("{sealed} sealed files are left"));
        }
        self.restore(&saved);
        broken
    }
}
