//! twcred: Twilio credentials created, rotated, distributed, audited and revoked, and none of them lost.
//!
//! The library exists so that tests can drive every layer in-process; it promises no stability. The layers are listed
//! in reading order, and imports go up this list only: `docs/architecture.md` has the table that
//! `tests/architecture.rs` holds the sources to.

pub mod model;

pub mod store;

pub mod api;
pub mod dotenv;
pub mod sandbox;

pub mod audit;
pub mod sinks;

pub mod rotation;

pub mod cli;
