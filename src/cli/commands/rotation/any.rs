//! Whatever has a journal: a rotation of a key, one of a token, or a create that was cut off.

use crate::cli::error::Failure;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, RotationId};
use crate::rotation::create::Create;
use crate::rotation::ledger::Unreadable;
use crate::rotation::token::TokenRotation;
use crate::rotation::{Error, Ledger, Outcome, Rotation};
use crate::store::journal;

/// A rotation of either kind, or a create that was cut off.
#[derive(Debug)]
pub enum Any {
    /// Of a key.
    Key(Box<Rotation>),
    /// Of an account's token.
    Token(Box<TokenRotation>),
    /// A `keys create` that is not settled.
    Create(Box<Create>),
}

impl Any {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &RotationId {
        match self {
            Self::Key(rotation) => &rotation.begun().id,
            Self::Token(rotation) => &rotation.begun().id,
            Self::Create(create) => &create.begun().id,
        }
    }

    /// Where Twilio is, and whose key or token it rotates; `None` for a create.
    #[must_use]
    pub fn twilio(&self) -> Option<(&str, &AccountSid)> {
        match self {
            Self::Key(rotation) => Some((&rotation.begun().endpoint, &rotation.begun().account)),
            Self::Token(rotation) => Some((&rotation.begun().endpoint, &rotation.begun().account)),
            Self::Create(_) => None,
        }
    }

    /// When it began.
    #[must_use]
    pub fn begun(&self) -> Timestamp {
        match self {
            Self::Key(rotation) => rotation.begun().at,
            Self::Token(rotation) => rotation.begun().at,
            Self::Create(create) => create.begun().at,
        }
    }

    /// Whether a sink of this name is among its places, left out or not.
    #[must_use]
    pub fn writes(&self, sink: &str) -> bool {
        match self {
            Self::Key(rotation) => rotation.places().iter().any(|place| place.sink == sink),
            Self::Token(rotation) => rotation.places().iter().any(|place| place.sink == sink),
            // Of a sink that was told nothing a create is made anew.
            Self::Create(create) => create.told().any(|name| name == sink),
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Key(rotation) => rotation.outcome(),
            Self::Token(rotation) => rotation.outcome(),
            Self::Create(_) => None,
        }
    }
}

/// Every rotation and every create that is not settled, oldest first, and every journal that cannot be read.
///
/// # Errors
/// If the directory cannot be read.
pub fn all(ledger: &Ledger) -> Result<(Vec<Any>, Vec<Unreadable>), Failure> {
    let (keys, mut unreadable) = ledger.all()?;
    let (tokens, others) = ledger.tokens()?;
    // A journal that does not say what it tells of is in both lists.
    unreadable.extend(others.into_iter().filter(|broken| ledger.is_token(&broken.id)));
    let (creates, broken) = ledger.creates(None)?;
    unreadable.extend(broken);
    let keys = keys.into_iter().map(|rotation| Any::Key(Box::new(rotation)));
    let tokens = tokens.into_iter().map(|rotation| Any::Token(Box::new(rotation)));
    let creates = creates.into_iter().map(|create| Any::Create(Box::new(create)));
    let mut all: Vec<Any> = keys.chain(tokens).chain(creates).collect();
    all.sort_by_key(Any::begun);
    Ok((all, unreadable))
}

/// The rotation that is meant: the one named, or the only one that is open. A create is meant without its name only where
/// no rotation is open.
///
/// # Errors
/// If there is none, or several.
pub fn find(ledger: &Ledger, id: Option<&RotationId>) -> Result<Any, Failure> {
    if let Some(id) = id.filter(|id| id.is_create()) {
        let (creates, unreadable) = ledger.creates(None)?;
        if let Some(broken) = unreadable.into_iter().find(|broken| broken.id == *id) {
            return Err(Error::BrokenJournal { id: id.clone(), source: broken.error }.into());
        }
        let found = creates.into_iter().find(|create| create.begun().id == *id);
        return found
            .map(|create| Any::Create(Box::new(create)))
            .ok_or_else(|| Error::NoSuchRotation(id.clone()).into());
    }
    if let Some(id) = id {
        let key = |broken| Error::BrokenJournal { id: id.clone(), source: broken };
        let found = match ledger.read_token(id) {
            Ok(Some((rotation, _))) => return Ok(Any::Token(Box::new(rotation))),
            Ok(None) => ledger.read(id),
            Err(error) => Err(error),
        };
        return match found {
            Ok(Some((rotation, _))) => Ok(Any::Key(Box::new(rotation))),
            Ok(None) | Err(journal::Error::Missing { .. }) => Err(Error::NoSuchRotation(id.clone()).into()),
            Err(source) => Err(key(source).into()),
        };
    }
    let (mut open, unreadable) = all(ledger)?;
    open.retain(|rotation| rotation.outcome().is_none());
    let is_create = |any: &Any| matches!(any, Any::Create(_));
    if !open.iter().all(is_create) {
        open.retain(|any| !is_create(any));
    }
    // A journal that cannot be read may be the one that is meant: to say that none is open would be a guess.
    if open.is_empty()
        && let Some(broken) = unreadable.into_iter().next()
    {
        return Err(Error::BrokenJournal { id: broken.id, source: broken.error }.into());
    }
    match open.len() {
        1 => open.pop().ok_or_else(|| Failure::failed("no rotation is open")),
        0 => Err(Failure::failed("no rotation is open").hint("`twcred rotation list` shows the ones that ended")),
        count => {
            let ids: Vec<&str> = open.iter().map(|rotation| rotation.id().as_str()).collect();
            Err(Failure::usage(format!("{count} rotations are open, and nothing says which is meant"))
                .hint(format!("name one: {}", ids.join(", "))))
        }
    }
}
