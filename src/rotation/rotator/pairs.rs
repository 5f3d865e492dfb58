//! Where the two pairs are: in this run, in the sealed file, or in a sink.

use super::Rotator;
use super::place::load;
use super::unheld;
use crate::model::{Credential, KeyPair, KeySid, Secret};
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::{Keys, Liveness};
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
        if self.new.is_none() {
            self.new = self.that_signs(&sid).or_else(|| self.find_left_out(&sid));
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
        if self.old.is_none() {
            self.old = self.find_left_out(&sid);
        }
        self.old.clone().ok_or(Cause::OldSecretLost(sid))
    }

    /// Opens the sealed file with the credential at hand; else with the old pair, dead or not: where that authorised its own
    /// replacement, it is what was sealed under.
    pub(super) fn open_room(&self) -> Result<Opened, Cause> {
        let open = |secret: &Secret| self.room.open(secret).map_err(|source| Cause::Sealed { doing: "opened", source });
        let opened = open(self.authority.secret())?;
        if !matches!(opened, Opened::Locked) {
            return Ok(opened);
        }
        let old = || self.find_in_sinks(&self.begun().old).ok().flatten();
        self.old.clone().or_else(old).map_or(Ok(opened), |old| open(&old.secret))
    }

    /// Before what is sealed is given up: makes sure that it does not merely fail to open for want of the credential it was
    /// sealed under. Where that stood in another place than the one at hand it may stand there still, and opens it.
    ///
    /// # Errors
    /// [`Cause::SealedUnder`] if it does not open, and was sealed under the credential of another place.
    pub(super) fn make_sure_it_opens_nowhere_else(&self) -> Result<(), Cause> {
        let noted = self.begun().signer.as_ref().filter(|noted| !noted.gave_way_to(&self.world.signer));
        match (noted, self.open_room()?) {
            (Some(noted), Opened::Locked) => Err(Cause::SealedUnder(noted.clone())),
            _ => Ok(()),
        }
    }

    /// Makes sure that the key which signs is one of the account, where it is none of the rotation's own. Of a key that
    /// another account does not have Twilio says that it is not there, and nobody may take that for the end of ours.
    ///
    /// # Errors
    /// [`Cause::OthersKey`] if it is not, or Twilio could not be asked.
    pub async fn make_sure_of_the_signer(&self) -> Result<(), Error> {
        let Credential::ApiKey { pair, .. } = self.authority else { return Ok(()) };
        let begun = self.begun();
        if pair.sid == begun.old || Some(&pair.sid) == self.rotation.new_key() {
            return Ok(());
        }
        let halted = |cause| Err(self.halted(cause));
        match self.keys.verify(pair).await {
            Ok(Liveness::Live) => Ok(()),
            Ok(Liveness::Rejected(said)) => {
                halted(Cause::OthersKey { key: pair.sid.clone(), account: begun.account.clone(), said })
            }
            Ok(Liveness::Unclear(said)) => {
                halted(Cause::Unclear { what: format!("the key {}, which signs,", pair.sid), said })
            }
            Err(source) => halted(Cause::Twilio { doing: "verifying the key that signs", source }),
        }
    }

    /// The pair of this key, if it is what signs this run's requests.
    fn that_signs(&self, sid: &KeySid) -> Option<KeyPair> {
        match self.authority {
            Credential::ApiKey { pair, .. } if pair.sid == *sid => Some(pair.clone()),
            _ => None,
        }
    }

    /// The pair as a sink holds it that is left out. Nothing depends on such a sink: one that cannot be read has none.
    fn find_left_out(&self, sid: &KeySid) -> Option<KeyPair> {
        let places = self.rotation.places().iter().zip(&self.sinks).filter(|(place, _)| place.dropped);
        let pairs = places.filter_map(|(_, sink)| match sink.load() {
            Ok(Loaded::Held(pairs)) => Some(pairs),
            _ => None,
        });
        pairs.flatten().map(|held| held.pair).find(|pair| pair.sid == *sid)
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
        self.make_sure_it_opens_nowhere_else()?;
        self.make_sure_old_is_kept().await?;
        if let Some(sid) = self.rotation.new_key().cloned() {
            self.make_sure_let_go(&sid).await?;
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
