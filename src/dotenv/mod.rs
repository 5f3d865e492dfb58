//! Env files, losslessly: any bytes in, the same bytes out, and an edit changes a value and nothing beside it.
//!
//! There are more than twenty readers of such files and they disagree on most spellings that are not plain. So this
//! module reads only what they agree on, says [`Unclear`] about the rest, and asks a second reader before it trusts
//! itself. It knows nothing of keys or of Twilio.

pub mod dialect;
pub mod document;
pub mod edit;
mod index;
pub mod lines;
mod scan;

pub use dialect::{Disagreement, SecondReading, agree};
pub use document::{Assignment, EnvFile, Item, LineEnding, Lookup, Problem, ProblemKind, Quote, Span, Unclear};
pub use edit::EditError;
pub use lines::Insertion;
