//! What the fake Twilio knows: accounts, and in each of them tokens, keys, numbers, messages, services and events.
//!
//! Everything in a collection has a sequence number, given in the order of arrival and never given again. Pages are cut
//! by it, so that a page costs its own length, however many records there are, and a record deleted between two pages
//! moves nothing.

mod account;
mod event;
mod key;
mod sample;
mod stored;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use account::{Account, AccountSeed, AccountStatus, Message, Number, Promotion, SecondaryToken, Service};
pub use event::Event;
pub use key::{Key, KeySeed, Kind};
pub use stored::Stored;

use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};

const SCHEMA: &str = "twcred.sandbox-state/v1";

/// Why a state cannot be read or changed. No variant repeats a value: the file holds the sandbox's secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The text is not the JSON of a state.
    #[error("not a sandbox state: the JSON is wrong at line {line}, column {column}")]
    Json {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// The text is a state of another version.
    #[error("not a sandbox state of the form {SCHEMA}")]
    Schema,
    /// Two accounts have one SID.
    #[error("the account {0} is there already")]
    AccountTwice(AccountSid),
    /// Two keys have one SID.
    #[error("the key {0} is there already")]
    KeyTwice(KeySid),
    /// An account that is not there.
    #[error("there is no account {0}")]
    NoAccount(AccountSid),
    /// A subaccount of a subaccount; Twilio has one level only.
    #[error("the account {0} is a subaccount and cannot own one")]
    Nested(AccountSid),
}

/// The database of the fake Twilio.
///
/// Its JSON form holds the secrets of the *sandbox's* credentials in clear, as a server must know them. They open
/// nothing but a sandbox; never seed one with a live credential and then save it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    schema: String,
    next: u64,
    accounts: BTreeMap<u64, Account>,
    #[serde(skip)]
    account_index: HashMap<AccountSid, u64>,
    #[serde(skip)]
    key_index: HashMap<KeySid, (u64, u64)>,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// A Twilio without accounts.
    #[must_use]
    pub fn new() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            next: 1,
            accounts: BTreeMap::new(),
            account_index: HashMap::new(),
            key_index: HashMap::new(),
        }
    }

    /// Reads what [`State::to_json`] wrote.
    ///
    /// # Errors
    /// If the text is not a state, or two accounts or two keys in it share a SID. The error names a place, never a value.
    pub fn from_json(text: &str) -> Result<Self, StateError> {
        let mut state: Self = serde_json::from_str(text)
            .map_err(|error| StateError::Json { line: error.line(), column: error.column() })?;
        if state.schema != SCHEMA {
            return Err(StateError::Schema);
        }
        for (&at, account) in &state.accounts {
            if state.account_index.insert(account.sid.clone(), at).is_some() {
                return Err(StateError::AccountTwice(account.sid.clone()));
            }
            for (&seq, key) in &account.keys {
                if state.key_index.insert(key.sid.clone(), (at, seq)).is_some() {
                    return Err(StateError::KeyTwice(key.sid.clone()));
                }
            }
        }
        let last = state.accounts.iter().map(|(&at, account)| account.last_seq().max(at)).max().unwrap_or(0);
        state.next = state.next.max(last.saturating_add(1));
        Ok(state)
    }

    /// The whole state as JSON (`twcred.sandbox-state/v1`), the sandbox's secrets in clear. Where it is written, it wants
    /// a file that only its owner may read.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Cannot fail: every map in it has numbers or texts for keys, and memory does not refuse a write.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Adds an account.
    ///
    /// # Errors
    /// If its SID is taken, or its owner is unknown or itself a subaccount.
    pub fn add_account(&mut self, seed: AccountSeed) -> Result<(), StateError> {
        if self.account_index.contains_key(&seed.sid) {
            return Err(StateError::AccountTwice(seed.sid));
        }
        if let Some(owner) = &seed.owner {
            let parent = self.account(owner).ok_or_else(|| StateError::NoAccount(owner.clone()))?;
            if parent.owner.is_some() {
                return Err(StateError::Nested(owner.clone()));
            }
        }
        let at = self.take_seq();
        self.account_index.insert(seed.sid.clone(), at);
        self.accounts.insert(at, Account::new(seed));
        Ok(())
    }

    /// Adds a key to an account, as the Console could: of any kind, with a given SID and secret.
    ///
    /// # Errors
    /// If there is no such account, or the SID is taken.
    pub fn add_key(&mut self, account: &AccountSid, seed: KeySeed) -> Result<(), StateError> {
        if self.key_index.contains_key(&seed.sid) {
            return Err(StateError::KeyTwice(seed.sid));
        }
        let at = *self.account_index.get(account).ok_or_else(|| StateError::NoAccount(account.clone()))?;
        let seq = self.take_seq();
        self.key_index.insert(seed.sid.clone(), (at, seq));
        if let Some(account) = self.accounts.get_mut(&at) {
            account.keys.insert(seq, Key::new(seed));
        }
        Ok(())
    }

    /// Takes a key away, as a delete by API or a revoke in the Console does; `None` if there is no such key.
    pub fn remove_key(&mut self, sid: &KeySid) -> Option<Key> {
        let (at, seq) = self.key_index.remove(sid)?;
        self.accounts.get_mut(&at)?.keys.remove(&seq)
    }

    /// Gives an account a phone number it may send from, in E.164 form. Does nothing if there is no such account.
    pub fn add_number(&mut self, account: &AccountSid, number: Number) {
        let seq = self.take_seq();
        if let Some(account) = self.account_mut(account) {
            account.numbers.insert(seq, number);
        }
    }

    /// Gives an account a Verify service. Does nothing if there is no such account.
    pub fn add_service(&mut self, account: &AccountSid, service: Service) {
        let seq = self.take_seq();
        if let Some(account) = self.account_mut(account) {
            account.services.insert(seq, service);
        }
    }

    /// Files a message under an account.
    pub(super) fn add_message(&mut self, account: &AccountSid, message: Message) {
        let seq = self.take_seq();
        if let Some(account) = self.account_mut(account) {
            account.messages.insert(seq, message);
        }
    }

    /// Files a Monitor event under an account.
    pub(super) fn add_event(&mut self, account: &AccountSid, event: Event) {
        let seq = self.take_seq();
        if let Some(account) = self.account_mut(account) {
            account.events.insert(seq, event);
        }
    }

    /// All accounts, in the order in which they came.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// An account by its SID.
    #[must_use]
    pub fn account(&self, sid: &AccountSid) -> Option<&Account> {
        self.accounts.get(self.account_index.get(sid)?)
    }

    /// An account by its SID, to be changed.
    pub fn account_mut(&mut self, sid: &AccountSid) -> Option<&mut Account> {
        self.accounts.get_mut(self.account_index.get(sid)?)
    }

    /// A live key by its SID, with the account it belongs to. A deleted key is not there.
    #[must_use]
    pub fn key(&self, sid: &KeySid) -> Option<(&Account, &Key)> {
        let (at, seq) = self.key_index.get(sid)?;
        let account = self.accounts.get(at)?;
        Some((account, account.keys.get(seq)?))
    }

    /// A live key by its SID, to be changed.
    pub fn key_mut(&mut self, sid: &KeySid) -> Option<&mut Key> {
        let (at, seq) = self.key_index.get(sid)?;
        self.accounts.get_mut(at)?.keys.get_mut(seq)
    }

    /// The live keys of an account, in the order in which they came; none if there is no such account.
    pub fn keys<'a>(&'a self, account: &AccountSid) -> impl Iterator<Item = &'a Key> + use<'a> {
        self.account(account).into_iter().flat_map(|account| account.keys.values())
    }

    /// The status an account acts under: its own, or its owner's if that is not active. Suspending a parent suspends its
    /// children (`twilio.com/docs/iam/api/subaccounts`).
    #[must_use]
    pub fn standing(&self, account: &Account) -> AccountStatus {
        let owner = account.owner.as_ref().and_then(|owner| self.account(owner));
        match (account.status, owner) {
            (AccountStatus::Active, Some(owner)) => owner.status,
            (own, _) => own,
        }
    }

    /// The accounts by sequence number, for paging.
    pub(super) fn account_records(&self) -> &BTreeMap<u64, Account> {
        &self.accounts
    }

    /// The next sequence number, which also tells how much was ever made here.
    pub(super) fn made(&self) -> u64 {
        self.next
    }

    fn take_seq(&mut self) -> u64 {
        let seq = self.next;
        self.next += 1;
        seq
    }
}

/// The moment the sample's records were made.
fn sample_time() -> Timestamp {
    Timestamp::from_second(1_767_690_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_and_loaded_it_is_the_same() {
        let state = State::sample(7);
        let text = state.to_json();
        let again = State::from_json(&text).unwrap();
        assert_eq!(again.to_json(), text);
        let account = again.accounts().next().unwrap().sid.clone();
        for key in state.keys(&account) {
            let (owner, found) = again.key(&key.sid).unwrap();
            assert_eq!((&owner.sid, found.pair()), (&account, key.pair()));
        }
    }

    #[test]
    fn a_wrong_file_is_named_by_place_and_its_text_is_not_repeated() {
        let text = State::sample(7).to_json();
        let broken = text.replacen("\"next\": ", "\"next\": \"swordfish\", \"x\": ", 1);
        let error = State::from_json(&broken).unwrap_err();
        assert!(matches!(error, StateError::Json { line: 3, .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("swordfish"));
        assert_eq!(State::from_json(&text.replacen("state/v1", "state/v9", 1)).unwrap_err(), StateError::Schema);
    }

    #[test]
    fn a_sample_says_nothing_in_debug() {
        let state = State::sample(7);
        let shown = format!("{state:?}");
        for account in state.accounts() {
            assert!(!shown.contains(account.token.text()));
            for key in state.keys(&account.sid) {
                assert!(!shown.contains(key.secret.text()));
            }
        }
    }

    #[test]
    fn seeds_that_cannot_be_are_refused() {
        let mut state = State::sample(7);
        let (parent, child) = {
            let mut sids = state.accounts().map(|account| account.sid.clone());
            (sids.next().unwrap(), sids.next().unwrap())
        };
        let key = state.keys(&parent).next().unwrap().clone();
        let seed = KeySeed {
            sid: key.sid.clone(),
            secret: key.pair().secret,
            name: None,
            kind: Kind::Standard,
            created: key.created,
        };
        assert_eq!(state.add_key(&child, seed), Err(StateError::KeyTwice(key.sid)));
        let grandchild = AccountSid::parse(&format!("AC{}", "9".repeat(32))).unwrap();
        let seed = AccountSeed {
            sid: grandchild,
            owner: Some(child.clone()),
            name: "no".into(),
            token: key.secret.secret(),
            created: key.created,
        };
        assert_eq!(state.add_account(seed), Err(StateError::Nested(child)));
    }
}
