//! What was asked and how it ended. Never a secret: no query, no body, and no user that is not a SID.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// The exchanges kept; a sandbox that runs for days forgets the oldest.
const KEPT: usize = 10_000;

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// It has not ended: on its way, or held.
    Open,
    /// An answer was given to the connection.
    Answered,
    /// The work, if any, is done; the client was gone before the answer.
    Gone,
    /// The connection was closed without an answer, as a fault wants it.
    Dropped,
}

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeLog {
    /// Its number, counted over all exchanges since the start, from 1.
    pub n: u64,
    /// The method.
    pub method: String,
    /// The path, without the query; a long segment that is not a SID is left out.
    pub path: String,
    /// The route, such as `GET /v1/Keys/{SK}`; `None` for a path Twilio does not have.
    pub route: Option<String>,
    /// The SID that signed, if it was one; whether its secret was right is not said.
    pub user: Option<String>,
    /// The fault that struck.
    pub fault: Option<String>,
    /// The status the work ended with, also if the answer never left; `None` if no work was done.
    pub status: Option<u16>,
    /// Whether the client closed the connection before it had an answer; known while the exchange is still open.
    pub client_gone: bool,
    /// How it ended.
    pub end: End,
}

/// The exchanges of a running sandbox.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Mutex<VecDeque<ExchangeLog>>,
    changed: Condvar,
}

impl Log {
    pub(super) fn open(&self, entry: ExchangeLog) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == KEPT {
            entries.pop_front();
        }
        // Numbers are given before the entry is filed, and another connection may be quicker.
        let at = entries.iter().rposition(|other| other.n < entry.n).map_or(0, |at| at + 1);
        entries.insert(at, entry);
    }

    /// Changes the entry of exchange `n`, if it is still kept.
    pub(super) fn note(&self, n: u64, change: impl FnOnce(&mut ExchangeLog)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(at) = entries.binary_search_by_key(&n, |entry| entry.n) {
            change(&mut entries[at]);
        }
        self.changed.notify_all();
    }

    pub(super) fn all(&self) -> Vec<ExchangeLog> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until exchange `n` has ended; `None` if it has not when the time is over.
    pub(super) fn wait(&self, n: u64, timeout: Duration) -> Option<ExchangeLog> {
        let ended = |entries: &VecDeque<ExchangeLog>| {
            entries.iter().find(|entry| entry.n == n && entry.end != End::Open).cloned()
        };
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, _) = self
            .changed
            .wait_timeout_while(entries, timeout, |entries| ended(entries).is_none())
            .unwrap_or_else(PoisonError::into_inner);
        ended(&entries)
    }
}
