//! What can stop a token rotation, and where that leaves it.

use crate::api;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, Fingerprint, KeySid, RotationId, TokenNames};
use crate::rotation;
use crate::rotation::handover::Failed;
use crate::sinks;
use crate::store::journal;
use crate::store::lock::{LockError, Owner};
use crate::store::sealed::SealError;

/// Why a token rotation did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another run works on the tokens of the same account.
    #[error("another run holds the lock on the Auth Token of {account}{}", holder(owner.as_ref()))]
    Locked {
        /// The account.
        account: AccountSid,
        /// Who has it, if that could be read.
        owner: Option<Owner>,
    },
    /// The lock file could not be used.
    #[error("the lock cannot be taken")]
    Lock(#[source] LockError),
    /// The state directory, or a journal in it, could not be used.
    #[error(transparent)]
    Ledger(#[from] rotation::Error),
    /// The rotation is in no state for what was asked.
    #[error("rotation {id} {why}")]
    NotNow {
        /// Which.
        id: RotationId,
        /// Its state, as a half sentence.
        why: &'static str,
    },
    /// Found before anything was made: nothing has changed.
    #[error(transparent)]
    Preflight(Box<Cause>),
    /// An open rotation stopped; the journal knows where.
    #[error("rotation {id} stopped")]
    Halted {
        /// Which.
        id: RotationId,
        /// How far it had come.
        at: Reach,
        /// What stands between it and its end, if another token was put in force and that may be why it stopped.
        bars: Bars,
        /// Why.
        #[source]
        cause: Box<Cause>,
    },
    /// The one who watches said stop.
    #[error("stopped before the next step")]
    Stopped,
}

/// How far a rotation had come when it stopped: what is true of the tokens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No secondary token exists that this rotation made.
    Nothing,
    /// A secondary token may exist; the old token works.
    Secondary,
    /// A promote may have been sent.
    Promoting,
    /// The new token is the primary.
    Promoted,
    /// The way back is entered, or wanted; the old token works.
    Back,
    /// Another token than its two is in force, and both of those are dead.
    Overtaken,
    /// It has ended.
    Ended,
}

/// What stands between a rotation that another token has overtaken and its end.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bars {
    /// Open rotations of keys: what they have sealed may open with a token of the rotation alone.
    pub keys: Vec<RotationId>,
    /// Sinks that give nothing back: that they hold the token in force cannot be seen.
    pub silent: Vec<String>,
}

/// The reason itself.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Twilio could not be asked, or refused.
    #[error("{doing} failed")]
    Twilio {
        /// What was being done.
        doing: &'static str,
        /// Twilio's answer, or why there was none.
        #[source]
        source: api::Error,
    },
    /// A sink failed.
    #[error("{doing} {sink} failed")]
    Sink {
        /// Which.
        sink: String,
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: sinks::Error,
    },
    /// A token that has to work was rejected.
    #[error("{what} was rejected by Twilio: {said}")]
    Rejected {
        /// Which token, and where it came from.
        what: String,
        /// Twilio's words.
        said: String,
    },
    /// Whether a token works could not be told.
    #[error("whether {what} works could not be told: {said}")]
    Unclear {
        /// Which token.
        what: String,
        /// Twilio's words, or why there were none.
        said: String,
    },
    /// The token in hand is not the account's primary.
    #[error("the token in hand ({print}) is the secondary Auth Token of the account, not the one in force")]
    InHandIsSecondary {
        /// Which.
        print: Fingerprint,
        /// How the variables beside a token's are named.
        names: TokenNames,
    },
    /// The account has a secondary token that is not this rotation's.
    #[error("the account has a secondary Auth Token already{}", since.map(|at| format!(", made {}", second(at))).unwrap_or_default())]
    Exists {
        /// When it was made, if events tell.
        since: Option<Timestamp>,
        /// How the variables beside a token's are named.
        names: TokenNames,
        /// Twilio's answer, if it was the answer to a create.
        #[source]
        source: Option<api::Error>,
    },
    /// A create was never answered, a secondary token exists, and nothing proves whose it is.
    #[error("a create was never answered, a secondary Auth Token exists, and whose it is cannot be told: {why}")]
    Unsettled {
        /// Why not.
        why: String,
    },
    /// A create was never answered, and the events that would tell what became of it are not there yet.
    #[error("a create was never answered, and Twilio's events do not tell yet what became of it")]
    EventsLag,
    /// A create was never answered, and what the events call its secondary may be another's by now.
    #[error(
        "a create was never answered, and Twilio's events tell that it has left the secondary Auth Token, but may not tell yet of \
         one that somebody else has made in its place"
    )]
    MayBeReplaced,
    /// A create was never answered, events do not tell what became of it, and on the way back none is made to find that out.
    #[error("a create was never answered, and whether it has left a secondary Auth Token cannot be told: {why}")]
    NotAsked {
        /// Why not.
        why: String,
    },
    /// The secondary token is refused, and nothing proves that it is deleted: a server that does not know it refuses it too.
    #[error("the secondary token ({print}) is refused, and whether it is deleted cannot be told: {why}")]
    MayLive {
        /// The token.
        print: Fingerprint,
        /// Why not.
        why: String,
        /// Whether a later run may be told.
        is_late: bool,
    },
    /// Creating or promoting kept failing without an answer.
    #[error("{what} was sent {times} times without an answer that can be used")]
    NeverAnswered {
        /// What was sent.
        what: &'static str,
        /// How often.
        times: u32,
        /// What came the last time.
        #[source]
        source: api::Error,
    },
    /// No token that was found is the secondary one. Whether there is one, events tell at best.
    #[error("none of the tokens in hand is the account's secondary Auth Token{}", since.map(|at| format!(", which was made {}", second(at))).unwrap_or_default())]
    NoneInHand {
        /// When it was made, if events tell.
        since: Option<Timestamp>,
        /// How the variables beside a token's are named.
        names: TokenNames,
    },
    /// There is no secondary token.
    #[error("the account has no secondary Auth Token that could be {0}")]
    NoSecondary(&'static str),
    /// The secondary token that was staged does not work any more.
    #[error(
        "the new token does not work any more: its secondary was deleted, or another was promoted, by somebody else"
    )]
    Gone,
    /// Neither token works.
    #[error("Twilio refuses the old token and the new one alike: {said}")]
    BothRefused {
        /// Twilio's words.
        said: String,
    },
    /// A token that the journal tells of is nowhere to be found.
    #[error("the {which} token of this rotation ({print}) is in no sink, in no sealed file, and not in hand")]
    TokenLost {
        /// `old` or `new`.
        which: &'static str,
        /// Which.
        print: Fingerprint,
        /// Whether the new one was promoted.
        promoted: bool,
        /// How the variables beside a token's are named.
        names: TokenNames,
    },
    /// A sink does not hold what it was given.
    #[error("{sink} {holds}")]
    Drift {
        /// Which.
        sink: String,
        /// What it holds, or does not, as a half sentence.
        holds: &'static str,
        /// The variables that should hold the token in force; none where the sink has one place for it.
        variables: Vec<String>,
        /// The old token of the rotation.
        old: Fingerprint,
        /// Whether the new one is in force.
        promoted: bool,
        /// How the variables beside a token's are named.
        names: TokenNames,
    },
    /// The rotation was to be taken back, and somebody has promoted its new token.
    #[error(
        "the token {new} is in force already, and the one before it is dead: there is nothing to delete and no way back"
    )]
    InForce {
        /// The token in force.
        new: Fingerprint,
    },
    /// A sink that is to take part holds a token that a rotation of this machine has replaced.
    #[error("{sink} holds the token {print}, which rotation {id} has replaced: it is dead")]
    Replaced {
        /// Which.
        sink: String,
        /// The dead token.
        print: Fingerprint,
        /// The rotation that ended it.
        id: RotationId,
    },
    /// Nothing would hold the new token once it is in force.
    #[error("no sink is left that would hold the new token")]
    NoPlace,
    /// The rotation was overtaken, and a sink does not hold the token that was put in force.
    #[error("another token than the two of this rotation was put in force ({by}), and {sink} does not hold it")]
    Overtaken {
        /// Which.
        sink: String,
        /// The token that was put in force.
        by: Fingerprint,
    },
    /// A sink that gives nothing back may hold a token that works, and would be told one that does not.
    #[error("{sink} would be told the token {print}, which Twilio refuses ({said}), and cannot be asked what it holds")]
    Blind {
        /// Which.
        sink: String,
        /// The token.
        print: Fingerprint,
        /// Twilio's words.
        said: String,
    },
    /// The old token was to be taken out, and lives.
    #[error("Twilio still accepts the old token ({print}), so it was taken out nowhere, and nothing was unsealed")]
    OldLives {
        /// Which.
        print: Fingerprint,
    },
    /// The token in force is in no sink any more.
    #[error(
        "no sink holds the token in force any more: what is sealed may be its only copy{}",
        print.as_ref().map(|print| format!(" ({print})")).unwrap_or_default()
    )]
    Unheld {
        /// Which token that was, as far as this rotation knows.
        print: Option<Fingerprint>,
        /// The variables that should hold it, where the other token of the rotation stands beside them.
        variables: Vec<String>,
        /// Whether it is the new one.
        promoted: bool,
        /// How the variables beside a token's are named.
        names: TokenNames,
    },
    /// Which other places may hold the token is not known; the text says why not.
    #[error("what else may hold the token cannot be told: {0}")]
    Beside(String),
    /// A sink is not there to be looked into.
    #[error("{sink} is not there, and may hold the token")]
    Away {
        /// Which.
        sink: String,
    },
    /// The secondary token is to be deleted, and something holds it.
    #[error("the secondary token is still held: {}", places.join(", "))]
    StillHeld {
        /// Where.
        places: Vec<String>,
    },
    /// A create was never answered, and something uses the secondary token that exists.
    #[error("a create was never answered, and the secondary Auth Token that exists is in use: {}", places.join(", "))]
    InUse {
        /// Where it stands.
        places: Vec<String>,
    },
    /// A rotation of a key is at work, and may be authorised by a token that is about to die.
    #[error("another run is at work on {key}, whose rotation {id} may be authorised by a token that is to end")]
    KeyBusy {
        /// The key.
        key: KeySid,
        /// Its rotation.
        id: RotationId,
    },
    /// Nothing says when the token was last promoted.
    #[error("nothing tells how old the Auth Token is: no rotation of it is in the journal, and {0}")]
    UnknownAge(String),
    /// This machine's clock and Twilio's differ.
    #[error("this machine's clock is {by} {direction} Twilio's")]
    Clock {
        /// By how much.
        by: String,
        /// `ahead of` or `behind`.
        direction: &'static str,
    },
    /// A command of the user failed.
    #[error("the {which} command {said}")]
    Hook {
        /// `check` or `after`.
        which: &'static str,
        /// How it ended.
        said: String,
    },
    /// The sealed file could not be used.
    #[error("the sealed tokens cannot be {doing}")]
    Sealed {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: SealError,
    },
    /// What a rotation of a key has sealed could not be handed over to the token that stays.
    #[error("what rotation {id} has sealed under a token that is to end cannot be sealed under the one that stays")]
    HandOver {
        /// Which rotation.
        id: RotationId,
        /// Why not.
        #[source]
        source: SealError,
    },
    /// The ledger could not be read while the rotation was under way.
    #[error(transparent)]
    Ledger(Box<rotation::Error>),
    /// The journal could not be written.
    #[error("the journal cannot be written")]
    Journal(#[from] journal::Error),
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random(#[source] std::io::Error),
    /// The new token could be neither kept nor deleted.
    #[error("the new token could not be kept ({why}), and deleting the secondary failed")]
    Stray {
        /// Why it could not be kept.
        why: String,
        /// Why it could not be deleted.
        #[source]
        source: api::Error,
    },
}

impl Cause {
    /// Whether it is about one sink alone, and says nothing of the tokens, of Twilio or of this machine.
    #[must_use]
    pub fn is_of_one_sink(&self) -> bool {
        matches!(self, Self::Sink { .. } | Self::Drift { .. } | Self::Away { .. })
    }

    /// Whether it may be that another token was put in force, and both of the rotation's are dead.
    #[must_use]
    pub fn may_be_overtaken(&self) -> bool {
        matches!(
            self,
            Self::BothRefused { .. }
                | Self::TokenLost { .. }
                | Self::Blind { .. }
                | Self::Overtaken { .. }
                | Self::Drift { promoted: true, .. }
        )
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::Preflight(Box::new(cause))
    }
}

impl From<Failed> for Cause {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Busy { key, id } => Self::KeyBusy { key, id },
            Failed::Ledger(error) => error.into(),
            Failed::Seal { id, source } => Self::HandOver { id, source },
            Failed::Random(error) => Self::Random(error),
        }
    }
}

impl From<rotation::Error> for Cause {
    fn from(error: rotation::Error) -> Self {
        Self::Ledger(Box::new(error))
    }
}

fn holder(owner: Option<&Owner>) -> String {
    owner
        .map(|owner| format!(" (pid {}, `{}`, started {})", owner.pid, owner.command, owner.started))
        .unwrap_or_default()
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
