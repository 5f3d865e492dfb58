//! What must hold of an env file under any bytes, for the fuzzer and for `tests/it/properties.rs`.

pub mod properties;
