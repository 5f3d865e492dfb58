//! What a listing has had so far, so that one that was cut off can go on: in the state directory, 0600, one line for
//! each account. Keys without their secrets, which no list tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::listing::Earlier;
use crate::cli::context::Context;
use crate::cli::error::{Doing as _, Failure};
use crate::model::time::{Timestamp, show_duration, since};
use crate::model::{AccountSid, ApiKey};
use crate::store::lock::{Lock, LockError, Owner};
use crate::store::{Journal, StateDir, journal};

/// How long an account counts as listed. Whoever resumes wants one list, not two of different days.
const KEPT: Duration = Duration::from_hours(1);

/// That an account was listed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    at: Timestamp,
    account: AccountSid,
    keys: Vec<ApiKey>,
}

/// The notes of one listing, while it runs.
#[derive(Debug, Default)]
pub(super) struct Notes {
    open: Option<Open>,
    known: BTreeMap<AccountSid, (Timestamp, Vec<ApiKey>)>,
    earlier: Option<Earlier>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    /// Nothing before the first account is listed: until then the notes of an earlier run stay what they are.
    journal: Option<Journal<Note>>,
    _lock: Lock,
}

impl Open {
    fn add(&mut self, note: &Note) -> Result<(), journal::Error> {
        if let Some(journal) = &mut self.journal {
            return journal.append_lazily(note);
        }
        journal::remove(&self.path)?;
        self.journal = Some(Journal::create(&self.path, note)?);
        Ok(())
    }
}

impl Notes {
    /// Begins notes, or goes on with those of an earlier run. Without a place for notes the listing goes on without.
    ///
    /// # Errors
    /// Where the notes of an earlier run are asked for and cannot be had.
    pub(super) fn open(context: &Context, endpoint: &str, account: &AccountSid, resume: bool) -> Result<Self, Failure> {
        match Self::begin(context, endpoint, account, resume) {
            Err(failure) if !resume => {
                let why = failure.chain().join(": ");
                context.ui.warn(format!("should this run be cut off, it cannot be resumed: {why}"));
                Ok(Self::default())
            }
            other => other,
        }
    }

    fn begin(context: &Context, endpoint: &str, account: &AccountSid, resume: bool) -> Result<Self, Failure> {
        let now = context.now();
        let state = StateDir::open(&context.state_dir()?)?;
        let name = format!("listing {endpoint} {account}");
        let path = state.listing(&name)?;
        let owner = Owner { pid: std::process::id(), started: now, command: "keys list".to_owned() };
        let lock = Lock::acquire(&state, &name, &owner).map_err(|error| match error {
            LockError::Held { .. } => Failure::from(error).doing(format!("the notes of a listing of {account}")),
            LockError::Io { .. } => error.into(),
        })?;
        if resume && let Some((journal, known)) = earlier(&path, now, context)? {
            let open = Open { path, journal: Some(journal), _lock: lock };
            return Ok(Self { open: Some(open), known, earlier: None });
        }
        Ok(Self { open: Some(Open { path, journal: None, _lock: lock }), ..Self::default() })
    }

    /// The accounts that an earlier run has listed.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &AccountSid> {
        self.known.keys()
    }

    /// The keys of one of those.
    pub(super) fn take(&mut self, account: &AccountSid) -> Option<Vec<ApiKey>> {
        let (at, keys) = self.known.remove(account)?;
        let earlier = self.earlier.get_or_insert(Earlier { accounts: 0, since: at });
        earlier.accounts += 1;
        earlier.since = earlier.since.min(at);
        Some(keys)
    }

    /// How much was taken from an earlier run.
    pub(super) fn earlier(&self) -> Option<Earlier> {
        self.earlier
    }

    /// Notes the keys of an account, and gives them back.
    pub(super) fn add(&mut self, account: &AccountSid, keys: Vec<ApiKey>, context: &Context) -> Vec<ApiKey> {
        let Some(open) = &mut self.open else { return keys };
        let note = Note { at: context.now(), account: account.clone(), keys };
        if let Err(error) = open.add(&note) {
            let why = Failure::from(error).chain().join(": ");
            context.ui.warn(format!("should this run be cut off, it can be resumed up to here only: {why}"));
            self.open = None;
        }
        note.keys
    }

    /// Whether a later run can go on with them.
    pub(super) fn has_any(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.journal.is_some())
    }

    /// Takes the notes away: the listing came to its end.
    pub(super) fn discard(&mut self) {
        if let Some(open) = self.open.take() {
            // Old notes do no harm: they are not used without --resume, and not for long with it.
            let _ = journal::remove(&open.path);
        }
    }
}

type Known = BTreeMap<AccountSid, (Timestamp, Vec<ApiKey>)>;

/// The notes of an earlier run, as far as they are fresh; nothing if there are none.
fn earlier(path: &Path, now: Timestamp, context: &Context) -> Result<Option<(Journal<Note>, Known)>, Failure> {
    let (journal, notes) = match Journal::<Note>::open(path) {
        Ok(found) => found,
        Err(journal::Error::Missing { .. } | journal::Error::Empty { .. }) => {
            context.ui.note("no listing is unfinished; every account is asked for");
            return Ok(None);
        }
        Err(error) => return Err(error).doing("cannot resume"),
    };
    let mut known = BTreeMap::new();
    for Note { at, account, keys } in notes {
        if at <= now && since(at, now) <= KEPT {
            known.insert(account, (at, keys));
        }
    }
    if known.is_empty() {
        let kept = show_duration(KEPT);
        context.ui.note(format!("nothing was listed within the last {kept}; every account is asked for"));
        return Ok(None);
    }
    Ok(Some((journal, known)))
}
