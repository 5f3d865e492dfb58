//! What a search for copies did not look at: who is told that there are no copies must know it.

use crate::audit::Veil;
use crate::audit::facts::{Gap, Missed};
use crate::cli::context::Context;
use crate::cli::error::Failure;

/// Says what was left out, on standard error; the veil is that of all files of the run.
pub(super) fn say(gaps: &[Gap], veil: &Veil, context: &Context) {
    for gap in gaps {
        let text = veil.text(&gap.text);
        if gap.usual { context.ui.note(text) } else { context.ui.warn(text) }
    }
}

/// The failure to search what was named.
pub(super) fn failure(missed: &Missed) -> Failure {
    let path = missed.path.display();
    let failure = Failure::failed(missed.why.clone());
    if missed.history {
        failure.doing(format!("cannot search the history of {path}")).hint(
            "run it with git in the search path, as the user whom the repository belongs to, or leave out --history",
        )
    } else {
        failure
            .doing(format!("cannot search {path} for copies"))
            .hint("name folders and files that you may read with --copies, or run as the user whom they belong to")
    }
}
