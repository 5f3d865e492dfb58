//! The heart: one credential replaced by another, crash-safe at every instant.
//!
//! Read in this order: [`record`] (what the journal says), [`state`] (the one place where the order of steps is decided;
//! pure), [`plan`] (whether anything is due; pure), [`rotator`] (carries steps out and decides nothing), [`reconcile`]
//! (what a lost answer left behind), [`run`] (one call of `keys rotate` from lock to report). [`create`] is the journal of
//! `keys create`, and what becomes of a key whose create was cut off.

pub mod create;
pub mod error;
pub mod handover;
pub mod hook;
pub mod keys;
pub mod ledger;
pub mod plan;
pub mod preflight;
pub mod reconcile;
pub mod record;
pub mod rotator;
pub mod run;
pub mod signer;
pub mod state;
pub mod successor;
pub mod token;
pub mod waiting;
pub mod watched;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use keys::Keys;
pub use ledger::Ledger;
pub use plan::{Decision, Plan};
pub use record::{Begun, Outcome, Record};
pub use rotator::{Event, Rotator};
pub use signer::Signer;
pub use state::{Rotation, Step};
