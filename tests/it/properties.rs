//! What the fuzz targets ask, asked in every run of the tests: of the corpus, of what the fuzzer once found, and of
//! random lines. `fuzz/` drives the same questions with coverage.

#[allow(unreachable_pub, reason = "the fuzz targets, another crate, use it too")]
#[path = "../../fuzz/src/properties.rs"]
mod asked;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

/// Pieces that env files are made of; the fuzzer has the same in `fuzz/tokens.dict`.
const PIECES: &[&str] = &[
    "TWILIO_API_KEY=",
    "TWILIO_AUTH_TOKEN=",
    "A=",
    "A",
    "=",
    " = ",
    "export ",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\u{feff}",
    "\u{a0}",
    "\u{2028}",
    "\u{1b}",
    "\0",
    "'",
    "\"",
    "\"\"\"",
    "`",
    "\\",
    "\\\n",
    "$",
    "$(",
    "${",
    ")",
    "}",
    "#",
    " # ",
    "//",
    ";",
    ":",
    "~",
    "x",
    "1",
    "\u{e9}",
    "<your>",
    "+1 ",
    "0123456789abcdef",
    "# twcred: ignore[TW305] r\n",
    "# TWILIO_AUTH_TOKEN=",
];

fn every_file(dir: &str, mut ask: impl FnMut(&[u8])) -> usize {
    let mut asked = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)).unwrap() {
        ask(&fs::read(entry.unwrap().path()).unwrap());
        asked += 1;
    }
    asked
}

#[test]
fn they_hold_of_the_corpus_and_of_what_was_found() {
    for dir in ["tests/it/fixtures/env-corpus/cases", "tests/it/fixtures/fuzz-found"] {
        let asked = every_file(dir, |bytes| {
            asked::document(bytes);
            // The longest cases are about length alone, and each rule walks them four times over.
            if bytes.len() < 4096 {
                asked::rules(bytes);
            }
        });
        assert!(asked > 0, "{dir} is empty");
    }
}

proptest! {
    #[test]
    fn they_hold_of_random_pieces(parts in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = parts.concat();
        asked::document(text.as_bytes());
        asked::rules(text.as_bytes());
    }

    #[test]
    fn they_hold_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..160)) {
        asked::document(&bytes);
        asked::rules(&bytes);
    }
}
