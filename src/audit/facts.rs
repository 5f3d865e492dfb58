//! What other parts found out about a file, handed to the rules as plain data.
//!
//! Rules do no I/O; they judge what stands here. Whatever could not be found out is [`Fact::Unknown`] with its reason,
//! whatever nobody looked for is [`Fact::NotAsked`], and neither is ever taken for "all is well". Nothing here holds a
//! value of the file, except [`Facts::environment`], whose values are [`Secret`]s.

mod copies;
mod git;
mod kernel;
mod live;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::copies::{Copied, CopyFacts, CopyKind, Gap, Kept, Missed};
pub use self::git::{GitFacts, IgnoreSource, Repository};
pub use self::kernel::{
    Acl, AclEntry, AclWho, Ancestor, Chain, ExpectedOwner, FileKind, FileSystem, KernelFacts, Link, OwnerSource,
};
pub use self::live::{AccountKeys, LiveFacts, Probe, Verdict};
pub use self::place::{DockerContext, Idiom, Loader, Marked, Package, Packed, PlaceFacts, Sibling};
use super::readers::Readers;
use super::veil::Veil;
use crate::model::time::Timestamp;
use crate::model::{Fingerprint, KeySid, Secret};

/// Something that was found out, could not be found out, or was not looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is so.
    Known(T),
    /// Somebody looked and could not tell; the reason completes "cannot tell: …".
    Unknown(String),
    /// Nobody looked.
    #[default]
    NotAsked,
}

impl<T> Fact<T> {
    /// The fact, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unknown(_) | Self::NotAsked => None,
        }
    }

    /// Why it is unknown, if somebody looked.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Known(_) | Self::NotAsked => None,
        }
    }
}

/// Everything known about one audited file besides its bytes.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The path as the user gave it; `-` for standard input.
    pub path: PathBuf,
    /// What the kernel says of the open file and of its directories.
    pub kernel: Fact<KernelFacts>,
    /// What stands around it.
    pub place: Fact<PlaceFacts>,
    /// What git says of it, in every enclosing repository.
    pub git: Fact<GitFacts>,
    /// Where else its values stand.
    pub copies: Fact<CopyFacts>,
    /// What Twilio said of its credentials.
    pub live: Fact<LiveFacts>,
    /// What was rotated on this machine, and when.
    pub rotated: Fact<Vec<Rotated>>,
    /// The process's environment, of the names that the file assigns.
    pub environment: Fact<BTreeMap<String, Secret>>,
    /// The secrets of the file and of the others of the run, which are in no path that is told.
    pub veil: Arc<Veil>,
    /// What the user chose.
    pub options: Options,
}

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Groups that may read the file.
    pub allow_groups: BTreeSet<u32>,
    /// How old a credential may grow.
    pub max_age: Option<Duration>,
    /// Which readers the file is for; all, if the user did not say.
    pub readers: Readers,
    /// The moment of this run; without it no age is judged.
    pub now: Option<Timestamp>,
    /// Whether what takes a second flag is to be mended too: then a copy need not be closed before it is removed.
    pub unsafe_fixes: bool,
}

/// A credential that a rotation of this machine has put in the place of another, by its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Which.
    pub what: Made,
    /// Since when it is the one to be used.
    pub at: Timestamp,
}

/// What a rotation has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// An API key.
    Key(KeySid),
    /// An Auth Token. Its fingerprint is all that a journal has of it.
    Token(Fingerprint),
}
