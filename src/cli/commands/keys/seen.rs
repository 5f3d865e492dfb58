//! Which keys twcred has seen in which account: of those it was told to revoke, and of those it rotated.
//!
//! Twilio answers 404 for a key that is gone and for one that lives in another account. Only whoever saw the key in this
//! account knows that it is gone. So what is to be revoked is noted first: its SID, its account and its Twilio, in the
//! state directory, 0600, nothing secret. A key never moves to another account, so a note never grows old.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};
use crate::store::{Journal, StateDir, journal};

/// That an account has this key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    at: Timestamp,
    endpoint: String,
    account: AccountSid,
}

/// Notes that an account of this Twilio has a key, durably. Without a place for notes the revocation is still wanted; a
/// second one of the same key will then not know that it is gone.
pub(super) fn note(context: &Context, endpoint: &str, account: &AccountSid, sid: &KeySid) {
    let note = Note { at: context.now(), endpoint: endpoint.to_owned(), account: account.clone() };
    let written = path(context, sid).and_then(|path| {
        if journal::read::<Note>(&path).is_ok_and(|notes| notes.iter().any(|known| known.is_of(endpoint, account))) {
            return Ok(());
        }
        // Of another Twilio, such as a sandbox that is no more, or of a run that was killed in the middle of it.
        journal::remove(&path)?;
        Ok(Journal::create(&path, &note).map(drop)?)
    });
    if let Err(failure) = written {
        context.ui.detail(format!("it is not noted that {account} has {sid}: {}", failure.chain().join(": ")));
    }
}

/// The account of this Twilio in which twcred saw a key: in a journal of a rotation, or when it was told to revoke it.
///
/// # Errors
/// If the state directory cannot be read.
pub(super) fn account_of(context: &Context, endpoint: &str, sid: &KeySid) -> Result<Option<AccountSid>, Failure> {
    let Some(ledger) = context.ledger()? else { return Ok(None) };
    let begun = ledger.all()?.0.into_iter().find_map(|rotation| {
        let begun = rotation.begun();
        let its = begun.old == *sid || rotation.new_key() == Some(sid);
        (its && begun.endpoint == endpoint).then(|| begun.account.clone())
    });
    if begun.is_some() {
        return Ok(begun);
    }
    let notes = journal::read::<Note>(&path(context, sid)?).unwrap_or_default();
    Ok(notes.into_iter().find(|note| note.endpoint == endpoint).map(|note| note.account))
}

impl Note {
    fn is_of(&self, endpoint: &str, account: &AccountSid) -> bool {
        self.endpoint == endpoint && self.account == *account
    }
}

fn path(context: &Context, sid: &KeySid) -> Result<PathBuf, Failure> {
    Ok(StateDir::open(&context.state_dir()?)?.revoked(sid)?)
}
