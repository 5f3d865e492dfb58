//! The proof that a mended file says what the file before said.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Report, Selection, audit};
use super::entries::sender;
use super::facts::Facts;
use super::finding::Finding;
use super::fix::Safety;
use super::shape::{garbled, shape};
use crate::dotenv::{EnvFile, agree};
use crate::model::Secret;
use crate::model::variable::classify;

/// Why it is not proved that a mended file says what the file before said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproved {
    /// A value is another one, or some program may see another one.
    Values,
    /// This rule finds something that it did not find before.
    Finds(&'static str),
}

/// Proves that a mended file says what the file before said.
///
/// Every variable has the values it had, in order, repeated ones counted once; what all readers saw alike they still
/// do, a second reader that saw a variable as we did too; and no rule finds anything that it did not find before. An
/// unsafe fix may change what is no credential, exchange the values of a project, and take lines away that assign nothing.
pub(super) fn proved(
    before: &EnvFile,
    after: &EnvFile,
    report: &Report,
    facts: &Facts,
    selection: &Selection,
    safety: Safety,
) -> Result<(), Unproved> {
    // Without its first line a text may begin with what marks another encoding.
    if garbled(after) && !garbled(before) {
        return Err(Unproved::Values);
    }
    let (one, other) = (values(before), values(after));
    let kept = match safety {
        Safety::Safe => one == other,
        Safety::Unsafe => one.keys().eq(other.keys()) && only_exchanged(&one, &other),
    };
    let now = clear(after);
    let still = clear(before).iter().all(|(name, values)| {
        let exchanged = || classify(name).is_some() && one.get(name) != other.get(name);
        safety == Safety::Unsafe && sender(name)
            || now.get(name).is_some_and(|now| safety == Safety::Unsafe && exchanged() || within(values, now))
    });
    if !kept || !still {
        return Err(Unproved::Values);
    }
    if safety == Safety::Safe {
        let names: Vec<&str> = one.keys().copied().collect();
        if agree(before, &names).is_ok() && agree(after, &names).is_err() {
            return Err(Unproved::Values);
        }
    }
    let count = |findings: &[Finding]| {
        let mut counts: BTreeMap<(&'static str, Option<String>), usize> = BTreeMap::new();
        let mut comments = BTreeSet::new();
        for finding in findings {
            let mut code = finding.rule.code;
            // A comment that has no effect behind a value may come to lack a reason on a line of its own, and what it could
            // ignore: it is told once before, and counts once.
            if matches!(code, "TW509" | "TW510") {
                code = "TW509";
                let at = finding.place().and_then(|place| place.span).map(|span| span.start);
                if at.is_some_and(|at| !comments.insert(at)) {
                    continue;
                }
            }
            *counts.entry((code, finding.variable.clone())).or_default() += 1;
        }
        counts
    };
    let was = count(&report.findings);
    let now = count(&audit(after, facts, selection).findings);
    match now.into_iter().find(|(key, found)| was.get(key).is_none_or(|before| found > before)) {
        Some(((code, _), _)) => Err(Unproved::Finds(code)),
        None => Ok(()),
    }
}

/// Whether all that is a credential is there as before; if not under its own name, then under another of its project,
/// whose value took its place.
fn only_exchanged(before: &Values<'_>, after: &Values<'_>) -> bool {
    let mut gone: BTreeMap<&str, Vec<&Meant<'_>>> = BTreeMap::new();
    let mut come: BTreeMap<&str, Vec<&Meant<'_>>> = BTreeMap::new();
    for (name, values) in before {
        let Some(variable) = classify(name) else { continue };
        let now = after.get(name).map_or(&[][..], Vec::as_slice);
        if now != values.as_slice() {
            gone.entry(variable.prefix).or_default().extend(values);
            come.entry(variable.prefix).or_default().extend(now);
        }
    }
    for values in gone.values_mut().chain(come.values_mut()) {
        values.sort_unstable();
    }
    gone == come
}

/// A value as it was meant; or, where that cannot be said, `false` and its spelling.
type Meant<'f> = (bool, &'f [u8]);

/// The values of each variable; see [`values`].
type Values<'f> = BTreeMap<&'f str, Vec<Meant<'f>>>;

/// The values of each variable as they were meant, in order, repeated ones once. What cannot be said is kept apart by
/// its spelling.
fn values(file: &EnvFile) -> Values<'_> {
    let mut found = Values::new();
    for at in file.assignments() {
        let shape = shape(file, at);
        let value = match shape.meant() {
            Some(text) => (true, text.as_bytes()),
            None => (false, file.raw(at.span)),
        };
        let seen = found.entry(at.name.as_str()).or_default();
        if seen.last() != Some(&value) {
            seen.push(value);
        }
    }
    found
}

/// The values of each variable that all readers see alike, in order, repeated ones once.
fn clear(file: &EnvFile) -> BTreeMap<&str, Vec<Secret>> {
    let mut found: BTreeMap<&str, Vec<Secret>> = BTreeMap::new();
    for at in file.assignments() {
        let Ok(value) = file.read(at) else { continue };
        let seen = found.entry(at.name.as_str()).or_default();
        if seen.last() != Some(&value) {
            seen.push(value);
        }
    }
    found
}

/// Whether all of `some` are in `all`, in their order.
fn within(some: &[Secret], all: &[Secret]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|value| rest.any(|other| other == value))
}
