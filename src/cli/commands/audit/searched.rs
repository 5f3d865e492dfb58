//! What a search for copies did not look at: who is told that there are no copies must know it.

use std::path::Path;

use crate::audit::copies::{LEAST, NAMED, Report, Skipped};
use crate::audit::{Sought, Veil};
use crate::cli::context::Context;

/// Says what was left out, on standard error; the veil is that of all files of the run.
pub(super) fn say(report: &Report, veil: &Veil, context: &Context) {
    for (label, why) in &report.skipped {
        let why = match why {
            Skipped::Short => format!("has fewer than {LEAST} bytes"),
            Skipped::Monotonous => "looks like a placeholder".to_owned(),
        };
        context.ui.note(format!("{label} {why} and was not looked for"));
    }
    for (path, why) in report.unread_paths.iter().chain(&report.unsearched) {
        context.ui.warn(veil.text(&format!("{} was not searched: {why}", path.display())));
    }
    more(report.unread, "could not be read", context);
    for path in &report.foreign_paths {
        let path = veil.path(path);
        let path = path.display();
        context.ui.warn(format!("{path} was not searched: it is on another file system; name it with --copies too"));
    }
    more(report.foreign, "are on other file systems", context);
    if report.pruned > 0 {
        let folders = if report.pruned == 1 { "1 folder".to_owned() } else { format!("{} folders", report.pruned) };
        context.ui.note(format!("{folders} that git ignores left out; --include-ignored searches them too"));
    }
}

/// Says, and gives back for the report, what of a file was not looked for though it may have copies. Values that are merely
/// short are not among it, unless there is no other.
pub(super) fn unsought(sought: &Sought, report: &Report, path: &Path, context: &Context) -> Vec<String> {
    let mut why: Vec<String> =
        sought.unread.iter().map(|name| format!("{name} was not looked for: its value cannot be made out")).collect();
    if sought.needles.len() == report.skipped.len() {
        why.push("no value of the file could be looked for".to_owned());
    }
    let name = if path.as_os_str() == "-" { "<stdin>".into() } else { path.to_string_lossy() };
    for why in &why {
        context.ui.warn(format!("{name}: {why}"));
    }
    why
}

/// Says how many there are besides those that were named.
fn more(all: u64, why: &str, context: &Context) {
    if let Some(more) = all.checked_sub(NAMED as u64).filter(|more| *more > 0) {
        context.ui.warn(format!("{more} more files and folders were not searched: they {why}"));
    }
}
