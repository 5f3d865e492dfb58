//! The file as the kernel sees it.

pub mod filesystem;
