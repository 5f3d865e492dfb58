//! The behaviour of twcred, seen from outside its modules.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod support;

mod credentials;
mod env_corpus;
mod env_lossless;
mod keys_create;
mod keys_list;
mod keys_one;
mod program;
mod sinks_contract;
mod sinks_exec;
