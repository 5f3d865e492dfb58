//! TW329: A line is a command.

use super::*;

pub(super) struct ShellCode;

static META: Meta = Meta {
    code: "TW329",
    name: "shell-code",
    severity: Severity::Critical,
    when: When::Default,
    summary: "A line is a command.",
    why: "Whoever sources the file runs it.",
    mend: "Take it out of the file.",
    fix: FixKind::None,
    precedent: "",
};

impl Rule for ShellCode {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, file: &EnvFile, _facts: &Facts) -> Vec<Finding> {
        lines(file, Line::Command)
            .map(|span| written(Finding::new(&META, "a shell runs this line").at(span), &[Construct::ShellCode]))
            .collect()
    }
}
