//! TW302: A name is not letters, digits and underscores, or begins with a digit.

use super::*;

pub(super) struct InvalidKey;

static META: Meta = Meta {
    code: "TW302",
    name: "invalid-key",
    severity: Severity::Error,
    when: When::Default,
    summary: "A name is not letters, digits and underscores, or begins with a digit.",
    why: "A shell takes the line for a command and prints it; systemd drops it and logs it with its value.",
    mend: "Rename the variable, here and where it is read.",
    fix: FixKind::Suggested,
    precedent: "dotenv-linter IncorrectDelimiter.",
};

impl Rule for InvalidKey {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        let bad = lines(file, Line::BadName);
        let mut found: Vec<Finding> = bad
            .map(|span| {
                written(Finding::new(&META, "what stands before the `=` is no name").at(span), &[Construct::BadName])
            })
            .collect();
        for shape in shapes(file) {
            let at = shape.at;
            if shape.append {
                let span = Span { start: at.name_span.start, end: shape.before.end + 2 };
                found.push(written(
                    Finding::new(&META, "`+=` adds to a value in a shell and nowhere else").at(span).of(&at.name),
                    &[Construct::Append],
                ));
            } else if !portable_name(&at.name) {
                let message = "the name has a character that a shell does not take";
                found.push(written(Finding::new(&META, message).at(at.name_span).of(&at.name), &[Construct::BadName]));
            }
        }
        found
    }
}
