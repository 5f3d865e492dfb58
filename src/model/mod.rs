//! What things are: SIDs, secrets, credentials, keys, names, moments. No I/O, and no other module of ours.

pub mod bare;
pub mod credential;
pub mod digest;
pub mod key;
pub mod name;
pub mod profile;
pub mod secret;
pub mod sid;
pub mod time;
pub mod variable;
pub mod webhook;

pub use bare::Bare;
pub use credential::{Credential, KeyPair};
pub use key::{ApiKey, KeyKind, NewKey, Policy};
pub use name::{FriendlyName, Marker, RotationId};
pub use profile::{ProfileName, ProfileNameError};
pub use secret::{Fingerprint, Secret};
pub use sid::{AccountSid, KeySid};
pub use variable::TokenNames;
