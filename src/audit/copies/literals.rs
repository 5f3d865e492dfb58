//! The values in every spelling that is looked for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::grams::Grams;
use super::{Needle, Skipped};

/// The fewest bytes a value must have to be looked for.
pub const LEAST: usize = 16;
/// The fewest different bytes: `xxxxxxxxxxxxxxxx` stands in many files, and in none of them is it a copy.
const DIFFERENT: usize = 5;

/// How a copy is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// Byte for byte.
    Plain,
    /// Two bytes a character, the lower one first, as some programs of Windows write.
    Utf16Le,
    /// Two bytes a character, the higher one first.
    Utf16Be,
    /// In base64, as Kubernetes manifests and `Authorization` headers have it, alone or within a longer text.
    Base64,
}

/// What one pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Which needle, by index.
    pub(super) needle: usize,
    pub(super) spelling: Spelling,
}

/// The patterns and what they mean.
#[derive(Debug)]
pub(super) struct Literals {
    grams: Grams,
    meanings: Vec<Meaning>,
}

impl Literals {
    /// Also says which needles are not looked for. A value that stands under several labels is found under the first.
    pub(super) fn new(needles: &[Needle]) -> (Self, Vec<(String, Skipped)>) {
        let mut skipped = Vec::new();
        let mut patterns: Vec<(Zeroizing<Vec<u8>>, Meaning)> = Vec::new();
        for (index, needle) in needles.iter().enumerate() {
            #[expect(
                clippy::disallowed_methods,
                reason = "into the tables of the search, which gives back positions only"
            )]
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
                let meant = |(bytes, spelling)| (bytes, Meaning { needle: index, spelling });
                patterns.extend(spellings(value).into_iter().map(meant));
            }
        }
        // Stable: of equal ones the first stays.
        patterns.sort_by(|(one, _), (other, _)| one.as_slice().cmp(other));
        patterns.dedup_by(|(one, _), (other, _)| **one == **other);
        let (patterns, meanings) = patterns.into_iter().unzip();
        (Self { grams: Grams::new(patterns), meanings }, skipped)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.meanings.is_empty()
    }

    /// The length in bytes of the longest pattern.
    pub(super) fn longest(&self) -> usize {
        self.grams.longest()
    }

    /// Calls `found` with the start, the end and the meaning of each occurrence, as [`Grams::each`] does.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, Meaning)) {
        self.grams.each(bytes, |start, stop, which| found(start, stop, self.meanings[which]));
    }
}

/// A value as it is and as it is encoded.
fn spellings(value: &[u8]) -> Vec<(Zeroizing<Vec<u8>>, Spelling)> {
    let mut all = vec![(Zeroizing::new(value.to_vec()), Spelling::Plain)];
    if let Ok(text) = std::str::from_utf8(value) {
        let in_order =
            |order: fn(u16) -> [u8; 2]| Zeroizing::new(text.encode_utf16().flat_map(order).collect::<Vec<u8>>());
        all.push((in_order(u16::to_le_bytes), Spelling::Utf16Le));
        all.push((in_order(u16::to_be_bytes), Spelling::Utf16Be));
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
        let (literals, skipped) = Literals::new(&needles);
        let named = [("SHORT".to_owned(), Skipped::Short), ("DUMMY".to_owned(), Skipped::Monotonous)];
        assert_eq!(skipped, named);
        assert!(literals.meanings.iter().all(|meaning| meaning.needle == 2));
    }

    #[test]
    fn a_value_is_found_wherever_it_stands_in_base64() {
        let value = "Zq3xPb81LmT0yWcR5sVnKdHj7uEgAo29";
        let (literals, _) = Literals::new(&[needle("A", value)]);
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{value}{}", &"SK123:x"[..before], &"\nB=1"[..after]);
                let mut found = Vec::new();
                literals.each(BASE64_STANDARD.encode(text).as_bytes(), |_, _, meaning| found.push(meaning.spelling));
                assert_eq!(found, [Spelling::Base64], "{before} {after}");
            }
        }
    }

    /// Of the encodings a value has, the shortest is the UTF-16 of one in which each character has three bytes.
    #[test]
    fn every_spelling_is_long_enough_to_be_found() {
        for value in ["0123456789abcdef", "a日本語文字", "🔑🗝🔒🔓", "aé日🔑aé日🔑"] {
            assert!(value.len() >= LEAST, "{value}");
            let (literals, skipped) = Literals::new(&[needle("A", value)]);
            assert_eq!(skipped, []);
            for (bytes, spelling) in spellings(value.as_bytes()) {
                let mut found = Vec::new();
                literals.each(&[b"..", bytes.as_slice(), b".."].concat(), |start, _, meaning| {
                    found.push((start, meaning.spelling));
                });
                assert!(found.contains(&(2, spelling)), "{value} {spelling:?}");
            }
        }
    }

    #[test]
    fn a_value_within_a_value_is_found_with_it() {
        let (inner, outer) = ("Zq3xPb81LmT0yWcR", "https://user:Zq3xPb81LmT0yWcR@example.com");
        let (literals, _) = Literals::new(&[needle("URL", outer), needle("TOKEN", inner)]);
        let mut found = Vec::new();
        literals.each(format!("X={outer}").as_bytes(), |start, _, meaning| found.push((start, meaning.needle)));
        found.sort_unstable();
        assert_eq!(found, [(2, 0), (15, 1)]);
    }
}
