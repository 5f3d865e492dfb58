//! What is wrong with a secrets file: rules, and the facts they judge.
//!
//! | module | what it is |
//! |---|---|
//! | [`facts`] | what other parts found out about the file, as plain data, with unknown kept apart from fine |
//! | [`rules`] | the rules, one file each; what they say of themselves is the documentation |
//! | [`readers`] | what each program that reads env files makes of each way of writing, as measured |
//! | [`mod@portable`] | whether all of them read one file alike |
//! | [`engine`] | asks the rules, honours suppressions, sorts |
//! | [`fix`] | mends, where it is proved that no value is lost |
//! | [`baseline`] | findings that are known and to be left alone |
//! | [`kernel`] | the file as the kernel sees it, and what stands around it |
//! | [`mod@git`] | what git knows of it |
//! | [`copies`] | where else its values stand |
//! | [`live`] | what Twilio says of its credentials |
//! | [`mask`] | a file's text with nothing secret in it, for showing where a finding is |
//! | [`veil`] | paths without the secrets that stand in them |

pub mod baseline;
pub mod copies;
pub mod engine;
mod entries;
pub mod facts;
pub mod finding;
pub mod fix;
mod forms;
mod free_words;
pub mod git;
pub mod kernel;
mod lines;
pub mod live;
mod loose;
pub mod mask;
mod needles;
pub mod portable;
mod proof;
pub mod readers;
pub mod rule;
pub mod rules;
mod shape;
mod shells;
pub mod suppress;
pub mod veil;
mod words;

pub use baseline::Baseline;
pub use engine::{Exception, Report, Selection, audit};
pub use facts::{Fact, Facts};
pub use finding::{Finding, Location, Severity};
pub use fix::{Action, Edit, Fix, Fixed, Safety, foresee, mend};
pub use needles::{Sought, needles, sought};
pub use portable::{Portability, portable};
pub use readers::{Reader, Readers};
pub use rule::{Meta, Rule};
pub use rules::RULES;
pub use veil::Veil;
pub use words::{escaped, word};
