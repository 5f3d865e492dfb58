//! Places beside a rotation that may hold its key: those that the configuration names. None is left with a key that ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::error::{Cause, Elsewhere};
use super::record::Why;
use super::rotator::{Event, World};
use super::state::{Place, Rotation};
use crate::dotenv::EnvFile;
use crate::model::KeySid;
use crate::sinks::{self, Loaded, Sink, Spec, Target};
use crate::store::file;

/// A place where credentials are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// Its name as a sink, absolute.
    pub sink: String,
    /// Whether something stands there for certain. A file that is only to get a pair is made when that comes, in a folder
    /// that is there.
    pub is_filled: bool,
    /// Whether it is named for tokens alone. A program there need not know what a key is, and fails then at any question
    /// about one: that says nothing. One that knows keys answers.
    pub is_for_tokens: bool,
    /// The variables of an env file that are named; none where the file is named alone.
    pub variables: Vec<String>,
}

/// Which keys each program has said that it holds, in this run. To start one may take long, and with many targets each would
/// be asked for every key. It is good for the question before a key is made alone, whose answer ends nothing: before a key
/// ends every program is asked anew, since anybody may have written it meanwhile.
#[derive(Debug, Default)]
pub struct Said(RefCell<BTreeMap<String, Vec<KeySid>>>);

/// What a look into one gave.
#[derive(Debug)]
pub enum Look {
    /// The key is not there; or the place takes keys, and does not give them back.
    Free,
    /// The key is there.
    Holds(Elsewhere),
    /// It is not there, and may hold the key when it comes back.
    Away,
    /// It cannot be looked into now.
    Unseen(sinks::Error),
}

impl Watched {
    /// A place that a run or a user names for keys, where a key stands or stood.
    #[must_use]
    pub fn named(sink: String) -> Self {
        Self { sink, is_filled: true, is_for_tokens: false, variables: Vec::new() }
    }

    /// Looks for a key, in every variable. No credential is needed for that.
    pub fn look(&self, open: impl FnOnce(&str) -> Result<Box<dyn Sink>, sinks::Error>, key: &KeySid) -> Look {
        self.excused(self.look_into(open, key))
    }

    /// The same before a key is made. A program that has said in this run what it holds, and not this key, is not started
    /// again; that it holds the key is never told from what was said before.
    fn look_once(&self, said: &Said, open: impl Fn(&str) -> Result<Box<dyn Sink>, sinks::Error>, key: &KeySid) -> Look {
        if !self.is_program() {
            return self.look(open, key);
        }
        let known = said.0.borrow().get(&self.sink).map(|held| held.contains(key));
        let is_held = match known {
            Some(false) => return Look::Free,
            Some(true) => true,
            None => match open(&self.sink).and_then(|sink| sink.load()) {
                Ok(loaded) => {
                    let held: Vec<KeySid> = match loaded {
                        Loaded::Held(pairs) => pairs.into_iter().map(|held| held.pair.sid).collect(),
                        Loaded::Absent | Loaded::WriteOnly => Vec::new(),
                    };
                    let is_held = held.contains(key);
                    said.0.borrow_mut().insert(self.sink.clone(), held);
                    is_held
                }
                Err(error) => return self.excused(Look::Unseen(error)),
            },
        };
        if is_held { self.look(open, key) } else { Look::Free }
    }

    fn is_program(&self) -> bool {
        Spec::parse(&self.sink).is_ok_and(|spec| spec.kind().target == Target::Program)
    }

    /// What a program that is named for tokens alone does not answer is no gap. That the run is to end says nothing of it.
    fn excused(&self, look: Look) -> Look {
        match look {
            Look::Unseen(error)
                if self.is_for_tokens && self.is_program() && !matches!(error, sinks::Error::Stopped { .. }) =>
            {
                Look::Free
            }
            look => look,
        }
    }

    fn look_into(&self, open: impl FnOnce(&str) -> Result<Box<dyn Sink>, sinks::Error>, key: &KeySid) -> Look {
        let sink = match open(&self.sink) {
            Ok(sink) => sink,
            Err(error) => return Look::Unseen(error),
        };
        // A profile that is removed holds nothing, and none comes back by itself.
        if sink.spec().kind().target != Target::Profile && sink.is_away() {
            return if self.is_filled || is_folder_away(sink.spec()) { Look::Away } else { Look::Free };
        }
        match sink.mentions(key) {
            Ok(places) if places.is_empty() => Look::Free,
            Ok(places) => Look::Holds(Elsewhere {
                places: places.iter().map(ToString::to_string).collect(),
                sink: pair_sink(sink.as_ref(), key),
                whole: self.sink.clone(),
            }),
            Err(error) => Look::Unseen(error),
        }
    }

    /// Whether parts of this env file are left out, and every variable of it that is named is among them.
    fn is_left_out(&self, spec: &Spec, out: &[Spec]) -> bool {
        let mut parts = out.iter().filter(|left| left.is_beside(spec)).peekable();
        let is_any = parts.peek().is_some();
        let left: Vec<&str> = parts.flat_map(Spec::variables).collect();
        is_any && self.variables.iter().all(|variable| left.contains(&variable.as_str()))
    }

    /// Looks for a pair of the key, in the part of a file that is named alone.
    fn look_for_the_pair(&self, open: impl FnOnce(&str) -> Result<Box<dyn Sink>, sinks::Error>, key: &KeySid) -> Look {
        let found = open(&self.sink).ok().and_then(|sink| pair_sink(sink.as_ref(), key));
        found.map_or(Look::Free, |sink| {
            Look::Holds(Elsewhere { places: vec![sink.clone()], sink: Some(sink), whole: self.sink.clone() })
        })
    }
}

/// Before a key is made to replace this one: makes sure that no place beside the rotation's `sinks` holds it. What cannot
/// be looked into is said: it stops nothing before the revoke.
///
/// # Errors
/// [`Cause::HeldElsewhere`] with every place, [`Cause::Beside`] if it is not known which there are.
pub fn before_create(world: &World<'_>, key: &KeySid, sinks: &[String]) -> Result<(), Cause> {
    let mut held = Vec::new();
    for (place, look) in looks(world, key, sinks, (world.without, Some(world.said)))? {
        let why = match look {
            Look::Free => continue,
            Look::Holds(elsewhere) => {
                held.push(elsewhere);
                continue;
            }
            Look::Away => None,
            Look::Unseen(error) => Some(error),
        };
        // Nothing is stopped by it.
        let _ = (world.watch)(&Event::Unseen { sink: &place.sink, key, why: why.as_ref() });
    }
    if held.is_empty() { Ok(()) } else { Err(Cause::HeldElsewhere { key: key.clone(), held }) }
}

/// Before a key of this rotation is revoked: makes sure that no place beside its sinks holds it, or may hold it.
///
/// # Errors
/// As [`before_create`]; [`Cause::Away`] and [`Cause::Unseen`] if a place cannot be looked into, the others of which are
/// said.
pub fn before_revoke(world: &World<'_>, rotation: &Rotation, key: &KeySid) -> Result<(), Cause> {
    // What no sink has seen is held by nobody, and what Twilio rejects is of no use to anybody.
    let may_be_used = rotation.is_published() && rotation.back() != Some(&Why::Rejected);
    if *key != rotation.begun().old && !may_be_used {
        return Ok(());
    }
    let (dropped, used): (Vec<_>, Vec<_>) = rotation.places().iter().partition(|place| place.dropped);
    let names = |places: Vec<&Place>| places.into_iter().map(|place| place.sink.clone()).collect();
    let (mut left_out, used): (Vec<String>, Vec<String>) = (names(dropped), names(used));
    left_out.extend(world.without.iter().cloned());
    let (mut held, mut unknown) = (Vec::new(), None);
    for (Watched { sink, .. }, look) in looks(world, key, &used, (&left_out, None))? {
        let cause = match look {
            Look::Free => continue,
            Look::Holds(elsewhere) => {
                held.push(elsewhere);
                continue;
            }
            Look::Away => Cause::Away { sink, key: key.clone() },
            Look::Unseen(source) => Cause::Unseen { sink, key: key.clone(), source },
        };
        match (&unknown, &cause) {
            (None, _) => unknown = Some(cause),
            // One of them is what stops the revoke; whoever mends that should know of the others.
            (Some(_), Cause::Unseen { sink, source, .. }) => {
                let _ = (world.watch)(&Event::Unseen { sink, key, why: Some(source) });
            }
            (Some(_), Cause::Away { sink, .. }) => {
                let _ = (world.watch)(&Event::Unseen { sink, key, why: None });
            }
            (Some(_), _) => {}
        }
    }
    if !held.is_empty() {
        return Err(Cause::HeldElsewhere { key: key.clone(), held });
    }
    unknown.map_or(Ok(()), Err)
}

/// What each watched place holds that is neither one of the sinks of these names nor left out. Where what programs `said`
/// is given, each is started once for all the keys of a run.
///
/// # Errors
/// [`Cause::Beside`] if it is not known which there are; if the run is to end.
fn looks(
    world: &World<'_>,
    key: &KeySid,
    names: &[String],
    (left_out, said): (&[String], Option<&Said>),
) -> Result<Vec<(Watched, Look)>, Cause> {
    let parse = |names: &[String]| -> Vec<Spec> { names.iter().filter_map(|name| Spec::parse(name).ok()).collect() };
    let is_left_out = |name: &str| sinks::is_among(name, left_out);
    let (used, out) = (parse(names), parse(left_out));
    let mut looks = Vec::new();
    let mut places = (world.watched)().map_err(Cause::Beside)?;
    let configured = places.len();
    let mut noted = (world.noted)(key).map_err(|error| Cause::Ledger(Box::new(error)))?;
    noted.retain(|sink| places.iter().all(|place| place.sink != *sink));
    places.extend(noted.into_iter().map(Watched::named));
    for (at, place) in places.into_iter().enumerate() {
        let Ok(spec) = Spec::parse(&place.sink) else { continue };
        if is_left_out(&place.sink) || sinks::is_among(&place.sink, names) {
            continue;
        }
        let open = |name: &str| (world.open_sink)(name, key);
        // Into the whole file of each of its sinks a rotation looks by itself; other parts of it may hold pairs.
        let look = match used.iter().any(|sink| sink.is_beside(&spec)) {
            true if spec.scheme() == "env" => continue,
            true => place.look_for_the_pair(open, key),
            false => match said {
                Some(said) => place.look_once(said, open, key),
                None => place.look(open, key),
            },
        };
        let look = match look {
            Look::Holds(Elsewhere { sink: Some(sink), .. }) if is_left_out(&sink) => continue,
            // A file that a create has filled may be moved or removed: nobody names it any more.
            Look::Away if at >= configured => continue,
            // The run is to end, which says nothing of the place.
            Look::Unseen(source @ sinks::Error::Stopped { .. }) => {
                return Err(Cause::Sink { sink: place.sink, doing: "reading", source });
            }
            // A file that cannot be asked is known by the sink that was left out, whose name a hint has given.
            Look::Away | Look::Unseen(_) if spec.is_whole() && place.is_left_out(&spec, &out) => continue,
            look => look,
        };
        looks.push((place, look));
    }
    Ok(looks)
}

/// Whether not even the folder of a file is there: unmounted or moved, with whatever stood in it.
fn is_folder_away(spec: &Spec) -> bool {
    Path::new(spec.target()).parent().is_some_and(|folder| !folder.try_exists().unwrap_or(true))
}

/// The sink that is about the pairs of a key in a place, and those only; nothing if the key stands in none there.
fn pair_sink(sink: &dyn Sink, key: &KeySid) -> Option<String> {
    let spec = sink.spec();
    if spec.scheme() == "env" {
        let read = file::read(Path::new(spec.target())).ok()?;
        let document = EnvFile::parse(read.bytes());
        let pairs: Vec<_> = sinks::pairs(&document).into_iter().flatten().filter(|pair| pair.sid == *key).collect();
        let variables: Vec<&str> = pairs.iter().map(sinks::FoundPair::variable).collect();
        return (!variables.is_empty()).then(|| format!("env:{}#{}", spec.target(), variables.join(",")));
    }
    match sink.load() {
        Ok(Loaded::Held(pairs)) if pairs.iter().any(|held| held.pair.sid == *key) => Some(spec.to_string()),
        Ok(_) | Err(_) => None,
    }
}
