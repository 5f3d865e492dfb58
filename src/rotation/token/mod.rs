//! The Auth Token: a secondary is made, published beside the one in force, and promoted in its place.
//!
//! The same engine and journal as for keys, with other effects and one point of no return. Read in this order:
//! [`record`] (what the journal says), [`state`] (the one place where the order of steps is decided; pure), [`plan`]
//! (whether anything is due; pure), [`rotator`] (carries steps out and decides nothing), [`run`] (one call, from lock to
//! report).

pub mod error;
pub mod holders;
pub mod known;
pub mod ledger;
pub mod plan;
pub mod record;
pub mod rotator;
pub mod run;
pub mod secondary;
pub mod state;
pub mod tokens;
pub mod waiting;

pub use error::Error;
pub use record::{Begun, Record};
pub use rotator::{Event, Rotator};
pub use state::{Step, TokenRotation};
pub use tokens::Tokens;
