//! The promote, from which there is no way back: what is proven before it, and what became of it.

use std::time::Duration;

use super::place::reading;
use super::tokens::Pause;
use super::weigh::Pair;
use super::{Answer, AtStake, Rotator};
use crate::api::{PromoteError, Promotion};
use crate::model::{KeyPair, KeySid};
use crate::rotation::keys::Liveness;
use crate::rotation::token::error::Cause;
use crate::rotation::token::holders::{self, target_of};
use crate::rotation::token::known;
use crate::rotation::token::record::{Record, Why};
use crate::rotation::token::tokens::Tokens;
use crate::rotation::token::waiting::Waiting;
use crate::sinks::{LoadedTokens, Place, Sink, Spec, Target, TokenRole, is_among};

/// How often a promote that was never answered, and was not carried out, is sent again within one run.
const PROMOTES: u32 = 3;

impl<T: Tokens> Rotator<'_, T> {
    /// Shows what is at stake, and asks.
    pub(super) fn ask_gate(&mut self) -> Result<Answer, Cause> {
        let old = self.old_token()?;
        // A place is told by its file's name alone, and two files may have one: it counts with its sink's target.
        let (mut switched, mut mentioned) = (Vec::<(String, Place)>::new(), Vec::<(String, Place)>::new());
        let (mut silent, mut unreadable) = (Vec::new(), Vec::<(String, String)>::new());
        let others = self.others((self.world.beside)().map_err(Cause::Beside)?)?;
        for sink in self.in_use() {
            match sink.load_tokens(&self.target()).map_err(|source| reading(sink, source))? {
                LoadedTokens::WriteOnly => silent.push(sink.spec().to_string()),
                LoadedTokens::Absent => {}
                LoadedTokens::Held(held) => {
                    let current = held.into_iter().filter(|token| token.role == TokenRole::Current);
                    let current = current.filter(|token| token.value == old);
                    switched.extend(current.map(|token| (target_of(sink), token.place)));
                }
            }
        }
        // What is left out of this rotation is not out of the world.
        let left_out = || {
            let places = self.rotation.places().iter().zip(&self.sinks).filter(|(place, _)| place.dropped);
            places.map(|(_, sink)| sink.as_ref()).chain(others.iter().map(AsRef::as_ref))
        };
        let holds_old = |sink: &&dyn Sink| {
            let mut held = holders::held(*sink, &self.target()).into_iter();
            held.any(|token| token.role == TokenRole::Current && token.value == old)
        };
        let mut could_join: Vec<String> = left_out().filter(holds_old).map(|sink| sink.spec().to_string()).collect();
        could_join.sort();
        could_join.dedup();
        for sink in self.in_use().chain(left_out()) {
            let name = sink.spec().to_string();
            match sink.mentions_token(&old) {
                Ok(places) => mentioned.extend(places.into_iter().map(|place| (target_of(sink), place))),
                Err(_) if self.is_left_out(&name) => silent.push(name),
                Err(why) => unreadable.push((name, why.to_string())),
            }
        }
        mentioned.sort();
        mentioned.dedup();
        mentioned.retain(|place| !switched.contains(place));
        silent.sort();
        silent.dedup();
        unreadable.sort();
        unreadable.dedup();
        // Where two files have one name, it takes the whole path to tell which is meant.
        let targets: Vec<String> = self.in_use().chain(left_out()).map(target_of).collect();
        let named = |target: &str| target.rsplit('/').next().unwrap_or_default().to_owned();
        let is_double = |target: &String| targets.iter().any(|t| t != target && named(t) == named(target));
        let shown = |(target, place): (String, Place)| {
            if is_double(&target) { Place { what: format!("{place} of {target}") } } else { place }
        };
        let places = |found: Vec<(String, Place)>| found.into_iter().map(shown).collect();
        let (switched, left) = (places(switched), places(mentioned));
        let stake = AtStake { rotation: &self.rotation, switched, left, could_join, silent, unreadable };
        Ok((self.world.gate)(&stake))
    }

    /// Whether a sink is left out by the user's word, in this run or an earlier one.
    fn is_left_out(&self, name: &str) -> bool {
        let dropped = self.rotation.places().iter().filter(|place| place.dropped).map(|place| &place.sink);
        is_among(name, dropped.chain(&self.without))
    }

    /// The other files of the account that this machine's journals know, and of these sinks, which the caller knows, the
    /// files and profiles. One that cannot be opened any more is passed over, and a program is not asked: it was not named
    /// in this run.
    fn others(&self, beside: Vec<String>) -> Result<Vec<Box<dyn Sink>>, Cause> {
        let names = self.ledger.sinks_of_account(&self.begun().endpoint, &self.begun().account)?;
        let places = self.rotation.places();
        let names = names.into_iter().filter(|name| !is_among(name, places.iter().map(|place| &place.sink)));
        let files = names.filter_map(|name| self.open(&name).ok());
        let mut others: Vec<_> = files.filter(|sink| sink.spec().kind().target == Target::File).collect();
        for name in beside {
            let known: Vec<String> =
                self.in_use().chain(others.iter().map(AsRef::as_ref)).map(|sink| sink.spec().to_string()).collect();
            if is_among(&name, &known) {
                continue;
            }
            if Spec::parse(&name).is_ok_and(|spec| spec.kind().target != Target::Program) {
                others.extend(self.open(&name).ok());
            }
        }
        Ok(others)
    }

    /// Every key of the account whose pair is known. What the caller cannot tell is no reason not to try the others.
    fn known_keys(&self) -> Result<Vec<KeyPair>, Cause> {
        let others = self.others((self.world.beside)().unwrap_or_default())?;
        let all = self.in_use().chain(others.iter().map(AsRef::as_ref));
        Ok(known::pairs(all, &self.begun().account))
    }

    /// Proves everything once more, notes the promote, and sends it. It is signed with the old token: should that be dead,
    /// because somebody has promoted another, it can do no harm.
    pub(super) async fn promote(&mut self) -> Result<(), Cause> {
        if self.promotes == PROMOTES
            && let Some(source) = self.unanswered.take()
        {
            return Err(Cause::NeverAnswered { what: "the promote", times: self.promotes, source });
        }
        let both = self.both()?;
        self.expect_all_staged()?;
        self.complete_seal(&both)?;
        if !self.both_work(&both).await? {
            return Ok(());
        }
        // As late as can be: only what is promoted by another goes on whatever the sinks are.
        self.expect_all_writable()?;
        let live = self.try_keys_before().await?;
        self.write(&Record::KeysBefore { at: self.now(), live })?;
        self.copy_for_new(&both)?;
        self.write(&Record::Promoting { at: self.now() })?;
        self.promotes += 1;
        match self.tokens.promote(&both.old, self.begun().suppress_email).await {
            Ok(Promotion::Promoted { token }) if token == both.new => {
                self.write(&Record::Promoted { at: self.now(), answered: true })
            }
            Ok(Promotion::Promoted { token }) => self.take_promoted(Waiting { new: token, old: both.old }),
            // The journal says Promoting: the next step is to settle what became of it.
            Ok(Promotion::Absent) => Ok(()),
            Err(PromoteError::Unknown(error)) => {
                self.unanswered = Some(error);
                Ok(())
            }
            Err(PromoteError::NotSent(source)) => {
                self.write(&Record::NotPromoted { at: self.now() })?;
                Err(Cause::Twilio { doing: "promoting the new token", source })
            }
        }
    }

    /// Whether both tokens work. Where another has promoted or deleted the new one, that is written down instead.
    pub(super) async fn both_work(&mut self, both: &Waiting) -> Result<bool, Cause> {
        match self.weigh(both).await? {
            Pair::Both(_) => return Ok(true),
            Pair::Promoted => self.write(&Record::Promoted { at: self.now(), answered: false })?,
            Pair::OldAlone => {
                self.write(&Record::Back { at: self.now(), why: Why::Gone })?;
                self.turned = Some(Cause::Gone);
            }
            Pair::Neither(old, new) => return Err(neither(old, new)),
        }
        Ok(false)
    }

    /// Between the last look and the promote somebody put another secondary in the place of ours, and that is the primary
    /// now. Its only copy here is Twilio's answer: it is kept before anything else.
    fn take_promoted(&mut self, both: Waiting) -> Result<(), Cause> {
        self.seal(&both)?;
        let print = both.new.fingerprint();
        (self.new, self.old) = (Some(both.new), Some(both.old));
        self.write(&Record::Sealed { at: self.now(), new: print, again: false })?;
        self.write(&Record::Promoted { at: self.now(), answered: true })
    }

    /// A promote may have been sent: both tokens are tried, until they tell.
    pub(super) async fn settle(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        let (mut long, mut short) = (Pause::new(self.world.patience), Pause::new(self.short_patience()));
        loop {
            match self.weigh(&both).await? {
                Pair::Promoted => return self.write(&Record::Promoted { at: self.now(), answered: false }),
                // Not carried out, or not yet to be seen. Should it be the latter after all, the next promote is refused,
                // since its signature is the old token's.
                Pair::Both(_) if short.wait().await => {}
                Pair::Both(_) | Pair::OldAlone => return self.write(&Record::NotPromoted { at: self.now() }),
                Pair::Neither(Liveness::Rejected(_), Liveness::Rejected(_)) if long.wait().await => {}
                Pair::Neither(old, new) => return Err(neither(old, new)),
            }
        }
    }

    /// Sees that the old token is refused. It may live on for a moment; that it does so longer is reported, and stops
    /// nothing yet: it stays beside the new one until it is dead. If the new one is still the secondary, and no answer to
    /// the promote said otherwise, the journal is wrong about it, and is put right.
    pub(super) async fn try_old(&mut self) -> Result<(), Cause> {
        let both = self.both()?;
        let mut pause = Pause::new(self.world.patience);
        loop {
            let refused = match self.ask(&both.old, Duration::ZERO).await?.0 {
                Liveness::Rejected(_) => true,
                Liveness::Live if pause.wait().await => continue,
                Liveness::Live => {
                    self.reconsider().await?;
                    if self.rotation.promoted().is_none() {
                        return Ok(());
                    }
                    false
                }
                Liveness::Unclear(said) => return Err(Cause::Unclear { what: "the old token".into(), said }),
            };
            return self.write(&Record::OldTried { at: self.now(), refused });
        }
    }

    /// The known keys that work now. What does not work before the promote is none of its doing.
    async fn try_keys_before(&self) -> Result<Vec<KeySid>, Cause> {
        let mut live = Vec::new();
        for pair in self.known_keys()? {
            if self.ask_key(&pair, Duration::ZERO).await? == Liveness::Live && !live.contains(&pair.sid) {
                live.push(pair.sid);
            }
        }
        Ok(live)
    }

    /// Tries the keys again that worked before.
    pub(super) async fn try_keys(&mut self) -> Result<(), Cause> {
        let pairs = self.known_keys()?;
        let mut refused = Vec::new();
        for sid in self.rotation.keys().to_vec() {
            let mut said = None;
            for pair in pairs.iter().filter(|pair| pair.sid == sid) {
                said = Some(self.ask_key(pair, self.world.patience).await?);
                if said == Some(Liveness::Live) {
                    break;
                }
            }
            match said {
                Some(Liveness::Rejected(_)) => refused.push(sid),
                Some(Liveness::Unclear(said)) => return Err(Cause::Unclear { what: format!("the key {sid}"), said }),
                // Its pair stands nowhere any more: another run has rotated it.
                Some(Liveness::Live) | None => {}
            }
        }
        self.write(&Record::KeysAfter { at: self.now(), refused })
    }

    async fn ask_key(&self, pair: &KeyPair, patience: Duration) -> Result<Liveness, Cause> {
        let mut pause = Pause::new(patience);
        loop {
            let said = self.tokens.verify_key(pair).await;
            let said = said.map_err(|source| Cause::Twilio { doing: "verifying a key", source })?;
            if !matches!(said, Liveness::Rejected(_)) || !pause.wait().await {
                return Ok(said);
            }
        }
    }
}

/// Two answers by which nothing may be switched.
pub(super) fn neither(old: Liveness, new: Liveness) -> Cause {
    match (old, new) {
        (Liveness::Unclear(said), _) => Cause::Unclear { what: "the old token".into(), said },
        (_, Liveness::Unclear(said)) => Cause::Unclear { what: "the new token".into(), said },
        (Liveness::Rejected(said), _) | (_, Liveness::Rejected(said)) => Cause::BothRefused { said },
        (Liveness::Live, Liveness::Live) => Cause::BothRefused { said: "the answers changed meanwhile".into() },
    }
}
