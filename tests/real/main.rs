//! Tests against real parts: the official Twilio clients, Twilio's OpenAPI files, TLS as it is spoken outside, a keyring,
//! and the validators that the documentation shows.
//!
//! They need tools that `tests/run` installs, and so are ignored by a plain `cargo test`. Run them with
//! `tests/run --test real`. Everything is on loopback, and every process that is started here ends with the test that
//! started it, also if that test panics or is killed.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "these are tests: a panic is their way to fail, and they look at the machine they run on"
)]

mod audit_acl;
mod audit_modeless;
mod audit_owner;
mod audit_runs;
mod clients;
mod config;
mod contract;
mod env_readers;
mod keyring;
#[allow(dead_code, reason = "the other half of its callers is in tests/it")]
#[path = "../it/support/lab.rs"]
mod lab;
mod openapi;
mod our_client;
mod sarif;
mod support;
mod tls;
mod token;
mod validators;
#[allow(dead_code, reason = "the other half of its callers is in tests/it")]
#[path = "../it/support/webhook.rs"]
mod webhook;
mod webhook_signatures;
