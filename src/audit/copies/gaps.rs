//! What a search did not look at, in words: who is told that there are no copies must know it.

use super::{LEAST, NAMED, Report, Skipped};
use crate::audit::facts::Gap;

impl Report {
    /// What was not searched, or not looked for, but for what [`Report::missed`] says.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut gap = |text: String, usual: bool| gaps.push(Gap { text, usual });
        for (label, why) in &self.skipped {
            let why = match why {
                Skipped::Short => format!("has fewer than {LEAST} bytes"),
                Skipped::Monotonous => "looks like a placeholder".to_owned(),
            };
            gap(format!("{label} {why} and was not looked for"), true);
        }
        for (path, why) in self.unread_paths.iter().chain(&self.unsearched) {
            gap(format!("{} was not searched: {why}", path.display()), false);
        }
        more(self.unread, "could not be read", &mut gap);
        for path in &self.foreign_paths {
            let path = path.display();
            let text = format!("{path} was not searched: it is on another file system; name it with --copies too");
            gap(text, false);
        }
        more(self.foreign, "are on other file systems", &mut gap);
        if self.pruned > 0 {
            let folders = if self.pruned == 1 { "1 folder".to_owned() } else { format!("{} folders", self.pruned) };
            gap(format!("{folders} that git ignores left out; --include-ignored searches them too"), true);
        }
        gaps
    }
}

/// Says how many there are besides those that were named.
fn more(all: u64, why: &str, gap: &mut impl FnMut(String, bool)) {
    if let Some(more) = all.checked_sub(NAMED as u64).filter(|more| *more > 0) {
        gap(format!("{more} more files and folders were not searched: they {why}"), false);
    }
}
