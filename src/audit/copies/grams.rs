//! Finding any of many long strings by looking at every n-th place only.
//!
//! Every pattern is at least [`LEAST_PATTERN`] bytes long, so an occurrence covers a number of neighbouring places at
//! each of which [`GRAM`] of its bytes stand. One of them is a multiple of the stride, and only those are looked at: the
//! eight bytes there are looked up among all that the patterns have within one stride of their beginnings. Text that
//! holds no pattern costs one lookup every stride, however many patterns there are. An automaton, which reads every
//! byte, becomes slower with each pattern: with the values of forty projects by a factor of thirty.

use zeroize::Zeroizing;

/// How many bytes are looked up at once.
const GRAM: usize = 8;
/// The fewest bytes of a pattern.
pub(super) const LEAST_PATTERN: usize = GRAM;
/// A longer stride would save little and make the tables larger.
const LONGEST_STRIDE: usize = 32;
/// 2^64 divided by the golden ratio: a multiplication by it spreads eight bytes over the upper bits of the product.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The patterns and the tables to find them by. All of it is wiped when dropped.
pub(super) struct Grams {
    patterns: Vec<Zeroizing<Vec<u8>>>,
    stride: usize,
    longest: usize,
    /// One bit for each value of a hash; it is set if a gram of a pattern has it. Small enough to stay in the cache.
    filter: Zeroizing<Vec<u64>>,
    filter_shift: u32,
    /// Where in `places` those of each value of a shorter hash begin; the next value's beginning is their end.
    buckets: Zeroizing<Vec<u32>>,
    bucket_shift: u32,
    places: Zeroizing<Vec<(u32, u32)>>,
}

impl Grams {
    /// Patterns shorter than [`LEAST_PATTERN`] are found nowhere.
    pub(super) fn new(patterns: Vec<Zeroizing<Vec<u8>>>) -> Self {
        let lengths = || patterns.iter().map(|pattern| pattern.len()).filter(|length| *length >= LEAST_PATTERN);
        let longest = lengths().max().unwrap_or(0);
        let stride = lengths().min().map_or(1, |least| (least - GRAM + 1).min(LONGEST_STRIDE));
        // At its full size at once: what a growing list leaves behind is not wiped.
        let mut all: Zeroizing<Vec<(u64, (u32, u32))>> = Zeroizing::new(Vec::with_capacity(patterns.len() * stride));
        for (which, pattern) in (0..).zip(&patterns) {
            let grams = (0..).zip(pattern.windows(GRAM)).take(stride);
            all.extend(grams.map(|(offset, gram)| (hash_at(gram, 0), (which, offset))));
        }
        // One lookup in sixty-four is for nothing, at worst; from some 30,000 grams on more are.
        let bits = (all.len() * 64).next_power_of_two().clamp(1 << 12, 1 << 21);
        let filter_shift = 64 - bits.trailing_zeros();
        let slots = all.len().next_power_of_two().clamp(2, 1 << 20);
        let bucket_shift = 64 - slots.trailing_zeros();
        let mut filter = Zeroizing::new(vec![0_u64; bits / 64]);
        let mut buckets = Zeroizing::new(vec![0_u32; slots + 1]);
        for (hash, _) in &*all {
            let bit = hash >> filter_shift;
            filter[index(bit / 64)] |= 1 << (bit % 64);
            buckets[index(hash >> bucket_shift) + 1] += 1;
        }
        for slot in 1..=slots {
            buckets[slot] += buckets[slot - 1];
        }
        let mut next = buckets.clone();
        let mut places = Zeroizing::new(vec![(0, 0); all.len()]);
        for (hash, place) in &*all {
            let at = &mut next[index(hash >> bucket_shift)];
            places[index(u64::from(*at))] = *place;
            *at += 1;
        }
        Self { patterns, stride, longest, filter, filter_shift, buckets, bucket_shift, places }
    }

    /// The length in bytes of the longest pattern.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Calls `found` once for each occurrence of each pattern, also where they overlap, with its start, its end and the
    /// index of the pattern. In no order within two strides.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        let mut at = 0;
        // Four at a time: that most are for nothing is then seen in one branch.
        let four = 3 * self.stride + GRAM;
        while let Some(ahead) = bytes.get(at..at + four) {
            let hashes = [0, 1, 2, 3].map(|n| hash_at(ahead, n * self.stride));
            if hashes.iter().fold(false, |any, hash| any | self.may_be(*hash)) {
                for (n, hash) in hashes.into_iter().enumerate().filter(|(_, hash)| self.may_be(*hash)) {
                    self.compare(bytes, at + n * self.stride, hash, &mut found);
                }
            }
            at += 4 * self.stride;
        }
        while at + GRAM <= bytes.len() {
            self.compare(bytes, at, hash_at(bytes, at), &mut found);
            at += self.stride;
        }
    }

    /// Whether a gram of some pattern has this hash; wrong now and then, but never where one has.
    fn may_be(&self, hash: u64) -> bool {
        let bit = hash >> self.filter_shift;
        self.filter[index(bit / 64)] >> (bit % 64) & 1 == 1
    }

    /// Compares with the patterns that may stand around `at`.
    #[inline(never)]
    fn compare(&self, bytes: &[u8], at: usize, hash: u64, found: &mut impl FnMut(usize, usize, usize)) {
        let slot = index(hash >> self.bucket_shift);
        for (which, offset) in &self.places[index(self.buckets[slot].into())..index(self.buckets[slot + 1].into())] {
            let (which, offset) = (index(u64::from(*which)), index(u64::from(*offset)));
            let pattern = self.patterns[which].as_slice();
            let Some(start) = at.checked_sub(offset) else { continue };
            if bytes[start..].starts_with(pattern) {
                found(start, start + pattern.len(), which);
            }
        }
    }
}

impl std::fmt::Debug for Grams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grams")
            .field("patterns", &self.patterns.len())
            .field("stride", &self.stride)
            .finish_non_exhaustive()
    }
}

/// Of the gram that starts at a place; 0 if none does.
fn hash_at(bytes: &[u8], at: usize) -> u64 {
    let gram = bytes.get(at..).and_then(|rest| rest.first_chunk::<GRAM>());
    gram.map_or(0, |gram| u64::from_le_bytes(*gram).wrapping_mul(SPREAD))
}

/// What is used as an index here is smaller than a table that is in memory.
#[expect(clippy::cast_possible_truncation, reason = "it is the index of something in memory")]
fn index(number: u64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grams(patterns: &[Vec<u8>]) -> Grams {
        Grams::new(patterns.iter().cloned().map(Zeroizing::new).collect())
    }

    fn sorted(grams: &Grams, bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        grams.each(bytes, |start, stop, which| found.push((start, stop, which)));
        found.sort_unstable();
        found
    }

    /// Every place, every pattern.
    fn naively(patterns: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let places = (0..bytes.len()).flat_map(|at| (0..patterns.len()).map(move |which| (at, which)));
        let here = places.filter(|(at, which)| bytes[*at..].starts_with(&patterns[*which]));
        let mut found: Vec<_> = here.map(|(at, which)| (at, at + patterns[which].len(), which)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_pattern_is_found_at_every_place_of_a_buffer() {
        for length in [8, 9, 16, 39, 40, 41, 200] {
            let pattern: Vec<u8> = (0..length).collect();
            let grams = grams(&[pattern.clone(), vec![b'x'; 64]]);
            for at in 0..100 {
                let mut bytes = vec![b'.'; 400];
                bytes[at..at + pattern.len()].copy_from_slice(&pattern);
                assert_eq!(sorted(&grams, &bytes), [(at, at + pattern.len(), 0)], "{length} at {at}");
                bytes.truncate(at + pattern.len() - 1);
                assert_eq!(sorted(&grams, &bytes), [], "{length} cut off at {at}");
            }
        }
    }

    #[test]
    fn nothing_to_look_for_is_found_nowhere() {
        assert_eq!(sorted(&grams(&[]), &[0; 100]), []);
        assert_eq!(sorted(&grams(&[vec![b'a'; LEAST_PATTERN]]), b"aaaaaaa"), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Of two letters, so that patterns overlap themselves and each other.
        #[test]
        fn the_same_is_found_as_by_looking_everywhere(
            patterns in prop::collection::vec(prop::collection::vec(b'a'..=b'b', LEAST_PATTERN..60), 1..40),
            noise in prop::collection::vec(b'a'..=b'b', 0..200),
            planted in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..12),
        ) {
            let mut bytes = noise.clone();
            for (which, apart) in planted {
                bytes.extend(if apart { noise.as_slice() } else { &[] });
                bytes.extend(which.get(&patterns));
            }
            prop_assert_eq!(sorted(&grams(&patterns), &bytes), naively(&patterns, &bytes));
        }
    }
}
