//! What git knows of a file, asked so that nothing runs which the repository configures.

mod command;
mod trees;

pub use command::Git;
pub(crate) use trees::{common_dir, shown, work_trees};
