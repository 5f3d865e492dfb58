//! The sandbox through its own door: HTTP over a plain socket, so that no client library smooths anything over.

mod auth;
mod client;
mod faults;
mod keys;
mod lists;
mod records;
mod tokens;
