//! The env document: parsing, reading, changing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| twcred_fuzz::properties::document(bytes));
