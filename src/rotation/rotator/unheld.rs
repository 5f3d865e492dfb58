//! Whether anything that is known holds a key that is to be revoked.

use super::World;
use super::holding::Holding;
use super::place::{drift, reading};
use crate::model::KeySid;
use crate::model::time::Timestamp;
use crate::rotation::error::Cause;
use crate::rotation::state::Rotation;
use crate::rotation::watched;
use crate::sinks::{Place, Sink};

/// Looks for the key in every sink that is not left out, in any variable, and in every other place that is known. `sinks`
/// are those of the rotation's places, in their order; in `others` earlier rotations left the old key.
///
/// # Errors
/// [`Cause::StillHeld`] with the places; [`Cause::Away`] if one of the others is not there; as [`watched::before_revoke`];
/// else if one cannot be read.
pub(super) fn make_sure(
    world: &World<'_>,
    rotation: &Rotation,
    sinks: &[Box<dyn Sink>],
    others: &[String],
    sid: &KeySid,
) -> Result<(), Cause> {
    let mut places = Vec::new();
    for (_, sink) in in_use(rotation, sinks) {
        places.extend(mentions(sink, sid)?);
    }
    if rotation.new_key() == Some(sid) {
        places.extend(left_out(rotation, sinks, sid)?);
    }
    if *sid == rotation.begun().old {
        // They may have come back since this rotation began.
        for name in others {
            let sink = (world.open_sink)(name, sid);
            let sink = sink.map_err(|source| Cause::Sink { sink: name.clone(), doing: "opening", source })?;
            if sink.is_away() {
                return Err(Cause::Away { sink: name.clone(), key: sid.clone() });
            }
            places.extend(mentions(sink.as_ref(), sid)?);
        }
    }
    let known = (world.holders)(sid);
    places.extend(known.map_err(|source| Cause::Sink {
        sink: "a profile".to_owned(),
        doing: "looking for the key in",
        source,
    })?);
    places.sort();
    places.dedup();
    let after_grace = rotation.is_after_grace((world.clock)());
    if !places.is_empty() {
        return Err(Cause::StillHeld { key: sid.clone(), places, after_grace });
    }
    watched::before_revoke(world, rotation, sid)
}

/// Where the new key stands in sinks that are left out. They are looked into as well before it is revoked: one that was
/// told the new pair lives on it, whoever has it by now.
///
/// # Errors
/// [`Cause::Away`] and [`Cause::LeftOut`] if a sink that may have been told the new pair cannot be asked, unless it was
/// given the old one back.
pub(super) fn left_out(rotation: &Rotation, sinks: &[Box<dyn Sink>], new: &KeySid) -> Result<Vec<String>, Cause> {
    let mut places = Vec::new();
    for (at, (place, sink)) in rotation.places().iter().zip(sinks).enumerate() {
        let why = match Holding::of(sink.as_ref(), &rotation.begun().old, Some(new)) {
            Ok(Holding::Away) => "is not there",
            Ok(Holding::Untold) | Err(_) if place.dropped => "cannot be read",
            _ if place.dropped => {
                places.extend(mentions(sink.as_ref(), new)?);
                continue;
            }
            _ => continue,
        };
        if place.restored || !rotation.may_have_been_told(at) {
            continue;
        }
        let (sink, key) = (place.sink.clone(), new.clone());
        return Err(if place.dropped { Cause::LeftOut { sink, key, why } } else { Cause::Away { sink, key } });
    }
    Ok(places)
}

/// Whether the sinks let the old key end now: none holds it, and each that can be read holds the new pair. Twilio is not
/// asked.
///
/// # Errors
/// What would stop the retirement.
pub(in crate::rotation) fn may_retire(
    world: &World<'_>,
    rotation: &Rotation,
    sinks: &[Box<dyn Sink>],
    others: &[String],
) -> Result<(), Cause> {
    let old = &rotation.begun().old;
    make_sure(world, rotation, sinks, others, old)?;
    for (_, sink) in in_use(rotation, sinks) {
        let holds = match Holding::of(sink, old, rotation.new_key()).map_err(|source| reading(sink, source))? {
            Holding::New | Holding::Untold => continue,
            Holding::Away => return Err(Cause::Away { sink: sink.spec().to_string(), key: old.clone() }),
            Holding::Nothing => "nothing".to_owned(),
            Holding::Old => old.to_string(),
            Holding::Other(other) => other.to_string(),
        };
        return Err(drift(rotation, sink, holds, (world.clock)()));
    }
    Ok(())
}

/// What stands against the end of a rotation whose old key is gone at Twilio already: a sink that is away, or holds another
/// key's pair. Nothing does where no sink has the new pair. Twilio is not asked.
pub(in crate::rotation) fn behind(rotation: &Rotation, sinks: &[Box<dyn Sink>], now: Timestamp) -> Option<Cause> {
    let old = &rotation.begun().old;
    let (mut behind, mut is_held) = (None, false);
    for (_, sink) in in_use(rotation, sinks) {
        let cause = match Holding::of(sink, old, rotation.new_key()) {
            Ok(Holding::Away) => Cause::Behind { sink: sink.spec().to_string(), key: old.clone() },
            Ok(Holding::Other(other)) => drift(rotation, sink, other.to_string(), now),
            Ok(Holding::New) => {
                is_held = true;
                continue;
            }
            Ok(Holding::Old | Holding::Nothing | Holding::Untold) | Err(_) => continue,
        };
        behind.get_or_insert(cause);
    }
    behind.filter(|_| is_held)
}

/// The sinks that are not left out, each with the number of its place.
pub(super) fn in_use<'a>(
    rotation: &'a Rotation,
    sinks: &'a [Box<dyn Sink>],
) -> impl Iterator<Item = (usize, &'a dyn Sink)> {
    let places = rotation.places().iter().zip(sinks).enumerate();
    places.filter(|(_, (place, _))| !place.dropped).map(|(at, (_, sink))| (at, sink.as_ref()))
}

fn mentions(sink: &dyn Sink, sid: &KeySid) -> Result<Vec<String>, Cause> {
    let found: Vec<Place> = sink.mentions(sid).map_err(|source| reading(sink, source))?;
    Ok(found.into_iter().map(|place| place.to_string()).collect())
}
