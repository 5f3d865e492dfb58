//! Reading in pieces: what is in memory does not depend on how large a file is.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use zeroize::Zeroizing;

use super::lines::Stretch;
use super::literals::{Literals, Meaning, Spelling};

/// How much is read at once: small enough to stay in the processor's cache between reading and searching.
pub(super) const PIECE: usize = 128 << 10;

/// Occurrences of one value in one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Which needle, by index.
    pub(super) needle: usize,
    pub(super) spelling: Spelling,
    /// Where the first starts.
    pub(super) offset: u64,
    pub(super) count: u64,
    /// What stands before the first.
    before: Stretch,
}

impl Found {
    /// One at the very beginning.
    pub(super) fn first(needle: usize, spelling: Spelling) -> Self {
        Self { needle, spelling, offset: 0, count: 1, before: Stretch::default() }
    }
}

/// What a stream, or a part of a file, holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) found: Vec<Found>,
    /// How many bytes were searched.
    pub(super) bytes: u64,
    whole: Stretch,
}

impl Scanned {
    /// So much that is nothing but NULs, and was not read for that reason.
    pub(super) fn hole() -> Self {
        Self { whole: Stretch::binary(), ..Self::default() }
    }

    /// The line and column of one that was found, both from 1 and in characters; none if a NUL stands anywhere, for what
    /// holds one is no text.
    pub(super) fn position(&self, found: &Found) -> Option<(u64, u64)> {
        (!self.whole.is_binary()).then(|| found.before.position())
    }

    /// Leaves of both orders of UTF-16 the one that stands there. Plain letters have a NUL on one side of each, so a text in
    /// one order has the pattern of the other one too, a byte earlier or later, wherever a plain letter stands beside it.
    /// What comes first is right, but where they are a byte apart: then each character begins at an even byte.
    pub(super) fn settle(&mut self) {
        let found = std::mem::take(&mut self.found);
        let at = |needle: usize, spelling| {
            found.iter().find(|found| (found.needle, found.spelling) == (needle, spelling)).map(|found| found.offset)
        };
        let stands = |found: &&Found| {
            let (Some(little), Some(big)) = (at(found.needle, Spelling::Utf16Le), at(found.needle, Spelling::Utf16Be))
            else {
                return true;
            };
            let is_big = if big + 1 == little { big % 2 == 0 } else { big < little };
            match found.spelling {
                Spelling::Utf16Le => !is_big,
                Spelling::Utf16Be => is_big,
                Spelling::Plain | Spelling::Base64 => true,
            }
        };
        self.found = found.iter().filter(stands).copied().collect();
    }

    /// Adds what follows directly.
    pub(super) fn append(&mut self, next: Self) {
        for found in next.found {
            match self.known(found.needle, found.spelling) {
                Some(known) => known.count += found.count,
                None => self.found.push(Found { before: self.whole.then(found.before), ..found }),
            }
        }
        self.whole = self.whole.then(next.whole);
        self.bytes += next.bytes;
    }

    fn known(&mut self, needle: usize, spelling: Spelling) -> Option<&mut Found> {
        self.found.iter_mut().find(|known| (known.needle, known.spelling) == (needle, spelling))
    }
}

/// One thread's buffer. Wiped when dropped, for what passes through it may be the secret.
pub(super) struct Scanner<'l> {
    literals: &'l Literals,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'l> Scanner<'l> {
    pub(super) fn new(literals: &'l Literals) -> Self {
        Self::reading(PIECE, literals)
    }

    /// Reads so much at once.
    fn reading(piece: usize, literals: &'l Literals) -> Self {
        Self { literals, buffer: Zeroizing::new(vec![0; piece + literals.longest()]) }
    }

    /// The length in bytes of the longest pattern.
    pub(super) fn longest(&self) -> u64 {
        self.literals.longest() as u64
    }

    /// Searches a file from where it is to its end. `expected` is its length as far as it is known; once that much has been
    /// read the end is not asked for again. What stands before an error is in the answer all the same.
    ///
    /// Nearly every file holds nothing, and its lines need not be counted: one that holds something is read once more from
    /// the start. If it was changed in between, what was found has no position.
    pub(super) fn scan_file(&mut self, file: &File, expected: Option<u64>) -> (Scanned, io::Result<()>) {
        let (skimmed, end) = self.skim(file, expected);
        if skimmed.found.is_empty() {
            return (skimmed, end);
        }
        let (scanned, end_again) = self.scan(Part { file, left: 0..u64::MAX }, expected);
        if scanned.found.len() < skimmed.found.len() { (skimmed, end) } else { (scanned, end_again) }
    }

    /// The same of a stream, in which nothing that is found has a position.
    pub(super) fn skim(&mut self, from: impl Read, expected: Option<u64>) -> (Scanned, io::Result<()>) {
        self.settled(from, expected, Stretch::binary())
    }

    /// The same with the positions.
    fn scan(&mut self, from: impl Read, expected: Option<u64>) -> (Scanned, io::Result<()>) {
        self.settled(from, expected, Stretch::default())
    }

    fn settled(&mut self, from: impl Read, expected: Option<u64>, before: Stretch) -> (Scanned, io::Result<()>) {
        let (mut scanned, end) = self.stretch(from, expected, 0..u64::MAX, before);
        scanned.settle();
        (scanned, end)
    }

    /// Searches that part of a file: what starts in it is found, and read to its end. Parts side by side find together
    /// what the whole file holds, nothing twice.
    pub(super) fn scan_part(&mut self, file: &File, part: Range<u64>) -> (Scanned, io::Result<()>) {
        let over = self.longest().saturating_sub(1);
        let read = part.start..part.end.saturating_add(over);
        let expected = read.end - read.start;
        self.stretch(Part { file, left: read }, Some(expected), part, Stretch::default())
    }

    /// `from` starts at the start of `own`. What starts behind its end is left out. Behind something binary no lines are
    /// counted.
    fn stretch(
        &mut self,
        mut from: impl Read,
        expected: Option<u64>,
        own: Range<u64>,
        before: Stretch,
    ) -> (Scanned, io::Result<()>) {
        let mut all = Scanned { whole: before, ..Scanned::default() };
        let (mut base, mut carried, mut total) = (own.start, 0_usize, 0_u64);
        loop {
            let (filled, end) = self.fill(&mut from, carried, expected.map(|all| all.saturating_sub(total)));
            total += (filled - carried) as u64;
            let held = &self.buffer[..filled];
            let mut here = Vec::new();
            self.literals.each(held, |start, stop, meaning| {
                // What lies wholly in the part that was carried over has been counted already.
                if stop > carried && base + (start as u64) < own.end {
                    here.push((start, meaning));
                }
            });
            here.sort_unstable_by_key(|(start, _)| *start);
            for (start, Meaning { needle, spelling }) in here {
                if let Some(known) = all.known(needle, spelling) {
                    known.count += 1;
                } else {
                    let before = all.whole.then(Stretch::of(&held[..start]));
                    all.found.push(Found { needle, spelling, offset: base + start as u64, count: 1, before });
                }
            }
            let keep = if end.is_some() { 0 } else { self.literals.longest().saturating_sub(1).min(filled) };
            // What is carried over is measured with the next piece: an occurrence may start there.
            let left = usize::try_from(own.end.saturating_sub(base)).unwrap_or(usize::MAX);
            if !all.whole.is_binary() {
                all.whole = all.whole.then(Stretch::of(&held[..left.min(filled - keep)]));
            }
            if let Some(end) = end {
                all.bytes = total.min(own.end - own.start);
                return (all, end);
            }
            self.buffer.copy_within(filled - keep..filled, 0);
            base += (filled - keep) as u64;
            carried = keep;
        }
    }

    /// Fills the buffer behind what it holds; the second answer is how the stream ended, if it did. What came before an
    /// error is in the buffer like everything else.
    fn fill(&mut self, from: &mut impl Read, held: usize, expected: Option<u64>) -> (usize, Option<io::Result<()>>) {
        let mut filled = held;
        while filled < self.buffer.len() {
            match from.read(&mut self.buffer[filled..]) {
                Ok(0) => return (filled, Some(Ok(()))),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (filled, Some(Err(error))),
            }
            if expected.is_some_and(|expected| (filled - held) as u64 >= expected) {
                return (filled, Some(Ok(())));
            }
        }
        (filled, None)
    }
}

/// A part of a file as a stream. It leaves the place at which others read where it is, so that many threads may have
/// parts of one file.
struct Part<'f> {
    file: &'f File,
    left: Range<u64>,
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left.end.saturating_sub(self.left.start)).unwrap_or(usize::MAX);
        let most = left.min(into.len());
        let count = self.file.read_at(&mut into[..most], self.left.start)?;
        self.left.start += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Needle;
    use super::*;
    use crate::model::Secret;

    const VALUE: &str = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";

    fn literals() -> Literals {
        let needle = Needle { label: "A".into(), value: Secret::new(VALUE.into()), identifier: false };
        Literals::new(&[needle]).0
    }

    type Brief = (u64, u64, Option<(u64, u64)>);

    /// Where the first of each stands, how many there are, and the line and column.
    fn brief(scanned: &Scanned) -> Vec<Brief> {
        scanned.found.iter().map(|found| (found.offset, found.count, scanned.position(found))).collect()
    }

    /// Gives one byte, then seven, then as much as is asked for, over and over.
    struct Dribble<'b>(&'b [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let most = [1, 7, usize::MAX][self.1 % 3].min(into.len());
            self.0.read(&mut into[..most])
        }
    }

    #[test]
    fn a_value_across_pieces_is_found_once_wherever_the_cut_falls() {
        let literals = literals();
        let mut scanner = Scanner::new(&literals);
        let seam = PIECE + literals.longest();
        for at in ((seam - 2 * VALUE.len() - 2)..=(seam + 2)).step_by(3) {
            let mut bytes = vec![b'.'; 2 * PIECE + PIECE / 2];
            bytes[at..at + VALUE.len()].copy_from_slice(VALUE.as_bytes());
            for length in [None, Some(bytes.len() as u64)] {
                let (seen, end) = scanner.scan(Dribble(&bytes, 0), length);
                end.unwrap();
                assert_eq!(brief(&seen), [(at as u64, 1, Some((1, at as u64 + 1)))]);
                assert_eq!(seen.bytes, bytes.len() as u64);
            }
        }
    }

    #[test]
    fn every_occurrence_is_counted() {
        let literals = literals();
        let text = format!("{VALUE}\n").repeat(40_000);
        let (scanned, _) = Scanner::new(&literals).scan(text.as_bytes(), None);
        assert_eq!(brief(&scanned), [(0, 40_000, Some((1, 1)))]);
    }

    /// Fails after what it has.
    struct Torn<'b>(&'b [u8]);

    impl Read for Torn<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::ErrorKind::Other.into()),
                count => Ok(count),
            }
        }
    }

    /// Whoever writes faster than is read must not keep the search from ending.
    #[test]
    fn a_file_that_grows_is_searched_as_far_as_it_went_when_it_was_opened() {
        let literals = literals();
        let grown = 3 * PIECE as u64;
        let (scanned, end) = Scanner::new(&literals).scan(io::repeat(b'.'), Some(grown));
        end.unwrap();
        assert!((grown..grown + 2 * PIECE as u64).contains(&scanned.bytes), "{}", scanned.bytes);
    }

    #[test]
    fn what_stands_before_an_error_is_found() {
        let literals = literals();
        for before in [0, 2 * PIECE] {
            let bytes = [vec![b'.'; before], VALUE.as_bytes().to_vec()].concat();
            let (scanned, end) = Scanner::new(&literals).scan(Torn(&bytes), None);
            assert_eq!((end.is_err(), brief(&scanned)), (true, vec![(before as u64, 1, Some((1, before as u64 + 1)))]));
        }
    }

    /// Nothing is known of where the values stand: every place is tried.
    fn naively(bytes: &[u8], values: &[&str]) -> Vec<(usize, Brief)> {
        let mut all = Vec::new();
        for (needle, value) in values.iter().enumerate() {
            let places = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(value.as_bytes()));
            let places: Vec<usize> = places.collect();
            let Some(first) = places.first() else { continue };
            let lines = bytes[..*first].split(|byte| *byte == b'\n').count() as u64 - 1;
            let last = bytes[..*first].rsplit(|byte| *byte == b'\n').next().unwrap();
            let position = (!bytes.contains(&0)).then_some((lines + 1, last.len() as u64 + 1));
            all.push((needle, (*first as u64, places.len() as u64, position)));
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// However a file is cut into parts, and the parts into pieces; values within values and across every cut.
        #[test]
        fn parts_and_pieces_find_what_a_naive_search_finds(
            planted in prop::collection::vec((0_usize..4, "[.\n]{0,40}", prop::bool::weighted(0.02)), 0..40),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            piece in 1_usize..100,
        ) {
            let values = [VALUE, &VALUE[..20], &VALUE[9..], "abcdeabcdeabcdeabcdeabcde"];
            let needles = values.map(|value| Needle {
                label: value.into(), value: Secret::new(value.into()), identifier: false,
            });
            let literals = Literals::new(&needles).0;
            let mut bytes = Vec::new();
            for (which, noise, nul) in planted {
                bytes.extend(noise.bytes());
                // Repeated without a gap the last value overlaps itself.
                bytes.extend(values[which].bytes());
                bytes.extend(nul.then_some(0));
            }
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, &bytes).unwrap();
            let mut cuts: Vec<u64> = cuts.into_iter().map(|cut| cut.index(bytes.len() + 1) as u64).collect();
            cuts.extend([0, bytes.len() as u64]);
            cuts.sort_unstable();
            let mut scanner = Scanner::reading(piece, &literals);
            let mut all = Scanned::default();
            for cut in cuts.windows(2) {
                let (scanned, end) = scanner.scan_part(&file, cut[0]..cut[1]);
                end.unwrap();
                all.append(scanned);
            }
            let mut found: Vec<_> = all.found.iter().map(|found| found.needle).zip(brief(&all)).collect();
            found.sort_unstable();
            prop_assert_eq!(found, naively(&bytes, &values));
            prop_assert_eq!(all.bytes, bytes.len() as u64);
        }
    }
}
