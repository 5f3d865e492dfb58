//! Reading in pieces: what is in memory does not depend on how large a file is.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::literals::{Literals, Spelling};

/// How much is read at once: small enough to stay in the processor's cache between reading and searching.
const PIECE: usize = 128 << 10;

/// Occurrences of one value in one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Which needle, by index.
    pub(super) needle: usize,
    pub(super) spelling: Spelling,
    /// Where the first starts.
    pub(super) offset: u64,
    pub(super) count: u64,
}

/// One thread's buffer. Wiped when dropped, for what passes through it may be the secret.
pub(super) struct Scanner<'l> {
    literals: &'l Literals,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'l> Scanner<'l> {
    pub(super) fn new(literals: &'l Literals) -> Self {
        Self { literals, buffer: Zeroizing::new(vec![0; PIECE + literals.longest()]) }
    }

    /// Searches a stream to its end, and says how long it was. `expected` is its length as far as it is known; once
    /// that much has been read the end is not asked for again.
    pub(super) fn scan(&mut self, mut from: impl Read, expected: Option<u64>) -> io::Result<(Vec<Found>, u64)> {
        let mut found: Vec<Found> = Vec::new();
        let (mut base, mut carried, mut total) = (0_u64, 0_usize, 0_u64);
        loop {
            let (filled, end) = self.fill(&mut from, carried, expected.map(|all| all.saturating_sub(total)))?;
            total += (filled - carried) as u64;
            self.literals.each(&self.buffer[..filled], |start, stop, meaning| {
                // What lies wholly in the part that was carried over has been counted already.
                if stop <= carried {
                    return;
                }
                let same = |known: &&mut Found| (known.needle, known.spelling) == (meaning.needle, meaning.spelling);
                match found.iter_mut().find(same) {
                    Some(known) => known.count += 1,
                    None => found.push(Found {
                        needle: meaning.needle,
                        spelling: meaning.spelling,
                        offset: base + start as u64,
                        count: 1,
                    }),
                }
            });
            if end {
                return Ok((found, total));
            }
            let keep = (self.literals.longest() - 1).min(filled);
            self.buffer.copy_within(filled - keep..filled, 0);
            base += (filled - keep) as u64;
            carried = keep;
        }
    }

    /// Fills the buffer behind what it holds; the second answer is whether that was the end.
    fn fill(&mut self, from: &mut impl Read, held: usize, expected: Option<u64>) -> io::Result<(usize, bool)> {
        let mut filled = held;
        while filled < self.buffer.len() {
            match from.read(&mut self.buffer[filled..]) {
                Ok(0) => return Ok((filled, true)),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if expected.is_some_and(|expected| (filled - held) as u64 >= expected) {
                return Ok((filled, true));
            }
        }
        Ok((filled, false))
    }
}

/// The line and column, both from 1 and in characters, of each of the offsets, which must ascend; none if a NUL stands
/// before the last of them or soon after, for what holds one is no text.
pub(super) fn positions(mut from: impl Read, offsets: &[u64]) -> io::Result<Vec<Option<(u64, u64)>>> {
    let mut buffer = Zeroizing::new(vec![0; PIECE]);
    let mut answers = Vec::with_capacity(offsets.len());
    let (mut at, mut line, mut column) = (0_u64, 1_u64, 1_u64);
    while answers.len() < offsets.len() {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer[..count].contains(&0) {
            return Ok(vec![None; offsets.len()]);
        }
        let mut rest = &buffer[..count];
        while let Some(offset) = offsets.get(answers.len()) {
            let Some(ahead) = usize::try_from(offset - at).ok().filter(|ahead| *ahead < rest.len()) else { break };
            advance(&rest[..ahead], &mut line, &mut column);
            at += ahead as u64;
            rest = &rest[ahead..];
            answers.push(Some((line, column)));
        }
        advance(rest, &mut line, &mut column);
        at += rest.len() as u64;
    }
    answers.resize(offsets.len(), None);
    Ok(answers)
}

fn advance(bytes: &[u8], line: &mut u64, column: &mut u64) {
    // Continuation bytes of UTF-8 start no character.
    let characters = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => {
            *line += bytes[..=last].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            *column = 1 + characters(&bytes[last + 1..]);
        }
        None => *column += characters(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Needle;
    use super::*;
    use crate::model::Secret;

    const VALUE: &str = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";

    fn literals() -> Literals {
        let needle = Needle { label: "A".into(), value: Secret::new(VALUE.into()), identifier: false };
        Literals::new(&[needle]).unwrap().0
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
            let expected = Found { needle: 0, spelling: Spelling::Plain, offset: at as u64, count: 1 };
            for length in [None, Some(bytes.len() as u64)] {
                let (found, total) = scanner.scan(Dribble(&bytes, 0), length).unwrap();
                assert_eq!((found, total), (vec![expected], bytes.len() as u64), "{at}");
            }
        }
    }

    #[test]
    fn every_occurrence_is_counted() {
        let literals = literals();
        let text = format!("{VALUE}\n").repeat(40_000);
        let (found, _) = Scanner::new(&literals).scan(text.as_bytes(), None).unwrap();
        assert_eq!((found[0].offset, found[0].count), (0, 40_000));
    }

    #[test]
    fn lines_and_columns_are_those_an_editor_shows() {
        let text = "a\nbé=x\n\nlast";
        let at = |needle: &str| text.find(needle).unwrap() as u64;
        let found = positions(Dribble(text.as_bytes(), 0), &[0, at("="), at("x"), at("last")]).unwrap();
        assert_eq!(found, [Some((1, 1)), Some((2, 3)), Some((2, 4)), Some((4, 1))]);
        assert_eq!(positions(&b"a\n\0b"[..], &[0, 3]).unwrap(), [None, None]);
        assert_eq!(positions(&b"a"[..], &[7]).unwrap(), [None]);
    }
}
