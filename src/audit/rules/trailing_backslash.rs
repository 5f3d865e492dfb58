//! TW317: A line, or a comment, ends in a backslash.

use super::{
    Construct, Edit, EnvFile, Facts, Finding, Fix, FixKind, Item, Meta, Rule, Severity, Span, When, garbled,
    odd_backslashes, written,
};

pub(super) struct TrailingBackslash;

static META: Meta = Meta {
    code: "TW317",
    name: "trailing-backslash",
    severity: Severity::Error,
    when: When::Default,
    summary: "A line, or a comment, ends in a backslash.",
    why: "Shells and systemd join it to the next line, so that the next variable is gone; systemd joins comments too.",
    mend: "Remove the backslash.",
    fix: FixKind::Safe,
    precedent: "",
};

impl Rule for TrailingBackslash {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        if garbled(file) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for item in file.items() {
            let (span, text) = (item.span(), file.raw(item.span()));
            let kept = text.iter().rposition(|byte| *byte != b'\\').map_or(0, |at| at + 1);
            let slashes = Span { start: span.start + kept, end: span.end };
            match item {
                Item::Comment { .. } if !slashes.is_empty() => {
                    // Some readers take an assignment out of a comment: the backslash is in its value.
                    let acts = text.contains(&b'=');
                    let fix = (!acts).then(|| Fix::safe("remove the backslash", vec![Edit::cut(slashes)]));
                    let finding = Finding::new(&META, "systemd joins this comment to the next line").at(slashes);
                    found.push(written(finding, &[Construct::CommentBackslash]).fix(fix));
                }
                Item::Assignment(at) if odd_backslashes(text) => found.push(written(
                    Finding::new(&META, "this line goes on in the next").at(slashes).of(&at.name),
                    &[Construct::TrailingBackslash],
                )),
                Item::Other { .. } if odd_backslashes(text) => {
                    found.push(written(
                        Finding::new(&META, "this line goes on in the next").at(slashes),
                        &[Construct::TrailingBackslash],
                    ));
                }
                _ => {}
            }
        }
        found
    }
}
