//! What a rehearsal has to show: a row for each kill, and whether the promise held.

use std::io;

use serde::Serialize;

use crate::cli::view::{Column, Page, View};

/// One kill and what became of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    /// Where the run was killed.
    pub killed_at: String,
    /// What stood in the file and in the journal then.
    pub on_disk: String,
    /// Whether Twilio accepted every pair in the file, after the kill and at the end.
    pub file_worked: bool,
    /// What the next run did.
    pub next_run: String,
    /// The last line it said.
    pub said: String,
    /// Its exit code; nothing if a signal ended it.
    pub exit: Option<i32>,
    /// Keys that live at the end.
    pub live_keys: usize,
    /// Keys that live and whose secret the file does not hold.
    pub lost_secrets: usize,
    /// Bytes of the file that changed beyond the pair.
    pub bytes_changed: usize,
    /// Sealed secrets and temporary files that are left.
    pub left_over: usize,
}

impl Row {
    fn holds(&self) -> bool {
        self.file_worked
            && self.exit == Some(0)
            && self.lost_secrets == 0
            && self.bytes_changed == 0
            && self.left_over == 0
    }
}

/// The whole rehearsal.
#[derive(Debug, Serialize)]
pub(super) struct Rehearsal {
    /// What was rehearsed.
    pub file: String,
    /// How often the rotation was killed.
    pub kills: usize,
    /// Kills after which something did not hold.
    pub broken: usize,
    /// A row for each, the unharmed run first.
    pub attempts: Vec<Row>,
}

impl Rehearsal {
    /// Sums the rows up.
    pub(super) fn new(file: &str, attempts: Vec<Row>) -> Self {
        let broken = attempts.iter().filter(|row| !row.holds()).count();
        Self { file: file.to_owned(), kills: attempts.len().saturating_sub(1), broken, attempts }
    }

    /// Whether the promise held everywhere.
    pub(super) fn holds(&self) -> bool {
        self.broken == 0
    }
}

impl View for Rehearsal {
    const SCHEMA: &'static str = "twcred.rehearsal/v1";

    fn human(&self, page: &mut Page<'_>) -> io::Result<()> {
        let head = [
            Column::text("killed at"),
            Column::text("on disk then"),
            Column::text("the next run"),
            Column::number("exit"),
            Column::number("live"),
            Column::number("lost"),
            Column::number("bytes"),
        ];
        page.table(
            &head,
            self.attempts.iter().map(|row| {
                let mark = if row.holds() { "" } else { "BROKEN: " };
                vec![
                    format!("{mark}{}", row.killed_at),
                    row.on_disk.clone(),
                    row.next_run.clone(),
                    row.exit.map_or_else(|| "-".to_owned(), |code| code.to_string()),
                    row.live_keys.to_string(),
                    row.lost_secrets.to_string(),
                    row.bytes_changed.to_string(),
                ]
            }),
        )?;
        page.line("")?;
        let lost: usize = self.attempts.iter().map(|row| row.lost_secrets).sum();
        let changed: usize = self.attempts.iter().map(|row| row.bytes_changed).sum();
        page.line(format!("Rehearsed on {}: killed {} times, run again {} times.", self.file, self.kills, self.kills))?;
        page.line(format!(
            "Lost secrets: {lost}. Bytes changed beyond the pair: {changed}. Attempts in which the promise broke: {}.",
            self.broken
        ))
    }
}
