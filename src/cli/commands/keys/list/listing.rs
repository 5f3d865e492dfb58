//! The keys as they are shown: as they come, and after them what became of the accounts.

use std::cell::RefCell;
use std::io;

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use super::{Args, Format, sarif};
use crate::cli::commands::keys::entry::{CutOff, Entry, Local};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::view::{Column, Page, Render, View};
use crate::model::time::Timestamp;
use crate::model::{AccountSid, ApiKey};

/// All keys of one account.
pub(super) type Part = (AccountSid, Vec<ApiKey>);

/// What is known when the last key has come.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// The accounts that were listed.
    pub(super) accounts: Vec<AccountSid>,
    pub(super) not_listed: Vec<LeftOut>,
    pub(super) failed: Vec<Failed>,
    pub(super) not_reached: Vec<AccountSid>,
    pub(super) earlier: Option<Earlier>,
    /// Whether every account that answers at all was listed.
    pub(super) complete: bool,
    pub(super) keys: usize,
    pub(super) overdue: usize,
    pub(super) of_unknown_age: usize,
    /// The keys that a create left unfinished.
    pub(super) cut_off: Vec<CutOff>,
    /// How the run ended, if not well.
    pub(super) failure: Option<Failure>,
}

/// An account that answers nobody.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) sid: AccountSid,
    pub(super) status: &'static str,
}

/// An account whose keys could not be had.
#[derive(Debug, Serialize)]
pub(super) struct Failed {
    pub(super) account: AccountSid,
    /// As in `twcred.error/v1`: `temporary`, `refused` or `failed`.
    pub(super) kind: &'static str,
    pub(super) error: String,
    pub(super) code: Option<u32>,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
}

/// What an earlier run had listed.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Earlier {
    pub(super) accounts: usize,
    /// When the first of them was listed.
    pub(super) since: Timestamp,
}

impl Rest {
    /// What could not be done comes before what was found.
    pub(super) fn exit(&self) -> Exit {
        match &self.failure {
            Some(failure) => failure.exit(),
            None if self.overdue + self.of_unknown_age > 0 => Exit::Findings,
            None => Exit::Done,
        }
    }

    fn count(&mut self, entry: &Entry<'_>) {
        self.keys += 1;
        self.cut_off.extend(entry.cut_off());
        match entry.overdue() {
            Some(Some(true)) => self.overdue += 1,
            Some(None) => self.of_unknown_age += 1,
            Some(Some(false)) | None => {}
        }
    }
}

/// Keys that come account by account. It can be shown once.
pub(super) struct Listing<'a, P> {
    parts: RefCell<P>,
    pub(super) rest: &'a RefCell<Rest>,
    pub(super) local: &'a Local,
    format: Format,
    many: bool,
}

impl<'a, P: Iterator<Item = Part>> Listing<'a, P> {
    pub(super) fn new(parts: P, rest: &'a RefCell<Rest>, local: &'a Local, args: &Args) -> Self {
        Self { parts: RefCell::new(parts), rest, local, format: args.format, many: args.all_accounts }
    }

    /// Does something with each account's keys as they come.
    fn parts<E>(&self, mut each: impl FnMut(&AccountSid, &[ApiKey]) -> Result<(), E>) -> Result<(), E> {
        loop {
            let part = self.parts.borrow_mut().next();
            let Some((account, keys)) = part else { return Ok(()) };
            self.rest.borrow_mut().accounts.push(account.clone());
            each(&account, &keys)?;
        }
    }

    /// Does something with each key as it comes.
    pub(super) fn each<E>(&self, mut each: impl FnMut(&Entry<'_>) -> Result<(), E>) -> Result<(), E> {
        self.parts(|account, keys| keys.iter().try_for_each(|key| each(&self.entry(account, key))))
    }

    fn entry<'k>(&'k self, account: &'k AccountSid, key: &'k ApiKey) -> Entry<'k> {
        let entry = Entry::of(account, key, self.local);
        self.rest.borrow_mut().count(&entry);
        entry
    }

    /// Fitted to the terminal, if there is one.
    fn table(&self, page: &mut Page<'_>) -> io::Result<()> {
        let limited = self.local.max_age().is_some();
        let mut head = vec![
            Column::whole("SID"),
            Column::text("NAME"),
            Column::whole("TYPE"),
            Column::whole("AGE"),
            Column::whole("CREATED"),
            Column::whole("MANAGED"),
            Column::text("HELD BY"),
        ];
        if limited {
            head.insert(4, Column::whole("MAX AGE"));
        }
        self.parts(|account, keys| {
            let rows = keys.iter().map(|key| {
                let entry = self.entry(account, key);
                let (age, created) = (entry.age(), entry.created());
                let mut row =
                    vec![entry.sid(), entry.name(), entry.kind(), age, created, entry.managed(), entry.held_by()];
                if limited {
                    row.insert(4, entry.left());
                }
                row
            });
            page.table(&head, rows)
        })
    }

    /// Row by row as they come, so that no more is in memory than one account. The name, whose width nobody knows
    /// before, stands last.
    fn flow(&self, page: &mut Page<'_>) -> io::Result<()> {
        let limited = self.local.max_age().is_some();
        let widest = self.local.holders().map(|places| places.join(", ").chars().count()).max().unwrap_or(0);
        let sid = "SK0123456789abcdef0123456789abcdef".len();
        let mut head = vec![
            ("ACCOUNT", sid),
            ("SID", sid),
            ("TYPE", "restricted".len()),
            ("AGE", "9999d 23h".len()),
            ("CREATED", "2026-01-01T00:00:00Z".len()),
            ("MANAGED", "unfinished 0123456789ab".len()),
            ("HELD BY", widest),
            ("NAME", 0),
        ];
        if limited {
            head.insert(4, ("MAX AGE", "over by 9999d 23h".len()));
        }
        let mut flow = page.flow(&head)?;
        self.each(|entry| {
            let mut row = vec![
                entry.account(),
                entry.sid(),
                entry.kind(),
                entry.age(),
                entry.created(),
                entry.managed(),
                entry.held_by(),
                entry.name(),
            ];
            if limited {
                row.insert(4, entry.left());
            }
            flow.row(row)
        })
    }
}

impl<P: Iterator<Item = Part>> Serialize for Listing<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(max_age) = self.local.max_age() {
            map.serialize_entry("max_age_seconds", &max_age.as_secs())?;
        }
        map.serialize_entry("keys", &Keys(self))?;
        // Known only now that all keys have come.
        let rest = self.rest.borrow();
        map.serialize_entry("accounts", &rest.accounts)?;
        map.serialize_entry("not_listed", &rest.not_listed)?;
        map.serialize_entry("failed", &rest.failed)?;
        map.serialize_entry("not_reached", &rest.not_reached)?;
        map.serialize_entry("complete", &rest.complete)?;
        map.serialize_entry("from_earlier_run", &rest.earlier)?;
        if self.local.max_age().is_some() {
            map.serialize_entry("overdue", &rest.overdue)?;
            map.serialize_entry("of_unknown_age", &rest.of_unknown_age)?;
        }
        map.end()
    }
}

/// The entries, each written when its account has come.
struct Keys<'l, 'a, P>(&'l Listing<'a, P>);

impl<P: Iterator<Item = Part>> Serialize for Keys<'_, '_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = serializer.serialize_seq(None)?;
        self.0.each(|entry| keys.serialize_element(entry))?;
        keys.end()
    }
}

impl<P: Iterator<Item = Part>> View for &Listing<'_, P> {
    const SCHEMA: &'static str = "twcred.keys/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        if self.many { self.flow(page) } else { self.table(page) }
    }
}

impl<P: Iterator<Item = Part>> Render for Listing<'_, P> {
    fn json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        Render::json(&self, out)
    }

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        match self.format {
            Format::Table | Format::Json => View::human(&self, page),
            Format::Sarif => sarif::write(self, page.out()),
        }
    }
}
