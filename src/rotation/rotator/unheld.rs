//! Whether anything that is known holds a key that is to be revoked.

use super::World;
use super::holding::Holding;
use super::place::{drift, reading};
use crate::model::KeySid;
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
