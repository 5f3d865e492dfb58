//! Pairs that a create has left halfway in a sink, where no user of the sink sees them.

use super::record::Create;
use crate::model::{KeyPair, KeySid};
use crate::rotation::rotator::OpenSink;
use crate::sinks::{self, Halfway, Sink};

/// The sinks that were told the pair of this key and hold it only halfway, each with the pair. A journal that ends while
/// there is one gives the pair up.
///
/// # Errors
/// The name of a sink that cannot tell now.
pub fn halfway(open: &OpenSink<'_>, create: &Create, sid: &KeySid) -> Result<Vec<(String, KeyPair)>, String> {
    let mut found = Vec::new();
    for name in create.told() {
        match open(name, sid).and_then(|sink| left(&*sink, sid)) {
            Ok(pair) => found.extend(pair.map(|pair| (name.to_owned(), pair))),
            Err(_) => return Err(name.to_owned()),
        }
    }
    Ok(found)
}

fn left(sink: &dyn Sink, sid: &KeySid) -> Result<Option<KeyPair>, sinks::Error> {
    match sink.halfway(sid) {
        Ok(Halfway::Unknown | Halfway::Nothing) => Ok(None),
        // What it has in its place as well is no more than a copy.
        _ if sink.mentions(sid).is_ok_and(|places| !places.is_empty()) => Ok(None),
        Ok(Halfway::Pair(pair)) => Ok(Some(pair)),
        Err(error) => Err(error),
    }
}
