//! The state that a create keeps: its own journal, and what earlier ones of the account have left.

use crate::cli::commands::rotation::creates;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::model::time::Timestamp;
use crate::model::{AccountSid, KeySid};
use crate::rotation::Ledger;
use crate::rotation::create::{Begun, Create, Open};
use crate::store::Lock;
use crate::store::paths::StateDir;

/// The journals, under the lock of the account's creates.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) ledger: Ledger,
    _lock: Lock,
}

impl Books {
    /// Opens the state directory and takes the lock.
    ///
    /// # Errors
    /// If there is no state directory, or it cannot be used; exit 6 if another run makes a key of the account and does not
    /// come to its end.
    pub(super) fn open(context: &Context, account: &AccountSid) -> Result<Self, Failure> {
        let ledger = Ledger::new(StateDir::open(&context.state_dir()?)?);
        let lock = ledger.lock_creates(account, &creates::owner(context, "keys create"))?;
        ledger.sweep_creates(account)?;
        Ok(Self { ledger, _lock: lock })
    }

    /// What earlier runs have left for this account at this Twilio. A journal that cannot be read is told of, and stops
    /// nothing: `keys list` shows its key.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub(super) fn left(&self, context: &Context, endpoint: &str, account: &AccountSid) -> Result<Vec<Create>, Failure> {
        let (mut left, unreadable) = self.ledger.creates(Some(account))?;
        for broken in unreadable {
            context.ui.warn(format!(
                "{}; if a key of it lives, `twcred keys list{}` shows it as unfinished {}",
                broken.error,
                context.global.given(),
                broken.id
            ));
        }
        left.retain(|create| create.begun().endpoint == endpoint);
        Ok(left)
    }
}

/// The journal of this create. It is empty before the create, and where no state can be kept.
#[derive(Debug, Default)]
pub(super) struct Diary {
    open: Option<Open>,
    /// Whether it says that a sink may have the pair.
    has_told: bool,
}

impl Diary {
    /// Notes that a key is about to be asked for.
    pub(super) fn begin(&mut self, books: Option<&Books>, begun: &Begun) -> Result<(), Failure> {
        if let Some(books) = books {
            self.open = Some(books.ledger.begin_create(begun)?);
        }
        Ok(())
    }

    /// Whether there is one.
    pub(super) fn is_kept(&self) -> bool {
        self.open.is_some()
    }

    /// Whether it is there, and says that a sink may have the pair, which the next run can ask.
    pub(super) fn has_told(&self) -> bool {
        self.has_told
    }

    /// Notes that the create was answered.
    pub(super) fn made(&mut self, at: Timestamp, sid: &KeySid) {
        if let Some(open) = &mut self.open {
            open.made(at, sid);
        }
    }

    /// Notes that a sink is about to be told the pair.
    pub(super) fn storing(&mut self, at: Timestamp, sink: usize) -> Result<(), Failure> {
        self.has_told |= self.open.is_some();
        self.open.as_mut().map_or(Ok(()), |open| Ok(open.storing(at, sink)?))
    }

    /// Notes that the secret is about to be printed.
    pub(super) fn showing(&mut self, at: Timestamp) -> Result<(), Failure> {
        self.open.as_mut().map_or(Ok(()), |open| Ok(open.showing(at)?))
    }

    /// Nothing is left to be settled. A journal that cannot be removed is found settled by the next run.
    pub(super) fn end(&mut self) {
        self.has_told = false;
        if let Some(open) = self.open.take() {
            let _ = open.end();
        }
    }
}
