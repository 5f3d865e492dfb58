//! The rules, the verdict "portable", masking, mending.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| twcred_fuzz::properties::rules(bytes));
