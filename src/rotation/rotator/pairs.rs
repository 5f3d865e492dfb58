//! Where the two pairs are: in this run, in the sealed file, or in a sink.

use super::Rotator;
use super::place::load;
use super::unheld;
use crate::model::{KeyPair, KeySid};
use crate::rotation::error::Cause;
use crate::rotation::keys::Keys;
use crate::rotation::record::Record;
use crate::rotation::waiting::Opened;
use crate::sinks::Loaded;

impl<K: Keys> Rotator<'_, K> {
    /// The new pair: from this run, from the sealed file, or from a sink that was written already. `None` if nobody
    /// holds it, for certain.
    pub(super) fn new_pair(&mut self) -> Result<Option<KeyPair>, Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(None) };
        if self.new.is_none()
            && let Opened::Both(waiting) = self.open_room()?
            && waiting.new.sid == sid
        {
            self.new = Some(waiting.new);
            self.old = Some(waiting.old);
        }
        if self.new.is_none() {
            self.new = self.find_in_sinks(&sid)?;
        }
        if self.new.is_none() && self.rotation.is_published() {
            // A sink that cannot be read may hold it: then it is not nobody's.
            if let Some(sink) = self.in_use().find(|sink| matches!(sink.load(), Ok(Loaded::WriteOnly))) {
                return Err(Cause::SealLocked { key: sid, sink: sink.spec().to_string() });
            }
        }
        Ok(self.new.clone())
    }

    /// The old pair, for a rollback and for sealing beside the new one.
    pub(super) fn old_pair(&mut self) -> Result<KeyPair, Cause> {
        let sid = self.begun().old.clone();
        if self.old.is_none() {
            self.old = self.find_in_sinks(&sid)?;
        }
        if self.old.is_none()
            && let Some(new) = self.new_pair()?
            && self.old.is_none()
        {
            self.old = self
                .room
                .open_rollback(&new.secret)
                .map_err(|source| Cause::Sealed { doing: "opened", source })?
                .filter(|pair| pair.sid == sid);
        }
        self.old.clone().ok_or(Cause::OldSecretLost(sid))
    }

    pub(super) fn open_room(&self) -> Result<Opened, Cause> {
        self.room.open(self.authority.secret()).map_err(|source| Cause::Sealed { doing: "opened", source })
    }

    pub(super) fn find_in_sinks(&self, sid: &KeySid) -> Result<Option<KeyPair>, Cause> {
        for sink in self.in_use() {
            if let Loaded::Held(pairs) = load(sink)?
                && let Some(held) = pairs.into_iter().find(|held| held.pair.sid == *sid)
            {
                return Ok(Some(held.pair));
            }
        }
        Ok(None)
    }

    /// Nobody holds the new secret any more (the authorising secret was changed, say): the key is an orphan.
    pub(super) async fn start_anew(&mut self) -> Result<(), Cause> {
        self.make_sure_old_is_kept().await?;
        if let Some(sid) = self.rotation.new_key().cloned() {
            self.make_sure_unheld(&sid)?;
            self.revoke_stray(&sid).await?;
        }
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.made = None;
        self.write(&Record::Settled { at: self.now() })
    }

    /// Fails if any sink holds the key, in any variable, or any other place that is known.
    pub(in crate::rotation) fn make_sure_unheld(&self, sid: &KeySid) -> Result<(), Cause> {
        unheld::make_sure(self.world, &self.rotation, &self.sinks, &self.others, sid)
    }
}
