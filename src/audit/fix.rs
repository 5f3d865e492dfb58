//! Ways to mend a finding, and the proof that mending changed no value.

mod edits;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use zeroize::Zeroizing;

use self::edits::{Taken, applied};
pub use self::waits::{Waits, foresee};
use super::engine::{Selection, audit};
use super::facts::Facts;
use super::finding::Finding;
use super::proof::{Unproved, proved};
use super::shape::{Shape, shape};
use crate::dotenv::{EnvFile, Span};

/// How far a way of mending may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// With `--fix`: every value stays what it is; each reader sees what it saw, or now what stands there; and no right is
    /// given to anybody.
    Safe,
    /// With `--unsafe-fixes` too: it changes what somebody may rely upon.
    Unsafe,
}

/// A way of mending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// How far it may be trusted.
    pub safety: Safety,
    /// What it does, in a few words: `remove the quotes`.
    pub title: String,
    /// The doing.
    pub action: Action,
}

/// What is to be done. None of it holds a value: edits copy bytes of the file by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Change bytes of the audited file, all or none.
    Edits(Vec<Edit>),
    /// Write the same text in UTF-8 instead of UTF-16.
    Transcode,
    /// Take permission bits away through the descriptor; `keep` is the mask of those that may stay. `None` is the
    /// audited file.
    Chmod {
        /// Another file than the audited one.
        path: Option<PathBuf>,
        /// The bits that may stay.
        keep: u32,
    },
    /// Remove the extended entries of the ACL, after taking the bits outside `keep` away.
    DropAcl {
        /// The bits that may stay: the owning group keeps no more than the list leaves it.
        keep: u32,
    },
    /// Add a line to another file, making it if there is none.
    Append {
        /// That file.
        path: PathBuf,
        /// The line, without its end.
        line: String,
    },
    /// Remove another file.
    Remove {
        /// That file.
        path: PathBuf,
        /// Of a file that is open to others, the bits that may stay where it cannot be removed.
        keep: Option<u32>,
    },
}

/// A change of some bytes of the audited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; empty to insert.
    pub span: Span,
    /// What comes in their place.
    pub with: Vec<Piece>,
}

/// A piece of what comes in the place of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text of the rule's own.
    Text(&'static str),
    /// Bytes of the file, copied from where they stand now.
    Copy(Span),
}

impl Edit {
    /// Takes bytes away.
    #[must_use]
    pub fn cut(span: Span) -> Self {
        Self { span, with: Vec::new() }
    }
}

impl Fix {
    /// Edits that keep every value.
    #[must_use]
    pub fn safe(title: &str, edits: Vec<Edit>) -> Self {
        Self { safety: Safety::Safe, title: title.to_owned(), action: Action::Edits(edits) }
    }

    /// Edits that change what somebody may rely upon.
    #[must_use]
    pub fn unsafe_(title: &str, edits: Vec<Edit>) -> Self {
        Self { safety: Safety::Unsafe, title: title.to_owned(), action: Action::Edits(edits) }
    }

    /// Takes permission bits of the audited file away.
    #[must_use]
    pub fn chmod(keep: u32) -> Self {
        let action = Action::Chmod { path: None, keep };
        Self { safety: Safety::Safe, title: "close the file to others".to_owned(), action }
    }

    /// Takes permission bits of a copy away.
    #[must_use]
    pub fn close_copy(path: PathBuf, keep: u32) -> Self {
        let action = Action::Chmod { path: Some(path), keep };
        Self { safety: Safety::Safe, title: "close the copy".to_owned(), action }
    }

    /// What of this takes rights away and no more: all, or what is left of removing a file that others may read.
    #[must_use]
    pub fn closing(&self) -> Option<Self> {
        match &self.action {
            Action::Chmod { .. } | Action::DropAcl { .. } => Some(self.clone()),
            Action::Remove { path, keep } => keep.map(|keep| Self::close_copy(path.clone(), keep)),
            Action::Edits(_) | Action::Transcode | Action::Append { .. } => None,
        }
    }

    /// Removes the extended access control list of the audited file, and the permission bits that are not to be kept.
    #[must_use]
    pub fn drop_acl(keep: u32) -> Self {
        let action = Action::DropAcl { keep };
        Self { safety: Safety::Safe, title: "remove the access control list".to_owned(), action }
    }
}

/// What was mended in memory. Nothing is written by this module.
#[derive(Debug)]
pub struct Fixed {
    /// The bytes after; the same as before if nothing was mended.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What was mended.
    pub done: Vec<Mended>,
    /// Findings whose fix was left out, and why.
    pub left: Vec<(Mended, Waits)>,
    /// Those that the first round left out, by rule and place, and why.
    first: Vec<(Place, Waits)>,
}

/// The rule of a finding and its place in the file.
type Place = (&'static str, Option<(usize, usize)>);

fn place(finding: &Finding) -> Place {
    (finding.rule.code, finding.place().and_then(|place| place.span).map(|span| (span.start, span.end)))
}

/// A finding that was mended, or was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The code of its rule.
    pub code: &'static str,
    /// What the fix does.
    pub title: String,
    /// The variable, if its name may be said.
    pub variable: Option<String>,
    /// The other file that the fix is about, if it is not about the audited one.
    pub path: Option<PathBuf>,
    /// Whether two stretches of the file change places, which shows only to those who see the values.
    pub exchanged: bool,
}

impl Mended {
    /// What the fix of a finding does.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let title = finding.fix.as_ref().map(|fix| fix.title.clone()).unwrap_or_default();
        let exchanged = finding.fix.as_ref().is_some_and(|fix| match &fix.action {
            Action::Edits(edits) => {
                matches!(&edits[..], [one, other] if one.with == [Piece::Copy(other.span)] && other.with == [Piece::Copy(one.span)])
            }
            _ => false,
        });
        let path = finding.fix.as_ref().and_then(|fix| match &fix.action {
            Action::Chmod { path, .. } => path.clone(),
            Action::Append { path, .. } | Action::Remove { path, .. } => Some(path.clone()),
            Action::Edits(_) | Action::Transcode | Action::DropAcl { .. } => None,
        });
        Self { code: finding.rule.code, title, variable: finding.variable.clone(), path, exchanged }
    }
}

/// The rule whose fix takes carriage returns away.
const CRLF: &str = "TW318";
/// The rule whose fix takes the byte order mark away.
const BOM: &str = "TW319";
/// A round mends what the round before laid bare; a file needs two or three.
const ROUNDS: usize = 12;
/// How often it is tried what some fixes make of the file. Each trial is an audit of the whole, and a file may hold
/// thousands of fixes of which none can be proved: what was not tried by then is left to the user.
const PROOFS: usize = 200;

/// Mends the bytes of a file as far as the findings have edits of this safety.
///
/// Edits that overlap wait for the next round. The result of each round is parsed and audited again; what cannot be
/// proved is taken back. Done again, it changes nothing. Rights and other files are the caller's to mend, by
/// [`Action`].
#[must_use]
pub fn mend(file: &EnvFile, facts: &Facts, selection: &Selection, safety: Safety) -> Fixed {
    within(file, facts, selection, safety, PROOFS)
}

/// The same with so many trials at most.
fn within(file: &EnvFile, facts: &Facts, selection: &Selection, safety: Safety, mut proofs: usize) -> Fixed {
    let mut now = file.clone();
    let mut done = Vec::new();
    let mut left = Vec::new();
    let mut first = None;
    if safety == Safety::Unsafe
        && let Some(text) = utf8(file)
        && let Some(found) = audit(file, facts, selection).findings.iter().find(|found| transcodes(found))
    {
        done.push(Mended::of(found));
        now = EnvFile::parse(text.as_bytes());
    }
    for _ in 0..ROUNDS {
        let report = audit(&now, facts, selection);
        let (mut chosen, mut waiting) = (Vec::new(), Vec::new());
        let (marked, swallowed) = (marked(&now), swallowed(&now));
        let contested = contested(&now);
        // What stands before a carriage return is not what it seems to be, so those go first. If they must stay, for whatever
        // reason, nothing is mended: behind a blank one is a word of its own to a shell, and without the blank of the value.
        let returns = now.bytes().contains(&b'\r');
        let mut taken = Taken::default();
        for finding in &report.findings {
            let Some(edits) = edits_of(finding, safety) else { continue };
            let own = matches!(finding.rule.code, BOM | CRLF);
            // Also what a finding leans upon, such as the first of two lines that say the same.
            let places = finding.locations.iter().filter(|place| place.path.is_none()).filter_map(|place| place.span);
            let places: Vec<Span> = edits.iter().map(|edit| edit.span).chain(places).collect();
            let within = |lines: &[Span]| !own && places.iter().any(|span| touches(*span, lines));
            // What is of no variable may be of each: node 20 takes blanks before a line for a part of the name.
            let decides = finding.variable.as_deref().map_or(!contested.is_empty(), |name| contested.contains(name));
            let contested = decides && finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
            let why = match () {
                () if returns && finding.rule.code != CRLF => Waits::Returns,
                () if within(marked.as_slice()) => Waits::Mark,
                () if within(&swallowed) => Waits::Swallowed,
                () if contested => Waits::Contested,
                () if !taken.take(edits) => Waits::Across,
                () => {
                    chosen.push((finding, edits));
                    continue;
                }
            };
            waiting.push((finding, why));
        }
        // What was last said against a choice is said of the fewest that it was tried with.
        let mut against: BTreeMap<*const Finding, Waits> = BTreeMap::new();
        let mut prove = |some: &[Choice<'_>]| {
            proofs = proofs.checked_sub(1)?;
            let all: Vec<&Edit> = some.iter().flat_map(|(_, edits)| *edits).collect();
            let next = EnvFile::parse(&applied(&now, &all)?);
            let why = match proved(&now, &next, &report, facts, selection, safety) {
                Ok(()) => return Some(next),
                Err(Unproved::Values) => Waits::Unproved,
                Err(Unproved::Finds(code)) => Waits::Finds(code),
            };
            against.extend(some.iter().map(|(finding, _)| (std::ptr::from_ref(*finding), why)));
            None
        };
        let (good, next) = provable(&chosen, &mut prove);
        let mended: Vec<Mended> = good.iter().map(|(finding, _)| Mended::of(finding)).collect();
        let good: BTreeSet<*const Finding> = good.into_iter().map(|(finding, _)| std::ptr::from_ref(finding)).collect();
        let refused = chosen.iter().filter(|(finding, _)| !good.contains(&std::ptr::from_ref(*finding)));
        let why = |finding: &Finding| against.get(&std::ptr::from_ref(finding)).copied().unwrap_or(Waits::Unproved);
        let out: Vec<(&Finding, Waits)> = refused.map(|(finding, _)| (*finding, why(finding))).chain(waiting).collect();
        first.get_or_insert_with(|| out.iter().map(|(finding, why)| (place(finding), *why)).collect());
        left = out.into_iter().map(|(finding, why)| (Mended::of(finding), why)).collect();
        match next {
            Some(next) if next.bytes() != now.bytes() => now = next,
            _ => break,
        }
        done.extend(mended);
    }
    Fixed { bytes: Zeroizing::new(now.bytes().to_vec()), done, left, first: first.unwrap_or_default() }
}

fn transcodes(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|fix| fix.action == Action::Transcode)
}

/// The text of a file in UTF-16, without its mark; none if it is anything else, or not whole.
pub(super) fn utf8(file: &EnvFile) -> Option<Zeroizing<String>> {
    let (unit, body): (fn([u8; 2]) -> u16, _) = match file.bytes() {
        [0xff, 0xfe, body @ ..] => (u16::from_le_bytes, body),
        [0xfe, 0xff, body @ ..] => (u16::from_be_bytes, body),
        _ => return None,
    };
    let (units, rest) = body.as_chunks::<2>();
    // Room for everything, so that no copy is left behind unwiped.
    let mut text = Zeroizing::new(String::with_capacity(units.len() * 3));
    for c in char::decode_utf16(units.iter().map(|two| unit(*two))) {
        text.push(c.ok().filter(|c| *c != '\0')?);
    }
    rest.is_empty().then_some(text)
}

/// The line that begins with a byte order mark, which is what readers part it by. As long as they do, nothing may change
/// in it: it would change what is read there.
fn marked(file: &EnvFile) -> Option<Span> {
    let bytes = file.bytes();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    file.has_bom().then_some(Span { start: 0, end: first })
}

/// The lines that some readers take for the value of the line before, which has only blanks for one (TW322). Nothing may
/// change in them either.
fn swallowed(file: &EnvFile) -> Vec<Span> {
    let bytes = file.bytes();
    let blank = |shape: &Shape<'_>| shape.unquoted() && shape.text.is_empty() && !shape.trailing.is_empty();
    let next = |shape: Shape<'_>| {
        let end = shape.at.span.end;
        let start = end + bytes[end..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        let length = bytes[start..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - start);
        Some(Span { start: end, end: start + length })
    };
    file.assignments().map(|at| shape(file, at)).filter(blank).filter_map(next).collect()
}

/// Whether an edit lies in one of the lines, which are in their order.
fn touches(edit: Span, lines: &[Span]) -> bool {
    let before = lines.partition_point(|line| line.start < edit.end.max(edit.start + 1));
    before.checked_sub(1).is_some_and(|last| edit.start <= lines[last].end)
}

/// Variables that are assigned several values. Which of them a reader takes may hang on how each is written, and on what
/// stands around them.
fn contested(file: &EnvFile) -> BTreeSet<&str> {
    let mut seen: BTreeMap<&str, (Option<&str>, &[u8])> = BTreeMap::new();
    let mut contested = BTreeSet::new();
    for at in file.assignments() {
        let shape = shape(file, at);
        let value = (shape.meant(), shape.text);
        if *seen.entry(at.name.as_str()).or_insert(value) != value {
            contested.insert(at.name.as_str());
        }
    }
    contested
}

/// A finding and the edits that mend it.
type Choice<'f> = (&'f Finding, &'f [Edit]);

/// Those fixes of a round that can be proved together, and what they make of the file. Where not all can, it is tried
/// rule by rule, and of a rule by halves.
fn provable<'f>(
    chosen: &[Choice<'f>],
    prove: &mut impl FnMut(&[Choice<'f>]) -> Option<EnvFile>,
) -> (Vec<Choice<'f>>, Option<EnvFile>) {
    if let Some(next) = prove(chosen) {
        return (chosen.to_vec(), Some(next));
    }
    let mut rules: BTreeMap<&str, Vec<Choice<'f>>> = BTreeMap::new();
    for choice in chosen {
        rules.entry(choice.0.rule.code).or_default().push(*choice);
    }
    let (mut good, mut next) = (Vec::new(), None);
    for rule in rules.values() {
        let part = by_halves(rule, prove);
        let both = [good.as_slice(), &part].concat();
        if !part.is_empty()
            && let Some(file) = prove(&both)
        {
            (good, next) = (both, Some(file));
        }
    }
    (good, next)
}

fn by_halves<'f>(chosen: &[Choice<'f>], prove: &mut impl FnMut(&[Choice<'f>]) -> Option<EnvFile>) -> Vec<Choice<'f>> {
    if chosen.is_empty() || prove(chosen).is_some() {
        return chosen.to_vec();
    }
    if chosen.len() == 1 {
        return Vec::new();
    }
    let (first, second) = chosen.split_at(chosen.len() / 2);
    let (first, second) = (by_halves(first, prove), by_halves(second, prove));
    let both = [first.as_slice(), &second].concat();
    if first.is_empty() || second.is_empty() || prove(&both).is_some() { both } else { first }
}

fn edits_of(finding: &Finding, safety: Safety) -> Option<&[Edit]> {
    match finding.fix.as_ref()? {
        Fix { safety: needed, action: Action::Edits(edits), .. } if *needed <= safety && !edits.is_empty() => {
            Some(edits)
        }
        _ => None,
    }
}
