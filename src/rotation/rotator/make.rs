//! Making the new key, and finding out whether it is what was asked for.

use std::time::Duration;

use super::Rotator;
use crate::api::CreateError;
use crate::model::{ApiKey, FriendlyName, KeyKind, KeyPair, KeySid, Marker, NewKey};
use crate::rotation::error::Cause;
use crate::rotation::keys::{Keys, Liveness};
use crate::rotation::record::{Begun, Record, Why};
use crate::rotation::waiting::{Opened, Waiting};
use crate::store::sealed::Random;

/// How often a create that was never answered is settled and sent again within one run.
const CREATES: u32 = 3;

impl<K: Keys> Rotator<'_, K> {
    /// The one place where a key is made. The create is sent once; whatever becomes of the answer, the key is either
    /// sealed, or revoked, or will be found by its marker.
    pub(super) async fn create(&mut self) -> Result<(), Cause> {
        if self.creates == CREATES
            && let Some(source) = self.unanswered.take()
        {
            return Err(Cause::NeverAnswered { times: self.creates, source });
        }
        let old = self.old_pair()?;
        let begun = self.begun();
        let base = begun.name.clone().unwrap_or_else(|| FriendlyName::from_twilio("twcred"));
        let new = NewKey { name: base.with_marker(&Marker(begun.id.clone())), policy: begun.policy.clone() };
        self.write(&Record::Creating { at: self.now() })?;
        self.creates += 1;
        match self.keys.create(&new).await {
            Ok(created) => {
                let waiting = Waiting { new: created.pair, old };
                if let Err(cause) = self.seal(&waiting) {
                    return self.drop_new(&waiting.new.sid, cause).await;
                }
                let sid = waiting.new.sid.clone();
                self.new = Some(waiting.new);
                self.made = Some(created.key);
                let under = self.authority.key().cloned();
                self.write(&Record::Sealed { at: self.now(), sid, under })
            }
            // The journal says Creating: the next step is to settle what became of it.
            Err(CreateError::Unknown(error)) => {
                self.unanswered = Some(error);
                Ok(())
            }
            Err(CreateError::NotSent(source)) => {
                self.write(&Record::Back { at: self.now(), why: Why::Refused(source.to_string()) })?;
                self.write(&Record::Settled { at: self.now() })?;
                self.turned = Some(Cause::Twilio { doing: "creating the new key", source });
                Ok(())
            }
        }
    }

    /// The secret could not be kept, so the key must not live. What was sealed of it goes first: a sealed file that
    /// stands although it could not be made durable would lead the next run to a key that is gone.
    pub(super) async fn drop_new(&mut self, sid: &KeySid, cause: Cause) -> Result<(), Cause> {
        let _ = self.room.remove();
        match self.keys.revoke(sid).await {
            Ok(()) => Err(cause),
            Err(source) => Err(Cause::Stray { sid: sid.clone(), why: cause.to_string(), source }),
        }
    }

    pub(super) fn seal(&self, waiting: &Waiting) -> Result<(), Cause> {
        let sealing = |source| Cause::Sealed { doing: "written", source };
        // Where the old key authorises its own replacement, a later run holds the new secret in its stead.
        if self.authority.key() == Some(&waiting.old.sid) {
            self.room.seal_rollback(waiting, &self.chance()?).map_err(sealing)?;
        }
        self.room.seal(self.authority.secret(), waiting, &self.chance()?).map_err(sealing)
    }

    pub(super) fn chance(&self) -> Result<Random, Cause> {
        let mut random: Random = [0; size_of::<Random>()];
        (self.world.random)(&mut random).map_err(Cause::Random)?;
        Ok(random)
    }

    /// A create was sent and its outcome is not in the journal.
    pub(super) async fn recover(&mut self) -> Result<(), Cause> {
        if let Opened::Both(waiting) = self.open_room()? {
            let sid = waiting.new.sid.clone();
            let opens = self.room.opens_with(self.authority.secret());
            let opens = opens.map_err(|source| Cause::Sealed { doing: "opened", source })?;
            // Else it was the old pair that opened it.
            let under = if opens { self.authority.key().cloned() } else { Some(waiting.old.sid.clone()) };
            self.new = Some(waiting.new);
            self.old = Some(waiting.old);
            return self.write(&Record::Sealed { at: self.now(), sid, under });
        }
        self.make_sure_it_opens_nowhere_else()?;
        self.make_sure_old_is_kept().await?;
        self.revoke_strays().await?;
        self.room.remove().map_err(|source| Cause::Sealed { doing: "deleted", source })?;
        self.write(&Record::Settled { at: self.now() })
    }

    pub(in crate::rotation) async fn revoke_stray(&mut self, sid: &KeySid) -> Result<(), Cause> {
        let revoked = self.keys.revoke(sid).await;
        revoked.map_err(|source| Cause::Twilio { doing: "revoking a key that nobody holds", source })?;
        self.write(&Record::Orphan { at: self.now(), sid: sid.clone() })
    }

    pub(super) async fn inspect(&mut self) -> Result<(), Cause> {
        let Some(sid) = self.rotation.new_key().cloned() else { return Ok(()) };
        let made = match self.made.take() {
            Some(made) => Some(made),
            None => {
                self.keys.fetch(&sid).await.map_err(|source| Cause::Twilio { doing: "fetching the new key", source })?
            }
        };
        match made.map(|made| difference(self.begun(), &made)) {
            Some(None) => self.write(&Record::Inspected { at: self.now() }),
            Some(Some(how)) => {
                self.write(&Record::Back { at: self.now(), why: Why::Different(how.clone()) })?;
                self.turned = Some(Cause::Different(how));
                Ok(())
            }
            // A run that could not keep the secret revoked it, and was stopped before it could say so; or somebody else
            // did. No sink has seen it yet.
            None => self.start_anew().await,
        }
    }

    pub(super) fn reject(&mut self, sid: &KeySid, words: String) -> Result<(), Cause> {
        self.write(&Record::Back { at: self.now(), why: Why::Rejected })?;
        self.turned = Some(Cause::Rejected { what: format!("the new key {sid}"), said: words });
        Ok(())
    }

    pub(super) async fn verify_new(&mut self) -> Result<(), Cause> {
        let Some(pair) = self.new_pair()? else { return self.start_anew().await };
        match self.ask(&pair, self.world.patience).await? {
            Liveness::Live => {
                if let Some(how) = self.told_by_itself(&pair).await? {
                    self.write(&Record::Back { at: self.now(), why: Why::Different(how.clone()) })?;
                    self.turned = Some(Cause::Different(how));
                    return Ok(());
                }
                self.write(&Record::Verified { at: self.now() })
            }
            Liveness::Rejected(said) => self.reject(&pair.sid, said),
            Liveness::Unclear(said) => Err(Cause::Unclear { what: format!("the new key {}", pair.sid), said }),
        }
    }

    /// How a subaccount's new key differs from what was asked for, as the key itself shows it: the API that makes keys
    /// for subaccounts says neither type nor policy. `None` if it does not, or if Twilio said so at the create.
    async fn told_by_itself(&self, pair: &KeyPair) -> Result<Option<String>, Cause> {
        if self.authority.account() == &self.begun().account {
            return Ok(None);
        }
        let told = self.keys.identify(pair).await;
        match told.map_err(|source| Cause::Twilio { doing: "asking the new key what it is", source })? {
            (Liveness::Live, Some(KeyKind::Standard)) => Ok(None),
            (Liveness::Live, Some(kind)) => Ok(Some(format!("it is a {kind} key"))),
            (Liveness::Live, None) => {
                let said = "the answers do not tell of what type it is".to_owned();
                Err(Cause::Unclear { what: format!("the new key {}", pair.sid), said })
            }
            (Liveness::Rejected(said) | Liveness::Unclear(said), _) => {
                Err(Cause::Unclear { what: format!("the new key {}", pair.sid), said })
            }
        }
    }

    /// Authenticates with a pair; a rejection is asked again for as long as there is patience.
    pub(super) async fn ask(&self, pair: &KeyPair, patience: Duration) -> Result<Liveness, Cause> {
        let mut pause = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        loop {
            let said = self.keys.verify(pair).await;
            let said = said.map_err(|source| Cause::Twilio { doing: "verifying a pair", source })?;
            if !matches!(said, Liveness::Rejected(_)) || waited >= patience {
                return Ok(said);
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }
}

/// How a key differs from what was asked for; `None` if it does not.
fn difference(begun: &Begun, made: &ApiKey) -> Option<String> {
    use crate::model::KeyKind::{Main, Restricted, Standard};
    match (&begun.policy, &made.policy) {
        (Some(asked), Some(given)) if asked == given => {}
        (Some(asked), Some(given)) => {
            let more: Vec<&str> = given.allow.difference(&asked.allow).map(String::as_str).collect();
            let less: Vec<&str> = asked.allow.difference(&given.allow).map(String::as_str).collect();
            let list = |names: Vec<&str>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            return Some(format!("its policy allows {} beyond what was asked, and lacks {}", list(more), list(less)));
        }
        (Some(_), None) => return Some("it has no policy, so it may do anything a Standard key may".to_owned()),
        (None, Some(_)) => return Some("it has a policy, and a key without one was asked for".to_owned()),
        (None, None) => {}
    }
    match (begun.new_kind, made.kind) {
        (Standard | Main, Some(Main)) => Some("it is a Main key".to_owned()),
        (Standard | Main, Some(Restricted)) if begun.policy.is_none() => Some("it is a Restricted key".to_owned()),
        _ => None,
    }
}
