//! Pairs that a create has left halfway in a sink, where no user of the sink sees them.

use super::record::Create;
use crate::model::{KeyPair, KeySid, RotationId};
use crate::rotation::rotator::OpenSink;
use crate::sinks::{self, Halfway, Loaded, Sink};

/// The sinks that were told the pair of this key and hold it only halfway, each with the pair. A journal that ends while
/// there is one gives the pair up.
///
/// # Errors
/// The name of a sink that cannot tell now.
pub fn halfway(open: &OpenSink<'_>, create: &Create, sid: &KeySid) -> Result<Vec<(String, KeyPair)>, String> {
    let mut found = Vec::new();
    for name in create.told() {
        match open(name, sid).and_then(|sink| left(&*sink, sid, &create.begun().id)) {
            Ok(pair) => found.extend(pair.map(|pair| (name.to_owned(), pair))),
            Err(_) => return Err(name.to_owned()),
        }
    }
    Ok(found)
}

fn left(sink: &dyn Sink, sid: &KeySid, create: &RotationId) -> Result<Option<KeyPair>, sinks::Error> {
    match sink.halfway(sid, create) {
        Ok(Halfway::Unknown | Halfway::Nothing) => Ok(None),
        // What it has in its place as well is no more than a copy.
        Ok(Halfway::Pair(pair)) => Ok((!gives(sink, sid).unwrap_or(false)).then_some(pair)),
        Err(error) => Err(error),
    }
}

/// Whether a sink gives the pair back; `None` if it does not say.
fn gives(sink: &dyn Sink, sid: &KeySid) -> Option<bool> {
    match sink.load() {
        Ok(Loaded::Held(held)) => Some(held.iter().any(|held| held.pair.sid == *sid)),
        Ok(Loaded::Absent) => Some(false),
        Ok(Loaded::WriteOnly) | Err(_) => None,
    }
}

/// Whether nothing can have the secret of this key any more: it was not shown, and each sink that was told it is there,
/// can be read, and has no trace of it.
#[must_use]
pub fn is_lost(open: &OpenSink<'_>, create: &Create, sid: &KeySid) -> bool {
    let is_empty = |name: &str| {
        let Ok(sink) = open(name, sid) else { return false };
        let half = sink.halfway(sid, &create.begun().id);
        if sink.is_away() {
            // It was to be made and never was, or was moved away since.
            return matches!(half, Ok(Halfway::Nothing)) && create.has_told_only(sink.spec());
        }
        matches!(half, Ok(Halfway::Unknown | Halfway::Nothing))
            && matches!(sink.load(), Ok(Loaded::Absent))
            && sink.mentions(sid).is_ok_and(|places| places.is_empty())
    };
    !create.is_shown() && create.told().all(is_empty)
}
