//! Exchanges that stand still until the test says otherwise.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::fault::Moment;

/// An exchange that is being held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldInfo {
    /// Its number, counted over all exchanges since the start, from 1.
    pub n: u64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// Before or after the work.
    pub moment: Moment,
}

/// The exchanges that are held now. A test's thread waits on the condition; the held tasks wait on their channels.
#[derive(Debug, Default)]
pub(super) struct Holds {
    held: Mutex<Vec<(HeldInfo, oneshot::Sender<()>)>>,
    changed: Condvar,
}

impl Holds {
    /// Stands still until released or until the limit is over.
    pub(super) async fn park(&self, info: HeldInfo, limit: Option<Duration>) {
        let n = info.n;
        let (sender, released) = oneshot::channel();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push((info, sender));
        self.changed.notify_all();
        // A sender that is dropped rather than used releases too; both outcomes mean: go on.
        match limit {
            None => drop(released.await),
            Some(limit) => drop(tokio::time::timeout(limit, released).await),
        }
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|(info, _)| info.n != n);
    }

    /// Waits until an exchange is held; `None` if none is when the time is over. The one held longest comes first.
    pub(super) fn wait(&self, timeout: Duration) -> Option<HeldInfo> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (held, _) = self
            .changed
            .wait_timeout_while(held, timeout, |held| held.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        held.first().map(|(info, _)| info.clone())
    }

    /// Lets go all that is held now; tells how many.
    pub(super) fn release(&self) -> usize {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        let count = held.len();
        for (_, sender) in held {
            // A task that its limit has already freed no longer listens.
            let _ = sender.send(());
        }
        count
    }
}
