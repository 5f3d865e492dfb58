//! Exit codes: published, tested, never renumbered, and the same with and without `--json`.

use std::process::ExitCode;

/// How a run ended, as the caller of the process sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing was due.
    Done,
    /// Failed; nothing changed, or every change undone.
    Failed,
    /// Usage or configuration error.
    Usage,
    /// Findings: drift, or a key that is still held.
    Findings,
    /// Authentication or permission refused.
    Refused,
    /// Incomplete: run again to continue.
    Incomplete,
    /// Another run holds the lock.
    Locked,
    /// Verification failed; the old credential was kept.
    Unverified,
    /// Throttled or unreachable after retries; nothing changed.
    Temporary,
    /// SIGINT; state is safe.
    Interrupted,
    /// SIGTERM; state is safe.
    Terminated,
    /// `-- CMD`: twcred itself failed before the command could run.
    BeforeChild,
    /// `-- CMD`: the command is there and cannot be executed.
    NotExecutable,
    /// `-- CMD`: there is no such command.
    NotFound,
    /// `-- CMD`: the command's own code, or 128 and its signal.
    Child(u8),
}

/// One row of the published table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The outcome.
    pub exit: Exit,
    /// One word for it, as `twcred.error/v1` calls it.
    pub name: &'static str,
    /// What it means to a script.
    pub meaning: &'static str,
}

const fn row(exit: Exit, name: &'static str, meaning: &'static str) -> Row {
    Row { exit, name, meaning }
}

impl Exit {
    /// Every code with a meaning of its own; `docs/exit-codes.md` is made of this table.
    pub const ALL: &'static [Row] = &[
        row(Self::Done, "done", "done, or nothing was due"),
        row(Self::Failed, "failed", "failed; nothing changed, or every change undone"),
        row(Self::Usage, "usage", "usage or configuration error"),
        row(
            Self::Findings,
            "findings",
            "findings: a sink holds another pair than it should, a key that is to be revoked is still held, a key is older \
             than `--max-age`, or no token in hand signed a webhook",
        ),
        row(Self::Refused, "refused", "authentication or permission refused"),
        row(
            Self::Incomplete,
            "incomplete",
            "incomplete: the new credential is safe in the journal, the old one still works (an Auth Token: until it is promoted); \
             run again to continue",
        ),
        row(Self::Locked, "locked", "another run holds the lock (its pid and start time are shown)"),
        row(Self::Unverified, "unverified", "verification failed; the old credential was kept"),
        row(Self::Temporary, "temporary", "temporary: throttled or unreachable after retries; nothing changed"),
        row(Self::BeforeChild, "before-child", "`-- CMD` only: twcred itself failed before CMD ran"),
        row(Self::NotExecutable, "not-executable", "`-- CMD` only: CMD was found and cannot be executed"),
        row(Self::NotFound, "not-found", "`-- CMD` only: there is no such CMD"),
        row(Self::Interrupted, "interrupted", "interrupted (SIGINT); state is safe, run again to continue"),
        row(Self::Terminated, "terminated", "terminated (SIGTERM); state is safe, run again to continue"),
    ];

    /// The number the process exits with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Refused => 4,
            Self::Incomplete => 5,
            Self::Locked => 6,
            Self::Unverified => 7,
            Self::Temporary => 75,
            Self::BeforeChild => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Child(code) => code,
        }
    }

    /// How much worse it is than others: of several things that failed in one run, the exit code is that of the worst.
    /// What a later run mends by itself comes before what a person must look at, and that before an interruption.
    #[must_use]
    pub const fn gravity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Temporary => 1,
            Self::Locked => 2,
            Self::Incomplete => 3,
            Self::Usage => 4,
            Self::Findings => 5,
            Self::Refused => 6,
            Self::Unverified => 7,
            Self::Failed => 8,
            Self::BeforeChild | Self::NotExecutable | Self::NotFound | Self::Child(_) => 9,
            Self::Interrupted | Self::Terminated => 10,
        }
    }

    /// One word for it, as `twcred.error/v1` calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.exit == self).map_or("child", |row| row.name)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_stay() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|row| row.exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 75, 125, 126, 127, 130, 143]);
        assert_eq!(Exit::Child(42).name(), "child");
    }
}
