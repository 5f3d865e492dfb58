//! Fixes that are left out: why, and told before anybody asks for them.

use std::collections::BTreeMap;
use std::fmt;

use super::{Action, Fix, Fixed, Mended, Place, Safety, edits_of, place, within};
use crate::audit::engine::{Report, Selection};
use crate::audit::facts::Facts;
use crate::audit::finding::Finding;
use crate::dotenv::EnvFile;

/// Why a fix was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// The file has carriage returns that stay.
    Returns,
    /// It is in the line of a byte order mark that stays.
    Mark,
    /// The line above has only blanks for a value, and some readers take this line for it.
    Swallowed,
    /// A variable has two values in the file.
    Contested,
    /// Another fix changes the same bytes.
    Across,
    /// It could not be proved that every value stays.
    Unproved,
    /// This rule would find something that it does not find now.
    Finds(&'static str),
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Returns => {
                "the carriage returns stay, and what stands before one is not what it seems to be: take those out first"
            }
            Self::Mark => "it is in the line of a byte order mark: save the file without that first",
            Self::Swallowed => {
                "the line above has only blanks for a value, and some readers take this one for it: take those out first"
            }
            Self::Contested => "a variable has two values in the file: decide for one first",
            Self::Across => "another fix changes the same place",
            Self::Unproved => "it cannot be proved that each program would see the values it sees now: mend it by hand",
            Self::Finds(code) => return write!(f, "{code} would then be found where it is not now: mend it by hand"),
        })
    }
}

/// The largest file of which it is told beforehand what will be left out.
const FORESEEN: usize = 64 << 10;
/// How often that may be tried.
const TRIALS: usize = 16;

/// Takes the fixes from findings that [`super::mend`] would leave out, and says why instead; and says which it makes once
/// others are made. Of a file over 64 KiB that is not tried.
pub fn foresee(report: &mut Report, file: &EnvFile, facts: &Facts, selection: &Selection) {
    if file.bytes().len() > FORESEEN {
        return;
    }
    for safety in [Safety::Safe, Safety::Unsafe] {
        let concerned = |finding: &Finding| {
            edits_of(finding, safety).is_some() && finding.fix.as_ref().is_some_and(|fix| fix.safety == safety)
        };
        if !report.findings.iter().any(concerned) {
            continue;
        }
        let Fixed { done, left, first, .. } = within(file, facts, selection, safety, TRIALS);
        laid_bare(report, &done, safety);
        if left.is_empty() {
            continue;
        }
        let first: BTreeMap<Place, Waits> = first.into_iter().collect();
        let all: Vec<Option<Mended>> =
            report.findings.iter().map(|finding| concerned(finding).then(|| Mended::of(finding))).collect();
        let at_first: Vec<Option<Waits>> =
            report.findings.iter().map(|finding| first.get(&place(finding)).copied()).collect();
        for (at, mended) in all.iter().enumerate() {
            let Some(mended) = mended else { continue };
            let mut alike = left.iter().filter(|(left, _)| left == mended).map(|(_, why)| *why);
            let Some(why) = alike.next() else { continue };
            let count = alike.count() + 1;
            let others = || all.iter().zip(&at_first).filter(|(other, _)| other.as_ref() == Some(mended));
            let waited = others().filter(|(_, why)| why.is_some()).count();
            // Where some of those alike are left and others are done, those are left that the first round left. If these are
            // not as many, nobody can tell which: then nothing is promised of any that may be.
            let (all_of_them, sure) = (count >= others().count(), waited == count);
            let why = match at_first[at] {
                Some(why) => why,
                None if !all_of_them && waited >= count => continue,
                None => why,
            };
            let leaves = if all_of_them || sure { "leaves" } else { "may leave" };
            let finding = &mut report.findings[at];
            finding.fix = None;
            finding.notes.push(format!("--fix {leaves} it: {why}"));
        }
    }
}

/// Gives to findings without a fix those that a later round makes of them, once another has laid them bare. These edits are
/// of another text than this: none can be told.
fn laid_bare(report: &mut Report, done: &[Mended], safety: Safety) {
    let mut more: BTreeMap<(&str, Option<String>), Vec<&Mended>> = BTreeMap::new();
    for mended in done {
        more.entry((mended.code, mended.variable.clone())).or_default().push(mended);
    }
    let (offered, others): (Vec<&mut Finding>, Vec<_>) =
        report.findings.iter_mut().partition(|finding| finding.fix.is_some());
    for finding in offered.iter().filter(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safety <= safety)) {
        more.get_mut(&(finding.rule.code, finding.variable.clone())).map(Vec::pop);
    }
    // Of what was said to be left nothing is promised.
    let said = |finding: &Finding| finding.notes.iter().any(|note| note.starts_with("--fix "));
    for finding in others.into_iter().filter(|finding| !said(finding)) {
        let of_it = more.get_mut(&(finding.rule.code, finding.variable.clone())).and_then(Vec::pop);
        finding.fix =
            of_it.map(|mended| Fix { safety, title: mended.title.clone(), action: Action::Edits(Vec::new()) });
    }
}
