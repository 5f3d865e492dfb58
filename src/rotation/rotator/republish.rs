//! In the grace: what was given the old pair again gets the new one once more.

use super::Rotator;
use super::holding::Holding;
use super::place::reading;
use crate::model::KeySid;
use crate::rotation::error::{Cause, Error};
use crate::rotation::keys::Keys;

impl<K: Keys> Rotator<'_, K> {
    /// Puts the new pair back into every sink that holds the old one, which somebody put there by hand or out of a
    /// backup, or that holds none any more. The old key could not be retired otherwise. Says which sinks were written.
    ///
    /// May be repeated. A sink that holds a third key stops it before anything is written.
    ///
    /// # Errors
    /// [`Error::NotNow`] outside of the grace; [`Cause::NewSecretLost`] if nobody holds the new secret; else as the steps
    /// of a rotation.
    pub async fn republish(&mut self) -> Result<Vec<String>, Error> {
        let new = match self.rotation().new_key() {
            Some(new) if self.in_grace() => new.clone(),
            _ => return Err(Error::NotNow { id: self.begun().id.clone(), why: "is not in its grace" }),
        };
        self.put_back(&new).await.map_err(|cause| self.halted(cause))
    }

    /// Gives every profile whose secret is gone the new pair again: what is sealed may be its only copy, and nothing else
    /// would tell that it is needed. May be repeated.
    ///
    /// # Errors
    /// [`Cause::NewSecretLost`] if nobody holds the new secret; else as the steps of a rotation.
    pub(super) async fn refill(&mut self) -> Result<(), Error> {
        if !self.in_grace() {
            return Ok(());
        }
        for at in 0..self.sinks.len() {
            if self.rotation().places()[at].dropped {
                continue;
            }
            let emptied = super::place::is_emptied(self.sinks[at].as_ref());
            // One that cannot be asked now is left to the step that needs it.
            if emptied.unwrap_or(false) {
                self.refill_one(at).await.map_err(|cause| self.halted(cause))?;
            }
        }
        Ok(())
    }

    async fn refill_one(&mut self, at: usize) -> Result<(), Cause> {
        let Some(sid) = self.rotation().new_key().cloned() else { return Ok(()) };
        let pair = self.new_pair()?.ok_or(Cause::NewSecretLost(sid))?;
        self.prove(&pair, "the rotation").await?;
        self.publish(at).await?;
        self.read_back(at).await?;
        self.turned.take().map_or(Ok(()), Err)
    }

    fn in_grace(&self) -> bool {
        let rotation = self.rotation();
        rotation.current().is_some() && rotation.back().is_none() && !rotation.is_revoked()
    }

    async fn put_back(&mut self, new: &KeySid) -> Result<Vec<String>, Cause> {
        let mut strayed = Vec::new();
        for at in 0..self.sinks.len() {
            let sink = self.sinks[at].as_ref();
            if self.rotation().places()[at].dropped {
                continue;
            }
            match self.holding(sink).map_err(|source| reading(sink, source))? {
                Holding::New | Holding::Untold => {}
                Holding::Old | Holding::Nothing => strayed.push(at),
                Holding::Other(other) => return Err(self.drift(sink, other.to_string())),
                Holding::Away => {
                    return Err(Cause::Away { sink: sink.spec().to_string(), key: self.begun().old.clone() });
                }
            }
        }
        if strayed.is_empty() {
            return Ok(Vec::new());
        }
        let pair = self.new_pair()?.ok_or_else(|| Cause::NewSecretLost(new.clone()))?;
        self.prove(&pair, "the rotation").await?;
        let mut written = Vec::new();
        for at in strayed {
            self.publish(at).await?;
            self.read_back(at).await?;
            if let Some(cause) = self.turned.take() {
                return Err(cause);
            }
            written.push(self.rotation().places()[at].sink.clone());
        }
        self.journal.sync()?;
        Ok(written)
    }
}
