//! What the tests against real parts share.

mod process;
mod sample;
mod tools;

pub(crate) use process::{Ran, Server, run};
pub(crate) use sample::Sample;
pub(crate) use tools::{Tools, skipped};
