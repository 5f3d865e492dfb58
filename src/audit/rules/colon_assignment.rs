//! TW328: A name is followed by a colon.

use super::*;

pub(super) struct ColonAssignment;

static META: Meta = Meta {
    code: "TW328",
    name: "colon-assignment",
    severity: Severity::Error,
    when: When::Default,
    summary: "A name is followed by a colon.",
    why: "Some readers take it for an assignment, the others do not see it or refuse the file.",
    mend: "Write `NAME=value`.",
    fix: FixKind::Suggested,
    precedent: "",
};

impl Rule for ColonAssignment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        lines(file, Line::Colon)
            .map(|span| {
                written(
                    Finding::new(&META, "a colon does not assign to every reader").at(span),
                    &[Construct::ColonAssignment],
                )
            })
            .collect()
    }
}
