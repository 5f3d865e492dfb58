//! Lines and columns of places in a file, as an editor shows them.

/// What a stretch of text adds to a position. Stretches can be measured in any order, by any thread, and put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    line_ends: u64,
    /// Characters behind the last line end, or all if there is none.
    characters: u64,
    binary: bool,
}

impl Stretch {
    pub(super) fn of(bytes: &[u8]) -> Self {
        if memchr::memchr(0, bytes).is_some() {
            return Self::binary();
        }
        let last = memchr::memrchr(b'\n', bytes).map_or(0, |last| last + 1);
        Self {
            line_ends: memchr::memchr_iter(b'\n', &bytes[..last]).count() as u64,
            characters: characters(&bytes[last..]),
            binary: false,
        }
    }

    /// One that holds a NUL. What holds one is no text, and has no lines.
    pub(super) fn binary() -> Self {
        Self { binary: true, ..Self::default() }
    }

    pub(super) fn is_binary(self) -> bool {
        self.binary
    }

    /// This stretch and the one that follows it.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            line_ends: self.line_ends + next.line_ends,
            characters: next.characters + if next.line_ends == 0 { self.characters } else { 0 },
            binary: self.binary || next.binary,
        }
    }

    /// The line and column, both from 1, of what follows this stretch if it is the first of a text.
    pub(super) fn position(self) -> (u64, u64) {
        (self.line_ends + 1, self.characters + 1)
    }
}

/// Continuation bytes of UTF-8 start no character.
fn characters(bytes: &[u8]) -> u64 {
    // So few at a time that a byte can count them: then they are counted many at once.
    let counted = |few: &[u8]| few.iter().map(|byte| u8::from(byte & 0xC0 != 0x80)).sum::<u8>();
    bytes.chunks(255).map(|few| u64::from(counted(few))).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_and_columns_are_those_an_editor_shows() {
        let text = "a\nbé=x\n\nlast";
        let at = |needle: &str| Stretch::of(&text.as_bytes()[..text.find(needle).unwrap()]).position();
        assert_eq!([at("a"), at("="), at("x"), at("last")], [(1, 1), (2, 3), (2, 4), (4, 1)]);
        assert_eq!(Stretch::of("é".repeat(1000).as_bytes()).position(), (1, 1001));
        assert!(Stretch::of(b"a\n").then(Stretch::of(b"\0")).then(Stretch::of(b"b")).is_binary());
    }

    proptest! {
        /// Wherever it is cut.
        #[test]
        fn stretches_say_together_what_the_whole_says(
            text in "[aé\n]{0,80}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let text = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(text.len() + 1)).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|cut| Stretch::of(&text[cut[0]..cut[1]]));
            let lines = text.split(|byte| *byte == b'\n').count() as u64 - 1;
            let last = text.rsplit(|byte| *byte == b'\n').next().unwrap();
            let column = last.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
            prop_assert_eq!(parts.fold(Stretch::default(), Stretch::then).position(), (lines + 1, column + 1));
        }
    }
}
