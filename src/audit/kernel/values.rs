//! The values of the audited file, looked for in a neighbour.

use std::cell::OnceCell;
use std::path::Path;

use crate::audit::copies::{Finder, Needle};
use crate::audit::facts::Fact;

/// The secrets among the values. What looks for them is made for the first file that is asked about: most files have no
/// neighbour that looks like a copy, and making it takes longer than all the rest.
pub(super) struct Values<'n> {
    needles: &'n [Needle],
    finder: OnceCell<Finder>,
}

impl<'n> Values<'n> {
    pub(super) fn new(needles: &'n [Needle]) -> Self {
        Self { needles, finder: OnceCell::new() }
    }

    /// Whether a file holds one of the secrets.
    pub(super) fn stand_in(&self, path: &Path) -> Fact<bool> {
        let made = || {
            let secrets = self.needles.iter().filter(|needle| !needle.identifier);
            Finder::new(&secrets.cloned().collect::<Vec<_>>())
        };
        self.finder.get_or_init(made).holds(path)
    }
}
