//! What an earlier run, or a lost answer, left behind: keys with our marker that nobody holds.

use super::error::Cause;
use super::keys::Keys;
use super::rotator::Rotator;
use crate::model::{FriendlyName, KeySid, Marker};

impl<K: Keys> Rotator<'_, K> {
    /// The keys of the account that carry this rotation's marker, other than the one it knows.
    async fn strays(&self) -> Result<Vec<KeySid>, Cause> {
        let marker = Marker(self.rotation().begun().id.clone());
        let listed = self.keys().list().await;
        let listed = listed.map_err(|source| Cause::Twilio { doing: "listing the account's keys", source })?;
        Ok(listed
            .into_iter()
            .filter(|key| key.name.as_ref().and_then(FriendlyName::marker).as_ref() == Some(&marker))
            .map(|key| key.sid)
            .filter(|sid| Some(sid) != self.rotation().new_key())
            .collect())
    }

    /// Revokes the keys that carry this rotation's marker and that it does not know: the answers to their creates were
    /// lost, so nobody can hold their secrets. Each is looked for in every sink all the same before it goes.
    pub(super) async fn revoke_strays(&mut self) -> Result<(), Cause> {
        for sid in self.strays().await? {
            self.make_sure_unheld(&sid)?;
            self.revoke_stray(&sid).await?;
        }
        Ok(())
    }
}
