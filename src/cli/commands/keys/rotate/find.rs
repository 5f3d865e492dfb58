//! The pairs that are meant, wherever they stand: one entry for each key.

use std::path::{Path, PathBuf};

use super::order::Places;
use super::profile;
use crate::cli::config::{Source, Wanted};
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::cli::text::word;
use crate::dotenv::EnvFile;
use crate::model::variable::classify;
use crate::model::{AccountSid, KeyPair, KeySid, ProfileName};
use crate::sinks::{self, FoundPair, Loaded, Spec};
use crate::store::file;

/// One key: all pairs of the file that hold it are replaced as one.
#[derive(Debug)]
pub struct Found {
    /// The account it belongs to.
    pub account: AccountSid,
    /// Whether its target says so.
    pub said: bool,
    /// The env file it stands in, if it is one, and its project there.
    pub file: Option<(PathBuf, String)>,
    /// Every sink that holds it or is to hold it, the first being the one it was found in.
    pub sinks: Vec<String>,
    /// The pair.
    pub pair: KeyPair,
    /// The profile that authorises its rotation, if its target names one.
    pub authority: Option<ProfileName>,
    /// The profile that holds it, and the Twilio that is one of, where no env file does.
    pub profile: Option<(ProfileName, String)>,
}

/// What was found, and what could not be understood.
#[derive(Debug, Default)]
pub struct Sought {
    /// The keys.
    pub found: Vec<Found>,
    /// Why others of the same file are none: where every key is meant, one project's broken lines are no reason not to
    /// look after the others.
    pub broken: Vec<Failure>,
}

/// Finds the keys that stand in some places.
///
/// # Errors
/// Exit 2, if the source cannot be read, or nothing says which of several keys is meant.
pub fn find(places: &Places, context: &Context) -> Result<Sought, Failure> {
    let sought = match &places.source {
        Source::File { path, wanted } => in_file(places, path, wanted, context),
        Source::Sink(spec) => in_sink(places, spec, context).map(|found| Sought { found: vec![found], broken: vec![] }),
    };
    sought.map_err(|failure| places.blame(failure))
}

fn in_file(places: &Places, path: &Path, wanted: &Wanted, context: &Context) -> Result<Sought, Failure> {
    let shown = path.display();
    let read = file::read(path).doing(format!("cannot rotate {shown}"))?;
    // What a killed run left beside the file is a copy with a secret in it.
    file::sweep(path).doing(format!("cannot rotate {shown}"))?;
    let document = EnvFile::parse(read.bytes());
    if let Some(problem) = document.problems().first() {
        return Err(Failure::usage(format!("{shown}, line {}: {}", problem.line, problem.kind))
            .hint("readers disagree about such a file; save it as plain UTF-8 text"));
    }
    if document.has_bom() {
        return Err(Failure::usage(format!("{shown}, line 1: the file starts with a byte-order mark"))
            .hint("bash, systemd and dotenvy lose its first variable or the whole file; save it without the mark"));
    }
    let mut sought = Sought::default();
    let pairs = pairs(places, path, wanted, &document, context, &mut sought.broken)?;
    let named = |pair: &&FoundPair| wanted.named().is_empty() || names(pair, wanted.named());
    let mut keys: Vec<KeySid> = Vec::new();
    for pair in pairs.iter().filter(named) {
        if !keys.contains(&pair.sid) {
            keys.push(pair.sid.clone());
        }
    }
    match keys.len() {
        0 if sought.broken.is_empty() => {
            return Err(Failure::usage(format!("{shown} holds no API key pair"))
                .hint("a pair is TWILIO_API_KEY and TWILIO_API_SECRET, with TWILIO_ACCOUNT_SID beside them")
                .hint(format!("make one: twcred keys create NAME --to env:{shown}")));
        }
        count if count > 1 && *wanted == Wanted::Only => {
            let failure = Failure::usage(format!("{shown} holds {count} keys, and nothing says which is meant"));
            return Err(match places.target {
                Some(_) => failure.hint(listed(places, &pairs)).hint("or mean them all: variables = [\"*\"]"),
                None => failure.hint(listed(places, &pairs)).hint("or rotate them all: --all"),
            });
        }
        count if count > 1 && !places.sinks.is_empty() => {
            return Err(match places.target {
                Some(_) => Failure::usage("the target names sinks for one pair, and several keys are meant")
                    .hint("make a target for each key that goes into a sink of its own"),
                None => Failure::usage("--to names a sink for one pair, and several are to be rotated")
                    .hint("rotate them one at a time, with --var"),
            });
        }
        _ => {}
    }
    for key in &keys {
        match (one(places, context, path, &pairs, key), wanted) {
            (Ok(found), _) => sought.found.push(found),
            (Err(failure), _) if keys.len() > 1 => sought.broken.push(failure),
            (Err(failure), _) => return Err(failure),
        }
    }
    Ok(sought)
}

/// The pairs of a file, as far as what is wanted needs them.
fn pairs(
    places: &Places,
    path: &Path,
    wanted: &Wanted,
    document: &EnvFile,
    context: &Context,
    broken: &mut Vec<Failure>,
) -> Result<Vec<FoundPair>, Failure> {
    let shown = path.display();
    let (mut pairs, mut unreadable) = (Vec::new(), Vec::<String>::new());
    for pair in sinks::pairs(document) {
        let error = match pair {
            Ok(pair) => {
                pairs.push(pair);
                continue;
            }
            Err(error) => error,
        };
        let meant = match wanted {
            Wanted::Only => true,
            Wanted::Every => {
                broken.push(Failure::from(error).doing(format!("cannot rotate all of {shown}")));
                continue;
            }
            Wanted::Named(names) => names.contains(&error.variable) || prefix_named(&error.prefix, names),
        };
        if meant && wanted.named().len() > 1 {
            unreadable.push(error.prefix.clone());
            broken.push(Failure::from(error).doing(format!("cannot rotate all of {shown}")));
            continue;
        }
        if meant {
            return Err(error).doing(format!("cannot rotate {shown}"));
        }
        // Another project's broken lines are no reason not to rotate the one that was named; nor are they the business
        // of each of forty targets.
        if places.target.is_none() {
            context.ui.warn(format!("{shown}: {error}"));
        }
    }
    for name in wanted.named() {
        if !pairs.iter().any(|pair| names(pair, std::slice::from_ref(name))) {
            let told = unreadable.iter().any(|prefix| prefix_named(prefix, std::slice::from_ref(name)));
            let what = format!("{shown} has no pair whose SID stands in {name}");
            let failure = Failure::usage(what).hint(listed(places, &pairs));
            match wanted.named().len() {
                1 => return Err(failure),
                _ if told => {}
                _ => broken.push(failure),
            }
        }
    }
    Ok(pairs)
}

fn names(pair: &FoundPair, names: &[String]) -> bool {
    names.iter().any(|name| pair.sid_vars.contains(name))
}

fn prefix_named(prefix: &str, names: &[String]) -> bool {
    names.iter().any(|name| classify(name).is_some_and(|variable| variable.prefix == prefix))
}

fn listed(places: &Places, pairs: &[FoundPair]) -> String {
    let names: Vec<String> = match places.target {
        Some(_) => pairs.iter().map(|pair| format!("variables = [\"{}\"]", pair.variable())).collect(),
        None => pairs.iter().map(|pair| format!("--var {}", pair.variable())).collect(),
    };
    if names.is_empty() { "the file holds no pair".to_owned() } else { format!("choose: {}", names.join(", or ")) }
}

fn one(places: &Places, context: &Context, path: &Path, pairs: &[FoundPair], key: &KeySid) -> Result<Found, Failure> {
    let shown = path.display();
    let same: Vec<&FoundPair> = pairs.iter().filter(|pair| pair.sid == *key).collect();
    let first = same.first().ok_or_else(|| Failure::failed("the pair is gone"))?;
    if let Some(other) = same.iter().find(|pair| pair.secret != first.secret) {
        let (one, two) = (first.variable(), other.variable());
        return Err(Failure::usage(format!("{shown}: {one} and {two} name the same key with two secrets"))
            .hint("one of them is wrong: twcred keys verify tells which"));
    }
    let beside = same.iter().find_map(|pair| pair.account.clone());
    let account = account(places, context, beside, &format!("{shown}: {}", first.variable()))?;
    let account = account.ok_or_else(|| {
        Failure::usage(format!("{shown}: nothing says which account {} belongs to", first.variable()))
            .hint("add TWILIO_ACCOUNT_SID to the file, or give --account AC…")
    })?;
    let variables: Vec<&str> = same.iter().map(|pair| pair.variable()).collect();
    Ok(Found {
        account,
        said: places.account.is_some(),
        file: Some((path.to_owned(), first.prefix.clone())),
        sinks: all(format!("env:{shown}#{}", variables.join(",")), &places.sinks),
        pair: first.pair(),
        authority: places.authority.clone(),
        profile: None,
    })
}

fn in_sink(places: &Places, spec: &Spec, context: &Context) -> Result<Found, Failure> {
    if let Some(name) = profile::named(spec) {
        let found = profile::found(context, &name, &places.sinks)?;
        account(places, context, Some(found.account.clone()), &spec.to_string())?;
        return Ok(Found { said: places.account.is_some(), ..found });
    }
    let sink = sinks::open(spec, &context.sink_options(None))?;
    let held = match sink.load().doing(format!("cannot read {spec}"))? {
        Loaded::Held(held) => held,
        Loaded::Absent => {
            return Err(Failure::usage(format!("{spec} holds no pair"))
                .hint(format!("make one: twcred keys create NAME --to {}", word(spec.to_string()))));
        }
        Loaded::WriteOnly => {
            return Err(Failure::usage(format!("{spec} gives nothing back, so the pair cannot be found there"))
                .hint("name a place first that does: env-file, or another sink in front"));
        }
    };
    let first = held.first().ok_or_else(|| Failure::usage(format!("{spec} holds no pair")))?;
    if held.iter().any(|other| other.pair != first.pair) {
        return Err(Failure::usage(format!("{spec} holds several keys, and nothing says which is meant")));
    }
    let beside = held.iter().find_map(|held| held.account.clone());
    let account = account(places, context, beside, &spec.to_string())?.ok_or_else(|| {
        Failure::usage(format!("nothing says which account the key in {spec} belongs to"))
            .hint("give the target its account, or --account AC…")
    })?;
    let sinks = all(spec.to_string(), &places.sinks);
    let said = places.account.is_some();
    Ok(Found { account, said, file: None, sinks, pair: first.pair.clone(), authority: None, profile: None })
}

/// The account: of the flag, of the target, or named beside the pair. A flag or a target that says one is not for another's
/// pair.
fn account(
    places: &Places,
    context: &Context,
    beside: Option<AccountSid>,
    shown: &str,
) -> Result<Option<AccountSid>, Failure> {
    if let (Some(said), Some(found)) = (&places.account, &beside)
        && said != found
    {
        return Err(Failure::usage(format!("{shown} is of {found}, and the target of {said}"))
            .hint("put right which of the two is wrong; nothing is rotated under another account"));
    }
    if let (Some(given), Some(found)) = (&context.global.account, &beside)
        && given != found
    {
        return Err(Failure::usage(format!("{shown} is a key of {found}, and --account names {given}"))
            .hint("leave --account out")
            .hint(format!("or, if the key belongs to {given}, put that SID where {found} stands beside it")));
    }
    Ok(context.global.account.clone().or_else(|| places.account.clone()).or(beside))
}

pub(super) fn all(first: String, further: &[String]) -> Vec<String> {
    let mut sinks = vec![first];
    for name in further {
        if !sinks.contains(name) {
            sinks.push(name.clone());
        }
    }
    sinks
}
