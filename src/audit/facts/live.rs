//! What Twilio says of the credentials of the file.

use super::Fact;
use crate::model::time::Timestamp;
use crate::model::{ApiKey, KeyKind};

/// What Twilio said.
#[derive(Debug, Clone, Default)]
pub struct LiveFacts {
    /// Each credential of the file that was tried.
    pub probes: Vec<Probe>,
    /// Each account of a credential that works, unless another audited file told of it.
    pub accounts: Vec<AccountKeys>,
}

/// One credential and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The variables it was put together from: the one to point at first, that of the account last if there is one.
    pub variables: Vec<String>,
    /// Whether it is an Auth Token; else an API key.
    pub token: bool,
    /// The answer.
    pub verdict: Verdict,
    /// Of what kind the key is.
    pub kind: Fact<KeyKind>,
    /// When the key was made.
    pub created: Fact<Timestamp>,
    /// Variables that hold phone numbers which the account does not own.
    pub foreign_numbers: Fact<Vec<String>>,
    /// Whether the account still has the key that was refused, as its Auth Token may know.
    pub kept: Fact<bool>,
    /// Whether something of this stayed unknown for want of an answer, and not of a right, be it whether it works.
    pub unanswered: bool,
}

impl Probe {
    /// A verdict, and nothing else asked.
    #[must_use]
    pub fn new(variables: Vec<String>, token: bool, verdict: Verdict) -> Self {
        Self {
            variables,
            token,
            verdict,
            kind: Fact::NotAsked,
            created: Fact::NotAsked,
            foreign_numbers: Fact::NotAsked,
            kept: Fact::NotAsked,
            unanswered: false,
        }
    }
}

/// The keys of an account that nothing known here answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKeys {
    /// The variable that names the account.
    pub variable: String,
    /// The keys whose SIDs stand in no audited file, and on which no open rotation of this machine works; by SID.
    pub unheld: Fact<Vec<ApiKey>>,
    /// Whether this stayed unknown for want of an answer, and not of a right.
    pub unanswered: bool,
    /// Whether this stayed unknown for want of something here that could not be read.
    pub unread: bool,
}

/// What became of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Twilio accepts it.
    Live,
    /// Twilio refuses it on an endpoint it would be entitled to.
    Rejected,
    /// It works, but not for the account that the file names.
    OtherAccount,
    /// The account is suspended or closed.
    AccountInactive,
    /// Test credentials.
    Test,
    /// The key was revoked, and the file still has it.
    Revoked,
    /// No answer that settles it, with the reason.
    CannotTell(String),
}
