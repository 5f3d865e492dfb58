//! What a search for copies did not look at: who is told that there are no copies must know it.

use std::path::Path;

use crate::audit::facts::{Gap, Missed};
use crate::audit::{Sought, Veil};
use crate::cli::context::Context;
use crate::cli::error::Failure;

/// Says what was left out, on standard error; the veil is that of all files of the run.
pub(super) fn say(gaps: &[Gap], veil: &Veil, context: &Context) {
    for gap in gaps {
        let text = veil.text(&gap.text);
        if gap.usual { context.ui.note(text) } else { context.ui.warn(text) }
    }
}

/// The variables of which no value was looked for, because they have none yet.
pub(super) fn stand_ins(sought: &Sought) -> impl Iterator<Item = Gap> {
    let text = |name: &String| format!("{name} looks like a placeholder and was not looked for");
    sought.stand_ins.iter().map(move |name| Gap { text: text(name), usual: true })
}

/// Says, and gives back for the report, what of a file was not looked for though it may have copies; `nothing`: no value of
/// it was.
pub(super) fn unsought(sought: &Sought, nothing: bool, path: &Path, context: &Context) -> Vec<Gap> {
    let named = sought.unread.iter().map(|name| format!("{name} was not looked for: its value cannot be made out"));
    let none = nothing.then(|| "no value of the file could be looked for".to_owned());
    let name = if path.as_os_str() == "-" { "<stdin>".into() } else { path.to_string_lossy() };
    let gap = |text: String| {
        context.ui.warn(format!("{name}: {text}"));
        Gap { text, usual: false }
    };
    named.chain(none).map(gap).collect()
}

/// The failure to search what was named.
pub(super) fn failure(missed: &Missed) -> Failure {
    let path = missed.path.display();
    let failure = Failure::failed(missed.why.clone());
    if missed.history {
        failure.doing(format!("cannot search the history of {path}")).hint(
            "run it with git in the search path, as the user whom the repository belongs to and in a whole clone, or leave out --history",
        )
    } else {
        failure
            .doing(format!("cannot search {path} for copies"))
            .hint("name folders and files that are there and that you may read with --copies, or run as the user whom they belong to")
    }
}
