//! The signatures of Twilio's webhooks: what Twilio signs, with what, and whether a request bears it.
//!
//! A webhook carries `X-Twilio-Signature`, the base64 of an HMAC over the URL as the account's owner gave it to Twilio,
//! followed by every form field, name and value, in the order of the names. Its key is the primary Auth Token of the
//! account that owns the resource (HMAC-SHA1), or the secret of a `SharedKey` (HMAC-SHA256). A body that is no form is
//! not signed itself: the URL carries its SHA-256 as `bodySHA256`.
//!
//! Source: `twilio.com/docs/usage/webhooks/webhooks-security` and the validators of twilio-python 9.13 and twilio-node
//! 6.2, which `tests/real` holds this module to.

pub mod address;
pub mod form;
pub mod near;
pub mod received;
pub mod request;
pub mod signature;

pub use address::{Address, AddressError, Port};
pub use form::Form;
pub use near::Near;
pub use received::{Body, BodyCheck, Received, Signed};
pub use request::{Others, Request, RequestError};
pub use signature::{Algorithm, AlgorithmError, Signature, SignatureError};
