//! New SIDs and secrets, repeatable from a seed. They open nothing but a sandbox, so they need not be unguessable.

use crate::model::Secret;

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The source of new SIDs and secrets.
#[derive(Debug)]
pub(super) struct Dice(fastrand::Rng);

impl Dice {
    /// The same seed gives the same sequence.
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A SID: two letters and 32 lower-case hexadecimal digits, as Twilio makes them.
    pub(super) fn sid(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.hex())
    }

    /// An Auth Token: 32 lower-case hexadecimal digits.
    pub(super) fn token(&mut self) -> Secret {
        Secret::new(self.hex())
    }

    /// The secret of an API key: 32 characters of base 62, never all hexadecimal.
    pub(super) fn secret(&mut self) -> Secret {
        let mut text: String = (0..31).map(|_| char::from(BASE62[self.0.usize(..BASE62.len())])).collect();
        text.push('w');
        Secret::new(text)
    }

    fn hex(&mut self) -> String {
        format!("{:032x}", self.0.u128(..))
    }
}
