//! One question of one file: does it hold any of the values?

use std::fs::File;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::Needle;
use super::literals::Literals;
use super::scan::Scanner;
use crate::audit::facts::Fact;

/// The most bytes of a file that are looked at for this: what is larger is left to a search.
const MOST: u64 = 64 << 20;

/// Looks for values in single files.
#[derive(Debug)]
pub struct Finder {
    literals: Option<Literals>,
}

impl Finder {
    /// For these values; those that [`super::search`] would skip are skipped here.
    #[must_use]
    pub fn new(needles: &[Needle]) -> Self {
        let (literals, _) = Literals::new(needles);
        Self { literals: Some(literals).filter(|literals| !literals.is_empty()) }
    }

    /// Whether a file holds any of them, in any spelling. A link is not followed and a pipe not waited for.
    #[must_use]
    pub fn holds(&self, path: &Path) -> Fact<bool> {
        let Some(literals) = &self.literals else {
            return Fact::Unknown("no value is long enough to be looked for".into());
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let opened = rustix::fs::open(path, flags, Mode::empty()).map(File::from).map_err(std::io::Error::from);
        let read = opened.and_then(|file| {
            let size = file.metadata()?.len();
            if size > MOST {
                return Err(std::io::Error::from(std::io::ErrorKind::FileTooLarge));
            }
            let (scanned, end) = Scanner::new(literals).skim(&file, Some(size).filter(|size| *size > 0));
            if scanned.found.is_empty() { end.map(|()| false) } else { Ok(true) }
        });
        read.map_or_else(|error| Fact::Unknown(format!("it cannot be read: {error}")), Fact::Known)
    }
}
