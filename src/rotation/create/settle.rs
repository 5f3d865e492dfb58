//! Settling a create whose run is dead. Asks Twilio and the sinks; may be repeated after a kill at any instant.

use std::time::Duration;

use super::halfway::halfway;
use super::record::Create;
use crate::model::time::{self, Timestamp};
use crate::model::{FriendlyName, KeyPair, KeySid};
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::Keys;
use crate::rotation::rotator::World;
use crate::rotation::watched::Look;
use crate::rotation::{Ledger, Rotation};
use crate::sinks::{self, Halfway, Loaded, Spec};
use crate::store::lock::Owner;

/// How long after its beginning a create that nobody heard of may still be carried out. A request that Twilio has is
/// answered in seconds; the rest is for clocks and queues.
const LATE: Duration = Duration::from_hours(1);

/// What became of a create.
#[derive(Debug)]
pub enum Settled {
    /// There is no key of it.
    Absent {
        /// Until when one may still appear; the journal stays till then. `None`: none can.
        until: Option<Timestamp>,
    },
    /// The key bears its name, and every sink holds its pair as far as that can be read.
    Finished {
        /// The key.
        sid: KeySid,
        /// Its pair, which the sinks of the create hold.
        pair: KeyPair,
        /// Whether it had its name, or another one, before.
        before: bool,
    },
    /// Somebody has given the key a name, and so keeps it, and no sink of the create gives its pair back.
    Kept {
        /// The key.
        sid: KeySid,
        /// What holds its secret, or may.
        places: Vec<String>,
    },
    /// Somebody has given the key a name, and nothing holds its secret, nor may. Nobody but who named it may revoke it;
    /// the journal stays.
    Lost {
        /// The key.
        sid: KeySid,
    },
    /// Nothing could hold the secret, and the key is revoked.
    Revoked {
        /// The key.
        sid: KeySid,
    },
    /// A rotation works on the key. It is that one's as long as it is open; the journal stays.
    AtWork {
        /// The key.
        sid: KeySid,
    },
    /// The key is live, and what may hold its secret cannot be asked. Nothing was done; the journal stays.
    Doubtful {
        /// The key.
        sid: KeySid,
        /// What may hold it.
        places: Vec<String>,
    },
    /// The key is live and one sink holds it, and another one does not take it. The journal stays.
    Unplaced {
        /// The key.
        sid: KeySid,
        /// Where it is held.
        places: Vec<String>,
        /// The sink that does not take it.
        sink: String,
        /// Why not.
        why: sinks::Error,
    },
}

/// Settles a create. Whoever does holds the lock of the account's creates.
///
/// # Errors
/// If Twilio could not be asked, or refused, or the journal cannot be removed. The journal is there still.
pub async fn settle<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    create: &Create,
    owner: &Owner,
) -> Result<Settled, Error> {
    let (begun, marker) = (create.begun(), create.marker());
    let listed = keys.list().await;
    let listed = listed.map_err(|source| Cause::Twilio { doing: "listing the account's keys", source })?;
    let is_marked = |name: &FriendlyName| name.marker().as_ref() == Some(&marker);
    let mut found = listed.iter().filter(|key| key.name.as_ref().is_some_and(is_marked)).map(|key| &key.sid);
    if let Some(sid) = found.next() {
        return one(world, ledger, keys, create, (sid, owner)).await;
    }
    // It has got another name since, or is gone, or was never made.
    if let Some(sid) = create.made() {
        if listed.iter().any(|key| key.sid == *sid) {
            return named(world, ledger, create, (sid, owner));
        }
        ledger.end_create(create)?;
        return Ok(Settled::Absent { until: None });
    }
    let until = time::after(begun.at, LATE);
    if (world.clock)() < until {
        return Ok(Settled::Absent { until: Some(until) });
    }
    ledger.end_create(create)?;
    Ok(Settled::Absent { until: None })
}

/// Somebody has named the key, and so keeps it. What holds its pair, if only halfway, gives it to every sink that was to
/// have it; what may hold it and cannot be asked is left to whoever decided.
fn named(
    world: &World<'_>,
    ledger: &Ledger,
    create: &Create,
    (sid, owner): (&KeySid, &Owner),
) -> Result<Settled, Error> {
    let sid = sid.clone();
    let lock = match ledger.lock(&create.begun().account, &sid, owner) {
        Err(Error::Locked { .. }) => None,
        lock => Some(lock?),
    };
    // The journal is what leads to a pair that is only halfway: it stays where that cannot be told.
    let half = match halfway(world.open_sink, create, &sid) {
        Ok(half) => half,
        Err(name) => return Ok(Settled::Doubtful { sid, places: vec![name] }),
    };
    let held = Held::look(world, ledger, create, &sid);
    if lock.is_none() || is_at_work(&ledger.all()?.0, &sid) {
        if !half.is_empty() {
            return Ok(Settled::AtWork { sid });
        }
        // It has the pair, and the sinks that were told it: what becomes of them is its own affair.
        ledger.end_create(create)?;
        let is_everywhere = create.begun().sinks.iter().all(|name| held.sinks.contains(name));
        return Ok(match held.pair.filter(|_| is_everywhere) {
            Some(pair) => Settled::Finished { sid, pair, before: true },
            None => Settled::Kept { sid, places: vec!["a rotation, which works on it".to_owned()] },
        });
    }
    let Some(pair) = held.pair else {
        let places = [held.places, held.perhaps].concat();
        if places.is_empty() {
            return Ok(Settled::Lost { sid });
        }
        ledger.end_create(create)?;
        return Ok(Settled::Kept { sid, places });
    };
    if let Err((sink, why)) = everywhere(world, ledger, create, (&pair, &held.sinks))? {
        return Ok(Settled::Unplaced { sid, places: held.places, sink, why });
    }
    ledger.end_create(create)?;
    Ok(Settled::Finished { sid, pair, before: true })
}

/// Gives the pair to every sink of the create that does not hold it; `Err` is the one that does not take it.
fn everywhere(
    world: &World<'_>,
    ledger: &Ledger,
    create: &Create,
    (pair, holding): (&KeyPair, &[String]),
) -> Result<Result<(), (String, sinks::Error)>, Error> {
    for (at, name) in create.begun().sinks.iter().enumerate() {
        if holding.contains(name) {
            continue;
        }
        ledger.tell_create(create, (world.clock)(), at)?;
        if let Err(why) = place(world, create, name, pair) {
            return Ok(Err((name.clone(), why)));
        }
    }
    Ok(Ok(()))
}

async fn one<K: Keys>(
    world: &World<'_>,
    ledger: &Ledger,
    keys: &K,
    create: &Create,
    (sid, owner): (&KeySid, &Owner),
) -> Result<Settled, Error> {
    let sid = sid.clone();
    // A rotation of it must not begin meanwhile: it would take the pair out of its sinks and promise it a grace.
    let _lock = match ledger.lock(&create.begun().account, &sid, owner) {
        Err(Error::Locked { .. }) => return Ok(Settled::AtWork { sid }),
        lock => lock?,
    };
    let (rotations, unreadable) = ledger.all()?;
    if is_at_work(&rotations, &sid) {
        return Ok(Settled::AtWork { sid });
    }
    let mut held = Held::look(world, ledger, create, &sid);
    // It may have promised the key a grace, or know a sink that holds it.
    held.perhaps
        .extend(unreadable.iter().map(|broken| format!("the rotation {}, whose journal cannot be read", broken.id)));
    if held.places.is_empty() && held.perhaps.is_empty() {
        let revoked = keys.revoke(&sid).await;
        revoked.map_err(|source| Cause::CutOff { sid: sid.clone(), doing: "revoking", source })?;
        ledger.end_create(create)?;
        return Ok(Settled::Revoked { sid });
    }
    let Some(pair) = held.pair else {
        // Held, and not by a sink that gives it back: whether it is where it was to be cannot be told.
        return Ok(Settled::Doubtful { sid, places: [held.places, held.perhaps].concat() });
    };
    if let Err((sink, why)) = everywhere(world, ledger, create, (&pair, &held.sinks))? {
        return Ok(Settled::Unplaced { sid, places: held.places, sink, why });
    }
    let renamed = keys.rename(&sid, &create.begun().name).await;
    renamed.map_err(|source| Cause::CutOff { sid: sid.clone(), doing: "naming", source })?;
    ledger.end_create(create)?;
    Ok(Settled::Finished { sid, pair, before: false })
}

/// Whether an open rotation has the key in its hands.
fn is_at_work(rotations: &[Rotation], sid: &KeySid) -> bool {
    let of = |rotation: &Rotation| rotation.begun().old == *sid || rotation.new_key() == Some(sid);
    rotations.iter().any(|rotation| rotation.outcome().is_none() && of(rotation))
}

/// Gives a sink the pair that another one holds, and reads it back.
fn place(world: &World<'_>, create: &Create, name: &str, pair: &KeyPair) -> Result<(), sinks::Error> {
    let sink = (world.open_sink)(name, &pair.sid)?;
    sink.store(&create.begun().account, pair)?;
    sink.load().map(drop)
}

/// What holds the secret of a key, and what may.
#[derive(Default)]
struct Held {
    /// Its pair, as a sink gave it back.
    pair: Option<KeyPair>,
    /// The sinks of the create that gave it back.
    sinks: Vec<String>,
    /// Every place that holds it.
    places: Vec<String>,
    /// What may hold it and cannot be asked.
    perhaps: Vec<String>,
}

impl Held {
    /// Looks into every sink that was told the pair, by the create or by a rotation that has ended, at the profiles, and
    /// into what the configuration names.
    fn look(world: &World<'_>, ledger: &Ledger, create: &Create, sid: &KeySid) -> Self {
        let mut held = Self::default();
        let mut names: Vec<String> = create.told().map(ToOwned::to_owned).collect();
        match ledger.sinks_of(&create.begun().endpoint, sid) {
            Ok(others) => names.extend(others),
            Err(_) => held.perhaps.push("a sink of a rotation".to_owned()),
        }
        let is_out = !names.is_empty() || create.is_shown();
        names.sort();
        names.dedup();
        for name in names {
            // A sink that cannot be read may hold it, whatever the reason.
            if !held.look_into(world, &name, sid, create).unwrap_or(false) {
                held.perhaps.push(name);
            }
        }
        match (world.holders)(sid) {
            Ok(places) => held.places.extend(places),
            Err(_) => held.perhaps.push("a profile".to_owned()),
        }
        match (world.watched)() {
            Ok(watched) => {
                let own: Vec<Spec> = create.begun().sinks.iter().filter_map(|name| Spec::parse(name).ok()).collect();
                let is_own =
                    |name: &str| Spec::parse(name).is_ok_and(|spec| own.iter().any(|own| own.is_beside(&spec)));
                for place in watched {
                    match place.look(|name| (world.open_sink)(name, sid), sid) {
                        Look::Holds(elsewhere) => held.places.extend(elsewhere.places),
                        // The run is to end, which is no time to revoke.
                        Look::Unseen(sinks::Error::Stopped { .. }) => held.perhaps.push(place.sink),
                        // What was told was asked above. What was not, and is not there, never got the pair.
                        Look::Away if is_own(&place.sink) => {}
                        // No run told these. Only from a sink that was told can somebody have put the pair there.
                        Look::Away | Look::Unseen(_) if is_out => held.perhaps.push(place.sink),
                        Look::Free | Look::Away | Look::Unseen(_) => {}
                    }
                }
            }
            Err(_) => held.perhaps.push("a place of the configuration".to_owned()),
        }
        if create.is_shown() {
            held.perhaps.push("whoever saw what --reveal printed".to_owned());
        }
        held
    }

    /// Whether the sink could tell.
    fn look_into(
        &mut self,
        world: &World<'_>,
        name: &str,
        sid: &KeySid,
        create: &Create,
    ) -> Result<bool, sinks::Error> {
        let (sink, id) = ((world.open_sink)(name, sid)?, &create.begun().id);
        if sink.is_away() {
            return Ok(match sink.halfway(sid, id)? {
                Halfway::Pair(pair) => self.take(name, pair),
                // It was to be made and never was: nothing can have been taken out of it.
                Halfway::Nothing => create.has_told_only(sink.spec()),
                Halfway::Unknown => false,
            });
        }
        let mut is_known = true;
        match sink.load() {
            Ok(Loaded::WriteOnly) => return Ok(false),
            Ok(Loaded::Held(pairs)) => {
                if let Some(found) = pairs.into_iter().find(|found| found.pair.sid == *sid) {
                    self.pair = Some(found.pair);
                    self.sinks.push(name.to_owned());
                    self.places.push(name.to_owned());
                    return Ok(true);
                }
                // A create replaces no pair. Whoever put another one here since may have moved this one.
                is_known = false;
            }
            Ok(Loaded::Absent) | Err(_) => {}
        }
        // The file may have been made anew by somebody else since.
        if let Halfway::Pair(pair) = sink.halfway(sid, id)? {
            return Ok(self.take(name, pair));
        }
        // What makes no pair may name the key still.
        self.places.extend(sink.mentions(sid)?.into_iter().map(|place| place.to_string()));
        Ok(is_known)
    }

    /// Takes the pair that a sink was killed over. The sink is still to be given it.
    fn take(&mut self, name: &str, pair: KeyPair) -> bool {
        self.pair = Some(pair);
        self.places.push(format!("what was left halfway of {name}"));
        true
    }
}
