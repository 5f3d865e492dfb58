//! What a command needs of the world: flags, screen, clock, random bytes, folders.

use std::path::PathBuf;

use super::args::Global;
use super::env;
use super::error::Failure;
use super::ui::Ui;
use crate::model::RotationId;
use crate::model::time::Timestamp;

/// Everything outside that a command may ask for.
pub struct Context {
    /// The flags that every command takes.
    pub global: Global,
    /// stderr, and questions.
    pub ui: Ui,
}

impl Context {
    /// The world as this process finds it.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let ui = Ui::new(&global);
        Self { global, ui }
    }

    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one clock: below, time is an argument")]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Random bytes from the operating system.
    ///
    /// # Errors
    /// Exit 1, if it has none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random bytes: {error}")))?;
        Ok(bytes)
    }

    /// A fresh id for a rotation or a create.
    ///
    /// # Errors
    /// Exit 1, if the operating system has no random bytes.
    pub fn fresh_id(&self) -> Result<RotationId, Failure> {
        self.random().map(RotationId::new)
    }

    /// The folder of journals and sealed secrets; not made yet.
    ///
    /// # Errors
    /// Exit 2, if no flag or variable names one and there is no home.
    pub fn state_dir(&self) -> Result<PathBuf, Failure> {
        self.global.state_dir.clone().or_else(env::state_dir).ok_or_else(|| {
            Failure::usage("there is no home folder to keep state in")
                .hint("name a folder with --state-dir or TWCRED_STATE_DIR")
        })
    }
}
