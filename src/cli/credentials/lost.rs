//! What brings back the secret of a profile that is gone, where this machine has it elsewhere.

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::{KeySid, ProfileName, RotationId};
use crate::rotation::Rotation;
use crate::store::profiles::Error;

impl Context {
    /// Why a profile's credential cannot be had. Where an open rotation has sealed it, that is what brings it back: the
    /// secret of a new key is nowhere else.
    #[must_use]
    pub fn lost(&self, name: &ProfileName, error: Error) -> Failure {
        let sink = format!("keyring:{name}");
        let writes = |rotation: &Rotation| {
            rotation.places().iter().filter(|place| !place.dropped).any(|place| place.sink == sink)
        };
        match (error, self.open_rotation(writes)) {
            (error @ (Error::Gone { .. } | Error::Entry { whole: false, .. }), Some(rotation)) => {
                let id = &rotation.begun().id;
                Failure::usage(error.to_string())
                    .hint(format!("rotation {id} has sealed both pairs; the credential that began it opens them"))
                    .hint(what_brings_back(&rotation))
            }
            (error, _) => error.into(),
        }
    }

    /// The open rotation of this machine that replaces a key, or has made it.
    #[must_use]
    pub fn rotation_of(&self, key: &KeySid) -> Option<RotationId> {
        let is_meant = |rotation: &Rotation| rotation.begun().old == *key || rotation.new_key() == Some(key);
        self.open_rotation(is_meant).map(|rotation| rotation.begun().id.clone())
    }

    fn open_rotation(&self, is_meant: impl Fn(&Rotation) -> bool) -> Option<Rotation> {
        let (rotations, _) = self.ledger().ok().flatten()?.all().ok()?;
        rotations.into_iter().find(|rotation| rotation.outcome().is_none() && is_meant(rotation))
    }
}

/// Once one of the keys is revoked, or is going to be, only the other's pair comes back.
fn what_brings_back(rotation: &Rotation) -> String {
    let id = &rotation.begun().id;
    if rotation.is_revoked() {
        format!("`twcred rotation resume {id}` puts the new pair back; the old key is revoked")
    } else if rotation.back().is_some() {
        format!("`twcred rotation resume {id}` puts the old pair back: the rotation is turning back")
    } else {
        format!("`twcred rotation resume {id}` puts the new pair back, `twcred rotation rollback {id}` the old one")
    }
}
