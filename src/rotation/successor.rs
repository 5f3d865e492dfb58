//! A key that authorised its own replacement signs nothing once it is revoked; what it sealed it still opens.

use super::ledger::Ledger;
use super::state::Rotation;
use super::waiting::{Opened, WaitingRoom};
use crate::model::Credential;

/// The new pair, to sign in place of the old one that is revoked: a file out of a backup may hold no other. `None` if the
/// credential is not that old pair, or opens nothing.
#[must_use]
pub fn successor(ledger: &Ledger, rotation: &Rotation, authority: &Credential) -> Option<Credential> {
    let Credential::ApiKey { account, pair } = authority else { return None };
    if !rotation.is_revoked() || pair.sid != rotation.begun().old {
        return None;
    }
    // A file that cannot be read is said where it is needed.
    let Ok(Opened::Both(waiting)) = WaitingRoom::new(ledger.dir(), rotation.begun()).open(&pair.secret) else {
        return None;
    };
    let is_the_new = Some(&waiting.new.sid) == rotation.new_key();
    is_the_new.then(|| Credential::ApiKey { account: account.clone(), pair: waiting.new })
}
