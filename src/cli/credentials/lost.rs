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
            (error @ (Error::Gone { .. } | Error::Entry { whole: false, .. }), Some(id)) => Failure::usage(
                error.to_string(),
            )
            .hint(format!("rotation {id} has sealed both pairs; the credential that began it opens them"))
            .hint(format!(
                "`twcred rotation resume {id}` puts the new pair back, `twcred rotation rollback {id}` the old one"
            )),
            (error, _) => error.into(),
        }
    }

    /// The open rotation of this machine that replaces a key, or has made it.
    #[must_use]
    pub fn rotation_of(&self, key: &KeySid) -> Option<RotationId> {
        self.open_rotation(|rotation| rotation.begun().old == *key || rotation.new_key() == Some(key))
    }

    fn open_rotation(&self, is_meant: impl Fn(&Rotation) -> bool) -> Option<RotationId> {
        let (rotations, _) = self.ledger().ok().flatten()?.all().ok()?;
        let open = rotations.iter().find(|rotation| rotation.outcome().is_none() && is_meant(rotation));
        open.map(|rotation| rotation.begun().id.clone())
    }
}
