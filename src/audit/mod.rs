//! What is wrong with a secrets file: rules, and the facts they judge.

pub mod copies;
pub mod facts;
pub mod finding;
pub mod fix;
pub mod git;
pub mod kernel;
pub mod readers;
pub mod rule;

pub use facts::{Fact, Facts};
pub use finding::{Finding, Severity};
pub use fix::{Edit, Fix, Safety};
pub use readers::{Reader, Readers};
pub use rule::{Meta, Rule};
