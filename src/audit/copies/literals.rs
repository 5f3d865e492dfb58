//! The values in every spelling that is looked for, as one automaton.

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::{Error, Needle, Skipped};

/// The fewest bytes a value must have to be looked for.
pub const LEAST: usize = 16;
/// The fewest different bytes: `xxxxxxxxxxxxxxxx` stands in many files, and in none of them is it a copy.
const DIFFERENT: usize = 5;

/// How a copy is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// Byte for byte.
    Plain,
    /// Two bytes a character, as some programs of Windows write.
    Utf16,
    /// In base64, as Kubernetes manifests and `Authorization` headers have it, alone or within a longer text.
    Base64,
}

/// What one pattern of the automaton stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Which needle, by index.
    pub(super) needle: usize,
    pub(super) spelling: Spelling,
}

/// The automaton and what its patterns mean.
#[derive(Debug)]
pub(super) struct Literals {
    engine: Engine,
    meanings: Vec<Meaning>,
    longest: usize,
}

/// With vector instructions and few patterns the packed searcher reads memory at its speed; the automaton takes any
/// number on any processor.
#[derive(Debug)]
enum Engine {
    Packed(Searcher),
    General(AhoCorasick),
}

impl Literals {
    /// Also says which needles are not looked for. A value that stands under several labels is found under the first.
    pub(super) fn new(needles: &[Needle]) -> Result<(Self, Vec<(String, Skipped)>), Error> {
        let mut skipped = Vec::new();
        let mut patterns: Vec<(Zeroizing<Vec<u8>>, Meaning)> = Vec::new();
        for (index, needle) in needles.iter().enumerate() {
            #[expect(clippy::disallowed_methods, reason = "into the automaton, which gives back positions only")]
            let value = needle.value.expose().as_bytes();
            let mut seen = [false; 256];
            for byte in value {
                seen[usize::from(*byte)] = true;
            }
            if value.len() < LEAST {
                skipped.push((needle.label.clone(), Skipped::Short));
            } else if seen.iter().filter(|seen| **seen).count() < DIFFERENT {
                skipped.push((needle.label.clone(), Skipped::Monotonous));
            } else {
                for (bytes, spelling) in spellings(value) {
                    if patterns.iter().all(|(known, _)| **known != *bytes) {
                        patterns.push((bytes, Meaning { needle: index, spelling }));
                    }
                }
            }
        }
        // Of two that start alike the longer is meant.
        patterns.sort_by_key(|(bytes, _)| std::cmp::Reverse(bytes.len()));
        let longest = patterns.first().map_or(0, |(bytes, _)| bytes.len());
        let bytes = || patterns.iter().map(|(bytes, _)| bytes.as_slice());
        let packed =
            packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder().extend(bytes()).build();
        let engine = match packed {
            Some(searcher) => Engine::Packed(searcher),
            None => Engine::General(
                AhoCorasick::builder()
                    .match_kind(MatchKind::LeftmostFirst)
                    .build(bytes())
                    .map_err(|_| Error::Literals)?,
            ),
        };
        let meanings = patterns.iter().map(|(_, meaning)| *meaning).collect();
        Ok((Self { engine, meanings, longest }, skipped))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.meanings.is_empty()
    }

    /// The length in bytes of the longest pattern.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Calls `found` with the start, the end and the meaning of each occurrence, in order.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, Meaning)) {
        match &self.engine {
            Engine::Packed(searcher) => searcher
                .find_iter(bytes)
                .for_each(|hit| found(hit.start(), hit.end(), self.meanings[hit.pattern().as_usize()])),
            Engine::General(automaton) => automaton
                .find_iter(bytes)
                .for_each(|hit| found(hit.start(), hit.end(), self.meanings[hit.pattern().as_usize()])),
        }
    }
}

/// A value as it is and as it is encoded.
fn spellings(value: &[u8]) -> Vec<(Zeroizing<Vec<u8>>, Spelling)> {
    let mut all = vec![(Zeroizing::new(value.to_vec()), Spelling::Plain)];
    if let Ok(text) = std::str::from_utf8(value) {
        all.push((Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect()), Spelling::Utf16));
    }
    all.extend((0..3).map(|before| (base64(value, before), Spelling::Base64)));
    all
}

/// What every base64 text has in common that holds `value` after a number of bytes that is `before` modulo 3: the
/// characters that no neighbour has a bit in.
fn base64(value: &[u8], before: usize) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(vec![0; before]);
    padded.extend_from_slice(value);
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*padded));
    let from = (before * 8).div_ceil(6);
    let to = padded.len() * 8 / 6;
    Zeroizing::new(encoded.as_bytes()[from..to].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn needle(label: &str, value: &str) -> Needle {
        Needle { label: label.into(), value: Secret::new(value.into()), identifier: false }
    }

    #[test]
    fn short_and_monotonous_values_are_left_out_and_named() {
        let needles = [
            needle("SHORT", "0123456789abcde"),
            needle("DUMMY", &"x".repeat(32)),
            needle("GOOD", "0123456789abcdef"),
            needle("SAME", "0123456789abcdef"),
        ];
        let (literals, skipped) = Literals::new(&needles).unwrap();
        let named = [("SHORT".to_owned(), Skipped::Short), ("DUMMY".to_owned(), Skipped::Monotonous)];
        assert_eq!(skipped, named);
        assert!(literals.meanings.iter().all(|meaning| meaning.needle == 2));
    }

    #[test]
    fn a_value_is_found_wherever_it_stands_in_base64() {
        let value = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";
        let (literals, _) = Literals::new(&[needle("A", value)]).unwrap();
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{value}{}", &"SK123:x"[..before], &"\nB=1"[..after]);
                let mut found = Vec::new();
                literals.each(BASE64_STANDARD.encode(text).as_bytes(), |_, _, meaning| found.push(meaning.spelling));
                assert_eq!(found, [Spelling::Base64], "{before} {after}");
            }
        }
    }

    #[test]
    fn many_values_are_looked_for_without_the_packed_searcher() {
        let all: Vec<_> = (0..300).map(|n| needle(&n.to_string(), &format!("{n:08}-abcdefgh-{n:08}"))).collect();
        let (literals, _) = Literals::new(&all).unwrap();
        assert!(matches!(literals.engine, Engine::General(_)));
        let mut found = Vec::new();
        literals.each(b"x00000299-abcdefgh-00000299", |start, _, meaning| found.push((start, meaning.needle)));
        assert_eq!(found, [(1, 299)]);
    }
}
