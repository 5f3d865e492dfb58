//! Twilio over HTTP: keys, accounts, Auth Tokens, events, and whether a credential works. The only home of reqwest, rustls
//! and backon.
//!
//! Written from Twilio's reference and OpenAPI files. What an answer does not say is reported as unknown; what is not
//! recognisably Twilio's (a captive portal, a proxy's error page) is never taken for a verdict.

mod accounts;
mod auth_tokens;
mod client;
mod endpoint;
mod error;
mod events;
mod fleet;
mod gate;
mod key_answers;
mod keys;
mod numbers;
mod paging;
mod probe;
mod refusal;
#[cfg(test)]
mod script;
mod tls;
mod transport;
mod wire;

pub use accounts::{Account, AccountStatus};
pub use auth_tokens::{PromoteError, Promotion, SecondaryDeletion, SecondaryError};
pub use client::{Client, Exchange, Observer, Retries, Settings};
pub use endpoint::{Endpoint, EndpointError, Product};
pub use error::{CreateError, Distrust, Error, Kind, Malformed, Unreachable, Why};
pub use events::{Outstanding, TokenEvent, TokenEventKind, outstanding};
pub use fleet::{Fleet, Stopped, Told};
pub use keys::{Api, Revocation};
pub use probe::{Candidate, CredentialKind, Depth, Verdict};
