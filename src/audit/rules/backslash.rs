//! TW312: A value has a backslash.

use super::*;

pub(super) struct Backslash;

static META: Meta = Meta {
    code: "TW312",
    name: "backslash",
    severity: Severity::Error,
    when: When::Default,
    summary: "A value has a backslash.",
    why: "Up to seven results for one value; dotenvy refuses the file where it does not know the escape.",
    mend: "Choose a value without it.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for Backslash {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        shapes(file)
            .filter(|shape| !shape.open && shape.tail.is_none())
            .filter_map(|shape| {
                // A backslash that ends the line joins it to the next, which is another matter.
                let text = if shape.unquoted() && odd_backslashes(shape.text) {
                    &shape.text[..shape.text.len() - 1]
                } else {
                    shape.text
                };
                let start = shape.at.value_span.start + text.iter().position(|byte| *byte == b'\\')?;
                let construct =
                    shape.by_quote(Construct::Backslash, Construct::BackslashInDouble, Construct::BackslashInSingle);
                let finding =
                    Finding::new(&META, "readers differ on what a backslash means").at(Span { start, end: start + 1 });
                Some(written(finding.of(&shape.at.name), &[construct]))
            })
            .collect()
    }
}
