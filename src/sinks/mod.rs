//! Where secrets go: one trait, one table of kinds, one file a kind.
//!
//! A sink holds one API key, or one in several places that are replaced as a unit, or Auth Tokens. It knows nothing of
//! Twilio's API; it does know which variables of an env file make a pair.

pub mod env;
mod error;
pub mod exec;
mod file;
pub mod json;
pub mod keyring;
pub mod pairs;
pub mod spec;
pub mod tokens;

use std::fmt;
use std::time::Duration;

use crate::model::{AccountSid, KeyPair, KeySid, RotationId, Secret};
use crate::store::profiles::{Profiles, Site};

pub use error::Error;
pub use pairs::{Authority, FoundPair, PairError, PairWhy, Projects, authority, pairs};
pub(crate) use spec::real;
pub use spec::{KINDS, Kind, Spec, SpecError, Target, is_among, is_one_file};
pub use tokens::{HeldToken, LoadedTokens, TokenChange, TokenRole, TokenTarget, TokensStored};

/// A place where a credential is kept for those who use it.
pub trait Sink: fmt::Debug + Send + Sync {
    /// What was asked for: `scheme:target#fragment`.
    fn spec(&self) -> &Spec;

    /// Says whose pair it may be beside the key to be replaced: that of the key which comes in its place, or which was there
    /// before. Where a destination holds several pairs and the sink's name does not tell which is meant, it is theirs. That
    /// is no leave to replace it.
    fn expect(&mut self, _key: &KeySid) {}

    /// Notes, durably, that a pair which nothing else holds is about to be stored, where a run that is killed meanwhile
    /// would leave it out of sight. See [`Sink::halfway`].
    ///
    /// # Errors
    /// If that cannot be noted.
    fn announce(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What a run of this create has left that was killed after [`Sink::announce`]. Asked where the sink itself does not hold the pair.
    ///
    /// # Errors
    /// If that cannot be told now.
    fn halfway(&self, _: &KeySid, _: &RotationId) -> Result<Halfway, Error> {
        Ok(Halfway::Unknown)
    }

    /// Says whether [`Sink::store`] of a new pair would work here, without writing.
    ///
    /// # Errors
    /// What stands against it, above all a pair that this sink was not told to replace ([`Options::replace`]).
    fn probe(&self) -> Result<(), Error>;

    /// Replaces the pair, SID and secret together, durably. Repeating it changes nothing, not even the time of the last
    /// write. A crash leaves the complete old or the complete new pair.
    ///
    /// # Errors
    /// What stood against it. Unless the error says otherwise the sink holds what it held.
    fn store(&self, account: &AccountSid, pair: &KeyPair) -> Result<(), Error>;

    /// Reads back what [`Sink::store`] wrote.
    ///
    /// # Errors
    /// Why it cannot be read, or is not a whole pair.
    fn load(&self) -> Result<Loaded, Error>;

    /// Every place in the destination that still holds this SID, this sink's own and others. A destination that cannot
    /// be read ([`Loaded::WriteOnly`]) names none: that is "not known", not "nowhere".
    ///
    /// # Errors
    /// Why the destination cannot be read.
    fn mentions(&self, sid: &KeySid) -> Result<Vec<Place>, Error>;

    /// Says whether every [`TokenChange`] would work here on a token whose value is `holds`, without writing. With `new`,
    /// the token that a rotation has already, it may have come any part of the way.
    ///
    /// # Errors
    /// What stands against it: [`Error::NoToken`] if neither value stands in this sink as the target's current token,
    /// [`Error::TokenOccupied`] if a name that a change needs holds another value.
    fn probe_tokens(&self, target: &TokenTarget, holds: &Secret, new: Option<&Secret>) -> Result<(), Error>;

    /// Every Auth Token in this sink that stands under the target's account, or under none.
    ///
    /// # Errors
    /// Why it cannot be read; above all a token of the target's that readers take differently.
    fn load_tokens(&self, target: &TokenTarget) -> Result<LoadedTokens, Error>;

    /// Makes a change in all places that it strikes together, durably. Repeating it changes nothing, not even the time
    /// of the last write. A crash leaves all places as they were or all changed.
    ///
    /// # Errors
    /// What stood against it; nothing is written then. [`Error::TokenOccupied`] comes of [`TokenChange::Stage`] only: it
    /// is before a promotion that a person can still decide. After it, a value that is not ours is left and reported.
    fn store_tokens(&self, target: &TokenTarget, change: &TokenChange) -> Result<TokensStored, Error>;

    /// Every place in the destination that still holds this exact value, in whatever role and under whatever name, this
    /// sink's own and others. A destination that cannot be read ([`LoadedTokens::WriteOnly`]) names none: that is "not
    /// known", not "nowhere".
    ///
    /// # Errors
    /// Why the destination cannot be read.
    fn mentions_token(&self, value: &Secret) -> Result<Vec<Place>, Error>;

    /// Whether the destination is not there at all: a file unmounted, moved or deleted, a profile removed. What it holds
    /// is then not known.
    fn is_away(&self) -> bool {
        let spec = self.spec();
        spec.kind().target == Target::File && !std::path::Path::new(spec.target()).try_exists().unwrap_or(true)
    }
}

/// What is left of a [`Sink::store`] that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halfway {
    /// It was never begun, or came to its end, or that is not known here.
    Unknown,
    /// It was begun, did not come to its end, and has left no pair of the key.
    Nothing,
    /// The pair, which is where no user of the sink sees it.
    Pair(KeyPair),
}

/// How a sink is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether a file or a pair that does not exist may be made.
    pub create: bool,
    /// The key whose pair may be replaced. Without it nobody's pair is.
    pub replace: Option<KeySid>,
    /// The create that makes the key, whose pair nothing else holds: of a file that it is killed over the temporary one
    /// bears its id, and stays until the create is settled.
    pub making: Option<RotationId>,
    /// How long another program may take.
    pub timeout: Duration,
    /// Whether the run is to end: no other program is started then. One that runs already comes to its end, since what
    /// it does to the destination is not known.
    pub stop: fn() -> bool,
    /// The user's profiles, for the sinks that are one.
    pub profiles: Option<Profiles>,
    /// Where the credential is good, for a profile that remembers it. Without it no profile is written.
    pub site: Option<Site>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create: false,
            replace: None,
            making: None,
            timeout: Duration::from_mins(1),
            stop: || false,
            profiles: None,
            site: None,
        }
    }
}

impl Options {
    /// Whether a pair that is held may give way to one whose SID is `new`; `None` stands for a key not yet made.
    fn may_replace(&self, held: &KeySid, new: Option<&KeySid>) -> bool {
        self.replace.as_ref() == Some(held) || new == Some(held)
    }
}

/// A place inside a sink, for people: file name, line and variable. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Such as `repos.env:12 SHIPCREW_TWILIO_API_KEY`.
    pub what: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.what)
    }
}

/// A pair and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where.
    pub place: Place,
    /// The pair.
    pub pair: KeyPair,
    /// The account named beside it, if any.
    pub account: Option<AccountSid>,
}

/// What a sink holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// A pair in each of the sink's places.
    Held(Vec<Held>),
    /// None yet.
    Absent,
    /// The destination takes secrets and does not give them back.
    WriteOnly,
}

/// Opens a sink of the kind its spec names. Nothing is read or written yet.
///
/// # Errors
/// If the fragment or the target does not suit the kind.
pub fn open(spec: &Spec, options: &Options) -> Result<Box<dyn Sink>, Error> {
    (spec.kind().open)(spec, options)
}
