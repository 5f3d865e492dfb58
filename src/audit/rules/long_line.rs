//! TW326: A line is longer than 64 KiB.

use super::*;

pub(super) struct LongLine;

static META: Meta = Meta {
    code: "TW326",
    name: "long-line",
    severity: Severity::Info,
    when: When::Pedantic,
    summary: "A line is longer than 64 KiB.",
    why: "docker refuses the file: token too long.",
    mend: "Keep such a value in a file of its own.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for LongLine {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let long = file.items().iter().filter(|item| item.span().len() >= 65_536);
        long.map(|item| {
            let span = Span { start: item.span().start, end: item.span().start };
            Finding::new(&META, "the line is longer than 64 KiB").at(span).readers(Readers::from_iter([Reader::Docker]))
        })
        .collect()
    }
}
