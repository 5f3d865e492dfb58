//! What can stop a rotation, and where that leaves it.

use super::signer::Signer;
use super::state::Rotation;
use crate::api;
use crate::model::{AccountSid, KeySid, RotationId};
use crate::sinks;
use crate::store::journal;
use crate::store::lock::{LockError, Owner};
use crate::store::paths;
use crate::store::sealed::SealError;

/// Why a rotation did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another run works on the same key.
    #[error("another run holds the lock on {key}{}", owner.as_ref().map(|owner| format!(" (pid {}, `{}`, started {})", owner.pid, owner.command, owner.started)).unwrap_or_default())]
    Locked {
        /// The key that both want.
        key: KeySid,
        /// Who has it, if that could be read.
        owner: Option<Owner>,
    },
    /// Another run makes a key of the same account.
    #[error("another run makes a key of {account}{}", owner.as_ref().map(|owner| format!(" (pid {}, `{}`, started {})", owner.pid, owner.command, owner.started)).unwrap_or_default())]
    CreateLocked {
        /// The account.
        account: AccountSid,
        /// Who it is, if that could be read.
        owner: Option<Owner>,
    },
    /// The lock file could not be used.
    #[error("the lock cannot be taken")]
    Lock(#[source] LockError),
    /// A journal cannot be understood.
    #[error("the journal of rotation {id} cannot be read")]
    BrokenJournal {
        /// Whose journal.
        id: RotationId,
        /// What is wrong with it.
        #[source]
        source: journal::Error,
    },
    /// The journal could not be written, so nothing was begun.
    #[error("the journal cannot be written")]
    Journal(#[from] journal::Error),
    /// The state directory could not be used.
    #[error("the state directory cannot be used")]
    State(#[from] paths::Error),
    /// No rotation has this id.
    #[error("there is no rotation {0}")]
    NoSuchRotation(RotationId),
    /// The rotation is in no state for what was asked.
    #[error("rotation {id} {why}")]
    NotNow {
        /// Which.
        id: RotationId,
        /// Its state, as a half sentence.
        why: &'static str,
    },
    /// The rotation was begun somewhere else.
    #[error("rotation {id} was begun at {begun}, and this run talks to {here}")]
    OtherEndpoint {
        /// Which.
        id: RotationId,
        /// Where it was begun.
        begun: String,
        /// Where this run goes.
        here: String,
    },
    /// Found before anything was made: nothing has changed.
    #[error(transparent)]
    Preflight(Box<Cause>),
    /// An open rotation stopped; the journal knows where.
    #[error("rotation {id} stopped")]
    Halted {
        /// Which.
        id: RotationId,
        /// The new key, if one was made.
        new: Option<KeySid>,
        /// Whether a key may have been made at all.
        may_exist: bool,
        /// Whether one of the two keys is revoked already.
        is_over: bool,
        /// Whether it is turning back.
        turning: bool,
        /// Why.
        #[source]
        cause: Box<Cause>,
    },
    /// The one who watches said stop.
    #[error("stopped before the next step")]
    Stopped,
}

impl Error {
    /// That an open rotation stopped, and where.
    #[must_use]
    pub fn halted(rotation: &Rotation, cause: Cause) -> Self {
        Self::Halted {
            id: rotation.begun().id.clone(),
            new: rotation.new_key().cloned(),
            may_exist: rotation.may_have_created() && rotation.outcome().is_none(),
            is_over: rotation.is_over(),
            turning: rotation.back().is_some(),
            cause: Box::new(cause),
        }
    }
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
    /// A sink holds neither the old pair nor the new one.
    #[error("{sink} holds {holds}, which is neither the old key {old} nor the rotation's new one")]
    Drift {
        /// Which.
        sink: String,
        /// What it holds instead.
        holds: String,
        /// The key that was expected.
        old: KeySid,
        /// Whether the grace is over: then no run puts the new pair there by itself.
        after_grace: bool,
    },
    /// No sink gives back the pair that stays, so what is sealed is the only copy of its secret.
    #[error("no sink holds {key}, so its secret is nowhere but in the sealed file{}", said(sinks))]
    NoPlace {
        /// The key.
        key: KeySid,
        /// What each sink holds instead, as a half sentence.
        sinks: Vec<String>,
    },
    /// A sink is not there to be looked into, and may hold a key that is to be revoked.
    #[error("{sink} is not there, and may hold {key}")]
    Away {
        /// Which.
        sink: String,
        /// The key.
        key: KeySid,
    },
    /// A key that was replaced is gone already, by other hands, and a sink that may hold it is not there.
    #[error("{sink} is not there, and may hold {key}, which is gone at Twilio already")]
    Behind {
        /// Which.
        sink: String,
        /// The key.
        key: KeySid,
    },
    /// A sink that was left out may hold a key that is to be revoked, and cannot be asked.
    #[error("{sink} was left out, {why}, and may hold {key}")]
    LeftOut {
        /// Which.
        sink: String,
        /// The key.
        key: KeySid,
        /// Why it cannot be asked, as a half sentence.
        why: &'static str,
    },
    /// On the way back the key that is to stay was found revoked by other hands.
    #[error("{old} is revoked, so {new} is the last key of the rotation that works, and is not revoked")]
    LastKey {
        /// The old key.
        old: KeySid,
        /// The new key.
        new: KeySid,
    },
    /// A place that the configuration names cannot be looked into, and may hold a key that is to be revoked.
    #[error("{sink} cannot be looked into, and may hold {key}")]
    Unseen {
        /// Which.
        sink: String,
        /// The key.
        key: KeySid,
        /// Why not.
        #[source]
        source: sinks::Error,
    },
    /// A key is to end, and places that the configuration names hold it, which are no sinks of its rotation.
    #[error("{key} is held where its rotation replaces nothing: {}", places(held))]
    HeldElsewhere {
        /// The key.
        key: KeySid,
        /// Where.
        held: Vec<Elsewhere>,
    },
    /// Which other places may hold the key is not known; the text says why not.
    #[error("what else may hold the key cannot be told: {0}")]
    Beside(String),
    /// A sink holds a key that was revoked before it could be given the new one.
    #[error("{sink} still holds {key}, which is revoked: rotation {id} ended without it")]
    Late {
        /// Which.
        sink: String,
        /// The revoked key.
        key: KeySid,
        /// The rotation.
        id: RotationId,
    },
    /// A key is to be revoked, and something holds it.
    #[error("{key} is still held: {}", places.join(", "))]
    StillHeld {
        /// The key.
        key: KeySid,
        /// Where.
        places: Vec<String>,
        /// Whether the grace is over: then no run puts the new pair there by itself.
        after_grace: bool,
    },
    /// A pair that has to work was rejected.
    #[error("{what} was rejected by Twilio: {said}")]
    Rejected {
        /// Which pair, and where it came from.
        what: String,
        /// Twilio's words.
        said: String,
    },
    /// Whether a pair works could not be told.
    #[error("whether {what} works could not be told: {said}")]
    Unclear {
        /// Which pair.
        what: String,
        /// Twilio's words, or why there were none.
        said: String,
    },
    /// The account has no such key.
    #[error("{0} is not among the account's keys: revoked, or another account's")]
    UnknownKey(KeySid),
    /// Twilio did not say when a key was made, so its age cannot be held against a limit.
    #[error("Twilio does not say when {0} was made, so its age is unknown")]
    UnknownAge(KeySid),
    /// A Main key cannot be made by API.
    #[error("{0} is a Main key, and a Main key cannot be made by API")]
    MainKey(KeySid),
    /// The key that authorises would end with the rotation, and what follows it may not manage keys.
    #[error(
        "{0} is a Main key and authorises its own replacement by a Standard key, which could not bring it to its end"
    )]
    AuthorityEnds(KeySid),
    /// The key's name says that another rotation, of which nothing is known here, is at work on it.
    #[error("the name of {key} carries the marker of rotation {id}, which is not of this state directory")]
    Foreign {
        /// The key.
        key: KeySid,
        /// The rotation.
        id: RotationId,
    },
    /// A Restricted key whose policy the authorising credential cannot see.
    #[error("{0} is a Restricted key, and this credential is not shown its policy, so another like it cannot be made")]
    UnknownPolicy(KeySid),
    /// The authorising key may not do what a rotation needs.
    #[error("{key} authorises this rotation, and its policy lacks {missing}")]
    AuthorityLacks {
        /// The authorising key.
        key: KeySid,
        /// The permission.
        missing: String,
    },
    /// The authorising key is a Standard key.
    #[error("{0} authorises this rotation, and it is a Standard key, which may not manage keys")]
    StandardAuthority(KeySid),
    /// This machine's clock and Twilio's differ.
    #[error("this machine's clock is {by} {direction} Twilio's, so ages and the end of a grace would be wrong")]
    Clock {
        /// By how much.
        by: String,
        /// `ahead of` or `behind`.
        direction: &'static str,
    },
    /// What came back from the create is not what was asked.
    #[error("the key that Twilio made is not what was asked for: {0}")]
    Different(String),
    /// A command of the user failed.
    #[error("the {which} command {said}")]
    Hook {
        /// `check` or `after`.
        which: &'static str,
        /// How it ended.
        said: String,
    },
    /// The sealed secret cannot be opened, and a sink that cannot be read may hold it.
    #[error(
        "the sealed secret of {key} cannot be opened with this credential, and {sink} cannot be read to see whether it holds it"
    )]
    SealLocked {
        /// The new key.
        key: KeySid,
        /// The sink that cannot be read.
        sink: String,
    },
    /// What is sealed does not open with the credential at hand, and was sealed under one of another place.
    #[error("what is sealed of it was sealed under {0}, and does not open with the credential of this run")]
    SealedUnder(Box<Signer>),
    /// The key that signs belongs to another account than the rotation's: what it is told of keys is not about ours.
    #[error("{key} signs the requests, and is no key of {account} that works: {said}")]
    OthersKey {
        /// The key that signs.
        key: KeySid,
        /// The account whose keys are rotated.
        account: AccountSid,
        /// Twilio's words.
        said: String,
    },
    /// The old secret is nowhere to be found.
    #[error("the secret of the old key {0} cannot be recovered, so it cannot be put back")]
    OldSecretLost(KeySid),
    /// The new secret is nowhere to be found.
    #[error("the secret of the new key {0} cannot be recovered: no sink holds it")]
    NewSecretLost(KeySid),
    /// The sealed file could not be used.
    #[error("the sealed secret cannot be {doing}")]
    Sealed {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: SealError,
    },
    /// Another run works on a rotation that may have sealed something under a key that is about to end.
    #[error(
        "another run is at work on {key}, and what its rotation {id} has sealed may open with a key of this one alone"
    )]
    KeyBusy {
        /// The key of that rotation.
        key: KeySid,
        /// That rotation.
        id: RotationId,
    },
    /// A key is to end whose secret opens what another rotation has sealed, and is not at hand to seal it anew.
    #[error("{key} opens what the open rotation {id} has sealed, and its secret is not at hand to seal that anew")]
    Seals {
        /// The key that is to end.
        key: KeySid,
        /// The other rotation.
        id: RotationId,
    },
    /// What another rotation has sealed under a key of this one could not be sealed under the other.
    #[error("what rotation {id} has sealed under a key of this one cannot be sealed anew")]
    HandOver {
        /// The other rotation.
        id: RotationId,
        /// Why not.
        #[source]
        source: SealError,
    },
    /// The ledger could not be read while the rotation was under way.
    #[error(transparent)]
    Ledger(Box<Error>),
    /// The journal could not be written.
    #[error("the journal cannot be written")]
    Journal(#[from] journal::Error),
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random(#[source] std::io::Error),
    /// The new key could be neither kept nor revoked.
    #[error("the secret of {sid} could not be kept ({why}), and revoking the key failed")]
    Stray {
        /// The key that lives and that nobody holds.
        sid: KeySid,
        /// Why it could not be kept.
        why: String,
        /// Why it could not be revoked.
        #[source]
        source: api::Error,
    },
    /// The key of a create that was cut off could be neither revoked nor named.
    #[error("{sid} is live, and {doing} it failed")]
    CutOff {
        /// The key.
        sid: KeySid,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: api::Error,
    },
    /// Creating kept failing without an answer.
    #[error("the create was sent {times} times without an answer that can be used; every key it left was revoked")]
    NeverAnswered {
        /// How often.
        times: u32,
        /// What came the last time.
        #[source]
        source: api::Error,
    },
}

/// A place beside a rotation that holds its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Where in it.
    pub places: Vec<String>,
    /// The sink that is about the pairs of the key there; `None` if the key stands in none.
    pub sink: Option<String>,
    /// The sink that is the whole place.
    pub whole: String,
}

fn places(held: &[Elsewhere]) -> String {
    held.iter().flat_map(|held| &held.places).map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn said(sinks: &[String]) -> String {
    if sinks.is_empty() { "; every sink is left out".to_owned() } else { format!(": {}", sinks.join(", ")) }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::Preflight(Box::new(cause))
    }
}
