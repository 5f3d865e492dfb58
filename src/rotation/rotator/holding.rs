//! What a sink holds, as a rotation sees it.

use crate::model::KeySid;
use crate::sinks::{self, Loaded, Sink};

/// What a sink holds of a rotation. The steps differ in what they make of it, not in how they tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holding {
    /// The new pair, in each of its places.
    New,
    /// The old pair, in one place at least, and a third key's in none.
    Old,
    /// None, and it is there.
    Nothing,
    /// The pair of a key that is none of the rotation's.
    Other(KeySid),
    /// It takes pairs and does not give them back.
    Untold,
    /// The destination is not there.
    Away,
}

impl Holding {
    /// Looks into a sink of the rotation that replaces `old` by `new`.
    ///
    /// # Errors
    /// Why it cannot be read now.
    pub(super) fn of(sink: &dyn Sink, old: &KeySid, new: Option<&KeySid>) -> Result<Self, sinks::Error> {
        if sink.is_away() {
            return Ok(Self::Away);
        }
        let pairs = match sink.load()? {
            Loaded::Held(pairs) => pairs,
            Loaded::Absent => return Ok(Self::Nothing),
            Loaded::WriteOnly => return Ok(Self::Untold),
        };
        let mut sids = pairs.into_iter().map(|held| held.pair.sid);
        if let Some(other) = sids.clone().find(|sid| sid != old && Some(sid) != new) {
            return Ok(Self::Other(other));
        }
        Ok(if sids.any(|sid| sid == *old) { Self::Old } else { Self::New })
    }
}
