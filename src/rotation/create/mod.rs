//! The journal of `keys create`, and what becomes of a key whose create was cut off.
//!
//! Before a key is asked for, a record says under which marker, for whom and for which sinks. It is gone once the key bears
//! its name, is revoked again, or was never made. A record that is left and whose run is dead (its lock is free) is
//! settled: the key is found by its marker, and finished where a sink holds its pair, revoked where nothing can hold its
//! secret, and told of where that is not known.

mod claims;
mod finished;
mod halfway;
mod ledger;
mod record;
mod settle;

pub use claims::Unsettled;
pub use finished::Finished;
pub use halfway::{halfway, is_lost};
pub use ledger::Open;
pub use record::{Begun, Create, Record};
pub use settle::{Settled, settle};
